"""How much of every cell of a regular grid polygons cover, exactly.

An edge scanline: every edge of a polygon is cut at the lines of the grid, and each piece
adds its signed height to its cell, by the part of the cell on its right, and to all cells
on its right. The running sum along a row then is the covered share: exact area coverage as
in the drawing of fonts. The work is that of the edges and of the cells in their boxes;
nothing is intersected.
"""

from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from scipy.sparse import csr_array

CHUNK = 1 << 23
"""Entries that are held at once before those of uncovered cells are thrown away."""


class Lattice(NamedTuple):
    """A regular grid: its south-west corner, the sides of a cell, columns and rows.

    Cell (column, row) has the position ``row * columns + column``; row 0 is the southernmost.
    """

    west: float
    south: float
    width: float
    height: float
    columns: int
    rows: int


def coverage(
    polygons: ArrayLike, lattice: Lattice, *, cells: ArrayLike | None = None
) -> "csr_array":
    """Return the share of every cell's area that each polygon covers.

    Parameters
    ----------
    polygons
        (n,) valid polygons or multipolygons in the coordinates of the grid; None and empty
        ones cover nothing. They may overlap and reach beyond the grid.
    lattice
        The grid.
    cells
        (m,) different positions of the cells that exist; all of them when omitted.

    Returns
    -------
    csr_array
        (n, m) shares between 0 and 1; columns in the order of `cells`, else by position.
        Shares below 1e-9 are left out.

    Raises
    ------
    ValueError
        A shape has no area, or positions lie outside the grid or repeat.

    Examples
    --------
    >>> half = shapely.box(50, 0, 200, 100)
    >>> coverage([half], Lattice(0, 0, 100, 100, 3, 1)).toarray()
    array([[0.5, 1. , 0. ]])
    """
    from scipy.sparse import csr_array

    shapes = np.asarray(polygons, dtype=object)
    places, order, starts = _existing(lattice, cells)
    total = lattice.columns * lattice.rows if order is None else len(order)
    coords, ring, shape = _in_cells(shapes, lattice)
    size = np.array([lattice.columns, lattice.rows])
    cell, share, number = _covered(coords, ring, shape, starts, places, size)
    columns = cell if order is None else order[cell]
    ends = np.concatenate([[0], np.cumsum(number)])
    found = csr_array((share, columns, ends), shape=(len(shapes), total))
    found.sort_indices()
    return found


def _existing(
    lattice: Lattice, cells: ArrayLike | None
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
    """Return columns of the cells that exist, row by row, their order, and where rows begin."""
    if cells is None:
        nothing = np.zeros(0, dtype=np.int64)
        return nothing.astype(np.int32), None, nothing
    wanted = np.asarray(cells, dtype=np.int64)
    order = np.argsort(wanted, kind="stable")
    sorted_ = wanted[order]
    inside = not len(sorted_) or (sorted_[0] >= 0 and sorted_[-1] < lattice.columns * lattice.rows)
    if not inside or (np.diff(sorted_) == 0).any():
        message = "cells must be different positions of the lattice"
        raise ValueError(message)
    row, column = np.divmod(sorted_, lattice.columns)
    starts = np.searchsorted(row, np.arange(lattice.rows + 1))
    return column.astype(np.int32), order, starts.astype(np.int64)


def _in_cells(shapes: np.ndarray, lattice: Lattice) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return points in cells from the corner, where rings begin, and where shapes begin."""
    absent = shapely.is_missing(shapes) | shapely.is_empty(shapes)
    clean = shapes.copy()
    clean[absent] = shapely.Polygon()
    areal = np.isin(shapely.get_type_id(clean), (3, 6))
    if not areal.all():
        message = "only polygons and multipolygons cover cells"
        raise ValueError(message)
    parts, owner = shapely.get_parts(clean, return_index=True)
    # outer rings counter-clockwise, holes clockwise: only then do their heights cancel out
    parts = shapely.orient_polygons(parts)
    rings, of_part = shapely.get_rings(parts, return_index=True)
    points, of_ring = shapely.get_coordinates(rings, return_index=True)
    corner, sides = np.array(lattice[:2]), np.array(lattice[2:4])
    ring = np.searchsorted(of_ring, np.arange(len(rings) + 1))
    shape = np.searchsorted(owner[of_part], np.arange(len(shapes) + 1))
    return (points - corner) / sides, ring, shape


def _covered(
    coords: np.ndarray,
    ring: np.ndarray,
    shape: np.ndarray,
    starts: np.ndarray,
    places: np.ndarray,
    size: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cells and shares shape after shape, some shapes at a time, and their number."""
    from sozialraum.methods.coverage_kernel import covered, room

    needed = room(coords, ring, shape, starts, places, size)
    group = np.cumsum(needed) // CHUNK
    bounds = [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), len(needed)]
    found = []
    for first, last in pairwise(bounds):
        most = int(needed[first:last].sum())
        part = shape[first : last + 1]
        cell, share, number = covered(coords, ring, part, starts, places, size, most)
        found.append((cell.copy(), share.copy(), number))
    cell, share, number = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return cell, share, number
