"""Tables that somebody filled in: rows with their line, cells with their column."""

import csv
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import NamedTuple

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.messages import default_language, text
from sozialraum.model.exact import Fault

COMMENT = "#"
SEPARATORS = (";", ",", "\t")


class Row(NamedTuple):
    """One line of a table: its number in the file and its cells by column."""

    line: int
    cells: Mapping[str, str]

    def fault(self, column: str, message: str, **values: object) -> Fault:
        """Return what is wrong with a cell."""
        return Fault(self.place(column), message, values)

    def place(self, column: str) -> str:
        """Return how a message calls a cell."""
        return text("ledger.cell", default_language(), line=self.line, column=column)


def read_rows(path: Path, needed: Collection[str], known: Collection[str]) -> list[Row]:
    """Return the rows of a CSV file, all cells as stripped text.

    Lines that begin with ``#`` and empty ones are passed over.

    Parameters
    ----------
    path
        Separated by semicolon, comma or tab; UTF-8 or Windows-1252.
    needed, known
        Columns that must, and that may be there.

    Raises
    ------
    SourceError
        The file is missing, columns are missing, unknown or double, or a row has cells
        beyond the last column.
    """
    lines = ["" if line.startswith(COMMENT) else line for line in _lines(path)]
    head = next((line for line in lines if line.strip()), "")
    reader = csv.reader(lines, delimiter=max(SEPARATORS, key=head.count))
    rows = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader if any(cells)]
    header = [name.lower() for name in rows[0][1]] if rows else []
    schema.check_columns(header, needed, path.name)
    schema.check_only(header, known, path.name)
    long = [line for line, cells in rows if any(cells[len(header) :])]
    if long or len(set(header)) < len(header):
        raise SourceError("ledger.row_too_long", ids=long or header, path=path)
    blank = [""] * len(header)
    return [Row(n, dict(zip(header, [*cells, *blank], strict=False))) for n, cells in rows[1:]]


def _lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SourceError("ledger.no_table", path=path, reason=error.strerror) from error
    try:
        return content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace").splitlines()
