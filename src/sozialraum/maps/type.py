"""Text on a sheet: measured and wrapped before it is drawn, so that nothing is clipped."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

FAMILY = "DejaVu Sans"
"""Comes with matplotlib: the same widths on every machine."""

INK = "#1a1a1a"
SOFT = "#555555"


@dataclass(frozen=True, slots=True)
class Face:
    """A size in points, a weight and a colour."""

    size: float
    weight: str = "normal"
    colour: str = INK

    @property
    def leading(self) -> float:
        """Distance between base lines in points."""
        return 1.32 * self.size

    def options(self) -> dict[str, Any]:
        """Return keywords for matplotlib's text; names are data, never mathematics."""
        return {
            "fontsize": self.size,
            "fontweight": self.weight,
            "color": self.colour,
            "family": FAMILY,
            "parse_math": False,
        }


TITLE = Face(16, "bold")
SUBTITLE = Face(9.5, colour=SOFT)
HEADING = Face(9, "bold")
BODY = Face(8.5)
NOTE = Face(7.2, colour=SOFT)
FOOT = Face(6.4, colour=SOFT)


@cache
def width(words: str, face: Face) -> float:
    """Return the width of one line in points."""
    font = FontProperties(family=FAMILY, size=face.size, weight=face.weight)
    exact = float(TextToPath().get_text_width_height_descent(words, font, ismath=False)[0])
    return 1.02 * exact  # letters are moved to whole pixels when they are drawn


def wrap(words: str, face: Face, room: float) -> list[str]:
    """Return `words` broken into lines of at most `room` points; long words are cut."""
    lines: list[str] = []
    line = ""
    for word in words.split():
        longer = f"{line} {word}" if line else word
        if width(longer, face) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _cut(word, face, room)
        lines += whole
    return [*lines, line] if line else lines


def _cut(word: str, face: Face, room: float) -> list[str]:
    """Return a word in pieces that fit, as names without a blank need."""
    pieces, piece = [], ""
    for letter in word:
        if piece and width(piece + letter, face) > room:
            pieces.append(piece)
            piece = ""
        piece += letter
    return [*pieces, piece]
