"""Polygons: which are unusable, and mending them where that was asked for."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum.errors import SourceError
from sozialraum.sources.notes import note

AREAL = ("Polygon", "MultiPolygon")
AREA = 2
"""Dimensions of what has an area, also inside a collection."""


def usable_polygons(
    geometry: np.ndarray, keys: pd.Series, where: str, *, repair: bool
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Return polygons, which features stay, and what was done.

    Parameters
    ----------
    geometry
        Shapes; None where a feature has none or it could not be read.
    keys
        What to call the features.
    where
        What to call the file.
    repair
        Mend what can be mended and leave out what holds no area; otherwise both are
        errors.

    Raises
    ------
    SourceError
        Shapes are missing or unreadable, are no polygons, or are invalid; names them.
    """
    empty = pd.isna(geometry) | shapely.is_empty(geometry)
    kinds = gpd.GeoSeries(geometry).geom_type.to_numpy()
    other = ~empty & ~np.isin(kinds, AREAL)
    if not (shapely.get_dimensions(geometry) == AREA).any():
        raise SourceError("sources.no_polygons", path=where)
    invalid = ~empty & ~shapely.is_valid(geometry)
    broken = empty | other | invalid
    if not broken.any():
        return geometry, np.ones(len(geometry), bool), []
    if not repair:
        message = "sources.geometry_invalid" if invalid.any() else "sources.geometry_missing"
        raise SourceError(message, ids=keys[broken], path=where)
    mended = geometry.copy()
    mended[invalid | other] = _polygons_in(shapely.make_valid(geometry[invalid | other]))
    kept = ~pd.isna(mended) & ~shapely.is_empty(mended)
    notes = []
    if (broken & kept).any():
        notes.append(note("mended", ids=keys[broken & kept], path=where))
    if not kept.all():
        notes.append(note("left_out", ids=keys[~kept], path=where))
    return mended[kept], kept, notes


def _polygons_in(geometry: np.ndarray) -> np.ndarray:
    """Return the areal part of every shape; empty where there is none.

    Mending a bow-tie may leave lines and points beside the polygons.
    """
    parts, owner = shapely.get_parts(geometry, return_index=True)
    # a collection may hold multipolygons
    parts, inner = shapely.get_parts(parts, return_index=True)
    owner = owner[inner]
    areal = shapely.area(parts) > 0
    found = [parts[areal & (owner == i)] for i in range(len(geometry))]
    whole = [shapely.union_all(p) if len(p) else shapely.Polygon() for p in found]
    return np.array(whole, dtype=object)


def dissolved(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return one row a key: parts united, first value of the other columns."""
    if frame.index.is_unique:
        return frame
    united = frame.geometry.groupby(level=0, sort=False).agg(shapely.union_all)
    first = pd.DataFrame(frame.drop(columns=frame.geometry.name))
    first = first[~first.index.duplicated()]
    shapes = gpd.GeoSeries(united, crs=frame.crs).reindex(first.index)
    return gpd.GeoDataFrame(first, geometry=shapes)
