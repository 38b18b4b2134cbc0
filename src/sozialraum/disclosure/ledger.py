"""The register of publications: everything that was ever published, and publishing.

A release is safe only together with what is known already. So every published statement
is kept, in a file that only grows (:mod:`sozialraum.files.journal`): one entry a line,
chained by hashes, the last one pinned beside the project file. A register that is missing,
shorter, damaged or another one stops every publication. It holds published statements and
which blocks the areas were made of, never a true count of anything hidden.
"""

from sozialraum.disclosure.register.book import KINDS, LEDGER, Ledger, read_ledger
from sozialraum.disclosure.register.imports import read_import
from sozialraum.disclosure.register.keeping import back_up, restore
from sozialraum.disclosure.register.parts import Parts
from sozialraum.disclosure.register.publishing import Published, publish
from sozialraum.disclosure.register.request import request_of
from sozialraum.disclosure.register.signed import correct, declare_none, import_earlier, withdraw
from sozialraum.disclosure.register.template import write_template
from sozialraum.disclosure.register.told import Told, statements_of
from sozialraum.disclosure.register.waiving import override

__all__ = [
    "KINDS",
    "LEDGER",
    "Ledger",
    "Parts",
    "Published",
    "Told",
    "back_up",
    "correct",
    "declare_none",
    "import_earlier",
    "override",
    "publish",
    "read_import",
    "read_ledger",
    "request_of",
    "restore",
    "statements_of",
    "withdraw",
    "write_template",
]
