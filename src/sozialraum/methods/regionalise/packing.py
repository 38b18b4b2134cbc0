"""Exact polishing: small windows of neighbouring regions are packed anew, provably best.

A window of m regions is dissolved. Its inclusion-minimal connected sets that meet every
minimum are enumerated, and m + 1 disjoint ones are searched by branch and bound: the first
open block of the window either joins one of the sets that begin with it, or is left over.
What m + 1 regions need is subtracted from the clipped totals of the window beforehand; the
little that remains, the budget, is all that sets may exceed the minima by and all that
left-over blocks may hold. It is used up soon, so most branches end at once. (Set packing as
in :mod:`sozialraum.methods.regionalise.sets`; very large neighbourhoods as in Ahuja, Ergun,
Orlin and Punnen 2002, Discrete Applied Mathematics 123.)

Limits count sets and branches, never time: the result is the same on every machine.

Blocks of a window are bits of a word. The file is long because numba caches a kernel with
all it calls.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from sozialraum.methods.kernels import INSIDE
from sozialraum.methods.regionalise.chance import uniform
from sozialraum.methods.regionalise.prepare import ROUNDING
from sozialraum.methods.regionalise.problem import Array, Problem

WIDEST = 62
"""Most blocks of a window."""
MOST_REGIONS = 14
"""Most regions of a window."""
MOST_SETS = 2_000
"""Sets of a window beyond which it is passed over."""
MOST_STEPS = 2_000
"""Steps of the enumeration from one block beyond which a window is passed over."""
MOST_BRANCHES = 4_000
"""Branches of the search beyond which it is given up."""
RIVALS = 3
"""Regions compared for the richest in excess where a window starts."""
NOISE = 0.5
"""Weight of chance against excess when a window grows."""


class Window(NamedTuple):
    """Scratch memory for one window; sets are words of bits, sorted by first block."""

    blocks: Array
    place: Array
    stamp: Array
    group: Array
    near: Array
    shares: Array
    masks: Array
    excess: Array
    order: Array
    begin: Array
    picked: Array


class State(NamedTuple):
    """The partition: region of every block, one block of every region, clipped totals."""

    labels: Array
    anchor: Array
    clipped: Array
    regions: Array
    random: Array


@njit(**INSIDE)
def _share(problem: Problem, block: int, c: int) -> float:
    """Return the clipped share of one minimum that a block holds."""
    return min(problem.counts[block, c] / problem.need[c], 1.0)


@njit(**INSIDE)
def _state(problem: Problem, labels: Array, regions: int, random: Array) -> State:
    """Return the bookkeeping of a partition."""
    n, k = problem.counts.shape
    anchor = np.full(n, -1, np.int32)
    clipped = np.zeros((n, k))
    for v in range(n):
        anchor[labels[v]] = v
        for c in range(k):
            clipped[labels[v], c] += _share(problem, v, c)
    return State(labels, anchor, clipped, np.array([regions]), random)


@njit(**INSIDE)
def _window(n: int, k: int) -> Window:
    """Return scratch memory."""
    return Window(
        np.empty(n + 1, np.int32),
        np.empty(n, np.int32),
        np.zeros(n, np.int64),
        np.empty(MOST_REGIONS + 2, np.int32),
        np.zeros(WIDEST, np.int64),
        np.zeros((WIDEST, k)),
        np.empty(MOST_SETS, np.int64),
        np.empty((MOST_SETS, k)),
        np.empty(MOST_SETS, np.int32),
        np.empty(WIDEST + 1, np.int32),
        np.empty(WIDEST + 1, np.int64),
    )


@njit(**INSIDE)
def _excess(state: State, region: int) -> float:
    """Return how far the clipped totals of a region exceed what it needs, at the tightest."""
    least = np.inf
    for c in range(state.clipped.shape[1]):
        least = min(least, state.clipped[region, c])
    return least - 1.0


@njit(**INSIDE)
def _absorb(
    problem: Problem, state: State, window: Window, clock: int, region: int, size: int
) -> int:
    """Append the blocks of a region, breadth first; return the new size, -1: too many."""
    start = state.anchor[region]
    window.stamp[start] = clock
    window.blocks[size] = start
    head, size = size, size + 1
    while head < size:
        v = window.blocks[head]
        head += 1
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] != clock and state.labels[u] == region:
                window.stamp[u] = clock
                window.blocks[size] = u
                size += 1
    return size if size <= WIDEST else -1


@njit(**INSIDE)
def _neighbour(problem: Problem, state: State, window: Window, clock: int, size: int) -> int:
    """Return a region beside the window, rather one rich in excess; -1: none."""
    best, highest = -1, -1.0
    for i in range(size):
        v = window.blocks[i]
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] != clock:
                score = NOISE * uniform(state.random) + _excess(state, state.labels[u])
                if score > highest:
                    best, highest = state.labels[u], score
    return best


@njit(**INSIDE)
def _could_hold(state: State, window: Window, members: int) -> float:
    """Return how many regions the clipped totals of the window allow at most."""
    least = np.inf
    for c in range(state.clipped.shape[1]):
        total = 0.0
        for g in range(members):
            total += state.clipped[window.group[g], c]
        least = min(least, total)
    return least


@njit(**INSIDE)
def _gather(problem: Problem, state: State, window: Window, clock: int) -> tuple[int, int]:
    """Dissolve neighbouring regions until the clipped totals would allow one more.

    Returns
    -------
    size, members : int
        Blocks and regions; 0 regions where no further one can fit.
    """
    regions = state.regions[0]
    region = int(uniform(state.random) * regions)
    for _ in range(RIVALS - 1):
        rival = int(uniform(state.random) * regions)
        if _excess(state, rival) > _excess(state, region):
            region = rival
    size, members = 0, 0
    while region >= 0 and members < MOST_REGIONS:
        before = size
        size = _absorb(problem, state, window, clock, region, size)
        if size < 0:
            return before, 0
        window.group[members] = region
        members += 1
        if members >= 2 and _could_hold(state, window, members) >= members + 1 - ROUNDING:
            return size, members
        region = _neighbour(problem, state, window, clock, size)
    return size, 0


@njit(**INSIDE)
def _localise(problem: Problem, window: Window, clock: int, size: int) -> None:
    """Write neighbours and shares of the window in local numbers."""
    for i in range(size):
        window.place[window.blocks[i]] = i
    for i in range(size):
        v = window.blocks[i]
        bits = np.int64(0)
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] == clock:
                bits |= np.int64(1) << np.int64(window.place[u])
        window.near[i] = bits
        for c in range(problem.need.size):
            window.shares[i, c] = _share(problem, v, c)


@njit(**INSIDE)
def _index(bit: int) -> int:
    """Return the number of the lowest set bit."""
    place = 0
    while (bit >> np.int64(place)) & 1 == 0:
        place += 1
    return place


@njit(**INSIDE)
def _connected(window: Window, members: int) -> bool:
    """Return True if a set of blocks is connected."""
    reached = members & -members
    fresh = reached
    while fresh:
        found = np.int64(0)
        while fresh:
            bit = fresh & -fresh
            fresh ^= bit
            found |= window.near[_index(bit)]
        fresh = found & members & ~reached
        reached |= fresh
    return reached == members


@njit(**INSIDE)
def _minimal(window: Window, members: int, excess: Array) -> bool:
    """Return True if no block can leave the set."""
    rest = members
    while rest:
        bit = rest & -rest
        rest ^= bit
        i = _index(bit)
        spare = members != bit
        for c in range(excess.size):
            spare = spare and window.shares[i, c] <= excess[c]
        if spare and _connected(window, members ^ bit):
            return False
    return True


@njit(**INSIDE)
def _judge(totals: Array, budget: Array) -> tuple[bool, bool]:
    """Return whether totals meet every minimum, and whether they exceed none by too much."""
    passes, within = True, True
    for c in range(budget.size):
        passes = passes and totals[c] >= 1.0 - ROUNDING
        within = within and totals[c] - 1.0 <= budget[c] + ROUNDING
    return passes, within


@njit(**INSIDE)
def _sets_of_root(window: Window, root: int, number: int, steps: int, budget: Array) -> int:
    """List the minimal sets within the budget from a first block; return the new number.

    Every set is met once: a branch takes the next open block, its twin bars it.
    -1: too many sets, or more than `steps` branches.
    """
    held = np.empty(2 * WIDEST + 2, np.int64)
    barred = np.empty(2 * WIDEST + 2, np.int64)
    border = np.empty(2 * WIDEST + 2, np.int64)
    totals = np.empty((2 * WIDEST + 2, budget.size))
    held[0] = np.int64(1) << np.int64(root)
    barred[0], border[0] = held[0] - 1, window.near[root]
    totals[0] = window.shares[root]
    depth = 1
    while depth:
        depth -= 1
        steps -= 1
        if steps < 0 or number == MOST_SETS:
            return -1
        passes, within = _judge(totals[depth], budget)
        if passes and within and _minimal(window, held[depth], totals[depth] - 1.0):
            window.masks[number] = held[depth]
            window.excess[number] = totals[depth] - 1.0
            number += 1
        bit = border[depth] & ~held[depth] & ~barred[depth]
        if passes or not within or not bit:
            continue
        bit &= -bit
        i = _index(bit)
        held[depth + 1], barred[depth + 1] = held[depth] | bit, barred[depth]
        border[depth + 1] = border[depth] | window.near[i]
        totals[depth + 1] = totals[depth] + window.shares[i]
        barred[depth] |= bit
        depth += 2
    return number


@njit(**INSIDE)
def _list_sets(window: Window, size: int, budget: Array) -> bool:
    """List the minimal sets within the budget by first block, tightest first; False: too many."""
    number = 0
    for root in range(size):
        first = number
        window.begin[root] = first
        number = _sets_of_root(window, root, first, MOST_STEPS, budget)
        if number < 0:
            return False
        worst = np.empty(number - first)
        for j in range(first, number):
            worst[j - first] = window.excess[j].max()
        window.order[first:number] = first + np.argsort(worst)
    window.begin[size] = number
    return True


@njit(**INSIDE)
def _spend(window: Window, at: int, first: int, free: int, left: Array, after: Array) -> Array:
    """Return the blocks that the choice `at` uses up, 0 if it does not fit; fill `after`.

    Past the last set of the first open block, the choice is to leave the block over.
    """
    if at < window.begin[first + 1]:
        chosen = window.order[at]
        bits = window.masks[chosen]
        after[:] = left - window.excess[chosen]
    else:
        bits = np.int64(1) << np.int64(first)
        after[:] = left - window.shares[first]
    return bits if bits & ~free == 0 and after.min() >= -ROUNDING else np.int64(0)


@njit(**INSIDE)
def _pack(window: Window, size: int, target: int, budget: Array) -> bool:
    """Search `target` disjoint sets; leave them in `picked`.

    Depth-first: at every depth the first open block takes one of its sets, tightest first,
    and is left over last.
    """
    left = np.empty((size + 2, budget.size))
    free = np.zeros(size + 2, np.int64)
    cursor = np.zeros(size + 2, np.int64)
    taken = np.zeros(size + 2, np.int64)
    left[0], free[0] = budget, (np.int64(1) << np.int64(size)) - 1
    cursor[0] = window.begin[0]
    depth = 0
    for _ in range(MOST_BRANCHES):
        first = _index(free[depth] & -free[depth]) if free[depth] else -1
        if first < 0 or cursor[depth] > window.begin[first + 1]:
            depth -= 1
            if depth < 0:
                return False
            continue
        at = cursor[depth]
        cursor[depth] += 1
        bits = _spend(window, at, first, free[depth], left[depth], left[depth + 1])
        if not bits:
            continue
        taken[depth + 1] = taken[depth]
        if at < window.begin[first + 1]:
            window.picked[taken[depth]] = bits
            taken[depth + 1] += 1
            if taken[depth + 1] == target:
                return True
        depth += 1
        free[depth] = free[depth - 1] & ~bits
        if free[depth]:
            cursor[depth] = window.begin[_index(free[depth] & -free[depth])]
    return False


@njit(**INSIDE)
def _assign(window: Window, size: int, parts: int) -> Array:
    """Return the part of every block of the window; what is left over joins neighbours."""
    part = np.full(size, -1, np.int32)
    queue = np.empty(size, np.int32)
    tail = 0
    for q in range(parts):
        rest = window.picked[q]
        while rest:
            bit = rest & -rest
            rest ^= bit
            part[_index(bit)] = q
            queue[tail] = _index(bit)
            tail += 1
    head = 0
    while head < tail:
        i = queue[head]
        head += 1
        rest = window.near[i]
        while rest:
            bit = rest & -rest
            rest ^= bit
            if part[_index(bit)] < 0:
                part[_index(bit)] = part[i]
                queue[tail] = _index(bit)
                tail += 1
    return part


@njit(**INSIDE)
def _apply(
    problem: Problem, state: State, window: Window, size: int, members: int, parts: int
) -> None:
    """Write the packing of a window into the partition."""
    part = _assign(window, size, parts)
    regions = state.regions[0]
    for q in range(parts):
        name = window.group[q] if q < members else regions + q - members
        state.clipped[name, :] = 0.0
    for i in range(size):
        q = part[i]
        name = window.group[q] if q < members else regions + q - members
        v = window.blocks[i]
        state.labels[v] = name
        state.anchor[name] = v
        for c in range(problem.need.size):
            state.clipped[name, c] += window.shares[i, c]
    state.regions[0] = regions + parts - members


@njit(**INSIDE)
def _repack(problem: Problem, state: State, window: Window, size: int, members: int) -> int:
    """Pack a gathered window anew with one region more; return 1 if that worked, else 0."""
    k = problem.need.size
    budget = np.empty(k)
    for c in range(k):
        budget[c] = -(members + 1.0)
        for i in range(size):
            budget[c] += window.shares[i, c]
    if not _list_sets(window, size, budget) or not _pack(window, size, members + 1, budget):
        return 0
    _apply(problem, state, window, size, members, members + 1)
    return 1


@njit(cache=True, nogil=True)
def _polish(problem: Problem, labels: Array, regions: int, random: Array, rounds: int) -> int:
    """Pack `rounds` windows anew; return the new number of regions."""
    n, k = problem.counts.shape
    state = _state(problem, labels, regions, random)
    window = _window(n, k)
    for clock in range(1, rounds + 1):
        size, members = _gather(problem, state, window, clock)
        if members >= 2:
            _localise(problem, window, clock, size)
            _repack(problem, state, window, size, members)
    return state.regions[0]


def polish_windows(
    problem: Problem, labels: np.ndarray, regions: int, *, seed: int, rounds: int
) -> int:
    """Raise the number of regions by packing windows exactly; return it.

    Parameters
    ----------
    problem
        One connected component.
    labels
        (n,) int32 regions 0 … regions - 1 of the blocks, contiguous and above every
        minimum; changed in place, and still so afterwards.
    regions
        Number of regions.
    seed
        Start of the random numbers.
    rounds
        Windows tried.
    """
    if regions < 2:
        return regions
    return int(_polish(problem, labels, regions, np.array([seed], np.uint64), rounds))
