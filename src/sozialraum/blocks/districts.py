"""Polygon blocks: districts, nested in municipalities."""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.blocks.laid import PRECISION, Laid
from sozialraum.blocks.obstacles import REACH, Obstacles
from sozialraum.errors import GeometryError
from sozialraum.messages import text
from sozialraum.methods.apportion import NOWHERE, largest_overlap, overlapping_pairs, polygonal
from sozialraum.methods.borders import border_edges, parted_borders
from sozialraum.methods.graph import Edges
from sozialraum.model import Layer

BORDER_SHARE = 0.01
BORDER_AREA = 1_000.0
"""A district may reach beyond its municipality by this share, or this many square metres."""
OVERLAP_SHARE = 0.001
OVERLAP_AREA = 1.0
"""Districts may overlap by this share of the smaller one, or this many square metres."""


def lay_districts(
    layers: Sequence[Layer], units: gpd.GeoDataFrame, obstacles: Obstacles | None = None
) -> Laid:
    """Nest districts in municipalities and find which share a border that no barrier parts.

    Raises
    ------
    GeometryError
        Districts overlap each other, or reach beyond their municipality by more than
        1 % of their area and 1,000 square metres.
    """
    crs = units.crs
    assert crs is not None
    shapes = pd.concat([layer.frame.geometry.to_crs(crs) for layer in layers]).sort_index()
    geometry = np.asarray(shapes)
    left, right = overlapping_pairs(geometry, area=OVERLAP_AREA, share=OVERLAP_SHARE)
    if left.size:
        pairs = [f"{shapes.index[i]}/{shapes.index[j]}" for i, j in zip(left, right, strict=True)]
        raise GeometryError("blocks.overlap", ids=pairs)
    best = largest_overlap(geometry, np.asarray(units.geometry))
    beyond = shapely.area(geometry) - best.held
    allowed = np.maximum(BORDER_SHARE * shapely.area(geometry), BORDER_AREA)
    wrong = (best.owner == NOWHERE) | (beyond > allowed)
    if wrong.any():
        raise GeometryError("blocks.crosses_border", ids=shapes.index[wrong])
    owners = np.asarray(units.geometry)[best.owner]
    cut = beyond > PRECISION
    geometry = geometry.copy()
    geometry[cut] = polygonal(shapely.intersection(geometry[cut], owners[cut], grid_size=PRECISION))
    frame = gpd.GeoDataFrame(
        {schema.MUNICIPALITY: units.index[best.owner]},
        geometry=geometry,
        crs=crs,
        index=pd.Index(shapes.index, name=schema.BLOCK_ID),
    )
    notes = [text("blocks.note_cut", districts=int(cut.sum()))] if cut.any() else []
    edges = _edges(geometry, best.owner, obstacles)
    return Laid(frame, edges, shapes.index[:0], 0.0, (*notes, *_gaps(frame, units)))


def _edges(geometry: np.ndarray, owner: np.ndarray, obstacles: Obstacles | None) -> Edges:
    """Return neighbours inside a municipality; lengths between representative points."""
    edges = border_edges(geometry)
    keep = owner[edges.left] == owner[edges.right]
    edges = Edges(*(column[keep] for column in edges))
    left, right, _ = edges
    if obstacles is not None:
        cut = parted_borders(geometry, edges, obstacles.barriers, obstacles.crossings, reach=REACH)
        left, right = left[~cut], right[~cut]
    points = shapely.point_on_surface(geometry)
    return Edges(left, right, shapely.distance(points[left], points[right]))


def _gaps(frame: gpd.GeoDataFrame, units: gpd.GeoDataFrame) -> list[str]:
    """Note how much of the municipalities no district covers."""
    covered = frame.geometry.area.groupby(frame[schema.MUNICIPALITY]).sum()
    size = units.geometry.area.loc[covered.index]
    open_ = (size - covered).clip(lower=0)
    gaps = open_[open_ > np.maximum(BORDER_SHARE * size, BORDER_AREA)]
    if gaps.empty:
        return []
    share = f"{gaps.sum() / size.sum():.1%}"
    return [text("blocks.note_gaps", municipalities=len(gaps), share=share)]
