"""Templates that offices filled in: read with an answer for every cell that is not usable.

Each is compared with the template that was given out: the same office, columns, places and
vintage of the areas. A blank field is "not delivered", never 0.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.messages import default_language, listing, text
from sozialraum.sources.ages import is_spreadsheet_date
from sozialraum.sources.dates import iso_date
from sozialraum.sources.delivery_file import Entry, Resolved
from sozialraum.sources.long import Part, repeated
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts, parse
from sozialraum.sources.template_book import Book, as_text, read_book
from sozialraum.sources.template_parts import (
    DATE_CELL,
    HEADER_ROW,
    PLACE_COLUMNS,
    cell_name,
    heading_of,
)

SHOWN = 40
"""Faults of a file that are written out; there are more where it fits no template."""
POINT = re.compile(r"\d+\.\d{1,2}|\d+\.\d{4,}")
"""Numbers with a decimal point: in German a point groups thousands."""
NAMED = 10
"""Keys that a fault names; the rest is counted."""


@dataclass(slots=True)
class Placed:
    """Keys of a workbook and the rows they stand in, and faults as finished sentences."""

    keys: list[str] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_templates(resolved: Resolved) -> tuple[list[Part], list[str]]:
    """Return the counts of filled-in templates, and notes.

    Parameters
    ----------
    resolved
        A delivery of kind ``"template"``: its files came back, those beside were given out.

    Raises
    ------
    SourceError
        A file is no template, is one of another office, vintage of areas or version, or
        cells are not usable: every fault with sheet and cell, never with what stands there.
    DisclosureError
        A sheet holds records of single people.
    """
    entry = resolved.entry
    issued = [read_book(path, shown) for path, shown in resolved.beside]
    _check_issued(issued, entry)
    parts: list[Part] = []
    notes: list[str] = []
    for path, shown in resolved.files:
        book = read_book(path, shown)
        blank = _issued_as(book, issued, entry)
        part, more = _read(book, blank, entry)
        parts.append(part)
        notes += more
    _check_dates(parts, resolved)
    return parts, notes


def _check_issued(issued: Sequence[Book], entry: Entry) -> None:
    """Raise where a template that was given out does not fit its description any more."""
    for one in issued:
        if (one.about["delivery"], one.about["provider"]) != (entry.name, entry.source.provider):
            raise SourceError("templates.issued_other", path=one.shown, name=entry.name)
        headings = [one.text(HEADER_ROW, PLACE_COLUMNS + i) for i in range(len(one.columns))]
        known = dict(zip(one.columns, headings, strict=True))
        asked = {name: heading_of(name, said) for name, said in entry.variables.items()}
        if known != asked:
            changed = sorted(set(known.items()) ^ set(asked.items()))
            ids = dict.fromkeys(name for name, _ in changed)
            raise SourceError("templates.issued_columns", ids=ids, path=one.shown, name=entry.name)


def _issued_as(book: Book, issued: Sequence[Book], entry: Entry) -> Book:
    """Return the template that a workbook was before it was filled in.

    Raises
    ------
    SourceError
        It is none of those given out: says in what it differs.
    """
    for blank in issued:
        if blank.about == book.about:
            return blank
    about, named = book.about, {"path": book.shown, "name": entry.name}
    if about["delivery"] != entry.name or about["provider"] != entry.source.provider:
        raise SourceError("templates.other_office", **named, found=about["delivery"])
    if about["vintage"] not in {blank.about["vintage"] for blank in issued}:
        known = ", ".join(sorted({blank.about["vintage"] for blank in issued}))
        found = about["vintage"]
        raise SourceError("templates.other_vintage", **named, found=found, known=known)
    raise SourceError("templates.other_version", **named)


def _read(book: Book, blank: Book, entry: Entry) -> tuple[Part, list[str]]:
    """Return the counts of a workbook, and notes; raise with all of its faults."""
    day, faults = _date(book)
    header = [*_header_faults(book, blank), *_merged_faults(book)]
    faults += header
    if not header:
        placed = _placed(book, blank)
        faults += placed.faults
        counts, more = _counts(book, placed.rows, entry)
        faults += more
        if not faults:
            keys = np.array(placed.keys, dtype=object)
            level, days = repeated(entry.level, len(keys)), repeated(day, len(keys))
            return Part(level, keys, days, counts), _told(book, blank, placed)
    language = default_language()
    shown = list(faults[:SHOWN])
    if len(faults) > SHOWN:
        shown.append(text("templates.more", language, count=len(faults) - SHOWN))
    lines = "\n  ".join(shown)
    raise SourceError(
        "templates.faulty", ids=faults, path=book.shown, count=len(faults), faults=lines
    )


def _fault(kind: str, place: str, **values: object) -> str:
    return text(f"templates.fault_{kind}", default_language(), place=place, **values)


def _date(book: Book) -> tuple[str, list[str]]:
    """Return the reference date, and what is wrong with it."""
    place = book.place(*DATE_CELL)
    value = book.value(*DATE_CELL)
    said = value.isoformat() if isinstance(value, date) else as_text(value) or ""
    day = iso_date(said.replace("/", ".")) if said else None
    if book.about["date"]:
        same = day == book.about["date"]
        return book.about["date"], [] if same else [_fault("date_changed", place)]
    return day or "", [] if day else [_fault("no_date", place)]


def _header_faults(book: Book, blank: Book) -> list[str]:
    """Return the first column that is not where it was: everything behind it is elsewhere."""
    for column in range(book.proof + 1):
        if book.text(HEADER_ROW, column) != blank.text(HEADER_ROW, column):
            place = book.place(HEADER_ROW, column)
            return [_fault("header", place, heading=blank.text(HEADER_ROW, column))]
    return []


def _merged_faults(book: Book) -> list[str]:
    return [
        _fault("merged", book.place(*first), last=cell_name(*last))
        for first, last in book.merged
        if last[0] >= HEADER_ROW and first[1] <= book.proof
    ]


def _placed(book: Book, blank: Book) -> Placed:
    """Return which place stands in which row."""
    known = {blank.text(row, 0): _named(blank, row) for row in blank.rows()}
    placed, seen = Placed(), set()
    for row in book.rows():
        key = book.text(row, 0)
        faults = [
            _fault("beyond", book.place(row, column))
            for column in range(book.proof + 1, len(book.cells[row]))
            if book.text(row, column) != ""
        ]
        if fault := _row_fault(book, row, known, seen):
            faults.append(fault)
        seen.add(key)
        placed.faults += faults
        if not faults:
            placed.keys.append(key)
            placed.rows.append(row)
    missing = [key for key in known if key not in seen]
    if missing:
        named = listing(tuple(missing), NAMED, default_language())
        placed.faults.append(_fault("rows_missing", book.whole(), keys=named, count=len(missing)))
    return placed


def _named(book: Book, row: int) -> tuple[str, ...]:
    return tuple(book.text(row, column) for column in range(1, PLACE_COLUMNS))


def _row_fault(
    book: Book, row: int, known: Mapping[str, tuple[str, ...]], seen: Collection[str]
) -> str | None:
    """Return what is wrong with key and name of a row."""
    key = book.text(row, 0)
    if key == "":
        width = len(book.cells[row])
        filled = next((c for c in range(width) if book.text(row, c) != ""), 0)
        return _fault("no_key", book.place(row, filled))
    if key not in known:
        return _fault("unknown_key", book.place(row, 0))
    if key in seen:
        return _fault("key_twice", book.place(row, 0), key=key)
    for i, name in enumerate(_named(book, row)):
        if name != known[key][i]:
            return _fault("name_changed", book.place(row, i + 1), key=key)
    if book.text(row, book.proof) != key:
        return _fault("sorted", book.place(row, 0), key=key)
    return None


def _counts(book: Book, rows: Sequence[int], entry: Entry) -> tuple[dict[str, Counts], list[str]]:
    """Return counts by variable, and what is wrong with cells, row by row."""
    counts, faults = {}, []
    for i, name in enumerate(book.columns):
        column = PLACE_COLUMNS + i
        kinds = {row: _kind(book, row, column) for row in rows}
        texts = [book.text(row, column) if not kinds[row] else "" for row in rows]
        found = parse(
            pd.Series(texts, dtype="str"),
            minimum=entry.source.minimum,
            dash_is_zero=entry.dash_is_zero,
        )
        kinds |= {rows[at]: _wrong(texts[at]) for at in found.wrong}
        kinds |= {rows[at]: "negative" for at in found.negative}
        faults += [((row, column), kind) for row, kind in kinds.items() if kind]
        counts[name] = found
    return counts, [_fault(kind, book.place(*at)) for at, kind in sorted(faults)]


def _kind(book: Book, row: int, column: int) -> str:
    """Return what is wrong with a cell before its text is looked at; ``""`` for nothing."""
    if marked := book.marked.get((row, column)):
        return marked
    value = book.value(row, column)
    said = as_text(value)
    if said is None:
        return "truth" if isinstance(value, bool) else "date"
    if isinstance(value, str) and POINT.fullmatch(said):
        return "point"
    return "date" if is_spreadsheet_date(said) else ""


def _wrong(said: str) -> str:
    return "addition" if any(map(str.isdigit, said)) else "no_number"


def _told(book: Book, blank: Book, placed: Placed) -> list[str]:
    """Return what a reader should know of a workbook that is usable."""
    fields = [(row, PLACE_COLUMNS + i) for row in placed.rows for i in range(len(book.columns))]
    empty = sum(book.text(*at) == "" for at in fields)
    notes, named = [], {"path": book.shown}
    if empty:
        notes.append(note("templates.note_blank", count=empty, fields=len(fields), **named))
    if placed.keys != [blank.text(row, 0) for row in blank.rows()]:
        notes.append(note("templates.note_order", **named))
    broken = [cell_name(*at) for at in fields if "," in book.text(*at)]
    if broken:
        notes.append(note("templates.note_decimals", ids=broken, **named))
    if book.others:
        notes.append(note("templates.note_sheets", ids=book.others, **named))
    return notes


def _check_dates(parts: Sequence[Part], resolved: Resolved) -> None:
    """Raise where two workbooks are of one reference date."""
    days = [str(part.date[0]) for part in parts]
    twice = sorted({day for day in days if days.count(day) > 1})
    if twice:
        ids = [shown for (_, shown), day in zip(resolved.files, days, strict=True) if day in twice]
        raise SourceError("templates.same_date", ids=ids, dates=", ".join(twice))
