"""Where people live and where they go, as points in the coordinates of the blocks."""

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.access.edge import inside
from sozialraum.errors import GeometryError, IndicatorError
from sozialraum.methods.apportion import GRID_CRS, NOWHERE, cell_sizes, parse_cell_ids
from sozialraum.model import Areas, Blocks, Layer


class Origins(NamedTuple):
    """Where people live: the blocks, then cells beyond the county's border.

    Parameters
    ----------
    keys
        Ids of blocks, then of cells.
    points
        (n, 2) coordinates in metres.
    people
        (n,) demand; NaN where it is not known.
    blocks
        How many of them are blocks.
    """

    keys: pd.Index
    points: np.ndarray
    people: np.ndarray
    blocks: int


def origins_of(
    blocks: Blocks, demand: str, around: Layer | None, county: shapely.Geometry
) -> Origins:
    """Return where the demand lives.

    Parameters
    ----------
    blocks
        The county's blocks; a cell of the census grid counts from its middle, another block
        from its centroid, or from a point inside where the centroid lies outside.
    demand
        Block variable.
    around
        Cells with a column of the same name; those that are blocks or lie in the county are
        passed over, because the blocks know better.
    county
        The municipalities as one shape.

    Raises
    ------
    IndicatorError
        The blocks have no such count.
    SourceError
        The cells have no such additive column, or lack numbers.
    """
    if demand not in blocks.counts.columns:
        known = ", ".join(map(str, blocks.counts.columns))
        raise IndicatorError("access.no_such_demand", ids=[demand], known=known)
    people = pd.to_numeric(blocks.counts[demand]).to_numpy(dtype=float, na_value=np.nan)
    own = Origins(blocks.frame.index, _block_points(blocks), people, len(people))
    if around is None:
        return own
    keys, points, more = _beyond(around, blocks, demand, county)
    return Origins(
        own.keys.append(keys),
        np.concatenate([own.points, points]),
        np.concatenate([own.people, more]),
        own.blocks,
    )


def _block_points(blocks: Blocks) -> np.ndarray:
    sizes = cell_sizes(blocks.frame.index)
    if len(sizes) == 1 and NOWHERE not in sizes:
        cells = parse_cell_ids(blocks.frame.index)
        middle = shapely.points((cells.column + 0.5) * cells.size, (cells.row + 0.5) * cells.size)
        return _coordinates(gpd.GeoSeries(middle, crs=GRID_CRS), blocks)
    tiles = np.asarray(blocks.frame.geometry)
    middle = shapely.centroid(tiles)
    outside = ~shapely.contains(tiles, middle)
    middle[outside] = shapely.point_on_surface(tiles[outside])
    return shapely.get_coordinates(middle)


def _beyond(
    around: Layer, blocks: Blocks, demand: str, county: shapely.Geometry
) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    what = around.source.title
    schema.check_columns(around.additive, [demand], what)
    frame = around.frame[~around.frame.index.isin(blocks.frame.index)]
    points = _coordinates(frame.geometry.centroid, blocks)
    beyond = ~inside(points, county)
    frame, points = frame[beyond], points[beyond]
    people = pd.to_numeric(frame[demand]).to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(people).any():
        ids = frame.index[np.isnan(people)]
        raise GeometryError("access.around_unknown", ids=ids, what=what, column=demand)
    return pd.Index(frame.index), points, people


def destinations_of(points: Layer, blocks: Blocks) -> np.ndarray:
    """Return (m, 2) coordinates of supply.

    Raises
    ------
    GeometryError
        The layer holds no shapes, or shapes that are no points.
    """
    if points.frame.empty:
        raise GeometryError("access.no_points", ids=[points.source.title])
    wrong = (points.frame.geom_type != "Point") | points.frame.geometry.is_empty
    if wrong.any():
        raise GeometryError("access.not_points", ids=points.frame.index[wrong])
    return _coordinates(points.frame.geometry, blocks)


def _coordinates(shapes: gpd.GeoSeries, blocks: Blocks) -> np.ndarray:
    return shapely.get_coordinates(np.asarray(shapes.to_crs(str(blocks.frame.crs))))


def area_of_blocks(blocks: Blocks, areas: Areas) -> np.ndarray:
    """Return the position of every block's area; -1 where it lies in none.

    Raises
    ------
    IndicatorError
        The areas were made of other blocks.
    """
    area = areas.membership.reindex(blocks.frame.index)
    if area.isna().any():
        raise IndicatorError("access.other_blocks", ids=area.index[area.isna()])
    return areas.frame.index.get_indexer(pd.Index(area))
