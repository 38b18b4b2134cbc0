"""Parts of a graph of tiles that grow from centres until they meet."""

import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import cKDTree

TURNS, CLOSE = 60, 0.04
"""Rounds of growing and correcting, and how near (in logarithms) is near enough."""


def roots(parents: np.ndarray) -> np.ndarray:
    """Return the root of every node of a forest given by parents (a root is its own)."""
    while True:
        grand = parents[parents]
        if np.array_equal(grand, parents):
            return parents
        parents = grand


def grow(graph: csr_array, seeds: np.ndarray, head_start: np.ndarray) -> np.ndarray:
    """Return for every node the number of the seed that reaches it first, -1 for none.

    Parameters
    ----------
    graph
        Symmetric graph with costs.
    seeds
        Node of every seed.
    head_start
        Cost a seed is ahead of the others; larger means a larger part.
    """
    n = graph.shape[0]
    delay = head_start.max() - head_start + 1.0
    source = np.full(len(seeds), n)
    start = coo_array((delay, (source, seeds)), shape=(n + 1, n + 1))
    whole = csr_array(graph.copy())
    whole.resize((n + 1, n + 1))
    found = dijkstra(csr_array(whole + start), indices=n, return_predecessors=True)
    parents = found[1][:n].astype(np.int64)
    number = np.full(n, -1)
    own = parents == n
    number[seeds] = np.arange(len(seeds))
    parents[own] = np.flatnonzero(own)
    lost = parents < 0
    parents[lost] = np.flatnonzero(lost)
    label = number[roots(parents)]
    label[lost] = -1
    return label


def centres(xy: np.ndarray, weight: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    """Return k centres of weighted points (k-means++ start, then Lloyd); (k, 2)."""
    chosen = [xy[rng.choice(len(xy), p=weight / weight.sum())]]
    for _ in range(k - 1):
        gap = cKDTree(np.array(chosen)).query(xy)[0] ** 2 * weight
        chosen.append(xy[rng.choice(len(xy), p=gap / gap.sum())])
    means = np.array(chosen)
    for _ in range(12):
        nearest = cKDTree(means).query(xy)[1]
        mass = np.bincount(nearest, weight, k)
        for axis in (0, 1):
            total = np.bincount(nearest, weight * xy[:, axis], k)
            means[:, axis] = np.where(mass > 0, total / np.maximum(mass, 1e-9), means[:, axis])
    return means


def balanced(
    graph: csr_array,
    xy: np.ndarray,
    weight: np.ndarray,
    k: int,
    rng: np.random.Generator,
    *,
    uneven: float = 0.0,
) -> np.ndarray:
    """Return k connected parts of one connected graph, each with its share of the weight.

    Parts grow from weighted centres; a part that is too heavy starts later next time.
    Shares differ by up to about twice the factor ``exp(uneven)``.
    """
    inhabited = np.flatnonzero(weight > 0)
    k = min(k, len(inhabited))
    if k <= 1:
        return np.zeros(len(xy), dtype=int)
    tree = cKDTree(xy[inhabited])
    means = centres(xy[inhabited], weight[inhabited], k, rng)
    share = np.exp(uneven * np.clip(rng.standard_normal(k), -1.7, 1.7))
    goal = share / share.sum() * weight.sum()
    start = np.zeros(k)
    reach = float(np.median(graph.data)) * np.sqrt(len(inhabited) / k)
    best, best_miss = np.zeros(len(xy), dtype=int), np.inf
    for turn in range(TURNS):
        label = grow(graph, inhabited[tree.query(means)[1]], start)
        mass = np.bincount(label, weight, k)
        excess = np.log(np.maximum(mass, 1) / goal)
        if np.abs(excess).max() < best_miss:
            best, best_miss = label, np.abs(excess).max()
        if best_miss < CLOSE:
            break
        start = start - reach * (0.5 - 0.4 * turn / TURNS) * np.clip(excess, -1, 1)
        if turn < 0.7 * TURNS:
            _recentre(means, label, xy, weight, rng)
            start[mass == 0] = start.mean()
    return best


def _recentre(
    means: np.ndarray,
    label: np.ndarray,
    xy: np.ndarray,
    weight: np.ndarray,
    rng: np.random.Generator,
) -> None:
    """Move every centre to the middle of its part, a lost one into the heaviest part."""
    mass = np.bincount(label, weight, len(means))
    for part in range(len(means)):
        own = (label == part) & (weight > 0)
        if mass[part] > 0:
            means[part] = np.average(xy[own], axis=0, weights=weight[own])
        else:
            crowded = np.flatnonzero((label == mass.argmax()) & (weight > 0))
            means[part] = xy[rng.choice(crowded)]


def divide(
    graph: csr_array,
    xy: np.ndarray,
    weight: np.ndarray,
    target: float,
    rng: np.random.Generator,
    *,
    uneven: float = 0.0,
) -> np.ndarray:
    """Return balanced parts of a graph that may fall into components.

    A component with less than a third of the target joins the nearest part as a whole.
    """
    number, component = connected_components(graph, directed=False)
    mass = np.bincount(component, weight, number)
    label = np.full(len(xy), -1)
    for one in np.argsort(-mass, kind="stable"):
        own = np.flatnonzero(component == one)
        placed = np.flatnonzero(label >= 0)
        if mass[one] < target / 3 and len(placed):
            gap, nearest = cKDTree(xy[placed]).query(xy[own])
            label[own] = label[placed[nearest[gap.argmin()]]]
            continue
        k = max(1, round(mass[one] / target))
        inner = csr_array(graph[own][:, own])
        part = balanced(inner, xy[own], weight[own], k, rng, uneven=uneven)
        label[own] = label.max() + 1 + part
    return label
