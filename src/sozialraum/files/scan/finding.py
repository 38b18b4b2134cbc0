"""One fault of one file: what is wrong, and where, never what stands there."""

from dataclasses import dataclass

from sozialraum.errors import FIRST
from sozialraum.messages import default_language, listing, text


@dataclass(frozen=True, slots=True)
class Finding:
    """A reason to keep a file in the house.

    Parameters
    ----------
    fault
        Name of the sentence ``fault_…`` in ``messages/scan.toml``.
    where
        Tables, columns, elements or lines concerned. Never a number that was found: it
        may be the very one that must not be told.
    """

    fault: str
    where: tuple[str, ...] = ()

    def text(self, language: str | None = None) -> str:
        """Return the sentence in ``"de"`` or ``"en"`` (default: the reader's language).

        Examples
        --------
        >>> Finding("comments", ("line 3",)).text("en")
        'comments that readers do not see: line 3.'
        """
        language = language or default_language()
        return text(f"scan.fault_{self.fault}", language, ids=listing(self.where, FIRST, language))


def found(fault: str, where: list[str]) -> list[Finding]:
    """Return one finding for all places of a fault, none without a place."""
    return [Finding(fault, tuple(dict.fromkeys(where)))] if where else []
