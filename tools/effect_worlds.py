"""Say how well the evaluation of interventions keeps its promises, in made-up worlds.

In every world the treated areas are chosen because they stand out, so that they fall back by
themselves. One JSON line a setting: how often something is said, how often the interval
covers the truth, how often an effect is found.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum.evaluation import evaluate
from sozialraum.model import Audit, Indicator, Intervention, Policy, Release

SIDE = 16
YEARS = tuple(range(2016, 2026))
START = 2022
SIZES = np.array([1, 2, 3, 4])
SHARES = np.array([0.42, 0.26, 0.18, 0.14])
STAY = 0.7
"""Share of households that are still there a year later."""
BASE = 0.09
WHO = ("extreme", "compact", "rising")
"""Treated areas: the highest rates of the last year, areas side by side around one of the
highest, or those that rose most in the last year."""


def world(seed: int, treated: int, factor: float, who: str) -> tuple[Release, Intervention, float]:
    """Return a made-up release, an intervention in it, and its true effect in points.

    Parameters
    ----------
    seed, treated
        Of the world; number of treated areas.
    factor
        What the intervention multiplies the rate by from its first year on.
    who
        One of :data:`WHO`.
    """
    random = np.random.Generator(np.random.Philox(seed))
    people = np.clip(np.exp(random.normal(7.1, 0.6, SIDE**2)), 250, 5_000).round()
    risk = _risks(random)
    before = sum(year < START for year in YEARS)
    counts = _counts(random, people, risk)
    rates = 100 * counts / people[:, None]
    chosen = _chosen(random, rates[:, :before], treated, who)
    changed = risk.copy()
    changed[chosen, before:] *= factor
    if factor != 1:
        counts[chosen] = _later(random, people[chosen], changed[chosen], counts, chosen, before)
    share = people[chosen] / people[chosen].sum()
    truth = 100 * float(share @ (changed - risk)[chosen, before:].mean(axis=1))
    release = _release(counts, people)
    areas = tuple(release.areas.index[chosen])
    return release, Intervention("M", "M", areas, f"{START}-01-01"), truth


def _risks(random: np.random.Generator) -> np.ndarray:
    """Return the true share of every area and year: lasting, drifting, and common to all."""
    lasting = 0.3 * _smooth(random) + 0.2 * random.normal(size=SIDE**2)
    drift = np.zeros((SIDE**2, len(YEARS)))
    now = 0.05 / np.sqrt(1 - 0.49) * random.normal(size=SIDE**2)
    for year in range(len(YEARS)):
        now = 0.7 * now + 0.05 * random.normal(size=SIDE**2)
        drift[:, year] = now + 0.03 * _smooth(random)
    common = 0.03 * random.normal(size=len(YEARS))
    return np.minimum(BASE * np.exp(lasting[:, None] + drift + common), 0.5)


def _smooth(random: np.random.Generator) -> np.ndarray:
    """Return a field on the grid whose neighbours are alike, of mean 0 and deviation 1."""
    field = np.pad(random.normal(size=(SIDE, SIDE)), 2, mode="wrap")
    steps = range(5)
    total = sum(field[i : i + SIDE, j : j + SIDE] for i in steps for j in steps)
    flat = np.asarray(total).ravel()
    return (flat - flat.mean()) / flat.std()


def _counts(random: np.random.Generator, people: np.ndarray, risk: np.ndarray) -> np.ndarray:
    """Return persons in households of 1 to 4 that stay for years: counts lean on the past."""
    expected = people[:, None] * risk / (SIZES @ SHARES)
    total = np.zeros(risk.shape)
    for size, share in zip(SIZES, SHARES, strict=True):
        mean = expected * share
        held = random.poisson(mean[:, 0])
        for year in range(risk.shape[1]):
            if year:
                new = np.maximum(mean[:, year] - STAY * mean[:, year - 1], 0)
                held = random.binomial(held, STAY) + random.poisson(new)
            total[:, year] += size * held
    return np.minimum(total, people[:, None])


def _later(
    random: np.random.Generator,
    people: np.ndarray,
    risk: np.ndarray,
    counts: np.ndarray,
    chosen: np.ndarray,
    before: int,
) -> np.ndarray:
    """Return the counts of treated areas: what was counted before, then another course."""
    found = counts[chosen].copy()
    expected = people[:, None] * risk
    wide = float(SIZES**2 @ SHARES) / float(SIZES @ SHARES)
    now = found[:, before - 1]
    for year in range(before, risk.shape[1]):
        held = random.binomial(np.round(now / wide).astype(int), STAY)
        new = np.maximum(expected[:, year] - STAY * expected[:, year - 1], 0) / wide
        now = wide * (held + random.poisson(new))
        found[:, year] = np.minimum(now.round(), people)
    return found


def _chosen(random: np.random.Generator, rates: np.ndarray, treated: int, who: str) -> np.ndarray:
    """Return the areas that stand out."""
    if who == "rising":
        return np.sort(np.argsort(-(rates[:, -1] - rates[:, :-1].mean(axis=1)))[:treated])
    highest = np.argsort(-rates[:, -1])
    if who == "extreme":
        return np.sort(highest[:treated])
    row, column = divmod(int(random.choice(highest[:10])), SIDE)
    rows, columns = np.divmod(np.arange(SIDE**2), SIDE)
    return np.sort(np.lexsort((-rates[:, -1], np.hypot(rows - row, columns - column)))[:treated])


def _release(counts: np.ndarray, people: np.ndarray) -> Release:
    rows, columns = np.divmod(np.arange(SIDE**2), SIDE)
    ids = pd.Index([f"Q{i:03d}" for i in range(SIDE**2)], name="area_id")
    shapes = shapely.box(columns * 1e3, rows * 1e3, columns * 1e3 + 1e3, rows * 1e3 + 1e3)
    areas = gpd.GeoDataFrame(
        {"geography": "sozialraum", "name": ids, "municipality": "05999001"}
        | {"municipality_name": "A", "origin": "given", "status": "accepted"},
        index=ids,
        geometry=shapes,
        crs="EPSG:25832",
    )
    table = pd.concat(
        pd.DataFrame(
            {
                "geography": "sozialraum",
                "area_id": ids,
                "indicator": "sgb2",
                "date": f"{year}-12-31",
                "numerator": counts[:, place],
                "denominator": people,
                "value": (100 * counts[:, place] / people).round(1),
                "state": "value",
            }
        )
        for place, year in enumerate(YEARS)
    )
    return Release(
        table=table.reset_index(drop=True),
        areas=areas,
        indicators=(Indicator("sgb2", "persons", "people", "Anteil", "Share"),),
        policy=Policy("standard", residents=100, denominator=30, k=3),
        audit=Audit(model="made up", passed=True),
    )


def setting(worlds: int, treated: int, factor: float, who: str, first: int = 0) -> dict:
    """Return what came out of many worlds of one kind."""
    said: Counter[str] = Counter()
    covered, errors, smallest, checks = [], [], [], []
    for seed in range(first, first + worlds):
        release, intervention, truth = world(seed, treated, factor, who)
        # everything is told, so that coverage does not hang on what is said
        row = evaluate(release, [intervention], "sgb2", plausible=1.0).effects.iloc[0]
        level = float(evaluate_level(release, intervention))
        verdict = "too small" if row["smallest"] > 0.25 * level else str(row["verdict"])
        said[verdict] += 1
        checks.append((row["placebo_p"] < 0.05, row["earlier_p"] < 0.05))
        smallest.append(float(row["smallest"]))
        if not np.isnan(row["effect"]):
            covered.append(row["lower"] <= truth <= row["upper"])
            errors.append(row["effect"] - truth)
    return {
        "who": who,
        "treated": treated,
        "factor": factor,
        "worlds": worlds,
        "said": dict(sorted(said.items())),
        "effect": round(said["effect"] / worlds, 4),
        "covered": round(float(np.mean(covered)), 4),
        "bias": round(float(np.mean(errors)), 3),
        "smallest": round(float(np.median(smallest)), 3),
        "placebo_seen": round(float(np.mean([one for one, _ in checks])), 4),
        "earlier_seen": round(float(np.mean([one for _, one in checks])), 4),
    }


def evaluate_level(release: Release, intervention: Intervention) -> float:
    """Return the rate of the treated areas before the start."""
    own = release.table["area_id"].isin(intervention.areas)
    own &= release.table["date"] < intervention.start
    counts = release.table.loc[own, ["numerator", "denominator"]].sum()
    return 100 * counts["numerator"] / counts["denominator"]


def settings() -> Iterator[tuple[int, float, str]]:
    """Yield how many areas are treated, by what their rate is multiplied, and who they are."""
    for who in WHO:
        for treated in (3, 5):
            yield treated, 1.0, who
    for factor in (0.9, 0.8, 0.7):
        yield 4, factor, "compact"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=200)
    given = parser.parse_args(arguments)
    for treated, factor, who in settings():
        print(json.dumps(setting(given.worlds, treated, factor, who)), flush=True)


if __name__ == "__main__":
    main()
