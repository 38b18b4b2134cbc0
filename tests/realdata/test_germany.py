"""All census cells of a Land: municipalities with invalid shapes, tens of thousands of cells.

The whole country is a measurement (``make bench-areas ARGS=--germany``), not a test.
"""

import sys
from pathlib import Path

import numpy as np
import pyogrio
import pytest

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
try:
    from areas_bench import germany
finally:
    sys.path.remove(str(TOOLS))

SAARLAND = "10"


@pytest.fixture(scope="module")
def saarland(shared):
    return germany.measure(shared, SAARLAND, alike=0.0, effort="fast", n_jobs=2)


def test_every_cell_of_a_land_gets_an_area_that_passes(saarland):
    figures, _ = saarland
    # origin: 52 municipalities in the Saarland, and the cells whose midpoint lies in them
    assert figures["municipalities"] == figures["components"] == 52
    assert figures["cells"] == 37_060
    assert figures["valid"]
    assert figures["failing"] == figures["torn"] == figures["crossing"] == 0
    assert figures["cells_out_of_reach"] == 0
    # origin of the bound: sum over municipalities of floor(sum of min(dwellings, 10) / 10)
    assert figures["bound"] == 8_399
    assert figures["areas"] >= 0.91 * figures["bound"]


def test_invalid_municipalities_are_repaired_and_lie_where_they_should(shared):
    towns = pyogrio.read_dataframe(shared / germany.TOWNS)
    broken = towns[~towns.is_valid]
    assert len(broken) == 37
    chosen = broken["AGS"].iloc[0]
    raster = germany.municipalities(shared / germany.TOWNS, chosen)
    assert raster.keys.tolist() == [chosen]
    # within a per cent: cells by their midpoint, and the areas of two projections
    hectares = broken.geometry.buffer(0).iloc[0].area / 10_000
    assert (raster.town == 0).sum() == pytest.approx(hectares, rel=0.02)


def test_neighbours_never_leave_their_municipality(saarland):
    _, cells = saarland
    left, right = cells.adjacency.nonzero()
    assert (cells.units[left] == cells.units[right]).all()
    # every cell has a neighbour: the tiles fill the municipality
    assert (np.diff(cells.adjacency.indptr) > 0).all()
