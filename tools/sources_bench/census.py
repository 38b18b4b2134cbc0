"""Measure reading the census grid, with pandas, polars and duckdb beside it.

Called with ``PYTHONPATH=tools python -m sources_bench.census``; prints JSON lines. The files
are made here: cells of 100 m of a whole country in the official layout of 2022 (semicolons,
decimal commas, dashes), plain and zipped. Every reading runs in a process of its own that has
loaded its libraries; `cpu` are its seconds from then on with all threads, `peak` the most
memory it ever held in MB. Each peer is written as its manual suggests, and must find the same
cells and the same sum.
"""

import argparse
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "build" / "sources_bench" / "venv" / "bin" / "python"
DATA = ROOT / "build" / "sources_bench" / "census"
ROWS = 3_100_000
GRID = (8_670, 6_410)
"""Rows and columns of cells of the country."""
CORNER = (2_684_000, 4_031_000)
BOX = (4_108_000, 3_055_000, 4_148_000, 3_095_000)
"""West, south, east and north of the county in EPSG:3035."""
AGES = ("Unter18", "a18bis29", "a30bis49", "a50bis64", "a65undaelter")
TOPICS = {
    "Bevoelkerungszahl": "Einwohner",
    "Alter_in_5_Altersklassen": "Insgesamt_Bevoelkerung",
    "Durchschn_Nettokaltmiete_Anzahl_der_Wohnungen": "AnzahlWohnungen",
}
"""A column of each topic whose sum all must find."""

FRAME = """
import json, sys, time
path, task, column = sys.argv[1:4]
box = [float(side) for side in sys.argv[4:]]
{imports}
begin, wall = time.process_time(), time.perf_counter()
{work}
cpu, wall = time.process_time() - begin, time.perf_counter() - wall
with open("/proc/self/status") as status:
    # not ru_maxrss, which begins with the memory of the program that called
    peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
print(json.dumps(dict(cpu=cpu, wall=wall, peak=peak, cells=int(cells), total=float(total))))
"""
OURS = (
    """
import sozialraum as sr
import sozialraum.sources.census
sr.read_census_grid
""",
    """
options = {"resolution": "1km"} if task == "1km" else {"within": box}
frame = sr.read_census_grid(path, **options).frame
cells, total = len(frame), frame[column].sum()
""",
)
PANDAS = (
    "import pandas as pd",
    """
rows = pd.read_csv(path, sep=";", decimal=",", na_values="–")
if task == "1km":
    south, west = (rows[f"{axis}_mp_100m"] // 1000 for axis in "yx")
    rows = rows.groupby([south, west]).sum(numeric_only=True, min_count=1)
else:
    x, y = rows["x_mp_100m"], rows["y_mp_100m"]
    near = (x >= box[0] - 50) & (x <= box[2] + 50) & (y >= box[1] - 50) & (y <= box[3] + 50)
    rows = rows[near]
cells, total = len(rows), rows[column].sum()
""",
)
POLARS = (
    "import io, zipfile\nimport polars as pl",
    """
if path.endswith(".zip"):
    with zipfile.ZipFile(path) as archive:
        path = archive.read(archive.namelist()[0])
options = dict(separator=";", decimal_comma=True, null_values="–", infer_schema_length=100_000)
rows = pl.scan_csv(path, **options)
x, y = pl.col("x_mp_100m"), pl.col("y_mp_100m")
if task == "1km":
    numbers = pl.selectors.numeric() - pl.selectors.starts_with("x_mp", "y_mp")
    rows = rows.group_by(y // 1000, x // 1000).agg(numbers.sum())
else:
    near = x.is_between(box[0] - 50, box[2] + 50) & y.is_between(box[1] - 50, box[3] + 50)
    rows = rows.filter(near)
rows = rows.collect()
cells, total = len(rows), rows[column].sum()
""",
)
DUCKDB = (
    "import os, tempfile, zipfile\nimport duckdb",
    """
folder = tempfile.TemporaryDirectory()
if path.endswith(".zip"):
    with zipfile.ZipFile(path) as archive:
        path = archive.extract(archive.namelist()[0], folder.name)
table = f"read_csv('{path}', delim=';', decimal_separator=',', nullstr='–', sample_size=100000)"
con = duckdb.connect()
if task == "1km":
    kinds = con.execute(f"describe select * from {table}").fetchall()
    sums = ", ".join(f'sum("{n}") as "{n}"' for n, k, *_ in kinds[3:] if k != "VARCHAR")
    query = f"select y_mp_100m // 1000, x_mp_100m // 1000, {sums} from {table} group by 1, 2"
else:
    west, south, east, north = box[0] - 50, box[1] - 50, box[2] + 50, box[3] + 50
    query = (
        f"select * from {table} where x_mp_100m between {west} and {east} "
        f"and y_mp_100m between {south} and {north}"
    )
rows = con.sql(query).to_arrow_table()
cells, total = con.execute(f'select count(*), sum("{column}") from rows').fetchone()
""",
)


def made_cells(rows: int) -> tuple[np.ndarray, np.ndarray, np.random.Generator]:
    """Return the corners (north, east) of settled cells, in the order of their keys."""
    random = np.random.default_rng(2022)
    places = 9_000
    centre = random.random((places, 2)) * GRID
    size = random.pareto(1.2, places) + 1
    near = random.choice(places, 2 * rows, p=size / size.sum())
    spread = 4 * np.sqrt(size[near]) + 3
    cell = (centre[near] + random.normal(size=(2 * rows, 2)) * spread[:, None]).astype(int)
    cell = cell[((cell >= 0) & (cell < GRID)).all(axis=1)]
    code = np.unique(cell[:, 0] * GRID[1] + cell[:, 1])
    while len(code) < rows:
        more = random.integers(0, GRID[0] * GRID[1], rows - len(code))
        code = np.unique(np.append(code, more))
    code = np.sort(random.choice(code, rows, replace=False))
    return CORNER[0] + code // GRID[1] * 100, CORNER[1] + code % GRID[1] * 100, random


def text(numbers: np.ndarray) -> pa.Array:
    """Return whole numbers as text."""
    return pa.array(numbers).cast(pa.string())


def joined(*parts: pa.Array | pa.Scalar, by: str = "") -> pa.Array:
    """Return texts put together, with a sign between them."""
    return pc.call_function("binary_join_element_wise", [*parts, pa.scalar(by)])


def either(where: np.ndarray, sign: str, other: pa.Array | pa.Scalar) -> pa.Array:
    """Return a sign where a mask is True, else something else."""
    return pc.call_function("if_else", [pa.array(where), pa.scalar(sign), other])


def columns_of(topic: str, rows: int, random: np.random.Generator) -> dict[str, pa.Array]:
    """Return the value columns of a topic as text."""
    people = np.maximum(3, random.poisson(random.gamma(1.2, 22, rows)))
    if topic == "Bevoelkerungszahl":
        return {"Einwohner": text(people)}
    if topic == "Alter_in_5_Altersklassen":
        parts = random.poisson(random.dirichlet([3, 2.5, 5, 4, 4], rows) * people[:, None])
        dashed = (either(part < 3, "–", text(part)) for part in parts.T)
        return {"Insgesamt_Bevoelkerung": text(people), **dict(zip(AGES, dashed, strict=True))}
    cents = (random.normal(7.5, 1.8, rows).clip(2, 25) * 100).astype(int)
    options = pc.PadOptions(2, "0")
    decimals = pc.call_function("utf8_lpad", [text(cents % 100)], options)
    rent = joined(text(cents // 100), decimals, by=",")
    sign = either(random.random(rows) < 0.1, "KLAMMERN", pa.scalar(""))
    return {
        "durchschnMieteQM": rent,
        "AnzahlWohnungen": text(people // 3 + 1),
        "werterlaeuternde_Zeichen": sign,
    }


def made_files(folder: Path, rows: int) -> None:
    """Write the tables of all topics, plain and zipped, unless they are there."""
    folder.mkdir(parents=True, exist_ok=True)
    if all((folder / f"{topic}.zip").is_file() for topic in TOPICS):
        return
    north, east, random = made_cells(rows)
    key = joined(pa.scalar("CRS3035RES100mN"), text(north), pa.scalar("E"), text(east))
    for topic in TOPICS:
        values = columns_of(topic, rows, random)
        lines = joined(key, text(east + 50), text(north + 50), *values.values(), by=";")
        table = folder / f"Zensus2022_{topic}_100m-Gitter.csv"
        with table.open("w", encoding="utf-8", newline="") as file:
            file.write(";".join(["GITTER_ID_100m", "x_mp_100m", "y_mp_100m", *values]) + "\n")
            for start in range(0, rows, 1 << 17):
                file.write("\n".join(lines.slice(start, 1 << 17).to_pylist()) + "\n")
        with zipfile.ZipFile(folder / f"{topic}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.write(table, f"{topic}/{table.name}")


def measured(python: str, program: tuple[str, str], *arguments: object) -> dict[str, Any]:
    """Return what a reading took, in a process of its own."""
    imports, work = program
    code = FRAME.format(imports=imports, work=work)
    command = [python, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def readers(*, peers: bool) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Yield name, Python and program of everyone who reads."""
    yield "sozialraum", sys.executable, OURS
    if peers and PEERS.is_file():
        yield "pandas", str(PEERS), PANDAS
        yield "polars", str(PEERS), POLARS
        yield "duckdb", str(PEERS), DUCKDB


def best(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the round with the least CPU time, and the highest peak of all."""
    least = min(rounds, key=lambda one: one["cpu"])
    return least | {"peak": max(one["peak"] for one in rounds)}


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--topics", nargs="+", choices=TOPICS, default=list(TOPICS))
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    chosen = parser.parse_args(arguments)
    folder = DATA / str(chosen.rows)
    made_files(folder, chosen.rows)
    wrong = []
    for topic in chosen.topics:
        for file in (folder / f"Zensus2022_{topic}_100m-Gitter.csv", folder / f"{topic}.zip"):
            for task in ("county", "1km"):
                found = {}
                for who, python, program in readers(peers=chosen.peers):
                    given = (file, task, TOPICS[topic], *BOX)
                    took = best([measured(python, program, *given) for _ in range(chosen.rounds)])
                    found[who] = (took["cells"], took["total"])
                    about = {"part": "census", "rows": chosen.rows, "topic": topic}
                    about |= {"file": file.suffix[1:], "task": task, "who": who}
                    rounded = {k: round(took[k], 3) for k in ("cpu", "wall")}
                    line = about | rounded | {"peak": round(took["peak"]), "cells": took["cells"]}
                    sys.stdout.write(json.dumps(line) + "\n")
                    sys.stdout.flush()
                if len(set(found.values())) > 1:
                    wrong.append(f"{file.name} {task}: {found}")
    if wrong:
        sys.exit("not the same: " + "; ".join(wrong))


if __name__ == "__main__":
    main()
