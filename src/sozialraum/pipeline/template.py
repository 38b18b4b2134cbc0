"""The template of a delivery, out of a project: its description and its areas."""

from collections.abc import Iterable
from pathlib import Path

import geopandas as gpd
import pandas as pd

from sozialraum import schema
from sozialraum.config import Config
from sozialraum.errors import ConfigError, SourceError
from sozialraum.files.readback import read_release
from sozialraum.pipeline.inputs import Inputs
from sozialraum.sources import read_districts
from sozialraum.sources.dates import iso_date
from sozialraum.sources.delivery_file import Entry, described_entries
from sozialraum.sources.template_parts import Row, Template, template_of, vintage_of

RELEASED = "sozialraum.gpkg"
"""What a run calls the file that its areas are read from."""
FILLED_IN = ("template", "table", "areas")
"""Kinds of deliveries with one row an area or municipality."""
BELONGS = "municipality_name"


def delivery_template(
    config: Config, name: str, *, areas: str | Path | None = None, date: str | None = None
) -> Template:
    """Return the template of a delivery that a project describes.

    No delivery is read: its files may still have to come.

    Parameters
    ----------
    config
        The project file.
    name
        Name of the delivery in its description.
    areas
        File with the areas; the GeoPackage of the last run when omitted.
    date
        Reference date; that of the description when omitted, else the office fills it in.

    Raises
    ------
    ConfigError
        The project has no deliveries, or there are no areas yet.
    SourceError
        There is no such delivery, it names no columns, or its places are no areas.
    """
    if config.deliveries is None:
        raise ConfigError("deliveries.none_described")
    entries = {
        one.entry.name: one.entry for one in described_entries(config.path(config.deliveries.file))
    }
    if name not in entries:
        raise SourceError("deliveries.no_delivery", ids=[name], known=", ".join(entries))
    entry = entries[name]
    if not entry.variables:
        raise SourceError("templates.no_columns", ids=[name])
    day = iso_date(date) if date else ""
    if day is None:
        raise SourceError("templates.no_such_date", ids=[str(date)])
    frame = _places(config, entry, areas)
    return template_of(
        entry, list(_rows(frame)), vintage_of(frame), date=day, geography=schema.AREAS_LEVEL
    )


def _places(config: Config, entry: Entry, areas: str | Path | None) -> gpd.GeoDataFrame:
    """Return the places of a delivery, sorted by key."""
    if entry.kind not in FILLED_IN or entry.level not in ("area", "municipality"):
        raise SourceError("templates.no_places", ids=[entry.name])
    if entry.level == "municipality":
        found = Inputs(config).municipalities.frame
    elif areas is not None:
        found = _given(Path(areas), entry)
    else:
        released = config.path(config.project.output) / RELEASED
        if not released.is_file():
            raise ConfigError("templates.no_areas", path=released)
        found = _released(released, entry)
    return found.sort_index()


def _given(path: Path, entry: Entry) -> gpd.GeoDataFrame:
    """Return the areas of a file: our own, or anybody's."""
    try:
        return _released(path, entry)
    except SourceError as error:
        if not error.message.startswith("readback."):
            raise
    return read_districts(path).frame


def _released(path: Path, entry: Entry) -> gpd.GeoDataFrame:
    areas = read_release(path).areas
    wanted = entry.geography or schema.AREAS_LEVEL
    chosen = areas[areas[schema.GEOGRAPHY] == wanted]
    if not len(chosen):
        known = ", ".join(sorted(areas[schema.GEOGRAPHY].unique()))
        raise SourceError("templates.no_geography", ids=[wanted], path=path, known=known)
    return chosen


def _rows(frame: gpd.GeoDataFrame) -> Iterable[Row]:
    blank = pd.Series("", index=frame.index)
    names = frame.get(schema.NAME, blank).fillna("")
    belongs = frame.get(BELONGS, blank).fillna("")
    for key, name, unit in zip(frame.index, names, belongs, strict=True):
        yield Row(*(" ".join(str(one).split()) for one in (key, name, unit)))
