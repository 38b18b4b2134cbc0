"""The real Rhein-Sieg-Kreis: 19 municipalities, cells of the Zensus 2011, 100 dwellings an area.

Dwellings are an estimate: dwellings in buildings of every known type, and one dwelling
for each building left over (detached one-family houses are missing from the files).
"""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from sozialraum.areas import check_areas, delineate_areas
from sozialraum.blocks import build_blocks
from sozialraum.methods.apportion import GRID_CRS, parse_cell_ids, squares
from sozialraum.model import Layer, Policy, Source

DWELLINGS = "total(D, 2, 10) + max(0, total(BAUJAHR_MZ, 1, 10) - total(GEBTYPGROESSE, 2, 10))"
POLICY = Policy("test", residents=0, denominator=30, k=3, minima={"dwellings": 100})


@pytest.fixture(scope="module")
def county(shared):
    wide = pd.read_parquet(shared / "rhein_sieg" / "zensus2011_100m_rsk_bonn_clipped.parquet")
    renamed = {
        column: column.removeprefix("buildings_").replace("dwellings_GEBTYPGROESSE", "D")
        for column in wide.columns
        if column.startswith(
            ("buildings_BAUJAHR_MZ", "buildings_GEBTYPGROESSE", "dwellings_GEBTYPGROESSE")
        )
    }
    # after SAFE a missing row of the Zensus 2011 is a zero
    counts = wide[list(renamed)].rename(columns=renamed).fillna(0).astype(float)
    corner = zip(wide["y_mp_100m"] - 50, wide["x_mp_100m"] - 50, strict=True)
    counts.index = pd.Index([f"CRS3035RES100mN{y}E{x}" for y, x in corner], name="cell")
    shapes = squares(parse_cell_ids(counts.index))
    cells = gpd.GeoDataFrame(counts, geometry=shapes, crs=GRID_CRS)
    source = Source("Statistische Ämter", "Zensus 2011", reference_date="2011-05-09")
    towns = gpd.read_file(shared / "rhein_sieg" / "rsk_bonn_gemeinden_25832.gpkg")
    towns = towns[towns["AGS"].str.startswith("05382")].set_index("AGS").rename_axis("ags")
    towns = towns.rename(columns={"GEN": "name"})[["name", "geometry"]]
    return build_blocks(
        Layer(cells, "cell", source, additive=tuple(counts.columns)),
        nest_in=Layer(towns, "ags", Source("BKG", "VG250")),
        derived={"dwellings": DWELLINGS},
        estimates=["dwellings"],
    )


@pytest.fixture(scope="module")
def areas(county):
    return delineate_areas(county, policy=POLICY, seed=7)


def test_dwellings_of_the_county_survive(county):
    # origin: the same formula on the cells whose centroid lies in one of the municipalities
    assert county.counts["dwellings"].sum() == 245_049
    assert (county.counts["dwellings"] > 0).sum() == 17_283
    assert county.design == ("dwellings",)


def test_tiles_fill_every_municipality_exactly(county):
    filled = county.frame.geometry.area.groupby(county.frame["municipality"]).sum()
    assert (abs(filled / county.units.geometry.area - 1) < 1e-6).all()
    assert county.frame.geometry.is_valid.all()
    for _, tiles in county.frame.geometry.groupby(county.frame["municipality"]):
        assert shapely.coverage_is_valid(np.asarray(tiles))


def test_areas_come_close_to_the_upper_bound(areas):
    # origin of the bound: sum over municipalities of floor(sum of min(dwellings, 100) / 100)
    assert areas.report["upper_bound"] == 2_433
    assert areas.report["areas"] >= 0.96 * 2_433
    assert areas.report["proven_smallest"] >= 0.99 * areas.report["areas"]
    assert areas.report["bridges"] == ()


def test_every_area_passes_is_contiguous_and_nested(county, areas):
    check_areas(areas)
    totals = county.counts["dwellings"].groupby(areas.membership).sum()
    assert totals.min() >= 100
    label, _ = pd.factorize(areas.membership)
    left, right = county.adjacency.nonzero()
    inner = label[left] == label[right]
    graph = csr_array((np.ones(inner.sum()), (left[inner], right[inner])), county.adjacency.shape)
    assert connected_components(graph, directed=False)[0] == len(areas.frame)
    owner = areas.frame["municipality"].loc[areas.membership].to_numpy()
    assert (owner == county.frame["municipality"].to_numpy()).all()


def test_areas_fill_their_municipality(county, areas):
    filled = areas.frame.geometry.area.groupby(areas.frame["municipality"]).sum()
    assert (abs(filled / county.units.geometry.area - 1) < 1e-6).all()
    assert areas.frame.geometry.is_valid.all()
    assert set(areas.frame.geometry.geom_type) == {"Polygon"}
