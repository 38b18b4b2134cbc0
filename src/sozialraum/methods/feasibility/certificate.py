"""Bounds that multipliers of rows prove, in rational arithmetic.

For any multipliers, a sum of unknowns is at most the rows times their multipliers, each at
its limit on the right side, plus what remains of every column at its limit (weak duality).
Wrong multipliers give a weak bound, never a false one.
"""

from dataclasses import dataclass, field
from fractions import Fraction
from math import floor

import numpy as np

from sozialraum.methods.feasibility.system import System
from sozialraum.methods.tables import FAR

DENOMINATORS = (1, 12, 840, 10**4, 10**6, 10**9)
"""Multipliers are taken as fractions with denominators up to these, one after the other."""
NOTHING = 1e-9
"""Multipliers below this are taken as 0."""
ACTIVE = 150
"""More multipliers than this are not solved for exactly."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """An upper bound, with the rows and column limits that prove it."""

    bound: Fraction
    rows: dict[int, Fraction] = field(default_factory=dict)
    columns: dict[int, Fraction] = field(default_factory=dict)


def weak_bound(
    system: System,
    cost: dict[int, int],
    multipliers: dict[int, Fraction],
    limits: tuple[np.ndarray, np.ndarray],
) -> Certificate | None:
    """Return the upper bound of an objective that multipliers prove, None if there is none.

    Parameters
    ----------
    system
        Rows and their limits.
    cost
        Objective: coefficients by column.
    multipliers
        By row. A row without the limit that is needed is left out.
    limits
        Lower and upper limits of the columns.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> nine = np.array([9])
    >>> both = System(
    ...     csr_array(np.array([[1, 1]])), nine, nine,
    ...     np.zeros(2, int), np.array([FAR, FAR]), np.array([-1, -1]),
    ... )
    >>> weak_bound(both, {0: 1}, {0: Fraction(1)}, (both.low, both.high)).bound
    Fraction(9, 1)
    """
    matrix = system.matrix
    total, used = Fraction(0), {}
    rest = {column: Fraction(value) for column, value in cost.items() if value}
    for row, share in multipliers.items():
        limit = int(system.row_high[row] if share > 0 else system.row_low[row])
        if share == 0 or abs(limit) >= FAR:
            continue
        used[row] = share
        total += share * limit
        span = slice(matrix.indptr[row], matrix.indptr[row + 1])
        entries = zip(matrix.indices[span].tolist(), matrix.data[span].tolist(), strict=True)
        for column, value in entries:
            rest[column] = rest.get(column, Fraction(0)) - share * value
    columns = {column: share for column, share in rest.items() if share}
    for column, share in columns.items():
        limit = int(limits[1][column] if share > 0 else limits[0][column])
        if abs(limit) >= FAR:
            return None
        total += share * limit
    return Certificate(total, used, columns)


def certify(
    system: System,
    cost: dict[int, int],
    duals: np.ndarray,
    limits: tuple[np.ndarray, np.ndarray],
    *,
    claimed: float,
) -> Certificate | None:
    """Return the best bound that a solver's multipliers prove, None if they prove none.

    Parameters
    ----------
    duals
        (rows,) the multipliers that the solver suggests.
    claimed
        The bound it claims: no better whole number is looked for.
    """
    if not np.isfinite(duals).all():
        return None
    best = None
    rows = np.flatnonzero(np.abs(duals) > NOTHING).tolist()
    for denominator in DENOMINATORS:
        shares = {row: Fraction(float(duals[row])) for row in rows}
        shares = {row: share.limit_denominator(denominator) for row, share in shares.items()}
        best = _tighter(best, weak_bound(system, cost, shares, limits))
        if best is not None and floor(best.bound) <= claimed + 1e-6:
            return best
    exact = _solved(system, cost, rows, duals)
    return best if exact is None else _tighter(best, weak_bound(system, cost, exact, limits))


def certify_empty(
    system: System, duals: np.ndarray, limits: tuple[np.ndarray, np.ndarray]
) -> Certificate | None:
    """Return a proof that nothing fulfils all rows within limits, None if there is none.

    It bounds 0 by a negative number (lemma of Farkas).
    """
    largest = float(np.abs(duals).max(initial=0.0))
    if not np.isfinite(largest) or largest == 0.0:
        return None
    for sign in (1.0, -1.0):
        proof = certify(system, {}, sign * duals / largest, limits, claimed=-1.0)
        if proof is not None and proof.bound < 0:
            return proof
    return None


def _tighter(one: Certificate | None, other: Certificate | None) -> Certificate | None:
    if one is None or other is None:
        return one or other
    return other if other.bound < one.bound else one


def _solved(
    system: System, cost: dict[int, int], rows: list[int], duals: np.ndarray
) -> dict[int, Fraction] | None:
    """Return multipliers that leave nothing of the columns where they leave next to nothing."""
    if not rows or len(rows) > ACTIVE:
        return None
    part = system.matrix[rows].toarray()
    objective = np.zeros(system.columns)
    objective[list(cost)] = list(cost.values())
    rest = objective - duals[rows] @ part
    inside = np.flatnonzero((np.abs(rest) < 1e-7) & (part != 0).any(axis=0))
    table = [
        [*(Fraction(int(value)) for value in part[:, column]), Fraction(cost.get(column, 0))]
        for column in inside.tolist()
    ]
    solution = _gauss(table, len(rows))
    return None if solution is None else dict(zip(rows, solution, strict=True))


def _gauss(table: list[list[Fraction]], unknowns: int) -> list[Fraction] | None:
    """Solve equations exactly; None unless there is exactly one solution."""
    for place in range(unknowns):
        pivot = next((i for i in range(place, len(table)) if table[i][place]), None)
        if pivot is None:
            return None
        table[place], table[pivot] = table[pivot], table[place]
        own = [value / table[place][place] for value in table[place]]
        table[place] = own
        for i, line in enumerate(table):
            if i != place and line[place]:
                factor = line[place]
                table[i] = [a - factor * b for a, b in zip(line, own, strict=True)]
    if any(line[unknowns] for line in table[unknowns:]):
        return None
    return [line[unknowns] for line in table[:unknowns]]
