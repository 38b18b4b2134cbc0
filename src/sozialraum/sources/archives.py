"""Files from outside: local only, perhaps members of a ZIP archive."""

import gzip
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from sozialraum.errors import SourceError
from sozialraum.files.archives import (
    MAX_WHOLE,
    MIB,
    RATIO_FROM,
    content,
    guarded,
    is_zip,
    members,
    opened,
)
from sozialraum.files.local import REMOTE, local_file

__all__ = [
    "RATIO_FROM",
    "REMOTE",
    "content",
    "extract",
    "is_zip",
    "local_file",
    "members",
    "opened",
    "unpacked",
]


def unpacked(path: Path) -> bytes:
    """Return what a gzip file holds.

    Raises
    ------
    SourceError
        It is damaged, or holds more than what is read at once.
    """
    with guarded(path), gzip.open(path) as stream:
        data = stream.read(MAX_WHOLE + 1)
    if len(data) > MAX_WHOLE:
        raise SourceError("limits.too_large", path=path, limit=f"{MAX_WHOLE // MIB} MiB")
    return data


def extract(path: Path, names: Iterable[str], folder: Path) -> list[Path]:
    """Write members into an empty folder, without their own folders; return the paths.

    Raises
    ------
    SourceError
        Two members would have one name, or the archive is damaged.
    """
    targets: list[Path] = []
    for name in names:
        target = folder / PurePosixPath(name.replace("\\", "/")).name
        if target.exists():
            raise SourceError("limits.zip_repeated", ids=[name], path=path)
        with opened(path, name) as stream, target.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
        targets.append(target)
    return targets
