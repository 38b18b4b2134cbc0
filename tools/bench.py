"""Print one JSON line per measurement: what, seconds of processor and wall, and the figures.

Timings compare on one machine and in one run only. Kernels are warmed first.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster_recovery import run_seed

from sozialraum.config import read_config
from sozialraum.datasets import sample_path
from sozialraum.pipeline import run

SEEDS = (7, 8, 9)
FRESH = (21, 22, 23)
"""Seeds that were not looked at while the sample county was designed."""


@contextmanager
def measured(name: str, **facts: Any) -> Iterator[dict[str, Any]]:
    """Time a block and print its line; the block may add figures."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield facts
    line = {
        "what": name,
        "cpu_s": round(time.process_time() - cpu, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
    }
    print(json.dumps(line | facts), flush=True)


def main() -> None:
    """Run all measurements."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        config = read_config(sample_path())
        with measured("sample county, first run, compilation included"):
            run(config, output=folder / "out", work=folder / "work")
        with measured("sample county, nothing stored") as facts:
            made = run(config, output=folder / "out2", work=folder / "work2")
            facts.update({step.stage: round(step.seconds, 2) for step in made.steps})
            assert made.areas is not None
            facts["areas"] = len(made.areas.frame)
        with measured("sample county, everything stored"):
            run(config, output=folder / "out2", work=folder / "work2")
    for seed in (*SEEDS, *FRESH):
        with (
            tempfile.TemporaryDirectory() as name,
            measured("planted clusters", seed=seed) as facts,
        ):
            facts.update(run_seed(seed, Path(name)))


if __name__ == "__main__":
    main()
