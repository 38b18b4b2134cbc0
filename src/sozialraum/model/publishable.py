"""Nouns beyond the gate: what may be drawn, written and handed on.

Maps, reports and exports take only `Release`, `Index` or `Flags` (and a `Proposal` for
the shapes of areas). A type checker rejects anything else, and
:func:`require_publishable` does at run time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import DisclosureError, IndicatorError
from sozialraum.model.definitions import Indicator, Policy, Source
from sozialraum.model.describe import fields_table, html_table, names, one_line
from sozialraum.schema import Grade, State

RELEASE_COLUMNS = (
    schema.GEOGRAPHY,
    schema.AREA_ID,
    schema.INDICATOR,
    schema.DATE,
    "numerator",
    "denominator",
    "value",
    "state",
)
RELEASE_AREA_COLUMNS = (
    schema.GEOGRAPHY,
    schema.NAME,
    schema.MUNICIPALITY,
    "municipality_name",
    "origin",
    "status",
)
PROPOSAL_COLUMNS = (schema.NAME, schema.MUNICIPALITY, "origin", "status", "passes", "fails")
INDEX_COLUMNS = (
    "status_index",
    "status_class",
    "dynamics_index",
    "dynamics_class",
    "group",
    "state",
)
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
class Proposal:
    """Shapes of areas and whether they pass, without any count.

    Made from :class:`Areas` so that areas can be drawn and sent to QGIS before
    anything is measured.

    Parameters
    ----------
    frame
        GeoDataFrame indexed by `area_id` with `name`, `municipality`, `origin`,
        `status`, `passes`, `fails` and geometry; nothing else.
    units
        Municipalities indexed by key, with `name` and geometry.
    minima
        Minima the areas were checked against, by block variable.
    sources
        Where the shapes come from.
    """

    frame: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    minima: Mapping[str, float] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()

    def __post_init__(self) -> None:
        allowed = {*PROPOSAL_COLUMNS, self.frame.geometry.name}
        schema.check_keys(self.frame.index, "Proposal")
        schema.check_columns(self.frame.columns, PROPOSAL_COLUMNS, "Proposal")
        schema.check_only(self.frame.columns, allowed, "Proposal")

    def __repr__(self) -> str:
        failing = int((~self.frame["passes"]).sum())
        return one_line("Proposal", [f"{len(self.frame)} areas", f"{failing} below a minimum"])

    def _repr_html_(self) -> str:
        failing = int((~self.frame["passes"]).sum())
        rows = [("areas", str(len(self.frame))), ("below a minimum", str(failing))]
        return html_table("Proposal", rows)


@dataclass(frozen=True, slots=True)
class Audit:
    """What was checked before release, against which model, with which result.

    Parameters
    ----------
    model
        The intruder the release was checked against, in words.
    checks
        Number of checks by name.
    cells, published, primary, secondary
        Cells in all, published ones, hidden by a rule, hidden to protect others.
    passed
        True when no check is left open.
    ours
        False when the table is somebody's published one that this library did not protect.
    """

    model: str
    checks: Mapping[str, int] = field(default_factory=dict)
    cells: int = 0
    published: int = 0
    primary: int = 0
    secondary: int = 0
    passed: bool = False
    ours: bool = True

    def _repr_html_(self) -> str:
        return fields_table(self)

    @property
    def share_published(self) -> float:
        """Share of the delivered cells that are published, between 0 and 1."""
        return self.published / self.cells if self.cells else 0.0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Release:
    """Protected values: the only table beyond the gate.

    Parameters
    ----------
    table
        Long table with exactly :data:`RELEASE_COLUMNS`, one row a geography × area ×
        indicator × date. `numerator`, `denominator` and `value` are missing unless the
        state is ``value``. `value` is the rounded rate per ``Indicator.per``, or the
        count where the indicator has no denominator.
    areas
        GeoDataFrame of the areas of all geographies, indexed by `area_id`, with exactly
        :data:`RELEASE_AREA_COLUMNS` and geometry.
    indicators
        Definitions.
    policy
        The policy that was applied.
    audit
        What was checked.
    title
        Name of the county.
    audience
        Who may see it; ``"public"`` unless said otherwise.
    draft
        True under an unsigned or expired policy; every output says so.
    sources
        Printed on every output.
    """

    table: pd.DataFrame
    areas: gpd.GeoDataFrame
    indicators: tuple[Indicator, ...]
    policy: Policy
    audit: Audit
    title: str = ""
    audience: str = "public"
    draft: bool = True
    sources: tuple[Source, ...] = ()
    _rows: Mapping[tuple[str, str, str], np.ndarray] = field(init=False, repr=False)
    """Positions in `table` of every geography × indicator × date."""
    _frames: dict[tuple[str, str, str], gpd.GeoDataFrame] = field(init=False, repr=False)
    """Frames handed out before; pages ask for the same ones hundreds of times."""

    def __post_init__(self) -> None:
        schema.check_columns(self.table.columns, RELEASE_COLUMNS, "Release")
        schema.check_only(self.table.columns, RELEASE_COLUMNS, "Release")
        schema.check_keys(self.areas.index, "Release.areas")
        schema.check_columns(self.areas.columns, RELEASE_AREA_COLUMNS, "Release.areas")
        allowed = {*RELEASE_AREA_COLUMNS, self.areas.geometry.name}
        schema.check_only(self.areas.columns, allowed, "Release.areas")
        hidden = self.table["state"] != State.VALUE
        numbers = self.table.loc[hidden, ["numerator", "denominator", "value"]]
        if numbers.notna().to_numpy().any():
            ids = self.table.loc[hidden][numbers.notna().any(axis=1)][schema.AREA_ID].unique()
            raise DisclosureError("model.mask_leaks", ids=ids)
        strange = set(self.table["state"].unique()) - set(schema.PUBLIC_STATES)
        if strange:
            raise DisclosureError("model.state_not_public", ids=sorted(strange))
        if not self.audit.passed:
            raise DisclosureError("disclosure.audit_open")
        parts = [schema.GEOGRAPHY, schema.INDICATOR, schema.DATE]
        object.__setattr__(self, "_rows", self.table.groupby(parts, sort=False).indices)
        object.__setattr__(self, "_frames", {})

    def indicator(self, name: str) -> Indicator:
        """Return one definition by id."""
        for indicator in self.indicators:
            if indicator.id == name:
                return indicator
        known = ", ".join(i.id for i in self.indicators)
        raise IndicatorError("model.unknown_indicator", ids=[name], known=known)

    def dates(self, indicator: str) -> tuple[str, ...]:
        """Return the dates of one indicator, ascending."""
        chosen = self.table[self.table[schema.INDICATOR] == self.indicator(indicator).id]
        return tuple(sorted(chosen[schema.DATE].unique()))

    def frame(
        self,
        indicator: str,
        date: str | None = None,
        geography: str = schema.AREAS_LEVEL,
    ) -> gpd.GeoDataFrame:
        """Return the published values of one indicator and date beside their shapes.

        Parameters
        ----------
        indicator
            Id of the indicator.
        date
            ISO date; the latest one when omitted.
        geography
            Which set of areas.

        Returns
        -------
        GeoDataFrame
            Indexed by `area_id`, every area of the geography, in the order of `areas`;
            columns of `areas` and `numerator`, `denominator`, `value`, `state`.
        """
        date = date or self.dates(indicator)[-1]
        asked = (geography, self.indicator(indicator).id, date)
        if asked not in self._frames:
            areas = self.areas[self.areas[schema.GEOGRAPHY] == geography]
            chosen = self.table.iloc[self._rows.get(asked, [])].set_index(schema.AREA_ID)
            joined = areas.join(chosen[["numerator", "denominator", "value", "state"]])
            joined["state"] = joined["state"].fillna(State.NOT_DELIVERED)
            self._frames[asked] = joined
        return self._frames[asked].copy()

    def __repr__(self) -> str:
        facts = [
            self.title,
            f"{(self.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL).sum()} areas",
            f"{len(self.indicators)} indicators",
            f"{self.audit.share_published:.1%} published",
            "draft" if self.draft else "",
        ]
        return one_line("Release", facts)

    def _repr_html_(self) -> str:
        rows = [
            ("county", self.title),
            ("areas", str((self.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL).sum())),
            ("indicators", names(i.label("en") for i in self.indicators)),
            ("dates", names(sorted(self.table[schema.DATE].unique()))),
            ("policy", self.policy.name + (" (draft)" if self.draft else "")),
            ("published", f"{self.audit.share_published:.1%} of {self.audit.cells} cells"),
            ("checked against", self.audit.model),
            ("sources", "; ".join(source.line() for source in self.sources)),
        ]
        return html_table("Release", rows)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Index:
    """Status and dynamics of every area, computed from a release only.

    Parameters
    ----------
    release
        What it was computed from.
    preset
        Name of the method.
    date, start
        Dates of the status and of the start of the dynamics (empty: no dynamics).
    indicators
        Ids of the indicators that went in.
    table
        Indexed by `area_id` (small areas, order of ``release.areas``) with
        :data:`INDEX_COLUMNS`: standardised indices (high = burden), classes as text
        (``"1"`` … ``"4"``; ``"+"``, ``"+/-"``, ``"-"``), their combination, and the state
        of the area.
    scores
        Standardised score of every area (rows) and indicator (columns) behind the status.
    """

    release: Release
    preset: str
    date: str
    start: str
    indicators: tuple[str, ...]
    table: pd.DataFrame
    scores: pd.DataFrame

    def __post_init__(self) -> None:
        schema.check_columns(self.table.columns, INDEX_COLUMNS, "Index")
        schema.check_only(self.table.columns, INDEX_COLUMNS, "Index")
        schema.check_same_index(self.table.index, self.scores.index, "Index.scores")

    def __repr__(self) -> str:
        classed = int((self.table["state"] == State.VALUE).sum())
        facts = [self.preset, self.date, f"{classed} of {len(self.table)} areas classed"]
        return one_line("Index", facts)

    def _repr_html_(self) -> str:
        counts = self.table["status_class"].value_counts().sort_index()
        rows = [
            ("method", self.preset),
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


type Publishable = Release | Index | Flags


def require_publishable(noun: object, what: str) -> None:
    """Raise :class:`DisclosureError` unless `noun` came through the gate.

    Parameters
    ----------
    noun
        Whatever was handed to an output.
    what
        Name of the output, for the message.
    """
    if not isinstance(noun, Release | Index | Flags):
        raise DisclosureError("model.not_publishable", what=what, given=type(noun).__name__)


def release_of(noun: Publishable) -> Release:
    """Return the release behind a publishable noun (itself, for a release)."""
    return noun if isinstance(noun, Release) else noun.release
