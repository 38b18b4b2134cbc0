"""Rates of small populations, made comparable."""

import numpy as np
import numpy.typing as npt


def eb_standardised(count: npt.ArrayLike, base: npt.ArrayLike) -> np.ndarray:
    """Return rates as distances from the overall rate in units of what chance allows each.

    Under the same risk everywhere, raw rates of small populations scatter widely and fill
    the extremes; these standardised rates scatter alike whatever the population.

    Parameters
    ----------
    count
        (areas,) cases.
    base
        (areas,) populations, above 0.

    Returns
    -------
    ndarray
        z = (p - b) / sqrt(a + b / N) with the overall rate b and the variance between
        areas a (method of moments), which is 0 where the estimate is negative. All
        missing where nobody or everybody is a case: there is nothing to compare.

    References
    ----------
    Assunção and Reis (1999), A new proposal to adjust Moran's I for population density,
    Statistics in Medicine 18(16), 2147-2162.

    Examples
    --------
    >>> eb_standardised([1, 20, 40], [10, 200, 200]).round(2)
    array([-0.38, -1.05,  1.1 ])
    """
    n, total = np.asarray(count, dtype=float), np.asarray(base, dtype=float)
    overall = n.sum() / total.sum() if total.sum() > 0 else 0.0
    if not 0 < overall < 1:
        return np.full(n.shape, np.nan)
    rate = n / total
    spread = (total * (rate - overall) ** 2).sum() / total.sum()
    between = max(spread - overall / total.mean(), 0.0)
    return (rate - overall) / np.sqrt(between + overall / total)
