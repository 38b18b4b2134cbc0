"""What protection costs, and why each hidden value is hidden."""

import json
from dataclasses import replace

import numpy as np
import pytest
from test_geographies import further
from test_joint import POLICY, overlapping

from counts import DATE, indicator, make_areas, make_blocks, make_measures, policy
from sozialraum.disclosure import protect
from sozialraum.disclosure.hidden import explain_suppression
from sozialraum.disclosure.sheet import Withheld
from sozialraum.disclosure.utility import LEAST, LEAST_FOR_MEAN, explain_utility
from sozialraum.disclosure.utility_text import utility_lines, utility_table
from sozialraum.errors import DisclosureError
from sozialraum.indicators import measure
from sozialraum.model import Indicator
from sozialraum.model.policy import Protection
from sozialraum.schema import State

A = indicator("a")
KEY = bytes(range(16))
UNIT, OTHER = "05999001", "05999002"
ROUNDED = Protection("random-rounding", base=5)
KEYED = Protection("cell-key", max_deviation=4, variance=2.0)


def one(values, sizes, bases=None, indicators=(A,), **options):
    """Return measures of indicators with the same counts."""
    found = {i.id: {DATE: values} for i in indicators}
    bases = [100.0] * len(values) if bases is None else bases
    below = {i.id: bases for i in indicators}
    return make_measures(found, list(indicators), sizes, denominators=below, **options)


def large(seed: int = 4):
    """Return measures with enough hidden values of either kind."""
    random = np.random.default_rng(seed)
    values = random.choice([0, 1, 2, 3, 8, 20], 80, p=[0.1, 0.15, 0.1, 0.15, 0.2, 0.3])
    several = [indicator(name) for name in "abc"]
    return one(values.tolist(), [8] * 10, indicators=several)


def reasons(measures, the_policy, **options) -> dict[str, str]:
    table = explain_suppression(measures, the_policy, **options)
    return dict(zip(table["area_id"], table["reason"], strict=True))


def part(utility, geography):
    (found,) = [one for one in utility.geographies if one.geography == geography]
    return found


class TestUtility:
    def test_cells_and_people_are_told_by_geography(self):
        measures = one([0, 1, 2, 50], [4], [100.0, 200.0, 300.0, 400.0])
        release = protect(measures, policy(3))
        utility = explain_utility(measures, release)
        small, county = part(utility, "sozialraum"), part(utility, "kreis")
        assert (small.areas, small.cells, small.published, small.hidden) == (4, 4, 2, 2)
        assert small.universe == 0.5
        assert small.share == 0.5
        assert (county.published, county.universe, county.share) == (1, 1.0, 1.0)
        assert utility.overall.universe == round(2500 / 3000, 3)
        assert utility.overall.areas == 6

    def test_residents_stand_for_people_where_there_is_no_denominator(self):
        plain = indicator("a", None)
        measures = make_measures(
            {"a": {DATE: [2, 2, 50, 60]}}, [plain], [4], residents=[10.0, 20.0, 30.0, 40.0]
        )
        utility = explain_utility(measures, protect(measures, policy(3)))
        assert part(utility, "sozialraum").universe == 0.7

    def test_it_says_what_the_audit_says(self):
        measures = large()
        release = protect(measures, policy(3))
        whole, audit = explain_utility(measures, release).overall, release.audit
        assert (whole.cells, whole.published) == (audit.cells, audit.published)
        assert (whole.primary, whole.secondary) == (audit.primary, audit.secondary)
        assert whole.ratio == audit.secondary / audit.primary
        assert audit.secondary >= LEAST

    def test_why_is_told_only_where_it_fits_many_and_does_not_follow_by_subtraction(self):
        few = one([0, 1, 2, 50], [4])
        utility = explain_utility(few, protect(few, policy(3)))
        assert part(utility, "sozialraum").hidden > 0
        assert part(utility, "sozialraum").primary is None
        assert utility.overall.secondary is None
        # nothing is hidden there, and that can be seen
        assert part(utility, "kreis").primary == 0
        many = large()
        utility = explain_utility(many, protect(many, policy(3)))
        silent = [one for one in utility.geographies if one.primary is None]
        told = [one for one in utility.geographies if one.primary is not None]
        for kind in ("primary", "secondary"):
            rest = getattr(utility.overall, kind) - sum(getattr(one, kind) for one in told)
            assert rest >= LEAST if silent else rest == 0

    def test_overlapping_geographies(self):
        measures = overlapping(2)
        utility = explain_utility(measures, protect(measures, POLICY))
        names = [one.geography for one in utility.geographies]
        assert names == ["sozialraum", "gemeinde", "kreis", "schools", "votes"]
        schools = part(utility, "schools")
        assert schools.areas == len(measures.others[0].frame)
        assert schools.cells == schools.areas
        assert 0 < schools.published < schools.cells
        total = sum(one.published for one in utility.geographies)
        assert utility.overall.published == total

    def test_what_was_not_agreed_stands_apart(self):
        measures = one([20] * 8, [4, 4])
        release = protect(measures, policy(3), withheld=[Withheld(UNIT)])
        small = part(explain_utility(measures, release), "sozialraum")
        assert (small.cells, small.withheld) == (8, 4)
        assert small.published + small.hidden == 4
        assert small.universe == small.published / 8
        states = release.table.set_index("area_id")["state"]
        assert (states == State.NOT_RELEASED).sum() == 5

    def test_nothing_delivered_is_no_cell(self):
        measures = one([None] * 4 + [20] * 4, [4, 4])
        utility = explain_utility(measures, protect(measures, policy(3)))
        assert part(utility, "sozialraum").cells == 4
        assert part(utility, "kreis").cells == 0
        assert part(utility, "kreis").share == part(utility, "kreis").universe == 0.0

    @pytest.mark.parametrize("protection", [ROUNDED, KEYED])
    def test_errors_of_changed_counts(self, protection):
        measures = large()
        release = protect(measures, policy(3, protection=protection), key=KEY)
        utility = explain_utility(measures, release)
        rows = release.table[release.table["state"] == State.VALUE]
        keyed = ["area_id", "indicator", "date"]
        truth = measures.table.set_index(keyed)["numerator"]
        shown = rows.set_index(keyed)["numerator"]
        error = (shown - truth.loc[shown.index]).abs()
        assert 0 < error.max() <= utility.overall.largest_error == 4
        assert utility.overall.mean_error == pytest.approx(error.mean(), abs=0.05)
        # three values of the county are too few for a mean
        assert part(utility, "kreis").published < LEAST_FOR_MEAN
        assert part(utility, "kreis").mean_error is None

    def test_counts_as_they_are_have_no_error(self):
        measures = large()
        overall = explain_utility(measures, protect(measures, policy(3))).overall
        assert (overall.mean_error, overall.largest_error) == (None, None)

    def test_row_order_changes_nothing(self):
        measures = overlapping(3)
        release = protect(measures, POLICY)
        mixed = replace(release, table=release.table.sample(frac=1, random_state=1))
        other = replace(measures, table=measures.table.sample(frac=1, random_state=2))
        assert explain_utility(other, mixed) == explain_utility(measures, release)

    def test_a_release_of_other_measures_is_refused(self):
        release = protect(one([20] * 4, [4]), policy(3))
        with pytest.raises(DisclosureError, match="nicht aus diesen Zahlen"):
            explain_utility(one([20] * 4, [4], indicators=[indicator("b")]), release)
        with pytest.raises(DisclosureError, match="nicht aus diesen Zahlen"):
            explain_utility(one([20] * 4, [4], indicators=[A, indicator("b")]), release)


class TestTexts:
    def test_table_and_lines_in_both_languages(self):
        measures = overlapping(2)
        utility = explain_utility(measures, protect(measures, POLICY))
        german = utility_table(utility, "de", {"schools": "Schulbezirke"})
        assert "Schulbezirke" in german
        assert "votes" in german
        assert "Zusammen" in german
        rows = german.splitlines()[:7]
        assert len({len(row) for row in rows}) == 1
        english = utility_table(utility, "en")
        assert "Municipalities" in english
        assert "error" not in english
        lines = utility_lines(utility, "en")
        assert lines[0].startswith(f"Published: {utility.overall.published} of ")
        assert lines[2].count("%") == 5

    def test_errors_have_columns_of_their_own(self):
        measures = large()
        release = protect(measures, policy(3, protection=ROUNDED), key=KEY)
        told = utility_table(explain_utility(measures, release), "de")
        assert "Abweichung im Mittel" in told

    def test_json_is_plain(self):
        measures = large()
        utility = explain_utility(measures, protect(measures, policy(3)))
        found = json.loads(json.dumps(utility.as_json()))
        assert found["method"] == "suppression"
        assert found["overall"]["share"] == round(utility.overall.share, 3)
        assert [one["geography"] for one in found["geographies"]] == [
            "sozialraum",
            "gemeinde",
            "kreis",
        ]
        assert "% published" in repr(utility)
        assert "cells published" in utility._repr_html_()


class TestReasons:
    def test_each_rule_has_its_name(self):
        values = [2, 98, 20, 20, 20, 20, 20]
        bases = [100.0, 100.0, 100.0, 29.0, 100.0, 100.0, 100.0]
        people = [500.0, 500.0, 100.0, 500.0, np.nan, 500.0, 500.0]
        passes = [f"{UNIT}-Q0{i}" for i in (1, 2, 3, 4, 5, 7)]
        measures = one(values, [7], bases, residents=people, passes=passes)
        # the municipality has unknown residents, too
        found = reasons(measures, policy(3, residents=300, denominator=30))
        assert [found.get(f"{UNIT}-Q0{i}") for i in range(1, 8)] == [
            "count",
            "rest",
            "residents",
            "denominator",
            "residents",
            "minimum",
            None,
        ]

    def test_households_zeros_marks_and_company(self):
        homes = indicator("a", behind="d.h", zero_sensitive=True)
        measures = one(
            [9, 0, "*", 40, 50, 60],
            [6],
            indicators=[homes],
            behind={"a": [2, 0, 0, 9, 9, 9]},
            minimum=4,
        )
        found = reasons(measures, policy(3))
        assert found[f"{UNIT}-Q01"] == "households"
        assert found[f"{UNIT}-Q02"] == "zero"
        assert found[f"{UNIT}-Q03"] == "supplier"
        assert found[UNIT] == "supplier"

    def test_what_follows_from_others_is_secondary(self):
        table = explain_suppression(one([1, 20, 30, 40], [4]), policy(3), language="en")
        assert table["reason"].tolist() == ["count", "secondary"]
        assert table["explanation"].iloc[1].startswith("Follows from others")
        assert table["geography"].tolist() == ["sozialraum", "sozialraum"]
        assert table["name"].iloc[0] == "Gebiet Q01"
        assert table[["indicator", "date"]].drop_duplicates().to_numpy().tolist() == [["a", DATE]]

    def test_not_agreed_goes_before_everything_else(self):
        measures = one([1, 20, 20, 20] * 2, [4, 4])
        found = reasons(measures, policy(3), withheld=[Withheld(UNIT, "a")])
        assert {found[f"{UNIT}-Q0{i}"] for i in range(1, 5)} == {"not agreed"}
        assert found[f"{OTHER}-Q01"] == "count"

    def test_every_hidden_value_of_every_geography_has_a_row_and_no_count(self):
        measures = overlapping(2)
        release = protect(measures, POLICY)
        table = explain_suppression(measures, POLICY)
        hidden = release.table[release.table["state"] == State.SUPPRESSED]
        assert set(table["area_id"]) == set(hidden["area_id"])
        assert len(table) == len(hidden)
        assert {"sozialraum", "schools"} <= set(table["geography"])
        assert not table.select_dtypes("number").columns.size
        assert not table["explanation"].str.contains(r"\d").any()

    def test_small_counts_may_be_shown_where_they_are_changed(self):
        measures = one([1, 20, 30, 40] * 3, [12])
        found = reasons(measures, policy(3, protection=ROUNDED), key=KEY)
        assert "count" not in found.values()

    def test_a_missing_denominator_is_told(self):
        blocks = make_blocks([4], {"residents": [50.0] * 4, "poor": [20.0] * 4})
        wanted = [Indicator("a", "poor", "residents", "a", "a")]
        measures = measure(
            blocks,
            make_areas(blocks),
            wanted,
            others=[further(blocks, ["S1", "S1", "S2", "S2"])],
            residents="residents",
        )
        table = measures.table.copy()
        gone = table["area_id"] == f"{UNIT}-Q01"
        table.loc[gone, "denominator"] = np.nan
        table.loc[gone, "denominator_state"] = str(State.SUPPLIER)
        found = reasons(replace(measures, table=table), POLICY)
        assert found[f"{UNIT}-Q01"] == "no denominator"


def test_an_audit_of_changed_counts_adds_up():
    measures = one([1, 20, 30, 40] * 3, [12], residents=[9.0] + [500.0] * 11)
    audit = protect(measures, policy(3, residents=300, protection=KEYED), key=KEY).audit
    assert audit.published + audit.primary + audit.secondary == audit.cells
    assert audit.primary >= 1


def test_what_a_supplier_suppressed_stays_hidden_where_counts_are_changed():
    # its own total gives the mark away; a release does not repeat it
    measures = one(["*", 20, 30, 40], [4], totals={"a": [95]}, minimum=10)
    release = protect(measures, policy(3, protection=KEYED), key=KEY)
    rows = release.table.set_index("area_id")["state"]
    assert rows[f"{UNIT}-Q01"] == State.SUPPRESSED
