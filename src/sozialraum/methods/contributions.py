"""How much every indicator contributes to an index, and what a change of one would do."""

import numpy as np
import numpy.typing as npt

from sozialraum.methods.composite import Composite
from sozialraum.methods.index_classes import Classes


def points(composite: Composite, *, restandardise: bool) -> np.ndarray:
    """Return the contributions of the indicators; they add up to the index of each area.

    Parameters
    ----------
    composite
        Scores, sum, index and weights.
    restandardise
        Whether the index is the sum standardised again.

    Returns
    -------
    ndarray
        (areas, indicators) in units of the index; NaN where an area has none.

    Examples
    --------
    >>> from sozialraum.methods.composite import compose
    >>> found = compose([[1, 10], [2, 20], [3, 60]], [1, 1])
    >>> points(found, restandardise=True).round(3)
    array([[-0.621, -0.469],
           [ 0.   , -0.235],
           [ 0.621,  0.704]])
    """
    parts = composite.scores * composite.weights
    if not restandardise:
        return parts
    known = ~np.isnan(composite.total)
    centre = parts[known].mean(axis=0)
    return (parts - centre) / composite.total[known].std()


def class_limits(index: npt.ArrayLike, classes: Classes) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of the class of every area: just below it, and just above it.

    Returns
    -------
    lower, upper : ndarray
        (areas,) index at which the next class begins; NaN where there is none. Limits by
        rank or quantile are those between the areas as they are now.

    Examples
    --------
    >>> from sozialraum.methods.index_classes import STATUS
    >>> class_limits([-1.2, 0.0, 1.6], STATUS)
    (array([ nan, -1. ,  1.5]), array([-1.,  1., nan]))
    """
    x = np.asarray(index, dtype=float)
    known = ~np.isnan(x)
    lower, upper = np.full(x.shape, np.nan), np.full(x.shape, np.nan)
    limits = _limits(x[known], classes)
    if known.any() and len(limits):
        below = np.array([x[known] >= b if b < 0 else x[known] > b for b in limits])
        if classes.by != "value":
            below = np.array([x[known] >= b for b in limits])
        place = below.sum(axis=0)
        ends = np.concatenate([[np.nan], limits, [np.nan]])
        lower[known], upper[known] = ends[place], ends[place + 1]
    return lower, upper


def _limits(x: np.ndarray, classes: Classes) -> np.ndarray:
    """Return the inner limits of classes, ascending."""
    number = len(classes.labels)
    if classes.by == "value":
        return np.array(classes.breaks)
    if not len(x):
        return np.array([])
    if classes.by == "quantile":
        shares = np.arange(1, number) / number
        return np.quantile(x, shares, method="normal_unbiased")
    ordered = np.sort(x)[::-1]
    # class 1 is the highest index: its lowest area ends it
    ends = np.floor(np.arange(1, number) * len(x) / number).astype(int)
    return np.sort(ordered[np.clip(ends, 1, len(x)) - 1])
