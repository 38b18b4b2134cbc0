"""Proposals: the smallest contiguous areas that meet every minimum."""

from dataclasses import replace
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.areas.certificate import certificate, facts_of
from sozialraum.areas.frame import proposed_frame
from sozialraum.areas.minima import Demands
from sozialraum.areas.reach import Reach, find_reach, placed, secured
from sozialraum.areas.wishes import Wishes, edge_costs, features_of
from sozialraum.messages import text
from sozialraum.methods.regionalise import Regionalisation, max_p_regions
from sozialraum.methods.regionalise.mend import mend_regions
from sozialraum.model import Blocks


class Drawn(NamedTuple):
    """Areas, the area of every block, facts without counts, notes, and areas across borders."""

    frame: gpd.GeoDataFrame
    membership: pd.Series
    report: dict[str, object]
    notes: tuple[str, ...]
    crossing: tuple[str, ...] = ()


def draw_proposal_areas(
    blocks: Blocks, demands: Demands, wishes: Wishes, *, start: np.ndarray | None = None
) -> Drawn:
    """Divide blocks into areas that are as small as the demands allow.

    Parameters
    ----------
    blocks
        Blocks sorted by id.
    demands
        What every area must reach.
    wishes
        How areas are searched, and what they should be like.
    start
        (n,) areas from which the search starts, -1 for none.
    """
    units = blocks.frame[schema.MUNICIPALITY].to_numpy(dtype=str)
    reach = find_reach(blocks, demands, wishes.unreachable, wishes.exclaves)
    features = features_of(blocks, wishes)
    costs = edge_costs(blocks, reach.adjacency, features, demands, wishes)
    counts, limits = secured(blocks, demands)
    result = max_p_regions(
        reach.adjacency,
        counts,
        limits,
        ids=blocks.frame.index.to_numpy(dtype=str),
        units=units,
        features=features,
        edge_cost=costs,
        effort=wishes.effort,
        start=start,
        tolerance=wishes.tolerance,
        seed=wishes.seed,
        n_jobs=-1,
    )
    labels, gone = placed(blocks, result.labels, reach)
    unproven = np.flatnonzero(~result.proven)
    if demands.deviation:
        labels, mended = _secure(blocks, demands, reach, labels, wishes.seed, features)
        unproven = np.union1d(unproven, mended)
    owned = _with_hosts(blocks, labels, reach)
    frame, membership = proposed_frame(owned, labels)
    named = pd.Series(membership.to_numpy(), index=labels).groupby(level=0).first()
    facts = certificate(blocks, reach.adjacency, membership, demands, reach.bridges)
    facts |= _bounds(result) | {
        "unproven": tuple(sorted(named[np.intersect1d(unproven, named.index)])),
        "unreachable": tuple(reach.hopeless.index),
        "seed": wishes.seed,
    }
    facts["proven_smallest"] = int(result.n_regions) - len(facts_of(facts, "unproven"))
    if gone:
        facts["attached"] = gone
    return Drawn(frame, membership, facts, _notes(reach, gone), _crossing(blocks, membership))


def _bounds(result: Regionalisation) -> dict[str, object]:
    """Return the stronger bound where the search gave one."""
    return {} if result.joint_bound is None else {"joint_bound": result.joint_bound}


def _secure(
    blocks: Blocks,
    demands: Demands,
    reach: Reach,
    labels: np.ndarray,
    seed: int,
    features: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Repair areas that do not reach a minimum surely enough; return labels, changed ones."""
    loose = reach.parts < 0
    mended = mend_regions(
        reach.adjacency[loose][:, loose],
        demands.counts(blocks)[loose],
        demands.limits,
        labels[loose],
        ids=blocks.frame.index.to_numpy(dtype=str)[loose],
        units=blocks.frame[schema.MUNICIPALITY].to_numpy(dtype=str)[loose],
        features=features[loose],
        variances=demands.variances(blocks)[loose],
        seed=seed,
    )
    labels = labels.copy()
    moved = np.zeros(labels.size, bool)
    moved[loose] = labels[loose] != mended.labels
    hosts = dict(zip(labels[moved].tolist(), mended.labels[moved[loose]].tolist(), strict=True))
    labels[loose] = mended.labels
    # what was attached to an area that is gone follows its blocks
    labels[~loose] = [hosts.get(label, label) for label in labels[~loose].tolist()]
    changed = mended.changed
    _, numbered = np.unique(labels, return_inverse=True)
    return numbered, np.unique(numbered[np.isin(labels, changed)])


def _with_hosts(blocks: Blocks, labels: np.ndarray, reach: Reach) -> Blocks:
    """Return the blocks, those attached elsewhere with the municipality of their area."""
    lodgers = np.isin(reach.parts, list(reach.attached))
    if not lodgers.any():
        return blocks
    units = blocks.frame[schema.MUNICIPALITY].to_numpy(dtype=str).astype(object)
    host = dict(zip(labels[~lodgers].tolist(), units[~lodgers].tolist(), strict=True))
    owners = [host.get(label, units[i]) for i, label in enumerate(labels.tolist())]
    empty = type(blocks.adjacency)(blocks.adjacency.shape)
    frame = blocks.frame.assign(municipality=owners)
    return replace(blocks, frame=gpd.GeoDataFrame(frame), adjacency=empty)


def _crossing(blocks: Blocks, membership: pd.Series) -> tuple[str, ...]:
    """Return the areas that hold blocks of several municipalities."""
    units = blocks.frame[schema.MUNICIPALITY].groupby(membership.to_numpy()).nunique()
    return tuple(units.index[units > 1])


def _notes(reach: Reach, gone: tuple[str, ...]) -> tuple[str, ...]:
    """Return sentences about what could not reach the minima on its own."""
    notes = []
    if len(reach.bridges.left):
        notes.append(text("areas.note_bridges", bridges=len(reach.bridges.left)))
    attached = reach.hopeless[reach.hopeless.index.isin(gone)]
    alone = reach.hopeless.drop(attached.index)
    if len(alone):
        notes.append(text("areas.note_unpublishable", names=", ".join(alone)))
    if len(attached):
        notes.append(text("areas.note_attached", names=", ".join(attached)))
    parts = np.unique(reach.parts[reach.parts >= 0]).size - len(reach.hopeless)
    if parts:
        notes.append(text("areas.note_exclaves", parts=parts))
    return tuple(notes)
