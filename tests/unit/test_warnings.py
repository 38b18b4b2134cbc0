"""Early warning: what changes is named in time, what stays as it is is left alone."""

import sys
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.flags.warning_texts import warning_sentence
from sozialraum.flags.warnings import early_warning
from sozialraum.model import Audit, Indicator, Policy, Release
from sozialraum.model.definitions import SeriesBreak
from sozialraum.model.judged import FALLING, RISING, TOO_SHORT, WARNING_COLUMNS
from sozialraum.schema import Grade, State

TOOLS = Path(__file__).parents[2] / "tools"
SIDE, FIRST, LAST = 16, 2016, 2025
YEARS = range(FIRST, LAST + 1)
RATIO = {2022: 1.25, 2023: 1.5, 2024: 1.75, 2025: 2.0}
RISES, FALLS = (17, 18, 33, 34, 35), (200, 201, 216)
RATE = Indicator("poor", "help", "people", "Hilfebezug", "On benefits", polarity=1)
NAMED = [str(Grade.CONFIRMED), str(Grade.NOTABLE)]


def area(number: int) -> str:
    return f"05999001-{number:03d}"


def counts(seed: int, *, planted: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return persons on benefits, most of whom stay, and people; (areas, years)."""
    random = np.random.default_rng(seed)
    people = random.integers(900, 3_000, SIDE**2)
    wave = 1 + 0.15 * np.sin(np.arange(len(YEARS)) / 2)
    expected = people[:, None] * 0.08 * np.exp(random.normal(0, 0.2, (SIDE**2, 1))) * wave
    if planted:
        expected[list(RISES)] *= [RATIO.get(year, 1.0) for year in YEARS]
        expected[list(FALLS)] *= [0.9 ** max(year - 2018, 0) for year in YEARS]
    found = [random.poisson(expected[:, 0])]
    for year in range(1, len(YEARS)):
        stay = np.minimum(0.7, expected[:, year] / expected[:, year - 1])
        come = random.poisson(expected[:, year] - stay * expected[:, year - 1])
        found.append(random.binomial(found[-1], stay) + come)
    return np.array(found).T.astype(float), np.repeat(people[:, None], len(YEARS), 1).astype(float)


def make_release(indicator=RATE, *, seed=1, planted=True, change=None) -> Release:
    cases, people = counts(seed, planted=planted)
    if change is not None:
        change(cases, people)
    names = [area(number) for number in range(SIDE**2)]
    county = "05999"
    rows = []
    for place, year in enumerate(YEARS):
        numbers = [*zip(names, cases[:, place], people[:, place], strict=True)]
        numbers.append((county, np.nansum(cases[:, place]), np.nansum(people[:, place])))
        for name, one, of in numbers:
            level = schema.COUNTY_LEVEL if name == county else schema.AREAS_LEVEL
            state = str(State.SUPPRESSED if np.isnan(one) else State.VALUE)
            rate = round(indicator.per * one / of, 1)
            rows.append((level, name, indicator.id, f"{year}-12-31", one, of, rate, state))
    columns = [schema.GEOGRAPHY, schema.AREA_ID, schema.INDICATOR, schema.DATE]
    table = pd.DataFrame(rows, columns=[*columns, "numerator", "denominator", "value", "state"])
    hidden = table["state"] != State.VALUE
    table.loc[hidden, ["numerator", "denominator", "value"]] = np.nan
    squares = [
        box(1e3 * x, 1e3 * y, 1e3 * (x + 1), 1e3 * (y + 1)) for y, x in np.ndindex(SIDE, SIDE)
    ]
    index = pd.Index([*names, county], name=schema.AREA_ID)
    frame = gpd.GeoDataFrame(
        {
            schema.GEOGRAPHY: [schema.AREAS_LEVEL] * len(names) + [schema.COUNTY_LEVEL],
            "name": index,
            "municipality": "05999001",
            "municipality_name": "Ort",
            "origin": "adopted",
            "status": "accepted",
        },
        geometry=[*squares, box(0, 0, 1e3 * SIDE, 1e3 * SIDE)],
        index=index,
        crs="EPSG:25832",
    )
    audit = Audit("differences", cells=len(table), published=int((~hidden).sum()), passed=True)
    policy = Policy("house", residents=300, denominator=30, k=3)
    return Release(table, frame, (indicator,), policy, audit, title="Kreis")


@pytest.fixture(scope="module")
def release() -> Release:
    return make_release()


@pytest.fixture(scope="module")
def now(release) -> pd.DataFrame:
    return early_warning(release)


def named(table: pd.DataFrame, numbers, direction: str, grades=NAMED) -> int:
    mine = table[table["area_id"].isin([area(number) for number in numbers])]
    return int(((mine["direction"] == direction) & mine["grade"].isin(grades)).sum())


def test_the_emerging_cluster_is_confirmed_within_three_years_and_not_before(release):
    before = [early_warning(release, until=f"{year}-12-31") for year in (2020, 2021)]
    assert [named(table, RISES, RISING) for table in before] == [0, 0]
    third = early_warning(release, until="2024-12-31")
    assert named(third, RISES, RISING, [str(Grade.CONFIRMED)]) == len(RISES)


def test_improvement_is_named_too_and_little_else(now):
    assert named(now, FALLS, FALLING, [str(Grade.CONFIRMED)]) == len(FALLS)
    others = now[~now["area_id"].isin([area(number) for number in (*RISES, *FALLS)])]
    assert (others["grade"] == str(Grade.CONFIRMED)).sum() <= 1
    assert (others["p"] <= 0.05).mean() <= 0.05


def test_rows_say_what_they_promise(release, now):
    assert tuple(now.columns) == WARNING_COLUMNS
    assert now["area_id"].is_unique
    row = now.set_index("area_id").loc[area(RISES[0])]
    assert (row["start"], row["date"], row["points"]) == ("2016-12-31", "2025-12-31", 10)
    assert "2022-12-31" <= row["signal"] <= "2024-12-31"
    assert row["slope"] > 0.3
    assert row["change_z"] > 3
    assert row["ewma"] > 3
    patterns = now["pattern"].iloc[list(RISES)]
    assert patterns.str.endswith("hot spot").any()
    assert now.equals(early_warning(release, seed=5))


def test_a_rise_of_the_whole_county_is_no_warning():
    def double(cases, people):
        cases *= np.linspace(1, 2, len(YEARS))
        np.round(cases, out=cases)

    table = early_warning(make_release(planted=False, change=double))
    assert not table["grade"].isin([str(Grade.CONFIRMED)]).any()


def test_what_is_good_rises_into_less_burden():
    table = early_warning(make_release(replace(RATE, polarity=-1)))
    assert named(table, RISES, FALLING, [str(Grade.CONFIRMED)]) == len(RISES)
    assert table.set_index("area_id").loc[area(RISES[0]), "ewma"] > 3


def test_gaps_short_and_silent_series_have_their_own_grades():
    def hide(cases, people):
        cases[0, :6] = np.nan
        cases[1, -2:] = np.nan
        cases[2, -1] = np.nan
        cases[3] = np.nan
        cases[4, 2:5] = np.nan

    table = early_warning(make_release(change=hide)).set_index("area_id")
    rows = table.loc[[area(number) for number in range(5)]]
    grades = [TOO_SHORT, str(Grade.NOT_PUBLISHED)]
    assert rows["grade"].tolist()[:2] == grades
    assert rows["grade"].iloc[3] == grades[1]
    assert rows["p"].isna().tolist() == [True, True, False, True, False]
    assert rows["points"].tolist() == [4, 8, 9, 0, 7]
    assert rows["date"].tolist()[1:4] == ["2023-12-31", "2024-12-31", ""]


def test_blocked_breaks_cut_and_marked_ones_are_told():
    blocked = replace(RATE, series_breaks=(SeriesBreak("2021-06-30", "block", "Neu.", "New."),))
    table = early_warning(make_release(blocked))
    assert set(table["start"]) == {"2021-12-31"}
    assert set(table["points"]) == {5}
    marked = replace(RATE, series_breaks=(SeriesBreak("2021-06-30", "mark", "Neu.", "New."),))
    release = make_release(marked)
    row = early_warning(release).iloc[RISES[0]]
    assert row["points"] == 10
    assert "30.06.2021" in warning_sentence(release, row, "de")


def test_series_of_less_than_five_points_bear_no_statement(release):
    table = early_warning(release, until="2019-12-31")
    assert set(table["grade"]) == {TOO_SHORT}
    said = warning_sentence(release, table.iloc[0], "de")
    assert "mindestens 5" in said
    assert "(vorhanden: 4)" in said


def test_sentences_hold_published_numbers_only(release, now):
    row = now.iloc[RISES[0]]
    said = warning_sentence(release, row, "de")
    frame = [release.frame("poor", f"{year}-12-31") for year in YEARS]
    rates = [f"{one.loc[area(RISES[0]), 'value']:.1f}".replace(".", ",") for one in frame]
    assert "steigt der Anteil stärker als im Kreis: von" in said
    assert f"auf {rates[-1]} %" in said
    assert any(f"von {rate} auf" in said for rate in rates[:-1])
    assert "gesichert" in said
    falling = warning_sentence(release, now.iloc[FALLS[0]], "en")
    assert "falling more than in the county" in falling
    quiet = now[now["grade"] == str(Grade.NONE)].iloc[0]
    assert "keine Veränderung" in warning_sentence(release, quiet, "de")


def test_the_order_of_rows_does_not_matter(release, now):
    turned = replace(release, table=release.table.iloc[::-1], areas=release.areas.iloc[::-1])
    pd.testing.assert_frame_equal(early_warning(turned), now, rtol=1e-9)


def test_wrong_wishes_are_refused(release):
    with pytest.raises(StatisticsError, match="zwischen 0 und 1"):
        early_warning(release, rate=0)
    with pytest.raises(IndicatorError, match="nobody"):
        early_warning(release, indicators=["nobody"])


def test_nothing_changes_and_hardly_anything_is_confirmed():
    sys.path.insert(0, str(TOOLS))
    try:
        from warning_worlds import WORLDS, false_alarms
    finally:
        sys.path.pop(0)
    for name in ("overdispersed", "households"):
        found = false_alarms(WORLDS[name], maps=100, rate=0.05)
        assert found["maps"] <= 0.07, name
        assert found["p005"] <= 0.005, name
        assert 0.005 <= found["p05"] <= 0.05, name


def test_a_finished_run_has_warnings_for_every_area(made):
    release = made.first.release
    table = early_warning(release, indicators=["sgb2", "bg"])
    areas = (release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL).sum()
    assert len(table) == 2 * areas
    assert table["p"].notna().any()
    assert table.loc[table["points"] < 5, "p"].isna().all()
    for _, row in table.iterrows():
        assert warning_sentence(release, row, "de").endswith(".")


def course(own, county, *, ewma, base=3_000.0) -> str:
    """Return what is said of an area with these rates beside these of the county."""
    rows = []
    for year, one, all_ in zip(range(2016, 2016 + len(own)), own, county, strict=True):
        for level, name, rate in (
            (schema.AREAS_LEVEL, area(0), one),
            (schema.COUNTY_LEVEL, "05999", all_),
        ):
            state = str(State.SUPPRESSED if np.isnan(rate) else State.VALUE)
            of = base if level == schema.AREAS_LEVEL else 9e5
            case = np.rint(rate * of / 100)
            rows.append((level, name, "poor", f"{year}-12-31", case, of, rate, state))
    known = make_release(planted=False)
    table = pd.DataFrame(rows, columns=known.table.columns)
    hidden = table["state"] != State.VALUE
    table.loc[hidden, ["numerator", "denominator", "value"]] = np.nan
    row = {"area_id": area(0), "indicator": "poor", "grade": "confirmed", "ewma": ewma}
    row |= {"start": "2016-12-31", "date": f"{2015 + len(own)}-12-31"}
    return warning_sentence(replace(known, table=table), row, "de")


@pytest.mark.parametrize(
    ("own", "county", "ewma", "words"),
    [
        # the rate stays as it is, also as it is written
        ([10.0] * 6, [10, 10, 10, 11, 12, 13], -3, "bleibt der Anteil gleich, während er im Kreis"),
        (
            [10.0] * 6,
            [10, 10, 10, 9, 8, 7],
            3,
            "bleibt der Anteil gleich, während er im Kreis sinkt",
        ),
        ([10.01] * 5 + [9.99], [10, 10, 10, 9, 8, 7], 3, "10,0 und 10,0 %"),
        # whichever year it begins with, the rates say the opposite, or nothing
        ([12, 11.5, 11, 10.5, 10.2, 10], [10.0] * 6, 3, "Zuletzt liegt der Anteil höher, als"),
        ([8, 8.5, 9, 9.5, 9.8, 10], [10.0] * 6, -3, "Zuletzt liegt der Anteil niedriger, als"),
        ([0.0] * 6, [10, 10, 10, 11, 12, 13], -3, "Zuletzt liegt der Anteil niedriger, als"),
        # without the county's rate nothing is said of its way
        ([10.0] * 6, [np.nan] * 6, 3, "Zuletzt liegt der Anteil höher, als"),
        # one missing rate of the county does not turn the words around
        ([10, 10, 10, 10, 10, 11], [10, np.nan, 10, 10, 10, 12], 3, "Zuletzt liegt der Anteil"),
        ([10, 10, 10, 11, 12, 13], [10.0] * 6, 3, "steigt der Anteil stärker als im Kreis"),
        ([10, 10, 10, 9, 8, 7], [10.0] * 6, -3, "sinkt der Anteil stärker als im Kreis"),
    ],
)
def test_the_words_fit_the_rates_as_they_are_written(own, county, ewma, words):
    assert words in course(own, county, ewma=ewma)


def test_dates_without_counts_are_no_part_of_the_sentence():
    known = make_release()
    row = early_warning(known).iloc[RISES[0]]
    table = known.table.copy()
    gone = (table["area_id"] == area(RISES[0])) & (table["date"] == "2018-12-31")
    table.loc[gone, ["numerator", "denominator"]] = np.nan
    said = warning_sentence(replace(known, table=table), row, "de")
    assert "steigt der Anteil stärker als im Kreis" in said


def test_an_indicator_watched_twice_is_one(release, now):
    assert len(early_warning(release, indicators=["poor", "poor"])) == len(now)
