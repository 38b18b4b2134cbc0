"""Single-block moves that lower the sum of squares and keep every promise."""

import numpy as np
from numba import njit

from sozialraum.methods.regionalise.problem import Array, Problem


@njit(cache=True, nogil=True)
def _stays_whole(
    problem: Problem,
    labels: Array,
    block: int,
    size: int,
    stamp: Array,
    clock: int,
    queue: Array,
) -> bool:
    """Return True if the region of `block` is contiguous without it."""
    region = labels[block]
    stamp[block] = clock
    tail = 0
    for e in range(problem.indptr[block], problem.indptr[block + 1]):
        neighbour = problem.indices[e]
        if labels[neighbour] == region:
            queue[0] = neighbour
            stamp[neighbour] = clock
            tail = 1
            break
    head = 0
    while head < tail:
        v = queue[head]
        head += 1
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if labels[u] == region and stamp[u] != clock:
                stamp[u] = clock
                queue[tail] = u
                tail += 1
    return tail == size - 1


@njit(cache=True, nogil=True)
def _distance(problem: Problem, block: int, sums: Array, size: int) -> float:
    """Return the squared distance of a block to the centre of a region."""
    total = 0.0
    for j in range(sums.size):
        total += (problem.features[block, j] - sums[j] / size) ** 2
    return total


@njit(cache=True, nogil=True)
def _best_target(problem: Problem, labels: Array, block: int, sums: Array, sizes: Array) -> int:
    """Return the neighbouring region that the block fits better than its own, or -1."""
    own = labels[block]
    loss = _distance(problem, block, sums[own], sizes[own]) * sizes[own] / (sizes[own] - 1.0)
    best, least = -1, loss - 1e-9
    for e in range(problem.indptr[block], problem.indptr[block + 1]):
        other = labels[problem.indices[e]]
        if other == own:
            continue
        gain = _distance(problem, block, sums[other], sizes[other])
        gain *= sizes[other] / (sizes[other] + 1.0)
        if gain < least:
            best, least = other, gain
    return best


@njit(cache=True, nogil=True)
def _move(
    problem: Problem,
    labels: Array,
    block: int,
    target: int,
    totals: Array,
    sums: Array,
    sizes: Array,
) -> None:
    """Book one block from its region to another."""
    own = labels[block]
    labels[block] = target
    sizes[own] -= 1
    sizes[target] += 1
    for c in range(totals.shape[1]):
        totals[own, c] -= problem.counts[block, c]
        totals[target, c] += problem.counts[block, c]
    for j in range(sums.shape[1]):
        sums[own, j] -= problem.features[block, j]
        sums[target, j] += problem.features[block, j]


@njit(cache=True, nogil=True)
def move_blocks(problem: Problem, labels: Array, regions: int, visits: Array) -> None:
    """Move blocks to neighbouring regions while the sum of squares falls.

    Parameters
    ----------
    problem
        The component.
    labels
        (n,) int32 region of every block; changed in place.
    regions
        Number of regions.
    visits
        Blocks in the order of the visits, one row a sweep; stops early when a sweep
        moves hardly anything.
    """
    n, k = problem.counts.shape
    totals = np.zeros((regions, k))
    sums = np.zeros((regions, problem.features.shape[1]))
    sizes: Array = np.zeros(regions, np.int64)
    for v in range(n):
        sizes[labels[v]] += 1
        totals[labels[v]] += problem.counts[v]
        sums[labels[v]] += problem.features[v]
    stamp = np.zeros(n, np.int64)
    queue = np.empty(n, np.int32)
    clock = 0
    for sweep in range(visits.shape[0]):
        moved = 0
        for v in visits[sweep]:
            own = labels[v]
            keeps = sizes[own] > 1
            for c in range(k):
                keeps = keeps and totals[own, c] - problem.counts[v, c] >= problem.need[c]
            if not keeps:
                continue
            target = _best_target(problem, labels, v, sums, sizes)
            if target < 0:
                continue
            clock += 1
            if _stays_whole(problem, labels, v, sizes[own], stamp, clock, queue):
                _move(problem, labels, v, target, totals, sums, sizes)
                moved += 1
        if moved * 500 < n:
            break
