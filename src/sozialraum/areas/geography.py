"""Further geographies over the same blocks: school, electoral and planning districts."""

from collections.abc import Iterable, Sequence
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.areas.frame import finished_frame
from sozialraum.areas.given import given_frame, home_units
from sozialraum.areas.minima import check_type, demands_of
from sozialraum.areas.shapes import sources_of
from sozialraum.areas.wishes import check_choice, places
from sozialraum.errors import DelineationError
from sozialraum.messages import default_language, listing, text
from sozialraum.methods.apportion import NOWHERE, containing, largest_overlap
from sozialraum.model import Areas, Blocks, Layer, Policy

type By = Literal["centre", "most"]
MOST = 5
"""How many ids a note names."""


def adopt_geography(  # noqa: PLR0913 - one option for each decision of the planner
    blocks: Blocks,
    given: Layer | Sequence[Layer],
    *,
    geography: str,
    policy: Policy,
    rates: Iterable[str] = (),
    rule: By = "centre",
    prefix: str = "",
    label_de: str = "",
    label_en: str = "",
    decided_by: str = "",
    decided_on: str = "",
) -> Areas:
    """Adopt a further geography: areas over the blocks that may cross municipal borders.

    Parameters
    ----------
    blocks
        Blocks with their counts.
    given
        Polygons with a unique key, see :func:`adopt_areas`.
    geography
        Name of this set of areas, such as ``"schulbezirke"``.
    policy, rates
        What every area must reach to pass, see :func:`delineate_areas`.
    rule
        Which area a block belongs to: the one its ``"centre"`` lies in (where that is
        none, the one that holds most of it), or always the one that holds ``"most"`` of
        it. Of a census cell its square counts, not its tile. An area within one
        municipality takes blocks of that one only.
    prefix
        Put before every key, where keys are those of another geography, too.
    label_de, label_en
        What a reader calls this set of areas.
    decided_by, decided_on
        Body and ISO date of the decision, where the layer does not say.

    Returns
    -------
    Areas
        Sorted by id; blocks outside all areas have the area ``""``. `municipality` is
        ``""`` where an area has blocks of several ones.

    Raises
    ------
    GeometryError
        Areas overlap by more than 1 m² and 0.1 % of the smaller one.
    DelineationError
        Keys are repeated or taken, no block lies in any area, or a minimum cannot be used.
    """
    layers = given if isinstance(given, Sequence) else (given,)
    for layer in layers:
        check_type("given", layer, Layer)
    if not layers:
        raise DelineationError("areas.no_given")
    check_choice("rule", rule, By)
    demands = demands_of(blocks, policy, rates)
    frame = given_frame(layers, blocks, decided_by, decided_on, prefix=prefix)
    membership = _assigned(blocks, frame, rule)
    if (membership == "").all():
        raise DelineationError("areas.geography_nowhere", ids=[geography])
    owner, crossing = owners_of(blocks, membership, frame)
    frame = gpd.GeoDataFrame(frame.assign(municipality=owner))
    return Areas(
        frame=finished_frame(frame, membership, blocks, demands),
        membership=membership,
        geography=geography,
        minima=dict(demands.minima),
        report={**demands.facts(), "adopted": len(frame)},
        sources=sources_of(blocks.sources, [layer.source for layer in layers], ()),
        notes=_notes(geography, membership, frame, crossing),
        crossing=crossing,
        partial=True,
        label_de=label_de,
        label_en=label_en,
    )


def _assigned(blocks: Blocks, frame: gpd.GeoDataFrame, rule: By) -> pd.Series:
    """Return the area of every block, ``""`` where none.

    A cell on a municipal border may have its centre beyond it: an area that lies within
    another municipality cannot be the block's.
    """
    shapes, targets = places(blocks), np.asarray(frame.geometry)
    home, units = home_units(frame, blocks), blocks.frame[schema.MUNICIPALITY].to_numpy()
    chosen = np.full(len(shapes), "", dtype=object)
    for unit in sorted(set(units)):
        own, open_to = np.flatnonzero(units == unit), np.flatnonzero((home == unit) | (home == ""))
        if not open_to.size:
            continue
        owner = np.full(own.size, NOWHERE)
        if rule == "centre":
            owner = containing(shapely.centroid(shapes[own]), targets[open_to])
        lost = owner == NOWHERE
        owner[lost] = largest_overlap(shapes[own[lost]], targets[open_to]).owner
        found = owner != NOWHERE
        chosen[own[found]] = frame.index.to_numpy(dtype=object)[open_to[owner[found]]]
    return pd.Series(chosen, index=blocks.frame.index, name=schema.AREA_ID, dtype="str")


def owners_of(
    blocks: Blocks, membership: pd.Series, frame: gpd.GeoDataFrame
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the municipality of every area, ``""`` where it has several or no blocks."""
    units = blocks.frame[schema.MUNICIPALITY].groupby(membership.to_numpy())
    first, last = (side.reindex(frame.index, fill_value="") for side in (units.min(), units.max()))
    several = first != last
    return first.mask(several, "").to_numpy(dtype=object), tuple(map(str, frame.index[several]))


def _notes(
    geography: str, membership: pd.Series, frame: gpd.GeoDataFrame, crossing: Sequence[str]
) -> tuple[str, ...]:
    """Return sentences about blocks outside, areas without blocks and areas across borders."""
    language = default_language()
    found = {
        "outside": membership.index[membership == ""],
        "empty": frame.index[~frame.index.isin(membership)],
        "crossing": crossing,
    }
    return tuple(
        text(
            f"areas.geography_{what}",
            language,
            geography=geography,
            count=len(ids),
            ids=listing(tuple(map(str, ids)), MOST, language),
        )
        for what, ids in found.items()
        if len(ids)
    )
