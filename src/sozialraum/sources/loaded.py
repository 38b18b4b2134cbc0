"""A table out of a CSV file, a member of an archive or a sheet: text cells with their rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.messages import text
from sozialraum.sources.archives import content, is_zip, local_file, members
from sozialraum.sources.books import SHEETS, is_workbook, open_workbook, sheet_names, sheet_rows
from sozialraum.sources.keys import find_column
from sozialraum.sources.person_columns import SAMPLE
from sozialraum.sources.persons import refuse_persons
from sozialraum.sources.symbols import Counts, decimal_sign, parse
from sozialraum.sources.text import check_header, row_name, rows_of, squeezed, string_table

CSV = ".csv"
NOT_INSIDE = (*SHEETS, ".zip")
"""What is not read out of an archive; passing over it would be half a delivery."""

__all__ = [
    "SHEETS",
    "Loaded",
    "Place",
    "is_workbook",
    "load",
    "places_in",
    "refuse_person_sheets",
    "row_names",
    "sheet_names",
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a table stands: file, member of an archive, sheet of a workbook.

    `encoding` is that of a text file that is neither UTF-8 nor Windows-1252, as its supplier
    states it.
    """

    path: Path
    member: str | None = None
    sheet: str | None = None
    shown: str = ""
    encoding: str = ""

    @property
    def where(self) -> str:
        """What to call it in errors."""
        return "/".join(str(p) for p in (self.shown or self.path, self.member, self.sheet) if p)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A table of text.

    Parameters
    ----------
    table
        One text column a column of the file.
    rows
        Number of each row in its file, counted from 1.
    where
        What to call the file in errors.
    """

    table: pa.Table
    rows: np.ndarray
    where: str

    @property
    def names(self) -> list[str]:
        """Columns of the file."""
        return list(self.table.column_names)

    def column(self, name: str) -> pa.ChunkedArray:
        """Return a column; an error lists what is there."""
        return self.table[find_column(self.names, name, self.where)]

    def texts(self, name: str) -> pd.Series:
        """Return a column as a Series of stripped text."""
        return self.column(name).to_pandas().astype("str").str.strip()

    def kept(self, mask: np.ndarray) -> "Loaded":
        """Return the rows for which `mask` is True."""
        return Loaded(self.table.filter(pa.array(mask)), self.rows[mask], self.where)

    def place(self, position: int, column: str) -> str:
        """Return ``"Zeile 17, Spalte PERS_SGB2"`` in the reader's language."""
        return text("sources.place", number=self.rows[position], column=column)

    def complain(self, message: str, positions: Iterable[int], column: str) -> None:
        """Raise with the places of some cells of a column, if there are any."""
        places = [self.place(int(i), column) for i in positions]
        if places:
            raise SourceError(message, ids=places, path=self.where)

    def numbers(
        self, names: Sequence[str], *, minimum: int = 0, dash_is_zero: bool = False
    ) -> dict[str, Counts]:
        """Return columns as numbers and marks.

        Raises
        ------
        SourceError
            Cells that are neither a number nor an official symbol, with row and column.
        """
        columns = {name: self.column(name) for name in names}
        sign = decimal_sign(columns.values())
        parsed = {
            name: parse(column, decimal=sign, minimum=minimum, dash_is_zero=dash_is_zero)
            for name, column in columns.items()
        }
        wrong = [self.place(i, n) for n, c in parsed.items() for i in c.wrong]
        if wrong:
            raise SourceError("sources.not_numbers", ids=wrong, path=self.where)
        return parsed

    def counts(
        self, names: Sequence[str], *, minimum: int = 0, dash_is_zero: bool = False
    ) -> dict[str, Counts]:
        """Return columns as non-negative numbers and marks.

        Raises
        ------
        SourceError
            As :meth:`numbers`, or negative numbers, with row and column; the numbers
            themselves are never named.
        """
        parsed = self.numbers(names, minimum=minimum, dash_is_zero=dash_is_zero)
        negative = [self.place(i, n) for n, c in parsed.items() for i in c.negative]
        if negative:
            raise SourceError("sources.negative", ids=negative, path=self.where)
        return parsed


def places_in(path: str | Path, *, sheet: str | None = None, shown: str = "") -> list[Place]:
    """Return the tables of a file: itself, every CSV of an archive, or one sheet.

    Raises
    ------
    SourceError
        No such file, or an archive without a CSV.
    """
    path = local_file(path)
    if is_workbook(path):
        return [Place(path, sheet=_sheet(path, sheet), shown=shown)]
    if not is_zip(path):
        return [Place(path, shown=shown)]
    names = members(path)
    inside = [name for name in names if name.lower().endswith(NOT_INSIDE)]
    if inside:
        raise SourceError("sources.sheets_in_zip", ids=inside, path=shown or path)
    tables = sorted(name for name in names if name.lower().endswith(CSV))
    if not tables:
        raise SourceError("sources.no_table_in_zip", ids=names, path=shown or path)
    return [Place(path, member=name, shown=shown) for name in tables]


def load(place: Place, *, header: str | None = None) -> Loaded:
    """Return a table.

    Parameters
    ----------
    place
        Where it stands.
    header
        Text of a cell in the header row; rows above it are titles. The first row is the
        header when omitted.

    Raises
    ------
    SourceError
        Not readable as a table, or no row holds the text.
    DisclosureError
        The table, or another sheet of its workbook, holds records of single people.
    """
    if place.sheet:
        refuse_person_sheets(place.path, place.shown, but=place.sheet)
    loaded = _loaded(place, header)
    refuse_persons(loaded.table, loaded.where)
    return loaded


def refuse_person_sheets(path: Path, shown: str = "", *, but: str | None = None) -> None:
    """Raise if a sheet of a workbook holds records of single people, read or not.

    Offices send the cases they counted on a second sheet; the header is the first of the
    fullest rows.

    Raises
    ------
    DisclosureError
        Names file, sheet and columns; never a cell.
    """
    workbook = open_workbook(path)
    for name in workbook.sheet_names:
        if name == but:
            continue
        place = Place(path, sheet=name, shown=shown)
        rows = sheet_rows(workbook, name, place.where, first=SAMPLE)
        widths = [sum(bool(cell.strip()) for cell in row) for row in rows]
        if not any(widths):
            continue
        at = widths.index(max(widths))
        body = rows[at + 1 :]
        columns = [pa.array([row[i] for row in body], pa.string()) for i in range(len(rows[at]))]
        refuse_persons(pa.table(columns, names=rows[at]), place.where)


def _loaded(place: Place, header: str | None) -> Loaded:
    if place.sheet is None and header is None:
        table = string_table(_text_of(place), place.where)
        return Loaded(table, np.arange(table.num_rows) + 2, place.where)
    if place.sheet:
        rows = sheet_rows(open_workbook(place.path), place.sheet, place.where)
    else:
        rows = rows_of(_text_of(place), place.where, header or "")
    return _under_header(rows, header, place.where)


def _text_of(place: Place) -> bytes:
    """Return the bytes of a text file, as UTF-8 where its encoding is stated."""
    data = content(place.path, place.member)
    if not place.encoding:
        return data
    try:
        return data.decode(place.encoding).encode()
    except UnicodeDecodeError as error:
        raise SourceError("sources.not_text", path=place.where) from error


def _under_header(rows: list[list[str]], header: str | None, where: str) -> Loaded:
    """Return the rows below the header row as a table; short rows are filled with blanks."""
    at = _header_row(rows, squeezed(header or ""))
    if at is None:
        raise SourceError("sources.no_header", ids=[header or ""], path=where)
    names = [" ".join(cell.split()) for cell in rows[at]]
    while names and not names[-1]:
        names.pop()
    check_header(names, where)
    named = [i for i, name in enumerate(names) if name]
    body = rows[at + 1 :]
    columns = {
        names[i]: pa.array([row[i].strip() if i < len(row) else "" for row in body], pa.string())
        for i in named
    }
    return Loaded(pa.table(columns), np.arange(len(body)) + at + 2, where)


def _header_row(rows: list[list[str]], wanted: str) -> int | None:
    """Return the first row with a cell that is the text, else with one that holds it.

    A title may hold the text too ("Plätze nach Gebiet"). Without a text the first row that
    is not blank is the header.
    """
    cells = [[squeezed(cell) for cell in row] for row in rows]
    if not wanted:
        return next((i for i, row in enumerate(cells) if any(row)), None)
    exact = (i for i, row in enumerate(cells) if wanted in row)
    holding = (i for i, row in enumerate(cells) if any(wanted in cell for cell in row))
    return next(exact, next(holding, None))


def _sheet(path: Path, sheet: str | None) -> str:
    """Return the sheet asked for, or the only one."""
    names = sheet_names(path)
    if sheet is None and len(names) == 1:
        return names[0]
    if sheet not in names:
        raise SourceError("sources.which_sheet", ids=names, path=path, asked=sheet or "")
    return sheet


def row_names(rows: Iterable[int]) -> list[str]:
    """Return ``"Zeile 17"`` for every row number."""
    return [row_name(int(row)) for row in rows]
