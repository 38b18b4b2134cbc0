"""An upper bound on the number of regions that looks at all minima at once, and locally.

Prices of the blocks bound the number of regions by their sum if every connected set that
meets the minima costs at least 1 (duality of linear programming; the regions of a
partition are a set packing, :mod:`sozialraum.methods.regionalise.sets`). The clipped share
of one minimum, min(w, T) / T, is such a price: it gives the separate bound ⌊Σ min(w, T) / T⌋.
Which count is scarce differs from place to place, however, and prices may follow: people here,
people on benefits there. They are found by cutting planes (Kelley 1960, Journal of the SIAM
8(4); column generation seen from the dual, Gilmore and Gomory 1961, Operations Research 9(6)):

1. Solve for the cheapest prices at which every set known so far costs at least 1. Sets too
   many to enumerate are replaced by a stronger condition: for a zone of the graph,
   multipliers m ≥ 0 with Σ m = 1 at which no block within its reach is cheaper than m times
   its shares. (As a relaxation of the regions: a zone is divided like a heap of sand over
   all minima at once, vector covering as in Csirik, Frenk, Labbé and Zhang 1990.)
2. Go a part of the way from the best valid prices to these (in-out separation: Ben-Ameur and
   Neto 2007, Networks 49(1)) and search sets that are too cheap there.
3. Make the prices valid: raise those of every cheap set so that it costs 1, and where the
   search was given up return to the best prices known. Repeat with the sets found.

Only step 3 matters for validity: it holds whatever the optimiser says.

Imported on use only: it loads compiled kernels and HiGHS.
"""

from typing import Any, NamedTuple

import numpy as np

from sozialraum.methods.regionalise.batches import component_of
from sozialraum.methods.regionalise.prices import (
    DEEPEST,
    Found,
    Market,
    find_cheap_sets,
    reach_of_roots,
)
from sozialraum.methods.regionalise.problem import Problem

TOLERANCE = 1e-9
"""Sets may cost this much less than 1; the sum of the prices is divided by the rest."""
GENEROUS = 1e-11
"""Shares are raised by this part, so that no set falls short by rounding."""
SEARCH_STEPS, PROOF_STEPS = 20_000, 100_000
"""Most steps of enumeration for one root, when sets are collected and when prices are proven."""
KEPT = 4
"""Cheap sets kept for one root in one search."""
ZONE = 60
"""Roots given up that share the multipliers of one zone."""
REACH = 1.0
"""Price distance from its roots up to which the condition of a zone holds."""
ROUNDS = 4
"""Most times the programme is solved."""
INWARD = (0.5, 0.2)
"""Shares of the best valid prices in the prices whose validity is tried."""
FIRST = 0.97
"""The first sets are those that cost less than 1 at this share of the separate bound's prices."""
STALLED = 15.0
"""Seconds after which the optimiser has stalled, far beyond what a programme takes.

The bound found so far stays valid; it is only less tight.
"""
WORTHWHILE = 5e-4
"""Relative distance of the programme below the valid prices at which the search ends."""
SMALLEST = 2
"""Separate bounds below this number are left alone: one region is one region."""


class Pool(NamedTuple):
    """Sets known so far, by their sorted blocks, and roots given up."""

    sets: dict[bytes, np.ndarray]
    hard: np.ndarray


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
    market = Market(
        problem.indptr, problem.indices, shares, best * FIRST, _dense_first(shares, separate)
    )
    pool = Pool({}, np.zeros(best.size, bool))
    _collect(market, pool, SEARCH_STEPS)
    for _ in range(ROUNDS):
        outer = _cheapest(market._replace(prices=best), pool)
        if outer is None:
            break
        tried = [_made_valid(market, pool, best, outer, share) for share in INWARD]
        best = min([best, *tried], key=np.sum)
        if best.sum() - outer.sum() < WORTHWHILE * best.sum():
            break
        _collect(market._replace(prices=outer), pool, SEARCH_STEPS)
    return best


def _made_valid(
    market: Market, pool: Pool, best: np.ndarray, outer: np.ndarray, share: float
) -> np.ndarray:
    """Return valid prices between the best valid ones and others; the pool grows."""
    inner = share * best + (1 - share) * outer
    found = _collect(market._replace(prices=inner), pool, PROOF_STEPS)
    return np.where(found.uncertain, np.maximum(inner * found.factor, best), inner * found.factor)


def _dense_first(shares: np.ndarray, separate: np.ndarray) -> np.ndarray:
    """Return the place of every block when the fullest come first.

    The sets of a sparse root then hold sparse blocks only: they are many, but alike, so
    that multipliers bound them well.
    """
    order = np.argsort(-(shares / np.maximum(separate, 1)).max(axis=1), kind="stable")
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    return rank


def _collect(market: Market, pool: Pool, steps: int) -> Found:
    """Search cheap sets at the prices of the market and add them to the pool."""
    n = market.prices.size
    found = Found(
        np.ones(n),
        np.zeros(n, bool),
        np.zeros(n, bool),
        np.zeros(KEPT * n + 2, np.int64),
        np.empty(KEPT * n * 40, np.int32),
        np.zeros(1, np.int64),
        np.empty((KEPT, DEEPEST + 1), np.int32),
        np.zeros(KEPT, np.int64),
        np.zeros(KEPT),
    )
    find_cheap_sets(market, found, 1 - TOLERANCE, steps)
    for i in range(int(found.number[0])):
        members = np.sort(found.members[found.start[i] : found.start[i + 1]])
        pool.sets.setdefault(members.tobytes(), members)
    if steps == SEARCH_STEPS:
        np.logical_or(pool.hard, found.hard, out=pool.hard)
    return found


def _zones(market: Market, hard: np.ndarray) -> list[np.ndarray]:
    """Return the blocks within reach of groups of neighbouring hard roots."""
    left, zones = hard.copy(), []
    for root in np.flatnonzero(hard):
        if not left[root]:
            continue
        group, queue, known = [], [int(root)], {int(root)}
        for v in queue:
            if left[v]:
                group.append(v)
                left[v] = False
            if len(group) == ZONE or len(known) > 6 * ZONE:
                break
            near = market.indices[market.indptr[v] : market.indptr[v + 1]].tolist()
            queue += [u for u in near if u not in known]
            known.update(near)
        zones.append(reach_of_roots(market, np.array(group), REACH))
    return zones


def _cheapest(market: Market, pool: Pool) -> np.ndarray | None:
    """Return the cheapest prices for the sets and zones known; None: the optimiser failed.

    The programme is stated from the side of the regions, in fractions: as many sets of the
    pool and regions of the zones as the blocks allow. The prices are its dual values.
    """
    n, k = market.shares.shape
    zones = _zones(market, pool.hard)
    starts, rows, values, gains = [0], [], [], []
    for members in pool.sets.values():
        rows.append(members)
        values.append(np.ones(members.size))
        gains.append(1.0)
        starts.append(starts[-1] + members.size)
    for z, blocks in enumerate(zones):
        totals = n + k * z + np.arange(k)
        for block in blocks:
            rows.append(np.append(block, totals))
            values.append(np.append(1.0, -market.shares[block]))
        rows.append(totals)
        values.append(np.ones(k))
        gains += [0.0] * blocks.size + [1.0]
        starts += list(starts[-1] + (k + 1) * np.arange(1, blocks.size + 1))
        starts.append(starts[-1] + k)
    if not rows:
        return np.zeros(n)
    limits = np.append(np.ones(n), np.zeros(k * len(zones)))
    matrix = np.array(starts), np.concatenate(rows), np.concatenate(values)
    prices = _dual_values(matrix, np.array(gains), limits)
    return None if prices is None else prices[:n]


def _dual_values(
    matrix: tuple[np.ndarray, np.ndarray, np.ndarray], gains: np.ndarray, limits: np.ndarray
) -> np.ndarray | None:
    """Return the dual values of: maximise gains·x, matrix·x ≤ limits, x ≥ 0.

    Interior-point method without crossover: dual values in the middle of the optimal face
    keep cutting planes from jumping (Gondzio, González-Brevis and Munari 2013, European
    Journal of Operational Research 224(1)).
    """
    import highspy

    starts, rows, values = matrix
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = limits.size, gains.size
    model.col_cost_ = gains
    model.col_lower_ = np.zeros(gains.size)
    model.col_upper_ = np.full(gains.size, highspy.kHighsInf)
    model.row_lower_ = np.full(limits.size, -highspy.kHighsInf)
    model.row_upper_ = limits
    model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    model.a_matrix_.start_ = starts.astype(np.int32)
    model.a_matrix_.index_ = rows.astype(np.int32)
    model.a_matrix_.value_ = values.astype(float)
    model.sense_ = highspy.ObjSense.kMaximize
    solver = highspy.Highs()
    for option, value in {
        "output_flag": False,
        "threads": 1,
        "random_seed": 0,
        "solver": "ipm",
        "run_crossover": "off",
        "presolve": "off",
        "ipm_optimality_tolerance": 1e-5,
        "ipm_iteration_limit": 80,
        "simplex_iteration_limit": 0,
        "time_limit": STALLED,
    }.items():
        solver.setOptionValue(option, value)
    solver.passModel(model)
    solver.run()
    found = np.array(solver.getSolution().row_dual)
    if found.size != limits.size or not np.isfinite(found).all():
        return None
    return np.maximum(found, 0)
