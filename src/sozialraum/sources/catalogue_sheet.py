"""The indicator catalogue as a workbook: one row an indicator, read back without loss."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from python_calamine import CalamineWorkbook

from sozialraum.errors import SourceError
from sozialraum.files.workbook import Cell, Sheet, column_name
from sozialraum.messages import LANGUAGES, default_language, text
from sozialraum.model import Indicator
from sozialraum.model.themes import THEMES
from sozialraum.sources.archives import local_file
from sozialraum.sources.books import open_workbook, sheet_cells
from sozialraum.sources.catalogue_checks import closest
from sozialraum.sources.catalogue_columns import (
    BREAK_COLUMNS,
    COLUMNS,
    FIELDS,
    THEME_COLUMNS,
    Column,
    NoWord,
    cell_of,
    in_headings,
    value_of,
)

type Themes = Mapping[str, tuple[str, str]]
NEEDED = ("id", "numerator", "label_de", "label_en", "date")


def sheets_of(indicators: Sequence[Indicator], themes: Themes, language: str) -> list[Sheet]:
    """Return a catalogue as sheets: indicators, breaks, own themes and what all this means."""
    rows = [
        [cell_of(column, getattr(one, column.name), language) for column in COLUMNS]
        for one in indicators
    ]
    breaks = [
        [one.id, *(cell_of(c, getattr(found, c.name), language) for c in BREAK_COLUMNS[1:])]
        for one in indicators
        for found in one.series_breaks
    ]
    own: list[list[Cell]] = [[theme, *labels] for theme, labels in themes.items()]
    return [
        _sheet("indicators", COLUMNS, rows, language),
        _sheet("breaks", BREAK_COLUMNS, breaks, language),
        _sheet("themes", THEME_COLUMNS, own, language),
        _about(language),
    ]


def _sheet(
    name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], language: str
) -> Sheet:
    return Sheet(
        text(f"catalogue.sheet_{name}", language),
        [[column.heading(language) for column in columns], *rows],
        [column.width for column in columns],
        {
            i: column.words(language)
            for i, column in enumerate(columns)
            if column.form in ("word", "switch")
        },
        [i for i, column in enumerate(columns) if column.form in ("whole", "number")],
        fixed=min(2, len(columns) - 1),
    )


def _about(language: str) -> Sheet:
    """Return the sheet that explains every column and lists the themes; it is not read."""
    parts = ("column", "field", "meaning", "allowed")
    rows: list[list[Cell]] = [[text(f"catalogue.about_heading_{part}", language) for part in parts]]
    for column in (*COLUMNS, *BREAK_COLUMNS[1:]):
        allowed = ", ".join(column.words(language))
        if column.name == "themes":
            place = 1 if language == "en" else 0
            allowed = ", ".join(f"{theme} ({labels[place]})" for theme, labels in THEMES.items())
        if column.form in ("names", "counts", "numbers"):
            hint = text("catalogue.list_hint", language)
            allowed = f"{allowed}. {hint}" if allowed else hint
        rows.append([column.heading(language), column.name, column.about(language), allowed])
    return Sheet(text("catalogue.sheet_about", language), rows, [28, 24, 70, 60])


@dataclass(slots=True)
class Read:
    """Rows of a sheet as tables of fields.

    Parameters
    ----------
    name
        What the sheet is called.
    tables, rows
        Fields of every row that is not empty, and its number in the sheet.
    letters
        Position of every column that is there.
    faults
        What could not be read, with its place.
    """

    name: str
    tables: list[dict[str, Any]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    letters: dict[str, int] = field(default_factory=dict)
    headings: dict[str, str] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def place(self, position: int) -> str:
        """Return which row of which sheet a table stands in."""
        row = self.rows[position]
        return text("catalogue.row", default_language(), sheet=self.name, row=row)

    def column(self, place: str, name: str) -> str:
        """Return a place with the column of a field, where there is such a column."""
        if name not in self.letters:
            return self._absent(place, name)
        return text(
            "catalogue.in_column",
            default_language(),
            place=place,
            letters=column_name(self.letters[name]),
            heading=self.headings[name],
        )

    def _absent(self, place: str, name: str) -> str:
        language = default_language()
        if name not in FIELDS:
            return f"{place}.{name}"
        heading = FIELDS[name].heading(language)
        return text("catalogue.in_absent_column", language, place=place, heading=heading)


@dataclass(frozen=True, slots=True)
class Sheets:
    """A catalogue as it stands in a workbook; see :class:`Read`."""

    indicators: Read
    breaks: Read
    themes: Read
    tables: list[dict[str, Any]]
    owners: dict[str, list[int]]

    @property
    def faults(self) -> list[str]:
        """Everything that could not be read."""
        return [*self.indicators.faults, *self.breaks.faults, *self.themes.faults]

    def place(self, position: int, table: Mapping[str, Any]) -> str:
        """Return which row an indicator stands in, and what it is called."""
        return f"{self.indicators.place(position)} „{table.get('id', '?')}“"

    def theme_place(self, position: int, table: Mapping[str, Any]) -> str:
        """Return which row a theme stands in, and what it is called."""
        return f"{self.themes.place(position)} „{table.get('id', '?')}“"

    def shown(self, sentence: str) -> str:
        """Return a fault with its column instead of its field."""
        for read, place in ((self.indicators, self.place), (self.themes, self.theme_place)):
            for i, table in enumerate(read.tables):
                start = f"{place(i, table)}."
                if sentence.startswith(start):
                    return self._in_column(read, place(i, table), sentence.removeprefix(start))
        return sentence

    def _in_column(self, read: Read, place: str, rest: str) -> str:
        name, colon, sentence = rest.partition(":")
        own = text("catalogue.sheet_themes", default_language())
        sentence = in_headings(sentence, default_language()).replace("[[theme]]", own)
        broken = re.fullmatch(r"series_breaks?[.\[](\d+)\]?\.(\w+)", name)
        if not broken:
            return f"{read.column(place, name.split('.')[0])}{colon}{sentence}"
        owner = place.rsplit("„", 1)[1].rstrip("“")
        # pydantic counts from 0, our own sentences from 1
        position = self.owners[owner][int(broken[1]) - ("[" in name)]
        return f"{self.breaks.column(self.breaks.place(position), broken[2])}{colon}{sentence}"


def read_sheets(path: str | Path) -> Sheets:
    """Return the tables of a workbook as they would stand in TOML, with their places.

    Raises
    ------
    SourceError
        No workbook, or none with a sheet of indicators.
    """
    path = local_file(path)
    try:
        book = open_workbook(path)
    except SourceError as error:
        if error.message != "sources.not_a_workbook":
            raise
        raise SourceError("catalogue.no_workbook", path=path) from error
    indicators = _read(book, path, "indicators", COLUMNS)
    if indicators is None:
        wanted = text("catalogue.sheet_indicators", default_language())
        present = ", ".join(book.sheet_names)
        raise SourceError("catalogue.no_sheet", path=path, sheet=wanted, present=present)
    breaks = _read(book, path, "breaks", BREAK_COLUMNS) or Read("")
    themes = _read(book, path, "themes", THEME_COLUMNS) or Read("")
    tables, owners = _with_breaks(indicators, breaks)
    return Sheets(indicators, breaks, themes, tables, owners)


def _with_breaks(
    indicators: Read, breaks: Read
) -> tuple[list[dict[str, Any]], dict[str, list[int]]]:
    """Return indicators with their breaks, and the rows of the breaks of each."""
    tables = [dict(table) for table in indicators.tables]
    first = {str(table.get("id")): i for i, table in reversed(list(enumerate(tables)))}
    owners: dict[str, list[int]] = {}
    for i, table in enumerate(breaks.tables):
        rest = dict(table)
        owner = str(rest.pop("id", ""))
        if owner not in first:
            place = breaks.column(breaks.place(i), "id")
            known = text(
                "catalogue.fault_break_of_nothing", default_language(), place=place, name=owner
            )
            breaks.faults.append(known)
            continue
        owners.setdefault(owner, []).append(i)
        tables[first[owner]].setdefault("series_break", []).append(rest)
    return tables, owners


def _read(book: CalamineWorkbook, path: Path, sheet: str, columns: Sequence[Column]) -> Read | None:
    names = {text(f"catalogue.sheet_{sheet}", language) for language in LANGUAGES}
    name = next((one for one in book.sheet_names if one.strip() in names), None)
    if name is None:
        return None
    rows = sheet_cells(book, name, path)
    read = Read(name)
    if not _find_columns(read, rows[0] if rows else [], columns):
        return read
    by_name = {column.name: column for column in columns}
    for number, row in enumerate(rows[1:], start=2):
        if all(str(cell).strip() == "" for cell in row):
            continue
        read.rows.append(number)
        read.tables.append(_table(read, row, by_name))
    return read


def _find_columns(read: Read, header: Sequence[object], columns: Sequence[Column]) -> bool:
    """Note which column stands where; return False where needed ones are missing."""
    known = {c.heading(language).casefold(): c for language in LANGUAGES for c in columns}
    known |= {c.name: c for c in columns}
    top = text("catalogue.row", default_language(), sheet=read.name, row=1)
    for position, cell in enumerate(header):
        heading = str(cell).strip()
        if not heading:
            continue
        column = known.get(heading.casefold())
        if column is None:
            hint = closest(heading, [c.heading(default_language()) for c in columns])
            read.faults.append(_fault("unknown_column", top, heading=heading, hint=hint))
        elif column.name in read.letters:
            read.faults.append(_fault("column_twice", top, heading=heading))
        else:
            read.letters[column.name] = position
            read.headings[column.name] = heading
    missing = [c for c in columns if c.name in NEEDED and c.name not in read.letters]
    read.faults += [
        _fault("no_column", top, heading=c.heading(default_language())) for c in missing
    ]
    return not missing


def _fault(kind: str, place: str, **values: object) -> str:
    return text(f"catalogue.fault_{kind}", default_language(), place=place, **values)


def _table(read: Read, row: Sequence[object], columns: Mapping[str, Column]) -> dict[str, Any]:
    table: dict[str, Any] = {}
    for name, position in read.letters.items():
        column = columns[name]
        try:
            value = value_of(column, row[position])
        except NoWord:
            place = read.column(read.place(len(read.rows) - 1), name)
            known = ", ".join(column.words(default_language()))
            read.faults.append(_fault("no_word", place, known=known))
            continue
        if value is None or (value == "" and name in ("denominator_date", *NEEDED)):
            continue
        table[name] = value
    return table
