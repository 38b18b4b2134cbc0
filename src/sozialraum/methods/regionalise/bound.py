"""An upper bound on the number of regions that looks at all minima at once, and locally.

Prices of the blocks bound the number of regions by their sum if every connected set that
meets the minima costs at least 1 (duality of linear programming; the regions of a
partition are a set packing, :mod:`sozialraum.methods.regionalise.sets`). The clipped share
of one minimum, min(w, T) / T, is such a price: it gives the separate bound ⌊Σ min(w, T) / T⌋.
Which count is scarce differs from place to place, however, and prices may follow: people here,
people on benefits there. They are found by cutting planes (Kelley 1960, Journal of the SIAM
8(4); column generation seen from the dual, Gilmore and Gomory 1961, Operations Research 9(6)):

1. Solve for the cheapest prices at which every set known so far costs at least 1.
2. Go a part of the way from the best valid prices to these (in-out separation: Ben-Ameur and
   Neto 2007, Networks 49(1)).
3. Make the prices valid: prove root by root that no set is too cheap, or raise the price of
   the root. Sets that were too cheap are known from then on.
4. Where the prices so found are lower in a whole neighbourhood take them, elsewhere the best
   so far, and make these valid as well. Repeat.

Only step 3 matters for validity (:mod:`sozialraum.methods.regionalise.prices` proves it): it
holds whatever prices the other steps suggest. The number of steps is fixed everywhere.

Imported on use only: it loads compiled kernels.
"""

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.regionalise.batches import component_of
from sozialraum.methods.regionalise.prices import (
    DEEPEST,
    Conditions,
    Found,
    Market,
    cheapest_prices,
    make_valid,
)
from sozialraum.methods.regionalise.problem import Problem

TOLERANCE = 1e-9
"""Sets may cost this much less than 1; the sum of the prices is divided by the rest."""
GENEROUS = 1e-11
"""Shares are raised by this part, so that no set falls short by rounding."""
STEPS = 20_000
"""Most steps of enumeration for one root."""
KEPT = 4
"""Cheap sets kept for one root in one search."""
ROUNDS, PATIENCE = 24, 8
"""Times the programme is solved; without any gain so far, or for one minimum, fewer times.

One minimum leaves little to gain: whole blocks only.
"""
RESTARTS = 4
"""Restarts of the method that solves it."""
INWARD, MOST_INWARD, LEAST_INWARD = 0.7, 0.92, 0.3
"""Share of the best valid prices in the prices that are made valid: at first, most, least."""
FARTHER, CLOSER = 0.1, 0.04
"""How far that share falls after prices that became better, and rises after others."""
FIRST = 0.97
"""The first sets are those that cost less than 1 at this share of the separate bound's prices."""
LOWEST = 0.1
"""The programme prices no block below this part of its share of the most widespread count.

Otherwise sets could reach far at no cost, through blocks that lack the scarce counts.
"""
MIXED = 3
"""Every so many rounds the better neighbourhoods of two sets of prices are put together."""
NEIGHBOURHOOD = 20
"""Steps of a random walk over which two sets of prices are compared."""
SMALLEST = 2
"""Separate bounds below this number are left alone: one region is one region."""


type Known = dict[bytes, tuple[np.ndarray, float, float]]
"""Conditions by their sorted blocks: these, what they should cost, and their multiplier."""


def joint_bounds(whole: Problem, starts: np.ndarray, *, n_jobs: int = 1) -> np.ndarray:
    """Return, for every component, a number of regions that no partition exceeds.

    Parameters
    ----------
    whole
        All components, the blocks of each next to each other.
    starts
        (number of components,) first row of every component.
    n_jobs
        Threads. The result does not depend on it.

    Returns
    -------
    numpy.ndarray
        (number of components,) int64, never above the separate bounds.
    """
    from joblib import Parallel, delayed

    ends = np.append(starts, whole.counts.shape[0])[1:]
    run = Parallel(n_jobs=n_jobs, prefer="threads")
    found: Any = run(
        delayed(joint_bound)(component_of(whole, a, b)) for a, b in zip(starts, ends, strict=True)
    )
    return np.array(found, dtype=np.int64)


def joint_bound(problem: Problem) -> int:
    """Return a number of regions of one component that no partition exceeds.

    Parameters
    ----------
    problem
        The component.

    Examples
    --------
    Six blocks in a row. Each count alone would allow three regions, but the first count is
    found on the left and the second on the right:

    >>> starts, near = np.array([0, 1, 3, 5, 7, 9, 10]), np.array([1, 0, 2, 1, 3, 2, 4, 3, 5, 4])
    >>> counts = np.repeat([[1.0, 0.0], [0.0, 1.0]], 3, axis=0)
    >>> row = starts.astype(np.int32), near.astype(np.int32)
    >>> joint_bound(Problem(*row, counts, np.ones(2), np.zeros((6, 0)), np.zeros(10)))
    1
    """
    return floor_of(dual_prices(problem).sum())


def floor_of(total: float) -> int:
    """Return the number of regions that prices of this total allow."""
    return int(np.floor(total / (1 - TOLERANCE) * (1 + TOLERANCE)))


def dual_prices(problem: Problem) -> np.ndarray:
    """Return prices at which every connected set that meets the minima costs at least 1.

    Parameters
    ----------
    problem
        One component.

    Returns
    -------
    numpy.ndarray
        (n,) prices, up to TOLERANCE in the price of a set.
    """
    shares = np.minimum(problem.counts / problem.need, 1) * (1 + GENEROUS)
    separate = shares.sum(axis=0)
    best = np.ascontiguousarray(shares[:, separate.argmin()])
    if separate.min() < SMALLEST:
        return best
    lowest = LOWEST * shares[:, (shares > 0).sum(axis=0).argmax()]
    graph = problem.indptr, problem.indices
    market = Market(*graph, shares, best * FIRST, np.zeros(shares.shape))
    known: Known = {}
    _collect(market, known)
    walk, first, outer, inward = _random_walk(problem), best, best, INWARD
    for turn in range(ROUNDS):
        outer = _cheapest(known, outer, lowest)
        known = {key: value for key, value in known.items() if value[1] == 1}
        tried = market._replace(prices=inward * best + (1 - inward) * outer)
        _collect(tried, known)
        found = min([best, tried.prices], key=np.sum)
        if turn % MIXED == MIXED - 1:
            better = _lower_around(walk, tried.prices - best)
            mixed = market._replace(prices=np.where(better, tried.prices, best))
            _collect(mixed, known)
            found = min([found, mixed.prices], key=np.sum)
        worse = found is best
        inward = min(MOST_INWARD, inward + CLOSER) if worse else max(LEAST_INWARD, inward - FARTHER)
        best = found
        if turn + 1 == PATIENCE and (best is first or separate.size == 1):
            break
    return best


def _random_walk(problem: Problem) -> csr_array:
    """Return the matrix that replaces values of blocks by averages with their neighbours."""
    n, degrees = problem.counts.shape[0], np.diff(problem.indptr)
    weights = np.repeat(1.0 / (degrees + 1), degrees)
    near = csr_array((weights, problem.indices, problem.indptr), shape=(n, n))
    own = csr_array((1.0 / (degrees + 1), np.arange(n), np.arange(n + 1)), shape=(n, n))
    return csr_array(near + own)


def _lower_around(walk: csr_array, differences: np.ndarray) -> np.ndarray:
    """Return where the differences are negative on average over a neighbourhood."""
    for _ in range(NEIGHBOURHOOD):
        differences = walk @ differences
    return differences < 0


def _collect(market: Market, known: Known) -> None:
    """Make the prices of the market valid; the conditions they broke are known afterwards."""
    n = market.prices.size
    found = Found(
        np.zeros((KEPT + 1) * n + 2, np.int64),
        np.empty((KEPT + 1) * n * 40, np.int32),
        np.empty((KEPT + 1) * n + 1),
        np.zeros(1, np.int64),
        np.empty((KEPT, DEEPEST + 1), np.int32),
        np.zeros(KEPT, np.int64),
        np.zeros(KEPT),
    )
    make_valid(market, found, 1 - TOLERANCE, STEPS)
    for i in range(int(found.number[0])):
        members = np.sort(found.members[found.start[i] : found.start[i + 1]])
        known.setdefault(members.tobytes(), (members, float(found.least[i]), 0.0))


def _cheapest(known: Known, begin: np.ndarray, lowest: np.ndarray) -> np.ndarray:
    """Return about the cheapest prices that keep the conditions known."""
    prices = begin.copy()
    sets = list(known.values())
    duals = np.array([dual for _, _, dual in sets], dtype=float)
    start = np.cumsum([0, *(members.size for members, _, _ in sets)], dtype=np.int64)
    members = np.concatenate([np.empty(0, np.int32), *(members for members, _, _ in sets)])
    least = np.array([least for _, least, _ in sets], dtype=float)
    cheapest_prices(Conditions(start, members, least, lowest), prices, duals, RESTARTS)
    for key, (blocks, price, _), dual in zip(list(known), sets, duals.tolist(), strict=True):
        known[key] = blocks, price, dual
    return prices
