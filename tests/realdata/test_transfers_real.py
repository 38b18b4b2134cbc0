"""Real cells, districts and municipalities: what a county has by each rule, and what is lost."""

from dataclasses import replace

import numpy as np
import pytest

from sozialraum.sources import read_census_grid, read_districts, read_municipalities
from sozialraum.transfers import build_transfer, compare_rules, transfer


@pytest.fixture(scope="module")
def county(shared):
    return read_municipalities(shared / "rhein_sieg/rsk_bonn_gemeinden_25832.gpkg", county="05382")


@pytest.fixture(scope="module")
def cells(shared):
    return read_census_grid(shared / "rhein_sieg/zensus2011_1km_rsk_bonn_bbox_spitze.csv")


def test_the_people_of_a_county_by_rule(county, cells):
    table = compare_rules(cells, county, "Einwohner")
    assert table.loc["", ["within", "centre", "area", "touching"]].to_dict() == pytest.approx(
        {"within": 520_716, "centre": 573_159, "area": 575_503, "touching": 653_099}, rel=1e-3
    )
    assert table.loc["", "spread"] == pytest.approx(0.23, abs=0.001)
    parts = table.drop(index="")
    # a cell on an inner border is in no municipality wholly, and touches several
    assert parts["within"].sum() < 520_716
    assert parts["touching"].sum() > 653_099
    assert parts["area"].sum() == pytest.approx(575_503, rel=1e-3)


def test_nothing_of_a_county_gets_lost(county, cells):
    over = build_transfer(cells, county)
    assert len(over.outside) + (over.shares.sum(axis=1) > 1 - 1e-6).sum() == len(cells.frame)
    counted = replace(cells, frame=cells.frame.fillna({"Einwohner": 0}), states=None)
    found = transfer(counted, over)
    assert found.estimates == ("Einwohner",)
    assert found.frame["Einwohner"].sum() == pytest.approx(575_503, rel=1e-3)
    # nobody knows how many live in a cell that is kept secret
    assert transfer(cells, over).frame["Einwohner"].isna().all()


def test_polling_districts_nest_in_the_quarters_that_their_attributes_name(shared):
    districts = read_districts(
        shared / "electoral/koeln_stimmbezirke_2013/Stimmbezirk.shp", repair=True
    )
    quarters = read_districts(shared / "planning_areas/koeln/Stadtteil/Stadtteil.shp", repair=True)
    plain = build_transfer(districts, quarters)
    allowed = build_transfer(districts, quarters, rule="most", open_share=0.25)
    for over in (plain, allowed):
        assert not over.estimated
        assert over.outside.empty
        where = over.shares.tocoo()
        assert np.allclose(where.data, 1)
        said = districts.frame["NR_STT"].iloc[where.row].astype(int).to_numpy()
        assert (over.targets[where.col].astype(int).to_numpy() == said).all()
    # quarters reach into the Rhine, polling districts do not
    assert len(plain.uncovered) == 24
    assert allowed.uncovered.empty
    assert any("wie erlaubt" in note for note in allowed.notes)
