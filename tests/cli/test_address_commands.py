"""`sozialraum areas addresses` on a project, and on files that cannot be meant."""

import openpyxl

from sozialraum.cli.app import run

TOWNS = ("05999008", "05999009")


def test_the_address_key_of_a_project_and_a_list_read_back(made, tmp_path, capsys):
    addresses = made.project / "daten" / "adressen.csv"
    common = ["areas", "addresses", str(made.project), "--work", str(made.work)]
    out = tmp_path / "schluessel"
    assert run([*common, "--addresses", str(addresses), "-o", str(out)], "de") == 0
    shown, told = capsys.readouterr()
    assert shown.split() == [str(out / f"strassen-{town}.xlsx") for town in TOWNS]
    assert "Adressen in" in told
    own = openpyxl.load_workbook(out / f"strassen-{TOWNS[0]}.xlsx")
    streets = own["Straßen"].max_row - 1
    lines = addresses.read_text(encoding="utf-8").splitlines()
    assert 0 < streets < sum(line.startswith(TOWNS[0]) for line in lines)
    again = [*common, "--addresses", str(addresses), "-o", str(tmp_path / "zwei"), "--snap", "200"]
    again += ["--compare", str(out / f"strassen-{TOWNS[0]}.xlsx"), "--municipality", TOWNS[0]]
    assert run(again, "de") == 0
    found = openpyxl.load_workbook(tmp_path / "zwei" / "vergleich.xlsx")
    overview = dict(found["Überblick"].iter_rows(min_row=2, values_only=True))
    assert overview["Anders zugeordnet"] == 0
    assert overview["Überschneidungen"] == 0
    assert run([*common, "--addresses", str(addresses), "-o", str(out)], "de") == 1
    assert "--overwrite" in capsys.readouterr().err


def test_files_that_are_no_addresses_are_one_sentence(made, tmp_path, capsys):
    common = ["areas", "addresses", str(made.project), "--work", str(made.work)]
    wrong = made.project / "daten" / "massnahmen.csv"
    for file, said in ((wrong, "fehlen Spalten"), (tmp_path / "nichts.csv", "nicht gefunden")):
        out = tmp_path / "out"
        assert run([*common, "--addresses", str(file), "-o", str(out)], "de") == 1
        shown, told = capsys.readouterr()
        assert shown == ""
        assert said in told
        assert "Traceback" not in told
        assert not out.exists()
