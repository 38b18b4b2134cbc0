"""Deleting what was delivered: the files, all that was computed from them, and a record of it."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sozialraum.config import Config
from sozialraum.errors import ConfigError, DisclosureError, OutputError
from sozialraum.files.vault import Keys, stored_entries
from sozialraum.messages import text
from sozialraum.pipeline import history
from sozialraum.sources import Described, describe_deliveries

RECORD = "loeschprotokoll.jsonl"
"""Deletion record of a project: one line a delivery, nothing but keyed names."""


@dataclass(frozen=True, slots=True)
class Purge:
    """What deleting a delivery would delete.

    Parameters
    ----------
    delivery
        The delivery as it is described.
    files
        Its files that are there.
    outside
        Those of them that lie outside the project folder, links followed.
    entries
        Stored intermediates of the work folder. They are deleted whatever delivery they
        came from: stages are computed from each other, and anew from what is left.
    record
        Where the deletion is recorded.
    """

    delivery: Described
    files: tuple[Path, ...]
    outside: tuple[Path, ...]
    entries: tuple[Path, ...]
    record: Path

    @property
    def takes_base(self) -> bool:
        """True where the frozen base goes too: then a changed past shows no more."""
        return any(entry.name.startswith(f"{history.STAGE}-") for entry in self.entries)


def described(config: Config) -> tuple[Described, ...]:
    """Return the deliveries a project describes, read or not."""
    part = config.deliveries
    return describe_deliveries(config.path(part.file)) if part else ()


def overdue(config: Config, on: date | None = None) -> tuple[Described, ...]:
    """Return the deliveries that are still there after the day by which they must be deleted.

    Parameters
    ----------
    config
        The project file.
    on
        The day to judge by; today when omitted.
    """
    day = on or _today()
    return tuple(one for one in described(config) if one.is_overdue(day))


def plan_purge(config: Config, name: str, *, work: str | Path | None = None) -> Purge:
    """Return what deleting a delivery would delete; nothing is touched.

    Parameters
    ----------
    config
        The project file.
    name
        Name of the delivery in its description.
    work
        Work folder; that of the project file when omitted.

    Raises
    ------
    ConfigError
        There is no such delivery, or another one is read from the same files.
    """
    known = {one.name: one for one in described(config)}
    if name not in known:
        raise ConfigError("privacy.no_delivery", ids=[name], known=", ".join(known))
    delivery = known[name]
    others = {file for one in known.values() if one.name != name for file in one.files}
    shared = sorted(others & set(delivery.files))
    if shared:
        users = [n for n, one in known.items() if n != name and set(shared) & set(one.files)]
        raise ConfigError(
            "privacy.purge_shared", ids=[p.name for p in shared], others=", ".join(users)
        )
    home = config.folder.resolve()
    folder = Path(work) if work else config.path(config.project.work)
    return Purge(
        delivery,
        delivery.files,
        tuple(file for file in delivery.files if not file.resolve().is_relative_to(home)),
        tuple(stored_entries(folder)),
        config.folder / RECORD,
    )


def purge(plan: Purge, *, reason: str = "", role: str = "", outside: bool = False) -> Path:
    """Delete what a plan names and record it; return the path of the record.

    The record holds keyed names (HMAC), the time, the reason and the role: enough for the
    holder of the key to show that a given file was deleted, useless to anybody else.

    Parameters
    ----------
    plan
        What :func:`plan_purge` returned.
    reason, role
        Why, and by whom: a role, not a name.
    outside
        Delete files outside the project folder too.

    Raises
    ------
    DisclosureError
        Files lie outside the project folder and `outside` is off; nothing is deleted.
    OutputError
        A file cannot be deleted. What was deleted until then is recorded.
    """
    if plan.outside and not outside:
        raise DisclosureError("privacy.purge_outside", ids=plan.outside)
    keys = Keys()
    deleted: list[str] = []
    try:
        for entry in plan.entries:
            _delete(entry)
        for file in plan.files:
            name = keys.file_key(file)
            _delete(file)
            deleted.append(name)
    finally:
        _append(plan.record, _entry(plan, keys, deleted, reason=reason, role=role))
    return plan.record


def _entry(
    plan: Purge, keys: Keys, deleted: Iterable[str], *, reason: str, role: str
) -> dict[str, object]:
    source, files = plan.delivery.source, list(deleted)
    late = bool(source.delete_by) and _today() > date.fromisoformat(source.delete_by)
    return {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "delivery": keys.key(["delivery", plan.delivery.name]),
        "files": files,
        "complete": len(files) == len(plan.files),
        "intermediates": len(plan.entries),
        "base": plan.takes_base,
        "delete_by": source.delete_by,
        "reason": reason or text("privacy.reason_due" if late else "privacy.not_said"),
        "role": role or text("privacy.not_said"),
    }


def _append(path: Path, entry: dict[str, object]) -> None:
    """Add one line to the record and see it onto the disk."""
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(entry, ensure_ascii=False) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def _delete(path: Path) -> None:
    """Delete a file, and what a link leads to."""
    try:
        for one in dict.fromkeys((path.resolve(), path)):
            one.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError("privacy.not_deleted", path=path, reason=error.strerror) from error


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the delivery is held until a local day
