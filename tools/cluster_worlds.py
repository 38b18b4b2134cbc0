"""Say how often the cluster search is wrong where nothing is: made-up counties of equal risk.

Prints one JSON line a world: share of counties in which it calls a cluster firm (p at most 0.05),
with counts taken as independent, and worth less as far as they scatter. Persons come alone, or in
households of 1 to 5.
"""

import argparse
import json
import sys
from collections.abc import Sequence

import numpy as np

from sozialraum.flags.clusters import CHANCE
from sozialraum.methods.scan import count_dispersion, scan
from sozialraum.methods.scan_replicas import ScanOptions

AREAS, RISK = 281, 0.09
SIZES, SHARES = np.arange(1, 6), (0.45, 0.25, 0.15, 0.10, 0.05)


def county(random: np.random.Generator, people: np.ndarray, *, households: bool) -> np.ndarray:
    """Return cases of equal risk."""
    if not households:
        return random.binomial(people, RISK)
    homes = random.poisson(people * RISK / (SIZES @ SHARES))
    return np.array([random.choice(SIZES, number, p=SHARES).sum() for number in homes])


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line a world."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--counties", type=int, default=500)
    parser.add_argument("--replicas", type=int, default=199)
    chosen = parser.parse_args(arguments)
    for households in (False, True):
        random = np.random.default_rng(5)
        points = random.random((AREAS, 2)) * 3e4
        people = random.integers(600, 3_000, AREAS)
        wrong, factors = np.zeros(2), []
        for seed in range(chosen.counties):
            cases = county(random, people, households=households)
            factors.append(count_dispersion(cases, people))
            for i, factor in enumerate((1.0, factors[-1])):
                options = ScanOptions(model="binomial", dispersion=factor)
                found = scan(
                    cases, people, points, options=options, replicas=chosen.replicas, seed=seed
                )
                wrong[i] += found.clusters[0].p <= CHANCE
        share = (wrong / chosen.counties).round(4).tolist()
        line = {"households": households, "counties": chosen.counties}
        line |= {"independent": share[0], "worth_less": share[1]}
        line |= {"dispersion": round(float(np.mean(factors)), 2)}
        sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
