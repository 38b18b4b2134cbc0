"""Rates of small populations, drawn towards what is usual around them.

A rate of few people swings wildly by chance. Empirical Bayes weighs it with the rate of a
larger whole: an area with many people keeps its own rate, one with few takes over most of the
whole's. How strongly is measured on all areas together: the less they differ beyond chance, the
more is taken over. A drawn rate is never better known than its interval says, and the raw rate
belongs beside it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

from sozialraum.errors import StatisticsError
from sozialraum.methods.shrinkage import (
    Counts,
    Law,
    averaged,
    drawn_at,
    kept_inside,
    limits,
    precision_by_moments,
    targets_of,
)

Fit = Literal["likelihood", "moments"]
"""How the scatter between areas is found."""


@dataclass(frozen=True, slots=True, eq=False)
class Smoothed:
    """Rates drawn towards a target.

    Parameters
    ----------
    rate
        (areas,) drawn rate, cases per person; missing where the raw rate is.
    low, high
        (areas,) limits of the interval for the underlying rate.
    weight
        (areas,) share of the area's own rate in `rate`, 0 to 1; the rest is the target's.
    target
        (areas,) the rate that it was drawn to.
    above
        (areas,) probability that the underlying rate lies above the target.
    """

    rate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    weight: np.ndarray
    target: np.ndarray
    above: np.ndarray


def empirical_bayes(
    numerators: npt.ArrayLike,
    denominators: npt.ArrayLike,
    *,
    groups: npt.ArrayLike | None = None,
    neighbours: csr_array | Sequence[Sequence[int]] | None = None,
    targets: npt.ArrayLike | None = None,
    interval: float = 0.95,
    method: Fit = "likelihood",
    law: Law | None = None,
) -> Smoothed:
    """Return rates drawn towards the rate of all areas, of their group or of their neighbours.

    Parameters
    ----------
    numerators
        (areas,) cases; missing where unknown.
    denominators
        (areas,) people; areas without anybody have no rate.
    groups
        (areas,) name of the group whose rate is the target, such as the municipality or the
        settlement type; all areas together when omitted, and for a group of fewer than
        three areas.
    neighbours
        (areas, areas) zeros and ones, or positions of the neighbours of every area; the
        target is then the rate of the neighbours together, and the overall (or group's)
        rate where there are none with a rate.
    targets
        (areas,) target known from elsewhere, such as the published rate of the municipality,
        where areas that are not published count as well; missing: as without.
    interval
        Probability that the interval is to have.
    method
        ``"likelihood"``: the scatter between areas is weighed over all its values by the
        beta-binomial (or gamma-Poisson) likelihood, so that not knowing it widens the
        intervals. ``"moments"``: the estimator by moments of Marshall (1991) or, for
        ``"binomial"``, of Kleinman (1973); a plug-in, whose intervals are too narrow when
        there are few areas.
    law
        ``"binomial"``: cases are some of the people; ``"poisson"``: they are events. When
        omitted, binomial unless an area has more cases than people.

    Returns
    -------
    Smoothed
        In the order of the input, whatever that order is.

    Raises
    ------
    StatisticsError
        Lengths differ, counts are negative, an area has more cases than people under the
        binomial law, or an option makes no sense.

    Notes
    -----
    The underlying rate of area i is drawn from a beta (gamma) law with mean mᵢ, the target,
    and precision K, so the drawn rate is mᵢ + wᵢ (yᵢ/nᵢ - mᵢ) with wᵢ = nᵢ / (nᵢ + K). One K
    holds for all areas: scatter within a municipality of four areas cannot be measured. The
    prior on K is the one under which the shrinkage of an area of median size is uniform on
    (0, 1). Rates are matched to a beta (gamma) law by mean and variance; the variance
    holds that of mᵢ, unless `targets` gives it. Other targets are pooled rates (Σy/Σn).

    References
    ----------
    Marshall (1991), Mapping disease and mortality rates using empirical Bayes estimators,
    Applied Statistics 40(2), 283-294. Kleinman (1973), Proportions with extraneous variance,
    JASA 68(341), 46-54. Christiansen and Morris (1997), Hierarchical Poisson regression
    modeling, JASA 92(438), 618-632, for the prior and the matching by moments.

    Examples
    --------
    >>> found = empirical_bayes([1, 4, 95, 100, 160], [20, 20, 1000, 1000, 1000])
    >>> found.rate.round(3), found.target.round(3)[0]
    (array([0.111, 0.127, 0.1  , 0.104, 0.151]), np.float64(0.118))
    """
    _check(interval, method, law)
    cases, people = _check_counts(numerators, denominators, law)
    known = np.isfinite(cases) & (people > 0)
    chosen: Law = law or ("poisson" if (cases[known] > people[known]).any() else "binomial")
    group = _groups(groups, known)
    around = _around(neighbours, known, itself=method == "moments")
    given = np.full(len(known), np.nan) if targets is None else np.asarray(targets, dtype=float)
    _check_length(len(given), known, "targets")
    counts = Counts(cases[known], people[known], group, around, chosen, given[known])
    found = np.full((6, len(cases)), np.nan)
    if known.any():
        found[:, known] = _smoothed(counts, interval, method)
    return Smoothed(*found)


def _smoothed(counts: Counts, interval: float, method: Fit) -> np.ndarray:
    target = targets_of(counts)
    inner = kept_inside(target, counts)
    if method == "moments":
        drawn = drawn_at(counts, inner, precision_by_moments(counts, target))
    else:
        drawn = averaged(counts, inner)
    rate = target + drawn.weight * (counts.cases / counts.people - target)
    low, high, above = limits(drawn, inner, interval, counts.law)
    low, high = np.minimum(low, rate), np.maximum(high, rate)
    return np.stack([rate, low, high, drawn.weight, target, above])


def _groups(groups: npt.ArrayLike | None, known: np.ndarray) -> np.ndarray:
    """Return the number of the group of every known area."""
    if groups is None:
        return np.zeros(int(known.sum()), dtype=int)
    given = np.asarray(groups, dtype=object)
    _check_length(len(given), known, "groups")
    return np.unique(given[known].astype(str), return_inverse=True)[1]


def _around(
    neighbours: csr_array | Sequence[Sequence[int]] | None, known: np.ndarray, *, itself: bool
) -> csr_array | None:
    """Return which known areas are neighbours, and with `itself` every area of its own."""
    if neighbours is None:
        return None
    if isinstance(neighbours, csr_array):
        start = np.asarray(neighbours.indptr)
        _check_length(len(start) - 1, known, "neighbours")
        touching = np.asarray(neighbours.data) != 0
        rows = np.repeat(np.arange(len(start) - 1), np.diff(start))[touching]
        columns = np.asarray(neighbours.indices)[touching]
    else:
        _check_length(len(neighbours), known, "neighbours")
        rows = np.repeat(np.arange(len(neighbours)), [len(row) for row in neighbours])
        columns = np.array([j for row in neighbours for j in row], dtype=int)
    kept = known[rows] & known[columns] & (rows != columns)
    place = np.cumsum(known) - 1
    rows, columns = place[rows[kept]], place[columns[kept]]
    n = int(known.sum())
    if itself:
        paired = np.unique(rows)
        rows, columns = np.append(rows, paired), np.append(columns, paired)
    around = csr_array((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    around.data[:] = 1.0
    return around


def _check(interval: float, method: str, law: str | None) -> None:
    if not 0 < interval < 1:
        raise StatisticsError("smoothing.interval", ids=[interval])
    if method not in get_args(Fit):
        raise StatisticsError("smoothing.method", ids=[method], known=", ".join(get_args(Fit)))
    if law not in (None, *get_args(Law)):
        raise StatisticsError("smoothing.law", ids=[law], known=", ".join(get_args(Law)))


def _check_counts(
    numerators: npt.ArrayLike, denominators: npt.ArrayLike, law: Law | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return both counts as numbers; raise unless they can be cases and people."""
    cases, people = (np.asarray(x, dtype=float) for x in (numerators, denominators))
    _check_length(len(people), cases, "denominators")
    wrong = (cases < 0) | (people < 0) | np.isinf(cases) | np.isinf(people)
    if law == "binomial":
        wrong |= (cases > people) & (people > 0)
    if wrong.any():
        raise StatisticsError("smoothing.counts", ids=np.flatnonzero(wrong))
    return cases, people


def _check_length(length: int, areas: np.ndarray, what: str) -> None:
    if length != len(areas):
        raise StatisticsError("smoothing.length", ids=[what])
