"""The register itself: what stands in it, and adding to it."""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from sozialraum.disclosure.register.parts import Parts, Sees, parts_of, seen_by
from sozialraum.disclosure.register.told import Told
from sozialraum.errors import ConfigError, DisclosureError
from sozialraum.files.appending import Appending, appending
from sozialraum.files.journal import Entry, Head, Journal, read_journal
from sozialraum.files.pin import check_pin, read_pin, write_pin
from sozialraum.model.describe import html_table, one_line
from sozialraum.model.policy import PUBLIC

LEDGER = "veroeffentlichungen.jsonl"
"""Name of the file where nothing else is said."""
KINDS = ("release", "import", "none", "withdrawal", "correction", "override", "note")
TELLING = ("release", "import")
"""Kinds that hold statements."""
KNOWLEDGE = (*TELLING, "correction")
"""Kinds that change what is known."""
Earlier = Literal["without", "imported", "none"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Ledger:
    """The append-only register of everything that was ever published.

    Parameters
    ----------
    journal
        The file's entries, checked.
    pin
        File that keeps the last known entry; None: nothing is pinned.
    """

    journal: Journal
    pin: Path | None = None
    _told: dict[int, Told] = field(default_factory=dict, init=False, repr=False)
    """Statements read so far, by number of the entry."""

    @property
    def path(self) -> Path:
        """The file."""
        return self.journal.path

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything that stands in it, in order."""
        return self.journal.entries

    @property
    def head(self) -> Head:
        """The last entry."""
        return self.journal.head

    @property
    def state(self) -> str:
        """Hash of the last entry that changes what is known; ``""`` where nothing is."""
        return next((e.hash for e in reversed(self.entries) if e.kind in KNOWLEDGE), "")

    @property
    def earlier(self) -> Earlier:
        """What is said of the time before the register: nothing, imported, or signed "none"."""
        kinds = {e.kind for e in self.entries if not e.content.get("background")}
        if "import" in kinds:
            return "imported"
        return "none" if "none" in kinds else "without"

    @property
    def withdrawn(self) -> frozenset[int]:
        """Numbers of entries that were withdrawn; what they told stays known."""
        return frozenset(e.content["of"] for e in self.entries if e.kind == "withdrawal")

    @property
    def outputs(self) -> frozenset[str]:
        """Digests of all files that were published."""
        named = (e.content.get("outputs", {}) for e in self.entries)
        return frozenset(sha for files in named for sha in files.values())

    @property
    def audiences(self) -> tuple[str, ...]:
        """Audiences something was published to, sorted."""
        return tuple(sorted({e.content["audience"] for e in self.entries if e.kind in TELLING}))

    def entry(self, number: int) -> Entry:
        """Return an entry by its number.

        Raises
        ------
        ConfigError
            There is none.
        """
        if not 1 <= number <= len(self.entries):
            raise ConfigError("ledger.no_entry", ids=[number], last=len(self.entries))
        return self.entries[number - 1]

    def told(self, number: int) -> Told:
        """Return the statements of a release or import."""
        if number not in self._told:
            content = self.entry(number).content
            places = content["places"]
            if "same_as" in places:
                places = self.entry(places["same_as"]).content["places"]
            self._told[number] = Told.from_content(content, places)
        return self._told[number]

    def parts(self, audience: str = PUBLIC, *, sees: Sees | None = None) -> Parts:
        """Return what the members of an audience have ever seen.

        Parameters
        ----------
        audience
            Whose members are meant.
        sees
            Which other audiences' publications each audience sees; public ones are seen
            by all.

        Returns
        -------
        Parts
            Areas by unique name, statements, labels; withdrawn ones included.

        Raises
        ------
        DisclosureError
            `sees` does not name the audience.
        """
        known = ((e, self.told(e.number)) for e in self.entries if e.kind in TELLING)
        corrections = [e for e in self.entries if e.kind == "correction"]
        facts = {"audience": audience, "state": self.state, "earlier": self.earlier}
        return parts_of(known, corrections, seen_by(audience, sees), **facts)

    def concerned(self, audience: str, *, sees: Sees | None = None) -> tuple[str, ...]:
        """Return every audience that will see what is published to one, that one first."""
        others = sorted({*self.audiences, *(sees or {})} - {audience})
        return (audience, *(one for one in others if audience in seen_by(one, sees)))

    def find(self, digest: str) -> Entry | None:
        """Return the entry that told this before and was not withdrawn, or None."""
        gone = self.withdrawn
        fitting = (e for e in self.entries if e.kind in TELLING and e.number not in gone)
        return next((e for e in fitting if e.content["digest"] == digest), None)

    def __repr__(self) -> str:
        facts = [f"{len(self.entries)} entries", f"earlier publications: {self.earlier}"]
        return one_line("Ledger", [*facts, "" if self.pin else "not pinned"])

    def _repr_html_(self) -> str:
        kinds = [e.kind for e in self.entries]
        rows = [(kind, str(kinds.count(kind))) for kind in KINDS if kind in kinds]
        return html_table("Ledger", [("file", str(self.path)), *rows, ("earlier", self.earlier)])


def read_ledger(path: str | Path, pin: str | Path | None = None) -> Ledger:
    """Return the register of publications, checked from its first entry to its last.

    Parameters
    ----------
    path
        The file; none at all is a new register, unless one is pinned.
    pin
        File that keeps the last known entry, beside the project file.

    Returns
    -------
    Ledger

    Raises
    ------
    DisclosureError
        The file is missing although pinned, shorter than it was, another one, or a line
        of it is damaged, changed, missing, double or out of order.

    Examples
    --------
    >>> import tempfile
    >>> read_ledger(Path(tempfile.mkdtemp()) / "veroeffentlichungen.jsonl").earlier
    'without'
    """
    pinned = None if pin is None else Path(pin)
    journal = read_journal(path)
    check_pin(journal, read_pin(pinned))
    strange = sorted({e.kind for e in journal.entries} - set(KINDS))
    if strange:
        raise DisclosureError("ledger.unknown_kind", ids=strange, path=path)
    return Ledger(journal, pinned)


@contextmanager
def writing_to(ledger: Ledger) -> Iterator["Writing"]:
    """Lock the register, read what was added meanwhile, and let entries be added."""
    with appending(ledger.path, known=ledger.journal) as journal:
        check_pin(journal.journal, read_pin(ledger.pin))
        yield Writing(journal, ledger.pin)


class Writing:
    """The locked register."""

    def __init__(self, journal: Appending, pin: Path | None) -> None:
        self._journal = journal
        self._pin = pin

    @property
    def ledger(self) -> Ledger:
        """What stands in it now."""
        return Ledger(self._journal.journal, self._pin)

    def add(
        self, kind: str, content: Mapping[str, Any], *, signed_by: str, on: dt.date | None
    ) -> Entry:
        """Add an entry and pin it."""
        day = on or dt.date.today()  # noqa: DTZ011 - a local day, as people sign
        entry = self._journal.append(
            kind, content, day=day.isoformat(), signed_by=signed_by.strip()
        )
        write_pin(self._pin, self._journal.journal.head)
        return entry
