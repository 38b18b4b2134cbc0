"""The joint upper bound: never below the exact optimum, never above the separate bound."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from sozialraum.methods.regionalise import max_p_regions, upper_bounds
from sozialraum.methods.regionalise.bound import dual_prices, floor_of, joint_bound, joint_bounds
from sozialraum.methods.regionalise.prices import DEEPEST, Found, Market, make_valid
from sozialraum.methods.regionalise.problem import Problem
from sozialraum.methods.regionalise.sets import exact_regions, minimal_sets


def problem_of(adjacency: csr_array, counts: np.ndarray, minima: np.ndarray) -> Problem:
    adjacency.sort_indices()
    return Problem(
        adjacency.indptr.astype(np.int32),
        adjacency.indices.astype(np.int32),
        np.asarray(counts, dtype=float),
        np.asarray(minima, dtype=float) * (1 - 1e-9),
        np.zeros((counts.shape[0], 0)),
        np.zeros(adjacency.nnz),
    )


def grid(rows: int, columns: int) -> csr_array:
    number = np.arange(rows * columns).reshape(rows, columns)
    left = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    right = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    ends = np.concatenate([left, right]), np.concatenate([right, left])
    return csr_array((np.ones(ends[0].size, np.int8), ends), shape=(number.size, number.size))


def two_towns(side: int, seed: int) -> Problem:
    """A town rich in people and poor in the second group, next to one the other way round."""
    rng = np.random.default_rng(seed)
    west = np.tile(np.arange(side) < side // 2, side)
    people = rng.poisson(np.where(west, 40, 18))
    group = rng.poisson(np.where(west, 0.8, 3.0))
    return problem_of(grid(side, side), np.stack([people, group], axis=1), np.array([100, 5]))


def room_for(n: int) -> Found:
    return Found(
        np.zeros(5 * n + 2, np.int64),
        np.empty(200 * n, np.int32),
        np.empty(5 * n + 1),
        np.zeros(1, np.int64),
        np.empty((4, DEEPEST + 1), np.int32),
        np.zeros(4, np.int64),
        np.zeros(4),
    )


def separate(problem: Problem) -> int:
    everywhere = np.zeros(problem.counts.shape[0], np.int64)
    return int(upper_bounds(problem.counts, problem.need / (1 - 1e-9), everywhere).sum())


@st.composite
def instances(draw) -> Problem:
    """Connected random graphs whose counts follow places, with zeros, ties and giants."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    k = draw(st.integers(1, 4))
    n = draw(st.integers(1, 22))
    matrix = np.zeros((n, n), np.int8)
    for block in range(1, n):
        matrix[block, rng.integers(max(0, block - 4), block)] = 1
    extra = rng.integers(0, n, (draw(st.integers(0, n)), 2))
    near = np.abs(extra[:, 0] - extra[:, 1]) < 6
    matrix[extra[near, 0], extra[near, 1]] = 1
    np.fill_diagonal(matrix, 0)
    kind = draw(st.sampled_from(["even", "uneven", "sides", "giants"]))
    counts = rng.integers(0, draw(st.integers(2, 7)), (n, k)).astype(float)
    if kind == "even":
        counts[:] = 1.0
    if kind == "sides":
        counts[: n // 2, 0] *= 3
        counts[n // 2 :, k - 1] *= 3
    if kind == "giants":
        counts[rng.integers(0, n)] = 50
    return problem_of(csr_array(matrix + matrix.T), counts, rng.integers(1, 9, k).astype(float))


@given(instances())
@settings(max_examples=200, deadline=None)
def test_no_partition_exceeds_the_joint_bound(problem):
    exact = exact_regions(problem)
    assert exact is not None
    assert exact.proven
    assert exact.regions <= joint_bound(problem) <= separate(problem)


@given(instances())
@settings(max_examples=200, deadline=None)
def test_at_the_prices_every_set_that_passes_costs_at_least_one(problem):
    prices = dual_prices(problem)
    number, start, members = minimal_sets(problem, 200_000)
    assert number >= 0
    assert (prices >= 0).all()
    costs = [prices[members[start[i] : start[i + 1]]].sum() for i in range(number)]
    assert min(costs, default=1) >= 1 - 2e-9


@pytest.mark.parametrize("steps", [0, 1, 30])
def test_prices_stay_valid_when_the_search_is_given_up_early(monkeypatch, steps):
    monkeypatch.setattr("sozialraum.methods.regionalise.bound.STEPS", steps)
    for seed in range(6):
        problem = two_towns(6, seed)
        prices = dual_prices(problem)
        number, start, members = minimal_sets(problem, 200_000)
        costs = [prices[members[start[i] : start[i + 1]]].sum() for i in range(number)]
        assert min(costs) >= 1 - 2e-9


@pytest.mark.parametrize("level", [0.0, 0.1, 0.4])
def test_whatever_the_price_programme_says_the_prices_are_valid(monkeypatch, level):
    rng = np.random.default_rng(0)
    said = []

    def nonsense(_conditions, prices, _duals, _restarts):
        prices[:] = rng.random(prices.size) * level
        said.append(prices.copy())

    monkeypatch.setattr("sozialraum.methods.regionalise.bound.cheapest_prices", nonsense)
    problem = two_towns(6, 3)
    prices = dual_prices(problem)
    number, start, members = minimal_sets(problem, 200_000)
    costs = [prices[members[start[i] : start[i + 1]]].sum() for i in range(number)]
    assert len(said) > 1
    assert min(costs) >= 1 - 2e-9


@given(instances(), st.sampled_from([0.0, 0.05, 0.3]), st.integers(0, 50))
@settings(max_examples=300, deadline=None)
def test_any_prices_become_valid_by_raising_alone(problem, level, steps):
    # prices from nothing to clearly too low, searched hardly or fully
    n, k = problem.counts.shape
    shares = np.minimum(problem.counts / problem.need, 1) * (1 + 1e-11)
    before = np.random.default_rng(n).random(n) * level
    market = Market(problem.indptr, problem.indices, shares, before.copy(), np.zeros((n, k)))
    make_valid(market, room_for(n), 1 - 1e-9, steps)
    number, start, members = minimal_sets(problem, 200_000)
    costs = [market.prices[members[start[i] : start[i + 1]]].sum() for i in range(number)]
    assert (market.prices >= before).all()
    assert min(costs, default=1) >= 1 - 2e-9


def test_where_scarcity_changes_from_place_to_place_the_joint_bound_is_lower():
    problem = two_towns(16, 1)
    assert joint_bound(problem) < 0.85 * separate(problem)


def test_whole_blocks_lower_the_bound_of_a_single_minimum():
    # 36 blocks of 60 people: two fill a region of 100, so 18 regions, and not 21
    problem = problem_of(grid(6, 6), np.full((36, 1), 60.0), np.array([100.0]))
    assert separate(problem) == 21
    assert joint_bound(problem) == 18


def test_a_region_below_two_is_left_alone():
    problem = problem_of(grid(1, 3), np.full((3, 1), 50.0), np.array([100.0]))
    assert joint_bound(problem) == 1


def test_components_are_bounded_one_by_one_on_any_number_of_threads():
    problem = two_towns(10, 2)
    n = problem.counts.shape[0]
    twice = Problem(
        np.concatenate([problem.indptr, problem.indptr[1:] + problem.indptr[-1]]),
        np.concatenate([problem.indices, problem.indices + n]).astype(np.int32),
        np.concatenate([problem.counts, problem.counts]),
        problem.need,
        np.zeros((2 * n, 0)),
        np.zeros(2 * problem.indices.size),
    )
    alone = joint_bound(problem)
    one = joint_bounds(twice, np.array([0, n]))
    assert one.tolist() == [alone, alone]
    assert joint_bounds(twice, np.array([0, n]), n_jobs=2).tolist() == one.tolist()


def test_no_component_has_no_bound():
    nothing = problem_of(csr_array((0, 0), dtype=np.int8), np.zeros((0, 1)), np.array([1.0]))
    assert joint_bounds(nothing, np.array([], dtype=np.int64)).tolist() == []


def test_partitions_found_stay_below():
    problem = two_towns(16, 5)
    n = problem.counts.shape[0]
    adjacency = csr_array((np.ones(problem.indices.size), problem.indices, problem.indptr), (n, n))
    found = max_p_regions(adjacency, problem.counts, np.array([100.0, 5.0]))
    assert found.n_regions <= joint_bound(problem)


def test_rounding_never_costs_a_region():
    assert floor_of(3 - 1e-10) == 3
    assert floor_of(3 - 1e-6) == 2
