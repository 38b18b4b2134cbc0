"""What a file is, what is wrong with it, and how it is loaded: names and shapes, no values."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import shapely

from sozialraum.errors import SourceError, SozialraumError
from sozialraum.messages import default_language, text
from sozialraum.model import Layer
from sozialraum.sources.archives import is_zip, local_file, members
from sozialraum.sources.catalogue import read_indicators
from sozialraum.sources.census_file import grid_file
from sozialraum.sources.deliveries import read_deliveries
from sozialraum.sources.districts import (
    MUNICIPALITY_LAYERS,
    read_background,
    read_districts,
    read_municipalities,
)
from sozialraum.sources.flat import is_flat
from sozialraum.sources.loaded import (
    is_workbook,
    load,
    places_in,
    refuse_person_sheets,
    sheet_names,
)
from sozialraum.sources.shapes import SHAPEFILE_PARTS, layer_names, read_shapes, shape_file
from sozialraum.sources.tables import read_table

type Facts = list[tuple[str, str]]
SHAPE_FILES = (".gpkg", ".shp", ".geojson", ".fgb", ".gdb", ".json")
RASTERS = (".tif", ".tiff")
POLYGONS = {-1, 3, 6}
"""Type ids of shapely: nothing, polygon, several polygons."""
MANY = 30


def inspect_file(path: str | Path) -> tuple[Facts, list[SozialraumError]]:
    """Say what a file is, which columns it has, and what stops it from being loaded.

    Parameters
    ----------
    path
        Any file: census grid, shapes, table, workbook, raster, catalogue or deliveries.

    Returns
    -------
    facts
        Pairs of label and value in the reader's language. Names and counts of rows and
        columns only, never a value of the file.
    faults
        What is wrong, one error a kind; empty if the file can be loaded as it is.

    Examples
    --------
    >>> from sozialraum.datasets import sample_path
    >>> facts, faults = inspect_file(sample_path() / "daten" / "quartiere.gpkg")
    >>> faults
    []
    """
    try:
        return _looked_at(local_file(path)), []
    except SozialraumError as error:
        return [_fact("file", Path(path).name)], [error]


def _looked_at(path: Path) -> Facts:
    """Return the facts of the first kind of file that fits."""
    suffix = path.suffix.lower()
    if suffix in RASTERS:
        return _raster(path)
    if suffix == ".toml":
        return _definitions(path)
    if is_workbook(path):
        return _workbook(path)
    if suffix in SHAPE_FILES or (is_zip(path) and _holds_shapes(path)):
        return _shapes(path)
    try:
        return _grid(path)
    except SourceError as error:
        if error.message != "sources.not_a_grid_file":
            raise
    return _table(path)


def _fact(name: str, value: object) -> tuple[str, str]:
    return text(f"inspection.{name}", default_language()), str(value)


def _kind(name: str) -> tuple[str, str]:
    return _fact("kind", text(f"inspection.kind_{name}", default_language()))


def _listed(names: Iterable[str]) -> str:
    shown = list(names)
    return ", ".join(shown[:MANY]) + (f" … (+{len(shown) - MANY})" if len(shown) > MANY else "")


def _holds_shapes(path: Path) -> bool:
    endings = {Path(name).suffix.lower() for name in members(path)}
    return bool(endings & {*SHAPE_FILES, *SHAPEFILE_PARTS})


def _grid(path: Path) -> Facts:
    file = grid_file(path, None)
    return [
        _kind("grid"),
        _fact("edition", file.edition),
        _fact("topic", file.topic),
        _fact("resolution", file.resolution),
        _fact("columns", _listed(file.header)),
        _fact("how", f"read_census_grid({path.name!r})"),
    ]


def _shapes(path: Path) -> Facts:
    """Return the layers of a file with shapes, and the reader that loads it."""
    facts = [_kind("shapes")]
    kinds: set[int] = set()
    with shape_file(path) as file:
        layers = list(layer_names(file))
        for layer in layers:
            shapes = read_shapes(file, layer, str(path))
            kinds |= set(np.unique(shapely.get_type_id(shapes.geometry)).tolist())
            crs = shapes.crs.name if shapes.crs else "–"
            columns = _listed(map(str, shapes.attributes.columns))
            facts.append(_fact("layer", f"{layer}: {len(shapes.attributes)} × {columns}; {crs}"))
    reader = _reader(layers, kinds)
    loaded = reader(path)
    several = loaded if isinstance(loaded, tuple) else (loaded,)
    facts += [_fact("loaded", repr(layer)) for layer in several]
    facts += [_fact("note", note) for layer in several for note in layer.notes]
    return [*facts, _fact("how", f"{reader.__name__}({path.name!r})")]


def _reader(layers: list[str], kinds: set[int]) -> Callable[[Path], Layer | tuple[Layer, ...]]:
    """Return the reader for municipalities, for other polygons, or for a background."""
    if any(layer.casefold() in MUNICIPALITY_LAYERS for layer in layers):
        return read_municipalities
    return read_districts if len(layers) == 1 and kinds <= POLYGONS else read_background


def _workbook(path: Path) -> Facts:
    sheets = sheet_names(path)
    if len(sheets) == 1:
        return _table(path)
    refuse_person_sheets(path)
    mapping = text("inspection.needs_mapping", default_language())
    return [_kind("table"), _fact("sheets", _listed(sheets)), _fact("how", mapping)]


def _table(path: Path) -> Facts:
    places = places_in(path)
    loaded = load(places[0])
    names = list(loaded.names)
    facts = [_kind("flat" if is_flat(names) else "table")]
    if len(places) > 1:
        facts.append(_fact("members", len(places)))
    facts += [_fact("rows", len(loaded.rows)), _fact("columns", _listed(names))]
    if is_flat(names):
        delivery = read_table(path)
        facts.append(_fact("loaded", repr(delivery)))
        facts += [_fact("note", note) for note in delivery.notes]
        return [*facts, _fact("how", f"read_table({path.name!r})")]
    return [*facts, _fact("how", text("inspection.needs_mapping", default_language()))]


def _definitions(path: Path) -> Facts:
    """Return what a catalogue or a list of deliveries defines."""
    import tomllib

    try:
        keys = set(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SourceError("inspection.not_toml", path=path, reason=error) from error
    if "indicator" in keys:
        found = read_indicators(path)
        return [_kind("catalogue"), _fact("loaded", _listed(i.id for i in found))]
    if "delivery" in keys:
        deliveries = read_deliveries(path)
        return [_kind("deliveries"), *(_fact("loaded", repr(d)) for d in deliveries)]
    return [_kind("toml"), _fact("columns", _listed(sorted(keys)))]


def _raster(path: Path) -> Facts:
    import rasterio
    from rasterio.errors import RasterioIOError

    try:
        with rasterio.open(path) as raster:
            return [
                _kind("raster"),
                _fact("size", f"{raster.width} × {raster.height}, {raster.count}"),
                _fact("crs", raster.crs or "–"),
                _fact("resolution", f"{raster.res[0]:g} × {raster.res[1]:g}"),
                _fact("nodata", "–" if raster.nodata is None else f"{raster.nodata:g}"),
            ]
    except RasterioIOError as error:
        raise SourceError("inspection.not_a_raster", path=path) from error
