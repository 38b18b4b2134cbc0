"""Many tests at once: how to keep false alarms rare."""

import numpy as np
import numpy.typing as npt


def benjamini_hochberg(p: npt.ArrayLike) -> np.ndarray:
    """Return adjusted p-values: reject those at most `rate` to keep the false discovery rate.

    Parameters
    ----------
    p
        p-values of any shape; missing ones (NaN) are no tests and stay missing.

    Returns
    -------
    ndarray
        Adjusted values ("q") in the shape of `p`.

    References
    ----------
    Benjamini and Hochberg (1995), Controlling the false discovery rate, JRSS B 57(1).

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.02, np.nan, 0.9])
    array([0.03, 0.03,  nan, 0.9 ])
    """
    p = np.asarray(p, dtype=float)
    adjusted = np.full(p.shape, np.nan)
    tested = ~np.isnan(p)
    values = p[tested]
    order = np.argsort(values, kind="stable")[::-1]
    rank = np.arange(len(values), 0, -1)
    running = np.minimum.accumulate(values[order] * len(values) / rank)
    back = np.empty_like(values)
    back[order] = np.minimum(running, 1.0)
    adjusted[tested] = back
    return adjusted
