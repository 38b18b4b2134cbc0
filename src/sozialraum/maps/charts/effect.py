"""What an intervention is found to have changed: two courses, and how far they part."""

import math
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sozialraum import schema
from sozialraum.evaluation import evaluation_sentences
from sozialraum.files.scan.derived import Axis, Derived
from sozialraum.files.wording import day, number, of_areas
from sozialraum.maps.charts.asked import intervention_of
from sozialraum.maps.charts.plot import (
    GRID,
    LABEL,
    axis_label,
    draw_key,
    draw_prose,
    note,
    plot_axes,
)
from sozialraum.maps.column import Box
from sozialraum.maps.type import Face, wrap
from sozialraum.messages import text
from sozialraum.methods.classes import decimals
from sozialraum.methods.ticks import ticks
from sozialraum.model import Evaluation

TREATED, CONTROLS, START = "#7f0000", "#6b6b6b", "#222222"
BAND = "#e4e9f0"
PROSE = Face(9.5)
STEPS = 6
"""Most steps between the numbers of an axis."""
MOST_YEARS = 12
WIDEST = 680.0
"""Points of a line of prose; longer ones are hard to read."""
HEAD, FOOT = 22.0, 62.0
"""Points above the panels for their titles, and below for years and key."""


def draw_effect(
    figure: Figure,
    evaluation: Evaluation,
    box: Box,
    language: str,
    intervention: str,
    *,
    told: bool = True,
) -> None:
    """Draw the courses on the left, how far they part on the right, and tell the verdict below.

    Without published values to compare, the verdict alone, which says so.
    """
    path = _path(evaluation, intervention)
    lines = effect_lines(evaluation, intervention, language) if told or path.empty else []
    if path.empty:
        draw_prose(figure, lines, box, PROSE)
        return
    prose = len(lines) * (PROSE.leading + 0.6 * PROSE.size)
    if lines:
        draw_prose(figure, lines, Box(box.x, box.y, box.width, prose), PROSE)
    low, high = box.y + prose + FOOT, box.height - prose - FOOT - HEAD
    narrow, wide = 0.42 * (box.width - 110), 0.58 * (box.width - 110)
    places = [Box(box.x + 44, low, narrow, high), Box(box.x + narrow + 110, low, wide, high)]
    left, right = (plot_axes(figure, place) for place in places)
    start = _begin(path, _day(intervention_of(evaluation, intervention).start))
    definition = evaluation.release.indicator(evaluation.indicator)
    _draw_courses(left, path)
    _draw_difference(right, path, start, _effect(evaluation, intervention)["smallest"])
    for axes, reach, name in ((left, _rates(path), "courses"), (right, _gaps(path), "parting")):
        _dress(axes, path, ticks(*reach), language)
        axes.axvline(start, color=START, lw=0.9, ls=(0, (4, 2)), zorder=1)
        note(axes, 0, 1.02, text(f"pictures.effect_{name}", language), **_title(axes))
    axis_label(left, f"{definition.label(language)} ({definition.unit(language)})", "y")
    axis_label(right, text("pictures.effect_axis", language), "y")
    began = day(intervention_of(evaluation, intervention).start, language)
    _draw_key(figure, (box.x, low - 44), _effect(evaluation, intervention), began, language)


def _title(axes: Axes) -> dict[str, Any]:
    return {**LABEL.options(), "fontweight": "bold", "transform": axes.transAxes}


def effect_lines(evaluation: Evaluation, intervention: str, language: str) -> list[str]:
    """Return what is found in lines as the chart writes them."""
    return wrap(evaluation_sentences(evaluation, language)[intervention], PROSE, WIDEST)


def told_of_effect(evaluation: Evaluation, intervention: str, language: str) -> Derived:
    """Return what the chart of an intervention tells besides published numbers."""
    path = _path(evaluation, intervention)
    lines = frozenset(effect_lines(evaluation, intervention, language))
    return Derived(lines, axes=() if path.empty else (_rates(path), _gaps(path)))


def _effect(evaluation: Evaluation, intervention: str) -> pd.Series:
    rows = evaluation.effects
    return rows[rows["intervention"] == intervention].iloc[0]


def _path(evaluation: Evaluation, intervention: str) -> pd.DataFrame:
    """Return rates and differences of an intervention by day; those without values are gaps."""
    rows = evaluation.paths[evaluation.paths["intervention"] == intervention]
    rows = rows.sort_values(schema.DATE, kind="stable", ignore_index=True)
    if rows[["treated", "controls"]].isna().to_numpy().all():
        rows = rows.head(0)
    return rows.assign(x=[_day(one) for one in rows[schema.DATE]])


def _day(iso: str) -> float:
    return float(date.fromisoformat(iso).toordinal())


def _begin(path: pd.DataFrame, start: float) -> float:
    """Return where the line of the start stands: apart from the point of the day before."""
    before, after = path["x"][path["x"] < start], path["x"][path["x"] >= start]
    if before.empty or after.empty:
        return start
    apart = float(after.min() - before.max()) / 8
    return min(max(start, float(before.max()) + apart), float(after.min()) - apart)


def _rates(path: pd.DataFrame) -> Axis:
    """Return the range of the axis of rates, from 0 on."""
    return _reach(0.0, float(path[["treated", "controls"]].max().max()))


def _gaps(path: pd.DataFrame) -> Axis:
    """Return the range of the axis of differences, 0 inside."""
    known = path[["difference", "lower", "upper"]].to_numpy(dtype=float).ravel()
    known = known[np.isfinite(known)]
    return _reach(float(min(known, default=0.0)), float(max(known, default=0.0)))


def _reach(low: float, high: float) -> Axis:
    low, high = min(low, 0.0), max(high, 0.0)
    if low == high:
        high = 1.0
    room = 0.04 * (high - low)
    return low and low - room, high + room, STEPS


def _draw_courses(axes: Axes, path: pd.DataFrame) -> None:
    for name, colour, shape, line in (
        ("controls", CONTROLS, "s", (0, (4, 1.5))),
        ("treated", TREATED, "o", "-"),
    ):
        axes.plot(path["x"], path[name], color=colour, lw=1.8, ls=line, marker=shape, ms=4.5)


def _draw_difference(axes: Axes, path: pd.DataFrame, start: float, smallest: float) -> None:
    """Draw differences with their intervals, and what is too small to be seen after the start."""
    axes.axhline(0, color="#999999", lw=0.8, zorder=1)
    if np.isfinite(smallest):
        after = [start, float(path["x"].max()) + 200]
        axes.fill_between(after, -smallest, smallest, color=BAND, lw=0, zorder=0)
    bars = path.dropna(subset=["lower", "upper"])
    axes.vlines(bars["x"], bars["lower"], bars["upper"], color=TREATED, lw=1.1, zorder=2)
    axes.plot(path["x"], path["difference"], color=TREATED, lw=0.8, marker="o", ms=5, zorder=3)


def _dress(axes: Axes, path: pd.DataFrame, found: tuple[float, ...], language: str) -> None:
    digits = decimals(found)
    axes.set_yticks(found, [number(tick, digits, language) for tick in found])
    axes.set_ylim(found[0], found[-1])
    axes.grid(axis="y", color=GRID, lw=0.6)
    shown = path.iloc[:: math.ceil(len(path) / MOST_YEARS)]
    axes.set_xticks(shown["x"], [str(one)[:4] for one in shown[schema.DATE]])
    axes.set_xlim(float(path["x"].min()) - 200, float(path["x"].max()) + 200)


def _draw_key(
    figure: Figure, place: tuple[float, float], effect: pd.Series, began: str, language: str
) -> None:
    """Say what lines, bars and band are."""
    marks = [
        Line2D([], [], color=TREATED, lw=1.8, marker="o", ms=4.5),
        Line2D([], [], color=CONTROLS, lw=1.8, ls=(0, (4, 1.5)), marker="s", ms=4.5),
        Line2D([], [], color=START, lw=0.9, ls=(0, (4, 2))),
        Line2D([], [], color=TREATED, lw=0, marker="|", ms=9, mew=1.1),
        Patch(facecolor=BAND),
    ]
    words = [
        of_areas("pictures.effect_treated", effect["treated"], language),
        of_areas("pictures.effect_controls", effect["controls"], language),
        text("pictures.effect_start", language, date=began),
        *(text(f"pictures.effect_{name}", language) for name in ("interval", "band")),
    ]
    if not np.isfinite(effect["smallest"]):
        marks, words = marks[:-1], words[:-1]
    draw_key(figure, place, marks, words)
