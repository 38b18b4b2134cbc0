"""Say how well the flags recover the clusters planted in the sample county.

An area counts as planted if more than half of its residents live in planted cells;
neighbours of a cluster count neither way.
"""

import argparse
import json
import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sozialraum.config import read_config
from sozialraum.datasets import sample_path
from sozialraum.pipeline import Run, run
from sozialraum.schema import MUNICIPALITY, Grade

ROOT = Path(__file__).parents[1]


def planted_cells(truth: dict) -> set[str]:
    """Return the cells of every cluster that burdens its residents at the latest date."""
    return {cell for cluster in truth["clusters"] for cell in cluster["cells"]}


def recovery(made: Run, truth: dict) -> dict[str, float]:
    """Return the share of planted areas flagged and of unplanted areas confirmed."""
    assert made.areas is not None
    assert made.flags is not None
    blocks, areas = made.blocks, made.areas
    cells = planted_cells(truth)
    residents = blocks.counts["residents"]
    inside = residents.where(residents.index.isin(list(cells)), 0.0)
    share = (
        pd.DataFrame({"all": residents, "in": inside}).groupby(areas.membership).sum()
    ).reindex(areas.frame.index)
    planted = share.index[share["in"] > share["all"] / 2]
    shapes = areas.frame.geometry
    union = shapes.loc[planted].union_all().buffer(1.0)
    touching = shapes.index[shapes.intersects(union)].difference(planted)
    # Partly planted areas belong to neither side either.
    partly = share.index[share["in"] > 0].difference(planted)
    unplanted = areas.frame.index.difference(planted).difference(touching).difference(partly)
    high = made.flags.areas[made.flags.areas["direction"] == "high"]["grade"]
    flagged = high.index[high.isin([Grade.CONFIRMED, Grade.NOTABLE])]
    confirmed = high.index[high == Grade.CONFIRMED]
    return {
        "areas": len(areas.frame),
        "municipalities": areas.frame[MUNICIPALITY].nunique(),
        "planted": len(planted),
        "planted_flagged_share": float(np.isin(planted, flagged).mean()),
        "unplanted": len(unplanted),
        "unplanted_confirmed_share": float(np.isin(unplanted, confirmed).mean()),
    }


def run_seed(seed: int, folder: Path) -> dict[str, float]:
    """Make the sample county anew from a seed, run it up to the flags and evaluate it."""
    sys.path.insert(0, str(ROOT / "data"))
    from generate_musterkreis import generate

    generate(seed=seed, out=folder / "county")
    made = run(read_config(folder / "county"), until="flags", work=folder / "work")
    truth = json.loads((folder / "county" / "truth.json").read_text(encoding="utf-8"))
    return recovery(made, truth)


def main(arguments: Sequence[str] | None = None) -> None:
    """Evaluate the embedded sample, or new counties made from other seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=None, help="work folder of an earlier run")
    parser.add_argument("--seeds", type=int, nargs="*", default=[], help="make new counties")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING)
    if chosen.seeds:
        for seed in chosen.seeds:
            with tempfile.TemporaryDirectory() as folder:
                print(json.dumps({"seed": seed, **run_seed(seed, Path(folder))}))
        return
    made = run(read_config(sample_path()), until="flags", work=chosen.work)
    truth = json.loads((sample_path() / "truth.json").read_text(encoding="utf-8"))
    found = recovery(made, truth)
    print(
        f"Probe: {found['planted_flagged_share']:.0%} von {found['planted']} eingebauten "
        f"belasteten Gebieten erkannt (gesichert oder bemerkenswert); "
        f"{found['unplanted_confirmed_share']:.1%} von {found['unplanted']} unbelasteten "
        f"fälschlich gesichert."
    )


if __name__ == "__main__":
    main()
