"""What the measurements of the delineation rest on: made-up counties and an own check."""

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
try:
    from areas_bench import instances
    from areas_bench.check import assess, is_valid
    from areas_bench.exact import solved
    from areas_bench.instances import Instance, county
    from areas_bench.table import table
finally:
    sys.path.remove(str(TOOLS))


@pytest.fixture(scope="module")
def made() -> Instance:
    return county(38_000, 101)


def test_a_county_has_the_statistics_of_german_settlements(made):
    """Origin of the figures: what the parameters are meant to give, as the module says."""
    residents = made.columns(["residents"])[:, 0]
    assert residents.size == 38_000
    assert np.median(residents) == pytest.approx(15, abs=1)
    assert residents.mean() == pytest.approx(22.4, abs=1.5)
    assert np.quantile(residents, 0.90) == pytest.approx(46, abs=3)
    assert np.quantile(residents, 0.99) == pytest.approx(116, abs=12)
    assert residents.min() == 3
    assert (residents >= 100).mean() == pytest.approx(0.015, abs=0.004)


def test_a_third_of_the_cells_is_inhabited_and_groups_are_parts_of_the_residents(made):
    side = 1 + max(made.x.max(), made.y.max())
    assert made.x.size / side**2 == pytest.approx(0.33, abs=0.01)
    assert len(set(zip(made.x.tolist(), made.y.tolist(), strict=True))) == made.x.size
    residents, minors, seniors, benefit, others, foreign = made.counts.T
    assert (minors + seniors + benefit + others == residents).all()
    assert (foreign <= residents).all()
    # origin: the chances the groups are drawn with
    assert minors.sum() / residents.sum() == pytest.approx(0.165, abs=0.02)
    assert foreign.sum() / residents.sum() == pytest.approx(0.12, abs=0.03)


def test_municipalities_are_contiguous_and_neighbours_stay_inside(made):
    assert np.unique(made.units).tolist() == list(range(19))
    pieces, component = connected_components(made.adjacency, directed=False)
    assert pieces == 19
    assert all(np.unique(made.units[component == piece]).size == 1 for piece in range(pieces))
    # origin: the mean degree of rook neighbours of Voronoi tiles on a raster is about 4.3
    assert made.adjacency.nnz / made.units.size == pytest.approx(4.3, abs=0.1)
    assert (made.adjacency != made.adjacency.T).nnz == 0


@pytest.mark.parametrize("seed", [101, 102])
def test_the_same_seed_makes_the_same_county(seed):
    one, same, other = county(2_000, seed), county(2_000, seed), county(2_000, seed + 10)
    assert (one.counts == same.counts).all()
    assert (one.adjacency != same.adjacency).nnz == 0
    assert not np.array_equal(one.x, other.x)


def test_the_country_is_counties_side_by_side(monkeypatch, tmp_path):
    monkeypatch.setattr(instances, "COUNTRY_BLOCKS", 11)
    monkeypatch.setattr(instances, "COUNTRY_SEEDS", 2)
    monkeypatch.setattr(instances, "COUNTY_CELLS", 5_000)
    file = tmp_path / "country.npz"
    instances.save(instances.country(), file)
    land = instances.load(file)
    first, second = county(5_000, 101), county(5_000, 102)
    assert land.units.size == 55_000
    assert np.unique(land.units).size == 6 * 2 + 5 * 2
    assert len(set(zip(land.x.tolist(), land.y.tolist(), strict=True))) == 55_000
    assert (land.counts[10_000:15_000] == first.counts).all()
    assert (land.counts[45_000:50_000] == second.counts).all()
    block = csr_array(land.adjacency[45_000:50_000])
    assert (csr_array(block[:, 45_000:50_000]) != second.adjacency).nnz == 0
    assert block.nnz == second.adjacency.nnz


def row_of(people: list[float], units: list[int]) -> Instance:
    """Return cells in a row, neighbours within their municipality."""
    n = len(people)
    places = np.arange(n)
    same = np.diff(units) == 0
    ends = places[:-1][same], places[1:][same]
    both = np.concatenate(ends), np.concatenate(ends[::-1])
    graph = csr_array((np.ones(both[0].size), both), shape=(n, n))
    counts, shares = np.array(people)[:, None], np.arange(n, dtype=float)[:, None]
    return Instance(places, np.zeros(n), np.array(units), counts, shares, graph, ("people",))


@pytest.mark.parametrize(
    ("labels", "fault"),
    [
        ([0, 0, 1, 1, 2, 2], None),
        ([0, 0, 0, 0, 2, 2], None),
        ([0, 0, 1, 2, 3, 3], "failing"),
        ([0, 1, 0, 1, 2, 2], "torn"),
        ([0, 0, 1, 1, 1, 1], "crossing"),
        ([0, 0, 1, 1, -1, -1], "left_out"),
    ],
)
def test_the_check_finds_every_fault(labels, fault):
    cells = row_of([60.0] * 6, [0, 0, 0, 0, 1, 1])
    found = assess(cells, np.array(labels), {"people": 100})
    assert is_valid(found) == (fault is None)
    if fault:
        assert found[fault]
    assert found["bound"] == 3
    assert found["areas"] == len(set(labels) - {-1})


def test_figures_of_a_row_are_those_worked_out_by_hand():
    found = assess(row_of([60.0] * 4, [0] * 4), np.array([5, 5, 9, 9]), {"people": 100})
    # shares 0 1 | 2 3: within 4 × 0.25, total 2 × (2.25 + 0.25); every cell 0.5 from its centre
    assert found["wss_tss"] == pytest.approx(0.2)
    assert found["msd"] == 0.25
    assert found["ratio"] == 1.0


def test_cells_without_hope_are_not_missed():
    found = assess(row_of([60.0, 60, 20], [0, 0, 1]), np.array([0, 0, -1]), {"people": 100})
    assert is_valid(found)
    assert found["left_out"] == 0


def test_the_table_says_what_did_not_finish():
    line = {"what": "county", "cells": 30_000, "municipalities": 1, "seed": 101}
    line |= {"minima": {"residents": 100}, "solver": "pygeoda_sa"}
    line |= {"limit_cpu_s": 120, "did_not_finish": "ended by signal 24"}
    cells = [cell.strip() for cell in table([line]).splitlines()[-1].strip("|").split("|")]
    assert cells[:6] == [
        "30,000", "1", "101", "residents ≥ 100", "pygeoda sa", "did not finish",
    ]  # fmt: skip
    assert cells[6:] == ["", "", "", "", "> 120", "", ""]
    country = {"what": "germany", "solver": "sozialraum", "did_not_finish": "ended by signal 9"}
    lines = table([line, country]).splitlines()
    assert lines[-1].count("|") == lines[0].count("|")
    assert "did not finish" in lines[-1]


def test_what_is_found_on_nine_small_pieces_is_nearly_the_optimum(made):
    """Origin of the optima: set packing over all smallest sets, proven by the solver."""
    lines = solved(made, {"residents": 100}, ("standard",), 9, 1)
    assert len(lines) == 9
    total = {name: sum(line[name] for line in lines) for name in lines[0]}
    assert total["standard"] >= 0.98 * total["optimum"]
    assert all(line["standard"] <= line["optimum"] <= line["joint_bound"] for line in lines)
    assert total["optimum"] <= total["joint_bound"] < total["bound"]
