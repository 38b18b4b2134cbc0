"""Shapes of proposed areas: cells as they are, or outlines that look drawn by a person."""

from collections.abc import Sequence
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.errors import GeometryError
from sozialraum.methods.apportion import GRID_CRS, NOWHERE, cell_sizes, parse_cell_ids, squares
from sozialraum.methods.outline import common_coverage, smooth_coverage
from sozialraum.model import Blocks, Layer, Source

type Outline = Literal["smooth", "cells"]
LINES = ("LineString", "MultiLineString", "LinearRing")


def outlined(
    frame: gpd.GeoDataFrame,
    membership: pd.Series,
    blocks: Blocks,
    *,
    outline: Outline = "smooth",
    follow: Layer | Sequence[Layer] = (),
    redrawn: pd.Index | None = None,
) -> gpd.GeoDataFrame:
    """Return areas whose proposed shapes are smoothed; which block belongs where stays.

    Parameters
    ----------
    frame
        Areas with `municipality`, `origin` and geometry. Adopted ones keep their shape.
    membership
        Area of every block.
    blocks
        The blocks. Only areas of census cells are smoothed: the borders of districts are
        real borders.
    outline
        ``"cells"`` leaves everything as it is.
    follow
        Layers whose lines borders may follow.
    redrawn
        Ids of the areas to be smoothed, all made of whole blocks; those that are
        proposed when omitted. The others keep their shape.

    Raises
    ------
    GeometryError
        A layer to follow has no lines, or another CRS.
    """
    layers = (follow,) if isinstance(follow, Layer) else tuple(follow)
    lines = _lines(layers, blocks)
    sizes = cell_sizes(blocks.frame.index)
    proposed = frame.index[frame["origin"] == "proposed"]
    drawn = frame.index.isin(proposed if redrawn is None else redrawn)
    if outline == "cells" or not drawn.any() or not sizes or NOWHERE in sizes:
        return frame
    shapes = np.asarray(frame.geometry)[drawn]
    if not shapely.coverage_is_valid(shapes):
        shapes = common_coverage(shapes, np.asarray(blocks.units.geometry))
    owner = pd.Index(frame.index[drawn]).get_indexer(pd.Index(membership))
    placed = owner >= 0
    smooth = np.asarray(frame.geometry).copy()
    smooth[drawn] = smooth_coverage(
        shapes,
        step=float(max(sizes)),
        units=frame[schema.MUNICIPALITY].to_numpy(dtype=str)[drawn],
        anchors=_centres(blocks, pd.Index(membership.index[placed])),
        owner=owner[placed],
        lines=lines,
    )
    return frame.set_geometry(smooth, crs=frame.crs)


def sources_of(
    blocks: Sequence[Source], given: Sequence[Source], follow: Layer | Sequence[Layer]
) -> tuple[Source, ...]:
    """Return the sources of areas: of their blocks, of given areas, and of lines followed."""
    layers = (follow,) if isinstance(follow, Layer) else follow
    return tuple(dict.fromkeys([*blocks, *given, *(layer.source for layer in layers)]))


def _lines(layers: Sequence[Layer], blocks: Blocks) -> np.ndarray | None:
    """Return the lines of all layers, or None without layers."""
    wrong = [
        layer.source.title
        for layer in layers
        if layer.frame.crs != blocks.frame.crs or not layer.frame.geom_type.isin(LINES).any()
    ]
    if wrong:
        raise GeometryError("areas.follow_no_lines", ids=wrong, crs=str(blocks.frame.crs))
    if not layers:
        return None
    shapes = np.concatenate([np.asarray(layer.frame.geometry) for layer in layers])
    return shapes[np.isin(shapely.get_type_id(shapes), (1, 2, 5))]


def _centres(blocks: Blocks, ids: pd.Index) -> np.ndarray:
    """Return (n, 2) the centres of cells in the coordinates of the blocks."""
    centres = gpd.GeoSeries(shapely.centroid(squares(parse_cell_ids(ids))), crs=GRID_CRS)
    return shapely.get_coordinates(np.asarray(centres.to_crs(str(blocks.frame.crs))))
