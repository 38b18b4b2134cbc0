"""Somebody's published table out of its file: header, sheet, footers, cells without a number."""

import csv
import html
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from sozialraum.errors import SourceError
from sozialraum.messages import text
from sozialraum.sources.archives import content, local_file, unpacked
from sozialraum.sources.books import open_workbook, sheet_rows
from sozialraum.sources.loaded import Loaded, Place, is_workbook, load, places_in, sheet_names
from sozialraum.sources.persons import refuse_persons
from sozialraum.sources.text import dialect_of, squeezed, string_table

ZIPPED = ".gz"
XML_BOOKS = (".xlsx", ".xlsm")
FOOTER = re.compile(
    r"\W*(?:quellen?|stand|datenstand|anmerkung(?:en)?|hinweise?|erläuterung(?:en)?|legende"
    r"|zeichenerklärung|fußnoten?|sources?|notes?|remarks?)\b|©|\(c\)",
    re.IGNORECASE,
)
"""How a line below a table begins that says where its numbers are from."""
LAST_LINES = 30
"""Lines at the end of a file among which footers are looked for."""
ABSENT = ("#N/A", "#NV")
"""Error values by which programs say that there is no number."""
CELL = re.compile(r"<(?:\w+:)?c\s([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c>)", re.DOTALL)
VALUE = re.compile(r"<(?:\w+:)?v(?:\s[^>]*)?>(.*?)</(?:\w+:)?v>", re.DOTALL)
FORMULA = re.compile(r"<(?:\w+:)?f[\s/>]")
TAG = re.compile(r"<(?:\w+:)?(?:sheet|Relationship)\s([^>]*)>")
ATTRIBUTE = re.compile(r"([\w:]+)\s*=\s*\"([^\"]*)\"")


def load_published(
    path: str | Path, key: str, *, sheet: str | None = None, columns: Sequence[str] = ()
) -> Loaded:
    """Return a published table as text; titles above the row with `key` are passed over.

    Parameters
    ----------
    path
        CSV, also ``.csv.gz``, or a workbook.
    key
        Column with the keys.
    sheet
        Sheet of a workbook; the only one with a column `key` when omitted.
    columns
        Columns that are going to be read.

    Raises
    ------
    SourceError
        No table, several sheets it could be, or cells with errors in those columns.
    """
    path = local_file(path)
    if path.suffix.lower() == ZIPPED:
        return _text_table(unpacked(path), str(path))
    if is_workbook(path):
        place = places_in(path, sheet=sheet or _sheet_with(path, key))[0]
        loaded = load(place, header=key)
        _refuse_errors(loaded, place, (key, *columns))
        return loaded
    place = places_in(path)[0]
    data = content(place.path, place.member)
    header = _header(data, place.where)
    broken = any("\n" in name or "\r" in name for name in header)
    if broken or squeezed(key) not in {squeezed(name) for name in header}:
        return load(place, header=key)
    return _text_table(data, place.where)


def is_footer(words: str) -> bool:
    """Return True for the beginning of a line that says where numbers are from.

    Examples
    --------
    >>> is_footer("Quelle: Amt für Statistik"), is_footer("01011101")
    (True, False)
    """
    return FOOTER.match(words.strip().strip('"')) is not None


def _text_table(data: bytes, where: str) -> Loaded:
    table = string_table(_with_full_footers(data, where), where)
    refuse_persons(table, where)
    return Loaded(table, np.arange(table.num_rows) + 2, where)


def _header(data: bytes, where: str) -> list[str]:
    """Return the names of the first record, which may go over several lines."""
    dialect = dialect_of(data, where)
    lines = io.StringIO(data[: 2**16].decode(dialect.encoding, errors="replace"), newline="")
    record = next(csv.reader(lines, delimiter=dialect.separator), [])
    return [name.removeprefix("\ufeff") for name in record]


def _with_full_footers(data: bytes, where: str) -> bytes:
    """Return a text file whose footers are rows with one cell, as wide as the others."""
    dialect = dialect_of(data, where)
    lines = data.rstrip().split(b"\n")
    for i in range(max(1, len(lines) - LAST_LINES), len(lines)):
        line = lines[i].decode(dialect.encoding, errors="replace").strip()
        if is_footer(line):
            words = line.strip(f'"{dialect.separator} ').replace('"', "'")
            blanks = dialect.separator * (len(dialect.header) - 1)
            lines[i] = f'"{words}"{blanks}'.encode(dialect.encoding, errors="replace")
    return b"\n".join([*lines, b""])


def _sheet_with(path: Path, key: str) -> str:
    """Return the only sheet with a row that holds `key`."""
    names = sheet_names(path)
    if len(names) == 1:
        return names[0]
    book, wanted = open_workbook(path), squeezed(key)
    holding = [
        name
        for name in names
        if any(wanted in {squeezed(cell) for cell in row} for row in sheet_rows(book, name, path))
    ]
    if len(holding) != 1:
        message = "published.several_sheets" if holding else "published.no_sheet"
        raise SourceError(message, ids=holding or names, path=path, key=key)
    return holding[0]


def _refuse_errors(loaded: Loaded, place: Place, columns: Sequence[str]) -> None:
    """Raise if cells of some columns hold an error, or a formula that was never computed."""
    faulty = list(_faulty_cells(place))
    if not faulty:
        return
    # rows of the sheet count from 1, the header stands right above the first row
    header = int(loaded.rows[0]) - 1 if len(loaded.rows) else 0
    rows = sheet_rows(open_workbook(place.path), place.sheet or "", place.where, first=header)
    names = [" ".join(cell.split()) for cell in rows[header - 1]] if header else []
    asked = {squeezed(name) for name in columns}
    ids = [
        text("sources.place", number=row, column=names[column])
        for row, column in faulty
        if row > header and column < len(names) and squeezed(names[column]) in asked
    ]
    if ids:
        raise SourceError("published.error_cells", ids=ids, path=loaded.where)


def _faulty_cells(place: Place) -> Iterator[tuple[int, int]]:
    """Yield row (from 1) and column (from 0) of cells that a reader would take for blank."""
    if place.path.suffix.lower() not in XML_BOOKS:
        return
    for attributes, inner in CELL.findall(sheet_text(place)):
        facts = dict(ATTRIBUTE.findall(attributes))
        at = re.fullmatch(r"([A-Z]+)(\d+)", facts.get("r", ""))
        value = VALUE.search(inner)
        held = value[1].strip() if value else ""
        error = facts.get("t") == "e" and held not in ABSENT
        # a formula may give an empty text, which is stored as such
        bare = bool(FORMULA.search(inner)) and not held and facts.get("t") != "str"
        if at and (error or bare):
            column = 0
            for letter in at[1]:
                column = column * 26 + ord(letter) - ord("A") + 1
            yield int(at[2]), column - 1


def sheet_text(place: Place) -> str:
    """Return the XML of a sheet; blank if the workbook does not say where it stands."""
    with zipfile.ZipFile(place.path) as book:
        members = set(book.namelist())

        def tags(member: str) -> list[dict[str, str]]:
            found = book.read(member).decode("utf-8", errors="replace") if member in members else ""
            return [
                {name.rpartition(":")[2].lower(): html.unescape(value) for name, value in pairs}
                for pairs in map(ATTRIBUTE.findall, TAG.findall(found))
            ]

        ids = [one.get("id") for one in tags("xl/workbook.xml") if one.get("name") == place.sheet]
        targets = [
            one.get("target", "")
            for one in tags("xl/_rels/workbook.xml.rels")
            if one.get("id") in ids
        ]
        for target in targets:
            member = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if member in members:
                return book.read(member).decode("utf-8", errors="replace")
    return ""
