"""Copies of the register, and putting one back."""

import datetime as dt
import itertools
import os
from pathlib import Path
from typing import Any

from sozialraum.disclosure.register.book import Ledger, Writing, read_ledger
from sozialraum.disclosure.register.signed import signed
from sozialraum.errors import ConfigError, DisclosureError
from sozialraum.files import refuse_existing, writing
from sozialraum.files.appending import Appending, sync_folder
from sozialraum.files.journal import Head, Journal, read_journal, sound_part
from sozialraum.files.locking import locked
from sozialraum.files.pin import check_pin, read_pin, write_pin


def pin_of_backup(backup: str | Path) -> Path:
    """Return the file that keeps the head of a backup, beside it.

    Examples
    --------
    >>> pin_of_backup("sicherung/2026-01-05.jsonl").as_posix()
    'sicherung/2026-01-05.jsonl.pin'
    """
    return Path(f"{backup}.pin")


def back_up(ledger: Ledger, target: str | Path, *, overwrite: bool = False) -> Path:
    """Copy the register, with its head in a file beside the copy, and read the copy again.

    Parameters
    ----------
    ledger
        The register.
    target
        File to write; best on another drive.
    overwrite
        Replace an existing copy.

    Raises
    ------
    ConfigError
        There is nothing to copy.
    OutputError
        The copy exists already or cannot be written.
    DisclosureError
        The copy does not say what the register says.
    """
    target = Path(target)
    if not ledger.entries:
        raise ConfigError("ledger.nothing_to_copy", path=ledger.path)
    refuse_existing(pin_of_backup(target), overwrite=overwrite)
    with writing(target, overwrite=overwrite) as temporary:
        _copy(ledger.journal, temporary)
        if read_journal(temporary).head != ledger.head:
            raise DisclosureError("ledger.copy_differs", path=target)
    write_pin(pin_of_backup(target), ledger.head)
    return target


def restore(
    backup: str | Path,
    path: str | Path,
    pin: str | Path | None = None,
    *,
    accept_loss: bool = False,
    signed_by: str = "",
    reason: str = "",
    on: dt.date | None = None,
) -> Ledger:
    """Put a backup in the place of a lost or damaged register.

    What lies there is kept beside it under another name.

    Parameters
    ----------
    backup
        Copy of :func:`back_up`.
    path, pin
        The register, and the file that keeps its last known entry.
    accept_loss
        Put it back although later entries are known to be missing in it. A signed note in
        the register says so; what they told has to be imported again.
    signed_by, reason, on
        Who answers for the loss, why, and the day.

    Returns
    -------
    Ledger

    Raises
    ------
    DisclosureError
        The backup is damaged, or entries would be lost.
    ConfigError
        A loss is accepted without role or reason.
    """
    path, pinned = Path(path), None if pin is None else Path(pin)
    saved = read_journal(backup)
    check_pin(saved, read_pin(pin_of_backup(backup)))
    if not saved.entries:
        raise DisclosureError("ledger.empty_backup", path=backup)
    content: dict[str, Any] = dict(signed(signed_by, reason)) if accept_loss else {}
    with locked(path):
        lost = _lost_up_to(saved, path, pinned)
        if lost and not accept_loss:
            raise DisclosureError(
                "ledger.would_lose", path=backup, found=saved.head.number, number=lost
            )
        _put_aside(path)
        with writing(path) as temporary:
            _copy(saved, temporary)
        sync_folder(path.parent)
        back = Appending(read_journal(path))
        if lost:
            content |= {"restored_up_to": saved.head.number, "lost_up_to": lost}
            Writing(back, pinned).add("note", content, signed_by=signed_by, on=on)
        write_pin(pinned, back.journal.head)
    return read_ledger(path, pinned)


def _lost_up_to(saved: Journal, path: Path, pin: Path | None) -> int:
    """Return the last entry known to have existed that a copy does not hold; 0: none."""
    sound, lines = sound_part(path)
    heads = [head for head in (read_pin(pin), sound.head) if head is not None]
    missing = [head.number for head in heads if not _holds(saved, head)]
    return max([*missing, lines if lines > len(saved.entries) else 0])


def _holds(journal: Journal, head: Head) -> bool:
    if head.number == 0:
        return True
    known = journal.entries[head.number - 1 : head.number]
    return bool(known) and known[0].hash == head.hash


def _put_aside(path: Path) -> None:
    """Give a file another name, so that nothing of it is overwritten."""
    if path.exists():
        names = (path.with_name(f"{path.name}.alt-{i}") for i in itertools.count(1))
        path.replace(next(name for name in names if not name.exists()))


def _copy(journal: Journal, target: Path) -> None:
    """Write the entries of a journal, through to the disk."""
    with journal.path.open("rb") as source, target.open("wb") as stream:
        stream.write(source.read(journal.size) + (b"" if journal.closed else b"\n"))
        stream.flush()
        os.fsync(stream.fileno())
