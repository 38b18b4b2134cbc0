"""The part of the country a grid file is read for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import geopandas as gpd
import numpy as np
import shapely

from sozialraum.errors import SourceError
from sozialraum.model import Layer
from sozialraum.sources.grid import GRID_CRS, Corners, squares

type Box = tuple[float, float, float, float]
"""West, south, east, north."""

GERMANY: dict[str, Box] = {
    GRID_CRS: (3_900_000, 2_500_000, 4_800_000, 3_700_000),
    "EPSG:25832": (200_000, 5_100_000, 1_000_000, 6_200_000),
    "EPSG:4326": (5, 46, 16, 56),
}
"""Extents with some room around the country; no box fits two of them."""
SIDES = 50
"""Pieces into which the longer side of a box is cut before it is transformed."""


@dataclass(frozen=True, slots=True)
class Window:
    """Shapes in EPSG:3035, and their bounding box (west, south, east, north) in metres."""

    shape: shapely.Geometry
    box: Box

    @classmethod
    def of(cls, part: Layer | Sequence[float]) -> Self:
        """Return the window that a layer covers, or a box.

        Raises
        ------
        SourceError
            The box does not lie in Germany in any of the systems known.
        """
        shapes = part.frame.geometry if isinstance(part, Layer) else _box(part)
        shape = shapes.to_crs(GRID_CRS).union_all()
        shapely.prepare(shape)
        west, south, east, north = shapely.bounds(shape)
        return cls(shape, (west, south, east, north))

    def near(self, x: np.ndarray, y: np.ndarray, size: int) -> np.ndarray:
        """Return True for midpoints in the bounding box widened by one cell (cheap)."""
        west, south, east, north = self.box
        return (x >= west - size) & (x <= east + size) & (y >= south - size) & (y <= north + size)

    def touched(self, corners: Corners) -> np.ndarray:
        """Return True for cells that touch the shapes (exact)."""
        return shapely.intersects(self.shape, squares(corners))


def _box(box: Sequence[float]) -> gpd.GeoSeries:
    """Return a box as a polygon in the only system in which it lies in Germany."""
    try:
        west, south, east, north = (float(side) for side in box)
    except (TypeError, ValueError) as error:
        raise SourceError("census.not_a_box", ids=[box]) from error
    for crs, (left, low, right, high) in GERMANY.items():
        if left <= west < east <= right and low <= south < north <= high:
            longest = max(east - west, north - south) / SIDES
            polygon = shapely.segmentize(shapely.box(west, south, east, north), longest)
            return gpd.GeoSeries([polygon], crs=crs)
    raise SourceError("census.not_a_box", ids=[box])
