"""Rational rows as whole-number rows over the unknowns, exactly where that is possible."""

from fractions import Fraction
from math import ceil, floor, gcd, lcm
from typing import NamedTuple

import numpy as np

from sozialraum.disclosure.publications.frame import Frame
from sozialraum.disclosure.publications.rows import Row
from sozialraum.methods.tables import FAR

LARGEST = 2**31
"""Factors of a row beyond that are rounded outwards: such a row proves, but cannot clear."""


class Whole(NamedTuple):
    """A row in whole numbers: columns, their factors, limits, and what it was multiplied by."""

    column: np.ndarray
    factor: np.ndarray
    low: int
    high: int
    scale: Fraction


def whole_rows(frame: Frame, row: Row) -> tuple[list[Whole], bool]:
    """Return a row in whole numbers, less what everybody knows; and whether that is exact."""
    columns, factors, known = [], [], Fraction(0)
    for term in row.terms:
        variable, area = frame.variables[term.var], frame.areas[term.area]
        inside = frame.members.indices[frame.members.indptr[area] : frame.members.indptr[area + 1]]
        column = frame.column[variable, inside]
        known += term.factor * int(frame.known[variable, inside].sum())
        if (column >= 0).any() and term.factor:
            columns.append(column[column >= 0])
            factors.append(term.factor)
    if not columns:
        return [], True
    scale = Fraction(
        lcm(*(factor.denominator for factor in factors)),
        gcd(*(factor.numerator for factor in factors)),
    )
    factors = [int(factor * scale) for factor in factors]
    low = None if row.low is None else (row.low - known) * scale
    high = None if row.high is None else (row.high - known) * scale
    limits = [abs(limit) for limit in (low, high) if limit is not None]
    if max(map(abs, factors)) <= LARGEST and max(limits, default=0) < FAR:
        return [_whole(columns, factors, (low, high), scale)], True
    shrink = max(Fraction(max(map(abs, factors)), 2**20), max(limits, default=Fraction(1)) / 2**30)
    rounded = []
    if low is not None:
        raised = [ceil(factor / shrink) for factor in factors]
        rounded.append(_whole(columns, raised, (low / shrink, None), scale / shrink))
    if high is not None:
        lowered = [floor(factor / shrink) for factor in factors]
        rounded.append(_whole(columns, lowered, (None, high / shrink), scale / shrink))
    return rounded, False


def _whole(
    columns: list[np.ndarray],
    factors: list[int],
    limits: tuple[Fraction | None, Fraction | None],
    scale: Fraction,
) -> Whole:
    low, high = limits
    return Whole(
        np.concatenate(columns),
        np.repeat(np.array(factors, dtype=np.int64), [len(column) for column in columns]),
        -FAR if low is None else ceil(low),
        FAR if high is None else floor(high),
        scale,
    )
