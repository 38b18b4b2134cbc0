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


def without_dust(shares: "csr_array") -> "csr_array":
    """Return shares without those of almost nothing; the others of a row grow by as much.

    Examples
    --------
    >>> from scipy.sparse import csr_array
    >>> without_dust(csr_array([[0.5, 0.5 - 1e-7, 1e-7]])).toarray().round(6)
    array([[0.5, 0.5, 0. ]])
    """
    from scipy.sparse import csr_array, diags_array

    before = np.asarray(shares.sum(axis=1)).ravel()
    kept = csr_array(shares)
    kept.data = np.where(kept.data < DUST, 0.0, kept.data)
    kept.eliminate_zeros()
    after = np.asarray(kept.sum(axis=1)).ravel()
    # what lies almost wholly inside lies inside
    wanted = np.where(before > 1 - DUST, 1.0, before)
    scale = np.divide(wanted, after, out=np.zeros_like(after), where=after > 0)
    return csr_array(diags_array(scale) @ kept)


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
