"""`sozialraum score --published`: what it writes, and one clear error for each fault."""

import re

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from sozialraum.cli.app import run
from sozialraum.files.workbook import Sheet, write_workbook

IMD = ("income", "employment", "education", "health", "crime", "barriers", "living")
N = 20


@pytest.fixture
def table(tmp_path):
    """Two shares, two changes, ranks, a score and groups of twenty areas; two are gaps."""
    random = np.random.default_rng(5)
    frame = pd.DataFrame({"gebiet": [f"{i:04d}" for i in range(N)]})
    frame["s1"], frame["s2"] = random.uniform(2, 40, (2, N)).round(3)
    frame["d1"], frame["d2"] = random.normal(0, 2, (2, N)).round(4)
    for name in IMD:
        frame[f"r_{name}"] = random.permutation(N) + 1
    frame["wert"] = random.random(N).round(5)
    frame["jahr"] = np.repeat([2020, 2021], N // 2)
    frame["anzahl"] = random.integers(150, 900, N)
    frame["gleich"] = 7.5
    frame["wenige"] = random.integers(20, 299, N)
    frame["wort"] = "niedrig"
    frame["leer"] = np.nan
    frame["anteil"] = random.uniform(1, 9, N).round(2)
    frame["zu_hoch"] = frame["r_income"] + N
    frame.loc[3, "s1"] = np.nan
    frame.loc[5, "d2"] = np.nan
    file = tmp_path / "tabelle.csv"
    frame.to_csv(file, index=False, sep=";", decimal=",")
    return file


def scored(table, *options, output="out.csv", code=0):
    asked = ["score", str(table), "--published", "--key", "gebiet", *options]
    out = table.parent / output
    assert run([*asked, "-o", str(out)], "de") == code
    return out


def status(*columns):
    return [part for column in columns for part in ("--status", column)]


def dynamics(*columns):
    return [part for column in columns for part in ("--dynamics", column)]


def ranked(**others):
    columns = {name: f"r_{name}" for name in IMD} | others
    pairs = [part for name, column in columns.items() for part in ("--domain", f"{name}={column}")]
    return ("--preset", "imd", *pairs)


def test_status_and_dynamics(table, capsys):
    out = scored(table, *status("s1", "s2"), *dynamics("d1", "d2"))
    told = capsys.readouterr()
    assert told.out.strip() == str(out)
    assert "ohne Klasse: 1" in told.err
    assert "nicht von uns geprüft" in told.err
    found = pd.read_csv(out, dtype={"gebiet": str, "dynamics_class": str}, keep_default_na=False)
    assert list(found) == [
        *("gebiet", "status_sum", "status_index", "status_class"),
        *("dynamics_index", "dynamics_class"),
    ]
    assert found["gebiet"].tolist() == [f"{i:04d}" for i in range(N)]
    assert set(found["status_class"].astype(str)) <= {"1", "2", "3", "4", ""}
    assert set(found["dynamics_class"]) <= {"+", "+/-", "-", ""}
    assert found.loc[[3, 5], "status_class"].astype(str).eq("").tolist() == [True, False]
    assert found.loc[[3, 5], "dynamics_class"].eq("").tolist() == [False, True]


def test_means_are_over_the_areas_with_values_in_every_column(table):
    out = scored(table, *status("s1", "s2"), *dynamics("d1", "d2"))
    given = pd.read_csv(table, sep=";", decimal=",")
    for names, index in ((["s1", "s2"], "status_index"), (["d1", "d2"], "dynamics_index")):
        kept = given[names].dropna()
        total = ((kept - kept.mean()) / kept.std(ddof=0)).sum(axis=1)
        found = pd.read_csv(out)[index].dropna()
        np.testing.assert_allclose(found, total / total.std(ddof=0))


def test_ranks_score_and_groups(table):
    domains = [part for name in IMD for part in ("--domain", f"{name}=r_{name}")]
    ranked = pd.read_csv(scored(table, "--preset", "imd", *domains, output="imd.csv"))
    assert list(ranked) == ["gebiet", "score", "rank", "decile"]
    assert sorted(ranked["rank"]) == list(range(1, N + 1))
    np.testing.assert_array_equal(ranked["decile"], np.ceil(10 * ranked["rank"] / N))
    options = ("--preset", "gisd-class", "--score", "wert", "--by", "jahr")
    classed = pd.read_csv(scored(table, *options, output="gisd.csv"))
    assert list(classed) == ["gebiet", "jahr", "score", "class"]
    assert classed.groupby("jahr")["class"].value_counts().eq(2).all()


def test_ranks_are_whole_numbers_though_an_area_is_missing(table, capsys):
    frame = pd.read_csv(table, sep=";", decimal=",", dtype={"gebiet": str})
    frame["r_income"] = frame["r_income"].astype("Int64").mask(frame.index == 2)
    frame.to_csv(table, index=False, sep=";", decimal=",")
    out = scored(table, *ranked())
    assert re.search(r"Zehntel: 1: \d, 2: .*ohne Klasse: 1", capsys.readouterr().err)
    rows = [line.split(",") for line in out.read_text(encoding="utf-8").splitlines()[1:]]
    assert rows[2] == ["0002", "", "", ""]
    assert all(rank.isdigit() and decile.isdigit() for _, _, rank, decile in rows[:2] + rows[3:])


def test_what_looks_odd_is_told(table, capsys):
    frame = pd.read_csv(table, sep=";", decimal=",", dtype={"gebiet": str})
    frame.loc[[7, 8], "d1"] = -9
    frame.loc[N, ["gebiet", "s1", "d1"]] = ["Kreis", 20, 0.5]
    frame.to_csv(table, index=False, sep=";", decimal=",")
    with table.open("a", encoding="utf-8") as stream:
        stream.write("Quelle: Amt für Statistik\n")
    out = scored(table, *status("s1"), *dynamics("d1"))
    told = capsys.readouterr().err
    assert "„Kreis“ ist anders aufgebaut" in told
    assert "Spalte „d1“ ist der kleinste Wert -9" in told
    assert "Zeile 23 wurde übergangen, sie ist kein Gebiet: Quelle: Amt" in told
    assert len(pd.read_csv(out)) == N + 1


def test_ordinary_tables_are_told_nothing_odd(table, capsys):
    scored(table, *status("s1", "s2"), *dynamics("d1", "d2"))
    assert capsys.readouterr().err.splitlines()[-1].endswith("weder geschützt noch geprüft.")


def test_a_sheet_by_its_name(table, tmp_path):
    book = tmp_path / "a.xlsx"
    old = [["gebiet", "s"], ["01", 1.5], ["02", 2.5], ["03", 9.5]]
    new = [["gebiet", "s"], ["01", 9.5], ["02", 2.5], ["03", 1.5]]
    write_workbook(book, [Sheet("Alt", old), Sheet("Neu", new)])
    scored(book, *status("s"), code=1)
    found = pd.read_csv(scored(book, *status("s"), "--sheet", "Neu"))
    assert found["status_index"].argmax() == 0


def test_workbooks_hold_numbers_texts_and_the_note(table):
    out = scored(table, *status("s1", "s2"), *dynamics("d1", "d2"), output="out.xlsx")
    book = CalamineWorkbook.from_path(out)
    rows = book.get_sheet_by_name("Index").to_python()
    assert rows[1][0] == "0000"
    assert isinstance(rows[1][1], float)
    assert {row[5] for row in rows[1:]} <= {"+", "+/-", "-", ""}
    assert "nicht von uns geprüft" in book.get_sheet_by_name("Hinweis").to_python()[1][0]


def test_keys_never_become_formulas(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("gebiet,s\n=1+1,3\n@x,4\nb,9\n")
    keys = pd.read_csv(scored(file, *status("s")))["gebiet"].tolist()
    assert keys == ["'=1+1", "'@x", "b"]


def test_a_method_of_ones_own(table):
    own = table.parent / "lage.toml"
    own.write_text(
        'label_de = "Lage"\nlabel_en = "Situation"\nclasses = ["1", "2"]\nbreaks = [0.0]\n'
    )
    found = pd.read_csv(scored(table, "--method", str(own), *status("s1", "s2")))
    assert set(found["status_class"].dropna()) == {1.0, 2.0}
    assert found["dynamics_class"].isna().all()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (status("s3"), "s3.*Gemeint ist vielleicht „s"),
        (status("s1", "anzahl"), "Anzahlen, keine Anteile.*anzahl"),
        (status("s1", "gleich"), "in allen Gebieten gleich.*gleich"),
        (status("s1", "wort"), "weder Zahl.*|Spalte wort"),
        (status("s1", "s1"), "mehrfach genannt: s1"),
        ((*status("s1"), "--where", "jahr=1999"), "jahr=1999"),
        ((*status("s1"), "--score", "wert"), "--score"),
        (dynamics("d1"), "--status"),
        (("--preset", "imd", "--domain", "income=r_income"), "--domain employment="),
        (("--preset", "mss", *status("s1"), "--domain", "income=s2"), "--domain income="),
        (("--preset", "gisd-class"), "--score"),
        (("--preset", "msss", *status("s1")), "Gemeint ist vielleicht „mss“"),
        ((*status("s1"), "--residents", "wenige"), "weniger als 300"),
        (status("s1", "leer"), "keine einzige Zahl: leer"),
        ((*status("s1"), *dynamics("d1", "leer")), "keine einzige Zahl: leer"),
        ((*status("s1"), *dynamics("s1")), "mehrere Angaben genannt: s1"),
        (status("s1", "gebiet"), "mehrere Angaben genannt: gebiet"),
        (("--preset", "county", *status("s1")), "county.*published"),
        (("--preset", "gisd-class", "--score", "gleich", "--by", "jahr"), "gleich .jahr=2020"),
        (ranked(income="anteil"), "kein Rang"),
        (ranked(income="leer"), "keine einzige Zahl: leer"),
        (ranked(income="zu_hoch"), "über der Zahl der Gebiete .20.: zu_hoch"),
        (ranked(income="r_health"), "mehrere Angaben genannt: r_health"),
    ],
)
def test_one_clear_error(table, capsys, options, told):
    out = scored(table, *options, code=1)
    heard = capsys.readouterr()
    assert (heard.out, out.exists()) == ("", False)
    assert heard.err.startswith("Fehler: ")
    assert "Traceback" not in heard.err
    assert re.search(told, heard.err, re.DOTALL), heard.err


def test_misuse_is_told_before_anything_is_read(table, capsys):
    assert run(["score", str(table), "--published", "--status", "s1", "-o", "x.csv"], "de") == 2
    assert "--key" in capsys.readouterr().err
    assert run(["score", str(table), "--key", "gebiet"], "de") == 2
    assert "--published" in capsys.readouterr().err
    asked = ["score", str(table), "--published", "--key", "gebiet", "--domain", "income"]
    assert run([*asked, "-o", "x.csv"], "de") == 2
    assert "NAME=SPALTE" in capsys.readouterr().err


def test_endings_and_existing_files(table, capsys):
    scored(table, *status("s1", "s2"), output="out.gpkg", code=1)
    assert ".csv" in capsys.readouterr().err
    scored(table, *status("s1", "s2"))
    scored(table, *status("s1", "s2"), code=1)
