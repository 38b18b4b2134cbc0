"""Tables of counts: flat files of official statistics, and what offices send in CSV or Excel."""

import re
from collections.abc import Mapping
from pathlib import Path

from sozialraum.errors import SourceError
from sozialraum.model import Delivery, Source
from sozialraum.sources.archives import opened
from sozialraum.sources.flat import is_flat, read_flat
from sozialraum.sources.loaded import Loaded, Place, load, places_in
from sozialraum.sources.long import Part, long_table
from sozialraum.sources.mapped import Layout, Level, read_mapped
from sozialraum.sources.shapes import stem
from sozialraum.sources.text import dialect_of, first_line


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
    date_column: str | None = None,
    key_format: str = "",
    geography: str = "",
    dash_is_zero: bool = False,
    repair: bool = False,
) -> Delivery:
    r"""Return the counts of a table.

    Flat files of GENESIS, Regionalstatistik and the census database (CSV or the ZIP that
    is delivered) need no mapping. Any other CSV or Excel table needs `key`; title lines
    above the header and footers below the last number are passed over.

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
    layout = Layout(
        key=key,
        date_column=date_column,
        key_format=key_format,
        date=date,
        variables=variables,
        level=level,
        header=header_contains,
        dash_is_zero=dash_is_zero,
        minimum=source.minimum if source else 0,
        repair=repair,
    )
    parts: list[Part] = []
    notes: list[str] = []
    for place in places_in(path, sheet=sheet):
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


def read_place(place: Place, layout: Layout) -> tuple[list[Part], list[str]]:
    """Return the counts of one table, and notes."""
    if place.sheet is None and layout.header is None:
        loaded = _flat_or_none(place)
        if loaded is not None:
            date = layout.date
            return read_flat(loaded, layout.variables, dash_is_zero=layout.dash_is_zero, date=date)
    if not layout.key:
        raise SourceError("sources.key_needed", path=place.where)
    loaded = load(place, header=layout.header or layout.key)
    return read_mapped(loaded, layout, place)


def _flat_or_none(place: Place) -> Loaded | None:
    """Return a flat file's table, or None where the first line is not its header."""
    with opened(place.path, place.member) as stream:
        head = first_line(stream.read(1 << 14))
    if not head.strip() or not is_flat(list(dialect_of(head, place.where).header)):
        return None
    return load(place)
