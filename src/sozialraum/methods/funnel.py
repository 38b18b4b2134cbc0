"""How far rates lie from the usual, given what chance and ordinary differences allow.

Persons come in households, and areas differ a little for a thousand reasons: the counts of
real areas scatter more than binomial ones. A funnel that ignores it flags half a county; one
that measures the scatter with the conspicuous areas included hides exactly these. So the
scatter is measured on the inconspicuous areas only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError

TRIM = 2.5
"""Areas further out than this many standard deviations do not help to measure the scatter."""
KEPT_VARIANCE = 0.9112
"""Variance of a standard normal variable cut off at ±2.5; trimming is corrected by it."""
ROUNDS = 30
TINY = 1e-9
FEWEST = 10
"""With fewer areas the extra scatter cannot be told from the areas themselves."""


@dataclass(frozen=True, slots=True, eq=False)
class Funnel:
    """Where every rate lies in the funnel.

    Parameters
    ----------
    z
        (areas,) distance from the usual rate in standard deviations.
    p
        (areas,) two-sided mid-p value of the rate.
    usual
        Rate of the inconspicuous areas together.
    between
        Variance between areas beyond chance.
    overdispersion
        Factor on the binomial variance, at least 1.
    """

    z: np.ndarray
    p: np.ndarray
    usual: float
    between: float
    overdispersion: float


def funnel(count: npt.ArrayLike, base: npt.ArrayLike) -> Funnel:
    """Return rates as distances from the usual one, with the scatter measured robustly.

    Parameters
    ----------
    count
        (areas,) cases; more than people, as where both come from different sources, are
        everybody to the test and further out in `z`.
    base
        (areas,) populations, above 0.

    Returns
    -------
    Funnel
        With Var(p) = a + φ b (1 - b) / N. All missing where nobody or everybody is a case.

    Notes
    -----
    a ≥ 0 and φ ≥ 1 are fitted to the squared distances by weighted least squares, areas
    beyond :data:`TRIM` are left out, and both are repeated until the same areas stay. With
    fewer than ten areas a = 0 and φ = 1: the plain binomial funnel.

    References
    ----------
    Spiegelhalter (2005), Handling over-dispersion of performance indicators, Quality and
    Safety in Health Care 14(5), 347-351. Assunção and Reis (1999), Statistics in Medicine
    18(16), 2147-2162, for the variance between areas.

    Examples
    --------
    >>> found = funnel([10, 11, 9, 10, 12, 8, 10, 11, 9, 10, 40], [100] * 11)
    >>> int(found.z.argmax()), bool(found.p[10] < 0.001), round(found.usual, 2)
    (10, True, 0.1)
    """
    n, total = np.asarray(count, dtype=float), np.asarray(base, dtype=float)
    if not 0 < n.sum() < total.sum():
        nothing = np.full(n.shape, np.nan)
        return Funnel(nothing, nothing, float("nan"), 0.0, 1.0)
    rate = n / total
    kept = np.ones(len(n), dtype=bool)
    usual, between, factor = n.sum() / total.sum(), 0.0, 1.0
    variance = _variance(total, usual, between, factor)
    for _ in range(ROUNDS if len(n) >= FEWEST else 0):
        usual = _pooled(n[kept].sum(), total[kept].sum())
        between, factor = _scatter(rate, total, usual, kept)
        variance = _variance(total, usual, between, factor)
        again = np.abs(rate - usual) < TRIM * np.sqrt(variance)
        if (again == kept).all() or again.sum() < FEWEST:
            break
        kept = again
    z = (rate - usual) / np.sqrt(variance)
    return Funnel(z, _two_sided(rate, variance, usual), float(usual), between, factor)


def placed(
    count: npt.ArrayLike, base: npt.ArrayLike, known: Funnel
) -> tuple[np.ndarray, np.ndarray]:
    """Return where other counts lie in a funnel that was measured before.

    Parameters
    ----------
    count, base
        Cases and populations of any one shape.
    known
        The funnel; what it says of its own areas does not matter.

    Returns
    -------
    tuple
        Distances from the usual rate and two-sided mid-p values, in the shape of `count`.

    Examples
    --------
    >>> found = funnel([10, 11, 9, 10, 12, 8, 10, 11, 9, 10, 40], [100] * 11)
    >>> z, p = placed([[10, 40]], [[100, 100]], found)
    >>> bool((z == found.z[[0, 10]]).all()), bool((p == found.p[[0, 10]]).all())
    (True, True)
    """
    n, total = np.asarray(count, dtype=float), np.asarray(base, dtype=float)
    variance = _variance(total, known.usual, known.between, known.overdispersion)
    rate = n / total
    return (rate - known.usual) / np.sqrt(variance), _two_sided(rate, variance, known.usual)


def funnel_limits(
    usual: float,
    base: npt.ArrayLike,
    *,
    law: Literal["binomial", "poisson"] = "binomial",
    levels: Sequence[float] = (0.95, 0.998),
) -> np.ndarray:
    """Return between which rates chance alone keeps areas of given populations.

    Parameters
    ----------
    usual
        Rate of all areas together, cases per person; between 0 and 1 for shares.
    base
        (n,) populations, above 0.
    law
        ``"binomial"`` for people among people, ``"poisson"`` for events among people.
    levels
        Shares of areas inside, between 0 and 1.

    Returns
    -------
    ndarray
        (levels, 2, n) lower and upper limits as rates.

    Raises
    ------
    StatisticsError
        The usual rate, a population or a level makes no sense.

    Notes
    -----
    Exact quantiles of the law, interpolated between the two counts that enclose the level,
    so that the limits are smooth curves; nothing below 0 and, for shares, above 1. They
    allow for chance only: not for ordinary differences between areas, as :func:`funnel`.

    References
    ----------
    Spiegelhalter (2005), Funnel plots for comparing institutional performance, Statistics
    in Medicine 24(8), 1185-1202, appendix.

    Examples
    --------
    >>> funnel_limits(0.1, [100, 1000])[0].round(3).tolist()
    [[0.04, 0.081], [0.158, 0.118]]
    """
    people = np.asarray(base, dtype=float)
    wrong = not 0 < usual < (1 if law == "binomial" else np.inf) or (people <= 0).any()
    if wrong or not all(0 < level < 1 for level in levels):
        raise StatisticsError("funnel.limits", usual=usual)
    from scipy.stats import binom, poisson

    of = (people, usual) if law == "binomial" else (people * usual,)
    known = binom if law == "binomial" else poisson
    found = np.empty((len(levels), 2, len(people)))
    for sides, level in zip(found, levels, strict=True):
        for side, share in zip(sides, ((1 - level) / 2, (1 + level) / 2), strict=True):
            count = known.ppf(share, *of)
            side[:] = (count - (known.cdf(count, *of) - share) / known.pmf(count, *of)) / people
    return np.clip(found, 0.0, 1.0 if law == "binomial" else None)


def _pooled(count: float, base: float) -> float:
    """Return the rate of areas together, one case away from "nobody" and "everybody"."""
    return float(np.clip(count, min(1.0, base / 2), max(base - 1.0, base / 2)) / base)


def _variance(total: np.ndarray, usual: float, between: float, factor: float) -> np.ndarray:
    return between + factor * usual * (1 - usual) / total


def _scatter(
    rate: np.ndarray, total: np.ndarray, usual: float, kept: np.ndarray
) -> tuple[float, float]:
    """Return variance between areas and factor on the binomial one, of the kept areas."""
    from scipy.optimize import nnls

    chance = (usual * (1 - usual) / total)[kept]
    squared = ((rate - usual) ** 2)[kept] / (KEPT_VARIANCE if not kept.all() else 1.0)
    # areas of one and the same rate show no scatter at all; chance is then the least there is
    variance = np.full(len(chance), max(float(squared.mean()), float(chance.mean())))
    between, factor = 0.0, 1.0
    for _ in range(ROUNDS):
        # beyond-chance scatter is fitted, so that the factor cannot fall below 1
        columns = np.column_stack([np.ones_like(chance), chance]) / variance[:, None]
        (between, extra), _ = nnls(columns, (squared - chance) / variance)
        factor = 1.0 + extra
        variance = between + factor * chance
    return float(between), float(factor)


def _two_sided(rate: np.ndarray, variance: np.ndarray, usual: float) -> np.ndarray:
    """Return two-sided mid-p values of the binomial law with the effective sample size.

    Scatter beyond chance means that fewer independent persons stand behind a rate than its
    population; the law of that smaller number has the right spread and skew.
    """
    from scipy.special import betainc

    size = usual * (1 - usual) / variance
    cases = np.clip(rate, 0.0, 1.0) * size
    others = size - cases
    at_least = np.where(cases > 0, betainc(np.maximum(cases, TINY), others + 1, usual), 1.0)
    above = np.where(others > 0, betainc(cases + 1, np.maximum(others, TINY), usual), 0.0)
    upper = (at_least + above) / 2
    return np.minimum(1.0, 2 * np.minimum(upper, 1 - upper))
