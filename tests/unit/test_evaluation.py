"""What interventions changed, computed from published values; and how it is told."""

import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sozialraum.errors import DisclosureError, IndicatorError, StatisticsError
from sozialraum.evaluation import evaluate, evaluation_sentences
from sozialraum.evaluation.told import told_of
from sozialraum.files.wording import number
from sozialraum.model import Intervention
from sozialraum.model.definitions import SeriesBreak

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
try:
    from effect_worlds import setting, world
finally:
    sys.path.pop(0)

JARGON = re.compile(
    r"\bp\b|Placebo|Pretrend|DiD|signifikan|kausal|Konfidenz|nan|None", re.IGNORECASE
)


@pytest.fixture(scope="module")
def helped():
    """Return a world in which something helped, and what it truly changed."""
    return world(5, 4, 0.6, "compact")


@pytest.fixture(scope="module")
def found(helped):
    release, one, _ = helped
    return evaluate(release, [one], "sgb2")


def row_of(evaluation, name="M"):
    effects = evaluation.effects
    return effects[effects["intervention"] == name].iloc[0]


def with_indicator(release, **changes):
    return replace(release, indicators=(replace(release.indicators[0], **changes),))


def hidden(release, where):
    """Return a release in which some values are not published."""
    table = release.table.copy()
    table.loc[where(table), ["numerator", "denominator", "value"]] = np.nan
    table.loc[where(table), "state"] = "suppressed"
    return replace(release, table=table)


def test_a_strong_effect_is_found_and_its_interval_holds_the_truth(helped, found):
    row = row_of(found)
    assert row["verdict"] == "effect"
    assert row["lower"] < helped[2] < row["upper"] < 0
    assert (row["treated"], row["before"], row["after"]) == (4, 6, 4)
    assert row["p"] < 0.01


def test_paths_say_how_rates_and_differences_belong_together(helped, found):
    paths = found.paths
    after = paths["date"] >= helped[1].start
    gap = paths["treated"] - paths["controls"]
    expected = gap - gap[~after].mean()
    assert paths["difference"].to_numpy() == pytest.approx(expected.to_numpy())
    assert paths.loc[after, "difference"].mean() == pytest.approx(row_of(found)["effect"])
    own = helped[0].table
    own = own[own["area_id"].isin(helped[1].areas)]
    people = own.groupby("area_id")["denominator"].mean()
    rate = own.assign(rate=100 * own["numerator"] / own["denominator"])
    rates = rate.pivot_table(index="date", columns="area_id", values="rate")
    plain = rates @ (people / people.sum())
    assert paths.set_index("date")["treated"].to_numpy() == pytest.approx(plain.to_numpy())


def test_matches_name_controls_away_from_every_intervention(helped):
    release, one, _ = helped
    other = Intervention("N", "N", ("Q000", "Q001"), "2020-01-01")
    found = evaluate(release, [one, other], "sgb2")
    shapes = release.areas.geometry
    done = shapes.loc[[*one.areas, *other.areas]].union_all()
    touching = set(shapes.index[shapes.intersects(done)])
    own = found.matches[found.matches["intervention"] == "M"]
    assert set(own["area_id"]) == set(one.areas)
    assert not set(own["control"]) & touching
    assert (own["distance"] >= 0).all()


def test_the_order_of_rows_does_not_matter_and_nothing_is_changed(helped, found):
    release, one, _ = helped
    before = release.table.copy()
    mixed = replace(
        release,
        table=release.table.sample(frac=1, random_state=1).reset_index(drop=True),
        areas=release.areas.sample(frac=1, random_state=2),
    )
    again = evaluate(mixed, [replace(one, areas=one.areas[::-1])], "sgb2")
    pd.testing.assert_frame_equal(again.effects, found.effects)
    pd.testing.assert_frame_equal(again.paths, found.paths)
    pd.testing.assert_frame_equal(release.table, before)


def test_another_seed_changes_little(helped, found):
    other = row_of(evaluate(helped[0], [helped[1]], "sgb2", seed=7))
    assert other["effect"] == row_of(found)["effect"]
    assert other["lower"] != row_of(found)["lower"]
    assert other["lower"] == pytest.approx(row_of(found)["lower"], abs=0.3)


def test_of_a_strength_more_is_better(helped, found):
    release, one, _ = helped
    turned = evaluate(with_indicator(release, polarity=-1), [one], "sgb2")
    assert row_of(turned)["verdict"] == "opposite"
    assert row_of(turned)["effect"] == row_of(found)["effect"]
    assert "ungünstiger" in evaluation_sentences(turned, "de")["M"]
    assert "günstiger als erwartet und passt" in evaluation_sentences(found, "de")["M"]


def test_a_break_that_blocks_ends_the_series(helped):
    release, one, _ = helped
    later = with_indicator(release, series_breaks=(SeriesBreak("2024-01-01"),))
    assert row_of(evaluate(later, [one], "sgb2"))["after"] == 2
    early = with_indicator(release, series_breaks=(SeriesBreak("2018-01-01"),))
    assert row_of(evaluate(early, [one], "sgb2"))["before"] == 4
    between = with_indicator(release, series_breaks=(SeriesBreak("2021-06-01"),))
    row = row_of(evaluate(between, [one], "sgb2"))
    assert (row["verdict"], row["before"]) == ("no data", 1)


def test_a_break_that_is_marked_is_told(helped):
    release, one, _ = helped
    marked = with_indicator(release, series_breaks=(SeriesBreak("2023-01-01", "mark"),))
    evaluation = evaluate(marked, [one], "sgb2")
    assert row_of(evaluation)["after"] == 4
    assert "01.01.2023" in evaluation_sentences(evaluation, "de")["M"]


def test_years_before_and_the_end_limit_what_is_compared(helped):
    release, one, _ = helped
    few = row_of(evaluate(release, [one], "sgb2", years=4))
    assert (few["before"], few["after"]) == (4, 4)
    ended = replace(one, end="2023-06-30")
    assert row_of(evaluate(release, [ended], "sgb2"))["after"] == 2


def test_years_added_up_must_not_hold_the_start(helped):
    release, one, _ = helped
    pooled = with_indicator(release, pool=3)
    row = row_of(evaluate(pooled, [one], "sgb2"))
    # years 2020-2022 and 2021-2023 hold years before and after
    assert (row["before"], row["after"]) == (6, 2)


def test_values_that_are_not_published_take_no_part(helped):
    release, one, _ = helped
    gone = one.areas[0]

    def most(table):
        return (table["area_id"] == gone) & (table["date"] > "2017")

    found = evaluate(hidden(release, most), [one], "sgb2")
    assert row_of(found)["treated"] == 3
    assert gone not in set(found.matches["area_id"])
    assert "1 von 4" in evaluation_sentences(found, "de")["M"]
    one_gap = hidden(release, lambda t: (t["area_id"] == gone) & (t["date"] == "2024-12-31"))
    assert row_of(evaluate(one_gap, [one], "sgb2"))["treated"] == 4
    nothing = hidden(release, lambda table: ~table["area_id"].isin(one.areas))
    blank = evaluate(nothing, [one], "sgb2")
    assert row_of(blank)["verdict"] == "no data"
    assert row_of(blank)[["effect", "smallest", "p"]].isna().all()
    assert blank.paths.empty


def test_what_could_not_be_seen_comes_without_any_effect(helped):
    release, one, _ = helped
    found = evaluate(release, [one], "sgb2", plausible=0.01)
    row = row_of(found)
    assert row["verdict"] == "too small"
    assert row[["effect", "lower", "upper", "p"]].isna().all()
    assert found.paths[["difference", "lower", "upper"]].isna().all(axis=None)
    told = evaluation_sentences(found, "de")["M"]
    assert re.findall(r"\d+,\d+", told) == [number(row["smallest"], 1, "de")]


def test_another_course_before_is_not_comparable(helped):
    release, one, _ = helped
    table = release.table.copy()
    own = table["area_id"].isin(one.areas)
    for step, year in enumerate(range(2016, 2022)):
        at = own & (table["date"] == f"{year}-12-31")
        table.loc[at, "numerator"] *= 1 + 0.5 * (step % 2)
    found = evaluate(replace(release, table=table), [one], "sgb2")
    assert row_of(found)["verdict"] == "not comparable"
    assert np.isnan(row_of(found)["effect"])
    assert "vor dem Beginn anders" in evaluation_sentences(found, "de")["M"]


def test_interventions_in_the_same_area_are_listed_and_told(helped):
    release, one, _ = helped
    other = Intervention("N", "Lesepaten", (one.areas[1], "Q000"), "2023-05-01", "2024-04-30")
    past = Intervention("P", "Treff", one.areas[:1], "2015-01-01", "2015-12-31")
    found = evaluate(release, [one, other, past], "sgb2")
    assert found.overlaps.to_numpy().tolist() == [
        [one.areas[1], "M", "N", "2023-05-01", "2024-04-30"]
    ]
    told = evaluation_sentences(found, "de")
    assert "In 1 Gebiet lief zugleich „Lesepaten“" in told["M"]
    assert "lief zugleich" not in told["P"]
    assert list(told) == ["M", "N", "P"]


def test_only_interventions_meant_to_change_the_indicator_are_evaluated(helped):
    release, one, _ = helped
    other = Intervention("N", "N", ("Q000",), "2022-01-01", indicators=("anderes",))
    found = evaluate(release, [one, other], "sgb2")
    assert found.effects["intervention"].tolist() == ["M"]
    with pytest.raises(StatisticsError) as caught:
        evaluate(release, [other], "sgb2")
    assert caught.value.message == "effects.none_meant"


def test_shares_without_counts_are_compared_too(helped):
    release, one, _ = helped
    bare = replace(release, table=release.table.assign(numerator=np.nan, denominator=np.nan))
    row = row_of(evaluate(bare, [one], "sgb2"))
    assert row["lower"] < helped[2] < row["upper"]


def test_kinds_of_settlement_choose_controls(helped):
    release, one, _ = helped
    kinds = pd.Series("rural", index=release.areas.index)
    kinds[list(one.areas)] = "town"
    kinds.iloc[::3] = "town"
    share = []
    for given in (None, kinds):
        matches = evaluate(release, [one], "sgb2", settlement=given).matches
        share.append((kinds[matches["control"]] == "town").mean())
    assert share[1] > share[0] + 0.1


@pytest.mark.parametrize(
    ("changes", "options", "message"),
    [
        ({"id": "M"}, {}, "effects.twice"),
        ({"areas": ("Q000", "X1")}, {}, "effects.unknown_areas"),
        ({}, {"controls": 0}, "effects.options"),
        ({}, {"years": 0}, "effects.options"),
        ({}, {"plausible": 0.0}, "effects.options"),
    ],
)
def test_faults_are_told(helped, changes, options, message):
    release, one, _ = helped
    other = replace(Intervention("N", "N", ("Q000",), "2022-01-01"), **changes)
    with pytest.raises(StatisticsError) as caught:
        evaluate(release, [one, other], "sgb2", **options)
    assert caught.value.message == message
    assert caught.value.text("de") != caught.value.text("en")


def test_counts_and_context_have_no_direction(helped):
    release, one, _ = helped
    for changes in ({"polarity": 0}, {"denominator": None}):
        with pytest.raises(IndicatorError) as caught:
            evaluate(with_indicator(release, **changes), [one], "sgb2")
        assert caught.value.message == "effects.no_direction"
    with pytest.raises(DisclosureError):
        evaluate(release.table, [one], "sgb2")


def test_an_intervention_cannot_end_before_it_starts():
    with pytest.raises(StatisticsError) as caught:
        Intervention("M", "M", ("a",), "2022-01-01", "2021-12-31")
    assert "M" in caught.value.text("de")


@pytest.mark.parametrize("factor", [0.6, 1.0, 1.6])
def test_sentences_are_plain_and_claim_no_cause(factor):
    release, one, _ = world(5, 4, factor, "compact")
    found = evaluate(release, [one], "sgb2")
    german, english = (evaluation_sentences(found, language)["M"] for language in ("de", "en"))
    assert german != english
    assert not JARGON.search(german)
    assert not re.search(r"\b(caused|significant|placebo|pretrend|nan)\b", english)
    shown = number(abs(row_of(found)["effect"]), 1, "de")
    if row_of(found)["verdict"] == "none found":
        assert "nicht zu erkennen" in german
        assert shown not in german
    else:
        assert ("niedriger" if factor < 1 else "höher") in german
        assert shown in german
        assert "dahinterstehen" in german


def test_everything_told_is_known_to_the_check_of_files(found):
    told = told_of(found)
    for language in ("de", "en"):
        assert set(evaluation_sentences(found, language).values()) <= told.texts
    assert row_of(found)["smallest"] in told.numbers[""]
    assert not told.cells


def test_a_unit_of_its_own_is_told(helped):
    release, one, _ = helped
    unit = with_indicator(release, unit_de="je 100", unit_en="per 100")
    told = evaluation_sentences(evaluate(unit, [one], "sgb2"), "de")["M"]
    assert "je 100" in told
    assert "Prozentpunkte" not in told


def test_worlds_without_effect_are_left_in_peace_and_effects_are_seen():
    calm = setting(10, 4, 1.0, "compact")
    assert calm["effect"] <= 0.1
    assert calm["covered"] >= 0.75
    moved = setting(4, 4, 0.6, "compact")
    assert moved["effect"] >= 0.75
    assert moved["smallest"] > 0


def test_an_indicator_that_is_unknown_is_named(helped):
    with pytest.raises(IndicatorError):
        evaluate(helped[0], [helped[1]], "nichts")
