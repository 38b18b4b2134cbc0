"""Counts carried from shapes to shapes: totals survive, parts add up, order does not matter."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.strategies import CRS, SOURCE
from sozialraum.model import Layer
from sozialraum.transfers import build_transfer, transfer

SIDE = 1000.0
SEEDS = st.integers(0, 2**31)


def parts(number: int, rng: np.random.Generator, side: float = SIDE) -> np.ndarray:
    """Return polygons that fill a square."""
    square = shapely.box(0, 0, side, side)
    seeds = shapely.multipoints(rng.random((number, 2)) * side)
    found = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=square))
    return shapely.intersection(found, square)


def layer(key: str, shapes: np.ndarray, **counts: np.ndarray) -> Layer:
    index = pd.Index([f"{key}{i:02d}" for i in range(len(shapes))], name=key)
    frame = gpd.GeoDataFrame(counts, geometry=shapes, crs=CRS, index=index)
    return Layer(frame, key, SOURCE, additive=tuple(counts))


@settings(deadline=None, max_examples=30)
@given(st.integers(2, 9), st.integers(1, 9), st.booleans(), SEEDS)
def test_a_total_survives_and_shares_add_up(wards, areas, weighted, seed):
    rng = np.random.default_rng(seed)
    source = layer("w", parts(wards, rng), n=rng.integers(0, 500, wards))
    target = layer("a", parts(areas, rng))
    houses = shapely.points(rng.random((40, 2)) * SIDE)
    people = layer("h", shapely.buffer(houses, 9), people=rng.integers(0, 30, 40))
    weights = {"by": people, "column": "people"} if weighted else {}
    over = build_transfer(source, target, **weights)
    assert np.allclose(over.shares.sum(axis=1), 1, atol=1e-9)
    assert over.outside.empty
    found = transfer(source, over).frame["n"]
    # where nobody lives an area may be open, and its counts unknown
    assert found.isna().sum() <= len(over.uncovered)
    if found.notna().all():
        assert np.isclose(found.sum(), source.frame["n"].sum())
    turned = [Layer(one.frame[::-1], one.key, SOURCE, one.additive) for one in (source, target)]
    again = transfer(turned[0], build_transfer(turned[0], turned[1], **weights)).frame["n"]
    pd.testing.assert_series_equal(again.sort_index(), found.sort_index(), check_names=False)


@settings(deadline=None, max_examples=30)
@given(st.integers(12, 25), st.integers(1, 3), SEEDS)
def test_what_does_not_arrive_lies_outside(wards, areas, seed):
    rng = np.random.default_rng(seed)
    source = layer("w", parts(wards, rng), n=rng.integers(1, 500, wards))
    target = layer("a", parts(areas, rng, 0.6 * SIDE))
    for rule in ("area", "most", "centre"):
        over = build_transfer(source, target, rule=rule)
        counts = source.frame["n"]
        arrived = (over.shares.T @ counts.to_numpy(float)).sum()
        lost = (over.outside * counts.reindex(over.outside.index)).sum()
        assert np.isclose(arrived + lost, counts.sum())
        if rule != "area":
            assert set(over.shares.data) <= {1.0}
