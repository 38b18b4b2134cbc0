"""Several levels that nest: the areas of one are the blocks of the next."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.areas.certificate import facts_of
from sozialraum.areas.delineate import delineate_areas
from sozialraum.errors import DelineationError
from sozialraum.messages import default_language, text
from sozialraum.methods.graph import Edges, adjacency_of, edges_of, shortest
from sozialraum.model import Areas, Blocks, Policy


def areas_as_blocks(blocks: Blocks, areas: Areas) -> Blocks:
    """Return areas as blocks, with the sums of their counts.

    Two areas are neighbours if any of their blocks are; the shortest way between these is
    the way between the areas. A count that is missing in one block is missing in its area.

    Raises
    ------
    DelineationError
        An area holds blocks of several municipalities.

    Examples
    --------
    >>> from sozialraum.datasets import load_town
    >>> town = load_town()
    >>> areas = delineate_areas(town, policy=Policy("house", residents=300, denominator=30, k=3))
    >>> coarse = areas_as_blocks(town, areas)
    >>> len(coarse.frame) == len(areas.frame)
    True
    """
    if areas.crossing:
        raise DelineationError("areas.crossing", ids=areas.crossing)
    member = areas.membership.loc[blocks.frame.index]
    held = areas.frame.loc[areas.frame.index.isin(member)]
    place = held.index.get_indexer(pd.Index(member))
    edges = edges_of(blocks.adjacency)
    one, other = place[edges.left], place[edges.right]
    apart = one != other
    ends = np.minimum(one, other)[apart], np.maximum(one, other)[apart]
    counts = blocks.counts.groupby(member.to_numpy()).sum(min_count=1)
    gaps = blocks.counts.isna().groupby(member.to_numpy()).any()
    counts = counts.mask(gaps).loc[held.index]
    frame = gpd.GeoDataFrame(
        {schema.MUNICIPALITY: held[schema.MUNICIPALITY]},
        geometry=np.asarray(held.geometry),
        crs=held.crs,
        index=pd.Index(held.index, name=schema.BLOCK_ID),
    )
    adjacency: csr_array = adjacency_of(
        shortest(Edges(*ends, edges.length[apart])), len(held.index)
    )
    return replace(
        blocks,
        frame=frame,
        counts=counts.set_axis(frame.index, axis=0),
        adjacency=adjacency,
        notes=(),
    )


def delineate_levels(
    blocks: Blocks,
    levels: Mapping[str, Policy],
    *,
    rates: Iterable[str] = (),
    **options: Any,
) -> tuple[Areas, ...]:
    """Propose areas on several levels that nest in each other.

    Parameters
    ----------
    blocks
        Blocks with their counts and neighbours.
    levels
        Policy of every level by the name of its geography, the finest level first.
    rates
        Denominators of rates to be published, on every level.
    **options
        See :func:`delineate_areas`; `given` and `change` shape the finest level only,
        `prefer` must be a layer or a column that every level knows, so it shapes the
        finest level only, too.

    Returns
    -------
    tuple of Areas
        In the order of the levels. Every area consists of whole areas of the level
        before; `membership` is that of the blocks. Ids of the coarser levels are
        ``"05999001-E2-001"``.

    Raises
    ------
    DelineationError
        A level asks for less than the one before, or cannot be reached.

    Examples
    --------
    >>> from sozialraum.datasets import load_town
    >>> small = Policy("small", residents=200, denominator=30, k=3)
    >>> large = Policy("large", residents=400, denominator=30, k=3)
    >>> fine, coarse = delineate_levels(load_town(), {"block": small, "district": large})
    >>> int(coarse.membership.groupby(fine.membership).nunique().max())
    1
    """
    rates, found = (rates,) if isinstance(rates, str) else tuple(rates), []
    current = blocks
    finest = {"given", "change", "prefer"}
    for level, (geography, policy) in enumerate(levels.items(), start=1):
        chosen = {k: v for k, v in options.items() if level == 1 or k not in finest}
        areas = delineate_areas(current, policy=policy, rates=rates, geography=geography, **chosen)
        if level > 1:
            _check_order(found[-1], areas)
            areas = _on_blocks(areas, found[-1], level)
        found.append(areas)
        current = areas_as_blocks(blocks, areas)
    return tuple(found)


def _check_order(finer: Areas, coarser: Areas) -> None:
    """Raise where a coarser level asks for less than the finer one."""
    less = [name for name, value in coarser.minima.items() if value < finer.minima.get(name, 0.0)]
    if less:
        ids = [f"{coarser.geography} ({name})" for name in less]
        raise DelineationError("areas.levels_order", ids=ids)


def _on_blocks(areas: Areas, finer: Areas, level: int) -> Areas:
    """Return a coarser level with ids of its own and the membership of the blocks."""
    keys = {key: str(key).replace("-P", f"-E{level}-", 1) for key in areas.frame.index}
    language = default_language()
    numbers = areas.frame[schema.NAME].str.rsplit(" ", n=1).str
    names = [
        text("areas.level_name", language, name=name, level=level, number=number)
        for name, number in zip(numbers[0], numbers[1], strict=True)
    ]
    frame = areas.frame.assign(name=names).rename(index=keys)
    membership = finer.membership.map(areas.membership).map(keys)
    report = {**areas.report, "made_of": finer.geography}
    report["unproven"] = tuple(keys[key] for key in facts_of(areas.report, "unproven"))
    return replace(
        areas,
        frame=gpd.GeoDataFrame(frame),
        membership=membership.rename(schema.AREA_ID),
        report=report,
    )
