"""Composite indices: standardise, weigh, add up, perhaps standardise again, class.

A :class:`Recipe` says how indicators become one number;
:class:`sozialraum.methods.index_classes.Classes` says how that number becomes a class. Both
are plain arithmetic, so that an index can be computed thousands of
times over (resampling, other choices) by the code that computed it once.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError

FALL = 23.0
"""Constant of the exponential transform of the English indices of deprivation: the tenth
of the areas that are most deprived gets half of the scale of 0 to 100."""

type Standardise = Literal["z", "robust", "weighted", "exponential", "none"]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How indicators become one number.

    Parameters
    ----------
    standardise
        ``"z"``: distance from the mean in standard deviations (ddof 0); ``"robust"``: from
        the median in median absolute deviations (times 1.4826); ``"weighted"``: as ``"z"``,
        areas counting by their size; ``"exponential"``: exponential transform of the rank
        (:func:`exponential_ranks`); ``"none"``: as given.
    weights
        Weight of every indicator in the sum; empty: all 1.
    pca
        Weigh by the loadings of the first principal component (scaled to the number of
        indicators) instead of `weights`.
    restandardise
        Standardise the sum again (distance from the mean in standard deviations).
    """

    standardise: Standardise = "z"
    weights: tuple[float, ...] = ()
    pca: bool = False
    restandardise: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """Scores and index of areas (rows); NaN where anything is missing.

    Parameters
    ----------
    scores
        (areas, indicators) standardised and oriented values, high = burden.
    total
        (areas,) weighted sum of the scores.
    index
        (areas,) the sum, standardised again where the recipe says so.
    weights
        (indicators,) weights that were used.
    """

    scores: np.ndarray
    total: np.ndarray
    index: np.ndarray
    weights: np.ndarray


def zscores(values: npt.ArrayLike) -> np.ndarray:
    """Return values as distances from the mean in standard deviations (ddof 0), by column.

    Parameters
    ----------
    values
        (areas,) or (areas, indicators), complete.

    Raises
    ------
    StatisticsError
        A column has no spread; its position is named.

    Examples
    --------
    >>> zscores([1.0, 2.0, 3.0]).round(6)
    array([-1.224745,  0.      ,  1.224745])
    """
    values = np.asarray(values, dtype=float)
    return _scaled(values, values.mean(axis=0), values.std(axis=0))


def robust_scores(values: npt.ArrayLike) -> np.ndarray:
    """Return values as distances from the median in scaled median absolute deviations.

    Examples
    --------
    >>> robust_scores([1.0, 2.0, 3.0, 100.0]).round(3)
    array([-1.012, -0.337,  0.337, 65.763])
    """
    values = np.asarray(values, dtype=float)
    middle = np.median(values, axis=0)
    return _scaled(values, middle, 1.4826 * np.median(np.abs(values - middle), axis=0))


def weighted_scores(values: npt.ArrayLike, size: npt.ArrayLike) -> np.ndarray:
    """Return z-scores in which every area counts by its size.

    Examples
    --------
    >>> weighted_scores([1.0, 2.0, 3.0], [1, 1, 2]).round(3)
    array([-1.508, -0.302,  0.905])
    """
    values = np.asarray(values, dtype=float)
    counts = np.asarray(size, dtype=float)
    share = counts / counts.sum()
    mean = share @ values
    return _scaled(values, mean, np.sqrt(share @ (values - mean) ** 2))


def exponential_ranks(values: npt.ArrayLike) -> np.ndarray:
    """Return the exponential transform of ranks: 0 … 100, stretched at the burdened end.

    Ranks run from 1 (lowest value) to n; ties share the average rank. With R the rank
    divided by the highest one, the score is -23 ln(1 - R (1 - exp(-100/23))).

    Parameters
    ----------
    values
        (areas,) or (areas, indicators), complete, high = burden.

    References
    ----------
    Ministry of Housing, Communities and Local Government, *The English Indices of
    Deprivation 2019: technical report*, section 3.

    Examples
    --------
    >>> exponential_ranks([1.0, 2.0, 3.0, 4.0]).round(2)
    array([  6.52,  15.65,  31.01, 100.  ])
    """
    from scipy.stats import rankdata

    ranks = rankdata(np.asarray(values, dtype=float), axis=0)
    share = ranks / ranks.max(axis=0)
    return -FALL * np.log1p(-share * -np.expm1(-100 / FALL))


def compose(
    values: npt.ArrayLike,
    orientation: npt.ArrayLike,
    recipe: Recipe = Recipe(),
    *,
    size: npt.ArrayLike | None = None,
) -> Composite:
    """Return the index that a recipe makes of indicators.

    Parameters
    ----------
    values
        (areas, indicators). Areas with a missing value take no part: they get NaN and do
        not enter means, deviations and ranks.
    orientation
        (indicators,) +1 where a high value is a burden, -1 where it is a strength.
    recipe
        The arithmetic.
    size
        (areas,) how much an area counts; needed by ``standardise="weighted"``.

    Raises
    ------
    StatisticsError
        An indicator, or the sum, has no spread, or no area is complete.

    Examples
    --------
    >>> found = compose([[1, 10], [2, 20], [3, 60], [np.nan, 5]], [1, 1])
    >>> found.index.round(3)
    array([-1.09 , -0.235,  1.325,    nan])
    """
    values = np.asarray(values, dtype=float)
    kept = ~np.isnan(values).any(axis=1)
    if not kept.any():
        raise StatisticsError("index.no_spread", ids=range(values.shape[1]))
    scores = np.full(values.shape, np.nan)
    index, total = np.full(len(values), np.nan), np.full(len(values), np.nan)
    oriented = values[kept] * np.asarray(orientation, dtype=float)
    counts = None if size is None else np.asarray(size, dtype=float)[kept]
    scores[kept] = _standardised(oriented, recipe.standardise, counts)
    weights = _weights(scores[kept], recipe)
    total[kept] = scores[kept] @ weights
    index[kept] = zscores(total[kept]) if recipe.restandardise else total[kept]
    return Composite(scores, total, index, weights)


def equal_weight_index(values: npt.ArrayLike, orientation: npt.ArrayLike) -> Composite:
    """Return the standardised sum of standardised indicators.

    The method of the Berlin "Monitoring Soziale Stadtentwicklung" (since 2013): every area
    counts once, all indicators weigh the same, and the standard deviation divides by n.

    References
    ----------
    Senatsverwaltung für Stadtentwicklung Berlin, *Monitoring Soziale Stadtentwicklung*,
    Indikatorenheft, ch. 4.

    Examples
    --------
    >>> equal_weight_index([[1, 10], [2, 20], [3, 60]], [1, 1]).index.round(3)
    array([-1.09 , -0.235,  1.325])
    """
    return compose(values, orientation)


def _standardised(values: np.ndarray, how: Standardise, size: np.ndarray | None) -> np.ndarray:
    if how == "weighted":
        assert size is not None, "sizes are needed"
        return weighted_scores(values, size)
    if how == "none":
        return values
    return {"z": zscores, "robust": robust_scores, "exponential": exponential_ranks}[how](values)


def _scaled(values: np.ndarray, middle: np.ndarray, spread: np.ndarray) -> np.ndarray:
    """Return distances in units of a spread; name columns that have none."""
    # equal values may differ from their mean by rounding
    flat = np.atleast_1d(spread <= 1e-12 * np.maximum(1.0, np.abs(values).max(axis=0, initial=0)))
    if not len(values) or flat.any():
        raise StatisticsError("index.no_spread", ids=np.flatnonzero(flat))
    return (values - middle) / spread


def _weights(scores: np.ndarray, recipe: Recipe) -> np.ndarray:
    if recipe.pca:
        return principal_weights(scores)
    return np.array(recipe.weights or np.ones(scores.shape[1]), dtype=float)


def principal_weights(scores: npt.ArrayLike) -> np.ndarray:
    """Return the loadings of the first principal component, their sizes adding up to their number.

    The component points the way most indicators do; where they cancel, the way of the first.

    Examples
    --------
    >>> principal_weights(zscores([[1.0, 2.0], [2.0, 4.1], [3.0, 5.9]])).round(6)
    array([1., 1.])
    """
    scores = np.asarray(scores, dtype=float)
    _, vectors = np.linalg.eigh(np.atleast_2d(np.cov(scores, rowvar=False, ddof=0)))
    first = vectors[:, -1]
    # equal loadings of opposite sign add up to nothing
    way = first.sum() if abs(first.sum()) > 1e-9 else first[np.flatnonzero(np.abs(first) > 1e-9)[0]]
    return np.sign(way) * first * len(first) / np.abs(first).sum()
