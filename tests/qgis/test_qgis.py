"""The GeoPackage in real QGIS: styles are applied on opening, missing areas are drawn."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from programs import is_there, require
from sozialraum import schema
from sozialraum.export import write_geopackage, write_proposal
from sozialraum.model import Proposal
from sozialraum.themes import theme
from support import make_flags, make_index, make_release

pytestmark = pytest.mark.qgis
PYTHON = "/usr/bin/python3"
LOOK = Path(__file__).with_name("look.py")


@pytest.fixture(scope="session")
def look(tmp_path_factory):
    """Return a function that opens a layer in QGIS and says what a user would see."""
    folder = tmp_path_factory.mktemp("qgis")
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "QT_QPA_PLATFORM": "offscreen",
        "LANG": os.environ.get("LANG", "C.UTF-8"),
    }
    probe = [PYTHON, "-c", "import qgis.core"]
    found = (
        is_there(PYTHON)
        and not subprocess.run(probe, env=environment, capture_output=True, check=False).returncode
    )
    require(found, f"PyQGIS is not installed for {PYTHON}")

    def run(path: Path, layer: str) -> dict:
        command = [PYTHON, LOOK, path, layer, folder / f"{layer}.png"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture(scope="module")
def flags():
    release = make_release()
    return make_flags(release, make_index(release))


@pytest.fixture(scope="module")
def package(flags, tmp_path_factory):
    return write_geopackage(tmp_path_factory.mktemp("gpkg") / "a.gpkg", flags)


def test_the_default_style_is_applied_and_draws_every_class(look, package, flags):
    seen = look(package, "sozialraum")
    shown = theme(flags)
    assert seen["valid"]
    assert (seen["areas"], seen["crs"], seen["renderer"]) == (40, "EPSG:25832", "RuleRenderer")
    assert [label for label, _ in seen["rules"]] == [
        f"{entry.mark}  {entry.label}".strip() for entry in shown.entries
    ]
    plain = [e for e in shown.entries if e.areas and e.pattern == "plain"]
    assert len(plain) >= 4
    assert all(seen["colours"].get(entry.colour, 0) > 100 for entry in plain)
    missing = next(e for e in shown.entries if e.missing and e.areas)
    assert seen["colours"].get(missing.colour, 0) > 100


def test_fields_have_german_names_and_every_theme_is_offered(look, package):
    seen = look(package, "sozialraum")
    assert seen["aliases"]["sgb2_wert"] == "Leistungsbezug nach SGB II unter 65 Jahren: Wert (%)"
    assert all(seen["aliases"][name] for name in seen["aliases"] if name != "fid")
    assert len(seen["styles"]) == 8


@pytest.mark.parametrize("layer", ["gemeinde", "kreis"])
def test_municipalities_and_county_are_outlines(look, package, layer):
    seen = look(package, layer)
    assert seen["renderer"] == "singleSymbol"
    assert seen["colours"]["#ffffff"] > 0.8 * sum(seen["colours"].values())


def test_looking_leaves_the_file_unchanged(look, package):
    before = package.read_bytes()
    look(package, "sozialraum")
    assert package.read_bytes() == before
    assert [path.name for path in package.parent.iterdir()] == [package.name]


def test_a_proposal_opens_with_failing_areas_marked(look, flags, tmp_path):
    areas = flags.release.areas
    small = areas[areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    frame = small[["name", "municipality", "origin", "status", "geometry"]].assign(
        passes=[i % 3 > 0 for i in range(len(small))],
        fails=["residents" if i % 3 == 0 else "" for i in range(len(small))],
    )
    units = areas[areas[schema.GEOGRAPHY] == schema.MUNICIPALITY_LEVEL]
    path = write_proposal(tmp_path / "p.gpkg", Proposal(frame, units))
    seen = look(path, "gebiete")
    assert [label for label, _ in seen["rules"]][-1] == "!  nicht erfüllt"
    assert seen["colours"].get("#fdb863", 0) > 100
