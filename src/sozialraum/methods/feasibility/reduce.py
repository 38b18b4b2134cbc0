"""The same system with fewer unknowns: those that the others do not give.

Where geographies overlap, exact statements leave little free, and what must still be
looked at, the limits of the unknowns that were solved for, hangs together loosely.
"""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array, eye_array, vstack

from sozialraum.methods.feasibility.eliminate import Elimination
from sozialraum.methods.feasibility.limits import Bounds, Limits, may_bind, wide_limits
from sozialraum.methods.feasibility.system import EmptyError, System, Targets, width
from sozialraum.methods.tables import FAR

SAFE = 2.0**61
"""Sums that could be larger are not formed in 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Reduced:
    """A smaller system with the same solutions: ``x = constant + back @ z``.

    Parameters
    ----------
    system
        Over the free columns `z`.
    targets
        Over the free columns, without `relaxed`.
    free
        Columns of the whole system that are the columns of this one.
    constant, back
        How all columns follow from the free ones.
    solved, pivot
        Rows of the whole system that were solved, and the column each was solved for.
    solution
        How they were solved; None if nothing was.
    origin
        What each row of this system says: row r of the whole system as ``r``, the limits
        of its column c as ``-1 - c``.
    divisor
        Common divisor that each row was divided by.
    origins, wide_origins
        (2, columns) the same as `origin` for the lower and the upper limits of the free
        columns, and for their wide limits.
    relaxed
        (targets, columns + rows of this system) ones where a target looks at the limits
        of a column, or of a row behind the columns, as `wide_low` and `wide_high`.
    """

    system: System
    targets: Targets
    free: np.ndarray
    constant: np.ndarray
    back: csr_array
    solved: np.ndarray
    pivot: np.ndarray
    solution: Elimination | None
    origin: np.ndarray
    divisor: np.ndarray
    origins: np.ndarray
    wide_origins: np.ndarray
    relaxed: csr_array
    wide_low: np.ndarray
    wide_high: np.ndarray


def rounded(system: System) -> tuple[System, np.ndarray]:
    """Return the system with every row divided by the common divisor of its coefficients.

    Limits are rounded inwards: sums of whole numbers reach nothing in between.

    Returns
    -------
    System
        With clean rows: no explicit zeros, no entry twice.
    ndarray
        (rows,) the divisors.

    Examples
    --------
    >>> none = np.array([FAR, FAR])
    >>> rate = System(
    ...     csr_array(np.array([[100, 100]])), np.array([920]), np.array([1000]),
    ...     np.zeros(2, int), none, np.array([-1, -1]),
    ... )
    >>> whole, divisor = rounded(rate)
    >>> whole.matrix.toarray(), whole.row_low, whole.row_high, divisor
    (array([[1, 1]]), array([10]), array([10]), array([100]))
    """
    matrix, divisor = _primitive(system.matrix)
    low, high = _divided(system.row_low, system.row_high, divisor)
    return System(matrix, low, high, system.low, system.high, system.truth), divisor


def sorted_entries(matrix: csr_array) -> csr_array:
    """Return a copy with every entry once, in order, and no zeros."""
    result = csr_array(matrix.copy())
    result.sum_duplicates()
    result.eliminate_zeros()
    return result


def _primitive(matrix: csr_array) -> tuple[csr_array, np.ndarray]:
    matrix = sorted_entries(matrix)
    lengths = np.diff(matrix.indptr)
    divisor = np.ones(len(lengths), dtype=np.int64)
    filled = np.flatnonzero(lengths)
    if len(filled):
        divisor[filled] = np.gcd.reduceat(np.abs(matrix.data), matrix.indptr[filled])
    matrix.data = matrix.data // np.repeat(divisor, lengths)
    return matrix, divisor


def _divided(
    low: np.ndarray, high: np.ndarray, divisor: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.where(low <= -FAR, -FAR, -(-low // divisor)),
        np.where(high >= FAR, FAR, high // divisor),
    )


def moved(low: np.ndarray, high: np.ndarray, shift: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return limits less a known part; no limit stays none."""
    return (
        np.where(low <= -FAR, -FAR, low - shift),
        np.where(high >= FAR, FAR, high - shift),
    )


def reduce(system: System, targets: Targets, *, solve: bool = True) -> Reduced:
    """Return the system and its targets over the unknowns that remain free.

    Parameters
    ----------
    system
        With clean rows, see :func:`rounded`.
    solve
        False: keep every unknown.

    Raises
    ------
    EmptyError
        If limits without any unknown left are broken.
    """
    frame = _frame(system, solve=solve)
    kept = np.setdiff1d(np.arange(system.rows), frame.solved)
    rows = csr_array(system.matrix[kept])
    safe = _safe(rows, frame) and _safe(targets.matrix, frame)
    if solve and not (safe and _near(system, targets, frame, rows)):
        return reduce(system, targets, solve=False)
    limits = _limits(system, targets, frame, (kept, rows))
    broken = (limits.lengths == 0) & ((limits.low > 0) | (limits.high < 0))
    if broken.any():
        raise EmptyError(_concerned(system, limits.origin[broken]), proven=True)
    return _assembled(system, targets, frame, limits)


@dataclass(frozen=True, slots=True, eq=False)
class _Frame:
    """Which columns are free and how all follow from them."""

    free: np.ndarray
    constant: np.ndarray
    back: csr_array
    solved: np.ndarray
    pivot: np.ndarray
    solution: Elimination | None = None


def _frame(system: System, *, solve: bool) -> _Frame:
    """Solve what can be solved, and return how all columns follow from the rest."""
    columns = system.columns
    if not solve:
        none, all_of = np.zeros(0, dtype=np.int64), np.arange(columns)
        same = csr_array(eye_array(columns, format="csr").astype(np.int64))
        return _Frame(all_of, np.zeros(columns, dtype=np.int64), same, none, none)
    solution = Elimination(system)
    solved = np.array(sorted(solution.pivots), dtype=np.int64)
    pivot = np.array([solution.pivots[row] for row in solved.tolist()], dtype=np.int64)
    free = np.setdiff1d(np.arange(columns), pivot)
    place = np.full(columns, -1)
    place[free] = np.arange(len(free))
    constant = np.zeros(columns, dtype=np.int64)
    entries = [(column, z, 1) for z, column in enumerate(free.tolist())]
    for row, column in zip(solved.tolist(), pivot.tolist(), strict=True):
        unit = solution.rows[row][column]
        constant[column] = unit * solution.right[row]
        entries += [
            (column, int(place[other]), -unit * value)
            for other, value in solution.rows[row].items()
            if other != column
        ]
    table = np.array(entries, dtype=np.int64).reshape(-1, 3)
    back = csr_array((table[:, 2], (table[:, 0], table[:, 1])), shape=(columns, len(free)))
    return _Frame(free, constant, back, solved, pivot, solution)


def _safe(matrix: csr_array, frame: _Frame) -> bool:
    """Return True if the products with a matrix cannot overflow."""
    size = abs(matrix).astype(float)
    far = size @ np.abs(frame.constant).astype(float)
    wide = size @ abs(frame.back).astype(float).sum(axis=1)
    return bool(far.max(initial=0) < SAFE and wide.max(initial=0) < SAFE / FAR)


def _near(system: System, targets: Targets, frame: _Frame, rows: csr_array) -> bool:
    """Return True if no limit can reach the number that stands for none."""
    ends = (*wide_limits(system, targets), system.row_low, system.row_high)
    ends = (*ends, system.low, system.high)
    largest = max(int(np.abs(end)[np.abs(end) < FAR].max(initial=0)) for end in ends)
    shifts = (rows @ frame.constant, frame.constant)
    return largest + max(int(np.abs(shift).max(initial=0)) for shift in shifts) < FAR


def _limits(
    system: System, targets: Targets, frame: _Frame, rest: tuple[np.ndarray, csr_array]
) -> Limits:
    """Return the rows that were not solved, and the limits of the columns that were."""
    kept, rows = rest
    pivot = frame.pivot
    shift = np.concatenate([rows @ frame.constant, frame.constant[pivot]])
    matrix, divisor = _primitive(csr_array(vstack([rows @ frame.back, frame.back[pivot]])))

    def shifted(ends: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        low = np.concatenate([system.row_low[kept], ends[0][pivot]])
        high = np.concatenate([system.row_high[kept], ends[1][pivot]])
        return _divided(*moved(low, high, shift), divisor)

    low, high = shifted((system.low, system.high))
    wide_low, wide_high = shifted(wide_limits(system, targets))
    origin = np.concatenate([kept, -1 - pivot])
    return Limits(matrix, low, high, wide_low, wide_high, divisor, origin)


def _assembled(system: System, targets: Targets, frame: _Frame, limits: Limits) -> Reduced:
    """Turn rows about one column into its limits, and leave out rows that cannot bind."""
    free = frame.free
    marked = np.zeros(system.columns, dtype=bool)
    if targets.relaxed is not None:
        marked[targets.relaxed.indices] = True
    of_column = limits.origin < 0
    relaxed_row = of_column & marked[np.where(of_column, -1 - limits.origin, 0)]
    single = (limits.lengths == 1) & ~relaxed_row
    bounds = Bounds(system, targets, free)
    bounds.tighten(limits.chosen(np.flatnonzero(single)))
    rows = limits.chosen(np.flatnonzero(~single & (limits.lengths > 0)))
    rows = rows.chosen(np.flatnonzero(may_bind(rows, bounds)))
    smaller = System(rows.matrix, rows.low, rows.high, bounds.low, bounds.high, system.truth[free])
    return Reduced(
        smaller,
        Targets(
            sorted_entries(csr_array(targets.matrix @ frame.back)),
            targets.offset + targets.matrix @ frame.constant,
            targets.need,
        ),
        free,
        frame.constant,
        frame.back,
        frame.solved,
        frame.pivot,
        frame.solution,
        rows.origin,
        rows.divisor,
        bounds.origins,
        bounds.wide_origins,
        _relaxed(targets, free, rows.origin),
        np.concatenate([bounds.wide_low, rows.wide_low]),
        np.concatenate([bounds.wide_high, rows.wide_high]),
    )


def _relaxed(targets: Targets, free: np.ndarray, origin: np.ndarray) -> csr_array:
    """Return which columns and rows of the smaller system a target looks at in wide limits."""
    size = len(free) + len(origin)
    if targets.relaxed is None:
        return csr_array((len(targets), size), dtype=np.int64)
    columns = width(targets.relaxed)
    behind = np.flatnonzero(origin < 0)
    where = np.concatenate([np.arange(len(free)), len(free) + behind])
    what = np.concatenate([free, -1 - origin[behind]])
    ones = np.ones(len(where), dtype=np.int64)
    return csr_array(targets.relaxed @ csr_array((ones, (what, where)), shape=(columns, size)))


def _concerned(system: System, origin: np.ndarray) -> np.ndarray:
    """Return the columns of rows, or those that were named themselves."""
    rows = csr_array(system.matrix[origin[origin >= 0]])
    return np.union1d(rows.indices, -1 - origin[origin < 0])
