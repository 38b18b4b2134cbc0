"""Whether flags come back as often as their stability says, in worlds whose rates are known.

In every world areas run a usual risk with ordinary differences, and some groups of areas a
higher one; people come alone or in households. Its first count is flagged, and counted again
from the true rates. Prints a JSON line for every band of told stability: how many findings,
how much was told on average and how much came.
"""

import argparse
import json
from collections.abc import Sequence

import numpy as np
import pandas as pd
from null_maps import grown, populations, scattered
from scipy.sparse import csr_array

from sozialraum.flags.evidence import Engine, evidence
from sozialraum.flags.firmness import FIRM, stability
from sozialraum.flags.samples import Sample
from sozialraum.methods.funnel import funnel
from sozialraum.schema import FLAGGED

AREAS = 470
RATE = 0.05
AGAIN = 20
"""New counts of every world."""
HOUSEHOLDS = np.array([1, 2, 3, 4, 5]), np.array([0.45, 0.2, 0.15, 0.12, 0.08])
BANDS = np.array([0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9])


def counted(
    risk: np.ndarray, base: np.ndarray, random: np.random.Generator, *, clumped: bool
) -> np.ndarray:
    """Return a count: people one by one, or by households of one to five."""
    if not clumped:
        return random.binomial(base, risk)
    sizes, shares = HOUSEHOLDS
    drawn = random.poisson(base * risk / (sizes @ shares))
    return np.minimum([random.choice(sizes, k, p=shares).sum() for k in drawn], base)


def risks(graph: csr_array, random: np.random.Generator) -> np.ndarray:
    """Return true rates: nearly alike, but for two to eight groups of one to ten areas."""
    risk = np.clip(random.normal(0.08, random.choice([0.005, 0.012]), AREAS), 0.01, None)
    for _ in range(random.integers(2, 9)):
        group = grown(graph, int(random.integers(AREAS)), int(random.integers(1, 11)))
        risk[group] *= random.uniform(1.3, 2.2)
    return risk


def world(seed: int) -> pd.DataFrame:
    """Return what was told of every finding of a world, and how often it came again."""
    random = np.random.default_rng([seed, 3])
    graph, clumped = scattered(AREAS, random), bool(random.integers(2))
    even = random.integers(220, 280, AREAS)
    base = populations(AREAS, random) if random.integers(2) else even
    risk, areas = risks(graph, random), pd.Index([f"a{i:03d}" for i in range(AREAS)])

    def sampled() -> Sample:
        count = counted(risk, base, random, clumped=clumped).astype(float)
        rates = funnel(count, base)
        return Sample("x", "", areas, count, base.astype(float), rates, 1, graph)

    first = sampled()
    table = evidence([first], areas, RATE, Engine())
    told = stability([first], table, areas, rate=RATE, seed=seed)
    came = np.zeros(AREAS)
    firm = table["grade"].isin(FIRM)
    for _ in range(AGAIN):
        other = evidence([sampled()], areas, RATE, Engine("pool"))
        again = np.where(firm, other["grade"].isin(FIRM), other["grade"].isin(FLAGGED))
        came += again & (np.sign(other["z"]) == np.sign(table["z"]))
    found = pd.DataFrame({"told": told, "came": came / AGAIN, "evidence": table["evidence"]})
    found["kind"] = np.where(firm, "confirmed or notable", "hint")
    return found[~np.isnan(told)]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line a band, and a line a kind of finding."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    chosen = parser.parse_args(arguments)
    every = pd.concat([world(chosen.seed + i) for i in range(chosen.worlds)])
    band = BANDS[np.searchsorted(BANDS, every["told"], side="right") - 1]
    for names in (["told_from"], ["kind"], ["kind", "evidence"]):
        grouped = every.assign(told_from=band).groupby(names)
        lines = grouped[["told", "came"]].mean().round(3).assign(findings=grouped.size())
        for line in lines.reset_index().to_dict("records"):
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
