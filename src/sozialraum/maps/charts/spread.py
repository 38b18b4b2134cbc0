"""Every area on one scale, a row a municipality: where the burden lies, and how sure."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.transforms import blended_transform_factory

from sozialraum import schema
from sozialraum.maps.charts.plot import (
    GRID,
    RING,
    axis_label,
    class_colours,
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
from sozialraum.model.judged import BORDERLINE
from sozialraum.schema import State

STEP = 0.09
"""Distance of two dots, in units of the index, below which one moves aside."""


def draw_spread(figure: Figure, index: Index, box: Box, language: str) -> None:
    """Draw the index of every area, municipalities in the order of their median."""
    rows = _rows(index)
    names = list(dict.fromkeys(rows["municipality_name"]))
    room = row_room(names)
    inner = Box(box.x + room, box.y + 44, box.width - room - 98, box.height - 62)
    axes = plot_axes(figure, inner)
    labelled_rows(axes, names)
    axes.hlines(range(len(names)), *_span(rows), color=GRID, lw=0.6, zorder=0)
    _draw_limits(axes, index, language)
    _draw_dots(axes, rows, names, index)
    _draw_counts(axes, rows, names, language)
    written(axes, "x", 1, language)
    axes.set_xlim(*_span(rows))
    axis_label(axes, text("charts.index_axis", language))
    _draw_marks(figure, box, index, language)


def _rows(index: Index) -> pd.DataFrame:
    areas = index.release.areas.loc[index.table.index]
    rows = index.table.join(areas[[schema.MUNICIPALITY, "municipality_name"]])
    middle = rows.groupby("municipality_name")["status_index"].median()
    order = middle.sort_values(ascending=False, na_position="last", kind="stable").index
    rank = rows["municipality_name"].map({name: i for i, name in enumerate(order)})
    return rows.assign(rank=rank).sort_values(["rank", "status_index"], kind="stable")


def _span(rows: pd.DataFrame) -> tuple[float, float]:
    known = rows["status_index"].dropna()
    low, high = (known.min(), known.max()) if len(known) else (-1.0, 1.0)
    return float(low) - 0.15, float(high) + 0.15


def _draw_limits(axes: Axes, index: Index, language: str) -> None:
    method = index.method
    if method.by != "value":
        return
    for limit in method.breaks:
        axes.axvline(limit, color="#777777", lw=0.7, ls=(0, (3, 2)), zorder=1)
    edges = [None, *method.breaks, None]
    for name, left, right in zip(method.classes, edges[:-1], edges[1:], strict=True):
        words = text("charts.class_named", language, code=name)
        place = (float(right or 0) - 0.05, "right") if left is None else (left + 0.05, "left")
        _above(axes, place[0], words, place[1])


def _above(axes: Axes, x: float, words: str, side: str) -> None:
    """Write a small note above the plot."""
    where = blended_transform_factory(axes.transData, axes.transAxes)
    note(axes, x, 1.005, words, ha=side, va="bottom", transform=where)


def _draw_dots(axes: Axes, rows: pd.DataFrame, names: Sequence[str], index: Index) -> None:
    fills = dict(zip(index.method.classes, class_colours(len(index.method.classes)), strict=True))
    shown = rows[rows["status_index"].notna()]
    for position, name in enumerate(names):
        here = shown[shown["municipality_name"] == name]
        x = here["status_index"].to_numpy(dtype=float)
        y = position + aside(x)
        sure = ~(here["status_stability"] < BORDERLINE).to_numpy()
        fill = [fills.get(code, "#cccccc") for code in here["status_class"]]
        axes.scatter(x[sure], y[sure], s=15, c=_pick(fill, sure), edgecolors=RING, lw=0.45)
        axes.scatter(x[~sure], y[~sure], s=15, c="white", edgecolors=_pick(fill, ~sure), lw=1.5)
        axes.scatter(x[~sure], y[~sure], s=26, c="none", edgecolors=RING, lw=0.35)


def aside(x: np.ndarray) -> np.ndarray:
    """Return how far each of ascending positions moves up or down so that dots do not hide.

    Examples
    --------
    >>> aside(np.array([0.0, 0.01, 0.02, 1.0])).tolist()
    [0.0, -0.17, 0.17, 0.0]
    """
    steps = np.array([0.0, -0.17, 0.17, -0.34, 0.34])
    last = np.full(len(steps), -np.inf)
    moved = np.zeros(len(x))
    for i, value in enumerate(x):
        free = np.flatnonzero(value - last >= STEP)
        lane = int(free[0]) if len(free) else int(last.argmin())
        last[lane] = value
        moved[i] = steps[lane]
    return moved


def _pick(values: Sequence[str], mask: np.ndarray) -> list[str]:
    return [value for value, taken in zip(values, mask, strict=True) if taken]


def _draw_counts(axes: Axes, rows: pd.DataFrame, names: Sequence[str], language: str) -> None:
    right = _span(rows)[1] + 0.06
    _above(axes, right, text("charts.areas_hidden", language), "left")
    for position, name in enumerate(names):
        here = rows[rows["municipality_name"] == name]
        hidden = int((here["state"] != State.VALUE).sum())
        words = f"{len(here)}  ·  {hidden}" if hidden else f"{len(here)}"
        note(axes, right, position, words, va="center", ha="left", clip_on=False)


def _draw_marks(figure: Figure, box: Box, index: Index, language: str) -> None:
    fill = class_colours(len(index.method.classes))[-1]
    marks = [
        Line2D([], [], marker="o", ls="", ms=5, mfc=fill, mec=RING, mew=0.45),
        Line2D([], [], marker="o", ls="", ms=5, mfc="white", mec=fill, mew=1.5),
    ]
    words = [text("charts.sure", language), text("charts.borderline", language)]
    if index.table["status_stability"].isna().all():
        marks, words = marks[:1], [text("charts.stability_unknown", language)]
    draw_key(figure, (box.x, box.y - 2), marks, words)
