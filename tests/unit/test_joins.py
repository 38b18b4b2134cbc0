"""What becomes of two sets of keys."""

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import box
from tests.counts import make_areas, make_blocks

from sozialraum.errors import SourceError
from sozialraum.model import Delivery, Layer, Source
from sozialraum.model.joined import JoinReport, JoinSide
from sozialraum.schema import State
from sozialraum.sources.joins import join_report, key_type


def layer(keys, name="nr", title="Gebiete", date=""):
    shapes = gpd.GeoSeries([box(i, 0, i + 1, 1) for i in range(len(keys))], crs="EPSG:25832")
    frame = gpd.GeoDataFrame(
        {"x": 1.0},
        index=pd.Index(keys, name=name, dtype="str"),
        geometry=shapes.tolist(),
        crs=25832,
    )
    return Layer(frame, name, Source("Stadt", title, territory_date=date))


def delivery(levels, date=""):
    rows = [
        {"level": level, "key": key, "date": day, "variable": "n", "value": 77_777.0}
        for level, keys in levels.items()
        for key in keys
        for day in ("2023-12-31", "2024-12-31")
    ]
    table = pd.DataFrame(rows).assign(
        low=lambda t: t["value"], high=lambda t: t["value"], state=State.VALUE
    )
    return Delivery("wahl", table, Source("Stadt", "Wahl", territory_date=date))


def test_matched_and_unmatched_on_both_sides():
    report = join_report(layer(["1", "2", "3"]), delivery({"area": ["2", "3", "9"]}))
    assert (report.matched, report.left.alone, report.right.alone) == (2, ("1",), ("9",))
    assert not report.complete
    assert report.sentences("de")[:3] == (
        "„Gebiete“ und „wahl“ haben 2 Schlüssel gemeinsam.",
        "Nur in „Gebiete“ (1): 1.",
        "Nur in „wahl“ (1): 9.",
    )
    assert len(report.sentences("en")) == len(report.sentences("de"))
    assert repr(report) == "<JoinReport: Gebiete 2 of 3, wahl 2 of 3>"
    assert "Nur in „wahl“" in report._repr_html_() or "Only in" in report._repr_html_()


def test_the_first_five_are_named_and_the_rest_is_counted():
    report = join_report(layer([f"{i}x" for i in range(9)]), layer(["a"], title="Andere"))
    assert "(9): 0x, 1x, 2x, 3x, 4x und 4 weitere." in report.sentences("de")[1]


def test_lost_zeros_are_suspected_and_not_joined():
    report = join_report(
        layer(["05111000", "14713000"], "ags"), delivery({"municipality": ["5111000", "14713000"]})
    )
    assert (report.matched, report.respelled) == (1, ("05111000 / 5111000",))
    assert any("führende Nullen" in s for s in report.sentences("de"))
    report = join_report(layer(["007", "08"]), delivery({"area": ["7", " 08"]}))
    assert report.respelled == ("007 / 7", "08 /  08")


def test_keys_that_are_there_twice_in_other_spelling():
    report = join_report(layer(["7", "007", "8"]), layer(["7", "8"]))
    assert report.left.repeated == ("007", "7")
    assert "Mehrfach in „Gebiete“ (2): 007, 7." in report.sentences("de")


@pytest.mark.parametrize(
    ("left", "right", "kinds"),
    [
        (layer(["05382060"], "ags"), layer(["053820060060"], "ARS"), ("ags", "ars")),
        (layer(["05382"], "AGS"), layer(["05382060"], "ags"), ("county", "ags")),
        (layer(["05382060"], "ags"), layer(["CRS3035RES100mN2689100E4337000"]), ("ags", "cell")),
        (layer(["053820060060"]), delivery({"municipality": ["05382060"]}), ("ars", "ags")),
    ],
)
def test_different_official_keys_are_never_joined(left, right, kinds):
    report = join_report(left, right)
    assert (report.left.key_type, report.right.key_type) == kinds
    assert report.matched == 0
    assert not report.comparable
    assert "Nichts wurde verknüpft" in report.sentences("de")[1]
    with pytest.raises(SourceError) as caught:
        join_report(left, right, must_match=True)
    assert caught.value.message == "joins.nothing"
    assert "8 Ziffern" in caught.value.text("de")


def test_districts_may_have_keys_of_any_length():
    assert join_report(layer(["10101"]), delivery({"area": ["10101"]})).matched == 1
    planning = layer(["01011101"], "plr_id")
    assert join_report(planning, delivery({"area": ["01011101"]})).complete
    assert key_type([]) == "other"


def test_the_level_that_fits_is_compared():
    both = delivery({"area": ["1", "2"], "municipality": ["05382060"]})
    assert join_report(layer(["1", "2"]), both).complete
    assert join_report(layer(["05382060"], "ags"), both).complete
    assert join_report(layer(["1", "2"]), both, must_match=True).matched == 2


def test_dates_of_the_boundaries_are_named():
    old, new = layer(["1"], date="2020-12-31"), layer(["1"], title="Neu", date="2025-12-31")
    assert "„Gebiete“ 2020-12-31, „Neu“ 2025-12-31" in join_report(old, new).sentences("de")[-1]
    assert join_report(old, old).sentences("de")[1:] == ()
    unknown = join_report(old, delivery({"area": ["1"]}))
    assert "nicht auf beiden Seiten bekannt" in unknown.sentences("de")[-1]


def test_blocks_and_areas_meet_layers():
    blocks = make_blocks([2, 3])
    areas = make_areas(blocks)
    units = layer(list(blocks.units.index), "ags")
    assert join_report(units, blocks).complete
    assert join_report(layer(list(areas.frame.index)), areas).complete


def test_no_count_of_people_is_told():
    report = join_report(layer(["1"]), delivery({"area": ["1", "2"]}))
    told = " ".join((*report.sentences("de"), repr(report), report._repr_html_()))
    assert "77777" not in told.replace(".", "").replace(",", "")


def test_a_report_that_contradicts_itself():
    side = JoinSide("a", "ags", 2, alone=("x",))
    with pytest.raises(SourceError):
        JoinReport(side, side, matched=2)
    with pytest.raises(SourceError):
        JoinReport(replace(side, alone=()), JoinSide("b", "ars", 2), matched=2)
    with pytest.raises(SourceError):
        JoinReport(JoinSide("a", "Postleitzahl", 0), JoinSide("b", "ars", 0), matched=0)


KEYS = st.lists(st.text("0123ab", min_size=1, max_size=4), min_size=1, max_size=12, unique=True)


@settings(deadline=None, max_examples=40)
@given(KEYS, KEYS, st.randoms(use_true_random=False))
def test_every_key_is_matched_or_named(left, right, random):
    report = join_report(layer(left), layer(right))
    assert report.matched == len(set(left) & set(right))
    assert set(report.left.alone) == set(left) - set(right)
    assert set(report.right.alone) == set(right) - set(left)
    random.shuffle(left)
    random.shuffle(right)
    assert join_report(layer(left), layer(right)).sentences("de") == report.sentences("de")
