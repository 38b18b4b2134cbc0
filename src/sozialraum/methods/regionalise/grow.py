"""Construction: grow one region after the other and peel it off the free blocks.

A region starts where fewest free neighbours are left, so that no block is cut off, takes
the free neighbour that keeps it compact, tight and without leftovers, and closes as soon
as it meets every minimum. Blocks that can no longer meet them join a closed region.
"""

from heapq import heapify, heappop, heappush

import numpy as np
from numba import njit

from sozialraum.methods.kernels import INSIDE
from sozialraum.methods.regionalise.problem import NONE, ZERO, Array, Problem

FREE = -1
STRANDED = -2
"""A block whose free surroundings cannot meet the minima any more."""

DISTANCE_WEIGHT = 0.35
SPREAD = 0.3
OVERSHOOT_WEIGHT = 24.0
CLOSING_BONUS = 2.0
"""Weights of the growth score, found by trial on settlement patterns of 1,000 to 38,000 cells."""


@njit(**INSIDE)
def _overshoot(problem: Problem, total: Array, block: int) -> float:
    """Return the smallest relative excess over the minima once `block` has joined."""
    least = np.inf
    for c in range(problem.need.size):
        excess = (total[c] + problem.counts[block, c]) / problem.need[c] - 1.0
        least = min(least, excess)
    return least


@njit(**INSIDE)
def _score(
    problem: Problem,
    total: Array,
    centre: Array,
    size: int,
    block: int,
    free_neighbours: Array,
) -> float:
    """Return how badly a block fits the growing region: lonely, near and tight ones first."""
    distance = 0.0
    for j in range(centre.size):
        distance += (problem.features[block, j] - centre[j]) ** 2
    score = free_neighbours[block] + DISTANCE_WEIGHT * distance / (1.0 + SPREAD * size)
    overshoot = _overshoot(problem, total, block)
    if overshoot >= 0:
        score += OVERSHOOT_WEIGHT * overshoot - CLOSING_BONUS
    return score


@njit(**INSIDE)
def _next_seed(heap: list, labels: Array, free_neighbours: Array, priority: Array) -> int:
    """Return the free block with the fewest free neighbours, or -1."""
    while len(heap) > 0:
        neighbours, _, block = heappop(heap)
        if labels[block] == FREE:
            if neighbours == free_neighbours[block]:
                return block
            heappush(heap, (free_neighbours[block], priority[block], block))
    return -1


@njit(**INSIDE)
def _attach_stranded(problem: Problem, labels: Array) -> None:
    """Let stranded blocks join the region next to them, breadth first."""
    n = labels.size
    queue = np.empty(n, np.int32)
    tail = 0
    for block in range(n):
        if labels[block] >= 0:
            queue[tail] = block
            tail += 1
    head = 0
    while head < tail:
        block = queue[head]
        head += 1
        for e in range(problem.indptr[block], problem.indptr[block + 1]):
            neighbour = problem.indices[e]
            if labels[neighbour] == STRANDED:
                labels[neighbour] = labels[block]
                queue[tail] = neighbour
                tail += 1


@njit(**INSIDE)
def _best_candidate(
    problem: Problem,
    total: Array,
    centre: Array,
    size: int,
    front: Array,
    length: int,
    labels: Array,
    free_neighbours: Array,
) -> tuple[int, int]:
    """Return the best free block of the frontier (-1: none), and its new length."""
    best, best_score, i = -1, np.inf, 0
    while i < length:
        candidate = front[i]
        if labels[candidate] != FREE:
            length -= 1
            front[i] = front[length]
            continue
        score = _score(problem, total, centre, size, candidate, free_neighbours)
        if score < best_score:
            best, best_score = candidate, score
        i += 1
    return best, length


@njit(**INSIDE)
def _grow_one(
    problem: Problem,
    seed: int,
    region: int,
    labels: Array,
    free_neighbours: Array,
    members: Array,
    front: Array,
    in_front: Array,
) -> tuple[int, int, bool]:
    """Grow one region from `seed`. Return (its size, length of the frontier, meets)."""
    total = np.zeros(problem.need.size)
    centre = np.zeros(problem.features.shape[1])
    size, length, block = ZERO, ZERO, seed
    while True:
        labels[block] = region
        members[size] = block
        size += 1
        meets = True
        for c in range(total.size):
            total[c] += problem.counts[block, c]
            meets = meets and total[c] >= problem.need[c]
        for j in range(centre.size):
            centre[j] += (problem.features[block, j] - centre[j]) / size
        for e in range(problem.indptr[block], problem.indptr[block + 1]):
            neighbour = problem.indices[e]
            free_neighbours[neighbour] -= 1
            if labels[neighbour] == FREE and in_front[neighbour] != seed:
                in_front[neighbour] = seed
                front[length] = neighbour
                length += 1
        if meets:
            return size, length, True
        best, length = _best_candidate(
            problem, total, centre, size, front, length, labels, free_neighbours
        )
        if best < 0:
            return size, length, False
        block = best


@njit(**INSIDE)
def _count_free_neighbours(problem: Problem, labels: Array) -> Array:
    """Return how many neighbours of every block are free."""
    found = np.zeros(labels.size, np.int32)
    for v in range(labels.size):
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            found[v] += labels[problem.indices[e]] == FREE
    return found


@njit(cache=True, nogil=True)
def grow_regions(problem: Problem, priority: Array, labels: Array, regions: int) -> int:
    """Fill a component that meets the minima as a whole with regions that meet them.

    Parameters
    ----------
    problem
        The component.
    priority
        (n,) random numbers that break ties.
    labels
        (n,) int32 regions there are already, which meet the minima; -1 for free blocks.
        Changed in place: no block is left free.
    regions
        Number of regions there are already.

    Returns
    -------
    int
        The new number of regions.
    """
    n = priority.size
    free_neighbours = _count_free_neighbours(problem, labels)
    heap = [(free_neighbours[v], priority[v], v) for v in range(n)]
    heapify(heap)
    members = np.empty(n, np.int32)
    front = np.empty(n, np.int32)
    in_front = np.full(n, -1, np.int32)
    seed = NONE
    while True:
        if seed < 0:
            seed = _next_seed(heap, labels, free_neighbours, priority)
        if seed < 0:
            break
        size, length, meets = _grow_one(
            problem, seed, regions, labels, free_neighbours, members, front, in_front
        )
        if not meets:
            for i in range(size):
                labels[members[i]] = STRANDED
            seed = NONE
            continue
        regions += 1
        # the next region starts beside the one just closed, where it is tightest
        seed, fewest = NONE, n + 1
        for i in range(length):
            block = front[i]
            if labels[block] == FREE and free_neighbours[block] < fewest:
                seed, fewest = block, free_neighbours[block]
    _attach_stranded(problem, labels)
    return regions
