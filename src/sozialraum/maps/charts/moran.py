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
from sozialraum.files.wording import number
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
    written,
)
from sozialraum.maps.column import Box
from sozialraum.maps.type import Face
from sozialraum.messages import listing, text
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
    for reach, name, room in ((axes.set_xlim, "x", 1.3), (axes.set_ylim, "y", 1.12)):
        most = room * max(float(shown[name].abs().max()), 0.5)
        reach(-most, most)
    corners = _draw_quadrants(axes, shown, language)
    slope = flags.global_moran.get(indicator, math.nan)
    if np.isfinite(slope):
        axes.plot(axes.get_xlim(), slope * np.array(axes.get_xlim()), color=LINE, lw=1.2, zorder=2)
    draw_dots(axes, shown)
    draw_names(axes, flagged(shown, "p_moran"), shown, free=corners)
    for which in "xy":
        written(axes, which, 1, language)
    axis_label(axes, text("pictures.moran_axis", language))
    axis_label(axes, text("pictures.moran_around", language), "y")
    _draw_side(figure, flags, rows, inner, (indicator, language))


def _placed(flags: Flags, indicator: str) -> pd.DataFrame:
    """Return the standardised value of every published area and the mean of its neighbours."""
    rows = evidence_of(flags, indicator)
    values = bounded(rows["z"].to_numpy(dtype=float))
    x = (values - values.mean()) / (values.std() or 1.0)
    graph = touching(flags.release.areas.loc[rows.index])
    neighbours = np.diff(graph.indptr)
    with np.errstate(invalid="ignore"):
        y = (graph @ x) / neighbours
    return rows.assign(x=x, y=np.where(neighbours > 0, y, np.nan))


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
        text("pictures.shown_areas", language, areas=number(len(shown), 0, language)),
    ]
    if len(alone):
        names = [shortened(str(name), NAME, LONGEST) for name in alone[schema.NAME]]
        told = listing(tuple(names), MOST_ISLANDS, language)
        sentences.append(text("pictures.moran_islands", language, names=told))
    side = Box(inner.x + inner.width + 26, inner.y, SIDE, inner.height)
    draw_side(figure, side, [key_of(shown, language), key], sentences)
