"""A few pictures against kept ones, tolerant: what changes the look is seen by somebody.

After a wanted change: ``SOZIALRAUM_WRITE_BASELINES=1 pytest tests/images``, look, commit.
"""

import os
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sozialraum.maps import draw_map
from sozialraum.maps.charts import draw_chart
from support import make_evaluation, make_flags, make_index, make_release

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


def check(drawn: Image.Image, name: str) -> None:
    kept = BASELINES / f"{name}.png"
    if os.environ.get("SOZIALRAUM_WRITE_BASELINES"):
        drawn.save(kept, optimize=True)
    with Image.open(kept) as image:
        assert image.size == drawn.size
        difference = grey(image) - grey(drawn)
    assert np.sqrt((difference**2).mean()) < TOLERANCE


@pytest.mark.parametrize("what", ["sgb2", "group", "grade", "lisa:sgb2"])
def test_map_looks_as_before(what):
    release = make_release()
    flags = make_flags(release, make_index(release))
    ways = np.resize(["high-high", "high-low", "low-low", "low-high"], len(flags.table))
    table = flags.table.assign(p_moran=flags.table["p_moran"] ** 2, quadrant=ways)
    flags = replace(flags, table=table)
    check(picture(draw_map(flags, what)), what.replace(":", "-"))


@pytest.mark.parametrize("what", ["moran", "funnel", "trends", "effect"])
def test_chart_looks_as_before(what):
    release = make_release(nasty=False)
    noun = make_evaluation(release) if what == "effect" else make_flags(release)
    check(picture(draw_chart(noun, what)), what)


def test_the_tolerance_notices_another_map():
    with Image.open(BASELINES / "sgb2.png") as one, Image.open(BASELINES / "group.png") as other:
        assert np.sqrt(((grey(one) - grey(other)) ** 2).mean()) > 4 * TOLERANCE
