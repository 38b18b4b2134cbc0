"""Control charts for few points: exponentially weighted moving averages and their limits.

An area is watched by how far its values lie from what its past and the common course let
expect (:func:`sozialraum.methods.course.prediction_errors`). One error says little; the
weighted average of the latest ones sees a change that lasts.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError

WEIGHT = 0.3
"""Of the latest error: remembers about five years, sees a lasting change within two to three."""
SEARCHED = (0.01, 10.0)
"""Where limits may lie, in standard deviations."""
NODES = 96
"""Points of the quadrature; the probabilities then hold to ten digits."""


def ewma(errors: npt.ArrayLike, *, weight: float = WEIGHT) -> np.ndarray:
    """Return exponentially weighted moving averages as standard scores.

    Parameters
    ----------
    errors
        (areas, dates) independent standard normal numbers while nothing changes; NaN is
        missing and leaves the average as it was.
    weight
        Of the latest error, above 0 and at most 1.

    Returns
    -------
    ndarray
        (areas, dates) average divided by its standard deviation at that date; missing
        where the error is.

    References
    ----------
    Roberts (1959), Control chart tests based on geometric moving averages, Technometrics
    1(3). Steiner (1999), EWMA control charts with time-varying control limits and fast
    initial response, Journal of Quality Technology 31(1), for the limits of short series.

    Examples
    --------
    >>> ewma([[1.0, np.nan, 1.0]], weight=0.5).round(3)
    array([[1.   ,   nan, 1.342]])
    """
    found = np.asarray(errors, dtype=float)
    _check(weight)
    average, variance = np.zeros(len(found)), np.zeros(len(found))
    path = np.full(found.shape, np.nan)
    for date in range(found.shape[1]):
        here = ~np.isnan(found[:, date])
        average[here] = (1 - weight) * average[here] + weight * found[here, date]
        variance[here] = (1 - weight) ** 2 * variance[here] + weight**2
        path[here, date] = average[here] / np.sqrt(variance[here])
    return path


def crossing_probability(limit: float, points: int, *, weight: float = WEIGHT) -> float:
    """Return how probable it is that a series without a change crosses the limit at least once.

    Parameters
    ----------
    limit
        Of the standard score of the average, on both sides.
    points
        Number of errors of the series.
    weight
        Of the latest error.

    Notes
    -----
    The average is a Markov chain; its density on the inside of the limits is carried from
    point to point by Gauss-Legendre quadrature, and what leaves is added up. No draws.

    References
    ----------
    Crowder (1987), A simple method for studying run-length distributions of exponentially
    weighted moving average charts, Technometrics 29(4), for the integral equation.

    Examples
    --------
    >>> round(crossing_probability(1.959964, 1), 4), round(crossing_probability(3.0, 9), 4)
    (0.05, 0.0204)
    """
    from scipy.special import ndtr

    _check(weight)
    nodes, shares = np.polynomial.legendre.leggauss(NODES)
    variance, left, density, before = 0.0, 0.0, np.zeros(0), np.zeros(0)
    for point in range(points):
        variance = (1 - weight) ** 2 * variance + weight**2
        edge = limit * np.sqrt(variance)
        inside, mass = nodes * edge, shares * edge
        centre = (1 - weight) * before if point else np.zeros(1)
        carried = density if point else np.ones(1)
        out = ndtr((-edge - centre) / weight) + ndtr((centre - edge) / weight)
        left += float(carried @ out)
        step = np.exp(-0.5 * ((inside[:, None] - centre) / weight) ** 2)
        density = mass * (step @ carried) / (weight * np.sqrt(2 * np.pi))
        before = inside
    return min(left, 1.0)


@cache
def control_limit(rate: float, points: int, *, weight: float = WEIGHT) -> float:
    """Return the limit that a series without a change crosses with a given probability.

    Parameters
    ----------
    rate
        Probability of at least one false alarm in the whole series.
    points
        Number of errors of the series, at least 1.
    weight
        Of the latest error.

    Examples
    --------
    >>> round(control_limit(0.01, 9), 3)
    3.22
    """
    from scipy.optimize import brentq

    if not 0 < rate < 1 or points < 1:
        raise StatisticsError("warnings.limit", rate=rate, points=points)

    def excess(limit: float) -> float:
        return crossing_probability(limit, points, weight=weight) - rate

    return float(np.asarray(brentq(excess, *SEARCHED)))


def first_crossing(path: npt.ArrayLike, limits: npt.ArrayLike) -> np.ndarray:
    """Return when every path first crossed its limit since it last changed sides.

    Parameters
    ----------
    path
        (areas, dates) standard scores; NaN is missing.
    limits
        (areas,) limits.

    Returns
    -------
    ndarray
        (areas,) positions of the dates; -1 where the stretch on the side on which the path
        ends never crossed.

    Examples
    --------
    >>> first_crossing([[3.0, -1.0, 1.0, 4.0, 3.5], [1.0, 1.0, 1.0, 1.0, 1.0]], [2.0, 2.0])
    array([ 3, -1])
    """
    scores = np.asarray(path, dtype=float)
    allowed = np.asarray(limits, dtype=float)
    side, found = np.zeros(len(scores)), np.full(len(scores), -1)
    for date in range(scores.shape[1]):
        here = ~np.isnan(scores[:, date])
        turned = here & (np.sign(scores[:, date]) != side)
        side[turned], found[turned] = np.sign(scores[turned, date]), -1
        alarm = here & (found < 0) & (np.abs(scores[:, date]) >= allowed)
        found[alarm] = date
    return found


def _check(weight: float) -> None:
    if not 0 < weight <= 1:
        raise StatisticsError("warnings.weight", weight=weight)
