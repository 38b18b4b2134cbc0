"""Census tables with one row a cell: 2022, and 2011 at 1 km and for total population."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.methods.expression import names_in
from sozialraum.sources.census_file import GridFile
from sozialraum.sources.grid import SIZES, Corners, check_midpoints, corners_of, keys_of
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import CENSUS_2011, CENSUS_2022, Counts, Mark, parse
from sozialraum.sources.window import Window

SHARE = re.compile(r"^anteil|^durchschn|quote$|_[AD]$", re.IGNORECASE)
"""Names of shares and means in the grid files of both censuses."""
CLASSED = re.compile(r"klassiert", re.IGNORECASE)
MEANS_2011 = ("Alter_D", "Frauen_A", "HHGroesse_D")
"""Columns of the 1 km files of 2011 that hold decimals unless they hold class codes."""
SECRET_2011 = (-1.0, -9.0)
"""-1: uninhabited or secret; -9: inhabited, value secret."""
UNSAFE = "KLAMMERN"


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns of a census file, read and typed.

    Parameters
    ----------
    corners
        Cells in the order of the file.
    columns
        Numbers and marks by column of the file; `limited` is the file's own warning that
        a number is uncertain.
    shares
        Columns that are shares, means or classes.
    flagged
        Columns to which the file's warnings apply.
    notes
        What was found.
    """

    corners: Corners
    columns: Mapping[str, Counts]
    shares: frozenset[str] = frozenset()
    flagged: frozenset[str] = frozenset()
    notes: tuple[str, ...] = field(default=())


def read_wide(
    file: GridFile,
    window: Window | None,
    variables: Mapping[str, str] | None,
    *,
    dash_is_zero: bool = False,
) -> Cells:
    """Return the cells of a table with one row a cell.

    Raises
    ------
    SourceError
        A key is no cell key, key and midpoint contradict each other, a cell is neither a
        number nor an official symbol, or no cell touches the window.
    """
    x, y, sign = file.column("x_mp"), file.column("y_mp"), file.column("werterl")
    extra = {file.key, x, y, sign}
    values = _used([n for n in file.header if n and n not in extra], variables, file)
    types = {file.key: pa.string(), **dict.fromkeys(values, pa.binary())}
    types |= {name: pa.float64() for name in (x, y) if name}
    types |= {sign: pa.string()} if sign else {}
    table, corners = _gathered(file, types, window, (x, y))
    classed = is_classed(file)
    shares = frozenset(n for n in values if classed or SHARE.search(n))
    notes = [note("classed", path=file.where)] if classed else []
    zeros = frozenset(values) - shares if dash_is_zero else frozenset()
    columns = {n: _parsed(table[n], n, file, corners, dash_is_zero=n in zeros) for n in values}
    if zeros:
        notes.append(note("dash_is_zero", path=file.where, ids=sorted(zeros)))
    flagged = frozenset()
    if sign:
        flagged = shares or frozenset(values)
        columns, more = _with_signs(columns, flagged, table[sign], file)
        notes += more
    return Cells(corners, columns, shares, flagged, tuple(notes))


def _used(columns: list[str], variables: Mapping[str, str] | None, file: GridFile) -> list[str]:
    """Return the columns that expressions use; all of them where there are none."""
    if variables is None:
        return columns
    used = {name for e in variables.values() for name in names_in(e, columns)}
    unknown = sorted(used - set(columns))
    if unknown:
        known = ", ".join(columns)
        raise SourceError("sources.columns_missing", ids=unknown, path=file.where, present=known)
    return [name for name in columns if name in used]


def is_classed(file: GridFile) -> bool:
    """Return True for the 2011 file of class codes, which has the columns of the other one.

    Content decides: means without a decimal comma are class codes.
    """
    if CLASSED.search(file.topic):
        return True
    means = [file.header.index(name) for name in MEANS_2011 if name in file.header]
    cells = [row[i] for row in file.sample for i in means if len(row) > i]
    return file.edition == "2011" and bool(cells) and not any("," in cell for cell in cells)


def _gathered(
    file: GridFile,
    types: Mapping[str, pa.DataType],
    window: Window | None,
    axes: tuple[str | None, str | None],
) -> tuple[pa.Table, Corners]:
    """Return the rows near the window, piece by piece, and their checked corners."""
    x, y = axes
    size = SIZES[file.resolution]
    kept: list[pa.RecordBatch] = []
    for batch in file.batches(types):
        if window is not None and x and y:
            near = window.near(_floats(batch[x]), _floats(batch[y]), size)
            kept.append(batch.filter(pa.array(near)))
        else:
            kept.append(batch)
    table = pa.Table.from_batches(kept, schema=pa.schema(list(types.items())))
    if not table.num_rows:
        raise SourceError("sources.no_cell_within", path=file.where)
    corners = corners_of(table[file.key].combine_chunks(), file.where)
    if corners.size != size:
        raise SourceError(
            "sources.other_resolution", path=file.where, asked=file.resolution, found=corners.size
        )
    if x and y:
        check_midpoints(corners, _floats(table[x]), _floats(table[y]), file.where)
    return _touching(table, corners, window, file)


def _touching(
    table: pa.Table, corners: Corners, window: Window | None, file: GridFile
) -> tuple[pa.Table, Corners]:
    """Return the rows whose cells touch the window."""
    if window is None:
        return table, corners
    touched = window.touched(corners)
    if not touched.any():
        raise SourceError("sources.no_cell_within", path=file.where)
    kept = Corners(corners.north[touched], corners.east[touched], corners.size)
    return table.filter(pa.array(touched)), kept


def _floats(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    return np.asarray(
        column.to_numpy(zero_copy_only=False)
        if isinstance(column, pa.Array)
        else column.to_numpy(),
        dtype=float,
    )


def _parsed(
    column: pa.ChunkedArray, name: str, file: GridFile, corners: Corners, *, dash_is_zero: bool
) -> Counts:
    """Return one column as numbers and marks; complain about anything else."""
    old = file.edition == "2011"
    symbols = CENSUS_2011 if old else CENSUS_2022
    counts = parse(column, symbols=symbols, dash_is_zero=dash_is_zero and not old)
    check_cells(counts.wrong, "sources.cells_not_numbers", name, file, corners)
    if old:
        counts = _without_secret_codes(counts)
    if not SHARE.search(name):
        check_cells(counts.negative, "sources.cells_negative", name, file, corners)
    return counts


def check_cells(
    places: Sequence[int] | np.ndarray, message: str, name: str, file: GridFile, corners: Corners
) -> None:
    """Raise with the keys of the cells at some places, if there are any."""
    if len(places):
        ids = keys_of(corners).take(pa.array(places)).to_pylist()
        raise SourceError(message, ids=ids, path=file.where, column=name)


def _without_secret_codes(counts: Counts) -> Counts:
    """Return 2011 numbers with -1 and -9 as what they are: marks."""
    secret = np.isin(counts.value, SECRET_2011)
    value = np.where(secret, np.nan, counts.value)
    mark = np.where(secret, np.int8(Mark.SECRET), counts.mark)
    return replace(counts, value=value, low=value, high=value, mark=mark)


def _with_signs(
    columns: Mapping[str, Counts],
    flagged: frozenset[str],
    signs: pa.ChunkedArray,
    file: GridFile,
) -> tuple[dict[str, Counts], list[str]]:
    """Return the columns with the file's own warnings, and a note on unknown signs."""
    texts = signs.to_numpy().astype(str)
    unsafe = np.char.strip(texts) == UNSAFE
    unknown = sorted(set(np.unique(texts)) - {UNSAFE, ""})
    marked = {
        name: replace(counts, limited=unsafe & (counts.mark == Mark.VALUE))
        if name in flagged
        else counts
        for name, counts in columns.items()
    }
    return marked, [note("unknown_signs", ids=unknown, path=file.where)] if unknown else []
