"""Tables of counts: flat files of official statistics, and what offices send in CSV or Excel."""

import re
from collections.abc import Mapping
from pathlib import Path

from sozialraum.errors import SourceError
from sozialraum.model import Delivery, Source
from sozialraum.sources.archives import local_file, opened
from sozialraum.sources.books import open_workbook, sheet_rows
from sozialraum.sources.dates import iso_date
from sozialraum.sources.flat import is_flat, read_flat
from sozialraum.sources.formulas import mark_formulas
from sozialraum.sources.gemeindeverzeichnis import is_register, read_register
from sozialraum.sources.genesis import is_web_table, read_web_table
from sozialraum.sources.headers import load_joined, rows_in
from sozialraum.sources.loaded import Loaded, Place, is_workbook, load, places_in, sheet_names
from sozialraum.sources.long import Part, long_table
from sozialraum.sources.mapped import Layout, Level, read_mapped
from sozialraum.sources.shapes import stem
from sozialraum.sources.text import dialect_of, first_line

HEAD_ROWS = 24
"""Rows of a sheet that are looked at to tell what it is."""


def read_table(  # noqa: PLR0913 - one keyword for each way in which tables differ
    path: str | Path,
    *,
    name: str | None = None,
    sheet: str | None = None,
    key: str | None = None,
    date: str | None = None,
    variables: Mapping[str, str] | None = None,
    level: Level = "area",
    source: Source | None = None,
    header_contains: str | None = None,
    header_rows: int = 1,
    date_column: str | None = None,
    key_format: str = "",
    geography: str = "",
    dash_is_zero: bool = False,
    repair: bool = False,
) -> Delivery:
    r"""Return the counts of a table.

    Official tables need no mapping: flat files of GENESIS, Regionalstatistik and the census
    database (CSV or the ZIP that is delivered), tables saved from their web pages (CSV,
    Excel), and the register of municipalities (Gemeindeverzeichnis). Any other CSV or
    Excel table needs `key`; title lines above the header and footers below the last number
    are passed over.

    Parameters
    ----------
    path
        CSV, XLSX (also XLS, ODS) or a ZIP of CSV files.
    name
        Name of the delivery; the name of the file when omitted.
    sheet
        Sheet of a workbook, if there are several.
    key
        Column with the keys.
    date
        ISO date, if neither `date_column` nor the name of the file says it.
    variables
        Counts by name, each an expression over the columns; every column of numbers when
        omitted.
    level
        What the keys denote: ``"cell"``, ``"area"``, ``"municipality"``, ``"county"``.
        Flat files say so themselves.
    source
        Supplier, with its minimum count: ``*`` then means 1 to ``minimum - 1``.
    header_contains
        Text of a cell in the header row; `key` when omitted.
    header_rows
        Rows the header has; names of columns are then joined ("Betreute Kinder unter 3").
    date_column
        Column with dates.
    key_format
        Pattern of the keys, such as ``"05382020-{key}"``.
    geography
        Name of the areas the keys belong to.
    dash_is_zero
        True only where the supplier says that ``-`` is exactly zero. Otherwise a dash is
        "not delivered": official tables write it for whole years they do not hold.
    repair
        Put back lost leading zeros of municipality keys, and say so in the notes.

    Returns
    -------
    Delivery

    Raises
    ------
    SourceError
        Columns, dates or the header are missing, keys are blank or repeated, a cell is
        neither a number nor an official symbol, or a count is negative: with file, sheet,
        row and column.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "kita_2025.csv"
    >>> _ = file.write_text("Kinder am 1.3.;;\nGebiet;unter 3;ab 3\nQ01;12;30\nQ02;*;8\n")
    >>> kita = read_table(file, key="Gebiet", variables={"u3": '"unter 3"'})
    >>> kita.table[["key", "date", "value"]].to_dict("list")
    {'key': ['Q01', 'Q02'], 'date': ['2025-12-31', '2025-12-31'], 'value': [12.0, nan]}
    """
    if date and iso_date(date) is None:
        raise SourceError("sources.not_dates", ids=[date], path=path, column="date")
    layout = Layout(
        key=key,
        date_column=date_column,
        key_format=key_format,
        date=iso_date(date) if date else None,
        variables=variables,
        level=level,
        header=header_contains,
        header_rows=header_rows,
        dash_is_zero=dash_is_zero,
        minimum=source.minimum if source else 0,
        repair=repair,
    )
    parts: list[Part] = []
    notes: list[str] = []
    for place in table_places(path, layout, sheet=sheet):
        read, more = read_place(place, layout)
        parts += read
        notes += more
    return Delivery(
        name or re.sub(r"\W+", "_", stem(path)),
        long_table(parts),
        source or Source(provider=Path(path).name, title=stem(path)),
        geography=geography,
        notes=tuple(notes),
    )


def table_places(
    path: str | Path, layout: Layout, *, sheet: str | None = None, shown: str = ""
) -> list[Place]:
    """Return the tables of a file; official workbooks need no name of a sheet.

    Raises
    ------
    SourceError
        No such file, several sheets and none is named, or an archive without a CSV.
    """
    if sheet is None and not layout.key and is_workbook(local_file(path)):
        sheets = [Place(Path(path), sheet=n, shown=shown) for n in sheet_names(Path(path))]
        official = [place for place in sheets if _official(place)]
        if len(official) == 1:
            return official
    return places_in(path, sheet=sheet, shown=shown)


def read_place(place: Place, layout: Layout) -> tuple[list[Part], list[str]]:
    """Return the counts of one table, and notes."""
    if layout.header is None and not layout.key:
        found = _read_official(place, layout)
        if found is not None:
            return found
    elif place.sheet is None and layout.header is None:
        loaded = _flat_or_none(place)
        if loaded is not None:
            return _flat(loaded, layout)
    if not layout.key:
        raise SourceError("sources.key_needed", path=place.where)
    header = layout.header or layout.key
    if layout.header_rows > 1:
        loaded = load_joined(place, header, layout.header_rows)
    else:
        loaded = load(place, header=header)
    if place.sheet:
        loaded = mark_formulas(loaded, place, layout.header_rows)
    return read_mapped(loaded, layout, place)


def _read_official(place: Place, layout: Layout) -> tuple[list[Part], list[str]] | None:
    """Return the counts of an official table, or None where it is none."""
    loaded = _flat_or_none(place) if place.sheet is None else None
    if loaded is not None:
        return _flat(loaded, layout)
    kind = _official(place)
    if kind is None:
        return None
    rows = rows_in(place)
    if kind == "register":
        return read_register(rows, place.where, layout.variables, layout.date)
    return read_web_table(
        rows, place.where, layout.variables, dash_is_zero=layout.dash_is_zero, date=layout.date
    )


def _flat(loaded: Loaded, layout: Layout) -> tuple[list[Part], list[str]]:
    return read_flat(loaded, layout.variables, dash_is_zero=layout.dash_is_zero, date=layout.date)


def _official(place: Place) -> str | None:
    """Return ``"web"`` or ``"register"`` for an official table, by its first rows."""
    if place.sheet:
        first = sheet_rows(open_workbook(place.path), place.sheet, place.where, first=HEAD_ROWS)
    else:
        with opened(place.path, place.member) as stream:
            line = first_line(stream.read(1 << 14)).decode("utf-8-sig", errors="replace")
        first = [[line.split(";")[0]]]
    if first and is_web_table(first[0]):
        return "web"
    return "register" if is_register(first) else None


def _flat_or_none(place: Place) -> Loaded | None:
    """Return a flat file's table, or None where the first line is not its header."""
    with opened(place.path, place.member) as stream:
        head = first_line(stream.read(1 << 14))
    if not head.strip() or not is_flat(list(dialect_of(head, place.where).header)):
        return None
    return load(place)
