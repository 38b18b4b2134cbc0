"""Pieces that all themes share: missing classes, counting, borders, head lines."""

from collections.abc import Iterable
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.files.wording import number, period
from sozialraum.messages import text
from sozialraum.model import Release
from sozialraum.schema import State
from sozialraum.themes.model import MISSING_COLOUR, Entry, Pattern

MISSING: dict[str, tuple[str, Pattern]] = {
    State.SUPPRESSED: ("•", "diagonal"),
    State.NOT_DELIVERED: ("…", "backward"),
    State.NOT_RELEASED: ("○", "cross"),
    State.NOT_APPLICABLE: ("×", "dots"),
    State.EXCLUDED: ("–", "horizontal"),
}
"""Mark and pattern of every published state without a number."""

DOUBT = " ≈"
"""Behind the value of a borderline class."""
RISES, FALLS = " ▲", " ▼"
"""Behind the value of an area with an early warning: the burden rises, or falls."""


def state_label(state: str, language: str) -> str:
    """Return a state as a reader understands it."""
    return text(f"themes.state_{state.replace(' ', '_')}", language)


def missing_entry(state: str, language: str) -> Entry:
    """Return the hatched class of areas without a published value."""
    mark, pattern = MISSING[state]
    label = state_label(state, language)
    return Entry(state, mark, label, MISSING_COLOUR, pattern, missing=True)


def counted(
    entries: Iterable[Entry], classes: pd.Series, states: pd.Series, language: str
) -> tuple[Entry, ...]:
    """Return entries with their numbers of areas, and the missing classes that occur."""
    occurring = [str(state) for state in MISSING if (states == state).any()]
    found = [*entries, *(missing_entry(state, language) for state in occurring)]
    sizes = classes.value_counts()
    return tuple(replace(entry, areas=int(sizes.get(entry.code, 0))) for entry in found)


def municipalities(release: Release) -> gpd.GeoDataFrame:
    """Return municipalities by key: the published ones, else the areas joined."""
    areas = release.areas
    known = areas[areas[schema.GEOGRAPHY] == schema.MUNICIPALITY_LEVEL]
    if len(known):
        return known[[schema.NAME, known.geometry.name]]
    small = areas[areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    method = "coverage" if shapely.coverage_is_valid(small.geometry.to_numpy()) else "unary"
    joined = small.dissolve(by=schema.MUNICIPALITY, aggfunc="first", sort=True, method=method)
    joined[schema.NAME] = joined["municipality_name"]
    return joined[[schema.NAME, joined.geometry.name]]


def subtitle(
    title: str, areas: int, geography: str, date: str, language: str, *, years: int = 1
) -> str:
    """Return the line under the heading: county, number of areas, reference date or years."""
    name = f"themes.areas_{geography}" if geography in schema_levels() else "themes.areas_other"
    parts = [title, text(name, language, areas=number(areas, 0, language))]
    if date:
        when = period(date, years, language)
        parts.append(when if years > 1 else text("themes.date", language, date=when))
    return " · ".join(part for part in parts if part)


def schema_levels() -> tuple[str, ...]:
    """Return the geographies that have a name of their own in head lines."""
    return schema.AREAS_LEVEL, schema.MUNICIPALITY_LEVEL, schema.COUNTY_LEVEL


def blank_frame(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return areas with the naming columns of a theme."""
    frame = areas[[schema.NAME, schema.MUNICIPALITY, "municipality_name", areas.geometry.name]]
    return frame.rename_geometry("geometry") if frame.geometry.name != "geometry" else frame.copy()
