"""What a picture of a publishable noun shows, ready to be drawn anywhere."""

from dataclasses import dataclass
from typing import Literal

import geopandas as gpd

from sozialraum.methods.palettes import ink

Pattern = Literal["plain", "diagonal", "backward", "cross", "dots", "horizontal", "vertical"]
"""Pattern over the colour of a class. Slanted ones say that a value is missing."""

MISSING_COLOUR = "#efefef"


@dataclass(frozen=True, slots=True)
class Entry:
    """One class of a legend.

    Parameters
    ----------
    code
        Class as it stands in the column ``class`` of :attr:`Theme.frame`.
    mark
        Sign printed on the areas, so that a black-and-white print can be read.
    label
        What the class means, in the reader's language.
    colour
        Fill as a hex value.
    pattern
        Pattern over the fill.
    areas
        Number of areas in the class.
    missing
        True for classes without a published value.
    """

    code: str
    mark: str
    label: str
    colour: str
    pattern: Pattern = "plain"
    areas: int = 0
    missing: bool = False

    @property
    def pattern_colour(self) -> str:
        """Colour of the lines of the pattern: visible on the fill, weaker than text."""
        if self.missing:
            return "#767676"
        return "#4d4d4d" if ink(self.colour) == "#000000" else "#ffffff"


@dataclass(frozen=True, slots=True, eq=False)
class Theme:
    """One map of a noun: areas with classes and texts, legend, title and source lines.

    Parameters
    ----------
    kind
        ``"values"`` for an indicator, ``"classes"`` for everything without a scale.
    what
        Id of the indicator, or ``"status"``, ``"dynamics"``, ``"group"``, ``"grade"``.
    title, subtitle
        Heading, and the line under it (county, number of areas, date).
    legend
        Heading of the legend: what the classes measure and in which unit.
    heading
        Heading of a column of values.
    unit
        Unit of the values; empty for classes.
    date
        ISO reference date; empty where none applies.
    geography
        Set of areas that is shown.
    frame
        GeoDataFrame indexed by `area_id` with `name`, `municipality`,
        `municipality_name`, `class` (code of an entry), `number` (float, missing where
        nothing is published), `value` (text in the reader's language) and `state` (text).
    entries
        Classes in the order of the legend; every area is in exactly one.
    breaks
        Inner class breaks; empty for themes without numbers.
    notes
        Sentences a reader needs to understand the classes.
    footer
        Sources, licence, dates, protection.
    municipalities
        Municipalities indexed by key, with `name` and geometry.
    draft, estimate
        True where the output must say so.
    """

    kind: Literal["values", "classes"]
    what: str
    title: str
    subtitle: str
    legend: str
    heading: str
    unit: str
    date: str
    geography: str
    frame: gpd.GeoDataFrame
    entries: tuple[Entry, ...]
    breaks: tuple[float, ...]
    notes: tuple[str, ...]
    footer: tuple[str, ...]
    municipalities: gpd.GeoDataFrame
    draft: bool
    estimate: bool = False

    def entry(self, code: str) -> Entry:
        """Return the class with this code."""
        return next(entry for entry in self.entries if entry.code == code)
