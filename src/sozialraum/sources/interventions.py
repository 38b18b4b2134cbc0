"""The table of interventions (Maßnahmen): what was done, where, and from when on."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from sozialraum.errors import SourceError
from sozialraum.messages import default_language, text
from sozialraum.model import Intervention
from sozialraum.sources.dates import first_day, iso_date
from sozialraum.sources.loaded import Loaded, Place, load, places_in

HEADINGS = {
    "id": ("kennung", "id", "nr", "nummer", "kürzel"),
    "title": ("maßnahme", "massnahme", "titel", "bezeichnung", "intervention", "title"),
    "areas": ("gebiete", "gebiet", "gebietsschlüssel", "areas", "area", "area_id"),
    "start": ("von", "beginn", "ab", "start", "from"),
    "end": ("bis", "ende", "end", "to", "until"),
    "topic": ("thema", "handlungsfeld", "topic"),
    "indicators": ("indikatoren", "indikator", "indicators", "indicator"),
}
"""What a column may be called, in any case of letters."""
NEEDED = ("id", "title", "areas", "start")
MARKS = re.compile(r"[,;\r\n]+")
"""What parts the entries of a cell; blanks do where there is none of these."""


def read_interventions(path: str | Path, *, sheet: str | None = None) -> tuple[Intervention, ...]:
    """Return the interventions of a table, in the order of their first rows.

    Parameters
    ----------
    path
        CSV or workbook with the columns ``Kennung``, ``Maßnahme``, ``Gebiete``, ``von`` and,
        if wanted, ``bis``, ``Thema`` and ``Indikatoren`` (or ``id``, ``title``, ``areas``,
        ``start``, ``end``, ``topic``, ``indicators``). Several areas stand in one cell, parted by
        commas, semicolons or, without these, blanks; or in as many rows, each with the same
        `Kennung`. A year or month as `von` means its first day, as `bis` its last.
    sheet
        Sheet of a workbook, if there are several.

    Raises
    ------
    SourceError
        Columns are missing, cells are blank, a day is none, an end lies before its start,
        rows of one intervention differ: with row and column, all at once. There are no rows,
        or several tables.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "massnahmen.csv"
    >>> head = "Kennung;Maßnahme;Gebiete;von;bis"
    >>> _ = file.write_text(head + chr(10) + "M1;Familienzentrum;Q01 Q02;01.01.2022;")
    >>> found = read_interventions(file)[0]
    >>> found.areas, found.start
    (('Q01', 'Q02'), '2022-01-01')
    """
    loaded = load(_only(places_in(path, sheet=sheet), path))
    rows = _Rows(loaded, _columns(loaded))
    drafts: dict[str, _Draft] = {}
    for i in range(loaded.table.num_rows):
        rows.take(i, drafts)
    if rows.faults:
        shown, count = "\n  ".join(rows.faults), len(rows.faults)
        raise SourceError(
            "interventions.faulty", path=loaded.where, ids=rows.faults, count=count, faults=shown
        )
    if not drafts:
        raise SourceError("interventions.no_rows", path=loaded.where)
    return tuple(
        Intervention(name, one.title, tuple(dict.fromkeys(one.areas)), *one.rest())
        for name, one in drafts.items()
    )


def _only(places: list[Place], path: str | Path) -> Place:
    if len(places) > 1:
        raise SourceError("interventions.several", ids=[p.member for p in places], path=path)
    return places[0]


@dataclass(slots=True)
class _Draft:
    """One intervention while its rows are read."""

    title: str
    start: str
    end: str
    topic: str
    indicators: tuple[str, ...]
    areas: list[str] = field(default_factory=list)

    def rest(self) -> tuple[str, str, str, tuple[str, ...]]:
        return self.start, self.end, self.topic, self.indicators

    def facts(self) -> tuple[object, ...]:
        """Return what must be the same in every row."""
        return (self.title, *self.rest())


class _Rows:
    """Rows of the table, and what is wrong with them."""

    def __init__(self, loaded: Loaded, columns: dict[str, str]) -> None:
        self.loaded, self.columns = loaded, columns
        self.cells = {part: loaded.texts(name).tolist() for part, name in columns.items()}
        self.faults: list[str] = []

    def take(self, i: int, drafts: dict[str, _Draft]) -> None:
        """Add a row to the intervention it belongs to; blank rows are passed over."""
        if not any(cells[i] for cells in self.cells.values()):
            return
        before = len(self.faults)
        areas = _parts(self._cell("areas", i))
        for part in NEEDED:
            if not (areas if part == "areas" else self._cell(part, i)):
                self._fault("blank", part, i)
        start, end = self._day("start", i), self._day("end", i)
        if end and end < start:
            self._fault("ends_before", "end", i)
        if len(self.faults) > before:
            return
        indicators = tuple(_parts(self._cell("indicators", i)))
        draft = _Draft(self._cell("title", i), start, end, self._cell("topic", i), indicators)
        known = drafts.setdefault(self._cell("id", i), draft)
        if known.facts() != draft.facts():
            self._fault("differs", "id", i)
        known.areas += areas

    def _cell(self, part: str, i: int) -> str:
        return self.cells[part][i] if part in self.cells else ""

    def _day(self, part: str, i: int) -> str:
        """Return a cell as a day; a year or month begins or ends the span."""
        cell = self._cell(part, i)
        if not cell:
            return ""
        found = first_day(cell) if part == "start" else iso_date(cell)
        if found is None:
            self._fault("no_day", part, i)
        return found or ""

    def _fault(self, what: str, part: str, i: int) -> None:
        place = self.loaded.place(i, self.columns[part])
        self.faults.append(f"{place}: {text(f'interventions.{what}', default_language())}")


def _columns(loaded: Loaded) -> dict[str, str]:
    """Return the column of every part; an error names those that are missing."""
    by_name = {name.strip().casefold(): name for name in loaded.names}
    found = {
        part: by_name[heading]
        for part, headings in HEADINGS.items()
        for heading in reversed(headings)
        if heading in by_name
    }
    missing = [HEADINGS[part][0].capitalize() for part in NEEDED if part not in found]
    if missing:
        present = ", ".join(loaded.names)
        raise SourceError(
            "interventions.no_column", path=loaded.where, ids=missing, present=present
        )
    return found


def _parts(cell: str) -> list[str]:
    """Return the entries of a cell.

    Examples
    --------
    >>> _parts("Q01 Q02"), _parts("Nord 1, Nord 2,")
    (['Q01', 'Q02'], ['Nord 1', 'Nord 2'])
    """
    parts = MARKS.split(cell) if MARKS.search(cell) else cell.split()
    return [part.strip() for part in parts if part.strip()]
