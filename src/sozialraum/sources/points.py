"""Points: schools, day-care, doctors, stops; from files with shapes and from tables."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.model import Layer, Source
from sozialraum.sources import keys as k
from sozialraum.sources.key_columns import find_key, find_name
from sozialraum.sources.lines import chosen
from sozialraum.sources.notes import note
from sozialraum.sources.points_checked import (
    SOUND,
    Spots,
    faults_of,
    in_germany,
    known_crs,
    sound_ones,
    system_of,
)
from sozialraum.sources.points_file import Raw, read_raw
from sozialraum.sources.projection import PROJECT_CRS, transformed
from sozialraum.sources.rights import shape_source
from sozialraum.sources.shapes import Shapes
from sozialraum.sources.symbols import decimal_sign, parse, states_of

AGS = ("gemeindeschl", "ags")
"""What names of columns with municipality keys hold."""


def read_points(  # noqa: PLR0913 - one option for each thing a file may leave open
    path: str | Path,
    *,
    layer: str | None = None,
    key: str | None = None,
    x: str | None = None,
    y: str | None = None,
    crs: str | None = None,
    to_crs: str = PROJECT_CRS,
    where: Mapping[str, str | Sequence[str]] | None = None,
    capacity: str | None = None,
    within: Layer | None = None,
    margin: float = 0.0,
    repair: bool = False,
    source: Source | None = None,
) -> Layer:
    """Return points of supply: schools, day-care, doctors, stops.

    Takes every file with shapes that :func:`read_districts` takes, and CSV, Excel and
    OpenDocument tables with coordinates in two columns.

    Parameters
    ----------
    path
        File, or ZIP that holds it.
    layer
        Layer of the file, or sheet of the workbook, if there are several.
    key
        Column that identifies a point. When omitted, the only column that is unique and named
        like an id; otherwise points are numbered, and the notes say so.
    x, y
        Columns with easting and northing, or longitude and latitude; found by their names when
        omitted.
    crs
        CRS to believe instead of the file's. Where a table does not name one, the usual system
        that puts most points into Germany is taken, and the notes say so.
    to_crs
        CRS of the result.
    where
        Which points: column and the value, or the values, it must hold.
    capacity
        Column that counts places, beds or doctors; it becomes additive.
    within
        Shapes the points have to lie in, such as the municipalities.
    margin
        How far outside `within` they may lie, in metres; supply beyond the border counts too.
    repair
        Leave out points that cannot be right, take a point inside of polygons, put back lost
        leading zeros, exchange the axes of a whole file, and say so in the notes. Otherwise
        each of these is an error.
    source
        Where the file comes from, if it cannot be told from the file.

    Returns
    -------
    Layer
        Points in two dimensions, sorted by key; all other columns of the file, and `name`
        where a column of names is known.

    Raises
    ------
    SourceError
        Not such a file; no columns or several with coordinates; key missing or repeated;
        points with swapped axes, in another system, with a lost decimal sign, outside Germany
        or outside `within`, all listed by kind.
    DisclosureError
        It looks like records of single people.

    Examples
    --------
    >>> from sozialraum.datasets import sample_path
    >>> file = sample_path() / "daten" / "punkte.gpkg"
    >>> kind = {"art": "Kindertageseinrichtung"}
    >>> kitas = read_points(file, key="punkt_id", where=kind, capacity="plaetze")
    >>> kitas.additive, kitas.frame.geom_type.unique().tolist()
    (('plaetze',), ['Point'])
    """
    raw = read_raw(path, layer, x, y)
    kept = chosen(raw.shapes, where or {})
    raw = raw.rows(kept)
    raw, notes = _points_inside(raw, repair=repair)
    attributes, more = _municipality_keys(raw.shapes, repair=repair)
    keys, column, numbered = _keys(raw, key)
    notes += [*more, *numbered]
    spots, system, more = _placed(raw, keys, crs, to_crs, repair=repair)
    notes += more
    geometry, more = _projected(spots, system, to_crs)
    faults = faults_of(spots, system)
    faults[(faults == SOUND) & _outside(geometry, within, to_crs, margin)] = "beyond"
    sound, left = sound_ones(spots, faults, system, repair=repair)
    notes += [*more, *left]
    attributes, states, more = _counted(raw, attributes, capacity, keys)
    index = pd.Index(keys, name=column, dtype="str")
    frame = gpd.GeoDataFrame(
        _named(attributes, column).set_index(index), geometry=geometry, crs=to_crs
    )[sound]
    if states is not None:
        states = states.set_index(index)[sound].sort_index()
    return Layer(
        frame.sort_index(),
        column,
        source or shape_source(raw.shapes),
        additive=(capacity,) if capacity else (),
        states=states,
        notes=tuple(notes + more),
    )


def _points_inside(raw: Raw, *, repair: bool) -> tuple[Raw, list[str]]:
    """Return points for polygons and lines, where that was asked for."""
    geometry = raw.shapes.geometry
    other = ~np.isin(shapely.get_type_id(geometry), (-1, shapely.GeometryType.POINT))
    if not other.any():
        return raw, []
    ids = [f"#{i + 1}" for i in np.flatnonzero(other)]
    if not repair:
        raise SourceError("points.not_points", ids=ids, path=raw.shapes.where)
    middle = shapely.get_coordinates(shapely.point_on_surface(geometry[other]))
    x, y = raw.x.copy(), raw.y.copy()
    x[other], y[other] = middle.T
    return replace(raw, x=x, y=y), [note("points.note_inside", ids, path=raw.shapes.where)]


def _municipality_keys(shapes: Shapes, *, repair: bool) -> tuple[pd.DataFrame, list[str]]:
    """Return the columns, with the leading zeros of municipality keys that were lost."""
    attributes, notes = shapes.attributes, []
    for name in map(str, attributes.columns):
        if not any(word in name.casefold() for word in AGS):
            continue
        texts = k.as_text(attributes[name])
        if texts.str.fullmatch(r"\d{7,8}").all() and texts.str.len().min() < k.AGS_LENGTH:
            mended, more = k.municipality_keys(texts, shapes.where, repair=repair)
            attributes = attributes.assign(**{name: mended})
            notes += more
    return attributes, notes


def _keys(raw: Raw, key: str | None) -> tuple[list[str], str, list[str]]:
    """Return keys, the name of their column, and a note where points are numbered."""
    attributes, where = raw.shapes.attributes, raw.shapes.where
    if key is None:
        try:
            key = find_key(attributes, where)
        except SourceError:
            keys = [f"{raw.shapes.layer}-{i + 1}" for i in range(len(attributes))]
            return keys, "point", [note("points.note_numbered", path=where)]
    column = k.find_column([str(c) for c in attributes.columns], key, where)
    keys = k.as_text(attributes[column])
    labels = raw.rows_named or [f"#{i + 1}" for i in range(len(keys))]
    blank = (keys == "").to_numpy()
    if blank.any():
        ids = np.asarray(labels, dtype=object)[blank]
        raise SourceError("sources.keys_blank", ids=ids, path=where, column=column)
    if not keys.is_unique:
        ids = keys[keys.duplicated()].unique()
        raise SourceError("sources.keys_repeated", ids=ids, path=where, column=column)
    return keys.tolist(), column, []


def _placed(
    raw: Raw, keys: Sequence[str], crs: str | None, to_crs: str, *, repair: bool
) -> tuple[Spots, CRS, list[str]]:
    """Return coordinates with easting first, their system, and what was done."""
    where, notes = raw.shapes.where, []
    names = raw.rows_named or tuple(keys)
    spots = Spots(raw.x, raw.y, names, where)
    if not len(keys):
        raise SourceError("points.nothing_there", path=where)
    system = system_of(spots, raw.shapes.crs, crs, to_crs)
    if raw.columns:
        notes.append(note("points.note_columns", raw.columns, path=where))
    if crs is None and raw.shapes.crs is None:
        notes.append(note("points.note_system", path=where, crs=system.name))
    finite = np.isfinite(spots.x + spots.y)
    exchanged = finite.any() and in_germany(spots.y, spots.x, system)[finite].all()
    if exchanged and not in_germany(spots.x, spots.y, system).any():
        if not repair:
            raise SourceError("points.axes_swapped", ids=names, path=where, crs=system.name)
        spots = spots.swapped()
        notes.append(note("shapes.note_axes_exchanged", path=where))
    return spots, system, notes


def _projected(spots: Spots, system: CRS, to_crs: str) -> tuple[np.ndarray, list[str]]:
    """Return points in the system of the result; those without a place lie at its origin."""
    target = known_crs(to_crs, spots.where)
    sound = in_germany(spots.x, spots.y, system)
    places = np.where(sound[:, None], np.column_stack([spots.x, spots.y]), 0.0)
    geometry = np.asarray(shapely.points(places))
    if system.equals(target, ignore_axis_order=True):
        return geometry, []
    geometry[sound], roughly = transformed(geometry[sound], system, target)
    notes = [note("transformed", path=spots.where, crs=system.name, to=target.name)]
    if roughly:
        notes.append(note("shapes.note_roughly_transformed", path=spots.where, crs=system.name))
    return geometry, notes


def _outside(geometry: np.ndarray, within: Layer | None, to_crs: str, margin: float) -> np.ndarray:
    """Return which points lie outside some shapes by more than a margin."""
    if within is None:
        return np.zeros(len(geometry), dtype=bool)
    shapes = np.asarray(within.frame.geometry.to_crs(to_crs))
    near = shapely.STRtree(shapes).query(geometry, predicate="dwithin", distance=margin)[0]
    outside = np.ones(len(geometry), dtype=bool)
    outside[near] = False
    return outside


def _named(attributes: pd.DataFrame, key: str) -> pd.DataFrame:
    """Return the columns with that of names called `name`."""
    found = find_name(attributes, key)
    if found and schema.NAME not in attributes.columns:
        attributes = attributes.rename(columns={found: schema.NAME})
    return attributes.drop(columns=[key] if key in attributes.columns else [])


def _counted(
    raw: Raw, attributes: pd.DataFrame, capacity: str | None, keys: Sequence[str]
) -> tuple[pd.DataFrame, pd.DataFrame | None, list[str]]:
    """Return the columns with that of places as numbers, and the states of missing ones."""
    if capacity is None:
        return attributes, None, []
    where = raw.shapes.where
    column = k.find_column([str(c) for c in attributes.columns], capacity, where)
    texts = k.as_text(attributes[column]).str.replace(r"(?i)^(nan|none|<na>)$", "", regex=True)
    counts = parse(texts, decimal=decimal_sign([texts]))
    labels = np.asarray(raw.rows_named or keys, dtype=object)
    for message, wrong in (
        ("points.no_places", counts.wrong),
        ("points.negative", counts.negative),
    ):
        if len(wrong):
            raise SourceError(message, ids=labels[wrong], path=where, column=column)
    missing = np.isnan(counts.value)
    attributes = attributes.drop(columns=column).assign(**{capacity: counts.value})
    if not missing.any():
        return attributes, None, []
    states = pd.DataFrame({capacity: states_of(counts.mark)}, index=attributes.index)
    return attributes, states, [note("points.note_no_places", labels[missing], path=where)]
