"""The release: the only table beyond the gate, and what was checked before."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import DelineationError, DisclosureError, IndicatorError, SourceError
from sozialraum.model.definitions import Indicator, Source
from sozialraum.model.describe import fields_table, html_table, names, one_line
from sozialraum.model.policy import Policy
from sozialraum.schema import State

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
    ledger
        State of the register of publications that was taken into account; ``""`` when
        nothing had been published before, or nothing before was looked at.
    """

    model: str
    checks: Mapping[str, int] = field(default_factory=dict)
    cells: int = 0
    published: int = 0
    primary: int = 0
    secondary: int = 0
    passed: bool = False
    ours: bool = True
    ledger: str = ""

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
    membership
        Which blocks the areas are made of: `area_id` of every block (index `block_id`) in
        every geography (columns), ``""`` where a block lies in none. Without it nothing
        can be published, because later releases could not be checked against this one.
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
    membership: pd.DataFrame | None = None
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
        if self.membership is not None:
            check_membership(self.membership, self.areas)
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


def check_membership(membership: pd.DataFrame, areas: gpd.GeoDataFrame) -> None:
    """Raise unless a membership says in text which blocks the areas of a release hold.

    Parameters
    ----------
    membership
        `area_id` of every block (index) in every geography (columns).
    areas
        Areas of the release.

    Raises
    ------
    SourceError
        Blocks are no unique text, or a cell is no text.
    SozialraumError
        A geography is not part of the release.
    DelineationError
        An area is not part of the release.
    """
    what = "Release.membership"
    schema.check_keys(membership.index, what)
    schema.check_only(membership.columns, set(areas[schema.GEOGRAPHY]), what)
    for geography in membership.columns:
        found = membership[geography]
        strange = [not isinstance(area, str) for area in found]
        if any(strange):
            raise SourceError("model.membership_not_text", ids=found.index[strange])
        own = areas.index[areas[schema.GEOGRAPHY] == geography]
        wrong = set(found) - {""} - set(own)
        if wrong:
            raise DelineationError("model.membership_differs", ids=sorted(wrong), what=geography)
