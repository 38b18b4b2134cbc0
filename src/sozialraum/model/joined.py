"""What became of two sets of keys that were put together."""

from dataclasses import dataclass

from sozialraum.errors import FIRST, SourceError
from sozialraum.messages import default_language, listing, text
from sozialraum.model.describe import html_table, one_line

KEY_TYPES = ("ags", "ars", "county", "cell", "other")
"""Municipality key of 8 digits, regional key of 12, county key of 5, grid cell, anything else."""
OFFICIAL = KEY_TYPES[:-1]


@dataclass(frozen=True, slots=True)
class JoinSide:
    """One side of a join.

    Parameters
    ----------
    title
        What to call it.
    key_type
        One of :data:`KEY_TYPES`.
    keys
        Number of different keys.
    alone
        Keys that the other side does not have, ascending.
    repeated
        Keys that are there several times, spelled alike or not (``7`` and ``007``).
    date
        Date of the boundaries (ISO 8601), if it is known.
    """

    title: str
    key_type: str
    keys: int
    alone: tuple[str, ...] = ()
    repeated: tuple[str, ...] = ()
    date: str = ""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class JoinReport:
    """Which keys of two sides met, which did not, and why that may be.

    Parameters
    ----------
    left, right
        The two sides.
    matched
        Number of keys that both have. 0 where the sides have different official keys: a
        municipality and a county of the same digits are never joined.
    respelled
        Keys that would meet if a zero in front, a blank or a letter's case did not part
        them, as ``"7 / 007"``.

    Examples
    --------
    >>> left = JoinSide("Wahlbezirke", "other", 2, alone=("02",))
    >>> right = JoinSide("Wahlergebnis", "other", 1)
    >>> JoinReport(left, right, matched=1)
    <JoinReport: Wahlbezirke 1 of 2, Wahlergebnis 1 of 1>
    """

    left: JoinSide
    right: JoinSide
    matched: int
    respelled: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        sides = (self.left, self.right)
        counted = all(side.keys == self.matched + len(side.alone) for side in sides)
        known = all(side.key_type in KEY_TYPES for side in sides)
        if not (counted and known and (self.comparable or not self.matched)):
            raise SourceError("joins.report", ids=[side.title for side in sides])

    @property
    def comparable(self) -> bool:
        """False where both sides have official keys, but not of one kind."""
        kinds = {self.left.key_type, self.right.key_type}
        return len(kinds) == 1 or not kinds <= set(OFFICIAL)

    @property
    def complete(self) -> bool:
        """True where every key of both sides met one, and none is there several times."""
        sides = (self.left, self.right)
        return self.comparable and not any(side.alone or side.repeated for side in sides)

    def sentences(self, language: str | None = None) -> tuple[str, ...]:
        """Return what was found, in German or English (default: the reader's language).

        Numbers are numbers of keys, never of people.
        """
        language = language or default_language()
        sides = (self.left, self.right)
        said = [text("joins.matched", language, matched=self.matched, **self._titles())]
        if not self.comparable:
            kinds = [text(f"joins.type_{side.key_type}", language) for side in sides]
            names = {"left_type": kinds[0], "right_type": kinds[1]}
            said.append(text("joins.other_types", language, **names, **self._titles()))
        for side in sides:
            said += [
                text(
                    f"joins.{name}",
                    language,
                    title=side.title,
                    count=len(ids),
                    ids=_ids(ids, language),
                )
                for name, ids in (("alone", side.alone), ("repeated", side.repeated))
                if ids
            ]
        if self.respelled:
            said.append(text("joins.respelled", language, ids=_ids(self.respelled, language)))
        return (*said, *self._dates(language))

    def _titles(self) -> dict[str, str]:
        return {"left": self.left.title, "right": self.right.title}

    def _dates(self, language: str) -> list[str]:
        """Return a sentence where boundaries are of different days, or of days not known."""
        days = (self.left.date, self.right.date)
        if days[0] == days[1]:
            return []
        name = "joins.vintages" if all(days) else "joins.vintage_unknown"
        shown = {"left_date": days[0] or "–", "right_date": days[1] or "–"}
        return [text(name, language, **shown, **self._titles())]

    def __repr__(self) -> str:
        sides = (self.left, self.right)
        return one_line("JoinReport", [f"{s.title} {self.matched} of {s.keys}" for s in sides])

    def _repr_html_(self) -> str:
        rows = [(str(i + 1), sentence) for i, sentence in enumerate(self.sentences())]
        return html_table("JoinReport", rows)


def _ids(ids: tuple[str, ...], language: str) -> str:
    return listing(ids, FIRST, language)
