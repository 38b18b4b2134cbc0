"""Files with shapes: read feature by feature, so that a broken one does not hide the rest."""

import tempfile
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd
import pyogrio
import shapely
from pyogrio import raw
from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import CRSError

from sozialraum.errors import SourceError
from sozialraum.sources.archives import is_zip, local_file
from sozialraum.sources.geojson import read_geojson
from sozialraum.sources.kml import read_kml
from sozialraum.sources.mangled import mangled_columns
from sozialraum.sources.unpacked import PARTS, copied, kind_of, must_be_copied, places, unpack

SHAPEFILE_PARTS = PARTS
FAILED = (DataSourceError, DataLayerError, UnicodeDecodeError)
WGS84 = CRS.from_epsg(4326)
AREAL = ("Polygon", "MultiPolygon", "CurvePolygon", "MultiSurface", "Surface", "PolyhedralSurface")
"""What GDAL calls layers of polygons, without the marks of further dimensions."""
ANYTHING = ("Unknown", "GeometryCollection", "Geometry")


@dataclass(frozen=True, slots=True)
class Shapes:
    """One layer of a file, as it stands there.

    Parameters
    ----------
    attributes
        Columns without the geometry; index 0 … n-1 in the order of the file.
    geometry
        Shapes in two dimensions; None where a feature has none or it cannot be read.
    crs
        Coordinate reference system of the file, if it names one.
    layer, where
        Name of the layer, and what to call the file in errors.
    closed
        What unreadable shapes are once their rings are closed; None elsewhere.
    """

    attributes: pd.DataFrame
    geometry: np.ndarray
    crs: CRS | None
    layer: str
    where: str
    closed: np.ndarray | None = None

    def rows(self, chosen: np.ndarray) -> "Shapes":
        """Return some of the features."""
        closed = None if self.closed is None else self.closed[chosen]
        return replace(
            self, attributes=self.attributes[chosen], geometry=self.geometry[chosen], closed=closed
        )

    def with_closed_rings(self) -> tuple["Shapes", np.ndarray]:
        """Return the layer with rings closed where that makes a shape, and where it did."""
        if self.closed is None:
            return self, np.zeros(len(self.geometry), dtype=bool)
        done = pd.isna(self.geometry) & ~pd.isna(self.closed)
        return replace(self, geometry=np.where(done, self.closed, self.geometry)), done


@contextmanager
def shape_file(path: str | Path) -> Iterator[Path]:
    """Yield a file with shapes that may be opened, or the folder an archive was unpacked into.

    GeoPackage, shapefile, File-GDB, FlatGeobuf, GeoJSON, GML and KML pass, recognised by
    their first bytes: other formats of GDAL can refer to files elsewhere.

    Raises
    ------
    SourceError
        Not a local file, none of these formats, or an archive that is unsafe or holds no
        such file.
    """
    path = local_file(path)
    zipped = is_zip(path)
    kind = "" if zipped else kind_of(path, str(path))
    if not zipped and not must_be_copied(path, kind):
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="sozialraum-") as folder:
        if zipped:
            unpack(path, Path(folder))
            yield Path(folder)
        else:
            yield copied(path, kind, Path(folder), str(path))


def layer_names(path: Path) -> dict[str, Path]:
    """Return the layers of a file or of an unpacked archive, with the file each stands in."""
    return {name: file for name, (file, _, _) in _layers(path).items()}


def polygon_layers(path: Path) -> list[str]:
    """Return the layers that hold polygons, or whose kind the file does not tell.

    Layers of polygons come first to be asked for: a file may hold points and lines beside
    them.
    """
    kinds = {name: kind.split(" ")[0] for name, (_, _, kind) in _layers(path).items()}
    certain = [name for name, kind in kinds.items() if kind in AREAL]
    return certain or [name for name, kind in kinds.items() if kind in ANYTHING]


def _layers(path: Path) -> dict[str, tuple[Path, str, str]]:
    """Return file, name inside it and kind of every layer, by a name that is unique."""
    unpacked = path.is_dir() and path.suffix.lower() != ".gdb"
    files = places(path) if unpacked else [path]
    found = [(file, name, kind) for file in files for name, kind in _listed(file)]
    times = Counter(name for _, name, _ in found)
    return {_named(path, file, name, times[name]): (file, name, kind) for file, name, kind in found}


def _named(path: Path, file: Path, name: str, times: int) -> str:
    """Return the name of a layer, with its folder and file where other files repeat it."""
    return name if times == 1 else f"{file.relative_to(path).with_suffix('').as_posix()}/{name}"


def _listed(file: Path) -> list[tuple[str, str]]:
    """Return the layers of one file with what GDAL calls their kind."""
    kind = kind_of(file, str(file))
    if kind == "json" or _is_kml(file, kind):
        return [(file.stem, ANYTHING[0])]
    try:
        with warnings.catch_warnings(record=True, action="always"):
            listed = pyogrio.list_layers(file)
    except FAILED as error:
        raise SourceError("sources.not_shapes", path=file.name) from error
    if not len(listed):
        raise SourceError("sources.not_shapes", path=file.name)
    # a table without shapes is no layer
    return [(str(name), str(kind)) for name, kind in listed if kind is not None]


def _is_kml(file: Path, kind: str) -> bool:
    # clean copies of XML are called after what they are
    return kind == "xml" and file.suffix == ".kml"


def choose_layer(names: Sequence[str], layer: str | None, where: str) -> str:
    """Return the layer asked for, or the only one.

    Raises
    ------
    SourceError
        There is no such layer, or several to choose from; lists them.
    """
    if layer is None and len(names) == 1:
        return names[0]
    found = [name for name in names if layer and name.casefold() == layer.casefold()]
    if len(found) != 1:
        raise SourceError("sources.which_layer", ids=names, path=where, asked=layer or "")
    return found[0]


def read_shapes(path: Path, layer: str, where: str) -> Shapes:
    """Return one layer with every shape on its own: unreadable ones are None.

    Text of shapefiles is tried as the file says, as UTF-8 and as cp1252, until no German
    letter is mangled.
    """
    file, inner, _ = _layers(path)[layer]
    kind = kind_of(file, where)
    if _is_kml(file, kind):
        attributes, geometry, closed = read_kml(file, where)
        return Shapes(attributes, _finite(geometry), WGS84, layer, where, closed)
    if kind == "json":
        attributes, geometry, closed, crs = read_geojson(file, where)
        return Shapes(attributes, _finite(geometry), _crs(crs), layer, where, closed)
    encodings = (None, "UTF-8", "CP1252") if file.suffix.lower() == ".shp" else (None,)
    for encoding in encodings:
        try:
            shapes = _read(file, inner, where, encoding)
        except FAILED as error:
            if encoding == encodings[-1]:
                raise SourceError("sources.not_shapes", path=where) from error
            continue
        if encoding == encodings[-1] or not mangled_columns(shapes.attributes):
            return replace(shapes, layer=layer)
    raise SourceError("sources.not_shapes", path=where)


def _read(file: Path, layer: str, where: str, encoding: str | None) -> Shapes:
    # what GDAL warns about (ring order, a second geometry column) shows in the checks
    with warnings.catch_warnings(record=True, action="always"):
        meta, _, wkb, columns = raw.read(
            file, layer=layer, encoding=encoding, force_2d=True, datetime_as_string=True
        )
    named = dict(zip(map(str, meta["fields"]), map(_texts, columns), strict=True))
    # a layer may have shapes and not one column
    attributes = pd.DataFrame(named, index=pd.RangeIndex(len(wkb)))
    closed = np.full(len(wkb), None, dtype=object)
    with warnings.catch_warnings(record=True, action="always"):
        # a ring of two points makes GEOS fail; "ignore" turns that one shape into None
        geometry = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
        broken = pd.isna(geometry) & ~pd.isna(wkb)
        closed[broken] = shapely.from_wkb(wkb[broken], on_invalid="fix")
    return Shapes(attributes, _finite(geometry), _crs(meta["crs"]), layer, where, _finite(closed))


def _texts(column: np.ndarray) -> np.ndarray:
    """Return a column whose cells hold several values (repeated elements of GML) as text."""
    if column.dtype != object:
        return column
    several = [i for i, cell in enumerate(column) if isinstance(cell, np.ndarray | list)]
    plain = column.copy()
    for i in several:
        plain[i] = ", ".join(map(str, column[i]))
    return plain


def _finite(geometry: np.ndarray) -> np.ndarray:
    """Return shapes, None for those with coordinates that are no numbers."""
    points, owner = shapely.get_coordinates(geometry, return_index=True)
    endless = np.unique(owner[~np.isfinite(points).all(axis=1)])
    if not len(endless):
        return geometry
    kept = geometry.copy()
    kept[endless] = None
    return kept


def _crs(named: str | None) -> CRS | None:
    """Return a CRS in two dimensions, or None where the file names none that is known."""
    if not named:
        return None
    try:
        crs = CRS.from_user_input(named)
    except CRSError:
        return None
    if crs.is_compound:
        crs = crs.sub_crs_list[0]
    return crs if crs.is_projected or crs.is_geographic else None


def stem(path: str | Path) -> str:
    """Return the name of a file without folder and endings."""
    return PurePosixPath(str(path)).name.split(".")[0]
