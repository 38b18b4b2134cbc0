"""Barriers: rivers, motorways and lakes part neighbours unless a crossing lies near.

A barrier is a line or a polygon; a crossing is a point or a line (a bridge, an
underpass). A crossing opens every barrier within its reach. What is left of a barrier
is a set of walls that no step between neighbours may meet.
"""

from typing import NamedTuple

import numpy as np
import shapely

from sozialraum.methods.graph import Passages

NUDGE = np.array([0.012, 0.027])
"""A line through the very middle of a cell leaves it on its north-eastern side, in metres."""
DRY = 1.0
"""A smaller part of a cell outside a polygon, in square metres, decides nothing."""
POINT, POLYGON = 0, 3
"""Types of geometry."""


class Barriers(NamedTuple):
    """What may not be stepped over.

    Parameters
    ----------
    walls
        Straight pieces of lines and of the edges of polygons.
    waters
        Polygons; whoever has dry land beside them stands there.
    """

    walls: shapely.STRtree
    waters: shapely.STRtree


def open_barriers(barriers: np.ndarray, crossings: np.ndarray, *, reach: float) -> np.ndarray:
    """Return barriers with gaps where crossings lie.

    Parameters
    ----------
    barriers
        Lines and polygons, also in several parts.
    crossings
        Points or lines. A point inside a polygon (the middle of a bridge) stands for the
        straight way through it from the nearest bank to the bank opposite.
    reach
        Everything up to this distance from a crossing is open, in metres.

    Returns
    -------
    ndarray of geometries
        Single lines and polygons.

    Examples
    --------
    >>> river = np.array([shapely.LineString([(0, 0), (1000, 0)])])
    >>> bridge = np.array([shapely.Point(400, 3)])
    >>> [round(part.length) for part in open_barriers(river, bridge, reach=150)]
    [250, 450]
    """
    parts = _single(barriers)
    if not parts.size or not len(crossings):
        return parts
    decks = _decks(_single(crossings), parts[shapely.get_type_id(parts) == POLYGON])
    tree = shapely.STRtree(shapely.buffer(decks, reach))
    part, gap = tree.query(parts, predicate="intersects")
    for i in np.unique(part):
        parts[i] = shapely.difference(parts[i], shapely.union_all(tree.geometries[gap[part == i]]))
    return _single(parts)


def _single(shapes: np.ndarray) -> np.ndarray:
    """Return the single parts of shapes in two dimensions, without empty ones."""
    flat = shapely.force_2d(np.asarray(shapes, dtype=object))
    # a collection may hold shapes of several parts
    parts = shapely.get_parts(shapely.get_parts(flat))
    return parts[~shapely.is_empty(parts)]


def _decks(crossings: np.ndarray, waters: np.ndarray) -> np.ndarray:
    """Return crossings, a point in the water stretched from bank to bank."""
    decks, banks = crossings.copy(), shapely.boundary(waters)
    points = np.flatnonzero(shapely.get_type_id(crossings) == POINT)
    found, water = shapely.STRtree(waters).query(crossings[points], predicate="within")
    for i, w in zip(points[found], water, strict=True):
        x, y = shapely.get_coordinates(crossings[i])[0]
        bank = shapely.get_coordinates(shapely.shortest_line(crossings[i], banks[w]))[1]
        way = np.array([x, y]) - bank
        far = bank + way / np.hypot(*way) * shapely.length(banks[w])
        through = shapely.intersection(shapely.LineString([bank, far]), waters[w])
        pieces = shapely.get_parts(through)
        decks[i] = pieces[shapely.distance(pieces, crossings[i]).argmin()]
    return decks


def lay_barriers(shapes: np.ndarray) -> Barriers:
    """Return the walls and waters of single lines and polygons.

    Examples
    --------
    >>> lake = shapely.box(0, 0, 10, 10)
    >>> laid = lay_barriers(np.array([lake, shapely.LineString([(0, 0), (5, 5), (9, 5)])]))
    >>> len(laid.walls.geometries), len(laid.waters.geometries)
    (6, 1)
    """
    area = shapely.get_type_id(shapes) == POLYGON
    lines = np.concatenate([shapes[~area], _single(shapely.boundary(shapes[area]))])
    points, line = shapely.get_coordinates(lines, return_index=True)
    on = line[1:] == line[:-1]
    pieces = shapely.linestrings(np.stack([points[:-1][on], points[1:][on]], axis=1))
    walls = np.asarray(pieces, dtype=object)
    return Barriers(shapely.STRtree(walls), shapely.STRtree(shapes[area]))


def near(barriers: Barriers, shape: shapely.Geometry, margin: float) -> Barriers:
    """Return the barriers around a shape; polygons are cut to its bounding box."""
    west, south, east, north = shapely.bounds(shape)
    frame = (west - margin, south - margin, east + margin, north + margin)
    box = shapely.box(*frame)
    walls = barriers.walls.geometries[barriers.walls.query(box)]
    waters = barriers.waters.geometries[barriers.waters.query(box)]
    waters = _single(shapely.clip_by_rect(waters, *frame))
    return Barriers(shapely.STRtree(walls), shapely.STRtree(waters))


def standpoints(squares: np.ndarray, barriers: Barriers) -> np.ndarray:
    """Return the point of every cell that decides on which side of a barrier it lies.

    Parameters
    ----------
    squares
        (n,) cells.
    barriers
        What parts them.

    Returns
    -------
    (n, 2) coordinates
        The centre; where it lies in the water, a point in the largest part of the cell
        that is in no water, if there is one.

    Examples
    --------
    >>> river = lay_barriers(np.array([shapely.box(40, 0, 100, 100)]))
    >>> standpoints(np.array([shapely.box(0, 0, 100, 100)]), river).tolist()
    [[20.0, 50.0]]
    """
    squares = np.asarray(squares, dtype=object)
    centres = shapely.centroid(squares)
    points = shapely.get_coordinates(centres) + NUDGE
    wet = np.unique(barriers.waters.query(centres, predicate="intersects")[0])
    for i in wet:
        # all of them: rivers are digitised in sections, and one may end inside a cell
        water = barriers.waters.query(squares[i], predicate="intersects")
        flood = shapely.union_all(barriers.waters.geometries[water])
        parts = shapely.get_parts(shapely.difference(squares[i], flood))
        sizes = shapely.area(parts)
        if sizes.max(initial=0.0) >= DRY:
            points[i] = shapely.get_coordinates(shapely.point_on_surface(parts[sizes.argmax()]))
    return points


def parted(starts: np.ndarray, ends: np.ndarray, barriers: Barriers) -> np.ndarray:
    """Return which straight steps meet a wall.

    Parameters
    ----------
    starts, ends
        (n, 2) coordinates.
    barriers
        What may not be stepped over.

    Examples
    --------
    >>> river = lay_barriers(np.array([shapely.LineString([(5, -9), (5, 9)])]))
    >>> parted(np.array([[0.0, 0.0]]), np.array([[9.0, 0.0]]), river).tolist()
    [True]
    """
    steps = shapely.linestrings(np.stack([starts, ends], axis=1))
    met = np.zeros(len(starts), dtype=bool)
    met[barriers.walls.query(steps, predicate="intersects")[0]] = True
    return met


def close_passages(
    passages: Passages, place: np.ndarray, points: np.ndarray, barriers: Barriers
) -> Passages:
    """Return passages without those that lead over a barrier.

    Parameters
    ----------
    passages
        Where one may step.
    place
        (rows, columns) position of every cell among the points; any number where nobody
        may step.
    points
        (n, 2) standpoint of every cell.
    barriers
        What may not be stepped over.

    Examples
    --------
    >>> row, points = np.array([[0, 1, 2]]), np.array([[50.0, 50], [150, 50], [250, 50]])
    >>> free = Passages(np.ones((1, 2), dtype=bool), np.ones((0, 3), dtype=bool))
    >>> river = lay_barriers(np.array([shapely.LineString([(180, 0), (200, 100)])]))
    >>> close_passages(free, row, points, river).right.tolist()
    [[True, False]]
    """
    ways = []
    for way, one, other in (
        (passages.right, place[:, :-1], place[:, 1:]),
        (passages.down, place[:-1], place[1:]),
    ):
        free = way.copy()
        free[way] = ~parted(points[one[way]], points[other[way]], barriers)
        ways.append(free)
    return Passages(*ways)
