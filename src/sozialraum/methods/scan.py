"""Spatial scan statistic: circles, in space and time, in which cases gather.

Around every centre a circle grows area by area; of all circles (and intervals of dates) the one
is the most likely cluster whose cases are least explained by equal risk inside and outside. How
often chance alone finds as much is counted in replicas that spread the same number of cases by
population. One p-value stands for all circles looked at: nothing is left to correct.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError
from sozialraum.methods.circles import Circles, circles
from sozialraum.methods.funnel import funnel
from sozialraum.methods.scan_ratio import Null, null_of
from sozialraum.methods.scan_replicas import MOST_CASES, Problem, ScanOptions, replicated

MOST_PEOPLE = 10**9


@dataclass(frozen=True, slots=True, eq=False)
class ScanCluster:
    """One cluster of the scan statistic.

    Parameters
    ----------
    areas
        Positions of its areas, from the centre outwards.
    radius
        Distance from the centre to its furthest area, in metres.
    first, last
        Positions of its first and last date.
    observed, expected
        Cases inside, and how many equal risk everywhere would give.
    population
        People inside, over its dates together.
    relative_risk
        Risk inside over risk outside; infinite if there are no cases outside.
    statistic
        Log likelihood ratio.
    p
        Monte-Carlo p-value, adjusted for all zones looked at.
    """

    areas: np.ndarray
    radius: float
    first: int
    last: int
    observed: int
    expected: float
    population: float
    relative_risk: float
    statistic: float
    p: float


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """Clusters, the most likely first, and the largest ratio of every replica.

    Parameters
    ----------
    clusters
        The most likely cluster, and the next ones that share no area with those before.
    replicas
        (replicas,) largest log likelihood ratio of every replica.
    zones
        Number of zones looked at.
    """

    clusters: tuple[ScanCluster, ...]
    replicas: np.ndarray
    zones: int


DEFAULT = ScanOptions()


def scan(
    cases: npt.ArrayLike,
    population: npt.ArrayLike,
    points: npt.ArrayLike,
    *,
    options: ScanOptions = DEFAULT,
    replicas: int = 999,
    seed: int = 0,
    most: int = 10,
) -> Scan:
    """Search circles, or circles over an interval of dates, for clusters of cases.

    Parameters
    ----------
    cases
        (n,) whole numbers, or (n, dates) for a search in space and time.
    population
        Of the same shape: people the cases come from, or expected cases (Poisson model).
    points
        (n, 2) centres of the areas in metres. Order areas by their ids: among clusters
        that are equally likely the first one wins.
    options
        What counts as a cluster.
    replicas
        Number of Monte-Carlo replicas; the smallest p is 1 / (replicas + 1).
    seed
        Of the counter-based generator.
    most
        Largest number of clusters to return.

    Returns
    -------
    Scan

    Raises
    ------
    StatisticsError
        Numbers are missing or negative, cases are no whole numbers or live where nobody
        does, nothing can be compared, or an option makes no sense.

    Notes
    -----
    Areas at the same distance from a centre enter a circle together. The log likelihood
    ratio is c ln(c / E) + (C - c) ln((C - c) / (C - E)) in the Poisson model; that of the
    Bernoulli model compares c of n inside with C - c of N - n outside. p = (1 + number of
    replicas whose largest ratio reaches the observed one) / (replicas + 1); for further
    clusters it errs on the safe side.

    The model knows independent cases only. Persons who share a household, and the same
    persons counted at several dates, make clusters look surer than they are, unless
    ``options.dispersion`` says how much less their counts are worth.

    References
    ----------
    Kulldorff (1997), A spatial scan statistic, Communications in Statistics: Theory and
    Methods 26(6).
    Kulldorff, Athas, Feuer, Miller and Key (1998), Evaluating cluster alarms, American
    Journal of Public Health 88(9) (space and time).
    Zhang, Zhang and Lin (2012), Spatial scan statistics with overdispersion, Statistics in
    Medicine 31(8).

    Examples
    --------
    >>> points = [[x, y] for y in range(5) for x in range(5)]
    >>> cases = [9, 8, 1, 2, 1, 8, 9, 2, 1, 1, *[1] * 15]
    >>> found = scan(cases, [100] * 25, points)
    >>> found.clusters[0].areas.tolist(), found.clusters[0].observed, found.clusters[0].p
    ([0, 1, 5, 6], 34, 0.001)
    """
    if min(replicas, most) < 1:
        raise StatisticsError("clusters.options")
    where = np.asarray(points, dtype=float).reshape(-1, 2)
    counts, people = _table(cases, where), _table(population, where)
    _check(counts, people, where, binomial=options.binomial)
    zones = circles(where, people.sum(axis=1), options.share)
    problem = _problem(counts.sum(axis=0), people, zones, options)
    chance = problem
    if options.dispersion > 1:
        worth = people / options.dispersion
        worth = np.rint(worth) if options.binomial else worth
        totals = np.rint(counts.sum(axis=0) / options.dispersion)
        chance = _problem(np.maximum(totals, counts.sum(axis=0) > 0), worth, zones, options)
    best = replicated(chance, replicas, seed)
    dates = counts.shape[1]
    intervals = sum(dates - length for length in range(min(dates, problem.longest)))
    found = _clusters(problem, counts.astype(np.int64), where, (best, most))
    return Scan(found, best, int(zones.closed.sum()) * intervals)


def count_dispersion(cases: npt.ArrayLike, population: npt.ArrayLike) -> float:
    """Return how much more the counts of areas scatter than independent cases would.

    Parameters
    ----------
    cases, population
        (n,) cases and the people they come from; areas without people do not count.

    Returns
    -------
    float
        Factor on the binomial variance of a group of areas, at least 1: households, and
        what areas differ by for other reasons, measured on the inconspicuous areas (see
        :func:`sozialraum.methods.funnel.funnel`). 1 for fewer than ten areas.

    Examples
    --------
    >>> count_dispersion([10, 11, 9, 10, 12, 8, 10, 11, 9, 10, 40], [100] * 11)
    1.0
    """
    count, people = (np.asarray(part, dtype=float) for part in (cases, population))
    lived = people > 0
    count, people = np.minimum(count, people)[lived], people[lived]
    known = funnel(count, people)
    if not 0 < known.usual < 1:
        return 1.0
    typical = float((people**2).sum() / people.sum())
    beyond = known.between * typical / (known.usual * (1 - known.usual))
    return max(1.0, known.overdispersion + beyond)


def _table(numbers: npt.ArrayLike, where: np.ndarray) -> np.ndarray:
    """Return numbers as (n, dates)."""
    found = np.asarray(numbers, dtype=float)
    if not len(where) or found.ndim not in (1, 2) or len(found) != len(where):
        raise StatisticsError("clusters.shapes")
    return found.reshape(len(where), -1)


def _check(cases: np.ndarray, people: np.ndarray, where: np.ndarray, *, binomial: bool) -> None:
    """Raise unless cases can be compared with people."""
    if cases.shape != people.shape:
        raise StatisticsError("clusters.shapes")
    if not all(np.isfinite(part).all() for part in (cases, people, where)):
        raise StatisticsError("clusters.missing")
    whole = (cases == np.rint(cases)).all() and (not binomial or (people == np.rint(people)).all())
    if not whole or (cases < 0).any() or (people < 0).any():
        raise StatisticsError("clusters.not_whole")
    if (cases > people).any() if binomial else (cases[people == 0] > 0).any():
        raise StatisticsError("clusters.more_than_people")
    total, everybody = float(cases.sum()), float(people.sum())
    if total > MOST_CASES or (binomial and everybody >= MOST_PEOPLE):
        raise StatisticsError("clusters.too_many")
    if total == 0 or (binomial and total == everybody):
        raise StatisticsError("clusters.nothing")


def _problem(
    totals: np.ndarray, people: np.ndarray, zones: Circles, options: ScanOptions
) -> Problem:
    """Return what a search for so many cases of every date needs."""
    measures = people
    if options.by_date:
        in_date = people.sum(axis=0)
        risk = np.divide(totals, in_date, out=np.zeros_like(in_date), where=in_date > 0)
        measures = people * risk
    total = int(totals.sum())
    if options.binomial:
        total = min(total, int(people.sum()))
    dates = people.shape[1]
    return Problem(
        totals=totals.astype(np.int64),
        population=people,
        measures=measures,
        zones=zones,
        longest=min(options.longest or dates, dates),
        null=null_of(total, float(measures.sum()), binomial=options.binomial),
        options=options,
    )


def _clusters(
    problem: Problem, cases: np.ndarray, where: np.ndarray, chance: tuple[np.ndarray, int]
) -> tuple[ScanCluster, ...]:
    """Return the most likely cluster, then the next that shares no area with those before.

    `chance` holds the largest ratios of the replicas, and how many clusters to return.
    """
    from sozialraum.methods.scan_kernel import best_zone

    replicas, most = chance
    counts, measures = np.cumsum(cases, axis=1), np.cumsum(problem.measures, axis=1)
    taken = np.zeros(len(where), dtype=bool)
    found, fixed = [], (problem.longest, problem.null, problem.options.ways)
    for _ in range(most):
        ratio, centre, size, first, last = best_zone(problem.zones, counts, measures, taken, *fixed)
        if centre < 0:
            break
        begin = problem.zones.starts[centre]
        areas = problem.zones.order[begin : begin + size].astype(np.int64)
        taken[areas] = True
        reached = replicas >= (ratio - problem.null.tie) / problem.options.dispersion
        p = (1 + int(reached.sum())) / (1 + len(replicas))
        radius = float(np.hypot(*(where[areas] - where[centre]).T).max())
        inside = areas, slice(first, last + 1)
        parts = (int(cases[inside].sum()), float(problem.measures[inside].sum()))
        people = float(problem.population[inside].sum())
        expected, risk = _compared(*parts, problem.null)
        facts = (parts[0], expected, people, risk, ratio, p)
        found.append(ScanCluster(areas, radius, first, last, *facts))
    return tuple(found)


def _compared(observed: int, measure: float, null: Null) -> tuple[float, float]:
    """Return the expected cases of a zone, and its risk over that of the rest."""
    expected = measure * null.cases / null.whole
    rest, beyond = null.cases - observed, null.cases - expected
    return expected, (observed / expected) / (rest / beyond) if rest else math.inf
