"""Points: from shapes and tables, with everything that goes wrong with coordinates."""

import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook
from shapely import MultiPoint, Point, box

from sozialraum.errors import DisclosureError, SourceError
from sozialraum.model import Layer, Source
from sozialraum.schema import State
from sozialraum.sources.points import read_points

LON, LAT = [7.05, 7.1, 7.2], [50.72, 50.75, 50.8]
UTM = gpd.GeoSeries.from_xy(LON, LAT, crs=4326).to_crs(25832)


def csv(tmp_path, rows, header="nr;name;lon;lat;plaetze", name="kitas.csv"):
    path = tmp_path / name
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def raised(message, path, **options):
    with pytest.raises(SourceError) as caught:
        read_points(path, **options)
    assert caught.value.message == message
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


def places(layer):
    return np.column_stack([layer.frame.geometry.x, layer.frame.geometry.y])


EXPECTED = np.column_stack([UTM.x, UTM.y])
NAMES = ["Kita Aue", "Kita Berg", "Kita Tal"]


@pytest.mark.parametrize("sign", [".", ","])
def test_table_with_degrees_and_either_decimal_sign(tmp_path, sign):
    rows = [f"0{i};{NAMES[i]};{LON[i]};{LAT[i]};{10 * i}".replace(".", sign) for i in range(3)]
    layer = read_points(csv(tmp_path, rows), capacity="plaetze")
    assert layer.key == "nr"
    assert layer.frame.index.tolist() == ["00", "01", "02"]
    assert places(layer) == pytest.approx(EXPECTED, abs=1e-3)
    assert layer.frame["plaetze"].tolist() == [0, 10, 20]
    assert layer.additive == ("plaetze",)
    assert layer.states is None
    assert layer.frame["name"].tolist() == NAMES
    assert layer.frame.columns.tolist() == ["name", "plaetze", "geometry"]
    assert any("WGS 84" in note for note in layer.notes)


def test_metres_with_grouped_thousands(tmp_path):
    east = [f"{x:,.1f}".replace(",", "_").replace(".", ",").replace("_", ".") for x in UTM.x]
    north = [f"{y:,.1f}".replace(",", "_").replace(".", ",").replace("_", ".") for y in UTM.y]
    rows = [f"{i};{NAMES[i]};{east[i]};{north[i]};1" for i in range(3)]
    path = csv(tmp_path, rows, header="nr;name;Rechtswert;Hochwert;plaetze")
    assert places(read_points(path)) == pytest.approx(EXPECTED, abs=0.06)


@pytest.mark.parametrize("code", [4647, 31466, 3857, 3035])
def test_systems_are_recognised_by_the_numbers(tmp_path, code):
    moved = UTM.to_crs(code)
    rows = [f"{i};{NAMES[i]};{moved.x[i]:.3f};{moved.y[i]:.3f};1" for i in range(3)]
    path = csv(tmp_path, rows, header="nr;name;X;Y;plaetze")
    assert places(read_points(path)) == pytest.approx(EXPECTED, abs=0.5)


def test_workbook_with_a_sheet_and_titles(tmp_path):
    book = Workbook()
    sheet = book.active
    sheet.title = "Kitas"
    sheet.append(["Kitas im Kreis"])
    sheet.append(["nr", "name", "Länge", "Breite", "Plätze"])
    for i in range(3):
        sheet.append([f"0{i}", NAMES[i], LON[i], LAT[i], 5])
    book.create_sheet("Hinweise").append(["Stand: 2025"])
    path = tmp_path / "kitas.xlsx"
    book.save(path)
    layer = read_points(path, layer="Kitas", x="Länge", y="Breite", key="nr", capacity="Plätze")
    assert places(layer) == pytest.approx(EXPECTED, abs=1e-3)
    assert layer.frame["Plätze"].sum() == 15


@pytest.mark.parametrize("name", ["a.gpkg", "a.shp", "a.geojson"])
def test_shapes(tmp_path, name):
    crs = 4326 if name.endswith("json") else 25832
    frame = gpd.GeoDataFrame({"nr": ["2", "1", "3"], "art": ["a", "b", "a"]}, geometry=UTM)
    frame = frame.to_crs(crs)
    frame.loc[0, "geometry"] = (
        MultiPoint([frame.geometry[0]]) if name == "a.gpkg" else frame.geometry[0]
    )
    frame.to_file(tmp_path / name)
    layer = read_points(tmp_path / name, where={"art": "a"})
    assert layer.frame.index.tolist() == ["2", "3"]
    assert places(layer) == pytest.approx(EXPECTED[[0, 2]], abs=1e-3)


def test_zipped_table(tmp_path):
    path = csv(tmp_path, [f"{i};{NAMES[i]};{LON[i]};{LAT[i]};1" for i in range(3)])
    with zipfile.ZipFile(tmp_path / "kitas.zip", "w") as archive:
        archive.write(path, "ordner/kitas.csv")
    assert len(read_points(tmp_path / "kitas.zip").frame) == 3


FAULTY = {
    "Dezimalkomma fehlt": "9;Kita;7050000;5072;1",
    "vertauscht": "9;Kita;50.72;7.05;1",
    "anderes Koordinatensystem": "9;Kita;362000.5;5620000.5;1",
    "außerhalb Deutschlands": "9;Kita;2.35;48.85;1",
    "Koordinate fehlt": "9;Kita;;50.7;1",
    "keine Zahl": "9;Kita;beim Rathaus;50.7;1",
}


@pytest.mark.parametrize("kind", FAULTY)
def test_faulty_points_are_told_by_kind_and_left_out_on_request(tmp_path, kind):
    rows = [f"{i};{NAMES[i]};{LON[i]};{LAT[i]};1" for i in range(3)]
    path = csv(tmp_path, [*rows, FAULTY[kind]])
    error = raised("points.faulty", path)
    assert kind in error.text("de")
    assert "Zeile 5" in error.text("de")
    layer = read_points(path, repair=True)
    assert layer.frame.index.tolist() == ["0", "1", "2"]
    assert any(kind in note and "Zeile 5" in note for note in layer.notes)


def test_all_faults_of_a_file_stand_in_one_error(tmp_path):
    rows = [f"a{i};{NAMES[i % 3]};{LON[i % 3]};{LAT[i % 3]};1" for i in range(9)]
    bad = [row.replace("9;", f"{i};", 1) for i, row in enumerate(FAULTY.values())]
    told = raised("points.faulty", csv(tmp_path, [*rows, *bad])).text("de")
    assert all(kind in told for kind in FAULTY)


def test_axes_of_a_whole_file(tmp_path):
    path = csv(tmp_path, [f"{i};{NAMES[i]};{LAT[i]};{LON[i]};1" for i in range(3)])
    raised("points.axes_swapped", path)
    assert places(read_points(path, repair=True)) == pytest.approx(EXPECTED, abs=1e-3)
    assert places(read_points(path, x="lat", y="lon")) == pytest.approx(EXPECTED, abs=1e-3)


def test_points_outside_the_county(tmp_path):
    path = csv(tmp_path, [f"{i};{NAMES[i]};{LON[i]};{LAT[i]};1" for i in range(3)])
    x, y = EXPECTED[0]
    frame = gpd.GeoDataFrame(
        index=pd.Index(["k"], name="ags"), geometry=[box(x - 9, y - 9, x + 9, y + 9)], crs=25832
    )
    county = Layer(frame, "ags", Source("", "Kreis"))
    assert "Zeile 3, Zeile 4" in raised("points.faulty", path, within=county).text("de")
    assert read_points(path, within=county, repair=True).frame.index.tolist() == ["0"]
    assert len(read_points(path, within=county, margin=50_000).frame) == 3


def test_nothing_is_left(tmp_path):
    path = csv(tmp_path, ["1;Kita;2.3;48.8;1"])
    raised("points.no_system", csv(tmp_path, ["1;Kita;2;3;1"], name="b.csv"))
    raised("points.all_faulty", path, crs="EPSG:4326", repair=True)
    raised("points.nothing_there", csv(tmp_path, [], name="c.csv"))


def test_polygons_count_from_inside_on_request(tmp_path):
    frame = gpd.GeoDataFrame({"nr": ["1", "2"]}, geometry=[UTM[0], UTM[1].buffer(20)], crs=25832)
    frame.to_file(tmp_path / "a.gpkg")
    assert raised("points.not_points", tmp_path / "a.gpkg").ids == ("#2",)
    layer = read_points(tmp_path / "a.gpkg", repair=True)
    assert places(layer) == pytest.approx(EXPECTED[:2], abs=20)
    assert set(layer.frame.geom_type) == {"Point"}


def test_keys(tmp_path):
    rows = [f"{i};{NAMES[i]};{LON[i]};{LAT[i]};1" for i in (0, 1, 1)]
    raised("sources.keys_repeated", csv(tmp_path, rows), key="nr")
    layer = read_points(csv(tmp_path, rows))
    assert layer.frame.index.tolist() == ["kitas-1", "kitas-2", "kitas-3"]
    assert any("nummeriert" in note for note in layer.notes)
    blank = csv(tmp_path, [";A;7;50.7;1", "2;B;7;50.7;1"])
    assert raised("sources.keys_blank", blank, key="nr").ids == ("Zeile 2",)


def test_lost_zeros_of_municipality_keys(tmp_path):
    rows = [f"{i};538200{i};{LON[i]};{LAT[i]}" for i in (1, 2)]
    path = csv(tmp_path, rows, header="nr;Gemeindeschlüssel;lon;lat")
    raised("sources.leading_zero_lost", path)
    assert read_points(path, repair=True).frame["Gemeindeschlüssel"].tolist() == [
        "05382001",
        "05382002",
    ]


def test_places_that_are_missing_wrong_or_negative(tmp_path):
    rows = [f"{i};{NAMES[i]};{LON[i]};{LAT[i]};{cell}" for i, cell in enumerate(["12", ".", ""])]
    layer = read_points(csv(tmp_path, rows), capacity="plaetze")
    assert layer.frame["plaetze"].tolist() == pytest.approx([12, np.nan, np.nan], nan_ok=True)
    assert layer.states["plaetze"].tolist() == [State.VALUE, State.SUPPLIER, State.NOT_DELIVERED]
    assert any("Zeile 3, Zeile 4" in note for note in layer.notes)
    wrong = csv(tmp_path, ["1;A;7;50.7;viele"])
    assert raised("points.no_places", wrong, capacity="plaetze").ids == ("Zeile 2",)
    below = csv(tmp_path, ["1;A;7;50.7;-3"])
    assert "-3" not in raised("points.negative", below, capacity="plaetze").text("de")


def test_columns_with_coordinates(tmp_path):
    raised("points.no_coordinates", csv(tmp_path, ["1;2"], header="nr;strasse"))
    raised("points.which_coordinates", csv(tmp_path, ["1;7;50;7"], header="nr;lon;lat;longitude"))
    raised("points.one_coordinate", csv(tmp_path, ["1;7;50"], header="nr;a;b"), x="a")
    raised("sources.columns_missing", csv(tmp_path, ["1;7;50"], header="nr;a;b"), x="a", y="c")


@pytest.mark.parametrize(
    "header",
    [
        "Vorname;Nachname;lon;lat;x1",
        "id;Geschlecht;lon;lat;Alter",
        "Straße;Hausnummer;lon;lat;Geschlecht",
    ],
)
def test_people_at_addresses_are_refused(tmp_path, header):
    cells = {"Vorname": "Anna", "Nachname": "Muster", "Geschlecht": "w", "Straße": "Hofweg"}
    rows = []
    for i in range(6):
        row = {
            "lon": 7 + i / 100,
            "lat": 50.7,
            "id": i,
            "x1": "",
            "Alter": 30 + i,
            "Hausnummer": i + 1,
        }
        rows.append(";".join(str({**row, **cells}[name]) for name in header.split(";")))
    with pytest.raises(DisclosureError) as caught:
        read_points(csv(tmp_path, rows, header=header))
    assert "Anna" not in str(caught.value)


def test_people_in_a_file_with_shapes_are_refused(tmp_path):
    frame = gpd.GeoDataFrame({"Nachname": ["A", "B"], "Vorname": ["C", "D"]}, geometry=UTM[:2])
    frame.to_file(tmp_path / "a.gpkg")
    with pytest.raises(DisclosureError):
        read_points(tmp_path / "a.gpkg")


def test_the_order_of_rows_does_not_matter(tmp_path):
    rows = [f"{i};{NAMES[i]};{LON[i]};{LAT[i]};{i}" for i in range(3)]
    first = read_points(csv(tmp_path, rows), capacity="plaetze").frame
    second = read_points(csv(tmp_path, rows[::-1]), capacity="plaetze").frame
    pd.testing.assert_frame_equal(first, second)
    assert first.geometry.iloc[0].equals(Point(*places(Layer(first, "nr", Source("", "a")))[0]))
