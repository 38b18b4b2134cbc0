"""Made-up data to learn and test with: a whole county, and a town to check by hand."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.model import Blocks, Source

SIDE = 100
"""Side of a block of the town, in metres."""
CORNER = (380_000, 5_630_000)
"""South-western corner of the town in EPSG:25832."""
COLUMNS = "abcdef"
TOWNS = {"05997001": "Übungsstadt", "05997002": "Nebendorf"}
NEIGHBOURING_FROM = "e"
"""Blocks from this column on belong to the second municipality."""

# Read like a map: north is up, the bar is the municipal border.
_TABLES = {
    "residents": """
         60  80 100  90 |  40  30
         80 120 150 110 |  50  40
        100 150 200 140 |  60  50
         90 130 160 120 |  50  40
         70  90 110 100 |  40  30
    """,
    "u15": """
          8  11  14  13 |   6   4
         11  17  21  15 |   7   6
         14  21  28  20 |   8   7
         13  18  22  17 |   7   6
         10  13  15  14 |   6   4
    """,
    "u65": """
         46  62  78  70 |  30  22
         62  94 118  86 |  38  30
         78 118 160 110 |  46  38
         70 102 126  94 |  38  30
         54  70  86  78 |  30  22
    """,
    "households": """
         30  40  50  45 |  18  13
         40  60  75  55 |  23  18
         50  75 110  70 |  27  23
         45  65  80  60 |  23  18
         35  45  55  50 |  18  13
    """,
}


def sample_path() -> Path:
    """Return the project folder of the made-up county "Musterkreis".

    It holds files in the layouts that offices use, with `SOURCES.toml` naming origin and
    licence of each. In a checkout it is `data/boundaries`, otherwise the copy that the
    installed package carries. Treat it as read-only.

    Returns
    -------
    Path
        An existing folder.

    Raises
    ------
    SourceError
        The package was installed without it.

    Examples
    --------
    >>> (sample_path() / "SOURCES.toml").is_file()
    True
    """
    here = Path(__file__)
    places = (here.parents[2] / "data" / "boundaries", here.parent / "_sample")
    for place in places:
        if (place / "SOURCES.toml").is_file():
            return place
    raise SourceError("datasets.no_sample", ids=[str(place) for place in places])


def load_sample_truth() -> dict[str, Any]:
    """Return what is planted in the made-up county, so that methods can be checked.

    Returns
    -------
    dict
        `clusters` (disadvantaged or emerging) and `changes` (improving, treated), each
        with municipality, agreed `areas` where they are whole ones, `cells` as INSPIRE
        ids, the rate `ratio` against the same cells without the cluster and
        `ratio_by_year`; `measures` with where and whether they have an `effect`; `rule`
        says when an area counts as planted.

    Examples
    --------
    >>> truth = load_sample_truth()
    >>> sorted({cluster["kind"] for cluster in truth["clusters"]})
    ['disadvantaged', 'emerging']
    """
    return json.loads((sample_path() / "truth.json").read_text(encoding="utf-8"))


def load_town() -> Blocks:
    """Return a town of 30 square blocks in two municipalities, small enough to check by hand.

    Blocks are called like squares of a chessboard: column ``a`` to ``f`` from west to
    east, row ``1`` to ``5`` from south to north. The 20 blocks of columns ``a`` to ``d``
    form one municipality with 2,250 residents, 315 of them under 15, 1,762 under 65, in
    1,135 households; the 10 blocks of ``e`` and ``f`` the other, with 430, 61, 324 and 194.
    Blocks of one municipality that share a side are neighbours, 100 metres apart.

    Returns
    -------
    Blocks
        With the counts `residents`, `u15`, `u65` and `households`.

    Examples
    --------
    >>> town = load_town()
    >>> town
    <Blocks: 30 in 2 municipalities, counts residents, u15, u65, households>
    >>> int(town.counts.loc["c3", "residents"])
    200
    >>> town.counts.groupby(town.frame["municipality"])["residents"].sum().to_list()
    [2250.0, 430.0]
    """
    ids = [f"{column}{row}" for row in range(5, 0, -1) for column in COLUMNS]
    counts = pd.DataFrame({name: _numbers(table) for name, table in _TABLES.items()}, index=ids)
    counts = counts.sort_index().rename_axis(schema.BLOCK_ID)
    column, row = (np.array(part) for part in zip(*map(_place, counts.index), strict=True))
    west, south = CORNER[0] + SIDE * column, CORNER[1] + SIDE * row
    first, second = TOWNS
    owner = np.where(column < COLUMNS.index(NEIGHBOURING_FROM), first, second)
    frame = gpd.GeoDataFrame(
        {schema.MUNICIPALITY: owner},
        geometry=shapely.box(west, south, west + SIDE, south + SIDE),
        crs="EPSG:25832",
        index=counts.index,
    )
    return Blocks(
        frame=frame,
        counts=counts,
        units=_units(frame),
        adjacency=_neighbours(column, row, owner),
        design=("residents", "households"),
        dates=dict.fromkeys(counts.columns, "2025-12-31"),
        sources=(Source("sozialraum", "Übungsstadt (erfunden)", licence="CC0-1.0"),),
    )


def _numbers(table: str) -> list[float]:
    return [float(number) for number in table.replace("|", " ").split()]


def _place(block: str) -> tuple[int, int]:
    """Return column and row of a block, counted from 0."""
    return COLUMNS.index(block[0]), int(block[1]) - 1


def _units(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return the two municipalities: the union of their blocks."""
    shapes = [
        shapely.union_all(frame.geometry[frame[schema.MUNICIPALITY] == key].to_numpy())
        for key in TOWNS
    ]
    index = pd.Index(list(TOWNS), name="ags")
    names = {schema.NAME: list(TOWNS.values())}
    return gpd.GeoDataFrame(names, geometry=shapes, crs=frame.crs, index=index)


def _neighbours(column: np.ndarray, row: np.ndarray, owner: np.ndarray) -> csr_array:
    """Return distances of blocks that share a side and lie in one municipality."""
    steps = np.abs(column[:, None] - column) + np.abs(row[:, None] - row)
    return csr_array(np.where((steps == 1) & (owner[:, None] == owner), float(SIDE), 0.0))
