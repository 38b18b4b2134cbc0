"""Neighbours: who touches whom, who is nearest, and a ring of neighbours outside.

Shapes of one coverage share their vertices, so that neighbours are found by looking up equal
vertices. Borders of different sources do not: then every pair of shapes that lie close enough
counts, so that no neighbour is missed.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_array, csr_array

from sozialraum.methods.borders import border_edges
from sozialraum.methods.graph import Edges, adjacency_of
from sozialraum.methods.vertices import matched_coverage, shared_edges, shared_vertices

TOUCH = 1.0
"""Areas this close to each other, in metres, are neighbours: borders of different sources."""
GAP = 1e-3
"""Shapes that share no vertices touch when they are this close, in metres."""
CORNER = 10.0
"""A common border shorter than this many tolerances may be a corner."""
SAME = 1e-6
"""Distances that differ by less, in metres, are a tie."""


def contiguity(shapes: npt.ArrayLike, *, rook: bool = False, tolerance: float = 0.0) -> csr_array:
    """Return which shapes touch each other.

    Parameters
    ----------
    shapes
        (n,) polygons or multipolygons, in metres; missing or empty ones have no neighbours.
    rook
        A common border is needed (rook); otherwise a common corner is enough (queen).
    tolerance
        Shapes this far apart, in metres, still touch; 0: as they are drawn.

    Returns
    -------
    csr_array
        (n, n) symmetric, 1.0 for neighbours, sorted, nothing on the diagonal.

    Notes
    -----
    Without a tolerance, shapes that form a coverage with matched vertices are compared by
    their vertices, to the last bit: the neighbours that libpysal's
    ``Graph.build_contiguity`` finds. Shapes that overlap, or whose borders are drawn with
    different vertices, are compared by their distance instead, up to a millimetre:
    neighbours are never missed.

    Where distances are compared (with a tolerance, or without a matched coverage), a
    common border counts as one from ten times that distance on (rook); shapes that overlap
    have one.

    Examples
    --------
    >>> row = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1), shapely.box(2, 1, 3, 2)]
    >>> contiguity(row).toarray().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    >>> contiguity(row, rook=True).indices.tolist()
    [1, 0]
    """
    found = np.asarray(shapes, dtype=object)
    coverage = matched_coverage(found, GAP) if tolerance == 0 else None
    if coverage is not None:
        return shared_edges(coverage) if rook else shared_vertices(coverage)
    reach = max(tolerance, GAP)
    graph = _with_common_border(found, reach) if rook else _near(found, reach)
    graph.data[:] = 1.0
    return graph


def _near(shapes: np.ndarray, reach: float) -> csr_array:
    """Return which shapes lie at most so far apart."""
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=reach)
    once = left < right
    return adjacency_of(Edges(left[once], right[once], np.ones(int(once.sum()))), shapes.size)


def _with_common_border(shapes: np.ndarray, reach: float) -> csr_array:
    """Return along which shapes the border of another runs, or in which."""
    options = {"tolerance": reach, "shortest_border": CORNER * reach}
    there = adjacency_of(border_edges(shapes, **options), shapes.size)
    # of two shapes only the first one's border is looked at: one may lie inside the other
    back = adjacency_of(border_edges(shapes[::-1], **options), shapes.size)
    turned = np.arange(shapes.size)[::-1]
    return csr_array(there.maximum(csr_array(back[turned][:, turned])))


def nearest_neighbours(points: npt.ArrayLike, k: int, *, symmetric: bool = False) -> csr_array:
    """Return the `k` nearest other points of every point.

    Parameters
    ----------
    points
        (n, 2) coordinates in metres, without missing ones.
    k
        Number of neighbours; all others where there are fewer.
    symmetric
        Points are neighbours as soon as one of them is among the nearest of the other;
        some then have more than `k`.

    Returns
    -------
    csr_array
        (n, n), 1.0 for neighbours, sorted. Among points equally far (to a thousandth of a
        millimetre), those that come first win: order the points by their ids.

    Examples
    --------
    >>> row = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [9.0, 0.0]]
    >>> nearest_neighbours(row, 1).toarray().tolist()[1]
    [1.0, 0.0, 0.0, 0.0]
    >>> nearest_neighbours(row, 1, symmetric=True).toarray().tolist()[1]
    [1.0, 0.0, 1.0, 0.0]
    """
    where = np.asarray(points, dtype=float).reshape(-1, 2)
    n, most = len(where), max(0, min(k, len(where) - 1))
    chosen = np.empty((n, most), dtype=np.int64)
    left, asked = np.arange(n), most + 2
    while most and left.size:
        near, distance = _nearest(where, left, min(asked, n))
        # a tie with the last one asked for may go on beyond it
        sure = (distance[:, most - 1] < distance[:, -1]) | (asked >= n)
        chosen[left[sure]] = near[sure, :most]
        left, asked = left[~sure], 2 * asked
    ends = np.repeat(np.arange(n), most), chosen.ravel()
    graph = csr_array(coo_array((np.ones(n * most), ends), shape=(n, n)))
    if symmetric:
        graph = csr_array(graph.maximum(graph.T))
    graph.sort_indices()
    return graph


def _nearest(where: np.ndarray, rows: np.ndarray, asked: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the others near some points and their distances, ties in order of position."""
    from scipy.spatial import KDTree

    distance, near = KDTree(where).query(where[rows], k=asked)
    steps = np.rint(distance / SAME)
    steps[near == rows[:, None]] = np.inf  # itself comes last and is dropped
    order = np.lexsort((near, steps), axis=1)[:, :-1]
    return np.take_along_axis(near, order, 1), np.take_along_axis(steps, order, 1)


@dataclass(frozen=True, slots=True, eq=False)
class Ring:
    """Areas and a ring of neighbours outside, in one graph: areas first, then the ring.

    Parameters
    ----------
    graph
        (n + m, n + m) neighbours, as :func:`contiguity` returns them.
    inside
        (n + m,) bool: the areas themselves; only these are to be tested.
    chosen
        (m,) positions of the ring among the outside shapes.
    """

    graph: csr_array
    inside: np.ndarray
    chosen: np.ndarray


def with_ring(
    shapes: npt.ArrayLike,
    outside: npt.ArrayLike,
    *,
    steps: int = 1,
    rook: bool = False,
    tolerance: float = 0.0,
) -> Ring:
    """Return the neighbours of areas and of a ring of areas around them.

    Areas at the border of a county lack the neighbours beyond. With the values of these,
    every area is compared with all its neighbours and with a reference that does not end
    at the border::

        ring = with_ring(shapes, outside)
        values = np.concatenate([inside_values, outside_values[ring.chosen]])
        result = local_moran(values, ring.graph)
        p = result.p[ring.inside]          # the family of tests: areas inside only

    Parameters
    ----------
    shapes
        (n,) areas, in metres.
    outside
        Areas outside, none of which is among `shapes`.
    steps
        How many rings: 1 takes the outside areas that touch an area, 2 their neighbours
        as well.
    rook, tolerance
        As :func:`contiguity` takes them. Borders of two sources rarely agree: allow for it.

    Notes
    -----
    Areas of the ring take part as neighbours and as reference, but their own neighbours
    further out are missing: nothing may be said about them.

    Examples
    --------
    >>> row = [shapely.box(x, 0, x + 1, 1) for x in range(5)]
    >>> ring = with_ring(row[:2], row[2:])
    >>> ring.chosen.tolist(), ring.inside.tolist()
    ([0], [True, True, False])
    >>> ring.graph.toarray().tolist()[1]
    [1.0, 0.0, 1.0]
    """
    ours, others = (np.asarray(part, dtype=object) for part in (shapes, outside))
    graph = contiguity(np.concatenate([ours, others]), rook=rook, tolerance=tolerance)
    reached = np.arange(len(ours) + len(others)) < len(ours)
    for _ in range(steps):
        reached = reached | (graph @ reached.astype(float) > 0)
    kept = np.flatnonzero(reached)
    return Ring(
        csr_array(graph[np.ix_(kept, kept)]), kept < len(ours), kept[len(ours) :] - len(ours)
    )
