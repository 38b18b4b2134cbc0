"""Neighbourhood: geodesic Voronoi tiles on a raster, gaps, components, bridges.

Two blocks are neighbours when their tiles share a border of positive length (rook
contiguity). Inhabited cells hardly ever touch, so every municipality is filled from its
inhabited cells outwards, step by step and never across its border: a Voronoi diagram by
walking distance on the raster.
"""

from typing import NamedTuple

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from sozialraum.methods.regionalise import meets, totals_by

FREE = -1


class Edges(NamedTuple):
    """Undirected edges: two ends (left < right) and a length each."""

    left: np.ndarray
    right: np.ndarray
    length: np.ndarray


class Passages(NamedTuple):
    """Where one may step on a raster.

    Parameters
    ----------
    right
        (rows, columns - 1) bool: between a cell and the next one in its row.
    down
        (rows - 1, columns) bool: between a cell and the next one in its column.
    """

    right: np.ndarray
    down: np.ndarray


def passages_inside(inside: np.ndarray) -> Passages:
    """Return the passages between cells that are both inside.

    Examples
    --------
    >>> passages_inside(np.array([[True, True, False]])).right.tolist()
    [[True, False]]
    """
    return Passages(inside[:, 1:] & inside[:, :-1], inside[1:] & inside[:-1])


def raster_voronoi(seeds: np.ndarray, passages: Passages) -> tuple[np.ndarray, np.ndarray]:
    """Give every cell of a raster to the seed it reaches in the fewest rook steps.

    Parameters
    ----------
    seeds
        (rows, columns) whole numbers: label of the seed, -1 where there is none.
    passages
        Where one may step; nobody steps out of the unit.

    Returns
    -------
    labels : (rows, columns) int32
        Label of every cell, -1 where no seed can be reached. At a tie the seed further up
        in the array, then further left, wins.
    steps : (rows, columns) int32
        Steps to the seed.

    Examples
    --------
    >>> passages = passages_inside(np.ones((1, 5), dtype=bool))
    >>> labels, steps = raster_voronoi(np.array([[7, -1, -1, -1, 3]]), passages)
    >>> labels.tolist(), steps.tolist()
    ([[7, 7, 7, 3, 3]], [[0, 1, 2, 1, 0]])
    """
    from sozialraum.methods.spread import spread

    labels = np.array(seeds, dtype=np.int32)
    steps = np.zeros(labels.shape, dtype=np.int32)
    right, down = (np.ascontiguousarray(ways, dtype=bool) for ways in passages)
    spread(right, down, labels, steps)
    return labels, steps


def rook_edges(labels: np.ndarray, steps: np.ndarray, passages: Passages) -> Edges:
    """Return the labels that touch along a cell side, and the steps between their seeds.

    Parameters
    ----------
    labels, steps
        (rows, columns) as :func:`raster_voronoi` returns them; label -1 has no edges.
    passages
        Where one may step; two labels touch only there.

    Returns
    -------
    Edges
        The length is the smallest number of steps from seed to seed, sorted by the ends.

    Examples
    --------
    >>> passages = passages_inside(np.ones((1, 3), dtype=bool))
    >>> edges = rook_edges(np.array([[7, 7, 3]]), np.array([[0, 1, 0]]), passages)
    >>> edges.left.tolist(), edges.right.tolist(), edges.length.tolist()
    ([3], [7], [2])
    """
    here, right = np.s_[:, :-1], np.s_[:, 1:]
    above, below = np.s_[:-1], np.s_[1:]
    pairs = []
    for ways, a, b in ((passages.right, here, right), (passages.down, above, below)):
        border = ways & (labels[a] != labels[b]) & (labels[a] >= 0) & (labels[b] >= 0)
        length = steps[a][border] + steps[b][border] + 1
        pairs.append((labels[a][border], labels[b][border], length))
    one, other, length = (np.concatenate(columns) for columns in zip(*pairs, strict=True))
    return shortest(Edges(np.minimum(one, other), np.maximum(one, other), length))


def shortest(edges: Edges) -> Edges:
    """Keep the shortest of parallel edges, sorted by the ends."""
    order = np.lexsort((edges.length, edges.right, edges.left))
    left, right, length = (column[order] for column in edges)
    new = np.ones(left.size, dtype=bool)
    new[1:] = (np.diff(left) != 0) | (np.diff(right) != 0)
    return Edges(left[new], right[new], length[new])


def adjacency_of(edges: Edges, n: int) -> csr_array:
    """Return the symmetric (n × n) matrix of edges, an entry being the length.

    Examples
    --------
    >>> adjacency_of(Edges(np.array([0]), np.array([1]), np.array([100.0])), 2).toarray().tolist()
    [[0.0, 100.0], [100.0, 0.0]]
    """
    ends = (
        np.concatenate([edges.left, edges.right]).astype(np.int64),
        np.concatenate([edges.right, edges.left]).astype(np.int64),
    )
    lengths = np.concatenate([edges.length, edges.length]).astype(float)
    matrix = csr_array(coo_array((lengths, ends), shape=(n, n)))
    matrix.sort_indices()
    return matrix


def edges_of(adjacency: csr_array) -> Edges:
    """Return the edges of a symmetric matrix, sorted by the ends."""
    table = adjacency.tocoo()
    row, column = (ends.astype(np.int64) for ends in table.coords)
    upper = row < column
    return shortest(Edges(row[upper], column[upper], table.data[upper]))


def gap_costs(adjacency: csr_array, *, step: float) -> csr_array:
    """Return what the gap of every edge costs: the square of the way beyond one step.

    Squared metres, so that a gap can be charged beside sums of squared coordinates: two
    blocks side by side cost nothing, a way of 500 metres beyond the first step as much
    as a block 500 metres away from the middle of its area.

    Parameters
    ----------
    adjacency
        Symmetric (n × n); an entry is the way between two blocks in metres.
    step
        Way between two blocks side by side, in metres: the side of a cell; for districts
        a typical distance.

    Returns
    -------
    csr_array
        (n × n), stored where `adjacency` is: ``max(0, length - step) ** 2``, in square
        metres.

    Examples
    --------
    >>> edges = Edges(np.array([0, 1]), np.array([1, 2]), np.array([100.0, 600.0]))
    >>> gap_costs(adjacency_of(edges, 3), step=100).toarray()[1].tolist()
    [0.0, 0.0, 250000.0]
    """
    costs = csr_array(adjacency, dtype=float, copy=True)
    costs.data = np.maximum(0.0, costs.data - step) ** 2
    return costs


def component_labels(adjacency: csr_array) -> np.ndarray:
    """Return the connected component of every node, numbered by first appearance.

    Examples
    --------
    >>> component_labels(csr_array((2, 2))).tolist()
    [0, 1]
    """
    _, found = connected_components(adjacency, directed=False)
    _, first, inverse = np.unique(found, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[inverse]


def within_groups(adjacency: csr_array, labels: np.ndarray) -> csr_array:
    """Return only the edges between nodes of the same group.

    Examples
    --------
    >>> chain = adjacency_of(Edges(np.array([0, 1]), np.array([1, 2]), np.ones(2)), 3)
    >>> component_labels(within_groups(chain, np.array([5, 5, 8]))).tolist()
    [0, 0, 1]
    """
    edges = edges_of(adjacency)
    keep = labels[edges.left] == labels[edges.right]
    return adjacency_of(Edges(*(column[keep] for column in edges)), len(labels))


def bridge_components(
    adjacency: csr_array,
    shapes: np.ndarray,
    units: np.ndarray,
    counts: np.ndarray,
    minima: np.ndarray,
) -> Edges:
    """Return the bridges that join components too small on their own to a neighbour.

    A component that misses a minimum is joined to the nearest component of its unit, those
    whose first block comes first before others (once joined, they take the place of the
    one they are joined to), until every component meets all minima. Units that miss a
    minimum as a whole are left alone.

    Parameters
    ----------
    adjacency
        Symmetric (n × n).
    shapes
        (n,) geometries of the nodes, in metres.
    units
        (n,) unit of every node; no bridge leaves a unit.
    counts, minima
        (n, k) and (k,).

    Returns
    -------
    Edges
        One bridge a join, between the two closest nodes; the length is their distance in
        metres, and that of their centres where they touch: a barrier may part them.

    Examples
    --------
    >>> dots = shapely.points([[0.0, 0.0], [10.0, 0.0], [30.0, 0.0]])
    >>> counts = np.array([[100.0], [100.0], [5.0]])
    >>> bridges = bridge_components(
    ...     csr_array((3, 3)), dots, np.array(["a", "a", "a"]), counts, np.array([100.0])
    ... )
    >>> bridges.left.tolist(), bridges.right.tolist(), bridges.length.tolist()
    ([1], [2], [20.0])
    """
    components = component_labels(adjacency)
    found = []
    for unit in np.unique(units):
        own = np.flatnonzero(units == unit)
        if not meets(counts[own].sum(axis=0), minima).all():
            continue
        while True:
            labels, inverse = np.unique(components[own], return_inverse=True)
            weak = ~meets(totals_by(inverse, counts[own]), minima).all(axis=1)
            if not weak.any():
                break
            chosen = components[own] == labels[weak][0]
            one, other, length = _nearest_pair(shapes, own[chosen], own[~chosen])
            found.append((min(one, other), max(one, other), length))
            components[own[chosen]] = components[other]
    left, right, length = zip(*found, strict=True) if found else ((), (), ())
    return Edges(np.array(left, int), np.array(right, int), np.array(length, float))


def _nearest_pair(
    shapes: np.ndarray, ours: np.ndarray, others: np.ndarray
) -> tuple[int, int, float]:
    """Return the closest pair of ours and others and its distance; ties by their centres."""
    tree = shapely.STRtree(shapes[others])
    (near, far), distance = tree.query_nearest(shapes[ours], return_distance=True)
    one, other = ours[near], others[far]
    between = shapely.distance(shapely.centroid(shapes[one]), shapely.centroid(shapes[other]))
    apart = np.round(between, 3)
    best = np.lexsort((other, one, apart, np.round(distance, 3)))[0]
    length = distance[best] if distance[best] > 0 else apart[best]
    return int(one[best]), int(other[best]), float(length)
