"""Empirical Bayes standardised rates."""

import numpy as np
import pytest
from esda.smoothing import assuncao_rate

from sozialraum.methods.smoothing import eb_standardised


@pytest.fixture
def counts():
    random = np.random.default_rng(5)
    base = random.integers(30, 3000, 80)
    return random.binomial(base, random.beta(3, 30, 80)), base


def test_equals_the_peers_where_the_variance_is_positive(counts):
    n, base = counts
    np.testing.assert_allclose(eb_standardised(n, base), assuncao_rate(n, base), rtol=1e-12)


def test_a_negative_variance_counts_as_none():
    # the same rate everywhere up to whole persons: the spread is below what chance gives
    base = np.array([40, 100, 400, 1000])
    n = np.array([4, 10, 40, 101])
    overall = n.sum() / base.sum()
    expected = (n / base - overall) / np.sqrt(overall / base)
    np.testing.assert_allclose(eb_standardised(n, base), expected)


def test_under_one_risk_small_populations_do_not_fill_the_extremes():
    random = np.random.default_rng(1)
    base = np.repeat([50, 5000], 1000)
    n = random.binomial(base, 0.08)
    z = np.abs(eb_standardised(n, base))
    raw = np.abs(n / base - n.sum() / base.sum())
    small = np.arange(2000) < 1000
    assert small[np.argsort(raw)[-100:]].mean() == 1.0
    assert 0.3 < small[np.argsort(z)[-100:]].mean() < 0.75


@pytest.mark.parametrize("count", [0, 1])
def test_nobody_and_everybody_cannot_be_compared(count):
    base = np.array([10, 20])
    assert np.isnan(eb_standardised(base * count, base)).all()
