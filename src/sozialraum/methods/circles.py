"""Circles that grow around every point, area by area, up to a share of the population."""

from typing import NamedTuple

import numpy as np

FINENESS = 31
"""Bits of a distance: equal up to a part in 2³¹ of the longest is equal."""
CHUNK = 250_000
"""Largest number of distances held at once."""


class Circles(NamedTuple):
    """Areas from every centre outwards, one centre after the other.

    Parameters
    ----------
    order
        (entries,) int32 positions of the areas.
    starts
        (n + 1,) where the entries of every centre begin.
    closed
        (entries,) bool: the next area lies further away, so that a circle ends here.
    """

    order: np.ndarray
    starts: np.ndarray
    closed: np.ndarray


def circles(points: np.ndarray, population: np.ndarray, share: float) -> Circles:
    """Return the circles around every point that hold at most a share of the population.

    Parameters
    ----------
    points
        (n, 2) coordinates.
    population
        (n,) people, not negative.
    share
        Largest share of the population in a circle.

    Notes
    -----
    Areas equally far from the centre belong to a circle together, and are listed in order
    of their positions.

    Examples
    --------
    >>> row = np.array([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [3.0, 0.0]])
    >>> found = circles(row, np.ones(4), 0.75)
    >>> found.order[found.starts[1] : found.starts[2]].tolist()
    [1, 0, 2]
    >>> found.closed[found.starts[1] : found.starts[2]].tolist()
    [True, False, True]
    """
    n = len(points)
    limit = share * population.sum() * (1 + 1e-12)
    spread = float(np.hypot(*np.ptp(points, axis=0))) or 1.0
    bits = max(1, (n - 1).bit_length())
    rows = max(1, CHUNK // n)
    parts, sizes = [], []
    for begin in range(0, n, rows):
        steps = points[begin : begin + rows, None] - points
        distance = np.sqrt((steps * steps).sum(axis=2))
        keys = (np.rint(distance * (2.0**FINENESS / spread)).astype(np.int64) << bits) | np.arange(
            n
        )
        keys.sort(axis=1)
        order = keys & ((1 << bits) - 1)
        inside = np.cumsum(population[order], axis=1) <= limit
        apart = np.ones(order.shape, dtype=bool)
        apart[:, :-1] = (keys[:, 1:] >> bits) > (keys[:, :-1] >> bits)
        parts.append((order[inside].astype(np.int32), apart[inside]))
        sizes.append(inside.sum(axis=1))
    starts = np.concatenate([[0], np.cumsum(np.concatenate(sizes))])
    order, closed = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Circles(order, starts, closed)
