"""Shared set-up of all tests."""

import os
import re
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from zipfile import ZipFile

import pytest

if TYPE_CHECKING:
    from sozialraum.pipeline import Run

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["SOZIALRAUM_LANG"] = "de"

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data beside the project, or skip with the reason."""
    if not SHARED.is_dir():
        pytest.skip("real data beside the project (../shared/data) are absent on this machine")
    return SHARED


class Made(NamedTuple):
    project: Path
    output: Path
    work: Path
    first: "Run"


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
def short_county(small_county, tmp_path_factory) -> Path:
    """Return the small county with the last year of its register only: read in a fifth."""
    folder = tmp_path_factory.mktemp("short") / "kreis"
    shutil.copytree(
        small_county, folder, ignore=shutil.ignore_patterns(".sozialraum", "ergebnis", "*.zip")
    )
    for archive in small_county.rglob("*.zip"):
        with ZipFile(archive) as whole:
            names = whole.namelist()
            if archive.parent.name == "melderegister":
                names = [name for name in names if name.endswith("_2025.csv")]
            with ZipFile(folder / archive.relative_to(small_county), "w") as part:
                for name in names:
                    part.writestr(name, whole.read(name))
    path = folder / "deliveries.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"2016-12-31"', '"2025-12-31"', 1), encoding="utf-8")
    path = folder / "indicators.toml"
    text = path.read_text(encoding="utf-8")
    fixed = r'\1denominator_date = "2025-12-31"\n'
    path.write_text(re.sub(r'(denominator = "register\..*"\n)', fixed, text), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def made(small_county, tmp_path_factory) -> Made:
    from sozialraum.config import read_config
    from sozialraum.pipeline import run

    folder = tmp_path_factory.mktemp("made")
    first = run(read_config(small_county), output=folder / "out", work=folder / "work")
    return Made(small_county, folder / "out", folder / "work", first)
