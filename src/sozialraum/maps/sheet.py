"""A printed sheet: its size, heading and foot, and how it becomes a file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from sozialraum.maps.type import FOOT, SUBTITLE, TITLE, Face, wrap

SHEET = (841.9, 595.3)
"""A4 across, in points."""

MARGIN = 30.0
SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "hatch.linewidth": 0.55,
    "svg.hashsalt": "sozialraum",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "path.simplify": True,
}
FORMATS: dict[str, dict[str, Any]] = {
    ".png": {"Software": None},
    ".svg": {"Date": None, "Creator": "sozialraum"},
    ".pdf": {"CreationDate": None, "Creator": "sozialraum", "Producer": None},
}
"""Metadata without a date: equal input gives equal bytes."""


class Sheet(Figure):
    """A figure that shows itself in a notebook without pyplot's global state."""

    def _repr_png_(self) -> bytes:
        stream = BytesIO()
        with settings():
            self.savefig(stream, format="png", dpi=110, metadata=FORMATS[".png"])
        return stream.getvalue()


def save(figure: Figure, path: Path, *, title: str, dpi: int = 200) -> None:
    """Save a figure with the same bytes for the same content."""
    suffix = path.suffix.lower()
    with settings():
        figure.savefig(
            path, format=suffix[1:], dpi=dpi, metadata={"Title": title} | FORMATS[suffix]
        )


def small_png(figure: Figure, *, dpi: int) -> bytes:
    """Return a figure as PNG with 256 colours: a third of the bytes, no visible difference."""
    from PIL import Image

    full, small = BytesIO(), BytesIO()
    with settings():
        figure.savefig(full, format="png", dpi=dpi, metadata=FORMATS[".png"])
    with Image.open(full) as picture:
        few = picture.convert("RGB").quantize(256, dither=Image.Dither.NONE)
        few.save(small, format="png")
    return small.getvalue()


@contextmanager
def settings() -> Iterator[None]:
    """Let matplotlib draw as our sheets are drawn."""
    with rc_context(SETTINGS):
        yield


def blank(size: tuple[float, float] = SHEET) -> Figure:
    """Return an empty sheet of a size in points."""
    figure = Sheet(figsize=(size[0] / 72, size[1] / 72), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def draw_head(figure: Figure, title: str, subtitle: str) -> float:
    """Write title and subtitle at the top; return where they end, in points."""
    room = SHEET[0] - 2 * MARGIN
    y = SHEET[1] - MARGIN + 4
    for words, face in ((title, TITLE), (subtitle, SUBTITLE)):
        y = _print(figure, wrap(words, face, room), y, face) - 2
    return y - 8


def draw_foot(figure: Figure, foot: Sequence[str]) -> float:
    """Write what must be printed at the foot; return where it begins, in points."""
    room = SHEET[0] - 2 * MARGIN
    lines = [line for words in foot for line in wrap(words, FOOT, room)]
    top = MARGIN - 8 + len(lines) * FOOT.leading
    _print(figure, lines, top, FOOT)
    return top + 10


def _print(figure: Figure, lines: list[str], y: float, face: Face) -> float:
    for line in lines:
        y -= face.leading
        figure.text(
            MARGIN / SHEET[0],
            (y + 0.25 * face.size) / SHEET[1],
            line,
            va="baseline",
            **face.options(),
        )
    return y
