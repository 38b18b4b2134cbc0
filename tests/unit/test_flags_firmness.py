"""How firm flags are: counted again, with other neighbours and borders; and the family."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from test_flags import BASE, SIDE, N, corner, hot_corner, release

from counts import DATE, indicator
from sozialraum.errors import DisclosureError, StatisticsError
from sozialraum.flags import expected_false, flag
from sozialraum.flags.evidence import Engine, evidence
from sozialraum.flags.firmness import stability
from sozialraum.flags.samples import Sample, sample, surroundings
from sozialraum.methods.contiguity import nearest_neighbours
from sozialraum.methods.funnel import funnel
from sozialraum.methods.recount import recounted
from sozialraum.schema import Grade

FLAGGED = ["confirmed", "notable", "hint"]
ROW, COLUMN = np.divmod(np.arange(N), SIDE)
GRAPH = nearest_neighbours(np.column_stack([ROW, COLUMN]), 8, symmetric=True)
KEYS = [f"a{i:03d}" for i in range(N)]


@pytest.fixture(scope="module")
def flags():
    lonely = hot_corner()
    lonely[-1] = 80
    return flag(release({"a": lonely, "b": hot_corner(seed=5, hot=0.13)}))


class TestStability:
    def test_every_finding_has_one_and_nothing_else_has(self, flags):
        found = flags.table["grade"].isin(FLAGGED)
        assert found.any()
        assert flags.table.loc[found, "stability"].between(0, 1).all()
        assert flags.table.loc[~found, "stability"].isna().all()
        named = flags.areas["grade"].isin(FLAGGED)
        assert (flags.areas["stability"].notna() == named).all()

    def test_what_is_sure_stands_out_again_and_a_hint_mostly_does_not(self, flags):
        table = flags.table[flags.table["indicator"] == "a"]
        inner = table.set_index("area_id").loc[corner(flags).index]
        assert (inner["stability"] > 0.95).all()
        hints = flags.table[flags.table["grade"] == Grade.HINT]
        assert hints["stability"].mean() < 0.5

    def test_of_several_indicators_the_firmest_counts(self, flags):
        area = corner(flags).index[0]
        behind = flags.areas.loc[area, "indicators"].split(", ")
        rows = flags.table[(flags.table["area_id"] == area)]
        rows = rows[rows["indicator"].isin(behind)]
        assert flags.areas.loc[area, "stability"] == rows["stability"].max()
        assert flags.areas.loc[area, "kept"] == rows["kept"].max()

    def test_flags_without_it_are_refused(self, flags):
        bare = flags.areas.assign(stability=np.nan)
        with pytest.raises(StatisticsError, match="nie ohne seine Stabilität"):
            replace(flags, areas=bare)
        with pytest.raises(StatisticsError, match="05999001-Q01"):
            replace(flags, table=flags.table.assign(stability=np.nan))

    def test_the_share_meets_what_new_counts_of_known_rates_give(self):
        """Three worlds, ten new counts each: 0.1 apart on average over all findings."""
        told, come = [], []
        for world in range(3):
            random = np.random.default_rng(world)
            risk = np.where((ROW < 4) & (COLUMN < 4), 0.13, random.normal(0.08, 0.008, N))
            first = _sample(random.binomial(BASE, risk))
            areas = pd.Index(KEYS)
            table = evidence([first], areas, 0.05, Engine())
            told.append(stability([first], table, areas, rate=0.05, seed=0))
            again = [
                evidence([_sample(random.binomial(BASE, risk))], areas, 0.05, Engine("pool"))
                for _ in range(10)
            ]
            come.append(np.mean([_found_again(table, one) for one in again], axis=0))
        told, come = np.concatenate(told), np.concatenate(come)
        found = ~np.isnan(told)
        assert found.sum() > 60
        assert abs(told[found].mean() - come[found].mean()) < 0.1
        assert np.corrcoef(told[found], come[found])[0, 1] > 0.8


def _sample(count: np.ndarray) -> Sample:
    base = np.full(N, float(BASE))
    return Sample("x", "d", pd.Index(KEYS), count, base, funnel(count, base), 1, GRAPH)


def _found_again(first: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    firm = first["grade"].isin(FLAGGED[:2]).to_numpy()
    again = np.where(firm, other["grade"].isin(FLAGGED[:2]), other["grade"].isin(FLAGGED))
    return again & (np.sign(first["z"]) == np.sign(other["z"])).to_numpy()


class TestRecounts:
    def test_row_order_does_not_matter_and_the_seed_does(self):
        count, base = hot_corner(), np.full(N, BASE)
        order = np.random.default_rng(1).permutation(N)
        turned = GRAPH[order][:, order]
        one = recounted(count, base, GRAPH, keys=KEYS, draws=5)
        two = recounted(count[order], base[order], turned, keys=[KEYS[i] for i in order], draws=5)
        np.testing.assert_array_equal(two, one[order])
        other = recounted(count, base, GRAPH, keys=KEYS, draws=5, seed=1)
        assert (other != one).mean() > 0.8

    def test_whole_numbers_of_people(self):
        new = recounted(hot_corner(), np.full(N, BASE), GRAPH, keys=KEYS, draws=20)
        assert (new == np.rint(new)).all()
        assert ((new >= 0) & (new <= BASE)).all()

    def test_single_extremes_are_drawn_back_and_groups_are_not(self):
        """32 of 400 is usual: one area of 60 goes back, sixteen together stay."""
        random = np.random.default_rng(2)
        alone, together = random.binomial(BASE, 0.08, (2, N))
        alone[70] = 50
        together[(ROW < 4) & (COLUMN < 4)] = 50
        one = recounted(alone, np.full(N, BASE), GRAPH, keys=KEYS).mean(axis=1)
        many = recounted(together, np.full(N, BASE), GRAPH, keys=KEYS).mean(axis=1)
        assert 34 < one[70] < 48.5
        assert 48.5 < many[(ROW < 3) & (COLUMN < 3)].mean() < 51

    def test_the_same_risk_everywhere_is_seen_as_such(self):
        """New counts of 144 areas of one risk scatter like the binomial law, no wider."""
        count = np.random.default_rng(3).binomial(BASE, 0.1, N)
        new = recounted(count, np.full(N, BASE), GRAPH, keys=KEYS)
        assert new.std() < 1.15 * np.sqrt(BASE * 0.1 * 0.9)

    def test_households_widen_new_counts(self):
        count = np.random.default_rng(4).binomial(BASE, 0.1, N)
        plain = recounted(count, np.full(N, BASE), GRAPH, keys=KEYS)
        wide = recounted(count, np.full(N, BASE), GRAPH, keys=KEYS, overdispersion=3.0)
        ratio = wide.std(axis=1).mean() / plain.std(axis=1).mean()
        assert 1.4 < ratio < 1.9


class TestNearest:
    def test_grades_with_six_nearest_areas(self, flags):
        table = flags.table.set_index("area_id")
        inner = table[table["indicator"] == "a"].loc[corner(flags).index]
        assert (inner["knn_grade"] == Grade.CONFIRMED).all()
        assert set(table["knn_grade"]) <= {*FLAGGED, "none"}
        assert (table["knn_grade"] != table["grade"]).any()

    def test_an_island_has_nearest_neighbours(self):
        from test_flags import moved

        key = "05999006-Q06"
        found = flag(moved(release({"a": hot_corner()}), key, 1e6))
        row = found.table.set_index("area_id").loc[key]
        assert row["grade"] == Grade.NO_NEIGHBOURS
        assert row["knn_grade"] == Grade.NONE


class TestKept:
    def test_findings_are_tried_on_other_zonings(self, flags):
        assert flags.zonings >= 20
        found = flags.table["grade"].isin(FLAGGED)
        assert flags.table.loc[~found, "kept"].isna().all()
        inner = flags.table.set_index("area_id").loc[corner(flags).index]
        assert (inner.loc[inner["indicator"] == "a", "kept"] > 0.9).all()


class TestFamily:
    def test_what_chance_explains_of_every_grade(self, flags):
        told = expected_false(flags)
        assert list(told.index) == FLAGGED
        assert told["findings"].tolist() == [(flags.table["grade"] == g).sum() for g in FLAGGED]
        assert told["areas"].tolist() == [(flags.areas["grade"] == g).sum() for g in FLAGGED]
        p = flags.table[["p_rate", "p_moran", "p_gi"]].to_numpy()
        cut = p.ravel()[np.argsort(p.ravel())][told.loc["confirmed", "tests"] - 1]
        assert told["tests"].sum() == (p <= max(0.05, cut)).sum()
        assert told.loc["confirmed", "expected"] == 0.05 * told.loc["confirmed", "tests"]
        assert told["expected"].sum() == pytest.approx(
            0.05 * told.loc["confirmed", "tests"] + flags.tests * (max(0.05, cut) - cut)
        )

    def test_without_structure_all_findings_are_explained(self):
        quiet = flag(release({"a": np.random.default_rng(1).binomial(BASE, 0.1, N)}))
        told = expected_false(quiet)
        assert told.loc["confirmed"].tolist() == [0, 0, 0, 0]
        assert told.loc["notable", "expected"] == pytest.approx(0.005 * quiet.tests)
        assert told.loc["hint", "expected"] == pytest.approx(0.045 * quiet.tests)


class TestWarnings:
    def test_a_single_date_warns_of_nothing(self, flags):
        assert not flags.warnings["grade"].isin(FLAGGED).any()
        assert (flags.areas["warning"] == "").all()

    def test_without_warnings(self):
        found = flag(release({"a": hot_corner()}, [indicator("a")]), warnings=False)
        assert found.warnings.empty
        assert (found.areas["warning"] == "").all()


@pytest.fixture(scope="module")
def halves():
    whole = release({"a": hot_corner()})
    chosen = [_columns(whole, 1, 3), _columns(whole, 4, SIDE)]
    return [
        replace(
            whole,
            areas=whole.areas[keys],
            table=whole.table[whole.table["area_id"].isin(whole.areas.index[keys])],
            membership=None,
        )
        for keys in chosen
    ]


class TestRing:
    """The western part of a county whose eastern part is another release."""

    def test_neighbours_outside_take_part_and_are_never_tested(self, halves):
        west, east = halves
        alone, ringed = flag(west), flag(west, ring=east)
        assert set(ringed.table["area_id"]) == set(alone.table["area_id"])
        assert ringed.tests == alone.tests
        one, other = (f.table.set_index("area_id") for f in (alone, ringed))
        # the rates and their place in the county's funnel stay as they are
        pd.testing.assert_series_equal(one["z"], other["z"])
        pd.testing.assert_series_equal(one["p_rate"], other["p_rate"])
        border = "05999002-Q03"
        assert one.loc[border, "gi_star"] != other.loc[border, "gi_star"]

    def test_areas_at_the_border_see_the_whole_neighbourhood(self, halves):
        """With the ring around, Moran's lag at the border is that of the whole county."""
        west, east = halves
        areas = west.areas[west.areas["geography"] == "sozialraum"].sort_index()
        graph, ring = surroundings(areas, east)
        assert ring is not None
        assert len(ring.areas) == SIDE  # the next column, no further
        one = sample(west, "a", DATE, areas.index, graph, ring=ring)
        inner = [str(key).endswith("Q02") and str(key)[5:8] == "002" for key in one.areas]
        border = [str(key).endswith("Q03") and str(key)[5:8] == "002" for key in one.areas]
        assert one.neighbours[inner].tolist() == one.neighbours[border].tolist() == [8]

    def test_a_ring_far_away_changes_nothing(self, halves):
        west, east = halves
        shapes = east.areas.set_geometry(east.areas.geometry.translate(1e6, 0))
        far = replace(east, areas=shapes)
        pd.testing.assert_frame_equal(flag(west, ring=far).table, flag(west).table)

    def test_only_released_data(self, halves):
        with pytest.raises(DisclosureError):
            flag(halves[0], ring="east")  # type: ignore[arg-type]


def _columns(whole, first, last):
    """Return which areas lie in some columns of the county; larger ones stay in either half."""
    small = whole.areas["geography"] == "sozialraum"
    column = pd.Series(whole.areas.index, whole.areas.index).str[-2:].where(small, "0")
    return ~small | column.astype(int).between(first, last)
