"""Cells of the European census grid: keys, corners, squares (EPSG:3035).

A key names the south-west corner of its cell, northing first, in metres:
``CRS3035RES100mN2689100E4337000``. The census of 2011 also writes a short form in units
of the cell's size: ``100mN26891E43370``.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from sozialraum.errors import SourceError

GRID_CRS = "EPSG:3035"
SIZES = {"100m": 100, "1km": 1_000, "10km": 10_000}
"""Side length in metres, by name of the resolution, finest first."""
LONG = r"^\s*CRS3035RES(?P<size>\d+)mN(?P<north>\d+)E(?P<east>\d+)\s*$"
SHORT = r"^\s*(?P<size>\d+)(?P<unit>k?m)N(?P<north>\d+)E(?P<east>\d+)\s*$"


@dataclass(frozen=True, slots=True)
class Corners:
    """South-west corners in metres, and the side length of the cells."""

    north: np.ndarray
    east: np.ndarray
    size: int


def corners_of(keys: pa.Array, where: str) -> Corners:
    """Return the corners that keys of either form name.

    Raises
    ------
    SourceError
        Some keys are no cell keys, or sizes are mixed.

    Examples
    --------
    >>> corners = corners_of(pa.array(["100mN26891E43370"]), "a.csv")
    >>> int(corners.north[0]), int(corners.east[0]), corners.size
    (2689100, 4337000, 100)
    """
    if not len(keys):
        raise SourceError("sources.empty_file", ids=[where])
    parts = _extracted(keys, LONG)
    if parts.null_count:
        parts = _extracted(keys, SHORT)
    if parts.null_count:
        strange = keys.filter(parts.is_null()).unique().to_pylist()
        raise SourceError("sources.not_cell_keys", ids=strange, path=where)
    sizes = parts.field("size").unique().to_pylist()
    if len(sizes) > 1:
        raise SourceError("sources.mixed_sizes", ids=sorted(sizes), path=where)
    names = [field.name for field in parts.type]
    short = "unit" in names
    thousand = short and parts.field("unit")[0].as_py() == "km"
    size = int(sizes[0]) * (1000 if thousand else 1)
    scale = size if short else 1
    north, east = (_integers(parts.field(name)) * scale for name in ("north", "east"))
    return Corners(north, east, size)


def are_cell_keys(keys: pa.Array) -> np.ndarray:
    """Return True for texts that are cell keys of either form.

    Examples
    --------
    >>> are_cell_keys(pa.array(["1kmN3051E4097", "Q03"]))
    array([ True, False])
    """
    long, short = (_extracted(keys, pattern).is_valid() for pattern in (LONG, SHORT))
    return pc.call_function("or", [long, short]).to_numpy(zero_copy_only=False)


def _extracted(keys: pa.Array, pattern: str) -> pa.StructArray:
    return pc.call_function("extract_regex", [keys], pc.ExtractRegexOptions(pattern))


def _integers(texts: pa.Array) -> np.ndarray:
    return pc.cast(texts, pa.int64()).to_numpy(zero_copy_only=False)


def keys_of(corners: Corners) -> pa.Array:
    """Return the INSPIRE keys of corners.

    Examples
    --------
    >>> keys_of(Corners(np.array([2689000]), np.array([4337000]), 1000)).to_pylist()
    ['CRS3035RES1000mN2689000E4337000']
    """
    north, east = (pc.cast(pa.array(part), pa.string()) for part in (corners.north, corners.east))
    start = pa.scalar(f"CRS3035RES{corners.size}mN")
    parts = [start, north, pa.scalar("E"), east, pa.scalar("")]
    return pc.call_function("binary_join_element_wise", parts)


def squares(corners: Corners) -> np.ndarray:
    """Return the cells as polygons in EPSG:3035."""
    east, north, size = corners.east, corners.north, corners.size
    return shapely.box(east, north, east + size, north + size)


def check_midpoints(corners: Corners, x: np.ndarray, y: np.ndarray, where: str) -> None:
    """Raise unless the midpoints in a file are the midpoints of its keys.

    Files are known in which keys and coordinates differ by half a cell: every count then
    lands in the neighbouring area.

    Raises
    ------
    SourceError
        Names the cells that contradict themselves.
    """
    half = corners.size / 2
    off = (x != corners.east + half) | (y != corners.north + half)
    if off.any():
        ids = keys_of(corners).filter(pa.array(off)).to_pylist()
        raise SourceError("sources.half_cell", ids=ids, path=where)
