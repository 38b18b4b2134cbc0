"""Re-cutting: dissolve a few neighbouring regions and cut them anew into more.

A region that meets the minima keeps meeting them when it grows. On a spanning tree the
largest number of regions is therefore found exactly, for any number of minima at once,
by cutting from the leaves upwards as soon as a subtree meets all of them. Random
spanning trees of small groups of regions turn this into a local search. Trees do not see
the counts; so every other cut is peeled instead: grown part by part from blocks that
waste little.

The file is long because numba caches a kernel with all it calls: spread over several
files, a change in one would go unnoticed in the others.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from sozialraum.methods.kernels import INSIDE
from sozialraum.methods.regionalise.chance import below, uniform
from sozialraum.methods.regionalise.problem import NONE, ZERO, Array, Problem, wide

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

PEELED = 0.5
"""Share of cuts that are peeled instead of drawn as a tree.

On 38,000 cells in 19 municipalities and at equal time 0.962 of the bound without,
0.965 with a half; with four minima peeling alone is worse than trees alone.
"""
LONELINESS_NOISE = 2.0
WASTE_WEIGHT = 12.0
CLOSING_BONUS = 1.0
"""Weights of the score of peeling, in free neighbours; half and double are no better."""

UNCUT = -1
LEFT_OVER = -2
DEEP, SHALLOW, WIDE = 0, 1, 2
"""Kinds of spanning tree: few branches; some; many."""
WANDERING = 1.5
"""Weight of chance against the fewest ways out where a deep tree steps on, in neighbours."""
RECENT: Any = np.int64(3)
"""A shallow tree grows at one of so many blocks that it reached last."""
PACKING = (0.8, 0.1)
"""Shares of deep and shallow trees when raising regions: paths pack tightest."""


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
    names: Array
    scarcity: Array


@njit(**INSIDE)
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


@njit(**INSIDE)
def _scarcity(problem: Problem) -> Array:
    """Return, for every count, how many regions the scarcest would make, over its own.

    To the fourth power: what is twice as plentiful hardly matters (measured with four
    minima: 0.850 of the bound against 0.847 with squares).
    """
    enough = np.zeros(problem.need.size)
    for v in range(problem.counts.shape[0]):
        for c in range(problem.need.size):
            enough[c] += min(problem.counts[v, c] / problem.need[c], 1.0)
    return (enough.min() / enough) ** 4


@njit(**INSIDE)
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
        np.empty(parts, np.int32),
        _scarcity(problem),
    )


@njit(**INSIDE)
def _absorb(
    problem: Problem,
    partition: Partition,
    window: Window,
    clock: int,
    region: int,
    size: int,
    capacity: int,
) -> int:
    """Append the blocks of `region` to the window, up to one too many; return the new size."""
    first = partition.anchor[region]
    window.stamp[first] = clock
    window.blocks[size] = first
    head, size = size, size + 1
    while head < size <= capacity:
        v = window.blocks[head]
        head += 1
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] != clock and partition.labels[u] == region and size <= capacity:
                window.stamp[u] = clock
                window.blocks[size] = u
                size += 1
    return size


@njit(**INSIDE)
def _next_region(
    problem: Problem,
    partition: Partition,
    window: Window,
    clock: int,
    size: int,
    state: Array,
) -> int:
    """Return a region beside the window, at random but rich in slack, or -1."""
    best, best_score = -1, -1.0
    for i in range(size):
        v = window.blocks[i]
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] == clock:
                continue
            slack = _potential(problem, partition, wide(partition.labels[u])) - 1.0
            score = SLACK_NOISE * uniform(state) + min(1.0, slack)
            if score > best_score:
                best, best_score = partition.labels[u], score
    return best


@njit(**INSIDE)
def _potential(problem: Problem, partition: Partition, region: int) -> float:
    """Return how many regions the clipped totals of one region could make, as a fraction."""
    least = np.inf
    for c in range(problem.need.size):
        least = min(least, partition.clipped[region, c] / problem.need[c])
    return least


@njit(**INSIDE)
def _could_hold(problem: Problem, partition: Partition, window: Window, members: int) -> int:
    """Return how many regions the clipped totals of the group allow at most."""
    least = np.inf
    for c in range(problem.need.size):
        total = 0.0
        for g in range(members):
            total += partition.clipped[window.group[g], c]
        least = min(least, total / problem.need[c])
    return int(least + 1e-9)


@njit(**INSIDE)
def _gather(
    problem: Problem,
    partition: Partition,
    window: Window,
    clock: int,
    state: Array,
    most: int,
    capacity: int,
) -> tuple[int, int]:
    """Dissolve a random group of neighbouring regions. Return (blocks, regions).

    It stops growing where its totals allow one more region, but not before a random
    size: with several minima the totals promise more than there is.
    """
    p = partition.regions[0]
    region = below(state, p)
    for _ in range(RIVALS - 1):
        rival = below(state, p)
        if _potential(problem, partition, rival) > _potential(problem, partition, region):
            region = rival
    least = 2 + below(state, max(most - 1, 1))
    size, members = ZERO, ZERO
    while region >= 0:
        window.group[members] = region
        members += 1
        size = _absorb(problem, partition, window, clock, region, size, capacity)
        if size > capacity:
            return size, 0
        if members >= least and _could_hold(problem, partition, window, members) > members:
            break
        if members >= most:
            break
        region = _next_region(problem, partition, window, clock, size, state)
    return size, members


@njit(**INSIDE)
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


@njit(**INSIDE)
def _deep_tree(window: Window, size: int, state: Array) -> None:
    """Depth-first tree that steps to the neighbour with the fewest ways out."""
    for i in range(size):
        window.seen[i] = False
        window.degree[i] = window.start[i + 1] - window.start[i]
    root = below(state, size)
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
                score = window.degree[u] + WANDERING * uniform(state)
                if score < fewest:
                    entered, fewest = u, score
        if entered < 0:
            depth -= 1
            continue
        window.parent[entered], window.seen[entered] = i, True
        window.order[done], window.stack[depth] = entered, entered
        done += 1
        depth += 1


@njit(**INSIDE)
def _growth_tree(window: Window, size: int, state: Array, recent: int) -> None:
    """Tree that grows at a random open block, out of the `recent` last ones (0: any)."""
    for i in range(size):
        window.seen[i] = False
    root = below(state, size)
    window.stack[0] = root
    window.parent[root], window.seen[root] = -1, True
    waiting, done = 1, 0
    while waiting > 0:
        among = waiting if recent == 0 else min(waiting, recent)
        at = waiting - 1 - below(state, among)
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


@njit(**INSIDE)
def _grow_tree(window: Window, size: int, state: Array, kind: int) -> None:
    """Draw a random spanning tree of the window: parents, and an order with parents first."""
    if kind == DEEP:
        _deep_tree(window, size, state)
    elif kind == SHALLOW:
        _growth_tree(window, size, state, RECENT)
    else:
        _growth_tree(window, size, state, ZERO)


@njit(**INSIDE)
def _close_part(problem: Problem, window: Window, part: int) -> None:
    """Store how full a part is."""
    least = np.inf
    for c in range(problem.need.size):
        least = min(least, window.part_total[part, c] / problem.need[c])
    window.part_fill[part] = least


@njit(**INSIDE)
def _meets(problem: Problem, held: Array) -> bool:
    """Return True if totals meet every minimum."""
    for c in range(problem.need.size):  # noqa: SIM110 - compiled: no generators
        if held[c] < problem.need[c]:
            return False
    return True


@njit(**INSIDE)
def _cut_tree(problem: Problem, window: Window, size: int) -> int:
    """Cut the tree into the largest number of parts that meet every minimum; return it."""
    k = problem.need.size
    for i in range(size):
        for c in range(k):
            window.held[i, c] = problem.counts[window.blocks[i], c]
    parts = ZERO
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


@njit(**INSIDE)
def _spread_parts(problem: Problem, window: Window, size: int, parts: int) -> None:
    """Hand the part of every cut down the tree; give what is left at the root to a part."""
    for j in range(size):
        i = window.order[j]
        if window.part[i] == UNCUT:
            parent = window.parent[i]
            window.part[i] = window.part[parent] if parent >= 0 else parts
    if window.part[window.order[0]] == parts:
        _attach_rest(problem, window, size, parts)


@njit(**INSIDE)
def _attach_rest(problem: Problem, window: Window, size: int, rest: int) -> None:
    """Give what is left at the root to the neighbouring part with the largest excess."""
    chosen, most = NONE, -1.0
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


@njit(**INSIDE)
def _waste(problem: Problem, window: Window, total: Array, block: int) -> tuple[float, bool]:
    """Return what a part with one more block holds above the minima, and if it meets them."""
    waste, meets = 0.0, True
    for c in range(problem.need.size):
        excess = (total[c] + problem.counts[block, c]) / problem.need[c] - 1.0
        if excess > 0:
            waste += window.scarcity[c] * excess
        meets = meets and total[c] + problem.counts[block, c] >= problem.need[c]
    return waste, meets


@njit(**INSIDE)
def _loneliest(window: Window, among: Array, number: int, state: Array) -> int:
    """Return the free block with about the fewest free neighbours among some, or -1."""
    found, fewest = -1, np.inf
    for at in range(number):
        i = among[at]
        if window.part[i] == UNCUT:
            score = window.degree[i] + LONELINESS_NOISE * uniform(state)
            if score < fewest:
                found, fewest = i, score
    return found


@njit(**INSIDE)
def _thriftiest(
    problem: Problem, window: Window, total: Array, length: int, state: Array
) -> tuple[int, int]:
    """Return the free block of the front that suits a part best, or -1, and the front's length."""
    best, least, at = -1, np.inf, 0
    while at < length:
        i = window.stack[at]
        if window.part[i] != UNCUT:
            length -= 1
            window.stack[at] = window.stack[length]
            continue
        waste, closes = _waste(problem, window, total, window.blocks[i])
        score = window.degree[i] + LONELINESS_NOISE * uniform(state) + WASTE_WEIGHT * waste
        score -= CLOSING_BONUS if closes else 0.0
        if score < least:
            best, least = i, score
        at += 1
    return best, length


@njit(**INSIDE)
def _grow_part(
    problem: Problem, window: Window, part: int, block: int, state: Array
) -> tuple[int, int, bool]:
    """Grow one part of free blocks. Return (its size, length of its front, if it meets)."""
    total = window.part_total[part]
    total[:] = 0.0
    length, done = ZERO, ZERO
    while block >= 0:
        window.part[block] = part
        window.order[done] = block
        done += 1
        for c in range(total.size):
            total[c] += problem.counts[window.blocks[block], c]
        for e in range(window.start[block], window.start[block + 1]):
            i = window.near[e]
            window.degree[i] -= 1
            if window.part[i] == UNCUT and not window.seen[i]:
                window.seen[i] = True
                window.stack[length] = i
                length += 1
        if _meets(problem, total):
            return done, length, True
        block, length = _thriftiest(problem, window, total, length, state)
    return done, length, False


@njit(**INSIDE)
def _peel(problem: Problem, window: Window, size: int, state: Array) -> int:
    """Cut the window into parts grown one after the other; return their number.

    The next part starts beside the last one, where free neighbours are fewest.
    """
    for i in range(size):
        window.part[i] = UNCUT
        window.degree[i] = window.start[i + 1] - window.start[i]
        window.seen[i] = False
        window.parent[i] = i  # all blocks, to choose from
    parts, block = ZERO, below(state, size)
    while block >= 0:
        done, length, meets = _grow_part(problem, window, parts, block, state)
        for at in range(length):
            window.seen[window.stack[at]] = False
        block = -1
        if meets:
            parts += 1
            block = _loneliest(window, window.stack, length, state)
        else:
            for at in range(done):
                window.part[window.order[at]] = LEFT_OVER
        if block < 0:
            block = _loneliest(window, window.parent, size, state)
    if parts > 0:
        _hand_out(problem, window, size, parts)
    return parts


@njit(**INSIDE)
def _hand_out(problem: Problem, window: Window, size: int, parts: int) -> None:
    """Give what is left over to the neighbouring parts with the largest excess."""
    for q in range(parts):
        _close_part(problem, window, q)
    left = True
    while left:
        left = False
        for i in range(size):
            if window.part[i] != LEFT_OVER:
                continue
            chosen, most = NONE, -1.0
            for e in range(window.start[i], window.start[i + 1]):
                q = window.part[window.near[e]]
                if q >= 0 and window.part_fill[q] > most:
                    chosen, most = q, window.part_fill[q]
            left = left or chosen < 0
            if chosen >= 0:
                window.part[i] = chosen
                for c in range(problem.need.size):
                    window.part_total[chosen, c] += problem.counts[window.blocks[i], c]
                _close_part(problem, window, chosen)


@njit(**INSIDE)
def _concentration(fill: Array, parts: int) -> float:
    """Return how unevenly the excess is spread: one rich region can be split, many poor not."""
    score = 0.0
    for q in range(parts):
        score += (fill[q] - 1.0) ** 2
    return score


@njit(**INSIDE)
def _remember(window: Window, size: int, parts: int) -> None:
    """Keep the current cut as the best one."""
    for i in range(size):
        window.best[i] = window.part[i]
    for q in range(parts):
        window.best_fill[q] = window.part_fill[q]


@njit(**INSIDE)
def _apply(
    problem: Problem, partition: Partition, window: Window, size: int, members: int, parts: int
) -> None:
    """Write the best cut of the window into the partition."""
    p = partition.regions[0]
    names = window.names
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


@njit(**INSIDE)
def _kind(state: Array, shares: tuple[float, float]) -> int:
    """Draw a kind of tree with these shares of deep and shallow ones."""
    z = uniform(state)
    if z < shares[0]:
        return DEEP
    return SHALLOW if z < shares[0] + shares[1] else WIDE


@njit(**INSIDE)
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
        if uniform(state) < PEELED:
            parts = _peel(problem, window, size, state)
        else:
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
        size, members = _gather(problem, partition, window, clock, state, most, capacity)
        if members < 2:
            continue
        _localise(problem, window, clock, size)
        parts = _more_parts(problem, partition, window, size, members, trees, state)
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
