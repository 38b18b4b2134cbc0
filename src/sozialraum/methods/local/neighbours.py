"""Neighbours of every area, and how much they weigh."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

import numpy as np
from scipy.sparse import coo_array, csr_array, sparray

from sozialraum.errors import StatisticsError

if TYPE_CHECKING:
    from libpysal.graph import Graph

ALIKE = 1e-9
"""Weights of one area that differ less than this, relative to the largest, are equal."""


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Who neighbours whom.

    Parameters
    ----------
    ones
        (n, n) int64, 1 where the column neighbours the row; nothing on the diagonal.
    weights
        Weights of the same pattern, rows adding up to 1; None where all neighbours of
        every area weigh the same.
    """

    ones: csr_array
    weights: csr_array | None

    @cached_property
    def degree(self) -> np.ndarray:
        """(n,) number of neighbours."""
        return np.diff(self.ones.indptr).astype(np.int64)

    @property
    def n(self) -> int:
        """Number of areas."""
        return len(self.ones.indptr) - 1

    @cached_property
    def standard(self) -> csr_array:
        """Weights of neighbours, rows adding up to 1."""
        if self.weights is not None:
            return self.weights
        each = np.repeat(1 / np.maximum(self.degree, 1), self.degree)
        return csr_array((each, self.ones.indices, self.ones.indptr), shape=self.ones.shape)

    def mean(self, values: np.ndarray) -> np.ndarray:
        """Return the (weighted) mean of the neighbours' values; missing without any."""
        degree = self.degree
        if self.weights is None:
            around = (self.ones @ values) / np.maximum(degree, 1)
        else:
            around = self.weights @ values
        return np.where(degree > 0, around, np.nan)


def neighbours(graph: "Graph | csr_array | sparray") -> Neighbours:
    """Read a graph: binary, row-standardised or with weights of its own.

    Parameters
    ----------
    graph
        libpysal Graph or (n, n) sparse array. Weights of an area with itself are left out,
        zeros are no neighbours.

    Raises
    ------
    StatisticsError
        The graph is not square, or a weight is negative or missing.

    Examples
    --------
    >>> chain = csr_array(np.eye(3, k=1) + np.eye(3, k=-1))
    >>> neighbours(chain).degree
    array([1, 2, 1])
    """
    cells = coo_array(getattr(graph, "sparse", graph))
    rows, columns = cast("tuple[int, int]", cells.shape)
    if rows != columns:
        raise StatisticsError("local.not_square", rows=rows, columns=columns)
    data = cells.data.astype(float)
    if not (data >= 0).all() or np.isinf(data).any():
        raise StatisticsError("local.weights")
    row, column = cells.coords
    keep = (row != column) & (data != 0)
    weights = csr_array((data[keep], (row[keep], column[keep])), shape=cells.shape)
    weights.sort_indices()
    ones = csr_array(
        (np.ones(weights.nnz, dtype=np.int64), weights.indices, weights.indptr), shape=weights.shape
    )
    return Neighbours(ones, None if _alike(weights) else _row_standardised(weights))


def _alike(weights: csr_array) -> bool:
    """Return True if all neighbours of every area weigh the same."""
    first = weights.indptr[:-1][np.diff(weights.indptr) > 0]
    if not len(first):
        return True
    least, most = (np.asarray(f.reduceat(weights.data, first)) for f in (np.minimum, np.maximum))
    return bool((most - least <= ALIKE * most).all())


def _row_standardised(weights: csr_array) -> csr_array:
    totals = np.maximum(weights.sum(axis=1), np.finfo(float).tiny)
    each = np.repeat(1 / totals, np.diff(weights.indptr))
    return csr_array((weights.data * each, weights.indices, weights.indptr), shape=weights.shape)
