"""The catalogue that comes with the library: whole, in two languages, usable together."""

import re
from collections import Counter
from pathlib import Path

from sozialraum.indicators.computable import tally_themes
from sozialraum.indicators.pooled import check_pools
from sozialraum.model.themes import THEMES
from sozialraum.sources import catalogue, read_indicators, shipped_indicators

SHIPPED = shipped_indicators()


def test_it_covers_the_nine_themes_and_what_runs_across_them():
    tally = tally_themes(SHIPPED)
    assert set(tally.index) == set(THEMES)
    assert (tally[["burdens", "strengths", "context"]].sum(axis=1) >= 3).all()
    assert len(SHIPPED) >= 100
    # data against prejudice: every one of the nine themes has a strength
    assert (tally.loc[list(THEMES)[:9], "strengths"] >= 1).all()


def test_strengths_and_effects():
    assert sum(one.polarity == -1 for one in SHIPPED) >= 15
    effects = [one for one in SHIPPED if one.kind == "outcome"]
    assert len(effects) >= 8
    assert all(one.goal_de and one.goal_en for one in effects)
    assert all(one.target is None for one in SHIPPED)  # a target is the county's decision


def test_every_entry_says_what_and_who_is_counted_and_how_often():
    for one in SHIPPED:
        named = [one.numerator_de, one.numerator_en, one.numerator_source, one.rhythm]
        if one.is_rate:
            named += [one.denominator_de, one.denominator_en, one.denominator_source]
        assert all(named), one.id
        assert one.themes, one.id
        assert bool(one.note_de) == bool(one.note_en), one.id


def test_both_languages_say_something_of_their_own():
    pairs = [(one.label_de, one.label_en) for one in SHIPPED]
    pairs += [(one.note_de, one.note_en) for one in SHIPPED if one.note_de]
    pairs += [(one.numerator_de, one.numerator_en) for one in SHIPPED]
    assert [pair for pair in pairs if pair[0] == pair[1]] == []
    for language in ("de", "en"):
        labels = Counter(one.label(language) for one in SHIPPED)
        assert [label for label, times in labels.items() if times > 1] == []


def test_counts_have_names_that_deliveries_can_carry():
    for one in SHIPPED:
        for reference in (one.numerator, one.denominator or "", one.behind or ""):
            for name in filter(None, reference.split("|")):
                assert re.fullmatch(r"[a-z]\w*(\.[a-z]\w*)?", name), one.id


def test_small_cohorts_are_pooled_and_care_is_standardised():
    by_id = {one.id: one for one in SHIPPED}
    assert {one.pool for one in SHIPPED if one.numerator.startswith("seu.")} == {3}
    care = by_id["pflegequote_std"]
    assert care.standard == "indirect"
    assert [by_id[s].part_of for s in care.strata] == ["pflegequote"] * 3
    check_pools(SHIPPED)  # all of them could be used in one county


def test_parts_differ_from_their_wholes_and_are_pooled_alike():
    by_id = {one.id: one for one in SHIPPED}
    for one in SHIPPED:
        if one.part_of:
            assert by_id[one.part_of].pool == one.pool, one.id
            assert one.numerator != by_id[one.part_of].numerator, one.id


def test_the_census_is_declared_where_other_years_are_divided_by_it():
    for one in SHIPPED:
        if one.denominator_day == "05-15" and one.numerator_day != "05-15":
            assert one.denominator_date == "2022-05-15", one.id


def test_it_is_read_once_and_is_the_file():
    assert shipped_indicators() is SHIPPED
    file = Path(catalogue.__file__).with_name("indicators") / "katalog.toml"
    assert read_indicators(file) == SHIPPED
