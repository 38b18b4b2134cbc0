"""ZIP archives opened with care.

An archive is checked before anything is taken from it: names that would leave the target
folder, links, members that unpack to absurd sizes or share their bytes with others are
refused, and so is what Python cannot unpack. A damaged archive is one clear error; nothing is
half-read.
"""

import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import BinaryIO, cast

from sozialraum.errors import SourceError

MAX_MEMBER = 2 * 1024**3
"""Bytes a member may unpack to."""
MAX_RATIO = 200
"""How often larger than its compressed form a member may be …"""
RATIO_FROM = 50 * 1000**2
"""… once it, or all of them together, unpacks to more than this many bytes."""
MAX_TOTAL = 2 * MAX_MEMBER
"""Bytes all members together may unpack to."""
MAX_MEMBERS = 10_000
"""Members an archive may hold."""
MAX_WHOLE = 512 * 1024**2
"""Bytes of a file or member that is read at once, and not in pieces."""
GIB, MIB = 1024**3, 1024**2
LOCAL_HEADER = 30
"""Bytes that stand before a member at least."""
ENCRYPTED = 0x1
ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
"""First bytes of an archive, of an empty one, and of one in parts; "PK" begins headers too."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
PLAIN = (0, stat.S_IFREG)
"""Kinds of file a member may be: not stated, or a file."""

DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError)
UNREADABLE = (*DAMAGED, RuntimeError, OSError)
"""What opening may raise besides: a compression Python cannot undo or a password (both are
a ``RuntimeError``), no permission."""


def is_zip(path: Path) -> bool:
    """Return True if a file starts like a ZIP archive, whatever it is called."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(4) in ZIP_STARTS


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
        The archive is damaged or protected by a password, a name leads out of it, a member
        is a link, far too large or packed in a way that is not read, members share bytes or
        names, or there are absurdly many.
    """
    with guarded(path), zipfile.ZipFile(path) as archive:
        listed = archive.infolist()
    if len(listed) > MAX_MEMBERS:
        raise SourceError(
            "limits.zip_many", path=path, count=f"{len(listed)}", limit=f"{MAX_MEMBERS:_}"
        )
    infos = [info for info in listed if not info.is_dir()]
    _check_names(infos, path)
    _refuse(path, "limits.zip_password", [i for i in infos if i.flag_bits & ENCRYPTED])
    _refuse(path, "limits.zip_method", [i for i in infos if i.compress_type not in METHODS])
    _check_sizes(infos, path)
    return [info.filename for info in infos if not _is_clutter(info.filename)]


def _refuse(path: Path, message: str, infos: Sequence[zipfile.ZipInfo]) -> None:
    """Raise with the names of some members, if there are any."""
    if infos:
        raise SourceError(message, ids=[info.filename for info in infos], path=path)


def _check_names(infos: Sequence[zipfile.ZipInfo], path: Path) -> None:
    astray = [info for info in infos if _leads_out(info.orig_filename)]
    _refuse(path, "sources.zip_unsafe", astray)
    _refuse(path, "limits.zip_link", [info for info in infos if _kind(info) not in PLAIN])
    named = Counter(info.filename for info in infos)
    _refuse(path, "limits.zip_repeated", [i for i in infos if named[i.filename] > 1])


def _kind(info: zipfile.ZipInfo) -> int:
    """Return what kind of file a member is by its Unix mode; 0 where none is stated."""
    return stat.S_IFMT(info.external_attr >> 16)


def _check_sizes(infos: Sequence[zipfile.ZipInfo], path: Path) -> None:
    """Raise for members that unpack to absurd sizes, alone or together, or that overlap.

    Members that share their bytes are how small archives unpack to petabytes (Fifield, "A
    better zip bomb", 2019).
    """
    huge = [info.filename for info in infos if _is_huge(info)]
    if huge:
        raise SourceError("sources.zip_huge", ids=huge, path=path, limit=MAX_MEMBER // GIB)
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if total > MAX_TOTAL or (total > RATIO_FROM and total > MAX_RATIO * max(packed, 1)):
        raise SourceError("limits.zip_total", path=path, limit=MAX_TOTAL // GIB, ratio=MAX_RATIO)
    places = sorted(infos, key=lambda info: info.header_offset)
    ends = [info.header_offset + LOCAL_HEADER + info.compress_size for info in places]
    starts = [info.header_offset for info in places[1:]]
    both = zip(places, ends, starts, strict=False)
    _refuse(path, "limits.zip_overlap", [info for info, end, start in both if end > start])


def _leads_out(name: str) -> bool:
    parts = PurePosixPath(name.replace("\\", "/"))
    away = parts.is_absolute() or ".." in parts.parts or bool(PureWindowsPath(name).drive)
    return away or "\x00" in name


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
    """Return a whole file or member.

    Raises
    ------
    SourceError
        It is larger than what is read at once, or the archive is damaged.
    """
    with opened(path, member) as stream:
        data = stream.read(MAX_WHOLE + 1)
    if len(data) > MAX_WHOLE:
        where = f"{path}/{member}" if member else path
        raise SourceError("limits.too_large", path=where, limit=f"{MAX_WHOLE // MIB} MiB")
    return data
