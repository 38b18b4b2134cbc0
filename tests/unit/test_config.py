"""The project file: all faults at once, nothing half-read."""

import pytest

from sozialraum.config import json_schema, read_config
from sozialraum.config.further import TravelPart
from sozialraum.errors import ConfigError

GOOD = """
[project]
title = "Sozialmonitoring"
county = "Musterkreis"
[municipalities]
file = "vg250.gpkg"
[blocks]
register = "register"
[[blocks.cells]]
file = "cells.zip"
variables = { residents = "Einwohner" }
[indicators]
file = "indicators.toml"
"""


def project(tmp_path, content):
    path = tmp_path / "sozialraum.toml"
    path.write_text(content, encoding="utf-8")
    return path


def test_a_good_file_is_read_with_paths_beside_it(tmp_path):
    config = read_config(project(tmp_path, GOOD).parent)
    assert config.path("cells.zip") == tmp_path / "cells.zip"
    assert config.blocks.register_ == "register"
    assert config.policy.use == "standard"
    assert config.areas.unreachable == "error"


def test_every_fault_is_named_at_once(tmp_path):
    faulty = GOOD.replace('county = "Musterkreis"', 'cuonty = "x"\nseed = "seven"')
    faulty += '[areas]\nelsewhere = "guess"\n'
    with pytest.raises(ConfigError) as caught:
        read_config(project(tmp_path, faulty))
    sentence = caught.value.text("de")
    for place in ("project.county", "project.cuonty", "project.seed", "areas.elsewhere"):
        assert place in sentence
    assert "4 Fehler" in sentence
    assert "unknown key" in caught.value.text("en") or "4 faults" in caught.value.text("en")


def test_broken_toml_and_missing_files_are_one_sentence(tmp_path):
    with pytest.raises(ConfigError) as caught:
        read_config(project(tmp_path, "[project\n"))
    assert caught.value.message == "config.not_toml"
    with pytest.raises(ConfigError) as caught:
        read_config(tmp_path / "nowhere")
    assert caught.value.message == "config.no_file"


def test_the_schema_for_editors_knows_the_tables():
    schema = json_schema()
    assert set(schema["required"]) == {"project", "municipalities", "blocks", "indicators"}
    assert "register" in schema["$defs"]["BlocksPart"]["properties"]


AREAS = """
[areas]
change = "failing-only"
unreachable = "unpublishable"
exclaves = "attach"
dates = "all"
noise = { residents_census = 1.5 }
certainty = 0.99
alike = { old = ["u65", "residents"] }
likeness = 0.3
effort = "thorough"
tolerance = 0.02
[areas.prefer]
file = "stadtteile.gpkg"
key = "nr"
"""


def test_all_that_areas_can_be_asked_for_is_read(tmp_path):
    content = GOOD.replace('register = "register"', 'register_date = ["2022-12-31", "2025-12-31"]')
    config = read_config(project(tmp_path, content + AREAS))
    areas = config.areas
    assert (areas.change, areas.exclaves, areas.dates) == ("failing-only", "attach", ("all",))
    assert areas.noise == {"residents_census": 1.5}
    assert areas.alike == {"old": ("u65", "residents")}
    assert areas.prefer is not None
    assert areas.prefer.key == "nr"
    assert (areas.effort, areas.tolerance, areas.likeness) == ("thorough", 0.02, 0.3)
    assert config.blocks.register_date == ("2022-12-31", "2025-12-31")
    single = content.replace('["2022-12-31", "2025-12-31"]', '"2025-12-31"')
    assert read_config(project(tmp_path, single)).blocks.register_date == ("2025-12-31",)


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ('unreachable = "whole"', "areas.unreachable"),
        ('dates = "gestern"', "areas.dates"),
        ("noise = { residents = -1.0 }", "areas.noise.residents"),
        ("certainty = 1.0", "areas.certainty"),
        ('alike = { old = ["u65"] }', "areas.alike.old"),
        ("tolerance = 1.5", "areas.tolerance"),
        ('prefer = "stadtteil"', "areas.prefer"),
        ('change = "all"\nelsewhere = "error"', "areas"),
    ],
)
def test_a_fault_of_the_areas_is_one_sentence(tmp_path, line, place):
    with pytest.raises(ConfigError) as caught:
        read_config(project(tmp_path, f"{GOOD}[areas]\n{line}\n"))
    assert caught.value.values["count"] == 1
    assert f"  {place}" in caught.value.text("de")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("tolerance = 1.5", "areas.tolerance: muss kleiner als 1.0 sein."),
        ("tolerance = -0.1", "areas.tolerance: muss mindestens 0.0 sein."),
        ("likeness = 2", "areas.likeness: darf höchstens 1.0 sein."),
        ('noise = { residents = "viel" }', "areas.noise.residents: muss eine Zahl sein"),
        ("noise = 2.0", "areas.noise: muss eine Tabelle sein, zum Beispiel { schlüssel = wert }."),
        ('follow = ["wege.gpkg"]', "areas.follow.0: muss eine Tabelle sein"),
        ('edited = ""', "areas.edited: darf nicht leer sein."),
        ('alike = { old = ["u65", "a", "b"] }', "areas.alike.old: zu viele Werte."),
        ('rates = "u65"', "areas.rates: muss eine Liste in eckigen Klammern sein."),
        ("edited = 3", "areas.edited: muss ein Text in Anführungszeichen sein."),
        ('effort = "quick"', "areas.effort: erlaubt sind 'fast', 'standard', 'thorough'."),
        ('dates = "2024"', "areas.dates.0: kein Stichtag."),
        ('dates = "2024-02-30"', "areas.dates.0: kein Stichtag."),
    ],
)
def test_a_fault_is_told_in_the_readers_language(tmp_path, monkeypatch, line, sentence):
    monkeypatch.setenv("SOZIALRAUM_LANG", "de")
    with pytest.raises(ConfigError) as caught:
        read_config(project(tmp_path, f"{GOOD}[areas]\n{line}\n"))
    assert sentence in caught.value.text("de")
    assert "hould" not in caught.value.text("de")


def test_earlier_dates_of_areas_need_a_register_of_several_dates(tmp_path):
    asked = f'{GOOD}[areas]\ndates = "all"\n'
    single = asked.replace('register = "register"', 'register_date = "2025-12-31"')
    for content in (asked, single):
        with pytest.raises(ConfigError) as caught:
            read_config(project(tmp_path, content))
        assert "areas.dates" in caught.value.text("de")
        assert "register_date" in caught.value.text("de")
    every = asked.replace('register = "register"', 'register_date = "all"')
    assert read_config(project(tmp_path, every)).areas.dates == ("all",)


CARRIED = """
[[carried]]
delivery = "wahl"
[carried.shapes]
file = "wahlbezirke.gpkg"
"""


@pytest.mark.parametrize(
    ("setting", "weight"),
    [
        ("", "residents"),
        ('by = "u15"', "u15"),
        ('by = ""', None),
        # whole shapes are not divided, so the usual weight is none
        ('rule = "centre"', None),
        ('rule = "most"\nby = "u15"', "u15"),
    ],
)
def test_what_shapes_are_divided_by(tmp_path, setting, weight):
    tables = CARRIED.replace('"wahl"\n', f'"wahl"\n{setting}\n')
    (part,) = read_config(project(tmp_path, GOOD + tables)).carried
    assert part.weight == weight


def test_a_delivery_is_carried_over_once(tmp_path):
    with pytest.raises(ConfigError, match="nur einmal"):
        read_config(project(tmp_path, GOOD + CARRIED + CARRIED))


def test_travel_times_are_told_in_minutes_or_metres():
    units = ("minutes", "seconds", "hours", "metres", "kilometres")
    told = [TravelPart(file="a.csv", origin="von", unit=unit).told_in for unit in units]
    assert told == ["minutes"] * 3 + ["metres"] * 2
