"""The town to check by hand, and where the sample county lies."""

import numpy as np
import pytest
import shapely

from sozialraum import datasets
from sozialraum.datasets import load_sample_truth, load_town, sample_path
from sozialraum.errors import SourceError


def test_town_has_the_blocks_written_down():
    town = load_town()
    assert len(town.frame) == 30
    assert town.counts.loc["a5"].to_list() == [60, 8, 46, 30]
    assert town.counts.loc["f1"].to_list() == [30, 4, 22, 13]
    assert town.counts.loc["c3"].to_list() == [200, 28, 160, 110]


def test_town_totals_are_those_of_the_description():
    town = load_town()
    totals = town.counts.groupby(town.frame["municipality"]).sum()
    assert totals.loc["05997001"].to_list() == [2250, 315, 1762, 1135]
    assert totals.loc["05997002"].to_list() == [430, 61, 324, 194]


def test_town_counts_are_possible():
    counts = load_town().counts
    assert (counts["u15"] <= counts["u65"]).all()
    assert (counts["u65"] <= counts["residents"]).all()
    assert (counts["households"] <= counts["residents"]).all()


def test_neighbours_share_a_side_inside_their_municipality():
    town = load_town()
    ids, matrix = town.frame.index, town.adjacency.toarray()

    def neighbours(block):
        return set(ids[matrix[ids.get_loc(block)] > 0])

    assert neighbours("b2") == {"a2", "c2", "b1", "b3"}
    assert neighbours("a1") == {"a2", "b1"}
    assert neighbours("d3") == {"c3", "d2", "d4"}
    assert set(matrix[matrix > 0]) == {100}
    # 4 columns × 5 rows have 3·5 + 4·4 shared sides, 2 × 5 have 5 + 2·4
    assert town.adjacency.nnz == 2 * (31 + 13)


def test_blocks_tile_their_municipalities():
    town = load_town()
    assert shapely.coverage_is_valid(town.frame.geometry.to_numpy())
    assert town.frame.area.eq(10_000).all()
    for key, unit in town.units.geometry.items():
        own = town.frame.geometry[town.frame["municipality"] == key]
        assert shapely.union_all(own.to_numpy()).symmetric_difference(unit).area == 0


def test_north_is_up():
    y = load_town().frame.geometry.centroid.y
    assert y["a5"] > y["a1"]
    assert np.ptp(y.to_numpy()) == 400


def test_each_call_returns_a_town_of_its_own():
    first = load_town()
    first.counts.loc["a1", "residents"] = 0
    assert load_town().counts.loc["a1", "residents"] == 70


def test_sample_is_a_project_folder():
    for name in (
        "SOURCES.toml",
        "deliveries.toml",
        "indicators.toml",
        "policy.toml",
        "LIESMICH.md",
    ):
        assert (sample_path() / name).is_file()


def test_sample_of_an_installed_package(tmp_path, monkeypatch):
    packaged = tmp_path / "site-packages" / "sozialraum"
    (packaged / "_sample").mkdir(parents=True)
    (packaged / "_sample" / "SOURCES.toml").touch()
    monkeypatch.setattr(datasets, "__file__", str(packaged / "datasets.py"))
    assert sample_path() == packaged / "_sample"


def test_missing_sample_says_where_it_looked(tmp_path, monkeypatch):
    monkeypatch.setattr(datasets, "__file__", str(tmp_path / "a" / "b" / "datasets.py"))
    with pytest.raises(SourceError, match="_sample") as caught:
        sample_path()
    assert caught.value.message == "datasets.no_sample"


def test_truth_names_clusters_with_ratios():
    truth = load_sample_truth()
    lasting = [c for c in truth["clusters"] if c["kind"] == "disadvantaged"]
    assert len(lasting) >= 6
    assert all(1.5 <= cluster["ratio"] <= 2 for cluster in lasting)
    assert {cluster["agreed_areas"] for cluster in lasting} == {True, False}
    assert {cluster["place"] for cluster in lasting} == {"town", "country"}
    assert {measure["effect"] for measure in truth["measures"]} == {"effect", "none"}
