"""Two readings of the same years: against the other areas, and against a frozen scale."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sozialraum.errors import OutputError
from sozialraum.files.wording import number
from sozialraum.maps.charts.plot import (
    LABEL,
    RING,
    axis_label,
    class_colours,
    draw_key,
    note,
    plot_axes,
    written,
)
from sozialraum.maps.column import Box
from sozialraum.maps.type import FAMILY
from sozialraum.messages import text
from sozialraum.methods.index_classes import DYNAMICS_BREAKS
from sozialraum.model import Index


def draw_moves(figure: Figure, index: Index, box: Box, language: str) -> None:
    """Draw dynamics relative to the county (across) beside change on a frozen scale (up).

    Raises
    ------
    OutputError
        The index has no frozen baseline.
    """
    both = index.table[["dynamics_index", "baseline_index"]].notna().all(axis=1)
    if not both.any():
        raise OutputError("charts.no_baseline")
    rows = index.table[both]
    side = min(box.height - 40, box.width - 330)
    inner = Box(box.x + 46, box.y + 36, box.width - 300, side)
    axes = plot_axes(figure, inner)
    x, y = (rows[name].to_numpy(dtype=float) for name in ("dynamics_index", "baseline_index"))
    _draw_fields(axes, x, y, language)
    fills = dict(zip(index.method.classes, class_colours(len(index.method.classes)), strict=True))
    colour = [fills.get(code, "#cccccc") for code in rows["status_class"]]
    axes.scatter(x, y, s=15, c=colour, edgecolors=RING, lw=0.45, zorder=3)
    for which in "xy":
        written(axes, which, 1, language)
    axis_label(axes, text("charts.relative_axis", language))
    axis_label(axes, text("charts.baseline_axis", language), "y")
    _draw_marks(figure, index, fills, Box(inner.x + inner.width + 26, inner.y, 220, side), language)
    _draw_counts(figure, x, y, Box(inner.x + inner.width + 26, inner.y, 220, side), language)


def _draw_fields(axes: Axes, x: np.ndarray, y: np.ndarray, language: str) -> None:
    """Draw the limits, and shade where "negative" is not "worse"."""
    low, high = float(x.min()) - 0.3, float(x.max()) + 0.3
    down, up = float(min(y.min(), -0.2)) - 0.1, float(max(y.max(), 0.2)) + 0.1
    axes.set_xlim(low, high)
    axes.set_ylim(down, up)
    axes.axhline(0, color="#777777", lw=0.7)
    for limit in DYNAMICS_BREAKS:
        axes.axvline(limit, color="#777777", lw=0.7, ls=(0, (3, 2)))
    right = DYNAMICS_BREAKS[-1]
    axes.fill_between([right, high], 0, down, color="#eef3f8", zorder=0)
    axes.fill_between([low, DYNAMICS_BREAKS[0]], 0, up, color="#fdf3ea", zorder=0)
    note(axes, high - 0.04, down, text("charts.field_better", language), ha="right", va="bottom")
    note(axes, low + 0.04, up, text("charts.field_worse", language), ha="left", va="top")


def _draw_marks(
    figure: Figure, index: Index, fills: dict[str, str], box: Box, language: str
) -> None:
    marks = [
        Line2D([], [], marker="o", ls="", ms=5, mfc=fill, mec=RING, mew=0.45)
        for fill in fills.values()
    ]
    words = [text("charts.class_named", language, code=code) for code in index.method.classes]
    draw_key(
        figure,
        (box.x, box.y + box.height),
        marks,
        words,
        loc="upper left",
        ncols=1,
        title=text("charts.status", language),
        title_fontproperties={"family": FAMILY, "size": LABEL.size, "weight": "bold"},
        alignment="left",
    )


def _draw_counts(figure: Figure, x: np.ndarray, y: np.ndarray, box: Box, language: str) -> None:
    """Say in words how many areas fell behind although they improved, and the reverse."""
    from sozialraum.maps.type import NOTE, wrap

    behind = x > DYNAMICS_BREAKS[-1]
    ahead = x < DYNAMICS_BREAKS[0]
    better, worse = behind & (y < 0), ahead & (y > 0)
    sentences = [
        text(
            "charts.moves_behind",
            language,
            areas=_n(behind, language),
            better=_n(better, language),
        ),
        text("charts.moves_ahead", language, areas=_n(ahead, language), worse=_n(worse, language)),
    ]
    axes = box.axes(figure)
    line = 130.0
    for words in sentences:
        for part in wrap(words, LABEL, box.width):
            axes.text(0, line, part, va="baseline", **LABEL.options())
            line += LABEL.leading
        line += NOTE.leading


def _n(mask: np.ndarray, language: str) -> str:
    return number(int(mask.sum()), 0, language)
