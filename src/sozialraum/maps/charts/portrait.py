"""One area: what lifts and what lowers its index, in points and in words."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from sozialraum import schema
from sozialraum.files.wording import number
from sozialraum.index.contributions import contributions
from sozialraum.index.why import explain_area
from sozialraum.maps.charts.plot import LABEL, axis_label, labelled_rows, note, plot_axes, written
from sozialraum.maps.column import Box
from sozialraum.maps.type import Face, wrap
from sozialraum.messages import text
from sozialraum.model import Index

BURDEN, RELIEF = "#d7301f", "#5e3c99"
PROSE = Face(9.5)
ROW = 58.0
"""Points a bar takes at most."""
WIDEST = 640.0
"""Points of a line of prose; longer ones are hard to read."""
LONGEST = 215.0
"""Points that the names of indicators may take; longer ones are broken."""


def draw_portrait(figure: Figure, index: Index, box: Box, language: str, area: str) -> None:
    """Draw the contributions of an area as bars, and why it has its class in sentences."""
    table = contributions(index)
    own = table[table[schema.AREA_ID] == area].dropna(subset=["points"])
    own = own.sort_values("points", ascending=False, kind="stable")
    sentences = portrait_lines(index, area, language)
    prose = len(sentences) * PROSE.leading + 16
    height = min(box.height - prose - 60, ROW * len(own) + 10) if len(own) else 0.0
    top = box.y + box.height - 12
    foot = top - height - (46 if len(own) else 0)
    _draw_prose(figure, sentences, Box(box.x, foot - prose, box.width, prose))
    if len(own):
        inner = Box(box.x + LONGEST + 12, top - height, box.width - LONGEST - 190, height)
        axes = plot_axes(figure, inner)
        _draw_bars(axes, index, own, language)
        _draw_facts(axes, index, own, language)


def portrait_lines(index: Index, area: str, language: str) -> list[str]:
    """Return why an area has its class, in lines as the portrait writes them."""
    return wrap(explain_area(index, area, language), PROSE, WIDEST)


def _draw_bars(axes: Axes, index: Index, own: pd.DataFrame, language: str) -> None:
    labels = [index.release.indicator(i).label(language) for i in own[schema.INDICATOR]]
    labelled_rows(axes, ["\n".join(wrap(label, LABEL, LONGEST)) for label in labels])
    points = own["points"].to_numpy(dtype=float)
    colour = [BURDEN if value > 0 else RELIEF for value in points]
    axes.barh(range(len(own)), points, height=0.55, color=colour)
    reach = max(1.0, float(abs(points).max()) * 1.15)
    axes.set_xlim(-reach, reach)
    axes.axvline(0, color="#777777", lw=0.8)
    axes.spines["left"].set_visible(False)
    written(axes, "x", 1, language)
    axis_label(axes, text("charts.points_axis", language))
    for row, value in enumerate(points):
        side = "left" if value > 0 else "right"
        shift = 0.02 * reach if value > 0 else -0.02 * reach
        note(axes, value + shift, row, number(value, 2, language), va="center", ha=side)


def _draw_facts(axes: Axes, index: Index, own: pd.DataFrame, language: str) -> None:
    """Write the rate of the area beside that of the county."""
    right = axes.get_xlim()[1]
    for row, (_, one) in enumerate(own.iterrows()):
        unit = index.release.indicator(one[schema.INDICATOR]).unit(language)
        values = {"here": one["value"], "county": one["county_value"]}
        told = {
            name: "–" if pd.isna(value) else f"{number(float(value), 1, language)} {unit}"
            for name, value in values.items()
        }
        lines = wrap(text("charts.here_and_county", language, **told), LABEL, 170.0)
        note(axes, right * 1.04, row, "\n".join(lines), va="center", ha="left", clip_on=False)


def _draw_prose(figure: Figure, lines: list[str], box: Box) -> None:
    axes = box.axes(figure)
    for i, line in enumerate(lines):
        axes.text(0, (i + 1) * PROSE.leading, line, va="baseline", **PROSE.options())
