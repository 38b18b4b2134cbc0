"""Settlement types by density and surroundings, or as given."""

import numpy as np
import pandas as pd
import pytest

from counts import indicator
from plain import LAST, plain_release, small
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.index.settlement import settlement_label, settlement_types
from sozialraum.methods.settlement import settlement_classes


def test_thresholds_hold_from_the_limit_on():
    line = np.arange(5)
    people = [50_000, 1_499 * 4, 300 * 17, 299 * 100, 300 * 16]
    size = [50_000 / 1_500, 4, 17, 100, 16]
    found = settlement_classes(people, size, line[:0], line[:0])
    assert found.tolist() == ["urban", "town", "town", "rural", "rural"]


def test_what_touches_counts_together():
    people, size = [2_600, 2_600, 2_600], [4, 4, 4]
    assert settlement_classes(people, size, [0], [1]).tolist() == ["town", "town", "rural"]
    assert settlement_classes(people, size, [], []).tolist() == ["rural"] * 3
    # a thin area between two denser ones does not join them
    assert settlement_classes([2_600, 10, 2_600], size, [0, 1], [1, 2]).tolist() == ["rural"] * 3


def test_unknown_residents_join_nothing():
    found = settlement_classes([2_600, np.nan, 2_600], [4, 4, 4], [0, 1], [1, 2])
    assert found.tolist() == ["rural", "", "rural"]


def release(people, **options):
    counts = {"people": {LAST: people}, "a": {LAST: np.full(len(people), 20)}}
    indicators = [
        indicator("a"),
        indicator("people", None, polarity=0),
    ]
    from dataclasses import replace

    indicators[1] = replace(indicators[1], numerator="residents")
    bases = {"a": np.full(len(people), 100)}
    return plain_release(counts, bases, indicators=indicators, sizes=[3, 2], **options)


def test_areas_of_a_release_are_typed_by_their_published_residents():
    found = release([3_000, 2_500, 100, 3_000, 90], hidden=[("people", 4)])
    types = settlement_types(found)
    # the first of each row touch: 1 km squares, one row a municipality
    assert types.tolist() == ["town", "town", "rural", "town", ""]
    assert types.index.equals(small(found))
    assert settlement_types(found, residents="people", date=LAST).equals(types)
    by_hand = pd.Series([100.0] * 5, index=small(found))
    assert settlement_types(found, residents=by_hand).tolist() == ["rural"] * 5


def test_given_types_are_taken_as_they_are():
    found = release([1] * 5)
    given = pd.Series(["urban", "town", "", "rural", "town"], index=small(found))
    assert settlement_types(found, given=given[::-1]).tolist() == given.tolist()
    with pytest.raises(IndicatorError, match="Unbekannte Siedlungstypen: Stadt"):
        settlement_types(found, given=given.replace("urban", "Stadt"))
    with pytest.raises(IndicatorError, match="fehlen Gebiete: 05999001-Q01"):
        settlement_types(found, given=given.iloc[1:])


def test_without_residents_nothing_is_guessed():
    counts = {"a": {LAST: [20] * 5}}
    found = plain_release(counts, {"a": [100] * 5}, indicators=[indicator("a")], sizes=[3, 2])
    with pytest.raises(StatisticsError, match="Wie viele Menschen"):
        settlement_types(found)


def test_labels_in_both_languages():
    assert settlement_label("rural", "de") == "Ländlich"
    assert settlement_label("urban", "en") == "City, densely settled"
    assert settlement_label("", "de") == "nicht bekannt"
