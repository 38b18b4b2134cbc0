"""What an index is made of: excluded areas, domains, breaks, the frozen baseline, stability."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import sozialraum as sr
from counts import DATE, indicator, make_measures, policy
from sozialraum.disclosure import protect
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.files.readback import read_index
from sozialraum.index import Chain, chain_of, read_method, score
from sozialraum.methods.composite import equal_weight_index, zscores
from sozialraum.model import Indicator
from sozialraum.model.definitions import SeriesBreak
from sozialraum.model.method import Domain
from sozialraum.schema import State
from support import make_release

BEFORE = "2023-12-31"
LONG_AGO = "2021-12-31"
N = 12
BASE = 500


@pytest.fixture
def numbers():
    random = np.random.default_rng(6)
    return {n: {d: random.integers(20, 200, N) for d in (LONG_AGO, BEFORE, DATE)} for n in "abc"}


def release(numbers, indicators=None, **options):
    indicators = indicators or [indicator(name) for name in numbers]
    bases = {name: [BASE] * N for name in numbers}
    measures = make_measures(numbers, indicators, [N // 2, N // 2], denominators=bases, **options)
    return protect(measures, policy(3))


def people(release, numbers):
    small = release.areas.index[release.areas["geography"] == "sozialraum"]
    return pd.Series(numbers, index=small, dtype=float)


def rates(numbers, date, names="abc"):
    return np.column_stack([numbers[name][date] / (BASE / 100) for name in names])


class TestExclusion:
    def test_small_areas_have_no_class_and_enter_no_mean(self, numbers):
        found = release(numbers)
        size = people(found, [299.5, 300.0] + [1000.0] * (N - 2))
        index = score(found, residents=size, draws=0)
        assert index.table["state"].iloc[0] == State.EXCLUDED
        assert index.table[["status_class", "dynamics_class", "group"]].iloc[0].tolist() == [""] * 3
        assert index.table["status_class"].iloc[1] != ""
        expected = equal_weight_index(rates(numbers, DATE)[1:], [1, 1, 1]).index
        np.testing.assert_allclose(index.table["status_index"].iloc[1:], expected)

    def test_residents_are_found_in_the_release_as_mean_of_start_and_end(self, numbers):
        counted = {BEFORE: [240] * 4 + [900] * 8, DATE: [350] * 3 + [370] + [900] * 8}
        indicators = [indicator(n) for n in "abc"]
        people = Indicator("people", "register.residents", None, "Leute", "People", polarity=0)
        index = score(release({**numbers, "people": counted}, [*indicators, people]), draws=0)
        assert (index.table["state"] == State.EXCLUDED).to_list() == [True] * 3 + [False] * 9
        assert index.notes == ()

    def test_unknown_residents_are_said(self, numbers):
        assert "nicht geprüft" in score(release(numbers), draws=0).notes[0]
        none = replace(read_method("mss"), minimum_residents=0)
        assert score(release(numbers), method=none, draws=0).notes == ()

    def test_all_excluded_is_one_clear_error(self, numbers):
        found = release(numbers)
        with pytest.raises(StatisticsError, match="weniger als 300"):
            score(found, residents=people(found, [10.0] * N))

    def test_residents_must_be_those_of_the_areas(self, numbers):
        found = release(numbers)
        with pytest.raises(IndicatorError, match=r"residents="):
            score(found, residents=people(found, [1000.0] * N).iloc[1:])


class TestMissing:
    def test_centre_keeps_areas_in_which_something_is_missing(self, numbers):
        numbers["b"][DATE] = [None, *numbers["b"][DATE][1:]]
        method = replace(read_method("mss"), missing="centre", minimum_residents=0)
        found = release(numbers)
        index = score(found, method=method, draws=0)
        assert (index.table["state"] == State.VALUE).all()
        assert index.scores["b"].iloc[0] == 0
        assert score(found, draws=0).table["status_class"].iloc[0] == ""


class TestDomains:
    METHOD = replace(
        read_method("mss"),
        id="eigenes",
        minimum_residents=0,
        domains=(Domain("geld", 2.0, indicators=("a", "b")), Domain("c")),
    )

    def test_indicators_weigh_by_their_domain(self, numbers):
        index = score(release(numbers), method=self.METHOD, draws=0)
        z = zscores(rates(numbers, DATE))
        total = 2 * zscores(z[:, :2].sum(axis=1)) + z[:, 2]
        np.testing.assert_allclose(index.table["status_index"], zscores(total))
        sums = index.scores.to_numpy() @ list(index.weights.values())
        np.testing.assert_allclose(sums, index.table["status_sum"])

    def test_themes_gather_their_indicators_and_drop_out_without(self, numbers):
        indicators = [
            indicator("a", themes=("wohnen", "pflege")),
            indicator("b", themes=("pflege",)),
            indicator("c"),
        ]
        index = score(release(numbers, indicators), preset="county", draws=0)
        assert index.indicators == ("a", "b")
        assert [(d.id, d.indicators) for d in index.method.domains] == [
            ("wohnen", ("a",)),
            ("pflege", ("b",)),
        ]

    def test_a_domain_without_values_is_named(self, numbers):
        with pytest.raises(IndicatorError) as error:
            score(release({n: numbers[n] for n in "ab"}), method=self.METHOD)
        assert error.value.ids == ("c",)

    def test_indicators_outside_all_domains_are_named(self, numbers):
        method = replace(self.METHOD, domains=(Domain("a"),))
        assert score(release(numbers), method=method, draws=0).indicators == ("a",)
        with pytest.raises(IndicatorError) as error:
            score(release(numbers), method=method, indicators=["a", "b"])
        assert error.value.ids == ("b",)


class TestBaseline:
    def test_it_is_the_move_on_the_scale_of_the_start(self, numbers):
        index = score(release(numbers), draws=0)
        then, now = rates(numbers, BEFORE), rates(numbers, DATE)
        z = (now - then.mean(axis=0)) / then.std(axis=0)
        spread = zscores(then).sum(axis=1).std()
        expected = (z.sum(axis=1) - zscores(then).sum(axis=1)) / spread
        np.testing.assert_allclose(index.table["baseline_index"], expected)
        assert index.baseline == index.start == BEFORE

    def test_another_date_freezes_another_scale(self, numbers):
        index = score(release(numbers), baseline=LONG_AGO, draws=0)
        frozen = rates(numbers, LONG_AGO)
        change = (rates(numbers, DATE) - rates(numbers, BEFORE)) / frozen.std(axis=0)
        spread = zscores(frozen).sum(axis=1).std()
        np.testing.assert_allclose(index.table["baseline_index"], change.sum(axis=1) / spread)
        assert index.baseline == LONG_AGO

    def test_where_all_improve_no_area_got_worse(self, numbers):
        """The area that improved least has negative dynamics all the same."""
        for name in "abc":
            fall = np.array([40] * (N - 2) + [36, 20])
            numbers[name][DATE] = np.asarray(numbers[name][BEFORE]) + 200 - fall
            numbers[name][BEFORE] = np.asarray(numbers[name][BEFORE]) + 200
        index = score(release(numbers), draws=0)
        assert index.table["dynamics_class"].iloc[-1] == "-"
        assert (index.table["baseline_index"] < 0).all()
        assert set(index.table["baseline_class"]) <= {"+", "+/-"}

    def test_classes_begin_at_half_a_standard_deviation(self):
        chain = Chain(read_method("mss"), (indicator("a"),), (0,))
        found = chain.drifts([-0.51, -0.5, 0.0, 0.5, 0.51, np.nan])
        assert found.tolist() == ["+", "+/-", "+/-", "+/-", "-", ""]

    def test_a_date_without_values_is_refused(self, numbers):
        with pytest.raises(IndicatorError) as error:
            score(release(numbers), baseline="2019-12-31")
        assert error.value.ids == ("a", "b", "c")


class TestBreaks:
    def broken(self, numbers, effect, date="2024-01-01"):
        first = replace(
            indicator("a", series_breaks=(SeriesBreak(date, effect),)),
            label_de="Quote unter 15",
            label_en="Rate below 15",
        )
        return release(numbers, [first, indicator("b"), indicator("c")])

    def test_a_block_takes_the_indicator_out_of_the_dynamics(self, numbers):
        index = score(self.broken(numbers, "block"), draws=0)
        assert (index.indicators, index.moving) == (("a", "b", "c"), ("b", "c"))
        change = rates(numbers, DATE, "bc") - rates(numbers, BEFORE, "bc")
        expected = equal_weight_index(change, [1, 1]).index
        np.testing.assert_allclose(index.table["dynamics_index"], expected)
        then = rates(numbers, BEFORE, "bc")
        moved = (change / then.std(axis=0)).sum(axis=1) / zscores(then).sum(axis=1).std()
        np.testing.assert_allclose(index.table["baseline_index"], moved)
        assert "Quote unter 15" in index.notes[0]

    def test_a_mark_keeps_it_and_says_so(self, numbers):
        index = score(self.broken(numbers, "mark"), draws=0)
        assert index.moving == ("a", "b", "c")
        assert "Quote unter 15" in index.notes[0]
        assert "Vorsicht" in index.notes[0]

    @pytest.mark.parametrize("date", [BEFORE, "2026-01-01"])
    def test_breaks_before_and_after_do_not_matter(self, numbers, date):
        index = score(self.broken(numbers, "block", date), draws=0)
        assert index.moving == ("a", "b", "c")

    def test_a_baseline_behind_a_break_is_refused(self, numbers):
        with pytest.raises(StatisticsError) as error:
            score(self.broken(numbers, "block", "2022-06-30"), baseline=LONG_AGO)
        assert error.value.ids == ("a",)


class TestChain:
    @pytest.mark.parametrize("preset", ["mss", "county"])
    def test_an_index_is_what_its_chain_makes_of_its_rates(self, numbers, preset):
        indicators = [
            indicator(n, themes=(t,))
            for n, t in zip("abc", ("wohnen", "pflege", "pflege"), strict=True)
        ]
        index = score(release(numbers, indicators), preset=preset, draws=0)
        inputs = chain_of(index)
        status = inputs.chain.status(inputs.now)
        moved = inputs.chain.dynamics(inputs.now, inputs.before)
        frozen = inputs.chain.baseline(inputs.now, inputs.before, inputs.frozen)
        np.testing.assert_array_equal(status.index, index.table["status_index"])
        np.testing.assert_array_equal(moved.index, index.table["dynamics_index"])
        np.testing.assert_array_equal(frozen, index.table["baseline_index"])
        assert inputs.chain.classes(status.index).tolist() == index.table["status_class"].tolist()
        computed = inputs.chain.rates(inputs.numerators, inputs.denominators)
        np.testing.assert_array_equal(computed, inputs.now)

    def test_shrunk_rates_lie_between_the_own_rate_and_the_usual_one(self, numbers):
        indicators = [indicator(n, themes=("wohnen",)) for n in "abc"]
        inputs = chain_of(score(release(numbers, indicators), preset="county", draws=0))
        raw = rates(numbers, DATE)
        usual = raw.mean(axis=0)
        assert (np.abs(inputs.now - usual) < np.abs(raw - usual)).all()

    def test_excluded_areas_stay_out(self, numbers):
        found = release(numbers)
        index = score(found, residents=people(found, [10.0] + [1000.0] * (N - 1)), draws=0)
        inputs = chain_of(index)
        assert np.isnan(inputs.now[0]).all()
        assert np.isnan(inputs.numerators_before[0]).all()
        np.testing.assert_array_equal(
            inputs.chain.status(inputs.now).index, index.table["status_index"]
        )


def test_classes_come_with_their_stability(numbers):
    index = score(release(numbers), draws=50, seed=3)
    assert index.table["status_stability"].between(0, 1).all()
    again = score(release(numbers), draws=50, seed=3)
    pd.testing.assert_frame_equal(index.table, again.table)
    assert score(release(numbers), draws=0).table["status_stability"].isna().all()


def test_years_of_the_method_and_of_the_reader(numbers):
    found = release(numbers)
    assert score(found, draws=0).start == BEFORE
    assert score(found, years=4, draws=0).start == LONG_AGO
    none = score(found, years=0, draws=0)
    assert (none.start, none.moving) == ("", ())
    assert (none.table["dynamics_class"] == "").all()


def test_a_change_that_is_the_same_everywhere_is_named(numbers):
    numbers["b"][DATE] = np.asarray(numbers["b"][BEFORE]) + 5
    with pytest.raises(StatisticsError, match="gleich verändert") as error:
        score(release(numbers))
    assert error.value.ids == ("b",)


def test_weighting_by_size_needs_sizes(numbers):
    method = replace(read_method("mss"), standardise="weighted", minimum_residents=0)
    found = release(numbers)
    with pytest.raises(StatisticsError, match="residents="):
        score(found, method=method)
    index = score(found, method=method, residents=people(found, range(300, 300 + N)), draws=0)
    assert (index.table["status_class"] != "").all()


def test_notes_with_labels_that_hold_numbers_pass_the_scan_and_come_back(tmp_path):
    known = make_release()
    broken = replace(known.indicators[0], series_breaks=(SeriesBreak("2024-06-30", "mark"),))
    marked = replace(known, indicators=(broken, *known.indicators[1:]))
    index = score(marked, draws=0)
    assert "65" in index.notes[0]
    file = sr.write_geopackage(tmp_path / "a.gpkg", marked, index)
    back = read_index(file)
    assert back is not None
    assert (back.notes, back.moving) == (index.notes, index.moving)
