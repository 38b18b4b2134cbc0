"""Palettes: apart for every kind of colour vision, ordered in a grey print."""

from itertools import combinations, pairwise

import numpy as np
import pytest

from sozialraum.methods.palettes import DIVERGING, SEQUENTIAL, colours, ink, lightness
from sozialraum.themes.flagged import COLD
from sozialraum.themes.local import QUADRANTS

VISION = {
    "normal": np.eye(3),
    # Machado, Oliveira and Fernandes (2009), IEEE TVCG 15(6), severity 1.0, linear RGB
    "protan": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "deutan": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "tritan": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)


def lab(colour: str, vision: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(VISION[vision] @ linear, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """CIEDE2000 after Sharma, Wu and Dalal (2005), Color Research & Application 30(1)."""
    chroma = (np.hypot(*one[1:]) + np.hypot(*other[1:])) / 2
    g = 0.5 * (1 - np.sqrt(chroma**7 / (chroma**7 + 25.0**7)))
    a1, a2 = one[1] * (1 + g), other[1] * (1 + g)
    c1, c2 = np.hypot(a1, one[2]), np.hypot(a2, other[2])
    h1, h2 = np.degrees(np.arctan2([one[2], other[2]], [a1, a2])) % 360
    turn = 0.0 if c1 * c2 == 0 else (h2 - h1 + 180) % 360 - 180
    dl, dc, dh = other[0] - one[0], c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    light, c = (one[0] + other[0]) / 2, (c1 + c2) / 2
    h = h1 + h2 if c1 * c2 == 0 else (h1 + turn / 2) % 360
    t = 1 - 0.17 * np.cos(np.radians(h - 30)) + 0.24 * np.cos(np.radians(2 * h))
    t += 0.32 * np.cos(np.radians(3 * h + 6)) - 0.20 * np.cos(np.radians(4 * h - 63))
    sl = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    sc, sh = 1 + 0.045 * c, 1 + 0.015 * c * t
    rt = -np.sin(np.radians(60 * np.exp(-(((h - 275) / 25) ** 2)))) * 2
    rt *= np.sqrt(c**7 / (c**7 + 25.0**7))
    return float(np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + rt * dc / sc * dh / sh))


def test_difference_agrees_with_published_pairs():
    # pairs 1, 7 and 17 of table 1 in Sharma, Wu and Dalal (2005)
    assert difference(np.array([50, 2.6772, -79.7751]), np.array([50, 0, -82.7485])) == (
        pytest.approx(2.0425, abs=1e-4)
    )
    assert difference(np.array([50, 0, 0]), np.array([50, -1, 2])) == pytest.approx(
        2.3669, abs=1e-4
    )
    assert difference(np.array([50, 2.5, 0]), np.array([73, 25, -18])) == (
        pytest.approx(27.1492, abs=1e-4)
    )


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("name", [*SEQUENTIAL, *DIVERGING])
def test_five_classes_are_apart_for_every_colour_vision(name, vision):
    seen = [lab(colour, vision) for colour in colours(name, 5)]
    assert min(difference(a, b) for a, b in combinations(seen, 2)) >= 10


@pytest.mark.parametrize("name", SEQUENTIAL)
@pytest.mark.parametrize("classes", range(2, 9))
def test_sequential_palettes_darken_with_every_class(name, classes):
    grey = [lightness(colour) for colour in colours(name, classes)]
    assert all(a > b for a, b in pairwise(grey))


def test_both_sides_of_the_diverging_palette_differ_in_a_grey_print():
    low, middle, high = (lightness(colour) for colour in colours("PuOr", 3))
    assert middle > high + 20 > low + 40


def test_text_on_every_class_has_the_contrast_of_wcag_aa():
    def luminance(colour):
        return (
            ((lightness(colour) + 16) / 116) ** 3
            if lightness(colour) > 8
            else lightness(colour) * (3 / 29) ** 3
        )

    for name in (*SEQUENTIAL, *DIVERGING):
        for colour in colours(name, 5):
            a, b = sorted([luminance(colour), luminance(ink(colour))])
            assert (b + 0.05) / (a + 0.05) >= 4.5, (name, colour)


def test_one_class_takes_the_middle_and_red_yellow_green_is_not_there():
    assert colours("OrRd", 1) == ("#fc8d59",)
    assert "RdYlGn" not in SEQUENTIAL | DIVERGING


@pytest.mark.parametrize("vision", VISION)
def test_classes_of_local_statistics_stay_apart_or_have_another_pattern(vision):
    fills = [
        (colour, pattern)
        for _, clear, light, pattern in QUADRANTS.values()
        for colour in (clear, light)
    ]
    for (one, pattern), (other, another) in combinations(fills, 2):
        far = difference(lab(one, vision), lab(other, vision))
        assert far >= 10 or pattern != another, (one, other)
    steps = [lightness(colour) for colour in COLD]
    assert all(light - dark > 15 for light, dark in pairwise(steps))
