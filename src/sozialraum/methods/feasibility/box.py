"""Bounds of targets from the limits of their columns alone."""

import numpy as np

from sozialraum.methods.feasibility.limits import wide_limits
from sozialraum.methods.feasibility.system import EmptyError, System, Targets
from sozialraum.methods.tables import FAR

SAFE = 2.0**61
"""Sums that could be larger are not formed in 64 bits."""


def box(system: System, targets: Targets) -> tuple[np.ndarray, np.ndarray]:
    """Return bounds of targets from the limits of their columns, one column at a time.

    The limits are those that rows give one by one. A relaxed target looks at the limits
    that were there beforehand: what rows give may rest on the limits it leaves aside.

    Raises
    ------
    EmptyError
        If the limits of a column contradict each other.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> from sozialraum.methods.suppression import Need
    >>> nine, no = np.array([9]), np.array([0])
    >>> both = System(
    ...     csr_array(np.array([[1, 1]])), nine, nine,
    ...     np.zeros(2, int), np.array([4, FAR]), np.array([-1, -1]),
    ... )
    >>> box(both, Targets(csr_array(np.array([[0, 1]])), no, Need(no, no, no)))
    (array([5]), array([9]))
    """
    from sozialraum.methods.feasibility.propagate import propagate

    low, high, broken = propagate(system)
    if broken >= 0:
        raise EmptyError(np.array([broken]), proven=True)
    matrix = targets.matrix
    column = matrix.indices
    number = np.repeat(np.arange(len(targets)), np.diff(matrix.indptr))
    low, high = low[column], high[column]
    if targets.relaxed is not None:
        size = system.columns
        relaxed, lengths = targets.relaxed.indices, np.diff(targets.relaxed.indptr)
        owner = np.repeat(np.arange(len(targets)), lengths)
        wide = np.isin(number * size + column, owner * size + relaxed)
        some = (lengths > 0)[number]
        low = np.where(some, system.low[column], low)
        high = np.where(some, system.high[column], high)
        free_low, free_high = wide_limits(system, targets)
        low = np.where(wide, free_low[column], low)
        high = np.where(wide, free_high[column], high)
    ends = (low, high), (high, low)
    sides = [
        _sums(matrix.data, np.where(matrix.data > 0, plus, minus), number, len(targets))
        for plus, minus in ends
    ]
    return (
        np.where(sides[0][1], -FAR, sides[0][0] + targets.offset),
        np.where(sides[1][1], FAR, sides[1][0] + targets.offset),
    )


def _sums(
    value: np.ndarray, limit: np.ndarray, number: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return sums of limits, and where there is none."""
    total, size = np.zeros(count, dtype=np.int64), np.zeros(count)
    np.add.at(total, number, value * limit)
    np.add.at(size, number, np.abs(value.astype(float) * limit))
    endless = np.bincount(number, np.abs(limit) >= FAR, minlength=count) > 0
    return total, endless | (size > SAFE)
