"""The GeoPackage in real QGIS: styles are applied on opening, missing areas are drawn."""

import json
import os
import subprocess
from pathlib import Path

import geopandas as gpd
import pytest

from programs import is_there, require
from properties.strategies import make_blocks
from sozialraum import schema
from sozialraum.areas import adopt_areas, adopt_assignment, propose
from sozialraum.errors import DelineationError
from sozialraum.export import write_geopackage, write_proposal
from sozialraum.files.proposal import read_proposal
from sozialraum.model import Areas, Blocks, Layer, Policy, Proposal, Source
from sozialraum.themes import theme
from support import make_flags, make_index, make_release

pytestmark = pytest.mark.qgis
PYTHON = "/usr/bin/python3"
LOOK = Path(__file__).with_name("look.py")
EDIT = Path(__file__).with_name("edit.py")


@pytest.fixture(scope="session")
def qgis(tmp_path_factory):
    """Return a function that runs one of our scripts in QGIS and returns what it prints."""
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

    def run(script: Path, *arguments: object) -> dict:
        command = [PYTHON, script, *map(str, arguments)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


@pytest.fixture(scope="session")
def look(qgis, tmp_path_factory):
    """Return a function that opens a layer in QGIS and says what a user would see."""
    folder = tmp_path_factory.mktemp("pictures")
    return lambda path, layer: qgis(LOOK, path, layer, folder / f"{layer}.png")


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


# --- a planner edits areas ------------------------------------------------------------

POLICY = Policy("house", residents=100, denominator=30, k=3)


@pytest.fixture(scope="module")
def county() -> tuple[Blocks, Areas]:
    """Return blocks of one town, and three areas: its northern, middle and southern third."""
    blocks = make_blocks(9, 9, towns=1, holes=0.0, share=1.0, seed=4)
    row = (50 - blocks.frame.geometry.centroid.y.round()) // 100
    thirds = blocks.frame.geometry.groupby(row // 3).agg(lambda tiles: tiles.union_all())
    keys = [f"05999000-P00{i + 1}" for i in range(len(thirds))]
    frame = gpd.GeoDataFrame(
        {"name": ["Nord", "Mitte", "Süd"]}, geometry=list(thirds), crs=blocks.frame.crs, index=keys
    ).rename_axis("key")
    layer = Layer(frame, "key", Source("town", "thirds"))
    return blocks, adopt_areas(blocks, layer, policy=POLICY)


@pytest.fixture
def sent(county, tmp_path):
    blocks, areas = county
    return write_proposal(tmp_path / "vorschlag.gpkg", propose(areas, blocks), blocks=blocks)


def test_forms_hints_and_styles_help_a_planner(qgis, sent):
    seen = qgis(EDIT, sent, "[]")
    blocks, areas = seen["bloecke"], seen["gebiete"]
    assert blocks["aliases"]["area_id"] == "Gebiet"
    assert blocks["aliases"]["area_id_before"] == "Gebiet laut Vorlage"
    assert blocks["widgets"]["area_id"] == ["UniqueValues", {"Editable": True}]
    assert blocks["fixed"] == ["block_id", "area_id_before", "municipality"]
    assert blocks["rules"] == ["Block (Farbe je Gebiet)", "Gebiet gewechselt", "ohne Gebiet"]
    assert "Feld „Gebiet“" in blocks["note"]
    assert blocks["abstract"].startswith(blocks["note"])
    assert areas["widgets"]["status"][1]["map"][1] == {"beschlossen": "accepted"}
    assert areas["widgets"]["decided_on"][0] == "DateTime"
    assert areas["fixed"] == ["municipality", "origin", "passes", "fails", "klasse"]
    assert "name" not in areas["fixed"]
    assert areas["rules"] == ["Mindestgröße nicht erfüllt", "Gebiet laut Vorlage"]
    assert areas["labels"]
    assert blocks["labels"]


def test_a_planner_moves_blocks_and_decides(qgis, county, sent):
    blocks, areas = county
    row = "y(centroid($geometry)) > -299 and y(centroid($geometry)) < -201"
    edits = [
        {"layer": "bloecke", "select": row, "set": {"area_id": "05999000-P001"}},
        {
            "layer": "gebiete",
            "select": "\"name\" = 'Nord'",
            "set": {"name": "Nordstadt", "status": "accepted", "decided_on": "2025-11-03"},
        },
        {
            "layer": "bloecke",
            "select": "\"area_id\" = '05999000-P003'",
            "set": {"area_id": "Hafen"},
        },
        {"layer": "gebiete", "add": {"area_id": "Hafen", "name": "Am Hafen"}},
    ]
    seen = qgis(EDIT, sent, json.dumps(edits))
    assert seen["values"] == ["05999000-P001", "05999000-P002", "Hafen"]
    made = adopt_assignment(blocks, read_proposal(sent), policy=POLICY)
    inside = blocks.frame.geometry.centroid.y.between(-299, -201)
    assert seen["selected"][0] == inside.sum() == 9
    assert (made.membership[inside] == "05999000-P001").all()
    others = areas.membership[~inside].replace("05999000-P003", "Hafen")
    assert made.membership[~inside].equals(others)
    columns = ["name", "status", "decided_on"]
    assert made.frame.loc["05999000-P001", columns].tolist() == [
        *("Nordstadt", "accepted", "2025-11-03"),
    ]
    assert made.frame.loc["Hafen", "name"] == "Am Hafen"
    assert [path.name for path in sent.parent.iterdir()] == [sent.name]


def test_splitting_moving_and_deleting_in_qgis(qgis, county, sent):
    blocks, areas = county
    one, two, three = blocks.frame.index[:3]
    edits = [
        {"layer": "bloecke", "select": f"\"block_id\" = '{one}'", "split": True},
        {"layer": "bloecke", "select": f"\"block_id\" = '{two}'", "move": [40.0, 0.0]},
    ]
    assert qgis(EDIT, sent, json.dumps(edits))["selected"] == [1, 1]
    made = adopt_assignment(blocks, read_proposal(sent), policy=POLICY)
    assert made.membership.equals(areas.membership)
    assert made.frame.geometry.area.to_dict() == areas.frame.geometry.area.to_dict()
    assert any(f"bleiben ganz: {one}" in note for note in made.notes)
    assert any(f"bleibt die alte: {two}" in note for note in made.notes)
    gone = [{"layer": "bloecke", "select": f"\"block_id\" = '{three}'", "delete": True}]
    qgis(EDIT, sent, json.dumps(gone))
    with pytest.raises(DelineationError, match=f"in der Datei fehlen: {three}"):
        adopt_assignment(blocks, read_proposal(sent), policy=POLICY)


def test_blocks_without_an_area_and_changed_ones_stand_out(qgis, look, sent):
    before = look(sent, "bloecke")
    # three areas, three colours of fill beside the white of the paper; no red
    fills = {name for name, n in before["colours"].items() if n > 5_000} - {"#ffffff"}
    assert len(fills) == 3
    edits = [
        {"layer": "bloecke", "select": "\"area_id\" = '05999000-P001'", "set": {"area_id": None}},
        {"layer": "bloecke", "select": "\"area_id\" = '05999000-P002'", "set": {"area_id": "x7"}},
    ]
    qgis(EDIT, sent, json.dumps(edits))
    after = look(sent, "bloecke")
    assert after["colours"]["#ffebeb"] > 5_000
    fills_now = {name for name, n in after["colours"].items() if n > 5_000} - {"#ffffff"}
    assert len(fills & fills_now) == 1
    assert len(fills_now - fills) == 2
