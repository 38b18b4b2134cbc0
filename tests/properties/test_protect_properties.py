"""What a reader can work out of a release, whatever the counts were.

The attacker knows the published table, all denominators, which indicator is part of which
and what a supplier's mark means. Its bounds come from enumeration or from linear
programmes written here; nothing of the library's own audit is used.
"""

from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from counts import DATE, indicator, make_measures, policy
from sozialraum import schema
from sozialraum.disclosure import protect
from sozialraum.disclosure.sheet import make_sheet
from sozialraum.model import Measures, Release
from sozialraum.schema import State

COUNTY = "05999"
quick = settings(max_examples=30, deadline=None)


@dataclass
class Case:
    """Measures and what is true of them."""

    measures: Measures
    bases: dict[str, np.ndarray]
    truth: dict[str, np.ndarray]
    sizes: list[int]
    k: int
    minimum: int = 0

    @property
    def rule(self):
        return max(self.k, self.minimum)


@st.composite
def cases(draw, *, indicators=("a",), most=40, marks=False, largest=4):
    """Draw counties of one to three municipalities; later indicators are part of earlier ones."""
    sizes = draw(st.lists(st.integers(1, largest), min_size=1, max_size=3))
    n, k = sum(sizes), draw(st.sampled_from([3, 5]))
    share = draw(st.sampled_from([0.05, 0.2, 0.5, 0.95]))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    bases, truth = {}, {}
    for position, name in enumerate(indicators):
        if position == 0:
            bases[name] = random.integers(1, most, n)
            truth[name] = random.binomial(bases[name], share)
        else:
            whole = indicators[position - 1]
            bases[name] = random.binomial(bases[whole], 0.6)
            truth[name] = np.minimum(random.binomial(bases[name], share), truth[whole])
    minimum = 6 if marks else 0
    shown = {
        name: ["*" if 0 < v < minimum else int(v) for v in values] for name, values in truth.items()
    }
    starts = np.concatenate([[0], np.cumsum(sizes)])
    sums = {name: np.add.reduceat(values, starts[:-1]) for name, values in truth.items()}
    totals = {
        name: ["*" if 0 < v < minimum else int(v) for v in values] for name, values in sums.items()
    }
    catalogue = [
        indicator(name, f"base_{name}", part_of=indicators[i - 1] if i else None)
        for i, name in enumerate(indicators)
    ]
    measures = make_measures(
        {name: {DATE: values} for name, values in shown.items()},
        catalogue,
        sizes,
        denominators=bases,
        totals=totals if marks else None,
        minimum=minimum,
    )
    return Case(measures, bases, truth, sizes, k, minimum)


class Attacker:
    """Everything that follows from a release, as linear rows over the counts of areas."""

    def __init__(self, case: Case, release: Release):
        self.case, self.names = case, list(case.truth)
        level = release.areas[schema.GEOGRAPHY]
        self.areas = list(release.areas.index[level == schema.AREAS_LEVEL])
        self.units = list(release.areas.index[level == schema.MUNICIPALITY_LEVEL])
        table = release.table[release.table["state"] == State.VALUE]
        self.shown = {(r.indicator, r.area_id): int(r.numerator) for r in table.itertuples()}
        pairs = [(name, area) for name in self.names for area in self.areas]
        self.column = {pair: j for j, pair in enumerate(pairs)}
        self.low = np.zeros(len(pairs))
        self.high = np.concatenate([case.bases[name] for name in self.names]).astype(float)
        for pair, j in self.column.items():
            if pair in self.shown:
                self.low[j] = self.high[j] = self.shown[pair]
        self.rows, self.row_low, self.row_high = [], [], []
        for name in self.names:
            for place in (*self.units, COUNTY):
                if (name, place) in self.shown:
                    total = self.shown[name, place]
                    self.add(dict.fromkeys(self.members(name, place), 1), total, total)
        for part, whole in zip(self.names[1:], self.names, strict=False):
            for area in self.areas:
                self.add({self.column[whole, area]: 1, self.column[part, area]: -1}, 0, np.inf)

    def add(self, terms, low, high):
        row = np.zeros(len(self.low))
        for j, value in terms.items():
            row[j] = value
        self.rows.append(row)
        self.row_low.append(low)
        self.row_high.append(high)

    def members(self, name, place):
        inside = [a for a in self.areas if place in (a, COUNTY) or a.startswith(f"{place}-")]
        return [self.column[name, area] for area in inside]

    def truth(self, name, place):
        """Return count and denominator."""
        at = [
            self.areas.index(a)
            for a in self.areas
            if self.column[name, a] in self.members(name, place)
        ]
        return self.case.truth[name][at].sum(), self.case.bases[name][at].sum()

    def range(self, columns):
        """Return the smallest and largest possible sum; vertices must be whole."""
        cost = np.zeros(len(self.low))
        cost[columns] = 1
        rows = np.array(self.rows).reshape(-1, len(cost))
        limits = np.concatenate([self.row_high, -np.array(self.row_low)])
        finite = np.isfinite(limits)
        found = []
        for sign in (1, -1):
            result = linprog(
                sign * cost,
                A_ub=np.vstack([rows, -rows])[finite],
                b_ub=limits[finite],
                bounds=np.column_stack([self.low, self.high]),
                method="highs-ds",
            )
            assert result.status == 0
            assert np.abs(result.x - np.rint(result.x)).max() < 1e-6
            found.append(round(float(cost @ result.x)))
        return found

    def targets(self):
        """Yield name, count, base and columns of all hidden counts and unions of siblings."""
        for name in self.names:
            for place in (*self.areas, *self.units, COUNTY):
                if (name, place) not in self.shown:
                    yield (name, *self.truth(name, place), self.members(name, place))
            for place in (*self.units, COUNTY):
                inside = [a for a in self.areas if place == COUNTY or a.startswith(f"{place}-")]
                hidden = [a for a in inside if (name, a) not in self.shown]
                if len(hidden) > 1:
                    pairs = [self.truth(name, a) for a in hidden]
                    n, base = (sum(part) for part in zip(*pairs, strict=True))
                    yield name, n, base, [self.column[name, a] for a in hidden]


def leaks(n, base, k, low, high):
    """Return True if a count, or the rest of its denominator, is narrowed beyond the rule."""
    narrow = high - low < min(k - 1, base)
    small = 1 <= n < k and (high < min(k, base) or narrow)
    large = n >= 1 and base - n < k and (base - low < min(k, base) or narrow)
    return small or large


@quick
@given(cases())
def test_nobody_narrows_a_protected_count(case):
    attacker = Attacker(case, protect(case.measures, policy(case.k)))
    for _, n, base, columns in attacker.targets():
        low, high = attacker.range(columns)
        assert low <= n <= high
        assert not leaks(n, base, case.k, low, high)


@quick
@given(cases(indicators=("a", "b", "c"), largest=3))
def test_nobody_narrows_counts_that_are_parts_of_others(case):
    attacker = Attacker(case, protect(case.measures, policy(case.k)))
    for _, n, base, columns in attacker.targets():
        low, high = attacker.range(columns)
        assert low <= n <= high
        assert not leaks(n, base, case.k, low, high)


@quick
@given(cases(marks=True))
def test_nobody_undoes_a_suppliers_mark(case):
    """Others' marks are known; the own mark, and that of its total, is left aside."""
    attacker = Attacker(case, protect(case.measures, policy(case.k)))
    marked = [j for j, v in enumerate(case.truth["a"]) if 0 < v < case.minimum]
    for j in marked:
        attacker.low[j] = 1
        attacker.high[j] = min(case.minimum - 1, case.bases["a"][j])
    for j in marked:
        kept = attacker.low[j], attacker.high[j]
        low, high = attacker.range([j])
        assert low <= case.truth["a"][j] <= high
        if len(case.sizes) == 1 and (("a", attacker.units[0]) in attacker.shown):
            assert (low, high) == kept  # nothing beyond the mark
        attacker.low[j], attacker.high[j] = 0, case.bases["a"][j]
        low, high = attacker.range([j])
        assert not leaks(case.truth["a"][j], case.bases["a"][j], case.rule, low, high)
        attacker.low[j], attacker.high[j] = kept


@quick
@given(cases(most=6, largest=2).filter(lambda case: sum(case.sizes) <= 5))
def test_enumeration_of_all_tables_finds_nothing(case):
    attacker = Attacker(case, protect(case.measures, policy(case.k)))
    fitting = []
    rows = np.array(attacker.rows).reshape(-1, len(attacker.low))
    for counts in product(*(range(int(b) + 1) for b in case.bases["a"])):
        x = np.array(counts)
        inside = ((x >= attacker.low) & (x <= attacker.high)).all()
        if inside and ((rows @ x >= attacker.row_low) & (rows @ x <= attacker.row_high)).all():
            fitting.append(x)
    tables = np.array(fitting)
    for _, n, base, columns in attacker.targets():
        sums = tables[:, columns].sum(axis=1)
        assert not leaks(n, base, case.k, sums.min(), sums.max())


@quick
@given(cases(indicators=("a", "b")), cases(marks=True))
def test_hidden_is_never_a_number_and_has_one_mark(one, two):
    for case in (one, two):
        table = protect(case.measures, policy(case.k)).table
        hidden = table["state"] != State.VALUE
        assert table.loc[hidden, ["numerator", "denominator", "value"]].isna().all(axis=None)
        nobody = case.measures.table.set_index(["area_id", "indicator"])["denominator"] == 0
        empty = nobody.reindex(pd.MultiIndex.from_frame(table[["area_id", "indicator"]]))
        marks = table.loc[hidden & ~empty.to_numpy(), "state"]
        assert set(marks) <= {str(State.SUPPRESSED)}
        assert table.loc[~hidden, ["numerator", "denominator", "value"]].notna().all(axis=None)


@quick
@given(cases(indicators=("a", "b")))
def test_published_numbers_are_true_and_follow_the_rules(case):
    release = protect(case.measures, policy(case.k))
    attacker = Attacker(case, release)
    for (name, place), shown in attacker.shown.items():
        n, base = attacker.truth(name, place)
        assert shown == n
        assert n == 0 or (n >= case.k and base - n >= case.k)


@quick
@given(cases(indicators=("a", "b")), st.integers(0, 2**32 - 1))
def test_row_order_does_not_matter(case, seed):
    measures = case.measures
    random = np.random.default_rng(seed)
    rows = random.permutation(len(measures.table))
    areas = random.permutation(len(measures.areas.frame))
    shuffled = replace(
        measures,
        table=measures.table.iloc[rows].reset_index(drop=True),
        areas=replace(measures.areas, frame=measures.areas.frame.iloc[areas]),
        units=measures.units.iloc[::-1],
        indicators=measures.indicators[::-1],
    )
    one, two = (protect(m, policy(case.k)) for m in (measures, shuffled))
    pd.testing.assert_frame_equal(one.table, two.table)
    assert one.audit == two.audit
    assert one.areas.index.equals(two.areas.index)


@quick
@given(
    cases(),
    st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(0, 500)),
)
def test_a_stricter_policy_allows_no_single_count_more(case, stricter):
    more_k, more_base, more_people = stricter
    loose = policy(case.k, denominator=5, residents=1000)
    strict = policy(case.k + more_k, denominator=5 + more_base, residents=1000 + more_people)
    before = make_sheet(case.measures, loose).cells.published
    after = make_sheet(case.measures, strict).cells.published
    assert not (after & ~before).any()
    assert (~before & after).sum() == 0


def test_hidden_counts_that_bound_each_other_across_indicators():
    """Each table alone is safe here; only both together give the first part away."""
    bases = {"a": np.array([23, 6, 6]), "b": np.array([3, 3, 6])}
    truth = {"a": np.array([10, 3, 1]), "b": np.array([2, 2, 1])}
    catalogue = [indicator("a", "base"), indicator("b", "base_b", part_of="a")]
    numbers = {name: {DATE: [int(v) for v in values]} for name, values in truth.items()}
    measures = make_measures(numbers, catalogue, [3], denominators=bases)
    attacker = Attacker(Case(measures, bases, truth, [3], 3), protect(measures, policy(3)))
    for _, n, base, columns in attacker.targets():
        assert not leaks(n, base, 3, *attacker.range(columns))


@pytest.mark.parametrize("seed", range(5))
def test_larger_counties_with_three_linked_indicators(seed):
    random = np.random.default_rng(seed)
    sizes = [int(s) for s in random.integers(1, 9, 6)]
    n = sum(sizes)
    bases = {"a": random.integers(20, 200, n)}
    truth = {"a": random.binomial(bases["a"], random.beta(1, 12, n))}
    bases["b"] = random.binomial(bases["a"], 0.4)
    truth["b"] = np.minimum(random.binomial(bases["b"], random.beta(1, 10, n)), truth["a"])
    catalogue = [indicator("a", "base"), indicator("b", "base_b", part_of="a")]
    numbers = {name: {DATE: [int(v) for v in values]} for name, values in truth.items()}
    measures = make_measures(numbers, catalogue, sizes, denominators=bases)
    case = Case(measures, bases, truth, sizes, 5)
    attacker = Attacker(case, protect(measures, policy(5)))
    checked = 0
    for _, count, base, columns in attacker.targets():
        low, high = attacker.range(columns)
        assert not leaks(count, base, 5, low, high)
        checked += 1
    assert checked > 5
