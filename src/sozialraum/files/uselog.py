"""A log of who looked at what may only be looked at with authority."""

import getpass
import json
import os
from datetime import UTC, datetime
from pathlib import Path

from sozialraum.errors import OutputError
from sozialraum.files.vault import Keys, secret_path


def log_path() -> Path:
    """Return where this user's log lies: beside the secret, outside of every project."""
    return secret_path().with_name("audit").with_suffix(".log")


def log_use(path: str | Path, authority: str) -> None:
    """Add a line to the log: who, when, which file (by keyed hash), with whose authority.

    Parameters
    ----------
    path
        The file that is looked at.
    authority
        Who allowed it, in words.

    Raises
    ------
    OutputError
        The log cannot be written; then nothing may be shown.
    """
    log = log_path()
    try:
        line = {
            "when": datetime.now(UTC).isoformat(timespec="seconds"),
            "who": getpass.getuser(),
            "file": Keys().file_key(Path(path)),
            "authority": authority,
        }
        handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
        log.chmod(0o600)
    except OSError as error:
        raise OutputError("files.not_writable", path=log, reason=error.strerror) from error
