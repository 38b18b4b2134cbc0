"""Exact optima of small instances, and windows packed exactly."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sozialraum.methods.regionalise.packing import polish_windows
from sozialraum.methods.regionalise.problem import Problem
from sozialraum.methods.regionalise.sets import exact_regions, minimal_sets


def problem_of(left, right, counts: np.ndarray, minima) -> Problem:
    n = counts.shape[0]
    ends = np.concatenate([left, right]), np.concatenate([right, left])
    matrix = csr_array((np.ones(ends[0].size), ends), shape=(n, n))
    matrix.sum_duplicates()
    return Problem(
        matrix.indptr.astype(np.int32),
        matrix.indices.astype(np.int32),
        np.asarray(counts, dtype=float),
        np.asarray(minima, dtype=float) * (1 - 1e-9),
        np.zeros((n, 0)),
        np.zeros(matrix.nnz),
    )


def grid(rows: int, columns: int, counts: np.ndarray, minima) -> Problem:
    number = np.arange(rows * columns).reshape(rows, columns)
    left = np.concatenate([number[:, :-1].ravel(), number[:-1].ravel()])
    right = np.concatenate([number[:, 1:].ravel(), number[1:].ravel()])
    return problem_of(left, right, counts, minima)


def matrix_of(problem: Problem) -> csr_array:
    n = problem.counts.shape[0]
    return csr_array((np.ones(problem.indices.size), problem.indices, problem.indptr), (n, n))


def connected(problem: Problem, blocks) -> bool:
    chosen = list(blocks)
    inner = matrix_of(problem)[chosen][:, chosen]
    return connected_components(inner, directed=False)[0] == 1


def passes(problem: Problem, blocks) -> bool:
    return bool((problem.counts[list(blocks)].sum(axis=0) >= problem.need).all())


def brute_minimal(problem: Problem) -> set[frozenset]:
    n = problem.counts.shape[0]
    good = []
    for size in range(1, n + 1):
        for blocks in itertools.combinations(range(n), size):
            new = not any(other <= set(blocks) for other in good)
            if new and passes(problem, blocks) and connected(problem, blocks):
                good.append(frozenset(blocks))
    return set(good)


def brute_packing(sets: list[frozenset]) -> int:
    if not sets:
        return 0
    rest = [other for other in sets[1:] if not other & sets[0]]
    return max(1 + brute_packing(rest), brute_packing(sets[1:]))


@st.composite
def small(draw) -> Problem:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, k = draw(st.integers(1, 8)), draw(st.integers(1, 3))
    left, right = rng.integers(0, n, (2, draw(st.integers(0, 12))))
    different = left != right
    counts = rng.integers(0, 5, (n, k))
    return problem_of(left[different], right[different], counts, rng.integers(1, 7, k))


@given(small())
@settings(max_examples=150, deadline=None)
def test_minimal_sets_and_optimum_as_found_by_trying_everything(problem):
    number, start, members = minimal_sets(problem, 1000)
    found = [frozenset(members[start[i] : start[i + 1]].tolist()) for i in range(number)]
    assert len(set(found)) == number
    expected = brute_minimal(problem)
    assert set(found) == expected
    exact = exact_regions(problem)
    assert exact is not None
    assert exact.proven
    assert exact.regions == brute_packing(sorted(expected, key=sorted))
    for region in range(exact.regions):
        blocks = np.flatnonzero(exact.labels == region)
        assert passes(problem, blocks)
        assert connected(problem, blocks)
    components = connected_components(matrix_of(problem), directed=False)[1]
    for component in np.unique(components):
        held = exact.labels[components == component]
        assert (held >= 0).all() or (held < 0).all()


def test_too_many_sets_are_given_up():
    problem = grid(6, 6, np.ones((36, 1)), [8])
    assert exact_regions(problem, most_sets=500) is None


def test_a_disconnected_rest_holds_no_region():
    exact = exact_regions(problem_of([0], [1], np.array([[2.0], [2.0], [3.0]]), [4]))
    assert exact is not None
    assert exact.labels.tolist() == [0, 0, -1]


def test_a_bad_partition_of_a_window_is_packed_with_more_regions():
    # a row of people 60 60 60 40 40 60, at least 100 a region, starts in two regions:
    # 120, 100 and 100 is the only way to three
    counts = np.array([[60.0], [60.0], [60.0], [40.0], [40.0], [60.0]])
    problem = grid(1, 6, counts, [100])
    labels = np.array([0, 0, 0, 0, 1, 1], np.int32)
    assert polish_windows(problem, labels, 2, seed=1, rounds=20) == 3
    assert labels[0] == labels[1]
    assert labels[2] == labels[3]
    assert labels[4] == labels[5]


def test_one_region_stays():
    labels = np.zeros(4, np.int32)
    problem = grid(1, 4, np.ones((4, 1)), [4])
    assert polish_windows(problem, labels, 1, seed=1, rounds=20) == 1


def test_no_round_changes_nothing():
    counts = np.array([[60.0], [60.0], [60.0], [40.0], [40.0], [60.0]])
    labels = np.array([0, 0, 0, 0, 1, 1], np.int32)
    assert polish_windows(grid(1, 6, counts, [100]), labels, 2, seed=1, rounds=0) == 2
    assert labels.tolist() == [0, 0, 0, 0, 1, 1]


def snake(problem: Problem, rows: int, columns: int) -> tuple[np.ndarray, int]:
    """Cut a grid greedily along a snake: contiguous and above every minimum, but few regions."""
    number = np.arange(rows * columns).reshape(rows, columns)
    number[1::2] = number[1::2, ::-1]
    labels, region, held = np.zeros(rows * columns, np.int32), 0, np.zeros(problem.need.size)
    for block in number.ravel():
        labels[block] = region
        held = held + problem.counts[block]
        if (held >= problem.need).all():
            region, held = region + 1, np.zeros(problem.need.size)
    labels[labels == region] = max(region - 1, 0)
    return labels, max(region, 1)


@pytest.mark.parametrize("k", [1, 3])
def test_polished_regions_are_valid_more_and_never_above_the_optimum(k):
    gained = 0
    for seed in range(4):
        rng = np.random.default_rng(seed)
        counts = rng.integers(10, 70, (48, k)).astype(float)
        problem = grid(6, 8, counts, np.full(k, 100.0))
        labels, before = snake(problem, 6, 8)
        again = labels.copy()
        after = polish_windows(problem, labels, before, seed=seed, rounds=300)
        assert np.unique(labels).tolist() == list(range(after))
        for region in range(after):
            blocks = np.flatnonzero(labels == region)
            assert passes(problem, blocks)
            assert connected(problem, blocks)
        exact = exact_regions(problem)
        assert exact is not None
        assert before <= after <= exact.regions
        assert polish_windows(problem, again, before, seed=seed, rounds=300) == after
        assert np.array_equal(again, labels)
        gained += after - before
    assert gained >= 2
