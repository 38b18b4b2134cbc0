"""Whom the areas of attention reach, and whom as many large areas would reach."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from counts import indicator
from plain import FIRST, LAST, plain_release, small
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.flags import flag
from sozialraum.index import score
from sozialraum.index.coverage import COVERAGE_COLUMNS, attention_areas, coverage

POOR = [40, 10, 5, 5, 30, 60, 8, 2]
PEOPLE = [100, 100, 100, 100, 1000, 2000, 100, 100]


def release(hidden=(), **options):
    indicators = [indicator("poor", "residents")]
    counts = {"poor": {LAST: POOR}}
    bases = {"poor": PEOPLE}
    return plain_release(
        counts, bases, indicators=indicators, sizes=[4, 4], hidden=hidden, **options
    )


def row(table, place):
    return table.set_index("place").loc[place]


def test_shares_of_people_areas_and_residents():
    found = release()
    areas = small(found)
    table = coverage([areas[0], areas[6]], "poor", release=found, by=["kreis", "gemeinde"])
    assert tuple(table.columns) == COVERAGE_COLUMNS
    assert table["place"].tolist() == ["05999", "05999001", "05999002"]
    county = row(table, "05999")
    assert county["persons"] == 160
    assert county["base"] == "published total"
    assert county["persons_marked"] == 48
    assert county["share_persons"] == pytest.approx(0.3)
    assert county["share_areas"] == pytest.approx(0.25)
    assert county["share_residents"] == pytest.approx(200 / 3600)
    # the two areas with most people affected: 60 and 40
    assert county["persons_top"] == 100
    assert county["share_top"] == pytest.approx(100 / 160)
    assert row(table, "05999001")["persons_top"] == 40
    assert row(table, "05999002")["persons_top"] == 60
    assert row(table, "05999002")["areas_marked"] == 1
    assert county["areas_hidden"] == 0


def test_people_in_hidden_areas_count_in_the_published_total_only():
    found = release(hidden=[("poor", 7), ("poor", 6)])
    areas = small(found)
    table = coverage([areas[0], areas[6]], "poor", release=found, by=["kreis", "gemeinde"])
    second = row(table, "05999002")
    assert second["persons"] == 100
    assert second["persons_marked"] == 0
    assert second["areas_hidden"] == 2
    assert second["share_hidden"] == 0.5
    assert row(table, "05999")["share_persons"] == pytest.approx(40 / 160)


def test_without_totals_the_visible_areas_are_the_base():
    found = release(hidden=[("poor", 7)], totals=False)
    table = coverage([small(found)[5]], "poor", release=found, by=["kreis", "gemeinde"])
    assert set(table["base"]) == {"visible areas"}
    assert row(table, "05999002")["persons"] == 98
    assert row(table, "05999")["share_persons"] == pytest.approx(60 / 158)


def test_settlement_types_have_rows_of_their_own():
    found = release()
    types = pd.Series(["town"] * 3 + ["rural"] * 5, index=small(found))
    table = coverage([small(found)[0]], "poor", release=found, by=["settlement"], settlement=types)
    assert table["place"].tolist() == ["rural", "town"]
    assert row(table, "town")["persons"] == 55
    assert row(table, "town")["share_persons"] == pytest.approx(40 / 55)
    assert row(table, "rural")["share_persons"] == 0


def test_without_residents_rows_by_settlement_are_left_out():
    plain = plain_release(
        {"a": {LAST: POOR}}, {"a": PEOPLE}, indicators=[indicator("a")], sizes=[4, 4]
    )
    table = coverage([small(plain)[0]], "a", release=plain)
    assert set(table["level"]) == {"kreis", "gemeinde"}
    assert table["share_residents"].isna().all()


def test_an_index_marks_its_areas_of_attention():
    random = np.random.default_rng(3)
    counts = {n: {d: random.integers(20, 200, 40) for d in (FIRST, LAST)} for n in "ab"}
    indicators = [indicator(n, "residents") for n in "ab"]
    bases = {n: np.full(40, 500) for n in "ab"}
    found = plain_release(counts, bases, indicators=indicators, sizes=[20, 20])
    index = score(found, draws=0)
    groups = index.table["group"]
    wanted = set(groups.index[groups.isin(index.method.attention)])
    assert attention_areas(index) == wanted
    assert wanted
    marked = coverage(index, "a", by=["kreis"])
    by_hand = coverage(sorted(wanted), "a", release=found, by=["kreis"])
    pd.testing.assert_frame_equal(marked, by_hand)
    still = score(found, years=0, draws=0)
    classes = still.table["status_class"]
    assert attention_areas(still) == set(classes.index[classes == "4"])
    none = replace(index, method=replace(index.method, attention=()))
    with pytest.raises(StatisticsError, match="keine Gebiete mit besonderem"):
        coverage(none, "a")


def test_flags_mark_areas_of_high_burden():
    poor = np.random.default_rng(2).integers(45, 55, 40)
    poor[7] = 200
    poor[30] = 1
    found = plain_release(
        {"poor": {LAST: poor}},
        {"poor": np.full(40, 500)},
        indicators=[indicator("poor", "residents")],
        sizes=[20, 20],
    )
    table = coverage(flag(found, permutations=99), "poor", by=["kreis"])
    assert table.loc[0, "persons_marked"] == 200
    assert table.loc[0, "areas_marked"] == 1


def test_wrong_questions_are_refused():
    found = release()
    areas = small(found)
    with pytest.raises(StatisticsError, match="gehört die Freigabe"):
        coverage([areas[0]], "poor")
    with pytest.raises(IndicatorError, match="gehört nicht zum Index: x"):
        coverage(["x"], "poor", release=found)
    with pytest.raises(IndicatorError, match="Unbekannte Gliederung: ort"):
        coverage([areas[0]], "poor", release=found, by=["ort"])
    with pytest.raises(IndicatorError, match="keine Anzahlen"):
        coverage([areas[0]], "poor", release=found, date="1999-12-31")
