"""Local Moran and Gi*, against esda, brute force and theory."""

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array
from shapely.geometry import box

from sozialraum.methods.local import local_moran, ordered_samples


def lattice(rows: int, columns: int):
    import geopandas as gpd
    from libpysal.graph import Graph

    shapes = [box(c, r, c + 1, r + 1) for r in range(rows) for c in range(columns)]
    keys = [f"a{i:03d}" for i in range(len(shapes))]
    graph = Graph.build_contiguity(gpd.GeoSeries(shapes, index=keys), rook=False)
    return graph, csr_array(graph.sparse.tocsr())


def test_statistics_equal_esda():
    from esda import G_Local, Moran_Local

    graph, adjacency = lattice(7, 8)
    x = np.random.default_rng(3).gamma(2, size=56)
    found = local_moran(x, adjacency, permutations=9)
    peer = Moran_Local(x, graph, permutations=0)
    np.testing.assert_allclose(found.statistic, peer.Is, atol=1e-12)
    names = np.array(["high-high", "low-high", "low-low", "high-low"])
    assert (found.quadrant == names[peer.q - 1]).all()
    star = G_Local(x, graph, transform="B", star=True, permutations=0)
    np.testing.assert_allclose(found.gi_star, star.Zs, atol=1e-12)


def test_p_agrees_with_all_permutations():
    x = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0])
    ring = np.roll(np.eye(7), 1, axis=1) + np.roll(np.eye(7), -1, axis=1)
    found = local_moran(x, csr_array(ring), permutations=200_000, seed=4)
    for i in range(7):
        others = np.delete(x, i)
        sums = np.array([sum(pair) for pair in itertools.combinations(others, 2)])
        s = ring[i] @ x
        exact = min(1.0, 2 * min((sums >= s).mean(), (sums <= s).mean()))
        assert abs(found.p_moran[i] - exact) < 0.006
        threes = np.array([sum(three) for three in itertools.combinations(x, 3)])
        together = s + x[i]
        exact = min(1.0, 2 * min((threes >= together).mean(), (threes <= together).mean()))
        assert abs(found.p_gi[i] - exact) < 0.006


def test_ties_are_counted_on_both_sides():
    x = np.zeros(40)
    x[:4] = 0.1 + 0.2  # not 0.3: rounding must not break ties
    x[4:8] = 0.3
    _, adjacency = lattice(5, 8)
    found = local_moran(x, adjacency, permutations=50_000)
    # the last area has three neighbours, all zero; of the 39 others 31 are zero
    nothing_around = (31 * 30 * 29) / (39 * 38 * 37)
    assert abs(found.p_moran[-1] - 2 * nothing_around) < 0.02


def test_islands_have_no_p_and_no_statistic():
    _, adjacency = lattice(3, 3)
    adjacency = csr_array(adjacency * np.outer(np.arange(9) != 4, np.arange(9) != 4))
    adjacency.eliminate_zeros()
    found = local_moran(np.arange(9.0), adjacency, permutations=99)
    missing = (found.p_moran, found.p_gi, found.statistic, found.gi_star, found.lag)
    assert np.isnan([column[4] for column in missing]).all()
    assert found.quadrant[4] == ""
    assert not np.isnan(np.delete(found.p_moran, 4)).any()


def test_one_area_may_neighbour_all_others():
    star = np.zeros((6, 6))
    star[0, 1:] = star[1:, 0] = 1
    found = local_moran(np.arange(6.0), csr_array(star), permutations=999)
    assert found.p_moran[0] == 1.0  # there is only one sum of all others


def test_values_without_spread_give_missing_statistics():
    _, adjacency = lattice(2, 2)
    assert np.isnan(local_moran([0.1, 0.1, 0.1, 0.1], adjacency).p_moran).all()


def test_false_alarms_keep_their_level():
    _, adjacency = lattice(12, 12)
    random = np.random.default_rng(8)
    found = [
        local_moran(random.normal(size=144), adjacency, permutations=999, seed=s) for s in range(25)
    ]
    assert 0.03 < np.mean([(one.p_moran <= 0.05).mean() for one in found]) < 0.07
    assert 0.03 < np.mean([(one.p_gi <= 0.05).mean() for one in found]) < 0.07


def test_scale_and_shift_leave_everything_alone():
    _, adjacency = lattice(5, 5)
    x = np.random.default_rng(2).integers(0, 50, 25).astype(float)
    one, two = (local_moran(v, adjacency, permutations=999) for v in (x, 8 * x + 16))
    np.testing.assert_array_equal(one.p_moran, two.p_moran)
    np.testing.assert_allclose(one.statistic, two.statistic, atol=1e-12)


@pytest.mark.parametrize(("n", "size"), [(5, 5), (9, 2), (400, 6)])
def test_samples_are_ordered_draws_without_replacement(n, size):
    draws = ordered_samples(n, size, 20_000, seed=7)
    assert draws.shape == (20_000, size)
    assert (np.sort(draws, axis=1)[:, 1:] > np.sort(draws, axis=1)[:, :-1]).all()
    for column in draws.T:
        share = np.bincount(column, minlength=n) / len(draws)
        assert np.abs(share - 1 / n).max() < 5 * np.sqrt(1 / n / len(draws))
    np.testing.assert_array_equal(draws, ordered_samples(n, size, 20_000, seed=7))
