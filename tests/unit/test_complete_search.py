"""One search for all sums: what it finds is proven, what it denies is not there."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from sozialraum.methods.feasibility import ContradictionError, System
from sozialraum.methods.feasibility.complete import SmallSum, complete_search
from sozialraum.methods.tables import FAR


def system_of(rows, low, high, *, most=None, least=None) -> System:
    matrix = np.array(rows, dtype=np.int64)
    columns = matrix.shape[1]
    limits = [np.array(side, dtype=np.int64) for side in (low, high)]
    bottom = np.zeros(columns, dtype=np.int64) if least is None else np.array(least)
    top = np.full(columns, FAR) if most is None else np.array(most)
    return System(csr_array(matrix), *limits, bottom, top, np.full(columns, -1))


def value_of(system: System, small: SmallSum, sign: int) -> Fraction:
    """Return the bound that a proof gives: rows and limits as often as it says."""
    upper = sign > 0
    rows = small.proof.upper if upper else small.proof.lower
    columns = small.proof.upper_columns if upper else small.proof.lower_columns
    left = {column: Fraction(1) for column in small.columns.tolist()}
    total = Fraction(0)
    for row, factor in rows:
        inside = system.matrix[[row]].toarray()[0]
        divisor = math.gcd(*inside.tolist())
        side = (
            int(system.row_high[row]) // divisor
            if factor * sign > 0
            else -(-int(system.row_low[row]) // divisor)
        )
        assert abs(side) < FAR
        total += factor * side * divisor
        for column, value in enumerate(inside.tolist()):
            left[column] = left.get(column, Fraction(0)) - factor * value
    assert {column: factor for column, factor in left.items() if factor} == dict(columns)
    for column, factor in columns:
        side = int((system.high if factor * sign > 0 else system.low)[column])
        assert abs(side) < FAR
        total += factor * side
    return total


def assert_proven(system: System, small: SmallSum, k: int) -> None:
    assert small.proof.linear
    assert small.high == math.floor(value_of(system, small, 1))
    assert small.low == math.ceil(value_of(system, small, -1))
    assert 1 <= small.low <= small.high < k
    named = {row for row, _ in (*small.proof.upper, *small.proof.lower)}
    assert set(small.proof.rows) == named


def test_a_combination_that_no_pair_of_areas_shows():
    """Half of three rows: (x+y) + (y+z) + (x+z) and a total tell what w is."""
    rows = [[1, 1, 0, 1, 0], [0, 1, 1, 1, 0], [1, 0, 1, 0, 0], [1, 1, 1, 0, 1]]
    counts = np.array([7, 9, 6, 2, 8])
    known = (np.array(rows) @ counts).tolist()
    system = system_of(rows, known, known)
    # twice w is r0 + r1 + r2 - 2 (x + y + z), which the last row gives up to v
    with_rest = system_of([*rows, [0, 0, 0, 0, 1]], [*known, 8], [*known, 8])
    assert complete_search(system, 3).state == "none"
    found = complete_search(with_rest, 3)
    assert found.state == "found"
    assert [small.columns.tolist() for small in found.found] == [[3]]
    assert_proven(with_rest, found.found[0], 3)
    assert {abs(factor) for _, factor in found.found[0].proof.upper} == {Fraction(1, 2), 1}


def test_rounded_areas_prove_a_range():
    """5 to 9 in the area, at least 4 and 3 in two of its three blocks: 0 to 2 in the third."""
    rows = [[1, 1, 1], [1, 0, 0], [0, 1, 0]]
    system = system_of(rows, [8, 4, 3], [9, 4, 3])
    found = complete_search(system, 3)
    (small,) = found.found
    assert (small.columns.tolist(), small.low, small.high) == ([2], 1, 2)
    assert_proven(system, small, 3)
    wider = system_of(rows, [7, 4, 3], [9, 4, 3])
    assert complete_search(wider, 3).state == "none"
    assert complete_search(wider, 4, eligible=np.array([False, True, True])).state == "found"
    assert complete_search(wider, 3, eligible=np.array([True, False, False])).state == "none"


def test_sums_in_independent_parts_are_found_in_each():
    one = [[1, 1, 0, 0, 0, 0], [0, 1, 1, 0, 0, 0]]
    two = [[0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1]]
    system = system_of([*one, *two], [8, 2, 9, 7], [8, 2, 9, 7])
    found = complete_search(system, 3)
    assert (found.state, found.unfinished) == ("found", 0)
    assert {tuple(small.columns.tolist()) for small in found.found} == {(1, 2), (3,)}
    for small in found.found:
        assert_proven(system, small, 3)


def test_what_takes_whole_numbers_says_so():
    """2 x + 3 y = 7 leaves x = 2, y = 1, but y may be anything up to 7/3 in fractions."""
    system = system_of([[2, 3]], [7], [7])
    found = complete_search(system, 3)
    assert {(small.columns[0], small.low, small.high) for small in found.found} == {
        (0, 2, 2),
        (1, 1, 1),
    }
    assert not any(small.proof.linear for small in found.found)
    assert all(small.proof.rows == (0,) for small in found.found)


def test_rows_count_with_what_whole_numbers_can_reach():
    system = system_of([[100, 100]], [120], [290])
    (small,) = complete_search(system, 3).found
    assert (small.columns.tolist(), small.low, small.high) == ([0, 1], 2, 2)
    assert_proven(system, small, 3)


def test_without_time_the_answer_is_open():
    system = system_of([[1, 1, 1], [0, 1, 1]], [12, 10], [12, 11])
    late = complete_search(system, 3, seconds=0)
    assert (late.state, late.found, late.unfinished) == ("open", (), 1)
    assert complete_search(system, 3).state == "found"


def test_nothing_published_nothing_found():
    empty = system_of(np.zeros((0, 4), dtype=np.int64), [], [])
    assert complete_search(empty, 5).state == "none"
    assert complete_search(system_of([[1]], [3], [FAR], least=[-FAR]), 5).state == "none"


def test_contradictions_and_nonsense_are_refused():
    with pytest.raises(ContradictionError):
        complete_search(system_of([[1, 1], [1, 0]], [3, 5], [3, 9]), 3)
    with pytest.raises(ValueError, match="1"):
        complete_search(system_of([[1, 1]], [3], [3]), 1)
    with pytest.raises(ValueError, match="3"):
        complete_search(system_of([[1, 1]], [3], [3]), 3, eligible=np.ones(3, dtype=bool))


def drawn(seed: int) -> System:
    """Return a system of up to 6 columns that has a solution: sums, differences, ranges."""
    rng = np.random.default_rng(seed)
    columns = int(rng.integers(3, 7))
    counts = rng.integers(0, 7, columns)
    rows = rng.choice([0, 0, 1, 1, 1, -1, 2], (int(rng.integers(2, 6)), columns))
    rows = rows[rows.any(axis=1)]
    value, slack = rows @ counts, rng.choice([0, 0, 1, 3, FAR], (2, len(rows)))
    low = np.where(slack[0] == FAR, -FAR, value - slack[0])
    high = np.where(slack[1] == FAR, FAR, value + slack[1])
    most = np.where(rng.random(columns) < 0.5, counts + rng.integers(0, 5, columns), FAR)
    least = np.where(rng.random(columns) < 0.9, 0, -FAR)
    return system_of(rows, low, high, most=most, least=least)


def proven_small(system: System, k: int) -> set[tuple[int, ...]]:
    """Return all sums that fractions allow only between 1 and k - 1, one by one."""

    def limits(side):
        return [None if abs(limit) >= FAR else limit for limit in side.tolist()]

    matrix = system.matrix.toarray()
    above, below = system.row_low > -FAR, system.row_high < FAR
    rows = np.vstack([matrix[below], -matrix[above]])
    ends = np.concatenate([system.row_high[below], -system.row_low[above]])
    bounds = list(zip(limits(system.low), limits(system.high), strict=True))
    found = set()
    for number in range(1, system.columns + 1):
        for chosen in itertools.combinations(range(system.columns), number):
            cost = np.isin(np.arange(system.columns), chosen).astype(float)
            low, high = (
                linprog(sign * cost, A_ub=rows, b_ub=ends, bounds=bounds) for sign in (1, -1)
            )
            small = low.status == high.status == 0
            if small and low.fun > 0.005 and -high.fun < k - 0.005:
                found.add(chosen)
    return found


@pytest.mark.parametrize("seed", range(40))
def test_all_sums_one_by_one_say_the_same(seed):
    system, k = drawn(seed), 3 + seed % 2
    expected = proven_small(system, k)
    answer = complete_search(system, k)
    assert answer.state != "open"
    if expected:
        assert answer.state == "found"
    for small in answer.found:
        if small.proof.linear:
            assert tuple(small.columns.tolist()) in expected
            assert_proven(system, small, k)
    if all(small.proof.linear for small in answer.found):
        assert bool(answer.found) == bool(expected)
