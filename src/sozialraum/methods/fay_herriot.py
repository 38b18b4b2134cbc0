"""Estimates of small areas, drawn towards what their features lead one to expect.

Area i has a direct estimate with a known sampling variance; what is estimated follows a linear
model of features of the areas plus a scatter of its own. Each estimate is weighed with the
model's according to the two variances.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError

Method = Literal["reml", "ml"]

WIDEST = 100.0
"""Largest variance between areas that is tried, in units of the variance of the estimates."""
FINE: Any = {"xtol": 1e-300, "rtol": 1e-13}
"""How far the best is refined."""
STEPS = 101
"""Points at which the likelihood is looked at before the best is refined."""


@dataclass(frozen=True, slots=True, eq=False)
class FayHerriot:
    """Estimates of a Fay-Herriot model.

    Parameters
    ----------
    estimate
        (areas,) empirical best linear unbiased predictor; for an area without a direct
        estimate the model's (synthetic) one; missing where features are missing.
    low, high
        (areas,) limits of the interval.
    mse
        (areas,) estimated mean squared error (Prasad and Rao).
    weight
        (areas,) share of the direct estimate; 0 without one.
    synthetic
        (areas,) the model's estimate.
    is_synthetic
        (areas,) True where there is no direct estimate.
    coefficients, errors
        (features,) coefficients, the intercept first, and their standard errors.
    between
        Variance between areas that the features do not explain, at least 0.
    """

    estimate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    mse: np.ndarray
    weight: np.ndarray
    synthetic: np.ndarray
    is_synthetic: np.ndarray
    coefficients: np.ndarray
    errors: np.ndarray
    between: float


def fay_herriot(
    direct: npt.ArrayLike,
    variance: npt.ArrayLike,
    covariates: npt.ArrayLike | None = None,
    *,
    method: Method = "reml",
    interval: float = 0.95,
) -> FayHerriot:
    """Return estimates drawn towards a linear model of the areas' features.

    Parameters
    ----------
    direct
        (areas,) direct estimates; missing where there is none.
    variance
        (areas,) their sampling variances, above 0 where there is a direct estimate.
    covariates
        (areas, features) or (areas,) features without an intercept, which is added.
    method
        How the variance between areas is found: ``"reml"`` or ``"ml"``.
    interval
        Probability that the interval is to have.

    Returns
    -------
    FayHerriot
        In the order of the input.

    Raises
    ------
    StatisticsError
        Lengths differ, a variance is not positive, there are too few areas for the
        features, a feature is a combination of others, or an option makes no sense.

    Notes
    -----
    The mean squared error is g1 + g2 + 2 g3 (REML), for ML less the bias of g1. Its
    interval is the normal one. A variance between areas of 0 is taken as it comes: all
    weight then goes to the model, and g3 keeps the error from vanishing. The error of a
    synthetic estimate is the variance between areas plus that of the fitted value.

    References
    ----------
    Fay and Herriot (1979), Estimates of income for small places, JASA 74(366), 269-277.
    Prasad and Rao (1990), The estimation of the mean squared error of small-area
    estimators, JASA 85(409), 163-171. Datta and Lahiri (2000), A unified measure of
    uncertainty of estimated best linear unbiased predictors, Statistica Sinica 10, 613-627.

    Examples
    --------
    >>> found = fay_herriot([1.0, 2.0, 6.0, np.nan], [1.0, 1.0, 1.0, np.nan])
    >>> round(found.between, 6), found.estimate.round(3).tolist()
    (6.0, [1.286, 2.143, 5.571, 3.0])
    """
    if method not in get_args(Method):
        known = ", ".join(get_args(Method))
        raise StatisticsError("fay_herriot.method", ids=[method], known=known)
    if not 0 < interval < 1:
        raise StatisticsError("smoothing.interval", ids=[interval])
    y, d, x = _checked(direct, variance, covariates)
    described = np.isfinite(x).all(axis=1)
    used = described & np.isfinite(y)
    _check_design(x[used])
    between = _between(y[used], d[used], x[used], method)
    coefficients, covariance = _fitted(y[used], d[used], x[used], between)
    synthetic = np.where(described, x @ coefficients, np.nan)
    weight = np.where(used, between / (between + np.where(used, d, 1.0)), 0.0)
    estimate = np.where(used, synthetic + weight * (np.where(used, y, 0.0) - synthetic), synthetic)
    mse = _errors(d, x, used, between, covariance, method)
    spread = _quantile(interval) * np.sqrt(mse)
    return FayHerriot(
        estimate=estimate,
        low=estimate - spread,
        high=estimate + spread,
        mse=mse,
        weight=np.where(described, weight, np.nan),
        synthetic=synthetic,
        is_synthetic=described & ~used,
        coefficients=coefficients,
        errors=np.sqrt(np.diag(covariance)),
        between=between,
    )


def _checked(
    direct: npt.ArrayLike, variance: npt.ArrayLike, covariates: npt.ArrayLike | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return estimates, variances and features with an intercept; features missing as nan."""
    y, d = np.asarray(direct, dtype=float), np.asarray(variance, dtype=float)
    features = [np.ones(len(y))]
    if covariates is not None:
        given = np.asarray(covariates, dtype=float)
        if len(given) != len(y):
            raise StatisticsError("smoothing.length", ids=["covariates"])
        features += list(given.reshape(len(given), -1).T)
    if len(d) != len(y):
        raise StatisticsError("smoothing.length", ids=["variance"])
    wrong = np.isfinite(y) & ~((d > 0) & np.isfinite(d))
    if wrong.any():
        raise StatisticsError("fay_herriot.variance", ids=np.flatnonzero(wrong))
    return y, d, np.column_stack(features)


def _check_design(x: np.ndarray) -> None:
    if len(x) <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        raise StatisticsError("fay_herriot.design", areas=len(x), features=x.shape[1])


def _fitted(
    y: np.ndarray, d: np.ndarray, x: np.ndarray, between: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return generalised least squares coefficients and their covariance."""
    root = 1 / np.sqrt(between + d)
    orthogonal, upper = np.linalg.qr(x * root[:, None])
    inverse = np.linalg.inv(upper)
    return inverse @ (orthogonal.T @ (y * root)), inverse @ inverse.T


def _between(y: np.ndarray, d: np.ndarray, x: np.ndarray, method: Method) -> float:
    """Return the variance between areas with the greatest (restricted) likelihood."""
    from scipy.optimize import brentq

    find: Any = brentq
    widest = WIDEST * max(float(y.var()), float(d.max()))
    tried = np.append(0.0, widest * np.logspace(-9, 0, STEPS))
    slopes = np.array([_slope(y, d, x, a, method) for a in tried])
    # the likelihood may have several tops: every fall of its slope through 0, and 0 itself
    tops = [0.0] if slopes[0] <= 0 else []
    falls = np.flatnonzero((slopes[:-1] > 0) & (slopes[1:] <= 0))
    tops += [
        float(find(lambda a: _slope(y, d, x, a, method), tried[i], tried[i + 1], **FINE))
        for i in falls
    ]
    return max(tops, key=lambda a: _log_likelihood(y, d, x, a, method))


def _log_likelihood(
    y: np.ndarray, d: np.ndarray, x: np.ndarray, between: float, method: Method
) -> float:
    """Return the (restricted) log likelihood up to a constant."""
    coefficients, covariance = _fitted(y, d, x, between)
    total = between + d
    log = -0.5 * (np.log(total) + (y - x @ coefficients) ** 2 / total).sum()
    return float(log + (0.5 * np.linalg.slogdet(covariance)[1] if method == "reml" else 0.0))


def _slope(y: np.ndarray, d: np.ndarray, x: np.ndarray, between: float, method: Method) -> float:
    """Return the derivative of the (restricted) log likelihood by the variance."""
    coefficients, covariance = _fitted(y, d, x, between)
    total = between + d
    trace = (1 / total).sum()
    if method == "reml":
        trace -= np.einsum("ij,jk,ik,i->", x, covariance, x, total**-2)
    return float(0.5 * (((y - x @ coefficients) ** 2 / total**2).sum() - trace))


def _errors(
    d: np.ndarray,
    x: np.ndarray,
    used: np.ndarray,
    between: float,
    covariance: np.ndarray,
    method: Method,
) -> np.ndarray:
    """Return the mean squared errors of all areas."""
    fitted = np.einsum("ij,jk,ik->i", x, covariance, x)
    variance = np.where(used, d, 1.0)
    total = between + variance
    information = ((between + d[used]) ** -2).sum() / 2
    own = between * variance / total
    model = (variance / total) ** 2 * fitted
    doubt = variance**2 / total**3 / information
    mse = own + model + 2 * doubt
    if method == "ml":
        # maximum likelihood finds too little scatter; g1 is mended for it
        trace = np.einsum("ij,jk,ik,i->", x[used], covariance, x[used], total[used] ** -2)
        mse += trace / (2 * information) * (variance / total) ** 2
    return np.where(used, mse, between + fitted)


def _quantile(interval: float) -> float:
    from scipy.special import ndtri

    return float(ndtri((1 + interval) / 2))
