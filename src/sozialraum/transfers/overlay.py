"""How shapes lie in other shapes: shares of their area, or of what is counted inside."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.errors import GeometryError
from sozialraum.methods.apportion import (
    GRID_CRS,
    NOWHERE,
    cell_sizes,
    overlaps,
    parse_cell_ids,
    polygonal,
)
from sozialraum.methods.coverage import Lattice, coverage
from sozialraum.methods.dasymetric import without_slivers
from sozialraum.model import Areas, Blocks, Layer, Raster

POLYGONS = (3, 6)
SLIVER = 0.01
"""A piece that is less of its source and of its target than this lies between two borders
that ought to be one; districts may reach as far beyond their municipality."""


@dataclass(frozen=True, slots=True)
class Control:
    """Cells of a grid, or polygons, with the weight of each.

    Parameters
    ----------
    weights
        (n,) weights, not negative.
    name
        What they count.
    crs
        Coordinate system of the cells or polygons.
    shapes
        (n,) polygons, or None for cells.
    lattice, cells
        Grid, and position of every cell in it.
    member
        (n,) position of the target that a whole cell belongs to, -1 where it belongs to
        none; None where only shapes tell.
    units, unit
        Municipalities, and that of every cell: its people live in the part of the cell that
        lies there. None where cells belong to no municipality.
    """

    weights: np.ndarray
    name: str
    crs: Any
    shapes: np.ndarray | None = None
    lattice: Lattice | None = None
    cells: np.ndarray | None = None
    member: np.ndarray | None = None
    units: gpd.GeoSeries | None = None
    unit: np.ndarray | None = None

    def inside(self, polygons: gpd.GeoSeries) -> csr_array:
        """Return (polygons, n) shares of every cell or polygon of the control."""
        if self.units is not None:
            return self._inside_units(polygons, self.units)
        return self._covered(polygons)

    def _inside_units(self, polygons: gpd.GeoSeries, units: gpd.GeoSeries) -> csr_array:
        """Return shares of the part of every cell that lies in its own municipality."""
        assert self.unit is not None
        part, whole, common, _ = pieces_of(polygons, units)
        pieces = self._covered(common).tocoo()
        piece, cell = pieces.coords
        own = self._covered(units).tocoo()
        unit, at = own.coords
        held = np.zeros(len(self.weights))
        mine = unit == self.unit[at]
        held[at[mine]] = own.data[mine]
        here = (whole[piece] == self.unit[cell]) & (held[cell] > 0)
        share = pieces.data[here] / held[cell[here]]
        place = (part[piece[here]], cell[here])
        return csr_array((share, place), shape=(len(polygons), len(self.weights)))

    def _covered(self, polygons: gpd.GeoSeries) -> csr_array:
        shapes = areal(polygons.to_crs(self.crs))
        if self.lattice is not None:
            return coverage(shapes, self.lattice, cells=self.cells)
        assert self.shapes is not None
        part, whole, area = overlaps(self.shapes, shapes)
        share = area / shapely.area(self.shapes)[part]
        return csr_array((share, (whole, part)), shape=(len(shapes), len(self.shapes)))


def alike(shapes: gpd.GeoSeries, others: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return shapes in the coordinate system of others."""
    assert others.crs is not None
    return shapes.to_crs(others.crs)


def areal(shapes: gpd.GeoSeries) -> np.ndarray:
    """Return polygons only: a change of the coordinate system may leave rings that touch."""
    found = np.array(shapes, dtype=object)
    broken = ~shapely.is_valid(found)
    if broken.any():
        found[broken] = polygonal(shapely.make_valid(found[broken]))
    return found


def grid_of(keys: pd.Index) -> tuple[Lattice, np.ndarray] | None:
    """Return the grid that keys of cells span and the position of each; None for other keys."""
    sizes = cell_sizes(keys)
    if len(sizes) != 1 or NOWHERE in sizes:
        return None
    cells = parse_cell_ids(keys)
    west, south = int(cells.column.min()), int(cells.row.min())
    columns, rows = int(cells.column.max()) - west + 1, int(cells.row.max()) - south + 1
    side = float(cells.size)
    lattice = Lattice(west * side, south * side, side, side, columns, rows)
    return lattice, (cells.row - south) * columns + cells.column - west


def control_of(by: Layer | Raster | Blocks, column: str | None, target: Layer | Areas) -> Control:
    """Return what counts are weighted by.

    Raises
    ------
    GeometryError
        There is no such column, or weights are missing or negative.
    """
    if isinstance(by, Raster):
        grid = by.values  # noqa: PD011 - the noun's, not pandas'
        rows, columns = grid.shape
        south = by.north - rows * by.height
        lattice = Lattice(by.west, south, by.width, by.height, columns, rows)
        values = np.nan_to_num(grid[::-1].ravel(), nan=0.0)
        kept = np.flatnonzero(values != 0)
        _check_weights(values, by.source.title)
        return Control(values[kept], by.source.title, by.crs, lattice=lattice, cells=kept)
    table = by.counts if isinstance(by, Blocks) else pd.DataFrame(by.frame[list(by.additive)])
    if column not in table.columns:
        known = ", ".join(map(str, table.columns))
        raise GeometryError("transfers.no_weight", ids=[str(column)], known=known)
    weights = table[column].to_numpy(dtype=float, na_value=np.nan)
    _check_weights(weights, str(column))
    settled: dict[str, Any] = {}
    if isinstance(by, Blocks) and isinstance(target, Areas):
        areas = pd.Index(target.membership.reindex(by.frame.index).fillna(""))
        settled["member"] = target.frame.index.get_indexer(areas)
    grid = grid_of(by.frame.index)
    if grid is None:
        shapes = areal(by.frame.geometry)
        return Control(weights, str(column), by.frame.crs, shapes=shapes, **settled)
    if isinstance(by, Blocks):
        own = pd.Index(by.frame[schema.MUNICIPALITY])
        settled |= {"units": by.units.geometry, "unit": by.units.index.get_indexer(own)}
    return Control(weights, str(column), GRID_CRS, None, *grid, **settled)


def _check_weights(weights: np.ndarray, name: str) -> None:
    if np.isnan(weights).any() or (weights < 0).any():
        raise GeometryError("transfers.weights_missing", ids=[name])


def area_shares(source: gpd.GeoDataFrame, target: gpd.GeoSeries) -> csr_array:
    """Return (sources, targets) shares of every source's area, without slivers.

    Cells by exact coverage; of other shapes, offices draw the same border twice.
    """
    grid = grid_of(source.index)
    if grid is not None:
        found = coverage(areal(target.to_crs(GRID_CRS)), grid[0], cells=grid[1])
        return without_slivers(csr_array(found.T))
    shapes, others = areal(source.geometry), areal(alike(target, source.geometry))
    part, whole, area = overlaps(shapes, others)
    shape = (len(shapes), len(others))
    found = csr_array((area, (part, whole)), shape=shape)
    row = np.repeat(np.arange(len(shapes)), np.diff(found.indptr))
    of_target = found.data / shapely.area(others)[found.indices]
    found.data = found.data / shapely.area(shapes)[row]
    return without_slivers(found, limit=SLIVER, of_target=of_target)


def pieces_of(
    source: gpd.GeoSeries, target: gpd.GeoSeries
) -> tuple[np.ndarray, np.ndarray, gpd.GeoSeries, np.ndarray]:
    """Return which source and target overlap, the shapes they share, and which are slivers."""
    shapes, others = areal(source), areal(alike(target, source))
    part, whole, _ = overlaps(shapes, others)
    common = polygonal(shapely.intersection(shapes[part], others[whole]))
    area = shapely.area(common)
    narrow = area < SLIVER * shapely.area(shapes)[part]
    narrow &= area < SLIVER * shapely.area(others)[whole]
    return part, whole, gpd.GeoSeries(common, crs=source.crs), narrow
