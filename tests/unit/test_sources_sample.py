"""Readers on the sample county: what is read equals what a plain look at the files gives."""

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from sozialraum.config import read_config
from sozialraum.pipeline.further import further_counts
from sozialraum.schema import State
from sozialraum.sources import (
    delivery_files,
    read_background,
    read_census_grid,
    read_deliveries,
    read_districts,
    read_indicators,
    read_municipalities,
)

SAMPLE = Path(__file__).parents[2] / "data" / "boundaries"
TOPICS = sorted(path.name for path in (SAMPLE / "daten" / "zensus2022").glob("*.zip"))


@pytest.fixture(scope="module")
def municipalities():
    return read_municipalities(SAMPLE / "daten/vg250_musterkreis.gpkg", county="05999")


@pytest.fixture(scope="module")
def deliveries():
    return {delivery.name: delivery for delivery in read_deliveries(SAMPLE / "deliveries.toml")}


def register_rows():
    """Return every row of every register as a dictionary."""
    for path in sorted((SAMPLE / "lieferungen/melderegister").glob("*.zip")):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                text = io.TextIOWrapper(archive.open(name), encoding="utf-8-sig")
                yield from csv.DictReader(text, delimiter=";")


def test_municipalities(municipalities):
    assert len(municipalities.frame) == 19
    assert municipalities.frame.index.str.fullmatch(r"05999\d{3}").all()
    assert municipalities.frame["name"].is_unique
    # the made-up county is not the Federal Agency's
    assert "BKG" not in municipalities.source.line()


@pytest.mark.parametrize("name", ["quartiere", "wahlbezirke", "grundschulbezirke"])
def test_districts(municipalities, name):
    layer = read_districts(SAMPLE / f"daten/{name}.gpkg")
    assert layer.frame["name"].notna().all()
    assert set(layer.frame["ags"]) <= set(municipalities.frame.index)
    assert layer.frame.index.str[:8].tolist() == layer.frame["ags"].tolist()


def test_background():
    layers = read_background(SAMPLE / "daten/hintergrund.gpkg")
    assert len(layers) >= 3
    assert all(len(layer.frame) for layer in layers)


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("resolution", ["100m", "1km", "10km"])
def test_census_totals(topic, resolution):
    path = SAMPLE / "daten/zensus2022" / topic
    layer = read_census_grid(path, resolution=resolution)
    with zipfile.ZipFile(path) as archive:
        member = next(n for n in archive.namelist() if f"_{resolution}-" in n)
        lines = csv.DictReader(
            io.TextIOWrapper(archive.open(member), encoding="utf-8"), delimiter=";"
        )
        rows = list(lines)
    assert len(layer.frame) == len(rows)
    for name in (*layer.additive, *layer.shares):
        known = [float(row[name].replace(",", ".")) for row in rows if row[name] != "–"]
        assert layer.frame[name].sum() == pytest.approx(sum(known))
        assert layer.frame[name].isna().sum() == len(rows) - len(known)


def test_census_within_the_county(municipalities):
    path = SAMPLE / "daten/zensus2022/Zensus2022_Bevoelkerungszahl.zip"
    whole = read_census_grid(path)
    inside = read_census_grid(path, within=municipalities, variables={"n": "Einwohner"})
    shape = municipalities.frame.to_crs(3035).union_all()
    expected = whole.frame[whole.frame.intersects(shape)]
    assert inside.frame.index.tolist() == expected.index.tolist()
    assert inside.frame["n"].tolist() == expected["Einwohner"].tolist()


def test_register_totals(deliveries, municipalities):
    register = deliveries["register"]
    totals: dict[str, int] = {}
    cells = set()
    for row in register_rows():
        counts = [int(count) for name, count in row.items() if name[:2] in ("m_", "w_")]
        totals[row["Stichtag"]] = totals.get(row["Stichtag"], 0) + sum(counts)
        cells.add((row["Gitter_ID_100m"], row["Stichtag"]))
    residents = register.table[register.table["variable"] == "residents"]
    assert residents.groupby("date")["value"].sum().to_dict() == totals
    assert len(residents) == len(cells)
    assert register.covers == tuple(municipalities.frame.index)
    assert register.absent_is_zero
    assert set(register.table["state"]) == {State.VALUE}
    # what the description of the county says about 2025
    truth = json.loads((SAMPLE / "truth.json").read_text(encoding="utf-8"))
    assert totals["2025-12-31"] == pytest.approx(truth["residents"], rel=0.01)


def test_small_areas_fit_the_agreed_areas(deliveries):
    sgb2 = deliveries["sgb2"]
    areas = read_districts(SAMPLE / "daten/quartiere.gpkg").frame
    keys = sgb2.table.loc[sgb2.table["level"] == "area", "key"]
    assert set(keys) == set(areas.index)
    towns = sgb2.table.loc[sgb2.table["level"] == "municipality", "key"]
    assert set(towns) == set(areas["ags"])
    assert len(sgb2.dates) == 10
    hidden = sgb2.table[sgb2.table["state"] == State.SUPPLIER]
    assert (hidden["low"] == 1).all()
    assert (hidden["high"] == 9).all()


def test_totals_of_the_agency_are_possible(deliveries):
    """A municipality's total lies above what is known of its areas at least."""
    table = deliveries["sgb2"].table
    areas = table[table["level"] == "area"]
    least = areas.groupby([areas["key"].str[:8], "date", "variable"])["low"].sum()
    total = table[table["level"] == "municipality"].set_index(["key", "date", "variable"])
    assert (total["value"] >= least.reindex(total.index)).all()


def test_every_other_delivery(deliveries):
    assert deliveries["seu"].table["state"].isin([State.VALUE, State.SUPPLIER]).all()
    agreed = set(read_districts(SAMPLE / "daten/quartiere.gpkg").frame.index)
    assert set(deliveries["seu"].table["key"]) == set(deliveries["kita"].table["key"]) == agreed
    for name in ("kita_gemeinden", "pflege"):
        assert set(deliveries[name].table["level"]) == {"municipality"}
        assert deliveries[name].table["key"].nunique() == 19
    kita = deliveries["kita"].table
    by_town = kita.groupby([kita["key"].str[:8], "variable"])["value"].sum()
    total = deliveries["kita_gemeinden"].table.set_index(["key", "variable"])["value"]
    assert by_town.to_dict() == total.reindex(by_town.index).to_dict()


def test_every_count_of_the_catalogue_is_delivered_or_a_block_variable(deliveries):
    known = {f"{name}.{v}" for name, d in deliveries.items() for v in d.variables}
    known |= set(further_counts(read_config(SAMPLE)))
    for indicator in read_indicators(SAMPLE / "indicators.toml"):
        for reference in (indicator.numerator, indicator.denominator or "", indicator.behind or ""):
            for name in reference.split("|"):
                assert "." not in name or name in known


def test_every_delivered_file_is_described():
    described = {
        path.relative_to(SAMPLE).as_posix() for path in delivery_files(SAMPLE / "deliveries.toml")
    }
    present = {
        path.relative_to(SAMPLE).as_posix() for path in (SAMPLE / "lieferungen").rglob("*.*")
    }
    assert described == present
