"""Cells of a workbook that hold a formula without a result, or an error such as ``#DIV/0!``.

A reader of workbooks gives both as blank cells, and a blank cell means "not delivered". What
an office meant to send would be lost without a word, so these cells are found in the file as
it is written (ECMA-376, part 1: ``c``, ``f``, ``v``).
"""

import re
from html import unescape

import pyarrow as pa

from sozialraum.sources.archives import content, is_zip, members
from sozialraum.sources.books import open_workbook, sheet_rows
from sozialraum.sources.loaded import Loaded, Place

MARK = "#FORMEL"
"""What is put into such cells: neither a number nor a symbol, and no key."""
CELL = re.compile(rb'<c\s[^>]*?\br="([A-Z]{1,3})(\d{1,7})"([^>]*?)(?<!/)>(.*?)</c>', re.DOTALL)
VALUE = re.compile(rb"<v(?:\s[^>]*)?>[^<]+</v>|<t(?:\s[^>]*)?>")
IS_ERROR = re.compile(rb'\bt="e"')
SHEET = re.compile(r'<(?:\w+:)?sheet\s[^>]*?name="([^"]*)"[^>]*?\br:id="([^"]*)"')
RELATION = re.compile(r"<Relationship\s[^>]*>")
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"


def mark_formulas(loaded: Loaded, place: Place, header_rows: int = 1) -> Loaded:
    """Return a table in which cells without a result are marked, so that using them fails.

    Parameters
    ----------
    loaded
        Table read from a sheet.
    place
        The sheet.
    header_rows
        Rows of its header.
    """
    faulty = unresolved(place)
    if not faulty or not len(loaded.rows):
        return loaded
    top = int(loaded.rows[0]) - header_rows - 1
    head = sheet_rows(open_workbook(place.path), place.sheet or "", place.where, first=top + 1)
    named = [i for i, cell in enumerate(head[top]) if cell.strip() or header_rows > 1]
    row_of = {int(row): i for i, row in enumerate(loaded.rows)}
    columns = dict(zip(named, loaded.names, strict=False))
    table = loaded.table
    for column in sorted({c for _, c in faulty} & columns.keys()):
        name = columns[column]
        cells = table[name].to_pylist()
        for row, _ in (cell for cell in faulty if cell[1] == column and cell[0] in row_of):
            cells[row_of[row]] = MARK
        at = table.column_names.index(name)
        table = table.set_column(at, name, pa.array(cells, pa.string()))
    return Loaded(table, loaded.rows, loaded.where)


def unresolved(place: Place) -> list[tuple[int, int]]:
    """Return row (from 1) and column (from 0) of cells without a result on a sheet.

    Only XLSX files tell; for other workbooks there are none.
    """
    if not place.sheet or not is_zip(place.path):
        return []
    part = _part(place)
    if part is None:
        return []
    data = content(place.path, part)
    if b"<f" not in data and b't="e"' not in data:
        return []
    found = []
    for letters, row, attributes, inside in CELL.findall(data):
        computed = b"<f" in inside
        if IS_ERROR.search(attributes) or (computed and not VALUE.search(inside)):
            found.append((int(row), _position(letters)))
    return found


def _part(place: Place) -> str | None:
    """Return the name of the member that holds a sheet."""
    names = set(members(place.path))
    if not {BOOK, RELATIONS} <= names:
        return None
    book, relations = (content(place.path, n).decode("utf-8", "replace") for n in (BOOK, RELATIONS))
    identities = {unescape(name): identity for name, identity in SHEET.findall(book)}
    wanted = identities.get(place.sheet or "")
    for relation in RELATION.findall(relations):
        told = dict(re.findall(r'(\w+)="([^"]*)"', relation))
        if wanted and told.get("Id") == wanted:
            target = told.get("Target", "").removeprefix("/")
            target = target if target.startswith("xl/") else f"xl/{target}"
            return target if target in names else None
    return None


def _position(letters: bytes) -> int:
    """Return the position of a column, counted from 0.

    Examples
    --------
    >>> _position(b"A"), _position(b"AB")
    (0, 27)
    """
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number - 1
