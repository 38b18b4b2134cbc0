"""What shrinkage does to small areas: who is on top, who is still found, what intervals hold.

    python tools/smooth_bench.py [--worlds 200] [--seed 1]

Made-up counties of 280 areas in 20 municipalities, half of them urban with larger areas. Prints
one JSON line a world and method:

- ``constant``: everybody has the same risk, whatever is seen is chance. Share of the top 5 % of
  areas that lie in the smallest fifth by population (20 % would be fair), and share of areas
  whose interval lies above the target (2.5 % are announced).
- ``found``: risks differ between settlement types, municipalities and areas; one area is
  planted whose risk lies `extra` points above that of its municipality. Share of the worlds in
  which it is among the top 5 %, and in which its interval lies above the target, by fifth of
  the population and by settlement type.
- ``coverage``: in the same worlds without a planted area, share of the intervals that hold the
  true rate, by fifth; and the mean squared error as a share of the raw rate's.
"""

import argparse
import json
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array
from scipy.special import betaincinv

from sozialraum.methods.fay_herriot import fay_herriot
from sozialraum.methods.smoothing import empirical_bayes

AREAS, TOWNS, FIFTHS = 280, 20, 5
RATE, URBAN, RURAL = 0.10, 0.12, 0.08
TOP = 0.05


class World(NamedTuple):
    """A made-up county: sizes, places, true rates and cases of its areas."""

    people: np.ndarray
    town: np.ndarray
    urban: np.ndarray
    truth: np.ndarray
    cases: np.ndarray
    around: csr_array

    @property
    def fifth(self) -> np.ndarray:
        """Return the fifth of every area by population, 0 the smallest."""
        return np.argsort(np.argsort(self.people, kind="stable")) * FIFTHS // AREAS


class Ranked(NamedTuple):
    """Ordering of the areas, limits of their rates, and what they are compared with."""

    order: np.ndarray
    rate: np.ndarray
    low: np.ndarray
    high: np.ndarray
    target: np.ndarray


def make_world(rng: np.random.Generator, *, constant: bool = False) -> World:
    """Return a county; `people` are those of whom some are cases, such as children."""
    town = np.sort(np.arange(AREAS) % TOWNS)
    urban = town % 2 == 0
    people = np.exp(rng.normal(np.log(np.where(urban, 380, 190)), 0.8)).round().clip(30)
    truth = np.full(AREAS, RATE)
    if not constant:
        usual = np.where(np.arange(TOWNS) % 2 == 0, URBAN, RURAL)
        of_town = rng.beta(usual * 250, (1 - usual) * 250)[town]
        truth = rng.beta(of_town * 120, (1 - of_town) * 120)
    cases = rng.binomial(people.astype(int), truth).astype(float)
    return World(people, town, urban, truth, cases, _chain(town))


def _chain(town: np.ndarray) -> csr_array:
    """Return neighbours: the three before and after in a row through the county."""
    n = len(town)
    steps = sum(np.eye(n, k=k) for k in (-3, -2, -1, 1, 2, 3))
    return csr_array(steps)


def raw(world: World) -> Ranked:
    """Return raw rates with exact binomial limits."""
    y, n = world.cases, world.people
    low = np.where(y > 0, betaincinv(np.maximum(y, 1e-9), n - y + 1, 0.025), 0.0)
    high = np.where(y < n, betaincinv(y + 1, np.maximum(n - y, 1e-9), 0.975), 1.0)
    return Ranked(y / n, y / n, low, high, np.full(AREAS, y.sum() / n.sum()))


def raw_of_kind(world: World) -> Ranked:
    """Return the same, compared with the rate of the settlement type."""
    kind = world.urban.astype(int)
    usual = np.bincount(kind, world.cases) / np.bincount(kind, world.people)
    return raw(world)._replace(target=usual[kind])


def _drawn(by: str, **whole: object) -> Callable[[World], Ranked]:
    def ranked(world: World) -> Ranked:
        given = {key: getattr(world, str(name)) for key, name in whole.items()}
        found = empirical_bayes(world.cases, world.people, **given)
        order = getattr(found, by)
        return Ranked(order, found.rate, found.low, found.high, found.target)

    return ranked


def modelled(world: World) -> Ranked:
    """Return Fay-Herriot estimates with the settlement type as feature."""
    usual = np.where(
        world.urban,
        world.cases[world.urban].sum() / world.people[world.urban].sum(),
        world.cases[~world.urban].sum() / world.people[~world.urban].sum(),
    )
    found = fay_herriot(
        world.cases / world.people, usual * (1 - usual) / world.people, world.urban.astype(float)
    )
    return Ranked(found.estimate, found.estimate, found.low, found.high, found.synthetic)


METHODS: dict[str, Callable[[World], Ranked]] = {
    "raw": raw,
    "raw, against settlement": raw_of_kind,
    "county": _drawn("rate"),
    "settlement": _drawn("rate", groups="urban"),
    "municipality": _drawn("rate", groups="town"),
    "neighbours": _drawn("rate", neighbours="around"),
    "fay-herriot": modelled,
    "county, by probability": _drawn("above"),
    "settlement, by probability": _drawn("above", groups="urban"),
    "municipality, by probability": _drawn("above", groups="town"),
}


def top(order: np.ndarray) -> np.ndarray:
    """Return which areas are among the top; equal ones share the places."""
    places = round(TOP * len(order))
    limit = np.sort(order)[-places]
    above, at = order > limit, order == limit
    return above + at * (places - above.sum()) / at.sum()


def constant(rng: np.random.Generator, worlds: int) -> list[dict[str, object]]:
    """Return who is on top where all risks are equal."""
    smallest = dict.fromkeys(METHODS, 0.0)
    alarms = dict.fromkeys(METHODS, 0.0)
    for _ in range(worlds):
        world = make_world(rng, constant=True)
        for name, method in METHODS.items():
            seen = method(world)
            chosen = top(seen.order)
            smallest[name] += chosen[world.fifth == 0].sum() / chosen.sum() / worlds
            alarms[name] += (seen.low > seen.target).mean() / worlds
    return [
        {"world": "constant", "method": name, "worlds": worlds}
        | {"top_in_smallest_fifth": round(smallest[name], 3), "alarms": round(alarms[name], 4)}
        for name in METHODS
    ]


def coverage(rng: np.random.Generator, worlds: int) -> list[dict[str, object]]:
    """Return how many intervals hold the true rate, and the error of the rates."""
    held = {name: np.zeros(FIFTHS) for name in METHODS}
    error = dict.fromkeys(METHODS, 0.0)
    for _ in range(worlds):
        world = make_world(rng)
        for name, method in METHODS.items():
            seen = method(world)
            inside = (seen.low <= world.truth) & (world.truth <= seen.high)
            held[name] += np.bincount(world.fifth, inside) / np.bincount(world.fifth) / worlds
            error[name] += ((seen.rate - world.truth) ** 2).mean() / worlds
    return [
        {"world": "coverage", "method": name, "worlds": worlds}
        | {"held": held[name].round(3).tolist(), "mse": round(error[name] / error["raw"], 3)}
        for name in METHODS
        if "probability" not in name
    ]


def found(rng: np.random.Generator, worlds: int, extra: float) -> list[dict[str, object]]:
    """Return how often a planted area is found."""
    shape = (len(METHODS), 2, FIFTHS)
    in_top, above, tries = np.zeros(shape), np.zeros(shape), np.zeros(shape[1:])
    for turn in range(worlds):
        urban, fifth = divmod(turn % (2 * FIFTHS), FIFTHS)
        world = make_world(rng)
        at = rng.choice(np.flatnonzero((world.urban == urban) & (world.fifth == fifth)))
        usual = world.truth[world.town == world.town[at]].mean()
        world.cases[at] = rng.binomial(int(world.people[at]), usual + extra)
        tries[urban, fifth] += 1
        for row, method in enumerate(METHODS.values()):
            seen = method(world)
            in_top[row, urban, fifth] += top(seen.order)[at]
            above[row, urban, fifth] += seen.low[at] > seen.target[at]
    return [
        {"world": "found", "method": name, "extra": extra, "worlds": worlds}
        | {"rural_top": (in_top[row, 0] / tries[0]).round(2).tolist()}
        | {"rural_above": (above[row, 0] / tries[0]).round(2).tolist()}
        | {"urban_top": (in_top[row, 1] / tries[1]).round(2).tolist()}
        | {"urban_above": (above[row, 1] / tries[1]).round(2).tolist()}
        for row, name in enumerate(METHODS)
    ]


def main() -> None:
    """Print one JSON line a world and method."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = np.random.default_rng(given.seed)
    lines = constant(rng, given.worlds) + coverage(rng, given.worlds)
    lines += found(rng, 5 * given.worlds, 0.08)
    for line in lines:
        print(json.dumps(line))


if __name__ == "__main__":
    main()
