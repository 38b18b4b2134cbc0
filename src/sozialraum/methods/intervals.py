"""Standardised values when values are only known to lie in intervals.

Every interval here is proven: whatever the values are, as long as each lies in its own
interval, the standardised value lies in the interval returned.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from sozialraum.methods.composite import FALL

SLACK = 1e-9
"""Intervals are widened by this much (relative to 1 plus the bound) against rounding."""
HALVINGS = 64

type Box = tuple[np.ndarray, np.ndarray]
"""Lower and upper ends, of the same shape."""


def score_bounds(
    low: npt.ArrayLike, high: npt.ArrayLike, share: npt.ArrayLike | None = None
) -> Box:
    """Return between which limits the z-score of every value lies.

    Parameters
    ----------
    low, high
        (areas,) ends of the interval of every value; with infinite ones only the limits
        that hold for any values are known.
    share
        (areas,) how much an area counts in mean and standard deviation, adding up to 1;
        every area the same when omitted.

    Returns
    -------
    tuple of ndarray
        (areas,) lowest and highest z-score.

    Notes
    -----
    A score grows with its own value. Of all fillings with a given mean, the smallest
    variance is that of values as close to one common value as their intervals let them;
    the largest is below that of filling intervals from the highest midpoint down (a
    square lies below its chord). Above the mean the highest score is reached on the first
    curve, exactly; below it the second one bounds it. Along both curves the score rises
    and then falls, so that bisection finds its highest value.

    Examples
    --------
    >>> low, high = score_bounds([1, 2, 3, 0], [1, 2, 3, 6])
    >>> low.round(3), high.round(3)
    (array([-1.528, -0.535, -0.   , -1.342]), array([-0.447,  0.447,  1.528,  1.604]))
    """
    lows, highs = (np.asarray(part, dtype=float) for part in (low, high))
    weight = np.full(len(lows), 1 / max(len(lows), 1)) if share is None else np.asarray(share)
    with np.errstate(divide="ignore"):
        most = np.sqrt((1 - weight) / weight)
    if not np.isfinite([lows, highs]).all():
        return _widened(-most, most)
    # centred values keep their squares exact enough
    middle = float(weight @ (lows + highs)) / 2
    lows, highs = lows - middle, highs - middle
    upper = np.minimum(_highest(lows, highs, weight), most)
    lower = np.maximum(-_highest(-highs, -lows, weight), -most)
    return _widened(lower, upper)


def robust_bounds(low: npt.ArrayLike, high: npt.ArrayLike) -> Box:
    """Return between which limits the distance of every value from the median lies.

    In median absolute deviations (times 1.4826), see
    :func:`sozialraum.methods.composite.robust_scores`; infinite where there may be none.

    Examples
    --------
    >>> low, high = robust_bounds([1, 2, 3, 4, 100], [1, 2, 3, 6, 100])
    >>> low.round(2), high.round(2)
    (array([-1.35, -0.67, -0.  ,  0.34, 32.71]), array([-0.67, -0.34,  0.  ,  2.02, 65.43]))
    """
    lows, highs = (np.asarray(part, dtype=float) for part in (low, high))
    first, last = float(np.median(lows)), float(np.median(highs))
    under, over = lows - last, highs - first
    least = np.maximum(np.maximum(under, -over), 0)
    most = np.maximum(np.abs(under), np.abs(over))
    narrow, wide = (1.4826 * float(np.median(part)) for part in (least, most))
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([under / narrow, under / wide, over / narrow, over / wide])
    # 0 / 0: the value may stand at the median of values that do not differ
    lower, upper = ends.min(axis=0), ends.max(axis=0)
    lower = np.where(np.isnan(lower), -np.inf, lower)
    return _widened(lower, np.where(np.isnan(upper), np.inf, upper))


def rank_bounds(low: npt.ArrayLike, high: npt.ArrayLike) -> Box:
    """Return the lowest and highest rank of every value (1 = lowest, ties share).

    Examples
    --------
    >>> rank_bounds([1, 2, 3, 0], [1, 2, 3, 2])
    (array([1. , 2.5, 4. , 1. ]), array([2. , 3. , 4. , 2.5]))
    """
    lows, highs = (np.asarray(part, dtype=float) for part in (low, high))
    below, up = np.sort(highs), np.sort(lows)
    surely = np.searchsorted(below, lows) + np.searchsorted(below, lows, side="right")
    perhaps = np.searchsorted(up, highs) + np.searchsorted(up, highs, side="right")
    # a value that is known stands in its own list of those that are equal
    least = 1 + (surely - (lows == highs)) / 2
    return least, (perhaps + 1 - (lows < highs)) / 2


def exponential_bounds(low: np.ndarray, high: np.ndarray) -> Box:
    """Return limits of :func:`sozialraum.methods.composite.exponential_ranks`."""
    least, most = rank_bounds(low, high)
    # the highest rank is at least every lowest one, and at most all of them
    ends = least / most.max(), np.minimum(most / least.max(), 1.0)
    lower, upper = (-FALL * np.log1p(-end * -np.expm1(-100 / FALL)) for end in ends)
    return _widened(lower, upper)


def _highest(low: np.ndarray, high: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return an upper bound of every z-score."""
    return np.maximum(_above(low, high, share), _below(low, high, share))


def _above(low: np.ndarray, high: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return the highest score on the curve of smallest variance: ``clip(c, low, high)``.

    It is reached where c is ``mean - variance / (own - mean)``.
    """
    by_low, by_high = np.argsort(low), np.argsort(high)
    bottom, top = _sums(low, share, by_low), _sums(high, share, by_high)

    def moments(c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        a, b = np.searchsorted(low[by_low], c), np.searchsorted(high[by_high], c, side="right")
        free = bottom[0, a] - top[0, b]
        own = np.clip(c, low, high)
        mean = top[1, b] + bottom[1, -1] - bottom[1, a] + free * c
        square = top[2, b] + bottom[2, -1] - bottom[2, a] + free * c**2
        return mean + share * (high - own), square + share * (high**2 - own**2)

    def rising(c: np.ndarray) -> np.ndarray:
        mean, square = moments(c)
        return (high > mean) & ((c - mean) * (high - mean) + square - mean**2 < 0)

    best = _bisect(rising, np.full(len(low), low.min()), np.full(len(low), high.max()))
    return _ratio(high, *moments(best))


def _below(low: np.ndarray, high: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return a bound of scores that are below the mean whatever the values are."""
    order = np.argsort(-(low + high), kind="stable")
    place = np.empty(len(low))
    place[order] = np.arange(len(low))
    gain, squares = share * (high - low), share * (high**2 - low**2)
    mean_to = share @ low + np.concatenate([[0.0], np.cumsum(gain[order])])
    square_to = share @ low**2 + np.concatenate([[0.0], np.cumsum(squares[order])])
    steps, chord = np.arange(len(low) + 1), (low + high)[order]

    def moments(s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        left = 1 - np.clip(s - place, 0, 1)
        mean, square = np.interp(s, steps, mean_to), np.interp(s, steps, square_to)
        return mean + left * gain, square + left * squares

    def rising(s: np.ndarray) -> np.ndarray:
        mean, square = moments(s)
        slope = chord[np.minimum(s.astype(int), len(chord) - 1)]
        return (mean - high) * slope / 2 + high * mean - square > 0

    best = _bisect(rising, np.zeros(len(low)), np.full(len(low), float(len(low))))
    always = moments(np.zeros(len(low)))[0] > high
    return np.where(always, _ratio(high, *moments(best)), -np.inf)


def _sums(values: np.ndarray, share: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return sums of shares, values and squares over the first values of an order."""
    p, v = share[order], values[order]
    return np.pad(np.cumsum([p, p * v, p * v**2], axis=1), ((0, 0), (1, 0)))


def _bisect(
    rising: Callable[[np.ndarray], np.ndarray], start: np.ndarray, end: np.ndarray
) -> np.ndarray:
    """Return where a condition that holds first and then no more changes, by element."""
    for _ in range(HALVINGS):
        middle = (start + end) / 2
        up = rising(middle)
        start, end = np.where(up, middle, start), np.where(up, end, middle)
    return end


def _ratio(own: np.ndarray, mean: np.ndarray, square: np.ndarray) -> np.ndarray:
    """Return the score; unbounded where there may be no spread."""
    variance = square - mean**2
    sound = variance > 1e-14 * (1 + square)
    score = (own - mean) / np.sqrt(np.where(sound, variance, 1.0))
    return np.where(sound, score, np.inf)


def _widened(low: np.ndarray, high: np.ndarray) -> Box:
    return low - SLACK * (1 + np.abs(low)), high + SLACK * (1 + np.abs(high))
