"""Bounds, verdicts, proofs and repairs against trying out all whole numbers."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from sozialraum.methods.feasibility import System, Targets, arrays, repair, search
from sozialraum.methods.feasibility.branch import Brancher
from sozialraum.methods.feasibility.certificate import weak_bound
from sozialraum.methods.feasibility.reduce import rounded
from sozialraum.methods.feasibility.solver import Suggestion
from sozialraum.methods.suppression import Need
from sozialraum.methods.tables import FAR

COEFFICIENTS = ([0, 1], [0, 0, 1, 1, -1], [0, 1, 2, -1, 3], [0, 0, 1, 100, -37, 7])


def whole(values):
    return np.array(values, dtype=np.int64)


@st.composite
def problems(draw):
    """Small systems around a solution, which is not always told, and targets with needs."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    columns, rows, count = rng.integers(1, 5), rng.integers(0, 7), rng.integers(1, 7)
    high = rng.integers(1, 5, columns)
    matrix = rng.choice(COEFFICIENTS[rng.integers(4)], (rows, columns)).astype(np.int64)
    truth = rng.integers(0, high + 1)
    sums, room = matrix @ truth, rng.choice([0, 0, 0, 1, 2, 30], (2, rows))
    told = np.where(rng.random(columns) < rng.choice([0, 0, 0.7]), -1, truth)
    low_row = np.where(rng.random(rows) < 0.1, -FAR, sums - room[0])
    high_row = np.where(rng.random(rows) < 0.1, FAR, sums + room[1])
    system = System(csr_array(matrix), low_row, high_row, 0 * high, high, told)
    lines = rng.choice([0, 1, 1, -1] if rng.random() < 0.3 else [0, 1], (count, columns))
    offset = rng.integers(0, 4, count)
    value = lines @ truth + offset
    need = Need(
        np.where(rng.random(count) < 0.6, FAR, value - rng.integers(0, 3, count)),
        np.where(rng.random(count) < 0.3, 0, value + rng.integers(0, 4, count)),
        rng.integers(0, 4, count),
    )
    wide = {}
    if rng.random() < 0.4:
        marks = ((lines != 0) & (rng.random(lines.shape) < 0.6)).astype(np.int64)
        less, more = rng.integers(0, 2, columns), rng.integers(0, 3, columns)
        wide = {"relaxed": csr_array(marks), "free_low": -less, "free_high": high + more}
    return system, Targets(csr_array(whole(lines)), offset, need, **wide)


def limits(system, targets, target):
    if targets.relaxed is None:
        return system.low, system.high
    marked = targets.relaxed.toarray()[target] > 0
    low = np.where(marked, targets.free_low, system.low)
    return low, np.where(marked, targets.free_high, system.high)


def tried(system, targets):
    """Return the smallest and the largest value of every target."""
    result = []
    for target in range(len(targets)):
        low, high = limits(system, targets, target)
        spans = [range(a, b + 1) for a, b in zip(low, high, strict=True)]
        points = whole(list(itertools.product(*spans)))
        sums = points @ system.matrix.toarray().T
        fine = ((sums >= system.row_low) & (sums <= system.row_high)).all(axis=1)
        values = points[fine] @ targets.matrix.toarray()[target] + targets.offset[target]
        result.append((values.min(), values.max()))
    low, high = whole(result).T
    return low, high, ~targets.need.vacuous & targets.need.unmet(low, high)


@settings(max_examples=120, deadline=None)
@given(problems())
def test_verdicts_and_intervals_are_those_of_all_whole_numbers(problem):
    system, targets = problem
    low, high, unmet = tried(system, targets)
    verdicts = search(system, targets)
    assert not verdicts.unresolved.any()
    assert (verdicts.unmet == unmet).all()
    assert (verdicts.low <= low).all()
    assert (verdicts.high >= high).all()
    assert (verdicts.low[unmet] == low[unmet]).all()
    assert (verdicts.high[unmet] == high[unmet]).all()
    fast = search(system, targets, exact=False)
    assert (fast.unmet == unmet).all()


@settings(max_examples=80, deadline=None)
@given(problems())
def test_proofs_prove_what_they_say_with_the_rows_they_name(problem):
    system, targets = problem
    verdicts = search(system, targets)
    assert set(verdicts.proofs) == set(np.flatnonzero(verdicts.unmet))
    whole_rows, divisor = rounded(system)
    for target, proof in verdicts.proofs.items():
        gone = ~np.isin(np.arange(system.rows), proof.rows)
        assert tried(system.without(gone), targets)[2][target]
        if not proof.linear:
            continue
        line = targets.matrix.toarray()[target]
        ends = limits(system, targets, target)
        offset = targets.offset[target]
        sides = ((1, proof.upper, verdicts.high), (-1, proof.lower, verdicts.low))
        for sign, multipliers, end in sides:
            shares = {row: Fraction(sign) * share * int(divisor[row]) for row, share in multipliers}
            cost = {column: sign * int(value) for column, value in enumerate(line)}
            certificate = weak_bound(whole_rows, cost, shares, ends)
            assert certificate is not None
            assert sign * (certificate.bound // 1) + offset == end[target]


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 2**32))
def test_a_repair_leaves_nothing_unmet_and_hides_nothing_without_need(problem, seed):
    system, targets = problem
    rng = np.random.default_rng(seed)
    rows = system.rows
    groups = np.arange(rows) if rng.random() < 0.5 else rng.integers(-1, max(rows // 2, 1), rows)
    cost = rng.integers(1, 9, int(groups.max(initial=0)) + 1).astype(float)
    cost[rng.random(len(cost)) < 0.2] = np.inf
    result = repair(system, targets, cost, groups=groups)

    def left(hidden):
        gone = np.isin(groups, np.flatnonzero(hidden))
        return tried(system.without(gone), targets)[2]

    stuck = left(np.isfinite(cost))
    assert np.isfinite(cost[result.hidden]).all()
    assert (left(result.hidden) == stuck).all()
    assert result.stuck == tuple(np.flatnonzero(stuck))
    for group in np.flatnonzero(result.hidden):
        fewer = result.hidden.copy()
        fewer[group] = False
        assert (left(fewer) & ~stuck).any()


@settings(max_examples=80, deadline=None)
@given(problems())
def test_branches_alone_find_what_is_there_and_prove_what_is_not(problem):
    system, targets = problem
    plain = Targets(targets.matrix, 0 * targets.offset, targets.need)
    _, high, _ = tried(system, plain)
    for target, most in enumerate(high.tolist()):
        cost = targets.matrix.toarray()[target]
        for threshold in (most - 1, most, most + 1):
            brancher = Brancher(system)
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(brancher, "_suggested", lambda _: Suggestion("none"))
                outcome = brancher.more_than(cost, threshold)
            assert (outcome.point is not None) == (threshold < most)
            assert outcome.proven == (threshold >= most)


@settings(max_examples=120, deadline=None)
@given(problems(), st.integers(0, 2**32))
def test_floating_point_that_goes_astray_shows_and_proves_nothing_false(problem, seed):
    system, targets = problem
    low, high, unmet = tried(system, targets)
    rng, real = np.random.default_rng(seed), arrays.problem

    def astray(*given):
        made = real(*given)
        wrong = made.column_near * rng.choice([1.0, 1.0, 0.0, -1.0, 0.5], len(made.column_near))
        return made._replace(column_near=wrong)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arrays, "problem", astray)
        verdicts = search(system, targets)
    settled = ~verdicts.unresolved
    assert (verdicts.unmet[settled] == unmet[settled]).all()
    assert (verdicts.low <= low).all()
    assert (verdicts.high >= high).all()
