"""Barriers and crossings out of layers, in the coordinates of the municipalities."""

from collections.abc import Sequence
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from sozialraum.errors import GeometryError
from sozialraum.messages import text
from sozialraum.methods.barriers import Barriers, lay_barriers, open_barriers
from sozialraum.model import Layer

REACH = 150.0
"""A crossing opens barriers up to this distance, in metres; for cells at least one and a
half of their sides, so that one of the steps beside it leads across."""
LINES = ("LineString", "MultiLineString", "LinearRing")
AREAS = ("Polygon", "MultiPolygon")
POINTS = ("Point", "MultiPoint")


class Obstacles(NamedTuple):
    """What parts neighbours, and where one gets across.

    Parameters
    ----------
    barriers
        Lines and polygons.
    crossings
        Points and lines.
    notes
        What was found, as finished sentences.
    """

    barriers: np.ndarray
    crossings: np.ndarray
    notes: tuple[str, ...]

    def on_grid(self, size: int) -> Barriers:
        """Return what may not be stepped over on a grid of cells this large."""
        reach = max(REACH, 1.5 * size)
        return lay_barriers(open_barriers(self.barriers, self.crossings, reach=reach))


def obstacles_of(
    barriers: Sequence[Layer], crossings: Sequence[Layer], units: gpd.GeoDataFrame
) -> Obstacles | None:
    """Return barriers and crossings, or None where there is no barrier.

    Raises
    ------
    GeometryError
        Barriers are no lines or polygons, crossings no points or lines, or none of a
        layer's barriers lies in a municipality.
    """
    lines = [_shapes(layer, (*LINES, *AREAS), "blocks.barrier_kind", units) for layer in barriers]
    gates = [
        _shapes(layer, (*POINTS, *LINES), "blocks.crossing_kind", units) for layer in crossings
    ]
    tree = shapely.STRtree(np.asarray(units.geometry))
    for layer, shapes in zip(barriers, lines, strict=True):
        if shapes.size and not tree.query(shapes, predicate="intersects").size:
            raise GeometryError("blocks.barriers_elsewhere", what=layer.source.title)
    none = np.array([], dtype=object)
    barred, crossed = np.concatenate([none, *lines]), np.concatenate([none, *gates])
    if not barred.size:
        return None
    beside = shapely.STRtree(barred).query(crossed, predicate="dwithin", distance=REACH)[0]
    astray = crossed.size - np.unique(beside).size
    notes = [text("blocks.note_barriers", barriers=barred.size, crossings=crossed.size)]
    if astray:
        notes.append(text("blocks.note_crossings_astray", crossings=astray, reach=round(REACH)))
    return Obstacles(barred, crossed, tuple(notes))


def _shapes(
    layer: Layer, kinds: tuple[str, ...], message: str, units: gpd.GeoDataFrame
) -> np.ndarray:
    """Return the shapes of a layer in two dimensions and the CRS of the municipalities."""
    crs = units.crs
    assert crs is not None
    frame = layer.frame[~(layer.frame.geometry.isna() | layer.frame.geometry.is_empty)]
    other = ~frame.geom_type.isin(kinds)
    if other.any():
        raise GeometryError(message, ids=frame.index[other], what=layer.source.title)
    shapes = shapely.force_2d(np.asarray(frame.geometry.to_crs(crs), dtype=object))
    return np.where(shapely.is_valid(shapes), shapes, shapely.make_valid(shapes))
