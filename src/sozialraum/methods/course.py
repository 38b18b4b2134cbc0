"""What is usual over time: the common course of all areas, and how far single ones stray.

Areas rise and fall together (the law changes, the economy does), differ in their level, and
scatter around both. How they scatter is measured on the areas themselves: more than chance
alone, because people come in households, and with a memory, because most of them are still
there a year later. A method that takes the years as independent finds trends everywhere.
"""

from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError
from sozialraum.methods.funnel import KEPT_VARIANCE, TINY, TRIM

type Law = Literal["binomial", "poisson"]
ROUNDS = 30
SIZES = 3
"""Areas are split into so many classes by size to tell chance from lasting drift."""
MEMORIES = np.arange(0.0, 0.99, 0.02)
"""Shares of the scatter that may be left after a year."""
SHIFT = 3 / 8
"""Anscombe's addition to the count, which makes its transformed scatter the same at any level."""


class Scatter(NamedTuple):
    """How areas stray from the common course.

    Parameters
    ----------
    factor
        Factor on the variance of chance, at least 1.
    memory
        Share of the deviation that is left a year later, 0 to 1.
    drift
        Variance that every year adds for good, on the transformed scale.
    """

    factor: float
    memory: float
    drift: float


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Series of areas, freed of what is common to all.

    Parameters
    ----------
    deviations
        (areas, dates) distance of the transformed rate from the county's, so that chance
        has the variance factor/base at any level; missing where the counts are.
    covariance
        (areas, dates, dates) of the deviations of an area without a change of its own,
        with the prior of its level.
    course
        (dates,) common course of the rates, 1 on average.
    scatter
        How areas stray.
    bases
        (areas, dates) populations, NaN where missing.
    """

    deviations: np.ndarray
    covariance: np.ndarray
    course: np.ndarray
    scatter: Scatter
    bases: np.ndarray


def usual_course(
    counts: npt.ArrayLike, bases: npt.ArrayLike, times: npt.ArrayLike, *, law: Law | None = None
) -> Course:
    """Return how the series of areas stray from their common course.

    Parameters
    ----------
    counts, bases
        (areas, dates) cases and populations; NaN is missing, a base of 0 as well.
    times
        (dates,) years, ascending.
    law
        ``"binomial"``: cases are some of the people; ``"poisson"``: they are events. When
        omitted, binomial unless there are more cases than people somewhere.

    Notes
    -----
    Expected cases are base × level of the area × course of the date, fitted in turn
    (cells beyond 2.5 standard deviations left out). Rates are transformed by the
    arcsine (Poisson: the root) with Anscombe's 3/8 on counts divided by `factor`. The
    temporal variogram of the deviations is fitted by factor/base·(1 - memoryʰ) + drift·h,
    trimmed at every lag h. Levels have a normal prior around the county's rate; its variance
    is the scatter between areas, and for an area further out its own squared distance, so
    that a persistently high rate is not taken for a rise (limited translation).

    References
    ----------
    Anscombe (1948), The transformation of Poisson, binomial and negative-binomial data,
    Biometrika 35. Efron and Morris (1972), Limiting the risk of Bayes and empirical Bayes
    estimators, part II, JASA 67, for the limited translation.

    Examples
    --------
    >>> found = usual_course([[10, 20], [20, 40], [30, 60]], [[100, 100]] * 3, [2020, 2021])
    >>> found.course.round(2), bool(np.abs(found.deviations[1]).max() < 0.02)
    (array([0.67, 1.33]), True)
    """
    cases, people, when = _checked(counts, bases, times)
    chosen: Law = law or ("poisson" if (cases > people).any() else "binomial")
    level, course = _fitted(cases, people)
    expected = level[:, None] * course
    # the transformation needs the factor, and the factor the transformed rates
    first = _deviations(cases, people, expected, 1.0, chosen)
    factor = _scatter(first, people, when).factor
    own = _deviations(cases, people, expected, factor, chosen)
    scatter = _scatter(own, people, when)
    height = _transformed(level, np.inf, chosen)
    apart = height - (np.nanmedian(height) if (~np.isnan(height)).any() else 0.0)
    covariance = _covariance(people, when, scatter)
    prior = _between(apart, covariance, people)
    covariance += prior[:, None, None]
    return Course(own + apart[:, None], covariance, course, scatter, people)


def prediction_errors(deviations: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return how far every value lies from what the values before it let expect.

    Parameters
    ----------
    deviations, covariance
        (areas, dates) and (areas, dates, dates); NaN is missing.

    Returns
    -------
    ndarray
        (areas, dates) in standard deviations: independent standard normal numbers for
        areas without a change of their own, whatever the memory. The first value of a
        series is about the level, not about a change, and has none.

    Examples
    --------
    >>> prediction_errors(np.array([[0.0, 1.0]]), np.array([[[1.0, 0.0], [0.0, 4.0]]]))
    array([[nan, 0.5]])
    """
    known = ~np.isnan(deviations)
    both = known[:, :, None] & known[:, None, :]
    filled = np.where(both, covariance, np.eye(deviations.shape[1]))
    root = np.linalg.cholesky(filled)
    errors = np.linalg.solve(root, np.where(known, deviations, 0.0)[:, :, None])[:, :, 0]
    known &= np.cumsum(known, axis=1) > 1
    return np.where(known, errors, np.nan)


def trimmed_spread(values: np.ndarray) -> float:
    """Return the standard deviation around 0 of values without the extreme ones, at least 1.

    Examples
    --------
    >>> round(trimmed_spread(np.array([-2.0, 2.0] * 9 + [30.0, np.nan])), 2)
    2.1
    """
    found = values[~np.isnan(values)]
    return max(1.0, float(np.sqrt(_trimmed(found**2, np.ones(len(found)))[0])))


def _checked(
    counts: npt.ArrayLike, bases: npt.ArrayLike, times: npt.ArrayLike
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    cases, people = (np.array(x, dtype=float) for x in (counts, bases))
    when = np.asarray(times, dtype=float)
    if when.shape != cases.shape[1:] or (np.diff(when) <= 0).any():
        raise StatisticsError("warnings.times")
    if cases.ndim != 2 or cases.shape != people.shape or (cases < 0).any() or (people < 0).any():
        raise StatisticsError("warnings.series")
    missing = np.isnan(cases) | np.isnan(people) | (people == 0)
    cases[missing], people[missing] = np.nan, np.nan
    return cases, people, when


def _fitted(cases: np.ndarray, people: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return levels of the areas and the common course of the dates, 1 on average."""
    known = ~np.isnan(cases)
    x, n = np.where(known, cases, 0.0), np.where(known, people, 0.0)
    course, kept = np.ones(cases.shape[1]), known
    for _ in range(ROUNDS):
        level = _ratio((x * kept).sum(axis=1), (n * kept * course).sum(axis=1))
        fresh = _ratio((x * kept).sum(axis=0), (n * kept * level[:, None]).sum(axis=0))
        fresh = np.where(np.isnan(fresh) | (fresh <= 0), 1.0, fresh)
        fresh /= fresh.mean() if len(fresh) else 1.0
        settled = np.allclose(fresh, course, rtol=0, atol=1e-9)
        course = fresh
        expected = n * level[:, None] * course
        squared = np.where(known, (x - expected) ** 2, np.nan)
        chance = np.maximum(expected, TINY)
        usual = _trimmed(squared[known], chance[known])[0]
        kept = known & (squared <= TRIM**2 * np.maximum(usual, 1.0) * chance)
        if settled:
            break
    known_level = _ratio(x.sum(axis=1), (n * course).sum(axis=1))
    return np.where(known.any(axis=1), known_level, np.nan), course


def _ratio(above: np.ndarray, below: np.ndarray) -> np.ndarray:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _transformed(rate: np.ndarray, size: npt.ArrayLike, law: Law) -> np.ndarray:
    """Return rates on the scale where chance has the variance 1/size at any level."""
    shift = SHIFT / np.asarray(size, dtype=float)
    if law == "binomial":
        share = (np.minimum(rate, 1.0) + shift) / (1 + 2 * shift)
        return 2 * np.arcsin(np.sqrt(share))
    return 2 * np.sqrt(rate + shift)


def _deviations(
    cases: np.ndarray, people: np.ndarray, expected: np.ndarray, factor: float, law: Law
) -> np.ndarray:
    size = people / factor
    return _transformed(cases / people, size, law) - _transformed(expected, size, law)


def _scatter(own: np.ndarray, people: np.ndarray, when: np.ndarray) -> Scatter:
    """Return the scatter that explains how far two values of an area lie apart."""
    lags, weights, sizes, found = _variogram(own, people, when)
    best, least = Scatter(1.0, 0.0, 0.0), np.inf
    if not len(lags):
        return best
    from scipy.optimize import nnls

    trust = np.sqrt(weights) / np.maximum(found, TINY)
    for memory in MEMORIES:
        columns = np.column_stack([sizes * (1 - memory**lags), lags])
        (factor, drift), _ = nnls(columns * trust[:, None], found * trust)
        kept = Scatter(max(1.0, float(factor)), float(memory), float(drift))
        fitted = columns @ [kept.factor, kept.drift]
        distance = float((((fitted - found) * trust) ** 2).sum())
        if distance < least:
            best, least = kept, distance
    return best


def _variogram(own: np.ndarray, people: np.ndarray, when: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return lag, number of pairs, mean 1/base and half mean squared difference of classes."""
    first, second = np.triu_indices(len(when), 1)
    squared = (own[:, second] - own[:, first]) ** 2 / 2
    chance = (1 / people[:, second] + 1 / people[:, first]) / 2
    between = np.broadcast_to(when[second] - when[first], squared.shape)
    known = ~np.isnan(squared)
    squared, chance, between = squared[known], chance[known], between[known]
    rows = []
    for lag in np.unique(between):
        here = between == lag
        of_lag, by_chance = squared[here], chance[here]
        kept = _trimmed(of_lag, by_chance)[1]
        correction = KEPT_VARIANCE if not kept.all() else 1.0
        of_lag, by_chance = of_lag[kept], by_chance[kept]
        cuts = np.quantile(by_chance, np.arange(1, SIZES) / SIZES)
        sizes = np.searchsorted(cuts, by_chance, side="left")
        for size in np.unique(sizes):
            one = sizes == size
            mean = of_lag[one].mean() / correction
            rows.append((lag, one.sum(), by_chance[one].mean(), mean))
    return tuple(np.array(rows, dtype=float).reshape(-1, 4).T)


def _trimmed(squared: np.ndarray, chance: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the factor on the chance variance without extreme values, and which are kept."""
    kept = np.ones(len(squared), dtype=bool)
    if not len(squared):
        return 1.0, kept
    factor = float((squared / chance).mean())
    for _ in range(ROUNDS):
        again = squared <= TRIM**2 * factor * chance
        if (again == kept).all() or not again.any():
            break
        kept = again
        factor = float((squared[kept] / chance[kept]).mean()) / KEPT_VARIANCE
    return factor, kept


def _covariance(people: np.ndarray, when: np.ndarray, scatter: Scatter) -> np.ndarray:
    between = np.abs(when[:, None] - when)
    root = np.sqrt(scatter.factor / people)
    chance = root[:, :, None] * root[:, None, :] * scatter.memory**between
    since = when - when[0] if len(when) else when
    return chance + scatter.drift * np.minimum(since[:, None], since)


def _between(apart: np.ndarray, covariance: np.ndarray, people: np.ndarray) -> np.ndarray:
    """Return the prior variance of the level of every area."""
    known = ~np.isnan(people)
    both = known[:, :, None] & known[:, None, :]
    points = np.maximum(known.sum(axis=1), 1)
    noise = np.where(both, covariance, 0.0).sum(axis=(1, 2)) / points**2
    there = ~np.isnan(apart)
    scatter = float((apart[there] ** 2 - noise[there]).mean()) if there.any() else 0.0
    return np.maximum(np.nan_to_num(apart) ** 2, max(scatter, TINY))
