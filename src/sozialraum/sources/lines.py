"""Lines that part or guide areas: rivers, motorways, railways, and the bridges over them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.model import Layer, Source
from sozialraum.sources.keys import as_text, find_column
from sozialraum.sources.notes import note
from sozialraum.sources.projection import PROJECT_CRS, projected
from sozialraum.sources.rights import shape_source
from sozialraum.sources.shapes import (
    Shapes,
    choose_layer,
    layer_names,
    read_shapes,
    shape_file,
)

MANY = 30
"""How many values of a column an error lists."""


def read_lines(
    path: str | Path,
    *,
    layer: str | None = None,
    where: Mapping[str, str | Sequence[str]] | None = None,
    crs: str | None = None,
    to_crs: str = PROJECT_CRS,
    source: Source | None = None,
) -> Layer:
    """Return lines, lakes or bridges of one layer of a file, whatever their kind.

    For the barriers and crossings of :func:`sozialraum.build_blocks`, and for lines that
    the borders of areas may follow.

    Parameters
    ----------
    path
        GeoPackage, shapefile, File-GDB (also zipped), GeoJSON, FlatGeobuf, GML or KML.
    layer
        Layer of the file, if there are several.
    where
        Which features: column and the value, or the values, it must hold.
    crs
        CRS to believe instead of the file's.
    to_crs
        CRS of the result.
    source
        Where the file comes from; its attribution is printed on every output.

    Returns
    -------
    Layer
        In two dimensions; the index counts the features of the file, ``"fluss-1"``.

    Raises
    ------
    SourceError
        Not such a file, no such layer or column, no feature that fits; no usable CRS, or
        shapes outside Germany.

    Examples
    --------
    >>> from sozialraum.datasets import sample_path
    >>> file = sample_path() / "daten" / "barrieren.gpkg"
    >>> read_lines(file, where={"art": "Fluss"}).frame["name"].tolist()
    ['Aue']
    """
    with shape_file(path) as file:
        names = layer_names(file)
        shapes = read_shapes(file, choose_layer(list(names), layer, str(path)), str(path))
    kept = np.flatnonzero(chosen(shapes, where or {}))
    keys = [f"{shapes.layer}-{i + 1}" for i in kept]
    index = pd.Index(keys, name="feature", dtype="str")
    attributes = shapes.attributes.iloc[kept].set_index(index)
    part = Shapes(attributes, shapes.geometry[kept], shapes.crs, shapes.layer, shapes.where)
    geometry, notes = projected(part, keys, crs, to_crs)
    frame = gpd.GeoDataFrame(attributes, geometry=geometry, crs=to_crs)
    present = ~(frame.geometry.isna() | frame.geometry.is_empty)
    if not present.all():
        notes.append(note("left_out", ids=frame.index[~present], path=shapes.where))
    return Layer(frame[present], "feature", source or shape_source(shapes), notes=tuple(notes))


def chosen(shapes: Shapes, where: Mapping[str, str | Sequence[str]]) -> np.ndarray:
    """Return which features hold the values asked for.

    Raises
    ------
    SourceError
        No such column, or it holds a value nowhere.
    """
    columns = [str(name) for name in shapes.attributes.columns]
    kept = np.ones(len(shapes.attributes), dtype=bool)
    for name, value in where.items():
        wanted = {value} if isinstance(value, str) else set(value)
        cells = as_text(shapes.attributes[find_column(columns, name, shapes.where)])
        strange = wanted - set(cells)
        if strange:
            known = ", ".join(sorted(cells.unique())[:MANY])
            raise SourceError(
                "sources.no_such_value",
                ids=sorted(strange),
                path=shapes.where,
                column=name,
                known=known,
            )
        kept &= cells.isin(list(wanted)).to_numpy(dtype=bool)
    return kept
