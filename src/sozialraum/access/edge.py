"""The county's border: how far it is, and which areas what lies beyond it could change."""

import geopandas as gpd
import numpy as np
import shapely

from sozialraum import schema
from sozialraum.model import Areas

SMALLEST_HOLE = 1_000_000.0
"""Square metres below which a gap between municipalities is no border, but a slip of shapes."""


def county_of(units: gpd.GeoDataFrame) -> shapely.Geometry:
    """Return all municipalities as one shape, without the slips between them."""
    parts = shapely.get_parts(shapely.union_all(np.asarray(units.geometry)))
    whole = [
        shapely.Polygon(
            part.exterior,
            [r for r in part.interiors if shapely.Polygon(r).area >= SMALLEST_HOLE],
        )
        for part in parts
        if part.area > 0
    ]
    return shapely.multipolygons(whole)


def inside(points: np.ndarray, county: shapely.Geometry) -> np.ndarray:
    """Return which points lie in the county."""
    shapely.prepare(county)
    return np.asarray(shapely.intersects_xy(county, points[:, 0], points[:, 1]))


def border(county: shapely.Geometry) -> np.ndarray:
    """Return the county's border as straight pieces.

    Examples
    --------
    >>> len(border(shapely.box(0, 0, 1, 1)))
    4
    """
    rings = shapely.get_rings(shapely.get_parts(county))
    coordinates, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[1:] == ring[:-1]
    ends = np.stack([coordinates[:-1][joined], coordinates[1:][joined]], axis=1)
    return np.asarray(shapely.linestrings(ends))


def distance_to(pieces: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the distance of every point to the nearest piece of a border, in metres.

    Examples
    --------
    >>> pieces = shapely.linestrings([[[0, 0], [0, 10]]])
    >>> distance_to(pieces, np.array([[3.0, 5.0], [-4.0, 13.0]])).tolist()
    [3.0, 5.0]
    """
    if not len(points):
        return np.empty(0)
    _, distance = shapely.STRtree(pieces).query_nearest(
        shapely.points(points), all_matches=False, return_distance=True
    )
    return distance


def named(areas: Areas, owner: np.ndarray, affected: np.ndarray) -> list[str]:
    """Return the names of the areas with an affected block, in the order of the areas."""
    found = np.unique(owner[affected & (owner >= 0)])
    return areas.frame[schema.NAME].iloc[found].astype("str").tolist()


def at_edge(pieces: np.ndarray, areas: Areas) -> list[str]:
    """Return the names of the areas that touch the border."""
    near = shapely.STRtree(pieces).query(
        np.asarray(areas.frame.geometry), predicate="dwithin", distance=1.0
    )[0]
    return areas.frame[schema.NAME].iloc[np.unique(near)].astype("str").tolist()
