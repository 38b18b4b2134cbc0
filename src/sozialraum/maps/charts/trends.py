"""The courses of areas with an early warning, side by side on one scale, beside the county's."""

import math
from bisect import bisect_left
from calendar import isleap
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sozialraum import schema
from sozialraum.files.scan.derived import NOTHING, Axis, Derived
from sozialraum.files.wording import number, of_areas
from sozialraum.index.series import series
from sozialraum.maps.charts.marks import shortened
from sozialraum.maps.charts.plot import GRID, LABEL, SMALL, draw_key, draw_prose, plot_axes, ticked
from sozialraum.maps.column import Box
from sozialraum.maps.type import Face
from sozialraum.messages import text
from sozialraum.methods.ticks import ticks
from sozialraum.model import Flags
from sozialraum.model.judged import FALLING, RISING
from sozialraum.schema import FLAGGED, Grade

MOST = 20
"""Panels on a sheet; smaller ones cannot be read."""
WAYS = {RISING: ("#b2182b", "^", "#b2182b"), FALLING: ("#2166ac", "v", "#ffffff")}
"""Colour of the line, shape of the signal, and fill of both: full and hollow are apart in grey."""
COUNTY = "#8a8a8a"
BREAK = "#777777"
NAME = Face(7.4, "bold")
HEAD = 26.0
"""Points above a panel for its name."""
STEPS = 4
"""Most steps between the numbers of the axis."""
GAP = 18.0
FOOT = 46.0
"""Points under the panels for years and key."""


@dataclass(frozen=True, slots=True, eq=False)
class Courses:
    """What the panels share: values by area and date, the county's, and the scale."""

    rates: pd.DataFrame
    county: pd.Series
    dates: list[str]
    top: float
    breaks: list[float]


def draw_trends(figure: Figure, flags: Flags, box: Box, language: str, indicator: str) -> None:
    """Draw one panel an area with an early warning, the strongest first; says if there are more."""
    rows = _warned(flags, indicator)
    if rows.empty:
        draw_prose(figure, [text("pictures.no_warning", language)], box, LABEL)
        return
    shown = rows.head(MOST)
    courses = _courses(flags, indicator, shown)
    for i, (place, row) in enumerate(
        zip(_grid(len(shown), box), shown.to_dict("records"), strict=True)
    ):
        axes = plot_axes(figure, place)
        _draw_course(axes, courses, row)
        _draw_head(axes, flags, row, place, language)
        _dress(axes, courses, language, left=_is_left(i, len(shown)), low=_is_low(i, len(shown)))
    _draw_key(figure, box, courses, (len(shown), len(rows)), language)


def told_of_trends(flags: Flags, indicator: str) -> Derived:
    """Return what the panels tell besides published numbers: round numbers on their axis."""
    shown = _warned(flags, indicator).head(MOST)
    return NOTHING if shown.empty else Derived(axes=(_reach(_courses(flags, indicator, shown)),))


def _reach(courses: Courses) -> Axis:
    return 0.0, courses.top, STEPS


def moment(iso: str) -> float:
    """Return a date as a year with its part that has gone by.

    Examples
    --------
    >>> moment("2025-01-01"), round(moment("2025-07-02"), 1)
    (2025.0, 2025.5)
    """
    day = date.fromisoformat(iso)
    return day.year + (day.timetuple().tm_yday - 1) / (366 if isleap(day.year) else 365)


def _warned(flags: Flags, indicator: str) -> pd.DataFrame:
    """Return the warnings of an indicator, the strongest first."""
    rows = flags.warnings
    rows = rows[(rows[schema.INDICATOR] == indicator) & rows["grade"].isin(FLAGGED)]
    rank = {str(grade): i for i, grade in enumerate(Grade)}
    work = rows.assign(rank=rows["grade"].map(rank))
    return work.sort_values(["rank", "q", "p", schema.AREA_ID], kind="stable")


def _courses(flags: Flags, indicator: str, shown: pd.DataFrame) -> Courses:
    release = flags.release
    table = series(release, indicator)
    table = table[table[schema.AREA_ID].isin(set(shown[schema.AREA_ID]))]
    values = table.pivot_table(
        index=schema.AREA_ID, columns=schema.DATE, values="value", dropna=False
    )
    county = series(release, indicator, geography=schema.COUNTY_LEVEL)
    whole = county.set_index(schema.DATE)["value"] if len(county) else pd.Series(dtype=float)
    most = np.nanmax([*values.to_numpy(dtype=float).ravel(), *whole.to_numpy(dtype=float)])
    dates = [str(one) for one in values.columns]
    apart = [bisect_left(dates, one.date) for one in release.indicator(indicator).series_breaks]
    breaks = [
        (moment(dates[at - 1]) + moment(dates[at])) / 2 for at in apart if 0 < at < len(dates)
    ]
    return Courses(values, whole, dates, 1.12 * float(most) or 1.0, breaks)


def _columns(panels: int) -> int:
    return min(5, math.ceil(math.sqrt(panels)))


def _grid(panels: int, box: Box) -> list[Box]:
    """Return the places of panels, row by row from the upper left."""
    columns = _columns(panels)
    rows = math.ceil(panels / columns)
    left, room = box.x + 26, box.width - 26
    wide = min((room - GAP * (columns - 1)) / columns, 300.0)
    high = min((box.height - FOOT) / rows - HEAD - 8, 190.0)
    top = box.y + box.height
    return [
        Box(
            left + (i % columns) * (wide + GAP),
            top - (i // columns + 1) * (high + HEAD + 8) + 8,
            wide,
            high,
        )
        for i in range(panels)
    ]


def _is_left(i: int, panels: int) -> bool:
    return i % _columns(panels) == 0


def _is_low(i: int, panels: int) -> bool:
    """Return True where nothing stands below a panel."""
    return i + _columns(panels) >= panels


def _draw_course(axes: Axes, courses: Courses, row: Mapping[Hashable, Any]) -> None:
    """Draw county and area; what is not published is a gap in the line."""
    colour, shape, fill = WAYS[str(row["direction"])]
    for at in courses.breaks:
        axes.axvline(at, color=BREAK, lw=0.7, ls=(0, (3, 2)))
    county = [moment(str(one)) for one in courses.county.index]
    axes.plot(county, courses.county, color=COUNTY, lw=1.2, zorder=2)
    own = courses.rates.loc[str(row[schema.AREA_ID])]
    line = {"color": colour, "lw": 1.7, "marker": "o", "ms": 3, "mfc": fill}
    axes.plot([moment(one) for one in courses.dates], own, clip_on=False, zorder=3, **line)
    signal = str(row["signal"])
    if signal:
        axes.axvline(moment(signal), color=colour, lw=0.7, ls=(0, (1, 1.5)), zorder=1)
        axes.plot(
            [moment(signal)],
            own.reindex([signal]).to_numpy(),
            color=colour,
            marker=shape,
            ms=6.5,
            mfc=fill,
            zorder=4,
        )


def _draw_head(
    axes: Axes, flags: Flags, row: Mapping[Hashable, Any], place: Box, language: str
) -> None:
    area = flags.release.areas.loc[str(row[schema.AREA_ID])]
    grade = text(f"pictures.grade_{row['grade']}", language)
    way = text(f"pictures.way_{row['direction']}", language)
    lines = (
        (str(area[schema.NAME]), NAME, 13.0),
        (f"{way}, {grade} · {area['municipality_name']}", SMALL, 4.0),
    )
    for words, face, lift in lines:
        axes.annotate(
            shortened(words, face, place.width),
            (0, 1),
            xytext=(0, lift),
            xycoords="axes fraction",
            textcoords="offset points",
            va="baseline",
            annotation_clip=False,
            **face.options(),
        )


def _dress(axes: Axes, courses: Courses, language: str, *, left: bool, low: bool) -> None:
    dates = courses.dates
    axes.set_xlim(moment(dates[0]) - 0.4, moment(dates[-1]) + 0.4)
    axes.set_ylim(0, courses.top)
    axes.grid(axis="y", color=GRID, lw=0.5)
    ticked(axes, "y", ticks(*_reach(courses)), language)
    ends = sorted({dates[0], dates[len(dates) // 2], dates[-1]})
    years = [one[:4] if low else "" for one in ends]
    axes.set_xticks([moment(one) for one in ends], years)
    axes.tick_params(labelleft=left)


def _draw_key(
    figure: Figure, box: Box, courses: Courses, counts: tuple[int, int], language: str
) -> None:
    """Say what the lines are, how many panels are left out, and what a gap is."""
    shown, found = counts
    marks = [
        Line2D([], [], color=colour, lw=1.7, marker=shape, mfc=fill, ms=5)
        for colour, shape, fill in WAYS.values()
    ]
    words = [text(f"pictures.trend_{way}", language) for way in WAYS]
    marks.append(Line2D([], [], color=COUNTY, lw=1.2))
    words.append(text("pictures.trend_county", language))
    if courses.breaks:
        marks.append(Line2D([], [], color=BREAK, lw=0.7, ls=(0, (3, 2))))
        words.append(text("pictures.trend_break", language))
    draw_key(figure, (box.x, box.y + 14), marks, words)
    told = {"shown": number(shown, 0, language), "areas": number(found, 0, language)}
    words = (
        of_areas("pictures.trend_all", found, language)
        if shown == found
        else text("pictures.trend_some", language, **told)
    )
    draw_prose(figure, [words], Box(box.x, box.y - 8, box.width, 18), SMALL)
