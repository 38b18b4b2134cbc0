"""How near supply is, and how much of it there is for everybody who reaches it.

Pairs of an origin (where people live) and a destination (where they go) are held as a sparse
matrix of costs, metres or minutes; a pair that is not stored is out of reach, and a stored 0 is
a cost of 0.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np
from scipy.sparse import csr_array

CHUNK = 500_000
"""Most distances held at once while pairs in reach are looked for."""
MANY = 2**31
"""Pairs from which positions of 32 bits do not suffice."""

type Decay = Literal["gaussian"] | Sequence[tuple[float, float]] | None


class Catchments(NamedTuple):
    """What two steps of floating catchments give.

    Parameters
    ----------
    ratio
        (destinations,) supply for each unit of demand in reach; 0 where nobody reaches it.
    access
        (origins,) sum of the ratios in reach: supply for each unit of demand there.
    idle
        (destinations,) True where no demand is in reach: this supply goes to nobody.
    """

    ratio: np.ndarray
    access: np.ndarray
    idle: np.ndarray


def nearest_straight(origins: np.ndarray, destinations: np.ndarray) -> np.ndarray:
    """Return the straight distance from every origin to the nearest destination.

    Parameters
    ----------
    origins, destinations
        (n, 2) and (m, 2) coordinates in metres.

    Returns
    -------
    ndarray
        (n,) metres; infinite where there is no destination at all.

    Examples
    --------
    >>> nearest_straight(np.array([[0.0, 0.0]]), np.array([[30.0, 40.0], [0.0, 60.0]])).tolist()
    [50.0]
    """
    from scipy.spatial import KDTree

    if not len(destinations):
        return np.full(len(origins), np.inf)
    return np.asarray(KDTree(destinations).query(origins)[0], dtype=float).reshape(len(origins))


def straight_costs(origins: np.ndarray, destinations: np.ndarray, reach: float) -> csr_array:
    """Return the straight distances of all pairs that are within reach of each other.

    Parameters
    ----------
    origins, destinations
        (n, 2) and (m, 2) coordinates in metres.
    reach
        Longest distance, itself within reach, in metres.

    Returns
    -------
    csr_array
        (n, m) metres.

    Examples
    --------
    >>> row = np.array([[0.0, 0.0], [300.0, 0.0]])
    >>> straight_costs(row, row + 100, 200.0).toarray().round().tolist()
    [[141.0, 0.0], [0.0, 141.0]]
    """
    shape = (len(origins), len(destinations))
    if not all(shape):
        return csr_array(shape)
    order = np.argsort(destinations[:, 1], kind="stable").astype(np.int32)
    x, y = np.ascontiguousarray(origins.T)
    to_x, to_y = np.ascontiguousarray(destinations[order].T)
    rows = max(1, CHUNK // shape[1])
    parts = []
    for begin in range(0, shape[0], rows):
        some = slice(begin, begin + rows)
        # cells come from south to north: only a strip of destinations can be in their reach
        low = np.searchsorted(to_y, y[some].min() - reach, side="left")
        high = np.searchsorted(to_y, y[some].max() + reach, side="right")
        squares, steps = x[some, None] - to_x[low:high], y[some, None] - to_y[low:high]
        squares *= squares
        squares += steps * steps
        inside = squares <= reach * reach
        columns = np.broadcast_to(order[low:high], inside.shape)[inside]
        parts.append((np.sqrt(squares[inside]), columns, inside.sum(axis=1)))
    metres, columns, counts = (np.concatenate(part) for part in zip(*parts, strict=True))
    starts = np.append(0, np.cumsum(counts)).astype(np.int32 if len(metres) < MANY else np.int64)
    return csr_array((metres, columns, starts), shape=shape)


def nearest_known(costs: csr_array) -> np.ndarray:
    """Return the lowest cost of every origin; infinite where it has no pair.

    Examples
    --------
    >>> costs = csr_array((np.array([7.0, 0.0]), ([0, 0], [1, 2])), shape=(2, 3))
    >>> nearest_known(costs).tolist()
    [0.0, inf]
    """
    filled = np.diff(costs.indptr) > 0
    lowest = np.full(len(filled), np.inf)
    if filled.any():
        starts = costs.indptr[np.flatnonzero(filled)]
        lowest[filled] = np.minimum.reduceat(costs.data, starts)
    return lowest


def pairs_within(costs: csr_array, reach: float) -> csr_array:
    """Return the pairs whose cost does not exceed `reach`.

    Examples
    --------
    >>> costs = csr_array((np.array([5.0, 20.0]), ([0, 0], [0, 1])), shape=(1, 2))
    >>> pairs_within(costs, 15.0).nnz
    1
    """
    kept = costs.data <= reach
    before = np.concatenate([[0], np.cumsum(kept)])
    return csr_array((costs.data[kept], costs.indices[kept], before[costs.indptr]), costs.shape)


def supply_within(costs: csr_array, supply: np.ndarray) -> np.ndarray:
    """Return the supply in reach of every origin, shared with nobody.

    Parameters
    ----------
    costs
        (origins, destinations) pairs in reach.
    supply
        (destinations,) places, doctors, hours.

    Examples
    --------
    >>> costs = csr_array((np.array([0.0, 300.0]), ([0, 0], [0, 1])), shape=(1, 2))
    >>> supply_within(costs, np.array([10.0, 2.0])).tolist()
    [12.0]
    """
    reached = csr_array((np.ones(costs.nnz), costs.indices, costs.indptr), costs.shape)
    return np.asarray(reached @ supply, dtype=float)


def decay_weights(costs: csr_array, reach: float, decay: Decay = None) -> csr_array:
    """Return how much a pair counts: 1 in reach, or less the further apart the two are.

    Parameters
    ----------
    costs
        (origins, destinations) pairs in reach.
    reach
        Cost at which the catchment ends.
    decay
        None: every pair counts 1 (Luo and Wang 2003). Pairs ``(limit, weight)``, ascending:
        the first zone whose limit the cost does not exceed (Luo and Qi 2009 use 10, 20 and 30
        minutes with the weights 1, 0.68 and 0.22); beyond the last limit 0. ``"gaussian"``:
        falls smoothly from 1 at 0 to 0 at `reach` (Dai 2010).

    References
    ----------
    Luo, W. and Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method for
    measuring spatial accessibility to primary care physicians. Health & Place 15, 1100-1107.
    Dai, D. (2010). Black residential segregation, disparities in spatial access to health care
    facilities, and late-stage breast cancer diagnosis. Health & Place 16, 1038-1052.

    Examples
    --------
    >>> costs = csr_array((np.array([0.0, 15.0, 30.0]), ([0, 0, 0], [0, 1, 2])), shape=(1, 3))
    >>> decay_weights(costs, 30.0, [(10, 1.0), (20, 0.68), (30, 0.22)]).data.tolist()
    [1.0, 0.68, 0.22]
    >>> decay_weights(costs, 30.0, "gaussian").data.round(3).tolist()
    [1.0, 0.701, 0.0]
    """
    if decay is None:
        weights = np.ones(costs.nnz)
    elif decay == "gaussian":
        end = np.exp(-0.5)
        weights = (np.exp(-0.5 * (costs.data / reach) ** 2) - end) / (1 - end)
    else:
        limits, values = np.array(decay, dtype=float).T
        zone = np.searchsorted(limits, costs.data, side="left")
        weights = np.append(values, 0.0)[zone]
    return csr_array((weights, costs.indices, costs.indptr), costs.shape)


def floating_catchments(weights: csr_array, demand: np.ndarray, supply: np.ndarray) -> Catchments:
    """Return supply for each unit of demand by two steps of floating catchments.

    First every destination divides its supply among the demand in its reach, then every origin
    adds up what the destinations in its reach have for it. What all origins get together
    (demand × access) is the supply that anybody reaches, no more and no less.

    Parameters
    ----------
    weights
        (origins, destinations) how much each pair in reach counts, from :func:`decay_weights`.
    demand
        (origins,) people; missing (NaN) makes everything missing that depends on it.
    supply
        (destinations,) places, doctors, hours; missing likewise.

    References
    ----------
    Luo, W. and Wang, F. (2003). Measures of spatial accessibility to health care in a GIS
    environment: synthesis and a case study in the Chicago region. Environment and Planning B
    30, 865-884.

    Examples
    --------
    Two doctors; the first is reached by 8 people, the second by 5, and 2 of these reach both:

    >>> weights = csr_array(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]))
    >>> found = floating_catchments(weights, np.array([6.0, 2.0, 3.0]), np.ones(2))
    >>> found.ratio.tolist(), found.access.round(3).tolist()
    ([0.125, 0.2], [0.125, 0.325, 0.2])
    """
    counting = weights
    if not weights.data.all():
        # demand that counts nothing, as at the very end of a catchment, makes nothing missing
        counting = weights.copy()
        counting.eliminate_zeros()
    load = np.asarray(counting.T @ demand, dtype=float)
    idle = load == 0
    ratio = np.where(idle, 0.0, supply / np.where(idle, 1.0, load))
    return Catchments(ratio, np.asarray(counting @ ratio, dtype=float), idle)
