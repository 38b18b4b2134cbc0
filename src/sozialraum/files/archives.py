"""ZIP archives opened with care.

An archive is checked before anything is taken from it: names that would leave the target
folder and members that unpack to absurd sizes are refused. A damaged archive is one clear
error; nothing is half-read.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, cast

from sozialraum.errors import SourceError

MAX_MEMBER = 2 * 1024**3
"""Bytes a member may unpack to."""
MAX_RATIO = 200
"""How often larger than its compressed form a member may be …"""
RATIO_FROM = 50 * 1000**2
"""… once it unpacks to more than this many bytes."""

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError)
UNREADABLE = (*DAMAGED, RuntimeError, OSError)
"""What opening may raise besides: a compression Python cannot undo or a password (both are
a ``RuntimeError``), no permission."""


@contextmanager
def guarded(path: Path, kinds: tuple[type[Exception], ...] = UNREADABLE) -> Iterator[None]:
    """Turn every way in which an archive can be broken into one error."""
    try:
        yield
    except kinds as error:
        raise SourceError("sources.zip_damaged", path=path) from error


def members(path: Path) -> list[str]:
    """Return the names of the files in an archive, after checking all of them.

    Raises
    ------
    SourceError
        The archive is damaged, a name leads out of it, or a member is far too large.
    """
    with guarded(path), zipfile.ZipFile(path) as archive:
        infos = [info for info in archive.infolist() if not info.is_dir()]
    astray = [info.filename for info in infos if _leads_out(info.filename)]
    if astray:
        raise SourceError("sources.zip_unsafe", ids=astray, path=path)
    huge = [info.filename for info in infos if _is_huge(info)]
    if huge:
        raise SourceError("sources.zip_huge", ids=huge, path=path, limit=MAX_MEMBER // 1024**3)
    return [info.filename for info in infos if not _is_clutter(info.filename)]


def _leads_out(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/"))
    return parts.is_absolute() or ".." in parts.parts or bool(PureWindowsPath(name).drive)


def _is_huge(info: zipfile.ZipInfo) -> bool:
    if info.file_size > MAX_MEMBER:
        return True
    return info.file_size > RATIO_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1)


def _is_clutter(name: str) -> bool:
    """Return True for what operating systems leave in archives."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name.startswith(".")


@contextmanager
def opened(path: Path, member: str | None = None) -> Iterator[BinaryIO]:
    """Yield a file, or a member of an archive, as a binary stream.

    A member's declared size was checked by :func:`members`; `zipfile` never reads beyond
    it and compares the checksum at the end.
    """
    if member is None:
        with path.open("rb") as stream:
            yield stream
        return
    with ExitStack() as stack:
        with guarded(path):
            archive = stack.enter_context(zipfile.ZipFile(path))
            stream = stack.enter_context(archive.open(member))
        with guarded(path, DAMAGED):
            yield cast("BinaryIO", stream)


def content(path: Path, member: str | None = None) -> bytes:
    """Return a whole file or member."""
    with opened(path, member) as stream:
        return stream.read()
