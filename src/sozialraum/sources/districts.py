"""Shapes of municipalities and of areas of any kind."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.model import Layer, Source
from sozialraum.sources import key_columns
from sozialraum.sources import keys as k
from sozialraum.sources.background import read_background
from sozialraum.sources.framed import (
    MUNICIPALITY_LAYERS,
    dated_source,
    framed,
    layer_of,
    legible,
    municipality_layer,
)
from sozialraum.sources.notes import note
from sozialraum.sources.polygons import dissolved
from sozialraum.sources.projection import PROJECT_CRS
from sozialraum.sources.shapes import Shapes, choose_layer
from sozialraum.sources.topology import fit_notes
from sozialraum.sources.vintages import at_date

__all__ = ["MUNICIPALITY_LAYERS", "read_background", "read_districts", "read_municipalities"]

LAND_WITH_STRUCTURE = 4
"""VG250 column GF: 1 and 2 are water, 3 and 4 land, the even ones with administrative structure."""
GEOFACTORS = ("gf", "geofaktor_gf")
JOINED = "-"
"""Sign between the parts of a key of several columns."""


def read_municipalities(  # noqa: PLR0913 - one option for each thing a file may leave open
    path: str | Path,
    *,
    county: str | None = None,
    layer: str | None = None,
    key: str | Sequence[str] | None = None,
    date: str | None = None,
    crs: str | None = None,
    to_crs: str = PROJECT_CRS,
    repair: bool = False,
    source: Source | None = None,
) -> Layer:
    """Return municipalities, one shape each.

    Takes VG250 and VG25 (GeoPackage tables and views, shapefile, the official ZIP, answers of
    the service), DVG NRW and any other polygons with a municipality key.

    Parameters
    ----------
    path
        File, or ZIP that holds it.
    county
        Keep only keys that start so, such as ``"05382"``.
    layer
        Layer of the file; the one of municipalities when omitted.
    key
        Column with AGS (8 digits) or ARS (12 digits, shortened to the AGS), or four columns
        with Land, Regierungsbezirk, Kreis and Gemeinde.
    date
        Day (ISO 8601) whose boundaries are meant, if the file holds several vintages.
    crs
        CRS to believe instead of the file's.
    to_crs
        CRS of the result.
    repair
        Put back lost leading zeros, mend invalid shapes and exchange swapped axes, and say
        so in the notes.
    source
        Where the file comes from, if it cannot be told from the file.

    Returns
    -------
    Layer
        Index ``ags`` (8 digits), column ``name``. Parts of a municipality are united;
        where the file tells land from water (column GF), only land is kept. Overlaps and
        gaps stand in the notes.

    Raises
    ------
    SourceError
        Keys lost their leading zero, shapes are invalid or lie elsewhere, no municipality
        of the county is there. Names the keys concerned.
    """
    shapes, mangled = legible(layer_of(path, layer, municipality_layer), repair=repair)
    shapes, notes = _land(shapes)
    where = shapes.where
    columns = _municipality_columns(shapes, key)
    shapes, dated, day = at_date(shapes, date, columns[0] if len(columns) == 1 else None)
    keys, more = _municipality_keys(shapes, columns, repair=repair)
    notes += [*mangled, *dated, *more]
    inside = keys.str.startswith(county or "").to_numpy()
    if not inside.any():
        known = sorted(keys.str[: k.COUNTY_LENGTH].unique())
        raise SourceError("sources.county_not_there", ids=known, path=where, county=county)
    names = key_columns.find_name(shapes.attributes, columns[0])
    kept = pd.DataFrame(
        {schema.NAME: k.as_text(shapes.attributes[names]) if names else keys}, index=keys.index
    )
    part = replace(shapes, attributes=kept).rows(inside)
    frame, done = framed(part, keys[inside], "ags", crs=crs, to_crs=to_crs, repair=repair)
    if not frame.index.is_unique:
        twice = frame.index[frame.index.duplicated()].unique()
        done.append(note("parts_united", ids=twice, path=where))
    frame = dissolved(frame).sort_index()
    done += fit_notes(frame.geometry.to_numpy(), frame.index, where)
    return Layer(frame, "ags", source or dated_source(shapes, day), notes=(*notes, *done))


def read_districts(  # noqa: PLR0913 - one option for each thing a file may leave open
    path: str | Path,
    *,
    key: str | Sequence[str] | None = None,
    layer: str | None = None,
    name: str | None = None,
    date: str | None = None,
    crs: str | None = None,
    to_crs: str = PROJECT_CRS,
    repair: bool = False,
    source: Source | None = None,
) -> Layer:
    """Return areas of any kind: electoral or school districts, planning areas, Quartiere.

    Takes GeoPackage, shapefile and File-GDB (also zipped, also in folders), GeoJSON,
    FlatGeobuf, GML as services send it, and KML.

    Parameters
    ----------
    path
        File, or ZIP that holds it.
    key
        Column that identifies an area, or several columns that do so together (their cells
        are joined by a hyphen). When omitted, the only column that is unique and named like
        an id (``NR``, ``id``, ``Schlüssel`` …).
    layer
        Layer of the file, if there are several with polygons.
    name
        Column with names; known columns (``name``, ``GEN``, ``STB_NAME`` beside the key
        ``STB_NR`` …) when omitted.
    date
        Day (ISO 8601) whose boundaries are meant, if the file holds several vintages:
        columns such as ``gueltig_von`` and ``gueltig_bis``, or ``STAND``.
    crs
        CRS to believe instead of the file's.
    to_crs
        CRS of the result.
    repair
        Mend invalid shapes, leave out features without an area, unite features that share
        a key and exchange swapped axes, and say so in the notes. Otherwise each of these is
        an error.
    source
        Where the file comes from, if it cannot be told from the file.

    Returns
    -------
    Layer
        Index named like the key column; all other columns of the file; ``name`` if a
        column of names is known. Overlaps, gaps and slivers stand in the notes.

    Raises
    ------
    SourceError
        Key unclear, missing or repeated; shapes invalid or unreadable (with their keys);
        coordinate system missing, axes swapped, shapes outside Germany; several vintages.

    Examples
    --------
    >>> import tempfile
    >>> import geopandas as gpd
    >>> from shapely import box
    >>> file = Path(tempfile.mkdtemp()) / "quartiere.gpkg"
    >>> shapes = gpd.GeoSeries([box(370e3, 5_620e3, 371e3, 5_621e3)], crs=PROJECT_CRS)
    >>> gpd.GeoDataFrame({"nr": ["07"], "name": ["Aue"]}, geometry=shapes).to_file(file)
    >>> read_districts(file).frame["name"].to_dict()
    {'07': 'Aue'}
    """
    shapes, mangled = legible(layer_of(path, layer, choose_layer), repair=repair)
    shapes, notes, day = _one_vintage(shapes, key, date)
    where, attributes = shapes.where, shapes.attributes
    columns = _key_columns(attributes, key, where)
    keys = _joined(attributes, columns)
    column = columns[0] if len(columns) == 1 else "_".join(columns)
    names = (
        k.find_column(_names(attributes), name, where)
        if name
        else key_columns.find_name(attributes, columns[-1])
    )
    if names:
        attributes = attributes.assign(**{schema.NAME: k.as_text(attributes[names])})
        attributes = attributes.drop(columns=[names] if names != schema.NAME else [])
    attributes = attributes.drop(columns=[c for c in columns if c in attributes])
    part = replace(shapes, attributes=attributes)
    frame, done = framed(part, keys, column, crs=crs, to_crs=to_crs, repair=repair)
    notes += [*mangled, *done]
    twice = frame.index[frame.index.duplicated()].unique()
    if len(twice) and not repair:
        raise SourceError("sources.keys_repeated", ids=twice, path=where, column=column)
    if len(twice):
        notes.append(note("parts_united", ids=twice, path=where))
    if any(pd.api.types.is_numeric_dtype(shapes.attributes[c]) for c in columns):
        notes.append(note("key_was_number", path=where, column=column))
    frame = dissolved(frame).sort_index()
    notes += fit_notes(frame.geometry.to_numpy(), frame.index, where)
    return Layer(frame, column, source or dated_source(shapes, day), notes=tuple(notes))


def _names(attributes: pd.DataFrame) -> list[str]:
    return [str(name) for name in attributes.columns]


def _key_columns(
    attributes: pd.DataFrame, key: str | Sequence[str] | None, where: str
) -> tuple[str, ...]:
    """Return the columns asked for, or the one that is found."""
    if key is None:
        return (key_columns.find_key(attributes, where),)
    wanted = (key,) if isinstance(key, str) else tuple(key)
    return tuple(k.find_column(_names(attributes), name, where) for name in wanted)


def _joined(attributes: pd.DataFrame, columns: tuple[str, ...]) -> pd.Series:
    """Return keys; blank where a part is."""
    parts = [k.as_text(attributes[column]) for column in columns]
    rows = zip(*parts, strict=True)
    keys = [JOINED.join(row) if all(row) else "" for row in rows]
    return pd.Series(keys, attributes.index, dtype="str")


def _one_vintage(
    shapes: Shapes, key: str | Sequence[str] | None, date: str | None
) -> tuple[Shapes, list[str], str]:
    """Return the features of one vintage; the error is about vintages before it is about keys."""
    found: str | None = None
    try:
        columns = _key_columns(shapes.attributes, key, shapes.where)
        found = columns[0] if len(columns) == 1 else None
    except SourceError:
        # keys that repeat from vintage to vintage are found once there is one vintage only
        if key is not None:
            raise
    return at_date(shapes, date, found)


def _municipality_columns(shapes: Shapes, key: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the column with the key, or the four with its parts."""
    if key is not None:
        return _key_columns(shapes.attributes, key, shapes.where)
    try:
        return (key_columns.find_municipality_key(shapes.attributes, shapes.where),)
    except SourceError:
        if parts := key_columns.find_parts(_names(shapes.attributes)):
            return parts
        raise


def _municipality_keys(
    shapes: Shapes, columns: tuple[str, ...], *, repair: bool
) -> tuple[pd.Series, list[str]]:
    if len(columns) == 1:
        return k.municipality_keys(shapes.attributes[columns[0]], shapes.where, repair=repair)
    keys = k.put_together(shapes.attributes, columns, shapes.where)
    listed = ", ".join(columns)
    return keys, [note("shapes.note_key_parts", path=shapes.where, columns=listed)]


def _land(shapes: Shapes) -> tuple[Shapes, list[str]]:
    """Return the land areas: VG250 repeats municipalities that have a share of a lake or sea."""
    by_name = {str(name).casefold(): str(name) for name in shapes.attributes.columns}
    column = next((by_name[name] for name in GEOFACTORS if name in by_name), None)
    if column is None:
        return shapes, []
    land = (k.as_text(shapes.attributes[column]) == str(LAND_WITH_STRUCTURE)).to_numpy()
    if land.all() or not land.any():
        return shapes, []
    count = int((~land).sum())
    return shapes.rows(land), [note("water_left_out", path=shapes.where, count=count)]
