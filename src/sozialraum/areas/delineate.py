"""Delineation: as many areas as the minima allow, or given areas changed where they must be."""

from collections.abc import Iterable, Sequence
from typing import Literal

import geopandas as gpd
import pandas as pd

from sozialraum import schema
from sozialraum.areas.change import repair_failing, search_anew
from sozialraum.areas.draw import Drawn, draw_proposal_areas
from sozialraum.areas.frame import finished_frame
from sozialraum.areas.given import Given, Taken, take_given
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
from sozialraum.methods.regionalise import Effort
from sozialraum.model import Areas, Blocks, Layer, Policy

Change = Literal["failing-only", "all"]


def delineate_areas(  # noqa: PLR0913 - one option for each decision of the planner
    blocks: Blocks,
    *,
    policy: Policy,
    rates: Iterable[str] = (),
    seed: int = 0,
    given: Given | None = None,
    change: Change = "failing-only",
    prefer: Prefer = None,
    alike: Alike | None = None,
    likeness: float = 0.5,
    dates: Dates = None,
    noise: Noise = None,
    certainty: float = CERTAINTY,
    unreachable: Unreachable = "error",
    exclaves: Exclaves = "merge",
    effort: Effort = "standard",
    tolerance: float = 0.0,
    outline: Outline = "smooth",
    follow: Layer | Sequence[Layer] = (),
    geography: str = schema.AREAS_LEVEL,
) -> Areas:
    """Propose areas that are contiguous, nested in municipalities and as small as possible.

    Every area meets every minimum of the policy, and no area of up to 25 blocks could be
    split into two that still do. The areas depend on the seed, not on the order of the
    rows or the number of processors.

    Parameters
    ----------
    blocks
        Blocks with their counts and neighbours.
    policy
        Its `residents` (where the blocks count them) and `minima` must be met.
    rates
        Block variables that are denominators of rates to be published: each must reach
        `policy.denominator` in every area.
    seed
        Start of the random numbers.
    given
        Areas that municipalities have, as layers or as areas of an earlier year;
        municipalities without any get a proposal.
    change
        ``"failing-only"``: every given area that passes stays exactly as it is, even in
        several pieces. Those that fail first exchange blocks with failing neighbours;
        where that is not enough, some are dissolved: their blocks go to failing
        neighbours until these pass, and the rest joins one area beside it as a whole. Of
        all ways that are looked at, the one that moves the fewest blocks is taken, then
        the most compact one.
        Changed areas keep key and name but are proposals again. ``"all"``: the search
        starts at the given areas and may change them all.
    prefer
        Borders to keep to where the number of areas does not suffer: a column of the
        blocks' frame, a series by block id, or a layer of polygons.
    alike
        Shares that the blocks of an area should have alike: (numerator, denominator) by
        name, both counts that may shape areas.
    likeness
        Weight of these shares against compactness, from 0 to 1.
    dates
        Earlier reference dates at which every minimum must hold too: ``"all"`` that the
        blocks have, or ISO dates.
    noise
        Standard deviation of the noise in one block's count, for every variable or by
        variable: an area of m blocks with people must exceed the minimum by z·√m times
        this. Counts of the Zensus 2022 carry such noise; its size is not published.
    certainty
        How surely a noisy count must reach its minimum, at least 0.5 and below 1.
    unreachable
        What happens to a municipality that misses a minimum as a whole: it is an
        ``"error"`` that names it, becomes an area that does not pass
        (``"unpublishable"``), or joins the nearest area of another municipality
        (``"attach"``). Areas across a municipal border can be drawn and discussed but
        not published: sums over areas would not be those of the municipalities.
    exclaves
        What happens to a part of a municipality that lies apart and misses a minimum:
        ``"merge"`` joins it to the nearest part by a bridge, which the report names;
        ``"unpublishable"``, ``"attach"`` and ``"error"`` as above.
    effort
        How long to search: ``"fast"``, ``"standard"`` or ``"thorough"``.
    tolerance
        Share of the areas that may be given up for more compact and alike ones.
    outline
        How areas of census cells are drawn: ``"smooth"``, as a person would, inside the
        municipal borders and with every cell's centre in its area, or ``"cells"``. Areas
        of districts and given areas keep their borders. Blocks stay in their area.
    follow
        Layers of lines, such as streets and streams, that smooth borders run along where
        they are within a cell.
    geography
        Name of this set of areas.

    Returns
    -------
    Areas
        Proposed areas with ids ``"05999001-P001"``, numbered from north to south. The
        report holds the number of areas that pass, an upper bound that no partition
        exceeds, components, bridges, how often each minimum is the binding one, how many
        areas are proven not to split, and which given areas were kept, changed or
        dissolved; never a count.

    Raises
    ------
    DelineationError
        A minimum, a share or a preferred column names what may not shape areas or is not
        there, or a minimum is out of reach.
    GeometryError
        Given areas overlap or reach beyond their municipality.

    Examples
    --------
    >>> import numpy as np, shapely
    >>> from scipy.sparse import csr_array
    >>> row = [shapely.box(x, 0, x + 100, 100) for x in (0, 100, 200, 300)]
    >>> ids = ["b1", "b2", "b3", "b4"]
    >>> blocks = Blocks(
    ...     frame=gpd.GeoDataFrame(
    ...         {"municipality": "05999001"}, index=ids, geometry=row, crs="EPSG:25832"
    ...     ),
    ...     counts=pd.DataFrame({"residents": [60.0, 60.0, 60.0, 60.0]}, index=ids),
    ...     units=gpd.GeoDataFrame(
    ...         {"name": ["Town"]}, index=["05999001"], geometry=[shapely.box(0, 0, 400, 100)],
    ...         crs="EPSG:25832",
    ...     ),
    ...     adjacency=csr_array(np.diag([100.0] * 3, 1) + np.diag([100.0] * 3, -1)),
    ...     design=("residents",),
    ... )
    >>> areas = delineate_areas(blocks, policy=Policy("house", residents=100, denominator=30, k=3))
    >>> areas
    <Areas: 2 in 1 municipalities, 2 proposed, all above every minimum>
    >>> areas.membership.to_dict()["b4"]
    '05999001-P002'
    """
    demands = demands_of(blocks, policy, rates, dates=dates, noise=noise, certainty=certainty)
    wishes = Wishes(seed, unreachable, exclaves, prefer, alike, likeness, effort, tolerance)
    check_wishes(blocks, policy, wishes)
    check_choice("change", change, Change)
    check_choice("outline", outline, Outline)
    ordered = by_id(blocks)
    taken = None if given is None else take_given(ordered, given)
    drawn = _drawn(ordered, demands, wishes, taken, change)
    membership = drawn.membership.reindex(blocks.frame.index).rename(schema.AREA_ID)
    frame = outlined(drawn.frame, membership, blocks, outline=outline, follow=follow)
    return Areas(
        frame=finished_frame(frame, membership, blocks, demands),
        membership=membership,
        geography=geography,
        minima=dict(demands.minima),
        report=drawn.report,
        sources=sources_of(blocks.sources, taken.sources if taken else (), follow),
        notes=drawn.notes,
        crossing=drawn.crossing,
    )


def _drawn(
    blocks: Blocks, demands: Demands, wishes: Wishes, taken: Taken | None, change: Change
) -> Drawn:
    """Return areas: drawn, or given and changed, with proposals where none are given."""
    if taken is None:
        return draw_proposal_areas(blocks, demands, wishes)
    changed = (repair_failing if change == "failing-only" else search_anew)(taken, demands, wishes)
    changed = changed._replace(notes=(*taken.notes, *changed.notes))
    if not taken.left:
        return changed
    return _together(changed, draw_proposal_areas(in_units(blocks, taken.left), demands, wishes))


def _together(one: Drawn, other: Drawn) -> Drawn:
    """Return the areas of two sets of municipalities."""
    return Drawn(
        gpd.GeoDataFrame(pd.concat([one.frame, other.frame])),
        pd.concat([one.membership, other.membership]),
        _joint_report(one.report, other.report),
        (*one.notes, *other.notes),
        (*one.crossing, *other.crossing),
    )


def _joint_report(one: dict[str, object], other: dict[str, object]) -> dict[str, object]:
    """Return one report for two sets of municipalities: numbers and lists add up."""
    found = {**one, **other}
    for key in one.keys() & other.keys():
        left, right = one[key], other[key]
        if key in {"seed", "ratio", "certainty", "noise", "earlier_dates"}:
            continue
        if isinstance(left, dict) and isinstance(right, dict):
            found[key] = {name: left[name] + right[name] for name in left}
        elif isinstance(left, tuple) and isinstance(right, tuple):
            found[key] = (*left, *right)
        elif isinstance(left, int) and isinstance(right, int):
            found[key] = left + right
    bound, areas = found["upper_bound"], found["areas"]
    assert isinstance(bound, int)
    assert isinstance(areas, int)
    found["ratio"] = round(areas / bound, 4) if bound else None
    return found
