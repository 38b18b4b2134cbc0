"""How far rates lie from the usual, given what chance and ordinary differences allow.

Persons come in households, and areas differ a little for a thousand reasons: the counts of
real areas scatter more than binomial ones. A funnel that ignores it flags half a county; one
that measures the scatter with the conspicuous areas included hides exactly these. So the
scatter is measured on the inconspicuous areas only.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

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
        (areas,) cases.
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
        usual = n[kept].sum() / total[kept].sum()
        between, factor = _scatter(rate, total, usual, kept)
        variance = _variance(total, usual, between, factor)
        again = np.abs(rate - usual) < TRIM * np.sqrt(variance)
        if (again == kept).all() or again.sum() < FEWEST:
            break
        kept = again
    z = (rate - usual) / np.sqrt(variance)
    return Funnel(z, _two_sided(rate, variance, usual), float(usual), between, factor)


def _variance(total: np.ndarray, usual: float, between: float, factor: float) -> np.ndarray:
    return between + factor * usual * (1 - usual) / total


def _scatter(
    rate: np.ndarray, total: np.ndarray, usual: float, kept: np.ndarray
) -> tuple[float, float]:
    """Return variance between areas and factor on the binomial one, of the kept areas."""
    from scipy.optimize import nnls

    chance = (usual * (1 - usual) / total)[kept]
    squared = ((rate - usual) ** 2)[kept] / (KEPT_VARIANCE if not kept.all() else 1.0)
    variance = np.full(len(chance), squared.mean())
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
    cases = rate * size
    others = size - cases
    at_least = np.where(cases > 0, betainc(np.maximum(cases, TINY), others + 1, usual), 1.0)
    above = np.where(others > 0, betainc(cases + 1, np.maximum(others, TINY), usual), 0.0)
    upper = (at_least + above) / 2
    return np.minimum(1.0, 2 * np.minimum(upper, 1 - upper))
