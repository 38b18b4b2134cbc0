"""What outlines promise, on made-up counties with islands, holes, corners and wild lines."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from properties.strategies import CRS, SIDE, blocks, cells_in_towns
from sozialraum.areas.frame import dissolve, proposed_frame
from sozialraum.areas.shapes import outlined
from sozialraum.blocks import build_blocks
from sozialraum.methods.apportion import GRID_CRS, parse_cell_ids, squares
from sozialraum.methods.outline import smooth_coverage
from sozialraum.model import Blocks

MANY = settings(max_examples=60, deadline=None)
FEW = settings(max_examples=25, deadline=None)


def labelled(county: Blocks, rng: np.random.Generator, *, wild: bool) -> np.ndarray:
    """Return areas inside towns: round ones, or torn ones that meet in corners and have holes."""
    town = pd.factorize(county.frame["municipality"])[0]
    number = len(county.frame)
    middle = shapely.get_coordinates(shapely.centroid(np.asarray(county.frame.geometry)))
    seeds = middle[rng.integers(0, number, max(1, number // 4))]
    near = ((middle[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1)
    label = rng.integers(0, 1 + number // 3, number) if wild else near
    return np.unique(town * 10_000 + label, return_inverse=True)[1]


def wild_lines(shapes: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    """Return lines across everything, some of them along borders."""
    west, south, east, north = shapely.total_bounds(shapes)
    size = np.array([east - west + 2 * SIDE, north - south + 2 * SIDE])
    lines = [
        shapely.LineString(rng.random((rng.integers(2, 9), 2)) * size + [west - SIDE, south - SIDE])
        for _ in range(number)
    ]
    along = shapely.boundary(shapes[rng.integers(0, len(shapes), number)])
    return np.array([*lines, *shapely.get_parts(along)], dtype=object)


def inside(shapes: np.ndarray, owner: np.ndarray, anchors: np.ndarray) -> np.ndarray:
    return shapely.contains_xy(shapes[owner], anchors[:, 0], anchors[:, 1])


def keys(shapes: np.ndarray) -> list[bytes]:
    return shapely.to_wkb(shapely.normalize(shapes)).tolist()


@MANY
@given(blocks(), st.integers(0, 10_000), st.booleans(), st.integers(0, 5))
def test_whatever_is_smoothed_stays_a_coverage_with_the_same_towns(county, seed, wild, number):
    rng = np.random.default_rng(seed)
    label = labelled(county, rng, wild=wild)
    town = pd.factorize(county.frame["municipality"])[0]
    shapes = dissolve(np.asarray(county.frame.geometry), label)
    units = town[np.unique(label, return_index=True)[1]]
    anchors = shapely.get_coordinates(shapely.point_on_surface(np.asarray(county.frame.geometry)))
    homes = rng.random(len(anchors)) < rng.choice([0.0, 0.2, 1.0])
    fresh = smooth_coverage(
        shapes,
        step=SIDE,
        units=units,
        anchors=anchors[homes],
        owner=label[homes],
        lines=wild_lines(shapes, number, rng) if number else None,
    )
    assert shapely.is_valid(fresh).all()
    assert shapely.coverage_is_valid(fresh)
    assert inside(fresh, label[homes], anchors[homes]).all()
    assert (shapely.get_num_geometries(fresh) == shapely.get_num_geometries(shapes)).all()
    for unit in np.unique(units):
        before, after = (shapely.coverage_union_all(s[units == unit]) for s in (shapes, fresh))
        assert shapely.equals(before, after)
        assert abs(before.area - after.area) < 1e-6
        corners = [set(map(tuple, shapely.get_coordinates(union))) for union in (before, after)]
        assert corners[0] == corners[1]


@FEW
@given(blocks(), st.integers(0, 10_000), st.integers(0, 3))
def test_the_order_of_rows_does_not_matter(county, seed, number):
    rng = np.random.default_rng(seed)
    label = labelled(county, rng, wild=False)
    shapes = dissolve(np.asarray(county.frame.geometry), label)
    town = pd.factorize(county.frame["municipality"])[0]
    units = town[np.unique(label, return_index=True)[1]]
    anchors = shapely.get_coordinates(shapely.point_on_surface(np.asarray(county.frame.geometry)))
    lines = wild_lines(shapes, number, rng) if number else None
    plain = smooth_coverage(
        shapes, step=SIDE, units=units, anchors=anchors, owner=label, lines=lines
    )
    turn = rng.permutation(len(shapes))
    back = np.argsort(turn)
    other = smooth_coverage(
        shapes[turn],
        step=SIDE,
        units=units[turn],
        anchors=anchors[::-1],
        owner=back[label][::-1],
        lines=None if lines is None else rng.permutation(lines),
    )
    assert keys(other[back]) == keys(plain)


@FEW
@given(cells_in_towns(), st.integers(0, 1_000))
def test_areas_of_census_cells_fill_their_towns_exactly(made, seed):
    cells, towns = made
    county = build_blocks(cells, nest_in=towns)
    tiles = np.asarray(county.frame.geometry)
    units = np.asarray(county.units.geometry)
    whole = shapely.coverage_is_valid(units)
    if whole:
        assert shapely.coverage_is_valid(tiles)
    label = labelled(county, np.random.default_rng(seed), wild=False)
    frame, membership = proposed_frame(county, label)
    fresh = outlined(frame, membership, county)
    shapes = np.asarray(fresh.geometry)
    assert shapely.is_valid(shapes).all()
    if whole:
        assert shapely.coverage_is_valid(shapes)
        for key, own in fresh.geometry.groupby(fresh["municipality"]):
            town, union = county.units.geometry[key], shapely.coverage_union_all(np.asarray(own))
            assert abs(town.area - union.area) < 1e-6
            assert shapely.hausdorff_distance(town, union) < 1e-6
            corners = set(map(tuple, shapely.get_coordinates(town)))
            assert corners <= set(map(tuple, shapely.get_coordinates(union)))
    owner = frame.index.get_indexer(pd.Index(membership))
    centres = shapely.centroid(squares(parse_cell_ids(county.frame.index)))
    homes = _projected(centres)
    before = inside(np.asarray(frame.geometry), owner, homes)
    assert inside(shapes, owner, homes)[before].all()


def _projected(points: np.ndarray) -> np.ndarray:
    """Return points of the grid in the coordinates of the county."""
    return shapely.get_coordinates(np.asarray(gpd.GeoSeries(points, crs=GRID_CRS).to_crs(CRS)))
