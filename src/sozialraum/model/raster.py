"""A raster as it comes out of a file: numbers on a regular grid, north up."""

from dataclasses import dataclass

import numpy as np
from pyproj import CRS

from sozialraum import schema
from sozialraum.errors import GeometryError
from sozialraum.model.definitions import Source
from sozialraum.model.describe import html_table, one_line


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Raster:
    """Numbers on a regular grid: people, land cover, distances.

    Parameters
    ----------
    values
        (rows, columns) floats; the first row is the northernmost. NaN where the file holds
        nothing.
    west, north
        Upper left corner, in metres.
    width, height
        Sides of a cell, in metres, both positive.
    crs
        Projected coordinate system in metres.
    source
        Where it comes from.
    notes
        What the reader found and did, as finished sentences.
    """

    values: np.ndarray
    west: float
    north: float
    width: float
    height: float
    crs: CRS
    source: Source
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        schema.check_projected(self.crs, self.source.title)
        sides = self.values.ndim == 2 and self.values.size and min(self.width, self.height) > 0
        if not sides or np.isinf(self.values).any():
            raise GeometryError("model.not_a_raster", ids=[self.source.title])

    def __repr__(self) -> str:
        rows, columns = self.values.shape
        cell = f"{self.width:g} × {self.height:g} m"
        return one_line("Raster", [f"{rows} × {columns}", cell, self.crs.name, self.source.title])

    def _repr_html_(self) -> str:
        rows = [
            ("shape", " × ".join(map(str, self.values.shape))),
            ("cell", f"{self.width:g} × {self.height:g} m"),
            ("crs", self.crs.name),
            ("source", self.source.line()),
        ]
        return html_table("Raster", rows)
