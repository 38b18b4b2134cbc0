"""Stability of an index: from published counts only, missing where they are not known."""

from dataclasses import replace

import numpy as np
import pytest

from counts import DATE, indicator, make_measures, policy
from sozialraum.disclosure import protect
from sozialraum.index import score
from sozialraum.index.stability import left_out, stability, with_stability
from sozialraum.schema import State

BEFORE = "2023-12-31"
N = 40
KINDS = ["status", "dynamics"]


def numbers(size=500, seed=6):
    random = np.random.default_rng(seed)
    level = 1 / (1 + np.exp(1 - 0.5 * random.normal(size=(N, 1))))
    rates = {
        date: level * np.exp(0.1 * random.normal(size=(N, 2))) * 0.9 for date in (BEFORE, DATE)
    }
    counted = {date: random.binomial(size, np.minimum(r, 0.9)) for date, r in rates.items()}
    return {name: {date: counted[date][:, k] for date in rates} for k, name in enumerate("ab")}


def release(found, indicators=None, size=500):
    indicators = indicators or [indicator(name) for name in found]
    bases = {name: [size] * N for name in found}
    measures = make_measures(found, indicators, [N // 2, N // 2], denominators=bases)
    return protect(measures, policy(3))


def test_every_class_has_a_stability_between_0_and_1():
    index = score(release(numbers()), draws=0)
    assert index.table[["status_stability", "dynamics_stability"]].isna().all(axis=None)
    found = stability(index, draws=200)
    assert found.index.equals(index.table.index)
    for kind in KINDS:
        shares = found[f"{kind}_stability"]
        assert ((shares >= 0) & (shares <= 1)).all()
        assert shares.nunique() > 5
    middle = index.table["status_index"].abs() < 0.3
    assert (found.loc[middle, "status_stability"] > 0.9).all()


def test_score_says_the_same():
    found = release(numbers())
    index = score(found, draws=100, seed=3)
    expected = with_stability(score(found, draws=0), draws=100, seed=3)
    assert index.table.equals(expected.table)


def test_a_hidden_area_has_no_stability_and_leaves_nothing_behind():
    """Which protected number stands in a hidden cell changes nothing."""
    results = []
    for secret in (1, 2):
        counts = numbers()
        counts["a"][DATE] = np.where(np.arange(N) == 3, secret, counts["a"][DATE])
        index = score(release(counts), draws=50)
        hidden = index.table["state"] == State.SUPPRESSED
        assert hidden.sum() >= 1
        assert index.table.loc[hidden, "status_stability"].isna().all()
        assert index.table.loc[~hidden, "status_stability"].notna().all()
        results.append((hidden, index))
    (first, one), (second, two) = results
    assert one.table[first & second].equals(two.table[first & second])


def test_published_shares_have_no_stability():
    found = release(numbers())
    table = found.table.assign(numerator=np.nan, denominator=np.nan)
    index = score(replace(found, table=table), draws=20)
    assert (index.table["status_class"] != "").all()
    assert index.table[["status_stability", "dynamics_stability"]].isna().all(axis=None)


def test_a_share_without_counts_takes_the_stability_of_its_area_only():
    found = release(numbers())
    table = found.table.copy()
    area = table["area_id"].iloc[0]
    bare = table["area_id"] == area
    table.loc[bare, ["numerator", "denominator"]] = np.nan
    index = score(replace(found, table=table), draws=20)
    assert index.table.loc[area, "status_class"] != ""
    missing = index.table["status_stability"].isna()
    assert missing[missing].index.tolist() == [area]


def test_places_are_taken_as_they_are():
    supply = [indicator("a", kind="input"), indicator("b", kind="input")]
    found = stability(score(release(numbers(), supply), draws=0), draws=20)
    assert (found == 1).all(axis=None)


def test_events_may_exceed_people():
    found = release(numbers())
    more = found.table["numerator"].where(found.table["indicator"] != "a")
    table = found.table.assign(numerator=more.fillna(found.table["numerator"] + 450))
    found = stability(score(replace(found, table=table), draws=0), draws=50)
    assert found.notna().all(axis=None)
    assert found["status_stability"].min() < 0.95


def test_few_areas_say_nothing_about_the_others():
    found = release(numbers())
    kept = found.table["area_id"].isin(sorted(found.table["area_id"].unique())[:9])
    columns = ["numerator", "denominator"]
    table = found.table.assign(**{c: found.table[c].where(kept) for c in columns})
    assert stability(score(replace(found, table=table), draws=0)).isna().all(axis=None)


def test_without_dynamics_only_the_status_is_judged():
    found = stability(score(release(numbers()), years=0, draws=0), draws=20)
    assert found["status_stability"].notna().all()
    assert found["dynamics_stability"].isna().all()


@pytest.mark.parametrize(("language", "word"), [("de", "Haushalts"), ("en", "household")])
def test_the_sentence_says_what_is_left_out(language, word):
    assert word in left_out(language)
