"""Cells of the census grid: which municipality holds them, and their neighbours."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.blocks.laid import Laid
from sozialraum.blocks.obstacles import Obstacles
from sozialraum.blocks.tiles import Grid, fill_municipality, make_grid, projected_squares
from sozialraum.errors import DelineationError
from sozialraum.messages import text
from sozialraum.methods.apportion import NOWHERE, Cells, largest_overlap, parse_cell_ids
from sozialraum.methods.graph import Edges
from sozialraum.methods.outline import common_coverage

SMALLEST_SHARE = 1.0
"""A cell must share at least this area with a municipality to belong to it, in square metres."""


def lay_cells(
    ids: pd.Index,
    registered: pd.Index,
    units: gpd.GeoDataFrame,
    *,
    obstacles: Obstacles | None = None,
    corners: bool = False,
) -> Laid:
    """Give cells to municipalities, lay tiles around them and find which are neighbours.

    Parameters
    ----------
    ids
        INSPIRE ids, sorted.
    registered
        Ids that the register lists: people of this county live there, so they belong to
        it even where most of the cell lies outside.
    units
        Municipalities, sorted by key.
    obstacles
        Barriers that part cells.
    corners
        Cells that touch at a corner are neighbours too.
    """
    cells = parse_cell_ids(ids)
    grid = make_grid(cells.size, units.crs)
    owner, notes = _owners(ids, cells, registered, units, grid)
    inside = owner != NOWHERE
    if not inside.any():
        raise DelineationError("blocks.all_outside", cells=len(ids))
    kept = np.flatnonzero(inside)
    barriers = None if obstacles is None else obstacles.on_grid(cells.size)
    tiles = np.full(kept.size, None, dtype=object)
    edges = []
    for unit in np.unique(owner[kept]):
        own = np.flatnonzero(owner[kept] == unit)
        seeds = Cells(cells.size, cells.column[kept[own]], cells.row[kept[own]])
        shape = units.geometry.iloc[unit]
        tiles[own], found = fill_municipality(
            shape, seeds, grid, barriers=barriers, corners=corners
        )
        edges.append(Edges(own[found.left], own[found.right], found.length))
    frame = gpd.GeoDataFrame(
        {schema.MUNICIPALITY: units.index[owner[kept]]},
        # cut one municipality at a time; here both sides of a border get the same points
        geometry=common_coverage(tiles, np.asarray(units.geometry)),
        crs=units.crs,
        index=pd.Index(ids[kept], name=schema.BLOCK_ID),
    )
    joined = Edges(*(np.concatenate(columns) for columns in zip(*edges, strict=True)))
    return Laid(frame, joined, ids[~inside], float(cells.size), notes)


def _owners(
    ids: pd.Index, cells: Cells, registered: pd.Index, units: gpd.GeoDataFrame, grid: Grid
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Return the municipality of every cell by position (-1: none), and notes.

    A cell belongs to the municipality that holds most of it. Where more than half of it
    lies outside all municipalities it belongs to none, unless the register lists it.
    """
    shapes = projected_squares(cells, grid)
    wholes = np.asarray(units.geometry)
    best = largest_overlap(shapes, wholes)
    lost = (best.outside > shapely.area(shapes) / 2) & ~ids.isin(registered)
    owner = np.where(lost | (best.held < SMALLEST_SHARE), NOWHERE, best.owner)
    crossing = np.flatnonzero((owner != NOWHERE) & (best.held < shapely.area(shapes) * (1 - 1e-6)))
    if not crossing.size:
        return owner, ()
    by_centre = np.full(crossing.size, NOWHERE)
    centre, unit = shapely.STRtree(wholes).query(
        shapely.centroid(shapes[crossing]), predicate="intersects"
    )
    by_centre[centre[::-1]] = unit[::-1]
    other = int((by_centre != owner[crossing]).sum())
    return owner, (text("blocks.note_crossing", cells=crossing.size, other=other),)
