"""The gate: rules for single counts, hiding what could be derived, the release itself."""

import datetime as dt
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from counts import DATE, indicator, make_measures, policy
from sozialraum import schema
from sozialraum.disclosure import protect
from sozialraum.errors import DisclosureError
from sozialraum.model import Indicator, Release
from sozialraum.model.release import RELEASE_COLUMNS
from sozialraum.schema import State

A = indicator("a")
SIGNED = {"decided_by": "KT", "decided_on": "2025-01-01", "dpo_consulted_on": "2024-12-01"}


def release(values, sizes, bases=None, the_policy=None, **options) -> Release:
    """Protect one indicator `a`."""
    indicators = options.pop("indicators", [A])
    numbers = {
        i.id: {DATE: values[i.id] if isinstance(values, dict) else values} for i in indicators
    }
    given = bases if isinstance(bases, dict) else {"a": bases}
    measures = make_measures(numbers, indicators, sizes, denominators=given, **options)
    return protect(measures, the_policy or policy(3))


def states(found: Release, name: str = "a") -> dict[str, str]:
    rows = found.table[found.table["indicator"] == name]
    return dict(zip(rows["area_id"], rows["state"], strict=True))


def small(found: Release, name: str = "a") -> list[str]:
    """Return the states of the small areas, in order."""
    known = states(found, name)
    return [known[key] for key in found.areas.index if "-Q" in key]


SHOWN, HIDDEN = State.VALUE, State.SUPPRESSED
BASE = [100.0] * 8


class TestSingleCounts:
    def test_counts_and_complements_below_k_are_hidden(self):
        found = release([0, 2, 3, 97, 98, 100, 50, 50], [8], BASE)
        assert small(found) == [SHOWN, HIDDEN, SHOWN, SHOWN, HIDDEN, HIDDEN, SHOWN, SHOWN]

    def test_a_protected_zero_is_hidden_too(self):
        found = release(
            [0, 0, 30, 40], [4], BASE[:4], indicators=[indicator("a", zero_sensitive=True)]
        )
        assert small(found)[:2] == [HIDDEN, HIDDEN]
        assert HIDDEN in small(found)[2:]  # otherwise both zeros could be derived

    def test_without_denominator_only_the_count_matters(self):
        found = release([2, 3, 0, 40, 1], [5], None, indicators=[indicator("a", None)])
        assert small(found) == [HIDDEN, SHOWN, SHOWN, SHOWN, HIDDEN]
        shown = found.table[found.table["state"] == SHOWN]
        assert (shown["value"] == shown["numerator"]).all()
        assert shown["denominator"].isna().all()

    def test_areas_need_residents(self):
        people = [299.0, 300.0, 500.0, 100.0]
        found = release([20, 20, 20, 20], [4], BASE[:4], policy(3, residents=300), residents=people)
        assert small(found) == [HIDDEN, SHOWN, SHOWN, HIDDEN]

    def test_unknown_residents_hide(self):
        people = [np.nan, 300.0, 500.0, 400.0]
        found = release([20] * 4, [4], BASE[:4], policy(3, residents=300), residents=people)
        assert small(found)[0] == HIDDEN
        free = release([20] * 4, [4], BASE[:4], policy(3), residents=people)
        assert small(free) == [SHOWN] * 4

    def test_areas_that_fail_a_minimum_are_hidden(self):
        passes = [f"05999001-Q0{i}" for i in (2, 3, 4)]
        found = release([20] * 4, [4], BASE[:4], passes=passes)
        assert small(found)[0] == HIDDEN

    def test_rates_need_a_denominator(self):
        found = release([10] * 4, [4], [29.0, 30.0, 100.0, 20.0], policy(3, denominator=30))
        assert small(found) == [HIDDEN, SHOWN, SHOWN, HIDDEN]

    def test_persons_need_households_behind_them(self):
        behind = {"a": [2, 3, 9, 0]}
        found = release(
            [9, 9, 9, 0], [4], BASE[:4], indicators=[indicator("a", behind="d.h")], behind=behind
        )
        assert small(found)[0] == HIDDEN
        assert small(found)[3] == SHOWN  # nobody needs no household
        assert HIDDEN in small(found)[1:3]

    def test_the_largest_minimum_counts(self):
        found = release([9, 8, 12, 40], [4], BASE[:4], minimum=10)
        assert small(found) == [HIDDEN, HIDDEN, SHOWN, SHOWN]
        health = policy(3, k_by_sensitivity={"health": 5})
        found = release(
            [4, 3, 5, 40], [4], BASE[:4], health, indicators=[indicator("a", sensitivity="health")]
        )
        assert small(found) == [HIDDEN, HIDDEN, SHOWN, SHOWN]


class TestOneMark:
    def test_every_reason_shows_the_same_mark(self):
        people = [1000.0, 10.0, 1000.0, 1000.0, 1000.0, 1000.0]
        values = ["*", 30, 2, 30, 40, None]
        found = release(
            values,
            [6],
            BASE[:6],
            policy(3, residents=100),
            residents=people,
            minimum=3,
            totals={"a": [150]},
        )
        assert small(found)[:3] == [HIDDEN] * 3
        assert small(found)[5] == State.NOT_DELIVERED
        hidden = found.table[found.table["state"] != SHOWN]
        assert hidden[["numerator", "denominator", "value"]].isna().all(axis=None)

    def test_a_missing_denominator_is_not_a_mark(self):
        measures = make_measures({"a": {DATE: [20, 30]}}, [A], [2], denominators={"a": [50, 60]})
        table = measures.table.copy()
        first = table["area_id"] == "05999001-Q01"
        table.loc[first, "denominator"] = np.nan
        table.loc[first, "denominator_state"] = str(State.NOT_DELIVERED)
        found = protect(replace(measures, table=table), policy(3))
        assert small(found) == [State.NOT_DELIVERED, SHOWN]


class TestNothingCanBeDerived:
    def test_one_hidden_area_gets_the_cheapest_company(self):
        found = release([2, 20, 20, 20], [4], [100.0, 90.0, 50.0, 80.0])
        assert small(found) == [HIDDEN, SHOWN, HIDDEN, SHOWN]
        assert states(found)["05999001"] == SHOWN
        assert (found.audit.primary, found.audit.secondary) == (1, 1)

    def test_two_hidden_areas_that_add_up_to_less_than_k_get_company(self):
        found = release([1, 1, 20, 20], [4], BASE[:4])
        assert small(found).count(HIDDEN) == 3

    def test_two_hidden_areas_that_add_up_to_k_are_enough(self):
        found = release([2, 1, 20, 20], [4], BASE[:4])
        assert small(found) == [HIDDEN, HIDDEN, SHOWN, SHOWN]

    def test_a_tiny_area_cannot_hide_a_count_of_its_neighbour(self):
        # the second area has a single inhabitant: 2 of the 3 hidden ones are in the first
        found = release([2, 1, 20, 20], [4], [100.0, 1.0, 90.0, 95.0])
        assert small(found) == [HIDDEN, HIDDEN, HIDDEN, SHOWN]

    def test_a_municipality_with_one_area_hides_its_total_and_another_one(self):
        found = release([2, 20, 30, 40, 50], [1, 2, 2], [100.0, 90.0, 80.0, 200.0, 300.0])
        known = states(found)
        assert known["05999001"] == HIDDEN
        assert known["05999002"] == HIDDEN
        assert known["05999003"] == SHOWN
        assert known["05999"] == SHOWN
        assert known["05999002-Q02"] == HIDDEN
        assert known["05999002-Q01"] == SHOWN

    def test_an_area_too_thin_to_show_is_not_given_by_subtraction(self):
        people = [50.0, 1000.0, 1000.0]
        found = release([20, 20, 20], [3], BASE[:3], policy(3, residents=300), residents=people)
        assert small(found).count(HIDDEN) == 2

    def test_people_without_address_are_a_small_count_too(self):
        found = release([20, 30, 40], [3], BASE[:3], totals={"a": [91]})
        assert small(found).count(HIDDEN) == 1
        found = release([20, 30, 40], [3], BASE[:3], totals={"a": [95]})
        assert small(found) == [SHOWN] * 3

    def test_a_suppliers_mark_is_not_undone(self):
        found = release(["*", 20, 30], [3], BASE[:3], minimum=10, totals={"a": [55]})
        assert small(found)[0] == HIDDEN
        assert small(found).count(HIDDEN) == 2

    def test_two_marks_that_give_each_other_away_get_company(self):
        found = release(["*", "*", 20, 30], [4], BASE[:4], minimum=10, totals={"a": [68]})
        assert small(found).count(HIDDEN) == 3

    def test_an_area_not_delivered_is_not_given_by_subtraction(self):
        found = release([None, 20, 30], [3], BASE[:3], totals={"a": [52]})
        assert small(found)[0] == State.NOT_DELIVERED
        assert small(found).count(HIDDEN) == 1


class TestLinkedIndicators:
    def test_what_one_indicator_hides_the_other_does_not_show(self):
        other = Indicator("b", "d.a", "wide", "b", "b")
        values = {"a": [2, 20, 30], "b": [2, 20, 30]}
        bases = {"a": BASE[:3], "b": [500.0] * 3}
        found = release(values, [3], bases, indicators=[A, other])
        assert small(found, "a") == small(found, "b")

    def test_a_denominator_does_not_show_a_hidden_numerator(self):
        part = Indicator("b", "d.b", "d.a", "b", "b")
        values = {"a": [40, 41, 90, 95], "b": [10, 10, 10, 10]}
        bases = {"a": [42.0, 200.0, 200.0, 200.0], "b": [40.0, 41.0, 90.0, 95.0]}
        found = release(values, [4], bases, indicators=[A, part])
        assert small(found, "a").count(HIDDEN) == 2
        for own, other in zip(small(found, "a"), small(found, "b"), strict=True):
            assert own == SHOWN or other == HIDDEN

    def test_a_published_whole_does_not_bound_a_hidden_part(self):
        part = indicator("b", "base_b", part_of="a", sensitivity="health")
        strict = policy(3, k_by_sensitivity={"health": 10})
        values = {"a": [4, 30, 40, 50], "b": [2, 20, 20, 20]}
        bases = {"a": BASE[:4], "b": BASE[:4]}
        found = release(values, [4], bases, strict, indicators=[A, part])
        assert small(found, "b")[0] == HIDDEN
        assert small(found, "a")[0] == HIDDEN  # 4 persons would leave at most 4 children

    def test_categories_that_fill_a_denominator_are_hidden_together(self):
        values = {"a": [2, 20, 30, 40], "b": [98, 80, 70, 60]}
        bases = {"a": BASE[:4], "b": BASE[:4]}
        found = release(values, [4], bases, indicators=[A, indicator("b")])
        assert small(found, "a") == small(found, "b")
        assert small(found, "a").count(HIDDEN) == 2

    def test_hidden_linked_counts_are_checked_by_programmes(self):
        part = indicator("b", "base_b", part_of="a")
        values = {"a": [2, 2, 30, 40], "b": [1, 2, 9, 30]}
        bases = {"a": BASE[:4], "b": [50.0] * 4}
        found = release(values, [4], bases, indicators=[A, part])
        assert found.audit.checks["linear programme"] > 0
        assert set(found.audit.checks) == {"closed form", "linear programme"}


class TestRelease:
    @pytest.fixture
    def found(self):
        return release([2, 57, 30, 40, 50], [3, 2], [100.0, 199.0, 150.0, 300.0, 600.0])

    def test_numbers_are_those_delivered(self, found):
        table = found.table.set_index("area_id")
        assert list(found.table.columns) == list(RELEASE_COLUMNS)
        row = table.loc["05999002-Q02"]
        assert (row["numerator"], row["denominator"], row["value"]) == (50, 600, 8.3)
        assert table.loc["05999", ["numerator", "denominator"]].tolist() == [179, 1349]

    def test_rates_of_small_denominators_are_whole(self, found):
        table = found.table.set_index("area_id")
        assert table.loc["05999001-Q02", "value"] == 29

    def test_areas_of_all_levels_carry_names_and_shapes(self, found):
        areas = found.areas
        assert areas["geography"].value_counts().to_dict() == {
            schema.AREAS_LEVEL: 5,
            schema.MUNICIPALITY_LEVEL: 2,
            schema.COUNTY_LEVEL: 1,
        }
        assert areas.loc["05999001-Q01", "municipality_name"] == "Ort 1"
        assert areas.loc["05999", "name"] == "Musterkreis"
        assert areas.loc["05999", "geometry"].area == pytest.approx(5e6)
        assert areas.crs.to_epsg() == 25832

    def test_the_audit_counts_cells(self, found):
        audit = found.audit
        assert audit.passed
        assert audit.cells == 8
        assert audit.published + audit.primary + audit.secondary == 8
        assert "Geprüft gegen" in audit.model

    def test_unsigned_or_expired_policies_make_drafts(self):
        measures = make_measures({"a": {DATE: [20, 30]}}, [A], [2], denominators={"a": [50, 60]})
        signed = policy(3, **SIGNED, valid_until="2026-06-30")
        assert protect(measures, policy(3)).draft
        assert not protect(measures, signed, on=dt.date(2026, 6, 30)).draft
        assert protect(measures, signed, on=dt.date(2026, 7, 1)).draft

    def test_the_audience_is_kept(self):
        measures = make_measures({"a": {DATE: [20, 30]}}, [A], [2], denominators={"a": [50, 60]})
        assert protect(measures, policy(3)).audience == "public"
        assert protect(measures, policy(3), audience="05999001").audience == "05999001"

    def test_measures_are_left_alone(self):
        measures = make_measures({"a": {DATE: [2, 30, 9]}}, [A], [3], denominators={"a": BASE[:3]})
        before = measures.table.copy()
        protect(measures, policy(3))
        pd.testing.assert_frame_equal(measures.table, before)


class TestRefusals:
    def test_contradictions_are_refused_without_counts(self):
        measures = make_measures({"a": {DATE: [20, 7654]}}, [A], [2], denominators={"a": [50, 60]})
        with pytest.raises(DisclosureError) as error:
            protect(measures, policy(3))
        assert error.value.message == "disclosure.exceeds"
        assert "7654" not in str(error.value)

    def test_fractions_are_refused(self):
        measures = make_measures({"a": {DATE: [20.5, 30]}}, [A], [2], denominators={"a": [50, 60]})
        with pytest.raises(DisclosureError, match="ganze Zahlen"):
            protect(measures, policy(3))

    def test_a_county_of_one_area_shows_nothing(self):
        found = release([2], [1], [100.0])
        assert set(states(found).values()) == {HIDDEN}


SCRIPT = """
import sys
sys.path.insert(0, {tests!r})
from counts import DATE, indicator, make_measures, policy
from sozialraum.disclosure import protect
values = {{"a": {{DATE: [2, 5, 30, 1, 20, 9, 2, 7]}}, "b": {{DATE: [1, 4, 9, 1, 2, 9, 2, 6]}}}}
indicators = [indicator("a"), indicator("b", part_of="a")]
bases = {{"a": [40] * 8, "b": [20] * 8}}
found = protect(make_measures(values, indicators, [3, 2, 3], denominators=bases), policy(3))
print(found.table.to_csv())
"""


def test_the_hash_seed_does_not_matter():
    script = SCRIPT.format(tests=str(Path(__file__).parents[1]))
    outputs = set()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, check=True
        )
        outputs.add(done.stdout)
    assert len(outputs) == 1


def test_a_county_takes_seconds():
    """600 areas, 10 indicators, 10 dates; four of them parts of others."""
    random = np.random.default_rng(11)
    sizes = [int(s) for s in random.multinomial(581, np.full(19, 1 / 19)) + 1]
    n = sum(sizes)
    people = random.integers(200, 3000, n).astype(float)
    names = [f"i{j}" for j in range(10)]
    parts = {"i1": "i0", "i2": "i1", "i4": "i3", "i6": "i5"}
    indicators = [indicator(name, f"base{name}", part_of=parts.get(name)) for name in names]
    numbers, bases = {}, {}
    for name in names:
        whole = parts.get(name)
        bases[name] = np.round(people * random.uniform(0.1, 0.8)) if whole is None else bases[whole]
        numbers[name] = {}
        for year in range(2016, 2026):
            date = f"{year}-12-31"
            limit = bases[name] if whole is None else numbers[whole][date]
            numbers[name][date] = random.binomial(limit.astype(int), 0.12 if whole is None else 0.5)
    measures = make_measures(numbers, indicators, sizes, denominators=bases, residents=people)
    start = time.process_time()
    found = protect(measures, policy(3, residents=300, denominator=30))
    assert time.process_time() - start < 10
    assert found.audit.cells == 10 * 10 * (n + 20)
    assert found.audit.share_published > 0.6


def test_counts_suppressed_together_with_their_denominators_can_be_protected():
    """Nothing at all is known of two areas: a range without an upper end is no finding."""
    measures = make_measures(
        {"a": {DATE: [0, 2, 30, 40]}}, [A], [4], denominators={"a": BASE[:4]}, minimum=5
    )
    table = measures.table.copy()
    unknown = table["area_id"].str.endswith(("Q01", "Q02")) | (table["geography"] != "sozialraum")
    table.loc[unknown, ["numerator", "denominator", "numerator_high"]] = np.nan
    table.loc[unknown, "numerator_low"] = 0.0
    table.loc[unknown, ["numerator_state", "denominator_state"]] = str(State.SUPPLIER)
    found = protect(replace(measures, table=table), policy(3))
    assert small(found) == [HIDDEN, HIDDEN, SHOWN, SHOWN]
