"""Composite indices: standardise, add up, standardise again, class.

The method of the Berlin "Monitoring Soziale Stadtentwicklung" (since 2013): every area
counts once, all indicators weigh the same, and the standard deviation divides by n.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError

STATUS_BREAKS = (-1.0, 1.0, 1.5)
"""Limits of the status classes 1 (high status) to 4 (very low status)."""
DYNAMICS_BREAKS = (-1.0, 1.0)
"""Limits of the dynamics ``"+"``, ``"+/-"`` and ``"-"``."""


@dataclass(frozen=True, slots=True, eq=False)
class Composite:
    """Scores and index of areas (rows); NaN where anything is missing.

    Parameters
    ----------
    scores
        (areas, indicators) standardised and oriented values, high = burden.
    total
        (areas,) sum of the scores.
    index
        (areas,) standardised sum.
    """

    scores: np.ndarray
    total: np.ndarray
    index: np.ndarray


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
    spread = values.std(axis=0)
    # equal values may differ from their mean by rounding
    flat = np.atleast_1d(spread <= 1e-12 * np.maximum(1.0, np.abs(values).max(axis=0, initial=0)))
    if not len(values) or flat.any():
        raise StatisticsError("index.no_spread", ids=np.flatnonzero(flat))
    return (values - values.mean(axis=0)) / spread


def equal_weight_index(values: npt.ArrayLike, orientation: npt.ArrayLike) -> Composite:
    """Return the standardised sum of standardised indicators.

    Parameters
    ----------
    values
        (areas, indicators). Areas with a missing value take no part: they get NaN and do
        not enter means and deviations.
    orientation
        (indicators,) +1 where a high value is a burden, -1 where it is a strength.

    Raises
    ------
    StatisticsError
        An indicator, or the sum, has no spread, or no area is complete.

    References
    ----------
    Senatsverwaltung für Stadtentwicklung Berlin, *Monitoring Soziale Stadtentwicklung*,
    Indikatorenheft, ch. 4.

    Examples
    --------
    >>> found = equal_weight_index([[1, 10], [2, 20], [3, 60], [np.nan, 5]], [1, 1])
    >>> found.index.round(3)
    array([-1.09 , -0.235,  1.325,    nan])
    """
    values = np.asarray(values, dtype=float)
    kept = ~np.isnan(values).any(axis=1)
    scores = np.full(values.shape, np.nan)
    index, total = np.full(len(values), np.nan), np.full(len(values), np.nan)
    scores[kept] = zscores(values[kept]) * np.asarray(orientation, dtype=float)
    total[kept] = scores[kept].sum(axis=1)
    index[kept] = zscores(total[kept])
    return Composite(scores, total, index)


def status_classes(index: npt.ArrayLike) -> np.ndarray:
    """Return ``"1"`` (x < -1), ``"2"`` (-1 … 1), ``"3"`` (1 < x ≤ 1.5), ``"4"`` (x > 1.5).

    Missing values have the class ``""``.

    Examples
    --------
    >>> status_classes([-1.2, -1.0, 1.0, 1.5, 1.6, np.nan]).tolist()
    ['1', '2', '2', '3', '4', '']
    """
    x = np.asarray(index, dtype=float)
    low, middle, high = STATUS_BREAKS
    cases = [x < low, x <= middle, x <= high, x > high]
    return np.select(cases, ["1", "2", "3", "4"], "").astype(object)


def dynamics_classes(index: npt.ArrayLike) -> np.ndarray:
    """Return ``"+"`` (x < -1), ``"+/-"`` (-1 … 1), ``"-"`` (x > 1); ``""`` where missing.

    The sign says how burdens moved compared with the average area: ``"-"`` does not mean
    worse, only less favourable than the average.

    Examples
    --------
    >>> dynamics_classes([-1.2, 1.0, 1.1, np.nan]).tolist()
    ['+', '+/-', '-', '']
    """
    x = np.asarray(index, dtype=float)
    low, high = DYNAMICS_BREAKS
    return np.select([x < low, x <= high, x > high], ["+", "+/-", "-"], "").astype(object)
