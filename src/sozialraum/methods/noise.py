"""Noise of greatest entropy: unbiased, bounded, of a given variance, never below zero."""

from functools import lru_cache

import numpy as np

TOLERANCE = 1e-12
ROUNDS = 200
"""Newton steps; a few suffice unless the variance is all but impossible."""


@lru_cache(maxsize=32)
def transitions(max_deviation: int, variance: float, js: int = 0) -> tuple[np.ndarray, ...]:
    """Return what each small count turns into, as probabilities of deviations.

    Among all noise with mean 0, the given variance and deviations up to a limit, that of
    the greatest entropy tells an intruder least. Zeros stay, no count becomes negative,
    and none is shown as 1 … `js`.

    Parameters
    ----------
    max_deviation
        Largest deviation, D.
    variance
        Of the deviations. A small count cannot have every variance: it then has the
        nearest one that it can have.
    js
        Largest count that is never shown above zero, at most D.

    Returns
    -------
    tuple of ndarray
        (2 D + 1,) probabilities of the deviations -D … D for the counts 0, 1, …, D + js;
        the last entry is that of every larger count.

    References
    ----------
    Giessing, S. (2016): Computational issues in the design of transition probabilities and
    disclosure risk estimation for additive noise. Privacy in Statistical Databases, LNCS
    9867, doi:10.1007/978-3-319-45381-1_18. Marley, J., Leaver, V. (2011): A method for
    confidentialising user-defined tables. Proceedings of the 58th ISI World Congress.

    Examples
    --------
    >>> rows = transitions(2, 1.0)
    >>> [round(float(p), 3) for p in rows[1]], [round(float(p), 3) for p in rows[-1]]
    ([0.0, 0.398, 0.306, 0.194, 0.102], [0.064, 0.245, 0.383, 0.245, 0.064])
    """
    steps = np.arange(-max_deviation, max_deviation + 1)
    rows = [np.where(steps == 0, 1.0, 0.0)]
    for count in range(1, max_deviation + js + 2):
        target = count + steps
        open_to = (target == 0) | (target > js)
        row = np.zeros(len(steps))
        row[open_to] = greatest_entropy(steps[open_to], variance)
        rows.append(row)
    for row in rows:
        row.flags.writeable = False
    return tuple(rows)


def greatest_entropy(steps: np.ndarray, variance: float) -> np.ndarray:
    """Return probabilities of deviations with mean 0 and a variance, of greatest entropy.

    They are proportional to exp(a·d + b·d²); a and b minimise a convex function (Newton
    with halved steps). Where the variance is out of reach, the nearest one is taken.

    Parameters
    ----------
    steps
        (m,) ascending whole deviations, on both sides of 0 or with 0.
    variance
        Wanted variance.

    Examples
    --------
    >>> greatest_entropy(np.array([-1, 2]), 5.0).round(3).tolist()
    [0.667, 0.333]
    """
    below, above = steps[steps < 0], steps[steps > 0]
    none = np.where(steps == 0, 1.0, 0.0)
    if not below.size or not above.size:
        return none
    wide, tight = _pair(steps, below[0], above[-1]), _pair(steps, below[-1], above[0])
    tight = none if none.any() else tight
    limits = [float(row @ steps**2) for row in (tight, wide)]
    if variance <= limits[0] * (1 + TOLERANCE) + TOLERANCE:
        return tight
    if variance >= limits[1] * (1 - TOLERANCE):
        return wide
    return _newton(steps / above[-1], variance / above[-1] ** 2)


def _pair(steps: np.ndarray, low: int, high: int) -> np.ndarray:
    """Return the probabilities of two deviations with mean 0."""
    return (np.where(steps == low, high, 0) - np.where(steps == high, low, 0)) / (high - low)


def _newton(steps: np.ndarray, variance: float) -> np.ndarray:
    features = np.column_stack([steps, steps**2])
    wanted = np.array([0.0, variance])
    weights = np.zeros(2)
    value, row = _dual(features, wanted, weights)
    for _ in range(ROUNDS):
        gap = row @ features - wanted
        if np.abs(gap).max() < TOLERANCE:
            break
        centred = features - row @ features
        slope = centred.T @ (row[:, None] * centred)
        step = np.linalg.solve(slope + TOLERANCE**2 * np.eye(2), -gap)
        size = 1.0
        while size > TOLERANCE:
            value_there, row_there = _dual(features, wanted, weights + size * step)
            if value_there <= value + 1e-4 * size * (gap @ step):
                break
            size /= 2
        else:
            break  # rounding errors are larger than what is left to gain
        weights, value, row = weights + size * step, value_there, row_there
    return row


def _dual(
    features: np.ndarray, wanted: np.ndarray, weights: np.ndarray
) -> tuple[float, np.ndarray]:
    """Return the convex function to be minimised, and the probabilities that go with it."""
    exponent = features @ weights
    top = exponent.max()
    terms = np.exp(exponent - top)
    total = terms.sum()
    return float(top + np.log(total) - wanted @ weights), terms / total
