"""The census grid: layouts of 2022 and 2011, symbols, keys, windows."""

import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from sozialraum.errors import SourceError
from sozialraum.model import Layer, Source
from sozialraum.schema import State
from sozialraum.sources import read_census_grid

NORTH, EAST = 3_051_000, 4_097_000


def key(size, row, column, *, short=False):
    north, east = NORTH + size * row, EAST + size * column
    if not short:
        return f"CRS3035RES{size}mN{north}E{east}"
    unit = f"{size}m" if size < 1000 else f"{size // 1000}km"
    return f"{unit}N{north // size}E{east // size}"


def grid_csv(size, cells, names, *, prefix="GITTER_ID", short=False, shift=0, ids=True):
    """Return a census table; `cells` maps (row, column) to the texts of the columns."""
    unit = {100: "100m", 1000: "1km", 10000: "10km"}[size]
    lines = [";".join([f"{prefix}_{unit}", f"x_mp_{unit}", f"y_mp_{unit}", *names])]
    for (row, column), values in cells.items():
        x = EAST + size * column + size // 2 + shift
        y = NORTH + size * row + size // 2
        lines.append(";".join([key(size, row, column, short=short), str(x), str(y), *values]))
    return "\n".join(lines) + "\n"


def window(size, rows, columns):
    """Return a layer that covers the inside of some cells."""
    west, south = EAST + size * columns[0] + 1, NORTH + size * rows[0] + 1
    east, north = EAST + size * (columns[1] + 1) - 1, NORTH + size * (rows[1] + 1) - 1
    shape = gpd.GeoSeries([shapely.box(west, south, east, north)], crs="EPSG:3035")
    index = pd.Index(["05999001"], name="ags")
    frame = gpd.GeoDataFrame({"name": ["A"]}, index=index, geometry=shape.to_numpy(), crs=3035)
    return Layer(frame.to_crs(25832), "ags", Source("test", "test"))


@pytest.fixture
def population(tmp_path):
    path = tmp_path / "Zensus2022_Bevoelkerungszahl_100m-Gitter.csv"
    cells = {(r, c): [str(10 * r + c + 3)] for r in range(5) for c in range(5)}
    path.write_text(grid_csv(100, cells, ["Einwohner"]), encoding="utf-8")
    return path


def test_cells_are_squares_at_their_corner(population):
    layer = read_census_grid(population)
    assert layer.key == layer.frame.index.name == "cell"
    assert layer.frame.crs.to_epsg() == 3035
    assert layer.additive == ("Einwohner",)
    assert layer.states is None
    assert layer.frame["Einwohner"].sum() == sum(10 * r + c + 3 for r in range(5) for c in range(5))
    square = layer.frame.geometry[key(100, 2, 3)]
    assert square.bounds == (EAST + 300, NORTH + 200, EAST + 400, NORTH + 300)
    assert layer.source.reference_date == "2022-05-15"
    assert "Zensus 2022" in layer.source.line()


def test_rows_may_come_in_any_order(population):
    lines = population.read_text().splitlines()
    mixed = population.with_name("gemischt_100m-Gitter.csv")
    mixed.write_text("\n".join([lines[0], *lines[:0:-1]]) + "\n")
    pd.testing.assert_frame_equal(
        pd.DataFrame(read_census_grid(population).frame),
        pd.DataFrame(read_census_grid(mixed).frame),
    )


def test_only_cells_that_touch_the_window_are_kept(population):
    layer = read_census_grid(population, within=window(100, (1, 2), (1, 3)))
    expected = sorted(key(100, r, c) for r in (1, 2) for c in (1, 2, 3))
    assert layer.frame.index.tolist() == expected


def test_a_window_elsewhere_is_an_error(population):
    with pytest.raises(SourceError) as caught:
        read_census_grid(population, within=window(100, (900, 901), (900, 901)))
    assert caught.value.message == "sources.no_cell_within"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_dashes_are_never_zero(tmp_path, encoding):
    path = tmp_path / "Zensus2022_Alter_1km-Gitter.csv"
    cells = {(0, 0): ["10", "4"], (0, 1): ["7", "–"], (0, 2): ["5", ""]}
    path.write_bytes(grid_csv(1000, cells, ["Insgesamt", "Unter18"]).encode(encoding))
    layer = read_census_grid(path)
    values = layer.frame["Unter18"]
    assert values[key(1000, 0, 0)] == 4
    assert values.isna().sum() == 2
    assert layer.states is not None
    assert list(layer.states) == ["Unter18"]
    assert layer.states["Unter18"].tolist() == [State.VALUE, State.SUPPLIER, State.NOT_DELIVERED]
    total = read_census_grid(path, variables={"adults": "Insgesamt - Unter18"})
    assert total.frame["adults"].notna().tolist() == [True, False, False]
    assert total.states is not None
    assert total.states["adults"].tolist() == layer.states["Unter18"].tolist()
    zero = read_census_grid(path, variables={"u18": "Unter18"}, dash_is_zero=True)
    assert zero.frame["u18"].tolist()[:2] == [4, 0]
    assert any("Untergrenzen" in note for note in zero.notes)


def test_shares_are_barred_from_sums_and_brackets_become_flags(tmp_path):
    path = tmp_path / "miete_100m-Gitter.csv"
    names = ["durchschnMieteQM", "AnzahlWohnungen", "werterlaeuternde_Zeichen"]
    cells = {
        (0, 0): ["6,26", "3", ""],
        (0, 1): ["4,45", "3", "KLAMMERN"],
        (0, 2): ["–", "–", "KLAMMERN"],
    }
    path.write_text(grid_csv(100, cells, names), encoding="utf-8")
    layer = read_census_grid(path, dash_is_zero=True)
    assert layer.additive == ("AnzahlWohnungen",)
    assert layer.shares == ("durchschnMieteQM",)
    assert layer.frame["durchschnMieteQM"].tolist()[:2] == [6.26, 4.45]
    assert np.isnan(layer.frame["durchschnMieteQM"].iloc[2])
    assert layer.frame["durchschnMieteQM__uncertain"].tolist() == [False, True, False]
    assert "AnzahlWohnungen__uncertain" not in layer.frame
    single = read_census_grid(path, variables={"rent": "durchschnMieteQM"})
    assert single.shares == ("rent",)
    assert single.frame["rent__uncertain"].tolist() == [False, True, False]
    with pytest.raises(SourceError) as caught:
        read_census_grid(path, variables={"rent": "durchschnMieteQM * AnzahlWohnungen"})
    assert caught.value.message == "sources.shares_summed"


def test_columns_that_start_with_a_digit(tmp_path):
    path = tmp_path / "hh_100m-Gitter.csv"
    path.write_text(grid_csv(100, {(0, 0): ["4", "3"]}, ["1_Person", "2_Personen"]))
    variables = {"one": "1_Person", "small": '"1_Person" + "2_Personen"'}
    layer = read_census_grid(path, variables=variables)
    assert layer.frame[["one", "small"]].to_numpy().tolist() == [[4, 7]]


@pytest.mark.parametrize("folder", ["", "Zensus2022_Bevoelkerungszahl/"])
def test_the_finest_member_of_an_archive(tmp_path, folder):
    path = tmp_path / "Zensus2022_Bevoelkerungszahl.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for size, unit in ((10_000, "10km"), (1000, "1km"), (100, "100m")):
            text = grid_csv(size, {(0, 0): [str(size)]}, ["Einwohner"])
            archive.writestr(f"{folder}ZENSUS2022_Bev_{unit}-gitter.CSV", text)
        archive.writestr(f"{folder}Beschreibung.xlsx", "x")
    assert read_census_grid(path).frame["Einwohner"].tolist() == [100]
    assert read_census_grid(path, resolution="10km").frame["Einwohner"].tolist() == [10_000]
    assert (
        "Zensus 2022, Gitterzellen 1km: Bev"
        in read_census_grid(path, resolution="1km").source.title
    )


def test_resolutions_that_are_not_there(population, tmp_path):
    large = tmp_path / "large_1km-Gitter.csv"
    large.write_text(grid_csv(1000, {(0, 0): ["5"]}, ["Einwohner"]))
    with pytest.raises(SourceError) as caught:
        read_census_grid(large, resolution="100m")
    assert caught.value.message == "sources.other_resolution"
    with pytest.raises(SourceError) as caught:
        read_census_grid(population, resolution="50m")
    assert caught.value.message == "sources.no_such_resolution"
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(population, "a_100m-Gitter.csv")
        archive.write(population, "b_100m-Gitter.csv")
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.ids == ("a_100m-Gitter.csv", "b_100m-Gitter.csv")


def test_key_and_midpoint_must_agree(tmp_path):
    path = tmp_path / "shift_100m-Gitter.csv"
    path.write_text(grid_csv(100, {(0, 0): ["5"]}, ["Einwohner"], shift=50))
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == "sources.half_cell"
    assert caught.value.ids == (key(100, 0, 0),)


@pytest.mark.parametrize(
    ("cells", "names", "message"),
    [
        ({(0, 0): ["viele"]}, ["Einwohner"], "sources.cells_not_numbers"),
        ({(0, 0): ["-4"]}, ["Einwohner"], "sources.cells_negative"),
        ({(0, 0): []}, ["Einwohner"], "sources.rows_cut"),
        ({(0, 0): ["4", "5"]}, ["Einwohner"], "sources.rows_cut"),
    ],
)
def test_faulty_tables(tmp_path, cells, names, message):
    path = tmp_path / "a_100m-Gitter.csv"
    path.write_text(grid_csv(100, cells, names))
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == message


def test_other_files_and_unknown_columns(population, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("a;b\n1;2\n")
    with pytest.raises(SourceError) as caught:
        read_census_grid(other)
    assert caught.value.message == "sources.not_a_grid_file"
    with pytest.raises(SourceError) as caught:
        read_census_grid(population, variables={"x": "Einwohner + Haushalte"})
    assert caught.value.ids == ("Haushalte",)
    strange = tmp_path / "strange_100m-Gitter.csv"
    strange.write_text("GITTER_ID_100m;Einwohner\nQ03;5\n")
    with pytest.raises(SourceError) as caught:
        read_census_grid(strange)
    assert caught.value.ids == ("Q03",)


def test_repeated_cells_are_an_error(tmp_path):
    path = tmp_path / "a_100m-Gitter.csv"
    text = grid_csv(100, {(0, 0): ["5"]}, ["Einwohner"])
    path.write_text(text + text.splitlines()[1] + "\n")
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == "census.cells_repeated"
    assert caught.value.ids == (key(100, 0, 0),)


SPITZE = ["Einwohner", "Frauen_A", "Alter_D"]


def test_2011_marks_are_typed_and_short_keys_read(tmp_path):
    path = tmp_path / "Zensus_spitze_Werte_1km-Gitter.csv"
    cells = {
        (0, 0): ["69", "48,0", "52,84"],
        (0, 1): ["-1", "-1,0", "-1,0"],
        (0, 2): ["3", "-9,0", "0,0"],
    }
    text = grid_csv(1000, cells, SPITZE, prefix="Gitter_ID", short=True)
    path.write_text(text, encoding="latin-1")
    layer = read_census_grid(path)
    assert layer.frame.index.tolist() == [key(1000, 0, c) for c in range(3)]
    assert layer.additive == ("Einwohner",)
    assert layer.shares == ("Frauen_A", "Alter_D")
    assert layer.frame["Einwohner"].sum() == 72
    assert layer.states is not None
    assert layer.states["Einwohner"].tolist() == [State.VALUE, State.SUPPLIER, State.VALUE]
    assert layer.states["Frauen_A"].tolist() == [State.VALUE, State.SUPPLIER, State.SUPPLIER]
    assert layer.source.reference_date == "2011-05-09"


def test_2011_total_population_at_100_m(tmp_path):
    path = tmp_path / "Zensus_Bevoelkerung_100m-Gitter.csv"
    cells = {(0, 0): ["-1"], (0, 1): ["8"], (0, 2): ["-1"]}
    path.write_text(grid_csv(100, cells, ["Einwohner"], prefix="Gitter_ID"))
    layer = read_census_grid(path, variables={"residents": "Einwohner"})
    assert layer.frame["residents"].tolist()[1] == 8
    assert layer.states is not None
    assert layer.states["residents"].tolist() == [State.SUPPLIER, State.VALUE, State.SUPPLIER]
    assert layer.additive == ("residents",)


@pytest.mark.parametrize(
    "name", ["Zensus_klassierte_Werte_1km-Gitter.csv", "umbenannt_1km-Gitter.csv"]
)
def test_2011_classes_are_barred_from_sums(tmp_path, name):
    path = tmp_path / name
    cells = {(0, 0): ["1", "3", "5"], (0, 1): ["-1", "-1", "-1"]}
    path.write_text(grid_csv(1000, cells, SPITZE, prefix="Gitter_ID", short=True))
    layer = read_census_grid(path)
    assert layer.additive == ()
    assert layer.shares == tuple(SPITZE)
    with pytest.raises(SourceError) as caught:
        read_census_grid(path, variables={"n": "Einwohner + Einwohner"})
    assert caught.value.message == "sources.shares_summed"


LONG = "Gitter_ID_100m,Gitter_ID_100m_neu,Merkmal,Auspraegung_Code,Auspraegung_Text,Anzahl,Anzahl_q"


def long_csv(rows, separator=","):
    lines = [LONG.replace(",", separator)]
    for (row, column), feature, code, count, quality in rows:
        cells = [key(100, row, column, short=True), key(100, row, column), f"{feature:20}", code]
        lines.append(separator.join([*cells, '"Einzel-/Mehrraumöfen"', str(count), str(quality)]))
    return "\r\n".join(lines) + "\r\n"


@pytest.mark.parametrize("separator", [",", ";"])
@pytest.mark.parametrize("zipped", [False, True])
def test_2011_by_characteristic_becomes_columns(tmp_path, separator, zipped):
    rows = [
        ((0, 0), "HEIZTYP", "1", 3, 0),
        ((0, 0), "HEIZTYP", "5", 4, 2),
        ((0, 1), "BAUJAHR_MZ", "10", 7, 1),
        ((5, 5), "HEIZTYP", "2", 9, 0),
    ]
    data = long_csv(rows, separator).encode("latin-1")
    path = tmp_path / "Geb100m.csv"
    path.write_bytes(data)
    if zipped:
        path = tmp_path / "csv_Gebaeude_100m_Gitter.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("Geb100m.csv", data)
    layer = read_census_grid(path)
    columns = ["BAUJAHR_MZ_10", "HEIZTYP_1", "HEIZTYP_2", "HEIZTYP_5"]
    assert list(layer.additive) == columns
    assert layer.frame[columns].to_numpy().tolist() == [[0, 3, 0, 4], [7, 0, 0, 0], [0, 0, 9, 0]]
    assert layer.states is None
    assert layer.frame["HEIZTYP_5__uncertain"].tolist() == [True, False, False]
    assert "HEIZTYP_1__uncertain" not in layer.frame
    part = read_census_grid(
        path,
        within=window(100, (0, 1), (0, 2)),
        variables={"heating": "total(HEIZTYP, 1, 2) + HEIZTYP_5", "b": "BAUJAHR_MZ_10"},
    )
    # a category that occurs elsewhere only is a true 0 here
    assert part.frame[["heating", "b"]].to_numpy().tolist() == [[7, 0], [0, 7]]
    assert part.frame["heating__uncertain"].tolist() == [True, False]
    assert any("SAFE" in note for note in part.notes)


def test_2011_unknown_categories_and_repeated_rows(tmp_path):
    path = tmp_path / "Geb100m.csv"
    path.write_text(long_csv([((0, 0), "HEIZTYP", "1", 3, 0)]))
    with pytest.raises(SourceError) as caught:
        read_census_grid(path, variables={"n": "total(HEIZTYP, 1, 3)"})
    assert caught.value.ids == ("HEIZTYP_2", "HEIZTYP_3")
    path.write_text(long_csv([((0, 0), "HEIZTYP", "1", 3, 0)] * 2))
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == "sources.cells_repeated"


def test_a_damaged_archive_is_one_clear_error(tmp_path, population):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(population, "a_100m-Gitter.csv")
    data = path.read_bytes()
    path.write_bytes(data.replace(b";13\n", b";19\n", 1))
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == "sources.zip_damaged"
