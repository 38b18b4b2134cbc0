"""Files that hold points: shapes of one layer, or a table with two columns of coordinates."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from sozialraum.errors import SourceError
from sozialraum.sources.archives import is_zip, local_file, members
from sozialraum.sources.keys import as_text
from sozialraum.sources.loaded import is_workbook, load, places_in, row_names
from sozialraum.sources.persons import refuse_persons
from sozialraum.sources.points_columns import coordinate_columns, numbers_of
from sozialraum.sources.shapes import Shapes, choose_layer, layer_names, read_shapes, shape_file

TABLES = (".csv", ".txt", ".tsv")


@dataclass(frozen=True, slots=True)
class Raw:
    """Points as they stand in a file; `rows_named` says which row of a table each is."""

    shapes: Shapes
    x: np.ndarray
    y: np.ndarray
    rows_named: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()

    def rows(self, kept: np.ndarray) -> "Raw":
        """Return some of the points."""
        named = tuple(np.asarray(self.rows_named, dtype=object)[kept]) if self.rows_named else ()
        shapes = self.shapes.rows(kept)
        shapes = replace(shapes, attributes=shapes.attributes.reset_index(drop=True))
        return Raw(shapes, self.x[kept], self.y[kept], named, self.columns)


def read_raw(path: str | Path, layer: str | None, x: str | None, y: str | None) -> Raw:
    """Return the points of a file as they stand there.

    Raises
    ------
    SourceError
        Not such a file, or no columns that are called like coordinates.
    DisclosureError
        It looks like records of single people.
    """
    local = local_file(path)
    if is_workbook(local) or local.suffix.lower() in TABLES or _holds_table(local):
        return _from_table(local, layer, x, y)
    with shape_file(local) as file:
        names = list(layer_names(file))
        shapes = read_shapes(file, choose_layer(names, layer, str(path)), str(path))
    _refuse(shapes.attributes, shapes.where)
    single = _single(shapes.geometry)
    present = np.array([isinstance(shape, shapely.Point) for shape in single])
    spots = np.full((len(single), 2), np.nan)
    filled = present & ~shapely.is_empty(single)
    spots[filled] = shapely.get_coordinates(single[filled])
    return Raw(replace(shapes, geometry=single), spots[:, 0], spots[:, 1])


def _single(geometry: np.ndarray) -> np.ndarray:
    """Return shapes, with a point instead of several that are only one."""
    shapes = geometry.copy()
    lonely = (shapely.get_type_id(shapes) == shapely.GeometryType.MULTIPOINT) & (
        shapely.get_num_geometries(shapes) == 1
    )
    shapes[lonely] = shapely.get_geometry(shapes[lonely], 0)
    return shapes


def _holds_table(path: Path) -> bool:
    """Return True for an archive in which tables are all that could hold points."""
    if not is_zip(path):
        return False
    endings = {Path(name).suffix.lower() for name in members(path)}
    return ".csv" in endings and not endings & {".shp", ".gpkg", ".geojson", ".fgb", ".gml", ".kml"}


def _refuse(attributes: pd.DataFrame, where: str) -> None:
    texts = {str(c): pa.array(as_text(attributes[c]), pa.string()) for c in attributes.columns}
    refuse_persons(pa.table(texts), where)


def _from_table(path: Path, sheet: str | None, x: str | None, y: str | None) -> Raw:
    places = places_in(path, sheet=sheet if is_workbook(path) else None)
    if len(places) > 1:
        raise SourceError("points.several_tables", ids=[p.member for p in places], path=path)
    loaded = load(places[0], header=x)
    columns = coordinate_columns(loaded.names, x, y, loaded.where)
    attributes = pd.DataFrame({n: loaded.texts(n) for n in loaded.names if n not in columns})
    # beside coordinates, features of people are told from features of places by the rest
    _refuse(attributes, loaded.where)
    easting, northing = (numbers_of(loaded.texts(name)) for name in columns)
    geometry = np.asarray(shapely.points(np.zeros((len(attributes), 2))))
    attributes.index = pd.RangeIndex(len(attributes))
    shapes = Shapes(attributes, geometry, None, Path(loaded.where).stem, loaded.where)
    return Raw(shapes, easting, northing, tuple(row_names(loaded.rows)), columns)
