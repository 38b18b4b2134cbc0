"""Local Geary's c."""

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sozialraum.methods.local.neighbours import neighbours
from sozialraum.methods.local.pool import Pool
from sozialraum.methods.local.result import (
    Alternative,
    LocalResult,
    by_column,
    check_options,
    missing,
    quadrants,
)
from sozialraum.methods.local.variable import standardised

if TYPE_CHECKING:
    from libpysal.graph import Graph


def local_geary(
    values: npt.ArrayLike,
    graph: "Graph | csr_array",
    *,
    permutations: int = 9_999,
    seed: int = 0,
    alternative: Alternative = "two-sided",
) -> LocalResult:
    """Return local Geary's c: the mean squared difference from the neighbours.

    Parameters
    ----------
    values
        (n,) or (n, m) numbers, complete.
    graph
        libpysal Graph or (n, n) sparse array; weights are row-standardised here.
    permutations, seed
        Draws of the shared pool and where its generator starts.
    alternative
        ``"less"``: the area is more like its neighbours than drawn ones would be;
        ``"greater"``: less like them; or ``"two-sided"``.

    Returns
    -------
    LocalResult
        `statistic` below the usual means likeness. `quadrant` as in the Moran scatter plot.

    Notes
    -----
    The statistic needs the sum and the sum of squares of the neighbours together; unlike
    the sum alone these have no distribution shared by all areas, so draws are compared one
    by one: time grows with areas × draws.

    References
    ----------
    Anselin (2019), A local indicator of multivariate spatial association: extending
    Geary's c, Geographical Analysis 51(2).

    Examples
    --------
    >>> chain = csr_array(np.eye(4, k=1) + np.eye(4, k=-1))
    >>> local_geary([1.0, 2.0, 8.0, 9.0], chain, permutations=99).statistic.round(2)
    array([0.08, 1.48, 1.48, 0.08])
    """
    check_options(alternative, "pool", permutations)
    around = neighbours(graph)
    pool = Pool(around, permutations, seed)

    def local(x: np.ndarray) -> LocalResult:
        z = standardised(x)
        if z is None:
            return missing(around.n)
        lag = around.mean(z)
        observed = z**2 - 2 * z * lag + around.mean(z**2)

        def differences(areas: np.ndarray, mean: np.ndarray, squares: np.ndarray) -> np.ndarray:
            return z[areas] ** 2 - 2 * z[areas] * mean + squares

        p = pool.weighted(differences, (z, z**2)).p(alternative)
        return LocalResult(observed, lag, p, quadrants(z, lag))

    return by_column(values, around.n, local)
