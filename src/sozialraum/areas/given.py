"""Areas that municipalities have: read from layers or an earlier year, and joined with blocks."""

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.areas.minima import check_type
from sozialraum.areas.subset import in_units
from sozialraum.areas.wishes import places
from sozialraum.errors import DelineationError, GeometryError
from sozialraum.messages import text
from sozialraum.methods.apportion import NOWHERE, largest_overlap, nearest, overlapping_pairs
from sozialraum.model import Areas, Blocks, Layer, Source

type Given = Layer | Sequence[Layer] | Areas

BORDER_SHARE = 0.01
BORDER_AREA = 1_000.0
"""An area may reach beyond its municipality by this share, or this many square metres."""
OVERLAP_SHARE = 0.001
OVERLAP_AREA = 1.0
"""Areas may overlap by this share of the smaller one, or this many square metres."""
DECIDED_BY = ("decided_by", "beschlossen_von")
DECIDED_ON = ("decided_on", "beschlossen_am")
"""Columns of a layer that say which body decided, and when."""


class Taken(NamedTuple):
    """Given areas, the blocks of their municipalities, and those of the others.

    Parameters
    ----------
    frame
        Given areas with the columns of areas, sorted by key.
    blocks
        Blocks of municipalities that have given areas.
    membership
        Given area of each of them.
    left
        Municipalities without given areas.
    sources
        Where the given areas come from.
    notes
        What was found, as finished sentences.
    """

    frame: gpd.GeoDataFrame
    blocks: Blocks
    membership: pd.Series
    left: list[str]
    sources: tuple[Source, ...]
    notes: tuple[str, ...]


def take_given(blocks: Blocks, given: Given, decided_by: str = "", decided_on: str = "") -> Taken:
    """Return the given areas and the blocks that lie in them.

    A block joins the given area of its municipality that held it already (areas of an
    earlier year) or that holds most of it, otherwise the nearest.

    Raises
    ------
    GeometryError
        Given areas overlap or reach beyond their municipality.
    DelineationError
        Keys are repeated or taken, or nothing or something else was given.
    """
    known = pd.Series(dtype="str")
    if isinstance(given, Areas):
        frame, sources = _earlier_frame(given, blocks), given.sources
        known = given.membership
    else:
        layers = given if isinstance(given, Sequence) else (given,)
        if not layers:
            raise DelineationError("areas.no_given")
        for layer in layers:
            check_type("given", layer, Layer)
        frame = given_frame(layers, blocks, decided_by, decided_on)
        frame = frame.assign(municipality=_owners(frame, blocks))
        sources = tuple(layer.source for layer in layers)
    covered = list(frame[schema.MUNICIPALITY].unique())
    own = in_units(blocks, covered)
    membership, strays = _join(own, frame, known)
    left = sorted(set(blocks.frame[schema.MUNICIPALITY]) - set(covered))
    notes = (text("areas.note_strays", blocks=strays),) if strays else ()
    return Taken(frame, own, membership, left, sources, notes)


def _earlier_frame(areas: Areas, blocks: Blocks) -> gpd.GeoDataFrame:
    """Return the areas of an earlier year without what they passed then."""
    kept = [c for c in Areas.COLUMNS if c not in ("passes", "fails")]
    assert blocks.frame.crs is not None
    found = areas.frame.sort_index()
    shapes = found.geometry.to_crs(blocks.frame.crs)
    index = pd.Index(found.index, name=schema.AREA_ID)
    frame = gpd.GeoDataFrame(
        found[kept].set_axis(index), geometry=np.asarray(shapes), crs=shapes.crs
    )
    return frame[frame[schema.MUNICIPALITY].isin(blocks.units.index)]


def given_frame(
    layers: Sequence[Layer],
    blocks: Blocks,
    decided_by: str,
    decided_on: str,
    *,
    prefix: str = "",
) -> gpd.GeoDataFrame:
    """Return the given areas of all layers sorted by key, without their municipality.

    `prefix` is put before every key.

    Raises
    ------
    GeometryError
        Areas overlap.
    DelineationError
        Keys are repeated or taken.
    """
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
        index = pd.Index(prefix + frame.index.astype("str"), name=schema.AREA_ID)
        own = gpd.GeoDataFrame(columns, geometry=shapes, crs=frame.crs, index=frame.index)
        tables.append(own.set_axis(index))
    frame = gpd.GeoDataFrame(pd.concat(tables)).sort_index()
    _check_keys(frame.index, blocks)
    left, right = overlapping_pairs(
        np.asarray(frame.geometry), area=OVERLAP_AREA, share=OVERLAP_SHARE
    )
    if left.size:
        pairs = [f"{frame.index[i]}/{frame.index[j]}" for i, j in zip(left, right, strict=True)]
        raise GeometryError("areas.overlap", ids=pairs)
    return frame


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
    found = home_units(frame, blocks)
    if (found == "").any():
        raise GeometryError("areas.crosses_border", ids=frame.index[found == ""])
    return found


def home_units(frame: gpd.GeoDataFrame, blocks: Blocks) -> np.ndarray:
    """Return the municipality that areas lie in, ``""`` where one reaches beyond it."""
    units = blocks.units.sort_index()
    shapes = np.asarray(frame.geometry)
    best = largest_overlap(shapes, np.asarray(units.geometry))
    size = shapely.area(shapes)
    beyond = size - best.held
    wrong = (best.owner == NOWHERE) | (beyond > np.maximum(BORDER_SHARE * size, BORDER_AREA))
    return np.where(wrong, "", units.index.to_numpy(dtype=object)[best.owner])


def _join(blocks: Blocks, frame: gpd.GeoDataFrame, known: pd.Series) -> tuple[pd.Series, int]:
    """Return the given area of every block, and how many lie outside all of them."""
    ids, owner = blocks.frame.index, blocks.frame[schema.MUNICIPALITY].to_numpy()
    chosen = known.reindex(ids).to_numpy(dtype=object, na_value="")
    at_home = frame[schema.MUNICIPALITY].reindex(pd.Index(chosen)).to_numpy() == owner
    open_ = ~at_home
    shapes = places(blocks) if open_.any() else np.empty(len(ids), dtype=object)
    strays = 0
    for unit, areas in frame.groupby(schema.MUNICIPALITY):
        own = np.flatnonzero((owner == unit) & open_)
        if not own.size:
            continue
        targets = np.asarray(areas.geometry)
        index = largest_overlap(shapes[own], targets).owner
        outside = np.flatnonzero(index == NOWHERE)
        if outside.size:
            index[outside] = nearest(shapes[own[outside]], targets)
        chosen[own] = areas.index.to_numpy()[index]
        strays += outside.size
    return pd.Series(chosen, index=ids, dtype="str"), strays
