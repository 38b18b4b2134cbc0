"""Log likelihood ratio of the scan statistic, and how many cases a zone needs for one."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

SLACK = 1e-7
"""A ratio this much below the one asked for counts as reaching it: rounding."""
TIE = 1e-12
"""Ratios that differ by less, as a share of the largest logarithm in them, are equal."""


class Null(NamedTuple):
    """What zones are compared with: the same risk everywhere.

    Parameters
    ----------
    cases
        All cases.
    whole
        Measure of the whole: population or expected cases.
    binomial
        Bernoulli model: cases are some of the people counted by the measure.
    xlogx
        k ln k for every count that can occur.
    tie
        Ratios nearer to each other are equal: they are sums of these logarithms.
    """

    cases: int
    whole: float
    binomial: bool
    xlogx: np.ndarray
    tie: float


def null_of(cases: int, whole: float, *, binomial: bool) -> Null:
    """Return what zones are compared with, tables included.

    Examples
    --------
    >>> null_of(3, 10.0, binomial=False).xlogx.round(2).tolist()
    [0.0, 0.0, 1.39, 3.3]
    """
    number = np.arange(int(whole if binomial else cases) + 1, dtype=float)
    xlogx = number * np.log(np.maximum(number, 1.0))
    return Null(int(cases), float(whole), binomial, xlogx, TIE * (1.0 + float(xlogx[-1])))


def log_ratio(
    count: npt.ArrayLike,
    measure: npt.ArrayLike,
    cases: float,
    whole: float,
    *,
    binomial: bool = False,
) -> np.ndarray:
    """Return the log likelihood ratio of zones against the rest, of either direction.

    Parameters
    ----------
    count, measure
        Cases inside, and population or expected cases inside.
    cases, whole
        The same of the whole.
    binomial
        Bernoulli model: cases are some of the people counted by `measure`.

    References
    ----------
    Kulldorff (1997), A spatial scan statistic, Communications in Statistics: Theory and
    Methods 26(6).

    Examples
    --------
    106 cases where 62.13 of 552 were to be expected:

    >>> float(log_ratio(106, 62.13, 552, 552).round(2))
    14.78
    """
    count, measure = (np.asarray(part, dtype=float) for part in (count, measure))
    rest, beyond = cases - count, whole - measure
    if binomial:
        inside = _times_log(count, measure) + _times_log(measure - count, measure)
        outside = _times_log(rest, beyond) + _times_log(beyond - rest, beyond)
        return inside + outside - _times_log(cases, whole) - _times_log(whole - cases, whole)
    risk = cases / whole
    return _times_log(count, measure * risk) + _times_log(rest, beyond * risk)


def _times_log(count: npt.ArrayLike, base: npt.ArrayLike) -> np.ndarray:
    """Return count · ln(count / base), 0 where the count is 0."""
    count, base = np.broadcast_arrays(count, base)
    share = np.divide(count, base, out=np.ones(count.shape), where=(count > 0) & (base > 0))
    return count * np.log(share)


def needed_cases(ratio: float, measures: np.ndarray, null: Null) -> np.ndarray:
    """Return how many cases a zone needs for a ratio, between any two measures.

    Parameters
    ----------
    ratio
        Log likelihood ratio to reach; 0: more or fewer cases than expected will do.
    measures
        (steps + 1,) ascending.
    null
        What is compared with.

    Returns
    -------
    ndarray
        (2, steps) int32. With fewer cases than the first, or more than the second, no zone
        with a measure of that step reaches the ratio as a high or a low cluster.

    Notes
    -----
    The ratio grows with the distance of cases from the expected number, so that a zone at
    the lower end of the step needs fewest cases to be high, and one at the upper end may
    have most to be low. Both are found by bisection.
    """
    small, large = measures[:-1], measures[1:]
    cases, whole, binomial = null.cases, null.whole, null.binomial
    limit = np.minimum(cases, np.floor(small)) if binomial else np.full(len(small), float(cases))
    low, high = np.floor(small * cases / whole), limit + 1
    while (high - low > 1).any():
        middle = np.minimum(np.floor((low + high) / 2), limit)
        enough = log_ratio(middle, small, cases, whole, binomial=binomial) >= ratio - SLACK
        undecided = high - low > 1
        high = np.where(undecided & enough, middle, high)
        low = np.where(undecided & ~enough, middle, low)
    least = np.where(small > 0, high, 1)
    low, high = np.full(len(large), -1.0), np.ceil(large * cases / whole)
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        undecided = high - low > 1
        enough = log_ratio(middle, large, cases, whole, binomial=binomial) >= ratio - SLACK
        low = np.where(undecided & enough, middle, low)
        high = np.where(undecided & ~enough, middle, high)
    return np.stack([least, low]).astype(np.int32)
