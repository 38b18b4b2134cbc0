"""Every area against its neighbours: where like stands beside like, and where it does not."""

import math

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from sozialraum import schema
from sozialraum.errors import OutputError
from sozialraum.files.scan.derived import Axis, Derived
from sozialraum.files.wording import number, of_areas
from sozialraum.flags.samples import bounded, touching
from sozialraum.maps.charts.marks import (
    LONGEST,
    NAME,
    draw_dots,
    draw_names,
    evidence_of,
    flagged,
    key_of,
    shortened,
)
from sozialraum.maps.charts.plot import (
    axis_label,
    draw_side,
    plot_axes,
    ticked,
)
from sozialraum.maps.column import Box
from sozialraum.maps.type import Face
from sozialraum.messages import listing, text
from sozialraum.methods.ticks import ticks
from sozialraum.model import Flags
from sozialraum.themes.flagged import slug

SIDE = 190.0
"""Points that the key takes beside the plot."""
CORNERS = (
    *(("high-high", True, True), ("low-high", False, True)),
    *(("low-low", False, False), ("high-low", True, False)),
)
"""Quadrants, and whether their names stand right and above."""
LINE = "#222222"
MOST_ISLANDS = 5
STEPS_ACROSS, STEPS_UP = 8, 8
"""Most steps between the numbers of the axes."""
SAME = 1e-6
"""Local statistics this close to each other are the same."""


def draw_moran(figure: Figure, flags: Flags, box: Box, language: str, indicator: str) -> None:
    """Draw one dot an area with published neighbours, quadrants, and global Moran's I as a line.

    Raises
    ------
    OutputError
        No area has a published neighbour.
    """
    rows = _placed(flags, indicator)
    shown = rows.dropna(subset=["x", "y"])
    if shown.empty:
        raise OutputError("pictures.no_neighbours", ids=[indicator])
    inner = Box(box.x + 44, box.y + 36, box.width - SIDE - 70, box.height - 46)
    axes = plot_axes(figure, inner)
    across, up = _reach(shown)
    axes.set_xlim(*across[:2])
    axes.set_ylim(*up[:2])
    ticked(axes, "x", ticks(*across), language)
    ticked(axes, "y", ticks(*up), language)
    corners = _draw_quadrants(axes, shown, language)
    slope = flags.global_moran.get(indicator, math.nan)
    if np.isfinite(slope):
        axes.plot(axes.get_xlim(), slope * np.array(axes.get_xlim()), color=LINE, lw=1.2, zorder=2)
    draw_dots(axes, shown)
    draw_names(axes, flagged(shown, "p_moran"), shown, free=corners)
    axis_label(axes, text("pictures.moran_axis", language))
    axis_label(axes, text("pictures.moran_around", language), "y")
    _draw_side(figure, flags, rows, inner, (indicator, language))


def told_of_moran(flags: Flags, indicator: str) -> Derived:
    """Return what the picture tells besides published numbers: its slope, and its axes."""
    shown = _placed(flags, indicator).dropna(subset=["x", "y"])
    slope = flags.global_moran.get(indicator, math.nan)
    return Derived(numbers={"": (slope,)}, axes=_reach(shown) if len(shown) else ())


def _reach(shown: pd.DataFrame) -> tuple[Axis, Axis]:
    """Return the ranges of both axes, the mean in their middle."""
    across, up = (max(float(shown[name].abs().max()), 0.5) for name in "xy")
    return (-1.3 * across, 1.3 * across, STEPS_ACROSS), (-1.12 * up, 1.12 * up, STEPS_UP)


def _placed(flags: Flags, indicator: str) -> pd.DataFrame:
    """Return the standardised value of every published area and the mean of its neighbours.

    Where areas beyond counted as neighbours, their values are not at hand; `ringed` is True,
    and the means follow from the local statistics.
    """
    rows = evidence_of(flags, indicator)
    values = bounded(rows["z"].to_numpy(dtype=float))
    x = (values - values.mean()) / (values.std() or 1.0)
    graph = touching(flags.release.areas.loc[rows.index])
    neighbours = np.diff(graph.indptr)
    with np.errstate(invalid="ignore"):
        y = (graph @ x) / neighbours
    rows = rows.assign(x=x, y=np.where(neighbours > 0, y, np.nan), ringed=False)
    told = rows["local_moran"].to_numpy(dtype=float)
    own = (len(x) - 1) / len(x) * x * rows["y"].to_numpy()
    fits = np.isclose(told, own, rtol=SAME, atol=SAME)
    return rows if (fits | np.isnan(told)).all() else _placed_beside(rows, values)


def _placed_beside(rows: pd.DataFrame, values: np.ndarray) -> pd.DataFrame:
    """Return rows with places that follow from local statistics and quadrants alone.

    The mean that counted lies between the values called low and those called high; I divided
    by the own distance from it is the mean of the neighbours, up to a common factor near 1.
    """
    quadrant = rows["quadrant"].astype("str")
    low, high = (values[quadrant.str.startswith(side)] for side in ("low", "high"))
    below, above = low.max(initial=values.min()), high.min(initial=values.max())
    x = (values - (below + above) / 2) / (values.std() or 1.0)
    told = rows["local_moran"].to_numpy(dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        y = np.where(x != 0, told / x, np.nan)
    return rows.assign(x=x, y=y, ringed=True)


def _draw_quadrants(axes: Axes, shown: pd.DataFrame, language: str) -> list[Text]:
    """Draw the two lines through the mean, and name the quadrants with their numbers of areas."""
    axes.axhline(0, color="#999999", lw=0.7, zorder=1)
    axes.axvline(0, color="#999999", lw=0.7, zorder=1)
    face, found = Face(7.6, "bold", "#555555"), []
    for name, right, upper in CORNERS:
        inside = ((shown["x"] > 0) == right) & ((shown["y"] > 0) == upper)
        label = text(f"pictures.lisa_{slug(name)}", language)
        found.append(
            axes.text(
                0.992 if right else 0.008,
                0.985 if upper else 0.015,
                f"{label}: {int(inside.sum())}",
                transform=axes.transAxes,
                ha="right" if right else "left",
                va="top" if upper else "bottom",
                **face.options(),
            )
        )
    return found


def _draw_side(
    figure: Figure, flags: Flags, rows: pd.DataFrame, inner: Box, asked: tuple[str, str]
) -> None:
    """Draw the key beside the plot, and below it how the picture is read."""
    indicator, language = asked
    shown, alone = rows.dropna(subset=["y"]), rows[rows["y"].isna()]
    slope = flags.global_moran.get(indicator, math.nan)
    key = ([], [])
    if np.isfinite(slope):
        words = text("pictures.moran_line", language, value=number(slope, 2, language))
        key = ([Line2D([], [], color=LINE, lw=1.2)], [words])
    sentences = [
        text("pictures.moran_read", language),
        of_areas("pictures.shown_areas", len(shown), language),
    ]
    if shown["ringed"].any():
        sentences.append(text("pictures.moran_ring", language))
    if len(alone):
        names = [shortened(str(name), NAME, LONGEST) for name in alone[schema.NAME]]
        told = listing(tuple(names), MOST_ISLANDS, language)
        sentences.append(text("pictures.moran_islands", language, names=told))
    side = Box(inner.x + inner.width + 26, inner.y, SIDE, inner.height)
    draw_side(figure, side, [key_of(shown, language), key], sentences)
