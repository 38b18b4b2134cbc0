"""Age standardisation: by hand, standard populations, and the stage on a protected release."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counts import DATE, indicator, make_measures, policy
from sozialraum.disclosure import protect
from sozialraum.errors import DisclosureError, IndicatorError, StatisticsError
from sozialraum.index.standardised import STANDARDISED_COLUMNS, standardise
from sozialraum.methods.standard_populations import (
    STANDARD_POPULATIONS,
    age_range,
    standard_weights,
)
from sozialraum.methods.standardise import byar_limits, direct, exact_limits, indirect
from sozialraum.schema import COUNTY_LEVEL, MUNICIPALITY_LEVEL, State

OLD = ("care_65_79", "care_80plus")
PEOPLE = {"care_65_79": [600, 500, 400, 300], "care_80plus": [200, 300, 250, 400]}
CASES = {"care_65_79": [30, 20, 2, 15], "care_80plus": [80, 90, 100, 120]}


def test_direct_by_hand():
    """10 / 1000 and 30 / 500 at weights 3:2: 0.006 + 0.024; 0.36 · 1e-5 + 0.16 · 1.2e-4."""
    found = direct([[10, 30]], [[1000, 500]], [3, 2])
    assert found.rate[0] == pytest.approx(0.03)
    assert found.variance[0] == pytest.approx(0.36 * 10 / 1000**2 + 0.16 * 30 / 500**2)
    assert found.low[0] < 0.03 < found.high[0]


def test_one_age_group_is_the_crude_rate_with_exact_limits():
    found = direct([[12.0], [0.0]], [[400.0], [400.0]], [1])
    low, high = exact_limits([12.0, 0.0])
    np.testing.assert_allclose(found.rate, [0.03, 0.0])
    np.testing.assert_allclose(found.low, low / 400, rtol=1e-10)
    np.testing.assert_allclose(found.high, high / 400, rtol=1e-10)
    dobson = direct([[12.0], [0.0]], [[400.0], [400.0]], [1], method="dobson")
    np.testing.assert_allclose(dobson.high[0], high[0] / 400, rtol=1e-10)
    assert np.isnan(dobson.high[1])


def test_missing_counts_and_empty_groups_have_no_rate():
    cases = [[1.0, np.nan], [1.0, 0.0], [1.0, 2.0]]
    people = [[10.0, 10.0], [10.0, 0.0], [10.0, 20.0]]
    found = direct(cases, people, [1, 1])
    assert np.isnan(found.rate).tolist() == [True, True, False]
    assert np.isfinite(direct(cases, people, [1, 0]).rate).all()


def test_indirect_by_hand():
    """Reference 5 and 50 per 1,000: 1000 and 100 people are expected to have 5 + 5 cases."""
    found = indirect([12, np.nan, 3], [[1000, 100], [5, 5], [0, 0]], [50, 150], [10000, 3000])
    assert found.expected[0] == pytest.approx(10)
    assert found.ratio[0] == pytest.approx(1.2)
    assert found.rate[0] == pytest.approx(1.2 * 200 / 13000)
    assert np.isnan(found.ratio[1:]).all()
    byar = indirect([12], [[1000, 100]], [50, 150], [10000, 3000], method="byar")
    np.testing.assert_allclose([byar.low[0], byar.high[0]], [0.62, 2.10], atol=0.005)


def test_byar_is_near_the_exact_limits():
    cases = np.array([10.0, 25, 100, 1000])
    for ours, exact in zip(byar_limits(cases), exact_limits(cases), strict=True):
        np.testing.assert_allclose(ours, exact, rtol=2e-3)
    assert byar_limits([0.0])[0] == [0.0]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 900)), min_size=3, max_size=3))
@settings(max_examples=40, deadline=None)
def test_the_county_at_its_own_ages_keeps_its_rate(groups):
    cases, people = np.array(groups, float).T
    found = direct([cases], [people], people)
    assert found.rate[0] == pytest.approx(cases.sum() / people.sum())
    if cases.sum() > 0:
        assert indirect([cases.sum()], [people], cases, people).ratio[0] == pytest.approx(1)


def test_standard_populations_add_up():
    assert sum(STANDARD_POPULATIONS["esp2013"].people) == 100_000
    assert sum(STANDARD_POPULATIONS["esp1976"].people) == 100_000
    assert sum(STANDARD_POPULATIONS["who2000"].people) == pytest.approx(100, abs=0.04)
    for one in STANDARD_POPULATIONS.values():
        assert len(one.starts) == len(one.people)
        assert one.starts[0] == 0
        assert list(one.starts) == sorted(set(one.starts))


def test_weights_of_own_age_groups():
    np.testing.assert_allclose(
        standard_weights("esp2013", ["80+", "65-79", "0-64"]), [0.05, 0.145, 0.805]
    )
    np.testing.assert_allclose(standard_weights("esp1976", ["unter 1", "1-4"]), [0.2, 0.8])
    # 0, half of the four years of 1-4
    np.testing.assert_allclose(
        standard_weights("esp2013", ["0-2", "3-4"], split=True), [3000 / 5000, 2000 / 5000]
    )


@pytest.mark.parametrize(
    ("message", "arguments", "options"),
    [
        ("standardise.population", ("mars", ["0-4"]), {}),
        ("standardise.age", ("esp2013", ["old"]), {}),
        ("standardise.age", ("esp2013", ["9-3"]), {}),
        ("standardise.overlap", ("esp2013", ["65+", "80+"]), {}),
        ("standardise.overlap", ("esp2013", ["0-9", "5-9"]), {}),
        ("standardise.cut", ("esp2013", ["0-2", "3-4"]), {}),
        ("standardise.cut", ("esp2013", ["90-94", "95+"]), {"split": True}),
        ("standardise.shapes", ("esp2013", []), {}),
    ],
)
def test_faulty_age_groups_are_named(message, arguments, options):
    with pytest.raises(StatisticsError) as raised:
        standard_weights(*arguments, **options)
    assert raised.value.message == message
    assert raised.value.text("de")
    assert raised.value.text("en")


@pytest.mark.parametrize(
    ("message", "call"),
    [
        ("standardise.shapes", lambda: direct([1], [1], [1])),
        ("standardise.shapes", lambda: direct([[1]], [[1]], [0])),
        ("standardise.shapes", lambda: direct([[-1]], [[1]], [1])),
        ("standardise.shapes", lambda: indirect([1, 2], [[1]], [1], [1])),
        ("standardise.method", lambda: direct([[1]], [[1]], [1], method="normal")),
        ("standardise.method", lambda: indirect([1], [[1]], [1], [1], method="normal")),
        ("standardise.reference", lambda: indirect([1], [[1]], [1], [0])),
        ("smoothing.interval", lambda: direct([[1]], [[1]], [1], interval=2)),
    ],
)
def test_faulty_counts_are_named(message, call):
    with pytest.raises(StatisticsError) as raised:
        call()
    assert raised.value.message == message
    assert raised.value.text("de")


@given(st.integers(0, 100), st.integers(0, 30))
def test_ages_are_read_back(start, years):
    assert age_range(f"{start}-{start + years}") == (start, start + years + 1)
    assert age_range(f"{start}+") == (start, float("inf"))


def release_of(standard="direct", population="esp2013", *, people=False, **options):
    indicators = [indicator(name, f"people_{name}") for name in OLD]
    care = indicator(
        "care", standard=standard, strata=OLD, standard_population=population, **options
    )
    numbers = {name: {DATE: CASES[name]} for name in OLD}
    bases = dict(PEOPLE)
    numbers["care"] = {DATE: np.sum([CASES[n] for n in OLD], axis=0).tolist()}
    bases["care"] = np.sum([PEOPLE[n] for n in OLD], axis=0).tolist()
    if people:
        count = indicator("older", None)
        indicators.append(dataclasses.replace(count, numerator="people_care_65_79"))
        numbers["older"] = {DATE: PEOPLE["care_65_79"]}
    measures = make_measures(numbers, [*indicators, care], [4], denominators=bases)
    return protect(measures, policy(3))


def test_direct_on_a_release():
    release = release_of()
    table = standardise(release, "care")
    assert tuple(table.columns) == STANDARDISED_COLUMNS
    shown = table["state"] == State.VALUE
    hidden = release.frame("care_65_79")["state"] != State.VALUE
    assert hidden.any()
    assert (~shown == hidden).all()
    assert (table["missing"][hidden].str.split().str[0] == "care_65_79").all()
    assert table.loc[hidden, ["crude", "value", "low", "high"]].isna().all().all()
    assert (table.loc[hidden, "state"] == State.SUPPRESSED).all()
    at = int(np.flatnonzero(shown)[0])
    weights = np.array([14_500, 5_000]) / 19_500
    rates = [CASES[name][at] / PEOPLE[name][at] for name in OLD]
    assert table["value"].iloc[at] == pytest.approx(100 * weights @ rates)
    assert table["low"].iloc[at] < table["value"].iloc[at] < table["high"].iloc[at]
    same = standardise(release, "care", ages=["65-79", "80+"], date=DATE)
    np.testing.assert_array_equal(same["value"], table["value"])


def test_county_population_keeps_the_county_rate():
    release = release_of(population="county")
    table = standardise(release, "care", geography=COUNTY_LEVEL)
    assert table["value"].iloc[0] == pytest.approx(table["crude"].iloc[0])
    assert len(standardise(release, "care", geography=MUNICIPALITY_LEVEL)) == 1


def test_indirect_needs_only_the_people_by_age():
    without = standardise(release_of("indirect"), "care")
    with_people = standardise(release_of("indirect", people=True), "care")
    assert (without["state"] == State.VALUE).sum() < (with_people["state"] == State.VALUE).sum()
    rates = [sum(CASES[name]) / sum(PEOPLE[name]) for name in OLD]
    shown = with_people["state"] == State.VALUE
    expected = np.array([PEOPLE[name] for name in OLD]).T @ rates
    ratio = np.sum([CASES[n] for n in OLD], axis=0) / expected
    np.testing.assert_allclose(with_people["ratio"][shown], ratio[shown.to_numpy()])


@pytest.mark.parametrize(
    ("message", "release", "arguments"),
    [
        ("standardised.not_asked", release_of, ("care_65_79",)),
        ("standardise.population", lambda: release_of(population="mars"), ("care",)),
        ("standardise.population", lambda: release_of(population=""), ("care",)),
        ("standardised.not_published", release_of, ("care", "1999-12-31")),
    ],
)
def test_the_stage_names_faults(message, release, arguments):
    with pytest.raises(IndicatorError) as raised:
        standardise(release(), arguments[0], date=arguments[1] if arguments[1:] else None)
    assert raised.value.message == message
    assert raised.value.text("de")
    assert raised.value.text("en")


def without(release, name):
    kept = release.table[release.table["indicator"] != name]
    return dataclasses.replace(
        release,
        table=kept.reset_index(drop=True),
        indicators=tuple(i for i in release.indicators if i.id != name),
    )


def test_strata_must_be_rates_of_the_release():
    with pytest.raises(IndicatorError) as raised:
        standardise(without(release_of(), "care_80plus"), "care")
    assert (raised.value.message, raised.value.ids) == ("standardised.strata", ("care_80plus",))
    counts = release_of(people=True)
    care = dataclasses.replace(counts.indicator("care"), strata=("older", "care_80plus"))
    changed = [care if i.id == "care" else i for i in counts.indicators]
    with pytest.raises(IndicatorError) as raised:
        standardise(dataclasses.replace(counts, indicators=tuple(changed)), "care")
    assert (raised.value.message, raised.value.ids) == ("standardised.no_rate", ("older",))


def test_no_shared_date_and_hidden_county_are_named():
    release = release_of()
    table = release.table.copy()
    moved = table["indicator"] == "care_80plus"
    table.loc[moved, "date"] = "2024-12-31"
    with pytest.raises(IndicatorError) as raised:
        standardise(dataclasses.replace(release, table=table), "care")
    assert raised.value.message == "standardised.no_date"
    for standard, population in (("indirect", ""), ("direct", "county")):
        release = release_of(standard, population)
        table = release.table.copy()
        gone = (table["indicator"] == "care_80plus") & (table["geography"] == COUNTY_LEVEL)
        table.loc[gone, ["numerator", "denominator", "value"]] = np.nan
        table.loc[gone, "state"] = str(State.NOT_DELIVERED)
        with pytest.raises(IndicatorError) as raised:
            standardise(dataclasses.replace(release, table=table), "care")
        assert raised.value.message == "standardised.reference"
        assert raised.value.ids == ("care_80plus",)


def test_ages_that_cannot_be_read_are_named():
    with pytest.raises(IndicatorError) as raised:
        standardise(release_of(), "care", ages=["65-79"])
    assert raised.value.message == "standardised.ages"
    with pytest.raises(IndicatorError) as raised:
        standardise(release_of(), "care", ages=["65-78", "80+"])
    assert raised.value.message == "standardise.cut"


def test_only_a_release_is_taken():
    with pytest.raises(DisclosureError):
        standardise(release_of().table, "care")
