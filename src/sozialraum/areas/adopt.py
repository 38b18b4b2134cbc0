"""Adoption: the areas a municipality has, taken as they are and checked."""

from collections.abc import Iterable, Sequence
from typing import Literal

import geopandas as gpd
import pandas as pd

from sozialraum import schema
from sozialraum.areas.draw import Drawn, draw_proposal_areas
from sozialraum.areas.frame import finished_frame, proposed_frame
from sozialraum.areas.given import Given, take_given
from sozialraum.areas.minima import CERTAINTY, Dates, Demands, Noise, demands_of
from sozialraum.areas.shapes import Outline, outlined, sources_of
from sozialraum.areas.subset import by_id, in_units
from sozialraum.areas.wishes import (
    Alike,
    Exclaves,
    Prefer,
    Unreachable,
    Wishes,
    check_choice,
    check_wishes,
)
from sozialraum.errors import DelineationError
from sozialraum.methods.regionalise import Effort
from sozialraum.model import Areas, Blocks, Layer, Policy

Elsewhere = Literal["propose", "municipality", "error"]


def adopt_areas(  # noqa: PLR0913 - one option for each decision of the planner
    blocks: Blocks,
    given: Given,
    *,
    policy: Policy,
    rates: Iterable[str] = (),
    elsewhere: Elsewhere = "propose",
    seed: int = 0,
    unreachable: Unreachable = "error",
    exclaves: Exclaves = "merge",
    prefer: Prefer = None,
    alike: Alike | None = None,
    likeness: float = 0.5,
    dates: Dates = None,
    noise: Noise = None,
    certainty: float = CERTAINTY,
    effort: Effort = "standard",
    tolerance: float = 0.0,
    outline: Outline = "smooth",
    follow: Layer | Sequence[Layer] = (),
    decided_by: str = "",
    decided_on: str = "",
) -> Areas:
    """Adopt the areas that municipalities have, and propose areas where there are none.

    Given areas keep their shape, key and name, whether they meet the minima or not;
    :func:`check_areas` says which do not. A block joins the given area of its
    municipality that holds most of it (a census cell by its square, not by its tile), at
    a tie the one with the smaller key. Blocks outside all given areas join the nearest.

    Parameters
    ----------
    blocks
        Blocks with their counts and neighbours.
    given
        Polygons with a unique key; optional columns `name`, `decided_by` or
        `beschlossen_von`, and `decided_on` or `beschlossen_am`. Or areas of an earlier
        year: blocks they hold stay in their area, and what passes is checked anew.
    policy, rates, dates, noise, certainty
        What every area must reach, see :func:`delineate_areas`.
    seed, unreachable, exclaves, prefer, alike, likeness, effort, tolerance, outline, follow
        See :func:`delineate_areas`; they count where areas are proposed.
    elsewhere
        For municipalities without given areas: ``"propose"`` areas, take the
        ``"municipality"`` as one area, or ``"error"``.
    decided_by, decided_on
        Body and ISO date of the decision, where the layer does not say.

    Returns
    -------
    Areas
        Sorted by id.

    Raises
    ------
    GeometryError
        Given areas overlap by more than 1 m² and 0.1 % of the smaller one, or reach
        beyond their municipality by more than 1 % of their area and 1,000 m².
    DelineationError
        Keys are repeated or taken, or a minimum cannot be used or reached.
    """
    demands = demands_of(blocks, policy, rates, dates=dates, noise=noise, certainty=certainty)
    wishes = Wishes(seed, unreachable, exclaves, prefer, alike, likeness, effort, tolerance)
    check_wishes(blocks, policy, wishes)
    check_choice("elsewhere", elsewhere, Elsewhere)
    check_choice("outline", outline, Outline)
    ordered = by_id(blocks)
    taken = take_given(ordered, given, decided_by, decided_on)
    drawn = _elsewhere(in_units(ordered, taken.left), demands, elsewhere, wishes)
    frame = pd.concat([taken.frame, drawn.frame]) if len(drawn.frame) else taken.frame
    membership = pd.concat([taken.membership, drawn.membership]).reindex(blocks.frame.index)
    frame = outlined(gpd.GeoDataFrame(frame), membership, blocks, outline=outline, follow=follow)
    return Areas(
        frame=finished_frame(frame, membership, blocks, demands),
        membership=membership.rename(schema.AREA_ID),
        minima=dict(demands.minima),
        report={**demands.facts(), **drawn.report, "adopted": len(taken.frame)},
        sources=sources_of(blocks.sources, taken.sources, follow),
        notes=(*taken.notes, *drawn.notes),
        crossing=drawn.crossing,
    )


def _elsewhere(blocks: Blocks, demands: Demands, elsewhere: Elsewhere, wishes: Wishes) -> Drawn:
    """Return the areas of municipalities without given ones."""
    units = blocks.frame[schema.MUNICIPALITY]
    names = blocks.units[schema.NAME].loc[units.unique()]
    if blocks.frame.empty:
        return Drawn(blocks.frame, pd.Series(dtype="str"), {}, ())
    if elsewhere == "error":
        raise DelineationError("areas.without_areas", ids=names)
    if elsewhere == "propose":
        return draw_proposal_areas(blocks, demands, wishes)
    frame, membership = proposed_frame(blocks, pd.factorize(units)[0])
    frame[schema.NAME] = blocks.units[schema.NAME].loc[frame[schema.MUNICIPALITY]].to_numpy()
    return Drawn(frame, membership, {}, ())
