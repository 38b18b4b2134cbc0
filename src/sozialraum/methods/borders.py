"""Borders of polygons: which polygons share one, and which of them a barrier runs along."""

import numpy as np
import shapely

from sozialraum.methods.barriers import open_barriers
from sozialraum.methods.graph import Edges, shortest

ALONG = 25.0
"""A border this near to a barrier runs along it, in metres: rivers and the borders in their
middle are rarely digitised alike."""
MOST = 0.5
"""Share of a common border along a barrier from which on it parts two polygons."""


def border_edges(
    shapes: np.ndarray, *, tolerance: float = 0.01, shortest_border: float = 1.0
) -> Edges:
    """Return the polygons that share a border, and its length in metres.

    Parameters
    ----------
    shapes
        (n,) polygons.
    tolerance
        Borders that run this far apart count as the same, in metres: digitised
        neighbours rarely meet to the last bit.
    shortest_border
        Shorter common borders do not count, in metres; polygons that meet in a corner
        are no neighbours. Must be well above `tolerance`.

    Returns
    -------
    Edges
        The length is that of the common border, up to the tolerance.

    Examples
    --------
    >>> row = [shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10), shapely.box(20, 10, 30, 20)]
    >>> edges = border_edges(row)
    >>> edges.left.tolist(), edges.right.tolist()
    ([0], [1])
    """
    shapes = np.asarray(shapes, dtype=object)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=tolerance)
    left, right = left[left < right], right[left < right]
    border = shapely.intersection(
        shapely.boundary(shapes[left]), shapely.buffer(shapes[right], tolerance)
    )
    length = shapely.length(border)
    real = length >= shortest_border
    return shortest(Edges(left[real], right[real], length[real]))


def parted_borders(
    shapes: np.ndarray,
    edges: Edges,
    barriers: np.ndarray,
    crossings: np.ndarray,
    *,
    reach: float,
    tolerance: float = 0.01,
) -> np.ndarray:
    """Return which neighbouring polygons a barrier parts.

    Two polygons are parted where one of two things holds:

    * at least half of their common border runs along a barrier (within 25 metres, or
      inside it), and no crossing lies within reach of that border;
    * nobody gets from the representative point of the one to that of the other without
      leaving the two polygons or stepping over a barrier; a crossing opens the barrier
      up to its reach.

    The representative point of a polygon of several parts lies in the part at the common
    border, and outside the water where there is dry land.

    Parameters
    ----------
    shapes
        (n,) polygons.
    edges
        Neighbours among them.
    barriers, crossings, reach
        As :func:`sozialraum.methods.barriers.open_barriers` takes them.
    tolerance
        Borders that run this far apart count as the same, in metres.

    Returns
    -------
    (number of edges,) bool

    Examples
    --------
    >>> west, east = shapely.box(0, 0, 500, 900), shapely.box(500, 0, 1000, 900)
    >>> edges = border_edges([west, east])
    >>> river = np.array([shapely.LineString([(510, -50), (510, 950)])])
    >>> nobody, bridge = np.array([]), np.array([shapely.Point(510, 400)])
    >>> parted_borders([west, east], edges, river, nobody, reach=150).tolist()
    [True]
    >>> parted_borders([west, east], edges, river, bridge, reach=150).tolist()
    [False]
    """
    shapes = np.asarray(shapes, dtype=object)
    left = open_barriers(barriers, crossings, reach=reach)
    tree, ways = shapely.STRtree(left), shapely.STRtree(crossings)
    found = np.zeros(edges.left.size, dtype=bool)
    touched = np.zeros(shapes.size, dtype=bool)
    touched[tree.query(shapes, predicate="dwithin", distance=ALONG)[0]] = True
    for i in np.flatnonzero(touched[edges.left] | touched[edges.right]):
        pair = shapes[[edges.left[i], edges.right[i]]]
        border = shapely.intersection(shapely.boundary(pair[0]), shapely.buffer(pair[1], tolerance))
        beside = tree.query(shapely.union_all(pair), predicate="dwithin", distance=ALONG)
        walls = shapely.union_all(left[beside])
        open_ = ways.query(border, predicate="dwithin", distance=reach).size > 0
        along = not open_ and _share_along(border, walls) >= MOST
        found[i] = along or _apart(pair, border, walls, tolerance)
    return found


def _share_along(border: shapely.Geometry, walls: shapely.Geometry) -> float:
    """Return the share of a border that runs along walls."""
    beside = shapely.intersection(border, shapely.buffer(walls, ALONG, cap_style="flat"))
    return shapely.length(beside) / shapely.length(border)


def _apart(
    pair: np.ndarray, border: shapely.Geometry, walls: shapely.Geometry, tolerance: float
) -> bool:
    """Return whether walls keep the representative points of two polygons apart."""
    thick = shapely.buffer(walls, tolerance)
    points = [_standpoint(shape, border, thick, tolerance) for shape in pair]
    land = shapely.union_all(shapely.buffer(pair, tolerance))
    rooms = shapely.get_parts(shapely.difference(land, thick))
    if not rooms.size:
        return True
    return len({int(shapely.distance(rooms, point).argmin()) for point in points}) > 1


def _standpoint(
    shape: shapely.Geometry, border: shapely.Geometry, thick: shapely.Geometry, tolerance: float
) -> shapely.Geometry:
    """Return the point that decides on which side of a wall a polygon lies."""
    parts = shapely.get_parts(shape)
    near = parts[shapely.dwithin(parts, border, 2 * tolerance)]
    home = near[shapely.area(near).argmax()]
    middle = shapely.point_on_surface(home)
    if not shapely.intersects(thick, middle):
        return middle
    rooms = shapely.get_parts(shapely.difference(home, thick))
    return shapely.point_on_surface(rooms[shapely.area(rooms).argmax()]) if rooms.size else middle
