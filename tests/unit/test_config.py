"""The project file: all faults at once, nothing half-read."""

import pytest

from sozialraum.config import json_schema, read_config
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
