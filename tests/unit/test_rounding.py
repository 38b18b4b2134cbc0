"""Rounding regions off: exchanges where no block can move, gap costs, and the best partition."""

import itertools

import numpy as np
import pytest
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from sozialraum.methods.regionalise.chance import below, uniform
from sozialraum.methods.regionalise.problem import Problem
from sozialraum.methods.regionalise.rounding import round_regions
from sozialraum.methods.regionalise.thin import thin_regions


def problem_of(links: np.ndarray, counts, need, features, cost=None) -> Problem:
    graph = csr_array(links.astype(float))
    graph.sort_indices()
    rows = np.repeat(np.arange(len(links)), np.diff(graph.indptr))
    return Problem(
        graph.indptr.astype(np.int32),
        graph.indices.astype(np.int32),
        np.asarray(counts, float).reshape(len(links), -1),
        np.atleast_1d(np.asarray(need, float)),
        np.asarray(features, float).reshape(len(links), -1),
        np.zeros(graph.nnz) if cost is None else cost[rows, graph.indices].astype(float),
    )


def grid(rows: int, columns: int) -> np.ndarray:
    at = np.array(list(itertools.product(range(rows), range(columns))))
    return np.abs(at[:, None] - at[None]).sum(axis=2) == 1


def price(labels: np.ndarray, links, features, cost) -> float:
    """Return the cost of a partition, computed in another way than in the kernel."""
    total = 0.0
    for region in np.unique(labels):
        own = np.flatnonzero(labels == region)
        total += ((features[own] - features[own].mean(axis=0)) ** 2).sum()
        inner = np.where(links[np.ix_(own, own)], cost[np.ix_(own, own)] + 1.0, 0.0)
        total += minimum_spanning_tree(csr_array(inner)).sum() - (own.size - 1)
    return float(total)


def test_blocks_change_places_where_none_can_move_alone():
    ring = np.roll(np.eye(4), 1, axis=1) + np.roll(np.eye(4), -1, axis=1)
    problem = problem_of(ring > 0, np.full(4, 60), 100, [0, 1, 1, 0])
    labels = np.array([0, 0, 1, 1], np.int32)
    round_regions(problem, labels, 2, 50, 400, np.array([1], np.uint64))
    assert labels[0] == labels[3] != labels[1] == labels[2]


@pytest.mark.parametrize("seed", range(8))
def test_tiny_partitions_become_the_cheapest(seed):
    rng = np.random.default_rng(seed)
    links = grid(3, 3)
    features = rng.random((9, 2))
    cost = rng.random((9, 9)) * (rng.random((9, 9)) < 0.4)
    cost = np.maximum(cost, cost.T)

    def whole(own: np.ndarray) -> bool:
        return connected_components(csr_array(links[np.ix_(own, own)].astype(float)))[0] == 1

    cheapest = np.inf
    for rest in itertools.product(range(3), repeat=8):
        labels = np.array((0, *rest))
        sizes = np.bincount(labels, minlength=3)
        if sizes.min() >= 2 and all(whole(np.flatnonzero(labels == q)) for q in range(3)):
            cheapest = min(cheapest, price(labels, links, features, cost))
    problem = problem_of(links, np.ones(9), 2, features, cost)
    labels = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2], np.int32)
    round_regions(problem, labels, 3, 3_000, 400, np.array([seed], np.uint64))
    assert np.bincount(labels).min() >= 2
    assert price(labels, links, features, cost) <= cheapest * 1.02


def test_regions_stay_contiguous_and_above_every_minimum():
    rng = np.random.default_rng(5)
    links = grid(20, 20)
    counts = rng.integers(1, 9, (400, 2))
    labels = (np.arange(400) // 10).astype(np.int32)
    need = np.bincount(labels, counts.min(axis=1)).min() * 0.8
    problem = problem_of(links, counts, [need, need], rng.random((400, 3)))
    before = price(labels, links, problem.features, np.zeros((400, 400)))
    round_regions(problem, labels, 40, 4_000, 400, np.array([2], np.uint64))
    for q in range(40):
        own = np.flatnonzero(labels == q)
        assert connected_components(csr_array(links[np.ix_(own, own)].astype(float)))[0] == 1
        assert (counts[own].sum(axis=0) >= need).all()
    assert price(labels, links, problem.features, np.zeros((400, 400))) < 0.9 * before


@pytest.mark.parametrize("wanted", [1, 3, 7])
def test_thinning_leaves_contiguous_regions(wanted):
    links = grid(5, 5)
    labels = np.arange(25)
    problem = problem_of(links, np.ones(25), 1, np.random.default_rng(0).random((25, 2)))
    assert thin_regions(problem, labels, 25, wanted) == wanted
    for q in range(wanted):
        own = np.flatnonzero(labels == q)
        assert connected_components(csr_array(links[np.ix_(own, own)].astype(float)))[0] == 1


def test_thinning_does_not_reach_over_costly_edges():
    path = np.eye(3, k=1) + np.eye(3, k=-1)
    cost = np.zeros((3, 3))
    cost[0, 1] = cost[1, 0] = 50
    problem = problem_of(path > 0, np.ones(3), 1, [0, 1, 5], cost)
    labels = np.arange(3)
    thin_regions(problem, labels, 3, 2)
    assert labels.tolist() == [0, 1, 1]


def test_random_numbers_are_those_of_splitmix64():
    # origin: first outputs of SplitMix64 for the seed 1234567 (Rosetta Code)
    state = np.array([1234567], np.uint64)
    expected = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert [uniform(state) for _ in expected] == [(x >> 11) / 2**53 for x in expected]
    assert {below(state, 3) for _ in range(50)} == {0, 1, 2}
