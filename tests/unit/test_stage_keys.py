"""What a stage depends on: no setting and no file may change without computing it again."""

from types import SimpleNamespace

import pytest

from sozialraum.config import Config
from sozialraum.model import Policy
from sozialraum.pipeline.keys import STAGES, files_of, settings_of

SHAPES = {"file": "wahlbezirke.gpkg"}
PROJECT = {
    "project": {"title": "Kreis", "county": "Kreis"},
    "municipalities": {"file": "vg250.gpkg"},
    "blocks": {"cells": [{"file": "zellen.zip", "variables": {"residents": "Einwohner"}}]},
    "indicators": {"file": "indicators.toml"},
    "carried": [{"delivery": "wahl", "shapes": SHAPES}],
    "access": [
        {
            "name": "arzt",
            "file": "punkte.gpkg",
            "reach": 1000,
            "travel": {"file": "wege.csv", "origin": "von", "unit": "minutes"},
            "around": {"file": "nachbarn.zip", "variables": {"residents": "Einwohner"}},
        }
    ],
    "rasters": [{"name": "flaeche", "file": "land.tif", "classes": {"wald": [3]}}],
}


def settings(**tables) -> dict[str, list[str]]:
    """Return the settings of every stage of a project."""
    making = SimpleNamespace(
        inputs=SimpleNamespace(policy=Policy("x", 1, 1, 3)),
        ledger=SimpleNamespace(state=""),
        withheld=tuple,
    )
    config = Config.model_validate({**PROJECT, **tables})
    return {stage: settings_of(stage, config, making) for stage in STAGES}


def altered(table: str, **values) -> dict:
    """Return one of the new tables with other values."""
    return {table: [{**PROJECT[table][0], **values}]}


@pytest.mark.parametrize(
    "tables",
    [
        altered("carried", delivery="wahl_2020"),
        altered("carried", by="u15"),
        altered("carried", rule="most"),
        altered("carried", shapes={**SHAPES, "key": "nummer"}),
        altered("access", name="praxis"),
        altered("access", key="id"),
        altered("access", where={"art": "Arztpraxis"}),
        altered("access", supply="plaetze"),
        altered("access", method="2sfca"),
        altered("access", reach=900),
        altered("access", method="2sfca", decay="gaussian"),
        altered("access", demand="u15"),
        altered("access", travel=None),
        altered("access", around=None),
        altered("rasters", band=2),
        altered("rasters", classes={"wald": [3, 4]}),
        altered("rasters", unit="ares"),
        altered("rasters", gap=0.2),
        {"carried": []},
        {"access": []},
        {"rasters": []},
    ],
)
def test_every_setting_of_other_numbers_measures_again(tables):
    before, after = settings(), settings(**tables)
    assert [stage for stage in STAGES if before[stage] != after[stage]] == ["measures"]


def test_another_preset_of_the_policy_computes_areas_and_all_that_follows():
    before, after = settings(policy={"use": "fein"}), settings(policy={"use": "streng"})
    assert before["areas"] != after["areas"]
    # of a file the content counts, under whatever name
    files = settings(policy={"use": "a.toml"}), settings(policy={"use": "b.toml"})
    assert files[0] == files[1]


def test_every_file_of_other_numbers_is_looked_at(tmp_path):
    names = ("wahlbezirke.gpkg", "punkte.gpkg", "wege.csv", "nachbarn.zip", "land.tif")
    for name in names:
        (tmp_path / name).touch()
    config = Config.model_validate({**PROJECT, "folder": tmp_path})
    assert {path.name for path in files_of("measures", config)} == set(names)


@pytest.mark.parametrize(
    ("named", "besides"),
    [
        ("kreis.shp", ["kreis.shp", "kreis.cpg", "kreis.dbf", "kreis.prj"]),
        # a GeoPackage that is open in QGIS: the last changes are not in the file itself
        ("kreis.gpkg", ["kreis.gpkg", "kreis.gpkg-wal"]),
        ("kreis.tif", ["kreis.tif", "kreis.tfw"]),
        ("kreis.gdb", ["a00000001.gdbtable", "gdb"]),
    ],
)
def test_files_beside_a_file_that_decide_what_is_read(tmp_path, named, besides):
    for name in ("shp", "dbf", "prj", "cpg", "gpkg", "gpkg-wal", "tif", "tfw", "txt"):
        (tmp_path / f"kreis.{name}").touch()
    (tmp_path / "kreis.gdb").mkdir()
    for name in ("gdb", "a00000001.gdbtable"):
        (tmp_path / "kreis.gdb" / name).touch()
    tables = {**PROJECT, "municipalities": {"file": named}, "folder": tmp_path}
    found = files_of("blocks", Config.model_validate(tables))
    assert [path.name for path in found] == besides
