"""Census tables with one row a cell: 2022, and 2011 at 1 km and for total population."""

import re
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.methods.expression import names_in
from sozialraum.sources.census_cells import Cells, taken
from sozialraum.sources.census_numbers import has_decimals, holds_other_texts, parsed
from sozialraum.sources.census_signs import marked
from sozialraum.sources.census_table import GridTable
from sozialraum.sources.census_topics import SHARE, categories, unknown_columns
from sozialraum.sources.grid import (
    SIZES,
    Corners,
    check_distinct,
    check_midpoints,
    corners_at,
    corners_of,
)
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts
from sozialraum.sources.window import Window

CLASSED = re.compile(r"klassiert", re.IGNORECASE)
MEANS_2011 = ("Alter_D", "Frauen_A", "HHGroesse_D")
"""Columns of the 1 km files of 2011 that hold decimals unless they hold class codes."""


def read_wide(
    file: GridTable,
    window: Window | None,
    variables: Mapping[str, str] | None,
    *,
    dash_is_zero: bool = False,
    larger: int | None = None,
) -> Cells:
    """Return the cells of a table with one row a cell.

    Parameters
    ----------
    file, window, variables, dash_is_zero
        See :func:`sozialraum.sources.census.read_census_grid`.
    larger
        Side of the cells into which these will be added up: then all cells near the window
        are returned, so that larger ones are complete.

    Raises
    ------
    SourceError
        A key is no cell key, key and midpoint contradict each other, a cell is neither a
        number nor an official symbol, or no cell touches the window.
    """
    values = _used(variables, file)
    named = frozenset(n for n in values if is_classed(file) or SHARE.search(n))
    skipped = sorted(named) if larger and variables is None else []
    values = [name for name in values if name not in skipped]
    types = {file.key: pa.string()} if file.key else {}
    types |= {name: file.type_of(name) for name in values}
    types |= dict.fromkeys(file.axes or (), pa.float64())
    # in a file with shares the warnings are theirs
    types |= {} if skipped else dict.fromkeys(file.signs, pa.string())
    table, corners = _gathered(file, types, window, larger)
    left_out = [n for n in values if variables is None and holds_other_texts(table[n])]
    absent = {name for name in values if file.blank_is_zero(name)}
    zeros = (frozenset(values) - named if dash_is_zero else frozenset()) | absent
    signs = {name: table[name] for name in file.signs if name in types}
    columns = {}
    for name in values:
        if name not in left_out:
            columns[name] = parsed(table[name], name, file, corners, dash_is_zero=name in zeros)
        # a whole country fits into memory once, not twice
        table = table.drop_columns(name)
    # counts are whole: a column with decimals is a share or a mean, whatever it is called
    shares = frozenset(n for n, c in columns.items() if n in named or has_decimals(c))
    columns, flagged, notes = marked(columns, shares, signs, file.where)
    notes += _notes(file, left_out, zeros - absent - shares, absent=bool(absent))
    notes += _on_totals(columns, file)
    return Cells(corners, columns, shares, flagged, tuple(notes), tuple(skipped))


def _notes(
    file: GridTable, left_out: Sequence[str], zeros: Collection[str], *, absent: bool
) -> list[str]:
    """Return what was decided about whole columns."""
    notes = [note("classed", path=file.where)] if is_classed(file) else []
    if file.axes is None and file.column("x_mp"):
        notes.append(note("census.note_midpoints", path=file.where))
    if left_out:
        notes.append(note("census.note_no_numbers", ids=left_out, path=file.where))
    if absent:
        notes.append(note("safe", path=file.where))
    if zeros and file.edition != "2011":
        notes.append(note("dash_is_zero", path=file.where, ids=sorted(zeros)))
    return notes


def _used(variables: Mapping[str, str] | None, file: GridTable) -> list[str]:
    """Return the columns that expressions use; all of them where there are none."""
    used = list(file.values)
    if variables is not None:
        asked = {name for e in variables.values() for name in names_in(e, file.values)}
        missing = sorted(asked - set(file.values))
        if missing:
            known = ", ".join(file.values)
            raise SourceError(
                "sources.columns_missing", ids=missing, path=file.where, present=known
            )
        used = [name for name in file.values if name in asked]
    strange = unknown_columns(file.topic, used) if file.edition == "2022" else []
    if strange:
        raise SourceError("census.columns_unknown", ids=strange, path=file.where, topic=file.topic)
    if not used:
        raise SourceError("census.nothing_counted", path=file.where)
    return used


def is_classed(file: GridTable) -> bool:
    """Return True for the 2011 file of class codes, which has the columns of the other one.

    Content decides: means without decimals are class codes.
    """
    if CLASSED.search(file.topic):
        return True
    means = [name for name in MEANS_2011 if name in file.header]
    return file.edition == "2011" and file.looks_classed(means)


def _gathered(
    file: GridTable, types: Mapping[str, pa.DataType], window: Window | None, larger: int | None
) -> tuple[pa.Table, Corners]:
    """Return the rows near or in the window, piece by piece, and their checked corners."""
    kept: list[pa.RecordBatch] = []
    found: list[Corners] = []
    inner = pa.schema([(n, t) for n, t in types.items() if n not in {file.key, *(file.axes or ())}])
    for batch in file.batches(types):
        part, corners = _piece(batch, file, window, larger or SIZES[file.resolution])
        if part.num_rows:
            kept.append(pa.record_batch([part[n] for n in inner.names], schema=inner))
            found.append(corners)
    if not found:
        raise SourceError("sources.no_cell_within", path=file.where)
    table = pa.Table.from_batches(kept, schema=inner)
    corners = Corners(
        np.concatenate([part.north for part in found]),
        np.concatenate([part.east for part in found]),
        SIZES[file.resolution],
    )
    check_distinct(corners, file.where)
    if window is None or larger:
        return table, corners
    touched = window.touched(corners)
    if not touched.any():
        raise SourceError("sources.no_cell_within", path=file.where)
    return table.filter(pa.array(touched)), taken(corners, touched)


def _piece(
    batch: pa.RecordBatch, file: GridTable, window: Window | None, reach: int
) -> tuple[pa.RecordBatch, Corners]:
    """Return the rows of a piece near the window, and their checked corners."""
    if window is not None and file.axes:
        x, y = (_floats(batch[name]) for name in file.axes)
        batch = batch.filter(pa.array(window.near(x, y, reach)))
    if not batch.num_rows:
        return batch, Corners(np.empty(0, np.int64), np.empty(0, np.int64), SIZES[file.resolution])
    middle = [_floats(batch[name]) for name in file.axes or ()]
    if file.key:
        corners = corners_of(batch[file.key], file.where)
        if middle:
            check_midpoints(corners, middle[0], middle[1], file.where)
    else:
        corners = corners_at(middle[0], middle[1], file.where)
    size = SIZES[file.resolution]
    if corners.size != size:
        raise SourceError(
            "sources.other_resolution", path=file.where, asked=file.resolution, found=corners.size
        )
    if window is not None and not file.axes:
        half = size / 2
        near = window.near(corners.east + half, corners.north + half, reach)
        return batch.filter(pa.array(near)), taken(corners, near)
    return batch, corners


def _floats(column: pa.Array) -> np.ndarray:
    return np.asarray(column.to_numpy(zero_copy_only=False), dtype=float)


def _on_totals(columns: Mapping[str, Counts], file: GridTable) -> list[str]:
    """Return a note where categories do not add up to the published total of the topic."""
    topic = categories(list(columns)) if file.edition == "2022" else None
    if topic is None:
        return []
    total, parts = topic
    parted = np.sum([columns[name].value for name in parts], axis=0)
    both = ~np.isnan(parted) & ~np.isnan(columns[total].value)
    off = int((parted[both] != columns[total].value[both]).sum())
    if not off:
        return []
    return [note("census.note_not_the_total", [total], path=file.where, off=off, all=both.sum())]
