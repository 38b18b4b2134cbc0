"""From a layer as it stands in its file to polygons with keys in the project's system."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum.errors import SourceError
from sozialraum.model import Source
from sozialraum.sources.mangled import mangled_columns, unmangled
from sozialraum.sources.notes import note
from sozialraum.sources.polygons import AREA, usable_polygons
from sozialraum.sources.projection import projected
from sozialraum.sources.rights import shape_source
from sozialraum.sources.shapes import (
    Shapes,
    choose_layer,
    layer_names,
    polygon_layers,
    read_shapes,
    shape_file,
)
from sozialraum.sources.vintages import edition_of

MUNICIPALITY_LAYERS = (
    *("vg250_gem", "vg25_gem", "dvg1gem_nw", "v_vg250_gem", "v_vg25_gem"),
    *("nw_dvg1_gem", "nw_dvg2_gem", "dvg2gem_nw", "vg1000_gem", "v_vg1000_gem"),
)
"""What VG250, VG25 and DVG NRW call municipalities, in files and in their services."""

type Chooser = Callable[[Sequence[str], str | None, str], str]


def layer_of(path: str | Path, layer: str | None, choose: Chooser) -> Shapes:
    """Return the layer that is meant, wherever the file lies.

    Where no layer is asked for, layers of points and lines do not count.
    """
    with shape_file(path) as file:
        names = list(layer_names(file)) if layer else polygon_layers(file)
        # nothing but points and lines: the layer is read and the error says so
        names = names or list(layer_names(file))
        shapes = read_shapes(file, choose(names, layer, str(path)), str(path))
    # before anything is said about keys: a file of points has other ones
    kinds = shapely.get_dimensions(shapes.geometry)
    if not len(kinds) or (np.isin(kinds, (0, 1)).any() and not (kinds == AREA).any()):
        raise SourceError("sources.no_polygons", path=shapes.where)
    return shapes


def legible(shapes: Shapes, *, repair: bool) -> tuple[Shapes, list[str]]:
    """Return the layer, its mangled letters put right on request, and what was found."""
    columns = mangled_columns(shapes.attributes)
    if not columns:
        return shapes, []
    done = "shapes.note_unmangled" if repair else "shapes.note_mangled"
    said = [note(done, ids=columns, path=shapes.where)]
    return replace(shapes, attributes=unmangled(shapes.attributes)) if repair else shapes, said


def municipality_layer(names: Sequence[str], layer: str | None, where: str) -> str:
    """Return the layer asked for, the one of municipalities, or the only one."""
    if layer is None:
        # an archive puts the folder in front where files repeat a name
        plain = [name.rpartition("/")[2].casefold() for name in names]
        for known in MUNICIPALITY_LAYERS:
            if plain.count(known) == 1:
                return names[plain.index(known)]
    return choose_layer(names, layer, where)


def framed(
    shapes: Shapes, keys: pd.Series, key: str, *, crs: str | None, to_crs: str, repair: bool
) -> tuple[gpd.GeoDataFrame, list[str]]:
    """Return attributes and usable polygons by key, in the CRS asked for."""
    blank = np.flatnonzero((keys == "").to_numpy())
    if len(blank):
        ids = [f"#{i + 1}" for i in blank]
        raise SourceError("sources.keys_blank", ids=ids, path=shapes.where, column=key)
    closed = np.zeros(len(keys), dtype=bool)
    if repair:
        shapes, closed = shapes.with_closed_rings()
    geometry, notes = projected(shapes, keys.tolist(), crs, to_crs, repair=repair)
    geometry, kept, more = usable_polygons(geometry, keys, shapes.where, repair=repair)
    if closed.any():
        notes.append(note("shapes.note_closed", ids=keys[closed], path=shapes.where))
    index = pd.Index(keys[kept], name=key, dtype="str")
    attributes = shapes.attributes[kept].set_index(index)
    return gpd.GeoDataFrame(attributes, geometry=geometry, crs=to_crs), [*notes, *more]


def dated_source(shapes: Shapes, day: str) -> Source:
    """Return the source of a file, with the date of its boundaries where the file tells it."""
    source = shape_source(shapes)
    return replace(source, territory_date=day or edition_of(shapes.attributes))
