"""The borders of a coverage as arcs, and the coverage put together from arcs again.

An arc is a stretch of border between two junctions, or a closed border without any. Both
neighbours are made of the same arc, so that whatever happens to its points the shapes
still match vertex by vertex.
"""

from typing import NamedTuple

import numpy as np
import shapely

SMALLEST_RING = 4
"""Points of a triangle, the first one again at the end."""


class Arcs(NamedTuple):
    """Lines one after the other: arc i has the points start[i] … start[i + 1] - 1."""

    points: np.ndarray
    start: np.ndarray

    @property
    def number(self) -> int:
        """Number of arcs."""
        return self.start.size - 1

    @property
    def of_point(self) -> np.ndarray:
        """(points,) arc of every point."""
        return np.repeat(np.arange(self.number), np.diff(self.start))


class Network(NamedTuple):
    """A coverage as arcs.

    Parameters
    ----------
    arcs
        Every arc once.
    node
        (arcs, 2) junction at both ends, numbered from 0.
    fixed
        (arcs,) bool: borders of units and of the county.
    piece, turned
        Arcs that the rings are made of, one ring after the other, and whether an arc is
        walked from its end.
    ring
        (pieces,) ring of every piece.
    part, hole
        (rings,) polygon of every ring, and whether the ring is a hole in it.
    shape
        (polygons,) shape of every polygon.
    """

    arcs: Arcs
    node: np.ndarray
    fixed: np.ndarray
    piece: np.ndarray
    turned: np.ndarray
    ring: np.ndarray
    part: np.ndarray
    hole: np.ndarray
    shape: np.ndarray


class _Rings(NamedTuple):
    """All rings without their last point: vertex numbers, the next place, and who owns what."""

    vertex: np.ndarray
    start: np.ndarray
    ring: np.ndarray
    part: np.ndarray
    hole: np.ndarray
    shape: np.ndarray
    points: np.ndarray


def network_of(shapes: np.ndarray, units: np.ndarray) -> Network:
    """Return the arcs of a coverage.

    Parameters
    ----------
    shapes
        (n,) polygons that form a valid coverage.
    units
        (n,) whole numbers: borders between shapes of different units are fixed, and so
        is the border around all.

    Returns
    -------
    Network
        It does not depend on where a ring starts.

    Examples
    --------
    >>> halves = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> network = network_of(halves, np.array([0, 0]))
    >>> network.arcs.number, network.fixed.tolist()
    (3, [True, False, True])
    """
    rings = _rings_of(shapes)
    after = _next_in_ring(rings)
    fixed, degree = _sides(rings, after, units)
    free_degree = np.bincount(rings.vertex, ~fixed, len(rings.points))
    node = (degree != 2) | ((free_degree > 0) & (np.bincount(rings.vertex, fixed) > 0))
    return _cut_at_nodes(rings, node, fixed)


def _rings_of(shapes: np.ndarray) -> _Rings:
    """Return the rings of polygons, all shells anticlockwise, all holes clockwise."""
    parts, shape = shapely.get_parts(shapely.orient_polygons(shapes), return_index=True)
    lines, part = shapely.get_rings(parts, return_index=True)
    hole = np.diff(part, prepend=-1) == 0
    places, ring = shapely.get_coordinates(lines, return_index=True)
    last = np.append(ring[1:] != ring[:-1], True)
    places, ring = places[~last], ring[~last]
    points, vertex = np.unique(places, axis=0, return_inverse=True)
    start = np.searchsorted(ring, np.arange(len(lines) + 1))
    return _Rings(vertex.ravel(), start, ring, part, hole, shape, points)


def _next_in_ring(rings: _Rings) -> np.ndarray:
    """Return the place of the point that follows in the ring."""
    after = np.arange(1, rings.vertex.size + 1)
    after[rings.start[1:] - 1] = rings.start[:-1]
    return after


def _sides(rings: _Rings, after: np.ndarray, units: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return whether the step after a place is fixed, and the (vertices,) number of borders.

    A step is fixed unless shapes of one unit lie on both sides.
    """
    here, there = rings.vertex, rings.vertex[after]
    low, high = np.minimum(here, there).astype(np.int64), np.maximum(here, there)
    _, segment = np.unique(low * len(rings.points) + high, return_inverse=True)
    unit = units[rings.shape[rings.part[rings.ring]]]
    several = np.bincount(segment) == 2
    least = np.full(several.size, units.max(initial=0))
    most = np.full(several.size, units.min(initial=0))
    np.minimum.at(least, segment, unit)
    np.maximum.at(most, segment, unit)
    fixed = ~(several & (least == most))[segment]
    first = np.unique(segment, return_index=True)[1]
    ends = np.concatenate([low[first], high[first]])
    return fixed, np.bincount(ends, minlength=len(rings.points))


def _cut_at_nodes(rings: _Rings, node: np.ndarray, fixed: np.ndarray) -> Network:
    """Cut rings at junctions, and take every arc once."""
    # a ring without a junction is cut at its smallest vertex
    at_node = node[rings.vertex]
    some = np.logical_or.reduceat(at_node, rings.start[:-1])
    order = np.lexsort((rings.vertex, rings.ring))
    at_node[order[rings.start[:-1]][~some]] = True
    cut = np.flatnonzero(at_node)
    ring = rings.ring[cut]
    first = np.flatnonzero(np.diff(ring, prepend=-1))
    following = np.append(cut[1:], 0)
    last = np.append(first[1:], cut.size) - 1
    following[last] = cut[first]
    size = (rings.start[ring + 1] - rings.start[ring]).astype(np.int64)
    length = (following - cut - 1) % size + 2
    start = np.append(0, np.cumsum(length))
    step = np.arange(start[-1]) - np.repeat(start[:-1], length)
    begin = rings.start[ring]
    place = np.repeat(begin, length) + (np.repeat(cut - begin, length) + step) % np.repeat(
        size, length
    )
    vertex = rings.vertex[place]
    head = np.column_stack([vertex[start[:-1]], vertex[start[:-1] + 1]])
    tail = np.column_stack([vertex[start[1:] - 1], vertex[start[1:] - 2]])
    turned = (tail[:, 0] < head[:, 0]) | ((tail[:, 0] == head[:, 0]) & (tail[:, 1] < head[:, 1]))
    key = np.where(turned[:, None], tail, head)
    _, chosen, piece = np.unique(key, axis=0, return_index=True, return_inverse=True)
    arcs = _take(vertex, start, chosen, turned[chosen])
    ends = np.column_stack([arcs.points[arcs.start[:-1]], arcs.points[arcs.start[1:] - 1]])
    _, nodes = np.unique(ends, return_inverse=True)
    return Network(
        Arcs(rings.points[arcs.points], arcs.start),
        nodes.reshape(-1, 2),
        fixed[cut[chosen]],
        piece.ravel(),
        turned,
        ring,
        rings.part,
        rings.hole,
        rings.shape,
    )


def _take(values: np.ndarray, start: np.ndarray, chosen: np.ndarray, turned: np.ndarray) -> Arcs:
    """Return some stretches one after the other, some of them turned round."""
    length = np.diff(start)[chosen]
    fresh = np.append(0, np.cumsum(length))
    step = np.arange(fresh[-1]) - np.repeat(fresh[:-1], length)
    back = np.repeat(length, length) - 1 - step
    step = np.where(np.repeat(turned, length), back, step)
    return Arcs(values[np.repeat(start[chosen], length) + step], fresh)


def shapes_of(network: Network, arcs: Arcs) -> np.ndarray:
    """Return the shapes of a network whose arcs have other points between their ends.

    Parameters
    ----------
    network
        What belongs to what.
    arcs
        The arcs of the network in its order; the ends of arcs that meet must still meet.

    Returns
    -------
    (n,) polygons
        Matching vertex by vertex; valid only where no arcs cross.
    """
    taken = _take(arcs.points, arcs.start, network.piece, network.turned)
    # the last point of a piece is the first one of the next piece, or closes the ring
    whole = np.repeat(network.ring, np.diff(taken.start))
    last = np.zeros(whole.size, dtype=bool)
    last[taken.start[1:] - 1] = True
    closing = last & (np.append(whole[1:], -1) != whole)
    keep = ~last | closing
    place, ring = np.flatnonzero(keep), whole[keep]
    # a ring that collapsed to a line is closed all the same: it is found to be invalid
    flat = (np.bincount(ring) < SMALLEST_RING)[ring] & closing[keep]
    place, ring = np.repeat(place, 1 + flat), np.repeat(ring, 1 + flat)
    lines = np.asarray(shapely.linearrings(taken.points[place], indices=ring), dtype=object)
    shells, holes = lines[~network.hole], lines[network.hole]
    of_hole = network.part[network.hole]
    polygons = shells.copy()
    plain = np.bincount(of_hole, minlength=len(shells)) == 0
    polygons[plain] = shapely.polygons(shells[plain])
    for part in np.flatnonzero(~plain):
        polygons[part] = shapely.polygons(shells[part], list(holes[of_hole == part]))
    shapes = np.empty(int(network.shape.max(initial=-1)) + 1, dtype=object)
    several = np.bincount(network.shape) > 1
    single = ~several[network.shape]
    shapes[network.shape[single]] = polygons[single]
    for shape in np.flatnonzero(several):
        shapes[shape] = shapely.multipolygons(polygons[network.shape == shape])
    return shapes
