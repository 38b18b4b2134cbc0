"""Files from outside: local only, perhaps members of a ZIP archive."""

import re
import shutil
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from sozialraum.errors import SourceError
from sozialraum.files.archives import RATIO_FROM, content, members, opened

__all__ = ["RATIO_FROM", "content", "extract", "is_zip", "local_file", "members", "opened"]

REMOTE = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]+:|/vsi|\\\\)", re.IGNORECASE)


def local_file(path: str | Path) -> Path:
    """Return the path of an existing local file.

    Addresses and the virtual paths of GDAL (``/vsicurl/…``, ``PG:…``) are refused: a
    reader must not reach out of the machine because of a text in a project file.

    Raises
    ------
    SourceError
        The text is an address, or there is no such file.
    """
    if REMOTE.match(str(path)):
        raise SourceError("sources.not_local", path=path)
    path = Path(path)
    # a File-GDB is a folder
    if not (path.is_file() or (path.is_dir() and path.suffix.lower() == ".gdb")):
        raise SourceError("sources.no_file", ids=[str(path)])
    return path


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
