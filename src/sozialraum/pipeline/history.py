"""Which bases there are, and which releases rest on them: one signed entry of the work folder."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from sozialraum.config import Config
from sozialraum.files.locking import locked
from sozialraum.files.private import is_work_folder
from sozialraum.files.records import from_record, to_record
from sozialraum.files.vault import Vault
from sozialraum.pipeline import frozen
from sozialraum.pipeline.frozen import Part

STAGE = "base"
"""What the entry is called that lists the bases."""


@dataclass(frozen=True, slots=True)
class Base:
    """One state of all deliveries.

    Parameters
    ----------
    id
        Keyed hash (HMAC) of all that is in it; the same deliveries give the same id.
    made
        Time (UTC) at which it was frozen.
    parts
        Its deliveries.
    before
        Id of the base it was compared with; ``""`` where there was none.
    accepted
        Deliveries whose changed past was accepted with it.
    by
        Who accepted that, in words.
    unchecked
        Why the past could not be compared though there is one: the base was deleted with
        a delivery (``"purged"``), is not there though something was published
        (``"published"``), or lacks counts (``"lost"``); else ``""``.
    """

    id: str
    made: str
    parts: tuple[Part, ...]
    before: str = ""
    accepted: tuple[str, ...] = ()
    by: str = ""
    unchecked: str = ""


@dataclass(frozen=True, slots=True)
class Resting:
    """Which base a release rests on.

    Parameters
    ----------
    release, stage
        Keyed hashes: of what it says, and of what it was computed from.
    base
        Id of the base.
    made
        Time (UTC) at which it was recorded.
    publication
        Keyed hash of what the register of publications would know it by; ``""`` where it
        cannot be published.
    folders
        Output folders that it is written to.
    """

    release: str
    stage: str
    base: str
    made: str
    publication: str = ""
    folders: tuple[str, ...] = ()

    def is_needed(self, published: Collection[str]) -> bool:
        """Return whether it was published or lies in a folder that is still there."""
        return self.publication in published or any(Path(one).is_dir() for one in self.folders)


@dataclass(frozen=True, slots=True)
class History:
    """All bases, oldest first, and the releases that rest on them, that of the last run last."""

    bases: tuple[Base, ...] = ()
    releases: tuple[Resting, ...] = ()

    @property
    def last(self) -> Base | None:
        """The last accepted base."""
        return self.bases[-1] if self.bases else None


def opened(config: Config, work: str | Path | None = None) -> Vault | None:
    """Return the work folder of a project, or None where there is none yet."""
    folder = Path(work) if work else config.path(config.project.work)
    if not folder.is_dir() or not is_work_folder(folder):
        return None
    return Vault(folder, published=config.path(config.project.output))


def read_history(vault: Vault | None) -> History:
    """Return all bases of a work folder."""
    record = vault.load(STAGE, vault.key([STAGE])) if vault else None
    return from_record(History, record) if record else History()


@contextmanager
def writing_history(vault: Vault) -> Iterator[History]:
    """Hold the lock of the bases and yield them as they stand."""
    with locked(vault.folder / STAGE):
        yield read_history(vault)


def keep_history(vault: Vault, history: History) -> None:
    """Store the history, then drop bases and counts that nothing rests on any more."""
    used = {one.base for one in history.releases}
    bases = tuple(b for b in history.bases if b.id in used or b is history.last)
    history = replace(history, bases=bases)
    vault.store(STAGE, vault.key([STAGE]), to_record(history))
    vault.keep_only(frozen.STAGE, {part.state for base in bases for part in base.parts})


def now() -> str:
    """Return the time (UTC) to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
