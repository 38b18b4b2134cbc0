"""Files that descriptions name, with ``*``: found in one order, shown as they are written."""

from collections.abc import Iterable
from pathlib import Path


def matches(pattern: str, folder: Path) -> list[Path]:
    """Return the files a name with ``*`` means, relative to a folder or absolute."""
    anchor = Path(pattern).anchor
    if anchor:
        return sorted(Path(anchor).glob(str(Path(pattern).relative_to(anchor))))
    return sorted(folder.glob(pattern))


def unmatched(patterns: Iterable[str], folder: Path) -> list[str]:
    """Return which names mean no file."""
    return [pattern for pattern in patterns if not matches(pattern, folder)]


def named_files(patterns: Iterable[str], folder: Path) -> tuple[tuple[Path, str], ...]:
    """Return the files of names, each once, in an order that does not depend on the disk.

    Each comes with what to call it: as the description writes it.
    """
    paths = sorted({path for pattern in patterns for path in matches(pattern, folder)})
    return tuple((path, _shown(path, folder)) for path in paths)


def _shown(path: Path, folder: Path) -> str:
    return path.relative_to(folder).as_posix() if path.is_relative_to(folder) else str(path)
