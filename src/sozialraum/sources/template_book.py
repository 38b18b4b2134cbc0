"""A template that came back: what it says it is, and its cells as they were filled in."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path

import numpy as np
from python_calamine import CalamineWorkbook

from sozialraum.errors import SourceError
from sozialraum.messages import default_language, text
from sozialraum.sources.archives import is_zip, local_file
from sozialraum.sources.books import open_workbook, sheet_cells
from sozialraum.sources.loaded import Place, refuse_person_sheets
from sozialraum.sources.published_load import ATTRIBUTE, CELL, FORMULA, sheet_text
from sozialraum.sources.template_parts import (
    HEADER_ROW,
    HIDDEN,
    PLACE_COLUMNS,
    VERSION,
    cell_name,
)

type Value = str | float | int | bool | date | datetime | time | timedelta


@dataclass(frozen=True, slots=True)
class Book:
    """A filled-in template.

    Parameters
    ----------
    path, shown
        The file, and what to call it.
    about
        What its hidden sheet says.
    cells
        Cells of the sheet to fill in; rows count from its top.
    marked
        Cells (row, column) that hold a formula or an error.
    merged
        Ranges of merged cells: first and last cell.
    others
        Sheets that do not belong to a template.
    """

    path: Path
    shown: str
    about: dict[str, str]
    cells: Sequence[Sequence[Value]]
    marked: dict[tuple[int, int], str]
    merged: Sequence[tuple[tuple[int, int], tuple[int, int]]]
    others: tuple[str, ...]

    def value(self, row: int, column: int) -> Value:
        """Return a cell; ``""`` beyond what is written."""
        if row >= len(self.cells) or column >= len(self.cells[row]):
            return ""
        return self.cells[row][column]

    def text(self, row: int, column: int) -> str:
        """Return a cell as text; the ``""`` of a blank one too."""
        return as_text(self.value(row, column)) or ""

    def place(self, row: int, column: int) -> str:
        """Return ``"Blatt ‚kita‘, Zelle C17"`` in the reader's language."""
        named = {"sheet": self.about["sheet"], "cell": cell_name(row, column)}
        return text("templates.cell", default_language(), **named)

    def whole(self) -> str:
        """Return ``"Blatt ‚kita‘"`` in the reader's language."""
        return text("templates.sheet", default_language(), sheet=self.about["sheet"])

    @property
    def columns(self) -> list[str]:
        """Variables, in the order of the columns."""
        return self.about["columns"].split("|")

    def rows(self) -> Iterator[int]:
        """Yield the rows below the header that hold anything."""
        for row in range(HEADER_ROW + 1, len(self.cells)):
            marked = any(at[0] == row for at in self.marked)
            if marked or any(self.text(row, c) != "" for c in range(len(self.cells[row]))):
                yield row

    @property
    def proof(self) -> int:
        """Hidden column that repeats the key."""
        return PLACE_COLUMNS + len(self.columns)


def read_book(path: str | Path, shown: str = "") -> Book:
    """Return a workbook that is one of our templates.

    Raises
    ------
    SourceError
        Not an Excel workbook, not a template, or its sheet is gone.
    DisclosureError
        A sheet holds records of single people.
    """
    path = local_file(path)
    shown = shown or str(path)
    if not is_zip(path) or path.suffix.lower() != ".xlsx":
        raise SourceError("templates.no_xlsx", path=shown)
    workbook = open_workbook(path)
    about = _about(workbook, shown)
    names = list(workbook.sheet_names)
    if about["sheet"] not in names:
        raise SourceError("templates.no_sheet", ids=names, path=shown, sheet=about["sheet"])
    others = tuple(n for n in names if n not in (about["sheet"], HIDDEN, *_explaining()))
    if others:
        refuse_person_sheets(path, shown)
    place = Place(path, sheet=about["sheet"], shown=shown)
    return Book(
        path,
        shown,
        about,
        sheet_cells(workbook, about["sheet"], place.where),
        dict(_marked(place)),
        workbook.get_sheet_by_name(about["sheet"]).merged_cell_ranges or [],
        others,
    )


def as_text(value: Value) -> str | None:
    """Return a cell as text a German CSV would hold; None for what is neither text nor number.

    Examples
    --------
    >>> [as_text(value) for value in (" 12 ", 12.0, 1.5, True, date(2025, 3, 1))]
    ['12', '12', '1,5', None, None]
    """
    if isinstance(value, str):
        return " ".join(value.split())
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if float(value).is_integer():
        return str(int(value))
    return np.format_float_positional(value, trim="-").replace(".", ",")


def _about(workbook: CalamineWorkbook, shown: str) -> dict[str, str]:
    """Return what the hidden sheet says."""
    if HIDDEN not in workbook.sheet_names:
        raise SourceError("templates.not_ours", path=shown)
    rows = sheet_cells(workbook, HIDDEN, shown)
    about = {as_text(row[0]) or "": as_text(row[1]) or "" for row in rows if len(row) > 1}
    needed = {"version", "delivery", "provider", "vintage", "date", "sheet", "columns", "id"}
    if not needed - {"date"} <= set(about) or about["version"] != VERSION:
        raise SourceError("templates.not_ours", path=shown)
    return {name: about.get(name, "") for name in (*sorted(needed), "level", "geography")}


def _explaining() -> list[str]:
    """Return what the sheet of explanations is called in each language."""
    return [text("templates.sheet_about", language) for language in ("de", "en")]


def _marked(place: Place) -> Iterator[tuple[tuple[int, int], str]]:
    """Yield cells that hold a formula or an error, counted from 0."""
    for attributes, inner in CELL.findall(sheet_text(place)):
        facts = dict(ATTRIBUTE.findall(attributes))
        at = re.fullmatch(r"([A-Z]+)(\d+)", facts.get("r", ""))
        if at is None:
            continue
        kind = "formula" if FORMULA.search(inner) else "error" if facts.get("t") == "e" else ""
        if kind:
            column = 0
            for letter in at[1]:
                column = column * 26 + ord(letter) - ord("A") + 1
            yield (int(at[2]) - 1, column - 1), kind
