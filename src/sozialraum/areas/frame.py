"""The table of areas: shapes, ids, names, and what each area passes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.areas.minima import Demands
from sozialraum.model import Areas, Blocks

PRECISION = 1e-4
"""Metres: tiles from elsewhere that meet up to this are joined."""
DIGITS = 3
"""Fewest digits of the running number in an id."""


def dissolve(tiles: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the union of the tiles of every label 0, 1, ….

    Tiles meet vertex by vertex, so that their inner borders can simply be left out; where
    they do not, they are joined on a fine grid.

    Examples
    --------
    >>> halves = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> dissolve(halves, np.array([0, 0]))[0].area
    2.0
    """
    order = np.argsort(labels, kind="stable")
    groups = np.split(tiles[order], np.flatnonzero(np.diff(labels[order])) + 1)
    sizes = np.bincount(labels, shapely.area(tiles))
    joined = np.array([_without_inner_borders(group) for group in groups], dtype=object)
    apart = np.abs(shapely.area(joined) - sizes) > 1e-9 * sizes
    doubtful = apart | ~shapely.is_valid(joined) | (shapely.get_num_geometries(joined) > 1)
    for i in np.flatnonzero(doubtful):
        # several parts are right where the tiles match and lie apart: an exclave
        if apart[i] or not shapely.coverage_is_valid(groups[i], gap_width=PRECISION):
            joined[i] = shapely.union_all(groups[i], grid_size=PRECISION)
    return joined


def _without_inner_borders(tiles: np.ndarray) -> shapely.Geometry:
    """Return tiles joined by leaving out shared borders; on the grid where they hardly match."""
    if len(tiles) == 1:
        return tiles[0]
    try:
        return shapely.coverage_union_all(tiles)
    except shapely.GEOSException:
        return shapely.union_all(tiles, grid_size=PRECISION)


def proposed_frame(blocks: Blocks, labels: np.ndarray) -> tuple[gpd.GeoDataFrame, pd.Series]:
    """Return proposed areas and the area of every block.

    Areas are numbered inside their municipality from north to south and from west to
    east: ``"05999001-P001"``, "Neustadt 1".

    Parameters
    ----------
    blocks
        The blocks that are divided.
    labels
        (n,) area of every block: 0, 1, ….
    """
    shapes = dissolve(np.asarray(blocks.frame.geometry), labels)
    first = np.unique(labels, return_index=True)[1]
    owner = blocks.frame[schema.MUNICIPALITY].to_numpy()[first]
    inside = shapely.point_on_surface(shapes)
    x, y = np.round(shapely.get_x(inside), 3), np.round(shapely.get_y(inside), 3)
    order = np.lexsort((first, x, -y, owner))
    table = pd.DataFrame({schema.MUNICIPALITY: owner[order]})
    number = table.groupby(schema.MUNICIPALITY).cumcount() + 1
    most = number.groupby(table[schema.MUNICIPALITY]).transform("max")
    width = most.astype(str).str.len().clip(lower=DIGITS)
    keys = [
        f"{unit}-P{count:0{digits}d}"
        for unit, count, digits in zip(owner[order], number, width, strict=True)
    ]
    names = blocks.units[schema.NAME].loc[table[schema.MUNICIPALITY]].to_numpy()
    frame = gpd.GeoDataFrame(
        {
            schema.NAME: [f"{name} {count}" for name, count in zip(names, number, strict=True)],
            schema.MUNICIPALITY: owner[order],
            "origin": "proposed",
            "status": "proposed",
            "decided_by": "",
            "decided_on": "",
        },
        geometry=shapes[order],
        crs=blocks.frame.crs,
        index=pd.Index(keys, name=schema.AREA_ID, dtype="str"),
    )
    position = np.empty(order.size, np.int64)
    position[order] = np.arange(order.size)
    membership = pd.Series(frame.index[position[labels]], index=blocks.frame.index)
    return frame, membership.rename(schema.AREA_ID)


def finished_frame(
    frame: gpd.GeoDataFrame, membership: pd.Series, blocks: Blocks, demands: Demands
) -> gpd.GeoDataFrame:
    """Return areas sorted by id, with the minima that each one passes and fails.

    An area without any block misses every minimum.
    """
    frame = frame.sort_index()
    fails = demands.missed(blocks, membership.loc[blocks.frame.index])
    fails = fails.reindex(frame.index, fill_value=", ".join(demands.names))
    frame = frame.assign(passes=(fails == "").to_numpy(), fails=fails)
    return gpd.GeoDataFrame(frame[[*Areas.COLUMNS, frame.geometry.name]])
