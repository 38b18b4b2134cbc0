"""Measure the scan statistic: 999 replicas in space, and in space and time.

Called with ``PYTHONPATH=tools python -m stats_bench.scan``; prints JSON lines. CPU seconds are
those of the process, the best of several rounds, compiled code warm.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence

import numpy as np

from sozialraum.methods.scan import scan
from sozialraum.methods.scan_replicas import ScanOptions

CASES = (
    (281, 0.5, 1, "poisson"),
    (281, 0.5, 1, "binomial"),
    (281, 0.5, 10, "poisson"),
    (4_096, 0.1, 1, "poisson"),
    (4_096, 0.1, 1, "binomial"),
)
"""Areas, largest share of the population, dates, model."""


def county(n: int, dates: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cases of equal risk, people and centres of a made-up county."""
    random = np.random.default_rng(seed)
    people = np.round(random.lognormal(6, 1, (n, 1)) + 20) + np.zeros((n, dates))
    return random.binomial(people.astype(int), 0.08), people, random.random((n, 2)) * 1e5


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicas", type=int, default=999)
    parser.add_argument("--rounds", type=int, default=2)
    chosen = parser.parse_args(arguments)
    begin = time.process_time()
    scan(*county(20, 2), replicas=9)
    warm = {"part": "scan", "what": "first call", "cpu": time.process_time() - begin}
    sys.stdout.write(json.dumps(warm) + "\n")
    for n, share, dates, model in CASES:
        options = ScanOptions(model=model, share=share)
        times, found = [], None
        for _ in range(chosen.rounds):
            begin = time.process_time()
            found = scan(*county(n, dates), options=options, replicas=chosen.replicas)
            times.append(time.process_time() - begin)
        assert found is not None
        facts = {"areas": n, "share": share, "dates": dates, "model": model}
        sizes = {"zones": found.zones, "replicas": chosen.replicas, "cpu": min(times)}
        sys.stdout.write(json.dumps({"part": "scan", **facts, **sizes}) + "\n")


if __name__ == "__main__":
    main()
