"""Print one JSON line per measurement of the index.

``--stability``: counties whose underlying rates are known; is a class right as often as its
stability says? ``--berlin FOLDER``: how many classes of a published Berlin edition are
borderline; counts are made from published shares and plausible age shares.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from index_worlds import World, world

from sozialraum.methods.composite import compose
from sozialraum.methods.index_classes import DYNAMICS, STATUS, classify
from sozialraum.methods.stability import agreement, posterior_rates
from sozialraum.model.judged import BORDERLINE

EDGES = (0.0, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 1.0)
"""Bins of the stated stability; the last holds 1."""
ENOUGH = 200
"""Cases that a bin needs to be judged."""
FIRST = 1
"""Seed of the first county."""
AGES = (0.66, 0.66, 1.0, 0.14)
"""Share of people of working age (twice), of any age and under 15 in the Berlin shares."""

type Draw = Callable[[World, int, int], np.ndarray]


def status(rates: np.ndarray) -> np.ndarray:
    """Return the status classes of (areas, indicators) rates."""
    return classify(compose(rates, np.ones(rates.shape[1])).index, STATUS)


def dynamics(rates: np.ndarray) -> np.ndarray:
    """Return the classes of the dynamics of (areas, indicators now and before) rates."""
    now, before = np.hsplit(rates, 2)
    return classify(compose(now - before, np.ones(now.shape[1])).index, DYNAMICS)


def ours(county: World, draws: int, seed: int) -> np.ndarray:
    """Draw the rates behind the counts (draws, areas, indicators now and before)."""
    width = county.now.shape[1]
    return posterior_rates(
        np.hstack([county.counts, county.counts_before]),
        np.hstack([county.people, county.people_before]),
        keys=[f"{i:04d}" for i in range(len(county.now))],
        draws=draws,
        seed=seed,
        pairs=[(k, width + k) for k in range(width)],
    )


def resampled(county: World, draws: int, seed: int) -> np.ndarray:
    """Draw the counts again, as if the published rates were the underlying ones."""
    rng = np.random.default_rng(seed)
    people = np.hstack([county.people, county.people_before])
    counts = np.hstack([county.counts, county.counts_before])
    return rng.binomial(people.astype(int), counts / people, (draws, *people.shape)) / people


def published(county: World, *, shrunk: bool) -> np.ndarray:
    """Return the published rates (areas, indicators now and before)."""
    people = np.hstack([county.people, county.people_before])
    counts = np.hstack([county.counts, county.counts_before])
    if not shrunk:
        return counts / people
    from sozialraum.methods.smoothing import empirical_bayes

    pairs = zip(counts.T, people.T, strict=True)
    return np.column_stack([empirical_bayes(y, n).rate for y, n in pairs])


def cases(
    worlds: Iterable[int], draw: Draw, *, draws: int = 1000, shrunk: bool = False
) -> pd.DataFrame:
    """Return a row per area and kind of class: what was stated, and whether it was right."""
    found = []
    for seed in worlds:
        county = world(seed)
        width = county.now.shape[1]
        rates = published(county, shrunk=shrunk)
        truth = np.hstack([county.now, county.before])
        drawn = draw(county, draws, seed)
        size = pd.qcut(county.residents, 5, labels=False, duplicates="drop") + 1
        for what, judge, columns in (
            ("status", status, slice(0, width)),
            ("dynamics", dynamics, slice(0, 2 * width)),
        ):
            if (np.ptp(rates[:, columns], axis=0) == 0).any():
                continue
            told = judge(rates[:, columns])
            facts = {
                "what": what,
                "stated": agreement(drawn[:, :, columns], told, judge),
                "right": told == judge(truth[:, columns]),
                "class": told,
                "size": size,
                "kind": county.level if what == "status" else county.change,
            }
            found.append(pd.DataFrame(facts))
    return pd.concat(found, ignore_index=True)


def table(found: pd.DataFrame) -> list[list[float]]:
    """Return from, cases, stated and right (in per cent) of every bin that has cases."""
    bins = np.searchsorted(EDGES[1:-1], found["stated"], side="right")
    rows = []
    for k, group in found.groupby(bins):
        means = 100 * group[["stated", "right"]].astype(float).mean()
        rows.append([EDGES[int(str(k))], len(group), *means.round(1).tolist()])
    return rows


def worst(rows: list[list[float]]) -> float:
    """Return the largest gap in points among bins with enough cases."""
    gaps = [abs(row[2] - row[3]) for row in rows if row[1] >= ENOUGH]
    return round(max(gaps, default=0.0), 1)


def summary(found: pd.DataFrame) -> dict[str, Any]:
    """Return tables of all cases, of groups of classes, of sizes and of kinds of county."""
    result: dict[str, Any] = {}
    for what, part in found.groupby("what"):
        borderline = part["stated"] < BORDERLINE
        groups = {f"class {name}": group for name, group in part.groupby("class")}
        if what == "status":
            groups["class 3 or 4"] = part[part["class"].isin(["3", "4"])]
        groups |= {"borderline": part[borderline], "not borderline": part[~borderline]}
        groups |= {f"size {int(str(q))}": group for q, group in part.groupby("size")}
        groups |= {f"kind {name}": group for name, group in part.groupby("kind")}
        rows = table(part)
        error = ((part["stated"] - part["right"]) ** 2).mean()
        result[str(what)] = {
            "cases": len(part),
            "bins": rows,
            "worst": worst(rows),
            "brier": round(float(error), 4),
            "groups": {name: _group(group) for name, group in groups.items()},
        }
    return result


def _group(found: pd.DataFrame) -> dict[str, Any]:
    rows = table(found)
    means = 100 * found[["stated", "right"]].astype(float).mean()
    return {
        "cases": len(found),
        "mean": means.round(1).tolist(),
        "worst": worst(rows),
        "bins": rows,
    }


def berlin(folder: Path, year: int, draws: int) -> dict[str, Any]:
    """Return how many classes of a published edition are borderline."""
    now = pd.read_csv(folder / f"mss_{year}.csv", dtype={"plr_id": str}).set_index("plr_id")
    then = pd.read_csv(folder / f"mss_{year - 2}.csv", dtype={"plr_id": str}).set_index("plr_id")
    kept = now[now["valid"] == 1]
    share = kept[["s1", "s2", "s3", "s4"]].to_numpy() / 100
    change = kept[["d1", "d2", "d3", "d4"]].to_numpy() / 100
    people = kept["inhabitants"].to_numpy()[:, None] * np.array(AGES)
    earlier = then["inhabitants"].reindex(kept.index).fillna(kept["inhabitants"]).to_numpy()
    below = np.round(np.hstack([people, earlier[:, None] * np.array(AGES)]))
    rates = np.clip(np.hstack([share, share - change]), 0, 1)
    drawn = posterior_rates(
        np.round(rates * below), below, keys=list(kept.index), draws=draws,
        pairs=[(k, 4 + k) for k in range(4)],
    )  # fmt: skip
    sure = agreement(drawn[:, :, :4], status(rates[:, :4]), status)
    moved = agreement(drawn, dynamics(rates), dynamics)
    rng = np.random.default_rng(year)
    again = rng.binomial(below.astype(int), rates, (draws, *rates.shape)) / below
    naive = agreement(again[:, :, :4], status(rates[:, :4]), status)
    naive_moved = agreement(again, dynamics(rates), dynamics)
    told = {"status": sure, "dynamics": moved}
    told |= {"status resampled": naive, "dynamics resampled": naive_moved}
    return {name: int((share < BORDERLINE).sum()) for name, share in told.items()} | {
        "areas": len(kept), "mean status": round(float(sure.mean()), 3),
        "mean dynamics": round(float(moved.mean()), 3),
    }  # fmt: skip


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stability", action="store_true")
    parser.add_argument("--berlin", type=Path)
    parser.add_argument("--year", type=int, default=2017)
    parser.add_argument("--worlds", type=int, default=200)
    parser.add_argument("--first", type=int, default=FIRST)
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--naive", action="store_true", help="resample the counts instead")
    parser.add_argument("--shrunk", action="store_true", help="publish shrunk rates")
    asked = parser.parse_args()
    began = time.process_time()
    facts: dict[str, Any] = {}
    if asked.stability:
        draw = resampled if asked.naive else ours
        seeds = range(asked.first, asked.first + asked.worlds)
        found = cases(seeds, draw, draws=asked.draws, shrunk=asked.shrunk)
        facts |= {"worlds": asked.worlds, "method": draw.__name__, "shrunk": asked.shrunk}
        facts |= summary(found)
    if asked.berlin is not None:
        facts["berlin"] = berlin(asked.berlin, asked.year, asked.draws)
    print(json.dumps({"cpu_s": round(time.process_time() - began, 1)} | facts))


if __name__ == "__main__":
    main()
