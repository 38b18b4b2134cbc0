"""One intervention: its areas beside areas alike, and what chance does to such areas."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np

from sozialraum.evaluation.published import Series
from sozialraum.evaluation.spans import others_running, spans
from sozialraum.methods.did import Comparison, Panel, compare
from sozialraum.methods.pseudo_treated import (
    Effect,
    Group,
    alike,
    effect_of,
    joint_p,
    placebo_effect,
    together,
    widening,
)
from sozialraum.model.effects import Intervention

LEAST_BEFORE, LEAST_AFTER = 3, 1
LEAST_DONORS = 20
"""With fewer areas to learn from, nothing can be said of what chance does."""


@dataclass(frozen=True, slots=True)
class Options:
    """Number of controls an area, years before the start, seed of the draws."""

    controls: int
    years: int | None
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """What was found of one intervention.

    Parameters
    ----------
    before, after
        (dates,) which dates were compared.
    areas
        Rows of the treated areas with published values.
    comparisons
        One a treated area; empty where there is too little to compare.
    shares
        Weight of every treated area.
    group
        All of them together, None without comparisons.
    effect
        The effect, None without comparisons.
    pretrend_p, placebo, earlier
        Checks: p of different courses before, effect and p where nothing was done, effect
        and p for an earlier start.
    """

    before: np.ndarray
    after: np.ndarray
    areas: np.ndarray
    comparisons: tuple[Comparison, ...] = ()
    shares: np.ndarray | None = None
    group: Group | None = None
    effect: Effect | None = None
    pretrend_p: float = np.nan
    placebo: tuple[float, float] = (np.nan, np.nan)
    earlier: tuple[float, float] = (np.nan, np.nan)


def find(
    series: Series,
    interventions: Sequence[Intervention],
    one: Intervention,
    options: Options,
) -> Found:
    """Return what is found of one of several interventions."""
    before, after = spans(series.dates, one, series.indicator, options.years)
    found = _found(series, interventions, one, options, (before, after))
    at = np.flatnonzero(before)
    later = min(int(after.sum()), len(at) - LEAST_BEFORE)
    if found.effect is None or later < 1:
        return found
    pretended = np.isin(np.arange(len(before)), at[-later:])
    past = _found(series, interventions, one, options, (before & ~pretended, pretended))
    earlier = (np.nan, np.nan) if past.effect is None else (past.effect.value, past.effect.p)
    return Found(
        *(before, after, found.areas, found.comparisons, found.shares, found.group),
        *(found.effect, found.pretrend_p, found.placebo, earlier),
    )


def _found(
    series: Series,
    interventions: Sequence[Intervention],
    one: Intervention,
    options: Options,
    dates: tuple[np.ndarray, np.ndarray],
) -> Found:
    before, after = dates
    treated = series.places(one.areas)
    if before.sum() < LEAST_BEFORE or after.sum() < LEAST_AFTER:
        return Found(before, after, treated[:0])
    days = np.array(series.dates)[before | after]
    others = others_running(interventions, one, str(days[0]), str(days[-1]))
    free = _free(series, treated, series.places(tuple(sorted(others))))
    known = ~np.isnan(series.rates)
    enough = (known & before).sum(axis=1) >= LEAST_BEFORE
    enough &= (known & after).sum(axis=1) >= LEAST_AFTER
    areas = treated[enough[treated]]
    made: dict[int, Comparison] = {}
    looked = (before | after) & known[areas]
    for dates_of in np.unique(looked, axis=0):
        own = areas[(looked == dates_of).all(axis=1)]
        made |= _compared(series, own, free, (before, dates_of), options)
    if not made:
        return Found(before, after, areas[:0])
    kept = np.array(sorted(made), dtype=np.intp)
    return _grouped(series, one, kept, [made[int(a)] for a in kept], dates, options.seed)


def _free(series: Series, treated: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return which areas may be controls: nothing was done there or next to it."""
    taken = np.zeros(len(series.areas), dtype=bool)
    taken[treated] = taken[others] = True
    return ~(taken | (series.touching @ taken.astype(float) > 0))


def _compared(
    series: Series,
    areas: np.ndarray,
    free: np.ndarray,
    dates: tuple[np.ndarray, np.ndarray],
    options: Options,
) -> dict[int, Comparison]:
    """Return areas beside their controls at the dates they have; none with too few donors."""
    before, own = dates
    donors = np.flatnonzero(free & ~np.isnan(series.rates[:, own]).any(axis=1))
    if len(donors) < max(LEAST_DONORS, options.controls + 1):
        return {}
    people = series.people[:, own].mean(axis=1)
    known = (series.rates[:, own], series.sampling[:, own], before[own], people, series.kinds)
    found = compare(Panel(*known, series.touching), areas, donors, options.controls)
    return {
        int(area): one.at_dates(
            *(_wide(part, own) for part in (one.path, one.expected, one.placebos))
        )
        for area, one in zip(areas, found, strict=True)
    }


def _wide(part: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Return what is known at some dates laid on all of them."""
    found = np.full((*part.shape[:-1], len(own)), np.nan)
    found[..., own] = part
    return found


def _grouped(
    series: Series,
    one: Intervention,
    areas: np.ndarray,
    comparisons: list[Comparison],
    dates: tuple[np.ndarray, np.ndarray],
    seed: int,
) -> Found:
    before, after = dates
    people = np.array([series.people[a][~np.isnan(series.rates[a])].mean() for a in areas])
    shares = people / people.sum()
    after_mean, single = after[None] / after.sum(), np.diag(before | after)[before | after]
    widened, yearly = (
        widening(comparisons, shares, series.touching, alike(comparisons[0], d, series.touching))
        for d in (after_mean, single)
    )
    key = f"{seed}/{series.indicator.id}/{one.id}/{series.dates[int(np.argmax(after))]}"
    streams = [_stream(f"{key}/{series.areas[a]}") for a in areas]
    # single years of neighbours may be more alike than their changes over years
    group = together(comparisons, shares, streams, widened=widened)
    return Found(
        before,
        after,
        areas,
        tuple(comparisons),
        shares,
        group,
        effect_of(group.path, group.draws, after),
        joint_p(group.path, np.sqrt(yearly / widened) * group.draws, before),
        placebo_effect(comparisons, shares, after),
    )


def _stream(text: str) -> np.random.Generator:
    """Return the random numbers that belong to a text, wherever it stands."""
    digest = blake2b(text.encode(), digest_size=16).digest()
    return np.random.Generator(np.random.Philox(int.from_bytes(digest, "big")))
