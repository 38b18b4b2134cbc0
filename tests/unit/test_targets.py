"""How far effects are from what a council aims at."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from registers import SGB2, make_release
from sozialraum.index.targets import TARGET_COLUMNS, target_sentences, targets
from sozialraum.methods.newcombe import newcombe, wilson
from sozialraum.model import Indicator
from sozialraum.model.definitions import SeriesBreak
from sozialraum.schema import State

GOAL = replace(SGB2, kind="outcome", target=8.0, target_on="2029-12-31")


def release(counts, indicator: Indicator = GOAL, *, base: int = 1000, states=None):
    """Return a release of the county with one count a year, up to 2025."""
    parts = []
    first = 2026 - len(counts)
    one = make_release({"05999": (1, 10)}, geography="kreis")
    for i, count in enumerate(counts):
        shown = State.SUPPRESSED if count is None else (count, base)
        parts.append(
            make_release({"05999": shown}, geography="kreis", date=f"{first + i}-12-31").table
        )
    return replace(one, table=pd.concat(parts, ignore_index=True), indicators=(indicator,))


def row(*arguments, **options):
    found = targets(release(*arguments, **options))
    assert tuple(found.columns) == TARGET_COLUMNS
    assert len(found) == 1
    return found.iloc[0]


def test_distance_and_way():
    one = row([120, 118, 116, 114, 112])
    assert (one["first"], one["value"], one["distance"]) == (12, 11.2, pytest.approx(-3.2))
    assert (one["first_on"], one["date"], one["dates"]) == ("2021-12-31", "2025-12-31", 5)
    assert one["per_year"] == pytest.approx(-0.2, abs=1e-3)
    assert one["needed_per_year"] == pytest.approx(-0.8, abs=1e-3)
    assert one["verdict"] == "not on track"
    assert one["change"] == pytest.approx(-0.8)
    assert (one["change_low"], one["change_high"]) == pytest.approx((-3.6, 2.0), abs=0.1)


def test_a_fall_that_is_fast_enough_is_on_track():
    assert row([160, 145, 130, 115, 100])["verdict"] == "on track"


def test_a_strength_must_rise():
    strength = replace(GOAL, polarity=-1, target=30.0)
    assert row([160, 180, 200, 220, 240], strength)["verdict"] == "on track"
    assert row([240, 220, 200, 180, 160], strength)["verdict"] == "not on track"
    assert row([310], strength)["verdict"] == "reached"


def test_without_direction_the_first_value_says_where_the_target_lies():
    neutral = replace(GOAL, polarity=0)
    assert row([120, 70], neutral)["verdict"] == "reached"
    assert row([60, 70], neutral)["verdict"] == "too few dates"


def test_four_dates_tell_no_trend():
    one = row([120, 110, 100, 95])
    assert one["verdict"] == "too few dates"
    assert np.isnan(one["per_year"])
    assert one["needed_per_year"] < 0


def test_reached_missed_and_without_a_day():
    assert row([120, 80])["verdict"] == "reached"
    assert row([120, 110], replace(GOAL, target_on="2025-12-31"))["verdict"] == "missed"
    open_end = row([120, 110, 100, 95, 90], replace(GOAL, target_on=""))
    assert open_end["verdict"] == "no day"
    assert np.isnan(open_end["needed_per_year"])


def test_hidden_dates_do_not_count():
    one = row([120, 118, None, 114, 112])
    assert one["dates"] == 4
    assert row([None])["verdict"] == "not published"


def test_nothing_is_compared_over_a_block():
    breaks = (SeriesBreak("2023-01-01", "block"), SeriesBreak("2025-01-01", "mark"))
    one = row([300, 290, 118, 116, 114], replace(GOAL, series_breaks=breaks))
    assert (one["first_on"], one["dates"], one["break_"]) == ("2023-12-31", 3, "mark")
    before = (SeriesBreak("2020-01-01", "block"),)
    assert row([120, 110], replace(GOAL, series_breaks=before))["first_on"] == "2024-12-31"


def test_only_effects_with_a_target_are_listed():
    for other in (replace(GOAL, kind="input"), replace(GOAL, target=None)):
        assert targets(release([10], other)).empty


def test_sentences_for_a_council():
    german = target_sentences(release([120, 118, 116, 114, 112]))[0]
    assert "11,2" in german
    assert "bis 31.12.2029" in german
    assert "wird das Ziel verfehlt" in german
    assert "nötig -0,80" in german
    assert "95-%-Bereich" in german
    english = target_sentences(release([120, 110]), language="en")[0]
    assert "5 are needed" in english
    marked = replace(GOAL, series_breaks=(SeriesBreak("2025-01-01", "mark"),))
    assert "Bruch" in target_sentences(release([120, 110], marked))[0]
    assert "kein Wert" in target_sentences(release([None]))[0]
    assert "nicht festgelegt" in target_sentences(release([120], replace(GOAL, target_on="")))[0]


class TestInterval:
    """Newcombe (1998), table II: method 10 for 56/70 against 48/80."""

    def test_published_example(self):
        assert newcombe((56, 70), (48, 80)) == pytest.approx((0.0524, 0.3339), abs=5e-5)

    def test_published_example_without_cases(self):
        assert newcombe((10, 10), (0, 20)) == pytest.approx((0.6791, 1.0), abs=5e-5)

    def test_a_share_of_nobody_and_of_all(self):
        assert wilson(0, 10)[0] == 0
        assert wilson(10, 10)[1] == 1
