"""What each statement says about each unknown, passed on until nothing changes.

Every row limits every one of its columns through the limits of the others (bound
propagation; for tables these are the bounds of Fréchet). In whole numbers only: quotients
are rounded inwards, rows whose sums could overflow are passed over. All rows see the limits
of the round before, so that the order of rows and columns plays no part.
"""

import numpy as np
from numba import njit

from sozialraum.methods.feasibility.arrays import Array
from sozialraum.methods.feasibility.system import System
from sozialraum.methods.tables import FAR

ROUNDS = 40
"""Rounds before the limits are taken as they are: they are proven at any time."""
NONE: Array = np.int64(-1)
SAFE = 2.0**61
"""Sums that could be larger are not formed."""


def propagate(system: System) -> tuple[np.ndarray, np.ndarray, int]:
    """Return the limits of every column that follow from the rows one by one.

    Returns
    -------
    low, high
        (columns,) proven limits, ``-FAR`` and :data:`FAR` where there is none.
    broken
        A column whose limits contradict each other, -1 if there is none.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> both = System(
    ...     csr_array(np.array([[1, 1]])), np.array([9]), np.array([9]),
    ...     np.zeros(2, int), np.array([4, FAR]), np.array([-1, -1]),
    ... )
    >>> propagate(both)
    (array([0, 5]), array([4, 9]), -1)
    """
    matrix = system.matrix
    rows = (
        matrix.indptr.astype(np.int64),
        matrix.indices.astype(np.int64),
        matrix.data,
        system.row_low,
        system.row_high,
    )
    low, high = system.low.copy(), system.high.copy()
    broken = np.flatnonzero(low > high)
    if len(broken):
        return low, high, int(broken[0])
    return low, high, int(_tighten(rows, low, high))


@njit(cache=True, nogil=True)
def _tighten(rows: tuple[Array, Array, Array, Array, Array], low: Array, high: Array) -> int:
    """Narrow limits in place; return a column with none left, -1 if there is none."""
    start = rows[0]
    for _ in range(ROUNDS):
        old_low, old_high = low.copy(), high.copy()
        changed = False
        for row in range(len(start) - 1):
            for side in range(2):
                changed |= _row(rows, row, side, (old_low, old_high), (low, high))
        for column in range(len(low)):
            if low[column] > high[column]:
                return column
        if not changed:
            break
    return NONE


@njit(cache=True, nogil=True)
def _row(
    rows: tuple[Array, Array, Array, Array, Array],
    row: int,
    side: int,
    old: tuple[Array, Array],
    new: tuple[Array, Array],
) -> bool:
    """Apply one limit of a row (0 lower, 1 upper) to its columns."""
    start, columns, values, row_low, row_high = rows
    limit = row_high[row] if side == 1 else -row_low[row]
    if limit >= FAR:
        return False
    sign = 1 if side == 1 else -1
    total, endless, size = np.int64(0), 0, abs(float(limit))
    for at in range(start[row], start[row + 1]):
        value, column = sign * values[at], columns[at]
        least = old[0][column] if value > 0 else old[1][column]
        if abs(least) >= FAR:
            endless += 1
        else:
            total += value * least
            size += abs(float(value)) * abs(float(least))
    if endless > 1 or size > SAFE:
        return False
    changed = False
    for at in range(start[row], start[row + 1]):
        value, column = sign * values[at], columns[at]
        least = old[0][column] if value > 0 else old[1][column]
        if abs(least) >= FAR:
            room = limit - total
        elif endless == 0:
            room = limit - (total - value * least)
        else:
            continue
        if value > 0 and room // value < new[1][column]:
            new[1][column] = room // value
            changed = True
        elif value < 0 and -(room // -value) > new[0][column]:
            new[0][column] = -(room // -value)
            changed = True
    return changed
