"""What a statement says: limits of sums of counts, exactly.

The attacks behind every kind are described in Hundepool et al. (2024), *Handbook on
Statistical Disclosure Control*, 2nd ed., ch. 4, and, for what is shown beside counts
(rates, classes, ranks, indices), by what their rounding leaves open.
"""

import math
from collections.abc import Callable
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sozialraum.methods.tables import FAR
from sozialraum.model.publication import Publication
from sozialraum.model.statement import Statement, Term

SIMPLE = ("count", "suppressed", "range", "rounded", "perturbed")
"""Kinds that limit one variable in one area by whole numbers."""
type Total = Callable[[str, str], int | None]


class Row(NamedTuple):
    """Limits of a sum of terms; None where there is none."""

    terms: tuple[Term, ...]
    low: Fraction | None
    high: Fraction | None


def limits_of(statement: Statement) -> tuple[int, int]:
    """Return the whole-number limits of a statement of a simple kind.

    Returns
    -------
    tuple
        Lower and upper limit, ``FAR`` where there is none.

    Examples
    --------
    >>> limits_of(Statement("rounded", "A", "sgb2", value=Fraction(10), base=5))
    (8, 12)
    >>> limits_of(Statement("perturbed", "A", "sgb2", value=Fraction(1), max_dev=2))
    (0, 3)
    """
    low, high = _limits(statement)
    whole_high = FAR if high is None else min(math.floor(high), FAR)
    return max(math.ceil(low), 0), whole_high


def _limits(statement: Statement) -> tuple[Fraction, Fraction | None]:
    if statement.kind == "range":
        return statement.lo or Fraction(0), statement.hi
    if statement.kind == "suppressed":
        return statement.known_range or (Fraction(0), None)
    assert statement.value is not None
    if statement.kind == "count":
        return statement.value, statement.value
    if statement.kind == "rounded":
        return _rounded(statement.value, statement.base, statement.method)
    if statement.zero_means_zero and statement.value == 0:
        return Fraction(0), Fraction(0)
    least = Fraction(1 if statement.zero_means_zero else 0)
    return max(statement.value - statement.max_dev, least), statement.value + statement.max_dev


def _rounded(value: Fraction, base: int, method: str) -> tuple[Fraction, Fraction]:
    """Return what can have been rounded to a value."""
    if method == "nearest":  # half up: the lower half belongs to it, the upper does not
        half = Fraction(base, 2)
        return value - half, Fraction(math.ceil(value + half) - 1)
    below = value if method == "down" else value - base + 1
    above = value if method == "up" else value + base - 1
    return below, above


def rows_of(statement: Statement, total: Total) -> list[Row]:
    """Return the rows of a statement that is not of a simple kind.

    Parameters
    ----------
    statement
        Statement of another kind.
    total
        Gives the true sum of a variable in an area (None: not known to us). Only ranks
        use it: those who can rank rates know the denominators.

    Returns
    -------
    list of Row
        Rates are linear even where the denominator is not known: p % of N with d decimals
        says (p - ½·10⁻ᵈ)·N ≤ 100·n ≤ (p + ½·10⁻ᵈ)·N, both limits included.
    """
    if statement.kind == "linear":
        return [Row(statement.terms, statement.lo, statement.hi)]
    if statement.kind == "order":
        return _order(statement, total)
    return _ratio(statement, *_shares(statement))


def _shares(statement: Statement) -> tuple[Fraction | None, Fraction | None]:
    """Return the limits of numerator over denominator."""
    if statement.kind == "rate_class":
        low, high = statement.lo, statement.hi
    else:
        assert statement.value is not None
        half = Fraction(1, 2 * 10**statement.decimals)
        ends = (statement.value - half, statement.value + half)
        if statement.kind == "affine_index":
            ends = (statement.mean + statement.sd * end for end in ends)
        low, high = sorted(ends)
    return (
        None if low is None else low / statement.per,
        None if high is None else high / statement.per,
    )


def _ratio(statement: Statement, low: Fraction | None, high: Fraction | None) -> list[Row]:
    zero, own = Fraction(0), Term(Fraction(1), statement.area, statement.var)
    rows = []
    if low is not None:
        rows.append(Row((own, Term(-low, statement.area, statement.of)), zero, None))
    if high is not None:
        rows.append(Row((own, Term(-high, statement.area, statement.of)), None, zero))
    return rows


def _order(statement: Statement, total: Total) -> list[Row]:
    """Return neighbours in a ranking, and the denominators that it takes to read it."""
    bases = [total(area, statement.of) for area in statement.areas]
    rows = []
    for area, base in zip(statement.areas, bases, strict=True):
        if base is not None:
            own = (Term(Fraction(1), area, statement.of),)
            rows.append(Row(own, Fraction(base), Fraction(base)))
    for (less, base), (more, larger) in pairwise(zip(statement.areas, bases, strict=True)):
        if base is None or larger is None:
            continue
        left = Term(Fraction(larger), less, statement.var)
        right = Term(-Fraction(base), more, statement.var)
        rows.append(Row((left, right), None, Fraction(0)))
    return rows


def contradicted(publication: Publication) -> list[str]:
    """Return the places of statements that do not hold for the true counts.

    Parameters
    ----------
    publication
        With the true counts; what is not known to us contradicts nothing.
    """
    total = totals(publication)
    parts = (("published", publication.published), ("background", publication.background))
    return [
        f"{name}[{position}]"
        for name, statements in parts
        for position, statement in enumerate(statements)
        if not holds(statement, total)
    ]


def holds(statement: Statement, total: Total) -> bool:
    """Return whether a statement holds, as far as the truth is known to us."""
    if statement.kind in SIMPLE:
        low, high = limits_of(statement)
        count = total(statement.area, statement.var)
        return count is None or low <= count <= high
    return all(_row_holds(row, total) for row in rows_of(statement, total))


def _row_holds(row: Row, total: Total) -> bool:
    value = Fraction(0)
    for term in row.terms:
        count = total(term.area, term.var)
        if count is None:
            return True
        value += term.factor * count
    return (row.low is None or value >= row.low) and (row.high is None or value <= row.high)


def totals(publication: Publication) -> Total:
    """Return a function that gives true sums, each added up once."""
    place = {unit: position for position, unit in enumerate(publication.units)}
    known: dict[tuple[str, str], int | None] = {}
    members: dict[str, np.ndarray] = {}

    def total(area: str, variable: str) -> int | None:
        if (area, variable) not in known:
            if area not in members:
                units = publication.areas.get(area, (area,))
                members[area] = np.array([place[unit] for unit in units], dtype=np.int64)
            counts = publication.counts[variable][members[area]]
            known[area, variable] = None if (counts < 0).any() else int(counts.sum())
        return known[area, variable]

    return total
