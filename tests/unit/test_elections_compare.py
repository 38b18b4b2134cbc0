"""Districts of two elections: joined by shape, never by number alone."""

import geopandas as gpd
import pytest
import shapely

from sozialraum.errors import SourceError
from sozialraum.model import Layer, Source
from sozialraum.sources import read_deliveries
from sozialraum.sources.elections import read_election
from sozialraum.sources.elections_compare import same_districts

X, Y = 360_000, 5_630_000


def layer(boxes):
    shapes = [shapely.box(X + a, Y, X + b, Y + 100) for a, b in boxes.values()]
    frame = gpd.GeoDataFrame(geometry=shapes, index=list(boxes), crs="EPSG:25832")
    return Layer(frame.rename_axis("nr"), "nr", Source("Stadt", "Wahlbezirke"))


def election(folder, day, numbers):
    path = folder / f"{day}.csv"
    path.write_text("Nr;WB\n" + "".join(f"{n};100\n" for n in numbers))
    return read_election(path, columns={"number": "Nr", "eligible": "WB"}, date=day)


def test_numbers_of_different_elections_are_not_joined(tmp_path):
    old = election(tmp_path, "2020-09-13", ["1", "2"])
    new = election(tmp_path, "2025-09-14", ["1", "2"])
    with pytest.raises(SourceError) as caught:
        same_districts(old, new)
    assert caught.value.message == "elections.different_days"
    assert "2020-09-13" in caught.value.text("de")
    other = election(tmp_path, "2025-09-14", ["2", "3"])
    assert same_districts(new, other)["state"].to_dict() == {"1": "gone", "2": "same"}


def test_shapes_tell_which_districts_are_the_same(tmp_path):
    old = election(tmp_path, "2020-09-13", ["1", "2", "3", "4"])
    new = election(tmp_path, "2025-09-14", ["1", "2", "9"])
    before = layer({"1": (0, 100), "2": (100, 200), "3": (200, 300), "4": (300, 400)})
    after = layer({"1": (0, 100), "2": (100, 170), "9": (200, 300)})
    found = same_districts(old, new, old_shapes=before, new_shapes=after)
    assert found["state"].to_dict() == {"1": "same", "2": "changed", "3": "renumbered", "4": "gone"}
    assert found["key_new"]["3"] == "9"
    assert found["overlap"]["2"] == pytest.approx(0.7)
    loose = same_districts(old, new, old_shapes=before, new_shapes=after, tolerance=0.4)
    assert loose["state"]["2"] == "same"


def test_one_delivery_holds_one_election(tmp_path):
    election(tmp_path, "2020-09-13", ["1", "2"])
    election(tmp_path, "2025-09-14", ["1", "2"])
    (tmp_path / "deliveries.toml").write_text(
        "[[delivery]]\nname = 'wahl'\nkind = 'election'\nfiles = ['20*.csv']\n"
        "votes.columns = {number = 'Nr', eligible = 'WB'}\n"
        "source = {provider = 'Wahlamt', title = 'Ratswahlen'}\n"
    )
    with pytest.raises(SourceError) as caught:
        read_deliveries(tmp_path / "deliveries.toml")
    assert caught.value.message == "elections.several_elections"
    assert caught.value.ids == ("2020-09-13", "2025-09-14")
    (tmp_path / "2020-09-13.csv").rename(tmp_path / "alt.csv")
    (one,) = read_deliveries(tmp_path / "deliveries.toml")
    assert one.dates == ("2025-09-14",)
