"""Parts of the register of publications; use :mod:`sozialraum.disclosure.ledger`."""
