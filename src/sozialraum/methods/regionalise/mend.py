"""Repair of given regions: those that pass stay, the others change as little as possible.

A region that misses a minimum first exchanges blocks at its border with a neighbour that
misses one too. Where that is not enough, regions are dissolved: their blocks go to failing
neighbours until these pass, and what is left joins a region beside it, piece by piece and
as a whole. Among the ways to do so, the one with the fewest blocks that change their region
is chosen, then the one with the lowest sum of squares. A region that passes never loses a
block.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array, csr_array

from sozialraum.errors import DelineationError
from sozialraum.methods.regionalise.board import Board
from sozialraum.methods.regionalise.prepare import (
    check_symmetric,
    checked_counts,
    checked_names,
)


class Mended(NamedTuple):
    """Repaired regions.

    Parameters
    ----------
    labels
        (n,) region of every block, under the labels that came in.
    kept, changed, dissolved
        Labels of regions with exactly the blocks they had, with others, and with none.
    failing
        Labels of regions that still miss a minimum.
    moved
        Number of blocks that changed their region.
    """

    labels: np.ndarray
    kept: np.ndarray
    changed: np.ndarray
    dissolved: np.ndarray
    failing: np.ndarray
    moved: int


def mend_regions(  # noqa: PLR0913 - one option for each part of the problem
    adjacency: csr_array,
    counts: np.ndarray,
    minima: np.ndarray | Sequence[float],
    labels: np.ndarray,
    *,
    ids: Sequence[str] | np.ndarray | None = None,
    units: Sequence[str] | np.ndarray | None = None,
    features: np.ndarray | None = None,
    edge_cost: csr_array | None = None,
    variances: np.ndarray | None = None,
    seed: int = 0,
) -> Mended:
    """Repair the regions that miss a minimum and leave the others as they are.

    Parameters
    ----------
    adjacency
        Symmetric (n × n) matrix; an entry says that two blocks are neighbours.
    counts
        (n, k) additive counts.
    minima
        (k,) what every region must reach.
    labels
        (n,) given region of every block, 0, 1, …; a region may consist of several pieces.
    ids
        (n,) unique names of the blocks; with them the order of the rows does not matter.
    units
        (n,) nesting units; no block moves to another one.
    features
        (n, d) what regions should be compact or alike in.
    edge_cost
        Symmetric (n × n): what it costs to join over an edge, in squared units of features.
    variances
        (n, k): a region passes if its total minus the root of the sum of its variances
        reaches the minimum. Omitted: counts are exact.
    seed
        Start of the random numbers.

    Returns
    -------
    Mended

    Raises
    ------
    DelineationError
        A block has no region, counts are incomplete or do not fit the blocks, minima are
        not positive, ids repeated, or the adjacency is not symmetric.

    Examples
    --------
    The third region has too few people and joins the second one:

    >>> row = csr_array(np.diag(np.ones(5), 1) + np.diag(np.ones(5), -1))
    >>> mended = mend_regions(row, np.full((6, 1), 60.0), [100], np.array([0, 0, 1, 1, 1, 2]))
    >>> mended.labels.tolist(), mended.kept.tolist(), mended.dissolved.tolist()
    ([0, 0, 1, 1, 1, 1], [0], [2])
    """
    n = labels.size
    table, limits = checked_counts(counts, minima)
    names = checked_names(ids, table, n)
    check_symmetric(csr_array(adjacency), n)
    if labels.min(initial=0) < 0:
        raise DelineationError("areas.options_unfit", ids=["labels"], blocks=n)
    groups = np.zeros(n, dtype="U1") if units is None else np.asarray(units, dtype=str)
    order = np.argsort(names, kind="stable")
    given, start = _numbered(labels[order])
    board = Board(
        table[order],
        np.zeros_like(table) if variances is None else variances.reshape(table.shape)[order],
        limits,
        np.zeros((n, 1)) if features is None else np.asarray(features, dtype=float)[order],
        *_ways(adjacency, edge_cost, groups, order),
        start,
    )
    board.mend(np.random.default_rng(seed))
    found = np.empty(n, labels.dtype)
    found[order] = given[board.labels]
    altered = np.unique(np.r_[start[start != board.labels], board.labels[start != board.labels]])
    left = np.unique(board.labels)
    return Mended(
        found,
        kept=np.sort(given[np.setdiff1d(left, altered)]),
        changed=np.sort(given[np.intersect1d(left, altered)]),
        dissolved=np.sort(given[np.setdiff1d(altered, left)]),
        failing=np.sort(given[board.failing()]),
        moved=int((start != board.labels).sum()),
    )


def _numbered(labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels by first appearance, and for every block the number of its label."""
    found, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first, kind="stable")
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    return found[order], rank[inverse]


def _ways(
    adjacency: csr_array, edge_cost: csr_array | None, groups: np.ndarray, order: np.ndarray
) -> tuple[csr_array, csr_array]:
    """Return the neighbours inside units and the cost of reaching them, in another order."""
    edges = csr_array(adjacency)[order][:, order].tocoo()
    left, right = edges.coords
    inside = (groups[order][left] == groups[order][right]) & (left != right)
    ends = (left[inside], right[inside])
    near = csr_array(coo_array((np.ones(ends[0].size), ends), shape=edges.shape))
    near.sort_indices()
    toll = csr_array(edges.shape) if edge_cost is None else csr_array(edge_cost)[order][:, order]
    return near, csr_array(toll)
