"""Benefit households over the years: persons come in households, households stay a while."""

from dataclasses import dataclass

import numpy as np

from musterkreis.people import People
from musterkreis.places import YEARS
from musterkreis.settlements import ALL_TOWNS

ADULT_RATE, CHILD_RATE = 0.08, 0.12
"""Expected share of those under 65, and of children under 15, in benefit households."""
STAY = 0.74
_KIDS = np.array([0.55, 0.32, 0.13])
_PAIR = 0.40
_OTHERS = np.array([0.86, 0.12, 0.02])
_YEAR = (1.03, 1.04, 1.02, 0.99, 1.00, 0.97, 1.00, 1.02, 1.01, 1.00)
ROUNDS = 8


@dataclass(frozen=True)
class Hardship:
    """Persons under 65, children under 15 and households on benefits; (years, cells)."""

    persons: np.ndarray
    children: np.ndarray
    households: np.ndarray


@dataclass
class _Pool:
    """Households on benefits at one time: cell, adults, children."""

    cell: np.ndarray
    adults: np.ndarray
    kids: np.ndarray

    def pick(self, which: np.ndarray) -> "_Pool":
        return _Pool(self.cell[which], self.adults[which], self.kids[which])

    def and_more(self, other: "_Pool") -> "_Pool":
        joined = zip(
            (self.cell, self.adults, self.kids),
            (other.cell, other.adults, other.kids),
            strict=True,
        )
        return _Pool(*(np.concatenate(pair) for pair in joined))


def simulate(people: People, ratio: np.ndarray) -> Hardship:
    """Return counts of all years under a planted rate ratio (years, cells)."""
    rng = people.frame.rng(11)
    level = np.exp(_background(people, rng)) * ratio
    groups = _groups(people, ratio)
    pool, before = _Pool(*(np.zeros(0, dtype=int) for _ in range(3))), None
    found = []
    for number, year in enumerate(YEARS):
        under_15, grown = people.count(year, 0, 2), people.count(year, 3, 5)
        inside = people.inside * level[number] * _YEAR[number]
        kids_each = float((_KIDS * np.arange(1, 4)).sum())
        families = CHILD_RATE * under_15 * inside / kids_each
        others = _rate_of_others(people, year) * grown * inside
        mean = np.stack([families, others])
        pool = _next_year(pool, before, mean, rng)
        fits = _fit(pool, under_15, grown, groups, rng)
        placed = pool.pick(fits)
        found.append(_counted(placed, len(under_15)))
        pool, before = placed, mean
    persons, children, households = np.array(found).transpose(1, 0, 2)
    return Hardship(persons, children, households)


def _rate_of_others(people: People, year: int) -> float:
    """Return households without children per person of 15 to 64, so that totals come out."""
    own = people.inside
    under_15 = people.count(year, 0, 2)[own].sum()
    grown = people.count(year, 3, 5)[own].sum()
    kids_each = float((_KIDS * np.arange(1, 4)).sum())
    in_families = CHILD_RATE * under_15 * (1 + (1 + _PAIR) / kids_each)
    rest = ADULT_RATE * (under_15 + grown) - in_families
    return float(rest / grown / (_OTHERS * np.arange(1, 4)).sum())


def _background(people: People, rng: np.random.Generator) -> np.ndarray:
    """Return a mild, smooth gradient of the logarithm of the rate, a bit higher in towns."""
    per_cell = np.array([town.per_cell for town in ALL_TOWNS])[people.cells["owner"]]
    smooth = people.frame.field(rng, 5.5)
    gradient = 0.04 * people.frame.sample(smooth, people.frame.centres[people.cells["cell"]])
    gradient = gradient + 0.025 * (per_cell - 25) / 10
    weight = people.residents(YEARS[-1]) * people.inside
    return gradient - np.log(np.average(np.exp(gradient), weights=weight))


def _groups(people: People, ratio: np.ndarray) -> np.ndarray:
    """Return groups of cells inside which a household finds another dwelling."""
    block = (people.xy // (1_500 * people.frame.shrink)).astype(int)
    local = np.where(people.cells["quarter"] >= 0, 0, block[:, 0] * 100_000 + block[:, 1])
    keys = np.column_stack([people.cells["owner"], people.cells["quarter"], local])
    planted = (ratio != 1).any(axis=0)
    return np.unique(np.column_stack([keys, planted]), axis=0, return_inverse=True)[1].ravel()


def _next_year(
    pool: _Pool, before: np.ndarray | None, mean: np.ndarray, rng: np.random.Generator
) -> _Pool:
    """Return last year's households that stay and those that come, with the expected mean."""
    if before is None:
        return _arrive(mean, rng)
    share = np.divide(mean, before, out=np.zeros_like(mean), where=before > 0)
    stays = np.minimum(STAY, share)
    kind = np.where(pool.kids > 0, 0, 1)
    kept = pool.pick(rng.random(len(pool.cell)) < stays[kind, pool.cell])
    return kept.and_more(_arrive(np.maximum(mean - stays * before, 0), rng))


def _arrive(mean: np.ndarray, rng: np.random.Generator) -> _Pool:
    """Return new households: families with 1 to 3 children, and others of 1 to 3 adults."""
    families, others = (np.repeat(np.arange(mean.shape[1]), rng.poisson(m)) for m in mean)
    kids = rng.choice(np.arange(1, 4), len(families), p=_KIDS)
    parents = 1 + (rng.random(len(families)) < _PAIR)
    adults = rng.choice(np.arange(1, 4), len(others), p=_OTHERS)
    return _Pool(
        np.concatenate([families, others]),
        np.concatenate([parents, adults]),
        np.concatenate([kids, np.zeros(len(others), dtype=int)]),
    )


def _fit(
    pool: _Pool, kids: np.ndarray, adults: np.ndarray, groups: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Move households that exceed the residents of their cell; return which found a place."""
    order = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[order], np.arange(groups.max() + 2))
    room = (
        np.cumsum(np.concatenate([[0.0], kids[order]])),
        np.cumsum(np.concatenate([[0.0], adults[order]])),
    )
    for _ in range(ROUNDS):
        wrong = _exceeding(pool, kids, adults)
        if not len(wrong):
            break
        group = groups[pool.cell[wrong]]
        for family in (True, False):
            mine = (pool.kids[wrong] > 0) == family
            total = room[0 if family else 1]
            low, high = total[bounds[group[mine]]], total[bounds[group[mine] + 1]]
            drawn = low + rng.random(int(mine.sum())) * (high - low)
            spot = np.clip(np.searchsorted(total, drawn, side="right") - 1, 0, len(order) - 1)
            pool.cell[wrong[mine]] = order[spot]
    fits = np.ones(len(pool.cell), dtype=bool)
    fits[_exceeding(pool, kids, adults)] = False
    return fits


def _exceeding(pool: _Pool, kids: np.ndarray, adults: np.ndarray) -> np.ndarray:
    """Return the positions of households for which their cell has too few residents."""
    order = np.argsort(pool.cell, kind="stable")
    cell = pool.cell[order]
    first = np.searchsorted(cell, cell, side="left")
    over = np.zeros(len(cell), dtype=bool)
    for counts, limit in ((pool.kids, kids), (pool.adults, adults)):
        running = np.concatenate([[0], np.cumsum(counts[order])])
        over |= running[1:] - running[first] > limit[cell]
    return order[over]


def _counted(pool: _Pool, cells: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    adults = np.bincount(pool.cell, pool.adults, cells).astype(int)
    kids = np.bincount(pool.cell, pool.kids, cells).astype(int)
    return adults + kids, kids, np.bincount(pool.cell, minlength=cells)
