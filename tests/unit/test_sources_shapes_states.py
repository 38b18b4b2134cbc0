"""Several vintages in one file; overlaps, gaps and slivers."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
from shapely import MultiPolygon, box

from sozialraum.errors import SourceError
from sozialraum.sources import read_districts, read_municipalities
from sozialraum.sources.topology import fit_notes
from sozialraum.sources.vintages import edition_of

X, Y = 370_000.0, 5_620_000.0


def cell(i, size=100.0):
    return box(X + i * size, Y, X + (i + 1) * size, Y + size)


def write(path, columns, shapes=None):
    shapes = shapes or [cell(i) for i in range(len(next(iter(columns.values()))))]
    frame = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:25832")
    pyogrio.write_dataframe(frame, path)
    return path


def raised(message, read, *args, **options):
    with pytest.raises(SourceError) as caught:
        read(*args, **options)
    assert caught.value.message == message
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


SPLIT = [cell(0, 200), cell(0), cell(1)]


@pytest.mark.parametrize(
    ("begin", "end", "first", "last", "blank"),
    [
        ("gueltig_von", "gueltig_bis", "2015-01-01", "2019-12-31", None),
        ("GUELTIG_VO", "GUELTIG_BI", "01.01.2015", "31.12.2019", "31.12.9999"),
        ("beginn", "ende", "2015-01-01T00:00:00Z", "2020-01-01T00:00:00Z", ""),
        ("validStartDate", "validEndDate", "1420070400000", "1577750400000", None),
        ("BEGINN", "ENDE", "20150101", "20191231", "99991231"),
    ],
)
def test_a_district_that_was_split(tmp_path, begin, end, first, last, blank):
    second = {"01.01.2015": "01.01.2020", "20150101": "20200101"}.get(first, "2020-01-01")
    columns = {
        "nr": ["1", "1a", "1b"],
        begin: [first, second, second],
        end: [last, blank, blank],
    }
    path = write(tmp_path / "a.gpkg", columns, SPLIT)
    error = raised("shapes.several_vintages", read_districts, path)
    assert error.ids == ("2020-01-01", "2015-01-01")
    assert 'date="2020-01-01"' in error.text("de")
    old, new = (read_districts(path, date=day) for day in ("2019-06-30", "2020-01-01"))
    assert old.frame.index.tolist() == ["1"]
    assert new.frame.index.tolist() == ["1a", "1b"]
    assert new.source.territory_date == "2020-01-01"
    assert any("1 Objekte anderer Stände" in n for n in new.notes)
    raised("shapes.no_vintage", read_districts, path, date="2010-01-01")


def test_columns_of_validity_in_a_file_of_one_vintage(tmp_path):
    columns = {"nr": ["1", "2"], "gueltig_von": ["2015", "2020"], "gueltig_bis": [None, None]}
    path = write(tmp_path / "a.gpkg", columns)
    assert len(read_districts(path).frame) == 2
    columns["gueltig_bis"] = ["2030-12-31", "2035-12-31"]
    path = write(tmp_path / "b.gpkg", columns)
    assert len(read_districts(path).frame) == 2


@pytest.mark.parametrize("key", ["nr", None])
def test_editions_of_the_same_keys(tmp_path, key):
    columns = {
        "nr": ["1", "2", "1", "2", "1", "2"],
        "Stand": ["2020", "2020", "2022", "2022", "2024", "2024"],
    }
    shapes = [cell(0), cell(1), cell(0), cell(2), cell(0), cell(3)]
    path = write(tmp_path / "a.gpkg", columns, shapes)
    error = raised("shapes.several_vintages", read_districts, path, key=key)
    assert error.ids == ("2024-12-31", "2022-12-31", "2020-12-31")
    layer = read_districts(path, key=key, date="2023-05-01")
    assert layer.frame.total_bounds[2] == X + 300
    assert layer.frame.index.tolist() == ["1", "2"]
    raised("shapes.no_vintage", read_districts, path, date="1999-01-01")


def test_municipalities_of_several_years(tmp_path):
    columns = {"AGS": ["05382060"] * 2, "GEN": ["Siegburg"] * 2, "STAND": ["20230101", "20240101"]}
    path = write(tmp_path / "a.gpkg", columns)
    raised("shapes.several_vintages", read_municipalities, path)
    layer = read_municipalities(path, date="2024-06-30")
    assert layer.frame.total_bounds[0] == X + 100
    # dates of each feature's own last change are no vintages
    columns = {"KN": ["05382060", "05382024"], "GN": ["A", "B"], "STAND": ["20230101", "20240101"]}
    layer = read_municipalities(write(tmp_path / "b.gpkg", columns))
    assert (len(layer.frame), layer.source.territory_date) == (2, "")


def test_a_date_that_cannot_be_used(tmp_path):
    path = write(tmp_path / "a.gpkg", {"nr": ["1", "2"]})
    raised("shapes.no_validity", read_districts, path, date="2024-01-01")
    raised("shapes.not_a_date", read_districts, path, date="gestern")


def test_the_date_of_a_whole_file():
    assert edition_of(pd.DataFrame({"STAND": ["01.01.2024"] * 2})) == "2024-01-01"
    assert edition_of(pd.DataFrame({"STAND": ["2023", "2024"]})) == ""
    assert edition_of(pd.DataFrame({"nr": ["2024"]})) == ""


def test_overlaps_are_told_with_their_sizes(tmp_path):
    shapes = [cell(0), box(X + 99.5, Y, X + 200, Y + 100), box(X + 150, Y, X + 300, Y + 100)]
    layer = read_districts(write(tmp_path / "a.gpkg", {"nr": ["1", "2", "3"]}, shapes))
    (said,) = layer.notes
    assert "Überlappungen: 2, zusammen 5050 m², die größte 5000 m² (2 / 3, 1 / 2)" in said
    assert "schmaler als 1 m): 1." in said


def test_gaps_are_told_with_size_and_place():
    frame = box(X, Y, X + 300, Y + 300)
    ring = frame.difference(box(X + 100, Y + 100, X + 200, Y + 200))
    slit = box(X + 300.4, Y, X + 600, Y + 300).union(box(X + 300, Y, X + 301, Y + 10))
    slit = slit.union(box(X + 300, Y + 290, X + 301, Y + 300))
    notes = fit_notes(np.array([ring, slit]), ["1", "2"], "a.gpkg")
    (said,) = notes
    assert "Lücken im Innern: 2, zusammen 10112 m², die größte 10000 m²" in said
    assert f"{X + 150:.0f} / {Y + 150:.0f}" in said
    assert "schmaler als 1 m): 1." in said


def test_a_partition_says_nothing():
    cells = np.array([box(i, j, i + 9, j + 9) for i in range(0, 45, 9) for j in range(0, 45, 9)])
    assert fit_notes(cells, [str(i) for i in range(25)], "a") == []
    assert fit_notes(cells[:1], ["0"], "a") == []


def test_leftovers_of_drawing_are_named():
    speck = MultiPolygon([cell(0), box(X - 50, Y, X - 49.5, Y + 1)])
    (said,) = fit_notes(np.array([speck, cell(1)]), ["1", "2"], "a")
    assert said.endswith("1 m² bei 1.")
