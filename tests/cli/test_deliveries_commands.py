"""`sozialraum deliveries`: the table, what changed, taking it, and no protected number."""

import csv
import io
import json
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sozialraum.cli.app import run
from sozialraum.config import read_config
from sozialraum.files.manifest import MANIFEST
from sozialraum.files.vault import Vault
from sozialraum.pipeline.base import take
from sozialraum.pipeline.inputs import Inputs
from sozialraum.pipeline.standing import origins

ROOT = Path(__file__).parents[2]
PLANTED = {"persons": 48_217, "children": 31_337}
NAMES = ["register", "sgb2", "statistikstelle", "haushalte", "seu", "kita", "kita_gemeinden"]
NAMES += ["pflege", "wahl", "ganztag"]


def call(*arguments, code=0, language="de"):
    assert run([str(a) for a in arguments], language) == code


@pytest.fixture(scope="module")
def frozen(short_county, tmp_path_factory):
    """Return a county with planted counts and a base, without having computed anything."""
    folder = tmp_path_factory.mktemp("frozen") / "kreis"
    shutil.copytree(short_county, folder, ignore=shutil.ignore_patterns(".sozialraum", "ergebnis"))
    plant(folder, 0)
    config, vault = read_config(folder), Vault(folder / ".sozialraum")
    take(vault, Inputs(config).deliveries, origins(config, vault))
    return folder


@pytest.fixture
def project(frozen, tmp_path):
    folder = tmp_path / "kreis"
    shutil.copytree(frozen, folder)
    return folder


@pytest.fixture
def changed(project):
    plant(project, 3)
    return project


def plant(project, more):
    path = project / "lieferungen/sgb2/sgb2_2020.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    cells = lines[1].split(";")
    cells[4:6] = [str(PLANTED["persons"] + more), str(PLANTED["children"] + more)]
    lines[1] = ";".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")


def forbidden():
    """Return the planted counts, before and after, as people might write them."""
    numbers = [n + more for n in PLANTED.values() for more in (0, 3)]
    return {form for n in numbers for form in (str(n), f"{n:,}", f"{n:,}".replace(",", "."))}


def test_the_table_of_a_day(project, capsys):
    call("deliveries", project, "--on", "2027-04-15")
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].split() == [
        *("Lieferung", "zuständig", "Stichtag", "erhalten", "fällig", "Stand", "was")
    ]
    assert [line.split()[0] for line in lines[1:]] == NAMES
    assert re.search(
        r"31\.12\.2025  16\.02\.2026  28\.02\.2027  überfällig +31\.12\.2026", lines[1]
    )
    assert [line.split("  ")[-1] for line in lines[3:]] == ["vollständig"] * 8
    assert "bald fällig" in lines[2]
    assert "10 Lieferungen, bei 1" in err
    page = (ROOT / "docs" / "lieferungen.md").read_text(encoding="utf-8")
    assert out in page


def test_the_day_decides_and_strict_ends_with_1(project, capsys):
    call("deliveries", project, "--on", "2026-06-30", "--strict")
    assert "überfällig" not in capsys.readouterr().out
    call("deliveries", "status", project, "--on", "2027-12-01", "--strict", code=1)
    assert capsys.readouterr().out.count("überfällig") == 7
    call("deliveries", project, "--on", "2027-12-01")
    call("deliveries", project, "--on", "morgen", code=2)


def test_json_and_csv_are_data(project, capsys):
    call("deliveries", project, "--on", "2027-04-15", "--format", "json")
    records = json.loads(capsys.readouterr().out)
    assert [record["name"] for record in records] == NAMES
    assert records[0]["state"] == "late"
    assert records[0]["details"] == ["2026-12-31"]
    text = (project / "deliveries.toml").read_text(encoding="utf-8")
    text = text.replace('owner = "Gesundheitsamt"', 'owner = "=1+1"')
    (project / "deliveries.toml").write_text(text, encoding="utf-8")
    call("deliveries", project, "--on", "2027-04-15", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out), delimiter=";"))
    assert [row["owner"] for row in rows if row["name"] == "seu"] == ["'=1+1"]
    assert [row["due"] for row in rows if row["name"] == "seu"] == ["2027-09-30"]


def test_the_table_in_english(project, capsys):
    call("deliveries", project, "--on", "2027-04-15", language="en")
    out, err = capsys.readouterr()
    assert out.splitlines()[0].split()[:3] == ["delivery", "owner", "latest"]
    assert "due soon" in out
    assert "10 deliveries" in err


def test_missing_files_and_faults_are_states(project, capsys):
    (project / "lieferungen/pflege/pflegeplaetze_2025.csv").unlink()
    path = project / "lieferungen/betreuung/kitaplaetze_2025.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("Plätze_U3", "U3"), encoding="utf-8")
    call("deliveries", project, "--on", "2026-06-15", "--strict", code=1)
    out = capsys.readouterr().out
    assert re.search(r"pflege .* fehlt +lieferungen/pflege/pflegeplaetze_2025\.csv", out)
    assert re.search(r"kita .* nicht lesbar +.*Plätze_U3", out)


def test_a_changed_past_is_told_in_classes_only(changed, capsys):
    call("deliveries", changed, "--on", "2026-06-15")
    call("deliveries", "diff", changed)
    call("check", changed, code=1)
    call("run", changed, code=1)
    call("deliveries", "diff", changed, "-o", changed / "d.csv", code=3)
    out, err = capsys.readouterr()
    assert "sgb2.persons: 1–5 Orte, Stichtage 31.12.2020; Kreissumme < 1 %" in out
    assert "sgb2.children: 1–5 Orte" in out
    assert err.count("accept sgb2 --by") == 2
    assert [number for number in forbidden() if number in out + err] == []
    assert not (changed / "d.csv").exists()


def test_the_file_for_people_inside(changed, tmp_path, capsys):
    target = tmp_path / "vertraulich.csv"
    call("deliveries", "diff", changed, "-o", target, "--confidential")
    out, err = capsys.readouterr()
    assert out.splitlines()[-1] == str(target)
    assert [number for number in forbidden() if number in out + err] == []
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    text = target.read_text(encoding="utf-8-sig")
    assert "48217.0;value;48220.0;value" in text
    assert len(text.splitlines()) == 3
    call("deliveries", "diff", changed, "-o", target, "--confidential", code=1)
    results = tmp_path / "ergebnis"
    results.mkdir()
    (results / MANIFEST).write_text("{}")
    call("deliveries", "diff", changed, "-o", results / "d.csv", "--confidential", code=3)
    assert not (results / "d.csv").exists()


def test_accepting(changed, capsys):
    call("deliveries", "accept", "--by", "Amt", "--project", changed, code=2)
    call("deliveries", "accept", "sgb2", "--all", "--by", "Amt", "--project", changed, code=2)
    call("deliveries", "accept", "sgb2", "--project", changed, code=2)
    call("deliveries", "accept", "sgb2", "--by", " ", "--project", changed, code=1)
    call("deliveries", "accept", "nichts", "--by", "Amt", "--project", changed, code=1)
    call("deliveries", "accept", "register", "--by", "Amt", "--project", changed)
    assert "nichts zu übernehmen" in capsys.readouterr().err
    call("deliveries", "accept", "sgb2", "--by", "Statistikstelle", "--project", changed)
    out, err = capsys.readouterr()
    assert re.fullmatch(r"[0-9a-f]{32}\n", out)
    assert "Übernommen: sgb2" in err
    call("deliveries", "diff", changed)
    assert "Vergangenheit: 0." in capsys.readouterr().err
    call("deliveries", "base", "list", changed)
    listed = capsys.readouterr().out
    assert "übernommen: sgb2 (durch Statistikstelle)" in listed
    call("deliveries", "base", "show", out[:6], "--project", changed)
    shown = capsys.readouterr().out
    assert shown.startswith(out.strip())
    assert [number for number in forbidden() if number in listed + shown] == []


def test_without_a_base(short_county, tmp_path, capsys):
    work = tmp_path / "neu"
    call("deliveries", "diff", short_county, "--work", work, code=1)
    assert "noch keine Datenbasis" in capsys.readouterr().err
    call("deliveries", "base", "list", short_county, "--work", work)
    assert capsys.readouterr().out.splitlines() == [
        "Kennung  entstanden  Freigaben  letzte  Bemerkung"
    ]
    assert not work.exists()


def test_reconcile(project, tmp_path, capsys):
    official = tmp_path / "amtlich_2025.csv"
    units = {f"059990{n:02}": 100_000 for n in range(1, 20)}
    rows = "".join(f"{unit};{count}\n" for unit, count in units.items())
    official.write_text(f"AGS;Insgesamt\n{rows}", encoding="utf-8")
    given = ("--official", official, "--key", "AGS", "--value", "Insgesamt")
    call("deliveries", "reconcile", project, *given)
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[0].split() == ["Gemeinde", "Stichtag", "Register", "amtlich", "Abstand"]
    assert all(line.split()[:2][1] == "31.12.2025" for line in lines[1:])
    assert all(line.endswith("!") for line in lines[1:])
    assert f"{len(lines) - 1} Vergleiche, {len(lines) - 1} mit" in err
    call("deliveries", "reconcile", project, *given, "--format", "csv")
    table = list(csv.DictReader(io.StringIO(capsys.readouterr().out), delimiter=";"))
    assert len(table) == len(lines) - 1
    assert min(float(row["register"]) for row in table) >= 300
    call("deliveries", "reconcile", project, *given, "--date", "1999-12-31", code=1)
    assert "keinen gemeinsamen Stichtag" in capsys.readouterr().err


def test_help_names_the_commands(capsys):
    call("deliveries", "--help")
    out = capsys.readouterr().out
    for name in ("status", "diff", "accept", "base", "reconcile"):
        assert re.search(rf"^  {name} ", out, re.MULTILINE), name


def test_the_table_loads_no_library_that_draws():
    code = "import sys, sozialraum.pipeline.standing; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    loaded = set(done.stdout.split())
    assert "sozialraum.pipeline.standing" in loaded
    assert not loaded & {"matplotlib", "folium", "sozialraum.maps", "sozialraum.disclosure.protect"}
