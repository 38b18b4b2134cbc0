"""Judgements on a release: status and dynamics, and areas that need a closer look."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from sozialraum import schema
from sozialraum.model.describe import html_table, names, one_line
from sozialraum.model.method import Method
from sozialraum.model.release import Release
from sozialraum.schema import Grade, State

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
)
FLAG_AREA_COLUMNS = ("grade", "direction", "indicators")


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
        ``"local_moran"`` or ``"gi_star"``) and the grade.
    areas
        Indexed by `area_id` with :data:`FLAG_AREA_COLUMNS`: strongest grade over the
        indicators, its direction (``"high"`` or ``"low"``; burden counts as high) and
        the indicators behind it.
    global_moran
        Moran's I of every indicator.
    islands
        Areas without neighbours.
    """

    release: Release
    index: Index | None
    rate: float
    tests: int
    table: pd.DataFrame
    areas: pd.DataFrame
    global_moran: Mapping[str, float] = field(default_factory=dict)
    islands: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        schema.check_columns(self.table.columns, FLAG_COLUMNS, "Flags")
        schema.check_only(self.table.columns, FLAG_COLUMNS, "Flags")
        schema.check_columns(self.areas.columns, FLAG_AREA_COLUMNS, "Flags.areas")
        schema.check_only(self.areas.columns, FLAG_AREA_COLUMNS, "Flags.areas")

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
