"""Rates in a funnel that allows for ordinary scatter."""

import numpy as np
import pytest
from scipy.stats import binom, poisson

from sozialraum.errors import StatisticsError
from sozialraum.methods.funnel import funnel, funnel_limits, placed
from sozialraum.methods.multiplicity import benjamini_hochberg
from sozialraum.methods.standardised_rates import eb_standardise

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


def test_areas_of_one_and_the_same_rate_show_no_scatter():
    """Nearly all alike: chance is the least scatter there is, and nothing is divided by 0."""
    found = funnel([10] * 39 + [30], [100] * 40)
    assert found.usual == pytest.approx(0.1)
    assert (found.between, found.overdispersion) == (0.0, 1.0)
    assert (found.z[:39] == 0).all()
    assert found.p[39] < 1e-6
    assert funnel([10] * 40, [100] * 40).p.min() > 0.9


def test_a_few_areas_with_cases_among_many_without_do_not_hide_themselves():
    found = funnel([0] * 35 + [5] * 5, [100] * 40)
    assert 0 < found.usual < 0.001
    assert (found.p[35:] < 1e-6).all()
    assert (found.p[:35] > 0.5).all()
    mirrored = funnel([100] * 35 + [95] * 5, [100] * 40)
    np.testing.assert_allclose(mirrored.p, found.p, rtol=1e-5)


def test_other_counts_are_placed_in_a_funnel_as_its_own():
    counts = households(np.random.default_rng(8), 0.1)
    found = funnel(counts, SIZES)
    z, p = placed(np.stack([counts, SIZES * found.usual]).T, SIZES[:, None], found)
    np.testing.assert_array_equal(z[:, 0], found.z)
    np.testing.assert_array_equal(p[:, 0], found.p)
    np.testing.assert_allclose(z[:, 1], 0, atol=1e-12)


class TestLimits:
    def test_exact_quantiles_of_both_laws(self):
        """Where a count is hit exactly, the limit is that count."""
        level = 2 * binom(50, 0.2).cdf(15) - 1
        limits = funnel_limits(0.2, [50], levels=[level])
        assert limits[0, 1, 0] == pytest.approx(15 / 50, rel=1e-9)
        level = 2 * poisson(12.0).cdf(20) - 1
        limits = funnel_limits(0.12, [100], law="poisson", levels=[level])
        assert limits[0, 1, 0] == pytest.approx(0.2, rel=1e-9)

    def test_limits_lie_between_the_counts_around_their_share(self):
        base = np.arange(20, 3000, 7)
        law = binom(base, 0.08)
        limits = funnel_limits(0.08, base)
        for sides, level in zip(limits, (0.95, 0.998), strict=True):
            for side, share in zip(sides, ((1 - level) / 2, (1 + level) / 2), strict=True):
                inner = side > 0
                assert (law.cdf(np.ceil(side * base)) >= share)[inner].all()
                assert (law.cdf(np.ceil(side * base) - 1) < share)[inner].all()
        assert (limits[1, 0] <= limits[0, 0]).all()
        assert (limits[0, 1] <= limits[1, 1]).all()

    def test_large_populations_meet_the_normal_law(self):
        low, high = funnel_limits(0.3, [1_000_000])[0, :, 0]
        wide = 1.959964 * np.sqrt(0.3 * 0.7 / 1_000_000)
        assert (low, high) == (
            pytest.approx(0.3 - wide, abs=2e-6),
            pytest.approx(0.3 + wide, abs=2e-6),
        )

    def test_nothing_below_nobody_or_above_everybody(self):
        limits = funnel_limits(0.02, [1, 3, 10])
        assert limits.min() == 0.0
        assert 0.99 < funnel_limits(0.98, [1, 3, 10]).max() <= 1.0

    @pytest.mark.parametrize(
        "wrong",
        [
            {"usual": 0.0, "base": [5]},
            {"usual": 1.0, "base": [5]},
            {"usual": 0.1, "base": [0]},
            {"usual": 0.1, "base": [5], "levels": [1.0]},
        ],
    )
    def test_senseless_requests(self, wrong):
        with pytest.raises(StatisticsError, match="Trichter"):
            funnel_limits(**wrong)

    def test_events_may_exceed_one_a_person(self):
        assert funnel_limits(1.5, [10], law="poisson").max() > 2


class TestStandardisedRates:
    def test_the_same_as_esda_where_areas_differ(self):
        """Where the variance between areas is positive, both follow Assunção and Reis."""
        from esda.smoothing import assuncao_rate

        rng = np.random.default_rng(9)
        base = rng.integers(44, 1468, 300)
        count = rng.binomial(base, rng.beta(8, 92, 300))
        found = eb_standardise(count, base)
        np.testing.assert_allclose(found, assuncao_rate(count, base), rtol=0, atol=1e-12)

    def test_without_any_difference_chance_is_the_scale(self):
        """a < 0: all areas on the scale of chance, which esda keeps too narrow for small ones."""
        base = np.array([10, 10_000, 10, 10_000])
        count = np.array([1, 1000, 1, 1003])
        found = eb_standardise(count, base)
        rate = count.sum() / base.sum()
        np.testing.assert_allclose(found, (count / base - rate) / np.sqrt(rate / base))

    def test_alike_is_zero_and_nobody_is_zero(self):
        assert (eb_standardise([1, 2, 4], [10, 20, 40]) == 0).all()
        assert (eb_standardise([0, 0], [10, 20]) == 0).all()

    def test_empty_areas_are_refused(self):
        with pytest.raises(StatisticsError, match="Bevölkerung"):
            eb_standardise([0, 1], [0, 10])
