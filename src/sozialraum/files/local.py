"""Paths of files from outside: on this machine, and there."""

import re
from pathlib import Path

from sozialraum.errors import SourceError

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
