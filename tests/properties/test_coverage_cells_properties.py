"""Coverage of cells: the areas of polygons are kept, whatever they and the grid look like."""

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.methods.coverage import Lattice, coverage
from sozialraum.methods.dasymetric import carried, without_slivers

NUMBERS = st.floats(-6, 14)
LATTICES = st.builds(
    Lattice,
    st.floats(-3, 3),
    st.floats(-3, 3),
    st.floats(0.3, 3),
    st.floats(0.3, 3),
    st.integers(1, 8),
    st.integers(1, 8),
)
STARS = st.tuples(
    NUMBERS, NUMBERS, st.lists(st.floats(0.05, 6), min_size=3, max_size=9), st.booleans()
)


def star(given_):
    """Return a polygon around a middle, with a hole where asked for."""
    x, y, radii, hollow = given_
    turn = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    ring = np.column_stack([np.cos(turn), np.sin(turn)]) * np.array(radii)[:, None]
    middle = np.array([x, y])
    holes = [middle + ring * 0.5] if hollow else []
    return shapely.make_valid(shapely.Polygon(middle + ring, holes))


@settings(deadline=None, max_examples=60)
@given(LATTICES, st.lists(STARS, min_size=1, max_size=4))
def test_cells_hold_as_much_as_the_grid_cuts_out(lattice, stars):
    shapes = np.array([star(one) for one in stars])
    shapes = shapes[np.isin(shapely.get_type_id(shapes), (3, 6))]
    found = coverage(shapes, lattice)
    east = lattice.west + lattice.columns * lattice.width
    north = lattice.south + lattice.rows * lattice.height
    inside = shapely.intersection(shapes, shapely.box(lattice.west, lattice.south, east, north))
    area = np.asarray(found.sum(axis=1)) * lattice.width * lattice.height
    np.testing.assert_allclose(area, shapely.area(inside), atol=1e-6)
    assert found.nnz == 0 or (found.data.min() > 0 and found.data.max() <= 1)


@settings(deadline=None, max_examples=40)
@given(LATTICES, st.integers(2, 12), st.integers(0, 2**31))
def test_what_is_carried_adds_up_to_what_was_there(lattice, number, seed):
    rng = np.random.default_rng(seed)
    east = lattice.west + lattice.columns * lattice.width
    north = lattice.south + lattice.rows * lattice.height
    points = rng.random((number, 2)) * (east - lattice.west, north - lattice.south)
    around = shapely.box(lattice.west, lattice.south, east, north)
    seeds = shapely.multipoints(points + np.array(lattice[:2]))
    parts = shapely.get_parts(shapely.voronoi_polygons(seeds, extend_to=around))
    shares = without_slivers(coverage(shapely.intersection(parts, around), lattice).T)
    people = rng.integers(0, 400, shares.shape[0])
    np.testing.assert_allclose(carried(shares, people).sum(), people.sum(), rtol=1e-9)
