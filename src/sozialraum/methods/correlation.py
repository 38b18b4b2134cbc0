"""Do indicators measure the same thing? Correlations and variance inflation."""

import numpy as np
import numpy.typing as npt


def pearson(values: npt.ArrayLike) -> np.ndarray:
    """Return correlations (indicators, indicators) of complete values (areas, indicators).

    Columns without spread have none (NaN).

    Examples
    --------
    >>> pearson([[1, 2], [2, 4], [3, 5]]).round(3)
    array([[1.   , 0.982],
           [0.982, 1.   ]])
    """
    values = np.asarray(values, dtype=float)
    centred = values - values.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    length = np.where(length > 1e-12 * np.maximum(1.0, np.abs(values).max(axis=0)), length, np.nan)
    unit = centred / length
    return np.clip(unit.T @ unit, -1, 1)


def spearman(values: npt.ArrayLike) -> np.ndarray:
    """Return correlations of ranks; ties share the average rank.

    Examples
    --------
    >>> spearman([[1, 2], [2, 40], [3, 500]]).round(3)
    array([[1., 1.],
           [1., 1.]])
    """
    from scipy.stats import rankdata

    return pearson(rankdata(np.asarray(values, dtype=float), axis=0))


def variance_inflation(values: npt.ArrayLike) -> np.ndarray:
    """Return by how much what other indicators already say inflates the variance of each.

    Parameters
    ----------
    values
        (areas, indicators), complete.

    Returns
    -------
    ndarray
        (indicators,) 1 / (1 - R²) of the regression of each on all others: 1 where it is
        unrelated, infinite where the others determine it; NaN without spread, or with no
        more areas than indicators.

    References
    ----------
    Belsley, Kuh and Welsch (1980), Regression Diagnostics, chapter 3.

    Examples
    --------
    >>> variance_inflation([[1, 2], [2, 4], [3, 5]]).round(2)
    array([28., 28.])
    """
    values = np.asarray(values, dtype=float)
    found = np.full(values.shape[1], np.nan)
    if len(values) <= values.shape[1]:
        return found
    matrix = pearson(values)
    usable = ~np.isnan(np.diag(matrix))
    part = matrix[np.ix_(usable, usable)]
    if not len(part):
        return found
    values_of, vectors = np.linalg.eigh(part)
    small = values_of < 1e-12 * len(part)
    share = vectors**2
    with np.errstate(divide="ignore"):
        inverse = share[:, ~small] @ (1 / values_of[~small])
    determined = (share[:, small] > 1e-9).any(axis=1)
    found[usable] = np.where(determined, np.inf, inverse)
    return found
