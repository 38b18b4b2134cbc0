"""Limits of an index with hidden values: every possible filling lies inside."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counts import indicator
from plain import LAST, plain_release
from sozialraum.errors import StatisticsError
from sozialraum.index import read_method, score
from sozialraum.index.bounds import bound_index
from sozialraum.methods.bounds import class_bounds, index_bounds
from sozialraum.methods.composite import Recipe, compose, robust_scores, zscores
from sozialraum.methods.domains import compose_domains
from sozialraum.methods.fillings import share_out
from sozialraum.methods.index_classes import STATUS, Classes, classify
from sozialraum.methods.intervals import rank_bounds, robust_bounds, score_bounds
from sozialraum.model import Method


def boxes(seed, areas, hidden, columns=1):
    random = np.random.default_rng(seed)
    low = random.integers(0, 20, (areas, columns)).astype(float)
    high = low.copy()
    cells = random.choice(areas * columns, hidden, replace=False)
    high.ravel()[cells] += random.integers(1, 12, hidden)
    return low, high, random


def fillings(low, high, steps=None):
    """Yield every filling with whole numbers, or with so many steps an interval."""
    ends = [
        np.arange(a, b + 1) if steps is None else np.linspace(a, b, steps)
        for a, b in zip(low.ravel(), high.ravel(), strict=True)
    ]
    ends = [e if a < b else e[:1] for e, a, b in zip(ends, low.ravel(), high.ravel(), strict=True)]
    for cells in itertools.product(*ends):
        yield np.array(cells).reshape(low.shape)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10_000), areas=st.integers(3, 8), hidden=st.integers(1, 3))
def test_scores_of_all_fillings_lie_inside(seed, areas, hidden):
    low, high, random = boxes(seed, areas, hidden)
    share = random.random(areas) + 0.05 if seed % 2 else np.ones(areas)
    share = share / share.sum()
    least, most = score_bounds(low[:, 0], high[:, 0], share)
    for cells in fillings(low[:, 0], high[:, 0]):
        mean = share @ cells
        spread = np.sqrt(share @ (cells - mean) ** 2)
        if spread > 1e-9:
            scores = (cells - mean) / spread
            assert (least <= scores).all()
            assert (scores <= most).all()


def test_limits_of_scores_are_narrow():
    random = np.random.default_rng(1)
    low = random.normal(10, 3, 60)
    high = low + np.where(np.arange(60) < 3, 4.0, 0.0)
    least, most = score_bounds(low, high)
    scores = np.array([zscores(cells) for cells in fillings(low, high, steps=15)])
    assert (least - scores.min(axis=0)).min() > -0.01
    assert (most - scores.max(axis=0)).max() < 0.01
    exact_low, exact_high = score_bounds(low, low)
    np.testing.assert_allclose(exact_low, zscores(low), atol=1e-8)
    np.testing.assert_allclose(exact_high, zscores(low), atol=1e-8)


@settings(deadline=None, max_examples=40)
@given(seed=st.integers(0, 10_000), areas=st.integers(4, 8))
def test_ranks_and_robust_scores_of_all_fillings_lie_inside(seed, areas):
    from scipy.stats import rankdata

    low, high, _ = boxes(seed, areas, 2)
    first, last = rank_bounds(low[:, 0], high[:, 0])
    least, most = robust_bounds(low[:, 0], high[:, 0])
    for cells in fillings(low[:, 0], high[:, 0]):
        ranks = rankdata(cells)
        assert (first <= ranks).all()
        assert (ranks <= last).all()
        if np.median(np.abs(cells - np.median(cells))) > 0:
            scores = robust_scores(cells)
            assert (least <= scores).all()
            assert (scores <= most).all()


@settings(deadline=None, max_examples=60)
@given(
    seed=st.integers(0, 10_000),
    how=st.sampled_from(["z", "robust", "weighted", "exponential", "none"]),
    again=st.booleans(),
    domains=st.booleans(),
)
def test_the_index_of_all_fillings_lies_inside(seed, how, again, domains):
    low, high, random = boxes(seed, 6, 2, columns=3)
    size = random.integers(1, 9, 6).astype(float)
    place = [0, 1, 0] if domains else []
    weights = (2.0, 0.5) if domains else (1.0, 3.0, 0.5)
    recipe = Recipe(how, weights, restandardise=again)
    turn = [1, -1, 1]
    least, most = index_bounds(low, high, turn, recipe, domains=place, size=size)
    for cells in fillings(low, high, steps=7):
        try:
            found = compose_domains(cells, turn, recipe, domains=place, size=size).index
        except StatisticsError:
            continue
        assert (least <= found).all()
        assert (found <= most).all()


@pytest.mark.parametrize(
    "classes", [STATUS, Classes(tuple("123"), by="quantile"), Classes(tuple("123"), by="rank")]
)
def test_classes_of_all_fillings_are_possible(classes):
    for seed in range(20):
        low, high, _ = boxes(seed, 7, 2)
        low, high = low[:, 0] / 5 - 2, high[:, 0] / 5 - 2
        possible = class_bounds(low, high, classes)
        for cells in fillings(low, high, steps=9):
            at = [classes.labels.index(label) for label in classify(cells, classes)]
            assert possible[np.arange(7), at].all()
    narrow = class_bounds(low, low, classes)
    assert (narrow.sum(axis=1) == 1).all()


def test_weights_of_a_principal_component_have_no_limits():
    with pytest.raises(StatisticsError, match="Hauptkomponente"):
        index_bounds([[1.0], [2.0]], [[1.0], [3.0]], [1], Recipe(pca=True))


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 10_000))
def test_what_is_shared_out_adds_up_and_keeps_its_caps(seed):
    random = np.random.default_rng(seed)
    places, groups = 12, 3
    caps, group = random.integers(0, 9, places), random.integers(0, groups, places)
    total = random.integers(0, 30, groups)
    taken = share_out(total, caps, group, random.random((places, 3)))
    assert (taken >= 0).all()
    assert (taken <= caps).all()
    held = np.bincount(group, taken, minlength=groups)
    room = np.bincount(group, caps, minlength=groups)
    np.testing.assert_array_equal(held, np.minimum(total, room))


HIDDEN = [("a", 1), ("a", 2), ("b", 7), ("b", 8)]
POOR = {"a": [9, 2, 1, 14, 20, 11, 8, 30, 12], "b": [8, 3, 9, 15, 22, 10, 9, 2, 4]}
BASE = [60, 50, 40, 70, 80, 55, 45, 90, 66]


def index_of(denominators=("base", "base"), hidden=HIDDEN, **options):
    indicators = [indicator(n, d) for n, d in zip("ab", denominators, strict=True)]
    counts = {name: {LAST: values} for name, values in POOR.items()}
    bases = dict.fromkeys("ab", BASE)
    release = plain_release(
        counts, bases, indicators=indicators, sizes=[5, 4], hidden=hidden, **options
    )
    return score(release, draws=0)


def worlds():
    """Yield rates of every filling that a reader must hold possible, the true one among them.

    Both denominators are the same count, so that they are known throughout; the sums of
    the hidden counts follow from the totals.
    """
    rates = np.column_stack([POOR["a"], POOR["b"]]).astype(float)
    for first, second in itertools.product(range(4), range(7)):
        counts = rates.copy()
        counts[[1, 2], 0] = first, 3 - first
        counts[[7, 8], 1] = second, 6 - second
        yield 100 * counts / np.array(BASE)[:, None]


def test_every_possible_world_lies_inside_and_fillings_are_such_worlds():
    found = bound_index(index_of(), fillings=300)
    table = found.table
    every = np.array([compose(rates, [1, 1]).index for rates in worlds()])
    classes = np.array([classify(index, STATUS) for index in every])
    assert (table["lowest"] <= every.min(axis=0)).all()
    assert (table["highest"] >= every.max(axis=0)).all()
    for area, seen in zip(table.index, classes.T, strict=True):
        assert set(seen) <= set(table.loc[area, "classes_possible"].split())
    # the extreme of nobody lies outside the totals, all others are among the worlds
    random = bound_index(index_of(), fillings=300, seed=4).table
    assert (random["lowest"] <= random["reached_low"]).all()
    assert (random["highest"] >= random["reached_high"]).all()
    assert (random["reached_high"] >= every.max(axis=0) - 1e-9).mean() > 0.8
    assert found.fillings == 302
    assert found.hidden == 4


def test_areas_count_what_could_differ():
    found = bound_index(index_of(), fillings=50)
    table = found.table
    own = table["status_class"] != ""
    assert own.sum() == 5
    assert found.could_differ == (table.loc[own, "classes_possible"].str.len() > 1).sum()
    assert found.differ == (table["share_same"] < 1).sum() <= found.could_differ
    assert table.loc[~own, "share_same"].isna().all()
    for possible, reached in zip(table["classes_possible"], table["classes_reached"], strict=True):
        assert set(reached.split()) <= set(possible.split())
    counts = found.classes
    assert counts["published"].sum() == 5
    assert (counts["fewest"] <= counts["most"]).all()
    assert counts["most"].sum() >= 9


def test_an_unknown_denominator_widens_the_limits():
    known = bound_index(index_of(), fillings=5).table
    unknown = bound_index(index_of(("base", "other")), fillings=5).table
    width = [t["highest"] - t["lowest"] for t in (known, unknown)]
    assert (width[1] > width[0]).all()
    assert (unknown["lowest"] <= known["lowest"] + 1e-9).all()


def test_without_hidden_values_everything_is_certain():
    index = index_of(hidden=[])
    found = bound_index(index, fillings=3)
    np.testing.assert_allclose(found.table["lowest"], index.table["status_index"], atol=1e-7)
    np.testing.assert_allclose(found.table["reached_high"], index.table["status_index"])
    assert (found.could_differ, found.differ, found.hidden) == (0, 0, 0)


def test_fillings_depend_on_the_seed_only():
    one, two, other = (bound_index(index_of(), fillings=2, seed=s).table for s in (1, 1, 2))
    assert one.equals(two)
    assert not one.equals(other)


def test_hidden_counts_without_any_limit_are_refused():
    indicators = [indicator("a"), indicator("b", None)]
    counts = {name: {LAST: values} for name, values in POOR.items()}
    release = plain_release(
        counts, {"a": BASE}, indicators=indicators, sizes=[5, 4], hidden=HIDDEN, totals=False
    )
    with pytest.raises(StatisticsError, match="keine Obergrenze: b"):
        bound_index(score(release, draws=0))
    with pytest.raises(StatisticsError, match="mindestens eine Füllung"):
        bound_index(index_of(), fillings=0)


def test_smoothed_methods_are_bounded_by_raw_rates():
    index = index_of()
    shrunk = replace(read_method("mss"), rates="shrunk", minimum_residents=0)
    assert isinstance(shrunk, Method)
    turned = score(index.release, method=shrunk, draws=0)
    raw, smooth = (bound_index(one, fillings=10).table for one in (index, turned))
    np.testing.assert_allclose(raw["highest"], smooth["highest"])
    np.testing.assert_allclose(raw["index"], smooth["index"])
