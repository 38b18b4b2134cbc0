"""`sozialraum deliveries template` in a project: areas of the last run, or of a file."""

import openpyxl
import pytest

from sozialraum.cli.app import run as call
from sozialraum.files.readback import read_release
from sozialraum.sources import read_districts


def run(*arguments):
    return call([str(one) for one in ("deliveries", "template", *arguments)], "de")


def rows_of(path):
    sheet = openpyxl.load_workbook(path).worksheets[0]
    return [[cell.value for cell in row] for row in sheet.iter_rows(min_row=4)]


def test_areas_of_a_run(made, tmp_path, capsys):
    path = tmp_path / "kita.xlsx"
    areas = made.output / "sozialraum.gpkg"
    assert run("kita", made.project, "-o", path, "--areas", areas) == 0
    told = capsys.readouterr()
    assert told.out.strip() == str(path)
    header, *rows = rows_of(path)
    assert header[3:5] == ["Plätze_U3", "Plätze_Ü3"]
    known = read_release(areas).areas
    known = known[known["geography"] == "sozialraum"]
    assert [row[0] for row in rows] == sorted(known.index)
    assert {row[2] for row in rows} == set(known["municipality_name"])
    assert f"{len(known)} Zeilen" in told.err
    assert run("kita", made.project, "-o", path, "--areas", areas) == 1
    assert run("kita", made.project, "-o", path, "--areas", areas, "--overwrite") == 0


def test_municipalities_and_a_reference_date(made, tmp_path):
    path = tmp_path / "pflege.xlsx"
    assert run("pflege", made.project, "-o", path, "--date", "31.12.2026") == 0
    assert openpyxl.load_workbook(path).worksheets[0]["B2"].value == "31.12.2026"
    keys = [row[0] for row in rows_of(path)[1:]]
    assert len(keys) == 19
    assert all(isinstance(key, str) and len(key) == 8 for key in keys)


def test_areas_of_any_file(made, tmp_path):
    path = tmp_path / "kita.xlsx"
    areas = made.project / "daten" / "quartiere.gpkg"
    assert run("kita", made.project, "-o", path, "--areas", areas) == 0
    known = read_districts(areas).frame["name"].to_dict()
    assert {row[0]: row[1] for row in rows_of(path)[1:]} == known


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("kitta",), "Die Lieferung kitta gibt es nicht"),
        (("register",), "nicht eine Zeile je Gebiet"),
        (("kita",), "Es gibt noch keine Gebiete"),
        (("pflege", "--date", "gestern"), "gestern ist kein Datum"),
    ],
)
def test_what_cannot_be_made(arguments, said, made, tmp_path, capsys):
    name, *others = arguments
    assert run(name, made.project, "-o", tmp_path / "a.xlsx", *others) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "a.xlsx").exists()


def test_other_endings_are_refused(made, tmp_path, capsys):
    assert run("kita", made.project, "-o", tmp_path / "a.csv") == 2
    assert ".xlsx" in capsys.readouterr().err
