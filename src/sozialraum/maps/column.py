"""The column beside the map: legend with counts, notes and a histogram."""

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sozialraum.files.wording import number
from sozialraum.maps.ground import HATCHES
from sozialraum.maps.type import BODY, FAMILY, HEADING, INK, NOTE, SOFT, Face, width, wrap
from sozialraum.messages import text
from sozialraum.methods.classes import decimals
from sozialraum.methods.palettes import ink
from sozialraum.themes.model import Entry, Theme

SWATCH = (26.0, 13.0)
"""Width and height of a legend field in points."""

GAP = 8.0
HISTOGRAM = 112.0
"""Points that a histogram takes with its labels."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the sheet in points from the lower left corner."""

    x: float
    y: float
    width: float
    height: float

    def axes(self, figure: Figure) -> Axes:
        """Return bare axes that fill the box, measured in points from its upper left."""
        across, up = figure.get_size_inches() * 72
        position = (self.x / across, self.y / up, self.width / across, self.height / up)
        axes = figure.add_axes(position)
        axes.set_xlim(0, self.width)
        axes.set_ylim(self.height, 0)
        axes.set_axis_off()
        return axes


@dataclass(frozen=True, slots=True)
class Row:
    """A legend entry with its label already broken into lines."""

    entry: Entry
    lines: list[str]

    def height(self, face: Face) -> float:
        """Points from this row to the next."""
        return max(SWATCH[1] + 4, len(self.lines) * face.leading + 2)


def draw_column(figure: Figure, theme: Theme, box: Box, language: str) -> None:
    """Draw legend, notes and histogram from top to bottom; smaller where room is short."""
    shows_histogram = theme.kind == "values" and theme.frame["number"].nunique() > 2
    for scale in (1.0, 0.92, 0.84, 0.76, 0.68):
        need = _legend_height(theme, box.width, scale)
        need += HISTOGRAM if shows_histogram else 0
        if need <= box.height:
            break
    else:
        shows_histogram = False
    axes = box.axes(figure)
    y = _draw_legend(axes, theme, box.width, scale, language)
    y = _draw_lines(axes, _notes(theme, box.width, scale), 0, y + GAP, _scaled(NOTE, scale))
    if shows_histogram:
        top = box.height - max(y + GAP, 0)
        lower = max(box.y, box.y + top - HISTOGRAM - GAP)
        draw_histogram(figure, theme, Box(box.x, lower, box.width, HISTOGRAM), language)


def _scaled(face: Face, scale: float) -> Face:
    return Face(face.size * scale, face.weight, face.colour)


def _rows(theme: Theme, room: float, scale: float) -> list[Row]:
    face = _scaled(BODY, scale)
    label_room = room - SWATCH[0] - 8 - 30
    return [Row(entry, wrap(entry.label, face, label_room)) for entry in theme.entries]


def _notes(theme: Theme, room: float, scale: float) -> list[str]:
    face = _scaled(NOTE, scale)
    return [line for note in theme.notes for line in wrap(note, face, room)]


def _legend_height(theme: Theme, room: float, scale: float) -> float:
    heading, body, note = (_scaled(face, scale) for face in (HEADING, BODY, NOTE))
    rows = _rows(theme, room, scale)
    total = len(wrap(theme.legend, heading, room)) * heading.leading + GAP
    total += sum(row.height(body) for row in rows) + 1.5 * GAP + body.leading
    return total + len(_notes(theme, room, scale)) * note.leading + 2 * GAP


def _draw_legend(axes: Axes, theme: Theme, room: float, scale: float, language: str) -> float:
    heading, body = _scaled(HEADING, scale), _scaled(BODY, scale)
    lines = wrap(theme.legend, heading, room - 45)
    _right(axes, text("maps.areas", language), room, heading.leading * 0.75, _scaled(NOTE, scale))
    y = _draw_lines(axes, lines, 0, 0, heading) + 0.5 * GAP
    after_gap = False
    for row in _rows(theme, room, scale):
        if row.entry.missing and not after_gap:
            y, after_gap = y + 0.6 * GAP, True
        y = _draw_row(axes, row, room, y, body)
    y += 0.3 * GAP
    axes.plot([0, room], [y, y], color="#bbbbbb", lw=0.6)
    total = sum(entry.areas for entry in theme.entries)
    base = y + body.leading
    axes.text(0, base, text("maps.total", language), va="baseline", **body.options())
    _right(axes, number(total, 0, language), room, base, body)
    return base + 0.4 * GAP


def _draw_row(axes: Axes, row: Row, room: float, y: float, face: Face) -> float:
    height = row.height(face)
    entry, middle = row.entry, y + height / 2
    field = Rectangle(
        (0, middle - SWATCH[1] / 2),
        *SWATCH,
        facecolor=entry.colour,
        edgecolor=entry.pattern_colour if entry.pattern != "plain" else "#6e6e6e",
        hatch=HATCHES[entry.pattern] or None,
        linewidth=0.5,
    )
    axes.add_patch(field)
    _draw_mark(axes, entry, middle, face)
    first = middle - (len(row.lines) - 1) * face.leading / 2 + 0.36 * face.size
    for i, line in enumerate(row.lines):
        axes.text(SWATCH[0] + 8, first + i * face.leading, line, va="baseline", **face.options())
    _right(axes, str(entry.areas), room, middle + 0.36 * face.size, face)
    return y + height


def _draw_mark(axes: Axes, entry: Entry, middle: float, face: Face) -> None:
    from matplotlib.patheffects import withStroke

    small = Face(0.85 * face.size, "bold", ink(entry.colour))
    axes.text(
        SWATCH[0] / 2,
        middle + 0.36 * small.size,
        entry.mark,
        ha="center",
        va="baseline",
        path_effects=[withStroke(linewidth=2, foreground=entry.colour)],
        **small.options(),
    )


def _right(axes: Axes, words: str, room: float, base: float, face: Face) -> None:
    axes.text(room - width(words, face), base, words, va="baseline", **face.options())


def _draw_lines(axes: Axes, lines: list[str], x: float, y: float, face: Face) -> float:
    for line in lines:
        y += face.leading
        axes.text(x, y - 0.25 * face.size, line, va="baseline", **face.options())
    return y


def draw_histogram(figure: Figure, theme: Theme, box: Box, language: str) -> None:
    """Draw how many areas have which value, in the colours of the classes."""
    inner = Box(box.x + 22, box.y + 27, box.width - 26, box.height - 42)
    axes = inner.axes(figure)
    axes.set_axis_on()
    axes.autoscale(enable=True)
    classes = [entry for entry in theme.entries if not entry.missing]
    values = [
        theme.frame.loc[theme.frame["class"] == entry.code, "number"].to_numpy(dtype=float)
        for entry in classes
    ]
    known = np.concatenate(values)
    bins = np.linspace(known.min(), known.max(), 25)
    axes.hist(
        values,
        bins=bins.tolist(),
        stacked=True,
        color=[entry.colour for entry in classes],
        edgecolor="#6e6e6e",
        linewidth=0.4,
    )
    for value in theme.breaks:
        if known.min() < value < known.max():
            axes.axvline(value, color="#555555", lw=0.5, ls=(0, (2, 2)))
    _dress(axes, theme, language)


def _dress(axes: Axes, theme: Theme, language: str) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set(color="#888888", linewidth=0.6)
    axes.set_ylim(0, axes.dataLim.y1 * 1.05)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    ticks = tuple(float(tick) for tick in axes.get_xticks())
    digits = decimals(ticks)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: number(v, digits, language)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: number(v, 0, language)))
    axes.tick_params(labelsize=6.3, length=2, width=0.5, colors=SOFT, labelfontfamily=FAMILY)
    axes.set_xlabel(theme.legend, parse_math=False, fontsize=6.8, color=INK, family=FAMILY)
    axes.set_title(
        text("maps.histogram", language), loc="left", fontsize=6.8, color=INK, family=FAMILY
    )
