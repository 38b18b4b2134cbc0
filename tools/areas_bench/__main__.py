"""Measure the delineation: ``make bench-areas``, options with ARGS=….

Every measurement runs in a process of its own and is one JSON line on stdout; what it
claims is checked here, without the engine. The table at the end goes to
build/bench-areas.md. Made-up counties have seeds from 101 on: nothing was ever tuned on
them. Processor seconds compare programs; wall seconds and memory belong to this machine.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from areas_bench.check import assess, is_valid
from areas_bench.exact import solved
from areas_bench.instances import Instance, country, county, load, save
from areas_bench.table import table

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build"
WORK = BUILD / "areas_bench"
PEERS = WORK / "venv" / "bin" / "python"
REAL = HERE.parents[2] / "shared" / "data"

SEEDS = (101, 102, 103)
SIZES = (1_000, 10_000, 38_000, 100_000)
LEAST = (100, 300, 1_000)
FOUR = {"residents": 100, "benefit": 5, "others": 5, "foreign": 5}
EFFORTS = ("fast", "standard", "thorough")
THOROUGH_CELLS = 38_000
"""Largest county searched thoroughly: four minima take minutes."""
ALIKE = 3.0
"""Weight of the shares beside the coordinates where areas are to be alike."""
SOLVERS = ("spopt", "pygeoda_greedy", "pygeoda_sa")


PIECES = 9
"""Pieces of a county solved exactly."""


class Case(NamedTuple):
    """A county: how many cells, which seed, how many municipalities (None: as usual)."""

    cells: int
    seed: int
    municipalities: int | None = None

    def file(self) -> Path:
        """Return the file of this county, made now if it is missing."""
        name = "-".join(str(part) for part in self)
        return _kept(WORK / f"county-{name}.npz", lambda: county(*self[:2], municipalities=self[2]))


SINGLE = tuple(Case(cells, SEEDS[0], 1) for cells in (1_000, 3_000, 10_000))
TOGETHER = Case(38_000, SEEDS[0])
"""Where others can be compared: in one municipality, and in 19 solved one by one."""


def main() -> None:
    """Run what is asked for; everything without options."""
    options = _options()
    WORK.mkdir(parents=True, exist_ok=True)
    lines: list[dict[str, Any]] = []
    for line in _measurements(options):
        print(json.dumps(line, ensure_ascii=False), flush=True)
        lines.append(line)
    if options.table:
        held = BUILD / "bench-areas.md"
        held.write_text(table(line for line in lines if line["what"] != "exact"), encoding="utf-8")
        print(held, file=sys.stderr)
    if not all(line.get("valid", False) for line in lines if line["solver"] == "sozialraum"):
        sys.exit("an area of ours is torn, crosses a border or misses a minimum, or none was made")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-areas ARGS=…", description=__doc__)
    for name, what in {
        "quick": "a subset of about two minutes",
        "counties": "made-up counties of 1,000 to 100,000 cells",
        "country": "made-up counties put together to 3.1 million cells",
        "exact": "small pieces solved exactly beside what is found",
        "peers": "spopt and pygeoda, one municipality each, and a county of 19",
        "beside": "this package on the same counties as the peers",
        "real": "real cells of the Rhein-Sieg-Kreis, with the peers",
        "germany": "all real cells of Germany",
    }.items():
        parser.add_argument(f"--{name}", action="store_true", help=what)
    parser.add_argument("--limit", type=int, default=120, help="processor seconds of a peer")
    parser.add_argument("--jobs", type=int, default=-1, help="threads of ours")
    parser.add_argument("--no-table", dest="table", action="store_false")
    return parser.parse_args()


def _measurements(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Yield the lines of every part asked for."""
    parts = {
        "quick": _quick,
        "counties": _counties,
        "exact": _exact,
        "peers": _peers,
        "beside": _beside,
        "country": _country,
        "real": _real,
        "germany": _germany,
    }
    asked = [name for name in parts if getattr(options, name)]
    for name in asked or [name for name in parts if name != "quick"]:
        yield from parts[name](options)


def _quick(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for effort in EFFORTS[:2]:
        for least in LEAST:
            yield ours(Case(10_000, SEEDS[0]), {"residents": least}, effort, options)
    yield ours(Case(10_000, SEEDS[0]), FOUR, "standard", options)
    yield ours(Case(38_000, SEEDS[0]), {"residents": 100}, "standard", options)
    for solver in SOLVERS:
        yield peer(Case(1_000, SEEDS[0]), 100, solver, options)
    yield ours(Case(1_000, SEEDS[0]), {"residents": 100}, "standard", options)


def _counties(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    for cells in SIZES:
        for effort in EFFORTS if cells <= THOROUGH_CELLS else EFFORTS[:2]:
            for least in LEAST:
                yield ours(Case(cells, SEEDS[0]), {"residents": least}, effort, options)
            yield ours(Case(cells, SEEDS[0]), FOUR, effort, options)
    for seed in SEEDS[1:]:
        for effort in EFFORTS[:2]:
            for least in LEAST:
                yield ours(Case(38_000, seed), {"residents": least}, effort, options)


def _exact(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Add up what is found and what is possible on nine pieces, one and four minima."""
    del options
    cells = load(Case(38_000, SEEDS[0]).file())
    for minima in ({"residents": 100}, FOUR):
        lines = solved(cells, minima, EFFORTS, PIECES, SEEDS[0])
        sums = {f"{name}_total": sum(line[name] for line in lines) for name in lines[0]}
        about = {"what": "exact", "seed": SEEDS[0], "minima": minima, "pieces": len(lines)}
        yield about | sums | {"each": lines}


def _peers(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure the others, each up to the first county it does not finish in time."""
    for least in LEAST:
        for solver in SOLVERS:
            for case in SINGLE:
                line = peer(case, least, solver, options)
                yield line
                if "did_not_finish" in line:
                    break
            yield peer(TOGETHER, least, solver, options)


def _beside(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Measure this package on the same counties, compact areas and alike ones."""
    for least in LEAST:
        for case in (*SINGLE, TOGETHER):
            for alike in (0.0, ALIKE):
                yield ours(case, {"residents": least}, "standard", options, alike=alike)


def _country(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    file = _kept(WORK / "country.npz", country)
    line = _ours(file, {"residents": 100}, options, effort="fast", alike=0.0)
    yield {"what": "country", "seed": f"{SEEDS[0]}-108"} | line


def _real(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    if not REAL.is_dir():
        print("no real data beside the project", file=sys.stderr)
        return
    from areas_bench.real import rhein_sieg

    file = _kept(WORK / "rhein-sieg.npz", lambda: rhein_sieg(REAL))
    about = {"what": "rhein-sieg"}
    for effort in EFFORTS:
        for alike in (0.0, ALIKE):
            settings = {"effort": effort, "alike": alike}
            yield about | _ours(file, {"dwellings": 100}, options, **settings)
    for solver in SOLVERS:
        yield about | _peer(file, {"dwellings": 100}, solver, options)


def _germany(options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    del options
    if not REAL.is_dir():
        print("no real data beside the project", file=sys.stderr)
        return
    made = _run([sys.executable, "-m", "areas_bench.germany", str(REAL)])
    yield {"what": "germany", "solver": "sozialraum"} | made


def ours(
    case: Case,
    minima: Mapping[str, float],
    effort: str,
    options: argparse.Namespace,
    *,
    alike: float = 0.0,
) -> dict[str, Any]:
    """Measure this package on a made-up county."""
    settings = {"effort": effort, "alike": alike}
    line = _ours(case.file(), minima, options, **settings)
    return {"what": "county", "seed": case.seed} | line


def peer(case: Case, least: float, solver: str, options: argparse.Namespace) -> dict[str, Any]:
    """Measure another program on a made-up county."""
    line = _peer(case.file(), {"residents": least}, solver, options)
    return {"what": "county", "seed": case.seed} | line


def _ours(
    file: Path, minima: Mapping[str, float], options: argparse.Namespace, **settings: Any
) -> dict[str, Any]:
    """Measure this package: settings are `effort` and `alike`."""
    labels = _labels_file()
    command = [sys.executable, "-m", "areas_bench.ours", str(file), str(labels)]
    given = {"minima": minima, "n_jobs": options.jobs} | settings
    made = _run([*command, json.dumps(given)])
    about = {name: settings[name] for name in ("effort", "alike")}
    return _line(file, minima, "sozialraum", labels, made, **about)


def _peer(
    file: Path, minima: Mapping[str, float], solver: str, options: argparse.Namespace
) -> dict[str, Any]:
    (least,) = minima.values()
    settings = {"solver": solver, "least": least, "limit": options.limit}
    labels = _labels_file()
    command = [str(PEERS), str(HERE / "peers.py"), str(file), str(labels)]
    made = _run([*command, json.dumps(settings)], wall=10 * options.limit)
    return _line(file, minima, solver, labels, made, limit_cpu_s=options.limit)


def _line(
    file: Path,
    minima: Mapping[str, float],
    solver: str,
    labels: Path,
    made: dict[str, Any],
    **about: Any,
) -> dict[str, Any]:
    """Return one measurement with what an independent look at the areas says."""
    instance = load(file)
    line = _about(instance) | {"minima": minima, "solver": solver} | about | made
    if "did_not_finish" in made:
        return line
    checked = assess(instance, np.load(labels), minima)
    labels.unlink()
    return line | checked | {"valid": is_valid(checked)}


def _labels_file() -> Path:
    """Return where the process that measures leaves its areas for this one."""
    return WORK / f"labels-{os.getpid()}.npy"


def _about(instance: Instance) -> dict[str, int]:
    towns = int(np.unique(instance.units).size)
    return {"cells": int(instance.units.size), "municipalities": towns}


def _run(command: Iterable[str], *, wall: float | None = None) -> dict[str, Any]:
    """Return what a process printed last, or that it did not finish."""
    try:
        done = subprocess.run(
            list(command),
            capture_output=True,
            text=True,
            timeout=wall,
            cwd=HERE.parent,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"did_not_finish": f"{wall:.0f} s of wall time"}
    if done.returncode < 0:
        return {"did_not_finish": f"ended by signal {-done.returncode}"}
    if done.returncode:
        return {"did_not_finish": (done.stderr.strip().splitlines() or ["failed"])[-1][:200]}
    return json.loads(done.stdout.strip().splitlines()[-1])


def _kept(file: Path, make: Callable[[], Instance]) -> Path:
    """Return a file with an instance, made and kept if it is missing."""
    if not file.is_file():
        fresh = file.with_suffix(".part.npz")
        save(make(), fresh)
        fresh.replace(file)
    return file


if __name__ == "__main__":
    main()
