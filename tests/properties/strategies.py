"""Made-up counties for property tests: blocks on a grid, and census cells in municipalities."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import strategies as st

from sozialraum.methods.apportion import GRID_CRS, Cells, squares
from sozialraum.methods.graph import (
    Edges,
    adjacency_of,
    passages_inside,
    raster_voronoi,
    rook_edges,
)
from sozialraum.model import Blocks, Layer, Source

CRS = "EPSG:25832"
SIDE = 100
SOURCE = Source("test", "made up", reference_date="2025-12-31")
SOUTH_WEST = (41_000, 31_000)
"""Column and row of the grid near Bonn where made-up cells lie."""


def _municipalities(inside: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Divide a raster into municipalities; islands make exclaves."""
    cells = np.flatnonzero(inside)
    seeds = np.full(inside.shape, -1)
    seeds.flat[rng.choice(cells, min(number, cells.size), replace=False)] = np.arange(
        min(number, cells.size)
    )
    labels, _ = raster_voronoi(seeds, passages_inside(inside))
    lost = inside & (labels < 0)
    labels[lost] = rng.integers(0, min(number, cells.size), int(lost.sum()))
    return labels


def _divide(towns: np.ndarray, share: float, rng: np.random.Generator) -> tuple[np.ndarray, Edges]:
    """Divide municipalities into blocks; return block of every cell, and edges."""
    blocks = np.full(towns.shape, -1)
    steps = np.zeros(towns.shape, dtype=np.int32)
    number = 0
    for town in np.unique(towns[towns >= 0]):
        inside = towns == town
        seeds = np.where(inside & (rng.random(towns.shape) < share), 0, -1)
        passages = passages_inside(inside)
        reached, _ = raster_voronoi(seeds, passages)
        seeds[inside & (reached < 0)] = 0  # islands without a seed: every cell a block
        found = np.flatnonzero(seeds == 0)
        seeds.flat[found] = number + np.arange(found.size)
        number += found.size
        labels, walked = raster_voronoi(seeds, passages)
        blocks[inside], steps[inside] = labels[inside], walked[inside]
    edges = rook_edges(blocks, steps, passages_inside(blocks >= 0))
    owner = np.full(number, -1)
    owner[blocks[towns >= 0]] = towns[towns >= 0]
    keep = owner[edges.left] == owner[edges.right]
    return blocks, Edges(edges.left[keep], edges.right[keep], edges.length[keep] * float(SIDE))


def make_blocks(
    rows: int,
    columns: int,
    *,
    towns: int = 2,
    holes: float = 0.1,
    share: float = 0.6,
    seed: int = 0,
) -> Blocks:
    """Return blocks on a grid of hectares with islands, holes, exclaves and zeros."""
    rng = np.random.default_rng(seed)
    inside = rng.random((rows, columns)) >= holes
    inside[0, 0] = True
    town_of = _municipalities(inside, towns, rng)
    labels, edges = _divide(town_of, share, rng)
    row, column = np.nonzero(inside)
    boxes = shapely.box(column * SIDE, -row * SIDE, (column + 1) * SIDE, (1 - row) * SIDE)
    number = int(labels.max()) + 1
    ids = np.array([f"b{i:04d}" for i in rng.permutation(number)])
    at = labels[row, column]
    tiles = [shapely.coverage_union_all(boxes[at == block]) for block in range(number)]
    owner = np.array([town_of[row, column][at == block][0] for block in range(number)])
    residents = rng.integers(0, 90, number) * (rng.random(number) < 0.85)
    counts = pd.DataFrame(
        {
            "residents": residents.astype(float),
            "households": rng.binomial(residents, 0.45).astype(float),
            "benefits": rng.binomial(residents, 0.1).astype(float),
        },
        index=ids,
    )
    keys = [f"0599900{town}" for town in np.unique(owner)]
    shapes = [shapely.union_all(boxes[town_of[row, column] == t]) for t in np.unique(owner)]
    return Blocks(
        frame=gpd.GeoDataFrame(
            {"municipality": [f"0599900{town}" for town in owner]},
            geometry=tiles,
            crs=CRS,
            index=ids,
        ),
        counts=counts,
        units=gpd.GeoDataFrame(
            {"name": [f"Stadt {key[-1]}" for key in keys]}, geometry=shapes, crs=CRS, index=keys
        ),
        adjacency=adjacency_of(edges, number),
        design=("residents", "households"),
    )


@st.composite
def blocks(draw: st.DrawFn) -> Blocks:
    """Small counties of up to 80 hectares."""
    return make_blocks(
        draw(st.integers(1, 8)),
        draw(st.integers(2, 10)),
        towns=draw(st.integers(1, 4)),
        holes=draw(st.sampled_from([0.0, 0.1, 0.35])),
        share=draw(st.sampled_from([0.3, 0.7, 1.0])),
        seed=draw(st.integers(0, 10_000)),
    )


def grid_layer(cells: Cells, counts: dict[str, np.ndarray], title: str = "made up") -> Layer:
    """Return census cells with counts as a layer."""
    ids = [
        f"CRS3035RES{cells.size}mN{row * cells.size}E{column * cells.size}"
        for column, row in zip(cells.column, cells.row, strict=True)
    ]
    frame = gpd.GeoDataFrame(
        counts, geometry=squares(cells), crs=GRID_CRS, index=pd.Index(ids, name="cell")
    )
    source = Source("test", title, reference_date="2022-05-15")
    return Layer(frame, "cell", source, additive=tuple(counts))


def municipality_layer(shapes: dict[str, shapely.Geometry], *, crs: str = CRS) -> Layer:
    """Return municipalities as a layer; names are "Stadt" and the last digit of the key."""
    frame = gpd.GeoDataFrame(
        {"name": [f"Stadt {key[-1]}" for key in shapes]},
        geometry=list(shapes.values()),
        crs=crs,
        index=pd.Index(list(shapes), name="ags"),
    )
    return Layer(frame.to_crs(CRS), "ags", SOURCE)


@st.composite
def cells_in_towns(draw: st.DrawFn) -> tuple[Layer, Layer]:
    """Census cells over a rectangle that slanted lines divide into municipalities."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    width, height = draw(st.integers(5, 14)), draw(st.integers(5, 14))
    share = draw(st.sampled_from([0.1, 0.4, 0.9]))
    west, south = (corner * SIDE for corner in SOUTH_WEST)
    land = shapely.box(west - 37, south - 51, west + width * SIDE - 63, south + height * SIDE - 29)
    lines = []
    for _ in range(draw(st.integers(0, 3))):
        ends = np.array([west, south]) + rng.random((2, 2)) * np.array([width, height]) * SIDE
        direction = (ends[1] - ends[0]) * 1_000
        lines.append(shapely.LineString([ends[0] - direction, ends[1] + direction]))
    net = shapely.union_all([shapely.boundary(land), *lines])
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.node(net))))
    faces = faces[shapely.contains(shapely.buffer(land, 1), faces) & (shapely.area(faces) > 500)]
    # two faces may form one municipality: an exclave, or a corner contact
    group = rng.integers(0, max(1, len(faces)), len(faces))
    towns = {
        f"0599900{i}": shapely.union_all(faces[group == g]) for i, g in enumerate(np.unique(group))
    }
    column, row = (
        grid.ravel() for grid in np.meshgrid(np.arange(-1, width + 1), np.arange(-1, height + 1))
    )
    chosen = rng.random(column.size) < share
    inner = np.flatnonzero((column > 1) & (row > 1) & (column < width - 2) & (row < height - 2))
    chosen[rng.choice(inner)] = True
    at = Cells(SIDE, column[chosen] + SOUTH_WEST[0], row[chosen] + SOUTH_WEST[1])
    residents = rng.integers(0, 90, at.row.size).astype(float)
    return grid_layer(at, {"residents": residents}), municipality_layer(towns, crs=GRID_CRS)
