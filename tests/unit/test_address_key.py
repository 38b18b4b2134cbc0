"""The address key: areas of addresses, ranges, workbooks, and a town's own list against it."""

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely

from sozialraum.areas.addresses import address_key
from sozialraum.errors import DelineationError, OutputError, SourceError
from sozialraum.export.addresses import write_address_key
from sozialraum.model import Areas, Layer, Source
from sozialraum.sources.street_compare import compare_streets
from sozialraum.sources.street_lists import read_street_list

TOWN, OTHER = "05382060", "05382064"
AREAS = {"Q1": (TOWN, "West", 0), "Q2": (TOWN, "Ost", 100), "R1": (OTHER, "Dorf", 200)}


def areas():
    rows = {
        key: {"name": name, "municipality": town, "origin": "adopted", "status": "accepted"}
        for key, (town, name, _) in AREAS.items()
    }
    frame = pd.DataFrame.from_dict(rows, orient="index").rename_axis("area_id")
    frame = frame.assign(decided_by="", decided_on="", passes=True, fails="")
    squares = [shapely.box(x, 0, x + 100, 100) for *_, x in AREAS.values()]
    shapes = gpd.GeoDataFrame(frame, geometry=squares, crs="EPSG:25832")
    return Areas(shapes, pd.Series(list(AREAS), index=["b1", "b2", "b3"]))


def layer(rows, town=TOWN):
    """Return addresses out of ``(street, number, x)``."""
    names = ["street", "number", "x", "municipality", "street_key", "district"]
    table = pd.DataFrame(
        [(*r, town, "", "")[:6] if len(r) == 3 else r for r in rows], columns=names
    )
    points = [None if pd.isna(x) else shapely.Point(x, 50) for x in table.pop("x")]
    index = pd.Index([f"a{i:02d}" for i in range(len(table))], name="address")
    frame = gpd.GeoDataFrame(table.set_index(index), geometry=points, crs="EPSG:25832")
    return Layer(frame, "address", Source("Amt", "Adressen"))


def shown(key):
    columns = ["street", "first", "last", "side", "area_id"]
    return [tuple(row) for row in key.ranges[columns].itertuples(index=False)]


def test_sides_letters_and_gaps_make_the_fewest_ranges():
    odd = [("Ring", str(n), 50) for n in (1, 3, 5, 7, 9)]
    even = [("Ring", str(n), 50 if n < 6 else 150) for n in (2, 4, 6, 8, 10)]
    others = [("Ring", "5a", 150), ("Weg", "2", 150), ("Weg", "9", 150)]
    key = address_key(layer([*odd, *even, *others]), areas())
    assert shown(key) == [
        ("Ring", "1", "5", "odd", "Q1"),
        ("Ring", "2", "4", "even", "Q1"),
        ("Ring", "5a", "5a", "one", "Q2"),
        ("Ring", "6", "10", "even", "Q2"),
        ("Ring", "7", "9", "odd", "Q1"),
        ("Weg", "2", "9", "all", "Q2"),
    ]
    assert key.unassigned.empty


def test_every_address_has_an_area_or_a_reason():
    rows = [
        ("Ring", "1", 50),
        ("Ring", "2", None),
        ("Ring", "3", 999),
        ("Ring", "4", 50, "05315000", "", ""),
        ("", "5", 50),
        ("Ring", "6", 50),
        ("Ring", "6", 150),
        ("Ring", "7", 250),
    ]
    key = address_key(layer(rows), areas())
    assert key.addresses["reason"].tolist() == [
        *("", "no_coordinates", "no_area", "outside", "no_street"),
        *("ambiguous", "ambiguous", "no_area"),
    ]
    assert ((key.addresses["area_id"] == "") == (key.addresses["reason"] != "")).all()
    assert shown(key) == [("Ring", "1", "1", "one", "Q1")]
    assert len(key.notes) == 5


def test_an_address_belongs_to_areas_of_its_own_municipality():
    rows = [
        ("Ring", "1", 201, TOWN, "", ""),
        ("Ring", "2", 201, OTHER, "", ""),
        ("Ring", "3", 201, "", "", ""),
    ]
    assert address_key(layer(rows), areas()).addresses["area_id"].tolist() == ["", "R1", "R1"]
    snapped = address_key(layer(rows), areas(), snap=2)
    assert snapped.addresses["area_id"].tolist() == ["Q2", "R1", "R1"]


def test_a_point_on_a_border_and_any_order_of_rows_decide_alike():
    rows = [("Ring", str(n), x) for n, x in enumerate((50, 100, 150, 100), start=1)]
    addresses = layer(rows)
    turned = Layer(addresses.frame[::-1], "address", addresses.source)
    one, other = (address_key(a, areas()) for a in (addresses, turned))
    assert one.addresses.equals(other.addresses)
    assert one.ranges.equals(other.ranges)
    assert one.addresses["area_id"].tolist() == ["Q1", "Q1", "Q2", "Q1"]


def test_one_street_however_it_is_spelt_and_two_of_one_name():
    rows = [
        ("Mühlenstr.", "1", 50),
        ("Muehlenstraße", "2", 50),
        ("Muehlenstraße", "3", 50),
        ("Hauptstraße", "1", 50, TOWN, "00001", "Nord"),
        ("Hauptstraße", "1", 150, TOWN, "00002", "Süd"),
        ("Dorfweg", "1", 50, TOWN, "", "Nord"),
        ("Dorfweg", "1", 150, TOWN, "", "Süd"),
    ]
    key = address_key(layer(rows), areas())
    told = key.ranges[["street", "street_key", "district", "area_id"]].to_numpy().tolist()
    assert told == [
        ["Dorfweg", "", "Nord", "Q1"],
        ["Dorfweg", "", "Süd", "Q2"],
        ["Hauptstraße", "00001", "Nord", "Q1"],
        ["Hauptstraße", "00002", "Süd", "Q2"],
        ["Muehlenstraße", "", "", "Q1"],
    ]


def test_what_is_no_list_of_addresses_and_what_lies_elsewhere_is_refused():
    addresses = layer([("Ring", "1", 5000)])
    with pytest.raises(DelineationError) as caught:
        address_key(addresses, areas())
    assert caught.value.message == "addressing.nowhere"
    bare = Layer(addresses.frame[["street", "geometry"]], "address", addresses.source)
    with pytest.raises(DelineationError) as caught:
        address_key(bare, areas())
    assert caught.value.message == "addressing.no_addresses"


@pytest.fixture
def key():
    rows = [("Ring", str(n), 50 if n <= 10 else 150) for n in range(1, 21)]
    rows += [("=SUMME(A1)", "1", 50), ("Ring", "10a", 50), ("Am Hof", "", 50), ("Ring", "99", None)]
    return address_key(layer(rows), areas())


def test_workbooks_are_read_back_and_agree(tmp_path, key):
    paths = write_address_key(tmp_path / "out", key, language="de")
    assert [p.name for p in paths] == [f"strassen-{TOWN}.xlsx"]
    book = openpyxl.load_workbook(paths[0])
    assert book.sheetnames == ["Straßen", "Nicht zugeordnet", "Hinweise"]
    rows = list(book["Straßen"].iter_rows(values_only=True))
    assert rows[0][:6] == ("Straße", "von", "bis", "Seite", "Gebiet", "Gebietsname")
    assert ("Ring", "1", "10a", "alle", "Q1", "West", None, None) in rows
    assert ("Am Hof", None, None, "ohne Nummer", "Q1", "West", None, None) in rows
    assert book["Straßen"].freeze_panes == "B2"
    formula = next(r for r in book["Straßen"].iter_rows() if r[0].value == "=SUMME(A1)")
    assert formula[0].data_type == "s"
    open_ones = list(book["Nicht zugeordnet"].iter_rows(values_only=True))
    assert open_ones[1][:2] == ("Ring", "99")
    assert open_ones[1][4] == "ohne brauchbare Koordinaten"
    compared = compare_streets(key, read_street_list(paths[0]))
    assert compared.agreed == 23
    assert compared.different.empty
    assert compared.overlaps.empty
    assert compared.unlisted["number"].tolist() == ["99"]
    assert not compared.agrees


def test_a_folder_is_not_overwritten_unasked_and_bytes_repeat(tmp_path, key):
    first = write_address_key(tmp_path / "out", key)[0].read_bytes()
    with pytest.raises(OutputError):
        write_address_key(tmp_path / "out", key)
    assert write_address_key(tmp_path / "out", key, overwrite=True)[0].read_bytes() == first
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "brief.txt").write_text("x")
    with pytest.raises(OutputError):
        write_address_key(tmp_path / "mine", key, overwrite=True)


def listed(tmp_path, *rows, head="Straße;Hausnummer von;Hausnummer bis;gerade/ungerade;Gebiet"):
    file = tmp_path / "liste.csv"
    file.write_text("\n".join([head, *rows]), encoding="utf-8")
    return read_street_list(file)


def test_a_list_of_ones_own_is_compared_whole(tmp_path, key):
    own = listed(
        tmp_path,
        "RING;1;9;u;West",
        "Ring;2;12;g;Q1",
        "Ring;12;20;g;ost",
        "Ring;11;17;ungerade;Q2",
        "Birkenweg;;;;Q1",
        "Am Hof;;;;Q9",
    )
    compared = compare_streets(key, own)
    assert compared.different[["number", "area_id", "area_listed", "row"]].to_numpy().tolist() == []
    assert compared.overlaps[["row", "other_row"]].to_numpy().tolist() == [[3, 4]]
    assert compared.unlisted["number"].tolist() == ["19", "", "99"]
    assert compared.unknown_streets.to_numpy().tolist() == [[6, "Birkenweg", "Q1"]]
    assert compared.unknown_areas.to_numpy().tolist() == [[7, "Am Hof", "Q9"]]
    assert compared.missing_streets["street"].tolist() == ["=SUMME(A1)"]
    assert compared.agreed == 20
    moved = compare_streets(key, listed(tmp_path, "Ring;;;;Q2"))
    assert len(moved.different) == 11
    assert set(moved.different["area_listed"]) == {"Q2"}


def test_the_comparison_is_a_workbook_of_its_own(tmp_path, key):
    own = listed(tmp_path, "Ring;1;9;u;Q1", "Ring;7;19;u;Q2")
    paths = write_address_key(
        tmp_path / "out", key, compared=compare_streets(key, own), language="de"
    )
    assert paths[-1].name == "vergleich.xlsx"
    book = openpyxl.load_workbook(paths[-1])
    overview = dict(book["Überblick"].iter_rows(min_row=2, values_only=True))
    assert overview["gleich zugeordnete Adressen"] == 10
    assert overview["Überschneidungen"] == 1
    rows = list(book["Überschneidungen"].iter_rows(values_only=True))
    assert rows[1] == ("Ring", "2", "1", "9", "ungerade", "Q1", "3", "Q2")


def test_to_12_holds_12a_unless_another_row_names_it(tmp_path, key):
    loose = compare_streets(key, listed(tmp_path, "Ring;1;10;alle;Q1", "Ring;11;;alle;Q2"))
    assert loose.different.empty
    assert loose.unlisted["number"].tolist() == []
    named = listed(tmp_path, "Ring;1;10;alle;Q1", "Ring;10a;10a;nur diese;Q2", "Ring;11;;alle;Q2")
    assert compare_streets(key, named).different["number"].tolist() == ["10a"]


def test_one_column_of_numbers_and_columns_by_mapping(tmp_path):
    head = "Lage;Hausnummer;Bezirk"
    own = listed(
        tmp_path, "Ring;1-9;Q1", "Ring;12;Q2", "Weg;;Q1", head=head.replace("Lage", "Straße")
    )
    told = own.rows[["first", "last", "side"]].to_numpy().tolist()
    assert told == [["1", "9", "all"], ["12", "12", "one"], ["", "", "all"]]
    (tmp_path / "b.csv").write_text(f"{head}\nRing;1;Q1\n", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_street_list(tmp_path / "b.csv")
    assert caught.value.message == "streets.columns_missing"
    assert len(read_street_list(tmp_path / "b.csv", columns={"street": "Lage"}).rows) == 1
    span = listed(tmp_path, "Ring;1-9;Q1", head="Straße;Von - Bis;Bezirk")
    assert span.rows[["first", "last"]].to_numpy().tolist() == [["1", "9"]]


def test_faults_of_a_list_are_named_at_once(tmp_path):
    rows = ("Ring;erste;9;u;Q1", "Ring;1;9;links;Q1", "Ring;1;9;u;")
    with pytest.raises(SourceError) as caught:
        listed(tmp_path, *rows, "Ring;12;2;g;Q1", "Ring;1,3,5;;u;Q1")
    assert caught.value.message == "streets.faulty"
    assert caught.value.ids == (
        "Zeile 2, Spalte Hausnummer von",
        "Zeile 6, Spalte Hausnummer von",
        "Zeile 5, Spalte Hausnummer bis",
        "Zeile 3, Spalte gerade/ungerade",
        "Zeile 4, Spalte Gebiet",
    )


def test_whose_list_it_is_must_be_clear(tmp_path):
    rows = [("Ring", "1", 50, TOWN, "", ""), ("Ring", "1", 250, OTHER, "", "")]
    two = address_key(layer(rows), areas())
    own = listed(tmp_path, "Ring;1;1;alle;Dorf")
    with pytest.raises(SourceError) as caught:
        compare_streets(two, own)
    assert caught.value.message == "streets.which_municipality"
    assert compare_streets(two, own, municipality=OTHER).agreed == 1
