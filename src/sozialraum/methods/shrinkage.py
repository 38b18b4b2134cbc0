"""How strongly rates are drawn to a target, and what is then known of them.

The underlying rates follow a beta law (shares) or a gamma law (events) with the target as mean;
its precision counts like that many people added to every area.
"""

from typing import Literal, NamedTuple

import numpy as np
from scipy.sparse import csr_array

Law = Literal["binomial", "poisson"]
"""Cases are some of the people, or events that happen to them."""

STEPS = 41
"""Points at which the strength of shrinkage is weighed up."""
LOG_RANGE = (-14.0, 12.0)
"""Range of the log odds of the shrinkage of a middling area; beyond, nothing is left to learn."""
NEGLIGIBLE = 14.0
"""Log probability below the best at which a strength no longer counts."""
FEWEST = 3
"""A group of fewer areas is no whole to be drawn to; all areas together are."""
TINY = 1e-9
HALF = 0.5
"""Cases by which a whole without cases, or without others, is kept from certainty."""


class Counts(NamedTuple):
    """Areas that have a rate, and what belongs to the whole of each."""

    cases: np.ndarray
    people: np.ndarray
    group: np.ndarray
    around: csr_array | None
    """Ones where the column's area is a neighbour; a row without any falls back on its group."""
    law: Law
    given: np.ndarray
    """Targets known from elsewhere; missing where the whole's own rate is the target."""

    def pooled(self, values: np.ndarray) -> np.ndarray:
        """Return the sum over the whole of every area: its neighbours, or its group."""
        sums = np.bincount(self.group, weights=values)[self.group]
        few = np.bincount(self.group)[self.group] < FEWEST
        sums = np.where(few, values.sum(), sums)
        if self.around is None:
            return sums
        return np.where(np.diff(self.around.indptr) > 0, self.around @ values, sums)


class Drawn(NamedTuple):
    """Mean, variance and weight of the underlying rates at one strength of shrinkage."""

    mean: np.ndarray
    variance: np.ndarray
    weight: np.ndarray


def targets_of(counts: Counts) -> np.ndarray:
    """Return the rate that every area is drawn to."""
    whole = counts.pooled(counts.cases) / counts.pooled(counts.people)
    return np.where(np.isnan(counts.given), whole, counts.given)


def kept_inside(target: np.ndarray, counts: Counts) -> np.ndarray:
    """Return targets at least half a case away from "nobody" and "everybody"."""
    edge = HALF / counts.pooled(counts.people)
    if counts.law == "poisson":
        return np.maximum(target, edge)
    edge = np.minimum(edge, HALF)
    return np.clip(target, edge, 1 - edge)


def precision_by_moments(counts: Counts, target: np.ndarray) -> np.ndarray:
    """Return the precision of the law of the rates in the whole of every area."""
    people = counts.pooled(counts.people)
    squares = counts.pooled(counts.cases**2 / counts.people) / people
    squares += target**2 - 2 * target * counts.pooled(counts.cases) / people
    chance = target * (1 - target) if counts.law == "binomial" else target
    mean_size = people / counts.pooled(np.ones(len(target)))
    between = np.maximum(squares - chance / mean_size, 0.0)
    rest = chance - squares if counts.law == "binomial" else chance
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(between > 0, np.maximum(rest, 0.0) / between, np.inf)


def drawn_at(counts: Counts, target: np.ndarray, precision: float | np.ndarray) -> Drawn:
    """Return the underlying rates when the precision of their law is known."""
    cases, people = counts.cases, counts.people
    weight = np.where(np.isinf(precision), 0.0, people / (people + precision))
    mean = target + weight * (cases / people - target)
    if counts.law == "binomial":
        inside = mean * (1 - mean) / (people + precision + 1)
        chance = target * (1 - target) / people
        observed = chance * (1 + (people - 1) / (precision + 1))
    else:
        inside = mean / (people + precision)
        observed = target / people + target / precision
    doubt = counts.pooled(people**2 * observed) / counts.pooled(people) ** 2
    doubt = np.where(np.isnan(counts.given), doubt, 0.0)
    return Drawn(mean, inside + (1 - weight) ** 2 * doubt, weight)


def averaged(counts: Counts, target: np.ndarray) -> Drawn:
    """Return the underlying rates, averaged over what the precision may be."""
    size = float(np.median(counts.people))
    odds, chances = _strengths(counts, target, size)
    drawn = [drawn_at(counts, target, size * np.exp(x)) for x in odds]
    mean = sum(p * one.mean for p, one in zip(chances, drawn, strict=True))
    weight = sum(p * one.weight for p, one in zip(chances, drawn, strict=True))
    variance = sum(
        p * (one.variance + (one.mean - mean) ** 2) for p, one in zip(chances, drawn, strict=True)
    )
    return Drawn(np.asarray(mean), np.asarray(variance), np.asarray(weight))


def _strengths(counts: Counts, target: np.ndarray, size: float) -> tuple[np.ndarray, np.ndarray]:
    """Return log odds of the shrinkage of an area of middling size, and their probabilities."""
    start, end = LOG_RANGE
    while True:
        odds = np.linspace(start, end, STEPS)
        # uniform on the shrinkage itself: the density of its log odds is that of the logistic law
        prior = -odds - 2 * np.logaddexp(0.0, -odds)
        log = prior + [_log_likelihood(counts, target, size * np.exp(x)) for x in odds]
        counted = np.flatnonzero(log > log.max() - NEGLIGIBLE)
        first, last = max(counted[0] - 1, 0), min(counted[-1] + 1, STEPS - 1)
        if last - first >= STEPS // 3:
            break
        start, end = odds[first], odds[last]
    chances = np.exp(log - log.max())
    return odds, chances / chances.sum()


def _log_likelihood(counts: Counts, target: np.ndarray, precision: float) -> float:
    """Return the log likelihood of a precision, up to a constant."""
    from scipy.special import betaln, gammaln

    cases, people = counts.cases, counts.people
    shape = precision * target
    if counts.law == "binomial":
        rest = precision - shape
        return float((betaln(shape + cases, rest + people - cases) - betaln(shape, rest)).sum())
    rising = gammaln(shape + cases) - gammaln(shape)
    return float(
        (rising - shape * np.log1p(people / precision) - cases * np.log(people + precision)).sum()
    )


def limits(
    drawn: Drawn, target: np.ndarray, interval: float, law: Law
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the limits of the law with this mean and variance, and its share above the target."""
    from scipy.special import betainc, betaincinv, gammaincc, gammaincinv

    mean, variance = drawn.mean, drawn.variance
    tail = (1 - interval) / 2
    if law == "poisson":
        shape, scale = mean**2 / variance, variance / mean
        low, high = (gammaincinv(shape, p) * scale for p in (tail, 1 - tail))
        return low, high, gammaincc(shape, target / scale)
    size = np.maximum(mean * (1 - mean) / variance - 1, TINY)
    one, other = mean * size, (1 - mean) * size
    low, high = (betaincinv(one, other, p) for p in (tail, 1 - tail))
    return low, high, betainc(other, one, 1 - target)
