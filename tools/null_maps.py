"""What the flags say of maps without any structure, and of maps with planted clusters.

Prints a JSON line a setting: the share of maps in which Benjamini and Hochberg's procedure
flags any area although nothing is there; false flags in a county where everybody runs one
and the same risk; and how many planted areas are found, by size and strength of the cluster
and by population. ``--standard eb`` takes the rates of Assunção and Reis before
autocorrelation instead of the robust distances that ``flag`` uses.
"""

import argparse
import json
from collections.abc import Iterator, Sequence

import numpy as np
from scipy.sparse import csr_array

from sozialraum.files.readback import read_release
from sozialraum.flags.evidence import Engine, neighbourhoods
from sozialraum.flags.grades import HINT, NOTABLE
from sozialraum.flags.samples import bounded
from sozialraum.methods.funnel import funnel
from sozialraum.methods.multiplicity import benjamini_hochberg
from sozialraum.methods.standardised_rates import eb_standardise

RATE = 0.05
RISK = 0.08
SIZES = (100, 400, 1000)
CLUSTERS = (1, 4, 9, 16)
LIFTS = (1.25, 1.5, 2.0)
FIFTHS = 5


def scattered(n: int, random: np.random.Generator) -> csr_array:
    """Return the neighbours of areas around points at random."""
    from scipy.spatial import Delaunay

    corners = Delaunay(random.random((n, 2))).simplices
    ends = np.concatenate([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [2, 0]]])
    graph = csr_array((np.ones(len(ends)), ends.T), shape=(n, n))
    graph = csr_array(graph + graph.T)
    graph.data[:] = 1.0
    return graph


def populations(n: int, random: np.random.Generator) -> np.ndarray:
    """Return populations of which nine in ten lie between 44 and 1,468."""
    low, high = np.log(44), np.log(1468)
    return np.maximum(5, random.lognormal((low + high) / 2, (high - low) / 3.29, n)).astype(int)


def tested(count: np.ndarray, base: np.ndarray, graph: csr_array, standard: str) -> np.ndarray:
    """Return the p-values (areas, 3) of one map of counts."""
    rates = funnel(count, base)
    z = rates.z if standard == "funnel" else eb_standardise(count, base)
    moran, gi = neighbourhoods(bounded(z), graph, Engine())
    return np.column_stack([rates.p, moran.p, gi.p])


def confirmed(p: np.ndarray) -> np.ndarray:
    """Return which areas any test of the family confirms."""
    return (benjamini_hochberg(p) <= RATE).any(axis=1)


def structureless(maps: int, seed: int, sizes: Sequence[int]) -> Iterator[dict[str, object]]:
    """Yield how many structureless maps have a flag: continuous values, and counts."""
    for size in sizes:
        random = np.random.default_rng([seed, size])
        flagged = {"continuous": 0.0, "counts": 0.0}
        for _ in range(maps):
            graph = scattered(size, random)
            moran, gi = neighbourhoods(random.normal(size=size), graph, Engine())
            flagged["continuous"] += float(confirmed(np.column_stack([moran.p, gi.p])).any())
            base = populations(size, random)
            p = tested(random.binomial(base, RISK), base, graph, "funnel")
            flagged["counts"] += float(confirmed(p).any())
        for kind, found in flagged.items():
            share = round(found / maps, 4)
            yield {"maps": maps, "areas": size, "values": kind, "maps_flagged": share}


def constant_risk(
    maps: int, seed: int, standards: Sequence[str], base: np.ndarray | None = None
) -> Iterator[dict[str, object]]:
    """Yield false flags a map in a county of one and the same risk, by standardisation."""
    for standard in standards:
        random = np.random.default_rng([seed, 7])
        counts = np.zeros((maps, 3))
        for found in counts:
            people = populations(470, random) if base is None else base
            graph = scattered(len(people), random)
            p = tested(random.binomial(people, RISK), people, graph, standard)
            least = p.min(axis=1)
            found[:] = confirmed(p).sum(), (least <= NOTABLE).sum(), (least <= HINT).sum()
        names = ("confirmed", "notable", "hint")
        of = "44 to 1,468" if base is None else "of a release"
        mean = dict(zip(names, counts.mean(axis=0).round(3).tolist(), strict=True))
        yield {
            "constant_risk": standard,
            "populations": of,
            "maps": maps,
            "false_flags_a_map": mean,
        }


def power(maps: int, seed: int, standards: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yield the share of planted areas found, and of others confirmed."""
    for standard in standards:
        for size in CLUSTERS:
            for lift in LIFTS:
                found = planted(maps, np.random.default_rng([seed, 11]), size, lift, standard)
                yield {"power": standard, "cluster": size, "lift": lift, **found}


def planted(
    maps: int, random: np.random.Generator, size: int, lift: float, standard: str
) -> dict[str, object]:
    """Return what is found of three planted clusters a map, and how much else."""
    inside, fifths, firm, hints, false = [], [], [], [], []
    for _ in range(maps):
        base = populations(470, random)
        graph = scattered(len(base), random)
        hot = np.zeros(len(base), dtype=bool)
        for start in random.choice(len(base), 3, replace=False):
            hot[grown(graph, int(start), size)] = True
        p = tested(random.binomial(base, np.where(hot, lift, 1) * RISK), base, graph, standard)
        sure, least = confirmed(p), p.min(axis=1)
        around = (graph @ hot.astype(float) > 0) & ~hot
        rank = np.argsort(np.argsort(base, kind="stable"), kind="stable")
        inside.append(hot)
        fifths.append(FIFTHS * rank // len(base))
        firm.append(sure | (least <= NOTABLE))
        hints.append(least <= HINT)
        false.append(sure[~hot & ~around].mean())
    inside, fifth, strong = (np.concatenate(one) for one in (inside, fifths, firm))
    shares = [strong[inside & (fifth == one)].mean() for one in range(FIFTHS)]
    return {
        "found": round(float(strong[inside].mean()), 3),
        "at_least_hint": round(float(np.concatenate(hints)[inside].mean()), 3),
        "found_by_population_fifth": np.round(shares, 2).tolist(),
        "unplanted_confirmed": round(float(np.mean(false)), 5),
    }


def grown(graph: csr_array, start: int, size: int) -> list[int]:
    """Return an area and the nearest others around it, step by step."""
    found, at = [start], 0
    while len(found) < size and at < len(found):
        here = graph.indices[graph.indptr[found[at]] : graph.indptr[found[at] + 1]]
        found += [int(one) for one in here if one not in found][: size - len(found)]
        at += 1
    return found


def _published(path: str) -> np.ndarray:
    """Return the published denominators of the first rate of a release."""
    release = read_release(path)
    rate = next(one.id for one in release.indicators if one.is_rate)
    return release.frame(rate)["denominator"].dropna().to_numpy(dtype=int)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a line a setting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--maps", type=int, default=2000, help="structureless maps in all")
    parser.add_argument("--worlds", type=int, default=100, help="maps of every other setting")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--standard", nargs="*", default=["funnel", "eb"])
    parser.add_argument("--release", default=None, help="GeoPackage with other populations")
    parser.add_argument("--parts", nargs="*", default=["null", "constant", "power"])
    chosen = parser.parse_args(arguments)
    bases = [None] if chosen.release is None else [None, _published(chosen.release)]
    lines = {
        "null": lambda: structureless(chosen.maps // len(SIZES), chosen.seed, SIZES),
        "constant": lambda: (
            line
            for base in bases
            for line in constant_risk(chosen.worlds, chosen.seed, chosen.standard, base)
        ),
        "power": lambda: power(chosen.worlds // 4, chosen.seed, chosen.standard),
    }
    for part in chosen.parts:
        for line in lines[part]():
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
