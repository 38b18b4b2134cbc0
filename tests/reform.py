"""A reform planted in the areas of a county: two merged, one split, one border moved."""

from dataclasses import dataclass, replace

import pandas as pd

from sozialraum import schema
from sozialraum.model import Areas, Blocks

CELLS = 3
"""Inhabited blocks that the moved border hands over."""


@dataclass(frozen=True)
class Reform:
    """Areas after the reform, and what is true of it.

    `estimated` is the share of the population of every area that a back-cast can only
    estimate; areas that the reform left alone are not in it.
    """

    areas: Areas
    merged: tuple[str, str]
    split: tuple[str, str]
    giver: str
    taker: str
    estimated: dict[str, float]


def plant(blocks: Blocks, areas: Areas) -> Reform:
    """Return the areas of the first large municipality after the reform."""
    before = areas.membership.astype(str)
    people = blocks.counts["residents"].astype(float)
    unit = areas.frame[schema.MUNICIPALITY].value_counts()
    town = min(unit.index[unit >= 5])
    own = sorted(areas.frame.index[areas.frame[schema.MUNICIPALITY] == town])
    giver, taker = _neighbours(blocks, before, own)
    halved, kept, gone = [area for area in own if area not in (giver, taker)][:3]
    after = before.copy()
    after[before == gone] = kept
    ids = list(people[(before == halved) & (people > 0)].index)
    fresh = f"{halved}-neu"
    after[ids[: len(ids) // 2]] = fresh
    moved = list(people[(before == giver) & (people > 0)].index[:CELLS])
    after[moved] = taker
    estimated = {
        kept: 0.0,
        halved: 1.0,
        fresh: 1.0,
        giver: 1.0,
        taker: float(people[moved].sum() / people[after == taker].sum()),
    }
    reformed = replace(areas, membership=after, frame=_frame(areas, gone, halved, fresh), report={})
    return Reform(reformed, (kept, gone), (halved, fresh), giver, taker, estimated)


def _neighbours(blocks: Blocks, member: pd.Series, own: list[str]) -> tuple[str, str]:
    """Return the first pair of areas of a municipality, by id, that touch each other."""
    first = blocks.adjacency.tocoo()
    named = member.reindex(blocks.frame.index).to_numpy()
    pairs = {(named[i], named[j]) for i, j in zip(first.row, first.col, strict=True)}
    return min((a, b) for a, b in pairs if a in own and b in own and a != b)


def _frame(areas: Areas, gone: str, halved: str, fresh: str):
    frame = areas.frame
    new = frame.loc[[halved]].rename(index={halved: fresh})
    new[schema.NAME] = f"{new[schema.NAME].iloc[0]} Neu"
    found = pd.concat([frame.drop(index=gone), new])
    found.index.name = schema.AREA_ID
    return found
