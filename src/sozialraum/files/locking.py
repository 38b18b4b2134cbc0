"""One writer at a time: a lock that the operating system takes back when a process dies."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sozialraum.errors import OutputError

PATIENCE = 60.0
"""Seconds to wait for another writer before giving up."""
PAUSE = 0.02

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

    def _give_back(handle: int) -> None:
        os.lseek(handle, 0, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        # flock belongs to the open file: it keeps threads of one process apart, too
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def _give_back(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_UN)


def lock_path(path: Path) -> Path:
    """Return the file that is locked in place of `path`, which may be replaced meanwhile."""
    return path.with_name(f"{path.name}.lock")


@contextmanager
def locked(path: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """Hold the lock of a file while the block runs.

    Parameters
    ----------
    path
        The file; an empty one beside it, which stays, carries the lock.
    patience
        Seconds to wait for another process.

    Raises
    ------
    OutputError
        Somebody else holds the lock, or the folder cannot be written or locked.

    Examples
    --------
    >>> import tempfile
    >>> with locked(Path(tempfile.mkdtemp()) / "a.jsonl"):
    ...     pass
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock_path(path), os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise OutputError("files.not_writable", path=path.parent, reason=error.strerror) from error
    try:
        _wait(handle, path, patience)
        try:
            yield
        finally:
            _give_back(handle)
    finally:
        os.close(handle)


def _wait(handle: int, path: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            _take(handle)
        except (BlockingIOError, PermissionError) as error:
            if time.monotonic() >= end:
                raise OutputError("journal.busy", path=path, seconds=round(patience)) from error
            time.sleep(PAUSE)
        except OSError as error:
            raise OutputError("journal.no_lock", path=path, reason=error.strerror) from error
        else:
            return
