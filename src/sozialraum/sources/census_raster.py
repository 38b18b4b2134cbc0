"""Census cells as a raster of one characteristic, as tools for the census write them."""

from pathlib import Path

import numpy as np
from pyproj import CRS

from sozialraum.errors import SourceError
from sozialraum.model import Raster
from sozialraum.sources.census_cells import Cells, check_cells, numbers, taken
from sozialraum.sources.census_numbers import has_decimals, without_secret_codes
from sozialraum.sources.census_table import GridFile, edition_of
from sozialraum.sources.census_topics import SHARE
from sozialraum.sources.grid import GRID_CRS, SIZES, Corners
from sozialraum.sources.raster import read_raster
from sozialraum.sources.window import Window

ENDINGS = {".tif", ".tiff"}


def is_raster(path: Path) -> bool:
    """Return True if a file is called like a GeoTIFF."""
    return path.suffix.lower() in ENDINGS


def raster_file(path: Path) -> tuple[GridFile, Raster]:
    """Return a raster, and what it is as a table of cells with one column named like it.

    Raises
    ------
    SourceError
        It is no raster, or its cells are not those of the census grid.
    """
    raster = read_raster(path)
    size = next((n for n, side in SIZES.items() if raster.width == raster.height == side), "")
    fits = size and raster.west % SIZES[size] == 0 and raster.north % SIZES[size] == 0
    grid = CRS(GRID_CRS)
    if not fits or not (
        raster.crs.to_epsg() == 3035 or raster.crs.equals(grid, ignore_axis_order=True)
    ):
        raise SourceError("census.raster_elsewhere", path=path, crs=raster.crs.name)
    file = GridFile(
        path=path,
        member=None,
        where=str(path),
        header=(),
        key="",
        resolution=size,
        axes=None,
        edition=edition_of("", path.name, ()),
        decimal=".",
    )
    return file, raster


def raster_cells(
    file: GridFile, raster: Raster, window: Window | None, *, larger: int | None = None
) -> Cells:
    """Return the cells of a raster that hold a number.

    Raises
    ------
    SourceError
        A count is negative, or no cell touches the window.
    """
    rows, columns = np.nonzero(~np.isnan(raster.values))
    size = SIZES[file.resolution]
    north = int(raster.north) - (rows + 1) * size
    corners = Corners(north, int(raster.west) + columns * size, size)
    value = raster.values[rows, columns]
    if window is not None:
        half = size / 2
        near = window.near(corners.east + half, corners.north + half, larger or size)
        corners, value = taken(corners, near), value[near]
        kept = np.ones(len(value), bool) if larger else window.touched(corners)
        corners, value = taken(corners, kept), value[kept]
    if not len(value):
        raise SourceError("sources.no_cell_within", path=file.where)
    counts = numbers(value.astype(float))
    if file.edition != "2022":
        counts = without_secret_codes(counts)
    name = file.topic
    share = bool(SHARE.search(name)) or has_decimals(counts)
    if not share:
        check_cells(counts.negative, "sources.cells_negative", name, file.where, corners)
    return Cells(corners, {name: counts}, frozenset({name} if share else ()), notes=raster.notes)
