"""Rates of unequal populations on one scale, by their empirical-Bayes variance."""

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError


def eb_standardise(count: npt.ArrayLike, base: npt.ArrayLike) -> np.ndarray:
    """Return rates as distances from the common rate in empirical-Bayes standard deviations.

    Parameters
    ----------
    count
        (n,) cases.
    base
        (n,) populations, above 0.

    Returns
    -------
    ndarray
        (n,) distances; all 0 where every area has the same rate.

    Raises
    ------
    StatisticsError
        A population is not positive.

    Notes
    -----
    z = (r - b) / sqrt(a + b / N), with b the rate of all areas together and a the variance
    between areas left after chance. Where a comes out negative there is no difference
    between areas to be seen, and a = 0 for all of them; to mend only the areas whose own
    a + b / N is negative, as is often done, leaves small areas a scale that is too narrow.
    Before autocorrelation, because raw rates of small populations spread wider: under
    one and the same risk they fill both ends of the scale.

    Every area counts in a and b. :func:`sozialraum.methods.funnel.funnel` has the same form
    but measures both on inconspicuous areas only, and lets chance be wider than binomial.

    References
    ----------
    Assunção and Reis (1999), A new proposal to adjust Moran's I for population density,
    Statistics in Medicine 18(16), 2147-2162.

    Examples
    --------
    >>> eb_standardise([5, 20, 90, 60], [100, 200, 300, 400]).round(2)
    array([-1.34, -0.85,  1.44, -0.29])
    """
    cases, people = np.asarray(count, dtype=float), np.asarray(base, dtype=float)
    if (people <= 0).any():
        raise StatisticsError("funnel.populations", ids=np.flatnonzero(people <= 0))
    rate, common = cases / people, cases.sum() / people.sum()
    spread = (people * (rate - common) ** 2).sum() / people.sum()
    between = max(spread - common / people.mean(), 0.0)
    scale = np.sqrt(between + common / people)
    return np.divide(rate - common, scale, out=np.zeros_like(rate), where=scale > 0)
