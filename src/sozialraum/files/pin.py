"""The last known entry of a journal, kept apart from it: what makes a loss visible."""

import json
import os
import re
from pathlib import Path

from sozialraum.errors import DisclosureError
from sozialraum.files.appending import sync_folder
from sozialraum.files.atomic import writing
from sozialraum.files.journal import Head, Journal

PIN = "sozialraum-ledger.pin"
"""Name of the file, beside the project file."""


def pin_path(project: str | Path) -> Path:
    """Return where a project pins its ledger: beside the project file.

    Examples
    --------
    >>> pin_path("kreis/sozialraum.toml").as_posix()
    'kreis/sozialraum-ledger.pin'
    """
    project = Path(project)
    return (project.parent if project.suffix == ".toml" else project) / PIN


def read_pin(path: str | Path | None) -> Head | None:
    """Return the pinned head, or None where nothing is pinned.

    Raises
    ------
    DisclosureError
        The file is there and says nothing usable: then nobody knows what must be there.
    """
    if path is None or not Path(path).exists():
        return None
    try:
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        head = Head(found["number"], found["hash"])
        if type(head.number) is int and head.number > 0 and re.fullmatch("[0-9a-f]{64}", head.hash):
            return head
    except (OSError, ValueError, KeyError, TypeError):
        pass
    raise DisclosureError("journal.pin_unreadable", path=path)


def write_pin(path: str | Path | None, head: Head) -> None:
    """Pin a head, through to the disk; the old pin stays if that fails."""
    if path is None:
        return
    path = Path(path)
    content = json.dumps({"number": head.number, "hash": head.hash}, indent=1) + "\n"
    with writing(path, overwrite=True) as temporary, temporary.open("wb") as stream:
        stream.write(content.encode())
        stream.flush()
        os.fsync(stream.fileno())
    sync_folder(path.parent)


def check_pin(journal: Journal, pin: Head | None) -> None:
    """Raise unless a journal holds the pinned entry; more than that is fine.

    Raises
    ------
    DisclosureError
        The file is missing, shorter than it was, or another one.
    """
    if pin is None:
        return
    if not journal.entries and not journal.path.exists():
        raise DisclosureError("journal.missing", path=journal.path, number=pin.number)
    if len(journal.entries) < pin.number:
        raise DisclosureError(
            "journal.shorter", path=journal.path, found=len(journal.entries), number=pin.number
        )
    if journal.entries[pin.number - 1].hash != pin.hash:
        raise DisclosureError("journal.other", path=journal.path, number=pin.number)
