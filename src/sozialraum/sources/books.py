"""Workbooks from outside (XLSX, XLS, ODS): recognised by content, read as text."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook

from sozialraum.errors import SourceError
from sozialraum.sources.archives import content, is_zip
from sozialraum.sources.book_limits import check_book

SHEETS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
OLD_START = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""First bytes of XLS, and of an XLSX that is encrypted with a password."""
BOOK_PARTS = {"xl/workbook.xml", "xl/workbook.bin"}
ODS_KIND = b"application/vnd.oasis.opendocument.spreadsheet"


def is_workbook(path: Path) -> bool:
    """Return True for Excel and OpenDocument tables (archives too), whatever they are called."""
    if path.suffix.lower() in SHEETS:
        return True
    if not path.is_file():
        return False
    if not is_zip(path):
        with path.open("rb") as stream:
            return stream.read(len(OLD_START)) == OLD_START
    try:
        with zipfile.ZipFile(path) as archive:
            if BOOK_PARTS & set(archive.namelist()):
                return True
            with archive.open("mimetype") as stream:
                return stream.read(len(ODS_KIND) + 1).strip() == ODS_KIND
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, EOFError, ValueError):
        # whatever is wrong with it, members() says so better
        return False


def open_workbook(path: Path) -> CalamineWorkbook:
    """Return a workbook, checked before anything of it is unpacked.

    Raises
    ------
    SourceError
        Damaged, protected by a password, or absurdly large (:mod:`.book_limits`).
    """
    if is_zip(path):
        check_book(path)
    with _understood(path):
        # by content: offices send XLSX files that are called .xls
        return CalamineWorkbook.from_filelike(BytesIO(content(path)))


def sheet_names(path: Path) -> list[str]:
    """Return the names of the sheets of a workbook."""
    return list(open_workbook(path).sheet_names)


def sheet_rows(
    workbook: CalamineWorkbook, sheet: str, where: str | Path, *, first: int | None = None
) -> list[list[str]]:
    """Return the rows of a sheet as the text that a German CSV would hold."""
    return [
        [_cell_text(cell) for cell in row]
        for row in sheet_cells(workbook, sheet, where, first=first)
    ]


def sheet_cells(
    workbook: CalamineWorkbook, sheet: str, where: str | Path, *, first: int | None = None
) -> list[list[Any]]:
    """Return the cells of a sheet; rows count from its top, as Excel shows them.

    Raises
    ------
    SourceError
        The sheet is damaged.
    """
    with _understood(where):
        found = workbook.get_sheet_by_name(sheet)
        return found.to_python(skip_empty_area=False, nrows=first)


@contextmanager
def _understood(where: str | Path) -> Iterator[None]:
    """Turn every way in which a workbook can be broken into one error."""
    try:
        yield
    except (CalamineError, OSError, ValueError, OverflowError, MemoryError) as error:
        raise SourceError("sources.not_a_workbook", path=where) from error
    except BaseException as error:
        # a panic of the reader (Rust) is no Exception and has no importable name
        if type(error).__name__ != "PanicException":
            raise
        raise SourceError("sources.not_a_workbook", path=where) from error


def _cell_text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, float):
        return np.format_float_positional(cell, trim="-").replace(".", ",")
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    return cell.isoformat() if isinstance(cell, date) else str(cell)
