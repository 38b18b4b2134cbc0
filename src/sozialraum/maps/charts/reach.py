"""Whom the areas of attention reach: the share of affected people who live in them."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sozialraum import schema
from sozialraum.index.coverage import SETTLEMENT, coverage
from sozialraum.index.settlement import settlement_label
from sozialraum.index.told import reach_row
from sozialraum.maps.charts.plot import (
    GRID,
    RING,
    axis_label,
    draw_key,
    labelled_rows,
    note,
    plot_axes,
    row_room,
    written,
)
from sozialraum.maps.column import Box
from sozialraum.messages import text
from sozialraum.model import Index

FILL = "#d7301f"
LIGHT = "#fdd49e"


def draw_reach(figure: Figure, index: Index, box: Box, language: str, indicator: str) -> None:
    """Draw the coverage of county, settlement types and municipalities, most people first."""
    rows = _rows(coverage(index, indicator))
    names = [_name(row, language) for _, row in rows.iterrows()]
    room = row_room(names)
    inner = Box(box.x + room, box.y + 48, box.width - room - 170, box.height - 62)
    axes = plot_axes(figure, inner)
    labelled_rows(axes, names)
    _draw_bars(axes, rows)
    _draw_facts(axes, rows, language)
    axes.set_xlim(0, 100)
    axes.grid(axis="x", color=GRID, lw=0.6)
    written(axes, "x", 0, language)
    axis_label(axes, text("charts.reach_axis", language))
    _draw_marks(figure, box, language)


def _rows(table: pd.DataFrame) -> pd.DataFrame:
    """Return county, settlement types and municipalities as they stand below each other."""
    towns = table[table["level"] == schema.MUNICIPALITY_LEVEL]
    towns = towns.sort_values(["persons", "name"], ascending=[False, True], kind="stable")
    county = table[table["level"] == schema.COUNTY_LEVEL]
    return pd.concat([county, table[table["level"] == SETTLEMENT], towns], ignore_index=True)


def _name(row: pd.Series, language: str) -> str:
    if row["level"] == SETTLEMENT:
        return settlement_label(str(row["place"]), language)
    return str(row["name"] or row["place"])


def _draw_bars(axes: Axes, rows: pd.DataFrame) -> None:
    places = np.arange(len(rows))
    percent = {name: 100 * rows[name].to_numpy(dtype=float) for name in _SHARES}
    axes.barh(places, percent["share_persons"], height=0.62, color=FILL)
    axes.barh(places, percent["share_residents"], height=0.24, color=LIGHT, edgecolor=RING, lw=0.3)
    axes.plot(percent["share_top"], places, ls="", marker="|", ms=11, mew=1.8, color=RING)
    parts = rows["level"].to_numpy()
    for row in np.flatnonzero(parts[1:] != parts[:-1]):
        axes.axhline(row + 0.5, color="#999999", lw=0.6)


_SHARES = ("share_persons", "share_residents", "share_top")


def _draw_facts(axes: Axes, rows: pd.DataFrame, language: str) -> None:
    for place, (_, row) in enumerate(rows.iterrows()):
        if pd.isna(row["share_persons"]):
            words = text("charts.reach_unknown", language)
        else:
            words = reach_row(row, language)
        note(axes, 102, place, words, va="center", ha="left", clip_on=False)


def _draw_marks(figure: Figure, box: Box, language: str) -> None:
    marks = [
        Patch(facecolor=FILL),
        Patch(facecolor=LIGHT, edgecolor=RING, lw=0.3),
        Line2D([], [], ls="", marker="|", ms=10, mew=1.8, color=RING),
    ]
    words = [text(f"charts.reach_{name}", language) for name in ("persons", "residents", "top")]
    draw_key(figure, (box.x, box.y - 2), marks, words)
