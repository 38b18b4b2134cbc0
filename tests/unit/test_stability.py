"""How sure a class is: the sampler against closed forms, missing counts, streams, the index."""

import sys
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from sozialraum.errors import StatisticsError
from sozialraum.methods.composite import equal_weight_index
from sozialraum.methods.index_classes import status_classes
from sozialraum.methods.stability import agreement, posterior_rates

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
try:
    import index_bench
    from index_worlds import LEVELS, world
finally:
    sys.path.remove(str(TOOLS))


def status(rates):
    return status_classes(equal_weight_index(rates, np.ones(rates.shape[1])).index)


def county(areas=60, people=400.0, seed=1):
    rng = np.random.default_rng(seed)
    truth = 1 / (1 + np.exp(2 - 0.6 * rng.normal(size=(areas, 2))))
    below = np.full((areas, 2), people)
    keys = [f"a{i:03d}" for i in range(areas)]
    return rng.binomial(below.astype(int), truth).astype(float), below, keys


def test_one_seed_gives_one_answer():
    above, below, keys = county()
    first = posterior_rates(above, below, keys=keys, draws=20, seed=4)
    np.testing.assert_array_equal(first, posterior_rates(above, below, keys=keys, draws=20, seed=4))
    assert (first != posterior_rates(above, below, keys=keys, draws=20, seed=5)).all()


def test_the_order_of_rows_does_not_matter():
    above, below, keys = county()
    order = np.random.default_rng(2).permutation(len(keys))
    first = posterior_rates(above, below, keys=keys, draws=20)
    mixed = posterior_rates(above[order], below[order], keys=[keys[i] for i in order], draws=20)
    np.testing.assert_array_equal(first[:, order], mixed)


def test_areas_with_the_same_counts_draw_from_streams_of_their_own():
    above, below, keys = county()
    above[1] = above[0]
    found = posterior_rates(above, below, keys=keys, draws=50)
    assert abs(np.corrcoef(found[:, 0, 0], found[:, 1, 0])[0, 1]) < 0.6
    assert (found[:, 0] != found[:, 1]).all()


def test_inputs_stay_as_they_are():
    above, below, keys = county()
    copies = above.copy(), below.copy()
    posterior_rates(above, below, keys=keys, draws=3)
    np.testing.assert_array_equal(above, copies[0])
    np.testing.assert_array_equal(below, copies[1])


def test_many_people_leave_no_doubt_about_a_rate():
    above, below, keys = county(people=10_000_000.0)
    found = posterior_rates(above, below, keys=keys, draws=200)
    np.testing.assert_allclose(found.mean(axis=0), above / below, rtol=2e-3)
    rate = above / below
    expected = np.sqrt(rate * (1 - rate) / below)
    np.testing.assert_allclose(found.std(axis=0) / expected, 1, atol=0.35)


def test_many_people_make_classes_sure_and_few_make_them_doubtful():
    above, below, keys = county(people=10_000_000.0)
    sure = agreement(posterior_rates(above, below, keys=keys, draws=100), status(above), status)
    index = equal_weight_index(above / below, [1, 1]).index
    away = np.abs(index[:, None] - [-1, 1, 1.5]).min(axis=1) > 0.05
    assert (sure[away] == 1).all()
    above, below, keys = county(people=20.0)
    told = status(above / below)
    doubt = agreement(posterior_rates(above, below, keys=keys, draws=300), told, status)
    assert doubt[told != "2"].mean() < 0.6


def test_one_area_among_equals_is_drawn_to_them():
    """With no differences between large areas, 0 of 20 people does not mean a rate of 0."""
    above = np.array([[2000.0]] * 80 + [[0.0]])
    below = np.array([[20_000.0]] * 80 + [[20.0]])
    keys = [f"{i:02d}" for i in range(81)]
    found = posterior_rates(above, below, keys=keys, draws=300)[:, -1, 0]
    assert 0.08 < found.mean() < 0.11


def test_draws_agree_with_the_exact_posterior_of_one_area():
    """Numerical integration under the spread that 1,500 large areas make known."""
    rng = np.random.default_rng(8)
    logit = rng.normal(-2, 0.5, 1500)
    below = np.full((1501, 1), 100_000.0)
    above = rng.binomial(100_000, 1 / (1 + np.exp(-logit)))[:, None]
    above, below = np.vstack([above, [[9.0]]]), np.vstack([below[:-1], [[30.0]]])
    keys = [f"{i:04d}" for i in range(1501)]
    found = posterior_rates(above, below, keys=keys, draws=1000)[:, -1, 0]
    x = np.linspace(-5, 2, 4001)
    rate = 1 / (1 + np.exp(-x))
    weight = stats.norm.pdf(x, -2, 0.5) * stats.binom.pmf(9, 30, rate)
    mean = (rate * weight).sum() / weight.sum()
    spread = np.sqrt(((rate - mean) ** 2 * weight).sum() / weight.sum())
    assert abs(found.mean() - mean) < 0.15 * spread
    assert abs(found.std() / spread - 1) < 0.12


def test_a_change_is_judged_by_how_changes_are_spread():
    """Rates differ widely but hardly change: a jump in few people is taken for chance."""
    rng = np.random.default_rng(3)
    rate = 1 / (1 + np.exp(2 - rng.normal(size=300)))
    below = np.full((300, 2), 5000.0)
    below[0] = 50
    above = rng.binomial(5000, np.column_stack([rate, rate])).astype(float)
    above[0] = 12, 5
    keys = [f"{i:03d}" for i in range(300)]
    paired = posterior_rates(above, below, keys=keys, draws=300, pairs=[(0, 1)])[:, 0]
    assert abs((paired[:, 0] - paired[:, 1]).mean()) < 0.03
    assert 0.12 < paired[:, 0].mean() < 0.22


def test_unknown_counts_stay_unknown():
    above, below, keys = county()
    above[3, 1] = np.nan
    below[4] = np.nan
    below[5, 0] = 0
    found = posterior_rates(above, below, keys=keys, draws=5)
    expected = np.zeros(above.shape, bool)
    expected[[3, 4, 4, 5], [1, 0, 1, 0]] = True
    np.testing.assert_array_equal(np.isnan(found), np.broadcast_to(expected, found.shape))


def test_nothing_known_gives_nothing():
    found = posterior_rates([[np.nan]] * 3, [[np.nan]] * 3, keys=["a", "b", "c"], draws=4)
    assert found.shape == (4, 3, 1)
    assert np.isnan(found).all()


def test_places_are_no_random_events():
    above, below, keys = county()
    found = posterior_rates(above, below, keys=keys, draws=5, noise=["none", "binomial"])
    np.testing.assert_array_equal(found[:, :, 0], np.broadcast_to((above / below)[:, 0], (5, 60)))
    assert (found[:, :, 1].std(axis=0) > 0).all()


def test_events_may_exceed_people():
    above, below, keys = county()
    above[:, 0] += 900
    found = posterior_rates(above, below, keys=keys, draws=300, noise=["poisson", "binomial"])
    np.testing.assert_allclose(found[:, :, 0].mean(axis=0), (above / below)[:, 0], rtol=0.08)


@pytest.mark.parametrize(
    ("above", "below"), [(5.0, 4.0), (-1.0, 4.0), (np.inf, 4.0), (1.0, -4.0), (1.0, np.inf)]
)
def test_impossible_counts_are_named_without_the_number(above, below):
    with pytest.raises(StatisticsError) as caught:
        posterior_rates([[1.0], [above]], [[9.0], [below]], keys=["good", "bad"])
    assert "bad" in str(caught.value)
    assert "good" not in str(caught.value)
    assert str(int(below)) not in str(caught.value) if np.isfinite(below) else True


def test_keys_must_differ():
    with pytest.raises(StatisticsError):
        posterior_rates([[1.0], [1.0]], [[9.0], [9.0]], keys=["a", "a"])


def test_a_stated_stability_is_kept_and_that_of_resampling_is_not():
    """Counties that no model here was fitted to; the full table is in the docs."""
    seeds = range(5001, 5021)
    gaps = {}
    for draw, draws in ((index_bench.ours, 150), (index_bench.resampled, 150)):
        found = index_bench.cases(seeds, draw, draws=draws)
        for what, part in found.groupby("what"):
            halves = np.searchsorted([0.5, 0.8, 0.95], part["stated"], side="right")
            means = part.groupby(halves)[["stated", "right"]].agg("mean").astype(float)
            gaps[draw.__name__, what] = 100 * (means["stated"] - means["right"]).abs().max()
    assert gaps["ours", "status"] < 6
    assert gaps["ours", "dynamics"] < 6
    assert gaps["resampled", "dynamics"] > 6


def test_made_up_counties_are_what_they_say():
    one, again = world(3), world(3)
    np.testing.assert_array_equal(one.counts, again.counts)
    assert (one.counts <= one.people).all()
    assert one.residents.min() >= 100
    assert one.residents.max() <= 5000
    assert {world(i).level for i in range(60)} == set(LEVELS)
