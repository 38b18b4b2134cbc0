"""Census files as offices pass them on: renamed, exported again, cut, packed."""

import zipfile

import pytest

from sozialraum.errors import SourceError
from sozialraum.schema import State
from sozialraum.sources import census_csv, read_census_grid

HEADER = "GITTER_ID_1km;x_mp_1km;y_mp_1km;Insgesamt_Bevoelkerung;Unter18"
ROWS = [
    "CRS3035RES1000mN3051000E4097000;4097500;3051500;69;12",
    "CRS3035RES1000mN3051000E4098000;4098500;3051500;7;–",
]
PLAIN = "\n".join([HEADER, *ROWS]) + "\n"

MANY = "".join(
    f"CRS3035RES1000mN{north}000E4097000;4097500;{north}500;5;5\n" for north in range(3052, 4500)
)
"""More rows than the first look at a file sees."""


def quoted(text):
    return "\n".join(
        ";".join(f'"{cell}"' for cell in line.split(";")) for line in text.splitlines()
    )


VARIANTS = {
    "BOM": PLAIN.encode("utf-8-sig"),
    "cp1252": PLAIN.encode("cp1252"),
    "mangled dash": PLAIN.replace("–", "\ufffd").encode(),
    "CRLF": PLAIN.replace("\n", "\r\n").encode(),
    "no last line end": PLAIN.rstrip().encode(),
    "quoted": quoted(PLAIN).encode(),
    "quoted, CRLF, BOM": quoted(PLAIN).replace("\n", "\r\n").encode("utf-8-sig"),
    "line that names the separator": f"sep=;\r\n{PLAIN}".encode("cp1252"),
    "separator at the end of lines": PLAIN.replace("\n", ";\n").encode(),
    "tabs": PLAIN.replace(";", "\t").encode(),
    "commas": PLAIN.replace(";", ",").encode(),
    "blanks around": PLAIN.replace(";", " ; ").encode(),
    "midpoints with decimals": PLAIN.replace("500;", "500.0;").encode(),
    "midpoints as a spreadsheet shows them": (
        PLAIN.replace("4097500", "4.097.500").replace("3051500", "3,0515E+06").encode()
    ),
    "no midpoints": "\n".join(
        ";".join(line.split(";")[i] for i in (0, 3, 4)) for line in PLAIN.splitlines()
    ).encode(),
    "more columns": PLAIN.replace("Unter18", "Unter18;ags;OBJECTID")
    .replace(";12\n", ";12;05382060;1\n")
    .replace(";–\n", ";–;05382060;2\n")
    .encode(),
}


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("zipped", [False, True])
def test_the_same_table_however_it_is_written(tmp_path, variant, zipped):
    path = tmp_path / "weitergereicht.csv"
    path.write_bytes(VARIANTS[variant])
    if zipped:
        archive = tmp_path / "paket.zip"
        with zipfile.ZipFile(archive, "w") as members:
            members.write(path, "Zensus 2022/Gitter/Alter_1km_Gitter.CSV")
        path = archive
    layer = read_census_grid(path)
    assert layer.additive == ("Insgesamt_Bevoelkerung", "Unter18")
    assert layer.frame["Insgesamt_Bevoelkerung"].tolist() == [69, 7]
    assert layer.frame["Unter18"].iloc[0] == 12
    assert layer.states is not None
    assert layer.states["Unter18"].tolist() == [State.VALUE, State.SUPPLIER]
    assert layer.frame.index.tolist() == [row.split(";")[0] for row in ROWS]


@pytest.mark.parametrize(
    "spelling",
    ["{}_{}-Gitter.csv", "{}_{}_Gitter.csv", "{} {} Gitter.CSV", "{}{}.txt", "{1}/{0}.csv"],
)
def test_resolutions_stand_in_the_header_whatever_members_are_called(tmp_path, spelling):
    path = tmp_path / "Alter.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(spelling.format("Zensus2022_Alter", "1km"), PLAIN)
        fine = PLAIN.replace("1km", "100m").replace("RES1000m", "RES100m").replace("500;", "050;")
        archive.writestr(spelling.format("Zensus2022_Alter", "100m"), fine)
        archive.writestr("__MACOSX/._Alter_100m-Gitter.csv", "x")
        archive.writestr("Hinweise.txt", "Bitte lesen;danke\n")
    assert read_census_grid(path).frame.area.iloc[0] == pytest.approx(1e4)
    assert read_census_grid(path, resolution="1km").frame.area.iloc[0] == pytest.approx(1e6)
    assert read_census_grid(path, resolution="10km").frame["Insgesamt_Bevoelkerung"].sum() == 76


def test_rewritten_midpoints_are_told(tmp_path):
    path = tmp_path / "excel.csv"
    path.write_bytes(VARIANTS["midpoints as a spreadsheet shows them"])
    assert any("Mittelpunkte" in text for text in read_census_grid(path).notes)
    path.write_bytes(VARIANTS["BOM"])
    assert not any("Mittelpunkte" in text for text in read_census_grid(path).notes)


def test_points_as_decimals_where_commas_separate(tmp_path):
    path = tmp_path / "export.csv"
    path.write_text(
        "GITTER_ID_1km,x_mp_1km,y_mp_1km,Durchschnittsalter\n"
        "CRS3035RES1000mN3051000E4097000,4097500,3051500,41.254\n"
    )
    assert read_census_grid(path).frame["Durchschnittsalter"].tolist() == [41.254]
    path.write_text(path.read_text().replace("41.254", '"41,254"'))
    assert read_census_grid(path).frame["Durchschnittsalter"].tolist() == [41.254]


def test_a_file_that_a_spreadsheet_cut_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "geschnitten_1km-Gitter.csv"
    path.write_text(PLAIN, encoding="utf-8")
    monkeypatch.setattr(census_csv, "SHEET_ROWS", 2)
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == "census.cut_by_sheet"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "sources.empty_file"),
        (HEADER + "\n", "sources.no_cell_within"),
        (PLAIN + "CRS3035RES1000mN30", "sources.rows_cut"),
        (PLAIN.replace("4098500", "4098000"), "sources.half_cell"),
        (f"{PLAIN}{MANY}{ROWS[1].replace('4098500', 'rechts')}\n", "sources.not_a_grid_table"),
        (PLAIN.replace("RES1000mN3051000E4098", "RES100mN3051000E4098"), "sources.mixed_sizes"),
        (PLAIN.replace("RES1000m", "RES100m"), "sources.half_cell"),
        (PLAIN.replace("Unter18", "Insgesamt_Bevoelkerung"), "sources.columns_repeated"),
        (PLAIN.replace(";69;", ";69 Personen;"), "sources.cells_not_numbers"),
        (PLAIN.replace(";69;", ";-69;"), "sources.cells_negative"),
        ("GITTER_ID_1km;ags\nCRS3035RES1000mN3051000E4097000;05382060\n", "census.nothing_counted"),
        (PLAIN + ROWS[0] + "\n", "census.cells_repeated"),
    ],
)
def test_faulty_files_are_one_clear_error(tmp_path, text, message):
    path = tmp_path / "datei.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == message
    assert caught.value.text("de")
    assert "69" not in caught.value.text("de").replace("datei.csv", "")


def test_an_archive_without_grid_files(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "AGS;Personen\n05382060;5\n")
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == "sources.not_a_grid_file"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.xlsx", "x")
    with pytest.raises(SourceError) as caught:
        read_census_grid(path)
    assert caught.value.message == "sources.no_such_member"
