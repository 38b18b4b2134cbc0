"""Counts carried from one set of shapes to another: shares, mass balance, estimates.

Cells of a grid by exact coverage, districts by area or by where people live; whole cells or
districts by a rule. What is divided is an estimate and stays one.
"""

from sozialraum.transfers.build import build_transfer
from sozialraum.transfers.carry import transfer
from sozialraum.transfers.rules import compare_rules

__all__ = ["build_transfer", "compare_rules", "transfer"]
