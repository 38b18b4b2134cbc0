"""The part of the country a grid file is read for."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import shapely

from sozialraum.model import Layer
from sozialraum.sources.grid import GRID_CRS, Corners, squares


@dataclass(frozen=True, slots=True)
class Window:
    """Shapes in EPSG:3035, and their bounding box (west, south, east, north) in metres."""

    shape: shapely.Geometry
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, layer: Layer) -> Self:
        """Return the window that a layer covers."""
        shape = layer.frame.geometry.to_crs(GRID_CRS).union_all()
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
