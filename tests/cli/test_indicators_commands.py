"""`sozialraum indicators`: list, show and check, and what they say about faulty files."""

import csv
import io
import json
import shutil

import pytest

from sozialraum.cli.app import run
from sozialraum.sources import read_indicators, shipped_indicators


def ran(capsys, *arguments, code=0, language="de") -> tuple[str, str]:
    assert run(["indicators", *map(str, arguments)], language) == code
    return capsys.readouterr()


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_shipped_catalogue_is_listed(elsewhere, capsys):
    out, err = ran(capsys, "list")
    lines = out.splitlines()
    assert len(lines) == len(shipped_indicators()) + 1
    assert lines[0].startswith("Kennung")
    assert err == f"{len(shipped_indicators())} Indikatoren.\n"
    out, _ = ran(capsys, "list", "--theme", "altersarmut", "--format", "csv", language="en")
    rows = list(csv.DictReader(io.StringIO(out), delimiter=";"))
    assert {row["Id"] for row in rows} == {
        one.id for one in shipped_indicators() if "altersarmut" in one.themes
    }
    out, err = ran(capsys, "list", "--theme", "inklusion", "--format", "json")
    assert all("inklusion" in one["themes"] for one in json.loads(out))
    assert err == ""


def test_a_project_lists_its_own(short_county, elsewhere, capsys):
    own = [one.id for one in read_indicators(short_county / "indicators.toml")]
    out, _ = ran(capsys, "list", short_county)
    assert [line.split()[0] for line in out.splitlines()[1:]] == own
    shutil.copy(short_county / "sozialraum.toml", elsewhere)
    shutil.copy(short_county / "indicators.toml", elsewhere)
    assert ran(capsys, "list")[0] == out  # in its folder, too


def test_a_theme_as_a_workbook_holds_what_it_refers_to(elsewhere, capsys):
    path = elsewhere / "pflege.xlsx"
    out, err = ran(capsys, "list", "--theme", "pflege", "--xlsx", path)
    assert out == f"{path}\n"
    found = {one.id for one in read_indicators(path)}
    assert {one.id for one in shipped_indicators() if "pflege" in one.themes} < found
    assert "a65" in found  # a80 is part of it
    chosen = len(found) - 1
    assert err.startswith(f"{len(found)} Indikatoren geschrieben: {chosen} gewählte, dazu")
    assert err.endswith(": a65.\n")
    _, err = ran(capsys, "list", "--xlsx", path, code=1)
    assert "--overwrite" in err
    _, err = ran(capsys, "list", path, "--xlsx", elsewhere / "pflege.toml")
    assert err == f"{len(found)} Indikatoren geschrieben.\n"
    assert read_indicators(elsewhere / "pflege.toml") == read_indicators(path)


def test_one_indicator_is_shown_whole(elsewhere, capsys):
    out, _ = ran(capsys, "show", "wohngeld")
    for expected in ("Haushalte mit Wohngeld", "2022-05-15", "2023-01-01 (sperren): Die Wohngeld"):
        assert expected in out
    out, _ = ran(capsys, "show", "wohngeld", language="en")
    assert "2023-01-01 (block): The reform" in out
    _, err = ran(capsys, "show", "wohngled", code=1)
    assert "„wohngled“ gibt es in diesem Katalog nicht. Gemeint ist vielleicht „wohngeld“" in err
    _, err = ran(capsys, "list", "--theme", "pfelge", code=1)
    assert "Gemeint ist vielleicht „pflege“" in err


def test_a_project_is_checked_against_its_deliveries(short_county, capsys):
    out, err = ran(capsys, "check", short_county)
    assert "Wirkungen ohne Zielwert" in out
    lines = [line.split() for line in out.splitlines()]
    assert ["ja", "sgb2", "Materielle", "und", "soziale", "Sicherheit", "ja", "Gebiet"] in lines
    assert "Die Lieferung „schule“ fehlt." in out
    assert "des mitgelieferten Katalogs lassen sich" in err
    assert "0 eigene lassen sich nicht rechnen" in err


def test_own_indicators_that_cannot_be_computed_fail_the_check(short_county, tmp_path, capsys):
    project = tmp_path / "kreis"
    shutil.copytree(short_county, project)
    path = project / "indicators.toml"
    path.write_text(path.read_text("utf-8").replace("pflege.places", "pflege.betten"), "utf-8")
    out, err = ran(capsys, "check", project, "--format", "csv", code=1)
    assert (
        "ja;pflegeplaetze;Pflege;nein;;Der Lieferung „pflege“ fehlt die Variable „betten“." in out
    )
    assert "1 eigene lassen sich nicht rechnen" in err


def test_every_fault_of_a_file_at_once(elsewhere, capsys):
    path = elsewhere / "k.toml"
    path.write_text(
        '[[indicator]]\nid = "a"\nnumerator = "x"\nlabel_de = "A"\nlabel_en = "A"\n'
        'themes = ["pfleg"]\npart_of = "b"\n',
        encoding="utf-8",
    )
    out, err = ran(capsys, "check", path, code=1)
    assert out == ""
    assert "k.toml enthält 3 Fehler" in err
    for expected in ("Ein Anteil ist keine Eingabe", "„pflege“", "Den Indikator „b“ gibt es"):
        assert expected in err
    _, err = ran(capsys, "check", elsewhere / "nirgends.toml", code=1)
    assert "nirgends.toml" in err


def test_a_catalogue_alone_is_tallied(elsewhere, capsys):
    path = elsewhere / "k.xlsx"
    ran(capsys, "list", "--xlsx", path)
    out, err = ran(capsys, "check", path)
    assert "Mobilität" in out
    assert "berechenbar" not in out
    assert "Zähler zum 1. März, Nenner zum 31. Dezember" in err
    out, _ = ran(capsys, "check", path, "--format", "csv")
    assert out.splitlines()[0] == "Thema;Belastungen;Stärken;Kontext;Wirkungen ohne Zielwert"
