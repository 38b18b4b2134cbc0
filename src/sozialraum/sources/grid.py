"""Cells of the European census grid: keys, corners, squares (EPSG:3035).

A key names the south-west corner of its cell, northing first, in metres:
``CRS3035RES100mN2689100E4337000``. The census of 2011 also writes a short form in units
of the cell's size: ``100mN26891E43370``.
"""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from sozialraum.errors import SourceError

GRID_CRS = "EPSG:3035"
SIZES = {"100m": 100, "1km": 1_000, "10km": 10_000}
"""Side length in metres, by name of the resolution, finest first."""
LONG = r"^\s*CRS3035RES(?P<size>\d{1,6})mN(?P<north>\d{1,9})E(?P<east>\d{1,9})\s*$"
SHORT = r"^\s*(?P<size>\d{1,6})(?P<unit>k?m)N(?P<north>\d{1,9})E(?P<east>\d{1,9})\s*$"
DENSE = 1 << 25
"""Cells of a bounding box up to which coarser cells are found without sorting."""


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
    alike = _of_one_width(keys)
    if alike is not None:
        return alike
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


def _of_one_width(keys: pa.Array) -> Corners | None:
    """Return corners where all keys have the parts of the first one in the same places.

    So the keys of official files are written; reading their digits as a matrix takes a
    tenth of the time of a regular expression. None where anything is different.
    """
    if keys.type != pa.string() or keys.null_count:
        return None
    _, places, data = keys.buffers()
    begin = np.frombuffer(places, np.int32)[keys.offset : keys.offset + len(keys) + 1]
    width = int(begin[1] - begin[0])
    if data is None or (np.diff(begin) != width).any():
        return None
    letters = np.frombuffer(data, np.uint8)[begin[0] : begin[-1]].reshape(len(keys), width)
    first = letters[0].tobytes().decode("ascii", errors="replace")
    match = re.match(LONG, first) or re.match(SHORT, first)
    if not match:
        return None
    digits = np.zeros(width, bool)
    for part in ("north", "east"):
        digits[slice(*match.span(part))] = True
    numbers = letters[:, digits] - np.uint8(ord("0"))
    if (numbers > 9).any() or (letters[:, ~digits] != letters[0, ~digits]).any():
        return None
    unit = match.groupdict().get("unit")
    size = int(match["size"]) * (1000 if unit == "km" else 1)
    split = len(match["north"])
    north, east = _whole(numbers[:, :split]), _whole(numbers[:, split:])
    scale = size if unit else 1
    return Corners(north * scale, east * scale, size)


def _whole(digits: np.ndarray) -> np.ndarray:
    """Return the whole numbers that rows of digits write."""
    number = np.zeros(len(digits), np.int64)
    for place in digits.T:
        number = number * 10 + place
    return number


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


def corners_at(x: np.ndarray, y: np.ndarray, where: str) -> Corners:
    """Return the corners of cells from their midpoints, whose last digits name the size.

    Raises
    ------
    SourceError
        They are not the midpoints of cells of one size: corners, points or other coordinates.

    Examples
    --------
    >>> corners_at(np.array([4337050.0]), np.array([2689150.0]), "a.parquet")
    Corners(north=array([2689100]), east=array([4337000]), size=100)
    """
    for size in SIZES.values():
        half = size / 2
        if len(x) and ((x % size == half) & (y % size == half)).all():
            return Corners((y - half).astype(np.int64), (x - half).astype(np.int64), size)
    raise SourceError("census.not_midpoints", path=where)


def check_distinct(corners: Corners, where: str) -> None:
    """Raise if a cell occurs twice.

    Raises
    ------
    SourceError
        Names the cells.
    """
    code = corners.north << 32 | corners.east
    if (code[1:] > code[:-1]).all():
        return
    _, first = np.unique(code, return_index=True)
    again = np.ones(len(code), bool)
    again[first] = False
    if again.any():
        ids = keys_of(corners).filter(pa.array(again)).to_pylist()
        raise SourceError("census.cells_repeated", ids=sorted(set(ids)), path=where)


def coarser(corners: Corners, size: int) -> tuple[Corners, np.ndarray]:
    """Return the larger cells that cells lie in, and the position of each cell's.

    Examples
    --------
    >>> fine = Corners(np.array([2689100, 2689900]), np.array([4337000, 4337500]), 100)
    >>> coarser(fine, 1000)
    (Corners(north=array([2689000]), east=array([4337000]), size=1000), array([0, 0]))
    """
    north, east = corners.north // size, corners.east // size
    south, west = int(north.min()), int(east.min())
    width = int(east.max()) - west + 1
    code = (north - south) * width + (east - west)
    if (int(north.max()) - south + 1) * width <= DENSE:
        used = np.bincount(code) > 0
        cells, group = np.flatnonzero(used), (np.cumsum(used) - 1)[code]
    else:
        cells, group = np.unique(code, return_inverse=True)
    rows, columns = np.divmod(cells, width)
    return Corners((rows + south) * size, (columns + west) * size, size), group
