"""A few pictures against kept ones, tolerant: what changes the look is seen by somebody.

After a wanted change: ``SOZIALRAUM_WRITE_BASELINES=1 pytest tests/images``, look, commit.
"""

import os
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sozialraum.maps import draw_map
from support import make_flags, make_index, make_release

BASELINES = Path(__file__).with_name("baseline")
TOLERANCE = 4.0
"""Root mean square of the grey difference (0 to 255), after halving the picture."""


def picture(figure) -> Image.Image:
    stream = BytesIO()
    figure.savefig(stream, format="png", dpi=72)
    return Image.open(stream).convert("RGB").quantize(64, dither=Image.Dither.NONE)


def grey(image: Image.Image) -> np.ndarray:
    size = (image.width // 2, image.height // 2)
    return np.asarray(image.convert("RGB").convert("L").resize(size), dtype=float)


@pytest.mark.parametrize("what", ["sgb2", "group", "grade"])
def test_map_looks_as_before(what):
    release = make_release()
    drawn = picture(draw_map(make_flags(release, make_index(release)), what))
    kept = BASELINES / f"{what}.png"
    if os.environ.get("SOZIALRAUM_WRITE_BASELINES"):
        drawn.save(kept, optimize=True)
    with Image.open(kept) as image:
        assert image.size == drawn.size
        difference = grey(image) - grey(drawn)
    assert np.sqrt((difference**2).mean()) < TOLERANCE


def test_the_tolerance_notices_another_map():
    with Image.open(BASELINES / "sgb2.png") as one, Image.open(BASELINES / "group.png") as other:
        assert np.sqrt(((grey(one) - grey(other)) ** 2).mean()) > 4 * TOLERANCE
