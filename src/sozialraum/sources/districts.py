"""Shapes of municipalities, of areas of any kind, and of the map's background."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.model import Layer, Source
from sozialraum.sources import keys as k
from sozialraum.sources.notes import note
from sozialraum.sources.polygons import dissolved, usable_polygons
from sozialraum.sources.projection import PROJECT_CRS, projected
from sozialraum.sources.rights import shape_source
from sozialraum.sources.shapes import (
    Shapes,
    choose_layer,
    layer_names,
    read_shapes,
    shape_file,
)

LAND_WITH_STRUCTURE = 4
"""VG250 column GF: 1 and 2 are water, 3 and 4 land, the even ones with administrative structure."""
MUNICIPALITY_LAYERS = ("vg250_gem", "vg25_gem", "dvg1gem_nw", "v_vg250_gem")
GEOFACTOR = "gf"


def read_municipalities(
    path: str | Path,
    *,
    county: str | None = None,
    layer: str | None = None,
    key: str | None = None,
    crs: str | None = None,
    to_crs: str = PROJECT_CRS,
    repair: bool = False,
    source: Source | None = None,
) -> Layer:
    """Return municipalities, one shape each.

    Takes VG250 and VG25 (GeoPackage tables and views, shapefile, the official ZIP), DVG NRW
    and any other polygons with a municipality key.

    Parameters
    ----------
    path
        File, or ZIP that holds it.
    county
        Keep only keys that start so, such as ``"05382"``.
    layer
        Layer of the file; the one of municipalities when omitted.
    key
        Column with AGS (8 digits) or ARS (12 digits, shortened to the AGS).
    crs
        CRS to believe instead of the file's.
    to_crs
        CRS of the result.
    repair
        Put back lost leading zeros and mend invalid shapes, and say so in the notes.
    source
        Where the file comes from, if it cannot be told from the file.

    Returns
    -------
    Layer
        Index ``ags`` (8 digits), column ``name``. Parts of a municipality are united;
        where the file tells land from water (column GF), only land is kept.

    Raises
    ------
    SourceError
        Keys lost their leading zero, shapes are invalid or lie elsewhere, no municipality
        of the county is there. Names the keys concerned.
    """
    shapes = _shapes(path, layer, _municipality_layer)
    where = shapes.where
    attributes = shapes.attributes
    column = k.find_column(_names(attributes), key, where) if key else None
    column = column or k.find_municipality_key(attributes, where)
    shapes, notes = _land(shapes)
    keys, more = k.municipality_keys(shapes.attributes[column], where, repair=repair)
    notes += more
    inside = keys.str.startswith(county or "").to_numpy()
    if not inside.any():
        known = sorted(keys.str[: k.COUNTY_LENGTH].unique())
        raise SourceError("sources.county_not_there", ids=known, path=where, county=county)
    names = k.find_name(shapes.attributes, column)
    kept = pd.DataFrame(
        {schema.NAME: k.as_text(shapes.attributes[names]) if names else keys}, index=keys.index
    )
    part = Shapes(kept[inside], shapes.geometry[inside], shapes.crs, shapes.layer, where)
    frame, done = _frame(part, keys[inside], "ags", crs=crs, to_crs=to_crs, repair=repair)
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()].unique()
        done.append(note("parts_united", ids=twice, path=where))
    frame = dissolved(frame).sort_index()
    return Layer(frame, "ags", source or shape_source(shapes), notes=(*notes, *done))


def read_districts(
    path: str | Path,
    *,
    key: str | None = None,
    layer: str | None = None,
    name: str | None = None,
    crs: str | None = None,
    to_crs: str = PROJECT_CRS,
    repair: bool = False,
    source: Source | None = None,
) -> Layer:
    """Return areas of any kind: electoral or school districts, planning areas, Quartiere.

    Takes GeoPackage, shapefile (also zipped), GeoJSON, FlatGeobuf and File-GDB.

    Parameters
    ----------
    path
        File, or ZIP that holds it.
    key
        Column that identifies an area. When omitted, the only column that is unique and
        named like an id (``NR``, ``id``, ``Schlüssel`` …).
    layer
        Layer of the file, if there are several.
    name
        Column with names; known columns (``name``, ``GEN``, ``STB_NAME`` beside the key
        ``STB_NR`` …) when omitted.
    crs
        CRS to believe instead of the file's.
    to_crs
        CRS of the result.
    repair
        Mend invalid shapes, leave out features without an area and unite features that
        share a key, and say so in the notes. Otherwise each of these is an error.
    source
        Where the file comes from, if it cannot be told from the file.

    Returns
    -------
    Layer
        Index named like the key column; all other columns of the file; ``name`` if a
        column of names is known.

    Raises
    ------
    SourceError
        Key unclear, missing or repeated; shapes invalid or unreadable (with their keys);
        coordinate system missing, axes swapped, shapes outside Germany.

    Examples
    --------
    >>> import tempfile
    >>> from shapely import box
    >>> file = Path(tempfile.mkdtemp()) / "quartiere.gpkg"
    >>> shapes = gpd.GeoSeries([box(370e3, 5_620e3, 371e3, 5_621e3)], crs=PROJECT_CRS)
    >>> gpd.GeoDataFrame({"nr": ["07"], "name": ["Aue"]}, geometry=shapes).to_file(file)
    >>> read_districts(file).frame["name"].to_dict()
    {'07': 'Aue'}
    """
    shapes = _shapes(path, layer, choose_layer)
    where, attributes = shapes.where, shapes.attributes
    column = k.find_column(_names(attributes), key, where) if key else k.find_key(attributes, where)
    keys = k.as_text(attributes[column])
    names = (
        k.find_column(_names(attributes), name, where) if name else k.find_name(attributes, column)
    )
    if names:
        attributes = attributes.assign(**{schema.NAME: k.as_text(attributes[names])})
        attributes = attributes.drop(columns=[names] if names != schema.NAME else [])
    attributes = attributes.drop(columns=column)
    part = Shapes(attributes, shapes.geometry, shapes.crs, shapes.layer, where)
    frame, notes = _frame(part, keys, column, crs=crs, to_crs=to_crs, repair=repair)
    twice = frame.index[frame.index.duplicated()].unique()
    if len(twice) and not repair:
        raise SourceError("sources.keys_repeated", ids=twice, path=where, column=column)
    if len(twice):
        notes.append(note("parts_united", ids=twice, path=where))
    if pd.api.types.is_numeric_dtype(shapes.attributes[column]):
        notes.append(note("key_was_number", path=where, column=column))
    frame = dissolved(frame).sort_index()
    return Layer(frame, column, source or shape_source(shapes), notes=tuple(notes))


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


def _names(attributes: pd.DataFrame) -> list[str]:
    return [str(name) for name in attributes.columns]


def _shapes(path: str | Path, layer: str | None, choose) -> Shapes:  # noqa: ANN001 - a function
    """Return the layer that is meant, wherever the file lies."""
    with shape_file(path) as file:
        names = layer_names(file)
        return read_shapes(file, choose(list(names), layer, str(path)), str(path))


def _municipality_layer(names: list[str], layer: str | None, where: str) -> str:
    """Return the layer asked for, the one of municipalities, or the only one."""
    if layer is None:
        by_name = {name.casefold(): name for name in names}
        for known in MUNICIPALITY_LAYERS:
            if known in by_name:
                return by_name[known]
    return choose_layer(names, layer, where)


def _land(shapes: Shapes) -> tuple[Shapes, list[str]]:
    """Return the land areas: VG250 repeats municipalities that have a share of a lake or sea."""
    by_name = {str(name).casefold(): str(name) for name in shapes.attributes.columns}
    column = by_name.get(GEOFACTOR)
    if column is None:
        return shapes, []
    land = (k.as_text(shapes.attributes[column]) == str(LAND_WITH_STRUCTURE)).to_numpy()
    if land.all() or not land.any():
        return shapes, []
    kept = Shapes(
        shapes.attributes[land], shapes.geometry[land], shapes.crs, shapes.layer, shapes.where
    )
    return kept, [note("water_left_out", path=shapes.where, count=int((~land).sum()))]


def _frame(
    shapes: Shapes, keys: pd.Series, key: str, *, crs: str | None, to_crs: str, repair: bool
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return attributes and usable polygons by key, in the CRS asked for."""
    blank = np.flatnonzero((keys == "").to_numpy())
    if len(blank):
        ids = [f"#{i + 1}" for i in blank]
        raise SourceError("sources.keys_blank", ids=ids, path=shapes.where, column=key)
    geometry, notes = projected(shapes, keys.tolist(), crs, to_crs)
    geometry, kept, more = usable_polygons(geometry, keys, shapes.where, repair=repair)
    index = pd.Index(keys[kept], name=key, dtype="str")
    attributes = shapes.attributes[kept].set_index(index)
    return gpd.GeoDataFrame(attributes, geometry=geometry, crs=to_crs), [*notes, *more]
