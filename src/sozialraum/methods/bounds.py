"""What an index can be when some of its values are only known to lie in intervals.

Every interval here is proven: whatever the values are, as long as each lies in its own
interval, the index lies in the interval returned. It may be a little too wide.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError
from sozialraum.methods.composite import Recipe, Standardise
from sozialraum.methods.index_classes import Classes
from sozialraum.methods.intervals import (
    Box,
    exponential_bounds,
    rank_bounds,
    robust_bounds,
    score_bounds,
)


def standard_bounds(
    low: np.ndarray, high: np.ndarray, how: Standardise, size: np.ndarray | None = None
) -> Box:
    """Return between which limits the standardised value of every area lies.

    Parameters
    ----------
    low, high
        (areas,) ends of the interval of every value, high = burden.
    how
        See :class:`sozialraum.methods.composite.Recipe`.
    size
        (areas,) how much an area counts; needed by ``"weighted"``.
    """
    if how == "none":
        return low, high
    if how == "robust":
        return robust_bounds(low, high)
    if how == "exponential":
        return exponential_bounds(low, high)
    share = None if how == "z" or size is None else size / size.sum()
    return score_bounds(low, high, share)


def index_bounds(
    low: npt.ArrayLike,
    high: npt.ArrayLike,
    orientation: npt.ArrayLike,
    recipe: Recipe,
    *,
    domains: Sequence[int] = (),
    size: npt.ArrayLike | None = None,
) -> Box:
    """Return between which limits the index of every area lies.

    Parameters
    ----------
    low, high
        (areas, indicators) ends of the interval of every value, all finite.
    orientation
        (indicators,) +1 where a high value is a burden, -1 where it is a strength.
    recipe
        The arithmetic of the index; weights of a principal component have no bounds.
    domains
        (indicators,) position of the domain of every indicator, see
        :func:`sozialraum.methods.domains.compose_domains`.
    size
        (areas,) how much an area counts; needed by ``standardise="weighted"``.

    Returns
    -------
    tuple of ndarray
        (areas,) proven lowest and highest index.

    Raises
    ------
    StatisticsError
        The weights follow from the values (principal component).

    Examples
    --------
    >>> values = np.array([[1.0, 10], [2, 20], [3, 60], [2, 30]])
    >>> above = values + [[0, 0], [0, 0], [0, 0], [1, 0]]
    >>> least, most = index_bounds(values, above, [1, 1], Recipe())
    >>> least.round(2), most.round(2)
    (array([-1.42, -0.48,  1.3 , -0.  ]), array([-1.21, -0.21,  1.55,  0.48]))
    """
    if recipe.pca:
        raise StatisticsError("explain.no_bounds")
    lows, highs, turn = (np.asarray(part, dtype=float) for part in (low, high, orientation))
    least, most = np.sort(np.stack([lows * turn, highs * turn]), axis=0)
    counts = None if size is None else np.asarray(size, dtype=float)
    place = np.asarray(domains if len(domains) else range(least.shape[1]), dtype=int)
    number = np.bincount(place)
    several = number.max() > 1
    ranked = recipe.standardise == "exponential"
    inner: Standardise = "z" if ranked and several else recipe.standardise
    low_sum, high_sum = np.zeros((len(least), len(number))), np.zeros((len(least), len(number)))
    for k, home in enumerate(place):
        lower, upper = standard_bounds(least[:, k], most[:, k], inner, counts)
        low_sum[:, home] += lower
        high_sum[:, home] += upper
    if several:
        for d in np.flatnonzero((number > 1) | ranked):
            ends = standard_bounds(low_sum[:, d], high_sum[:, d], recipe.standardise, counts)
            low_sum[:, d], high_sum[:, d] = ends
    weights = np.array(recipe.weights or np.ones(len(number)))
    totals = low_sum @ weights, high_sum @ weights
    return score_bounds(*totals) if recipe.restandardise else totals


def class_bounds(low: npt.ArrayLike, high: npt.ArrayLike, classes: Classes) -> np.ndarray:
    """Return which classes an index between limits can have.

    Parameters
    ----------
    low, high
        (areas,) limits of the index.
    classes
        How an index becomes a class.

    Returns
    -------
    ndarray
        (areas, classes) True where a class is possible.

    Examples
    --------
    >>> from sozialraum.methods.index_classes import STATUS
    >>> class_bounds([-1.2, 0.0, 1.4], [-1.1, 0.5, 1.6], STATUS).astype(int)
    array([[1, 0, 0, 0],
           [0, 1, 0, 0],
           [0, 0, 1, 1]])
    """
    lows, highs = (np.asarray(part, dtype=float) for part in (low, high))
    number = len(classes.labels)
    if classes.by == "rank":
        # class 1 is the highest index: ranks from above
        ranks = rank_bounds(-highs, -lows)
        first, last = (np.ceil(number * rank / len(lows)).astype(int) - 1 for rank in ranks)
    elif classes.by == "quantile":
        at = np.arange(1, number) / number
        limits = (np.quantile(part, at, method="normal_unbiased") for part in (highs, lows))
        first, last = (
            np.searchsorted(limit, x, side="right")
            for limit, x in zip(limits, (lows, highs), strict=True)
        )
    else:
        first, last = (
            sum((x >= b if b < 0 else x > b) for b in classes.breaks) + np.zeros(len(x), dtype=int)
            for x in (lows, highs)
        )
    places = np.arange(number)
    return (places >= first[:, None]) & (places <= last[:, None])
