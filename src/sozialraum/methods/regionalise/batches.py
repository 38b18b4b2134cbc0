"""Components of a partition solved side by side, the largest first.

Imported on use only: it loads the compiled kernels.
"""

from typing import Any

import numpy as np

from sozialraum.methods.regionalise import Effort, meets
from sozialraum.methods.regionalise.component import PLANS, solve
from sozialraum.methods.regionalise.problem import Problem


def solve_components(
    whole: Problem, starts: np.ndarray, seeds: list[int], effort: Effort, n_jobs: int
) -> tuple[np.ndarray, np.ndarray]:
    """Divide every component into regions.

    Parameters
    ----------
    whole
        All components, the blocks of each next to each other.
    starts
        First row of every component.
    seeds
        Seed of every component.
    effort
        How long to search.
    n_jobs
        Threads.

    Returns
    -------
    labels : (n,) int64
        Regions numbered through, in the order of the components and of their first
        block; -1 where a component cannot reach the minima.
    proven : (number of regions,) bool
    """
    from joblib import Parallel, delayed

    n = whole.counts.shape[0]
    ends = np.append(starts[1:], n)
    reachable = [
        c
        for c, (a, b) in enumerate(zip(starts, ends, strict=True))
        if meets(whole.counts[a:b].sum(axis=0), whole.need).all()
    ]
    largest_first = sorted(reachable, key=lambda c: (starts[c] - ends[c], c))
    run = Parallel(n_jobs=n_jobs, prefer="threads")
    found: Any = run(
        delayed(solve)(component_of(whole, starts[c], ends[c]), PLANS[effort], seeds[c])
        for c in largest_first
    )
    by_component = dict(zip(largest_first, found, strict=True))
    labels, proven = np.full(n, -1, np.int64), np.empty(0, bool)
    for c in reachable:
        own, certain = by_component[c]
        labels[starts[c] : ends[c]] = own + proven.size
        proven = np.append(proven, certain)
    return labels, proven


def component_of(whole: Problem, start: int, end: int) -> Problem:
    """Return one component: the rows from `start` to `end`, which no edge leaves."""
    first, last = whole.indptr[start], whole.indptr[end]
    return Problem(
        (whole.indptr[start : end + 1] - first).astype(np.int32),
        (whole.indices[first:last] - start).astype(np.int32),
        np.ascontiguousarray(whole.counts[start:end]),
        whole.need,
        np.ascontiguousarray(whole.features[start:end]),
        np.ascontiguousarray(whole.edge_cost[first:last]),
    )
