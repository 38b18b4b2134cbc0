"""Nouns beyond the gate: what may be drawn, written and handed on.

Maps, reports and exports take only `Release`, `Index` or `Flags` (and a `Proposal` for
the shapes of areas). A type checker rejects anything else, and
:func:`require_publishable` does at run time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from sozialraum import schema
from sozialraum.errors import DelineationError, DisclosureError, GeometryError
from sozialraum.model.definitions import Source
from sozialraum.model.describe import html_table, one_line
from sozialraum.model.judged import Flags, Index
from sozialraum.model.release import Release

PROPOSAL_COLUMNS = (schema.NAME, schema.MUNICIPALITY, "origin", "status", "passes", "fails")
DECISION_COLUMNS = ("decided_by", "decided_on")
"""Which body decided on an area, and when; a proposal may go without them."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Proposal:
    """Shapes of areas and whether they pass, without any count.

    Made from :class:`Areas` so that areas can be drawn and sent to QGIS before
    anything is measured.

    Parameters
    ----------
    frame
        GeoDataFrame indexed by `area_id` with `name`, `municipality`, `origin`,
        `status`, `passes`, `fails` and geometry; perhaps `decided_by` and `decided_on`;
        nothing else.
    units
        Municipalities indexed by key, with `name` and geometry.
    minima
        Minima the areas were checked against, by block variable.
    sources
        Where the shapes come from.
    membership
        `area_id` of every block, indexed by `block_id`; None where it is not known.
    """

    frame: gpd.GeoDataFrame
    units: gpd.GeoDataFrame
    minima: Mapping[str, float] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    membership: pd.Series | None = None

    def __post_init__(self) -> None:
        allowed = {*PROPOSAL_COLUMNS, *DECISION_COLUMNS, self.frame.geometry.name}
        schema.check_keys(self.frame.index, "Proposal")
        schema.check_columns(self.frame.columns, PROPOSAL_COLUMNS, "Proposal")
        schema.check_only(self.frame.columns, allowed, "Proposal")
        if self.membership is not None:
            stray = ~self.membership.isin(self.frame.index)
            if stray.any():
                ids = self.membership.index[stray]
                raise DelineationError("model.not_partition", ids=ids, what="Proposal")

    def __repr__(self) -> str:
        failing = int((~self.frame["passes"]).sum())
        return one_line("Proposal", [f"{len(self.frame)} areas", f"{failing} below a minimum"])

    def _repr_html_(self) -> str:
        failing = int((~self.frame["passes"]).sum())
        rows = [("areas", str(len(self.frame))), ("below a minimum", str(failing))]
        return html_table("Proposal", rows)


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


def require_shapes(noun: Publishable, what: str) -> None:
    """Raise :class:`GeometryError` unless the areas have shapes that can be drawn.

    Tables that others published come without; tables of them can be written all the same.

    Parameters
    ----------
    noun
        What was handed to an output.
    what
        Name of the output, for the message.
    """
    areas = release_of(noun).areas
    if areas.crs is None or areas.geometry.is_empty.all():
        raise GeometryError("model.no_shapes", what=what)


def release_of(noun: Publishable) -> Release:
    """Return the release behind a publishable noun (itself, for a release)."""
    return noun if isinstance(noun, Release) else noun.release
