"""Rates from two whole numbers, rounded exactly."""

import numpy as np
import numpy.typing as npt

SMALL_BASE = 200
"""Below this denominator one case is worth more than half a per cent."""


def rounded_rate(
    count: npt.ArrayLike, base: npt.ArrayLike, per: npt.ArrayLike = 100, *, coarse: int = SMALL_BASE
) -> np.ndarray:
    """Return rates per `per`, whole where the base is below `coarse`, else to one decimal.

    Parameters
    ----------
    count, base
        Whole numbers, the base above 0.
    per
        Whole number the rate is shown per.
    coarse
        Denominators below it give whole numbers only.

    Returns
    -------
    ndarray
        Halves are rounded up. All steps but the last are made in whole numbers, so that
        no binary fraction turns a half into less.

    Examples
    --------
    >>> rounded_rate([1, 1, 57], [8, 200, 800])
    array([13. ,  0.5,  7.1])
    """
    n, total, scale = (np.asarray(part, dtype=np.int64) for part in (count, base, per))
    tenths = np.where(total < coarse, 1, 10)
    doubled = 2 * scale * tenths * n + total
    return doubled // (2 * total) / tenths
