"""Index from a release: choice of dates and indicators, missing areas, classes."""

import numpy as np
import pandas as pd
import pytest

from counts import DATE, indicator, make_measures, policy
from sozialraum.disclosure import protect
from sozialraum.errors import DisclosureError, IndicatorError, StatisticsError
from sozialraum.index import score, years_before
from sozialraum.methods.composite import equal_weight_index
from sozialraum.schema import State

BEFORE = "2023-12-31"
N = 12


def release(numbers, indicators=None, bases=None, k=3, **options):
    indicators = indicators or [indicator(name) for name in numbers]
    bases = bases or {name: [500] * N for name in numbers}
    measures = make_measures(numbers, indicators, [N // 2, N // 2], denominators=bases, **options)
    return protect(measures, policy(k))


@pytest.fixture
def numbers():
    random = np.random.default_rng(6)
    return {name: {date: random.integers(20, 200, N) for date in (BEFORE, DATE)} for name in "abc"}


def test_values_are_the_exact_published_ratios(numbers):
    index = score(release(numbers))
    values = np.column_stack([numbers[name][DATE] / 5 for name in "abc"])
    expected = equal_weight_index(values, [1, 1, 1])
    np.testing.assert_allclose(index.table["status_index"], expected.index)
    np.testing.assert_allclose(index.scores, expected.scores)
    change = np.column_stack([(numbers[n][DATE] - numbers[n][BEFORE]) / 5 for n in "abc"])
    moved = equal_weight_index(change, [1, 1, 1]).index
    np.testing.assert_allclose(index.table["dynamics_index"], moved)


def test_context_indicators_are_never_scored(numbers):
    indicators = [indicator("a"), indicator("b", polarity=0), indicator("c", polarity=-1)]
    assert score(release(numbers, indicators)).indicators == ("a", "c")


def test_a_hidden_indicator_takes_the_class_and_keeps_the_reason(numbers):
    numbers["a"][DATE] = np.where(np.arange(N) == 3, 1, numbers["a"][DATE])
    found = release(numbers)
    index = score(found)
    hidden = found.frame("a", DATE)["state"] == State.SUPPRESSED
    assert hidden.sum() == 2
    assert (index.table.loc[hidden, "state"] == State.SUPPRESSED).all()
    assert (index.table.loc[hidden, "status_class"] == "").all()
    assert index.table.loc[hidden, ["status_index", "dynamics_index"]].isna().all(axis=None)
    kept = ~hidden.to_numpy()
    values = np.column_stack([numbers[name][DATE] / 5 for name in "abc"])[kept]
    expected = equal_weight_index(values, [1, 1, 1]).index
    np.testing.assert_allclose(index.table.loc[kept, "status_index"], expected)


def test_an_area_without_delivery_says_so(numbers):
    values = [int(v) for v in numbers["b"][DATE]]
    values[0] = None
    numbers["b"] = {DATE: values, BEFORE: numbers["b"][BEFORE]}
    index = score(release(numbers))
    assert index.table["state"].iloc[0] == State.NOT_DELIVERED


def test_an_area_hidden_at_the_start_has_a_status_but_no_dynamics(numbers):
    numbers["a"][BEFORE] = np.where(np.arange(N) == 3, 1, numbers["a"][BEFORE])
    found = release(numbers)
    index = score(found)
    hidden = (found.frame("a", BEFORE)["state"] != State.VALUE).to_numpy()
    assert (index.table.loc[hidden, "status_class"] != "").all()
    assert (index.table.loc[hidden, "dynamics_class"] == "").all()
    assert (index.table.loc[hidden, "group"] == "").all()
    assert (index.table["state"] == State.VALUE).all()


def test_indicators_without_a_start_enter_the_status_only(numbers):
    del numbers["c"][BEFORE]
    index = score(release(numbers))
    assert index.indicators == ("a", "b", "c")
    change = np.column_stack([(numbers[n][DATE] - numbers[n][BEFORE]) / 5 for n in "ab"])
    moved = equal_weight_index(change, [1, 1]).index
    np.testing.assert_allclose(index.table["dynamics_index"], moved)


def test_without_any_start_there_are_no_dynamics(numbers):
    index = score(release(numbers), years=5)
    assert index.start == ""
    assert index.table["dynamics_index"].isna().all()
    assert (index.table["dynamics_class"] == "").all()
    assert (index.table["status_class"] != "").all()


def test_the_latest_date_that_most_indicators_share_is_taken(numbers):
    numbers["c"]["2026-06-30"] = numbers["c"][DATE]
    assert score(release(numbers)).date == DATE
    chosen = score(release(numbers), indicators=["c"])
    assert chosen.date == "2026-06-30"
    assert score(release(numbers), date=BEFORE).date == BEFORE


def test_an_indicator_asked_for_must_be_published(numbers):
    del numbers["c"][DATE]
    with pytest.raises(IndicatorError) as error:
        score(release(numbers), indicators=["a", "c"], date=DATE)
    assert error.value.ids == ("c",)
    with pytest.raises(IndicatorError, match="Unbekannter Indikator"):
        score(release(numbers), indicators=["z"])


def test_nothing_to_score_is_said(numbers):
    with pytest.raises(StatisticsError, match="keinen Indikator"):
        score(release(numbers, [indicator(name, polarity=0) for name in "abc"]))
    with pytest.raises(StatisticsError, match="Bekannt sind: mss"):
        score(release(numbers), preset="berlin")


def test_an_indicator_that_is_the_same_everywhere_is_named(numbers):
    numbers["b"] = {DATE: [50] * N}
    with pytest.raises(StatisticsError) as error:
        score(release(numbers))
    assert error.value.ids == ("b",)


def test_counts_without_denominator_are_scored_as_they_are(numbers):
    indicators = [indicator("a", None), indicator("b")]
    found = release({n: numbers[n] for n in "ab"}, indicators, bases={"b": [500] * N})
    values = np.column_stack([numbers["a"][DATE], numbers["b"][DATE] / 5])
    expected = equal_weight_index(values, [1, 1]).index
    np.testing.assert_allclose(score(found).table["status_index"], expected)


def test_only_released_data_is_scored(numbers):
    measures = make_measures(numbers, [indicator(n) for n in "abc"], [6, 6])
    with pytest.raises(DisclosureError):
        score(measures)


def test_the_table_is_in_the_order_of_the_areas(numbers):
    found = release(numbers)
    index = score(found)
    small = found.areas.index[found.areas["geography"] == "sozialraum"]
    pd.testing.assert_index_equal(index.table.index, small)
    pd.testing.assert_index_equal(index.scores.index, small)


def test_leap_days_have_a_start():
    assert years_before("2024-02-29", 1) == "2023-02-28"
    assert years_before("2024-02-29", 4) == "2020-02-29"
    assert years_before("", 2) == ""


def test_indicators_without_values_leave_a_note(numbers):
    numbers["b"] = {BEFORE: numbers["b"][BEFORE]}
    numbers["c"] = {DATE: numbers["c"][DATE]}
    index = score(release(numbers), date=DATE)
    labels = {name: indicator(name).label() for name in "abc"}
    assert f"zum Stichtag kein Wert veröffentlicht ist: {labels['b']}." in index.notes[0]
    assert f"zu deren Beginn kein Wert veröffentlicht ist: {labels['c']}." in index.notes[1]
    assert len(index.notes) == 2 + len(score(release(numbers), indicators=["a"]).notes)
