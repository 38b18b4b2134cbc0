"""Local join counts of a binary variable."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sozialraum.errors import StatisticsError
from sozialraum.methods.local.neighbours import Neighbours, neighbours
from sozialraum.methods.local.result import (
    Alternative,
    LocalResult,
    Tails,
    by_column,
    check_options,
    missing,
    quadrants,
)
from sozialraum.methods.local.variable import standardised

if TYPE_CHECKING:
    from libpysal.graph import Graph


def local_join_count(
    binary: npt.ArrayLike,
    graph: "Graph | csr_array",
    *,
    alternative: Alternative = "greater",
) -> LocalResult:
    """Return local join counts: how many neighbours of an area with the mark have it too.

    Parameters
    ----------
    binary
        (n,) or (n, m) zeros and ones (or False and True).
    graph
        libpysal Graph or (n, n) sparse array; every weight above zero is one neighbour.
    alternative
        ``"greater"``: more marked neighbours than drawn ones; or ``"less"``,
        ``"two-sided"``.

    Returns
    -------
    LocalResult
        `statistic` counts the marked neighbours of marked areas and is 0 elsewhere. `p` is
        hypergeometric: the neighbours are a draw from the other areas. It is missing for
        areas without the mark, about which the statistic says nothing, and without
        neighbours.

    Raises
    ------
    StatisticsError
        Values other than 0 and 1, or shapes that do not fit.

    References
    ----------
    Anselin and Li (2019), Operational local join count statistics for cluster detection,
    Journal of Geographical Systems 21.

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> found = local_join_count([1, 1, 1, 0], chain)
    >>> found.statistic.tolist(), found.p.round(3).tolist()
    ([1.0, 2.0, 1.0, 0.0], [0.667, 0.333, 1.0, nan])
    """
    check_options(alternative, "exact", 1)
    around = neighbours(graph)

    def local(x: np.ndarray) -> LocalResult:
        if not np.isin(x, (0.0, 1.0)).all():
            raise StatisticsError("local.not_binary")
        z = standardised(x)
        if z is None:
            return missing(around.n)
        alone, marked = around.degree == 0, x == 1
        joins = (around.ones @ marked.astype(np.int64)).astype(float)
        p = np.where(marked & ~alone, _tails(joins, marked, around).p(alternative), np.nan)
        # which neighbours are marked, not how they weigh
        lag = Neighbours(around.ones, None).mean(z)
        return LocalResult(np.where(alone, np.nan, joins * marked), lag, p, quadrants(z, lag))

    return by_column(binary, around.n, local)


def _tails(joins: np.ndarray, marked: np.ndarray, around: Neighbours) -> Tails:
    """Return hypergeometric tails: marked ones among k of the n - 1 other areas."""
    from scipy.stats import hypergeom

    law = hypergeom(around.n - 1, max(int(marked.sum()) - 1, 0), around.degree)
    return Tails(np.asarray(law.cdf(joins)), np.asarray(law.sf(joins - 1)))
