"""Exact p-values against enumeration, brute force, closed forms and theory."""

import itertools
import math

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.stats import hypergeom, kstest

from sozialraum.methods.local import local_g, local_join_count, local_moran
from sozialraum.methods.local.coding import on_lattice, own_lattice
from sozialraum.methods.local.exact import groups
from sozialraum.methods.local.law import Exact, Shared, Smooth, law_of
from sozialraum.methods.local.neighbours import neighbours
from sozialraum.methods.local.sums import sums_distribution
from sozialraum.methods.local.variable import variable


def random_graph(n, seed, mean=5.0):
    random = np.random.default_rng(seed)
    half = np.triu(random.random((n, n)) < mean / n, 1)
    return csr_array((half | half.T).astype(float))


def tails_of_all_draws(x, dense, i, *, total=False):
    around = np.flatnonzero(dense[i])
    others = x if total else np.delete(x, i)
    size = len(around) + total
    observed = x[around].sum() + (x[i] if total else 0)
    sums = np.array([sum(draw) for draw in itertools.combinations(others, size)])
    return (sums <= observed + 1e-9).mean(), (sums >= observed - 1e-9).mean()


KINDS = {
    "continuous": lambda random, n: random.normal(size=n),
    "whole": lambda random, n: random.poisson(2, n).astype(float),
    "binary": lambda random, n: (random.permutation(n) % 3 == 0).astype(float),
    "ranks": lambda random, n: random.permutation(n).astype(float),
    "zeros": lambda random, n: np.where(np.arange(n) % 2, 0.0, random.gamma(2, size=n)),
    "bounded": lambda random, n: np.clip(random.normal(size=n), -0.7, 0.7),
    "off by rounding": lambda random, n: np.array([0.1 + 0.2, 0.3, 0.7, 1.1])[
        random.integers(0, 4, n)
    ],
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [7, 8])
def test_all_draws_are_counted(kind, n):
    random = np.random.default_rng(n)
    x = KINDS[kind](random, n)
    x[0] += 1 if np.ptp(x) == 0 else 0
    dense = random_graph(n, 3, mean=4).toarray()
    for total in (False, True):
        found = {
            alternative: (
                local_g(x, csr_array(dense), null="total", alternative=alternative)
                if total
                else local_moran(x, csr_array(dense), alternative=alternative)
            ).p
            for alternative in ("less", "greater", "two-sided")
        }
        for i in np.flatnonzero(dense.sum(axis=1)):
            below, above = tails_of_all_draws(x, dense, i, total=total)
            assert abs(found["less"][i] - below) < 1e-12
            assert abs(found["greater"][i] - above) < 1e-12
            assert abs(found["two-sided"][i] - min(1, 2 * min(below, above))) < 1e-12


@pytest.mark.parametrize("kind", ["continuous", "zeros"])
def test_a_million_draws_at_twenty_areas(kind):
    n, draws = 20, 1_000_000
    random = np.random.default_rng(11)
    x, graph = KINDS[kind](random, n), random_graph(n, 5, mean=4)
    found = {side: local_moran(x, graph, alternative=side).p for side in ("less", "greater")}
    degree = np.diff(graph.indptr)
    for i in np.unique(degree[degree > 0], return_index=True)[1]:
        area = np.flatnonzero(degree > 0)[i]
        others = np.delete(x, area)
        order = np.argpartition(random.random((draws, n - 1)), degree[area] - 1, axis=1)
        sums = others[order[:, : degree[area]]].sum(axis=1)
        observed = (graph @ x)[area]
        for side, hits in (("less", sums <= observed + 1e-9), ("greater", sums >= observed - 1e-9)):
            p = found[side][area]
            assert abs(hits.mean() - p) < 3.5 * math.sqrt(p * (1 - p) / draws) + 1e-12


@pytest.mark.parametrize("n", [60, 900])
def test_marks_follow_the_hypergeometric_law(n):
    random = np.random.default_rng(n)
    marks = (random.random(n) < 0.2).astype(float)
    graph = random_graph(n, 2)
    degree, joins = np.diff(graph.indptr), graph @ marks
    law = hypergeom(n - 1, marks.sum() - marks, degree)
    for side, p in (("less", law.cdf(joins)), ("greater", law.sf(joins - 1))):
        for values in (marks, 0.1 + 0.7 * marks):
            found = local_moran(values, graph, alternative=side).p
            np.testing.assert_allclose(found[degree > 0], p[degree > 0], rtol=0, atol=1e-12)
    found = local_join_count(marks, graph).p
    at = (marks == 1) & (degree > 0)
    np.testing.assert_allclose(found[at], law.sf(joins - 1)[at], rtol=0, atol=1e-12)
    assert np.isnan(found[~at]).all()


CONTINUOUS = {
    "normal": lambda random, n: random.normal(size=n),
    "exponential": lambda random, n: random.exponential(size=n),
    "lognormal": lambda random, n: np.exp(1.2 * random.normal(size=n)),
    "heavy tails": lambda random, n: random.standard_t(3, size=n),
    "mostly zero": lambda random, n: np.where(random.random(n) < 0.7, 0, random.gamma(2, size=n)),
    "bounded": lambda random, n: np.clip(random.normal(size=n), -1.5, 1.5),
}


@pytest.mark.parametrize("kind", CONTINUOUS)
@pytest.mark.parametrize("n", [90, 2_000])
def test_continuous_values_keep_the_stated_bound(kind, n):
    """Beside so many bins that hardly two values share one."""
    random = np.random.default_rng(7)
    around = neighbours(random_graph(n, 4))
    found = variable(CONTINUOUS[kind](random, n), around)
    at = np.flatnonzero((around.degree >= 2) & (around.degree <= 4))
    law = law_of(found, 2, 4)
    fine = np.rint(found.codes * (2**20 / found.steps)).astype(np.int64)
    finest = Exact(fine, 4)
    found_groups = groups(at, around.degree[at], n - 1)
    for terms, begin, end in found_groups.ends:
        here = found_groups.at[begin:end]
        ours = law.of_others(terms, (around.ones @ law.codes)[here], law.codes[here])
        theirs = finest.of_others(terms, (around.ones @ fine)[here], fine[here])
        for one, other in zip(ours, theirs, strict=True):
            assert np.abs(one - other).max() < 5e-4


def test_every_kind_of_data_has_its_way():
    random, around = np.random.default_rng(1), neighbours(random_graph(600, 4))
    kinds = {
        "continuous": Smooth, "zeros": Shared, "whole": Exact,
        "ranks": Exact, "bounded": Shared, "off by rounding": Exact,
    }  # fmt: skip
    for kind, expected in kinds.items():
        found = variable(KINDS[kind](random, 600), around)
        assert isinstance(law_of(found, 2, 6), expected)


def test_lattices_are_recognised():
    steps = 2**48
    whole = np.array([3, 5, 6, 11, 17])
    codes = np.rint((whole - 3) / 14 * steps).astype(np.int64)
    assert own_lattice(codes, steps, 512) == 14
    assert on_lattice(codes, steps, 14).tolist() == [0, 2, 3, 8, 14]
    assert own_lattice(np.sort(np.sqrt(whole * 1e20)).astype(np.int64), steps, 512) == 0


@pytest.mark.parametrize(("n", "most"), [(40, 6), (16, 8)])
def test_both_ways_to_the_distribution_agree(n, most, monkeypatch):
    bins = np.random.default_rng(n).integers(0, 9, n)
    one = sums_distribution(bins, most)
    monkeypatch.setattr("sozialraum.methods.local.sums.STABLE", 0)
    other = sums_distribution(bins, most)
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-11)


@pytest.mark.parametrize("kind", ["continuous", "whole", "zeros", "bounded"])
def test_many_neighbours_of_few_areas(kind):
    """Dense graphs: who is drawn not is counted, and Newton's identities are left."""
    n = 60
    random = np.random.default_rng(2)
    x, graph = KINDS[kind](random, n), random_graph(n, 8, mean=34)
    exact = {side: local_moran(x, graph, alternative=side).p for side in ("less", "greater")}
    for side, p in exact.items():
        drawn = local_moran(x, graph, method="pool", permutations=30_000, alternative=side).p
        assert (np.abs(p - drawn) < 5 * np.sqrt(p * (1 - p) / 30_000) + 5e-4).all()


def test_small_p_have_no_floor_of_draws():
    """Ten areas of 100 are high and all touch one another: one draw in C(99, 9)."""
    x = np.random.default_rng(4).normal(size=100)
    x[:10] += 20
    dense = np.zeros((100, 100))
    dense[:10, :10] = 1 - np.eye(10)
    dense[10:, 10:] = np.roll(np.eye(90), 1, axis=1)
    found = local_moran((x > 10).astype(float), csr_array(dense), alternative="greater")
    np.testing.assert_allclose(found.p[:10], 1 / math.comb(99, 9), rtol=0.05)
    assert local_moran(x, csr_array(dense)).p[:10].max() < 1e-9


def test_p_of_one_area_is_uniform_over_structureless_maps():
    """A ring of 120 areas, four neighbours each; one fixed area over 1,000 maps."""
    ring = sum(np.roll(np.eye(120), step, axis=1) for step in (-2, -1, 1, 2))
    maps = np.random.default_rng(9).normal(size=(120, 1_000))
    for found in (local_moran(maps, csr_array(ring)), local_g(maps, csr_array(ring), null="total")):
        assert kstest(found.p[17], "uniform").pvalue > 0.01
