"""Files from outside: local only, perhaps members of a ZIP archive."""

import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from sozialraum.files.archives import RATIO_FROM, content, members, opened
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
]


def is_zip(path: Path) -> bool:
    """Return True if a file starts like a ZIP archive, whatever it is called."""
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(2) == b"PK"


def extract(path: Path, names: Iterable[str], folder: Path) -> list[Path]:
    """Write members into an empty folder, without their own folders; return the paths."""
    targets = []
    for name in names:
        target = folder / PurePosixPath(name).name
        with opened(path, name) as stream, target.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
        targets.append(target)
    return targets
