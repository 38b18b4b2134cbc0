"""Measurements of reading and carrying over official files, other programs beside them."""
