"""Measure the exact coverage of cells by polygons, other programs beside it.

Called with ``PYTHONPATH=tools python -m sources_bench.coverage``; prints JSON lines. Made here:
3.1 million cells of 100 m and 10,527 polygons with crinkled borders over a whole country. With
``--folder`` (the folder of real data) also all cells of the Zensus 2011 and all municipalities.
Every program runs in a process of its own that has loaded its libraries and inputs, and made
its first call on a toy: `cpu` are its seconds from then on with all threads, `peak` the most
memory it ever held in MB; `further` is each count after the first. `first` is that call on a
toy, which loads numba, `compiling` everything up to the first count where nothing was compiled
before (once a machine). All must find the same sum in every polygon, and exactextract the same
share of every cell. tobler and geopandas.overlay get a tenth of the cells, and `ratio` is to
the same tenth by this package.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from sources_bench.census import CORNER, GRID, PEERS, ROOT, ROWS, made_cells

DATA = ROOT / "build" / "sources_bench" / "coverage"
POLYGONS = 10_527
SIDE = 100
PART = 0.1
"""Share of the cells that programs get which intersect every cell with every polygon."""
ALIKE = 1e-6
"""Largest difference of a share, and of a sum as a share of it."""
CELLS = "germany/zensus2011_100m_germany_19features.parquet"
TOWNS = "germany/vg250_gem_germany_simplified.gpkg"
PEOPLE = "dwellings_RAUMANZAHL_5"

FRAME = """
import json, sys, time
import numpy as np, shapely
folder, out, part = sys.argv[1], sys.argv[2], sys.argv[3] == "part"
given = np.load(folder + "/cells.npz")
west, south, columns, rows = given["lattice"].tolist()
column, row, people = given["column"], given["row"], given["people"]
polygons = shapely.from_wkb(np.load(folder + "/polygons.npy", allow_pickle=True))
if part:
    few = np.sort(row)[int(len(row) * {share})]
    column, row, people = (values[row <= few] for values in (column, row, people))
    polygons = polygons[shapely.bounds(polygons)[:, 1] <= south + 100.0 * (few + 1)]
{ready}
begin, wall = time.process_time(), time.perf_counter()
{work}
cpu, wall = time.process_time() - begin, time.perf_counter() - wall
{after}
with open("/proc/self/status") as status:
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
np.save(out, np.asarray(total, float))
print(json.dumps(dict(cpu=cpu, wall=wall, peak=peak, cells=len(row), polygons=len(polygons))
                 | (more if "more" in dir() else dict())))
"""
BOXES = """
import geopandas as gpd
x, y = west + 100.0 * column, south + 100.0 * row
cells = gpd.GeoDataFrame(dict(people=people.astype(float)),
                         geometry=shapely.box(x, y, x + 100, y + 100), crs=3035)
target = gpd.GeoDataFrame(dict(polygon=np.arange(len(polygons))), geometry=polygons, crs=3035)
"""
OURS = (
    """
from sozialraum.methods.coverage import Lattice, coverage
begin = time.process_time()
coverage([shapely.box(0, 0, 1, 1)], Lattice(0, 0, 1, 1, 2, 2), cells=[0])
more = dict(first=round(time.process_time() - begin, 3))
lattice = Lattice(west, south, 100.0, 100.0, int(columns), int(rows))
""",
    "shares = coverage(polygons, lattice, cells=row.astype(np.int64) * int(columns) + column)",
    """
begin = time.process_time()
total = shares @ people
more |= dict(further=round(time.process_time() - begin, 4))
if not part:
    few = slice(0, 200)
    np.savez(out + ".shares", indptr=shares[few].indptr, indices=shares[few].indices,
             data=shares[few].data)
""",
)
EXACTEXTRACT = (
    """
import geopandas as gpd
from exactextract import exact_extract
from exactextract.raster import NumPyRasterSource
values = np.zeros((int(rows), int(columns)))
values[int(rows) - 1 - row, column] = people
target = gpd.GeoDataFrame(dict(polygon=np.arange(len(polygons))), geometry=polygons, crs=3035)
box = west, south, west + 100 * columns, south + 100 * rows
raster = NumPyRasterSource(values, *box, srs_wkt=target.crs.to_wkt())
exact_extract(raster, target[:1], "sum")
""",
    'total = exact_extract(raster, target, "sum", output="pandas")["sum"]',
    """
if not part:
    mine = np.load(out.replace("exactextract", "sozialraum") + ".shares.npz")
    place = {int(p): i for i, p in enumerate(row.astype(np.int64) * int(columns) + column)}
    theirs = exact_extract(raster, target[:200], ["cell_id", "coverage"], output="pandas")
    worst = 0.0
    for at, (ids, covered) in enumerate(zip(theirs["cell_id"], theirs["coverage"])):
        down, right = np.divmod(np.asarray(ids, np.int64), int(columns))
        positions = (int(rows) - 1 - down) * int(columns) + right
        seen = {place[p]: c for p, c in zip(positions.tolist(), covered) if p in place}
        part_ = slice(mine["indptr"][at], mine["indptr"][at + 1])
        own = dict(zip(mine["indices"][part_].tolist(), mine["data"][part_].tolist()))
        keys = own.keys() | seen.keys()
        worst = max([worst, *(abs(own.get(k, 0.0) - seen.get(k, 0.0)) for k in keys)])
    more = dict(worst=float(worst))
""",
)
TOBLER = (
    BOXES
    + """
from tobler.area_weighted import area_interpolate
options = dict(extensive_variables=["people"], allocate_total=False)
area_interpolate(cells[:9], target[:9], **options)
""",
    'total = area_interpolate(cells, target, **options)["people"].fillna(0)',
    "",
)
OVERLAY = (
    BOXES
    + """
gpd.overlay(cells[:9], target[:9])
""",
    """
pieces = gpd.overlay(cells, target)
counts = pieces["people"] * pieces.area / 10_000
total = counts.groupby(pieces["polygon"]).sum().reindex(range(len(target)), fill_value=0)
""",
    "",
)
TASKS = (
    ("whole", "sozialraum", OURS),
    ("whole", "exactextract", EXACTEXTRACT),
    ("part", "sozialraum", OURS),
    ("part", "tobler", TOBLER),
    ("part", "geopandas.overlay", OVERLAY),
)


def crinkled(number: int, width: float, height: float) -> np.ndarray:
    """Return polygons that fill a rectangle, their shared borders bent alike."""
    random = np.random.default_rng(250)
    seeds = random.random((number, 2)) * (width, height)
    cells = shapely.voronoi_polygons(
        shapely.multipoints(seeds), extend_to=shapely.box(0, 0, width, height)
    )
    parts = shapely.intersection(shapely.get_parts(cells), shapely.box(0, 0, width, height))
    return shapely.transform(shapely.segmentize(parts, SIDE), _bent)


def _bent(points: np.ndarray) -> np.ndarray:
    """Return points pushed about by waves: neighbours bend alike, and none cross."""
    x, y = points.T
    waves = ((1_500, 0.02), (700, 0.03), (5_000, 0.03))
    east = sum(a * w * np.sin(6.28 * (0.8 * x + y) / w) for w, a in waves)
    north = sum(a * w * np.sin(6.28 * (x - 0.7 * y) / w + 1) for w, a in waves)
    return np.column_stack([x + east, y + north])


def write(
    folder: Path, corner: np.ndarray, cells: tuple[np.ndarray, ...], polygons: np.ndarray
) -> None:
    """Write cells (column, row, people), their lattice and polygons."""
    folder.mkdir(parents=True, exist_ok=True)
    column, row, people = cells
    lattice = [*map(float, corner), column.max() + 1, row.max() + 1]
    np.save(folder / "polygons.npy", shapely.to_wkb(polygons), allow_pickle=True)
    np.savez(folder / "cells.npz", lattice=lattice, column=column, row=row, people=people)


def made(folder: Path, rows: int) -> None:
    """Write made-up cells and polygons, unless they are there."""
    if (folder / "cells.npz").is_file():
        return
    north, east, random = made_cells(rows)
    people = np.maximum(3, random.poisson(random.gamma(1.2, 22, rows)))
    column, row = (east - CORNER[1]) // SIDE, (north - CORNER[0]) // SIDE
    polygons = crinkled(max(9, POLYGONS * rows // ROWS), GRID[1] * SIDE, GRID[0] * SIDE)
    corner = np.array(CORNER[::-1])
    write(folder, corner, (column, row, people), shapely.transform(polygons, corner.__add__))


def real(folder: Path, data: Path) -> None:
    """Write the cells of the Zensus 2011 and the municipalities, unless they are there."""
    import geopandas as gpd
    import pandas as pd

    if (folder / "cells.npz").is_file():
        return
    cells = pd.read_parquet(data / CELLS, columns=["x_mp_100m", "y_mp_100m", PEOPLE])
    x, y = (cells[name].to_numpy() // SIDE for name in ("x_mp_100m", "y_mp_100m"))
    corner = np.array([x.min(), y.min()]) * SIDE
    towns = gpd.read_file(data / TOWNS).to_crs(3035).make_valid()
    parts = shapely.buffer(np.asarray(towns), 0)
    people = cells[PEOPLE].fillna(0).to_numpy()
    write(folder, corner, (x - x.min(), y - y.min(), people), parts)


def compiling(folder: Path) -> float:
    """Return the CPU seconds of our first count where nothing was compiled before."""
    with tempfile.TemporaryDirectory() as cache:
        found = measured(folder, "whole", "sozialraum", OURS, NUMBA_CACHE_DIR=cache)
    return round(found["first"] + found["cpu"], 3)


def measured(
    folder: Path, task: str, who: str, program: tuple[str, str, str], **environment: str
) -> dict[str, Any]:
    """Return what a program took, in a process of its own."""
    ready, work, after = program
    code = FRAME.format(ready=ready, work=work, after=after, share=PART)
    python = sys.executable if who == "sozialraum" else str(PEERS)
    out = folder / f"{task}-{who}.npy"
    command = [python, "-W", "ignore", "-c", code, str(folder), str(out), task]
    options = {"env": os.environ | environment, "stdout": subprocess.PIPE, "text": True}
    done = subprocess.run(command, check=True, **options)
    return json.loads(done.stdout.splitlines()[-1])


def lines(folder: Path, *, peers: bool, rounds: int) -> Iterator[dict[str, Any]]:
    """Yield one line a measurement: the best round, and how many times ours it took."""
    ours: dict[str, float] = {}
    for task, who, program in TASKS:
        if who != "sozialraum" and not (peers and PEERS.is_file()):
            continue
        number = rounds if who == "sozialraum" else 1
        took = [measured(folder, task, who, program) for _ in range(number)]
        found = min(took, key=lambda one: one["cpu"])
        if who == "sozialraum":
            ours[task] = found["cpu"]
            found |= {"compiling": compiling(folder)} if task == "whole" else {}
        seconds = {name: round(found.pop(name), 3) for name in ("cpu", "wall")}
        ratio = round(seconds["cpu"] / ours[task], 1)
        about = {"part": "coverage", "data": folder.name, "task": task, "who": who}
        peak = round(found.pop("peak"))
        yield about | seconds | {"ratio": ratio, "peak": peak, **found} | _unlike(folder, task, who)


def _unlike(folder: Path, task: str, who: str) -> dict[str, float]:
    """Return how far the sums are from ours, as a share of them."""
    ours, theirs = (np.load(folder / f"{task}-{name}.npy") for name in ("sozialraum", who))
    off = np.abs(ours - theirs) / np.maximum(ours, 1)
    return {} if who == "sozialraum" else {"off": float(off.max())}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="folder of real data")
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    chosen, _ = parser.parse_known_args(arguments)
    folders = [DATA / f"made-{chosen.rows}"]
    made(folders[0], chosen.rows)
    if chosen.folder:
        folders.append(DATA / "real")
        real(folders[1], chosen.folder)
    wrong = []
    for folder in folders:
        for line in lines(folder, peers=chosen.peers, rounds=chosen.rounds):
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
            if max(line.get("off", 0.0), line.get("worst", 0.0)) > ALIKE:
                wrong.append(f"{line['data']}, {line['task']}: {line['who']}")
    if wrong:
        sys.exit("not the same: " + "; ".join(wrong))


if __name__ == "__main__":
    main()
