"""What a check of an edited file finds: faults that stop, and notes that do not."""

from collections.abc import Iterable

from sozialraum.errors import DelineationError
from sozialraum.messages import default_language, listing, text

MOST = 20
"""How many ids a fault or a note names; the rest is counted."""


class Findings:
    """Faults and notes of one file, as sentences in the reader's language.

    Parameters
    ----------
    title
        What to call the file.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.faults: list[str] = []
        self.notes: list[str] = []
        self.language = default_language()

    def fault(self, name: str, ids: Iterable[object]) -> None:
        """Add the fault ``areas.fault_<name>`` if it concerns anything."""
        self._add(self.faults, f"areas.fault_{name}", ids)

    def note(self, name: str, ids: Iterable[object]) -> None:
        """Add the note ``areas.found_<name>`` if it concerns anything."""
        self._add(self.notes, f"areas.found_{name}", ids)

    def _add(self, sentences: list[str], message: str, ids: Iterable[object]) -> None:
        named = tuple(str(i) for i in ids)
        if named:
            shown = listing(named, MOST, self.language)
            sentences.append(text(message, self.language, ids=shown, count=len(named)))

    def raise_faults(self) -> None:
        """Raise one error with every fault, if there are any."""
        if self.faults:
            raise DelineationError(
                "areas.assignment_faulty",
                path=self.title,
                count=len(self.faults),
                faults="\n  ".join(self.faults),
            )
