"""One indicator over the years: an area, its municipality and the county."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sozialraum import schema
from sozialraum.errors import OutputError
from sozialraum.index.series import series
from sozialraum.maps.charts.plot import GRID, LABEL, SMALL, axis_label, plot_axes, written
from sozialraum.maps.column import Box
from sozialraum.maps.type import FAMILY, Face, wrap
from sozialraum.model import Release
from sozialraum.model.definitions import SeriesBreak

LINES = (("#7f0000", 2.4), ("#fc8d59", 1.6), ("#555555", 1.4))
"""Colour and width of area, municipality and county."""
REASON = 190.0
"""Points of a line that says why a series breaks."""
GAP = 11.0
"""Points between two labels at the end of lines."""


def draw_line(
    figure: Figure, release: Release, box: Box, language: str, area: str, indicator: str
) -> None:
    """Draw the series of an indicator; breaks are vertical lines, gaps stay gaps.

    Raises
    ------
    OutputError
        Nothing is published for this area.
    """
    found = _lines(release, indicator, area)
    if all(values.dropna().empty for _, values in found):
        raise OutputError("charts.no_series", ids=[area], what=indicator)
    definition = release.indicator(indicator)
    inner = Box(box.x + 44, box.y + 34, box.width - 220, box.height - 64)
    axes = plot_axes(figure, inner)
    axes.grid(axis="y", color=GRID, lw=0.6)
    places = _draw_lines(axes, found)
    _draw_labels(axes, places, inner.height)
    _draw_breaks(axes, definition.series_breaks, release, indicator, language)
    written(axes, "y", 1, language)
    axis_label(axes, f"{definition.label(language)} ({definition.unit(language)})", "y")


def _lines(release: Release, indicator: str, area: str) -> list[tuple[str, pd.Series]]:
    """Return name and values by year of the area, its municipality and the county."""
    areas = release.areas
    town = str(areas.loc[area, schema.MUNICIPALITY]) if area in areas.index else ""
    county = areas.index[areas[schema.GEOGRAPHY] == schema.COUNTY_LEVEL]
    asked = [(area, str(areas.loc[area, schema.GEOGRAPHY]))] if area in areas.index else []
    asked += [(town, schema.MUNICIPALITY_LEVEL)] if town in areas.index and town != area else []
    asked += [(str(one), schema.COUNTY_LEVEL) for one in county if one != area]
    found = []
    for key, geography in asked:
        table = series(release, indicator, geography=geography)
        own = table[table[schema.AREA_ID] == key].set_index(schema.DATE)["value"]
        years = own.rename(index=lambda date: float(date[:4]))
        found.append((str(areas.loc[key, schema.NAME]), years.sort_index()))
    return found


def _draw_lines(
    axes: Axes, found: Sequence[tuple[str, pd.Series]]
) -> list[tuple[float, float, str, str]]:
    places = []
    for (name, values), (colour, width) in zip(found, LINES, strict=False):
        axes.plot(values.index, values, color=colour, lw=width, marker="o", ms=2.2 * width)
        known = values.dropna()
        if len(known):
            places.append((float(known.index[-1]), float(known.iloc[-1]), name, colour))
    low = min(0.0, axes.get_ylim()[0])
    axes.set_ylim(low, axes.get_ylim()[1])
    years = sorted({year for _, values in found for year in values.index})
    axes.set_xticks(years, [str(int(year)) for year in years])
    return places


def _draw_labels(
    axes: Axes, places: Sequence[tuple[float, float, str, str]], height: float
) -> None:
    """Write the name behind every line; names that would touch move apart."""
    low, high = axes.get_ylim()
    step = (high - low) / height * GAP
    last = float("-inf")
    for x, y, name, colour in sorted(places, key=lambda place: place[1]):
        at = max(y, last + step)
        face = Face(LABEL.size, "bold", colour)
        axes.text(x + 0.15, at, name, va="center", ha="left", clip_on=False, **face.options())
        last = at


def _draw_breaks(
    axes: Axes, breaks: Sequence[SeriesBreak], release: Release, indicator: str, language: str
) -> None:
    dates = release.dates(indicator)
    for one in breaks:
        before = [date for date in dates if date < one.date]
        if not before or before[-1] == dates[-1]:
            continue
        x = (float(before[-1][:4]) + float(dates[len(before)][:4])) / 2
        axes.axvline(x, color="#777777", lw=0.8, ls=(0, (3, 2)))
        axes.annotate(
            "\n".join(wrap(one.reason(language), SMALL, REASON)),
            (x, 1.0),
            xycoords=("data", "axes fraction"),
            ha="center",
            va="bottom",
            fontsize=SMALL.size,
            family=FAMILY,
            color=SMALL.colour,
            parse_math=False,
        )
