"""Published numbers over reforms, small by hand and over the sample county."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sozialraum as sr
from reform import CELLS, plant
from registers import POLICY, SGB2, make_release
from sozialraum.config import read_config
from sozialraum.disclosure import protect
from sozialraum.errors import DisclosureError, IndicatorError, StatisticsError
from sozialraum.index.series import (
    BACKCAST_COLUMNS,
    SERIES_COLUMNS,
    backcast_release,
    breaks_between,
    series,
)
from sozialraum.model import Policy, Source
from sozialraum.model.definitions import SeriesBreak
from sozialraum.pipeline.runner import _Runner
from sozialraum.schema import State

CENSUS = Source("Statistisches Bundesamt", "Zensus 2022, Gitterzellen")
EARLY, LATE = "2023-12-31", "2025-12-31"
BEFORE = {"A": ("a1", "a2"), "B": ("b1",), "C": ("c1", "c2"), "D": ("d1",), "E": ("e1",)}
AFTER = {"AB": ("a1", "a2", "b1"), "C": ("c1",), "D": ("c2", "d1"), "E": ("e1",)}
PEOPLE = pd.Series({"a1": 50, "a2": 50, "b1": 80, "c1": 75, "c2": 25, "d1": 75, "e1": 10})
PUBLIC = {"weights": PEOPLE, "source": CENSUS}
SHOWN = {"A": (10, 100), "B": (20, 80), "C": (40, 101), "D": (6, 75), "E": State.SUPPRESSED}


def earlier(cells=None, **changes):
    return make_release(cells or SHOWN, BEFORE, date=EARLY, **changes)


def later(**changes):
    cells = {"AB": (35, 180), "C": (30, 75), "D": (16, 100), "E": (4, 90)}
    return make_release(cells, AFTER, date=LATE, **changes)


def carried(release=None, **options):
    found = backcast_release(release or earlier(), later(), **(PUBLIC | options))
    return found.set_index("area_id")


class TestBackcast:
    def test_merged_areas_are_exact(self):
        found = backcast_release(earlier(), later(), **PUBLIC)
        assert tuple(found.columns) == BACKCAST_COLUMNS
        row = found.set_index("area_id").loc["AB"]
        assert (row["numerator"], row["denominator"], row["value"]) == (30, 180, 17)
        assert (row["share_estimated"], row["date"]) == (0, EARLY)

    def test_what_was_split_is_shared_out_in_whole_numbers(self):
        table = carried()
        assert table.loc["C", ["numerator", "denominator"]].tolist() == [30, 76]
        assert table.loc["D", ["numerator", "denominator"]].tolist() == [16, 100]
        assert table.loc["C", "share_estimated"] == 1
        assert table.loc["D", "share_estimated"] == 0.25

    def test_totals_are_kept(self):
        table = carried()
        own = earlier().table
        assert table["numerator"].sum() == own["numerator"].sum()
        assert table["denominator"].sum() == own["denominator"].sum()

    def test_what_is_hidden_stays_hidden_with_all_it_is_part_of(self):
        table = carried(earlier(SHOWN | {"B": State.SUPPRESSED, "D": State.NOT_DELIVERED}))
        assert table.loc["AB", "state"] == State.SUPPRESSED
        assert table.loc["E", "state"] == State.SUPPRESSED
        assert table.loc["D", "state"] == State.NOT_DELIVERED
        hidden = table.loc[["AB", "D", "E"], ["numerator", "denominator", "value"]]
        assert hidden.isna().all(axis=None)
        assert table.loc["C", "numerator"] == 30

    @pytest.mark.parametrize(
        ("cell", "own"), [((6, 400), (0, 5)), ((394, 400), (5, 5)), ((8, 41), (0, 5))]
    )
    def test_estimates_below_a_threshold_are_not_shown(self, cell, own):
        """One case, two who are none, and a base of 15."""
        alone = AFTER | {"D": ("d1",), "E": ("e1", "c2")}
        cells = SHOWN | {"C": cell, "E": own}
        release = make_release({"AB": (1, 1)} | dict.fromkeys("CDE", (1, 1)), alone, date=LATE)
        table = backcast_release(earlier(cells), release, **PUBLIC).set_index("area_id")
        assert table.loc["E", "state"] == State.SUPPRESSED
        assert np.isnan(table.loc["E", "numerator"])
        assert table.loc["D", "state"] == State.VALUE

    def test_confidential_weights_are_refused(self):
        closed = Source("Meldeamt", "Melderegister", confidential=True)
        with pytest.raises(DisclosureError) as caught:
            carried(source=closed)
        assert caught.value.message == "series.weights_confidential"
        open_again = replace(closed, confidential=False)
        with pytest.raises(DisclosureError):
            carried(earlier(sources=(closed,)), source=open_again)

    def test_every_block_needs_a_weight(self):
        with pytest.raises(StatisticsError) as caught:
            carried(weights=PEOPLE.drop("d1"))
        assert caught.value.ids == ("d1",)

    def test_releases_for_different_readers_are_not_mixed(self):
        with pytest.raises(DisclosureError) as caught:
            carried(earlier(audience="committee"))
        assert caught.value.message == "series.audiences"

    def test_releases_without_blocks_cannot_be_carried_over(self):
        with pytest.raises(StatisticsError) as caught:
            carried(earlier(membership=None))
        assert caught.value.message == "series.no_membership"

    def test_indicators_that_count_something_else_are_no_series(self):
        other = earlier(indicators=(replace(SGB2, denominator="register.residents"),))
        assert carried(other).empty
        with pytest.raises(IndicatorError) as caught:
            carried(other, indicators=["sgb2"])
        assert "denominator" in caught.value.text("en")


class TestSeries:
    def test_stable_areas_hold_the_same_blocks(self):
        found = series([earlier(), later()], "sgb2")
        assert tuple(found.columns) == SERIES_COLUMNS
        assert found["area_id"].tolist() == ["E", "E"]
        assert found["state"].tolist() == [State.SUPPRESSED, State.VALUE]

    def test_unions_of_areas_compare_exactly(self):
        found = series([earlier(), later()], "sgb2", areas="common")
        assert found["area_id"].unique().tolist() == ["AB", "C+D", "E"]
        both = found[found["area_id"] == "C+D"]
        assert both["numerator"].tolist() == [46, 46]
        assert both["denominator"].tolist() == [176, 175]
        assert both["share_estimated"].tolist() == [0, 0]

    def test_all_areas_of_the_latest_release_with_estimates_before(self):
        found = series([earlier(), later()], "sgb2", areas="backcast", **PUBLIC)
        own = found[found["area_id"] == "D"]
        assert own["share_estimated"].tolist() == [0.25, 0]
        assert own["edition"].tolist() == [0, 1]
        with pytest.raises(StatisticsError) as caught:
            series([earlier(), later()], "sgb2", areas="backcast")
        assert caught.value.message == "series.no_weights"

    def test_a_date_of_both_is_taken_from_the_later_one(self):
        new = later()
        twice = new.table.assign(date=EARLY, numerator=9.0)
        both = replace(new, table=pd.concat([twice, new.table], ignore_index=True))
        found = series([earlier(), both], "sgb2", areas="common")
        assert found["edition"].unique().tolist() == [1]

    def test_breaks_are_marked_where_they_lie(self):
        breaks = (SeriesBreak("2024-01-01", "mark"), SeriesBreak("2025-12-31", "block"))
        broken = (replace(SGB2, series_breaks=breaks),)
        pair = [earlier(), later(indicators=broken)]
        assert series(pair, "sgb2")["break_"].tolist() == ["", "block"]
        marked = later(indicators=(replace(SGB2, series_breaks=breaks[:1]),))
        assert series([earlier(), marked], "sgb2")["break_"].tolist() == ["", "mark"]
        assert breaks_between(broken[0], LATE, "2026-12-31") == ()

    def test_pooled_years_never_overlap(self):
        three = {"indicators": (replace(SGB2, pool=3),)}
        found = series([earlier(**three), later(**three)], "sgb2", areas="common")
        assert found["date"].unique().tolist() == [LATE]
        two = {"indicators": (replace(SGB2, pool=2),)}
        found = series([earlier(**two), later(**two)], "sgb2", areas="common")
        assert found["date"].unique().tolist() == [EARLY, LATE]

    def test_one_release_needs_no_blocks(self):
        found = series(later(membership=None), "sgb2")
        own = later().table.set_index("area_id")
        assert found.set_index("area_id")["value"].equals(own["value"])

    def test_an_unknown_choice_is_named(self):
        with pytest.raises(StatisticsError) as caught:
            series(later(), "sgb2", areas="some")  # type: ignore[arg-type]
        assert caught.value.ids == ("some",)


def _all_large(areas):
    """Return areas that all count as large enough, so that nothing has to be hidden."""
    return replace(areas, frame=areas.frame.assign(passes=True))


class Reformed:
    """The small sample county at two dates with a reform between, through the gate."""

    names = ("u18", "a65")
    dates = ("2023-12-31", "2025-12-31")

    def __init__(self, project, work) -> None:
        runner = _Runner(read_config(project), None, work, None, None)
        made = runner.run("areas")
        assert made.blocks is not None
        assert made.areas is not None
        self.inputs, self.blocks = runner.inputs, made.blocks  # deliveries are read once
        self.reform = plant(self.blocks, made.areas)
        self.people = self.blocks.counts["residents"]
        self.source = Source("Statistisches Bundesamt", "Zensus 2022, Gitterzellen 100 m")
        open_policy = Policy("test", residents=0, denominator=0, k=1)
        before, after = (_all_large(one) for one in (made.areas, self.reform.areas))
        self.earlier = protect(self.measures(before, self.dates[0]), open_policy)
        self.later = protect(self.measures(after, self.dates[1]), open_policy)
        self.truth = protect(self.measures(after, self.dates[0]), open_policy)
        strict = self.inputs.policy
        self.gate = [
            protect(self.measures(areas, date), strict)
            for areas, date in zip((made.areas, self.reform.areas), self.dates, strict=True)
        ]

    def measures(self, areas, date):
        wanted = [one for one in self.inputs.indicators if one.id in self.names]
        return sr.measure(
            self.blocks, areas, wanted, self.inputs.deliveries, county="K", dates=[date]
        )

    def carried(self, name: str) -> pd.DataFrame:
        found = backcast_release(
            self.earlier, self.later, weights=self.people, source=self.source, indicators=[name]
        )
        return found.set_index("area_id")


@pytest.fixture(scope="module")
def county(small_county, tmp_path_factory):
    return Reformed(small_county, tmp_path_factory.mktemp("reform"))


class TestReformOfTheSampleCounty:
    def test_the_share_of_estimation_is_the_planted_one(self, county):
        found = county.carried("u18")["share_estimated"]
        planted = pd.Series(county.reform.estimated)
        assert found[planted.index].to_numpy() == pytest.approx(planted.to_numpy())
        assert 0 < planted[county.reform.taker] < 1
        assert (found.drop(planted.index) == 0).all()
        assert (county.reform.areas.membership == county.reform.taker).sum() > CELLS

    @pytest.mark.parametrize("name", Reformed.names)
    def test_totals_are_conserved(self, county, name):
        found, own = county.carried(name), county.earlier.frame(name)
        assert own["numerator"].notna().all()
        assert found["numerator"].sum() == own["numerator"].sum()
        assert found["denominator"].sum() == own["denominator"].sum()

    def test_areas_without_estimation_are_what_was_counted(self, county):
        found, truth = county.carried("a65"), county.truth.frame("a65")
        exact = found.index[found["share_estimated"] == 0]
        assert county.reform.merged[0] in exact
        for column in ("numerator", "denominator", "value"):
            assert found.loc[exact, column].tolist() == truth.loc[exact, column].tolist()

    def test_estimates_come_close_to_what_was_counted(self, county):
        found, truth = county.carried("u18"), county.truth.frame("u18")
        rough = found.index[found["share_estimated"] > 0]
        assert len(rough) == 4
        off = (found.loc[rough, "denominator"] - truth.loc[rough, "denominator"]).abs()
        assert (off < 0.25 * truth.loc[rough, "denominator"]).all()
        assert (off > 0).any()

    def test_the_series_goes_over_the_reform(self, county):
        pair = (county.earlier, county.later)
        stable = series(pair, "u18")
        common = series(pair, "u18", areas="common")
        touched = set(county.reform.estimated) | {county.reform.merged[1]}
        assert touched.isdisjoint(stable["area_id"])
        assert common["area_id"].nunique() == stable["area_id"].nunique() + 3
        assert "+".join(sorted(county.reform.split)) in set(common["area_id"])
        assert common["numerator"].notna().all()

    def test_the_gate_stays_closed(self, county):
        earlier, later = county.gate
        found = backcast_release(earlier, later, weights=county.people, source=county.source)
        hidden = earlier.table[earlier.table["state"] != State.VALUE]
        same = found.merge(hidden[["area_id", "indicator"]], on=["area_id", "indicator"])
        assert set(same["state"]) <= {State.SUPPRESSED}
        shown = found[found["state"] == State.VALUE]
        assert shown["denominator"].min() >= county.inputs.policy.denominator
        assert shown["numerator"].min() >= county.inputs.policy.k


def test_policies_are_both_kept():
    """The stricter of two policies decides what an estimate may look like."""
    strict = replace(POLICY, k=17)
    found = backcast_release(earlier(), later(policy=strict), **PUBLIC).set_index("area_id")
    assert found.loc["D", "state"] == State.SUPPRESSED
    assert found.loc["AB", "state"] == State.VALUE
