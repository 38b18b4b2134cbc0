"""Indices as their publishers published them, from the tables they published.

Berlin (three editions), England 2019, Scotland 2016 and the German districts: every class,
and every rank within what rounding of the published inputs leaves open.
"""

import numpy as np
import pandas as pd
import pytest

from sozialraum.cli.app import run
from sozialraum.index import chain_of, score
from sozialraum.pipeline.published import Columns, score_published
from sozialraum.sources.published import read_published

SHARES = ("s1", "s2", "s3", "s4")
CHANGES = ("d1", "d2", "d3", "d4")
ENGLISH = {
    "income": "Income_rank",
    "employment": "Employment_rank",
    "education": "Education_rank",
    "health": "Health_rank",
    "crime": "Crime_rank",
    "barriers": "Housing_and_Access_rank",
    "living": "Environment_rank",
}
SCOTTISH = ("income", "employment", "education", "health", "access", "crime", "housing")
COUNTS = {2013: (80, 264, 52, 38), 2015: (78, 270, 49, 38), 2017: (75, 278, 41, 42)}


def edition(shared, year):
    file = shared / "berlin_mss" / f"mss_{year}.csv"
    return file, pd.read_csv(file, dtype={"plr_id": str, "dynamic_class": str})


def same_classes(found, published):
    assert found["plr_id"].tolist() == published["plr_id"].tolist()
    for mine, theirs in (("status_class", "status_class"), ("dynamics_class", "dynamic_class")):
        known = published[theirs].notna().to_numpy()
        numbers = found[mine].astype("str").to_numpy()[known]
        expected = published[theirs][known]
        if mine == "status_class":
            expected = expected.astype(int).astype(str)
        assert (numbers == expected.to_numpy()).all()
        assert found[mine][~known].isin([None, "", pd.NA]).all()
    gaps = (found["status_index"] - published["status_index"]).abs()
    assert gaps.max() <= 1e-5
    assert gaps.notna().sum() == published["status_index"].notna().sum() > 0


@pytest.mark.parametrize("year", COUNTS)
def test_berlin_by_command(shared, tmp_path, year, capsys):
    file, published = edition(shared, year)
    out = tmp_path / "out.csv"
    options = [f"--status={s}" for s in SHARES] + [f"--dynamics={d}" for d in CHANGES]
    asked = ["score", str(file), "--published", "--key=plr_id", *options, "-o", str(out)]
    assert run(asked, "de") == 0
    told = capsys.readouterr()
    assert told.out.strip() == str(out)
    counts = ", ".join(f"{i + 1}: {n}" for i, n in enumerate(COUNTS[year]))
    assert f"Status: {counts}" in told.err
    types = {"plr_id": str, "status_class": "Int64", "dynamics_class": str}
    same_classes(pd.read_csv(out, dtype=types), published)


@pytest.mark.parametrize("year", COUNTS)
@pytest.mark.parametrize("coded", ["blank", "zero", "-9999", "NaN"])
def test_berlin_whatever_stands_for_excluded_areas(shared, tmp_path, year, coded):
    """The same edition with other names, three indicators fewer columns, other symbols."""
    _, published = edition(shared, year)
    table = published.rename(columns={"s1": "S1 (in %)", "d1": "Veränderung S1"})
    text = table[["plr_id", "S1 (in %)", "s3", "s4", "Veränderung S1", "d3", "d4", "valid"]]
    out = (text["valid"] == 0).to_numpy()
    symbol = {"blank": "", "zero": "0", "-9999": "-9999", "NaN": "NaN"}[coded]
    text = text.astype("str").where(text.notna(), "")
    text.loc[out, text.columns[1:7]] = symbol
    file = tmp_path / "other.csv"
    numbers = text[text.columns[1:7]].map(lambda cell: cell.replace(".", ","))
    text.assign(**numbers).to_csv(file, sep=";", index=False, encoding="cp1252")
    columns = Columns(
        "plr_id",
        ("S1 (in %)", "s3", "s4"),
        ("Veränderung S1", "d3", "d4"),
        where={"valid": "1"} if coded == "zero" else {},
    )
    found, _ = score_published(file, columns)
    kept = published[~out]
    for names, index in (
        (("s1", "s3", "s4"), "status_index"),
        (("d1", "d3", "d4"), "dynamics_index"),
    ):
        z = (kept[[*names]] - kept[[*names]].mean()) / kept[[*names]].std(ddof=0)
        total = z.sum(axis=1)
        expected = total / total.std(ddof=0)
        np.testing.assert_allclose(found.loc[~out, index].astype(float), expected, atol=1e-9)
        assert found.loc[out, index].isna().all()
    assert (found.loc[out, "dynamics_class"] == "").all()


def test_berlin_in_the_library(shared):
    file, published = edition(shared, 2017)
    release = read_published(file, key="plr_id", columns=SHARES, changes=CHANGES)
    index = score(release, changes=CHANGES)
    found = index.table.rename_axis("plr_id").reset_index()
    same_classes(found, published)
    inputs = chain_of(index)
    moved = inputs.chain.dynamics(inputs.now, inputs.before).index
    np.testing.assert_array_equal(moved, index.table["dynamics_index"])


def test_england(shared):
    file = shared / "england_imd" / "imd2019_england_lsoa11.csv.gz"
    found, _ = score_published(file, Columns("lsoa11_code", domain=ENGLISH), method="imd")
    published = pd.read_csv(file)
    assert len(found) == 32_844
    assert (found["decile"].astype(int) == published["IMD_decile"]).all()
    assert (found["rank"] - published["IMD_rank"]).abs().max() <= 2


def test_scotland(shared):
    file = shared / "scotland_simd" / "simd2016_ranks.csv.gz"
    domains = {name: f"{name.capitalize()}_domain_2016_rank" for name in SCOTTISH}
    found, _ = score_published(file, Columns("Data_Zone", domain=domains), method="simd")
    published = pd.read_csv(file)
    assert (found["rank"] - published["Overall_SIMD16_rank"]).abs().max() <= 7


@pytest.mark.parametrize("name", ["gisd_bund_kreis_2025v1", "gisd_bund_kreis_2022v3"])
def test_german_districts_by_year(shared, name):
    file = shared / "gisd" / f"{name}.csv"
    columns = Columns("kreis_id", score="gisd_score", by="year")
    found, indices = score_published(file, columns, method="gisd-class")
    published = pd.read_csv(file)
    assert len(indices) == published["year"].nunique()
    assert (found["class"].astype(int) == published["gisd_5"]).all()


def test_german_districts_of_one_year(shared):
    file = shared / "gisd" / "inkar_kreis_2021_with_gisd.csv"
    found, _ = score_published(file, Columns("kreis_id", score="gisd_score"), method="gisd-class")
    published = pd.read_csv(file)
    assert (found["class"].astype(int) == published["gisd_5"]).all()
