"""Paths of files from outside: on this machine, and there."""

import os
import re
import stat
from pathlib import Path

from sozialraum.errors import SourceError

REMOTE = re.compile(r"^(?:[A-Za-z][A-Za-z0-9+.-]+:|/vsi|\\\\)", re.IGNORECASE)


MAX_FILE = 8 * 1024**3
"""Bytes of the largest file that is opened; all census grids of Germany have less."""
KINDS = {
    stat.S_IFDIR: "limits.is_folder",
    stat.S_IFIFO: "limits.is_device",
    stat.S_IFSOCK: "limits.is_device",
    stat.S_IFCHR: "limits.is_device",
    stat.S_IFBLK: "limits.is_device",
}
"""What to say of things that have a name like a file and are none."""


def local_file(path: str | Path) -> Path:
    """Return the path of an existing local file.

    Addresses and the virtual paths of GDAL (``/vsicurl/…``, ``PG:…``) are refused: a
    reader must not reach out of the machine because of a text in a project file. Links are
    followed to the file they mean.

    Raises
    ------
    SourceError
        The text is an address, there is no such file, it is a folder, pipe or device, it
        may not be read, or it is larger than 8 GiB.
    """
    if REMOTE.match(str(path)):
        raise SourceError("sources.not_local", path=path)
    path = Path(path)
    try:
        found = path.stat()
    except (OSError, ValueError) as error:
        # nothing there, a link that leads nowhere or in a circle, a name that cannot be
        raise SourceError("sources.no_file", ids=[str(path)]) from error
    # a File-GDB is a folder
    if not stat.S_ISREG(found.st_mode) and not _is_geodatabase(path):
        raise SourceError(KINDS.get(stat.S_IFMT(found.st_mode), "limits.is_device"), path=path)
    if not os.access(path, os.R_OK):
        raise SourceError("limits.not_allowed", path=path)
    if found.st_size > MAX_FILE:
        raise SourceError("limits.too_large", path=path, limit=f"{MAX_FILE // 1024**3} GiB")
    return path


def _is_geodatabase(path: Path) -> bool:
    return path.is_dir() and path.suffix.lower() == ".gdb"
