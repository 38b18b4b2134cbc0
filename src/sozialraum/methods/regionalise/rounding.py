"""Rounding off: compact and homogeneous regions at a fixed number of regions.

Two or three neighbouring regions are dissolved, a random spanning tree is drawn over
their blocks, and every way to cut the tree into as many parts is weighed by what the
parts would cost: sums over the subtrees give each of them in the same few operations.
Worse cuts are accepted too, ever more rarely: simulated annealing (Kirkpatrick, Gelatt
and Vecchi 1983, Science 220). Close to the largest number of regions hardly any block is
spare; re-cutting two or three regions at once exchanges blocks and passes them on in
chains, where a single block could not move. The recombination along spanning trees is
that of DeFord, Duchin and Solomon (2021), Harvard Data Science Review 3(1).
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from sozialraum.methods.kernels import INSIDE
from sozialraum.methods.regionalise.chance import below, uniform
from sozialraum.methods.regionalise.problem import NONE, ZERO, Array, Problem, wide

HEAT = 1.0
"""Temperature at the start, over what a block costs on average."""
COOLING = 2.0
"""The temperature falls with this power of the rounds that are left."""
RIVALS = 3
"""Open edges of which the shortest enters the tree: chance against short edges.

Measured on two counties of 3,000 made-up cells, 100 residents a region: mean squared
distance to the centre 5.5 and 5.6 cells² as it is; with half the heat 6.0 and 5.8, with
twice the heat 5.4 and 5.7; with powers 1 and 3 of the rounds 5.9 and 5.5, 5.8 and 5.7;
with edges at random 6.0 and 5.9. Seeds differ by 0.2.
"""
TRIPLES = 0.8
"""Share of groups of three regions, the others are pairs; with a half 5.9 and 5.7."""
LARGEST_TRIPLE = 80
"""Most blocks of three regions: the pairs of edges to cut grow with the square."""


class State(NamedTuple):
    """The current regions: a block of each, what each costs, and the region of every block."""

    labels: Array
    anchor: Array
    cost: Array


class Window(NamedTuple):
    """Scratch memory for the blocks of two or three regions, as a small graph of its own."""

    blocks: Array
    place: Array
    stamp: Array
    names: Array
    seen: Array
    parent: Array
    order: Array
    toll: Array
    front_from: Array
    front_to: Array
    front_toll: Array
    sizes: Array
    totals: Array
    sums: Array
    entry: Array
    cursor: Array
    part: Array
    reach: Array
    fresh: Array
    tolls: bool


@njit(**INSIDE)
def _window(problem: Problem, capacity: int) -> Window:
    """Return scratch memory for up to `capacity` blocks."""
    n, k = problem.counts.shape
    d = problem.features.shape[1]
    room = min(n, capacity)
    widest, tolls = 0, False
    for toll in problem.edge_cost:
        tolls = tolls or toll > 0
    for v in range(n):
        widest = max(widest, problem.indptr[v + 1] - problem.indptr[v])
    edges = min(problem.indices.size, room * widest) + 1
    return Window(
        np.empty(n, np.int32),
        np.empty(n, np.int32),
        np.zeros(n, np.int64),
        np.empty(3, np.int32),
        np.empty(room, np.bool_),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.zeros(room),
        np.empty(edges, np.int32),
        np.empty(edges, np.int32),
        np.empty(edges),
        np.empty(room, np.int32),
        np.empty((room, k)),
        np.empty((room, d)),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room, np.int32),
        np.empty(room),
        np.empty(3),
        tolls,
    )


@njit(**INSIDE)
def _absorb(
    problem: Problem,
    state: State,
    window: Window,
    clock: int,
    region: int,
    size: int,
    capacity: int,
) -> int:
    """Append the blocks of `region` to the window; return the new size, or capacity + 1."""
    first = state.anchor[region]
    if size >= capacity:
        return capacity + 1
    window.stamp[first] = clock
    window.blocks[size] = first
    window.place[first] = size
    head, size = size, size + 1
    while head < size:
        v = window.blocks[head]
        head += 1
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] != clock and state.labels[u] == region:
                if size >= capacity:
                    return capacity + 1
                window.stamp[u] = clock
                window.blocks[size] = u
                window.place[u] = size
                size += 1
    return size


@njit(**INSIDE)
def _beside(
    problem: Problem, state: State, window: Window, clock: int, size: int, chance: Array
) -> int:
    """Return a region beside the window, drawn by the length of the common border, or -1."""
    found, seen = -1, 0
    for i in range(size):
        v = window.blocks[i]
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] != clock:
                seen += 1
                if below(chance, seen) == 0:
                    found = state.labels[u]
    return found


@njit(**INSIDE)
def _gather(
    problem: Problem,
    state: State,
    window: Window,
    clock: int,
    members: int,
    capacity: int,
    chance: Array,
) -> tuple[int, int]:
    """Dissolve the region of a random block and one or two beside it.

    Return (blocks, regions). Large regions come in pairs only.
    """
    region = wide(state.labels[below(chance, state.labels.size)])
    size, got = ZERO, ZERO
    while region >= 0:
        window.names[got] = region
        size = _absorb(problem, state, window, clock, region, size, capacity)
        if size > capacity:
            return size, 0
        got += 1
        if got == 3 and size > LARGEST_TRIPLE:
            return size, 0
        if got == members or (got == 2 and 3 * size > 2 * LARGEST_TRIPLE):
            break
        region = _beside(problem, state, window, clock, size, chance)
    return size, got


@njit(**INSIDE)
def _apart(problem: Problem, v: int, u: int) -> float:
    """Return the squared distance of two blocks."""
    total = 0.0
    for j in range(problem.features.shape[1]):
        total += (problem.features[v, j] - problem.features[u, j]) ** 2
    return total


@njit(**INSIDE)
def _open_edges(problem: Problem, window: Window, clock: int, entered: int, waiting: int) -> int:
    """Append the edges from a block to blocks outside the tree; return the new number."""
    v = window.blocks[entered]
    for e in range(problem.indptr[v], problem.indptr[v + 1]):
        u = problem.indices[e]
        if window.stamp[u] == clock and not window.seen[window.place[u]]:
            window.front_from[waiting] = entered
            window.front_to[waiting] = window.place[u]
            window.front_toll[waiting] = problem.edge_cost[e] if window.tolls else 0.0
            waiting += 1
    return waiting


@njit(**INSIDE)
def _shortest_open(
    problem: Problem, window: Window, waiting: int, chance: Array
) -> tuple[int, int]:
    """Return the shortest of a few random open edges, and how many are open."""
    best, least, tries = -1, np.inf, 0
    while tries < RIVALS and waiting > 0:
        at = below(chance, waiting)
        to = window.front_to[at]
        if window.seen[to]:
            # both ends are in the tree by now: the last edge takes the place
            waiting -= 1
            window.front_from[at] = window.front_from[waiting]
            window.front_to[at] = window.front_to[waiting]
            window.front_toll[at] = window.front_toll[waiting]
            if best == waiting:
                best = at
            continue
        tries += 1
        length = window.front_toll[at] + _apart(
            problem, window.blocks[window.front_from[at]], window.blocks[to]
        )
        if best < 0 or length < least:  # a length may overflow, an edge there must be
            best, least = at, length
    return best, waiting


@njit(**INSIDE)
def _grow_tree(problem: Problem, window: Window, clock: int, size: int, chance: Array) -> None:
    """Draw a random spanning tree of the window that prefers short and cheap edges."""
    for i in range(size):
        window.seen[i] = False
    root = below(chance, size)
    window.seen[root] = True
    window.parent[root] = -1
    window.toll[root] = 0.0
    window.order[0] = root
    waiting, entered = ZERO, root
    for done in range(1, size):
        waiting = _open_edges(problem, window, clock, entered, waiting)
        best, waiting = _shortest_open(problem, window, waiting, chance)
        entered = window.front_to[best]
        window.seen[entered] = True
        window.parent[entered] = window.front_from[best]
        window.toll[entered] = window.front_toll[best]
        window.order[done] = entered


@njit(**INSIDE)
def _sum_subtrees(problem: Problem, window: Window, size: int) -> None:
    """Sum sizes, counts and features over every subtree."""
    k, d = window.totals.shape[1], window.sums.shape[1]
    origin = window.blocks[0]
    for i in range(size):
        v = window.blocks[i]
        window.sizes[i] = 1
        for c in range(k):
            window.totals[i, c] = problem.counts[v, c]
        for j in range(d):
            window.sums[i, j] = problem.features[v, j] - problem.features[origin, j]
    for at in range(size - 1, 0, -1):
        i = window.order[at]
        up = window.parent[i]
        window.sizes[up] += window.sizes[i]
        for c in range(k):
            window.totals[up, c] += window.totals[i, c]
        for j in range(d):
            window.sums[up, j] += window.sums[i, j]


@njit(**INSIDE)
def _number_subtrees(window: Window, size: int) -> None:
    """Give every block a number: a subtree is a range from its `entry` on."""
    root = window.order[0]
    window.entry[root] = 0
    window.cursor[root] = 1
    for at in range(1, size):
        i = window.order[at]
        up = window.parent[i]
        window.entry[i] = window.cursor[up]
        window.cursor[up] += window.sizes[i]
        window.cursor[i] = window.entry[i] + 1


@njit(**INSIDE)
def _passes(problem: Problem, window: Window, plus: int, minus: int, other: int) -> bool:
    """Return True if one subtree without one or two others meets the minima."""
    for c in range(problem.need.size):
        total = window.totals[plus, c]
        if minus >= 0:
            total -= window.totals[minus, c]
        if other >= 0:
            total -= window.totals[other, c]
        if total < problem.need[c]:
            return False
    return True


@njit(**INSIDE)
def _pull(window: Window, plus: int, minus: int, other: int) -> float:
    """Return the squared sum of features over the size, of a subtree without others."""
    size = window.sizes[plus]
    if minus >= 0:
        size -= window.sizes[minus]
    if other >= 0:
        size -= window.sizes[other]
    total = 0.0
    for j in range(window.sums.shape[1]):
        value = window.sums[plus, j]
        if minus >= 0:
            value -= window.sums[minus, j]
        if other >= 0:
            value -= window.sums[other, j]
        total += value * value
    return total / size


@njit(**INSIDE)
def _best_pair(
    problem: Problem, window: Window, size: int, heat: float, chance: Array
) -> tuple[int, int]:
    """Return above which block to cut the tree into two parts that pass, or -1."""
    root = wide(window.order[0])
    best, most = -1, -np.inf
    for at in range(1, size):
        i = wide(window.order[at])
        if not _passes(problem, window, i, NONE, NONE) or not _passes(
            problem, window, root, i, NONE
        ):
            continue
        score = _pull(window, i, NONE, NONE) + _pull(window, root, i, NONE) + window.toll[i]
        score -= heat * np.log(1.0 - uniform(chance))
        if score > most:
            best, most = i, score
    return best, -1


@njit(**INSIDE)
def _best_triple(
    problem: Problem, window: Window, size: int, heat: float, chance: Array
) -> tuple[int, int]:
    """Return above which two blocks to cut the tree into three parts that pass, or -1.

    A part's sum of squares is that of its blocks, which no cut changes, less its pull.
    """
    root = wide(window.order[0])
    best, second, most = -1, -1, -np.inf
    for at in range(1, size):
        i = wide(window.order[at])
        if not _passes(problem, window, i, NONE, NONE) or not _passes(
            problem, window, root, i, NONE
        ):
            continue
        first, last = window.entry[i], window.entry[i] + window.sizes[i]
        for later in range(at + 1, size):
            j = wide(window.order[later])
            if not _passes(problem, window, j, NONE, NONE):
                continue
            if first <= window.entry[j] < last:  # j below i
                if not _passes(problem, window, i, j, NONE):
                    continue
                score = _pull(window, i, j, NONE) + _pull(window, root, i, NONE)
            else:
                if not _passes(problem, window, root, i, j):
                    continue
                score = _pull(window, i, NONE, NONE) + _pull(window, root, i, j)
            score += _pull(window, j, NONE, NONE) + window.toll[i] + window.toll[j]
            score -= heat * np.log(1.0 - uniform(chance))
            if score > most:
                best, second, most = i, j, score
    return best, second


@njit(**INSIDE)
def _mark_parts(window: Window, size: int, one: int, other: int) -> None:
    """Write the part of every block after cutting above one or two blocks of the tree."""
    for at in range(size):
        i = window.order[at]
        if i == one:
            window.part[i] = 1
        elif i == other:
            window.part[i] = 2
        else:
            window.part[i] = 0 if at == 0 else window.part[window.parent[i]]


@njit(**INSIDE)
def _gap(problem: Problem, window: Window, clock: int, size: int, part: int) -> float:
    """Return the cost of the cheapest tree that connects a part (Prim 1957)."""
    left, latest, total = 0, -1, 0.0
    for i in range(size):
        window.seen[i] = window.part[i] != part
        window.reach[i] = np.inf
        if not window.seen[i]:
            left += 1
            latest = i
    window.seen[latest] = True
    left -= 1
    while left > 0:
        v = window.blocks[latest]
        for e in range(problem.indptr[v], problem.indptr[v + 1]):
            u = problem.indices[e]
            if window.stamp[u] == clock:
                i = window.place[u]
                if not window.seen[i]:
                    window.reach[i] = min(window.reach[i], problem.edge_cost[e])
        latest = -1
        for i in range(size):
            if not window.seen[i] and (latest < 0 or window.reach[i] < window.reach[latest]):
                latest = i
        total += window.reach[latest]
        window.seen[latest] = True
        left -= 1
    return total


@njit(**INSIDE)
def _cost(problem: Problem, window: Window, clock: int, size: int, part: int) -> float:
    """Return what a part costs: its sum of squares, and the gaps it reaches over."""
    origin, number, total = window.blocks[0], 0, 0.0
    for i in range(size):
        number += window.part[i] == part
    for j in range(problem.features.shape[1]):
        first, square = 0.0, 0.0
        for i in range(size):
            if window.part[i] == part:
                value = problem.features[window.blocks[i], j] - problem.features[origin, j]
                first += value
                square += value * value
        total += square - first * first / number
    if window.tolls:
        total += _gap(problem, window, clock, size, part)
    return total


@njit(**INSIDE)
def _apply(state: State, window: Window, size: int, members: int) -> None:
    """Write the parts of the window into the regions."""
    for i in range(size):
        region = window.names[window.part[i]]
        state.labels[window.blocks[i]] = region
        state.anchor[region] = window.blocks[i]
    for q in range(members):
        state.cost[window.names[q]] = window.fresh[q]


@njit(**INSIDE)
def _state(problem: Problem, labels: Array, regions: int) -> State:
    """Return the regions with their costs."""
    n = labels.size
    state = State(labels, np.empty(regions, np.int32), np.zeros(regions))
    for v in range(n):
        state.anchor[labels[v]] = v
    largest = int(np.bincount(labels).max())
    window = _window(problem, largest)
    for region in range(regions):
        size = _absorb(problem, state, window, region + 1, region, ZERO, largest)
        window.part[:size] = 0
        state.cost[region] = _cost(problem, window, region + 1, size, ZERO)
    return state


@njit(**INSIDE)
def _recut(
    problem: Problem,
    state: State,
    window: Window,
    clock: int,
    size: int,
    members: int,
    heat: float,
    chance: Array,
) -> None:
    """Cut the window along a random tree and keep the cut if it is cheap enough."""
    _grow_tree(problem, window, clock, size, chance)
    _sum_subtrees(problem, window, size)
    if members == 2:
        one, other = _best_pair(problem, window, size, heat, chance)
    else:
        _number_subtrees(window, size)
        one, other = _best_triple(problem, window, size, heat, chance)
    if one < 0:
        return
    _mark_parts(window, size, one, other)
    change = 0.0
    for q in range(members):
        window.fresh[q] = _cost(problem, window, clock, size, q)
        change += window.fresh[q] - state.cost[window.names[q]]
    if change < -heat * np.log(1.0 - uniform(chance)) - 1e-12:
        _apply(state, window, size, members)


@njit(cache=True, nogil=True)
def round_regions(
    problem: Problem, labels: Array, regions: int, rounds: int, capacity: int, chance: Array
) -> None:
    """Lower the sums of squares and the gap costs of regions; their number stays.

    The cost of a region is the sum of squared distances of its blocks to their centre in
    feature space, plus its gap cost: the cost of the cheapest tree of edges that connects
    its blocks. A region that lies on both sides of a forest or of a soft border pays for
    reaching over it once.

    Parameters
    ----------
    problem
        The component.
    labels
        (n,) int32 region of every block; changed in place.
    regions
        Number of regions, at least 2.
    rounds
        Groups of regions tried.
    capacity
        Most blocks of a group.
    chance
        (1,) uint64 state of the random numbers; changed in place.
    """
    state = _state(problem, labels, regions)
    window = _window(problem, capacity)
    hottest = HEAT * state.cost.sum() / labels.size
    for clock in range(1, rounds + 1):
        heat = hottest * (1.0 - clock / rounds) ** COOLING
        wanted = 3 if uniform(chance) < TRIPLES else 2
        size, members = _gather(problem, state, window, clock, wanted, capacity, chance)
        if members > 1:
            _recut(problem, state, window, clock, size, members, heat, chance)
