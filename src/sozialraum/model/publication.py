"""A publication as its reader sees it, beside the truth that it must not give away."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np

from sozialraum.errors import SourceError
from sozialraum.model.describe import html_table, names, one_line
from sozialraum.model.statement import Statement


@dataclass(frozen=True, slots=True)
class Variable:
    """A count that every unit has.

    Parameters
    ----------
    known_per_unit
        True where everybody knows it for every unit (children in a block).
    subset_of
        The variable it is a part of (its universe); empty: none.
    max_per_unit
        Largest count a unit can have; None: no limit.
    """

    known_per_unit: bool = False
    subset_of: str = ""
    max_per_unit: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as a leak.

    Parameters
    ----------
    k
        Counts from 1 to k - 1 are protected.
    min_width
        A protected count must stay uncertain by at least that much; None: k - 1.
    require_upper_k
        Whether a protected count must not be provable to be below k.
    complement
        Whether the rest of the universe is protected likewise.
    all_sensitive
        Whether "all of them" is protected.
    zero_sensitive
        Whether "none of them" is protected.
    min_population
        Smallest universe for which an exact count may be known; None: no limit.
    insider
        Whether a single case is taken to know itself.
    sensitive
        Variables that are protected.
    """

    k: int
    min_width: int | None = None
    require_upper_k: bool = True
    complement: bool = True
    all_sensitive: bool = True
    zero_sensitive: bool = False
    min_population: int | None = None
    insider: bool = False
    sensitive: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Smallest difference that must remain between the limits."""
        return self.k - 1 if self.min_width is None else self.min_width


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Many simple statements as columns: limits of one variable in one area each.

    Parameters
    ----------
    area, var
        (n,) positions in the areas and the variables of the publication.
    low, high
        (n,) int64 limits; :data:`sozialraum.methods.tables.FAR` above where there is none.
    hidden
        (n,) True where a mark is shown instead of a number.
    """

    area: np.ndarray
    var: np.ndarray
    low: np.ndarray
    high: np.ndarray
    hidden: np.ndarray

    def __len__(self) -> int:
        return len(self.area)


@dataclass(frozen=True, slots=True)
class Amount:
    """A published sum of money (or of other amounts) and the rule of dominance for it.

    Parameters
    ----------
    id
        What it is called.
    contributions
        Amounts of the contributors.
    p
        p % rule: the rest, without the two largest, must be at least p % of the largest.
    n, share
        (n, share) rule: the n largest may be at most share % of the whole.
    """

    id: str
    contributions: tuple[Fraction, ...] = field(repr=False)
    p: Fraction | None = None
    n: int = 0
    share: Fraction | None = None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Publication:
    """Published statements, what else is known, and the truth they hide. Confidential.

    Parameters
    ----------
    units
        Ids of the building blocks.
    counts
        True counts per variable, int64 in the order of `units`; -1 where the truth is
        not known to us.
    areas
        Ids of the units of every named area. A unit id may be used like an area.
    variables
        What the counts are.
    published, background
        Statements, and those that others made.
    rule
        What counts as a leak.
    geographies
        Name of the geography of every area; empty: worked out from what overlaps.
    sums
        Further published statements as columns, for hundreds of thousands of them.
    amounts
        Sums of money with their rule.
    title
        What it is called.
    """

    units: tuple[str, ...]
    counts: Mapping[str, np.ndarray]
    areas: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, Variable]
    published: tuple[Statement, ...]
    rule: Rule
    background: tuple[Statement, ...] = ()
    geographies: Mapping[str, str] = field(default_factory=dict)
    sums: Sums | None = None
    amounts: tuple[Amount, ...] = ()
    title: str = ""

    def __post_init__(self) -> None:
        wrong = set(self.counts) ^ set(self.variables)
        wrong |= {name for name, c in self.counts.items() if c.shape != (len(self.units),)}
        wrong |= {name for name in self.rule.sensitive if name not in self.variables}
        if wrong:
            raise SourceError("audit.counts", ids=sorted(wrong))

    @property
    def stated(self) -> tuple[Statement, ...]:
        """The published statements, then those of others."""
        return self.published + self.background

    @property
    def statements(self) -> int:
        """Number of statements."""
        bulk = 0 if self.sums is None else len(self.sums)
        return len(self.stated) + bulk

    def __repr__(self) -> str:
        facts = [
            f"{len(self.areas)} areas of {len(self.units)} units",
            f"variables {names(self.variables)}",
            f"{self.statements} statements",
        ]
        return one_line("Publication", facts)

    def _repr_html_(self) -> str:
        rows = [
            ("title", self.title),
            ("areas", str(len(self.areas))),
            ("units", str(len(self.units))),
            ("variables", names(self.variables)),
            ("statements", str(self.statements)),
        ]
        return html_table("Publication", rows)
