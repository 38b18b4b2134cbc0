"""Input of a partition: checked, and put into an order that does not depend on the rows."""

from collections.abc import Sequence
from typing import Literal, get_args

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sozialraum.errors import DelineationError
from sozialraum.methods.regionalise.problem import Problem

Effort = Literal["fast", "standard", "thorough"]

ROUNDING = 1e-9
"""Totals are compared with minima up to this relative tolerance (estimated counts)."""


def checked_counts(
    counts: np.ndarray, minima: np.ndarray | Sequence[float]
) -> tuple[np.ndarray, np.ndarray]:
    """Return counts as (n, k) and minima as (k,) floats, k at least 1, or raise."""
    table = np.asarray(counts, dtype=float)
    table = table[:, None] if table.ndim == 1 else table
    limits = np.atleast_1d(np.asarray(minima, dtype=float))
    if not limits.size or limits.shape != table.shape[1:] or not (limits > 0).all():
        raise DelineationError("areas.minima_not_positive")
    if not np.isfinite(table).all() or (table < 0).any():
        raise DelineationError("areas.counts_incomplete")
    return table, limits


def checked_names(ids: Sequence[str] | np.ndarray | None, counts: np.ndarray, n: int) -> np.ndarray:
    """Return (n,) unique names, the row numbers without ids; raise if rows do not fit."""
    names = np.array([f"{i:012d}" for i in range(n)] if ids is None else ids, dtype=str)
    if names.shape != (n,) or counts.shape[0] != n or np.unique(names).size != n:
        raise DelineationError("areas.ids_repeated", blocks=n)
    return names


def check_symmetric(adjacency: csr_array, n: int) -> None:
    """Raise unless the adjacency is a symmetric (n × n) matrix."""
    if adjacency.shape != (n, n):
        raise DelineationError("areas.adjacency", blocks=n)
    links = csr_array(
        (np.ones(adjacency.nnz, np.int8), adjacency.indices, adjacency.indptr), (n, n)
    )
    if (links != links.T).nnz:
        raise DelineationError("areas.adjacency", blocks=n)


def check_options(
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
        "edge_cost": edge_cost is None or _are_costs(edge_cost, n),
        "start": start is None or (start.shape == (n,) and start.dtype.kind in "iu"),
        "effort": effort in get_args(Effort),
        "tolerance": 0 <= tolerance < 1,
    }
    wrong = [name for name, right in fits.items() if not right]
    if wrong:
        raise DelineationError("areas.options_unfit", ids=wrong, blocks=n)


def _are_costs(edge_cost: csr_array, n: int) -> bool:
    """Return True if costs are finite, not negative, and the same in both directions.

    If they were not, what a region pays would hang on the end its tree is drawn from.
    """
    if edge_cost.shape != (n, n):
        return False
    costs = csr_array(edge_cost, dtype=float)
    if not costs.nnz:
        return True
    if not np.isfinite(costs.data).all() or (costs.data < 0).any():
        return False
    return bool(abs(costs - costs.T).max() <= ROUNDING * costs.max())


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


def whole_problem(
    adjacency: csr_array,
    counts: np.ndarray,
    minima: np.ndarray,
    features: np.ndarray,
    edge_cost: csr_array | None,
    *,
    order: np.ndarray,
    groups: np.ndarray,
) -> Problem:
    """Return all components in one, in this order and without edges between groups.

    Features come in typical distances between neighbours, edge costs in their squares.
    """
    graph = csr_array(_within(adjacency, groups)[order][:, order])
    graph.sort_indices()
    shapes = features[order]
    unit = typical_distance(graph, shapes)
    costs = None if edge_cost is None else csr_array(edge_cost)[order][:, order]
    return Problem(
        graph.indptr,
        graph.indices.astype(np.int32),
        counts[order],
        minima * (1 - ROUNDING),
        shapes / unit,
        _entries(graph, costs) / unit**2,
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
