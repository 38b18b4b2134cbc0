"""Slivers between geographies: every piece reaches the minima, and little moves."""

from dataclasses import replace
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum import schema
from sozialraum.areas import adopt_geography, merge_slivers
from sozialraum.errors import DelineationError
from sozialraum.methods.graph import Edges, adjacency_of, component_labels, within_groups
from sozialraum.methods.slivers import join_slivers
from sozialraum.model import Blocks, Layer, Policy, Source

CRS = "EPSG:25832"
TOWN, VILLAGE = "05999001", "05999002"
quick = settings(max_examples=60, deadline=None)


def grid_edges(columns: int, rows: int) -> Edges:
    number = np.arange(columns * rows).reshape(rows, columns)
    left = np.r_[number[:, :-1].ravel(), number[:-1].ravel()]
    right = np.r_[number[:, 1:].ravel(), number[1:].ravel()]
    return Edges(left, right, np.full(left.size, 100.0))


def voronoi(points: np.ndarray, number: int, rng: np.random.Generator) -> np.ndarray:
    seeds = points[rng.choice(len(points), number, replace=False)]
    return ((points[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1)


def city(areas: int, seed: int, swap: float = 0.1):
    """Return blocks of children in wards, planning areas made of wards, and school districts.

    Every tenth block at a border of the coarser two lies on the other side of it.
    """
    rng = np.random.default_rng(seed)
    wards, planning = int(areas * 0.6), int(areas * 0.24)
    schools = areas - wards - planning
    side = int(np.ceil(np.sqrt(wards * 8)))
    points = np.argwhere(np.ones((side, side))) + rng.uniform(-0.3, 0.3, (side * side, 2))
    ward = voronoi(points, wards, rng)
    middle = np.array([points[ward == w].mean(axis=0) for w in range(wards)])
    edges = grid_edges(side, side)
    ends = (np.r_[edges.left, edges.right], np.r_[edges.right, edges.left])
    columns = [ward]
    for number in (planning, schools):
        label = voronoi(middle, number, rng)[ward]
        other = label.copy()
        across = label[ends[0]] != label[ends[1]]
        other[ends[0][across]] = label[ends[1][across]]
        columns.append(np.where(rng.random(len(label)) < swap, other, label))
    children = rng.poisson(rng.gamma(2.0, 4.0, len(points)))
    return (
        adjacency_of(edges, len(points)),
        children[:, None].astype(float),
        np.column_stack(columns),
    )


def totals(labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    _, piece = np.unique(labels, axis=0, return_inverse=True)
    return np.array([np.bincount(piece.ravel(), column) for column in counts.T]).T


def pieces_of(adjacency, labels: np.ndarray) -> dict[int, int]:
    """Return in how many parts every area lies."""
    part = component_labels(within_groups(adjacency, labels))
    return pd.Series(part).groupby(labels).nunique().to_dict()


@pytest.mark.parametrize("seed", range(3))
def test_every_piece_of_a_city_reaches_the_minimum_and_few_blocks_move(seed):
    adjacency, counts, labels = city(500, seed)
    free = np.zeros(3, dtype=bool)
    before = totals(labels, counts)
    assert ((before > 0) & (before < 20)).sum() > 50
    found = join_slivers(adjacency, counts, np.array([20.0]), labels, fixed=free)
    after = totals(found.labels, counts)
    assert not found.failing.any()
    assert ((after == 0) | (after >= 20)).all()
    assert after.sum() == before.sum()
    assert (found.labels != labels).any(axis=1).mean() <= 0.11
    for g in range(3):
        was, now = pieces_of(adjacency, labels[:, g]), pieces_of(adjacency, found.labels[:, g])
        assert all(number <= was[area] for area, number in now.items())


def test_what_is_fixed_stays_and_what_cannot_be_joined_is_named():
    adjacency, counts, labels = city(300, 5)
    found = join_slivers(
        adjacency, counts, np.array([20.0]), labels, fixed=np.array([True, False, False])
    )
    assert (found.labels[:, 0] == labels[:, 0]).all()
    _, piece = np.unique(found.labels, axis=0, return_inverse=True)
    small = np.bincount(piece.ravel(), counts[:, 0])[piece.ravel()]
    assert (found.failing == ((small > 0) & (small < 20))).all()
    ward = np.bincount(labels[:, 0], counts[:, 0])
    hopeless = (ward[labels[:, 0]] < 20) & (ward[labels[:, 0]] > 0)
    assert found.failing[hopeless].all()
    assert found.failing.sum() <= hopeless.sum() + 0.01 * len(labels)


@st.composite
def overlays(draw):
    columns, rows = draw(st.integers(2, 6)), draw(st.integers(2, 6))
    n = columns * rows
    labels = draw(
        st.lists(st.lists(st.integers(-1, 2), min_size=n, max_size=n), min_size=2, max_size=3)
    )
    counts = draw(st.lists(st.integers(0, 12), min_size=2 * n, max_size=2 * n))
    fixed = draw(st.lists(st.booleans(), min_size=len(labels), max_size=len(labels)))
    matrix = adjacency_of(grid_edges(columns, rows), n)
    return matrix, np.array(counts, float).reshape(n, 2), np.array(labels).T, np.array(fixed)


@quick
@given(overlays())
def test_whatever_overlaps_no_part_is_torn_and_the_outside_stays_outside(case):
    adjacency, counts, labels, fixed = case
    minima = np.array([15.0, 9.0])
    found = join_slivers(adjacency, counts, minima, labels, fixed=fixed)
    assert (found.labels[:, fixed] == labels[:, fixed]).all()
    assert ((found.labels < 0) == (labels < 0)).all()
    _, piece = np.unique(found.labels, axis=0, return_inverse=True)
    held = np.array([np.bincount(piece.ravel(), c)[piece.ravel()] for c in counts.T]).T
    assert (found.failing == ((held > 0) & (held < minima)).any(axis=1)).all()
    for g in range(labels.shape[1]):
        was, now = pieces_of(adjacency, labels[:, g]), pieces_of(adjacency, found.labels[:, g])
        assert all(now[a] <= was[a] for a in now if a >= 0)


POLICY = Policy("house", residents=100, denominator=30, k=3, design=("residents",))


def two_towns(residents: list[int]) -> Blocks:
    """Return two rows of blocks of one hectare: the town, and the village to the north."""
    columns = len(residents) // 2
    edges = grid_edges(columns, 2)
    inside = edges.right - edges.left == 1
    edges = Edges(*(part[inside] for part in edges))
    at = np.arange(len(residents))
    x, y = at % columns * 100, at // columns * 100
    owner = np.where(at < columns, TOWN, VILLAGE)
    ids = pd.Index([f"b{i:02d}" for i in at], name=schema.BLOCK_ID)
    tiles = shapely.box(x, y, x + 100, y + 100)
    units = [shapely.box(0, north, columns * 100, north + 100) for north in (0, 100)]
    return Blocks(
        frame=gpd.GeoDataFrame({"municipality": owner}, geometry=tiles, crs=CRS, index=ids),
        counts=pd.DataFrame({"residents": np.array(residents, float)}, index=ids),
        units=gpd.GeoDataFrame(
            {"name": ["Neustadt", "Altdorf"]}, geometry=units, crs=CRS, index=[TOWN, VILLAGE]
        ),
        adjacency=adjacency_of(edges, len(ids)),
        design=("residents",),
    )


def districts(borders: list[float], prefix: str, *, columns: int, both: bool) -> Layer:
    """Return districts between borders, across both municipalities or in the town only."""
    cuts = [0.0, *borders, columns * 100.0]
    shapes = [shapely.box(a, 0, b, 200 if both else 100) for a, b in pairwise(cuts)]
    index = pd.Index([f"{prefix}{i + 1}" for i in range(len(shapes))], name="key")
    frame = gpd.GeoDataFrame({"name": index}, geometry=shapes, crs=CRS, index=index)
    return Layer(frame, "key", Source("office", "districts"))


@pytest.fixture
def blocks():
    return two_towns([60, 60, 60, 60, 60, 60, 60, 60] + [80] * 8)


def geographies(blocks):
    """Return wards and school districts whose borders are one block apart in the village."""
    wards = districts([400], "W", columns=8, both=True)
    schools = districts([500], "S", columns=8, both=True)
    return [
        adopt_geography(blocks, layer, geography=name, policy=POLICY, decided_by="Rat")
        for name, layer in (("wards", wards), ("schools", schools))
    ]


def test_borders_side_by_side_are_made_to_meet(blocks):
    merged = merge_slivers(blocks, geographies(blocks), POLICY, fixed=["wards"])
    wards, schools = merged.areas
    assert merged.report == {"blocks": 16, "moved": 2, "unsolved": 0, "pieces": 4}
    assert merged.moved.to_dict("records") == [
        {"block_id": "b04", "geography": "schools", "before": "S1", "after": "S2"},
        {"block_id": "b12", "geography": "schools", "before": "S1", "after": "S2"},
    ]
    assert (wards.frame["status"] == "accepted").all()
    assert (schools.frame["status"] == "proposed").all()
    assert set(schools.frame["decided_by"]) == {""}
    assert schools.report["changed"] == ("S1", "S2")
    assert schools.frame.geometry.area.tolist() == [80_000.0, 80_000.0]
    assert schools.crossing == ("S1", "S2")
    assert merged.unsolved == ()
    assert "2 Blöcke" in merged.notes[0]


def test_nothing_moves_where_every_piece_is_large_enough(blocks):
    loose = replace(POLICY, residents=50)
    given_areas = geographies(blocks)
    merged = merge_slivers(blocks, given_areas, loose)
    assert merged.report["moved"] == 0
    assert merged.areas[0] is given_areas[0]
    assert merged.moved.empty
    assert merged.notes == ()


def test_what_cannot_be_joined_is_reported_without_counts(blocks):
    merged = merge_slivers(blocks, geographies(blocks), POLICY, fixed=["wards", "schools"])
    assert merged.report["moved"] == 0
    assert merged.unsolved == ("b04", "b12")
    assert "2 Blöcke" in merged.notes[-1]
    assert not any(number in " ".join(merged.notes) for number in ("60", "80"))
    assert "60" not in repr(merged)


def test_an_area_that_is_too_small_alone_becomes_part_of_its_neighbour(blocks):
    town = districts([100], "T", columns=8, both=False)
    areas = adopt_geography(blocks, town, geography="town", policy=POLICY)
    thin = replace(blocks, counts=blocks.counts.assign(residents=40.0))
    merged = merge_slivers(thin, [areas], POLICY)
    (found,) = merged.areas
    assert list(found.frame.index) == ["T2"]
    assert found.report["gone"] == ("T1",)
    assert found.frame.geometry.area.tolist() == [80_000.0]
    assert (found.membership.loc["b08":] == "").all()
    assert any("T1" in note for note in merged.notes)


def test_the_order_of_blocks_does_not_matter(blocks):
    order = np.random.default_rng(3).permutation(16)
    mixed = replace(
        blocks,
        frame=blocks.frame.iloc[order],
        counts=blocks.counts.iloc[order],
        adjacency=blocks.adjacency[order][:, order].tocsr(),
    )
    one = merge_slivers(blocks, geographies(blocks), POLICY)
    two = merge_slivers(mixed, geographies(mixed), POLICY)
    pd.testing.assert_frame_equal(one.moved, two.moved)
    for left, right in zip(one.areas, two.areas, strict=True):
        pd.testing.assert_series_equal(left.membership, right.membership.loc[left.membership.index])


def test_names_must_be_known_and_different(blocks):
    given_areas = geographies(blocks)
    with pytest.raises(DelineationError, match="nowhere"):
        merge_slivers(blocks, given_areas, POLICY, fixed=["nowhere"])
    with pytest.raises(DelineationError, match="wards"):
        merge_slivers(blocks, [given_areas[0], given_areas[0]], POLICY)
