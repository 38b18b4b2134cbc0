"""GeoTIFF files: opened with care, and the numbers of a part of a band."""

import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from sozialraum.errors import SourceError
from sozialraum.model import Layer
from sozialraum.sources.archives import extract, is_zip, local_file, members
from sozialraum.sources.notes import note

if TYPE_CHECKING:
    from rasterio.io import DatasetReader

MOST_CELLS = 100_000_000
"""Largest number of cells read at once."""
ENDINGS = (".tif", ".tiff")
SIGNATURES = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
SIDECARS_OFF = {"GDAL_PAM_ENABLED": "NO", "GDAL_TIFF_INTERNAL_MASK": True}
"""Files beside a raster may name other files; what they say is not followed."""
SENTINELS = (-200.0, -999.0, -9999.0, -32768.0, -99999.0, -3.4028234663852886e38)
"""Numbers that stand for "no data" in files that do not say so."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Where the cells of a raster lie; `height` is positive where the file runs southwards."""

    west: float
    north: float
    width: float
    height: float
    crs: CRS


@contextmanager
def opened_raster(path: str | Path) -> Iterator["DatasetReader"]:
    """Yield an open GeoTIFF, unpacked into a temporary folder where it is zipped."""
    import rasterio
    from rasterio.errors import RasterioError

    local = local_file(path)
    with tempfile.TemporaryDirectory(prefix="sozialraum-") as folder:
        if is_zip(local):
            names = [name for name in members(local) if name.lower().endswith(ENDINGS)]
            if len(names) != 1:
                raise SourceError("rasters.none_in_zip", ids=names or members(local), path=path)
            (local,) = extract(local, names, Path(folder))
        _check_format(local, str(path))
        with rasterio.Env(**SIDECARS_OFF):
            try:
                # that a picture has no place is told by whoever needs one
                with warnings.catch_warnings(record=True, action="always"):
                    file = rasterio.open(local, driver="GTiff")
            except (RasterioError, CRSError) as error:
                raise SourceError("rasters.not_readable", path=path) from error
            with file:
                yield file


def _check_format(path: Path, shown: str) -> None:
    """Raise unless a file starts like a TIFF: other formats can refer to files elsewhere."""
    with path.open("rb") as stream:
        if not stream.read(4).startswith(SIGNATURES):
            raise SourceError("rasters.not_geotiff", path=shown)


def is_unplaced(file: "DatasetReader") -> bool:
    """Return True for a picture whose rows and columns stand for nothing on the ground."""
    a, b, c, d, e, f = file.transform[:6]
    return (a, b, c, d, abs(e), f) == (1, 0, 0, 0, 1, 0)


def span(first: float, last: float, size: int) -> tuple[int, int]:
    """Return the rows or columns between two places, with one more on either side."""
    low, high = sorted((first, last))
    return max(0, int(np.floor(low)) - 1), min(size, int(np.ceil(high)) + 1)


def bounds_of(within: Layer, system: CRS) -> tuple[float, float, float, float]:
    """Return west, south, east and north of some shapes in another system."""
    change = Transformer.from_crs(within.frame.crs, system, always_xy=True)
    west, south, east, north = within.frame.total_bounds
    return change.transform_bounds(west, south, east, north)


def check_size(cells: float, where: str) -> None:
    """Raise where more cells would be held at once than memory is meant for."""
    if cells > MOST_CELLS:
        raise SourceError("rasters.too_many_cells", path=where, limit=MOST_CELLS // 1_000_000)


def numbers_in(
    file: "DatasetReader", band: int, part: Any, nodata: float | None, where: str
) -> tuple[np.ndarray, list[str]]:
    """Return numbers with NaN where there are none, scaled as the file says."""
    from rasterio.errors import RasterioError

    try:
        read = file.read(band, window=part, masked=True)
    except RasterioError as error:
        raise SourceError("rasters.damaged", path=where) from error
    notes = []
    numbers = np.ma.filled(read.astype(np.float64), np.nan)
    gone = ~np.isfinite(numbers)
    if nodata is not None:
        gone |= numbers == nodata
    numbers[gone] = np.nan
    scale, offset = file.scales[band - 1], file.offsets[band - 1]
    if (scale, offset) != (1.0, 0.0):
        numbers = numbers * scale + offset
        notes.append(note("rasters.note_scaled", path=where, scale=scale, offset=offset))
    if nodata is None and file.nodatavals[band - 1] is None:
        odd = [value for value in SENTINELS if (numbers == value).any()]
        if odd:
            notes.append(note("rasters.note_sentinel", ids=[f"{v:g}" for v in odd], path=where))
    if not np.isfinite(numbers).any():
        notes.append(note("rasters.note_nothing", path=where))
    return numbers, notes
