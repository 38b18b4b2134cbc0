"""Measure local Moran of 30 indicators, exact and drawn, with esda and pygeoda beside it.

Called with ``PYTHONPATH=tools python -m stats_bench.lisa``; prints JSON lines. CPU seconds are
those of the process, the best of several rounds, after a first call. What is said to be
`extrapolated` was measured on fewer indicators or draws and multiplied. pygeoda runs in the
Python that ``make bench-areas`` makes and is left out where that is missing.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.sparse import csr_array

ROOT = Path(__file__).parents[2]
PEERS = ROOT / "build" / "areas_bench" / "venv" / "bin" / "python"
SIZES = (4_096, 40_000, 400_000)
INDICATORS, DRAWS = 30, 9_999
ESDA = {4_096: (DRAWS, 1), 40_000: (999, 1)}
"""Draws and indicators esda is given; the rest is extrapolated."""
PYGEODA = {4_096: DRAWS}
"""Draws pygeoda is given."""
FRESH = """
import sys
import numpy as np
from scipy.sparse import csr_array
from sozialraum.methods.local import local_moran
n = int(sys.argv[1])
at = np.arange(4 * n) // 4
ring = csr_array((np.ones(4 * n), (at, (at + np.tile([-2, -1, 1, 2], n)) % n)), shape=(n, n))
local_moran(np.random.default_rng(1).normal(size=n), ring, method=sys.argv[2])
"""
FRESH_ESDA = """
import warnings
import geopandas as gpd
import numpy as np
from esda import Moran_Local
from libpysal.graph import Graph
warnings.simplefilter("ignore")
points = gpd.GeoSeries.from_xy(*np.random.default_rng(1).random((2, 400)))
Moran_Local(np.arange(400.0) ** 2, Graph.build_knn(points, 4), permutations=999, seed=1)
"""
BATCH = """
import json, sys, time
import numpy as np
import pygeoda
weights = pygeoda.queen_weights(pygeoda.open(sys.argv[1]))
data = np.random.default_rng(1).normal(size=(weights.num_obs, int(sys.argv[2])))
begin = time.process_time()
options = {"permutations": int(sys.argv[3]), "permutation_method": sys.argv[4]}
for column in data.T:
    pygeoda.local_moran(weights, column.tolist(), cpu_threads=1, **options)
print(json.dumps({"cpu": time.process_time() - begin}))
"""


def points(n: int) -> np.ndarray:
    """Return centres of areas."""
    return np.random.default_rng(0).random((n, 2)) * 1e5


def neighbours(n: int) -> csr_array:
    """Return which Voronoi areas touch, six neighbours on average."""
    from scipy.spatial import Delaunay

    begin, other = Delaunay(points(n)).vertex_neighbor_vertices
    return csr_array((np.ones(len(other)), other, begin), shape=(n, n))


def cpu(work: Callable[[], Any], rounds: int = 1) -> float:
    """Return the smallest CPU time of some rounds."""
    times = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return min(times)


def ours(n: int, graph: csr_array, rounds: int) -> Iterator[dict[str, Any]]:
    """Measure this package: continuous values, and some that are mostly zero or whole."""
    from sozialraum.methods.local import local_g, local_moran

    random = np.random.default_rng(1)
    normal = random.normal(size=(n, INDICATORS))
    kinds = {
        "continuous": normal,
        "mostly zero": np.where(random.random(normal.shape) < 0.8, 0, np.abs(normal)),
        "whole": random.poisson(6, normal.shape).astype(float),
    }
    for kind, values in kinds.items():
        local_moran(values[:, :1], graph)
        used = cpu(lambda v=values: local_moran(v, graph), rounds)
        yield {"what": "exact", "values": kind, "cpu": used}
    used = cpu(lambda: local_g(normal, graph, null="total"), rounds)
    yield {"what": "exact, Gi* total", "values": "continuous", "cpu": used}
    local_moran(normal[:, :1], graph, method="pool", permutations=DRAWS)
    drawn = cpu(lambda: local_moran(normal, graph, method="pool", permutations=DRAWS), rounds)
    yield {"what": "pool", "draws": DRAWS, "values": "continuous", "cpu": drawn}


def esda(n: int, graph: csr_array) -> dict[str, Any]:
    """Measure esda on fewer indicators or draws, and say what all would take."""
    from esda import Moran_Local
    from libpysal.graph import Graph

    warnings.simplefilter("ignore")
    draws, indicators = ESDA[n]
    values = np.random.default_rng(1).normal(size=(n, indicators))
    peer = Graph.from_sparse(graph.tocoo())
    options: dict[str, Any] = {"seed": 1, "keep_simulations": False, "n_jobs": 1}
    Moran_Local(values[:, 0], peer, permutations=9, **options)
    used = cpu(lambda: [Moran_Local(x, peer, permutations=draws, **options) for x in values.T])
    whole = used * INDICATORS / indicators * DRAWS / draws
    return {"draws": draws, "measured_on": indicators, "cpu": used, "extrapolated": whole}


def pygeoda(n: int) -> Iterator[dict[str, Any]]:
    """Measure pygeoda: a draw for every area, and its table of draws."""
    import geopandas as gpd
    import shapely

    square = shapely.box(0, 0, 1e5, 1e5)
    shapes = shapely.voronoi_polygons(shapely.multipoints(points(n)), extend_to=square)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "areas.shp"
        table = gpd.GeoDataFrame(geometry=shapely.get_parts(shapes), crs=25832)
        table.assign(id=range(len(table))).to_file(file)
        for method in ("complete", "lookup-table"):
            given = (str(file), str(INDICATORS), str(PYGEODA[n]), method)
            command = [str(PEERS), "-c", BATCH, *given]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            used = json.loads(done.stdout.splitlines()[-1])["cpu"]
            whole = used * DRAWS / PYGEODA[n]
            yield {"what": method, "draws": PYGEODA[n], "cpu": used, "extrapolated": whole}


def fresh(program: str, *arguments: str) -> float:
    """Return the CPU seconds of a new process from its start to its end."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", program, *arguments], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def say(**line: Any) -> None:
    """Print one measurement."""
    rounded = {k: round(v, 3) if isinstance(v, float) else v for k, v in line.items()}
    sys.stdout.write(json.dumps({"part": "lisa"} | rounded) + "\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    """Print one JSON line a measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-peers", dest="peers", action="store_false")
    chosen = parser.parse_args(arguments)
    for method in ("exact", "pool"):
        used = fresh(FRESH, "4000", method)
        say(what="first result of a new process", who="sozialraum", method=method, cpu=used)
    if chosen.peers:
        say(what="first result of a new process", who="esda", cpu=fresh(FRESH_ESDA))
    for n in chosen.sizes:
        graph, about = neighbours(n), {"areas": n, "indicators": INDICATORS}
        for line in ours(n, graph, chosen.rounds):
            say(**about, who="sozialraum", **line)
        if chosen.peers and n in ESDA:
            say(**about, who="esda", **esda(n, graph))
        if chosen.peers and n in PYGEODA and PEERS.is_file():
            for line in pygeoda(n):
                say(**about, who="pygeoda", **line)


if __name__ == "__main__":
    main()
