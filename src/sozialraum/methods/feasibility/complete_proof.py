"""Limits and exact bounds for the complete search: rows one by one, and all together."""

import math
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

import numpy as np
from scipy.sparse import block_array, csr_array
from scipy.sparse.csgraph import connected_components

from sozialraum.methods.feasibility.propagate import propagate
from sozialraum.methods.feasibility.solver import Solver
from sozialraum.methods.feasibility.system import ContradictionError, Multipliers, System
from sozialraum.methods.tables import FAR

DENOMINATORS = (1, 12, 2_520, 10**6)
"""Multipliers are rounded to fractions like these; the best bound counts."""
EPS = 1e-9


def tightened(system: System) -> System:
    """Return the system with the limits of columns that its rows, each on its own, give.

    Raises
    ------
    ContradictionError
        If no value is left for a column.

    Examples
    --------
    >>> both, total = csr_array(np.array([[1, 1]])), np.array([3])
    >>> system = System(both, total, total, np.array([0, 1]), np.full(2, FAR), np.full(2, -1))
    >>> tightened(system).low, tightened(system).high
    (array([0, 1]), array([2, 3]))
    """
    low, high, broken = propagate(system)
    if broken >= 0:
        rows = csr_array(system.matrix[:, [broken]]).nonzero()[0]
        raise ContradictionError(tuple(rows.tolist()), proven=True)
    return replace(system, low=low, high=high)


def labels(matrix: csr_array) -> np.ndarray:
    """Return which independent part every column belongs to."""
    graph = block_array([[None, matrix], [matrix.T, None]], format="csr")
    return connected_components(graph, directed=False)[1][len(matrix.indptr) - 1 :]


class Bound(NamedTuple):
    """A bound and what proves it: multipliers of rows, and of limits of columns."""

    value: int
    rows: Multipliers
    columns: Multipliers


def bound(
    system: System, rows: np.ndarray, inside: np.ndarray, columns: np.ndarray, sign: int
) -> Bound | None:
    """Return the best bound of a sum, upper (sign 1) or lower (-1), exact in fractions."""
    part = System(
        csr_array(system.matrix[rows][:, inside]),
        system.row_low[rows],
        system.row_high[rows],
        system.low[inside],
        system.high[inside],
        system.truth[inside],
    )
    answer = Solver(part).maximise(sign * np.isin(inside, columns), part.low, part.high)
    if answer.duals is None or answer.kind != "optimal":
        return None
    share = sign * answer.duals
    used = np.flatnonzero(np.abs(share) > EPS)
    found = []
    for denominator in DENOMINATORS:
        exact = [Fraction(value).limit_denominator(denominator) for value in share[used].tolist()]
        pairs = zip(rows[used].tolist(), exact, strict=True)
        found.append(_summed(system, columns, tuple(pair for pair in pairs if pair[1]), sign))
    proven = [bound for bound in found if bound]
    return min(proven, key=lambda bound: sign * bound.value, default=None)


def _summed(
    system: System, columns: np.ndarray, multipliers: Multipliers, sign: int
) -> Bound | None:
    """Return the bound that rows times multipliers, and limits of columns, give."""
    matrix = system.matrix
    rest = dict.fromkeys(columns.tolist(), Fraction(1))
    total = Fraction(0)
    for row, factor in multipliers:
        limit = int((system.row_high if sign * factor > 0 else system.row_low)[row])
        if abs(limit) >= FAR:
            return None
        total += factor * limit
        entries = slice(matrix.indptr[row], matrix.indptr[row + 1])
        for column, value in zip(
            matrix.indices[entries].tolist(), matrix.data[entries].tolist(), strict=True
        ):
            rest[column] = rest.get(column, Fraction(0)) - factor * value
    left = tuple(sorted((column, factor) for column, factor in rest.items() if factor))
    for column, factor in left:
        limit = int((system.high if sign * factor > 0 else system.low)[column])
        if abs(limit) >= FAR:
            return None
        total += factor * limit
    return Bound(sign * math.floor(sign * total), multipliers, left)
