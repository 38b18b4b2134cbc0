"""What `inspect` says of a file: names and shapes, never a value."""

import shutil

from sozialraum.datasets import sample_path
from sozialraum.sources import inspect_file

SAMPLE = sample_path()


def facts_of(path):
    facts, faults = inspect_file(path)
    assert faults == []
    return dict(facts)


def test_a_census_grid_is_recognised():
    facts = facts_of(SAMPLE / "daten/zensus2022/Zensus2022_Bevoelkerungszahl.zip")
    assert facts["Art"] == "Zensusgitter"
    assert facts["Zensus"] == "2022"
    assert "Einwohner" in facts["Spalten"]


def test_shapes_name_the_reader_that_loads_them():
    kinds = {
        "vg250_musterkreis.gpkg": "read_municipalities",
        "quartiere.gpkg": "read_districts",
        "hintergrund.gpkg": "read_background",
    }
    for name, reader in kinds.items():
        assert facts_of(SAMPLE / "daten" / name)["Einlesen mit"].startswith(reader), name


def test_tables_workbooks_rasters_and_definitions():
    assert facts_of(SAMPLE / "daten/adressen.csv")["Art"] == "Tabelle"
    workbook = next((SAMPLE / "lieferungen/schuleingang").glob("*.xlsx"))
    assert "2025" in facts_of(workbook)["Tabellenblätter"]
    assert facts_of(SAMPLE / "daten/landnutzung.tif")["Koordinatensystem"] == "EPSG:3035"
    assert "sgb2" in facts_of(SAMPLE / "indicators.toml")["Gelesen"]
    assert facts_of(SAMPLE / "deliveries.toml")["Art"] == "Liste der Lieferungen"


def test_faults_are_named_not_raised(tmp_path):
    broken = tmp_path / "Zensus2022_Bevoelkerungszahl.zip"
    shutil.copy(SAMPLE / "daten/zensus2022/Zensus2022_Bevoelkerungszahl.zip", broken)
    broken.write_bytes(broken.read_bytes()[:500])
    for path in (broken, tmp_path / "nowhere.csv"):
        facts, faults = inspect_file(path)
        assert dict(facts)["Datei"] == path.name
        assert path.name in faults[0].text("de")
