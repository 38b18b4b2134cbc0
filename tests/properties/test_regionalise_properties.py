"""Properties of max-p regions on over a thousand random graphs of every awkward kind."""

from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sozialraum.methods.regionalise import Regionalisation, max_p_regions, meets, totals_by
from sozialraum.methods.regionalise.problem import Problem
from sozialraum.methods.regionalise.sets import exact_regions


class Instance(NamedTuple):
    adjacency: csr_array
    counts: np.ndarray
    minima: np.ndarray
    ids: np.ndarray
    units: np.ndarray
    features: np.ndarray


def _edges(rows: int, columns: int, kind: str, rng: np.random.Generator) -> np.ndarray:
    """Return edges of a grid with holes, of a scattered graph, of a tree, or none."""
    n = rows * columns
    number = np.arange(n).reshape(rows, columns)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1)
    down = np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1)
    grid = np.concatenate([across, down])
    if kind == "tree":
        return np.array([(rng.integers(0, i), i) for i in range(1, n)], dtype=int).reshape(-1, 2)
    if kind == "scattered":
        pairs = rng.integers(0, n, (n, 2)) if n else np.zeros((0, 2), int)
        return pairs[pairs[:, 0] != pairs[:, 1]]
    if kind == "holes":
        gone = rng.random(n) < 0.2  # blocks without a neighbour: islands
        grid = grid[~gone[grid].any(axis=1)]
    return grid[:0] if kind == "isolated" else grid


def _counts(n: int, k: int, kind: str, rng: np.random.Generator) -> np.ndarray:
    if kind == "ties":
        return np.full((n, k), 7.0)
    if kind == "zeros":
        return np.zeros((n, k))
    if kind == "giant":
        counts = np.zeros((n, k))
        counts[rng.integers(0, n, min(n, 1))] = 1000.0
        return counts
    if kind == "halves":
        return rng.integers(0, 40, (n, k)) / 2
    return np.round(np.exp(rng.normal(2.0, 1.0, (n, k))))


@st.composite
def instances(draw, most: int = 6) -> Instance:
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    rows, columns = draw(st.integers(0, most)), draw(st.integers(1, most + 1))
    n, k = rows * columns, draw(st.integers(1, 4))
    kinds = ["grid", "holes", "scattered", "tree", "isolated"]
    left, right = _edges(rows, columns, draw(st.sampled_from(kinds)), rng).T
    ends = np.concatenate([left, right]), np.concatenate([right, left])
    return Instance(
        csr_array((np.ones(ends[0].size, np.int8), ends), shape=(n, n)),
        _counts(n, k, draw(st.sampled_from(["skewed", "ties", "zeros", "giant", "halves"])), rng),
        rng.integers(1, draw(st.sampled_from([15, 60, 400])), k).astype(float),
        np.array([f"b{i:04d}" for i in rng.permutation(n)], dtype=str),
        rng.choice(["north", "south"][: draw(st.integers(1, 2))], n).astype(str),
        np.stack(np.divmod(np.arange(n), columns), axis=1).astype(float),
    )


def solve(instance: Instance, **options) -> Regionalisation:
    return max_p_regions(
        instance.adjacency,
        instance.counts,
        instance.minima,
        **{
            "ids": instance.ids,
            "units": instance.units,
            "features": instance.features,
            "effort": "fast",
            **options,
        },
    )


def within_units(instance: Instance) -> csr_array:
    left, right = instance.adjacency.tocoo().coords
    same = instance.units[left] == instance.units[right]
    ends = left[same], right[same]
    return csr_array((np.ones(same.sum()), ends), shape=instance.adjacency.shape)


def assert_valid(instance: Instance, found: Regionalisation) -> None:
    """Contiguous, nested, above every minimum; -1 exactly where the minima are out of reach."""
    labels = found.labels
    inside = within_units(instance)
    _, components = connected_components(inside, directed=False)
    if labels.size:
        reachable = meets(totals_by(components, instance.counts), instance.minima).all(axis=1)
        assert np.array_equal(labels >= 0, reachable[components])
    assert set(labels[labels >= 0].tolist()) == set(range(found.n_regions))
    for region in range(found.n_regions):
        blocks = np.flatnonzero(labels == region)
        assert np.unique(instance.units[blocks]).size == 1
        assert meets(instance.counts[blocks].sum(axis=0), instance.minima).all()
        assert connected_components(inside[blocks][:, blocks], directed=False)[0] == 1
    assert found.n_regions <= found.upper_bound


@given(instances())
@settings(max_examples=500, deadline=None)
def test_every_region_is_contiguous_nested_and_above_all_minima(instance):
    assert_valid(instance, solve(instance))


@given(instances(most=4), st.sampled_from(["fast", "standard", "thorough"]))
@settings(max_examples=150, deadline=None)
def test_no_more_regions_than_the_optimum(instance, effort):
    inside = within_units(instance)
    inside.sort_indices()
    problem = Problem(
        inside.indptr.astype(np.int32),
        inside.indices.astype(np.int32),
        instance.counts,
        instance.minima * (1 - 1e-9),
        np.zeros((instance.counts.shape[0], 0)),
        np.zeros(inside.nnz),
    )
    found = solve(instance, effort=effort)
    assert_valid(instance, found)
    exact = exact_regions(problem)
    assert exact is None or found.n_regions <= exact.regions


@given(instances(), st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_rows_does_not_matter(instance, seed):
    order = np.random.default_rng(seed).permutation(instance.ids.size)
    shuffled = Instance(
        csr_array(instance.adjacency[order][:, order]),
        instance.counts[order],
        instance.minima,
        instance.ids[order],
        instance.units[order],
        instance.features[order],
    )
    assert np.array_equal(solve(instance).labels[order], solve(shuffled).labels)


@given(instances())
@settings(max_examples=40, deadline=None)
def test_the_number_of_threads_does_not_matter(instance):
    assert np.array_equal(solve(instance).labels, solve(instance, n_jobs=2).labels)


@given(instances(), st.sampled_from([0.0, 0.05, 0.3]))
@settings(max_examples=120, deadline=None)
def test_a_tolerance_gives_up_no_more_areas_than_it_says(instance, tolerance):
    most, found = solve(instance), solve(instance, tolerance=tolerance)
    assert_valid(instance, found)
    assert found.n_regions >= np.floor((1 - tolerance) * most.n_regions * (1 - 1e-9))


@given(instances(), st.integers(-1, 6), st.integers(0, 2**32 - 1))
@settings(max_examples=120, deadline=None)
def test_any_start_leads_to_valid_regions(instance, regions, seed):
    rng = np.random.default_rng(seed)
    start = rng.integers(-1, max(regions, 0) + 1, instance.ids.size)
    assert_valid(instance, solve(instance, start=start))


def test_nothing_one_block_and_one_region():
    none = max_p_regions(csr_array((0, 0), dtype=np.int8), np.zeros((0, 1)), [1])
    assert (none.n_regions, none.labels.size, none.upper_bound) == (0, 0, 0)
    one = csr_array((1, 1), dtype=np.int8)
    assert max_p_regions(one, np.array([5.0]), [5]).labels.tolist() == [0]
    assert max_p_regions(one, np.array([4.0]), [5]).labels.tolist() == [-1]
    row = csr_array(np.diag(np.ones(4), 1) + np.diag(np.ones(4), -1))
    # five blocks of one person, four a region: one region, and nothing to move or swap
    assert max_p_regions(row, np.ones(5), [4]).labels.tolist() == [0] * 5
