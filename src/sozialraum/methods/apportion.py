"""Which larger shape a smaller one belongs to, and the cells of a regular grid.

Whole cells and whole districts go to the municipality that holds most of their area;
nothing is divided. Exact intersections are computed only for shapes that cross a border.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import shapely

INSPIRE_ID = re.compile(r"CRS3035RES(\d+)mN(\d+)E(\d+)")
"""Grid id of the census: cell size in metres, then the south-west corner, northing first."""

GRID_CRS = "EPSG:3035"

NOWHERE = -1
POLYGON, MULTIPOLYGON = 3, 6
"""Types of geometry that have an area."""
COARSE = 16
"""Cells a side of the squares in which a grid is searched first."""


class Cells(NamedTuple):
    """Cells of a regular grid: their size in metres, and column and row of each."""

    size: int
    column: np.ndarray
    row: np.ndarray


class Overlap(NamedTuple):
    """Where parts lie.

    Parameters
    ----------
    owner
        (n,) the whole that holds most of each part, -1 where none touches it.
    held
        (n,) area that this whole holds, in square metres.
    outside
        (n,) area of the part that lies in no whole, in square metres.
    """

    owner: np.ndarray
    held: np.ndarray
    outside: np.ndarray


def cell_sizes(ids: Iterable[str]) -> set[int]:
    """Return the cell sizes in metres that ids name; -1 where an id names no cell.

    Examples
    --------
    >>> sorted(cell_sizes(["CRS3035RES100mN2689100E4337000", "05382060"]))
    [-1, 100]
    """
    found = (INSPIRE_ID.fullmatch(i) for i in ids)
    return {int(m[1]) if m else NOWHERE for m in found}


def parse_cell_ids(ids: Iterable[str]) -> Cells:
    """Return the cells that INSPIRE ids name; the size is that of the first.

    Examples
    --------
    >>> cells = parse_cell_ids(["CRS3035RES100mN2689100E4337000"])
    >>> cells.size, cells.column.tolist(), cells.row.tolist()
    (100, [43370], [26891])
    """
    found = [INSPIRE_ID.fullmatch(i) for i in ids]
    numbers = np.array([m.groups() for m in found if m], dtype=np.int64).reshape(-1, 3)
    size = int(numbers[0, 0]) if len(numbers) else 0
    return Cells(size, numbers[:, 2] // max(size, 1), numbers[:, 1] // max(size, 1))


def squares(cells: Cells) -> np.ndarray:
    """Return the squares of cells in the coordinates of the grid.

    Examples
    --------
    >>> squares(Cells(100, np.array([2]), np.array([3])))[0].bounds
    (200.0, 300.0, 300.0, 400.0)
    """
    x, y = cells.column * cells.size, cells.row * cells.size
    return shapely.box(x, y, x + cells.size, y + cells.size)


def touching_cells(shape: shapely.Geometry, size: int, slack: float = 0.0) -> Cells:
    """Return all grid cells that a shape touches.

    Parameters
    ----------
    shape
        In the coordinates of the grid.
    size
        Side of a cell, in metres.
    slack
        Cells up to this distance away are taken as well, in metres.

    Returns
    -------
    Cells
        Ordered by row, then column.

    Examples
    --------
    >>> cells = touching_cells(shapely.box(10, 10, 150, 90), 100)
    >>> cells.column.tolist(), cells.row.tolist()
    ([0, 1], [0, 0])
    """
    grown = shapely.buffer(shape, slack, join_style="mitre") if slack else shape
    west, south, east, north = shapely.bounds(grown) / size
    columns = np.arange(int(np.floor(west)) // COARSE, int(np.floor(east)) // COARSE + 1)
    rows = np.arange(int(np.floor(south)) // COARSE, int(np.floor(north)) // COARSE + 1)
    column, row = (grid.ravel() for grid in np.meshgrid(columns, rows))
    coarse = Cells(size * COARSE, column, row)
    tree = shapely.STRtree(squares(coarse))
    inside = np.zeros(column.size, dtype=bool)
    inside[tree.query(grown, predicate="contains")] = True
    touched = np.zeros(column.size, dtype=bool)
    touched[tree.query(grown, predicate="intersects")] = True
    sure = _refined(coarse, inside)
    open_cells = _refined(coarse, touched & ~inside)
    found = shapely.STRtree(squares(open_cells)).query(grown, predicate="intersects")
    column = np.concatenate([sure.column, open_cells.column[found]])
    row = np.concatenate([sure.row, open_cells.row[found]])
    order = np.lexsort((column, row))
    return Cells(size, column[order], row[order])


def _refined(coarse: Cells, chosen: np.ndarray) -> Cells:
    """Return the fine cells inside the chosen coarse ones."""
    down, right = (grid.ravel() for grid in np.mgrid[0:COARSE, 0:COARSE])
    column = coarse.column[chosen][:, None] * COARSE + right
    row = coarse.row[chosen][:, None] * COARSE + down
    return Cells(coarse.size // COARSE, column.ravel(), row.ravel())


def overlaps(parts: np.ndarray, wholes: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all pairs (part, whole) that share an area, and that area in square metres.

    Examples
    --------
    >>> part, whole, area = overlaps([shapely.box(0, 0, 4, 1)], [shapely.box(1, 0, 9, 9)])
    >>> part.tolist(), whole.tolist(), area.tolist()
    ([0], [0], [3.0])
    """
    shapes, targets = np.asarray(parts, dtype=object), np.asarray(wholes, dtype=object)
    tree = shapely.STRtree(shapes)
    whole_in, part_in = tree.query(targets, predicate="contains")
    whole_at, part_at = tree.query(targets, predicate="intersects")
    contained = np.isin(_pair(part_at, whole_at), _pair(part_in, whole_in))
    part_at, whole_at = part_at[~contained], whole_at[~contained]
    area = shapely.area(shapely.intersection(shapes[part_at], targets[whole_at]))
    some = area > 0
    part = np.concatenate([part_in, part_at[some]])
    whole = np.concatenate([whole_in, whole_at[some]])
    area = np.concatenate([shapely.area(shapes[part_in]), area[some]])
    order = np.lexsort((whole, part))
    return part[order], whole[order], area[order]


def _pair(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return one number for each pair."""
    return left.astype(np.int64) << 32 | right


def largest_overlap(parts: np.ndarray, wholes: np.ndarray) -> Overlap:
    """Return the whole that holds most of each part; at a tie the first one.

    Parameters
    ----------
    parts
        (n,) polygons.
    wholes
        (m,) polygons that do not overlap each other, in the order that decides ties.

    Returns
    -------
    Overlap

    Examples
    --------
    >>> halves = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    >>> largest_overlap([shapely.box(0.2, 0, 1.2, 1), shapely.box(0.5, 0, 1.5, 1)], halves).owner
    array([0, 0])
    """
    part, whole, area = overlaps(parts, wholes)
    # areas are compared to the square centimetre: a tie must not hang on the last bit
    order = np.lexsort((whole, -np.round(area, 4), part))
    first = order[np.flatnonzero(np.diff(part[order], prepend=-1))]
    owner = np.full(len(parts), NOWHERE)
    held = np.zeros(len(parts))
    owner[part[first]], held[part[first]] = whole[first], area[first]
    covered = np.bincount(part, area, minlength=len(parts))
    full = shapely.area(np.asarray(parts, dtype=object))
    return Overlap(owner, held, np.maximum(full - covered, 0.0))


def containing(points: np.ndarray, wholes: np.ndarray) -> np.ndarray:
    """Return the whole that each point lies in or on; the first of several, -1 if none.

    Examples
    --------
    >>> halves = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    >>> containing(shapely.points([[0.5, 0.5], [1, 0.5], [9, 9]]), halves).tolist()
    [0, 0, -1]
    """
    shapes = np.asarray(points, dtype=object)
    whole, point = shapely.STRtree(shapes).query(
        np.asarray(wholes, dtype=object), predicate="intersects"
    )
    chosen = np.full(len(shapes), len(wholes))
    np.minimum.at(chosen, point, whole)
    return np.where(chosen < len(wholes), chosen, NOWHERE)


def nearest(shapes: np.ndarray, targets: np.ndarray) -> np.ndarray:
    """Return the nearest target of each shape; at a tie the first one.

    Examples
    --------
    >>> nearest([shapely.Point(1, 0)], [shapely.Point(2, 0), shapely.Point(0, 0)]).tolist()
    [0]
    """
    tree = shapely.STRtree(np.asarray(targets, dtype=object))
    shape, target = tree.query_nearest(np.asarray(shapes, dtype=object))
    chosen = np.full(len(shapes), len(targets))
    np.minimum.at(chosen, shape, target)
    return chosen


def overlapping_pairs(
    shapes: np.ndarray, *, area: float, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of shapes that overlap by more than an area and a share of the smaller one.

    Parameters
    ----------
    shapes
        (n,) polygons.
    area
        Largest overlap that is tolerated, in square metres.
    share
        Largest share of the smaller shape that is tolerated, between 0 and 1.

    Examples
    --------
    >>> pair = [shapely.box(0, 0, 4, 4), shapely.box(2, 0, 6, 4)]
    >>> left, right = overlapping_pairs(pair, area=1, share=0.001)
    >>> left.tolist(), right.tolist()
    ([0], [1])
    """
    shapes = np.asarray(shapes, dtype=object)
    left, right = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    left, right = left[left < right], right[left < right]
    common = shapely.area(shapely.intersection(shapes[left], shapes[right]))
    smaller = np.minimum(shapely.area(shapes[left]), shapely.area(shapes[right]))
    wrong = (common > area) & (common > share * smaller)
    order = np.lexsort((right[wrong], left[wrong]))
    return left[wrong][order], right[wrong][order]


def polygonal(shapes: np.ndarray) -> np.ndarray:
    """Return only the areas of geometries: an intersection may carry lines and points.

    Examples
    --------
    >>> mixed = shapely.from_wkt("GEOMETRYCOLLECTION (POINT (9 9), POLYGON ((0 0, 1 0, 1 1, 0 0)))")
    >>> polygonal(np.array([mixed]))[0].geom_type
    'Polygon'
    """
    clean = np.array(shapes, dtype=object)
    kinds = shapely.get_type_id(clean)
    for i in np.flatnonzero((kinds != POLYGON) & (kinds != MULTIPOLYGON)):
        parts = shapely.get_parts(shapely.get_parts(clean[i]))
        areas = parts[shapely.get_type_id(parts) == POLYGON]
        clean[i] = areas[0] if len(areas) == 1 else shapely.multipolygons(areas)
    return clean
