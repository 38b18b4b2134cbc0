"""An index for every theme, and within settlement types."""

import numpy as np
import pandas as pd
import pytest

from counts import indicator
from plain import FIRST, LAST, plain_release, small
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.index import score
from sozialraum.index.by_theme import THEME_COLUMNS, stratified, theme_indices
from sozialraum.methods.composite import equal_weight_index
from sozialraum.methods.index_classes import status_classes
from sozialraum.schema import State

N = 30
THEMES = {"a": ("wohnen",), "b": ("wohnen", "bildung"), "c": ("pflege",), "d": ("alter",)}


def release(hidden=(), drop=()):
    random = np.random.default_rng(8)
    counts = {n: {LAST: random.integers(20, 200, N)} for n in "abcd"}
    for name in drop:
        counts[name] = {FIRST: counts[name][LAST]}
    indicators = [indicator(n, themes=THEMES[n], polarity=0 if n == "d" else 1) for n in "abcd"]
    bases = {n: np.full(N, 500) for n in "abcd"}
    return plain_release(counts, bases, indicators=indicators, sizes=[20, 10], hidden=hidden)


def test_every_theme_is_an_index_of_its_indicators():
    found = release()
    table = theme_indices(found)
    assert tuple(table.columns) == THEME_COLUMNS
    assert table["theme"].drop_duplicates().tolist() == ["wohnen", "bildung", "pflege", "alter"]
    assert len(table) == 4 * N
    housing = table[table["theme"] == "wohnen"]
    frames = [found.frame(name, LAST) for name in "ab"]
    rates = np.column_stack([f["numerator"] / f["denominator"] for f in frames])
    expected = equal_weight_index(rates, [1, 1]).index
    np.testing.assert_allclose(housing["index"], expected)
    assert housing["status_class"].tolist() == status_classes(expected).tolist()
    assert housing["area_id"].tolist() == list(small(found))
    assert set(housing["indicators"]) == {2}


def test_themes_without_any_index_are_shown():
    table = theme_indices(release(drop=["c"]))
    none = table[table["indicators"] == 0]
    assert none["theme"].unique().tolist() == ["pflege", "alter"]
    assert none["index"].isna().all()
    assert set(none["state"]) == {str(State.NOT_APPLICABLE)}
    assert set(theme_indices(release(drop=["c"]), themes=["bildung"])["theme"]) == {"bildung"}


def test_hidden_values_take_the_index_of_their_theme_only():
    table = theme_indices(release(hidden=[("a", 4)])).set_index(["theme", "area_id"])
    area = small(release())[4]
    assert table.loc[("wohnen", area), "state"] == State.SUPPRESSED
    assert table.loc[("wohnen", area), "status_class"] == ""
    assert table.loc[("bildung", area), "state"] == State.VALUE


def test_wrong_themes_are_refused():
    with pytest.raises(IndicatorError, match="verkehr"):
        theme_indices(release(), themes=["verkehr"])
    counts = {"a": {LAST: [1, 2, 3]}}
    bare = plain_release(counts, {"a": [9, 9, 9]}, indicators=[indicator("a")], sizes=[3])
    with pytest.raises(StatisticsError, match="nennt ein Thema"):
        theme_indices(bare)


def test_areas_are_compared_within_their_settlement_type():
    found = release(hidden=[("a", 4)])
    index = score(found, indicators=["a", "b"], draws=0)
    kinds = ["urban"] * 12 + ["rural"] * 15 + ["town"] * 2 + [""]
    types = pd.Series(kinds, index=small(found))
    table = stratified(index, types)
    rates = np.column_stack([found.frame(n, LAST)["numerator"] for n in "ab"])
    for part in (slice(0, 12), slice(12, 27)):
        expected = equal_weight_index(rates[part], [1, 1]).index
        np.testing.assert_allclose(table["index"].iloc[part], expected)
        assert table["class_within"].iloc[part].tolist() == status_classes(expected).tolist()
    assert table["areas"].tolist() == [11] * 12 + [15] * 15 + [2, 2, 0]
    assert table["index"].iloc[27:].isna().all()
    assert (table["class_within"].iloc[27:] == "").all()
    assert table["status_class"].equals(index.table["status_class"])


def test_a_release_is_scored_first():
    found = release()
    types = pd.Series("rural", index=small(found))
    table = stratified(found, types)
    np.testing.assert_allclose(table["index"], table["status_index"])
