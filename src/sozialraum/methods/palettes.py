"""Colours of classes: few, printable, and apart for every kind of colour vision.

ColorBrewer's OrRd, YlGnBu and PuOr [1]_ and matplotlib's viridis [2]_, as hex values so
that no library chooses them. Five classes of each stay apart (tested: at least 10 units
of CIEDE2000 between any two, for normal, deuteranopic, protanopic and tritanopic
vision) and the sequential ones darken evenly, so that a grey print keeps their order.
Red-yellow-green is left out on purpose: its middle classes merge for one man in twelve.

References
----------
.. [1] Harrower and Brewer (2003), ColorBrewer.org: an online tool for selecting colour
   schemes for maps, The Cartographic Journal 40(1), 27-37.
.. [2] Smith and van der Walt (2015), A better default colormap for matplotlib, SciPy.
"""

from typing import Literal

Palette = Literal["OrRd", "YlGnBu", "viridis", "PuOr"]

SEQUENTIAL: dict[str, tuple[str, ...]] = {
    "OrRd": ("#fff7ec", "#fdd49e", "#fc8d59", "#d7301f", "#7f0000"),
    "YlGnBu": ("#ffffcc", "#a1dab4", "#41b6c4", "#2c7fb8", "#253494"),
    "viridis": ("#fde725", "#5ec962", "#21918c", "#3b528b", "#440154"),
}
"""Five steps from light (low) to dark (high); OrRd: every second of its nine."""

DIVERGING: dict[str, tuple[str, ...]] = {
    "PuOr": ("#5e3c99", "#b2abd2", "#f7f7f7", "#fdb863", "#e66101"),
}
"""Five steps from one side over a neutral middle to the other."""


def colours(palette: Palette, classes: int) -> tuple[str, ...]:
    """Return one colour a class, from low to high.

    Parameters
    ----------
    palette
        Name of the palette.
    classes
        Number of classes, at least 1. Up to five are apart for everybody; more are
        interpolated and rely on the number that every class carries.

    Returns
    -------
    tuple of str
        Hex values such as ``"#fff7ec"``.

    Examples
    --------
    >>> colours("PuOr", 3)
    ('#5e3c99', '#f7f7f7', '#e66101')
    """
    steps = (SEQUENTIAL | DIVERGING)[palette]
    if classes == 1:
        return (steps[len(steps) // 2],)
    positions = [i * (len(steps) - 1) / (classes - 1) for i in range(classes)]
    return tuple(_between(steps, position) for position in positions)


def lightness(colour: str) -> float:
    """Return the lightness L* of a hex colour, 0 (black) to 100 (white), as CIE 1976.

    Examples
    --------
    >>> round(lightness("#ffffff"))
    100
    """
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    threshold = (6 / 29) ** 3
    if luminance > threshold:
        return 116 * luminance ** (1 / 3) - 16
    return luminance * (29 / 3) ** 3


def ink(colour: str) -> str:
    """Return the colour of text on a background: black on light, white on dark.

    Examples
    --------
    >>> ink("#fff7ec"), ink("#7f0000")
    ('#000000', '#ffffff')
    """
    # at L* = 49.4 black and white have the same contrast, 4.58 : 1
    return "#000000" if lightness(colour) > 49.4 else "#ffffff"


def _between(steps: tuple[str, ...], position: float) -> str:
    left = min(int(position), len(steps) - 2)
    share = position - left
    pairs = zip(_channels(steps[left]), _channels(steps[left + 1]), strict=True)
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in pairs)


def _channels(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _linear(channel: float) -> float:
    """Undo the gamma of sRGB (IEC 61966-2-1)."""
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4
