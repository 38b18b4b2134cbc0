"""Solve one instance with another program, in a process of its own, and measure it.

Called as ``python peers.py INSTANCE LABELS OPTIONS`` by the Python that has the other
programs; knows nothing of this package. Every municipality is solved on its own: none of
them takes a graph in several pieces. Prints one JSON object.
"""

import json
import resource
import sys
import tempfile
import time
import warnings
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

MEGABYTE = 1024


def spopt(graph: csr_array, people: np.ndarray, shares: np.ndarray, least: float) -> np.ndarray:
    """Divide with MaxPHeuristic of spopt, everything as it comes."""
    import geopandas as gpd
    from libpysal.weights import W
    from spopt.region import MaxPHeuristic  # pyright: ignore[reportMissingImports]

    z = (shares - shares.mean(axis=0)) / (shares.std(axis=0) + 1e-12)
    names = [f"share{column}" for column in range(z.shape[1])]
    table = gpd.GeoDataFrame(dict(zip(names, z.T, strict=True)) | {"people": people})
    ends = graph.indptr
    near = {i: graph.indices[ends[i] : ends[i + 1]].tolist() for i in range(people.size)}
    model = MaxPHeuristic(table, W(near, silence_warnings=True), names, "people", least)
    model.solve()
    return np.asarray(model.labels_)


def pygeoda(
    graph: csr_array, people: np.ndarray, shares: np.ndarray, least: float, *, search: str
) -> np.ndarray:
    """Divide with maxp_greedy or maxp_sa of GeoDa, everything as it comes."""
    import pygeoda as geoda  # pyright: ignore[reportMissingImports]

    n, ends = people.size, graph.indptr
    lines = [f"0 {n} cells id"]
    for i in range(n):
        near = graph.indices[ends[i] : ends[i + 1]] + 1
        lines += [f"{i + 1} {near.size}", " ".join(map(str, near))]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "cells.gal"
        file.write_text("\n".join(lines) + "\n", encoding="ascii")
        weights = geoda.weights.read_gal(str(file), [str(i + 1) for i in range(n)])
    divide = getattr(geoda, f"maxp_{search}")
    settings = {"random_seed": 1, "cpu_threads": 2}
    found = divide(weights, shares.T.tolist(), people.tolist(), least, **settings)
    return np.asarray(found["Clusters"])


def main() -> None:
    """Solve municipality by municipality; the processor time is limited from outside."""
    instance, target, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
    limit = options["limit"]
    resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
    warnings.simplefilter("ignore")
    np.random.seed(1)  # noqa: NPY002 - spopt draws from here
    name, _, search = options["solver"].partition("_")
    with np.load(instance) as held:
        cells = {key: held[key] for key in ("units", "counts", "shares")}
        graph = csr_array((held["steps"], held["indices"], held["indptr"]))
    people, least = cells["counts"][:, 0].astype(float), float(options["least"])
    labels, number = np.full(people.size, -1), 0
    wall, processor = time.perf_counter(), time.process_time()
    for unit in np.unique(cells["units"]):
        own = np.flatnonzero(cells["units"] == unit)
        if people[own].sum() < least:
            continue
        part = csr_array(graph[own][:, own])
        arguments = part, people[own], cells["shares"][own], least
        found = pygeoda(*arguments, search=search) if search else spopt(*arguments)
        _, area = np.unique(found, return_inverse=True)
        labels[own] = area + number
        number += int(area.max()) + 1
    figures = {
        "cpu_s": round(time.process_time() - processor, 2),
        "wall_s": round(time.perf_counter() - wall, 2),
        "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEGABYTE,
        "version": version(name),
    }
    np.save(target, labels.astype(np.int32))
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
