"""Census cells as Parquet or GeoParquet: keys, midpoints or shapes, one row a cell."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from sozialraum.errors import SourceError
from sozialraum.sources.census_table import FEATURE_2011, ID_COLUMN, GridTable, edition_of
from sozialraum.sources.grid import GRID_CRS, SIZES, are_cell_keys, corners_at, corners_of
from sozialraum.sources.text import check_header

MAGIC = b"PAR1"
LOOK = 1_000
"""Rows from which the size of the cells is told."""
ROWS = 1 << 18
X, Y = "__x", "__y"
"""Midpoints computed from shapes."""
AXIS = r"(_mp)?(_(100m|1km|10km))?"


@dataclass(frozen=True, slots=True)
class ParquetGrid(GridTable):
    """A table of cells in a Parquet file.

    Parameters
    ----------
    types
        Types of the columns.
    shapes
        Column with squares or midpoints (WKB), if they are needed; else blank.
    """

    types: Mapping[str, pa.DataType]
    shapes: str

    def type_of(self, name: str) -> pa.DataType:
        """Return numbers as they are stored, decimals as floats, anything else as text."""
        kind = self.types[name]
        if pa.types.is_decimal(kind):
            return pa.float64()
        return kind if _is_number(kind) else pa.string()

    def looks_classed(self, columns: Sequence[str]) -> bool:
        """Return True if all these columns of means are whole numbers."""
        return bool(columns) and all(pa.types.is_integer(self.types[name]) for name in columns)

    def blank_is_zero(self, name: str) -> bool:
        """Return True for categories of 2011: where they became columns, blank was no row."""
        return self.edition == "2011" and bool(FEATURE_2011.search(name))

    def batches(self, types: Mapping[str, pa.DataType]) -> Iterator[pa.RecordBatch]:
        """Yield the table in pieces, holding only the columns named, as the types named."""
        made = {X, Y} & set(types)
        wanted = [name for name in types if name not in made] + ([self.shapes] if made else [])
        for batch in _pieces(self.path, ROWS, wanted):
            columns = {name: batch[name] for name in wanted}
            if made:
                columns[X], columns[Y] = _midpoints(batch[self.shapes], self.where)
            try:
                arrays = [_as(columns[name], kind) for name, kind in types.items()]
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
                raise SourceError("sources.not_a_grid_table", path=self.where) from error
            yield pa.record_batch(arrays, schema=pa.schema(list(types.items())))


def is_parquet(path: Path) -> bool:
    """Return True if a file starts like Parquet, whatever it is called."""
    with path.open("rb") as stream:
        return stream.read(4) == MAGIC


def parquet_file(path: Path) -> ParquetGrid:
    """Return the table of cells in a Parquet file.

    Raises
    ------
    SourceError
        It is damaged, or holds neither keys of cells nor midpoints nor shapes in EPSG:3035.
    """
    head = next(_pieces(path, LOOK), None)
    where = str(path)
    if head is None or not head.num_rows:
        raise SourceError("sources.empty_file", ids=[where])
    check_header(head.schema.names, where)
    types = {field.name: field.type for field in head.schema}
    key, axes, shapes, size = _place(head, types, where)
    resolution = next((name for name, side in SIZES.items() if side == size), "")
    if not resolution:
        raise SourceError("sources.mixed_sizes", ids=[size], path=where)
    usable = tuple(n for n in types if _is_number(types[n]) or _is_text(types[n]))
    return ParquetGrid(
        path=path,
        member=None,
        where=where,
        header=usable,
        key=key,
        resolution=resolution,
        axes=axes,
        edition=edition_of(key, path.name, usable),
        decimal=",",
        types=types,
        shapes=shapes,
    )


def _place(
    head: pa.RecordBatch, types: Mapping[str, pa.DataType], where: str
) -> tuple[str, tuple[str, str] | None, str, int]:
    """Return what tells where the cells lie: keys, midpoints or shapes; and their size."""
    key, axes = _key(head), _axes(types)
    if key:
        # without the official names, x and y may be anything: the keys say enough
        told = axes if axes and "_mp" in axes[0].casefold() else None
        return key, told, "", corners_of(_as(head[key], pa.string()), where).size
    shapes = "" if axes else _shapes(head.schema.metadata or {}, types, where)
    x, y = (head[name] for name in axes) if axes else _midpoints(head[shapes], where)
    return "", axes or (X, Y), shapes, corners_at(_floats(x), _floats(y), where).size


def _pieces(path: Path, rows: int, columns: list[str] | None = None) -> Iterator[pa.RecordBatch]:
    """Yield a Parquet file in pieces of so many rows.

    Raises
    ------
    SourceError
        It is damaged: pyarrow notices that when it opens the file or on the way.
    """
    try:
        with pq.ParquetFile(path) as file:
            yield from file.iter_batches(rows, columns=columns)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise SourceError("census.not_parquet", path=path) from error


def _key(head: pa.RecordBatch) -> str:
    """Return the column of keys: by its name, else by what stands in it."""
    texts = [field.name for field in head.schema if _is_text(field.type)]
    ordered = sorted(texts, key=lambda name: not ID_COLUMN.match(name))
    for name in ordered:
        cells = _as(head[name], pa.string()).drop_null()
        if len(cells) and are_cell_keys(cells).all():
            return name
    return ""


def _axes(types: Mapping[str, pa.DataType]) -> tuple[str, str] | None:
    """Return the columns of coordinates, if both are numbers."""
    found = [
        next(
            (
                n
                for n, t in types.items()
                if re.fullmatch(a + AXIS, n, re.IGNORECASE) and _is_number(t)
            ),
            "",
        )
        for a in ("x", "y")
    ]
    return (found[0], found[1]) if all(found) else None


def _shapes(metadata: Mapping[bytes, bytes], types: Mapping[str, Any], where: str) -> str:
    """Return the column of shapes of a GeoParquet file, if they lie in EPSG:3035."""
    try:
        described = json.loads(metadata[b"geo"])
        name = described["primary_column"]
        crs = CRS.from_user_input(described["columns"][name]["crs"])
    except (KeyError, TypeError, ValueError, CRSError, RecursionError) as error:
        known = ", ".join(list(types)[:12])
        raise SourceError("census.no_cells", path=where, present=known) from error
    if crs.to_epsg() != 3035 and not crs.equals(CRS(GRID_CRS), ignore_axis_order=True):
        raise SourceError("census.shapes_elsewhere", path=where, crs=crs.name)
    if name not in types:
        raise SourceError("census.no_cells", path=where, present=", ".join(list(types)[:12]))
    return name


def _midpoints(shapes: pa.Array, where: str) -> tuple[pa.Array, pa.Array]:
    """Return the midpoints of squares, or of points, to the decimetre."""
    try:
        read = shapely.from_wkb(shapes.cast(pa.binary()).to_numpy(zero_copy_only=False))
    except (shapely.errors.GEOSException, TypeError, pa.ArrowInvalid) as error:
        raise SourceError("sources.not_a_grid_table", path=where) from error
    west, south, east, north = shapely.bounds(read).T
    return pa.array(np.round((west + east) / 2, 1)), pa.array(np.round((south + north) / 2, 1))


def _as(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return a column as another type; categories become what they stand for first."""
    if pa.types.is_dictionary(kind):
        return column.cast(pa.string()).dictionary_encode()
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(kind)


def _floats(column: pa.Array) -> np.ndarray:
    return np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), float)


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def _is_text(kind: pa.DataType) -> bool:
    held = kind.value_type if pa.types.is_dictionary(kind) else kind
    return pa.types.is_string(held) or pa.types.is_large_string(held)
