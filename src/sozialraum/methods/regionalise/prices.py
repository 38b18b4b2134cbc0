"""Connected sets that meet every minimum but cost too little at given prices of the blocks.

If every connected set that meets the minima costs at least 1, no partition has more
regions than all blocks cost together: this is linear-programming duality for set packing.
The kernels look for sets that break the condition, root by root, or prove that a root has
none. A set is searched from its first block in a given order.

Three arguments end a search:

* Distance. A set that costs less than 1 stays within a price distance of 1 of its root.
* Multipliers (Lagrange; Geoffrion 1974, Mathematical Programming Study 2). Let x be the
  shares of the minima, clipped at 1, and y the prices. For any multipliers m ≥ 0 a set S
  that meets the minima costs y(S) = m·x(S) + Σ (y - m·x) ≥ Σ m + Σ min(0, y - m·x), the
  last sum over all blocks within reach. Where that is 1 or more, nothing needs to be
  enumerated; further down it bounds what the rest of a set costs at least.
* Enumeration of what remains, every set once (ESU: Wernicke 2006, IEEE/ACM Transactions on
  Computational Biology and Bioinformatics 3(4)), up to a number of steps.

The file is long because numba caches a kernel with all it calls.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from sozialraum.methods.regionalise.problem import Array

DEEPEST = 200
"""Most blocks of a set under search."""
LARGE = 1e9
"""A factor or number beyond all that occur."""
STEPS = (0.5, 0.2, 0.05, 1.0)
"""Shares of a multiplier that are tried on another minimum."""


class Market(NamedTuple):
    """Graph, shares, prices, and order of the blocks.

    Parameters
    ----------
    indptr, indices
        Neighbours in compressed rows, int32.
    shares
        (n, k) counts over minima, at most 1.
    prices
        (n,) non-negative.
    rank
        (n,) int64 place of every block in the order in which sets are searched.
    """

    indptr: Array
    indices: Array
    shares: Array
    prices: Array
    rank: Array


class Search(NamedTuple):
    """Scratch memory for the search of one root; the first axis of some is the depth."""

    place: Array
    blocks: Array
    heap: Array
    distance: Array
    chosen: Array
    open_blocks: Array
    waiting: Array
    totals: Array
    cost: Array
    deficit: Array
    seen: Array
    lack: Array
    ratio: Array
    weight: Array


class Found(NamedTuple):
    """What the search of all roots wrote down.

    Parameters
    ----------
    factor
        (n,) by how much the price of a block must rise so that no set costs too little.
    hard
        (n,) bool: roots whose search was given up.
    uncertain
        (n,) bool: blocks within reach of such a root.
    start, members
        Cheap sets in compressed rows.
    number
        (1,) how many sets.
    slots, slot_size, slot_cost
        Scratch memory: the cheapest sets of one root, as many as there are slots.
    """

    factor: Array
    hard: Array
    uncertain: Array
    start: Array
    members: Array
    number: Array
    slots: Array
    slot_size: Array
    slot_cost: Array


@njit(cache=True, nogil=True)
def _search(n: int, k: int, edges: int) -> Search:
    """Return scratch memory for graphs of n blocks."""
    return Search(
        np.full(n, -1, np.int32),
        np.empty(n, np.int32),
        np.empty(edges + n + 1, np.int32),
        np.empty(edges + n + 1),
        np.empty(DEEPEST + 1, np.int32),
        np.empty((DEEPEST + 1, n), np.int32),
        np.zeros(DEEPEST + 1, np.int64),
        np.zeros((DEEPEST + 1, k)),
        np.zeros(DEEPEST + 1),
        np.zeros(DEEPEST + 1),
        np.zeros(n, np.int32),
        np.zeros(n),
        np.empty(n),
        np.empty(n),
    )


@njit(cache=True, nogil=True)
def _push(search: Search, size: int, block: int, distance: float) -> int:
    """Put a block into the heap; return its new size."""
    at = size
    while at > 0 and search.distance[(at - 1) // 2] > distance:
        above = (at - 1) // 2
        search.distance[at], search.heap[at] = search.distance[above], search.heap[above]
        at = above
    search.distance[at], search.heap[at] = distance, block
    return size + 1


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
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
            if search.place[u] < 0 and market.rank[u] > market.rank[root] and further < limit:
                size = _push(search, size, u, further)
    return reached


@njit(cache=True, nogil=True)
def _could_pass(market: Market, search: Search, reached: int) -> bool:
    """Return True if all blocks within reach together meet every minimum."""
    for c in range(market.shares.shape[1]):
        total = 0.0
        for i in range(reached):
            total += market.shares[search.blocks[i], c]
        if total < 1.0:
            return False
    return True


@njit(cache=True, nogil=True)
def _below(market: Market, multipliers: Array, block: int) -> float:
    """Return the price of a block minus its shares at the multipliers."""
    value = market.prices[block]
    for c in range(multipliers.size):
        value -= multipliers[c] * market.shares[block, c]
    return value


@njit(cache=True, nogil=True)
def _floor(market: Market, search: Search, reached: int, multipliers: Array) -> float:
    """Return what every set from the root that meets the minima costs at least."""
    least = multipliers.sum()
    for i in range(reached):
        least += min(0.0, _below(market, multipliers, search.blocks[i]))
    return least


@njit(cache=True, nogil=True)
def _best_multiplier(
    market: Market, search: Search, reached: int, multipliers: Array, c: int
) -> float:
    """Return the multiplier of one minimum that raises the floor most, the others fixed.

    The floor is concave and piecewise linear in it; its slope starts at 1 and falls by
    the share of a block where the block's price is used up.
    """
    multipliers[c] = 0.0
    slope, breaks = 1.0, 0
    for i in range(reached):
        share = market.shares[search.blocks[i], c]
        if share <= 0.0:
            continue
        left = _below(market, multipliers, search.blocks[i])
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


@njit(cache=True, nogil=True)
def _exchange(
    market: Market, search: Search, reached: int, multipliers: Array, least: float
) -> float:
    """Shift weight between multipliers where the floor rises; return the floor."""
    k = multipliers.size
    for pair in range(k * k):
        a, b = pair // k, pair % k
        if a == b:
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


@njit(cache=True, nogil=True)
def _improve(
    market: Market, search: Search, reached: int, multipliers: Array, sweeps: int, goal: float
) -> float:
    """Raise the floor by coordinate ascent; return it."""
    least = _floor(market, search, reached, multipliers)
    for _ in range(sweeps):
        before = least
        for c in range(multipliers.size):
            multipliers[c] = _best_multiplier(market, search, reached, multipliers, c)
        least = _exchange(
            market, search, reached, multipliers, _floor(market, search, reached, multipliers)
        )
        if least <= before + 1e-4 or least >= goal:
            break
    return least


@njit(cache=True, nogil=True)
def _multipliers(market: Market, search: Search, reached: int, goal: float) -> tuple[Array, float]:
    """Return good multipliers for a root, and its floor: from one minimum each, and from all."""
    k = market.shares.shape[1]
    best, highest = np.zeros(k), -LARGE
    for start in range(k + 1):
        trial = np.full(k, 1.0 / k)
        if start < k:
            trial[:] = 0.0
            trial[start] = 1.0
        least = _improve(market, search, reached, trial, 1, goal)
        if least > highest:
            highest, best = least, trial
        if highest >= goal:
            return best, highest
    return best, _improve(market, search, reached, best, 3, goal)


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


@njit(cache=True, nogil=True)
def _close(market: Market, search: Search, depth: int) -> None:
    """Forget the neighbours that came with the block at `depth`."""
    v = search.chosen[depth]
    for e in range(market.indptr[v], market.indptr[v + 1]):
        if search.seen[market.indices[e]] == depth + 1:
            search.seen[market.indices[e]] = 0


@njit(cache=True, nogil=True)
def _choose(
    market: Market, search: Search, multipliers: Array, depth: int, block: int
) -> tuple[bool, float]:
    """Choose a block; return whether the set meets the minima, and what it costs at least."""
    before = depth - 1
    search.chosen[depth] = block
    search.cost[depth] = search.cost[before] + market.prices[block]
    search.deficit[depth] = search.deficit[before] - search.lack[block]
    passes, least = True, search.cost[depth] + search.deficit[depth]
    for c in range(multipliers.size):
        total = search.totals[before, c] + market.shares[block, c]
        search.totals[depth, c] = total
        if total < 1.0:
            passes = False
            least += multipliers[c] * (1.0 - total)
    return passes, least


@njit(cache=True, nogil=True)
def _note(search: Search, found: Found, size: int, taken: int) -> int:
    """Note a cheap set: prices must rise, and the cheapest sets of a root take the slots."""
    cost = search.cost[size - 1]
    for i in range(size):
        block = search.chosen[i]
        found.factor[block] = max(found.factor[block], 1.0 / max(cost, 1.0 / LARGE))
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


@njit(cache=True, nogil=True)
def _write(found: Found, taken: int) -> None:
    """Write the sets in the slots down, as far as there is room."""
    for slot in range(taken):
        number, size = found.number[0], found.slot_size[slot]
        first = found.start[number]
        if number + 2 > found.start.size or first + size > found.members.size:
            return
        for i in range(size):
            found.members[first + i] = found.slots[slot, i]
        found.start[number + 1] = first + size
        found.number[0] = number + 1


@njit(cache=True, nogil=True)
def _start(market: Market, search: Search, multipliers: Array, reached: int, root: int) -> bool:
    """Begin the search of a root; return True if it meets the minima alone."""
    total = 0.0
    for i in range(reached):
        v = search.blocks[i]
        search.lack[v] = min(0.0, _below(market, multipliers, v))
        total += search.lack[v]
    search.chosen[0], search.seen[root] = root, 1
    search.cost[0] = market.prices[root]
    search.deficit[0] = total - search.lack[root]
    passes = True
    for c in range(multipliers.size):
        search.totals[0, c] = market.shares[root, c]
        passes = passes and search.totals[0, c] >= 1.0
    return passes


@njit(cache=True, nogil=True)
def _enumerate(
    market: Market,
    search: Search,
    found: Found,
    multipliers: Array,
    limit: float,
    steps: int,
) -> bool:
    """Search the sets from a begun root; return False if it takes more than `steps` steps."""
    depth, taken = 0, 0
    _open(market, search, 0)
    while depth >= 0:
        if search.waiting[depth] == 0:
            _close(market, search, depth)
            depth -= 1
            continue
        steps -= 1
        if steps < 0 or depth + 1 > DEEPEST:
            _write(found, taken)
            return False
        search.waiting[depth] -= 1
        block = search.open_blocks[depth, search.waiting[depth]]
        passes, least = _choose(market, search, multipliers, depth + 1, block)
        if search.cost[depth + 1] >= limit:
            continue
        if passes:
            taken = _note(search, found, depth + 2, taken)
        elif least < limit:
            depth += 1
            _open(market, search, depth)
    _write(found, taken)
    return True


@njit(cache=True, nogil=True)
def find_cheap_sets(market: Market, found: Found, limit: float, steps: int) -> None:
    """Look for connected sets that meet the minima and cost less than `limit`.

    Parameters
    ----------
    market
        Graph, shares and prices.
    found
        What is found, changed in place. Afterwards every such set costs at least `limit`,
        or the factor of each of its blocks is at least 1 over its cost, or all its blocks
        are uncertain.
    limit
        Price that a set should reach, at most 1.
    steps
        Most steps of enumeration for one root.
    """
    n, k = market.shares.shape
    search = _search(n, k, market.indices.size)
    for root in range(n):
        reached = _reach(market, search, root, limit)
        if _could_pass(market, search, reached):
            multipliers, least = _multipliers(market, search, reached, limit)
            if least < limit:
                if _start(market, search, multipliers, reached, root):
                    if search.cost[0] < limit:
                        _write(found, _note(search, found, 1, 0))
                elif not _enumerate(market, search, found, multipliers, limit, steps):
                    for i in range(reached):
                        found.uncertain[search.blocks[i]] = True
                    found.hard[root] = True
                for i in range(reached):
                    search.seen[search.blocks[i]] = 0
        for i in range(reached):
            search.place[search.blocks[i]] = -1


@njit(cache=True, nogil=True)
def reach_of_roots(market: Market, roots: Array, limit: float) -> Array:
    """Return the blocks within a price distance below `limit` of any root, ascending."""
    n, k = market.shares.shape
    search = _search(n, k, market.indices.size)
    held = np.zeros(n, np.bool_)
    for root in roots:
        reached = _reach(market, search, root, limit)
        for i in range(reached):
            held[search.blocks[i]] = True
            search.place[search.blocks[i]] = -1
    return np.flatnonzero(held)
