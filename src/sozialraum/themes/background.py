"""Local layers drawn with a map for orientation: what each of them is."""

import re
from collections.abc import Sequence
from typing import Literal

import geopandas as gpd
import shapely

from sozialraum.model import Layer, Source

Kind = Literal["water", "traffic", "land", "place"]

WATER = re.compile(
    r"water|river|stream|lake|gew(ä|ae)sser|wasser|fl(u|ü|ue)ss|fließ|b(a|ä|ae)ch|\bseen?\b"
)
COLOURS: dict[Kind, str] = {
    "water": "#4a90c2",
    "traffic": "#8c7b6b",
    "land": "#e4e9df",
    "place": "#333333",
}
"""Line colour (water, traffic), fill (land) and text colour (place)."""


def kind_of(layer: Layer) -> Kind:
    """Return what a background layer shows, from its shapes and its title."""
    shapes = layer.frame.geometry.to_numpy()
    dimension = int(shapely.get_dimensions(shapes).max()) if len(shapes) else 0
    if dimension == 0:
        return "place"
    title = f"{layer.source.title} {layer.key}".lower()
    if WATER.search(title):
        return "water"
    return "land" if dimension == 2 else "traffic"


MOST_PLACES = 60
"""Dots without names help to find one's way as long as they are few."""


def placed(layer: Layer, crs: object) -> gpd.GeoSeries:
    """Return the shapes of a background layer in the reference system of a map.

    A layer of more than :data:`MOST_PLACES` points is left out: it would only speckle the
    map.
    """
    few = kind_of(layer) != "place" or len(layer.frame) <= MOST_PLACES
    shapes = (layer.frame if few else layer.frame.head(0)).geometry
    return shapes if crs is None else shapes.to_crs(str(crs))


def sources_of(background: Sequence[Layer]) -> tuple[Source, ...]:
    """Return the sources of background layers, each once."""
    return tuple(dict.fromkeys(layer.source for layer in background))
