"""Correlations, variance inflation, and the warning about counting one thing thrice."""

import numpy as np
import pandas as pd
import pytest

from counts import indicator
from plain import LAST, plain_release
from sozialraum.index import score
from sozialraum.index.correlation import correlate
from sozialraum.methods.correlation import pearson, spearman, variance_inflation

N = 60


def test_correlations_agree_with_pandas():
    values = np.random.default_rng(1).normal(size=(50, 4)).round(1)
    frame = pd.DataFrame(values)
    np.testing.assert_allclose(pearson(values), frame.corr(), atol=1e-12)
    np.testing.assert_allclose(spearman(values), frame.corr("spearman"), atol=1e-12)


def test_variance_inflation_is_that_of_the_regression():
    random = np.random.default_rng(2)
    values = random.normal(size=(80, 3))
    values[:, 2] += values[:, 0] + values[:, 1]
    for k in range(3):
        others = np.column_stack([np.ones(80), np.delete(values, k, axis=1)])
        fit = others @ np.linalg.lstsq(others, values[:, k], rcond=None)[0]
        left = ((values[:, k] - fit) ** 2).sum() / ((values[:, k] - values[:, k].mean()) ** 2).sum()
        assert variance_inflation(values)[k] == pytest.approx(1 / left)


def test_an_indicator_that_others_determine_is_infinitely_inflated():
    random = np.random.default_rng(2)
    values = random.normal(size=(30, 3))
    values[:, 2] = values[:, 0] - values[:, 1]
    assert np.isinf(variance_inflation(values)).all()
    free = np.column_stack([values, random.normal(size=30)])
    assert np.isfinite(variance_inflation(free)).tolist() == [False, False, False, True]


def test_flat_columns_and_few_areas_have_no_inflation():
    values = np.random.default_rng(2).normal(size=(30, 3))
    values[:, 1] = 7
    found = variance_inflation(values)
    assert np.isnan(found).tolist() == [False, True, False]
    assert np.isnan(variance_inflation(values[:3])).all()


def index_of(strength):
    random = np.random.default_rng(4)
    burden = random.normal(size=N)
    rates = {
        **{n: 200 + 60 * burden + strength * random.normal(size=N) for n in "abc"},
        "d": 200 + 60 * random.normal(size=N),
    }
    counts = {name: {LAST: np.round(rate).clip(1)} for name, rate in rates.items()}
    counts["c"][LAST] = 600 - counts["c"][LAST]
    indicators = [indicator(n, polarity=-1 if n == "c" else 1) for n in counts]
    bases = {name: np.full(N, 1000) for name in counts}
    return score(plain_release(counts, bases, indicators=indicators, sizes=[N]), draws=0)


def test_three_indicators_of_one_thing_are_warned_about():
    found = correlate(index_of(5.0))
    assert found.groups == (("a", "b", "c"),)
    (sentence,) = found.warnings("de")
    assert "a; b; c" in sentence
    assert "3-fach" in sentence
    assert "," in sentence
    assert "3 times" in found.warnings("en")[0]
    assert found.pearson.loc["a", "c"] > 0.9
    assert found.spearman.loc["a", "c"] > 0.9
    table = found.table()
    assert len(table) == 6
    assert table["pearson"].abs().is_monotonic_decreasing
    assert found.areas == N


def test_independent_indicators_are_not():
    found = correlate(index_of(300.0))
    assert found.groups == ()
    assert found.warnings("de") == ()


def test_an_indicator_determined_by_several_is_named_alone():
    random = np.random.default_rng(4)
    parts = random.integers(50, 150, (3, N))
    counts = {name: {LAST: part} for name, part in zip("abc", parts, strict=True)}
    counts["d"] = {LAST: parts.sum(axis=0) + random.integers(0, 3, N)}
    bases = {name: np.full(N, 1000) for name in counts}
    indicators = [indicator(n) for n in counts]
    index = score(plain_release(counts, bases, indicators=indicators, sizes=[N]), draws=0)
    found = correlate(index)
    assert found.groups == ()
    (sentence,) = found.warnings("de")
    assert "VIF über 10" in sentence
