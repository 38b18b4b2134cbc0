"""One run on a small made-up county, shared by the tests of the whole way."""

import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from sozialraum.config import read_config
from sozialraum.pipeline import Run, run

ROOT = Path(__file__).parents[2]


class Made(NamedTuple):
    project: Path
    output: Path
    work: Path
    first: Run


@pytest.fixture(scope="session")
def small_county(tmp_path_factory) -> Path:
    """Return a project folder like the sample, with a tenth of its people."""
    sys.path.insert(0, str(ROOT / "data"))
    try:
        from generate_musterkreis import generate
    finally:
        sys.path.pop(0)
    return generate(seed=3, out=tmp_path_factory.mktemp("county") / "kreis", scale=0.1)


@pytest.fixture(scope="session")
def made(small_county, tmp_path_factory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    first = run(read_config(small_county), output=folder / "out", work=folder / "work")
    return Made(small_county, folder / "out", folder / "work", first)
