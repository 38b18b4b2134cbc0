"""Coverages by their vertices: which shapes share corners and edges, to the last bit.

The vertices of all shapes are numbered by their coordinates. In a coverage with matched
vertices every edge between two shapes occurs twice, once in each direction; what is left
over is the outline of the whole, and there alone can a neighbour hide that shares no vertex.
"""

from typing import NamedTuple

import numpy as np
import shapely
from scipy.sparse import csr_array

POLYGON, MULTIPOLYGON, MISSING = 3, 6, -1
_MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
"""Odd multipliers that spread the bits of two coordinates over one number."""


class Coverage(NamedTuple):
    """Shapes that share their vertices.

    Parameters
    ----------
    n
        Number of shapes.
    vertex, owner
        (occurrences,) number of every vertex, and the shape it belongs to.
    edge
        (edges,) number of every edge, the same from either side.
    edge_owner
        (edges,) shape every edge belongs to.
    """

    n: int
    vertex: np.ndarray
    owner: np.ndarray
    edge: np.ndarray
    edge_owner: np.ndarray


def matched_coverage(shapes: np.ndarray, gap: float) -> Coverage | None:
    """Return shapes by their vertices, None unless all that touch share the vertices there.

    Parameters
    ----------
    shapes
        (n,) polygons or multipolygons; missing ones have no vertices.
    gap
        Outlines that come this close to each other, in metres, ought to share a vertex.

    Notes
    -----
    Count how many shapes lie over a point. The count changes only at edges that are not
    matched by an edge in the other direction. Where it is 2, some of these edges have
    another shape on their outer side, or cross each other: both is looked for, as are
    edges nearer than `gap` to another or touching it away from a common vertex. Without
    any, shapes that touch share a vertex, and those with a common border share its edges.

    Examples
    --------
    >>> row = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> matched_coverage(row, 1e-3).n
    2
    >>> matched_coverage(np.array([*row, shapely.box(2, -1, 3, 2)]), 1e-3) is None
    True
    """
    kinds = shapely.get_type_id(shapes)
    if not np.isin(kinds, (POLYGON, MULTIPOLYGON, MISSING)).all():
        return None
    parts, of_part = shapes, np.arange(len(shapes))
    if (kinds == MULTIPOLYGON).any():
        parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(parts, return_index=True)
    points, at = shapely.get_coordinates(rings, return_index=True)
    if not len(points):
        nothing = np.zeros(0, dtype=np.int64)
        return Coverage(len(shapes), *(nothing,) * 4)
    vertex = vertex_numbers(points)
    owner = of_part[of_ring][at]
    start = np.flatnonzero((at[:-1] == at[1:]) & (vertex[:-1] != vertex[1:]))
    tail, head = vertex[start], vertex[start + 1]
    turned = _inside_right(points, at, of_ring)[at[start]]
    edge = np.minimum(tail, head) * (int(vertex.max()) + 1) + np.maximum(tail, head)
    single = _unmatched(2 * edge + ((tail > head) ^ turned))
    if single is None:
        return None
    outline = start[_among(edge, np.sort(single >> 1))]
    if not _well_apart(points, vertex, owner, outline, gap):
        return None
    ends = points[outline], points[outline + 1]
    if _covered(shapes, (ends[0] + ends[1]) / 2, owner[outline]):
        return None
    return Coverage(len(shapes), vertex, owner, edge, owner[start])


def shared_vertices(coverage: Coverage) -> csr_array:
    """Return which shapes share at least one vertex (queen contiguity)."""
    return _sharing(coverage.n, coverage.vertex, coverage.owner)


def shared_edges(coverage: Coverage) -> csr_array:
    """Return which shapes share at least one edge (rook contiguity)."""
    return _sharing(coverage.n, coverage.edge, coverage.edge_owner)


def vertex_numbers(points: np.ndarray) -> np.ndarray:
    """Return a number for every point, equal exactly where both coordinates are.

    Parameters
    ----------
    points
        (n, 2) float64.

    Examples
    --------
    >>> vertex_numbers(np.array([[0.0, 1.0], [1.0, 0.0], [-0.0, 1.0]])).tolist()
    [0, 1, 0]
    """
    exact = points + 0.0  # one zero, not two
    x, y = np.ascontiguousarray(exact.T).view(np.uint64)
    code = x * _MIX[0]
    code ^= (y * _MIX[1]) >> np.uint64(1)
    order = np.argsort(code)
    x, y, code = x[order], y[order], code[order]
    new = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    if (new != (code[1:] != code[:-1])).any():
        # two points share a code: rare, but then runs of equal codes may mix them
        return np.unique(exact, axis=0, return_inverse=True)[1].ravel().astype(np.int64)
    number = np.empty(len(points), dtype=np.int64)
    number[order] = np.append(0, np.cumsum(new))
    return number


def _inside_right(points: np.ndarray, at: np.ndarray, of_ring: np.ndarray) -> np.ndarray:
    """Return for every ring whether the shape lies on the right of its edges."""
    near = points - points[0]
    cross = near[:-1, 0] * near[1:, 1] - near[1:, 0] * near[:-1, 1]
    cross[at[:-1] != at[1:]] = 0.0
    first = np.concatenate([[0], np.flatnonzero(np.diff(at)) + 1])
    clockwise = np.add.reduceat(np.append(cross, 0.0), first) < 0
    hole = np.concatenate([[False], of_ring[1:] == of_ring[:-1]])
    return clockwise ^ hole


def _unmatched(directed: np.ndarray) -> np.ndarray | None:
    """Return edges without one in the other direction; None if one occurs twice."""
    ordered = np.sort(directed)
    if (ordered[1:] == ordered[:-1]).any():
        return None
    paired = (ordered[1:] ^ 1) == ordered[:-1]
    return ordered[~(np.append(paired, False) | np.append(False, paired))]


def _among(numbers: np.ndarray, ordered: np.ndarray) -> np.ndarray:
    """Return which numbers are among others given in ascending order."""
    if not len(ordered):
        return np.zeros(len(numbers), dtype=bool)
    place = np.searchsorted(ordered, numbers)
    return ordered[np.minimum(place, len(ordered) - 1)] == numbers


def _well_apart(
    points: np.ndarray, vertex: np.ndarray, owner: np.ndarray, outline: np.ndarray, gap: float
) -> bool:
    """Return whether the edges of an outline meet those of other shapes in vertices only."""
    lines = np.asarray(
        shapely.linestrings(np.stack([points[outline], points[outline + 1]], axis=1)), dtype=object
    )
    one, other = shapely.STRtree(lines).query(lines, predicate="dwithin", distance=gap)
    foreign = owner[outline[one]] != owner[outline[other]]
    one, other = one[foreign], other[foreign]
    for end in (outline[one], outline[one] + 1):
        own = (vertex[end] == vertex[outline[other]]) | (vertex[end] == vertex[outline[other] + 1])
        if shapely.dwithin(shapely.points(points[end[~own]]), lines[other[~own]], gap).any():
            return False
    return not shapely.crosses(lines[one], lines[other]).any()


def _covered(shapes: np.ndarray, points: np.ndarray, owner: np.ndarray) -> bool:
    """Return whether a point touches any other shape than its own."""
    at, touched = shapely.STRtree(shapes).query(shapely.points(points), predicate="intersects")
    return bool((owner[at] != touched).any())


def _sharing(n: int, thing: np.ndarray, owner: np.ndarray) -> csr_array:
    """Return which owners have a thing in common, as a matrix of ones."""
    pairs = _distinct(thing * n + owner)
    thing, owner = np.divmod(pairs, max(n, 1))
    keys, step = [pairs[:0]], 1
    while (same := np.flatnonzero(thing[step:] == thing[:-step])).size:
        keys += [owner[same] * n + owner[same + step], owner[same + step] * n + owner[same]]
        step += 1
    rows, columns = np.divmod(_distinct(np.concatenate(keys)), max(n, 1))
    starts = np.concatenate([[0], np.cumsum(np.bincount(rows, minlength=n))])
    return csr_array((np.ones(len(rows)), columns, starts), shape=(n, n))


def _distinct(numbers: np.ndarray) -> np.ndarray:
    """Return different numbers in ascending order; sorting beats the hashing of numpy.unique."""
    ordered = np.sort(numbers)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
