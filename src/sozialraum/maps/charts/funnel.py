"""Rates against the number of people: what chance alone explains, and what it does not."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sozialraum.errors import OutputError
from sozialraum.files.scan.derived import NOTHING, Axis, Derived
from sozialraum.files.wording import of_areas
from sozialraum.maps.charts.marks import draw_dots, draw_names, evidence_of, flagged, key_of
from sozialraum.maps.charts.plot import (
    GRID,
    axis_label,
    draw_side,
    plot_axes,
    ticked,
)
from sozialraum.maps.column import Box
from sozialraum.messages import text
from sozialraum.methods.funnel import Funnel, funnel, funnel_limits
from sozialraum.methods.ticks import ticks
from sozialraum.model import Flags

LEVELS = (0.95, 0.998)
"""Shares of areas that chance alone keeps inside: about two and three standard deviations."""
BAND = "#e9edf2"
SIDE = 190.0
"""Points that the key takes beside the plot."""
STEPS_ACROSS, STEPS_UP = 8, 8
"""Most steps between the numbers of the axes."""
STEPS = 240
"""Places along a limit."""


def draw_funnel(figure: Figure, flags: Flags, box: Box, language: str, indicator: str) -> None:
    """Draw one dot an area with published counts, the limits of chance, and the usual rate.

    Raises
    ------
    OutputError
        No counts are published, or everybody or nobody is a case.
    """
    rows = _rates(flags, indicator)
    found = funnel(rows["numerator"].to_numpy(), rows["denominator"].to_numpy())
    if np.isnan(found.usual):
        raise OutputError("pictures.no_counts", ids=[indicator])
    per = flags.release.indicator(indicator).per
    across, up = _reach(rows)
    inner = Box(box.x + 44, box.y + 36, box.width - SIDE - 70, box.height - 46)
    axes = plot_axes(figure, inner)
    # precision grows with the square root of the number of people
    axes.set_xscale("function", functions=(_root, np.square))
    axes.set_xlim(*across[:2])
    axes.set_ylim(*up[:2])
    ticked(axes, "x", ticks(*across), language)
    ticked(axes, "y", ticks(*up), language)
    axes.grid(axis="y", color=GRID, lw=0.6)
    _draw_limits(axes, found, per)
    draw_dots(axes, rows)
    draw_names(axes, flagged(rows, "p_rate"), rows)
    definition = flags.release.indicator(indicator)
    axis_label(axes, text("pictures.funnel_axis", language))
    axis_label(axes, f"{definition.label(language)} ({definition.unit(language)})", "y")
    _draw_side(figure, rows, inner, language)


def told_of_funnel(flags: Flags, indicator: str) -> Derived:
    """Return what the funnel tells besides published numbers: round numbers on its axes."""
    rows = _rates(flags, indicator)
    return Derived(axes=_reach(rows)) if len(rows) else NOTHING


def _rates(flags: Flags, indicator: str) -> pd.DataFrame:
    """Return the areas with published counts: people as x, rates as y."""
    rows = evidence_of(flags, indicator).dropna(subset=["numerator", "denominator"])
    per = flags.release.indicator(indicator).per
    return rows.assign(x=rows["denominator"], y=per * rows["numerator"] / rows["denominator"])


def _reach(rows: pd.DataFrame) -> tuple[Axis, Axis]:
    """Return the ranges of both axes."""
    people, rates = rows["x"], rows["y"]
    across = 0.6 * float(people.min()), 1.06 * float(people.max()), STEPS_ACROSS
    return across, (0.0, 1.08 * float(rates.max()) or 1.0, STEPS_UP)


def _root(people: np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(people, 0.0))


def _draw_limits(axes: Axes, found: Funnel, per: float) -> None:
    """Draw the usual rate, the limits of chance, and the band of ordinary scatter."""
    first, last = axes.get_xlim()
    people = np.unique(np.round(np.geomspace(max(1.0, first), last, STEPS)))
    limits = funnel_limits(found.usual, people, levels=LEVELS)
    chance = found.usual * (1 - found.usual) / people
    # scatter beyond chance widens the limits as it widens the standard deviation
    wider = np.sqrt((found.between + found.overdispersion * chance) / chance)
    low, high = np.clip(found.usual + (limits[1] - found.usual) * wider, 0, 1)
    axes.fill_between(people, per * low, per * high, color=BAND, lw=0, zorder=0)
    for sides, line in zip(limits, ((0, (4, 2)), "-"), strict=True):
        for side in sides:
            axes.plot(people, per * side, color="#6b6b6b", lw=0.8, ls=line, zorder=1)
    axes.axhline(per * found.usual, color="#222222", lw=1.1, zorder=2)


def _draw_side(figure: Figure, rows: pd.DataFrame, inner: Box, language: str) -> None:
    """Draw the key beside the plot, and below it how the picture is read."""
    lines = [
        Line2D([], [], color="#222222", lw=1.1),
        Line2D([], [], color="#6b6b6b", lw=0.8, ls=(0, (4, 2))),
        Line2D([], [], color="#6b6b6b", lw=0.8),
        Patch(facecolor=BAND),
    ]
    words = [
        text(f"pictures.funnel_{name}", language) for name in ("usual", "inner", "outer", "band")
    ]
    sentences = [
        text("pictures.funnel_read", language),
        of_areas("pictures.shown_areas", len(rows), language),
    ]
    side = Box(inner.x + inner.width + 26, inner.y, SIDE, inner.height)
    draw_side(figure, side, [key_of(rows, language), (lines, words)], sentences)
