"""`sozialraum protect`: what protection costs, before anything is written."""

import json

import pytest

from sozialraum.cli.app import run
from sozialraum.files import geopackage


@pytest.fixture
def call(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def protect(*options, code=0, language="de"):
        arguments = ["protect", str(made.project), "--work", str(made.work), *options]
        assert run(arguments, language) == code

    return protect


def test_a_dry_run_tells_what_protection_costs_and_writes_nothing(call, tmp_path, capsys):
    call("--dry-run")
    out, err = capsys.readouterr()
    for part in ("Sozialräume", "Gemeinden", "Kreis", "Zusammen", "veröffentlicht", "gesperrt"):
        assert part in out
    assert err == ""
    assert list(tmp_path.iterdir()) == []
    call("--dry-run", language="en")
    assert "Municipalities" in capsys.readouterr().out


def test_a_dry_run_does_not_mind_an_existing_file(call, tmp_path):
    target = tmp_path / "freigabe.gpkg"
    target.write_bytes(b"kept")
    call("--dry-run")
    assert target.read_bytes() == b"kept"


def test_the_dry_run_as_json_says_what_the_audit_says(call, made, capsys):
    call("--dry-run", "--json")
    found = json.loads(capsys.readouterr().out)
    audit, whole = made.first.release.audit, found["overall"]
    assert (whole["cells"], whole["published"]) == (audit.cells, audit.published)
    assert whole["primary"] + whole["secondary"] == whole["hidden"]
    assert [one["geography"] for one in found["geographies"]] == ["sozialraum", "gemeinde", "kreis"]
    areas = len(made.first.areas.frame)
    assert found["geographies"][0]["areas"] == areas


def test_json_alone_is_a_mistake(call, tmp_path, capsys):
    call("--json", code=2)
    assert "--dry-run" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_three_lines_go_with_a_release(call, made, tmp_path, capsys):
    call("-o", "f.gpkg")
    out, err = capsys.readouterr()
    assert out.split() == ["f.gpkg"]
    lines = err.splitlines()[-3:]
    assert [line.split()[0] for line in lines] == ["Veröffentlicht:", "Gesperrt:", "Veröffentlicht"]
    with geopackage.reading(tmp_path / "f.gpkg") as connection:
        assert geopackage.VALUES in geopackage.table_names(connection)
