"""What an audit found: a verdict, leaks with their proof, and what was checked.

An `AuditReport` may be shown: it describes itself by its verdict and what was checked. Its
leaks carry what can be derived and are shown only where somebody asks for them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from sozialraum.messages import text
from sozialraum.model.describe import html_table, names, one_line
from sozialraum.model.publication import Rule
from sozialraum.model.statement import Statement

Verdict = Literal["safe", "leak", "unresolved"]
REASONS = (
    "exact",
    "proven_small",
    "below_k",
    "narrow",
    "all",
    "complement",
    "none",
    "sliver",
    "insider",
    "dominance",
)
"""Why a target leaks, the first that applies."""
MODEL = "checked against one reader of all statements, not against guesses or coalitions"
"""The intruder, in short; ``audit.model`` says it in full."""


@dataclass(frozen=True, slots=True, repr=False)
class Piece:
    """What a proof adds up: a statement, or a limit that needs none.

    Parameters
    ----------
    factor
        How often it counts.
    amount
        What it says of the unknown counts.
    statement
        What is published; None for limits that need no statement.
    about
        For these: variable, its universe, and the units; for statements given as columns:
        area and variable.
    exact
        True where it says how much, not only how much at most or at least.
    """

    factor: Fraction
    amount: Fraction
    statement: Statement | None = None
    about: tuple[str, ...] = ()
    exact: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class Grounds:
    """Why a count cannot be larger, or smaller, than it is said to be.

    Parameters
    ----------
    lo, hi
        The limits that are proven.
    upper, lower
        What adds up to a limit; empty: the count's own limit.
    known
        What everybody knows of it, counted in.
    whole
        True where it takes that only whole numbers fit.
    summed
        False where `upper` only lists what the proof rests on.
    rest
        Name of the universe where the proof is about the rest of it.
    """

    lo: int | None
    hi: int | None
    upper: tuple[Piece, ...] = ()
    lower: tuple[Piece, ...] = ()
    known: int = 0
    whole: bool = False
    summed: bool = True
    rest: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Leak:
    """A protected count that can be derived too closely.

    Parameters
    ----------
    units
        Ids of the building blocks, sorted.
    variable
        What is counted.
    lo, hi
        Smallest and largest count that fits what is published; None: no limit.
    reason
        One of :data:`REASONS`.
    name
        How the target is made up, and of which areas: ``("minus", "S1", "W1")``.
    grounds
        Why; None where there is nothing to add up.
    """

    units: tuple[str, ...]
    variable: str
    lo: int | None
    hi: int | None
    reason: str
    name: tuple[str, ...] = ()
    grounds: Grounds | None = None

    def __repr__(self) -> str:
        return one_line("Leak", [self.variable, self.reason, f"units {names(self.units)}"])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AuditReport:
    """What a publication gives away, checked against which intruder. May be shown.

    Parameters
    ----------
    leaks
        Protected counts that can be derived too closely.
    unresolved
        Names of what could not be decided; it counts as a leak.
    checked
        Number of things checked, by name.
    earlier
        Whether earlier publications were taken into account.
    rule
        What counted as a leak.
    """

    leaks: tuple[Leak, ...]
    unresolved: tuple[tuple[str, ...], ...]
    checked: Mapping[str, int]
    earlier: bool
    rule: Rule

    @property
    def verdict(self) -> Verdict:
        """``leak``, else ``unresolved``, else ``safe``."""
        if self.leaks:
            return "leak"
        return "unresolved" if self.unresolved else "safe"

    @property
    def passed(self) -> bool:
        """True where nothing leaks and nothing is left open."""
        return self.verdict == "safe"

    def __repr__(self) -> str:
        checks = [f"{count} {name}" for name, count in self.checked.items()]
        return one_line("AuditReport", [self.verdict, *checks, self._earlier, MODEL])

    def _repr_html_(self) -> str:
        rows = [("verdict", self.verdict)]
        rows += [(name, str(count)) for name, count in self.checked.items()]
        rows += [("earlier publications", self._earlier), ("checked against", text("audit.model"))]
        return html_table("AuditReport", rows)

    @property
    def _earlier(self) -> str:
        return "with earlier publications" if self.earlier else "without earlier publications"
