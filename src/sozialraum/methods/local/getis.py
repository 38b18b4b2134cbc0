"""Getis–Ord Gi and Gi*."""

from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sozialraum.errors import StatisticsError
from sozialraum.methods.local.engine import Engine
from sozialraum.methods.local.neighbours import Neighbours, neighbours
from sozialraum.methods.local.result import (
    Alternative,
    LocalResult,
    Method,
    by_column,
    check_options,
    missing,
    quadrants,
)
from sozialraum.methods.local.variable import Variable, variable

if TYPE_CHECKING:
    from libpysal.graph import Graph

Null = Literal["conditional", "total"]
NULLS = ("conditional", "total")
NO_VARIANCE = 1e-12
"""Variances of sums of standardised values below this are 0, rounded."""


def local_g(
    values: npt.ArrayLike,
    graph: "Graph | csr_array",
    *,
    star: bool = True,
    null: Null = "conditional",
    method: Method = "exact",
    permutations: int = 9_999,
    seed: int = 0,
    alternative: Alternative = "two-sided",
) -> LocalResult:
    """Return Getis–Ord Gi or Gi* as standard scores, with permutation p-values.

    Parameters
    ----------
    values
        (n,) or (n, m) numbers, complete; every column is a variable of its own. A column
        without any spread is missing throughout.
    graph
        libpysal Graph or (n, n) sparse array. Equal weights count as ones, others as
        shares of the area's weights.
    star
        Whether the area itself belongs to its neighbourhood (Gi*), with the largest weight
        of its neighbours.
    null
        ``"conditional"``: the area's own value stays, its neighbours are drawn from the
        others; Gi and Gi* then have one and the same p, that of local Moran's I.
        ``"total"``: the area itself is drawn as well (Gi* only), so that its own value
        bears witness too.
    method, permutations, seed, alternative
        As in :func:`sozialraum.methods.local.local_moran`.

    Returns
    -------
    LocalResult
        `statistic` is the standard score of Ord and Getis (1995).

    Raises
    ------
    StatisticsError
        As in :func:`sozialraum.methods.local.local_moran`, or Gi with the total null.

    References
    ----------
    Ord and Getis (1995), Local spatial autocorrelation statistics, Geographical Analysis
    27(4).

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> local_g([1.0, 2.0, 8.0, 9.0], chain).statistic.round(2)
    array([-1.71, -1.13,  1.13,  1.71])
    """
    check_options(alternative, method, permutations)
    if null not in NULLS or (null == "total" and not star):
        raise StatisticsError("local.option", given=null, known=", ".join(NULLS))
    around = neighbours(graph)
    engine = Engine(around, method, permutations, seed)
    own = _own_weight(around) if star else np.zeros(around.n)

    def local(x: np.ndarray) -> LocalResult:
        found = variable(x, around)
        if found is None:
            return missing(around.n)
        total = null == "total"
        tails = engine.total(found, own) if total else engine.conditional(found)
        score = _star(found, around, own) if star else _plain(found, around)
        quadrant = quadrants(found.z, found.lag)
        return LocalResult(score, found.lag, tails.p(alternative), quadrant)

    return by_column(values, around.n, local)


def _own_weight(around: Neighbours) -> np.ndarray:
    """Return the largest weight among the neighbours, which the area itself gets."""
    if around.weights is None:
        return np.ones(around.n)
    return np.asarray(around.weights.max(axis=1).todense()).ravel()


def _weighing(found: Variable, around: Neighbours) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the weighted sum of the neighbours' z, and sums of weights and their squares."""
    degree = around.degree.astype(float)
    if around.weights is None:
        return found.lag * degree, degree, degree
    return found.lag, np.minimum(degree, 1.0), around.weights.power(2).sum(axis=1)


def _star(found: Variable, around: Neighbours, own: np.ndarray) -> np.ndarray:
    """Return Gi*: mean 0 and standard deviation 1 of all values, the area's included."""
    n = around.n
    total_z, total, squares = _weighing(found, around)
    variance = (n * (squares + own**2) - (total + own) ** 2) / (n - 1)
    return _score(total_z + own * found.z, variance, around)


def _plain(found: Variable, around: Neighbours) -> np.ndarray:
    """Return Gi: mean and standard deviation of the others."""
    n, z = around.n, found.z
    total_z, total, squares = _weighing(found, around)
    mean = -z / (n - 1)
    scatter = (np.square(z).sum() - z**2) / (n - 1) - mean**2
    variance = scatter * ((n - 1) * squares - total**2) / max(n - 2, 1)
    return _score(total_z - total * mean, variance, around)


def _score(deviation: np.ndarray, variance: np.ndarray, around: Neighbours) -> np.ndarray:
    """Return standard scores; missing where there is nothing to vary."""
    possible = (around.degree > 0) & (variance > NO_VARIANCE)
    return np.where(possible, deviation / np.sqrt(np.where(possible, variance, 1.0)), np.nan)
