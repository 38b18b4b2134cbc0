"""How the deliveries of a project stand: what is there, late or changed, and the base's gaps."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from sozialraum.config import Config
from sozialraum.errors import SozialraumError
from sozialraum.files.vault import Keys, Vault
from sozialraum.messages import text
from sozialraum.model import Delivery
from sozialraum.pipeline import frozen
from sozialraum.pipeline.base import differences
from sozialraum.pipeline.history import Base, opened, read_history
from sozialraum.pipeline.purge import RECORD
from sozialraum.sources.deliveries import read_delivery
from sozialraum.sources.delivery_file import Resolved, absent_files, described_entries
from sozialraum.sources.due import standing

if TYPE_CHECKING:
    from sozialraum.disclosure.ledger import Ledger

State = Literal["missing", "not read", "changed", "late", "due soon", "complete"]
FAULTY: tuple[State, ...] = ("missing", "not read", "changed", "late")
"""States that somebody has to do something about."""


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery in the register; no count of it.

    Parameters
    ----------
    name, title, provider, owner, contact, rhythm
        As described; the owner is the provider where none is named.
    latest
        Last reference date that is there; ``""`` where nothing was read.
    received
        ISO day on which the files came.
    due
        ISO day by which the next reference date is due.
    state
        The most urgent of what is true of it.
    details
        Files that are absent, reference dates that are late, or the fault.
    """

    name: str
    title: str
    provider: str
    owner: str
    contact: str
    rhythm: str
    latest: str
    received: str
    due: str
    state: State
    details: tuple[str, ...] = ()

    @property
    def is_faulty(self) -> bool:
        """True where somebody has to do something."""
        return self.state in FAULTY


def register(
    config: Config, *, on: date | None = None, work: str | Path | None = None
) -> tuple[Line, ...]:
    """Return how every delivery stands, in the order of the description.

    Files that are unchanged since the last base are not read again.

    Parameters
    ----------
    config
        The project file.
    on
        The day to judge by; today when omitted.
    work
        Work folder with the base; that of the project file when omitted.

    Raises
    ------
    SourceError
        The description is faulty. A fault of a delivery is a state of it.
    """
    day = on or date.today()  # noqa: DTZ011 - deliveries are due on local days
    if config.deliveries is None:
        return ()
    path = config.path(config.deliveries.file)
    vault = opened(config, work)
    last = read_history(vault).last
    return tuple(_line(one, path, day, vault, last) for one in described_entries(path))


def origins(config: Config, keys: Keys) -> dict[str, str]:
    """Return the keyed hash of what each delivery is read from, by name."""
    if config.deliveries is None:
        return {}
    found = described_entries(config.path(config.deliveries.file))
    return {one.entry.name: frozen.read_from(keys, one) for one in found}


def why_unchecked(config: Config, ledger: "Ledger") -> str:
    """Return why it is a gap that a project has no base yet; ``""`` where it is none."""
    record = config.folder / RECORD
    if record.is_file() and any(entry.get("base") for entry in _records(record)):
        return "purged"
    published = any(entry.kind == "release" for entry in ledger.entries)
    return "published" if published else ""


def base_notes(made: Base, last: Base | None) -> tuple[str, ...]:
    """Return what a reader should know of a new base: what was not compared, what is gone."""
    if last is not None and made.id == last.id:
        return ()
    notes = [text(f"deliveries.unchecked_{made.unchecked}")] if made.unchecked else []
    before = {part.name for part in last.parts} if last else set()
    gone = sorted(before - {part.name for part in made.parts})
    if gone:
        notes.append(text("deliveries.dropped", names=", ".join(gone)))
    return tuple(notes)


def _records(path: Path) -> Iterator[dict[str, object]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.strip():
            yield json.loads(line)


def _line(one: Resolved, path: Path, on: date, vault: Vault | None, last: Base | None) -> Line:
    entry = one.entry
    dates: tuple[str, ...] = ()
    state, details = "missing", tuple(absent_files(entry, path))
    if not details:
        state, details, dates = _looked_at(one, vault, last)
    stands = standing(entry, dates, on)
    if state == "complete":
        state, details = stands.state, stands.absent
    return Line(
        name=entry.name,
        title=entry.source.title,
        provider=entry.source.provider,
        owner=entry.owner or entry.source.provider,
        contact=entry.contact,
        rhythm=entry.rhythm,
        latest=max(dates, default=""),
        received=entry.received,
        due=stands.due,
        state=state,
        details=details,
    )


def _looked_at(
    one: Resolved, vault: Vault | None, last: Base | None
) -> tuple[State, tuple[str, ...], tuple[str, ...]]:
    """Return what is true of a delivery whose files are there, details, and its dates."""
    parts = {part.name: part for part in last.parts} if last else {}
    part = parts.get(one.entry.name)
    if part is not None and vault is not None and part.read_from == frozen.read_from(vault, one):
        return "complete", (), part.dates
    try:
        delivery: Delivery = read_delivery(one)
    except SozialraumError as error:
        return "not read", (" ".join(error.text().split()),), ()
    found = differences(vault, last, (delivery,)) if vault else ()
    changed = sorted({day for one in found for told in one.told for day in told.dates})
    return ("changed" if changed else "complete"), tuple(changed), delivery.dates
