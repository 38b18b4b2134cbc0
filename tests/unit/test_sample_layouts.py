"""The sample county has the official layouts, adds up, and is made the same way each time."""

import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely

from sozialraum.config import read_config
from sozialraum.datasets import load_sample_truth, sample_path
from sozialraum.pipeline.further import further_counts

ROOT = Path(__file__).parents[2]
COUNTY, NEIGHBOUR = "05999", "05998"
CENSUS = {
    "Zensus2022_Bevoelkerungszahl": ("Zensus2022_Bevoelkerungszahl", "Einwohner"),
    "Alter_in_5_Altersklassen": (
        "Zensus2022_Alter_in_5_Altersklassen",
        "Insgesamt_Bevoelkerung;Unter18;a18bis29;a30bis49;a50bis64;a65undaelter",
    ),
    "Typ_des_privaten_Haushalts_Familien": (
        "Typ_des_privaten_Haushalts_Familien/Zensus2022_Typ_priv_HH_Familie",
        (
            "Insgesamt_Haushalte;EinpersHH_SingleHH;Paare_ohneKind;Paare_mitKind;"
            "Alleinerziehende;MehrpersHHohneKernfam"
        ),
    ),
    "Durchschnittliche_Nettokaltmiete_und_Anzahl_der_Wohnungen": (
        "Durchschnittliche_Nettokaltmiete_und_Anzahl_der_Wohnungen",
        "durchschnMieteQM;AnzahlWohnungen;werterlaeuternde_Zeichen",
    ),
    "Eigentuemerquote_in_Gitterzellen": (
        "Zensus2022_Eigentuemerquote",
        "Eigentuemerquote;werterlaeuternde_Zeichen",
    ),
    "Leerstandsquote_in_Gitterzellen": (
        "Zensus2022_Leerstandsquote",
        "Leerstandsquote;werterlaeuternde_Zeichen",
    ),
}
"""Official names of ZIP and member, and value columns, as the census office publishes them."""
FLAGGED = [name for name, (_, columns) in CENSUS.items() if "werterlaeuternde" in columns]


def member(path: Path, name: str) -> pd.DataFrame:
    with zipfile.ZipFile(path) as archive:
        return pd.read_csv(
            archive.open(name), sep=";", dtype="str", keep_default_na=False, encoding="utf-8"
        )


def layer(name: str, of: str | None = None) -> gpd.GeoDataFrame:
    return gpd.read_file(sample_path() / "daten" / f"{name}.gpkg", layer=of)


@pytest.fixture(scope="module")
def municipalities() -> gpd.GeoDataFrame:
    frame = layer("vg250_musterkreis", "vg250_gem")
    return frame[frame["GF"] == 4].set_index("AGS")


@pytest.fixture(scope="module")
def quarters() -> gpd.GeoDataFrame:
    return layer("quartiere").set_index("quartier_id")


@pytest.fixture(scope="module")
def register() -> pd.DataFrame:
    """Return the register of the last year: a row a cell, with its municipality."""
    folder = sample_path() / "lieferungen" / "melderegister"
    tables = [member(path, f"{path.stem}_2025.csv") for path in sorted(folder.glob("*.zip"))]
    table = pd.concat(tables).set_index("Gitter_ID_100m")
    ages = [name for name in table.columns if name.startswith(("m_", "w_"))]
    return table.assign(**{name: table[name].astype(int) for name in ages})


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> tuple[Path, Path]:
    script = ROOT / "data" / "generate_musterkreis.py"
    if not script.is_file():
        pytest.skip("the generator is not part of an installed package")
    found = []
    for hash_seed in ("1", "2"):
        out = tmp_path_factory.mktemp("county") / "out"
        command = [sys.executable, str(script), "--seed", "5", "--scale", "0.04"]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run([*command, "--out", str(out)], check=True, env=environment)
        found.append(out)
    return found[0], found[1]


class TestCensus:
    @pytest.mark.parametrize("topic", CENSUS)
    def test_members_and_columns_are_official(self, topic):
        path = sample_path() / "daten" / "zensus2022" / f"{topic}.zip"
        stem, columns = CENSUS[topic]
        with zipfile.ZipFile(path) as archive:
            names = [f"{stem}_{size}-Gitter.csv" for size in ("10km", "1km", "100m")]
            assert archive.namelist() == names
            for size, name in zip(("10km", "1km", "100m"), names, strict=True):
                head = archive.read(name).split(b"\n", 1)[0].decode()
                assert head == f"GITTER_ID_{size};x_mp_{size};y_mp_{size};{columns}"

    @pytest.mark.parametrize("topic", FLAGGED)
    def test_missing_is_an_en_dash_and_uncertain_values_are_marked(self, topic):
        path = sample_path() / "daten" / "zensus2022" / f"{topic}.zip"
        table = member(path, f"{CENSUS[topic][0]}_100m-Gitter.csv")
        assert set(table["werterlaeuternde_Zeichen"]) == {"", "KLAMMERN"}
        share = table.iloc[:, 3]
        assert (share == "–").any()
        assert share[share != "–"].str.fullmatch(r"\d+,\d\d").all()
        assert not share.isin(["-", "", "NA"]).any()

    def test_ids_are_south_western_corners_and_midpoints_lie_half_a_cell_off(self):
        path = sample_path() / "daten" / "zensus2022" / "Zensus2022_Bevoelkerungszahl.zip"
        for size, metres in (("100m", 100), ("1km", 1_000), ("10km", 10_000)):
            table = member(path, f"Zensus2022_Bevoelkerungszahl_{size}-Gitter.csv")
            parts = table.iloc[:, 0].str.extract(rf"^CRS3035RES{metres}mN(\d+)E(\d+)$").astype(int)
            assert (parts % metres == 0).all(axis=None)
            assert (table.iloc[:, 2].astype(int) - metres // 2 == parts[0]).all()
            assert (table.iloc[:, 1].astype(int) - metres // 2 == parts[1]).all()

    def test_noise_hides_one_and_two_and_leaves_the_sum_nearly_alone(self, register):
        path = sample_path() / "daten" / "zensus2022" / "Zensus2022_Bevoelkerungszahl.zip"
        table = member(path, "Zensus2022_Bevoelkerungszahl_100m-Gitter.csv").set_index(
            "GITTER_ID_100m"
        )
        counts = table["Einwohner"].astype(int)
        assert counts.min() >= 3
        inside = counts[counts.index.isin(register.index)]
        assert inside.sum() == pytest.approx(492_000, rel=0.01)
        assert len(counts) > len(inside)  # cells of the neighbouring county

    def test_parts_need_not_add_up_to_the_total(self):
        path = sample_path() / "daten" / "zensus2022" / "Alter_in_5_Altersklassen.zip"
        table = member(path, "Zensus2022_Alter_in_5_Altersklassen_1km-Gitter.csv")
        numbers = table.iloc[:, 3:].replace("–", "0").astype(int)
        gap = numbers.iloc[:, 1:].sum(axis=1) - numbers.iloc[:, 0]
        assert (gap != 0).mean() > 0.3
        assert gap.abs().max() <= 24


class TestBorders:
    def test_nineteen_municipalities_and_some_neighbours(self, municipalities):
        county = municipalities.index.str[:5].value_counts()
        assert county.to_dict() == {COUNTY: 19, NEIGHBOUR: 5}
        assert municipalities.crs.to_epsg() == 25832

    def test_keys_fit_each_other(self, municipalities):
        ars = municipalities["ARS"]
        assert (ars.str[:5] + ars.str[9:] == municipalities.index).all()
        assert ars.str.fullmatch(r"\d{12}").all()

    def test_water_repeats_keys(self):
        frame = layer("vg250_musterkreis", "vg250_gem")
        water = frame[frame["GF"] == 2]
        assert len(water) >= 2
        assert water["AGS"].isin(frame.loc[frame["GF"] == 4, "AGS"]).all()
        assert ",".join(frame.columns[:9]) == "ADE,GF,BSG,ARS,AGS,SDV_ARS,GEN,BEZ,IBZ"

    def test_borders_are_valid_coverages(self, municipalities, quarters):
        for shapes in (municipalities, quarters, layer("wahlbezirke")):
            assert shapely.coverage_is_valid(shapes.geometry.to_numpy())

    def test_land_and_water_do_not_overlap(self):
        assert shapely.coverage_is_valid(layer("vg250_musterkreis").geometry.to_numpy())

    def test_one_municipality_has_an_exclave(self, municipalities):
        parts = shapely.get_num_geometries(municipalities.geometry.to_numpy())
        assert sorted(parts)[-2:] == [1, 2]

    def test_names_hold_umlauts_and_a_sharp_s(self, municipalities):
        names = "".join(municipalities["GEN"])
        assert municipalities["GEN"].is_unique
        assert {"ä", "ö", "ü", "ß"} <= set(names)

    def test_quarters_tile_twelve_municipalities(self, municipalities, quarters):
        assert 100 <= len(quarters) <= 135
        assert quarters["ags"].nunique() == 12
        for ags, own in quarters.groupby("ags"):
            whole = shapely.coverage_union_all(own.geometry.to_numpy())
            assert whole.symmetric_difference(municipalities.geometry[ags]).area == 0
            border = set(map(tuple, shapely.get_coordinates(municipalities.geometry[ags])))
            assert border == set(map(tuple, shapely.get_coordinates(whole)))

    def test_quarter_keys_are_municipality_and_nine_digits(self, quarters):
        assert quarters.index.is_unique
        assert (quarters.index.str[:8] == quarters["ags"]).all()
        assert quarters.index.str.fullmatch(r"05999\d{3}-\d{9}").all()

    def test_districts_cover_the_county_and_catchments_eight_municipalities(self, municipalities):
        wards, catchments = layer("wahlbezirke"), layer("grundschulbezirke")
        assert wards["ags"].nunique() == 19
        assert catchments["ags"].nunique() == 8
        own = municipalities[municipalities.index.str.startswith(COUNTY)]
        assert wards.area.sum() == pytest.approx(own.area.sum(), rel=1e-9)

    def test_borders_look_grown(self, municipalities):
        own = municipalities[municipalities.index.str.startswith(COUNTY)]
        edges = shapely.get_num_coordinates(own.geometry.to_numpy())
        roundness = 4 * np.pi * own.area / own.length**2
        assert edges.min() > 100
        assert roundness.between(0.2, 0.75).all()


class TestRegister:
    def test_residents_and_cells(self, register):
        assert register.index.is_unique
        assert len(register) == pytest.approx(20_000, rel=0.1)
        people = register.filter(regex="^[mw]_").to_numpy().sum()
        assert people == pytest.approx(500_000, rel=0.03)

    def test_ten_yearly_members_a_municipality(self):
        folder = sample_path() / "lieferungen" / "melderegister"
        paths = sorted(folder.glob("*.zip"))
        assert len(paths) == 19
        for path in paths:
            with zipfile.ZipFile(path) as archive:
                years = [f"{path.stem}_{year}.csv" for year in range(2016, 2026)]
                assert archive.namelist() == years

    def test_nobody_lives_in_two_municipalities_and_cells_lie_in_theirs(
        self, register, municipalities
    ):
        corner = register.index.str.extract(r"N(\d+)E(\d+)").astype(int).to_numpy()
        centres = gpd.GeoSeries.from_xy(corner[:, 1] + 50, corner[:, 0] + 50, crs=3035)
        shapes = municipalities.geometry.reindex(register["AGS"].unique())
        for ags, shape in shapes.items():
            own = centres.to_crs(25832)[(register["AGS"] == ags).to_numpy()]
            assert shapely.intersects(shape, own.to_numpy()).all()

    def test_about_a_quarter_lives_without_agreed_areas(self, register, quarters):
        people = register.filter(regex="^[mw]_").sum(axis=1)
        without = ~register["AGS"].isin(quarters["ags"].unique())
        assert 0.24 <= people[without].sum() / people.sum() <= 0.3


class TestDeliveries:
    def agency(self, year: int) -> list[dict[str, str]]:
        raw = (sample_path() / "lieferungen" / "sgb2" / f"sgb2_{year}.csv").read_bytes()
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = raw.decode("cp1252")
        return list(csv.DictReader(io.StringIO(text), delimiter=";"))

    @pytest.mark.parametrize("year", range(2016, 2026))
    def test_agency_hides_one_to_nine_and_adds_up(self, year, quarters):
        rows = self.agency(year)
        shown = {row[name] for row in rows for name in ("PERS_SGB2", "KIND_SGB2", "BG")}
        assert not shown & set("123456789")
        for ags in quarters["ags"].unique():
            own = {r["Gliederung"]: r["PERS_SGB2"] for r in rows if r["Gemeindeschlüssel"] == ags}
            total = int(own.pop("SUMSUMSUM"))
            parts = [value for key, value in own.items() if "SUM" not in key]
            known = sum(int(value) for value in parts if value != "*")
            hidden = parts.count("*")
            assert known + hidden <= total <= known + 9 * hidden

    def test_agency_keys_are_those_of_the_agreed_areas(self, quarters):
        rows = self.agency(2025)
        keys = {f"{row['Gemeindeschlüssel']}-{row['Gliederung']}" for row in rows}
        assert set(quarters.index) <= keys
        divisions = {row["Gliederung"] for row in rows}
        assert {"SUMSUMSUM", "999999999", "010SUMSUM"} <= divisions

    def test_encodings_differ_as_they_do(self):
        folder = sample_path() / "lieferungen" / "sgb2"
        raw = {path.stem: path.read_bytes() for path in folder.glob("*.csv")}
        marks = [text.startswith(b"\xef\xbb\xbf") for text in raw.values()]
        assert any(marks)
        assert not all(marks)
        with pytest.raises(UnicodeDecodeError):
            raw["sgb2_2016"].decode("utf-8")
        assert "Gemeindeschlüssel" in raw["sgb2_2016"].decode("cp1252")

    def test_cells_hold_no_more_people_on_benefits_than_residents(self, register, quarters):
        path = sample_path() / "lieferungen" / "statistikstelle" / "sgb2_zellen.zip"
        table = member(path, "sgb2_zellen_2025.csv").set_index("Gitter_ID_100m")
        counts = table[["PERS_SGB2", "KIND_SGB2", "BG"]].astype(int)
        under_65 = register.filter(regex="^[mw]_(?!65|80)").sum(axis=1)
        assert counts["PERS_SGB2"].min() == 1
        assert (counts["PERS_SGB2"] <= under_65[counts.index]).all()
        assert (counts["KIND_SGB2"] <= counts["PERS_SGB2"]).all()
        assert (counts["BG"] <= counts["PERS_SGB2"]).all()
        assert not set(table["Gemeindeschlüssel"]) & set(quarters["ags"])
        assert table["Gemeindeschlüssel"].nunique() == 7

    def test_school_entry_sheets_have_titles_symbols_and_footers(self):
        path = sample_path() / "lieferungen" / "schuleingang" / "SEU_2021_2025.xlsx"
        sheets = pd.read_excel(path, sheet_name=None, header=None, dtype=object, engine="calamine")
        assert list(sheets) == ["2021", "2022", "2023", "2024", "2025", "2023-2025"]
        for sheet in sheets.values():
            assert sheet.iloc[4, 0] == "Gebietsschlüssel"
            assert sheet.iloc[5, 0].startswith("05999001-")
            assert sheet.iloc[-2, 0].startswith("Zeichenerklärung")
            assert "." in set(sheet.iloc[5:-3, 6])
        assert "x" in set(sheets["2021"].iloc[5:-3, 5])
        assert sheets["2022"].iloc[5:-3, 3].isna().any()

    def test_deliveries_name_existing_files(self):
        content = tomllib.loads((sample_path() / "deliveries.toml").read_text(encoding="utf-8"))
        for delivery in content["delivery"]:
            for pattern in delivery["files"]:
                assert list(sample_path().glob(pattern)), pattern

    def test_indicators_refer_to_delivered_variables(self):
        read = {
            name: tomllib.loads((sample_path() / f"{name}.toml").read_text(encoding="utf-8"))
            for name in ("deliveries", "indicators")
        }
        known = {f"{d['name']}.{v}" for d in read["deliveries"]["delivery"] for v in d["variables"]}
        known |= set(further_counts(read_config(sample_path())))
        for indicator in read["indicators"]["indicator"]:
            numerators = indicator["numerator"]
            used = [numerators] if isinstance(numerators, str) else numerators
            used = [*used, indicator["denominator"], *indicator.get("behind", [])]
            assert {name for name in used if "." in name} <= known
        assert len(read["indicators"]["indicator"]) == 15


class TestOtherFiles:
    def test_day_care_places_add_up_to_the_delivery(self):
        path = sample_path() / "lieferungen" / "betreuung" / "kitaplaetze_gemeinden_2025.csv"
        table = pd.read_csv(path, sep=";", dtype={"Gemeindeschlüssel": "str"})
        points = layer("punkte")
        centres = points[points["art"] == "Kindertageseinrichtung"]
        assert table[["Plätze_U3", "Plätze_Ü3"]].to_numpy().sum() == centres["plaetze"].sum()

    def test_background_and_barriers(self):
        names = {name for name, _ in pyogrio.list_layers(sample_path() / "daten/hintergrund.gpkg")}
        assert {"orte", "strassen", "gewaesser", "autobahn"} <= names
        assert set(layer("barrieren")["art"]) == {"Fluss", "Autobahn"}

    def test_addresses_lie_in_their_municipality(self, municipalities):
        table = pd.read_csv(sample_path() / "daten" / "adressen.csv", sep=";", dtype={"AGS": "str"})
        assert table["AGS"].nunique() == 2
        assert not table.duplicated(["AGS", "Straße", "Hausnummer", "Zusatz"]).any()
        points = shapely.points(table["Ostwert"], table["Nordwert"])
        shapes = municipalities.geometry.reindex(table["AGS"]).to_numpy()
        assert shapely.distance(shapes, points).max() < 70  # a cell on the border sticks out

    def test_land_cover_has_a_missing_value(self):
        import rasterio

        path = sample_path() / "daten" / "landnutzung.tif"
        assert path.stat().st_size <= 100_000
        with rasterio.open(path) as raster:
            assert raster.nodata == 0
            assert raster.dtypes == ("uint8",)
            assert set(np.unique(raster.read(1))) == {0, 1, 2, 3, 4, 5}


class TestTruth:
    def test_planted_cells_are_inhabited_cells_of_their_municipality(self, register):
        truth = load_sample_truth()
        seen: set[str] = set()
        for entry in [*truth["clusters"], *truth["changes"]]:
            cells = [cell for cell in entry["cells"] if cell in register.index]
            assert len(cells) > 0.98 * len(entry["cells"])
            assert set(register.loc[cells, "AGS"]) == {entry["municipality"]}
            assert not seen & set(cells)
            seen |= set(cells)

    def test_a_tenth_of_the_county_is_planted(self):
        assert 0.08 <= load_sample_truth()["share_planted"] <= 0.125

    def test_planted_rates_stand_out_by_about_the_ratio(self, register):
        """Rates of the seven municipalities' clusters, whose cells are delivered."""
        path = sample_path() / "lieferungen" / "statistikstelle" / "sgb2_zellen.zip"
        table = member(path, "sgb2_zellen_2025.csv").set_index("Gitter_ID_100m")
        persons = table["PERS_SGB2"].astype(int).reindex(register.index, fill_value=0)
        under_65 = register.filter(regex="^[mw]_(?!65|80)").sum(axis=1)
        own = register["AGS"].isin(table["Gemeindeschlüssel"].unique())
        clusters = [c for c in load_sample_truth()["clusters"] if not c["agreed_areas"]]
        planted = register.index.isin([cell for c in clusters for cell in c["cells"]])
        base = persons[own & ~planted].sum() / under_65[own & ~planted].sum()
        assert base == pytest.approx(0.08, rel=0.12)
        for cluster in clusters:
            cells = register.index.isin(cluster["cells"])
            rate = persons[cells].sum() / under_65[cells].sum()
            assert rate / base == pytest.approx(cluster["ratio"], rel=0.25)

    def test_changes_go_the_way_they_say(self):
        truth = load_sample_truth()
        kinds = {entry["kind"]: entry["ratio_by_year"] for entry in truth["changes"]}
        kinds |= {c["kind"]: c["ratio_by_year"] for c in truth["clusters"]}
        assert kinds["emerging"]["2021"] == 1 < kinds["emerging"]["2025"]
        assert kinds["improving"]["2016"] > kinds["improving"]["2025"]
        assert kinds["treated"]["2021"] > kinds["treated"]["2025"]


class TestGenerator:
    """The generator makes the same bytes whatever the hash seed."""

    def digests(self, folder: Path) -> dict[str, str]:
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    def test_same_seed_same_bytes(self, folders):
        first, second = map(self.digests, folders)
        assert first == second
        assert len(first) > 50

    def test_a_small_county_has_all_its_parts(self, folders):
        truth = json.loads((folders[0] / "truth.json").read_text(encoding="utf-8"))
        assert truth["residents"] == pytest.approx(20_000, rel=0.1)
        assert len(truth["clusters"]) == 9

    def test_other_files_in_the_folder_stay(self, folders, monkeypatch):
        monkeypatch.syspath_prepend(str(ROOT / "data"))
        from generate_musterkreis import generate

        out = folders[1]
        (out / "notes.txt").write_text("mine", encoding="utf-8")
        (out / "daten" / "mine.txt").write_text("mine", encoding="utf-8")
        before = self.digests(folders[0])
        generate(6, out, scale=0.04)
        after = self.digests(out)
        assert (out / "notes.txt").read_text(encoding="utf-8") == "mine"
        assert set(after) - set(before) == {"notes.txt", "daten/mine.txt"}
        assert after["truth.json"] != before["truth.json"]
        listed = (out / "SOURCES.toml").read_text(encoding="utf-8")
        assert "mine.txt" not in listed
