"""The largest number of regions of a small instance, by maximum set packing.

A partition into connected sets that meet every minimum is never needed in full: if a
connected graph holds p disjoint such sets, what is left over can join them, and a set
that passes keeps passing. So the optimum is a maximum packing of the inclusion-minimal
sets (set packing: Padberg 1973, Mathematical Programming 5). They are enumerated like
motifs, every set once, from its first block (ESU: Wernicke 2006, IEEE/ACM Transactions on
Computational Biology and Bioinformatics 3(4)), and packed by HiGHS.

Imported on use only: it loads compiled kernels and scipy's optimiser.
"""

from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.sparse import csc_array

from sozialraum.methods.kernels import INSIDE
from sozialraum.methods.regionalise.problem import Array, Problem

MOST_SETS = 20_000
"""Minimal sets beyond which an instance counts as too large to be solved exactly."""
LONGEST = 64
"""Blocks of a minimal set beyond which an instance counts as too large."""
EPSILON = 1e-6
"""Tolerance of the optimiser on numbers of regions."""


class Exact(NamedTuple):
    """A proven optimum.

    Parameters
    ----------
    labels
        (n,) int64 region of every block; -1 in components that hold no region.
    regions
        Number of regions.
    proven
        True: no partition has more. False: the optimiser gave up.
    """

    labels: np.ndarray
    regions: int
    proven: bool


class Trail(NamedTuple):
    """Where the enumeration stands: chosen blocks, and what may still be added, by depth."""

    chosen: Array
    totals: Array
    open_blocks: Array
    waiting: Array
    seen: Array
    stamp: Array
    queue: Array
    clock: Array


@njit(**INSIDE)
def _trail(n: int, k: int) -> Trail:
    """Return an empty trail for graphs of n blocks."""
    return Trail(
        np.empty(LONGEST + 1, np.int32),
        np.zeros((LONGEST + 1, k)),
        np.empty((LONGEST + 1, n), np.int32),
        np.zeros(LONGEST + 1, np.int64),
        np.zeros(n, np.int32),
        np.zeros(n, np.int64),
        np.empty(n, np.int32),
        np.ones(1, np.int64),
    )


@njit(cache=True, nogil=True)
def _open(problem: Problem, trail: Trail, root: int, depth: int) -> None:
    """List what may be added after the block at `depth`: its new neighbours come on top."""
    size = 0
    if depth > 0:
        for i in range(trail.waiting[depth - 1]):
            trail.open_blocks[depth, size] = trail.open_blocks[depth - 1, i]
            size += 1
    v = trail.chosen[depth]
    for e in range(problem.indptr[v], problem.indptr[v + 1]):
        u = problem.indices[e]
        if u > root and trail.seen[u] == 0:
            trail.seen[u] = depth + 1
            trail.open_blocks[depth, size] = u
            size += 1
    trail.waiting[depth] = size


@njit(**INSIDE)
def _close(problem: Problem, trail: Trail, depth: int) -> None:
    """Forget the neighbours that came with the block at `depth`."""
    v = trail.chosen[depth]
    for e in range(problem.indptr[v], problem.indptr[v + 1]):
        if trail.seen[problem.indices[e]] == depth + 1:
            trail.seen[problem.indices[e]] = 0


@njit(**INSIDE)
def _passes_without(problem: Problem, totals: Array, block: int) -> bool:
    """Return True if totals minus one block still meet every minimum."""
    for c in range(problem.need.size):
        if totals[c] - problem.counts[block, c] < problem.need[c]:
            return False
    return True


@njit(**INSIDE)
def _connected_without(problem: Problem, trail: Trail, size: int, gone: int, clock: int) -> int:
    """Return 1 if the chosen blocks without the one at place `gone` are connected.

    Stamps: `clock` marks what belongs to the rest, `clock + 1` what has been reached.
    """
    if size == 1:
        return 0
    for i in range(size):
        trail.stamp[trail.chosen[i]] = clock
    trail.stamp[trail.chosen[gone]] = 0
    first = trail.chosen[0] if gone else trail.chosen[1]
    trail.queue[0] = first
    trail.stamp[first] = clock + 1
    head, tail = 0, 1
    while head < tail:
        v = trail.queue[head]
        head += 1
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if trail.stamp[u] == clock:
                trail.stamp[u] = clock + 1
                trail.queue[tail] = u
                tail += 1
    return 1 if tail == size - 1 else 0


@njit(**INSIDE)
def _is_minimal(problem: Problem, trail: Trail, size: int) -> bool:
    """Return True if no block can leave the chosen set: it would fail or fall apart.

    A smaller passing set inside would be reached by dropping leaves of a spanning tree
    one by one, so it is enough to try single blocks.
    """
    totals = trail.totals[size - 1]
    for i in range(size):
        alone = _passes_without(problem, totals, trail.chosen[i])
        trail.clock[0] += 2
        if alone and _connected_without(problem, trail, size, i, trail.clock[0]):
            return False
    return True


@njit(**INSIDE)
def _add(problem: Problem, trail: Trail, depth: int, block: int) -> bool:
    """Choose a block at `depth`; return True if the chosen blocks meet every minimum."""
    trail.chosen[depth] = block
    passes = True
    for c in range(problem.need.size):
        before = trail.totals[depth - 1, c] if depth else 0.0
        trail.totals[depth, c] = before + problem.counts[block, c]
        passes = passes and trail.totals[depth, c] >= problem.need[c]
    return passes


@njit(**INSIDE)
def _keep(trail: Trail, size: int, number: int, start: Array, members: Array) -> int:
    """Write a set down; return the new number of sets, -1: no room."""
    if number + 1 == start.size or start[number] + size > members.size:
        return -1
    for i in range(size):
        members[start[number] + i] = trail.chosen[i]
    start[number + 1] = start[number] + size
    return number + 1


@njit(cache=True, nogil=True)
def _sets_of_root(
    problem: Problem, trail: Trail, root: int, number: int, start: Array, members: Array
) -> int:
    """Write down the minimal sets whose first block is `root`; return the new number or -1."""
    trail.seen[root] = 1
    depth = 0
    passes = _add(problem, trail, 0, root)
    if not passes:
        _open(problem, trail, root, 0)
    while depth >= 0 and number >= 0:
        if passes:
            if _is_minimal(problem, trail, depth + 1):
                number = _keep(trail, depth + 1, number, start, members)
            passes = False
            depth -= 1
        elif trail.waiting[depth] == 0:
            _close(problem, trail, depth)
            depth -= 1
        elif depth + 1 == LONGEST:
            return -1
        else:
            trail.waiting[depth] -= 1
            block = trail.open_blocks[depth, trail.waiting[depth]]
            depth += 1
            passes = _add(problem, trail, depth, block)
            if not passes:
                _open(problem, trail, root, depth)
    trail.seen[root] = 0
    return number


@njit(cache=True, nogil=True)
def minimal_sets(problem: Problem, most: int) -> tuple[int, Array, Array]:
    """Enumerate the inclusion-minimal connected sets that meet every minimum.

    Parameters
    ----------
    problem
        A graph, connected or not.
    most
        Largest number of sets.

    Returns
    -------
    number : int
        How many there are; -1: more than `most`, or one of more than LONGEST blocks.
    start : (number + 1,) int64
        Where every set begins in `members`.
    members : int32
        Blocks of the sets.
    """
    n = problem.counts.shape[0]
    trail = _trail(n, problem.need.size)
    start = np.zeros(most + 1, np.int64)
    members = np.empty(most * LONGEST, np.int32)
    number = 0
    for root in range(n):
        number = _sets_of_root(problem, trail, root, number, start, members)
        if number < 0:
            return number, start, members
    return number, start[: number + 1], members


def exact_regions(problem: Problem, *, most_sets: int = MOST_SETS) -> Exact | None:
    """Return a partition with the largest possible number of regions, or None.

    Parameters
    ----------
    problem
        A small instance, connected or not: about 100 blocks at up to five blocks a
        region. The number of minimal sets grows exponentially with the blocks a region.
    most_sets
        Most minimal sets to enumerate; None is returned beyond.

    Examples
    --------
    Six blocks in a row, 60 people each, at least 100 people a region:

    >>> row = np.array([0, 1, 3, 5, 7, 9, 10]), np.array([1, 0, 2, 1, 3, 2, 4, 3, 5, 4])
    >>> problem = Problem(
    ...     row[0].astype(np.int32),
    ...     row[1].astype(np.int32),
    ...     np.full((6, 1), 60.0),
    ...     np.array([100.0]),
    ...     np.zeros((6, 0)),
    ...     np.zeros(10),
    ... )
    >>> exact_regions(problem).regions
    3
    """
    n = problem.counts.shape[0]
    number, start, members = minimal_sets(problem, most_sets)
    if number < 0:
        return None
    if not number:
        return Exact(np.full(n, -1, np.int64), 0, proven=True)
    ones = np.ones(int(start[number]))
    matrix = csc_array((ones, members[: start[number]], start), shape=(n, number))
    picked, proven = _packing(matrix, n, number)
    labels = np.full(n, -1, np.int64)
    for region, chosen in enumerate(picked.tolist()):
        labels[members[start[chosen] : start[chosen + 1]]] = region
    _attach(problem, labels)
    return Exact(labels, len(picked), proven=proven)


def _packing(matrix: csc_array, blocks: int, columns: int) -> tuple[np.ndarray, bool]:
    """Return columns of a maximum set packing, and whether it is proven to be one.

    The linear relaxation bounds the packing by ⌊its optimum⌋. A packing of that size
    cannot hold a column whose reduced cost exceeds what the floor cuts off, so the whole
    numbers are searched among few columns; if there is none, one region less is tried.
    """
    from scipy.optimize import LinearConstraint, linprog, milp

    relaxed = linprog(
        -np.ones(columns), A_ub=matrix, b_ub=np.ones(blocks), bounds=(0, None), method="highs-ds"
    )
    most = float(-relaxed.fun)
    reduced = matrix.T @ -relaxed.ineqlin.marginals - 1
    for target in range(int(most + EPSILON), 0, -1):
        kept = np.flatnonzero(reduced <= most - target + EPSILON)
        found = milp(
            -np.ones(kept.size),
            constraints=LinearConstraint(matrix[:, kept], -np.inf, 1),
            integrality=np.ones(kept.size),
            bounds=(0, 1),
        )
        if found.x is None:
            break
        picked = kept[found.x > 0.5]
        if picked.size >= target:
            return picked, True
        if not found.success:
            return picked, False
    return np.empty(0, np.int64), False


def _attach(problem: Problem, labels: np.ndarray) -> None:
    """Let every block without a region join a neighbour's, nearest first; in place."""
    waiting = list(np.flatnonzero(labels >= 0))
    for block in waiting:
        for other in problem.indices[problem.indptr[block] : problem.indptr[block + 1]]:
            if labels[other] < 0:
                labels[other] = labels[block]
                waiting.append(other)
