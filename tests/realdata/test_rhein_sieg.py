"""The whole way on the real Rhein-Sieg-Kreis, 19 municipalities, Zensus 2011 cells.

Numbers: 245,000 dwellings, 2,360 areas of at least 100 dwellings and the bound of 2,433 were
measured before on the same cells.
"""

import shutil
from pathlib import Path

import pytest

from sozialraum.config import read_config
from sozialraum.pipeline import run
from sozialraum.schema import AREAS_LEVEL, MUNICIPALITY, State

PROJECT = Path(__file__).parent / "rhein_sieg"


@pytest.fixture(scope="module")
def made(shared, tmp_path_factory):
    assert shared.is_dir()
    folder = tmp_path_factory.mktemp("rhein-sieg")
    return run(read_config(PROJECT), output=folder / "out", work=folder / "work")


def test_dwellings_and_municipalities(made):
    dwellings = made.blocks.counts["dwellings"]
    assert dwellings.sum() == pytest.approx(245_000, rel=0.01)
    assert made.blocks.frame[MUNICIPALITY].nunique() == 19
    assert "dwellings" in made.blocks.estimates


def test_areas_are_as_small_as_the_policy_allows(made):
    areas = made.areas
    counts = made.blocks.counts["dwellings"].groupby(areas.membership).sum()
    assert counts.min() >= 100
    assert areas.frame["passes"].all()
    assert len(areas.frame) >= 2_340
    assert len(areas.frame) / areas.report["upper_bound"] >= 0.96
    unit = areas.membership.map(areas.frame[MUNICIPALITY])
    assert (unit == made.blocks.frame[MUNICIPALITY]).all()


def test_area_shapes_fill_every_municipality(made):
    own = made.areas.frame.dissolve(MUNICIPALITY).area
    whole = made.blocks.units.area
    assert (own / whole - 1).abs().max() < 1e-6


def test_the_release_is_a_draft_and_says_it_is_an_estimate(made):
    assert made.release.draft
    assert made.release.indicator("vacancy").estimate
    svg = (made.folder / "bericht.html").read_text(encoding="utf-8")
    assert "ENTWURF" in svg
    assert "Schätzung" in svg


def test_dense_west_and_rural_east(made):
    """Troisdorf's areas are small and many, Windeck's large and few."""
    areas = made.areas.frame
    names = made.blocks.units["name"]
    size = areas.area.groupby(areas[MUNICIPALITY].map(names)).median() / 1e6
    number = areas[MUNICIPALITY].map(names).value_counts()
    assert size["Troisdorf"] < 0.2 < size["Windeck"]
    assert number["Troisdorf"] > 3 * number["Windeck"]


def test_old_buildings_stand_in_the_villages_of_the_east(made):
    """Windeck's villages are old; Meckenheim grew as a planned town after the war."""
    shown = made.release.frame("before_1919", geography="gemeinde")
    value = shown.set_index("name")["value"]
    assert value["Windeck"] > 2 * value["Meckenheim"]
    assert value["Windeck"] > value["Troisdorf"]
    assert (shown["state"] == State.VALUE).all()


def test_most_values_are_published(made):
    table = made.release.table
    small = table[table["geography"] == AREAS_LEVEL]
    share = (small["state"] == State.VALUE).groupby(small["indicator"]).mean()
    assert share[["vacancy", "stove_heating"]].min() > 0.99


def test_a_copy_elsewhere_needs_its_data(shared, tmp_path):
    """Paths are relative to the project file: without the data it fails with a clear error."""
    from sozialraum.errors import SourceError

    assert shared.is_dir()
    shutil.copytree(PROJECT, tmp_path / "kopie")
    with pytest.raises(SourceError, match="rsk_bonn_gemeinden"):
        run(read_config(tmp_path / "kopie"), until="blocks", work=tmp_path / "work")
