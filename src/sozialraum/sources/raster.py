"""Rasters: people, built-up land, land cover, out of a GeoTIFF and nothing else."""

from pathlib import Path
from typing import TYPE_CHECKING, get_args

import numpy as np
from pyproj import CRS
from pyproj.exceptions import CRSError

from sozialraum.errors import SourceError
from sozialraum.model import Layer, Raster, Source
from sozialraum.sources.notes import note
from sozialraum.sources.raster_file import (
    Grid,
    bounds_of,
    check_size,
    is_unplaced,
    numbers_in,
    opened_raster,
    span,
)
from sozialraum.sources.raster_warp import Warp, warped

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

LARGEST_BLOCK = 64_000_000
"""Largest number of cells that a file stores as one piece."""
WEB_MERCATOR = 3857
GHSL = "© European Union, JRC, Global Human Settlement Layer"


def read_raster(
    path: str | Path,
    *,
    band: int = 1,
    within: Layer | None = None,
    crs: str | None = None,
    nodata: float | None = None,
    warp: Warp | None = None,
    source: Source | None = None,
) -> Raster:
    """Return one band of a GeoTIFF as numbers on a regular grid.

    The raster stays in its own coordinate system, so that no number is changed.

    Parameters
    ----------
    path
        GeoTIFF, or ZIP that holds one.
    band
        Which band, counted from 1.
    within
        Read only what lies around these shapes.
    crs
        CRS to believe instead of the file's.
    nodata
        Number that stands for "no data", where the file does not say it.
    warp
        What to do with a raster in degrees, in Web Mercator or with a rotated grid: carry it
        to EPSG:3035 as counts (``"sum"``, such as people: the total is kept) or as classes
        (``"nearest"``, such as land cover). Without it such a raster is an error.
    source
        Where the file comes from, if it cannot be told from the file.

    Returns
    -------
    Raster
        NaN where the file holds nothing.

    Raises
    ------
    SourceError
        No local GeoTIFF, no such band, no coordinate system or none in metres, a rotated
        grid, more than 100 million cells at once, or nothing near `within`.

    Examples
    --------
    >>> from sozialraum.datasets import sample_path
    >>> read_raster(sample_path() / "daten" / "landnutzung.tif")
    <Raster: 394 × 417, 100 × 100 m, ETRS89-extended / LAEA Europe, landnutzung>
    """
    if warp not in (None, *get_args(Warp.__value__)):
        raise SourceError("rasters.no_such_warp", ids=[repr(warp)])
    with opened_raster(path) as file:
        _check_band(file, band, str(path))
        system = _system(file, crs, str(path))
        notes = []
        if file.count > 1:
            notes.append(note("rasters.note_band", path=path, band=band, count=file.count))
        fault = _unfit(file, system)
        if fault and warp is None:
            raise SourceError(fault, path=path, crs=system.name)
        numbers, grid, more = (
            warped(file, band, system, within, nodata, warp, str(path))
            if fault and warp
            else _window(file, band, system, within, nodata, str(path))
        )
    return Raster(
        numbers,
        grid.west,
        grid.north,
        grid.width,
        grid.height,
        grid.crs,
        source or _source(Path(path)),
        tuple(notes + more),
    )


def _check_band(file: "DatasetReader", band: int, where: str) -> None:
    if not 1 <= band <= file.count:
        raise SourceError("rasters.no_such_band", ids=[band], path=where, count=file.count)
    if "complex" in file.dtypes[band - 1]:
        raise SourceError("rasters.complex", path=where)
    rows, columns = file.block_shapes[band - 1]
    if rows * columns > LARGEST_BLOCK:
        raise SourceError("rasters.one_piece", path=where)


def _system(file: "DatasetReader", crs: str | None, where: str) -> CRS:
    try:
        if crs is not None:
            return CRS.from_user_input(crs)
        found = CRS.from_wkt(file.crs.to_wkt()) if file.crs else None
    except CRSError as error:
        raise SourceError("sources.no_such_crs", ids=[crs or ""], path=where) from error
    if found is None:
        raise SourceError("rasters.no_crs", path=where)
    return found.sub_crs_list[0] if found.is_compound else found


def _unfit(file: "DatasetReader", system: CRS) -> str | None:
    """Return what keeps a raster from being used as it is, if anything."""
    if is_unplaced(file):
        return "rasters.not_placed"
    if not system.is_projected or system.axis_info[0].unit_name not in ("metre", "meter"):
        return "rasters.not_metres"
    if system.to_epsg() == WEB_MERCATOR:
        return "rasters.web_mercator"
    return None if file.transform.b == file.transform.d == 0 else "rasters.rotated"


def _window(
    file: "DatasetReader",
    band: int,
    system: CRS,
    within: Layer | None,
    nodata: float | None,
    where: str,
) -> tuple[np.ndarray, Grid, list[str]]:
    """Return the cells around some shapes as they stand in the file, north up."""
    from rasterio.windows import Window

    step = file.transform
    rows, columns = (0, file.height), (0, file.width)
    if within is not None:
        west, south, east, north = bounds_of(within, system)
        columns = span((west - step.c) / step.a, (east - step.c) / step.a, file.width)
        rows = span((north - step.f) / step.e, (south - step.f) / step.e, file.height)
    if rows[0] >= rows[1] or columns[0] >= columns[1]:
        raise SourceError("rasters.elsewhere", path=where)
    check_size((rows[1] - rows[0]) * (columns[1] - columns[0]), where)
    part = Window.from_slices(rows, columns)
    numbers, notes = numbers_in(file, band, part, nodata, where)
    x = sorted(step.c + step.a * column for column in columns)
    y = sorted(step.f + step.e * row for row in rows)
    if step.a < 0:
        numbers = numbers[:, ::-1]
    if step.e > 0:
        numbers = numbers[::-1]
    grid = Grid(x[0], y[1], abs(step.a), abs(step.e), system)
    return np.ascontiguousarray(numbers), grid, notes


def _source(path: Path) -> Source:
    """Return the source of a raster, as far as its name tells it."""
    stem = path.name.split(".")[0]
    if stem.upper().startswith("GHS_"):
        return Source(provider="European Commission, JRC", title=stem, attribution=GHSL)
    return Source(provider=path.name, title=stem)
