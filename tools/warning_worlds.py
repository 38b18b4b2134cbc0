"""Say how often early warning raises a false alarm in counties where nothing changes.

Every world is a county of 460 areas over ten years in which all rates stay as they are: only
chance, households and the county's common course move them. Counted are the maps with any
confirmed warning (the false discovery rate promises at most `rate` of them), and the areas
with p below 0.005 and 0.05. A last world has one real cluster, to show the power.
"""

import argparse
import time
from collections.abc import Callable, Sequence

import numpy as np
from scipy.sparse import csr_array

from sozialraum.flags.warnings import charts, latest, warning_p
from sozialraum.methods.course import usual_course
from sozialraum.methods.multiplicity import benjamini_hochberg
from sozialraum.methods.trends import mann_kendall

ROWS, COLUMNS, YEARS = 20, 23, 10
LEVEL, STAY, SPREAD = 0.09, 0.75, 0.25
HOUSEHOLDS = np.array([0.5, 0.2, 0.14, 0.1, 0.06])
"""Shares of households with 1 to 5 persons."""
WAVE = np.array([1.0, 1.05, 1.1, 1.02, 0.95, 0.9, 0.95, 1.1, 1.2, 1.3])
"""Common course of a county with ups and downs."""
CLUSTER = (5, 1.25, 1.5, 1.75, 2.0)
"""Areas that touch, and the ratio of their rates in the last years."""

type World = Callable[[np.random.Generator], tuple[np.ndarray, np.ndarray]]


def grid() -> csr_array:
    """Return the queen neighbours of a chessboard."""
    row, column = np.divmod(np.arange(ROWS * COLUMNS), COLUMNS)
    near = (abs(row[:, None] - row) <= 1) & (abs(column[:, None] - column) <= 1)
    np.fill_diagonal(near, val=False)
    return csr_array(near.astype(float))


def sizes(random: np.random.Generator) -> np.ndarray:
    """Return populations: half of the areas small, half of them large; (areas, years)."""
    n = ROWS * COLUMNS
    small = random.random(n) < 0.5
    one = np.where(small, random.integers(220, 300, n), random.integers(800, 4_500, n))
    return np.repeat(one[:, None], YEARS, axis=1).astype(float)


def levels(random: np.random.Generator) -> np.ndarray:
    """Return rates of the areas, which differ for good."""
    return LEVEL * np.exp(random.normal(0, SPREAD, ROWS * COLUMNS))


def binomial(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return independent binomial counts."""
    people = sizes(random)
    return random.binomial(people.astype(int), levels(random)[:, None]).astype(float), people


def overdispersed(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return independent beta-binomial counts with about twice the variance of chance."""
    people, level = sizes(random), levels(random)[:, None]
    precision = people - 2
    rate = random.beta(level * precision, (1 - level) * precision)
    return random.binomial(people.astype(int), rate).astype(float), people


def households(
    random: np.random.Generator, course: np.ndarray | None = None, ratio: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return persons in households of which most stay from one year to the next."""
    people = sizes(random)
    wave = np.ones(YEARS) if course is None else course
    expected = people * levels(random)[:, None] * wave
    expected = expected * (1.0 if ratio is None else ratio)
    persons = np.arange(1, 6)
    mean = expected[:, :, None] * HOUSEHOLDS / (HOUSEHOLDS @ persons)
    there = random.poisson(mean[:, 0])
    counts = [there @ persons]
    for year in range(1, YEARS):
        stay = np.minimum(STAY, mean[:, year] / mean[:, year - 1])
        there = random.binomial(there, stay)
        there = there + random.poisson(mean[:, year] - stay * mean[:, year - 1])
        counts.append(there @ persons)
    return np.minimum(np.array(counts).T.astype(float), people), people


def with_wave(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return households in a county whose rate as a whole moves up and down."""
    return households(random, WAVE)


def with_gaps(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return households with a fifth of the values not published."""
    counts, people = households(random)
    hidden = random.random(counts.shape) < 0.2
    return np.where(hidden, np.nan, counts), np.where(hidden, np.nan, people)


def with_cluster(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return households with one cluster whose rate doubles in four years."""
    ratio = np.ones((ROWS * COLUMNS, YEARS))
    ratio[: CLUSTER[0], YEARS - len(CLUSTER) + 1 :] = CLUSTER[1:]
    return households(random, ratio=ratio)


WORLDS: dict[str, World] = {
    "binomial": binomial,
    "overdispersed": overdispersed,
    "households": households,
    "households, wave": with_wave,
    "households, gaps": with_gaps,
}


def p_values(counts: np.ndarray, people: np.ndarray, graph: csr_array) -> np.ndarray:
    """Return the p of every area with at least five points, as early warning computes it."""
    course = usual_course(counts, people, np.arange(counts.shape[1]))
    found = charts(course, graph)
    known = ~np.isnan(counts)
    at = np.arange(len(counts)), latest(known)
    p = warning_p(found.own[at], found.together[at])
    return np.where(known.sum(axis=1) >= 5, p, np.nan)


def false_alarms(world: World, maps: int, rate: float, seed: int = 0) -> dict[str, float]:
    """Return shares of maps with a confirmed warning and of areas below two limits."""
    graph, alarms, below = grid(), [], []
    for number in range(maps):
        random = np.random.Generator(np.random.Philox([seed, number]))
        p = p_values(*world(random), graph)
        alarms.append((benjamini_hochberg(p) <= rate).sum())
        below.append([np.nanmean(p <= limit) for limit in (0.005, 0.05)])
    shares = np.mean(below, axis=0)
    return {
        "maps": float(np.mean(np.array(alarms) > 0)),
        "areas": float(np.mean(alarms)),
        "p005": float(shares[0]),
        "p05": float(shares[1]),
    }


def power(maps: int, rate: float, seed: int = 1) -> list[float]:
    """Return the mean share of the cluster that is confirmed in each of its years."""
    graph, found = grid(), []
    for number in range(maps):
        random = np.random.Generator(np.random.Philox([seed, number]))
        counts, people = with_cluster(random)
        shares = []
        for until in range(YEARS - len(CLUSTER) + 2, YEARS + 1):
            p = p_values(counts[:, :until], people[:, :until], graph)
            shares.append((benjamini_hochberg(p) <= rate)[: CLUSTER[0]].mean())
        found.append(shares)
    return [float(x) for x in np.mean(found, axis=0)]


def plain_trends(series: int, memory: float = 0.7, seed: int = 2) -> float:
    """Return the share of series with a memory and no trend that Mann-Kendall calls trends."""
    lag = abs(np.subtract.outer(np.arange(YEARS), np.arange(YEARS)))
    random = np.random.Generator(np.random.Philox(seed))
    values = random.normal(size=(series, YEARS)) @ np.linalg.cholesky(memory**lag).T
    return float((mann_kendall(values).p <= 0.05).mean())


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the false alarms of every world, and the power."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=500)
    parser.add_argument("--rate", type=float, default=0.05)
    chosen = parser.parse_args(arguments)
    began = time.process_time()
    print(f"{ROWS * COLUMNS} areas, {YEARS} years, {chosen.maps} maps, rate {chosen.rate:g}")
    for name, world in WORLDS.items():
        found = false_alarms(world, chosen.maps, chosen.rate)
        print(
            f"{name:20s} maps with a confirmed warning {found['maps']:6.1%}   "
            f"areas a map {found['areas']:.3f}   "
            f"p <= 0.005: {found['p005']:.2%}   p <= 0.05: {found['p05']:.2%}"
        )
    shares = ", ".join(f"{x:.0%}" for x in power(max(chosen.maps // 10, 1), chosen.rate))
    print(f"cluster of {CLUSTER[0]} areas, confirmed after 1, 2, 3, 4 years: {shares}")
    print(f"memory 0.7, years taken as independent, p <= 0.05: {plain_trends(10_000):.1%}")
    print(f"{time.process_time() - began:.0f} CPU seconds")


if __name__ == "__main__":
    main()
