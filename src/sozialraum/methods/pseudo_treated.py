"""What chance does to treated areas: groups of areas in which nothing was done, taken as treated.

Differences of single areas come from :mod:`sozialraum.methods.did`; here they are put together,
and compared with those of pseudo-treated groups.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import erfc, sqrt
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.did import Comparison

LEVEL, POWER = 0.05, 0.80
MOST_ALIKE = 0.9
"""Correlation of neighbours is taken to be no stronger than this."""

WIDER = 1.2
"""Factor on the variance: the scatter of areas that stand out is learnt from areas that do so
less. Made-up worlds ask for so much that 95 % intervals hold the truth that often."""


def alike(comparison: Comparison, dates: np.ndarray, touching: csr_array) -> tuple[float, float]:
    """Return how alike the differences of neighbours are, and of neighbours of neighbours.

    Parameters
    ----------
    comparison
        Its donors are looked at.
    dates
        (m, t) weights of the dates, one row a difference; the mean over the rows is taken.
    touching
        (n, n) which areas touch.

    Returns
    -------
    tuple of float
        Correlation by rank of areas one step and two steps apart, 0 to 0.9: by rank,
        because an upheaval in a few neighbouring areas is among the draws already.
    """
    donors = comparison.donors
    differences = np.nan_to_num(comparison.placebos) @ np.asarray(dates, dtype=float).T
    ranks = differences.argsort(axis=0).argsort(axis=0) - (len(donors) - 1) / 2
    ranks /= max(float(ranks.std()), 1e-12)
    beside = touching[donors][:, donors]
    near = beside.toarray() != 0
    beyond = ((beside @ beside).toarray() != 0) & ~near
    np.fill_diagonal(beyond, val=False)
    found = []
    for pairs in (near, beyond):
        left, right = np.nonzero(np.triu(pairs, 1))
        value = float((ranks[left] * ranks[right]).mean()) if left.size else 0.0
        found.append(min(max(value, 0.0), MOST_ALIKE))
    return found[0], found[1]


def widening(
    comparisons: Sequence[Comparison],
    shares: np.ndarray,
    touching: csr_array,
    correlation: tuple[float, float],
) -> float:
    """Return by how much the variance of a group exceeds that of areas drawn apart.

    Treated areas share controls, neighbours rise and fall together, and areas that stand
    out have no controls quite like them.
    """
    parts = [
        share * one.weights * one.scale for share, one in zip(shares, comparisons, strict=True)
    ]
    total = np.sum(parts, axis=0)
    own = np.flatnonzero(total)
    near = (touching[own][:, own] != 0).toarray()
    through = (touching[own].astype(bool).astype(float) @ touching[:, own].astype(float)).toarray()
    beyond = (through > 0) & ~near
    np.fill_diagonal(beyond, val=False)
    kin = np.eye(len(own)) + correlation[0] * near + correlation[1] * beyond
    apart = float((np.concatenate(parts) ** 2).sum())
    gap = np.sum([share * one.gap for share, one in zip(shares, comparisons, strict=True)], axis=0)
    whole = total[own] @ kin @ total[own] + gap @ comparisons[0].doubt @ gap
    return WIDER * max(float(whole) / apart, 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """Treated areas taken together: (t,) differences, and (draws, t) those of pseudo-treated."""

    path: np.ndarray
    draws: np.ndarray


def together(
    comparisons: Sequence[Comparison],
    shares: np.ndarray,
    streams: Sequence[np.random.Generator],
    *,
    widened: float = 1.0,
    draws: int = 9_999,
) -> Group:
    """Return treated areas as one group, and groups of pseudo-treated areas like it.

    Parameters
    ----------
    comparisons
        One a treated area.
    shares
        Weight of every area, together 1: its share of the people.
    streams
        Random numbers of every area.
    widened
        Factor on the variance, see :func:`widening`.
    draws
        Number of pseudo-treated groups: for every treated area a donor is drawn, and its
        difference brought to the scatter of that area.

    References
    ----------
    Conley, Taber (2011), Inference with "difference in differences" with a small number of
    policy changes, Review of Economics and Statistics 93, 113-125. MacKinnon, Webb (2020),
    Randomization inference for difference-in-differences with few treated clusters, Journal
    of Econometrics 218, 435-450. Abadie, Diamond, Hainmueller (2010), Synthetic control
    methods for comparative case studies, Journal of the American Statistical Association
    105, 493-505.
    """
    dates = len(comparisons[0].path)
    total, weight, drawn = np.zeros(dates), np.zeros(dates), np.zeros((draws, dates))
    for one, share, stream in zip(comparisons, shares, streams, strict=True):
        known = ~np.isnan(one.path)
        centred = one.placebos - one.placebos.mean(axis=0)
        picked = centred[stream.integers(0, len(centred), draws)]
        total[known] += share * one.path[known]
        drawn[:, known] += share * one.spread * picked[:, known]
        weight[known] += share
    weight = np.where(weight > 0, weight, np.nan)
    return Group(total / weight, np.sqrt(widened) * drawn / weight)


class Effect(NamedTuple):
    """An effect with its interval, its p, and the smallest one that would be seen."""

    value: float
    lower: float
    upper: float
    p: float
    smallest: float


def effect_of(path: np.ndarray, draws: np.ndarray, dates: np.ndarray) -> Effect:
    """Return the mean difference over some dates and what chance allows.

    Parameters
    ----------
    path, draws
        (t,) and (draws, t) as in :class:`Group`.
    dates
        (t,) which dates count.

    Returns
    -------
    Effect
        The interval holds every effect that the pseudo-treated groups do not contradict
        (95 %); `smallest` is seen in 80 % of the cases at the 5 % level [1]_.

    References
    ----------
    .. [1] Bloom (1995), Minimum detectable effects: a simple way to report the statistical
       power of experimental designs, Evaluation Review 19, 547-556.

    Examples
    --------
    >>> chance = np.linspace(-1, 1, 999)[:, None]
    >>> found = effect_of(np.array([-2.0]), chance, np.array([True]))
    >>> [round(float(x), 3) for x in found]
    [-2.0, -2.95, -1.05, 0.002, 1.551]
    """
    value = float(np.nanmean(path[dates]))
    chance = np.nanmean(draws[:, dates], axis=1)
    low, high = np.quantile(chance, [LEVEL / 2, 1 - LEVEL / 2])
    middle = float(chance.mean())
    smallest = (high - low) / 2 + float(np.quantile(np.abs(chance - middle), 2 * POWER - 1))
    return Effect(value, value - high, value - low, _two_sided(value, chance), float(smallest))


def _two_sided(value: float, chance: np.ndarray) -> float:
    tails = min(int((chance <= value).sum()), int((chance >= value).sum()))
    return min(1.0, 2 * (1 + tails) / (1 + len(chance)))


def placebo_effect(
    comparisons: Sequence[Comparison], shares: np.ndarray, dates: np.ndarray
) -> tuple[float, float]:
    """Return the effect that appears where nothing was done, in areas like the treated ones.

    Interventions go to areas that stand out, and what stands out falls back by itself. So
    the areas without one that stood out most alike are taken as treated.

    Parameters
    ----------
    comparisons, shares
        As for :func:`together`.
    dates
        (t,) which dates count.

    Returns
    -------
    value, p : float
        Mean difference, in units of the rate, and its two-sided p.
    """
    value, parts = 0.0, {}
    for one, share in zip(comparisons, shares, strict=True):
        known = dates & ~np.isnan(one.path)
        change = one.placebos[one.alike][:, known].mean(axis=1)
        weight = share * one.spread / len(change)
        value += weight * float(change.sum())
        for donor in one.donors[one.alike].tolist():
            parts[donor] = parts.get(donor, 0.0) + weight
    error = sqrt(sum(weight**2 for weight in parts.values()))
    return value, erfc(abs(value) / error / sqrt(2)) if error > 0 else 1.0


def joint_p(path: np.ndarray, draws: np.ndarray, dates: np.ndarray) -> float:
    """Return the p of all differences at some dates together (quadratic form, by draws).

    Differences before the start are seen together: one that sticks out among six says
    little. NaN where there are fewer than two dates.
    """
    own = dates & ~np.isnan(path)
    if own.sum() < 2:
        return float("nan")
    chance = draws[:, own]
    inverse = np.linalg.pinv(np.cov(chance, rowvar=False), rcond=1e-6, hermitian=True)
    form = float(path[own] @ inverse @ path[own])
    drawn = np.einsum("bi,ij,bj->b", chance, inverse, chance)
    return (1 + int((drawn >= form * (1 - 1e-9)).sum())) / (1 + len(drawn))
