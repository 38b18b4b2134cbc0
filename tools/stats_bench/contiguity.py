"""Measure who touches whom among Voronoi polygons, others in the same run.

Called with ``PYTHONPATH=tools python -m stats_bench.contiguity``; prints JSON lines. CPU seconds
are those of the process, the best of several rounds. pygeoda runs in the Python that
``make bench-areas`` makes, from a file it has to read first, and is left out where that is missing.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "build" / "areas_bench" / "venv" / "bin" / "python"
PYGEODA = """
import json, sys, time
import pygeoda
begin = time.process_time()
opened = pygeoda.open(sys.argv[1])
read = time.process_time()
weights = pygeoda.queen_weights(opened)
done = time.process_time()
pairs = sum(len(weights.get_neighbors(i)) for i in range(weights.num_obs))
print(json.dumps({"read": read - begin, "cpu": done - read, "entries": pairs}))
"""


def voronoi(n: int, seed: int = 1) -> np.ndarray:
    """Return `n` Voronoi polygons that fill a square: a coverage with matched vertices."""
    side = 100.0 * np.sqrt(n)
    points = shapely.multipoints(np.random.default_rng(seed).random((n, 2)) * side)
    square = shapely.box(0, 0, side, side)
    return shapely.get_parts(shapely.voronoi_polygons(points, extend_to=square))


def best_of(rounds: int, work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the smallest CPU time of some rounds, and what was computed."""
    times, found = [], None
    for _ in range(rounds):
        begin = time.process_time()
        found = work()
        times.append(time.process_time() - begin)
    return min(times), found


def ours(shapes: np.ndarray, *, rook: bool) -> dict[str, Any]:
    """Measure this package."""
    from sozialraum.methods.contiguity import contiguity

    cpu, graph = best_of(5, lambda: contiguity(shapes, rook=rook))
    return {"cpu": cpu, "entries": int(graph.nnz)}


def libpysal(shapes: np.ndarray, *, rook: bool) -> dict[str, Any]:
    """Measure Graph.build_contiguity."""
    import geopandas as gpd
    from libpysal.graph import Graph

    series = gpd.GeoSeries(shapes)
    cpu, graph = best_of(2, lambda: Graph.build_contiguity(series, rook=rook))
    return {"cpu": cpu, "entries": int((graph.adjacency != 0).sum())}


def by_pygeoda(shapes: np.ndarray) -> dict[str, Any] | None:
    """Measure queen_weights of pygeoda; reading the file is told apart."""
    import geopandas as gpd

    if not PEERS.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "areas.shp"
        frame = gpd.GeoDataFrame({"id": range(len(shapes))}, geometry=shapes, crs="EPSG:25832")
        frame.to_file(file)
        called = [str(PEERS), "-c", PYGEODA, str(file)]
        done = subprocess.run(called, capture_output=True, text=True, check=False)
    return json.loads(done.stdout) if done.returncode == 0 else None


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--areas", type=int, nargs="*", default=[40_000])
    for n in parser.parse_args(arguments).areas:
        shapes = voronoi(n)
        results = [("sozialraum", rook, ours(shapes, rook=rook)) for rook in (False, True)]
        results += [("libpysal", rook, libpysal(shapes, rook=rook)) for rook in (False, True)]
        geoda = by_pygeoda(shapes)
        if geoda is not None:
            results.append(("pygeoda", False, geoda))
        for who, rook, found in results:
            line = {"part": "contiguity", "who": who, "areas": n, "rook": rook, **found}
            sys.stdout.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
