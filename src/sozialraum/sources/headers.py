"""Tables whose header spans several rows, and the rows of any table as they stand."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.sources.archives import content
from sozialraum.sources.books import open_workbook, sheet_rows
from sozialraum.sources.loaded import Loaded, Place, load, refuse_person_sheets
from sozialraum.sources.persons import refuse_persons
from sozialraum.sources.text import (
    BOM,
    check_header,
    rows_of,
    separator_of,
    squeezed,
    string_table,
)

FIRST = 40
"""Lines in which a header is looked for."""


def rows_in(place: Place, header: str = "") -> list[list[str]]:
    """Return the rows of a table with everything above and below it.

    Raises
    ------
    SourceError
        Not readable as a table.
    DisclosureError
        Another sheet of its workbook holds records of single people.
    """
    if place.sheet:
        refuse_person_sheets(place.path, place.shown, but=place.sheet)
        return sheet_rows(open_workbook(place.path), place.sheet, place.where)
    return rows_of(content(place.path, place.member), place.where, header)


def load_below(place: Place, header: str) -> Loaded:
    """Return a text table below title lines, as :func:`.loaded.load` does, but fast.

    Where the file is not plainly one row a line, the slow way reads it or says what is wrong.

    Raises
    ------
    SourceError
        Not readable as a table, or no row holds the text.
    DisclosureError
        The table holds records of single people.
    """
    data = content(place.path, place.member).removeprefix(BOM)
    lines = data.split(b"\n", FIRST)
    above = next((i for i, line in enumerate(lines[:FIRST]) if _holds(line, header)), None)
    if above is None or place.sheet or place.encoding:
        return load(place, header=header)
    below = data[sum(len(line) + 1 for line in lines[:above]) :]
    try:
        table = string_table(below, place.where)
    except SourceError:
        return load(place, header=header)
    if table.num_rows != below.rstrip(b"\r\n").count(b"\n"):
        return load(place, header=header)
    refuse_persons(table, place.where)
    return Loaded(table, np.arange(table.num_rows) + above + 2, place.where)


def _holds(line: bytes, header: str) -> bool:
    """Return True if a cell of a line is the text."""
    text = line.decode("cp1252" if _is_cp1252(line) else "utf-8", errors="replace")
    return squeezed(header) in {
        squeezed(cell.strip('" \r')) for cell in text.split(separator_of(text))
    }


def _is_cp1252(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def load_joined(place: Place, header: str, count: int) -> Loaded:
    """Return a table whose header has several rows; their labels are joined by blanks.

    A label above others stands for the blank cells to its right, as merged cells do.

    Parameters
    ----------
    place
        Where it stands.
    header
        Text of a cell in the first row of the header.
    count
        Rows the header has.

    Raises
    ------
    SourceError
        No row holds the text, names are the same twice, or the file ends in its header.
    DisclosureError
        The table, or another sheet of its workbook, holds records of single people.
    """
    rows = rows_in(place, header)
    wanted = squeezed(header)
    at = next((i for i, row in enumerate(rows) if wanted in {squeezed(c) for c in row}), None)
    if at is None:
        raise SourceError("sources.no_header", ids=[header], path=place.where)
    if len(rows) <= at + count:
        raise SourceError("tables.header_rows_few", path=place.where, count=count)
    names = _joined(rows[at : at + count])
    check_header([name for name in names if name], place.where)
    body = rows[at + count :]
    table = pa.table({
        name: pa.array([row[i].strip() if i < len(row) else "" for row in body], pa.string())
        for i, name in enumerate(names)
        if name
    })  # fmt: skip
    loaded = Loaded(table, np.arange(len(body)) + at + count + 1, place.where)
    refuse_persons(loaded.table, loaded.where)
    return loaded


def _joined(head: Sequence[Sequence[str]]) -> list[str]:
    """Return one name a column out of the rows of a header."""
    width = max(len(row) for row in head)
    padded = [[" ".join(c.split()) for c in row] + [""] * (width - len(row)) for row in head]
    for row, below in pairwise(padded):
        for i in range(1, width):
            # only where something stands below: else it is a column of its own without a name
            if not row[i] and below[i]:
                row[i] = row[i - 1]
    return [" ".join(dict.fromkeys(filter(None, labels))) for labels in zip(*padded, strict=True)]
