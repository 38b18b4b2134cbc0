"""Made-up counties whose underlying rates are known, unlike any model that is fitted to them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy import stats

LEVELS = ("gamma", "beta", "clustered", "estates", "logistic", "heavy", "even", "berlin")
"""How rates are spread: skewed, clustered in space, a tenth of poor estates, long tails,
nearly even, or as skewed and correlated as the four shares of the Berlin monitoring."""
CHANGES = ("normal", "heavy", "few", "common")
"""How rates change: alike everywhere, with outliers, in a tenth of the areas only, or all
indicators of an area together."""
BERLIN = (0.055, 0.018, 0.12, 0.25)
"""Rounded means of unemployment, long-term unemployment, transfers and child poverty."""
FEWEST = 15
"""Least people below the line of a rate."""


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """A county: what is true, and what was counted.

    Parameters
    ----------
    now, before
        (areas, indicators) underlying rates at two dates.
    people, people_before
        (areas, indicators) denominators.
    counts, counts_before
        (areas, indicators) numerators.
    residents
        (areas,) people.
    level, change
        Kind of spread and of change.
    """

    now: np.ndarray
    before: np.ndarray
    people: np.ndarray
    people_before: np.ndarray
    counts: np.ndarray
    counts_before: np.ndarray
    residents: np.ndarray
    level: str
    change: str


def world(seed: int) -> World:
    """Return the county of a seed: 40 to 500 areas of 100 to 5,000 people, 1 to 4 indicators."""
    rng = np.random.default_rng([5, seed])
    level, change = rng.choice(LEVELS), rng.choice(CHANGES)
    areas = int(np.exp(rng.uniform(np.log(40), np.log(500))))
    width = 4 if level == "berlin" else int(rng.integers(1, 5))
    middle = np.exp(rng.uniform(np.log(150), np.log(2500)))
    spread = rng.uniform(0.2, 0.9)
    residents = np.clip(middle * np.exp(spread * rng.normal(size=areas)), 100, 5000).round()
    ages = rng.choice([1.0, 0.65, 0.3, 0.14], width)
    people = np.maximum(np.round(residents[:, None] * ages), FEWEST)
    grown = people * np.exp(rng.normal(0, 0.05, people.shape))
    people_before = np.maximum(np.round(grown), FEWEST)
    before = _levels(rng, level, areas, width)
    now = _changed(rng, change, before)
    return World(
        now=now,
        before=before,
        people=people,
        people_before=people_before,
        counts=rng.binomial(people.astype(int), now).astype(float),
        counts_before=rng.binomial(people_before.astype(int), before).astype(float),
        residents=residents,
        level=str(level),
        change=str(change),
    )


def _levels(rng: Generator, level: str, areas: int, width: int) -> np.ndarray:
    """Return rates that go together in areas."""
    common = 0.9 if level == "berlin" else rng.uniform(0.2, 0.95)
    shared, own = _factors(rng, level, areas, width)
    raw = np.sqrt(common) * shared[:, None] + np.sqrt(1 - common) * own
    share = (stats.rankdata(raw, axis=0) - 0.5) / areas
    mean = np.array(BERLIN) if level == "berlin" else rng.uniform(0.03, 0.3, width)
    if level in {"gamma", "berlin"}:
        shape = rng.uniform(1.5, 5)
        rates = mean * stats.gamma.ppf(share, shape) / shape
    elif level == "beta":
        size = rng.uniform(8, 40)
        rates = stats.beta.ppf(share, mean * size, (1 - mean) * size)
    elif level == "even":
        rates = mean * (0.1 + 1.8 * share)
    else:
        rates = _odds(np.log(mean / (1 - mean)) + rng.uniform(0.3, 0.8) * raw)
    return np.clip(rates, 0.002, 0.8)


def _factors(rng: Generator, level: str, areas: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    shared, own = rng.normal(size=areas), rng.normal(size=(areas, width))
    if level == "heavy":
        return rng.standard_t(4, areas), rng.standard_t(4, (areas, width))
    if level == "estates":
        poor = rng.random(areas) < rng.uniform(0.05, 0.2)
        return 0.5 * shared + poor * rng.uniform(2, 4), own
    if level == "clustered":
        place = rng.uniform(0, 1, (areas, 2))
        far = np.linalg.norm(place[:, None] - place[None], axis=-1)
        near = np.exp(-far / rng.uniform(0.1, 0.5)) + 1e-8 * np.eye(areas)
        root = np.linalg.cholesky(near)
        return root @ shared, root @ own
    return shared, own


def _changed(rng: Generator, change: str, before: np.ndarray) -> np.ndarray:
    """Return the rates two years on: persistent, with a common and an own part."""
    shape, areas = before.shape, len(before)
    kinds: dict[str, Callable[[], np.ndarray]] = {
        "normal": lambda: rng.normal(size=shape),
        "heavy": lambda: rng.standard_t(3, shape) / 1.7,
        "few": lambda: (
            0.3 * rng.normal(size=shape)
            + 2.5 * (rng.random(areas) < 0.1)[:, None] * rng.normal(size=(areas, 1))
        ),
        "common": lambda: 0.8 * rng.normal(size=(areas, 1)) + 0.6 * rng.normal(size=shape),
    }
    step = rng.uniform(0.05, 0.3) * kinds[change]() + 0.1 * rng.normal()
    if rng.random() < 0.5:
        return np.clip(before * np.exp(step), 0.002, 0.85)
    held = rng.uniform(0.85, 1) * np.log(before / (1 - before))
    return np.clip(_odds(held + step), 0.002, 0.85)


def _odds(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))
