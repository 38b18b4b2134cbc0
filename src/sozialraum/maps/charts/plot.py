"""What every chart needs: axes in a box, ticks as people write them, classes as colours."""

from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from sozialraum.files.wording import number
from sozialraum.maps.column import Box
from sozialraum.maps.type import FAMILY, INK, SOFT, Face, width, wrap
from sozialraum.methods.classes import decimals
from sozialraum.methods.palettes import colours

GRID = "#e4e4e4"
LABEL = Face(8.0)
SMALL = Face(6.8, colour=SOFT)
RING = "#4d4d4d"
PROSE = Face(7.6, colour=SOFT)
KEY = 7.4
"""Size of the letters of a key."""


def plot_axes(figure: Figure, box: Box) -> Axes:
    """Return axes with spines and ticks that fill a box given in points."""
    across, up = figure.get_size_inches() * 72
    axes = figure.add_axes((box.x / across, box.y / up, box.width / across, box.height / up))
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set(color="#888888", linewidth=0.6)
    axes.tick_params(labelsize=SMALL.size, length=2, width=0.5, colors=SOFT)
    axes.tick_params(labelfontfamily=FAMILY)
    axes.set_axisbelow(True)
    return axes


def written(axes: Axes, which: str, digits: int, language: str) -> None:
    """Write the numbers of an axis as the language does."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(FuncFormatter(lambda value, _: number(value, digits, language)))


def ticked(axes: Axes, which: str, found: Sequence[float], language: str) -> None:
    """Set the numbers of an axis, those between its limits, and write them without loss."""
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    inside = tuple(tick for tick in found if low <= tick <= high)
    digits = decimals(inside)
    axis.set_ticks(inside, [number(tick, digits, language) for tick in inside])


def labelled_rows(axes: Axes, names: Sequence[str]) -> None:
    """Write one name a row, the first at the top."""
    axes.set_yticks(range(len(names)), names, parse_math=False, **_font(LABEL))
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", length=0)


def row_room(names: Sequence[str], most: float = 190.0) -> float:
    """Return the points that the longest name needs left of the axes."""
    return min(max((width(name, LABEL) for name in names), default=0.0) + 10, most)


def axis_label(axes: Axes, words: str, which: str = "x") -> None:
    """Name an axis."""
    give = axes.set_xlabel if which == "x" else axes.set_ylabel
    give(words, parse_math=False, **_font(LABEL))


def note(axes: Axes, x: float, y: float, words: str, **options: Any) -> None:
    """Write a small note at data coordinates."""
    axes.text(x, y, words, **{**SMALL.options(), **options})


def draw_key(
    figure: Figure,
    place: tuple[float, float],
    marks: Sequence[Artist],
    words: Sequence[str],
    **options: Any,
) -> float:
    """Draw a key with its anchor at a place in points, return how high it is.

    Options are those of a legend.
    """
    across, up = figure.get_size_inches() * 72
    usual = {"loc": "lower left", "ncols": len(marks), "labelcolor": SMALL.colour}
    key = figure.legend(
        marks,
        words,
        bbox_to_anchor=(place[0] / across, place[1] / up),
        frameon=False,
        prop={"family": FAMILY, "size": KEY},
        handletextpad=0.5,
        borderaxespad=0.0,
        **{**usual, **options},
    )
    return float(key.get_window_extent().height) * 72 / figure.dpi


def draw_side(
    figure: Figure,
    box: Box,
    groups: Sequence[tuple[Sequence[Artist], Sequence[str]]],
    sentences: Sequence[str],
) -> None:
    """Draw keys below each other beside a plot, and under them how it is read."""
    top = box.y + box.height
    for marks, words in groups:
        if marks:
            lines = ["\n".join(wrap(one, Face(KEY), box.width - 24)) for one in words]
            top -= draw_key(figure, (box.x, top), marks, lines, loc="upper left", ncols=1) + 12
    draw_prose(figure, sentences, Box(box.x, box.y, box.width, top - box.y), PROSE)


def draw_prose(figure: Figure, sentences: Sequence[str], box: Box, face: Face) -> None:
    """Write sentences below each other from the top of a box."""
    axes, y = box.axes(figure), 0.0
    for sentence in sentences:
        for line in wrap(sentence, face, box.width):
            y += face.leading
            axes.text(0, y - 0.25 * face.size, line, va="baseline", **face.options())
        y += 0.6 * face.size


def class_colours(number_of_classes: int) -> tuple[str, ...]:
    """Return the colours the maps use for classes of the status."""
    return colours("OrRd", number_of_classes)


def _font(face: Face) -> dict[str, Any]:
    return {"fontsize": face.size, "family": FAMILY, "color": INK if face is LABEL else SOFT}
