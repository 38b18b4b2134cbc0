"""Registers beside official figures."""

import pandas as pd
import pytest

from sozialraum.errors import SourceError
from sozialraum.sources.reconcile import read_totals, reconcile

CELLS = [f"CRS3035RES100mN305100{i}00E4097000" for i in range(4)]
DESCRIBED = """
[[delivery]]
name = "register"
kind = "register"
files = ["*.csv"]
[delivery.variables]
residents = "EW"
[delivery.source]
provider = "Meldeämter"
title = "Melderegister"
[[delivery]]
name = "amt"
kind = "table"
files = ["*.txt"]
level = "municipality"
header_contains = "AGS"
date = "2025-12-31"
[delivery.columns]
key = "AGS"
[delivery.variables]
n = "EW"
[delivery.source]
provider = "Amt"
title = "Liste"
"""


@pytest.fixture
def path(tmp_path):
    # a cell on the border stands in both files and counts in each
    for unit, rows in {"1": [(0, 400), (1, 105)], "2": [(1, 20), (2, 800)]}.items():
        lines = [f"{CELLS[cell]};0599900{unit};{count}" for cell, count in rows]
        text = "\n".join(["Gitter_ID_100m;AGS;EW", *lines]) + "\n"
        (tmp_path / f"{unit}_2025.csv").write_text(text)
    (tmp_path / "liste.txt").write_text("AGS;EW\n05999001;500\n05999002;900\n")
    (tmp_path / "deliveries.toml").write_text(DESCRIBED, encoding="utf-8")
    return tmp_path / "deliveries.toml"


def official(**counts):
    units = [f"0599900{unit[1:]}" for unit in counts]
    frame = {"municipality": units, "date": "2025-12-31", "value": list(counts.values())}
    return pd.DataFrame(frame)


def test_cells_are_added_up_by_the_municipality_of_their_file(path):
    found = read_totals(path, "register")
    assert found.to_numpy().tolist() == [
        ["05999001", "2025-12-31", 505.0],
        ["05999002", "2025-12-31", 820.0],
    ]


def test_other_deliveries_give_their_rows_of_municipalities(path):
    assert read_totals(path, "amt", "n")["value"].tolist() == [500.0, 900.0]


def test_differences_are_flagged_from_two_percent_on(path):
    found = reconcile(read_totals(path, "register"), official(u1=500, u2=800), residents=300)
    assert found["difference"].tolist() == [1.0, 2.5]
    assert found["flagged"].tolist() == [False, True]


def test_small_and_unknown_municipalities_are_left_out(path):
    ours = read_totals(path, "register")
    assert reconcile(ours, official(u1=299, u2=800), residents=300)["municipality"].tolist() == [
        "05999002"
    ]
    assert len(reconcile(ours, official(u1=500, u2=800), residents=821)) == 0
    assert len(reconcile(ours, official(u3=5000), residents=300)) == 0
    assert len(reconcile(ours, official(u1=0, u2=None), residents=0)) == 0


def test_a_total_with_a_missing_part_is_missing(path):
    file = path.parent / "1_2025.csv"
    file.write_text(file.read_text().replace(";400", ";"))
    found = read_totals(path, "register")
    assert found["value"].isna().tolist() == [True, False]
    assert len(reconcile(found, official(u1=500, u2=800), residents=300)) == 1


@pytest.mark.parametrize(
    ("name", "variable", "message"),
    [
        ("nichts", "residents", "deliveries.no_delivery"),
        ("register", "nichts", "deliveries.no_variable"),
    ],
)
def test_what_is_not_there_is_named(path, name, variable, message):
    with pytest.raises(SourceError) as caught:
        read_totals(path, name, variable)
    assert caught.value.message == message
    assert caught.value.ids == ("nichts",)
