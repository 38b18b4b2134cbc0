"""Workbooks (XLSX, ODS) looked through before a reader unpacks them.

A reader of workbooks makes room for every cell from A1 to the last one with a value. One value
at the far end of a sheet, a row "repeated" a million times or one long text that a million
cells refer to therefore take all memory. So extent and length are counted first, in the parts
of the file as they are written (ECMA-376; OpenDocument 1.3, part 3).
"""

import re
from pathlib import Path

import numpy as np

from sozialraum.errors import SourceError
from sozialraum.files.archives import MAX_WHOLE, MIB, content, guarded, members

MAX_CELLS = 5_000_000
"""Cells of a sheet, blank ones included."""
MAX_TEXT = 256 * MIB
"""Bytes that the texts of a sheet may have together, each counted as often as it is used."""
MAX_ROW, MAX_WIDTH = 1_048_576, 16_384
"""Rows and columns of a sheet in Excel."""
DECLARED = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
CELL = re.compile(rb"<(?:\w+:)?c\s[^>]*?\br\s*=\s*[\"']([A-Za-z]+)(\d+)[\"'][^>]*?(/?)>")
ANY_CELL = re.compile(rb"<(?:\w+:)?c(?:\s[^>]*)?>")
ROW = re.compile(rb"<(?:\w+:)?row\s[^>]*?\br\s*=\s*[\"'](\d+)[\"'][^>]*?>")
ROW_END = re.compile(rb"</(?:\w+:)?row\s*>")
SHARED = re.compile(rb"<(?:\w+:)?si[\s>]")
REFERS = re.compile(
    rb"<(?:\w+:)?c\s[^>]*?\bt\s*=\s*[\"']s[\"'][^>]*>\s*<(?:\w+:)?v[^>]*>\s*(\d{1,9})\s*<"
)
ODS_TOKEN = re.compile(
    rb"<table:table-row\b([^>]*)>|<table:(?:covered-)?table-cell\b([^>]*)>"
    rb"|(</table:table-row>)|(<table:table[\s>])"
)
ODS_TIMES = re.compile(rb"table:number-(?:rows|columns)-repeated\s*=\s*[\"'](\d+)[\"']")


def check_book(path: Path) -> None:
    """Raise for a workbook (a ZIP archive) that would take absurdly much room.

    Raises
    ------
    SourceError
        The archive is unsafe or damaged, parts declare entities, a sheet spans too many
        cells, its texts are too long, or the parts together are too large.
    """
    names = members(path)
    if any(name.lower().endswith("/workbook.bin") for name in names):
        raise SourceError("limits.book_binary", path=path)
    declared: list[str] = []
    sheets: list[tuple[str, bytes]] = []
    shared = b""
    total = 0
    for name in names:
        with guarded(path):
            part = content(path, name)
        if not part.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
            continue
        total += len(part)
        if total > MAX_WHOLE:
            raise SourceError("limits.too_large", path=path, limit=f"{MAX_WHOLE // MIB} MiB")
        if DECLARED.search(part):
            declared.append(name)
        if b"sheetData" in part or b"<table:table" in part:
            sheets.append((name, part))
        if SHARED.search(part):
            shared = part
    if declared:
        raise SourceError("limits.book_entities", ids=declared, path=path)
    for name, part in sheets:
        _check_extent(part, f"{path}/{name}")
        _check_texts(part, shared, f"{path}/{name}")


def _check_extent(part: bytes, where: str) -> None:
    rows, columns = _ods_extent(part) if b"<table:table" in part else _xlsx_extent(part)
    if rows * columns > MAX_CELLS or rows > MAX_ROW or columns > MAX_WIDTH:
        limit = f"{MAX_CELLS // 10**6} Mio."
        raise SourceError("limits.book_wide", path=where, rows=rows, columns=columns, limit=limit)


def _xlsx_extent(part: bytes) -> tuple[int, int]:
    """Return the last row and column that hold a value; blank cells have no content."""
    cells = CELL.findall(part)
    rows = max((_number(row) for _, row, blank in cells if not blank), default=0)
    columns = max((_column(c) for c in {c for c, _, blank in cells if not blank}), default=0)
    if len(cells) < len(ANY_CELL.findall(part)):
        # cells may leave out where they stand and then follow each other
        pieces = ROW_END.split(part)
        columns = max(columns, *(len(ANY_CELL.findall(piece)) for piece in pieces))
        rows = max(rows, len(pieces), *(_number(row) for row in ROW.findall(part)), 0)
    return rows, columns


def _number(digits: bytes) -> int:
    """Return a number; absurdly long ones are just too large."""
    return int(digits) if len(digits) < 10 else 10**9


def _column(letters: bytes) -> int:
    """Return the number of a column, counted from 1.

    Examples
    --------
    >>> _column(b"A"), _column(b"xfd")
    (1, 16384)
    """
    if len(letters) > 4:
        return 10**6
    number = 0
    for letter in letters.upper():
        number = 26 * number + letter - ord("A") + 1
    return number


def _ods_extent(part: bytes) -> tuple[int, int]:
    """Return the rows and columns of the largest table up to its last cell with a value."""
    most = (0, 0)
    rows = width = seen = last = pending = times = 0
    for token in ODS_TOKEN.finditer(part):
        row, cell, row_ends, table = token.groups()
        if table is not None:
            rows = width = pending = 0
        elif row is not None:
            times, seen, last = _times(row), 0, 0
            if row.endswith(b"/"):
                pending += times
        elif cell is not None:
            seen += _times(cell)
            last = seen if b"office:" in cell or not cell.endswith(b"/") else last
        elif row_ends is not None:
            pending += times
            if last:
                rows, width, pending = rows + pending, max(width, last), 0
        most = max(most, (rows, width), key=lambda extent: extent[0] * extent[1])
    return most


def _times(attributes: bytes) -> int:
    found = ODS_TIMES.search(attributes)
    return _number(found[1]) if found else 1


def _check_texts(part: bytes, shared: bytes, where: str) -> None:
    """Raise if shared texts are long and used so often that they would fill the memory."""
    lengths = np.array([len(text) for text in SHARED.split(shared)[1:]], dtype=np.int64)
    if not len(lengths) or int(lengths.max()) * part.count(b"<") // 2 <= MAX_TEXT:
        return
    used = np.array([int(found) for found in REFERS.findall(part)], dtype=np.int64)
    if lengths[used[used < len(lengths)]].sum() > MAX_TEXT:
        raise SourceError("limits.book_strings", path=where, limit=MAX_TEXT // MIB)
