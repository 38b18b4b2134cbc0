"""Coordinates: into the project's system, and where they ought to be."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from sozialraum.errors import SourceError
from sozialraum.sources.notes import note
from sozialraum.sources.shapes import Shapes

PROJECT_CRS = "EPSG:25832"
WGS84 = "EPSG:4326"
GERMANY = (5.4, 46.9, 15.6, 55.5)
"""West, south, east, north in degrees, a little wider than the country."""


def projected(
    shapes: Shapes, keys: Sequence[str], crs: str | None, to_crs: str
) -> tuple[np.ndarray, list[str]]:
    """Return the shapes in another CRS, checked to lie in Germany, and what was done.

    Parameters
    ----------
    shapes
        A layer as it stands in its file.
    keys
        What to call its features in errors.
    crs
        CRS to believe instead of the file's.
    to_crs
        CRS of the result.

    Raises
    ------
    SourceError
        No CRS is known, or shapes lie outside Germany; says so if the axes are swapped.
    """
    source, notes = _stated(shapes, crs, to_crs)
    target = _known(to_crs, shapes.where)
    geometry = shapes.geometry
    if not _same(source, target):
        geometry = gpd.GeoSeries(geometry, crs=source).to_crs(target).to_numpy()
        notes.append(note("transformed", path=shapes.where, crs=source.name, to=target.name))
    outside = _outside(geometry, target)
    if outside.any():
        ids = [key for key, out in zip(keys, outside, strict=True) if out]
        if _fits_swapped(shapes.geometry, source):
            raise SourceError("sources.axes_swapped", ids=ids, path=shapes.where, crs=source.name)
        raise SourceError("sources.not_in_germany", ids=ids, path=shapes.where, crs=source.name)
    return geometry, notes


def _stated(shapes: Shapes, crs: str | None, to_crs: str) -> tuple[CRS, list[str]]:
    """Return the CRS to start from: the one asked for, the file's, or a plausible one."""
    if crs is not None:
        asked = _known(crs, shapes.where)
        if shapes.crs is None or _same(asked, shapes.crs):
            return asked, []
        named = shapes.crs.name
        return asked, [note("crs_replaced", path=shapes.where, crs=asked.name, stated=named)]
    if shapes.crs is not None:
        return shapes.crs, []
    assumed = _known(to_crs, shapes.where)
    if _outside(shapes.geometry, assumed).any():
        raise SourceError("sources.crs_unknown", path=shapes.where)
    return assumed, [note("crs_assumed", path=shapes.where, crs=assumed.name)]


def _known(crs: str, where: str) -> CRS:
    try:
        return CRS.from_user_input(crs)
    except CRSError as error:
        raise SourceError("sources.no_such_crs", ids=[crs], path=where) from error


def _same(a: CRS, b: CRS) -> bool:
    return a.equals(b, ignore_axis_order=True)


def _outside(geometry: np.ndarray, crs: CRS) -> np.ndarray:
    """Return True for shapes whose bounding box leaves Germany."""
    boxes = shapely.bounds(geometry)
    present = ~pd.isna(geometry) & ~shapely.is_empty(geometry)
    to_degrees = Transformer.from_crs(crs, WGS84, always_xy=True)
    west, south, east, north = GERMANY
    outside = np.zeros(len(geometry), bool)
    for x, y in ((0, 1), (2, 3)):
        lon, lat = to_degrees.transform(boxes[:, x], boxes[:, y])
        inside = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        outside |= present & ~inside
    return outside


def _fits_swapped(geometry: np.ndarray, crs: CRS) -> bool:
    """Return True if everything lies in Germany once x and y change places."""
    present = geometry[~pd.isna(geometry)]
    swapped = shapely.transform(present, lambda points: points[:, ::-1])
    return not _outside(np.atleast_1d(swapped), crs).any()
