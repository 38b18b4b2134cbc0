"""Rates as they would be if every area were of the same age.

Where old people live, more are in need of care; that says nothing of the place. Direct
standardisation converts the rates of the age groups to one population; it needs the cases of
every age group. Indirect standardisation compares the cases with those expected at the rates of
a reference; it needs the cases of all ages together only, and suits small areas.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError

DirectInterval = Literal["gamma", "dobson"]
RatioInterval = Literal["exact", "byar"]


@dataclass(frozen=True, slots=True, eq=False)
class Direct:
    """Directly standardised rates.

    Parameters
    ----------
    rate, variance
        (areas,) standardised rate, cases per person, and its variance.
    low, high
        (areas,) limits of the interval.
    """

    rate: np.ndarray
    variance: np.ndarray
    low: np.ndarray
    high: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Indirect:
    """Indirectly standardised ratios and rates.

    Parameters
    ----------
    expected
        (areas,) cases at the rates of the reference.
    ratio
        (areas,) cases over expected cases; 1 is as usual.
    low, high
        (areas,) limits of the interval for the ratio.
    rate
        (areas,) ratio × overall rate of the reference.
    """

    expected: np.ndarray
    ratio: np.ndarray
    low: np.ndarray
    high: np.ndarray
    rate: np.ndarray


def direct(
    cases: npt.ArrayLike,
    people: npt.ArrayLike,
    weights: npt.ArrayLike,
    *,
    interval: float = 0.95,
    method: DirectInterval = "gamma",
) -> Direct:
    """Return directly standardised rates.

    Parameters
    ----------
    cases, people
        (areas, groups) cases and people by age group; an area with a missing number, or with
        nobody in a group that counts, has no rate.
    weights
        (groups,) the standard population, in any unit.
    interval
        Probability that the interval is to have.
    method
        ``"gamma"``: Fay and Feuer (1997), on the cautious side, defined without cases as well.
        ``"dobson"``: exact Poisson limits of the number of cases, scaled; undefined
        without cases.

    Raises
    ------
    StatisticsError
        Shapes do not fit, numbers are negative, or an option makes no sense.

    Notes
    -----
    rate = Σ wⱼ xⱼ / nⱼ and variance = Σ wⱼ² xⱼ / nⱼ², cases being Poisson. For groups of
    which a large share are cases that is cautious: the binomial variance is smaller.

    References
    ----------
    Fay and Feuer (1997), Confidence intervals for directly standardized rates, Statistics in
    Medicine 16(7), 791-801. Dobson, Kuulasmaa, Eberle and Scherer (1991), Confidence
    intervals for weighted sums of Poisson parameters, ibid. 10(3), 457-462.

    Examples
    --------
    >>> found = direct([[10, 30]], [[1000, 500]], [60, 40])
    >>> found.rate.round(4), found.low.round(4), found.high.round(4)
    (array([0.03]), array([0.0214]), array([0.041]))
    """
    _check_interval(interval)
    if method not in get_args(DirectInterval):
        known = ", ".join(get_args(DirectInterval))
        raise StatisticsError("standardise.method", ids=[method], known=known)
    x, n, w = _checked(cases, people, weights)
    counted = w > 0
    w = w[counted] / w.sum()
    x, n = x[:, counted], n[:, counted]
    defined = np.isfinite(x).all(axis=1) & (n > 0).all(axis=1)
    x, n = np.where(defined[:, None], x, np.nan), np.where(defined[:, None], n, np.nan)
    rate, variance = (w * x / n).sum(axis=1), (w**2 * x / n**2).sum(axis=1)
    limits = _gamma if method == "gamma" else _dobson
    low, high = limits(rate, variance, (w / n).max(axis=1), x.sum(axis=1), interval)
    return Direct(rate, variance, low, high)


def indirect(
    cases: npt.ArrayLike,
    people: npt.ArrayLike,
    reference_cases: npt.ArrayLike,
    reference_people: npt.ArrayLike,
    *,
    interval: float = 0.95,
    method: RatioInterval = "exact",
) -> Indirect:
    """Return ratios of the cases to those expected at the rates of a reference.

    Parameters
    ----------
    cases
        (areas,) cases of all ages.
    people
        (areas, groups) people by age group; nobody in a group is fine.
    reference_cases, reference_people
        (groups,) cases and people of the reference by age group.
    interval
        Probability that the interval is to have.
    method
        ``"exact"`` Poisson limits of the cases, or the approximation of ``"byar"``.

    Raises
    ------
    StatisticsError
        Shapes do not fit, numbers are negative, the reference has an empty group, or an
        option makes no sense.

    Notes
    -----
    Ratios of two areas are comparable with 1, but strictly not with one another: each is
    weighed by its own ages. The expected cases are taken as known.

    References
    ----------
    Breslow and Day (1987), Statistical methods in cancer research II, IARC, chapter 2.

    Examples
    --------
    >>> found = indirect([12, 40], [[1000, 100], [500, 500]], [50, 150], [10000, 3000])
    >>> found.expected, found.ratio.round(2), found.low.round(2), found.high.round(2)
    (array([10. , 27.5]), array([1.2 , 1.45]), array([0.62, 1.04]), array([2.1 , 1.98]))
    """
    _check_interval(interval)
    if method not in get_args(RatioInterval):
        known = ", ".join(get_args(RatioInterval))
        raise StatisticsError("standardise.method", ids=[method], known=known)
    above, below = np.asarray(reference_cases, float), np.asarray(reference_people, float)
    if not (below > 0).all() or not (above >= 0).all():
        raise StatisticsError("standardise.reference", ids=np.flatnonzero(~(below > 0)))
    _, n, _ = _checked(np.zeros(np.shape(people)), people, below)
    observed = np.asarray(cases, dtype=float)
    if observed.shape != n.shape[:1] or above.shape != below.shape or (observed < 0).any():
        raise StatisticsError("standardise.shapes")
    expected = n @ (above / below)
    expected = np.where(np.isfinite(observed) & (expected > 0), expected, np.nan)
    low, high = (exact_limits if method == "exact" else byar_limits)(observed, interval)
    ratio = observed / expected
    overall = above.sum() / below.sum()
    return Indirect(expected, ratio, low / expected, high / expected, ratio * overall)


def exact_limits(cases: npt.ArrayLike, interval: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return exact limits of the mean of a Poisson count (Garwood 1936).

    Examples
    --------
    >>> low, high = exact_limits([0.0, 10.0])
    >>> low.round(2), high.round(2)
    (array([0. , 4.8]), array([ 3.69, 18.39]))
    """
    from scipy.special import gammaincinv

    x, tail = np.asarray(cases, dtype=float), (1 - interval) / 2
    low = np.where(x > 0, gammaincinv(np.where(x > 0, x, 1.0), tail), x)
    return low, gammaincinv(x + 1, 1 - tail)


def byar_limits(cases: npt.ArrayLike, interval: float = 0.95) -> tuple[np.ndarray, np.ndarray]:
    """Return Byar's approximate limits of the mean of a Poisson count.

    References
    ----------
    Breslow and Day (1987), Statistical methods in cancer research II, IARC, page 69.

    Examples
    --------
    >>> low, high = byar_limits([10.0])
    >>> low.round(2), high.round(2)
    (array([4.79]), array([18.39]))
    """
    from scipy.special import ndtri

    x, z = np.asarray(cases, dtype=float), ndtri((1 + interval) / 2)
    some, more = np.where(x > 0, x, 1.0), x + 1
    low = some * (1 - 1 / (9 * some) - z / (3 * np.sqrt(some))) ** 3
    high = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return np.where(x > 0, low, x), high


def _gamma(
    rate: np.ndarray, variance: np.ndarray, step: np.ndarray, _: np.ndarray, interval: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of Fay and Feuer; `step` is the most that one more case adds."""
    from scipy.special import gammaincinv

    tail = (1 - interval) / 2
    some = np.where(rate > 0, rate, 1.0)
    spread = np.where(rate > 0, variance, 1.0)
    low = np.where(rate > 0, gammaincinv(some**2 / spread, tail) * spread / some, rate)
    rate, variance = rate + step, variance + step**2
    return low, gammaincinv(rate**2 / variance, 1 - tail) * variance / rate


def _dobson(
    rate: np.ndarray, variance: np.ndarray, _: np.ndarray, cases: np.ndarray, interval: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return the limits of Dobson et al.: those of the number of cases, scaled."""
    low, high = exact_limits(cases, interval)
    some = np.where(cases > 0, cases, np.nan)
    scale = np.sqrt(variance / some)
    return rate + scale * (low - some), rate + scale * (high - some)


def _checked(
    cases: npt.ArrayLike, people: npt.ArrayLike, weights: npt.ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    x, n, w = (np.asarray(a, dtype=float) for a in (cases, people, weights))
    if x.ndim != 2 or x.shape != n.shape or w.shape != x.shape[1:] or not (w >= 0).all():
        raise StatisticsError("standardise.shapes")
    if not w.sum() > 0 or (x < 0).any() or (n < 0).any():
        raise StatisticsError("standardise.shapes")
    return x, n, w


def _check_interval(interval: float) -> None:
    if not 0 < interval < 1:
        raise StatisticsError("smoothing.interval", ids=[interval])
