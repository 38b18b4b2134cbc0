"""Local Moran's I, of one variable and of two."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sozialraum.methods.local.engine import Engine
from sozialraum.methods.local.neighbours import neighbours
from sozialraum.methods.local.result import (
    Alternative,
    LocalResult,
    Method,
    by_column,
    check_options,
    missing,
    quadrants,
)
from sozialraum.methods.local.variable import Variable, standardised, variable

if TYPE_CHECKING:
    from libpysal.graph import Graph


def local_moran(
    values: npt.ArrayLike,
    graph: "Graph | csr_array",
    *,
    method: Method = "exact",
    permutations: int = 9_999,
    seed: int = 0,
    alternative: Alternative = "two-sided",
) -> LocalResult:
    """Return local Moran's I with conditional-permutation p-values.

    Parameters
    ----------
    values
        (n,) or (n, m) numbers, complete; every column is a variable of its own. A column
        without any spread is missing throughout.
    graph
        libpysal Graph or (n, n) sparse array, binary, row-standardised or with weights of
        its own; weights are row-standardised here.
    method
        ``"exact"`` takes p from the distribution itself; ``"pool"`` draws. Weights that
        differ among the neighbours of an area are always drawn.
    permutations, seed
        Draws of the pool and where its counter-based generator starts.
    alternative
        ``"two-sided"``, or the lag is ``"greater"`` or ``"less"`` than drawn ones.

    Returns
    -------
    LocalResult
        Two-sided p = min(1, 2 · min(P(S ≥ s), P(S ≤ s))) for the sum S of the neighbours,
        the observed value counted on both sides.

    Notes
    -----
    Exact means: numbers on a common lattice of up to 8,192 steps (marks, whole numbers,
    ranks, rounded percentages) and sums that can all be listed are counted without error;
    rounding of the processor leaves probabilities below 1e-14 unknown, and these are
    raised to it. Other values are counted in 1,024 to 32,768 bins, 64 and more to a
    standard deviation, with the distribution interpolated between them; values shared by
    more than 1 % of the areas are told apart first. P(S ≤ s) is then off by less than
    5e-4 where the values reach over less than 500 standard deviations (by the quartiles),
    mostly by less than 1e-4; beyond that, as for Cauchy's distribution, by up to some
    thousandths. Areas that have more than 64 neighbours, while more than 64 other areas are
    none, are drawn.

    Raises
    ------
    StatisticsError
        Shapes do not fit, numbers are missing, or an option does not exist.

    References
    ----------
    Anselin (1995), Local indicators of spatial association, Geographical Analysis 27(2).

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> found = local_moran([1.0, 2.0, 8.0, 9.0], chain)
    >>> found.statistic.round(3), found.quadrant.tolist()
    (array([0.72, 0.09, 0.09, 0.72]), ['low-low', 'low-low', 'high-high', 'high-high'])
    """
    check_options(alternative, method, permutations)
    around = neighbours(graph)
    engine = Engine(around, method, permutations, seed)

    def local(x: np.ndarray) -> LocalResult:
        found = variable(x, around)
        if found is None:
            return missing(around.n)
        return _moran(found.z, found, engine.conditional(found).p(alternative))

    return by_column(values, around.n, local)


def local_moran_bivariate(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    graph: "Graph | csr_array",
    *,
    method: Method = "exact",
    permutations: int = 9_999,
    seed: int = 0,
    alternative: Alternative = "two-sided",
) -> LocalResult:
    """Return bivariate local Moran's I: an area's x beside its neighbours' y.

    Parameters
    ----------
    x
        (n,) numbers: the areas' own values.
    y
        (n,) or (n, m) numbers: what is looked at around them.
    graph, method, permutations, seed, alternative
        As in :func:`local_moran`; y is drawn among the other areas, x stays.

    Returns
    -------
    LocalResult
        `lag` is the neighbours' y; the first word of a quadrant is x, the second y.

    Notes
    -----
    Values that already go together inside areas (x with y) show here as neighbourhood
    where either is clustered: it is a description, no proof of influence.

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> found = local_moran_bivariate([1.0, 2.0, 8.0, 9.0], [5.0, 5.0, 1.0, 1.0], chain)
    >>> found.quadrant.tolist()
    ['low-high', 'low-low', 'high-low', 'high-low']
    """
    check_options(alternative, method, permutations)
    around = neighbours(graph)
    engine = Engine(around, method, permutations, seed)
    own: list[np.ndarray | None] = []

    def first(column: np.ndarray) -> LocalResult:
        own.append(standardised(column))
        return missing(around.n)

    by_column(np.ravel(np.asarray(x, dtype=float)), around.n, first)
    (zx,) = own

    def local(column: np.ndarray) -> LocalResult:
        found = variable(column, around)
        if zx is None or found is None:
            return missing(around.n)
        return _moran(zx, found, engine.conditional(found).p(alternative))

    return by_column(y, around.n, local)


def _moran(own: np.ndarray, around: Variable, p: np.ndarray) -> LocalResult:
    statistic = (len(own) - 1) / np.square(own).sum() * own * around.lag
    return LocalResult(statistic, around.lag, p, quadrants(own, around.lag))
