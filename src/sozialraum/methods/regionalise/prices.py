"""Prices of the blocks at which every connected set that meets the minima costs at least 1.

If they do, no partition has more regions than all blocks cost together: this is
linear-programming duality for set packing. The kernels visit the blocks one by one. At
each they prove that no set rooted there costs too little, or raise its price until none
does. A set is rooted at the first of its blocks. Prices only rise, so what was proven for one
root stays proven while the next are visited: at the end the prices are valid, whatever they
were at first.

Let r be the root, x the shares of the minima (clipped at 1), d = max(0, 1 - x(r)) what is
missing beside the root, x' = min(x, d), and y the prices. A set S with root r meets the
minima exactly if x'(S - r) ≥ d. Five arguments prove that every such set costs 1 or more:

* Distance. A set that costs less than 1 stays within a price distance of 1 of its root.
  Call the blocks R that remain in question; at first they are those within this distance.
* Multipliers (Lagrange; Geoffrion 1974, Mathematical Programming Study 2). For any m ≥ 0
  y(S) = y(r) + Σ m·x' + Σ c with reduced costs c = y - m·x', sums over S - r. So it is at
  least F = y(r) + m·d + Σ min(0, c), the last sum over R - r. F ≥ 1 proves the root.
* Moved costs. Let C be blocks of R - r, not next to r. A connected S with r and a block of C
  holds a block of the border of C. So δ ≥ 0 may be taken off c at every block of the border
  and be added, δ in all, to blocks of C: c(S) only falls. The floor rises as long as the
  border costs more than nothing and C less (dual ascent: Wong 1984, Mathematical
  Programming 28, on Steiner trees).
* Fixing by reduced costs. S holds a path from r to each of its blocks. It costs at least F
  plus the positive costs c on the cheapest such path; where that is 1 or more, the block
  leaves R, and F rises.
* Enumeration of what remains, every set once (ESU: Wernicke 2006, IEEE/ACM Transactions on
  Computational Biology and Bioinformatics 3(4)). A branch that holds T and has left X aside
  costs at least y(r) + max(m·d, Σ m·x' over T) + Σ c over T + Σ min(0, c) over R - T - X - r.
  It is cut where that is 1 or more, or where R - X cannot meet the minima. Branches left
  when the steps are used up are bounded by the same formula.

The price of the root is raised by 1 minus the least cost so found, or to 1: every set rooted
there holds the root and costs 1 afterwards.

The file is long because numba caches a kernel with all it calls.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from sozialraum.methods.kernels import INSIDE
from sozialraum.methods.regionalise.problem import Array

DEEPEST = 200
"""Most blocks of a set under search."""
MARGIN = 1e-9
"""Shares that a branch may fall short of before it is cut, against rounding."""
STEPS = (0.5, 0.2, 0.05, 1.0)
"""Shares of a multiplier that are tried on another minimum."""
STRETCH = 100
"""Steps of the price programme between two restarts."""
FIXINGS = 4
"""Most rounds of fixing by reduced costs."""


class Market(NamedTuple):
    """Graph, shares and prices of the blocks.

    Parameters
    ----------
    indptr, indices
        Neighbours in compressed rows, int32.
    shares
        (n, k) counts over minima, at most 1.
    prices
        (n,) non-negative; changed in place.
    multipliers
        (n, k) multipliers of every root, to begin with; changed in place.
    """

    indptr: Array
    indices: Array
    shares: Array
    prices: Array
    multipliers: Array


class Conditions(NamedTuple):
    """What prices of sets of blocks should be at least.

    Parameters
    ----------
    start, members
        Sets of blocks in compressed rows, int64 and int32.
    least
        (number of sets,) least price of every set.
    lowest
        (n,) least price of every block.
    """

    start: Array
    members: Array
    least: Array
    lowest: Array


class Search(NamedTuple):
    """Scratch memory for the search of one root; the first axis of some is the depth."""

    place: Array
    blocks: Array
    heap: Array
    distance: Array
    far: Array
    missing: Array
    local: Array
    reduced: Array
    moved: Array
    cluster: Array
    stamp: Array
    ratio: Array
    weight: Array
    chosen: Array
    open_blocks: Array
    waiting: Array
    totals: Array
    potential: Array
    cost: Array
    deficit: Array
    moved_deficit: Array
    seen: Array


class Found(NamedTuple):
    """Conditions on the prices that were broken when they were found.

    Parameters
    ----------
    start, members
        Sets of blocks in compressed rows.
    least
        What every set should cost: 1 if it meets the minima, else by multipliers.
    number
        (1,) how many sets.
    slots, slot_size, slot_cost
        Scratch memory: the cheapest sets of one root, as many as there are slots.
    """

    start: Array
    members: Array
    least: Array
    number: Array
    slots: Array
    slot_size: Array
    slot_cost: Array


@njit(**INSIDE)
def _search(n: int, k: int, edges: int) -> Search:
    """Return scratch memory for graphs of n blocks."""
    return Search(
        np.full(n, -1, np.int32),
        np.empty(n, np.int32),
        np.empty(edges + n + 1, np.int32),
        np.empty(edges + n + 1),
        np.empty(n),
        np.empty(k),
        np.empty((n, k)),
        np.empty(n),
        np.empty(n),
        np.empty(n, np.int32),
        np.zeros(n, np.int32),
        np.empty(n),
        np.empty(n),
        np.empty(DEEPEST + 1, np.int32),
        np.empty((DEEPEST + 1, n), np.int32),
        np.zeros(DEEPEST + 1, np.int64),
        np.zeros((DEEPEST + 1, k)),
        np.zeros((DEEPEST + 1, k)),
        np.zeros(DEEPEST + 1),
        np.zeros(DEEPEST + 1),
        np.zeros(DEEPEST + 1),
        np.zeros(n, np.int32),
    )


@njit(**INSIDE)
def _push(search: Search, size: int, block: int, distance: float) -> int:
    """Put a block into the heap; return its new size."""
    at = size
    while at > 0 and search.distance[(at - 1) // 2] > distance:
        above = (at - 1) // 2
        search.distance[at], search.heap[at] = search.distance[above], search.heap[above]
        at = above
    search.distance[at], search.heap[at] = distance, block
    return size + 1


@njit(**INSIDE)
def _pop(search: Search, size: int) -> int:
    """Drop the nearest block of the heap; return the new size."""
    size -= 1
    distance, block, at = search.distance[size], search.heap[size], 0
    while 2 * at + 1 < size:
        below = 2 * at + 1
        if below + 1 < size and search.distance[below + 1] < search.distance[below]:
            below += 1
        if search.distance[below] >= distance:
            break
        search.distance[at], search.heap[at] = search.distance[below], search.heap[below]
        at = below
    search.distance[at], search.heap[at] = distance, block
    return size


@njit(**INSIDE)
def _reach(market: Market, search: Search, root: int, limit: float) -> int:
    """List the blocks from the root on within a price distance below `limit` (Dijkstra)."""
    reached = 0
    size = _push(search, 0, root, market.prices[root])
    while size > 0:
        distance, v = search.distance[0], search.heap[0]
        size = _pop(search, size)
        if search.place[v] >= 0:
            continue
        search.place[v] = reached
        search.blocks[reached] = v
        reached += 1
        for e in range(market.indptr[v], market.indptr[v + 1]):
            u = market.indices[e]
            further = distance + market.prices[u]
            if search.place[u] < 0 and u > root and further < limit:
                size = _push(search, size, u, further)
    return reached


@njit(**INSIDE)
def _localise(market: Market, search: Search, reached: int) -> bool:
    """Clip the shares at what the root lacks; return True if it lacks anything."""
    k, root, lacks = market.shares.shape[1], search.blocks[0], False
    for c in range(k):
        search.missing[c] = max(0.0, 1.0 - market.shares[root, c])
        lacks = lacks or search.missing[c] > 0.0
    for i in range(1, reached):
        v = search.blocks[i]
        for c in range(k):
            search.local[v, c] = min(market.shares[v, c], search.missing[c])
    return lacks


@njit(**INSIDE)
def _could_pass(search: Search, reached: int) -> bool:
    """Return True if all blocks in question together meet every minimum."""
    for c in range(search.missing.size):
        total = 0.0
        for i in range(1, reached):
            total += search.local[search.blocks[i], c]
        if total < search.missing[c] - MARGIN:
            return False
    return True


@njit(**INSIDE)
def _below(market: Market, search: Search, multipliers: Array, block: int) -> float:
    """Return the price of a block minus its shares at the multipliers."""
    value = market.prices[block]
    for c in range(multipliers.size):
        value -= multipliers[c] * search.local[block, c]
    return value


@njit(**INSIDE)
def _floor(market: Market, search: Search, reached: int, multipliers: Array) -> float:
    """Return what every set from the root that meets the minima costs at least."""
    least = market.prices[search.blocks[0]]
    for c in range(multipliers.size):
        least += multipliers[c] * search.missing[c]
    for i in range(1, reached):
        least += min(0.0, _below(market, search, multipliers, search.blocks[i]))
    return least


@njit(**INSIDE)
def _best_multiplier(
    market: Market, search: Search, reached: int, multipliers: Array, c: int
) -> float:
    """Return the multiplier of one minimum that raises the floor most, the others fixed.

    The floor is concave and piecewise linear in it; its slope starts at what is missing
    and falls by the share of a block where the block's price is used up.
    """
    multipliers[c] = 0.0
    slope, breaks = search.missing[c], 0
    if slope <= 0.0:
        return 0.0
    for i in range(1, reached):
        share = search.local[search.blocks[i], c]
        if share <= 0.0:
            continue
        left = _below(market, search, multipliers, search.blocks[i])
        if left <= 0.0:
            slope -= share
        else:
            search.ratio[breaks], search.weight[breaks] = left / share, share
            breaks += 1
    best = 0.0
    if slope > 0.0:
        for j in np.argsort(search.ratio[:breaks]):
            best = search.ratio[j]
            slope -= search.weight[j]
            if slope <= 0.0:
                break
    return best


@njit(**INSIDE)
def _exchange(
    market: Market, search: Search, reached: int, multipliers: Array, least: float
) -> float:
    """Shift weight between multipliers where the floor rises; return the floor."""
    k = multipliers.size
    for pair in range(k * k):
        a, b = pair // k, pair % k
        if a == b or search.missing[a] <= 0.0:
            continue
        for share in STEPS:
            shift = share * multipliers[b]
            if shift <= 0.0:
                continue
            multipliers[b] -= shift
            multipliers[a] += shift
            value = _floor(market, search, reached, multipliers)
            if value > least + 1e-9:
                least = value
            else:
                multipliers[b] += shift
                multipliers[a] -= shift
    return least


@njit(**INSIDE)
def _improve(
    market: Market, search: Search, reached: int, multipliers: Array, sweeps: int, goal: float
) -> float:
    """Raise the floor by coordinate ascent; return it."""
    least = _floor(market, search, reached, multipliers)
    for _ in range(sweeps):
        before = least
        for c in range(multipliers.size):
            multipliers[c] = _best_multiplier(market, search, reached, multipliers, c)
        least = _floor(market, search, reached, multipliers)
        if least < goal:
            least = _exchange(market, search, reached, multipliers, least)
        if least <= before + 1e-4 or least >= goal:
            break
    return least


@njit(**INSIDE)
def _multipliers(market: Market, search: Search, reached: int, best: Array, goal: float) -> float:
    """Improve the multipliers of a root, from each minimum alone at first; return the floor."""
    highest = _floor(market, search, reached, best)
    if highest >= goal or best.sum() > 0.0:
        return highest if highest >= goal else _improve(market, search, reached, best, 2, goal)
    trial = np.empty(best.size)
    for start in range(best.size):
        trial[:] = 0.0
        trial[start] = 1.0
        least = _improve(market, search, reached, trial, 1, goal)
        if start == 0 or least > highest:
            highest = least
            best[:] = trial
        if highest >= goal:
            return highest
    return _improve(market, search, reached, best, 2, goal)


@njit(**INSIDE)
def _fix(market: Market, search: Search, costs: Array, reached: int, room: float) -> int:
    """Drop blocks whose cheapest path of positive reduced costs is no less than `room`."""
    for i in range(reached):
        search.far[search.blocks[i]] = np.inf
    size = _push(search, 0, search.blocks[0], 0.0)
    search.far[search.blocks[0]] = 0.0
    while size > 0:
        distance, v = search.distance[0], search.heap[0]
        size = _pop(search, size)
        if distance > search.far[v]:
            continue
        for e in range(market.indptr[v], market.indptr[v + 1]):
            u = market.indices[e]
            if search.place[u] < 0:
                continue
            further = distance + max(0.0, costs[u])
            if further < room and further < search.far[u]:
                search.far[u] = further
                size = _push(search, size, u, further)
    kept = 0
    for i in range(reached):
        v = search.blocks[i]
        if search.far[v] < np.inf:
            search.blocks[kept] = v
            search.place[v] = kept
            kept += 1
        else:
            search.place[v] = -1
    return kept


@njit(**INSIDE)
def _base(market: Market, search: Search, multipliers: Array) -> float:
    """Return the part of the floor that no block changes."""
    base = market.prices[search.blocks[0]]
    for c in range(multipliers.size):
        base += multipliers[c] * search.missing[c]
    return base


@njit(**INSIDE)
def _reduce(market: Market, search: Search, reached: int, multipliers: Array) -> None:
    """Write down the reduced costs of the blocks in question; the root has none."""
    search.reduced[search.blocks[0]] = 0.0
    for i in range(1, reached):
        v = search.blocks[i]
        search.reduced[v] = _below(market, search, multipliers, v)


@njit(**INSIDE)
def _cluster(market: Market, search: Search, first: int, size: int, stamp: int) -> tuple[int, bool]:
    """Grow a cluster over blocks of no positive cost; return its size, and if it has the root."""
    root = search.blocks[0]
    if size == 0:
        search.cluster[0], search.stamp[first], size = first, stamp, 1
    at = 0
    while at < size:
        v = search.cluster[at]
        at += 1
        for e in range(market.indptr[v], market.indptr[v + 1]):
            u = market.indices[e]
            if u == root:
                return size, True
            if search.place[u] >= 0 and search.stamp[u] != stamp and search.moved[u] <= 0.0:
                search.stamp[u] = stamp
                search.cluster[size] = u
                size += 1
    return size, False


@njit(**INSIDE)
def _move_once(market: Market, search: Search, size: int, stamp: int) -> bool:
    """Move cost from the border of a cluster into it; return True if it still gains."""
    prize, room, border = 0.0, np.inf, size
    for i in range(size):
        v = search.cluster[i]
        prize -= min(0.0, search.moved[v])
        for e in range(market.indptr[v], market.indptr[v + 1]):
            u = market.indices[e]
            if search.place[u] >= 0 and search.stamp[u] != stamp and search.stamp[u] != -stamp:
                search.stamp[u] = -stamp
                search.cluster[border] = u
                border += 1
                room = min(room, search.moved[u])
    shift = min(prize, room)
    for i in range(size, border):
        u = search.cluster[i]
        search.stamp[u] = 0
        search.moved[u] = 0.0 if search.moved[u] <= shift else search.moved[u] - shift
    for i in range(size):
        v = search.cluster[i]
        part = min(shift, -min(0.0, search.moved[v]))
        search.moved[v] += part
        shift -= part
    return prize > room


@njit(cache=True, nogil=True)
def _move(market: Market, search: Search, reached: int, base: float) -> float:
    """Move costs between blocks so that the floor rises; return the floor."""
    for i in range(reached):
        v = search.blocks[i]
        search.moved[v] = search.reduced[v]
        search.stamp[v] = 0
    for i in range(reached - 1, 0, -1):
        v = search.blocks[i]
        if search.moved[v] >= 0.0:
            continue
        size, rooted = _cluster(market, search, v, 0, i)
        while not rooted and _move_once(market, search, size, i):
            size, rooted = _cluster(market, search, v, size, i)
    least = base
    for i in range(1, reached):
        least += min(0.0, search.moved[search.blocks[i]])
    return least


@njit(**INSIDE)
def _narrow(market: Market, search: Search, reached: int, multipliers: Array, limit: float) -> int:
    """Return the number of blocks in question; 0: the root is proven."""
    if not _could_pass(search, reached):
        return 0
    least = _multipliers(market, search, reached, multipliers, limit)
    for _ in range(FIXINGS):
        if least >= limit:
            return 0
        _reduce(market, search, reached, multipliers)
        kept = _fix(market, search, search.reduced, reached, limit - least + MARGIN)
        least = _move(market, search, kept, _base(market, search, multipliers))
        if least >= limit:
            return 0
        kept = _fix(market, search, search.moved, kept, limit - least + MARGIN)
        if not _could_pass(search, kept):
            return 0
        if kept == reached:
            break
        reached = kept
        least = _improve(market, search, reached, multipliers, 1, limit)
    return 0 if least >= limit else reached


@njit(cache=True, nogil=True)
def _open(market: Market, search: Search, depth: int) -> None:
    """List what may join after the block at `depth`: its new neighbours come on top."""
    size = 0
    if depth > 0:
        size = search.waiting[depth - 1]
        for i in range(size):
            search.open_blocks[depth, i] = search.open_blocks[depth - 1, i]
    v = search.chosen[depth]
    for e in range(market.indptr[v], market.indptr[v + 1]):
        u = market.indices[e]
        if search.place[u] >= 0 and search.seen[u] == 0:
            search.seen[u] = depth + 1
            search.open_blocks[depth, size] = u
            size += 1
    search.waiting[depth] = size


@njit(**INSIDE)
def _close(market: Market, search: Search, depth: int) -> None:
    """Forget the neighbours that came with the block at `depth`."""
    v = search.chosen[depth]
    for e in range(market.indptr[v], market.indptr[v + 1]):
        if search.seen[market.indices[e]] == depth + 1:
            search.seen[market.indices[e]] = 0


@njit(**INSIDE)
def _take(search: Search, depth: int) -> int:
    """Take the waiting block of lowest reduced cost; later branches leave it aside."""
    last = search.waiting[depth] - 1
    best = last
    for i in range(last):
        if (
            search.reduced[search.open_blocks[depth, i]]
            < search.reduced[search.open_blocks[depth, best]]
        ):
            best = i
    block = search.open_blocks[depth, best]
    search.open_blocks[depth, best] = search.open_blocks[depth, last]
    search.waiting[depth] = last
    return block


@njit(**INSIDE)
def _leave(search: Search, depth: int, block: int) -> None:
    """Leave a block aside in all that follows at `depth`."""
    search.deficit[depth] -= min(0.0, search.reduced[block])
    search.moved_deficit[depth] -= min(0.0, search.moved[block])
    for c in range(search.missing.size):
        search.potential[depth, c] -= search.local[block, c]


@njit(**INSIDE)
def _least(search: Search, multipliers: Array, depth: int) -> float:
    """Return what sets beyond the one at `depth` that meet the minima cost at least."""
    base = search.cost[0] + max(search.deficit[depth], search.moved_deficit[depth])
    for c in range(multipliers.size):
        if search.potential[depth, c] < search.missing[c] - MARGIN:
            return np.inf
        base += multipliers[c] * max(search.missing[c], search.totals[depth, c])
    return base


@njit(**INSIDE)
def _choose(market: Market, search: Search, depth: int, block: int) -> bool:
    """Choose a block at `depth`; return whether the set meets the minima."""
    before, passes = depth - 1, True
    search.chosen[depth] = block
    search.cost[depth] = search.cost[before] + market.prices[block]
    search.deficit[depth] = search.deficit[before] + max(0.0, search.reduced[block])
    search.moved_deficit[depth] = search.moved_deficit[before] + max(0.0, search.moved[block])
    for c in range(search.missing.size):
        search.totals[depth, c] = search.totals[before, c] + search.local[block, c]
        search.potential[depth, c] = search.potential[before, c]
        passes = passes and search.totals[depth, c] >= search.missing[c]
    return passes


@njit(**INSIDE)
def _note(search: Search, found: Found, size: int, taken: int) -> int:
    """Note a cheap set; the cheapest sets of a root take the slots."""
    cost = search.cost[size - 1]
    slot = taken
    if taken == found.slot_cost.size:
        slot = int(np.argmax(found.slot_cost))
        if found.slot_cost[slot] <= cost:
            return taken
        taken -= 1
    for i in range(size):
        found.slots[slot, i] = search.chosen[i]
    found.slot_size[slot], found.slot_cost[slot] = size, cost
    return taken + 1


@njit(**INSIDE)
def _begin(market: Market, search: Search, reached: int, multipliers: Array) -> None:
    """Begin the search of a root."""
    root = search.blocks[0]
    search.chosen[0], search.seen[root] = root, 1
    search.cost[0], search.deficit[0] = market.prices[root], 0.0
    search.totals[0, :] = 0.0
    search.potential[0, :] = 0.0
    _reduce(market, search, reached, multipliers)
    _move(market, search, reached, 0.0)
    search.moved_deficit[0] = 0.0
    for i in range(1, reached):
        v = search.blocks[i]
        search.deficit[0] += min(0.0, search.reduced[v])
        search.moved_deficit[0] += min(0.0, search.moved[v])
        for c in range(search.missing.size):
            search.potential[0, c] += search.local[v, c]
    _open(market, search, 0)


@njit(**INSIDE)
def _enumerate(
    market: Market, search: Search, found: Found, multipliers: Array, limit: float, steps: int
) -> tuple[int, float]:
    """Return how many slots cheap sets have taken, and what sets not searched cost at least."""
    depth, taken = 0, 0
    while depth >= 0:
        if search.waiting[depth] == 0 or _least(search, multipliers, depth) >= limit:
            _close(market, search, depth)
            depth -= 1
            continue
        if steps == 0 or depth + 1 == DEEPEST:
            unsearched = limit
            for above in range(depth + 1):
                unsearched = min(unsearched, _least(search, multipliers, above))
            return taken, unsearched
        steps -= 1
        block = _take(search, depth)
        passes = _choose(market, search, depth + 1, block)
        _leave(search, depth, block)
        if search.cost[depth + 1] >= limit:
            continue
        if passes:
            taken = _note(search, found, depth + 2, taken)
            if taken == found.slot_cost.size:
                limit = min(limit, found.slot_cost.max())
        else:
            depth += 1
            _open(market, search, depth)
    return taken, limit


@njit(**INSIDE)
def _write(found: Found, members: Array, least: float) -> None:
    """Write a condition down if there is room."""
    number = found.number[0]
    first = found.start[number]
    if number + 1 == found.start.size or first + members.size > found.members.size:
        return
    found.members[first : first + members.size] = members
    found.least[number] = least
    found.start[number + 1] = first + members.size
    found.number[0] = number + 1


@njit(**INSIDE)
def _write_doubt(market: Market, search: Search, found: Found, reached: int, lack: float) -> None:
    """Write down that the blocks that make the floor low should cost more."""
    search.open_blocks[0, 0] = search.blocks[0]
    size, least = 1, market.prices[search.blocks[0]] + lack
    for i in range(1, reached):
        v = search.blocks[i]
        if search.moved[v] < 0.0:
            least += market.prices[v]
            search.open_blocks[0, size] = v
            size += 1
    _write(found, search.open_blocks[0, :size], least)


@njit(**INSIDE)
def _cheapest_of_root(
    market: Market, search: Search, found: Found, full: int, limit: float, steps: int
) -> float:
    """Return what every set of a root that meets the minima costs at least, up to `limit`."""
    multipliers = market.multipliers[search.blocks[0]]
    reached = _narrow(market, search, full, multipliers, limit)
    if not reached:
        return limit
    _begin(market, search, reached, multipliers)
    taken, least = _enumerate(market, search, found, multipliers, limit, steps)
    search.seen[search.blocks[:reached]] = 0
    cheapest = limit
    for slot in range(taken):
        cheapest = min(cheapest, found.slot_cost[slot])
        _write(found, found.slots[slot, : found.slot_size[slot]], 1.0)
    if least < cheapest:
        _write_doubt(market, search, found, reached, 1.0 - least)
    return min(least, cheapest)


@njit(cache=True, nogil=True)
def make_valid(market: Market, found: Found, limit: float, steps: int) -> None:
    """Raise prices until every connected set that meets the minima costs at least `limit`.

    Parameters
    ----------
    market
        Graph, shares and prices; prices and multipliers are changed in place.
    found
        Conditions that were broken, changed in place.
    limit
        Price that a set should reach, slightly below 1.
    steps
        Most steps of enumeration for one root.
    """
    n, k = market.shares.shape
    search = _search(n, k, market.indices.size)
    for root in range(n - 1, -1, -1):
        full = _reach(market, search, root, limit)
        if _localise(market, search, full):
            least = _cheapest_of_root(market, search, found, full, limit, steps)
            if least < limit:
                market.prices[root] = min(1.0, market.prices[root] + 1.0 - least)
        elif market.prices[root] < limit:
            market.prices[root] = 1.0
            _write(found, search.blocks[:1], 1.0)
        search.place[search.blocks[:full]] = -1


@njit(**INSIDE)
def _step(conditions: Conditions, old: Array, prices: Array, duals: Array, scale: Array) -> None:
    """Take one step of the primal-dual method; `old` and `scale` are scratch and step sizes."""
    start, members = conditions.start, conditions.members
    old[:] = prices
    for v in range(prices.size):
        prices[v] -= scale[v]
    for j in range(duals.size):
        for v in members[start[j] : start[j + 1]]:
            prices[v] += scale[v] * duals[j]
    for v in range(prices.size):
        prices[v] = max(conditions.lowest[v], prices[v])
    for j in range(duals.size):
        value = conditions.least[j]
        for v in members[start[j] : start[j + 1]]:
            value -= 2.0 * prices[v] - old[v]
        duals[j] = max(0.0, duals[j] + value / (start[j + 1] - start[j]))


@njit(cache=True, nogil=True)
def cheapest_prices(conditions: Conditions, prices: Array, duals: Array, restarts: int) -> None:
    """Approach the cheapest prices that keep all conditions; a fixed number of steps.

    Primal-dual hybrid gradients with diagonal step sizes (Pock and Chambolle 2011, ICCV),
    restarted from their average (Applegate, Hinder, Lu and Lubin 2023, Mathematical
    Programming 201). What the prices are worth is decided elsewhere.

    Parameters
    ----------
    conditions
        Conditions on the prices.
    prices
        (n,) where to begin; changed in place.
    duals
        (number of conditions,) multipliers of the conditions; changed in place.
    restarts
        How often the method begins again.
    """
    scale = np.zeros(prices.size)
    for v in conditions.members:
        scale[v] += 1.0
    scale = 1.0 / np.maximum(scale, 1.0)
    old = np.empty(prices.size)
    for _ in range(restarts):
        total_prices, total_duals = np.zeros(prices.size), np.zeros(duals.size)
        for _ in range(STRETCH):
            _step(conditions, old, prices, duals, scale)
            total_prices += prices
            total_duals += duals
        prices[:] = total_prices / STRETCH
        duals[:] = total_duals / STRETCH
