"""Areas: the municipalities' own ones, or a proposal as small as the minima allow.

The county does not draw the areas; the municipalities decide. Areas they have are
adopted as they are and checked. A municipality without areas gets a proposal. Areas are
drawn from population-side counts only (rule R9): boundaries drawn from the sensitive
counts would leak them.
"""

from collections.abc import Iterable

from sozialraum import schema
from sozialraum.areas.adopt import adopt_areas
from sozialraum.areas.draw import Unreachable, draw_proposal_areas
from sozialraum.areas.frame import finished_frame
from sozialraum.areas.minima import minima_of
from sozialraum.areas.subset import by_id
from sozialraum.errors import DelineationError
from sozialraum.model import Areas, Blocks, Policy, Proposal
from sozialraum.model.publishable import PROPOSAL_COLUMNS

__all__ = ["adopt_areas", "check_areas", "delineate_areas", "propose"]


def delineate_areas(
    blocks: Blocks,
    *,
    policy: Policy,
    rates: Iterable[str] = (),
    seed: int = 0,
    unreachable: Unreachable = "error",
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
    unreachable
        What happens where a minimum is out of reach. A part of a municipality that lies
        apart (an exclave) and misses a minimum is joined to the nearest other part by a
        bridge, which the report names, in any case. A municipality that misses a minimum
        as a whole is an error that names it (``"error"``) or becomes one area that does
        not pass (``"whole"``).
    geography
        Name of this set of areas.

    Returns
    -------
    Areas
        Proposed areas with ids ``"05999001-P001"``, numbered from north to south.
        `report` holds the number of areas, an upper bound that no partition exceeds,
        components, bridges, and how often each minimum is the binding one.

    Raises
    ------
    DelineationError
        A minimum names a variable that may not shape areas, or is out of reach.

    Examples
    --------
    >>> import geopandas as gpd, numpy as np, pandas as pd, shapely
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
    minima = minima_of(blocks, policy, rates)
    drawn = draw_proposal_areas(by_id(blocks), minima, seed=seed, unreachable=unreachable)
    membership = drawn.membership.reindex(blocks.frame.index)
    return Areas(
        frame=finished_frame(drawn.frame, membership, blocks, minima),
        membership=membership,
        geography=geography,
        minima=minima,
        report=drawn.report,
        sources=blocks.sources,
        notes=drawn.notes,
    )


def check_areas(areas: Areas) -> None:
    """Raise unless every area meets every minimum it was checked against.

    Raises
    ------
    DelineationError
        Names the areas and the minima they miss, never a count.
    """
    below = areas.frame[~areas.frame["passes"]]
    if len(below):
        ids = [f"{area} ({fails})" for area, fails in below["fails"].items()]
        raise DelineationError("areas.below_minimum", ids=ids, areas=len(below))


def propose(areas: Areas, blocks: Blocks) -> Proposal:
    """Return the shapes of areas and whether they pass, without any count.

    A proposal may be drawn and sent to the municipalities before anything is measured.
    """
    frame = areas.frame[[*PROPOSAL_COLUMNS, areas.frame.geometry.name]].copy()
    return Proposal(frame=frame, units=blocks.units, minima=areas.minima, sources=areas.sources)
