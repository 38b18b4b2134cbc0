"""As many regions as possible: every one contiguous and above every minimum (max-p regions).

Construction, then re-cutting of groups of neighbouring regions into more, then lower
sums of squares at an equal number of regions, then a check that no region splits.
The problem: Duque, Anselin and Rey (2012), "The max-p-regions problem", Journal of
Regional Science 52(3).
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sozialraum.errors import DelineationError
from sozialraum.methods.regionalise.problem import Problem

ROUNDING = 1e-9
"""Totals are compared with minima up to this relative tolerance (estimated counts)."""

Effort = Literal["fast", "standard", "thorough"]


@dataclass(frozen=True, slots=True, eq=False)
class Regionalisation:
    """A partition of blocks into contiguous regions above every minimum.

    Parameters
    ----------
    labels
        (n,) region of every block, 0 … n_regions - 1; -1 in components that cannot
        reach the minima.
    n_regions
        Number of regions.
    upper_bound
        Number of regions that no partition can exceed (:func:`upper_bounds`).
    slack
        (n_regions, k) totals above the minima, in counts.
    binding
        (n_regions,) which minimum is the tightest.
    proven
        (n_regions,) True where no split into two contiguous regions that both pass
        exists; False where a search of a large region found none, and everywhere if
        regions were given up for homogeneity (`tolerance`).
    components
        (n,) connected component of every block.
    """

    labels: np.ndarray
    n_regions: int
    upper_bound: int
    slack: np.ndarray
    binding: np.ndarray
    proven: np.ndarray
    components: np.ndarray

    @property
    def ratio(self) -> float:
        """Number of regions over the upper bound; 1 where no region is possible."""
        return self.n_regions / self.upper_bound if self.upper_bound else 1.0


def meets(totals: np.ndarray, minima: np.ndarray) -> np.ndarray:
    """Return where totals reach minima, cell by cell.

    Examples
    --------
    >>> meets(np.array([[100.0, 4.0]]), np.array([100.0, 5.0])).tolist()
    [[True, False]]
    """
    return np.asarray(totals) >= np.asarray(minima) * (1 - ROUNDING)


def totals_by(labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return (number of labels, k) sums of counts by label 0, 1, …; negative ones are left out.

    Examples
    --------
    >>> totals_by(np.array([0, 0, -1]), np.array([[1.0], [2.0], [4.0]])).tolist()
    [[3.0]]
    """
    inside = labels >= 0
    number = int(labels.max(initial=-1)) + 1
    sums = [np.bincount(labels[inside], column[inside], minlength=number) for column in counts.T]
    return np.stack(sums, axis=1)


def upper_bounds(counts: np.ndarray, minima: np.ndarray, components: np.ndarray) -> np.ndarray:
    """Return, for every component, a number of regions that no partition exceeds.

    A block worth several minima still fills one region only, so it counts at most the
    minimum: a component has at most ⌊Σ min(w, T) / T⌋ regions, for every minimum T.

    Parameters
    ----------
    counts
        (n, k) counts of the blocks.
    minima
        (k,) minima.
    components
        (n,) component of every block, 0, 1, ….

    Returns
    -------
    numpy.ndarray
        (number of components,) whole numbers.

    Examples
    --------
    >>> upper_bounds(np.array([[250.0], [60.0]]), np.array([100.0]), np.array([0, 0])).tolist()
    [1]
    """
    clipped = totals_by(components, np.minimum(counts, minima)) / minima
    return np.floor(clipped.min(axis=1) * (1 + ROUNDING)).astype(np.int64)


def component_seed(unit: str, smallest: str, seed: int) -> int:
    """Return the seed of one component: the same on every machine and in every order."""
    text = "\0".join((unit, smallest, str(seed)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def max_p_regions(  # noqa: PLR0913 - one option for each part of the problem
    adjacency: csr_array,
    counts: np.ndarray,
    minima: np.ndarray | Sequence[float],
    *,
    ids: Sequence[str] | np.ndarray | None = None,
    units: Sequence[str] | np.ndarray | None = None,
    features: np.ndarray | None = None,
    edge_cost: csr_array | None = None,
    start: np.ndarray | None = None,
    effort: Effort = "standard",
    tolerance: float = 0.0,
    seed: int = 0,
    n_jobs: int = 1,
) -> Regionalisation:
    """Divide blocks into as many contiguous regions as possible, all above every minimum.

    Parameters
    ----------
    adjacency
        Symmetric (n × n) matrix; an entry says that two blocks are neighbours.
    counts
        (n, k) or (n,) additive, non-negative, complete counts.
    minima
        (k,) what every region must reach, larger than 0.
    ids
        (n,) unique names of the blocks. They tie the result to the blocks: with ids the
        order of the rows does not matter. Without them the row number is the name.
    units
        (n,) nesting units; no region crosses from one to another.
    features
        (n, d) what regions should be compact or alike in, such as coordinates in metres.
        They are divided by the typical distance between neighbours.
    edge_cost
        Symmetric (n × n) matrix: what it costs a region to reach over an edge of the
        adjacency, in squared units of the features. An entry it lacks costs nothing. A
        region pays for the cheapest tree of edges that connects its blocks.
    start
        (n,) regions of an earlier partition, any numbers, -1 for none. Its contiguous
        pieces that meet every minimum are what the search starts from; there are never
        fewer regions than such pieces at `tolerance` 0.
    effort
        How long to search: ``"fast"``, ``"standard"`` or ``"thorough"``.
    tolerance
        Share of the regions found that may be given up for a lower sum of squares, from
        0 to below 1. At 0 no region of up to 25 blocks splits into two that both pass.
    seed
        Start of the random numbers.
    n_jobs
        Threads. The result does not depend on it.

    Returns
    -------
    Regionalisation

    Raises
    ------
    DelineationError
        Counts are incomplete or negative, minima not positive, ids repeated, the
        adjacency is not symmetric, or an option does not fit the blocks.

    Examples
    --------
    Six blocks in a row, 60 people each, at least 100 people a region:

    >>> row = csr_array(np.diag(np.ones(5), 1) + np.diag(np.ones(5), -1))
    >>> max_p_regions(row, np.full(6, 60.0), [100]).n_regions
    3
    """
    from sozialraum.methods.regionalise.batches import solve_components

    adjacency = csr_array(adjacency)
    n = int(adjacency.indptr.size) - 1
    counts, minima = _checked_counts(counts, minima)
    names = np.array([f"{i:012d}" for i in range(n)] if ids is None else ids, dtype=str)
    if np.unique(names).size != n or names.shape != (n,) or counts.shape[0] != n:
        raise DelineationError("areas.ids_repeated", blocks=n)
    groups = np.zeros(n, dtype="U1") if units is None else np.asarray(units, dtype=str)
    shapes = np.zeros((n, 0)) if features is None else np.asarray(features, dtype=float)
    shapes = shapes[:, None] if shapes.ndim == 1 else shapes
    begin = None if start is None else np.asarray(start)
    _check_options(n, groups, shapes, edge_cost, begin, effort, tolerance)
    _check_symmetric(adjacency, n)

    order, sorted_components = canonical_order(adjacency, names, groups)
    starts = np.flatnonzero(np.diff(sorted_components, prepend=-1))
    seeds = [component_seed(str(groups[i]), str(names[i]), seed) for i in order[starts]]
    labels, proven = np.full(n, -1, np.int64), np.empty(0, bool)
    if n:
        whole = _problem(
            _permuted(adjacency, order, groups),
            counts[order],
            minima,
            shapes[order],
            None if edge_cost is None else csr_array(edge_cost)[order][:, order],
        )
        labels[order], proven = solve_components(
            whole,
            starts,
            seeds,
            effort,
            n_jobs,
            begin=None if begin is None else begin[order],
            tolerance=tolerance,
        )
    components = np.empty(n, np.int64)
    components[order] = sorted_components
    slack = totals_by(labels, counts) - minima
    return Regionalisation(
        labels=labels,
        n_regions=len(proven),
        upper_bound=int(upper_bounds(counts, minima, components).sum()),
        slack=slack,
        binding=(slack / minima).argmin(axis=1),
        proven=proven,
        components=components,
    )


def _check_symmetric(adjacency: csr_array, n: int) -> None:
    """Raise unless the adjacency is a symmetric matrix."""
    if adjacency.shape != (n, n):
        raise DelineationError("areas.adjacency", blocks=n)
    links = csr_array(
        (np.ones(adjacency.nnz, np.int8), adjacency.indices, adjacency.indptr), (n, n)
    )
    if (links != links.T).nnz:
        raise DelineationError("areas.adjacency", blocks=n)


def _check_options(
    n: int,
    units: np.ndarray,
    features: np.ndarray,
    edge_cost: csr_array | None,
    start: np.ndarray | None,
    effort: str,
    tolerance: float,
) -> None:
    """Raise with the names of the options that do not fit n blocks."""
    fits = {
        "units": units.shape == (n,),
        "features": features.shape[:1] == (n,) and bool(np.isfinite(features).all()),
        "edge_cost": edge_cost is None
        or (edge_cost.shape == (n, n) and bool((csr_array(edge_cost).data >= 0).all())),
        "start": start is None or (start.shape == (n,) and start.dtype.kind in "iu"),
        "effort": effort in get_args(Effort),
        "tolerance": 0 <= tolerance < 1,
    }
    wrong = [name for name, right in fits.items() if not right]
    if wrong:
        raise DelineationError("areas.options_unfit", ids=wrong, blocks=n)


def canonical_order(
    adjacency: csr_array, names: np.ndarray, groups: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return an order of the blocks by unit, component and name, and the sorted components.

    A component is named by its smallest block, so the order does not depend on the rows.
    """
    n = names.size
    _, found = connected_components(_within(adjacency, groups), directed=False)
    by_name = np.argsort(names, kind="stable")
    rank = np.empty(n, np.int64)
    rank[by_name] = np.arange(n)
    smallest = np.full(int(found.max(initial=-1)) + 1, n, np.int64)
    np.minimum.at(smallest, found, rank)
    order = np.lexsort((rank, smallest[found], groups))
    change = np.diff(found[order], prepend=-1) != 0
    return order, np.cumsum(change) - 1


def _within(adjacency: csr_array, groups: np.ndarray) -> csr_array:
    """Drop edges between units."""
    edges = adjacency.tocoo()
    left, right = edges.coords
    keep = (groups[left] == groups[right]) & (left != right)
    ones = np.ones(int(keep.sum()), np.int8)
    return csr_array((ones, (left[keep], right[keep])), shape=adjacency.shape)


def _permuted(adjacency: csr_array, order: np.ndarray, groups: np.ndarray) -> csr_array:
    """Return the adjacency inside units in another order, with sorted neighbours."""
    permuted = csr_array(_within(adjacency, groups)[order][:, order])
    permuted.sort_indices()
    return permuted


def _problem(
    adjacency: csr_array,
    counts: np.ndarray,
    minima: np.ndarray,
    features: np.ndarray,
    edge_cost: csr_array | None,
) -> Problem:
    """Return the whole problem, with features in typical distances between neighbours."""
    unit = typical_distance(adjacency, features)
    return Problem(
        adjacency.indptr,
        adjacency.indices.astype(np.int32),
        counts,
        minima * (1 - ROUNDING),
        features / unit,
        _entries(adjacency, edge_cost) / unit**2,
    )


def typical_distance(adjacency: csr_array, features: np.ndarray) -> float:
    """Return the median distance between neighbours in feature space, or 1."""
    left = np.repeat(np.arange(features.shape[0]), np.diff(adjacency.indptr))
    lengths = np.sqrt(((features[left] - features[adjacency.indices]) ** 2).sum(axis=1))
    positive = lengths[lengths > 0]
    return float(np.median(positive)) if positive.size else 1.0


def _entries(pattern: csr_array, values: csr_array | None) -> np.ndarray:
    """Return what `values` holds at every stored entry of `pattern`; 0 where it holds nothing."""
    if values is None:
        return np.zeros(pattern.indices.size)
    held = csr_array(values)
    held.sum_duplicates()
    if not held.nnz:
        return np.zeros(pattern.indices.size)
    keys, wanted = _keys(held), _keys(pattern)
    place = np.minimum(np.searchsorted(keys, wanted), keys.size - 1)
    return np.where(keys[place] == wanted, held.data[place], 0.0)


def _keys(matrix: csr_array) -> np.ndarray:
    """Return one number for the place of every stored entry, ascending."""
    n = matrix.indptr.size - 1
    rows = np.repeat(np.arange(n, dtype=np.int64), np.diff(matrix.indptr))
    return rows * n + matrix.indices


def _checked_counts(
    counts: np.ndarray, minima: np.ndarray | Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return counts as (n, k) and minima as (k,) floats, or raise."""
    table = np.asarray(counts, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    limits = np.atleast_1d(np.asarray(minima, dtype=float))
    if limits.size != table.shape[1] or not (limits > 0).all():
        raise DelineationError("areas.minima_not_positive")
    if not np.isfinite(table).all() or (table < 0).any():
        raise DelineationError("areas.counts_incomplete")
    return table, limits
