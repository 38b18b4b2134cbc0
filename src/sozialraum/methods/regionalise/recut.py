"""Re-cutting: dissolve a few neighbouring regions and cut them anew along a random tree.

A region that meets the minima keeps meeting them when it grows. On a spanning tree the
largest number of regions is therefore found exactly, for any number of minima at once,
by cutting from the leaves upwards as soon as a subtree meets all of them. Random
spanning trees of small groups of regions turn this into a local search.

The file is long because numba caches a kernel with all it calls: spread over several
files, a change in one would go unnoticed in the others.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from sozialraum.methods.regionalise.problem import Array, Problem

LARGEST_GROUP = 8
"""Most regions that are dissolved at once."""
SPARE_PARTS = 8
"""Most regions a group may gain in one step."""

PATIENCE = 0.7
"""A cut with as many regions is taken if it keeps this share of the concentration.

Threshold accepting (Dueck and Scheuer 1990, Journal of Computational Physics 90): taking
slightly worse cuts raised regions from 0.952 to 0.960 of the bound at equal time on 38,000
cells in 19 municipalities; 0.4 and 1 are worse.
"""
SLACK_NOISE = 0.3
"""Weight of chance against slack when a group grows."""
RIVALS = 3
"""Regions compared when a group starts at one rich in slack."""

RAISE, ROUND = 0, 1
"""What a group is gathered for: more regions, or rounder ones."""
UNCUT = -1
DEEP, SHALLOW, WIDE = 0, 1, 2
"""Kinds of spanning tree: few branches; some; many."""
PACKING = (0.8, 0.1)
"""Shares of deep and shallow trees when raising regions: paths pack tightest."""
ROUNDING_OFF = (0.1, 0.3)
"""Shares of deep and shallow trees when rounding regions off: wide trees are compact."""


class Partition(NamedTuple):
    """The current regions; arrays over regions have room for one region a block.

    `fill` is the smallest ratio of total to minimum, `clipped` the totals when every
    block counts at most the minimum: what the region could contribute to more regions.
    """

    labels: Array
    anchor: Array
    fill: Array
    clipped: Array
    regions: Array


class Window(NamedTuple):
    """Scratch memory for one group of regions, as a small graph of its own."""

    blocks: Array
    place: Array
    stamp: Array
    group: Array
    start: Array
    near: Array
    parent: Array
    order: Array
    seen: Array
    stack: Array
    degree: Array
    held: Array
    part: Array
    part_total: Array
    part_fill: Array
    best: Array
    best_fill: Array
    sums: Array
    sizes: Array


@njit(cache=True, nogil=True)
def _uniform(state: Array) -> float:
    """Return a number in [0, 1) and advance the state (SplitMix64, Steele et al. 2014)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.float64((z ^ (z >> np.uint64(31))) >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True, nogil=True)
def _below(state: Array, limit: int) -> int:
    """Return a whole number in [0, limit)."""
    return int(_uniform(state) * limit)


@njit(cache=True, nogil=True)
def _partition(problem: Problem, labels: Array, regions: int) -> Partition:
    """Return the bookkeeping of a partition."""
    n, k = problem.counts.shape
    total = np.zeros((regions, k))
    clipped = np.zeros((n, k))
    anchor = np.full(n, -1, np.int32)
    fill = np.zeros(n)
    for v in range(n):
        anchor[labels[v]] = v
        for c in range(k):
            total[labels[v], c] += problem.counts[v, c]
            clipped[labels[v], c] += min(problem.counts[v, c], problem.need[c])
    for r in range(regions):
        fill[r] = np.inf
        for c in range(k):
            fill[r] = min(fill[r], total[r, c] / problem.need[c])
    return Partition(labels, anchor, fill, clipped, np.array([regions]))


@njit(cache=True, nogil=True)
def _window(problem: Problem, capacity: int) -> Window:
    """Return scratch memory for groups of up to `capacity` blocks."""
    n, k = problem.counts.shape
    room = min(n, capacity) + 1
    parts = max(room, 1) + 1
    return Window(
        np.empty(n + 1, np.int32),
        np.empty(n, np.int32),
        np.zeros(n, np.int64),
        np.empty(LARGEST_GROUP, np.int32),
        np.empty(room + 1, np.int32),
        np.empty(problem.indices.size, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.bool_),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty((room, k)),
        np.empty(room, np.int32),
        np.empty((parts, k)),
        np.empty(parts),
        np.empty(room, np.int32),
        np.empty(parts),
        np.empty((parts, problem.features.shape[1])),
        np.empty(parts, np.int32),
    )


@njit(cache=True, nogil=True)
def _absorb(
    problem: Problem, partition: Partition, window: Window, clock: int, region: int, size: int
) -> int:
    """Append the blocks of `region` to the window; return the new size."""
    first = partition.anchor[region]
    window.stamp[first] = clock
    window.blocks[size] = first
    head, size = size, size + 1
    while head < size:
        v = window.blocks[head]
        head += 1
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] != clock and partition.labels[u] == region:
                window.stamp[u] = clock
                window.blocks[size] = u
                size += 1
    return size


@njit(cache=True, nogil=True)
def _next_region(
    problem: Problem,
    partition: Partition,
    window: Window,
    clock: int,
    size: int,
    state: Array,
    aim: int,
) -> int:
    """Return a random region beside the window, rich in slack when raising, or -1."""
    best, best_score = -1, -1.0
    for i in range(size):
        v = window.blocks[i]
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] == clock:
                continue
            score = _uniform(state)
            if aim == RAISE:
                slack = _potential(problem, partition, partition.labels[u]) - 1.0
                score = SLACK_NOISE * score + min(1.0, slack)
            if score > best_score:
                best, best_score = partition.labels[u], score
    return best


@njit(cache=True, nogil=True)
def _potential(problem: Problem, partition: Partition, region: int) -> float:
    """Return how many regions the clipped totals of one region could make, as a fraction."""
    least = np.inf
    for c in range(problem.need.size):
        least = min(least, partition.clipped[region, c] / problem.need[c])
    return least


@njit(cache=True, nogil=True)
def _could_hold(problem: Problem, partition: Partition, window: Window, members: int) -> int:
    """Return how many regions the clipped totals of the group allow at most."""
    least = np.inf
    for c in range(problem.need.size):
        total = 0.0
        for g in range(members):
            total += partition.clipped[window.group[g], c]
        least = min(least, total / problem.need[c])
    return int(least + 1e-9)


@njit(cache=True, nogil=True)
def _gather(
    problem: Problem,
    partition: Partition,
    window: Window,
    clock: int,
    state: Array,
    most: int,
    capacity: int,
    aim: int,
) -> tuple[int, int]:
    """Dissolve a random group of neighbouring regions. Return (blocks, regions)."""
    p = partition.regions[0]
    region = _below(state, p)
    if aim == RAISE:
        for _ in range(RIVALS - 1):
            rival = _below(state, p)
            if _potential(problem, partition, rival) > _potential(problem, partition, region):
                region = rival
    size, members = 0, 0
    while region >= 0:
        window.group[members] = region
        members += 1
        size = _absorb(problem, partition, window, clock, region, size)
        if size > capacity:
            return size, 0
        enough = members >= 2 and aim == RAISE
        if enough and _could_hold(problem, partition, window, members) > members:
            break
        if members >= most:
            break
        region = _next_region(problem, partition, window, clock, size, state, aim)
    return size, members


@njit(cache=True, nogil=True)
def _localise(problem: Problem, window: Window, clock: int, size: int) -> None:
    """Write the graph of the window in local numbers."""
    for i in range(size):
        window.place[window.blocks[i]] = i
    filled = 0
    for i in range(size):
        window.start[i] = filled
        v = window.blocks[i]
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] == clock:
                window.near[filled] = window.place[u]
                filled += 1
    window.start[size] = filled


@njit(cache=True, nogil=True)
def _deep_tree(window: Window, size: int, state: Array) -> None:
    """Depth-first tree that steps to the neighbour with the fewest ways out."""
    for i in range(size):
        window.seen[i] = False
        window.degree[i] = window.start[i + 1] - window.start[i]
    root = _below(state, size)
    window.stack[0], window.order[0] = root, root
    window.parent[root], window.seen[root] = -1, True
    depth, done, entered = 1, 1, root
    while depth > 0:
        if entered >= 0:
            for e in range(window.start[entered], window.start[entered + 1]):
                window.degree[window.near[e]] -= 1
        i = window.stack[depth - 1]
        entered, fewest = -1, np.inf
        for e in range(window.start[i], window.start[i + 1]):
            u = window.near[e]
            if not window.seen[u]:
                score = window.degree[u] + 1.5 * _uniform(state)
                if score < fewest:
                    entered, fewest = u, score
        if entered < 0:
            depth -= 1
            continue
        window.parent[entered], window.seen[entered] = i, True
        window.order[done], window.stack[depth] = entered, entered
        done += 1
        depth += 1


@njit(cache=True, nogil=True)
def _growth_tree(window: Window, size: int, state: Array, recent: int) -> None:
    """Tree that grows at a random open block, out of the `recent` last ones (0: any)."""
    for i in range(size):
        window.seen[i] = False
    root = _below(state, size)
    window.stack[0] = root
    window.parent[root], window.seen[root] = -1, True
    waiting, done = 1, 0
    while waiting > 0:
        among = waiting if recent == 0 else min(waiting, recent)
        at = waiting - 1 - _below(state, among)
        i = window.stack[at]
        waiting -= 1
        window.stack[at] = window.stack[waiting]
        window.order[done] = i
        done += 1
        for e in range(window.start[i], window.start[i + 1]):
            u = window.near[e]
            if not window.seen[u]:
                window.seen[u] = True
                window.parent[u] = i
                window.stack[waiting] = u
                waiting += 1


@njit(cache=True, nogil=True)
def _grow_tree(window: Window, size: int, state: Array, kind: int) -> None:
    """Draw a random spanning tree of the window: parents, and an order with parents first."""
    if kind == DEEP:
        _deep_tree(window, size, state)
    elif kind == SHALLOW:
        _growth_tree(window, size, state, 3)
    else:
        _growth_tree(window, size, state, 0)


@njit(cache=True, nogil=True)
def _close_part(problem: Problem, window: Window, part: int) -> None:
    """Store how full a part is."""
    least = np.inf
    for c in range(problem.need.size):
        least = min(least, window.part_total[part, c] / problem.need[c])
    window.part_fill[part] = least


@njit(cache=True, nogil=True)
def _meets(problem: Problem, held: Array) -> bool:
    """Return True if totals meet every minimum."""
    for c in range(problem.need.size):  # noqa: SIM110 - compiled: no generators
        if held[c] < problem.need[c]:
            return False
    return True


@njit(cache=True, nogil=True)
def _cut_tree(problem: Problem, window: Window, size: int) -> int:
    """Cut the tree into the largest number of parts that meet every minimum; return it."""
    k = problem.need.size
    for i in range(size):
        for c in range(k):
            window.held[i, c] = problem.counts[window.blocks[i], c]
    parts = 0
    for j in range(size - 1, -1, -1):
        i = window.order[j]
        window.part[i] = UNCUT
        if _meets(problem, window.held[i]):
            window.part[i] = parts
            for c in range(k):
                window.part_total[parts, c] = window.held[i, c]
            _close_part(problem, window, parts)
            parts += 1
        elif window.parent[i] >= 0:
            for c in range(k):
                window.held[window.parent[i], c] += window.held[i, c]
    if parts > 0:
        _spread_parts(problem, window, size, parts)
    return parts


@njit(cache=True, nogil=True)
def _spread_parts(problem: Problem, window: Window, size: int, parts: int) -> None:
    """Hand the part of every cut down the tree; give what is left at the root to a part."""
    for j in range(size):
        i = window.order[j]
        if window.part[i] == UNCUT:
            parent = window.parent[i]
            window.part[i] = window.part[parent] if parent >= 0 else parts
    if window.part[window.order[0]] == parts:
        _attach_rest(problem, window, size, parts)


@njit(cache=True, nogil=True)
def _attach_rest(problem: Problem, window: Window, size: int, rest: int) -> None:
    """Give what is left at the root to the neighbouring part with the largest excess."""
    chosen, most = -1, -1.0
    for i in range(size):
        if window.part[i] != rest:
            continue
        for e in range(window.start[i], window.start[i + 1]):
            q = window.part[window.near[e]]
            if q != rest and window.part_fill[q] > most:
                chosen, most = q, window.part_fill[q]
    root = window.order[0]
    for c in range(problem.need.size):
        window.part_total[chosen, c] += window.held[root, c]
    _close_part(problem, window, chosen)
    for i in range(size):
        if window.part[i] == rest:
            window.part[i] = chosen


@njit(cache=True, nogil=True)
def _squares(problem: Problem, window: Window, size: int, parts: int, part: Array) -> float:
    """Return the sum of squared distances of the blocks to the centre of their part."""
    d = problem.features.shape[1]
    for q in range(parts):
        window.sizes[q] = 0
        for j in range(d):
            window.sums[q, j] = 0.0
    total = 0.0
    for i in range(size):
        q = part[i]
        window.sizes[q] += 1
        for j in range(d):
            value = problem.features[window.blocks[i], j]
            window.sums[q, j] += value
            total += value * value
    for q in range(parts):
        for j in range(d):
            total -= window.sums[q, j] * window.sums[q, j] / window.sizes[q]
    return total


@njit(cache=True, nogil=True)
def _concentration(fill: Array, parts: int) -> float:
    """Return how unevenly the excess is spread: one rich region can be split, many poor not."""
    score = 0.0
    for q in range(parts):
        score += (fill[q] - 1.0) ** 2
    return score


@njit(cache=True, nogil=True)
def _remember(window: Window, size: int, parts: int) -> None:
    """Keep the current cut as the best one."""
    for i in range(size):
        window.best[i] = window.part[i]
    for q in range(parts):
        window.best_fill[q] = window.part_fill[q]


@njit(cache=True, nogil=True)
def _apply(
    problem: Problem, partition: Partition, window: Window, size: int, members: int, parts: int
) -> None:
    """Write the best cut of the window into the partition."""
    p = partition.regions[0]
    names = window.sizes
    for q in range(parts):
        names[q] = window.group[q] if q < members else p + q - members
        partition.fill[names[q]] = window.best_fill[q]
        partition.clipped[names[q], :] = 0.0
    for i in range(size):
        v, region = window.blocks[i], names[window.best[i]]
        partition.labels[v] = region
        partition.anchor[region] = v
        for c in range(problem.need.size):
            partition.clipped[region, c] += min(problem.counts[v, c], problem.need[c])
    if parts > members:
        partition.regions[0] = p + parts - members


@njit(cache=True, nogil=True)
def _kind(state: Array, shares: tuple[float, float]) -> int:
    """Draw a kind of tree with these shares of deep and shallow ones."""
    z = _uniform(state)
    if z < shares[0]:
        return DEEP
    return SHALLOW if z < shares[0] + shares[1] else WIDE


@njit(cache=True, nogil=True)
def _more_parts(
    problem: Problem,
    partition: Partition,
    window: Window,
    size: int,
    members: int,
    trees: int,
    state: Array,
) -> int:
    """Search a cut with more parts, or as many with a more concentrated excess; 0: none."""
    possible = _could_hold(problem, partition, window, members)
    best, score = members, 0.0
    for g in range(members):
        score += (partition.fill[window.group[g]] - 1.0) ** 2
    found = 0
    for _ in range(3 * trees if possible > members else trees):
        _grow_tree(window, size, state, _kind(state, PACKING))
        parts = _cut_tree(problem, window, size)
        if parts < best or parts > members + SPARE_PARTS:
            continue
        concentration = _concentration(window.part_fill, parts)
        if parts > best or concentration > PATIENCE * score:
            best, score, found = parts, concentration, parts
            _remember(window, size, parts)
            if parts > members and parts >= possible:
                break
    return found


@njit(cache=True, nogil=True)
def raise_regions(
    problem: Problem,
    labels: Array,
    regions: int,
    rounds: int,
    trees: int,
    most: int,
    capacity: int,
    state: Array,
) -> int:
    """Raise the number of regions by re-cutting groups rich in excess.

    Parameters
    ----------
    problem
        The component.
    labels
        (n,) int32 region of every block; changed in place.
    regions
        Number of regions.
    rounds, trees
        Groups tried, and spanning trees drawn for each.
    most, capacity
        Most regions and most blocks of a group.
    state
        (1,) uint64 state of the random numbers; changed in place.

    Returns
    -------
    int
        The new number of regions.
    """
    partition = _partition(problem, labels, regions)
    window = _window(problem, capacity)
    for clock in range(1, rounds + 1):
        size, members = _gather(problem, partition, window, clock, state, most, capacity, RAISE)
        if members < 2:
            continue
        _localise(problem, window, clock, size)
        parts = _more_parts(problem, partition, window, size, members, trees, state)
        if parts:
            _apply(problem, partition, window, size, members, parts)
    return partition.regions[0]


@njit(cache=True, nogil=True)
def _rounder_parts(
    problem: Problem,
    partition: Partition,
    window: Window,
    size: int,
    members: int,
    trees: int,
    state: Array,
) -> int:
    """Search a cut with more parts, or as many with a lower sum of squares; 0: none."""
    for i in range(size):
        region = partition.labels[window.blocks[i]]
        window.best[i] = 0 if region == window.group[0] else 1
    best, found = members, 0
    score = _squares(problem, window, size, members, window.best)
    for _ in range(trees):
        _grow_tree(window, size, state, _kind(state, ROUNDING_OFF))
        parts = _cut_tree(problem, window, size)
        if parts < best or parts > members + SPARE_PARTS:
            continue
        squares = _squares(problem, window, size, parts, window.part)
        if parts > best or squares < score - 1e-9:
            best, score, found = parts, squares, parts
            _remember(window, size, parts)
    return found


@njit(cache=True, nogil=True)
def round_regions(
    problem: Problem,
    labels: Array,
    regions: int,
    rounds: int,
    trees: int,
    capacity: int,
    state: Array,
) -> int:
    """Lower the sum of squares by re-cutting pairs of neighbouring regions.

    Parameters and result as in :func:`raise_regions`; the number of regions never falls.
    """
    partition = _partition(problem, labels, regions)
    window = _window(problem, capacity)
    for clock in range(1, rounds + 1):
        size, members = _gather(problem, partition, window, clock, state, 2, capacity, ROUND)
        if members < 2:
            continue
        _localise(problem, window, clock, size)
        parts = _rounder_parts(problem, partition, window, size, members, trees, state)
        if parts:
            _apply(problem, partition, window, size, members, parts)
    return partition.regions[0]


@njit(cache=True, nogil=True)
def cut_region(problem: Problem, blocks: Array, trees: int, state: Array) -> tuple[Array, int]:
    """Try to cut one region into several; return the part of every block and their number.

    Parameters
    ----------
    blocks
        (m,) the blocks of the region.
    trees
        Spanning trees to draw.

    Returns
    -------
    part : (m,) int32
    parts : int
    """
    window = _window(problem, blocks.size)
    for i in range(blocks.size):
        window.blocks[i] = blocks[i]
        window.stamp[blocks[i]] = 1
    _localise(problem, window, 1, blocks.size)
    best = 1
    window.best[: blocks.size] = 0
    for _ in range(trees):
        _grow_tree(window, blocks.size, state, _kind(state, PACKING))
        parts = _cut_tree(problem, window, blocks.size)
        if parts > best:
            best = parts
            _remember(window, blocks.size, parts)
    return window.best[: blocks.size].copy(), best
