"""All of Germany's census cells of 2011, divided into areas: a measurement of scale.

The weight is an arbitrary count, dwellings with five rooms, not the population: the file
holds no total. At least ten of them make areas of about the size that 100 residents do.
Cells belong to the municipality their midpoint lies in; borders are simplified, so some
midpoints lie outside all of them, and those cells are left out and counted.

Called as ``python -m areas_bench.germany FOLDER [KEY]``: the folder of real data, and the
first digits of a municipality key for a part of the country. Prints one JSON object.
"""

import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from areas_bench.check import assess, is_valid
from areas_bench.instances import Instance
from areas_bench.ours import divide, warm
from sozialraum.methods.graph import Passages, adjacency_of, raster_voronoi, rook_edges

CELLS = "germany/zensus2011_100m_germany_19features.parquet"
TOWNS = "germany/vg250_gem_germany_simplified.gpkg"
WEIGHT = "dwellings_RAUMANZAHL_5"
LEAST = 10
SIDE = 100
"""Metres of a cell."""
BORDER = 2
"""Cells of margin around the raster."""
NOWHERE = -1


class Raster(NamedTuple):
    """Municipalities on the census grid.

    Parameters
    ----------
    town
        (rows, columns) int32 position of the municipality in `keys` that a cell's midpoint
        lies in, -1 outside; the first row is the northernmost.
    west, north
        Metres in EPSG:3035 of the upper left corner.
    keys
        Municipality keys.
    """

    town: np.ndarray
    west: int
    north: int
    keys: np.ndarray


def municipalities(file: Path, key: str = "") -> Raster:
    """Return the municipalities whose key begins with some digits, on the census grid."""
    import geopandas as gpd
    import shapely
    from rasterio.features import rasterize
    from rasterio.transform import from_origin

    towns = gpd.read_file(file, columns=["AGS"]).sort_values("AGS")
    towns = towns[towns["AGS"].str.startswith(key)].to_crs("EPSG:3035")
    shapes = shapely.make_valid(np.asarray(towns.geometry))
    west, south, east, north = shapely.total_bounds(shapes)
    west, south = (int(edge // SIDE - BORDER) * SIDE for edge in (west, south))
    east, north = (int(edge // SIDE + BORDER) * SIDE for edge in (east, north))
    town = rasterize(
        zip(shapes.tolist(), range(len(shapes)), strict=True),
        out_shape=((north - south) // SIDE, (east - west) // SIDE),
        transform=from_origin(west, north, SIDE, SIDE),
        fill=NOWHERE,
        dtype="int32",
    )
    return Raster(town, west, north, towns["AGS"].to_numpy(dtype=str))


def inhabited(file: Path, raster: Raster) -> tuple[pd.DataFrame, int]:
    """Return the cells in one of the municipalities, and how many midpoints miss them all.

    Cells beyond the raster do not count as missing. Around a part of the country, cells of
    its neighbours do.
    """
    table = pd.read_parquet(file, columns=["x_mp_100m", "y_mp_100m", WEIGHT])
    row = (raster.north - table["y_mp_100m"].to_numpy()) // SIDE
    column = (table["x_mp_100m"].to_numpy() - raster.west) // SIDE
    rows, columns = raster.town.shape
    on = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
    table, row, column = table[on], row[on], column[on]
    town = raster.town[row, column]
    # after SAFE a missing value of the Zensus 2011 is a zero
    cells = table.fillna(0).astype(np.float32).assign(row=row, column=column, town=town)
    inside = town != NOWHERE
    return cells[inside].sort_values(["row", "column"]), int((~inside).sum())


def neighbours(raster: Raster, row: np.ndarray, column: np.ndarray) -> Any:
    """Return who is whose neighbour: geodesic Voronoi tiles inside every municipality."""
    seeds = np.full(raster.town.shape, NOWHERE, dtype=np.int32)
    seeds[row, column] = np.arange(row.size, dtype=np.int32)
    town, land = raster.town, raster.town != NOWHERE
    ways = Passages((town[:, 1:] == town[:, :-1]) & land[:, 1:], (town[1:] == town[:-1]) & land[1:])
    return adjacency_of(rook_edges(*raster_voronoi(seeds, ways), ways), row.size)


def measure(folder: Path, key: str = "", **options: Any) -> tuple[dict[str, Any], Instance]:
    """Divide Germany, or a part of it; return figures, and the cells as an instance."""
    seconds: dict[str, float] = {}
    with _timed(seconds, "municipalities"):
        raster = municipalities(folder / TOWNS, key)
    with _timed(seconds, "cells"):
        cells, outside = inhabited(folder / CELLS, raster)
    with _timed(seconds, "neighbours"):
        row, column = cells["row"].to_numpy(), cells["column"].to_numpy()
        adjacency = neighbours(raster, row, column)
    shares = np.empty((row.size, 0))
    units = cells["town"].to_numpy()
    instance = Instance(
        column, row, units, cells[[WEIGHT]].to_numpy(), shares, adjacency, (WEIGHT,)
    )
    del raster, cells
    warm(minima={WEIGHT: LEAST}, **options)
    processor = time.process_time()
    with _timed(seconds, "areas"):
        found = divide(instance, minima={WEIGHT: LEAST}, **options)
    processor = time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    checked = assess(instance, found.labels, {WEIGHT: LEAST})
    figures = {
        "what": "germany" if not key else f"germany, municipalities {key}…",
        "weight": f"{WEIGHT} >= {LEAST} (an arbitrary count, not the population)",
        "cells": int(units.size),
        "cells_outside_municipalities": None if key else outside,
        "municipalities": int(np.unique(units).size),
        "components": int(found.components.max()) + 1,
        "cells_out_of_reach": int((found.labels < 0).sum()),
        **checked,
        "valid": is_valid(checked),
        "seconds": seconds,
        "areas_cpu_s": round(processor, 1),
        "rss_mb": peak,
    }
    return figures, instance


@contextmanager
def _timed(seconds: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[name] = round(time.perf_counter() - start, 1)


def main() -> None:
    """Measure the country or a part of it."""
    key = sys.argv[2] if len(sys.argv) > 2 else ""
    figures, _ = measure(Path(sys.argv[1]), key, alike=0.0, effort="fast", n_jobs=-1)
    print(json.dumps(figures, ensure_ascii=False))


if __name__ == "__main__":
    main()
