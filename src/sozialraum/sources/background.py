"""What a map shows behind its areas: roads, rivers, places."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd

from sozialraum.model import Layer, Source
from sozialraum.sources.notes import note
from sozialraum.sources.projection import PROJECT_CRS, projected
from sozialraum.sources.rights import shape_source
from sozialraum.sources.shapes import Shapes, layer_names, read_shapes, shape_file


def read_background(
    path: str | Path, *, to_crs: str = PROJECT_CRS, source: Source | None = None
) -> tuple[Layer, ...]:
    """Return the layers of a local background file: roads, rivers, places.

    Parameters
    ----------
    path
        GeoPackage or another file with shapes of any kind; each layer may hold a column
        ``name``.
    to_crs
        CRS of the result.
    source
        Where the file comes from; its attribution is printed on maps.

    Returns
    -------
    tuple of Layer
        In the order of the file; the title of a layer's source is the layer's name.

    Raises
    ------
    SourceError
        Not such a file, or a layer without a usable CRS.
    """
    with shape_file(path) as file:
        layers = [read_shapes(file, name, str(path)) for name in layer_names(file)]
    return tuple(_background_layer(shapes, to_crs, source) for shapes in layers)


def _background_layer(shapes: Shapes, to_crs: str, source: Source | None) -> Layer:
    keys = [f"{shapes.layer}-{i + 1}" for i in range(len(shapes.attributes))]
    geometry, notes = projected(shapes, keys, None, to_crs)
    frame = gpd.GeoDataFrame(
        shapes.attributes.set_index(pd.Index(keys, name="feature")), geometry=geometry, crs=to_crs
    )
    present = ~(frame.geometry.isna() | frame.geometry.is_empty)
    if not present.all():
        notes.append(note("left_out", ids=frame.index[~present], path=shapes.where))
    stated = replace(source, title=shapes.layer) if source else None
    stated = stated or shape_source(shapes, title=shapes.layer)
    return Layer(frame[present], "feature", stated, notes=tuple(notes))
