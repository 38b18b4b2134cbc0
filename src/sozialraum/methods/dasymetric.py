"""Shares by which counts of shapes go to other shapes, by area or by where people live.

Areal weighting takes counts as spread evenly; dasymetric weighting spreads them as people,
dwellings or the cells of a raster are spread. Goodchild, M. F. and Lam, N. S.-N. (1980):
Areal interpolation: a variant of the traditional spatial problem. Geo-Processing 1,
297-312; Wright, J. K. (1936): A method of mapping densities of population. Geographical
Review 26, 103-110.
"""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    from scipy.sparse import csr_array

DUST = 1e-6
"""Shares below this are where borders that ought to be one do not quite meet."""
WHOLE = 1e-12
"""Shares as close as this to 1 are 1."""


def weighted_shares(
    within: "csr_array", pieces: "csr_array", fallback: "csr_array"
) -> tuple["csr_array", np.ndarray]:
    """Return the share of every source's weight in every target.

    Parameters
    ----------
    within
        (sources, 1) weight inside every source, wherever it lies.
    pieces
        (sources, targets) weight inside both.
    fallback
        (sources, targets) shares of sources without any weight, such as those by area.

    Returns
    -------
    shares : csr_array
        (sources, targets) shares; a row adds up to 1 at most.
    blank : ndarray
        (sources,) True where the fallback was taken.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> whole = csr_array([[40.0], [0.0]])
    >>> found, blank = weighted_shares(
    ...     whole, csr_array([[10.0, 30.0], [0.0, 0.0]]), csr_array([[0.5, 0.5], [1.0, 0.0]])
    ... )
    >>> found.toarray(), blank
    (array([[0.25, 0.75],
           [1.  , 0.  ]]), array([False,  True]))
    """
    from scipy.sparse import csr_array, diags_array

    total = np.asarray(within.toarray(), float).ravel()
    blank = total <= 0
    scale = np.divide(1.0, total, out=np.zeros_like(total), where=~blank)
    return csr_array(diags_array(scale) @ pieces + diags_array(blank * 1.0) @ fallback), blank


def without_slivers(
    shares: "csr_array", *, limit: float = DUST, of_target: np.ndarray | None = None
) -> "csr_array":
    """Return shares without those of almost nothing; the others of a row grow by as much.

    Parameters
    ----------
    shares
        (sources, targets) shares.
    limit
        Shares below this are slivers. A row that adds up to 1 but for less than this is
        made to add up to 1.
    of_target
        (entries,) what part of its target every share is; where this reaches the limit,
        the share stays however small: a small target inside a large source is none.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> without_slivers(csr_array([[0.5, 0.5 - 1e-7, 1e-7]])).toarray().round(6)
    array([[0.5, 0.5, 0. ]])
    """
    from scipy.sparse import csr_array, diags_array

    before = np.asarray(shares.sum(axis=1)).ravel()
    kept = csr_array(shares)
    small = kept.data < limit
    if of_target is not None:
        small &= of_target < limit
    kept.data = np.where(small, 0.0, kept.data)
    kept.eliminate_zeros()
    after = np.asarray(kept.sum(axis=1)).ravel()
    wanted = np.where(np.abs(before - 1) < limit, 1.0, before)
    scale = np.divide(wanted, after, out=np.zeros_like(after), where=after > 0)
    found = csr_array(diags_array(scale) @ kept)
    # what goes to one target goes there to the last bit: it is no estimate
    found.data = np.where(np.abs(found.data - 1) < WHOLE, 1.0, found.data)
    return found


def slivers_given_back(weight: np.ndarray, source: np.ndarray, narrow: np.ndarray) -> np.ndarray:
    """Return weights of pieces: what slivers hold goes to the other pieces of their source.

    Parameters
    ----------
    weight, source
        (n,) weight of every piece, and the position of its source.
    narrow
        (n,) True for slivers. Where there is nothing else they stay.

    Examples
    --------
    >>> slivers_given_back(np.array([6.0, 3.0, 1.0]), np.array([0, 0, 0]), np.array([0, 0, 1]) > 0)
    array([6.66666667, 3.33333333, 0.        ])
    """
    every = np.bincount(source, weight)
    kept = np.bincount(source, weight * ~narrow, len(every))
    scale = np.divide(every, kept, out=np.zeros_like(every), where=kept > 0)[source]
    return np.where(scale > 0, weight * ~narrow * scale, weight)


def carried(shares: "csr_array", counts: ArrayLike) -> np.ndarray:
    """Return counts of sources carried to targets.

    Parameters
    ----------
    shares
        (sources, targets) shares.
    counts
        (sources,) or (sources, variables) counts; infinite ones and NaN reach every target
        that holds a part of them.

    Returns
    -------
    ndarray
        (targets,) or (targets, variables).

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> carried(csr_array([[0.25, 0.75], [0.0, 1.0]]), [8, 5])
    array([ 2., 11.])
    """
    return np.asarray(shares.T @ np.asarray(counts, dtype=float))
