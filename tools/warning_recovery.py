"""Say when early warning names what was planted in the sample county, and what else it names.

Looks back year by year at the released values only: the cluster that emerges from 2022, the
areas that improve from 2019, those that a measure helps from 2022, and all others.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sozialraum.config import read_config
from sozialraum.datasets import sample_path
from sozialraum.flags.warnings import early_warning
from sozialraum.model import Release
from sozialraum.model.judged import FALLING, RISING
from sozialraum.schema import AREA_ID, Grade

ROOT = Path(__file__).parents[1]
INDICATORS = ("sgb2", "kinderarmut", "bg")
YEARS = range(2020, 2026)
NAMED = (Grade.CONFIRMED, Grade.NOTABLE)
RATE = 0.05


def planted_areas(truth: dict) -> dict[str, tuple[list[str], str]]:
    """Return the areas of what changes over time, and which way their burden goes."""
    found = {one["id"]: one for one in [*truth["clusters"], *truth["changes"]]}
    ways = {"E1": RISING, "I1": FALLING, "T1": FALLING}
    return {name: (found[name]["areas"], way) for name, way in ways.items()}


def looked_back(release: Release, truth: dict, year: int) -> dict[str, object]:
    """Return what is named in one year: areas per planted change, and all others."""
    table = early_warning(release, indicators=INDICATORS, until=f"{year}-12-31", rate=RATE)
    row: dict[str, object] = {"until": year, "tests": int(table["p"].notna().sum())}
    planted = planted_areas(truth)
    for name, (areas, way) in planted.items():
        here = table[table[AREA_ID].isin(areas)]
        for grade in NAMED:
            row[f"{name} {grade}"] = _areas(here[here["direction"] == way], grade)
        row[f"{name} other way"] = sum(_areas(here[here["direction"] != way], g) for g in NAMED)
    others = table[~table[AREA_ID].isin([area for areas, _ in planted.values() for area in areas])]
    confirmed = table[table["grade"] == str(Grade.CONFIRMED)]
    row["others confirmed"] = _areas(others, Grade.CONFIRMED)
    row["expected at most"] = round(RATE * len(confirmed), 1)
    row["others p <= 0.005"] = int((others["p"] <= 0.005).sum())
    row["expected at most "] = round(0.005 * int(others["p"].notna().sum()), 1)
    return row


def recovery(release: Release, truth: dict) -> pd.DataFrame:
    """Return one row a year."""
    return pd.DataFrame([looked_back(release, truth, year) for year in YEARS]).set_index("until")


def released(project: Path, work: Path | None) -> tuple[Release, dict]:
    """Run a project up to the release and return it with what was planted."""
    from sozialraum.pipeline import run

    made = run(read_config(project), until="release", work=work)
    assert made.release is not None
    return made.release, json.loads((project / "truth.json").read_text(encoding="utf-8"))


def _areas(table: pd.DataFrame, grade: Grade) -> int:
    return table[table["grade"] == str(grade)][AREA_ID].nunique()


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate the embedded sample, or new counties made from other seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=None, help="work folder of an earlier run")
    parser.add_argument("--seeds", type=int, nargs="*", default=[], help="make new counties")
    chosen = parser.parse_args(arguments)
    pd.set_option("display.width", 200, "display.max_columns", 99)
    for seed in chosen.seeds:
        sys.path.insert(0, str(ROOT / "data"))
        from generate_musterkreis import generate

        with tempfile.TemporaryDirectory() as folder:
            county = generate(seed=seed, out=Path(folder) / "county")
            found = recovery(*released(county, Path(folder) / "work"))
            print(f"seed {seed}\n{found.T.to_string(float_format='{:g}'.format)}")
    if not chosen.seeds:
        print(
            recovery(*released(sample_path(), chosen.work)).T.to_string(float_format="{:g}".format)
        )


if __name__ == "__main__":
    main()
