"""Write whole or not at all: temporary names, one rename, nothing overwritten unasked."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sozialraum.errors import OutputError
from sozialraum.files.manifest import MANIFEST, is_ours, write_manifest


def refuse_existing(path: Path, *, overwrite: bool) -> None:
    """Raise :class:`OutputError` if `path` exists and may not be replaced."""
    if path.exists() and not overwrite:
        raise OutputError("files.exists", path=path)


@contextmanager
def writing(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside `path`; rename it on success, delete it on failure.

    Parameters
    ----------
    path
        The file to write. Its folder is created when missing.
    overwrite
        Replace an existing file. Without it an existing file is an error.

    Yields
    ------
    Path
        A name with the same suffix in the same folder, not yet existing.

    Raises
    ------
    OutputError
        The file exists and `overwrite` is off, or the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with writing(folder / "a.txt") as temporary:
    ...     _ = temporary.write_text("whole")
    >>> (folder / "a.txt").read_text()
    'whole'
    """
    path = Path(path)
    refuse_existing(path, overwrite=overwrite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".sozialraum-", dir=path.parent))
    except OSError as error:
        raise OutputError("files.not_writable", path=path.parent, reason=error.strerror) from error
    try:
        temporary = folder / path.name
        yield temporary
        temporary.replace(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def check_output_folder(path: Path) -> None:
    """Raise :class:`OutputError` if `path` exists and is not a folder this library wrote."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())) and not is_ours(path):
        raise OutputError("files.folder_not_ours", path=path, manifest=MANIFEST)


@contextmanager
def output_folder(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty temporary folder that replaces `path` as a whole on success.

    An existing folder is replaced only when `overwrite` is on and it carries our
    manifest: a folder that is not ours is never touched.

    Raises
    ------
    OutputError
        The folder exists and is not ours, or may not be replaced.
    """
    path = Path(path)
    check_output_folder(path)
    if path.exists() and any(path.iterdir()):
        refuse_existing(path, overwrite=overwrite)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".sozialraum-", dir=path.parent))
    except OSError as error:
        raise OutputError("files.not_writable", path=path.parent, reason=error.strerror) from error
    umask = os.umask(0)
    os.umask(umask)
    temporary.chmod(0o777 & ~umask)
    try:
        yield temporary
        write_manifest(temporary)
        old = Path(f"{temporary}.old")
        if path.exists():
            path.replace(old)
        temporary.replace(path)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
