"""What is planted: clusters of disadvantage, and places where something changes."""

from dataclasses import dataclass, field

import numpy as np
from scipy.spatial import cKDTree

from musterkreis.borders import Borders
from musterkreis.people import People
from musterkreis.places import TOWNS, YEARS
from musterkreis.settlements import NUMBER


@dataclass(frozen=True)
class Plan:
    """One thing to plant: where, how large, and the rate ratio of every year.

    `quarters` agreed areas, or `residents` in a disc of cells where there are none.
    """

    id: str
    kind: str
    ags: str
    place: str
    ratio: dict[int, float]
    quarters: int = 0
    residents: int = 0


def _steady(ratio: float) -> dict[int, float]:
    return dict.fromkeys(YEARS, ratio)


def _path(before: float, since: int, *steps: float) -> dict[int, float]:
    """Return a ratio that stays at `before` and then takes the steps, year by year."""
    after = dict(zip(range(since, YEARS[-1] + 1), steps, strict=True))
    return {year: after.get(year, before) for year in YEARS}


PLANS = (
    Plan("C1", "disadvantaged", "05999001", "town", _steady(2.0), quarters=6),
    Plan("C2", "disadvantaged", "05999010", "town", _steady(1.9), quarters=5),
    Plan("C3", "disadvantaged", "05999017", "country", _steady(2.0), quarters=5),
    Plan("C4", "disadvantaged", "05999009", "country", _steady(2.0), quarters=6),
    Plan("C5", "disadvantaged", "05999016", "town", _steady(1.9), residents=4_200),
    Plan("C6", "disadvantaged", "05999003", "country", _steady(1.9), residents=3_900),
    Plan("C7", "disadvantaged", "05999013", "town", _steady(2.0), residents=3_900),
    Plan("C8", "disadvantaged", "05999004", "country", _steady(2.0), residents=4_000),
    Plan("E1", "emerging", "05999011", "town", _path(1.0, 2022, 1.25, 1.5, 1.75, 2.0), quarters=5),
    Plan(
        "I1", "improving", "05999014", "town",
        _path(1.5, 2019, 1.42, 1.34, 1.26, 1.18, 1.10, 1.02, 0.95), quarters=3,
    ),
    Plan(
        "T1", "treated", "05999015", "town",
        _path(1.4, 2022, 1.22, 1.10, 1.02, 0.95), quarters=3,
    ),
)  # fmt: skip
PLANTED = ("disadvantaged", "emerging")
BESIDE = {"alleinerziehende": 1.45, "sprache": 1.5, "adipositas": 1.6}
"""Factors on the shares of other indicators in places of lasting disadvantage."""
MEASURES = (
    ("M1", "T1", "effect", "Familienzentrum mit aufsuchender Beratung"),
    ("M2", "C2", "none", "Mobiles Beratungsangebot"),
)
"""Measures since 2022: id, where, whether anything came of it, what was done."""


@dataclass(frozen=True)
class Planted:
    """Something planted: its plan, its cells (positions) and agreed areas (numbers)."""

    plan: Plan
    cells: np.ndarray
    quarters: tuple[int, ...] = field(default=())


def plant(people: People, borders: Borders) -> tuple[Planted, ...]:
    """Return what is planted where, apart from one another."""
    rng = people.frame.rng(10)
    done: list[Planted] = []
    for plan in PLANS:
        taken = [people.xy[one.cells] for one in done]
        keep_off = cKDTree(np.concatenate(taken)) if taken else None
        if plan.quarters:
            done.append(_whole_quarters(people, borders, plan, keep_off, rng))
        else:
            done.append(_disc(people, plan, keep_off, rng))
    return tuple(done)


def _whole_quarters(
    people: People,
    borders: Borders,
    plan: Plan,
    keep_off: cKDTree | None,
    rng: np.random.Generator,
) -> Planted:
    """Return the most compact set of neighbouring agreed areas, not near other planted ones."""
    quarter = people.cells["quarter"].to_numpy()
    weight = people.residents(YEARS[-1])
    own = np.flatnonzero(people.cells["owner"] == NUMBER[plan.ags])
    numbers = np.unique(quarter[own])
    middle = {
        int(q): np.average(people.xy[quarter == q], axis=0, weights=weight[quarter == q] + 1e-9)
        for q in numbers
    }
    best: tuple[float, tuple[int, ...]] = (np.inf, ())
    for start in numbers:
        chosen = _grown(borders.links, int(start), plan.quarters, middle)
        cells = np.flatnonzero(np.isin(quarter, chosen))
        inside = np.isin(borders.links, chosen)
        open_sides = (inside.sum(axis=1) == 1).sum() / max(1, inside.all(axis=1).sum())
        width = np.hypot(*(people.xy[cells] - people.xy[cells].mean(axis=0)).T).mean()
        score = (0.5 + open_sides) * np.sqrt(width) * rng.uniform(0.9, 1.1)
        score *= 1 + 2 * _excess(people, plan, cells)
        score += 1e6 * (len(chosen) < plan.quarters) + 1e3 * _too_near(people, cells, keep_off)
        if score < best[0]:
            best = (score, tuple(sorted(chosen)))
    return Planted(plan, np.flatnonzero(np.isin(quarter, best[1])), best[1])


def _grown(links: np.ndarray, start: int, count: int, middle: dict[int, np.ndarray]) -> list[int]:
    """Return neighbouring areas grown from one: next comes what touches most, then nearest."""
    chosen = [start]
    while len(chosen) < count:
        beside = links[np.isin(links, chosen).sum(axis=1) == 1]
        around, touches = np.unique(beside[~np.isin(beside, chosen)], return_counts=True)
        heart = np.mean([middle[q] for q in chosen], axis=0)
        ranked = [
            (-int(times), float(np.hypot(*(middle[int(q)] - heart))), int(q))
            for q, times in zip(around, touches, strict=True)
            if int(q) in middle
        ]
        if not ranked:
            break
        chosen.append(min(ranked)[2])
    return chosen


def _excess(people: People, plan: Plan, cells: np.ndarray) -> float:
    """Return by what share the residents exceed those of as many usual agreed areas."""
    town = TOWNS[NUMBER[plan.ags]]
    usual = town.residents * people.frame.scale * plan.quarters / town.quarters
    return max(0.0, float(people.residents(YEARS[-1])[cells].sum()) / usual - 0.85)


def _too_near(people: People, cells: np.ndarray, keep_off: cKDTree | None) -> bool:
    if keep_off is None:
        return False
    gap = keep_off.query(people.xy[cells])[0].min()
    return bool(gap < 1_300 * people.frame.shrink)


def _disc(
    people: People, plan: Plan, keep_off: cKDTree | None, rng: np.random.Generator
) -> Planted:
    """Return the nearest cells around a place in the main town, up to the residents planned."""
    weight = people.residents(YEARS[-1])
    own = np.flatnonzero(people.cells["owner"] == NUMBER[plan.ags])
    place = people.cells["place"].to_numpy()[own]
    town = own[place == np.bincount(place, weight[own]).argmax()]
    goal = plan.residents * people.frame.scale
    for start in rng.permutation(town):
        away = np.hypot(*(people.xy[own] - people.xy[start]).T)
        order = own[np.lexsort([own, away])]
        cells = order[: int(np.searchsorted(np.cumsum(weight[order]), goal)) + 1]
        compact = np.isin(cells, town).mean() > 0.97
        if compact and not _too_near(people, cells, keep_off):
            return Planted(plan, np.sort(cells))
    return Planted(plan, np.sort(cells))


def ratios(people: People, planted: tuple[Planted, ...]) -> np.ndarray:
    """Return the planted rate ratio of every year and cell; (years, cells)."""
    ratio = np.ones((len(YEARS), len(people.cells)))
    for one in planted:
        ratio[:, one.cells] = np.array([one.plan.ratio[year] for year in YEARS])[:, None]
    return ratio


def lasting(people: People, planted: tuple[Planted, ...]) -> np.ndarray:
    """Return True for the cells of lasting disadvantage."""
    hit = np.zeros(len(people.cells), dtype=bool)
    for one in planted:
        hit[one.cells] |= one.plan.kind == "disadvantaged"
    return hit


def as_table(
    people: People, planted: tuple[Planted, ...], area_ids: dict[int, str], names: dict[str, str]
) -> dict[str, object]:
    """Return the truth as it is written to `truth.json`."""
    weight = people.residents(YEARS[-1])

    def entry(one: Planted) -> dict[str, object]:
        return {
            "id": one.plan.id,
            "kind": one.plan.kind,
            "municipality": one.plan.ags,
            "municipality_name": names[one.plan.ags],
            "place": one.plan.place,
            "agreed_areas": bool(one.quarters),
            "areas": [area_ids[q] for q in one.quarters],
            "residents": int(weight[one.cells].sum()),
            "ratio": one.plan.ratio[YEARS[-1]],
            "ratio_by_year": {str(year): one.plan.ratio[year] for year in YEARS},
            "cells": sorted(people.ids[one.cells].tolist()),
        }

    inside = weight[people.inside].sum()
    hot = sum(int(weight[one.cells].sum()) for one in planted if one.plan.kind in PLANTED)
    return {
        "about": "What is planted in the made-up county, so that methods can be checked.",
        "rule": (
            "An area counts as planted if more than half of its residents live in planted "
            "cells; neighbours of a cluster count neither way."
        ),
        "ratio_means": (
            "Expected persons and children in benefit households, relative to the same cells "
            "without the cluster; households of 1 to 5 persons make the counts overdispersed."
        ),
        "beside": {"in": "disadvantaged", "ratio": BESIDE},
        "years": [str(year) for year in YEARS],
        "residents": int(inside),
        "share_planted": round(hot / inside, 4),
        "clusters": [entry(one) for one in planted if one.plan.kind in PLANTED],
        "changes": [entry(one) for one in planted if one.plan.kind not in PLANTED],
        "measures": [
            {"id": key, "where": where, "from": "2022-01-01", "effect": effect, "title": title}
            for key, where, effect, title in MEASURES
        ],
    }
