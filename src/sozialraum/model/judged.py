"""Judgements on a release: status and dynamics, and areas that need a closer look."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from sozialraum import schema
from sozialraum.errors import StatisticsError
from sozialraum.model.describe import html_table, names, one_line
from sozialraum.model.method import Method
from sozialraum.model.release import Release
from sozialraum.schema import FLAGGED, Grade, State

INDEX_COLUMNS = (
    "status_sum",
    "status_index",
    "status_class",
    "status_stability",
    "dynamics_index",
    "dynamics_class",
    "dynamics_stability",
    "baseline_index",
    "baseline_class",
    "group",
    "state",
)
BORDERLINE = 0.8
"""A class that holds in fewer of the possible worlds is marked as borderline."""
FLAG_COLUMNS = (
    schema.AREA_ID,
    schema.INDICATOR,
    schema.DATE,
    "z",
    "local_moran",
    "gi_star",
    "p_rate",
    "p_moran",
    "p_gi",
    "p",
    "q",
    "quadrant",
    "evidence",
    "grade",
    "knn_grade",
    "stability",
    "kept",
)
FLAG_AREA_COLUMNS = ("grade", "direction", "indicators", "stability", "kept", "warning")
WARNING_COLUMNS = (
    schema.AREA_ID,
    schema.INDICATOR,
    "start",
    schema.DATE,
    "points",
    "slope",
    "trend_p",
    "change_z",
    "ewma",
    "signal",
    "pattern",
    "direction",
    "p",
    "q",
    "grade",
)
HIGH, LOW, MIXED = WAYS = "high", "low", "mixed"
"""Directions of a flag, in the order in which they are told; burden counts as high."""
DOUBTFUL = 0.5
"""A finding that holds in fewer of the recounts, or of other zonings, is marked as doubtful."""
RISING, FALLING = "rising", "falling"
"""Directions of a warning: the burden grows, or shrinks."""
TOO_SHORT = "too short"
"""Grade of a series with too few points for any statement on its trend."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Index:
    """Status and dynamics of every area, computed from a release only.

    Parameters
    ----------
    release
        What it was computed from.
    method
        How it was computed.
    date, start
        Dates of the status and of the start of the dynamics (empty: no dynamics).
    indicators
        Ids of the indicators that went into the status.
    table
        Indexed by `area_id` (small areas, order of ``release.areas``) with
        :data:`INDEX_COLUMNS`: weighted sum and standardised indices (high = burden), classes
        as text (``"1"`` … ``"4"``; ``"+"``, ``"+/-"``, ``"-"``), the combination of status
        and dynamics, and the state of the area. `status_stability` and
        `dynamics_stability` are the probability (0 … 1) that the class is that of the
        underlying rates; missing where counts are not known. `baseline_index` and
        `baseline_class` are the dynamics against a frozen baseline: change of the index
        when mean and spread stay those of `baseline`.
    scores
        Standardised score of every area (rows) and indicator (columns) behind the status.
    weights
        Weight of every indicator in the sum.
    baseline
        Date whose means and spreads the frozen baseline keeps; ``""``: none.
    notes
        Sentences every reader must see: breaks of series that were crossed or that took
        an indicator out of the dynamics.
    moving
        Ids of the indicators that went into the dynamics; published changes are
        indicators of their own, which `indicators` does not hold.
    """

    release: Release
    method: Method
    date: str
    start: str
    indicators: tuple[str, ...]
    table: pd.DataFrame
    scores: pd.DataFrame
    weights: Mapping[str, float] = field(default_factory=dict)
    baseline: str = ""
    notes: tuple[str, ...] = ()
    moving: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        schema.check_columns(self.table.columns, INDEX_COLUMNS, "Index")
        schema.check_only(self.table.columns, INDEX_COLUMNS, "Index")
        schema.check_same_index(self.table.index, self.scores.index, "Index.scores")

    def __repr__(self) -> str:
        classed = int((self.table["state"] == State.VALUE).sum())
        facts = [self.method.id, self.date, f"{classed} of {len(self.table)} areas classed"]
        return one_line("Index", facts)

    def _repr_html_(self) -> str:
        counts = self.table["status_class"].value_counts().sort_index()
        rows = [
            ("method", self.method.label("en")),
            ("date", self.date),
            ("dynamics since", self.start),
            ("indicators", names(self.indicators)),
            ("areas per class", ", ".join(f"{name}: {count}" for name, count in counts.items())),
        ]
        return html_table("Index", rows)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Flags:
    """Areas that need a closer look, with the evidence.

    Parameters
    ----------
    release
        What it was computed from.
    index
        The index beside it, if there is one.
    rate
        False discovery rate of the Benjamini-Hochberg procedure over all tests.
    tests
        Number of tests in the family (areas × indicators × statistics).
    table
        Long table with :data:`FLAG_COLUMNS`, one row an area × indicator: distance of the
        rate from the usual one (`z`), local Moran's I and Gi*, the two-sided p of each
        (`p_rate`, `p_moran`, `p_gi`), the smallest of them (`p`), the smallest adjusted one
        (`q`), the quadrant, the statistic that speaks loudest (`evidence`: ``"rate"``,
        ``"local_moran"`` or ``"gi_star"``), the grade, and how firm it is: the grade when
        the six nearest areas count as neighbours (`knn_grade`), the probability that the
        area stands out again when its people are counted again (`stability`), and the
        share of other zonings in which it still does (`kept`).
    areas
        Indexed by `area_id` with :data:`FLAG_AREA_COLUMNS`: strongest grade over the
        indicators, its direction (``"high"`` or ``"low"``; burden counts as high), the
        indicators behind it, the highest `stability` and `kept` of these, and the early
        warning (``"rising"``, ``"falling"`` or ``""``).
    global_moran
        Moran's I of every indicator.
    islands
        Areas without neighbours.
    warnings
        Long table with :data:`WARNING_COLUMNS`, one row an area × indicator with a series:
        first and last date, number of points, slope in points of the indicator a year,
        two-sided p of the trend (Mann-Kendall), shrunken change as a standard score, the
        control statistic (EWMA) and the date it first signalled (``""``: never), the
        pattern of hot spots over time, the direction of the burden, p and adjusted p of
        the warning, and its grade (:data:`TOO_SHORT` for too few points).
    zonings
        Number of other zonings the findings were tried on.

    Raises
    ------
    StatisticsError
        A finding comes without its stability.
    """

    release: Release
    index: Index | None
    rate: float
    tests: int
    table: pd.DataFrame
    areas: pd.DataFrame
    global_moran: Mapping[str, float] = field(default_factory=dict)
    islands: tuple[str, ...] = ()
    warnings: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=WARNING_COLUMNS))
    zonings: int = 0

    def __post_init__(self) -> None:
        schema.check_columns(self.warnings.columns, WARNING_COLUMNS, "Flags.warnings")
        schema.check_only(self.warnings.columns, WARNING_COLUMNS, "Flags.warnings")
        schema.check_columns(self.table.columns, FLAG_COLUMNS, "Flags")
        schema.check_only(self.table.columns, FLAG_COLUMNS, "Flags")
        schema.check_columns(self.areas.columns, FLAG_AREA_COLUMNS, "Flags.areas")
        schema.check_only(self.areas.columns, FLAG_AREA_COLUMNS, "Flags.areas")
        _check_stability(self.table.set_index(schema.AREA_ID))
        _check_stability(self.areas)

    def __repr__(self) -> str:
        high = self.areas[self.areas["direction"] == "high"]
        facts = [
            f"{(high['grade'] == Grade.CONFIRMED).sum()} confirmed",
            f"{(high['grade'] == Grade.NOTABLE).sum()} notable",
            f"of {len(self.areas)} areas",
        ]
        return one_line("Flags", facts)

    def _repr_html_(self) -> str:
        high = self.areas[self.areas["direction"] == "high"]
        rows = [(str(g), str(int((high["grade"] == g).sum()))) for g in Grade]
        rows += [("tests", str(self.tests)), ("false discovery rate", f"{self.rate:g}")]
        return html_table("Flags: areas with high burden", rows)


def _check_stability(findings: pd.DataFrame) -> None:
    """Raise unless everything that is flagged says how probably it would be again."""
    flagged = findings["grade"].isin(FLAGGED)
    without = findings.index[flagged & findings["stability"].isna()]
    if len(without):
        raise StatisticsError("model.flag_without_stability", ids=without.unique())
