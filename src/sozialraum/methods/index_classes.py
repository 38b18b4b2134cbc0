"""How an index becomes a class: by its value, by quantiles, or by rank."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

STATUS_BREAKS = (-1.0, 1.0, 1.5)
"""Limits of the status classes 1 (high status) to 4 (very low status)."""
DYNAMICS_BREAKS = (-1.0, 1.0)
"""Limits of the dynamics ``"+"``, ``"+/-"`` and ``"-"``."""


@dataclass(frozen=True, slots=True)
class Classes:
    """How an index becomes a class.

    Parameters
    ----------
    labels
        Names of the classes, lowest index first.
    breaks
        Inner limits, one fewer than labels. A value on a limit belongs to the middle:
        to the class above a limit below 0 and to the class below one of 0 or more.
    by
        ``"value"``: `breaks` are values of the index; ``"quantile"``: equal shares of the
        areas, limits by quantiles of type 9; ``"rank"``: equal shares by rank, class 1
        the highest index (:func:`rank_classes`). The last two take no breaks.
    """

    labels: tuple[str, ...]
    breaks: tuple[float, ...] = ()
    by: Literal["value", "quantile", "rank"] = "value"


STATUS = Classes(("1", "2", "3", "4"), STATUS_BREAKS)
DYNAMICS = Classes(("+", "+/-", "-"), DYNAMICS_BREAKS)


def classify(index: npt.ArrayLike, classes: Classes) -> np.ndarray:
    """Return the class of every area; ``""`` where the index is missing.

    Examples
    --------
    >>> classify([-1.2, -1.0, 1.0, 1.5, 1.6, np.nan], STATUS).tolist()
    ['1', '2', '2', '3', '4', '']
    >>> classify([4.0, 1.0, 2.0, 3.0], Classes(("low", "high"), by="quantile")).tolist()
    ['high', 'low', 'low', 'high']
    """
    x = np.asarray(index, dtype=float)
    found = np.full(x.shape, "", dtype=object)
    known = ~np.isnan(x)
    labels = np.array(classes.labels, dtype=object)
    if known.any():
        found[known] = labels[_positions(x[known], classes)]
    return found


def rank_classes(index: npt.ArrayLike, number: int) -> np.ndarray:
    """Return ceil(number · rank / n) of every value, rank 1 the highest index.

    Ties share the average rank.

    Examples
    --------
    >>> rank_classes([0.5, 9.0, 3.0, 4.0], 2)
    array([2, 1, 2, 1])
    """
    from scipy.stats import rankdata

    x = np.asarray(index, dtype=float)
    return np.ceil(number * rankdata(-x) / len(x)).astype(int)


def status_classes(index: npt.ArrayLike) -> np.ndarray:
    """Return ``"1"`` (x < -1), ``"2"`` (-1 … 1), ``"3"`` (1 < x ≤ 1.5), ``"4"`` (x > 1.5).

    Missing values have the class ``""``.

    Examples
    --------
    >>> status_classes([-1.2, -1.0, 1.0, 1.5, 1.6, np.nan]).tolist()
    ['1', '2', '2', '3', '4', '']
    """
    return classify(index, STATUS)


def dynamics_classes(index: npt.ArrayLike) -> np.ndarray:
    """Return ``"+"`` (x < -1), ``"+/-"`` (-1 … 1), ``"-"`` (x > 1); ``""`` where missing.

    The sign says how burdens moved compared with the average area: ``"-"`` does not mean
    worse, only less favourable than the average.

    Examples
    --------
    >>> dynamics_classes([-1.2, 1.0, 1.1, np.nan]).tolist()
    ['+', '+/-', '-', '']
    """
    return classify(index, DYNAMICS)


def _positions(x: np.ndarray, classes: Classes) -> np.ndarray:
    number = len(classes.labels)
    if classes.by == "rank":
        return rank_classes(x, number) - 1
    if classes.by == "quantile":
        shares = np.arange(1, number) / number
        limits = np.quantile(x, shares, method="normal_unbiased")
        return np.searchsorted(limits, x, side="right")
    position = np.zeros(len(x), dtype=int)
    for limit in classes.breaks:
        position += (x >= limit) if limit < 0 else (x > limit)
    return position
