"""Proposals: the smallest contiguous areas that meet every minimum."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.areas.frame import proposed_frame
from sozialraum.areas.minima import missed
from sozialraum.errors import DelineationError
from sozialraum.messages import text
from sozialraum.methods.graph import Edges, adjacency_of, bridge_components, edges_of, shortest
from sozialraum.methods.regionalise import Regionalisation, max_p_regions
from sozialraum.model import Blocks

Unreachable = Literal["error", "whole"]


class Drawn(NamedTuple):
    """Proposed areas, the area of every block, facts without counts, and notes."""

    frame: gpd.GeoDataFrame
    membership: pd.Series
    report: dict[str, object]
    notes: tuple[str, ...]


def draw_proposal_areas(
    blocks: Blocks, minima: Mapping[str, float], *, seed: int, unreachable: Unreachable
) -> Drawn:
    """Divide blocks into areas that are as small as the minima allow.

    Parameters
    ----------
    blocks
        Blocks sorted by id.
    minima
        What every area must reach, by block variable.
    seed
        Start of the random numbers.
    unreachable
        What happens to a municipality that misses a minimum as a whole.
    """
    limits = np.array(list(minima.values()))
    counts = blocks.counts[list(minima)].to_numpy(dtype=float)
    units = blocks.frame[schema.MUNICIPALITY].to_numpy(dtype=str)
    hopeless = _hopeless(blocks, minima, unreachable)
    shapes = np.asarray(blocks.frame.geometry)
    bridges = bridge_components(blocks.adjacency, shapes, units, counts, limits)
    centres = shapely.centroid(shapes)
    result = max_p_regions(
        _bridged(blocks, bridges),
        counts,
        limits,
        ids=blocks.frame.index.to_numpy(dtype=str),
        units=units,
        features=np.column_stack([shapely.get_x(centres), shapely.get_y(centres)]),
        seed=seed,
        n_jobs=-1,
    )
    frame, membership = proposed_frame(blocks, _with_whole_units(result.labels, units))
    notes = [text("areas.note_bridges", bridges=len(bridges.left))] if len(bridges.left) else []
    if len(hopeless):
        notes.append(text("areas.note_whole", names=", ".join(hopeless)))
    report = _report(blocks, result, bridges, minima)
    report |= {"unreachable": tuple(hopeless.index), "seed": seed}
    return Drawn(frame, membership, report, tuple(notes))


def _hopeless(blocks: Blocks, minima: Mapping[str, float], unreachable: Unreachable) -> pd.Series:
    """Return the municipalities (key and name) that miss a minimum as a whole, or raise."""
    units = blocks.frame[schema.MUNICIPALITY].to_numpy()
    totals = blocks.counts[list(minima)].groupby(units).sum()
    fails = missed(totals, minima)
    fails = fails[fails != ""]
    names = blocks.units[schema.NAME].loc[fails.index]
    if len(fails) and unreachable != "whole":
        ids = [f"{name} ({failed})" for name, failed in zip(names, fails, strict=True)]
        raise DelineationError("areas.unreachable", ids=ids)
    return names


def _bridged(blocks: Blocks, bridges: Edges) -> csr_array:
    """Return the adjacency with the bridges in it."""
    edges = edges_of(blocks.adjacency)
    both = Edges(*(np.concatenate(pair) for pair in zip(edges, bridges, strict=True)))
    return adjacency_of(shortest(both), len(blocks.frame))


def _with_whole_units(labels: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Make one area of every municipality whose blocks have none."""
    labels = labels.copy()
    for unit in np.unique(units[labels < 0]):
        labels[(units == unit) & (labels < 0)] = labels.max() + 1
    return labels


def _report(
    blocks: Blocks,
    result: Regionalisation,
    bridges: Edges,
    minima: Mapping[str, float],
) -> dict[str, object]:
    """Return facts about the partition that hold no count of any area."""
    ids = blocks.frame.index
    binding = np.bincount(result.binding, minlength=len(minima))
    return {
        "areas": result.n_regions,
        "upper_bound": result.upper_bound,
        "components": int(result.components.max(initial=-1)) + 1,
        "bridges": tuple(
            (ids[left], ids[right], round(length))
            for left, right, length in zip(*bridges, strict=True)
        ),
        "binding": dict(zip(minima, binding.tolist(), strict=True)),
        "proven_smallest": int(result.proven.sum()),
    }
