"""Contributions add up to the index; persons to the next class; why in words."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counts import indicator
from plain import FIRST as BEFORE
from plain import LAST as DATE
from plain import plain_release
from sozialraum.errors import IndicatorError
from sozialraum.index import score as score_fully
from sozialraum.index.contributions import CONTRIBUTION_COLUMNS, contributions
from sozialraum.index.why import explain_area
from sozialraum.methods.contributions import class_limits
from sozialraum.methods.index_classes import STATUS, Classes, classify
from sozialraum.model import Method
from sozialraum.model.method import Domain
from sozialraum.schema import State

N = 30
score = partial(score_fully, draws=0)
PLAIN = Method("m", "m", "m", classes=("1", "2", "3", "4"), breaks=(-1.0, 1.0, 1.5))


def counted(seed=6, names="abc", dates=(BEFORE, DATE)):
    random = np.random.default_rng(seed)
    return {name: {date: random.integers(20, 200, N) for date in dates} for name in names}


def released(numbers, hidden=(), denominator="base", bases=500):
    indicators = [
        indicator(name, denominator, polarity=-1 if name == "c" else 1) for name in numbers
    ]
    below = {name: np.broadcast_to(bases, N) for name in numbers}
    sizes = [N // 2, N // 2]
    return plain_release(numbers, below, indicators=indicators, sizes=sizes, hidden=hidden)


def sums(table, index):
    found = table.groupby("area_id", sort=False)["points"].sum(min_count=1)
    return found.reindex(index.table.index).to_numpy()


@settings(deadline=None, max_examples=30)
@given(
    seed=st.integers(0, 10_000),
    standardise=st.sampled_from(["z", "robust", "weighted", "exponential", "none"]),
    again=st.booleans(),
    pca=st.booleans(),
    rates=st.sampled_from(["raw", "raw", "shrunk"]),
    domains=st.booleans(),
)
def test_points_add_up_to_the_index(seed, standardise, again, pca, rates, domains):
    # loadings of two domains may cancel each other
    pca = pca and not domains
    parts = (Domain("x", 3.0, indicators=("a", "c")), Domain("b", 0.5)) if domains else ()
    method = Method(
        "m", "m", "m", standardise, pca=pca, restandardise=again, rates=rates, domains=parts
    )
    people = np.random.default_rng(seed).integers(300, 4000, N)
    index = score(released(counted(seed), [("a", 3), ("c", 8)], "residents", people), method=method)
    status = index.table["status_index"].to_numpy()
    assert np.isnan(status).sum() == 2
    np.testing.assert_allclose(sums(contributions(index), index), status, rtol=0, atol=1e-9)


def test_every_area_and_indicator_has_a_row_with_published_numbers():
    numbers = counted()
    index = score(released(numbers, [("a", 3), ("a", 20)]), method=PLAIN)
    found = contributions(index)
    assert tuple(found.columns) == CONTRIBUTION_COLUMNS
    assert len(found) == 3 * N
    shown = found.set_index(["area_id", "indicator"])
    hidden = index.release.frame("a", DATE)["state"] == State.SUPPRESSED
    areas = index.table.index[hidden]
    assert len(areas) == 2
    assert (
        shown.loc[[(a, "a") for a in areas], ["value", "numerator", "points"]].isna().all(axis=None)
    )
    b = shown.xs("b", level="indicator")
    np.testing.assert_array_equal(b["numerator"], numbers["b"][DATE])
    np.testing.assert_allclose(b["value"], numbers["b"][DATE] / 5)
    np.testing.assert_allclose(b["county_value"], numbers["b"][DATE].sum() / (5 * N))


def test_changing_the_persons_named_changes_the_class():
    numbers = counted(dates=(DATE,))
    index = score(released(numbers), method=PLAIN)
    found = contributions(index)
    reach = found.dropna(subset=["persons_lower"])
    reach = reach[reach["persons_lower"].abs() > 3]
    right = 0
    for _, row in reach.head(16).iterrows():
        changed = {name: {DATE: values[DATE].copy()} for name, values in numbers.items()}
        place = index.table.index.get_loc(row["area_id"])
        # means and spreads move a little with the area itself: a tenth more is enough
        changed[row["indicator"]][DATE][place] += int(1.15 * row["persons_lower"])
        if not 3 <= changed[row["indicator"]][DATE][place] <= 497:
            continue
        again = score(released(changed), method=PLAIN).table["status_class"].iloc[place]
        right += again < index.table["status_class"].iloc[place]
        changed[row["indicator"]][DATE][place] -= int(0.4 * row["persons_lower"])
        held = score(released(changed), method=PLAIN).table["status_class"].iloc[place]
        assert held == index.table["status_class"].iloc[place]
    assert right >= 5


def test_the_change_of_points_is_that_since_the_start():
    numbers = counted()
    release = released(numbers)
    index = score(release, method=PLAIN)
    found = contributions(index)
    earlier = score(release, method=PLAIN, date=BEFORE, years=0)
    then = contributions(earlier)["points"].to_numpy()
    np.testing.assert_allclose(found["points_before"], then, atol=1e-12)
    np.testing.assert_allclose(found["change"], found["points"] - then, atol=1e-12)
    same = contributions(index, since=earlier)
    pd.testing.assert_frame_equal(same, found)


def test_other_indicators_or_methods_are_not_compared():
    numbers = counted()
    release = released(numbers)
    index = score(release, method=PLAIN)
    fewer = score(release, method=PLAIN, indicators=["a", "b"], date=BEFORE, years=0)
    assert contributions(index, since=fewer)["change"].isna().all()
    other = score(release, method=Method("other", "o", "o", years=0))
    with pytest.raises(IndicatorError, match="anderen Verfahren"):
        contributions(index, since=other)
    del numbers["c"][BEFORE]
    assert contributions(score(released(numbers), method=PLAIN))["change"].isna().all()


@pytest.mark.parametrize(
    "classes",
    [STATUS, Classes(tuple("12345"), by="quantile"), Classes(tuple("12345"), by="rank")],
)
def test_an_index_lies_between_the_limits_of_its_class(classes):
    x = np.append(np.random.default_rng(3).normal(size=41), np.nan)
    lower, upper = class_limits(x, classes)
    own = classify(x, classes)
    known = ~np.isnan(x)
    assert (lower[known & ~np.isnan(lower)] <= x[known & ~np.isnan(lower)]).all()
    assert (upper[known & ~np.isnan(upper)] >= x[known & ~np.isnan(upper)]).all()
    assert np.isnan(lower[~known]).all()
    for label in set(own[known]):
        assert len(set(zip(*np.nan_to_num([lower, upper])[:, own == label], strict=True))) == 1
    assert np.isnan(lower[known]).sum() > 0
    assert np.isnan(upper[known]).sum() > 0


def test_why_is_said_in_a_few_sentences():
    index = score(released(counted()), method=PLAIN)
    worst = index.table["status_index"].idxmax()
    german, english = explain_area(index, worst, "de"), explain_area(index, worst, "en")
    assert f"Status {index.table.loc[worst, 'status_class']}" in german
    assert "Rang 1 von 30" in german
    value = index.table.loc[worst, "status_index"]
    assert f"{value:.2f}".replace(".", ",") in german
    assert f"{value:.2f}" in english
    assert "im Kreis" in german
    assert "gezählt" in german
    assert "seit dem 31.12.2023" in german
    assert "since 2023-12-31" in english.lower()
    assert 3 <= german.count(". ") + 1 <= 6
    best = explain_area(index, index.table["status_index"].idxmin(), "de")
    assert "\u2212" in best
    assert "weniger Belastung" not in best


def test_nothing_is_told_of_areas_without_a_class():
    numbers = counted()
    index = score(released(numbers, [("a", 3), ("a", 20)]), method=PLAIN)
    area = index.table.index[index.table["state"] != State.VALUE][0]
    told = explain_area(index, area, "de")
    assert "keine Einstufung" in told
    assert "%" not in told
    assert "no class" in explain_area(index, area, "en")
    with pytest.raises(IndicatorError, match="gehört nicht zum Index: x"):
        explain_area(index, "x", "de")
