"""One coverage out of shapes that were cut to their units one unit at a time.

Shapes on both sides of the border of a unit end at points of their own, and cutting
rounds coordinates, so that neighbours part by fractions of a millimetre. Here the border
of the units is laid once, divided at every point where a border between shapes meets it
from either side, and the shapes along it are put together anew from that line.
"""

from typing import NamedTuple

import numpy as np
import shapely

from sozialraum.methods.apportion import NOWHERE

MATCH = 1e-3
"""Metres: points and lines this close to the border of a unit lie on it."""
FACE = 1e-6
"""Square metres: smaller faces are left by rounding and belong to nobody."""


class _Border(NamedTuple):
    """The border of all units as single segments without doubles, and a tree of them."""

    ends: np.ndarray
    lines: np.ndarray
    tree: shapely.STRtree


def matched_units(units: np.ndarray, tolerance: float = MATCH) -> np.ndarray:
    """Return polygons whose common borders have the same vertices on both sides.

    Parameters
    ----------
    units
        (m,) polygons that should fill a county.
    tolerance
        Vertices this close are the same, and gaps narrower than this are closed, in
        metres. Wider gaps stay; overlaps go to the unit with the longer common border.

    Returns
    -------
    (m,) polygons
        The same ones where they are a coverage already. Otherwise only those that fail to
        match some other one are cleaned; no border moves by more than the tolerance.
        Polygons that would have to change by more, because they overlap, stay as given.

    Examples
    --------
    >>> left, right = shapely.box(0, 0, 1, 2), shapely.box(1, 0, 2, 1)
    >>> fine = matched_units(np.array([left, right]))
    >>> bool(shapely.coverage_is_valid(fine)), shapely.get_num_coordinates(fine).tolist()
    (True, [6, 5])
    """
    units = np.array(units, dtype=object)
    wrong = ~shapely.is_empty(shapely.coverage_invalid_edges(units))
    if wrong.any():
        touched = shapely.STRtree(units).query(
            units[wrong], predicate="dwithin", distance=tolerance
        )
        some = np.unique(touched[1])
        given = units[some]
        clean = shapely.coverage_clean(  # pyright: ignore[reportAttributeAccessIssue] - newer than its stubs
            given, snapping_distance=tolerance, gap_width=tolerance
        )
        units[some] = np.where(_alike(clean, given, tolerance), clean, given)
    return units


def _alike(fresh: np.ndarray, given: np.ndarray, tolerance: float) -> np.ndarray:
    """Return which polygons differ by no more than a border as wide as the tolerance."""
    change = np.abs(shapely.area(fresh) - shapely.area(given))
    return shapely.is_valid(fresh) & (change <= tolerance * shapely.length(given))


def common_coverage(
    shapes: np.ndarray, units: np.ndarray, *, tolerance: float = MATCH
) -> np.ndarray:
    """Return shapes that match vertex by vertex along the borders of units as well.

    Parameters
    ----------
    shapes
        (n,) polygons that fill the units and match each other inside every unit; across
        the border of a unit they need not.
    units
        (m,) polygons. Where their common borders do not match they are matched first, up
        to the same tolerance (:func:`matched_units`).
    tolerance
        Shapes meet the border of their unit up to this, in metres.

    Returns
    -------
    (n,) polygons
        A valid coverage of the units where these are one. Every vertex of a unit is a
        vertex of the shapes along it, and no other vertex on the border is further from
        it than rounding. Shapes away from the borders are the same ones as before, and
        so are those that cannot be put together within the tolerance.

    Examples
    --------
    >>> town, village = shapely.box(0, 0, 2, 2), shapely.box(2, 0, 4, 2)
    >>> shapes = [shapely.box(0, 0, 2.0001, 1), shapely.box(0, 1, 2.0001, 2), village]
    >>> fine = common_coverage(np.array(shapes), np.array([town, village]))
    >>> bool(shapely.coverage_is_valid(fine)), fine[2].wkt
    (True, 'POLYGON ((2 0, 2 1, 2 2, 4 2, 4 0, 2 0))')
    """
    shapes = np.array(shapes, dtype=object)
    border = _border_of(matched_units(units, tolerance))
    at = border.tree.query(shapes, predicate="dwithin", distance=tolerance)[0]
    along = np.unique(at)
    if not along.size:
        return shapes
    ends = _segments(shapes[along])
    points, place = np.unique(ends.reshape(-1, 2), axis=0, return_inverse=True)
    moved, cuts = _onto_border(points, border, tolerance)
    inner = _off_border(moved[place.reshape(-1, 2)], border, tolerance)
    lines = np.concatenate([_divided(border, *cuts), inner])
    net = np.asarray(shapely.linestrings(_undirected(lines)), dtype=object)
    faces = shapely.get_parts(shapely.polygonize(net))
    fresh = _owned(faces[shapely.area(faces) > FACE], shapes, along)
    given = shapes[along]
    shapes[along] = np.where(_alike(fresh, given, tolerance), fresh, given)
    return shapes


def _segments(shapes: np.ndarray) -> np.ndarray:
    """Return the (s, 2, 2) segments of the rings of polygons."""
    rings = shapely.get_rings(shapely.get_parts(shapes))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    same = ring[1:] == ring[:-1]
    return np.stack([points[:-1], points[1:]], axis=1)[same]


def _undirected(segments: np.ndarray) -> np.ndarray:
    """Return segments without doubles and without those of no length, in a fixed order."""
    one, other = segments[:, 0], segments[:, 1]
    turn = (one[:, 0] > other[:, 0]) | ((one[:, 0] == other[:, 0]) & (one[:, 1] > other[:, 1]))
    table = np.where(turn[:, None, None], segments[:, ::-1], segments).reshape(-1, 4)
    table = np.unique(table, axis=0).reshape(-1, 2, 2)
    return table[(table[:, 0] != table[:, 1]).any(axis=1)]


def _border_of(units: np.ndarray) -> _Border:
    """Return the border of all units."""
    ends = _undirected(_segments(units))
    lines = np.asarray(shapely.linestrings(ends), dtype=object)
    return _Border(ends, lines, shapely.STRtree(lines))


def _onto_border(
    points: np.ndarray, border: _Border, tolerance: float
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Move points that lie on the border up to the tolerance exactly onto it.

    Returns
    -------
    moved : (n, 2)
        A vertex of the border where one is close, else the foot on the nearest segment;
        points closer to each other than the tolerance become one.
    cuts : ((c,), (c, 2))
        The segment and the point of every such foot.
    """
    dots = np.asarray(shapely.points(points), dtype=object)
    (at, segment), gap = border.tree.query_nearest(
        dots, max_distance=tolerance, all_matches=False, return_distance=True
    )
    order = np.lexsort((segment, gap, at))
    at, segment = at[order], segment[order]
    start, end = border.ends[segment, 0], border.ends[segment, 1]
    along = shapely.line_locate_point(border.lines[segment], dots[at])
    length = shapely.length(border.lines[segment])
    order = np.lexsort((along, segment))
    fresh = np.ones(at.size, dtype=bool)
    fresh[1:] = (np.diff(segment[order]) != 0) | (np.diff(along[order]) > 2 * tolerance)
    first = order[np.maximum.accumulate(np.where(fresh, np.arange(at.size), 0))]
    along[order] = along[first]
    share = (along / length)[:, None]
    foot = start + share * (end - start)
    at_start, at_end = along <= 2 * tolerance, length - along <= 2 * tolerance
    foot = np.where(at_start[:, None], start, np.where(at_end[:, None], end, foot))
    moved = points.copy()
    moved[at] = foot
    cut = ~at_start & ~at_end
    return moved, (segment[cut], foot[cut])


def _off_border(segments: np.ndarray, border: _Border, tolerance: float) -> np.ndarray:
    """Return the segments that do not run along the border."""
    middle, quarter = (
        np.asarray(
            shapely.points(segments[:, 0] * (1 - share) + segments[:, 1] * share), dtype=object
        )
        for share in (0.5, 0.25)
    )
    near = [
        np.isin(np.arange(len(dots)), border.tree.query(dots, "dwithin", distance=tolerance)[0])
        for dots in (middle, quarter)
    ]
    return segments[~(near[0] & near[1])]


def _divided(border: _Border, segment: np.ndarray, cuts: np.ndarray) -> np.ndarray:
    """Return the segments of the border, divided at the cuts."""
    number = len(border.ends)
    which = np.concatenate([np.arange(number), segment, np.arange(number)])
    points = np.concatenate([border.ends[:, 0], cuts, border.ends[:, 1]])
    along = np.linalg.norm(points - border.ends[which, 0], axis=1)
    order = np.lexsort((along, which))
    which, points = which[order], points[order]
    return np.stack([points[:-1], points[1:]], axis=1)[which[1:] == which[:-1]]


def _owned(faces: np.ndarray, shapes: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Return the shapes along the border, each put together from its faces."""
    inside = shapely.point_on_surface(faces)
    face, owner = shapely.STRtree(shapes).query(inside, predicate="intersects")
    of_face = np.full(len(faces), NOWHERE)
    of_face[face[::-1]] = owner[::-1]
    order = np.argsort(of_face, kind="stable")
    owners, first = np.unique(of_face[order], return_index=True)
    groups = dict(zip(owners.tolist(), np.split(faces[order], first[1:]), strict=True))
    fresh = [groups.get(shape, shapes[[shape]]) for shape in along.tolist()]
    return np.array(
        [own[0] if len(own) == 1 else shapely.coverage_union_all(own) for own in fresh],
        dtype=object,
    )
