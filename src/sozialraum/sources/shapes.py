"""Files with shapes: read feature by feature, so that a broken one does not hide the rest."""

import tempfile
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
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
from sozialraum.sources.archives import extract, is_zip, local_file, members

MOJIBAKE = ("Ã¤", "Ã¶", "Ã¼", "ÃŸ", "Ã„", "Ã–", "Ãœ", "\ufffd")
"""What German letters turn into when a file is read in the wrong encoding."""
SHAPEFILE_PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")
SINGLE_FILES = (".gpkg", ".geojson", ".fgb")
SIGNATURES = (b"SQLite format 3", b"\x00\x00\x27\x0a", b"fgb")
FAILED = (DataSourceError, DataLayerError, UnicodeDecodeError)


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
    """

    attributes: pd.DataFrame
    geometry: np.ndarray
    crs: CRS | None
    layer: str
    where: str


@contextmanager
def shape_file(path: str | Path) -> Iterator[Path]:
    """Yield a file with shapes that GDAL may open; unpack archives into a temporary folder.

    Only GeoPackage, shapefile, GeoJSON, FlatGeobuf and File-GDB pass, recognised by their
    first bytes: other formats of GDAL can refer to files elsewhere.

    Raises
    ------
    SourceError
        Not a local file, none of these formats, or an archive that is unsafe or holds no
        such file.
    """
    path = local_file(path)
    if not is_zip(path):
        _check_format(path)
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="sozialraum-") as folder:
        names = members(path)
        single = [n for n in names if n.lower().endswith(SINGLE_FILES)]
        parts = [n for n in names if n.lower().endswith(SHAPEFILE_PARTS)]
        # the same shapefile in two folders is two systems or two dates of it
        several = len(single) > 1 or len({PurePosixPath(n).name for n in parts}) < len(parts)
        if several or not (single or parts):
            raise SourceError("sources.no_shapes_in_zip", ids=single or names, path=path)
        unpacked = extract(path, single or parts, Path(folder))
        for file in unpacked:
            if file.suffix.lower() in (*SINGLE_FILES, ".shp"):
                _check_format(file, shown=path)
        yield unpacked[0] if single else Path(folder)


def _check_format(path: Path, shown: Path | None = None) -> None:
    """Raise unless a file starts like one of the formats that are read."""
    if path.is_dir() and path.suffix.lower() == ".gdb":
        return
    if path.is_file():
        with path.open("rb") as stream:
            head = stream.read(16)
        if head.startswith(SIGNATURES) or head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
            return
    raise SourceError("sources.not_shapes", path=shown or path)


def layer_names(path: Path) -> dict[str, Path]:
    """Return the layers of a file, or the shapefiles of a folder, with where they stand."""
    if path.is_dir() and path.suffix.lower() != ".gdb":
        return {p.stem: p for p in sorted(path.iterdir()) if p.suffix.lower() == ".shp"}
    try:
        listed = pyogrio.list_layers(path)
    except FAILED as error:
        raise SourceError("sources.not_shapes", path=path) from error
    return {str(name): path for name, kind in listed if kind is not None}


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
    file = layer_names(path)[layer]
    encodings = (None, "UTF-8", "CP1252") if file.suffix.lower() == ".shp" else (None,)
    for encoding in encodings:
        try:
            shapes = _read(file, layer, where, encoding)
        except FAILED as error:
            if encoding == encodings[-1]:
                raise SourceError("sources.not_shapes", path=where) from error
            continue
        if encoding == encodings[-1] or not _is_mangled(shapes.attributes):
            return shapes
    raise SourceError("sources.not_shapes", path=where)


def _read(file: Path, layer: str, where: str, encoding: str | None) -> Shapes:
    # what GDAL warns about (ring order, a second geometry column) shows in the checks
    with warnings.catch_warnings(record=True, action="always"):
        meta, _, wkb, columns = raw.read(
            file, layer=layer, encoding=encoding, force_2d=True, datetime_as_string=True
        )
    named = dict(zip(map(str, meta["fields"]), columns, strict=True))
    # a layer may have shapes and not one column
    attributes = pd.DataFrame(named, index=pd.RangeIndex(len(wkb)))
    # a ring of two points makes GEOS fail; "ignore" turns that one shape into None
    geometry = np.asarray(shapely.from_wkb(wkb, on_invalid="ignore"), dtype=object)
    return Shapes(attributes, geometry, _crs(meta["crs"]), layer, where)


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


def _is_mangled(attributes: pd.DataFrame) -> bool:
    texts = (attributes[c] for c in attributes.columns if attributes[c].dtype in ("object", "str"))
    return any(
        isinstance(cell, str) and any(sign in cell for sign in MOJIBAKE)
        for column in texts
        for cell in column.unique()
    )


def stem(path: str | Path) -> str:
    """Return the name of a file without folder and endings."""
    return PurePosixPath(str(path)).name.split(".")[0]
