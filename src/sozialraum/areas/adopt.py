"""Adoption: the areas a municipality has, taken as they are and checked."""

from collections.abc import Iterable, Sequence
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.areas.draw import Drawn, Unreachable, draw_proposal_areas
from sozialraum.areas.frame import finished_frame, proposed_frame
from sozialraum.areas.minima import minima_of
from sozialraum.areas.subset import by_id, in_units
from sozialraum.errors import DelineationError, GeometryError
from sozialraum.messages import text
from sozialraum.methods.apportion import (
    GRID_CRS,
    NOWHERE,
    cell_sizes,
    largest_overlap,
    nearest,
    overlapping_pairs,
    parse_cell_ids,
    squares,
)
from sozialraum.model import Areas, Blocks, Layer, Policy

Elsewhere = Literal["propose", "municipality", "error"]

BORDER_SHARE = 0.01
BORDER_AREA = 1_000.0
"""An area may reach beyond its municipality by this share, or this many square metres."""
OVERLAP_SHARE = 0.001
OVERLAP_AREA = 1.0
"""Areas may overlap by this share of the smaller one, or this many square metres."""
DECIDED_BY = ("decided_by", "beschlossen_von")
DECIDED_ON = ("decided_on", "beschlossen_am")
"""Columns of a layer that say which body decided, and when."""


def adopt_areas(  # noqa: PLR0913 - one option for each decision of the planner
    blocks: Blocks,
    given: Layer | Sequence[Layer],
    *,
    policy: Policy,
    rates: Iterable[str] = (),
    elsewhere: Elsewhere = "propose",
    seed: int = 0,
    unreachable: Unreachable = "error",
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
        `beschlossen_von`, and `decided_on` or `beschlossen_am`.
    policy, rates, seed, unreachable
        See :func:`delineate_areas`; `seed` and `unreachable` count where areas are
        proposed.
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
    minima = minima_of(blocks, policy, rates)
    layers = (given,) if isinstance(given, Layer) else tuple(given)
    ordered = by_id(blocks)
    adopted = _given_frame(layers, ordered, decided_by, decided_on)
    covered = list(adopted[schema.MUNICIPALITY].unique())
    membership, strays = _join(in_units(ordered, covered), adopted)
    left = sorted(set(ordered.frame[schema.MUNICIPALITY]) - set(covered))
    drawn = _elsewhere(in_units(ordered, left), minima, elsewhere, seed, unreachable)
    frame = pd.concat([adopted, drawn.frame]) if len(drawn.frame) else adopted
    membership = pd.concat([membership, drawn.membership]).reindex(blocks.frame.index)
    notes = [text("areas.note_strays", blocks=strays)] if strays else []
    sources = dict.fromkeys([*blocks.sources, *(layer.source for layer in layers)])
    return Areas(
        frame=finished_frame(gpd.GeoDataFrame(frame), membership, blocks, minima),
        membership=membership.rename(schema.AREA_ID),
        minima=minima,
        report={**drawn.report, "adopted": len(adopted)},
        sources=tuple(sources),
        notes=(*notes, *drawn.notes),
    )


def _given_frame(
    layers: Sequence[Layer], blocks: Blocks, decided_by: str, decided_on: str
) -> gpd.GeoDataFrame:
    """Return the given areas of all layers with the columns of areas, sorted by key."""
    crs, tables = blocks.frame.crs, []
    assert crs is not None
    for layer in layers:
        frame = layer.frame.to_crs(crs)
        columns = {
            schema.NAME: _text(frame, (schema.NAME,), frame.index.to_series()),
            "origin": "adopted",
            "status": "accepted",
            "decided_by": _text(frame, DECIDED_BY, decided_by),
            "decided_on": _text(frame, DECIDED_ON, decided_on),
        }
        shapes = np.asarray(frame.geometry)
        index = pd.Index(frame.index, name=schema.AREA_ID)
        tables.append(gpd.GeoDataFrame(columns, geometry=shapes, crs=frame.crs, index=index))
    frame = gpd.GeoDataFrame(pd.concat(tables)).sort_index()
    _check_keys(frame.index, blocks)
    left, right = overlapping_pairs(
        np.asarray(frame.geometry), area=OVERLAP_AREA, share=OVERLAP_SHARE
    )
    if left.size:
        pairs = [f"{frame.index[i]}/{frame.index[j]}" for i, j in zip(left, right, strict=True)]
        raise GeometryError("areas.overlap", ids=pairs)
    return frame.assign(municipality=_owners(frame, blocks))


def _text(frame: gpd.GeoDataFrame, names: Sequence[str], otherwise: pd.Series | str) -> pd.Series:
    """Return the first of some columns as text, gaps filled with something else."""
    found = next((name for name in names if name in frame.columns), None)
    missing = pd.Series(pd.NA, index=frame.index, dtype="str")
    column = missing if found is None else frame[found].astype("str")
    return column.mask(column.str.strip() == "").fillna(otherwise).astype("str")


def _check_keys(keys: pd.Index, blocks: Blocks) -> None:
    """Raise where a key occurs twice or names a municipality or the county."""
    if not keys.is_unique:
        raise DelineationError("areas.keys_repeated", ids=keys[keys.duplicated()].unique())
    taken = {*blocks.units.index, *(unit[:5] for unit in blocks.units.index)}
    clashing = [key for key in keys if key in taken]
    if clashing:
        raise DelineationError("areas.keys_taken", ids=clashing)


def _owners(frame: gpd.GeoDataFrame, blocks: Blocks) -> np.ndarray:
    """Return the municipality of every given area, or raise where it crosses a border."""
    units = blocks.units.sort_index()
    shapes = np.asarray(frame.geometry)
    best = largest_overlap(shapes, np.asarray(units.geometry))
    size = shapely.area(shapes)
    beyond = size - best.held
    wrong = (best.owner == NOWHERE) | (beyond > np.maximum(BORDER_SHARE * size, BORDER_AREA))
    if wrong.any():
        raise GeometryError("areas.crosses_border", ids=frame.index[wrong])
    return units.index.to_numpy()[best.owner]


def _join(blocks: Blocks, adopted: gpd.GeoDataFrame) -> tuple[pd.Series, int]:
    """Return the given area of every block, and how many lie outside all of them."""
    shapes = _places(blocks)
    chosen = np.full(len(shapes), "", dtype=object)
    owner = blocks.frame[schema.MUNICIPALITY].to_numpy()
    strays = 0
    for unit, areas in adopted.groupby(schema.MUNICIPALITY):
        own = np.flatnonzero(owner == unit)
        targets = np.asarray(areas.geometry)
        index = largest_overlap(shapes[own], targets).owner
        outside = np.flatnonzero(index == NOWHERE)
        index[outside] = nearest(shapes[own[outside]], targets)
        chosen[own] = areas.index.to_numpy()[index]
        strays += outside.size
    return pd.Series(chosen, index=blocks.frame.index, dtype="str"), strays


def _places(blocks: Blocks) -> np.ndarray:
    """Return where the people of a block live: the square of a cell, the tile of others."""
    ids, crs = blocks.frame.index, blocks.frame.crs
    assert crs is not None
    if not len(ids) or NOWHERE in cell_sizes(ids):
        return np.asarray(blocks.frame.geometry)
    shapes = gpd.GeoSeries(squares(parse_cell_ids(ids)), crs=GRID_CRS)
    return np.asarray(shapes.to_crs(crs))


def _elsewhere(
    blocks: Blocks,
    minima: dict[str, float],
    elsewhere: Elsewhere,
    seed: int,
    unreachable: Unreachable,
) -> Drawn:
    """Return the areas of municipalities without given ones."""
    units = blocks.frame[schema.MUNICIPALITY]
    names = blocks.units[schema.NAME].loc[units.unique()]
    if blocks.frame.empty:
        return Drawn(blocks.frame, pd.Series(dtype="str"), {}, ())
    if elsewhere == "error":
        raise DelineationError("areas.without_areas", ids=names)
    if elsewhere == "propose":
        return draw_proposal_areas(blocks, minima, seed=seed, unreachable=unreachable)
    frame, membership = proposed_frame(blocks, pd.factorize(units)[0])
    frame[schema.NAME] = blocks.units[schema.NAME].loc[frame[schema.MUNICIPALITY]].to_numpy()
    return Drawn(frame, membership, {}, ())
