"""What the local statistics take, return and refuse; draws; threads and orders."""

import itertools
import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from scipy.sparse import coo_array, csr_array

from sozialraum.errors import StatisticsError
from sozialraum.methods.local import (
    local_g,
    local_geary,
    local_join_count,
    local_moran,
    local_moran_bivariate,
)
from sozialraum.methods.local.draws import ordered_samples
from sozialraum.methods.local.law import exclusion
from sozialraum.methods.local.neighbours import neighbours


def grid(rows, columns):
    """Return queen contiguity of a square grid."""
    row, column = np.divmod(np.arange(rows * columns), columns)
    apart = np.maximum(np.abs(row[:, None] - row), np.abs(column[:, None] - column))
    return csr_array((apart == 1).astype(float))


def distances(n, seed):
    """Return weights that decay with distance, and areas far from all others."""
    points = np.random.default_rng(seed).random((n, 2))
    apart = np.hypot(*(points[:, None] - points).T)
    return csr_array(np.where((apart > 0) & (apart < 0.3), 1 / np.maximum(apart, 1e-9), 0.0))


STATISTICS = {
    "moran": local_moran,
    "gi": lambda x, graph, **options: local_g(x, graph, star=False, **options),
    "gi star": lambda x, graph, **options: local_g(x, graph, null="total", **options),
    "two": lambda x, graph, **options: local_moran_bivariate(np.arange(30.0), x, graph, **options),
    "geary": lambda x, graph, **_: local_geary(x, graph, permutations=499),
    "joins": lambda x, graph, **_: local_join_count(x > np.median(x, axis=0), graph),
}


@pytest.mark.parametrize("method", ["exact", "pool"])
@pytest.mark.parametrize("name", STATISTICS)
def test_columns_are_computed_as_if_alone(name, method):
    graph, random = grid(5, 6), np.random.default_rng(2)
    columns = [random.normal(size=30), random.poisson(1, 30), np.arange(30) % 4, np.ones(30)]
    x = np.column_stack(columns)
    together = STATISTICS[name](x, graph, method=method)
    for at in range(4):
        alone = STATISTICS[name](np.ascontiguousarray(x[:, at]), graph, method=method)
        for field in ("statistic", "lag", "p", "quadrant"):
            np.testing.assert_array_equal(getattr(together, field)[:, at], getattr(alone, field))


@pytest.mark.parametrize("name", STATISTICS)
def test_islands_have_no_p_and_no_statistic(name):
    graph = grid(5, 6).toarray()
    graph[4] = graph[:, 4] = 0
    x = np.random.default_rng(1).normal(size=30)
    x[4] = x.max() + 1
    found = STATISTICS[name](x, csr_array(graph))
    assert np.isnan([found.p[4], found.statistic[4], found.lag[4]]).all()
    assert found.quadrant[4] == ""
    others = np.delete(np.arange(30), 4)
    assert not np.isnan(found.lag[others]).any()
    assert (found.quadrant[others] != "").all()


@pytest.mark.parametrize("name", STATISTICS)
def test_values_without_spread_are_missing(name):
    found = STATISTICS[name](np.full(30, 0.1), grid(5, 6))
    assert np.isnan([found.p, found.statistic, found.lag]).all()
    assert (found.quadrant == "").all()


def test_weights_equal_within_an_area_are_one_graph():
    """Binary, row-standardised, with zeros and a diagonal: the same neighbours."""
    graph, x = grid(4, 5), np.random.default_rng(5).normal(size=20)
    plain = local_moran(x, graph)
    rows = csr_array(graph / graph.sum(axis=1)[:, None])
    cells = coo_array(graph + np.eye(20))
    for other in (rows, cells, csr_array(graph * 7), graph.astype(bool)):
        again = local_moran(x, other)
        np.testing.assert_array_equal(plain.p, again.p)
        np.testing.assert_array_equal(plain.statistic, again.statistic)


def test_ties_are_counted_on_both_sides():
    x = np.zeros(40)
    x[:4] = 0.1 + 0.2  # not 0.3: rounding must not break ties
    x[4:8] = 0.3
    # the last area has three neighbours, all zero; of the 39 others 31 are zero
    nothing_around = (31 * 30 * 29) / (39 * 38 * 37)
    found = local_moran(x, grid(5, 8))
    assert abs(found.p[-1] - 2 * nothing_around) < 1e-12
    drawn = local_moran(x, grid(5, 8), method="pool", permutations=50_000)
    assert abs(drawn.p[-1] - 2 * nothing_around) < 0.02


def test_one_area_may_neighbour_all_others():
    star = np.zeros((6, 6))
    star[0, 1:] = star[1:, 0] = 1
    for method in ("exact", "pool"):
        found = local_moran(np.arange(6.0), csr_array(star), method=method)
        assert found.p[0] == 1.0  # there is only one sum of all others


def test_all_may_neighbour_all():
    """Nobody is left to be drawn instead, whatever the values."""
    everyone = csr_array(1 - np.eye(30))
    for x in (np.arange(30.0) % 7, np.random.default_rng(1).normal(size=30)):
        assert (local_moran(x, everyone).p == 1).all()
        assert (local_g(x, everyone, null="total").p == 1).all()
        assert np.isnan(local_g(x, everyone).statistic).all()


@pytest.mark.parametrize(("degree", "drawn"), [(63, False), (64, False), (65, True), (150, False)])
def test_sums_of_up_to_64_neighbours_or_others_are_counted(degree, drawn):
    """One area has so many neighbours out of 200 others; each of these has only it."""
    n = 201
    star = np.zeros((n, n))
    star[0, 1 : degree + 1] = star[1 : degree + 1, 0] = 1
    x = np.random.default_rng(3).normal(size=n)
    for local in (local_moran, partial(local_g, null="total")):
        found, pool = (local(x, csr_array(star), method=name).p for name in ("exact", "pool"))
        assert (found[0] == pool[0]) == drawn
        assert found[1] != pool[1]


@pytest.mark.parametrize("name", ["moran", "gi star"])
@pytest.mark.parametrize("unit", [1e300, 1e-13, 1e-300])
def test_values_of_any_size_are_values(name, unit):
    x = np.random.default_rng(8).integers(-40, 40, 30) / 40
    found, plain = STATISTICS[name](x * unit, grid(5, 6)), STATISTICS[name](x, grid(5, 6))
    np.testing.assert_allclose(found.statistic, plain.statistic, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.p, plain.p, atol=1e-9)


def test_more_neighbours_than_are_counted_are_drawn():
    n = 400
    dense = np.zeros((n, n))
    dense[0, 1:201] = dense[1:201, 0] = 1
    x = np.random.default_rng(3).normal(size=n)
    found, drawn = (local_moran(x, csr_array(dense), method=m, seed=4) for m in ("exact", "pool"))
    assert found.p[0] == drawn.p[0]
    assert (found.p[1:201] != drawn.p[1:201]).all()


@pytest.mark.parametrize("name", ["moran", "gi star"])
def test_scale_and_shift_leave_everything_alone(name):
    x = np.random.default_rng(2).integers(0, 50, 30).astype(float)
    one, two = (STATISTICS[name](v, grid(5, 6)) for v in (x, 8 * x + 16))
    np.testing.assert_array_equal(one.p, two.p)
    np.testing.assert_allclose(one.statistic, two.statistic, atol=1e-12)


@pytest.mark.parametrize("values", ["continuous", "whole", "zeros"])
def test_row_order_leaves_exact_p_alone(values):
    random, graph = np.random.default_rng(4), grid(12, 12)
    x = {
        "continuous": random.normal(size=144),
        "whole": random.poisson(2, 144).astype(float),
        "zeros": np.where(random.random(144) < 0.6, 0, random.random(144)),
    }[values]
    order = random.permutation(144)
    one, two = local_moran(x, graph), local_moran(x[order], csr_array(graph[order][:, order]))
    np.testing.assert_allclose(one.p[order], two.p, rtol=1e-9)
    np.testing.assert_allclose(one.statistic[order], two.statistic, rtol=1e-9)
    assert (one.quadrant[order] == two.quadrant).all()


def test_alternatives_are_about_the_lag():
    x, graph = np.random.default_rng(5).normal(size=30), grid(5, 6)
    both, more, less = (
        local_moran(x, graph, alternative=a).p for a in ("two-sided", "greater", "less")
    )
    np.testing.assert_allclose(both, np.minimum(1, 2 * np.minimum(more, less)))
    lag = local_moran(x, graph).lag
    assert more[lag.argmax()] < less[lag.argmax()]


def test_gi_and_gi_star_share_the_conditional_p_of_moran():
    x, graph = np.random.default_rng(6).gamma(2, size=30), grid(5, 6)
    p = local_moran(x, graph).p
    for star in (True, False):
        np.testing.assert_array_equal(local_g(x, graph, star=star).p, p)


@pytest.mark.parametrize("n", [40, 700])
def test_the_pool_agrees_with_the_exact_law(n):
    draws = 40_000
    random = np.random.default_rng(n)
    half = np.triu(random.random((n, n)) < 5 / n, 1)
    graph = csr_array((half | half.T).astype(float))
    x = np.column_stack([random.normal(size=n), random.poisson(1, n), random.exponential(size=n)])
    for statistic in ("moran", "total"):
        for side in ("greater", "less"):
            exact, drawn = (
                local_moran(x, graph, method=m, permutations=draws, alternative=side).p
                if statistic == "moran"
                else local_g(
                    x, graph, null="total", method=m, permutations=draws, alternative=side
                ).p
                for m in ("exact", "pool")
            )
            at = ~np.isnan(exact)
            assert (at == ~np.isnan(drawn)).all()
            error = np.sqrt(exact * (1 - exact) / draws) + 2 / draws
            assert (np.abs(exact - drawn) < 5.5 * error)[at].all()


def draws_of_all_orders(x, i, k):
    """Return every ordered draw of k others."""
    return np.array(list(itertools.permutations(np.delete(x, i), k)))


@pytest.mark.parametrize("name", ["moran", "gi star", "geary"])
def test_unequal_weights_agree_with_all_permutations(name):
    x, graph = np.random.default_rng(1).normal(size=8), distances(8, 5)
    assert neighbours(graph).weights is not None
    options = {"permutations": 100_000, "alternative": "greater"}
    z = (x - x.mean()) / x.std()
    found = {
        "moran": lambda: local_moran(x, graph, **options),
        "gi star": lambda: local_g(x, graph, **options),
        "geary": lambda: local_geary(x, graph, **options),
    }[name]()
    for i in range(8):
        weights = graph[[i]].toarray().ravel()
        around = np.flatnonzero(weights)
        if not len(around):
            assert np.isnan(found.p[i])
            continue
        share = weights[around] / weights.sum()
        drawn = draws_of_all_orders(z, i, len(around))
        if name == "geary":
            sums, observed = ((z[i] - drawn) ** 2) @ share, ((z[i] - z[around]) ** 2) @ share
            assert abs(found.statistic[i] - observed) < 1e-12
        else:
            sums, observed = drawn @ share, z[around] @ share
        p = (sums >= observed - 1e-12).mean()
        assert abs(found.p[i] - p) < 5 * np.sqrt(p * (1 - p) / 1e5) + 2e-5


def test_weighted_gi_star_with_the_area_drawn_too():
    x, graph = np.random.default_rng(1).normal(size=7), distances(7, 5)
    found = local_g(x, graph, null="total", permutations=100_000, alternative="greater").p
    for i in range(7):
        weights = graph[[i]].toarray().ravel()
        around = np.flatnonzero(weights)
        if len(around):
            share = np.append(weights[around], weights.max()) / weights.sum()
            sums = np.array(list(itertools.permutations(x, len(share)))) @ share
            p = (sums >= x[np.append(around, i)] @ share - 1e-12).mean()
            assert abs(found[i] - p) < 5 * np.sqrt(p * (1 - p) / 1e5) + 2e-5


def test_local_geary_of_equal_weights_agrees_with_all_draws():
    x, graph = np.array([3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]), grid(2, 4)
    found = local_geary(x, graph, permutations=100_000, alternative="less")
    z = (x - x.mean()) / x.std()
    for i in range(8):
        around = np.flatnonzero(graph[[i]].toarray().ravel())
        drawn = ((z[i] - draws_of_all_orders(z, i, len(around))) ** 2).mean(axis=1)
        p = (drawn <= ((z[i] - z[around]) ** 2).mean() + 1e-12).mean()
        assert abs(found.p[i] - p) < 5 * np.sqrt(p * (1 - p) / 1e5) + 2e-5


def test_two_variables():
    random, graph = np.random.default_rng(3), grid(5, 6)
    x, y = random.normal(size=30), random.gamma(2, size=30)
    pair, single = local_moran_bivariate(x, y, graph), local_moran(y, graph)
    np.testing.assert_array_equal(pair.p, single.p)
    np.testing.assert_array_equal(pair.lag, single.lag)
    zx, zy = ((v - v.mean()) / v.std() for v in (x, y))
    around = (graph @ zy) / graph.sum(axis=1)
    np.testing.assert_allclose(pair.statistic, 29 * zx * around / (zx @ zx), rtol=1e-12)
    assert np.isnan(local_moran_bivariate(np.ones(30), y, graph).p).all()


REFUSED = {
    "shape": lambda: local_moran([1.0, 2.0], grid(2, 2)),
    "not_finite": lambda: local_moran([1.0, np.nan, 2.0, 3.0], grid(2, 2)),
    "permutations": lambda: local_moran(np.arange(4.0), grid(2, 2), permutations=0),
    "not_square": lambda: local_moran(np.arange(4.0), csr_array(np.ones((4, 3)))),
    "weights": lambda: local_moran(np.arange(4.0), csr_array(-np.ones((4, 4)))),
    "not_binary": lambda: local_join_count(np.arange(4.0), grid(2, 2)),
    "option": lambda: local_moran(np.arange(4.0), grid(2, 2), alternative="directed"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sense_is_refused(name):
    with pytest.raises(StatisticsError) as caught:
        REFUSED[name]()
    assert caught.value.message == f"local.{name}"
    assert caught.value.text("de") != caught.value.text("en")


def test_gi_without_the_area_has_no_total_null():
    with pytest.raises(StatisticsError):
        local_g(np.arange(4.0), grid(2, 2), star=False, null="total")
    with pytest.raises(StatisticsError):
        local_g(np.arange(4.0), grid(2, 2), method="normal")


def test_nothing_given_is_changed():
    x, graph = np.random.default_rng(2).normal(size=20), grid(4, 5)
    graph.data[0] = 0.0
    held = x.copy(), graph.toarray(), graph.nnz
    local_moran(x, graph)
    np.testing.assert_array_equal(x, held[0])
    np.testing.assert_array_equal(graph.toarray(), held[1])
    assert graph.nnz == held[2]


PROGRAM = """
import hashlib
import numpy as np
from scipy.sparse import csr_array
from sozialraum.methods.local import local_g, local_geary, local_moran
random = np.random.default_rng(1)
n = 20_000
ring = csr_array((np.ones(4 * n), (np.repeat(np.arange(n), 4),
    (np.repeat(np.arange(n), 4) + np.tile([-2, -1, 1, 2], n)) % n)), shape=(n, n))
decaying = csr_array((random.random(4 * n) + 0.1, ring.indices, ring.indptr), shape=(n, n))
x = np.column_stack([random.normal(size=n), random.poisson(1, n)])
few = decaying[:500][:, :500]
found = [local_moran(x, ring), local_moran(x, ring, method="pool", permutations=999),
    local_g(x, ring, null="total"), local_moran(x[:500], few), local_geary(x[:500], few)]
digest = hashlib.blake2b()
for one in found:
    for part in (one.statistic, one.lag, one.p, one.quadrant.astype("U9")):
        digest.update(np.ascontiguousarray(part).tobytes())
print(digest.hexdigest())
"""


def test_same_bytes_for_any_number_of_threads_and_any_hash_seed():
    digests = set()
    for threads, seed in (("1", "0"), ("2", "1")):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
        environment = os.environ | dict.fromkeys(names, threads) | {"PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        digests.add(done.stdout)
    assert len(digests) == 1


def test_factors_of_exclusion_add_up():
    for n, k in ((10, 4), (400_000, 9)):
        assert abs(sum(exclusion(n, k)) - 1) < 1e-12


@pytest.mark.parametrize(("n", "size"), [(5, 5), (9, 2), (400, 6)])
def test_samples_are_ordered_draws_without_replacement(n, size):
    draws = ordered_samples(n, size, 20_000, seed=7)
    assert draws.shape == (20_000, size)
    assert (np.sort(draws, axis=1)[:, 1:] > np.sort(draws, axis=1)[:, :-1]).all()
    for column in draws.T:
        share = np.bincount(column, minlength=n) / len(draws)
        assert np.abs(share - 1 / n).max() < 5 * np.sqrt(1 / n / len(draws))
    np.testing.assert_array_equal(draws, ordered_samples(n, size, 20_000, seed=7))
