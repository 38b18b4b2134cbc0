"""Rates in a funnel that allows for ordinary scatter."""

import numpy as np
import pytest
from scipy.stats import binom

from sozialraum.methods.funnel import funnel
from sozialraum.methods.multiplicity import benjamini_hochberg

SIZES = np.r_[np.full(300, 250), np.linspace(600, 5000, 100).astype(int)]


def households(rng, mean_persons):
    """Persons on benefits, coming in households of 1 to 5."""
    counts = rng.poisson(SIZES * mean_persons / 2.2)
    drawn = [rng.choice([1, 2, 3, 4, 5], n, p=[0.45, 0.2, 0.15, 0.12, 0.08]).sum() for n in counts]
    return np.minimum(drawn, SIZES)


def test_the_plain_binomial_law_with_few_areas():
    """With fewer than ten areas it is the mid-p of the binomial law."""
    found = funnel([2, 4, 9], [50, 50, 50])
    law = binom(50, 0.1)
    upper = law.sf(9) + law.pmf(9) / 2
    assert found.p[2] == pytest.approx(2 * upper, rel=1e-9)
    assert (found.between, found.overdispersion) == (0.0, 1.0)
    assert found.z[2] == pytest.approx((9 / 50 - 0.1) / np.sqrt(0.1 * 0.9 / 50))


def test_scatter_of_households_is_measured():
    """The factor is the mean squared over the mean household size, 6.08 / 2.18 = 2.8."""
    found = funnel(households(np.random.default_rng(1), 0.08), SIZES)
    assert 2.0 < found.overdispersion < 3.6
    assert found.usual == pytest.approx(0.079, abs=0.004)


def test_p_values_keep_their_level_under_clumping():
    """300 maps of nothing: 5 % and 0.5 % of areas, and few maps with a confirmed one."""
    rng = np.random.default_rng(2)
    found = [funnel(households(rng, 0.085), SIZES).p for _ in range(60)]
    p = np.concatenate(found)
    assert 0.03 < (p <= 0.05).mean() < 0.06
    assert (p <= 0.005).mean() < 0.008
    assert np.mean([(benjamini_hochberg(one) <= 0.05).any() for one in found]) < 0.15


def test_planted_areas_do_not_hide_themselves():
    rng = np.random.default_rng(3)
    counts = rng.binomial(SIZES, 0.08)
    counts[300:340] = rng.binomial(SIZES[300:340], 0.16)
    found = funnel(counts, SIZES)
    assert found.usual == pytest.approx(0.08, abs=0.004)
    assert (found.p[300:340] < 0.001).mean() > 0.9


def test_nobody_and_everybody_cannot_be_compared():
    for counts in ([0] * 12, [10] * 12):
        found = funnel(counts, [10] * 12)
        assert np.isnan(found.z).all()
        assert np.isnan(found.p).all()


def test_zero_and_full_areas_have_proper_p_values():
    counts = np.r_[0, 40, np.random.default_rng(5).binomial(40, 0.3, 60)]
    found = funnel(counts, np.full(62, 40))
    assert 0 < found.p[0] < 0.001
    assert 0 <= found.p[1] < 1e-9
    assert ((found.p >= 0) & (found.p <= 1)).all()


def test_row_order_does_not_matter():
    rng = np.random.default_rng(6)
    counts = rng.binomial(SIZES, 0.1)
    order = rng.permutation(len(SIZES))
    one, two = funnel(counts, SIZES), funnel(counts[order], SIZES[order])
    np.testing.assert_allclose(one.z[order], two.z, rtol=1e-9)
