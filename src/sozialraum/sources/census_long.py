"""Census 2011 at 100 m: one row a cell × characteristic × category, turned into columns."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sozialraum.errors import SourceError
from sozialraum.methods.expression import names_in
from sozialraum.sources.census_cells import Cells, check_cells, taken
from sozialraum.sources.census_table import GridTable
from sozialraum.sources.grid import SIZES, Corners, corners_of
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts
from sozialraum.sources.window import Window

UNSAFE = 2
"""``Anzahl_q``: the number is unsafe because of the disclosure control."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Rows of the long table near the window, with cells and categories as codes.

    Parameters
    ----------
    cells
        Distinct keys near the window, also those without a row that was asked for.
    names
        Distinct names ``MERKMAL_CODE``, also of rows far away.
    cell, variable
        Positions in `cells` and `names`, one a row.
    count, unsafe
        The number and whether it is called unsafe, one a row.
    """

    cells: pa.Array
    names: list[str]
    cell: np.ndarray
    variable: np.ndarray
    count: np.ndarray
    unsafe: np.ndarray


def read_long(
    file: GridTable,
    window: Window | None,
    variables: Mapping[str, str] | None,
    *,
    larger: int | None = None,
) -> Cells:
    """Return the cells of a long table, one column a category.

    An absent row is 0: the disclosure control SAFE of the census 2011 leaves 0 or at
    least 3, and zeros are not written. Only categories that occur somewhere in the file
    are known, so that a misspelt one is an error and not a column of zeros. With `larger`,
    the side of the cells into which these will be added up, all cells near the window come.

    Raises
    ------
    SourceError
        Keys are no cell keys, a row occurs twice, a count is negative, an unknown category
        is asked for, or no cell touches the window.
    """
    asked = None
    if variables is not None:
        asked = {name for e in variables.values() for name in names_in(e)}
    pieces = list(_pieces(file, window, asked, larger or SIZES[file.resolution]))
    known = sorted({name for piece in pieces for name in piece.names})
    wanted = known if asked is None else sorted(asked)
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        present = ", ".join(known)
        raise SourceError("sources.columns_missing", ids=unknown, path=file.where, present=present)
    keys, position = _all_keys(pieces)
    if not len(keys):
        raise SourceError("sources.no_cell_within", path=file.where)
    corners = corners_of(keys, file.where)
    kept = _within(corners, None if larger else window)
    if not len(kept):
        raise SourceError("sources.no_cell_within", path=file.where)
    row_of = np.full(len(keys), -1)
    row_of[kept] = np.arange(len(kept))
    corners = taken(corners, kept)
    counts, unsafe = _filled(pieces, [row_of[p] for p in position], wanted, file, corners)
    columns = {name: _counts(counts[i], unsafe[i]) for i, name in enumerate(wanted)}
    for name, column in columns.items():
        check_cells(column.negative, "sources.cells_negative", name, file.where, corners)
    flagged = frozenset(name for name, column in columns.items() if column.limited.any())
    return Cells(corners, columns, flagged=flagged, notes=(note("safe", path=file.where),))


def _pieces(
    file: GridTable, window: Window | None, asked: set[str] | None, reach: int
) -> Iterator[Piece]:
    coded = pa.dictionary(pa.int32(), pa.string())
    quality = file.column("Anzahl_q")
    types = {
        file.key: coded,
        "Merkmal": coded,
        "Auspraegung_Code": coded,
        "Anzahl": pa.float64(),
        **({quality: pa.int8()} if quality else {}),
    }
    for batch in file.batches(types):
        names, variable = _categories(batch)
        near = _near(batch[file.key].dictionary, window, file, reach)
        position = np.cumsum(near) - 1
        cell = _codes(batch[file.key])
        used = near[cell]
        if asked is not None:
            used &= np.array([name in asked for name in names])[variable]
        unsafe = np.zeros(batch.num_rows, bool)
        if quality:
            unsafe = batch[quality].to_numpy(zero_copy_only=False) == UNSAFE
        yield Piece(
            cells=batch[file.key].dictionary.filter(pa.array(near)),
            names=names,
            cell=position[cell[used]],
            variable=variable[used],
            count=batch["Anzahl"].to_numpy(zero_copy_only=False)[used],
            unsafe=unsafe[used],
        )


def _categories(batch: pa.RecordBatch) -> tuple[list[str], np.ndarray]:
    """Return the distinct names ``MERKMAL_CODE`` of a piece, and their positions by row."""
    features, codes = batch["Merkmal"], batch["Auspraegung_Code"]
    width = len(codes.dictionary)
    occurring, variable = np.unique(_codes(features) * width + _codes(codes), return_inverse=True)
    # the characteristic is padded with blanks in the official files
    labels = [str(label).strip() for label in features.dictionary.to_pylist()]
    numbers = [str(code).strip() for code in codes.dictionary.to_pylist()]
    return [f"{labels[pair // width]}_{numbers[pair % width]}" for pair in occurring], variable


def _near(keys: pa.Array, window: Window | None, file: GridTable, reach: int) -> np.ndarray:
    """Return True for distinct keys near the window."""
    if window is None:
        return np.ones(len(keys), bool)
    corners = corners_of(keys, file.where)
    half = corners.size / 2
    return window.near(corners.east + half, corners.north + half, reach)


def _codes(column: pa.Array) -> np.ndarray:
    return column.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def _all_keys(pieces: list[Piece]) -> tuple[pa.Array, list[np.ndarray]]:
    """Return all distinct keys, and for every piece the positions of its rows' keys."""
    if not pieces:
        return pa.array([], pa.string()), []
    keys = pa.chunked_array([piece.cells for piece in pieces]).unique()
    position = [_positions(piece.cells, keys)[piece.cell] for piece in pieces]
    return keys, position


def _positions(cells: pa.Array, keys: pa.Array) -> np.ndarray:
    found = pc.call_function("index_in", [cells], pc.SetLookupOptions(keys))
    return found.to_numpy(zero_copy_only=False)


def _within(corners: Corners, window: Window | None) -> np.ndarray:
    """Return the positions of the cells that touch the window."""
    if window is None:
        return np.arange(len(corners.north))
    return np.flatnonzero(window.touched(corners))


def _filled(
    pieces: list[Piece],
    rows: list[np.ndarray],
    wanted: list[str],
    file: GridTable,
    corners: Corners,
) -> tuple[np.ndarray, np.ndarray]:
    """Return counts and warnings as matrices (variables × cells)."""
    counts = np.zeros((len(wanted), len(corners.north)))
    unsafe = np.zeros(counts.shape, bool)
    seen = np.zeros(counts.shape, bool)
    column_of = {name: i for i, name in enumerate(wanted)}
    for piece, row in zip(pieces, rows, strict=True):
        column = np.array([column_of.get(name, -1) for name in piece.names])[piece.variable]
        used = (row >= 0) & (column >= 0)
        place = (column[used], row[used])
        flat = np.ravel_multi_index(place, counts.shape)
        twice = place[1][seen[place] | _repeated(flat)]
        check_cells(np.unique(twice), "sources.cells_repeated", "Merkmal", file.where, corners)
        seen[place] = True
        counts[place] = piece.count[used]
        unsafe[place] = piece.unsafe[used]
    return counts, unsafe


def _repeated(flat: np.ndarray) -> np.ndarray:
    """Return True for every entry after the first of its kind."""
    again = np.ones(len(flat), bool)
    again[np.unique(flat, return_index=True)[1]] = False
    return again


def _counts(values: np.ndarray, unsafe: np.ndarray) -> Counts:
    return Counts(values, values, values, np.zeros(len(values), np.int8), unsafe)
