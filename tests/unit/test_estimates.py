"""An estimate passes no threshold: not in blocks, not as a minimum, not at the gate."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from counts import indicator as named
from counts import make_areas, make_blocks, make_delivery, policy
from sozialraum.areas.minima import demands_of
from sozialraum.blocks import build_blocks
from sozialraum.disclosure import protect
from sozialraum.disclosure.hidden import find_hidden
from sozialraum.errors import DelineationError
from sozialraum.indicators import measure
from sozialraum.model import Layer, Policy, Source
from sozialraum.schema import State

HALVES = [box(0, 0, 100, 100), box(100, 0, 200, 100)]


def districts(estimates=(), **columns):
    index = pd.Index(["d1", "d2"], name="district")
    frame = gpd.GeoDataFrame(columns, geometry=HALVES, crs=25832, index=index)
    source = Source("Stadt", "Bezirke")
    return Layer(frame, "district", source, additive=tuple(columns), estimates=tuple(estimates))


@pytest.fixture
def town():
    index = pd.Index(["05999001"], name="ags")
    shape = [box(0, 0, 200, 100)]
    frame = gpd.GeoDataFrame({"name": ["Ort"]}, geometry=shape, crs=25832, index=index)
    return Layer(frame, "ags", Source("Land", "Gemeinden"))


class TestBlocks:
    def test_a_carried_count_shapes_no_areas_by_itself(self, town):
        layer = districts(["residents"], residents=[120.0, 80.0], dwellings=[60.0, 40.0])
        made = build_blocks(layer, nest_in=town)
        assert made.design == ("dwellings",)
        assert made.estimates == ("residents",)
        assert any("residents" in note and "geschätzt" in note for note in made.notes)

    def test_nor_when_the_caller_asks_for_it(self, town):
        layer = districts(["residents"], residents=[120.0, 80.0])
        with pytest.raises(DelineationError) as caught:
            build_blocks(layer, nest_in=town, design=["residents"])
        assert caught.value.message == "blocks.design_estimated"
        assert caught.value.ids == ("residents",)

    def test_nor_after_some_arithmetic(self, town):
        layer = districts(["adults"], adults=[90.0, 60.0], children=[30.0, 20.0])
        derived = {"residents": "adults + children", "households": "0.5 * residents"}
        made = build_blocks(layer, nest_in=town, derived=derived)
        assert made.design == ()
        assert set(made.estimates) == {"adults", "residents", "households"}
        with pytest.raises(DelineationError):
            build_blocks(layer, nest_in=town, derived=derived, design=["households"])

    def test_nor_out_of_the_register(self, town):
        rows = [("area", d, "residents", 50.0) for d in ("d1", "d2")]
        rows += [("area", d, "residents", 40.0, "2024-12-31") for d in ("d1", "d2")]
        register = make_delivery("register", rows, geography="district", estimates=("residents",))
        layer = districts(dwellings=[60.0, 40.0])
        made = build_blocks(layer, nest_in=town, register=register, register_date="all")
        assert made.design == ("dwellings",)
        assert set(made.estimates) == {"residents", "residents@2024-12-31"}

    def test_a_formula_over_counts_may(self, town):
        """Such as dwellings out of buildings: whoever writes it answers for it."""
        layer = districts(buildings=[60.0, 40.0])
        derived = {"dwellings": "1.5 * buildings"}
        made = build_blocks(layer, nest_in=town, derived=derived, estimates=["dwellings"])
        assert made.design == ("dwellings",)
        assert made.estimates == ("dwellings",)


class TestMinima:
    @pytest.fixture
    def blocks(self):
        made = make_blocks([2], {"residents": [120, 80], "u15": [9, 5]}, estimates=["residents"])
        return replace(made, design=("u15",))

    def test_an_estimate_meets_no_minimum(self, blocks):
        with pytest.raises(DelineationError) as caught:
            demands_of(blocks, Policy("house", residents=100, denominator=30, k=3))
        assert caught.value.message == "areas.estimated"
        assert caught.value.ids == ("residents",)

    def test_a_policy_cannot_allow_it(self, blocks):
        house = Policy("house", 0, 30, 3, minima={"residents": 100}, design=("residents",))
        with pytest.raises(DelineationError, match="residents"):
            demands_of(blocks, house)

    def test_the_blocks_can(self, blocks):
        allowed = replace(blocks, design=("residents",))
        found = demands_of(allowed, Policy("house", residents=100, denominator=30, k=3))
        assert found.names == ["residents"]


AREAS = 4


class TestGate:
    """Four areas of one block each: 40 of an estimated 100 voters everywhere."""

    def measures(self, residents=None, *, estimated=("voters",), **options):
        counts = {} if residents is None else {"residents": residents}
        blocks = make_blocks([AREAS], counts)
        areas = make_areas(blocks)
        rows = [("area", a, n, v) for a in areas.frame.index for n, v in (("came", 40.0),)]
        rows += [("area", a, "voters", 100.0) for a in areas.frame.index]
        delivery = make_delivery("wahl", rows, estimates=estimated)
        turnout = named("turnout", options.pop("denominator", "wahl.voters"), **options)
        turnout = replace(turnout, numerator="wahl.came")
        return measure(blocks, areas, [turnout], [delivery], county="Kreis")

    def shown(self, measures, **thresholds):
        release = protect(measures, policy(3, **thresholds))
        keys = list(measures.areas.frame.index)
        return (release.table.set_index("area_id").loc[keys, "state"] == State.VALUE).tolist()

    def test_true_residents_must_pass_too(self):
        found = self.measures([200, 200, 20, 20])
        assert found.barred == ("turnout",)
        assert self.shown(found, denominator=30) == [True, True, False, False]

    def test_an_estimate_that_is_too_small_is_hidden_all_the_same(self):
        assert self.shown(self.measures([900] * AREAS), denominator=101) == [False] * AREAS

    def test_what_the_catalogue_calls_an_estimate_may_have_an_estimated_denominator(self):
        found = self.measures([200, 200, 20, 20], estimated=(), estimate=True)
        assert found.barred == ("turnout",)
        assert self.shown(found, denominator=30) == [True, True, False, False]

    def test_where_nobody_knows_the_residents_nothing_is_shown(self):
        assert self.shown(self.measures(), denominator=30) == [False] * AREAS

    def test_a_denominator_that_was_counted_passes(self):
        found = self.measures(estimated=())
        assert found.barred == ()
        assert self.shown(found, denominator=30) == [True] * AREAS

    def test_an_alternative_that_is_estimated_is_enough(self):
        found = self.measures([200] * AREAS, denominator="residents|wahl.voters")
        assert found.barred == ("turnout",)

    def test_what_the_catalogue_calls_an_estimate_is_one(self):
        found = self.measures([200, 200, 20, 20], estimated=(), estimate=True)
        assert found.barred == ("turnout",)
        assert self.shown(found, denominator=30) == [True, True, False, False]

    def test_the_reason_is_the_denominator(self):
        measures = self.measures([200, 200, 20, 20])
        found = find_hidden(measures, protect(measures, policy(3, denominator=30)))
        reason = dict(zip(protect_keys(measures), found.reason[0], strict=False))
        assert [reason[key] for key in measures.areas.frame.index][2:] == ["denominator"] * 2

    def test_estimated_households_protect_nobody(self):
        blocks = make_blocks([AREAS], {"residents": [200.0] * AREAS})
        areas = make_areas(blocks)
        counts = {"came": 40.0, "voters": 100.0, "homes": 30.0}
        rows = [("area", a, n, v) for a in areas.frame.index for n, v in counts.items()]
        asked = replace(named("turnout", "wahl.voters"), numerator="wahl.came", behind="wahl.homes")
        for estimates, expected in (((), True), (("homes",), False)):
            delivery = make_delivery("wahl", rows, estimates=estimates)
            found = measure(blocks, areas, [asked], [delivery])
            assert self.shown(found) == [expected] * AREAS

    def test_estimated_residents_are_no_residents(self):
        blocks = make_blocks([AREAS], {"residents": [900] * AREAS}, estimates=["residents"])
        areas = make_areas(blocks)
        rows = [("area", a, "came", 40.0) for a in areas.frame.index]
        counted = replace(named("came", None), numerator="wahl.came")
        found = measure(blocks, areas, [counted], [make_delivery("wahl", rows)])
        assert found.table["residents"].isna().all()
        assert self.shown(found, residents=300) == [False] * AREAS
        known = replace(blocks, estimates=())
        found = measure(known, areas, [counted], [make_delivery("wahl", rows)])
        assert self.shown(found, residents=300) == [True] * AREAS

    def test_whatever_rests_on_an_estimate_says_so(self):
        found = self.measures([200] * AREAS, estimated=("came",))
        assert found.barred == ()
        assert [i.estimate for i in found.indicators] == [True]
        assert not self.measures([200] * AREAS, estimated=()).indicators[0].estimate


def protect_keys(measures):
    """Return the keys of a release of measures in their order."""
    return list(protect(measures, policy(3)).areas.index.astype(str))


def test_a_denominator_the_planner_estimates_and_allows_passes():
    """Dwellings by a formula, named under design=: the planner answers for them."""
    values = {"vacant": [9.0] * AREAS, "dwellings": [100.0] * AREAS}
    blocks = make_blocks([AREAS], values, estimates=["dwellings"])
    vacancy = replace(named("vacancy", "dwellings"), numerator="vacant")
    for design, barred in ((("dwellings",), ()), ((), ("vacancy",))):
        found = measure(replace(blocks, design=design), make_areas(blocks), [vacancy])
        assert found.barred == barred
        assert found.indicators[0].estimate
    assert np.isnan(found.table["residents"].to_numpy(float)).all()
