"""Add entries to a journal: locked, through to the disk, nothing half written for good."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sozialraum.errors import OutputError
from sozialraum.files.journal import Entry, Journal, canonical, digest_of, read_journal
from sozialraum.files.locking import PATIENCE, locked


class Appending:
    """An open journal: nobody else writes to it meanwhile.

    Parameters
    ----------
    journal
        What it holds now.
    """

    def __init__(self, journal: Journal) -> None:
        self.journal = journal

    def append(self, kind: str, content: Mapping[str, Any], *, day: str, signed_by: str) -> Entry:
        """Add an entry; when this returns, it is on the disk.

        Raises
        ------
        OutputError
            It cannot be written; the file is as it was.
        """
        head, path = self.journal.head, self.journal.path
        body: dict[str, Any] = {
            "number": head.number + 1,
            "kind": kind,
            "day": day,
            "signed_by": signed_by,
            "content": json.loads(canonical(content)),
            "previous": head.hash,
        }
        body["hash"] = digest_of(body)
        line = canonical(body) + b"\n"
        before = b"" if self.journal.closed else b"\n"
        _write(path, before + line, self.journal.size)
        size = self.journal.size + len(before) + len(line)
        self.journal = Journal(path, (*self.journal.entries, Entry(**body)), size)
        return self.journal.entries[-1]


@contextmanager
def appending(
    path: str | Path, *, known: Journal | None = None, patience: float = PATIENCE
) -> Iterator[Appending]:
    """Lock a journal, read what was added to it meanwhile, and let entries be added.

    Parameters
    ----------
    path
        The file; made with the first entry.
    known
        What was read of it before.
    patience
        Seconds to wait for another writer.

    Raises
    ------
    DisclosureError
        The file is damaged.
    OutputError
        It cannot be locked or written.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "a.jsonl"
    >>> with appending(path) as journal:
    ...     journal.append("note", {"text": "hello"}, day="2026-01-01", signed_by="office")
    <Entry 1: note, 2026-01-01>
    >>> read_journal(path)
    <Journal: 1 entries>
    """
    path = Path(path)
    with locked(path, patience=patience):
        yield Appending(read_journal(path, after=known))


def _write(path: Path, line: bytes, size: int) -> None:
    """Put a line after `size` bytes, through to the disk; on failure the file ends there again."""
    new = not path.exists()
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags, 0o666)
        try:
            _put(handle, line, size)
        finally:
            os.close(handle)
        if new:
            sync_folder(path.parent)
    except OSError as error:
        raise OutputError("files.not_writable", path=path, reason=error.strerror) from error


def _put(handle: int, line: bytes, size: int) -> None:
    os.ftruncate(handle, size)
    os.lseek(handle, size, os.SEEK_SET)
    left = memoryview(line)
    try:
        while left:
            left = left[os.write(handle, left) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise


def sync_folder(folder: Path) -> None:
    """Let the disk know a new name in a folder (Windows does so by itself)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
