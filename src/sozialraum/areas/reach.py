"""Parts of municipalities, and whole ones, that cannot reach the minima on their own."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.areas.minima import Demands
from sozialraum.areas.wishes import Exclaves, Unreachable
from sozialraum.errors import DelineationError
from sozialraum.methods.graph import (
    Edges,
    adjacency_of,
    bridge_components,
    component_labels,
    edges_of,
    shortest,
)
from sozialraum.model import Blocks

NONE = -1


class Reach(NamedTuple):
    """What can reach the minima, and what happens to the rest.

    Parameters
    ----------
    adjacency
        Neighbours, bridges included.
    bridges
        Bridges between parts of a municipality.
    hopeless
        Names of the municipalities that miss a minimum as a whole, by key.
    parts
        (n,) number of the part that misses a minimum on its own and is not joined to
        another one: an exclave or a whole municipality; -1 elsewhere.
    attached
        Parts that go to an area of another municipality; the others form an area each.
    """

    adjacency: csr_array
    bridges: Edges
    hopeless: pd.Series
    parts: np.ndarray
    attached: frozenset[int]


def find_reach(
    blocks: Blocks, demands: Demands, unreachable: Unreachable, exclaves: Exclaves
) -> Reach:
    """Return what can reach the minima, and bridges to parts that cannot alone.

    Raises
    ------
    DelineationError
        A municipality or an exclave is out of reach, and that is to be an error.
    """
    units = blocks.frame[schema.MUNICIPALITY].to_numpy(dtype=str)
    hopeless = _hopeless(blocks, demands, unreachable)
    bridges = _bridges(blocks, demands, units) if exclaves == "merge" else _no_edges()
    both = Edges(
        *(np.concatenate(p) for p in zip(edges_of(blocks.adjacency), bridges, strict=True))
    )
    adjacency = adjacency_of(shortest(both), len(units))
    parts, number, attached = np.full(len(units), NONE), 0, set()
    for unit in hopeless.index:
        parts[units == unit] = number
        attached |= {number} if unreachable == "attach" else set()
        number += 1
    if exclaves != "merge" and len(units):
        weak = _weak_parts(blocks, demands, component_labels(adjacency), parts >= 0)
        if len(weak) and exclaves == "error":
            ids = [f"{blocks.frame.index[part[0]]} ({units[part[0]]})" for part in weak]
            raise DelineationError("areas.exclave_unreachable", ids=ids)
        for part in weak:
            parts[part] = number
            attached |= {number} if exclaves == "attach" else set()
            number += 1
    return Reach(adjacency, bridges, hopeless, parts, frozenset(attached))


def _no_edges() -> Edges:
    return Edges(np.zeros(0, int), np.zeros(0, int), np.zeros(0))


def _hopeless(blocks: Blocks, demands: Demands, unreachable: Unreachable) -> pd.Series:
    """Return the municipalities (key and name) that miss a minimum as a whole, or raise."""
    fails = demands.missed(blocks, blocks.frame[schema.MUNICIPALITY].to_numpy())
    fails = fails[fails != ""]
    names = blocks.units[schema.NAME].loc[fails.index]
    if len(fails) and unreachable == "error":
        ids = [f"{name} ({failed})" for name, failed in zip(names, fails, strict=True)]
        raise DelineationError("areas.unreachable", ids=ids)
    return names


def _bridges(blocks: Blocks, demands: Demands, units: np.ndarray) -> Edges:
    """Return bridges from parts that miss a minimum to the nearest part of their unit."""
    shapes = np.asarray(blocks.frame.geometry)
    counts, limits = secured(blocks, demands)
    return bridge_components(blocks.adjacency, shapes, units, counts, limits)


def _weak_parts(
    blocks: Blocks, demands: Demands, components: np.ndarray, settled: np.ndarray
) -> list[np.ndarray]:
    """Return the blocks of every component that misses a minimum, in the order of the blocks."""
    fails = demands.missed(blocks, components)
    weak = [np.flatnonzero(components == c) for c in fails.index[fails != ""]]
    return [part for part in weak if not settled[part[0]]]


def secured(blocks: Blocks, demands: Demands) -> tuple[np.ndarray, np.ndarray]:
    """Return (n, k) counts and (k,) minima such that sums that meet them are secure.

    The margin q·√m of m noisy blocks lies below its tangent q·(√a / 2 + m / (2·√a)) for
    every m. With a the usual number of blocks of an area, the first part is added to the
    minimum and the second taken off every block. (Where a block counts less than that, it
    counts 0, and the result has to be checked.)
    """
    counts, limits = demands.counts(blocks), demands.limits
    margin = np.sqrt(demands.variances(blocks).max(axis=0, initial=0.0))
    positive = np.maximum((counts > 0).sum(axis=0), 1)
    usual = np.sqrt(np.maximum(1.0, limits * positive / np.maximum(counts.sum(axis=0), 1.0)))
    lowered = np.where(counts > 0, np.maximum(counts - margin / (2 * usual), 0.0), 0.0)
    return lowered, limits + margin * usual / 2


def placed(blocks: Blocks, labels: np.ndarray, reach: Reach) -> tuple[np.ndarray, tuple[str, ...]]:
    """Give blocks without an area to one; return labels, and municipalities attached.

    Parts that go to another municipality join the nearest area there; every other part
    is an area of its own, and so is what the search left of a municipality.
    """
    labels = labels.copy()
    units = blocks.frame[schema.MUNICIPALITY].to_numpy(dtype=str)
    shapes = np.asarray(blocks.frame.geometry)
    labels[reach.parts >= 0] = NONE
    left = (labels < 0) & (reach.parts < 0)
    for unit in np.unique(units[left]):
        labels[left & (units == unit)] = labels.max(initial=NONE) + 1
    settled, gone = labels.copy(), set()
    for number in np.unique(reach.parts[reach.parts >= 0]):
        own = reach.parts == number
        unit = units[own][0]
        others = np.flatnonzero((settled >= 0) & (units != unit))
        if number in reach.attached and others.size:
            labels[own] = settled[_nearest(shapes, np.flatnonzero(own), others)]
            gone.add(str(unit))
        else:
            labels[own] = labels.max(initial=NONE) + 1
    return labels, tuple(sorted(gone))


def _nearest(shapes: np.ndarray, ours: np.ndarray, others: np.ndarray) -> int:
    """Return the nearest of the other blocks; among those that touch, by their centres."""
    tree = shapely.STRtree(shapes[others])
    (own, near), length = tree.query_nearest(shapes[ours], return_distance=True)
    centres = shapely.centroid(shapes)
    apart = shapely.distance(centres[ours[own]], centres[others[near]])
    best = np.lexsort((others[near], np.round(apart, 3), np.round(length, 3)))[0]
    return int(others[near[best]])
