"""Counts that fill what is missing up to a known total, at random."""

import numpy as np


def share_out(
    total: np.ndarray, caps: np.ndarray, group: np.ndarray, draws: np.ndarray
) -> np.ndarray:
    """Return whole numbers, none above its cap, that add up to the total of their group.

    Parameters
    ----------
    total
        (groups,) what each group has to share out; more than its caps hold is left over.
    caps
        (places,) most that a place can take.
    group
        (places,) position of the group of every place.
    draws
        (places, 3) numbers between 0 and 1 that decide: how much of its cap a place may
        take at first, and the order in which places take, first and when the rest goes.

    Returns
    -------
    ndarray
        (places,) what every place takes.

    Examples
    --------
    >>> draws = np.array([[0.5, 0.1, 0.1], [0.9, 0.2, 0.2], [0.1, 0.3, 0.3]])
    >>> share_out(np.array([10]), np.array([4, 8, 5]), np.array([0, 0, 0]), draws)
    array([2, 8, 0])
    """
    at_first = np.floor(draws[:, 0] * (caps + 1)).clip(0, caps).astype(np.int64)
    taken = _in_turn(total, at_first, group, draws[:, 1])
    left = total - np.bincount(group, taken, minlength=len(total)).astype(np.int64)
    return taken + _in_turn(left, caps - taken, group, draws[:, 2])


def _in_turn(
    total: np.ndarray, caps: np.ndarray, group: np.ndarray, draws: np.ndarray
) -> np.ndarray:
    """Return what places take if one after the other takes all it can."""
    order = np.lexsort((draws, group))
    held = caps[order].astype(np.int64)
    before = np.cumsum(held) - held
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    before -= np.repeat(before[starts], np.diff(np.append(starts, len(order))))
    taken = np.empty(len(caps), dtype=np.int64)
    taken[order] = np.clip(total[group[order]] - before, 0, held)
    return taken
