"""The inhabited census cells of 2011 of the Rhein-Sieg-Kreis as an instance.

Weight: dwellings, estimated as the file allows (dwellings in buildings of every known
type, and one for each building left over: detached one-family houses are missing). Alike
areas should be in three shares: of dwellings in buildings with one or two of them, of
dwellings owned in a condominium, and of buildings from before 1949.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from areas_bench.instances import Instance
from sozialraum.blocks import build_blocks
from sozialraum.methods.apportion import GRID_CRS, parse_cell_ids, squares
from sozialraum.model import Layer, Source

CELLS = "rhein_sieg/zensus2011_100m_rsk_bonn_clipped.parquet"
TOWNS = "rhein_sieg/rsk_bonn_gemeinden_25832.gpkg"
COUNTY = "05382"
SIZES, AGES = range(2, 11), range(1, 11)
"""Codes of buildings by number of dwellings and by year of construction."""
SMALL, OLD = range(2, 7), range(1, 3)
"""Those with one or two dwellings, and those from before 1949."""


def rhein_sieg(folder: Path) -> Instance:
    """Return the cells with dwellings of the county."""
    wide = pd.read_parquet(folder / CELLS).fillna(0)
    # after SAFE a missing value of the Zensus 2011 is a zero
    dwellings = _total(wide, "dwellings_GEBTYPGROESSE", SIZES)
    known = _total(wide, "buildings_GEBTYPGROESSE", SIZES)
    buildings = _total(wide, "buildings_BAUJAHR_MZ", AGES)
    single = (buildings - known).clip(lower=0)
    counts = pd.DataFrame(
        {
            "dwellings": dwellings + single,
            "small": single + _total(wide, "dwellings_GEBTYPGROESSE", SMALL),
            "condominium": wide["dwellings_EIGENTUM_1"],
            "buildings": buildings,
            "old": _total(wide, "buildings_BAUJAHR_MZ", OLD),
        }
    ).astype(float)
    corner = zip(wide["y_mp_100m"] - 50, wide["x_mp_100m"] - 50, strict=True)
    counts.index = pd.Index([f"CRS3035RES100mN{y}E{x}" for y, x in corner], name="cell")
    blocks = _blocks(counts[counts["dwellings"] > 0], folder)
    held = blocks.counts
    cells = parse_cell_ids(blocks.frame.index)
    shares = np.column_stack(
        [
            held["small"] / held["dwellings"],
            held["condominium"] / held["dwellings"],
            held["old"] / np.maximum(held["buildings"], 1),
        ]
    )
    return Instance(
        cells.column,
        cells.row,
        pd.factorize(blocks.frame["municipality"])[0],
        held[["dwellings"]].to_numpy(),
        np.minimum(shares, 1),
        blocks.adjacency,
        ("dwellings",),
    )


def _total(wide: pd.DataFrame, name: str, codes: range) -> pd.Series:
    """Return the sum over some codes of a feature, cell by cell."""
    return wide[[f"{name}_{code}" for code in codes]].sum(axis=1)


def _blocks(counts: pd.DataFrame, folder: Path):  # noqa: ANN202 - a confidential noun
    shapes = squares(parse_cell_ids(counts.index))
    cells = gpd.GeoDataFrame(counts, geometry=shapes, crs=GRID_CRS)
    towns = gpd.read_file(folder / TOWNS)
    towns = towns[towns["AGS"].str.startswith(COUNTY)].set_index("AGS").rename_axis("ags")
    towns = towns.rename(columns={"GEN": "name"})[["name", "geometry"]]
    source = Source("Statistische Ämter", "Zensus 2011", reference_date="2011-05-09")
    return build_blocks(
        Layer(cells, "cell", source, additive=tuple(counts.columns)),
        nest_in=Layer(towns, "ags", Source("BKG", "VG250")),
    )
