"""What protection leaves to read: shares and numbers of cells, never a count of people."""

from dataclasses import dataclass, fields

from sozialraum.model.describe import html_table, one_line


@dataclass(frozen=True, slots=True)
class Kept:
    """What is published of one geography, or of all together.

    Parameters
    ----------
    geography
        Its name; ``""`` for all together.
    areas
        Number of areas.
    cells
        Delivered values: one an area, indicator and date.
    published
        Values that are published.
    withheld
        Values that a municipality has not agreed to publish.
    primary, secondary
        Values hidden by a rule for single counts, and to protect others. None where it
        would be nearly known of single values which of both they are.
    universe
        Share of the people whom the values are about (denominators, else residents) for
        whom they are published, between 0 and 1, to three decimals. Who stands in several
        indicators, dates and geographies counts as often.
    mean_error
        By how much published counts differ from the true ones in the mean, to one decimal;
        None where counts are not changed, or too few for a mean.
    largest_error
        By how much they differ at most: the limit of the method. The largest one found
        would tell of a single area.

    Examples
    --------
    >>> kept = Kept("gemeinde", 19, 1000, 900, withheld=0, primary=40, secondary=60, universe=0.97)
    >>> kept.share, kept.hidden, kept.ratio
    (0.9, 100, 1.5)
    """

    geography: str
    areas: int
    cells: int
    published: int
    withheld: int
    primary: int | None
    secondary: int | None
    universe: float
    mean_error: float | None = None
    largest_error: int | None = None

    @property
    def share(self) -> float:
        """Share of the cells that are published, between 0 and 1."""
        return self.published / self.cells if self.cells else 0.0

    @property
    def hidden(self) -> int:
        """Values that protection hides, by a rule or to protect others."""
        return self.cells - self.published - self.withheld

    @property
    def ratio(self) -> float | None:
        """How many values are hidden to protect one other."""
        if self.primary is None or self.secondary is None or not self.primary:
            return None
        return self.secondary / self.primary

    def as_json(self) -> dict[str, object]:
        """Return everything as plain values."""
        found: dict[str, object] = {part.name: getattr(self, part.name) for part in fields(self)}
        ratio = None if self.ratio is None else round(self.ratio, 3)
        return found | {"share": round(self.share, 3), "hidden": self.hidden, "ratio": ratio}


@dataclass(frozen=True, slots=True, repr=False)
class Utility:
    """What protection costs; holds no number of a single area and may be shown.

    Parameters
    ----------
    geographies
        Every geography, the small areas first.
    overall
        All together.
    method
        How counts are protected, as in :class:`sozialraum.model.policy.Protection`.
    """

    geographies: tuple[Kept, ...]
    overall: Kept
    method: str = "suppression"

    def as_json(self) -> dict[str, object]:
        """Return everything as plain values."""
        return {
            "method": self.method,
            "overall": self.overall.as_json(),
            "geographies": [one.as_json() for one in self.geographies],
        }

    def __repr__(self) -> str:
        facts = [f"{one.geography} {one.share:.1%} published" for one in self.geographies]
        return one_line("Utility", facts)

    def _repr_html_(self) -> str:
        rows = [
            (one.geography or "all", f"{one.share:.1%} of {one.cells} cells published")
            for one in (*self.geographies, self.overall)
        ]
        return html_table("Utility", rows)
