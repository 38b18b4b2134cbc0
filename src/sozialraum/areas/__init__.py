"""Areas: the municipalities' own ones, or a proposal as small as the minima allow.

The county does not draw the areas; the municipalities decide. Areas they have are
adopted as they are and checked. A municipality without areas gets a proposal. Areas are
drawn from population-side counts only (rule R9): boundaries drawn from the sensitive
counts would leak them.
"""

from sozialraum.areas.adopt import adopt_areas
from sozialraum.areas.assigned import adopt_assignment
from sozialraum.areas.delineate import delineate_areas
from sozialraum.areas.explain import explain_areas
from sozialraum.areas.geography import adopt_geography
from sozialraum.areas.levels import areas_as_blocks, delineate_levels
from sozialraum.areas.slivers import Merged, merge_slivers
from sozialraum.errors import DelineationError
from sozialraum.model import Areas, Blocks, Proposal
from sozialraum.model.publishable import DECISION_COLUMNS, PROPOSAL_COLUMNS

__all__ = [
    "Merged",
    "adopt_areas",
    "adopt_assignment",
    "adopt_geography",
    "areas_as_blocks",
    "check_areas",
    "delineate_areas",
    "delineate_levels",
    "explain_areas",
    "merge_slivers",
    "propose",
]


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
    columns = [*PROPOSAL_COLUMNS, *DECISION_COLUMNS, areas.frame.geometry.name]
    return Proposal(
        frame=areas.frame[columns].copy(),
        units=blocks.units,
        minima=areas.minima,
        sources=areas.sources,
        membership=areas.membership,
    )
