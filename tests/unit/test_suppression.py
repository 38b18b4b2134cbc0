"""Ranges that follow from sums, what must remain possible, and hiding more."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.methods.derivation import derive, true_limits
from sozialraum.methods.repair import next_step, repair
from sozialraum.methods.suppression import Minima, exposed, needs
from sozialraum.methods.tables import FAR, Cells, Hierarchy

NO = np.array([False])


def need(n, base, k, *, thin=False, guarded=False, zero=False, high=None):
    arrays = [np.array([v]) for v in (n, n if high is None else high, base, k)]
    flags = {
        name: np.array([v]) for name, v in (("thin", thin), ("guarded", guarded), ("zero", zero))
    }
    return needs(*arrays, **flags)


def one_table(counts, bases, sizes, k=3, hidden=()):
    """Return a table whose totals are sums, with some places hidden."""
    starts = np.concatenate([[0], np.cumsum(sizes)])
    units = range(len(sizes))

    def with_totals(values):
        values = np.array(values, dtype=np.int64)
        sums = [values[starts[u] : starts[u + 1]].sum() for u in units]
        return np.concatenate([values, sums, [values.sum()]])[None]

    low, base = with_totals(counts), with_totals(bases)
    zero, no = np.zeros_like(low), np.zeros(low.shape, dtype=bool)
    published = np.ones(low.shape, dtype=bool)
    published[0, list(hidden)] = False
    cells = Cells(
        low=low,
        high=low,
        base=base,
        sure=base,
        least=zero,
        most=base,
        known_low=zero,
        known_high=base,
        free_low=zero,
        free_high=base,
        marked=no,
        k=np.full_like(low, k),
        width=np.full_like(low, max(k - 1, 1)),
        thin=no,
        guarded=no,
        zero=np.array([[False]]),
        residents=base,
        behind=np.full_like(low, FAR),
        residue=zero,
        loss=base,
        published=published,
    )
    return Hierarchy(starts), cells


class TestNeeds:
    @pytest.mark.parametrize(
        ("low", "high", "met"),
        [(0, 4, False), (0, 5, True), (2, 6, True), (2, 5, False), (2, 100, True)],
    )
    def test_a_small_count_must_seem_able_to_reach_k(self, low, high, met):
        assert need(2, 100, 5).unmet(np.array([low]), np.array([high]))[0] != met

    @pytest.mark.parametrize(("low", "high", "met"), [(96, 100, False), (95, 100, True)])
    def test_the_same_holds_for_the_rest_of_the_denominator(self, low, high, met):
        assert need(98, 100, 5).unmet(np.array([low]), np.array([high]))[0] != met

    def test_nobody_left_is_a_small_rest(self):
        assert need(100, 100, 3).unmet(np.array([98]), np.array([100]))[0]

    def test_ordinary_counts_need_nothing(self):
        assert need(50, 100, 5).vacuous[0]
        assert need(0, 100, 5).vacuous[0]

    def test_small_denominators_bound_the_need(self):
        assert not need(1, 2, 5).unmet(np.array([0]), np.array([2]))[0]

    def test_a_protected_zero_must_seem_able_to_be_one(self):
        found = need(0, 100, 3, zero=True)
        assert found.unmet(np.array([0]), np.array([0]))[0]
        assert not found.unmet(np.array([0]), np.array([1]))[0]

    def test_a_thin_place_must_not_be_known_exactly(self):
        found = need(50, 100, 3, thin=True)
        assert found.unmet(np.array([50]), np.array([50]))[0]
        assert not found.unmet(np.array([49]), np.array([50]))[0]

    def test_few_households_need_a_wide_range(self):
        assert need(9, 100, 5, guarded=True).width[0] == 4

    def test_an_unknown_count_needs_what_its_worst_case_needs(self):
        assert need(1, 100, 10, high=9).high[0] == 10
        assert need(12, 100, 10, high=40).vacuous[0]


def enumerated(sizes, bases, cells):
    """Return ranges of all places by listing every table that fits what is published."""
    starts = np.concatenate([[0], np.cumsum(sizes)])
    seen = []
    for counts in itertools.product(*(range(b + 1) for b in bases)):
        sums = [sum(counts[starts[u] : starts[u + 1]]) for u in range(len(sizes))]
        places = np.array([*counts, *sums, sum(counts)])
        if (places == cells.low[0])[cells.published[0]].all():
            seen.append(places)
    return np.min(seen, axis=0), np.max(seen, axis=0)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_ranges_equal_those_of_all_tables_that_fit(data):
    sizes = data.draw(
        st.lists(st.integers(1, 3), min_size=1, max_size=3).filter(lambda s: sum(s) < 6)
    )
    bases = [data.draw(st.integers(0, 4)) for _ in range(sum(sizes))]
    counts = [data.draw(st.integers(0, b)) for b in bases]
    places = sum(sizes) + len(sizes) + 1
    hidden = data.draw(st.sets(st.integers(0, places - 1)))
    hierarchy, cells = one_table(counts, bases, sizes, hidden=hidden)
    found = derive(hierarchy, cells, cells.published, cells.known_low, cells.known_high)
    low, high = enumerated(sizes, bases, cells)
    np.testing.assert_array_equal(found.low[0], low)
    np.testing.assert_array_equal(found.high[0], high)


class TestTrueLimits:
    def test_people_without_address_are_the_residue(self):
        hierarchy, cells = one_table([4, 5], [20, 20], [2])
        low = cells.low.copy()
        low[0, 2:] = 11
        found = true_limits(hierarchy, replace(cells, low=low, high=low))
        assert found.residue[0].tolist() == [0, 0, 2, 0]

    def test_a_missing_part_takes_what_the_total_leaves(self):
        hierarchy, cells = one_table([4, 5], [20, 20], [2])
        low, high = cells.low.copy(), cells.high.copy()
        low[0, 0], high[0, 0] = 1, 9
        found = true_limits(hierarchy, replace(cells, low=low, high=high))
        assert (found.low[0, 0], found.high[0, 0]) == (4, 4)
        assert not found.residue.any()

    def test_the_residue_is_no_larger_than_the_limits_ask_for(self):
        hierarchy, cells = one_table([4, 5], [20, 20], [2])
        low, high = cells.low.copy(), cells.high.copy()
        low[0, 0], high[0, 0] = 1, 9
        low[0, 2:] = high[0, 2:] = 16  # 5 + 9 and two people more
        found = true_limits(hierarchy, replace(cells, low=low, high=high))
        assert found.residue[0, 2] == 2
        assert (found.low[0, 0], found.high[0, 0]) == (9, 9)


class TestRepair:
    def test_nothing_is_hidden_needlessly(self):
        hierarchy, cells = one_table([10, 20, 30], [100, 100, 100], [2, 1])
        assert repair(hierarchy, cells, Minima()).published.all()

    def test_the_cheapest_area_that_helps_is_hidden(self):
        hierarchy, cells = one_table([1, 20, 0, 30], [100, 90, 50, 80], [4], hidden=[0])
        found = repair(hierarchy, cells, Minima())
        assert np.flatnonzero(~found.published).tolist() == [0, 3]
        assert found.stuck is None

    def test_equal_costs_are_decided_by_position(self):
        hierarchy, cells = one_table([1, 20, 20, 20], [100] * 4, [4], hidden=[0])
        found = repair(hierarchy, cells, Minima())
        assert np.flatnonzero(~found.published).tolist() == [0, 1]

    def test_nothing_stays_exposed(self):
        random = np.random.default_rng(0)
        for _ in range(40):
            sizes = random.integers(1, 5, 3)
            bases = random.integers(1, 40, sizes.sum())
            counts = random.binomial(bases, random.choice([0.05, 0.5, 0.95]))
            hierarchy, cells = one_table(counts, bases, sizes)
            n, rest = cells.low, cells.base - cells.low
            bad = ((n > 0) & (n < 3)) | ((n > 0) & (rest < 3))
            found = repair(hierarchy, replace(cells, published=~bad), Minima())
            assert found.stuck is None
            after = replace(cells, published=found.published[None])
            assert not exposed(hierarchy, after, Minima()).zone.any()
            assert not (found.published & bad[0]).any()

    def test_hiding_goes_on_until_nothing_is_left(self):
        hierarchy, cells = one_table([1], [9], [1], hidden=[0, 1, 2])
        assert next_step(hierarchy, cells, 0) is None

    def test_sums_of_thin_areas_are_thin(self):
        hierarchy, cells = one_table([20, 20, 20], [60, 60, 200], [3], hidden=[0, 1])
        assert repair(hierarchy, cells, Minima(residents=100)).published[2]
        assert not repair(hierarchy, cells, Minima(residents=150)).published[2]

    def test_sums_of_estimated_denominators_are_thin_where_few_people_live(self):
        hierarchy, cells = one_table([20, 20, 20], [60, 60, 200], [3], hidden=[0, 1])
        assert repair(hierarchy, cells, Minima(base=100)).published[2]
        few = replace(cells, sure=np.minimum(cells.base, 45))
        assert not repair(hierarchy, few, Minima(base=100)).published[2]
