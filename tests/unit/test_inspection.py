"""What `inspect` says of a file: names and shapes, never a value; the content decides."""

import json
import shutil
import tomllib
import zipfile

import pytest

from sozialraum.datasets import sample_path
from sozialraum.files.workbook import Sheet, write_workbook
from sozialraum.sources import inspect_file, read_deliveries

SAMPLE = sample_path()
TABLES = {
    "grid": (
        "GITTER_ID_1km;x_mp_1km;y_mp_1km;Einwohner\n"
        "CRS3035RES1000mN3051000E4097000;4097500;3051500;69\n"
    ),
    "cells": "Gitter_ID_100m;AGS;m_0_2;w_0_2\nCRS3035RES100mN3081300E4120900;05999001;12;31\n",
    "web": (
        "Tabelle: 12411-01-01-4;;\nBevölkerung;;\nStichtag;Region;Insgesamt\n"
        "31.12.2024;Musterort;7777\n__________;;\nQuelle;;\n"
    ),
    "small_areas": (
        "Berichtsmonat;Gemeindeschlüssel;Gliederung;Name;ALO\n202512;05999001;001001001;Aue;77\n"
    ),
    "election_city": "Nr,Name,Wahlberechtigte,gültig,ungültig\n77,Aue,1500,1000,3\n",
    "registers": "Quartier;Geschlecht;Altersgruppe;Anzahl\nQ1;m;0-2;77\nQ1;w;0-2;66\nQ2;m;0-2;55\n",
    "interventions": "Kennung;Maßnahme;Gebiete;von\nM1;Treff;Q01;2022\n",
    "travel": "von;nach;minuten\nQ01;77;12\n",
    "addresses": "AGS;Straße;Hausnummer;Ostwert;Nordwert\n05999008;Ahornweg;77;38707,4;56435,4\n",
    "streets": "Straße;von;bis;Seite;Gebiet\nAueweg;1;77;ungerade;Q1\nBergweg;2;66;alle;Q2\n",
    "points": "nr;name;x;y;plaetze\n7;Kita Aue;387072,4;5643556,4;77\n",
    "table": "Gebiet;unter 3;ab 3\nQ1;77;66\nQ2;55;44\n",
}
NAMED = {
    "grid": "Zensusgitter",
    "cells": "Zählung nach Gitterzellen",
    "web": "amtliche Tabelle, von der Webseite",
    "small_areas": "Arbeitsmarktdaten",
    "registers": "Melderegister",
    "election_city": "Wahlergebnis, Tabelle einer Stadt",
    "streets": "Straßenverzeichnis",
    "interventions": "Liste der Maßnahmen",
    "travel": "Reisezeiten",
    "addresses": "Adressen",
    "points": "Punkte",
    "table": "Tabelle",
}
READERS = {
    "interventions": 'read_interventions("unbenannt.dat")',
    "travel": 'read_travel_times("unbenannt.dat", origin="von", destination="nach"',
    "points": 'read_points("unbenannt.dat", key="nr", x="x", y="y"',
    "addresses": 'read_addresses("unbenannt.dat")',
    "grid": 'read_census_grid("unbenannt.dat")',
}


def facts_of(path):
    facts, faults = inspect_file(path)
    assert faults == []
    return dict(facts)


def test_a_census_grid_is_recognised():
    facts = facts_of(SAMPLE / "daten/zensus2022/Zensus2022_Bevoelkerungszahl.zip")
    assert facts["Art"] == "Zensusgitter"
    assert facts["Zensus"] == "2022"
    assert "Einwohner" in facts["Spalten"]
    assert 'residents_census = "Einwohner"' in facts["Zum Einfügen"]


def test_shapes_name_the_reader_that_loads_them():
    kinds = {
        "vg250_musterkreis.gpkg": "read_municipalities",
        "quartiere.gpkg": "read_districts",
        "hintergrund.gpkg": "read_background",
    }
    for name, reader in kinds.items():
        assert facts_of(SAMPLE / "daten" / name)["Einlesen mit"].startswith(reader), name


def test_workbooks_rasters_and_definitions():
    workbook = next((SAMPLE / "lieferungen/schuleingang").glob("*.xlsx"))
    assert "2025" in facts_of(workbook)["Tabellenblätter"]
    assert facts_of(SAMPLE / "daten/landnutzung.tif")["Koordinatensystem"] == "EPSG:3035"
    assert "sgb2" in facts_of(SAMPLE / "indicators.toml")["Gelesen"]
    assert facts_of(SAMPLE / "sozialraum.toml")["Art"] == "Projektdatei"
    assert facts_of(SAMPLE / "policy.toml")["Art"] == "Datenschutzregel"


@pytest.mark.parametrize("kind", TABLES)
def test_tables_are_recognised_under_any_name_and_no_value_is_told(tmp_path, kind):
    path = tmp_path / "unbenannt.dat"
    path.write_text(TABLES[kind], encoding="utf-8")
    facts, faults = inspect_file(path)
    assert faults == []
    said = dict(facts)
    assert said["Art"].startswith(NAMED[kind])
    assert READERS.get(kind, "") in said["Einlesen mit"]
    everything = " ".join(value for _, value in facts)
    assert not {"77", "7777", "66", "69"} & set(everything.replace('"', " ").split())


@pytest.mark.parametrize(
    "name",
    [
        "daten/zensus2022/Zensus2022_Bevoelkerungszahl.zip",
        "daten/quartiere.gpkg",
        "daten/landnutzung.tif",
        "lieferungen/schuleingang/SEU_2021_2025.xlsx",
    ],
)
def test_a_renamed_file_is_the_same_file(tmp_path, name):
    renamed = tmp_path / "download.bin"
    shutil.copy(SAMPLE / name, renamed)
    original = SAMPLE / name
    told, faults = inspect_file(renamed)
    assert faults == []
    expected, _ = inspect_file(original)
    assert dict(told)["Art"] == dict(expected)["Art"]
    assert [label for label, _ in told] == [label for label, _ in expected]


def test_what_is_to_be_pasted_can_be_read(tmp_path):
    path = tmp_path / "Kita-Plätze 2025.csv"
    path.write_text("Plätze, Stand\n\nGebiet;unter 3;ab 3\nQ1;77;66\nQ2;55;44\n", encoding="utf-8")
    lines = facts_of(path)["Zum Einfügen"]
    (tmp_path / "deliveries.toml").write_text(lines, encoding="utf-8")
    (delivery,) = read_deliveries(tmp_path / "deliveries.toml")
    assert delivery.name == "kita_plaetze_2025"
    assert sorted(delivery.table["value"]) == [44, 55, 66, 77]
    assert facts_of(tmp_path / "deliveries.toml")["Art"] == "Liste der Lieferungen"


@pytest.mark.parametrize("name", ["lieferungen/sgb2/sgb2_2025.csv", "lieferungen/pflege"])
def test_pasted_lines_are_toml(name):
    path = SAMPLE / name
    path = path if path.is_file() else next(path.iterdir())
    (table,) = tomllib.loads(facts_of(path)["Zum Einfügen"])["delivery"]
    assert table["files"] == path.name
    assert table["kind"] == ("areas" if "sgb2" in name else "table")


def test_faults_are_named_and_what_is_known_is_told(tmp_path):
    broken = tmp_path / "Zensus2022_Bevoelkerungszahl.zip"
    shutil.copy(SAMPLE / "daten/zensus2022/Zensus2022_Bevoelkerungszahl.zip", broken)
    broken.write_bytes(broken.read_bytes()[:500])
    for path in (broken, tmp_path / "nowhere.csv"):
        facts, faults = inspect_file(path)
        assert dict(facts)["Datei"] == path.name
        assert path.name in faults[0].text("de")
    moved = tmp_path / "a.geojson"
    ring = [[0, 0], [1, 0], [1, 1], [0, 0]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"nr": "1"}, "geometry": shape}
    moved.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    facts, faults = inspect_file(moved)
    assert dict(facts)["Einlesen mit"] == 'read_districts("a.geojson")'
    assert [fault.message for fault in faults] == ["sources.not_in_germany"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!DOCTYPE html><html><body>Download</body></html>", "inspection.web_page"),
        ("<ows:ExceptionReport></ows:ExceptionReport>", "inspection.service_error"),
        ("  \n", "sources.empty_file"),
        ("PAR1 is not enough", "inspection.not_parquet"),
        ("II*\x00 neither", "rasters.not_readable"),
    ],
)
def test_what_is_no_data_says_so(tmp_path, text, message):
    path = tmp_path / "verwaltungsgrenzen.zip"
    path.write_text(text)
    _, faults = inspect_file(path)
    assert [fault.message for fault in faults] == [message]


def test_an_archive_of_workbooks_is_to_be_unpacked(tmp_path):
    write_workbook(tmp_path / "a.xlsx", [Sheet("A", [["Gebiet", "Zahl"], ["Q1", 3]])])
    path = tmp_path / "lieferung.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(tmp_path / "a.xlsx", "a.xlsx")
    facts, faults = inspect_file(path)
    assert dict(facts)["Tabellen im Archiv"] == "a.xlsx"
    assert [fault.message for fault in faults] == ["inspection.unpack_first"]


@pytest.mark.parametrize(
    "rows",
    [
        "Meier;Hans;01.02.1980;53757\nSchulz;Eva;03.04.1971;53721\n",
        "101;1000;400\n102;500;150\n",
        "Liste\n\nMeier;120;7\nSchulz;130;9\n",
    ],
)
def test_the_first_row_of_a_table_without_a_header_is_not_shown(tmp_path, rows):
    path = tmp_path / "liste.csv"
    path.write_text(rows, encoding="utf-8")
    facts, faults = inspect_file(path)
    assert [fault.message for fault in faults] == ["inspection.no_header"]
    assert "Meier" not in str(facts)


def test_years_and_dates_above_counts_are_names(tmp_path):
    path = tmp_path / "liste.csv"
    path.write_text("Gebiet;2024;31.12.2025;5\nQ1;12;13;14\nQ2;2;3;4\n", encoding="utf-8")
    assert inspect_file(path)[1] == []
