"""Time the index of the sample county: status, both dynamics, stability, coverage at three dates.

Prints one JSON line. ``--release FILE`` takes a release that was written before.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import sozialraum as sr

DATES = ("2023-12-31", "2024-12-31", "2025-12-31")
INDICATORS = ("sgb2", "kinderarmut")


def main() -> None:
    """Run the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--release", type=Path, default=None)
    given = parser.parse_args().release
    release = sr.read_release(given) if given else _sample()
    sr.score(release, indicators=INDICATORS, draws=20)  # kernels are compiled once
    wall, cpu = time.perf_counter(), time.process_time()
    classed, borderline, moved, areas = [], [], [], 0
    for date in DATES:
        index = sr.score(release, indicators=INDICATORS, date=date)
        for indicator in INDICATORS:
            sr.coverage(index, indicator)
        table = index.table
        areas = len(table)
        classed.append(int(table["status_stability"].notna().sum()))
        borderline.append(int((table["status_stability"] < 0.8).sum()))
        moved.append(int(table["baseline_index"].notna().sum()))
    line = {
        "what": "index, both dynamics, stability and coverage at three dates",
        "cpu_s": round(time.process_time() - cpu, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
        "areas": areas,
        "classed": classed,
        "borderline": borderline,
        "with_dynamics": moved,
    }
    print(json.dumps(line), flush=True)


def _sample() -> sr.Release:
    with tempfile.TemporaryDirectory() as folder:
        made = sr.run(
            sr.read_config(sr.datasets.sample_path()), until="release", work=f"{folder}/work"
        )
    assert made.release is not None
    return made.release


if __name__ == "__main__":
    main()
