"""Rasters in degrees, in Web Mercator or turned: carried to a grid of equal areas."""

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pyproj import CRS

from sozialraum.errors import SourceError
from sozialraum.model import Layer
from sozialraum.sources.notes import note
from sozialraum.sources.raster_file import (
    Grid,
    bounds_of,
    check_size,
    is_unplaced,
    numbers_in,
    span,
)

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

type Warp = Literal["sum", "nearest"]
EQUAL_AREA = "EPSG:3035"
MARGIN = 2
"""Cells added on every side."""


def warped(
    file: "DatasetReader",
    band: int,
    system: CRS,
    within: Layer | None,
    nodata: float | None,
    warp: Warp,
    where: str,
) -> tuple[np.ndarray, Grid, list[str]]:
    """Return the raster carried to equal areas, with cells about as large as they were."""
    from rasterio.warp import Resampling, calculate_default_transform, reproject

    if is_unplaced(file):
        raise SourceError("rasters.not_placed", path=where)
    part = _part_around(file, within, system)
    check_size(part.width * part.height, where)
    numbers, notes = numbers_in(file, band, part, nodata, where)
    start = file.window_transform(part)
    rows, columns = numbers.shape
    corners = np.array([start @ (c, r) for c in (0, columns) for r in (0, rows)])
    (west, south), (east, north) = corners.min(axis=0), corners.max(axis=0)
    to, width, height = calculate_default_transform(
        system.to_wkt(), EQUAL_AREA, columns, rows, west, south, east, north
    )
    # straight edges become curved: a little more room, or counts at the edges get lost
    to = to @ to.translation(-MARGIN, -MARGIN)
    width, height = (width or 0) + 2 * MARGIN, (height or 0) + 2 * MARGIN
    check_size(width * height, where)
    carried = np.full((height, width), np.nan)
    reproject(
        numbers,
        carried,
        src_transform=start,
        src_crs=system.to_wkt(),
        src_nodata=np.nan,
        dst_transform=to,
        dst_crs=EQUAL_AREA,
        dst_nodata=np.nan,
        resampling=Resampling.sum if warp == "sum" else Resampling.nearest,
    )
    message = "rasters.note_summed" if warp == "sum" else "rasters.note_nearest"
    notes.append(note(message, path=where, crs=system.name, to=CRS(EQUAL_AREA).name))
    return carried, Grid(to.c, to.f, to.a, -to.e, CRS(EQUAL_AREA)), notes


def _part_around(file: "DatasetReader", within: Layer | None, system: CRS) -> Any:
    """Return the window of a file, however it is turned, that holds some shapes."""
    from rasterio.windows import Window

    if within is None:
        return Window.from_slices((0, file.height), (0, file.width))
    west, south, east, north = bounds_of(within, system)
    back = ~file.transform
    corners = np.array([back @ (x, y) for x in (west, east) for y in (south, north)])
    columns = span(corners[:, 0].min(), corners[:, 0].max(), file.width)
    rows = span(corners[:, 1].min(), corners[:, 1].max(), file.height)
    if rows[0] >= rows[1] or columns[0] >= columns[1]:
        raise SourceError("rasters.elsewhere", path=file.name)
    return Window.from_slices(rows, columns)
