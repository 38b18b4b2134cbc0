"""Files that are no tables, looked at: grids, shapes, rasters, Parquet, definitions."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from sozialraum.errors import SourceError
from sozialraum.model import Layer
from sozialraum.sources.catalogue import read_indicators
from sozialraum.sources.census_file import grid_file
from sozialraum.sources.census_parquet import parquet_file
from sozialraum.sources.census_table import GridTable
from sozialraum.sources.census_wide import is_classed
from sozialraum.sources.deliveries import read_deliveries
from sozialraum.sources.districts import (
    MUNICIPALITY_LAYERS,
    read_background,
    read_districts,
    read_municipalities,
)
from sozialraum.sources.inspected import Report, listed, name_of, placeholder
from sozialraum.sources.points import read_points
from sozialraum.sources.raster import read_raster
from sozialraum.sources.raster_file import opened_raster
from sozialraum.sources.settings import read_toml
from sozialraum.sources.shapes import Shapes, layer_names, read_shapes, shape_file

POLYGONS = {-1, 3, 6}
POINTS = {-1, 0, 4}
"""Type ids of shapely: nothing, one shape of the kind, several."""
NO_GRID = ("sources.not_a_grid_file", "sources.empty_file", "sources.no_such_member")
MUNICIPALITY_KEYS = {"ags", "ars", "kn", "gemeindeschlüssel_ags", "regionalschlüssel_ars"}
RESIDENTS = "Einwohner"
MOST = 0.9


def look_at_grid(path: Path, report: Report) -> bool:
    """Note what census grid a text file or archive is; return False if it is none."""
    try:
        file = grid_file(path, None)
    except SourceError as error:
        if error.message in NO_GRID:
            return False
        raise
    midpoints = file.column("x_mp") is not None
    if not midpoints and not file.is_long:
        # cells without midpoints are somebody's counts by cell
        return False
    _grid_facts(report, path, file)
    return True


def _grid_facts(report: Report, path: Path, file: GridTable) -> None:
    classed = not file.is_long and is_classed(file)
    report.kind("grid_classed" if classed else "grid_long" if file.is_long else "grid")
    report.add("edition", file.edition)
    report.add("topic", file.topic)
    report.add("resolution", file.resolution)
    report.add("columns", listed(file.header))
    report.how(f'read_census_grid("{path.name}")')
    values = list(file.values)
    chosen = RESIDENTS if RESIDENTS in values else next(iter(values), "")
    if chosen and not classed and not file.is_long:
        expression = chosen if chosen.isidentifier() else f'"{chosen}"'
        name = "residents_census" if chosen == RESIDENTS else placeholder("name")
        report.paste("[[blocks.cells]]", file=path.name, variables={name: expression})


def look_at_parquet(path: Path, report: Report) -> None:
    """Note what a Parquet file holds; it is read as a census grid."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    report.kind("parquet")
    try:
        footer = pq.ParquetFile(path)
        report.add("rows", footer.metadata.num_rows)
        names = list(footer.schema_arrow.names)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise SourceError("inspection.not_parquet", path=path) from error
    report.add("columns", listed(names))
    parquet_file(path)
    report.how(f'read_census_grid("{path.name}")')


def look_at_shapes(path: Path, report: Report) -> None:
    """Note the layers of a file with shapes, and load it with the reader that fits."""
    try:
        with shape_file(path) as file:
            found = [read_shapes(file, layer, str(path)) for layer in layer_names(file)]
    except SourceError:
        report.kind("shapes")
        raise
    kind, reader = _reader(found)
    report.kind(kind)
    for shapes in found:
        crs = shapes.crs.name if shapes.crs else "–"
        names = listed(map(str, shapes.attributes.columns))
        report.add("layer", f"{shapes.layer}: {len(shapes.attributes)} × {names}; {crs}")
    report.how(f'{reader.__name__}("{path.name}")')
    _paste_shapes(report, path, kind)
    loaded = reader(path)
    several = loaded if isinstance(loaded, tuple) else (loaded,)
    for layer in several:
        report.add("loaded", repr(layer))
        for note in layer.notes:
            report.add("note", note)


def _paste_shapes(report: Report, path: Path, kind: str) -> None:
    if kind == "municipalities":
        report.paste("[municipalities]", file=path.name, county=placeholder("county"))
    elif kind == "background":
        report.paste("[background]", file=path.name)
    elif kind == "districts":
        report.paste("[[areas.given]]", file=path.name)
    elif kind == "points":
        report.paste("[[access]]", name=name_of(path), file=path.name, reach=1000)


def _reader(
    found: Sequence[Shapes],
) -> tuple[str, Callable[[Path], Layer | tuple[Layer, ...]]]:
    """Return the kind of shapes and the reader: municipalities, areas, points, background."""
    if any(shapes.layer.casefold() in MUNICIPALITY_LAYERS for shapes in found):
        return "municipalities", read_municipalities
    kinds = {int(kind) for s in found for kind in np.unique(shapely.get_type_id(s.geometry))}
    if len(found) == 1 and kinds <= POLYGONS:
        if _are_municipalities(found[0].attributes):
            return "municipalities", read_municipalities
        return "districts", read_districts
    if len(found) == 1 and kinds <= POINTS:
        return "points", read_points
    return "background", read_background


def _are_municipalities(attributes: pd.DataFrame) -> bool:
    """Return True if nearly every shape is a municipality of its own; parts share a key."""
    columns = [c for c in attributes.columns if str(c).casefold() in MUNICIPALITY_KEYS]
    return any(attributes[c].nunique() >= MOST * len(attributes) for c in columns)


def look_at_raster(path: Path, report: Report) -> None:
    """Note size, system and resolution of a raster, and load it."""
    report.kind("raster")
    with opened_raster(path) as raster:
        report.add("size", f"{raster.width} × {raster.height}, {raster.count}")
        report.add("crs", raster.crs or "–")
        report.add("resolution", f"{raster.res[0]:g} × {raster.res[1]:g}")
        report.add("nodata", "–" if raster.nodata is None else f"{raster.nodata:g}")
    report.how(f'read_raster("{path.name}")')
    report.paste("[[rasters]]", name=name_of(path), file=path.name)
    report.add("loaded", repr(read_raster(path)))


def look_at_definitions(path: Path, report: Report) -> None:
    """Note what a file of settings defines."""
    keys = set(read_toml(path))
    if "indicator" in keys:
        report.kind("catalogue")
        report.add("loaded", listed(one.id for one in read_indicators(path)))
    elif "delivery" in keys:
        report.kind("deliveries")
        for delivery in read_deliveries(path):
            report.add("loaded", repr(delivery))
    else:
        named = {"project": "project", "register": "register_mapping", "origin": "policy"}
        report.kind(next((kind for key, kind in named.items() if key in keys), "toml"))
        report.add("columns", listed(sorted(keys)))
