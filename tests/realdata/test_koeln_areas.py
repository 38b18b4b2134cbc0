"""Köln: its 371 quarters (Stadtviertel) as given areas, 800 polling districts as blocks.

People entitled to vote in 2013 stand for residents: no file has these by polling district.
Both sets of borders were drawn independently, so districts straddle quarters.
"""

import numpy as np
import pandas as pd
import pytest
import shapely

from sozialraum.areas import adopt_areas, check_areas, delineate_areas
from sozialraum.blocks import build_blocks
from sozialraum.errors import DelineationError
from sozialraum.model import Layer, Policy, Source
from sozialraum.sources import read_districts

CRS = "+proj=tmerc +lat_0=0 +lon_0=9 +k=0.9996 +x_0=2500000 +y_0=0 +ellps=GRS80 +units=m +no_defs"
CITY = "05315000"
POLICY = Policy("test", residents=0, denominator=30, k=3, minima={"voters": 1_000})


def districts(shared, folder: str, key: str) -> Layer:
    path = shared / folder
    return read_districts(
        path, key=key, crs=CRS, repair=True, source=Source("Stadt Köln", path.stem, licence="CC BY")
    )


@pytest.fixture(scope="module")
def quarters(shared):
    return districts(shared, "planning_areas/koeln/Stadtviertel/Stadtviertel.shp", "STV_NR")


@pytest.fixture(scope="module")
def city(shared):
    layer = districts(shared, "electoral/koeln_stimmbezirke_2013/Stimmbezirk.shp", "NUMMER")
    result = pd.read_csv(
        shared / "electoral" / "koeln_btw2013_result_stimmbezirk.csv", dtype={"Nr": str}
    ).set_index("Nr")
    voters = result["Wahlberechtigte"].reindex(layer.frame.index)
    assert voters.notna().all()
    frame = layer.frame.assign(voters=voters.astype(float))
    # the only two districts that overlap, and are refused as they are
    first, second = frame.geometry["30505"], frame.geometry["30506"]
    assert shapely.intersection(first, second).area > 1
    frame.loc["30506", "geometry"] = shapely.difference(second, first)
    town = frame.iloc[:1][["geometry"]].assign(name="Köln").set_axis([CITY])
    # one shape for the city, slightly larger than its districts, whose borders differ by metres
    town = town.set_geometry([shapely.buffer(shapely.union_all(np.asarray(frame.geometry)), 60)])
    return build_blocks(
        Layer(frame, layer.key, layer.source, additive=("voters",)),
        nest_in=Layer(town.set_crs(frame.crs).rename_axis("ags"), "ags", layer.source),
        design=["voters"],
    )


def test_the_quarters_are_adopted_as_they_are(city, quarters):
    areas = adopt_areas(city, quarters, policy=POLICY)
    # origin: 371 features in the file; 800 districts with 1,024 rows less 224 postal ones
    assert len(areas.frame) == 371
    assert len(areas.membership) == 800
    assert areas.frame.geometry["10101"].equals(quarters.frame.geometry["10101"])


def test_only_quarters_that_fail_are_changed(city, quarters):
    before = adopt_areas(city, quarters, policy=POLICY)
    after = delineate_areas(city, policy=POLICY, given=quarters, seed=1)
    passing = before.frame.index[before.frame["passes"]]
    settled = pd.Index(before.membership.unique())
    # measured: 56 quarters hold no district (parks, harbours, or districts larger than them)
    assert (len(passing), len(settled.difference(passing)), 371 - len(settled)) == (241, 74, 56)
    inhabited = after.frame.loc[after.membership.unique()]
    assert inhabited["passes"].all()
    assert set(passing) <= set(inhabited.index)
    assert (after.membership.loc[before.membership.isin(passing)].isin(passing)).all()
    for area in after.report["kept"]:
        assert after.frame.loc[area].equals(before.frame.loc[area])
    # measured: 48 districts move, 48 of the 74 are dissolved; the other 26 pass with what they get
    moved = int((after.membership != before.membership).sum())
    assert moved <= 50
    assert len(inhabited) >= 265
    assert after.report["upper_bound"] == 658
    assert len(after.report["dissolved"]) == len(settled) - len(inhabited)


def test_the_repaired_quarters_cover_what_the_given_ones_did(city, quarters):
    after = delineate_areas(city, policy=POLICY, given=quarters, seed=1)
    covered = after.frame.geometry.area.sum()
    assert covered == pytest.approx(quarters.frame.geometry.area.sum(), rel=1e-6)
    with pytest.raises(DelineationError, match="voters"):
        check_areas(after)  # quarters without any district stay, and fail


def test_searching_anew_finds_far_more_areas_than_were_decided(city, quarters):
    after = delineate_areas(city, policy=POLICY, given=quarters, change="all", seed=1)
    check_areas(after)
    # measured: 529 areas, 81 of them given ones, at a bound of 658: districts are large blocks
    assert len(after.frame) >= 515
    assert len(after.report["kept"]) >= 60
