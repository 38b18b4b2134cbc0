"""Trends of short series: Mann-Kendall, the slope of Theil and Sen, and where a change began.

Series of areas stand in the rows, dates in the columns; a missing value is left out and the
points that remain are counted. Fewer than five points bear no statement on a trend.
"""

from dataclasses import dataclass
from functools import cache
from math import comb

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError

FEWEST = 5
"""A trend needs at least this many points."""
MOST_EXACT = 18
"""Up to so many points the null law is counted out; all its numbers are exact in a float."""
TINY = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class MannKendall:
    """Whether series go up or down.

    Parameters
    ----------
    statistic
        (areas,) pairs of dates with a rise, less pairs with a fall; missing below five points.
    tau
        (areas,) the same as a share of all pairs that are no ties (tau-b), -1 to 1.
    p
        (areas,) two-sided p-value; missing where the statistic is, 1 for a constant series.
    points
        (areas,) number of values.
    """

    statistic: np.ndarray
    tau: np.ndarray
    p: np.ndarray
    points: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class TheilSen:
    """How steep series are.

    Parameters
    ----------
    slope
        (areas,) median of the slopes of all pairs, in units of the values per unit of time.
    low, high
        (areas,) limits of the interval of Sen.
    points
        (areas,) number of values.
    """

    slope: np.ndarray
    low: np.ndarray
    high: np.ndarray
    points: np.ndarray


def mann_kendall(
    values: npt.ArrayLike, *, correlation: npt.ArrayLike | None = None, fewest: int = FEWEST
) -> MannKendall:
    """Return the test of Mann and Kendall for a monotonic trend.

    Parameters
    ----------
    values
        (areas, dates) numbers in the order of time; NaN is missing.
    correlation
        (dates, dates) or (areas, dates, dates) correlations between the dates of a series
        without a trend. Without them the dates are taken as independent.
    fewest
        Series with fewer points have no result.

    Notes
    -----
    Independent dates, up to 18 points: the exact law, with ties as without. The falls in a
    random order of values with ties of t₁, t₂, … are counted by the q-multinomial
    [n]!/([t₁]!·[t₂]!·…), so no permutations are drawn. Longer series: the normal law with
    the variance corrected for ties and a continuity correction of 1.

    With correlations the variance of the statistic is that of a Gaussian series, the sum of
    (2/π)·arcsin ρ over all pairs of differences, and the law is the symmetric beta law with
    this variance between the smallest and the largest statistic there can be: stocks of
    people keep most of their members from one year to the next, and what looks like a trend
    is common in them.

    References
    ----------
    Mann (1945), Nonparametric tests against trend, Econometrica 13(3). Kendall (1975), Rank
    correlation methods. Hamed and Rao (1998), A modified Mann-Kendall trend test for
    autocorrelated data, Journal of Hydrology 204, for series with a memory.

    Examples
    --------
    >>> found = mann_kendall([[1.0, 2.0, 3.0, 4.0, 5.0], [1.0, np.nan, 3.0, 4.0, 5.0]])
    >>> found.statistic, found.p.round(4), found.points
    (array([10., nan]), array([0.0167,    nan]), array([5, 4]))
    """
    series = _series(values)
    points = (~np.isnan(series)).sum(axis=1)
    enough = points >= max(fewest, 2)
    first, second = np.triu_indices(series.shape[1], 1)
    signs = np.sign(series[:, second] - series[:, first])
    statistic = np.where(enough, np.nansum(signs, axis=1), np.nan)
    untied = np.nansum(signs != 0, axis=1, where=~np.isnan(signs))
    pairs = points * (points - 1) / 2
    with np.errstate(invalid="ignore", divide="ignore"):
        tau = np.where(untied > 0, statistic / np.sqrt(pairs * untied), np.where(enough, 0, np.nan))
    p = np.full(len(series), np.nan)
    if correlation is None:
        for i in np.flatnonzero(enough):
            known = series[i][~np.isnan(series[i])]
            ties = np.unique(known, return_counts=True)[1]
            p[i] = _p_independent(float(statistic[i]), tuple(sorted(ties.tolist())))
    else:
        known = signs[enough] != 0
        known &= ~np.isnan(signs[enough])
        related = np.asarray(correlation, dtype=float)
        related = related[enough] if related.ndim == 3 else related
        p[enough] = _p_related(statistic[enough], known, related)
    return MannKendall(statistic, tau, p, points)


def theil_sen(
    values: npt.ArrayLike, times: npt.ArrayLike, *, interval: float = 0.95, fewest: int = FEWEST
) -> TheilSen:
    """Return the median of the slopes between all pairs of points.

    Parameters
    ----------
    values
        (areas, dates) numbers; NaN is missing.
    times
        (dates,) when, in years or any other unit, ascending.
    interval
        Probability that the interval is to have.
    fewest
        Series with fewer points have no result.

    References
    ----------
    Sen (1968), Estimates of the regression coefficient based on Kendall's tau, JASA 63(324),
    1379-1389, also for the interval: the slopes whose ranks lie z·√Var(S)/2 around the middle.

    Examples
    --------
    >>> found = theil_sen([[1.0, 3.0, 5.0, 7.5, 90.0]], [0, 1, 2, 3, 4])
    >>> found.slope.round(3), found.low, found.high.round(1)
    (array([2.375]), array([2.]), array([82.5]))
    """
    from scipy.special import ndtri

    series = _series(values)
    when = np.asarray(times, dtype=float)
    if when.shape != (series.shape[1],) or (np.diff(when) <= 0).any():
        raise StatisticsError("warnings.times")
    if not 0 < interval < 1:
        raise StatisticsError("warnings.interval", interval=interval)
    points = (~np.isnan(series)).sum(axis=1)
    first, second = np.triu_indices(series.shape[1], 1)
    slopes = np.sort((series[:, second] - series[:, first]) / (when[second] - when[first]), axis=1)
    pairs = points * (points - 1) // 2
    half = ndtri((1 + interval) / 2) * np.sqrt(_variance(series, points)) / 2
    lowest = np.maximum(np.rint(pairs / 2 - half).astype(int) - 1, 0)
    highest = np.minimum(np.rint(pairs / 2 + half).astype(int), pairs - 1)
    middle = np.stack([(pairs - 1) // 2, pairs // 2], axis=1)
    enough = points >= max(fewest, 2)
    places = np.column_stack([middle, lowest, highest]) * enough[:, None]
    if not slopes.shape[1]:
        slopes = np.full((len(series), 1), np.nan)
    found = np.take_along_axis(slopes, places, axis=1)
    found[~enough] = np.nan
    return TheilSen(found[:, :2].mean(axis=1), found[:, 2], found[:, 3], points)


def onset(values: npt.ArrayLike, weights: npt.ArrayLike) -> int:
    """Return the position of the last point before a series changed: flat, then straight.

    Parameters
    ----------
    values
        (points,) numbers without gaps, at least two.
    weights
        (points,) how much each counts, above 0.

    Returns
    -------
    int
        The kink with the least squared distances; 0 for a straight line from the start.

    Examples
    --------
    >>> onset([2.0, 2.1, 1.9, 2.0, 3.0, 4.0], [1.0] * 6)
    3
    """
    y, root = np.asarray(values, dtype=float), np.sqrt(np.asarray(weights, dtype=float))
    place = np.arange(len(y))
    left = []
    for kink in range(len(y) - 1):
        lines = np.column_stack([np.ones(len(y)), np.maximum(place - kink, 0)]) * root[:, None]
        fitted = lines @ np.linalg.lstsq(lines, y * root, rcond=None)[0]
        left.append(((y * root - fitted) ** 2).sum())
    return int(np.argmin(left))


def _series(values: npt.ArrayLike) -> np.ndarray:
    series = np.asarray(values, dtype=float)
    if series.ndim != 2 or np.isinf(series).any():
        raise StatisticsError("warnings.series")
    return series


def _variance(series: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return the variance of the statistic over all orders of the values, ties included."""
    full = points * (points - 1) * (2 * points + 5)
    # a value that occurs t times adds (t-1)(2t+5) at each of its places
    times = (series[:, :, None] == series[:, None, :]).sum(axis=2)
    tied = np.where(np.isnan(series), 0, (times - 1) * (2 * times + 5)).sum(axis=1)
    return (full - tied) / 18


def _p_independent(statistic: float, ties: tuple[int, ...]) -> float:
    """Return the two-sided p of a statistic when every order of the values is equally likely."""
    from scipy.special import ndtr

    n = sum(ties)
    if len(ties) == 1:
        return 1.0
    if n <= MOST_EXACT:
        law = _falls(ties)
        pairs = len(law) - 1
        statistics = pairs - 2 * np.arange(pairs + 1)
        return float(law[np.abs(statistics) >= abs(statistic)].sum() / law.sum())
    variance = (n * (n - 1) * (2 * n + 5) - sum(t * (t - 1) * (2 * t + 5) for t in ties)) / 18
    return float(min(1.0, 2 * ndtr(-max(abs(statistic) - 1, 0.0) / np.sqrt(variance))))


@cache
def _falls(ties: tuple[int, ...]) -> np.ndarray:
    """Return in how many orders of values with these ties there are 0, 1, 2, … falls."""
    law, placed = np.ones(1), 0
    for size in ties:
        placed += size
        law = np.convolve(law, _between(placed, size))
    return law


def _between(n: int, k: int) -> np.ndarray:
    """Return the Gaussian binomial coefficient: choices of k out of n by their falls."""
    # the recursion of Pascal's triangle with a shift by the size of the lower index
    row = [np.ones(1)]
    for total in range(1, n + 1):
        fresh = []
        for part in range(min(total, k) + 1):
            sums = np.zeros(part * (total - part) + 1)
            if part < len(row) and part <= total - 1:
                sums[part:] += np.pad(row[part], (0, len(sums) - part - len(row[part])))
            if part:
                before = row[part - 1]
                sums[: len(before)] += before
            fresh.append(sums)
        row = fresh
    assert row[k].sum() == comb(n, k)
    return row[k]


def _p_related(statistic: np.ndarray, known: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    """Return two-sided p-values for Gaussian series whose dates are correlated."""
    from scipy.special import betainc

    joint, taken = _joint_signs(correlation), known.astype(float)
    variance = np.einsum(
        "ai,aij,aj->a", taken, np.broadcast_to(joint, (len(taken), *joint.shape[-2:])), taken
    )
    pairs = taken.sum(axis=1)
    # all pairs alike is the largest variance that there can be
    shape = (pairs**2 / np.maximum(variance, 1.0) - 1) / 2
    beyond = (pairs - np.maximum(np.abs(statistic) - 1, 0.0)) / (2 * np.maximum(pairs, 1))
    p = 2 * betainc(np.maximum(shape, TINY), np.maximum(shape, TINY), beyond)
    return np.where(variance > 0, np.minimum(1.0, p), 1.0)


def _joint_signs(correlation: np.ndarray) -> np.ndarray:
    """Return the mean product of the signs of any two pairs of dates."""
    first, second = np.triu_indices(correlation.shape[-1], 1)
    among = correlation[..., second[:, None], second] + correlation[..., first[:, None], first]
    among = among - correlation[..., second[:, None], first]
    among = among - correlation[..., first[:, None], second]
    spread = np.sqrt(np.diagonal(among, axis1=-2, axis2=-1))
    with np.errstate(invalid="ignore", divide="ignore"):
        among = among / (spread[..., :, None] * spread[..., None, :])
    return np.arcsin(np.clip(np.nan_to_num(among), -1, 1)) * 2 / np.pi
