"""Measure and check the disclosure auditor: ``make bench-audit``, options with ARGS=….

Every line is JSON on stdout and is kept in build/bench/audit.jsonl. Speed is judged by
processor seconds; wall seconds belong to the machine and what else it does. A line with
mismatches, unresolved targets or unlike verdicts ends the run with an error.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from audit_bench.record import emit, timed

HERE = Path(__file__).parent
SIZES = (500, 2_000, 10_000)
SEEDS = (0, 1, 2)
REPAIRED = (500, 2_000)
COMPLETE = (100, 300, 500)
HASH_SEEDS = (1, 2, 3)


def main() -> None:
    """Run what is asked for; everything without options."""
    options = _options()
    lines = [emit(line) for line in _measurements(options)]
    wrong = [line for line in lines if any(line.get(name) for name in ("mismatches", "failed"))]
    open_ones = [line for line in lines if line.get("unresolved")]
    if wrong or open_ones:
        sys.exit(f"{len(wrong)} lines with mismatches, {len(open_ones)} with unresolved targets")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-audit ARGS=…", description=__doc__)
    for name, what in {
        "quick": "a subset of about a minute",
        "cities": "made-up cities of 500 to 10,000 areas, and a plain peer on 500",
        "county": "19 municipalities of 526 areas with 30 indicators, two processes",
        "repair": "complementary suppression of 500 and 2,000 areas",
        "oracles": "verdicts against enumeration and full programmes",
        "complete": "the search for any small sum, municipality by municipality",
        "hashseeds": "the same verdicts for every hash seed and row order",
    }.items():
        parser.add_argument(f"--{name}", action="store_true", help=what)
    parser.add_argument("--fresh", action="store_true", help="county: begin again")
    parser.add_argument("--workers", type=int, default=2, help="county: processes")
    return parser.parse_args()


def _measurements(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    parts = {
        "quick": _quick,
        "cities": _cities,
        "county": _county,
        "repair": _repair,
        "oracles": _oracles,
        "complete": _complete,
        "hashseeds": _hash_seeds,
    }
    asked = [name for name in parts if getattr(options, name)]
    for name in asked or [name for name in parts if name != "quick"]:
        yield from parts[name](options)


def _quick(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    del options
    for size in SIZES[:2]:
        yield _measured({"do": "audit", "areas": size, "seed": SEEDS[0]})
    yield _measured({"do": "repair", "areas": REPAIRED[0], "seed": SEEDS[0]})
    yield from _compared(20, 1)


def _cities(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    del options
    for size in SIZES:
        for seed in SEEDS:
            yield _measured({"do": "audit", "areas": size, "seed": seed})
    yield _measured({"do": "audit", "areas": 2_000, "seed": SEEDS[0], "atoms": False})
    for mode in ("nearest5", "random5", "random3"):
        yield _measured({"do": "audit", "areas": 2_000, "seed": SEEDS[0], "mode": mode})
    for size in SIZES[:2]:
        yield _measured({"do": "peer", "areas": size, "seed": SEEDS[0]})


def _county(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    from audit_bench.county import county, tasks

    figures = county(tasks(), workers=options.workers, fresh=options.fresh)
    yield {"what": "county", "workers": options.workers} | figures


def _repair(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    del options
    for size in REPAIRED:
        yield _measured({"do": "repair", "areas": size, "seed": SEEDS[0]})


def _oracles(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    del options
    from audit_bench import oracles

    yield from _compared(oracles.SMALL, oracles.CITIES)


def _compared(number: int, towns: int) -> Iterator[dict[str, Any]]:
    from audit_bench import oracles

    for what, pairs in (
        ("small publications against enumeration", oracles.smalls(number)),
        ("cities against full programmes", oracles.cities(range(towns))),
    ):
        figures: dict[str, Any] = {"what": what, "publications": 0}
        with timed(figures, "both"):
            for name, line in pairs:
                figures["publications"] += 1
                for part in ("targets", "leaks", "further", "mismatches", "unresolved"):
                    figures[part] = figures.get(part, 0) + getattr(line, part)
                if line.mismatches or line.unresolved:
                    print(name, line.missing, line.wrong, line.unresolved, file=sys.stderr)
        yield figures


def _complete(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    del options
    for size in COMPLETE:
        for how in ({}, {"mode": "random5"}, {"repair": True}):
            yield _measured({"do": "complete", "areas": size, "seed": SEEDS[0]} | how)


def _hash_seeds(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    del options
    for size in SIZES[:2]:
        asked: dict[str, Any] = {"do": "digest", "areas": size, "seed": SEEDS[0]}
        lines = [
            _measured(asked | {"shuffle": shuffle}, hash_seed=seed)
            for seed in HASH_SEEDS
            for shuffle in (None, seed)
        ]
        failed = [line["failed"] for line in lines if "failed" in line]
        unlike = len({line.get("digest") for line in lines}) - 1
        facts = {"areas": size, "runs": len(lines), "leaks": lines[0].get("leaks")}
        facts |= {"mismatches": unlike} | ({"failed": failed[0]} if failed else {})
        yield {"what": "hash seeds and row orders"} | facts


def _measured(asked: dict[str, Any], *, hash_seed: int = 0) -> dict[str, Any]:
    """Return what a process of its own measures."""
    done = subprocess.run(
        [sys.executable, "-m", "audit_bench.one", json.dumps(asked)],
        capture_output=True,
        text=True,
        cwd=HERE.parent,
        env=os.environ | {"PYTHONHASHSEED": str(hash_seed)},
        check=False,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["failed"])[-1][:300]
        return {"what": asked.pop("do"), "failed": said} | asked
    return json.loads(done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    main()
