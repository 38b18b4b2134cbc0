"""Shrinkage: closed forms by hand, what stays missing, and the stage on a release."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from sozialraum.errors import DisclosureError, IndicatorError, StatisticsError
from sozialraum.index.smoothed import SMOOTHED_COLUMNS, smooth
from sozialraum.methods.fay_herriot import fay_herriot
from sozialraum.methods.smoothing import empirical_bayes
from sozialraum.schema import AREAS_LEVEL, COUNTY_LEVEL, MUNICIPALITY_LEVEL, State
from support import make_release

FIELDS = ("rate", "low", "high", "weight", "target", "above")
areas = st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 1)), min_size=1, max_size=30).map(
    lambda rows: ([round(n * p) for n, p in rows], [n for n, _ in rows])
)


def test_two_areas_by_hand():
    """Rates 1/10 and 3/10 of 100 each: m = 1/5, s² = 1/100, and for events A = 1/100 - 1/500.

    A = 1/125, chance 1/500, so the weight is (1/125) / (1/125 + 1/500) = 4/5.
    """
    found = empirical_bayes([10, 30], [100, 100], law="poisson", method="moments")
    np.testing.assert_allclose(found.weight, 0.8)
    np.testing.assert_allclose(found.rate, [0.2 - 0.08, 0.2 + 0.08])
    np.testing.assert_allclose(found.target, 0.2)


def test_two_groups_by_hand():
    """The same three rates 20 points higher in the second group stay 20 points higher there."""
    cases, people = [10, 20, 30, 30, 40, 50], [100] * 6
    found = empirical_bayes(cases, people, groups=list("aaabbb"), law="poisson", method="moments")
    # a: s² = 2/300, chance 1/500: A = 7/1500, weight 7/10; b: chance 1/250: A = 1/375, 2/5
    np.testing.assert_allclose(found.weight, [0.7] * 3 + [0.4] * 3)
    np.testing.assert_allclose(found.rate, [0.13, 0.2, 0.27, 0.36, 0.4, 0.44])


def test_group_of_two_areas_is_drawn_to_the_whole():
    found = empirical_bayes([10, 30, 20, 20, 25], [100] * 5, groups=list("aabbb"))
    np.testing.assert_allclose(found.target[:2], 105 / 500)
    np.testing.assert_allclose(found.target[2:], 65 / 300)


def test_given_targets_are_taken_where_known():
    cases, people = [10, 30, 25, 8], [100, 120, 300, 90]
    found = empirical_bayes(cases, people, targets=[0.3, 0.3, np.nan, np.nan])
    np.testing.assert_allclose(found.target, [0.3, 0.3, 73 / 610, 73 / 610])
    given = empirical_bayes(cases, people, targets=[73 / 610] * 4)
    own = empirical_bayes(cases, people)
    np.testing.assert_allclose(given.rate, own.rate, rtol=1e-12)
    assert (given.high - given.low < own.high - own.low).all()
    # two areas by hand again, at a known mean of 1/10: s² = 2/100, A = 2/100 - 1/1000
    moments = empirical_bayes(
        [10, 30], [100, 100], targets=[0.1] * 2, law="poisson", method="moments"
    )
    np.testing.assert_allclose(moments.weight, 0.019 / (0.019 + 0.001))


def test_missing_and_empty_areas_stay_missing_and_change_nothing():
    cases, people = [10, 30, 25, 8], [100, 120, 300, 90]
    plain = empirical_bayes(cases, people)
    holes = empirical_bayes([10, np.nan, 30, 0, 25, 8, 5], [100, 50, 120, 0, 300, 90, np.nan])
    at = [0, 2, 4, 5]
    for name in FIELDS:
        np.testing.assert_array_equal(getattr(holes, name)[at], getattr(plain, name))
        assert np.isnan(np.delete(getattr(holes, name), at)).all()
    assert np.isnan(empirical_bayes([np.nan], [10.0]).rate).all()


def test_neighbours_as_lists_or_matrix_and_islands():
    cases, people = [10, 30, 25, 8, 9], [100, 120, 300, 90, 80]
    lists = [[1, 2], [0], [0], [], [3]]
    matrix = csr_array(
        [[0, 1, 1, 0, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 1, 0]]
    )
    one = empirical_bayes(cases, people, neighbours=lists)
    other = empirical_bayes(cases, people, neighbours=matrix)
    np.testing.assert_array_equal(one.rate, other.rate)
    np.testing.assert_allclose(one.target, [55 / 420, 0.1, 0.1, 82 / 690, 8 / 90])


def test_more_cases_than_people_are_events():
    found = empirical_bayes([12, 30, 7], [10, 20, 9])
    assert np.isfinite(found.rate).all()
    assert (found.high > 1).all()


def test_nobody_anywhere_is_no_certainty():
    found = empirical_bayes([0, 0, 0], [50, 500, 5000])
    assert (found.rate == 0).all()
    assert (found.high > 0).all()
    everybody = empirical_bayes([50, 500, 5000], [50, 500, 5000])
    assert (everybody.rate == 1).all()
    assert (everybody.low < 1).all()


@pytest.mark.parametrize(
    ("message", "options"),
    [
        ("smoothing.interval", {"interval": 1.0}),
        ("smoothing.method", {"method": "magic"}),
        ("smoothing.law", {"law": "normal"}),
        ("smoothing.counts", {"law": "binomial"}),
        ("smoothing.length", {"groups": ["a"]}),
        ("smoothing.length", {"neighbours": [[]]}),
        ("smoothing.length", {"targets": [0.1]}),
    ],
)
def test_faults_are_named(message, options):
    with pytest.raises(StatisticsError) as raised:
        empirical_bayes([5, 30], [10, 20], **options)
    assert raised.value.message == message
    assert raised.value.text("de")
    assert raised.value.text("en")


@given(areas, st.sampled_from(["likelihood", "moments"]), st.sampled_from(["binomial", "poisson"]))
@settings(max_examples=40, deadline=None)
def test_a_drawn_rate_lies_between_raw_and_target(counts, method, law):
    cases, people = (np.array(x, float) for x in counts)
    found = empirical_bayes(cases, people, method=method, law=law)
    raw = cases / people
    assert (found.rate >= np.minimum(raw, found.target) - 1e-12).all()
    assert (found.rate <= np.maximum(raw, found.target) + 1e-12).all()
    assert ((found.weight >= 0) & (found.weight <= 1)).all()
    assert (found.low <= found.rate).all()
    assert (found.rate <= found.high).all()


@given(areas, st.randoms(use_true_random=False))
@settings(max_examples=30, deadline=None)
def test_order_of_the_rows_does_not_matter(counts, random):
    cases, people = (np.array(x, float) for x in counts)
    order = list(range(len(cases)))
    random.shuffle(order)
    plain = empirical_bayes(cases, people)
    mixed = empirical_bayes(cases[order], people[order])
    for name in FIELDS:
        np.testing.assert_allclose(
            getattr(mixed, name), getattr(plain, name)[order], rtol=1e-7, atol=1e-9
        )


def test_many_people_keep_their_own_rate():
    rates = np.array([0.05, 0.1, 0.2, 0.12])
    found = empirical_bayes(rates * 1e8, np.full(4, 1e8))
    np.testing.assert_allclose(found.rate, rates, rtol=1e-5)
    assert (found.weight > 0.9999).all()


def test_intervals_hold_what_they_promise():
    """Two hundred counties of 60 areas: 95 % of the true rates, and where there are few too."""
    rng = np.random.default_rng(7)
    held = []
    for _ in range(200):
        people = np.exp(rng.normal(6, 0.8, 60)).round()
        truth = rng.beta(10, 90, 60)
        found = empirical_bayes(rng.binomial(people.astype(int), truth), people)
        held.append(((found.low <= truth) & (truth <= found.high)).mean())
    assert np.mean(held) == pytest.approx(0.95, abs=0.01)


def test_equal_risks_do_not_lift_small_areas():
    rng = np.random.default_rng(3)
    small, raw_small = [], []
    for _ in range(60):
        people = np.exp(rng.normal(6, 0.8, 100)).round()
        cases = rng.binomial(people.astype(int), 0.1)
        smallest = people <= np.quantile(people, 0.2)
        for order, shares in (
            (empirical_bayes(cases, people).rate, small),
            (cases / people, raw_small),
        ):
            shares.append(smallest[np.argsort(order)[-5:]].mean())
    assert np.mean(raw_small) > 0.5
    assert np.mean(small) <= 0.25


def test_fay_herriot_without_scatter_takes_the_model():
    """Equal variances, scatter below chance: all weight to the mean; g2 + 2 g3 by hand."""
    found = fay_herriot([1.0, 1.1, 0.9, 1.0], [1.0] * 4)
    assert found.between == 0
    np.testing.assert_allclose(found.estimate, 1.0)
    # g2 = 1/4; g3 = 1 · 2 / 4, twice
    np.testing.assert_allclose(found.mse, 0.25 + 2 * 0.5)


def test_fay_herriot_gives_synthetic_estimates_where_features_are_known():
    direct = [1.0, 2.0, 6.0, 4.0, np.nan, np.nan]
    features = [1.0, 2.0, 6.0, 3.0, 5.0, np.nan]
    found = fay_herriot(direct, [0.5] * 4 + [np.nan] * 2, features)
    assert found.is_synthetic.tolist() == [False] * 4 + [True, False]
    assert found.estimate[4] == pytest.approx(found.coefficients @ [1, 5])
    assert found.weight[4] == 0
    assert np.isnan([found.estimate[5], found.mse[5], found.weight[5]]).all()
    assert found.mse[4] > found.between


@pytest.mark.parametrize(
    ("message", "arguments", "options"),
    [
        ("fay_herriot.method", ([1, 2, 3], [1, 1, 1]), {"method": "magic"}),
        ("fay_herriot.variance", ([1, 2, 3], [1, 0, 1]), {}),
        ("fay_herriot.design", ([1, 2], [1, 1], [1, 2]), {}),
        ("fay_herriot.design", ([1, 2, 3, 4], [1] * 4, [1] * 4), {}),
        ("smoothing.length", ([1, 2, 3], [1, 1]), {}),
        ("smoothing.length", ([1, 2, 3], [1, 1, 1], [1]), {}),
        ("smoothing.interval", ([1, 2, 3], [1, 1, 1]), {"interval": 0}),
    ],
)
def test_fay_herriot_names_faults(message, arguments, options):
    with pytest.raises(StatisticsError) as raised:
        fay_herriot(*arguments, **options)
    assert raised.value.message == message
    assert raised.value.text("de")


@pytest.fixture(scope="module")
def release():
    return make_release(30)


def test_smooth_shows_raw_beside_shrunk(release):
    table = smooth(release, "sgb2")
    frame = release.frame("sgb2")
    assert tuple(table.columns) == SMOOTHED_COLUMNS
    assert table.index.equals(frame.index)
    shown = frame["state"] == State.VALUE
    assert 0 < (~shown).sum() < len(frame)
    pd.testing.assert_series_equal(table["state"], frame["state"], check_dtype=False)
    assert table[~shown].drop(columns="state").isna().all().all()
    raw = 100 * frame["numerator"] / frame["denominator"]
    np.testing.assert_allclose(table["raw"][shown], raw[shown])
    county = release.frame("sgb2", geography=COUNTY_LEVEL).iloc[0]
    np.testing.assert_allclose(
        table["target"][shown], 100 * county["numerator"] / county["denominator"]
    )


def test_targets_of_the_stage(release):
    frame = release.frame("sgb2")
    town = frame["municipality"]
    by_town = smooth(release, "sgb2", target="municipality")
    kinds = town.map(dict(zip(sorted(set(town)), "xyz", strict=True)))
    by_kind = smooth(release, "sgb2", target="settlement", settlement=kinds)
    towns = release.frame("sgb2", geography=MUNICIPALITY_LEVEL)
    published = 100 * (towns["numerator"] / towns["denominator"]).reindex(town).to_numpy()
    shown = (frame["state"] == State.VALUE).to_numpy()
    np.testing.assert_allclose(by_town["target"][shown], published[shown])
    sums = frame[shown].groupby(town[shown])[["numerator", "denominator"]].sum()
    rates = 100 * (sums["numerator"] / sums["denominator"]).reindex(town).to_numpy()
    np.testing.assert_allclose(by_kind["target"][shown], rates[shown])
    assert not np.allclose(rates[shown], published[shown])
    around = smooth(release, "sgb2", target="neighbours")
    assert around["target"].nunique() > 3


def test_the_stage_names_faults(release):
    frame = release.frame("sgb2")
    for message, arguments in {
        "smoothed.no_kind": ("sgb2", {"target": "settlement"}),
        "smoothed.no_rate": ("residents", {}),
        "smoothed.target": ("sgb2", {"target": "moon"}),
        "smoothed.not_published": ("sgb2", {"date": "1999-12-31"}),
    }.items():
        with pytest.raises(IndicatorError) as raised:
            smooth(release, arguments[0], **arguments[1])
        assert raised.value.message == message
        assert raised.value.text("de")
    with pytest.raises(DisclosureError):
        smooth(frame, "sgb2")


def test_a_published_base_of_nobody_has_no_rate(release):
    table = release.table.copy()
    chosen = (table["indicator"] == "sgb2") & (table["geography"] == AREAS_LEVEL)
    at = table.index[chosen & (table["date"] == "2025-12-31") & (table["state"] == State.VALUE)][0]
    table.loc[at, ["numerator", "denominator", "value"]] = 0.0
    changed = dataclasses.replace(release, table=table)
    row = smooth(changed, "sgb2").loc[table.loc[at, "area_id"]]
    assert row["state"] == State.NOT_APPLICABLE
    assert np.isnan(row["raw"])
