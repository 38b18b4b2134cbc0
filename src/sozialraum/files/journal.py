"""A file that only grows: one entry a line, each with the hash of the one before.

It knows bytes and JSON and nothing of what the entries say. The chain makes every change
of an older line visible as long as somebody keeps the last hash elsewhere
(:mod:`sozialraum.files.pin`); it is no signature.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sozialraum.errors import DisclosureError

START = "0" * 64
"""What the first entry names as the hash of the entry before it."""
FIELDS = {"number": int, "kind": str, "day": str, "signed_by": str, "content": dict}
FIELDS |= {"previous": str, "hash": str}
BEGINNING = b'{"content":'
"""How every line begins: names are sorted."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a journal: its number (0 for an empty one) and hash."""

    number: int = 0
    hash: str = START


@dataclass(frozen=True, slots=True, repr=False)
class Entry:
    """One line.

    Parameters
    ----------
    number
        Position, from 1.
    kind, day, signed_by
        What it is, ISO date, and the role of who answers for it.
    content
        Whatever JSON holds; never changed once read.
    previous, hash
        BLAKE2b of the entry before and of this one, as hex.
    """

    number: int
    kind: str
    day: str
    signed_by: str
    content: Mapping[str, Any]
    previous: str
    hash: str

    def __repr__(self) -> str:
        return f"<Entry {self.number}: {self.kind}, {self.day}>"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Journal:
    """All entries of a file, each checked.

    Parameters
    ----------
    path
        The file.
    entries
        In order.
    size
        Bytes that the entries take.
    rest
        What a writer that was killed left after them; the next append removes it.
    closed
        False where only the line end of the last entry is missing.
    """

    path: Path
    entries: tuple[Entry, ...] = ()
    size: int = 0
    rest: bytes = field(default=b"", repr=False)
    closed: bool = True

    @property
    def head(self) -> Head:
        """The last entry, as it is pinned."""
        return Head(len(self.entries), self.entries[-1].hash) if self.entries else Head()

    def __repr__(self) -> str:
        return f"<Journal: {len(self.entries)} entries>"


def canonical(content: object) -> bytes:
    """Return the one way to write JSON: sorted names, no blanks, UTF-8.

    Examples
    --------
    >>> canonical({"b": 1.5, "a": "ä"}).decode()
    '{"a":"ä","b":1.5}'
    """
    plain = json.dumps(
        content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    )
    return plain.encode()


def digest_of(content: object) -> str:
    """Return BLAKE2b of some content, however it was ordered.

    Examples
    --------
    >>> digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    True
    """
    return hashlib.blake2b(canonical(content), digest_size=32).hexdigest()


def read_journal(path: str | Path, *, after: Journal | None = None) -> Journal:
    """Return the entries of a file, or none where there is no file.

    Parameters
    ----------
    path
        The file.
    after
        What was read of it before; only what was added since is read and checked.

    Raises
    ------
    DisclosureError
        A line cannot be read, was changed, is missing, double or out of order.
    """
    path = Path(path)
    known = after or Journal(path)
    return _extended(known, _bytes(path, known.size))


def sound_part(path: str | Path) -> tuple[Journal, int]:
    """Return what can be read of a damaged file, and how many lines it has.

    Raises
    ------
    DisclosureError
        The file cannot be opened.
    """
    path = Path(path)
    lines = _bytes(path, 0).split(b"\n")
    entries: list[Entry] = []
    for line in lines:
        found = _entry(line, entries)
        if isinstance(found, _Damage):
            break
        entries.append(found)
    return Journal(path, tuple(entries)), len(lines) - (not lines[-1])


class _Damage(NamedTuple):
    """What is wrong with a line: a message and the number the line gives itself."""

    message: str
    found: object = 0


def _bytes(path: Path, start: int) -> bytes:
    """Return the bytes of a file from a position on; none where there is no file."""
    try:
        with path.open("rb") as stream:
            if stream.seek(0, os.SEEK_END) < start:
                raise DisclosureError("journal.cut", path=path)
            stream.seek(start)
            return stream.read()
    except FileNotFoundError:
        if start:
            raise DisclosureError("journal.cut", path=path) from None
        return b""
    except OSError as error:
        raise DisclosureError("journal.closed", path=path, reason=error.strerror) from error


def _extended(known: Journal, added: bytes) -> Journal:
    """Return a journal with the lines that follow it."""
    path, entries, size = known.path, list(known.entries), known.size
    if not known.closed and added:
        if added[:1] != b"\n":
            raise DisclosureError("journal.unreadable", path=path, line=len(entries))
        added, size = added[1:], size + 1
    *lines, rest = added.split(b"\n")
    for line in lines:
        found = _entry(line, entries)
        if isinstance(found, _Damage):
            number = len(entries) + 1
            raise DisclosureError(found.message, path=path, line=number, found=found.found)
        entries.append(found)
        size += len(line) + 1
    if not rest:
        return Journal(path, tuple(entries), size, closed=known.closed or size > known.size)
    last = _entry(rest, entries)
    if isinstance(last, Entry):
        # complete but for its line end: it may have been acknowledged, so it counts
        return Journal(path, (*entries, last), size + len(rest), closed=False)
    if not _is_torn(rest):
        raise DisclosureError("journal.unreadable", path=path, line=len(entries) + 1)
    return Journal(path, tuple(entries), size, rest=rest)


def _entry(line: bytes, before: list[Entry]) -> Entry | _Damage:
    """Return a line as an entry, checked against the one before, or what is wrong with it."""
    try:
        found = json.loads(line)
        fits = isinstance(found, dict) and set(found) == set(FIELDS)
        fits = fits and all(type(found[name]) is kind for name, kind in FIELDS.items())
        same = fits and canonical(found) == line
    except (ValueError, RecursionError):
        return _Damage("journal.unreadable")
    if not fits:
        return _Damage("journal.unreadable")
    own = digest_of({name: found[name] for name in FIELDS if name != "hash"})
    if not same or own != found["hash"]:
        return _Damage("journal.changed")
    previous = before[-1].hash if before else START
    if found["number"] != len(before) + 1 or found["previous"] != previous:
        return _Damage("journal.order", found["number"])
    return Entry(**found)


def _is_torn(rest: bytes) -> bool:
    """Return True for the beginning of a line; what held a whole entry once is damaged."""
    rest = rest.rstrip(b"\0")  # some file systems leave zeros after a power cut
    if not (rest.startswith(BEGINNING) or BEGINNING.startswith(rest)):
        return False
    try:
        json.JSONDecoder().raw_decode(rest.decode("utf-8", errors="ignore"))
    except (ValueError, RecursionError):
        return True
    return False
