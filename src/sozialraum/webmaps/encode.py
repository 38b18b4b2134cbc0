"""Shapes for a page: simplified together, as whole numbers, each the step from the last."""

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

DIGITS = 5
"""Decimals of a degree: about a metre."""

DETAIL = 3000
"""Corners closer than the extent divided by this are dropped: less than half a pixel."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Origin and step of the whole numbers, in degrees."""

    x: float
    y: float
    step: float = 10.0**-DIGITS

    def steps(self, corners: np.ndarray) -> list[int]:
        """Return corners (n, 2) in degrees as x, y steps in one list, the first from 0."""
        whole = np.rint((corners - [self.x, self.y]) / self.step).astype(np.int64)
        moved = np.r_[True, (np.diff(whole, axis=0) != 0).any(axis=1)]
        return np.diff(whole[moved], axis=0, prepend=0).ravel().tolist()

    def points(self, places: np.ndarray) -> list[list[int]]:
        """Return places (n, 2) in degrees as absolute whole numbers."""
        return np.rint((places - [self.x, self.y]) / self.step).astype(np.int64).tolist()

    def rings(self, shapes: Iterable[shapely.Geometry]) -> list[list[list[list[int]]]]:
        """Return polygons as lists of parts of rings of steps."""
        return [
            [
                [self.steps(shapely.get_coordinates(ring)[:-1]) for ring in shapely.get_rings(part)]
                for part in shapely.get_parts(shape)
            ]
            for shape in shapes
        ]

    def lines(self, shapes: Iterable[shapely.Geometry]) -> list[list[int]]:
        """Return lines as steps."""
        parts = shapely.get_parts(np.array(list(shapes), dtype=object))
        return [self.steps(shapely.get_coordinates(p)) for p in parts if not p.is_empty]


def grid_of(shapes: gpd.GeoSeries) -> Grid:
    """Return the grid with its origin at the lower left whole degree of some shapes."""
    low_x, low_y, *_ = shapes.to_crs(4326).total_bounds
    return Grid(float(np.floor(low_x)), float(np.floor(low_y)))


def tolerance_of(shapes: gpd.GeoSeries) -> float:
    """Return the distance in metres below which a corner does not matter on a screen."""
    low_x, low_y, high_x, high_y = shapes.total_bounds
    return max(high_x - low_x, high_y - low_y) / DETAIL


def simplified(
    shapes: gpd.GeoSeries, tolerance: float, groups: np.ndarray | None = None
) -> gpd.GeoSeries:
    """Return shapes with fewer corners; neighbours keep their common border.

    Where shapes overlap or leave slivers there is no common border to keep. Then each of
    the `groups` (municipalities) is tried on its own, so that only their outlines may part
    by a hair under the line that is drawn there; a group that is no coverage either is
    simplified shape by shape and less.
    """
    found = shapes.to_numpy()
    if shapely.coverage_is_valid(found):
        return gpd.GeoSeries(
            shapely.coverage_simplify(found, tolerance), index=shapes.index, crs=shapes.crs
        )
    fewer = np.empty(len(found), dtype=object)
    for group in np.unique(groups) if groups is not None else [None]:
        at = np.full(len(found), fill_value=True) if group is None else groups == group
        if group is not None and shapely.coverage_is_valid(found[at]):
            fewer[at] = shapely.coverage_simplify(found[at], tolerance)
        else:
            fewer[at] = shapely.simplify(found[at], tolerance / 4, preserve_topology=True)
    return gpd.GeoSeries(fewer, index=shapes.index, crs=shapes.crs)


def joined(
    areas: gpd.GeoSeries, keys: np.ndarray, given: gpd.GeoSeries, tolerance: float
) -> gpd.GeoSeries:
    """Return municipalities whose borders are those of their simplified areas.

    Municipalities that their areas do not fill (by more than half a percent) keep their
    own simplified border.
    """
    alone = simplified(given, tolerance)
    shapes = []
    for key in given.index:
        parts = areas.to_numpy()[keys == key]
        union = shapely.union_all(parts) if len(parts) else None
        whole = given[key].area
        fills = union is not None and abs(union.area - whole) <= 0.005 * whole
        shapes.append(union if fills else alone[key])
    return gpd.GeoSeries(shapes, index=given.index, crs=given.crs)
