"""Somebody's published table: every way to write it, nothing missing becomes a number."""

import gzip

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

import sozialraum as sr
from sozialraum.errors import GeometryError, SourceError
from sozialraum.files.provenance import footer
from sozialraum.files.workbook import Sheet, write_workbook
from sozialraum.index import score
from sozialraum.model import Layer, Source
from sozialraum.schema import State
from sozialraum.sources.published import read_published, read_published_groups

ROWS = "plr_id{0}S 1 (%){0}d1\n0101{0}6{1}38{0}-0{1}82\n0102{0}7{1}5{0}1{1}5\n0103{0}12{0}0\n"


def written(tmp_path, content, name="monitoring_2017.csv", encoding="utf-8"):
    file = tmp_path / name
    file.write_bytes(content.encode(encoding))
    return file


def values(release, name="S_1"):
    return release.frame(name)["value"].to_list()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize(
    ("separator", "decimal"), [(",", "."), (";", ","), (";", "."), ("\t", ",")]
)
def test_every_dialect(tmp_path, separator, decimal, encoding):
    file = written(tmp_path, ROWS.format(separator, decimal), encoding=encoding)
    release = read_published(file, key="plr_id", columns=["S 1 (%)"], changes=["d1"])
    assert values(release) == [6.38, 7.5, 12.0]
    assert values(release, "d1") == [-0.82, 1.5, 0.0]
    assert release.frame("S_1").index.tolist() == ["0101", "0102", "0103"]
    assert release.dates("S_1") == ("2017-12-31",)


def test_workbooks_zipped_files_and_titles(tmp_path):
    book = tmp_path / "tabelle.xlsx"
    rows = [["Monitoring", None], ["Gebiet", "s1"], ["01", 6.38], ["02", None]]
    write_workbook(book, [Sheet("Werte", rows)])
    np.testing.assert_equal(
        values(read_published(book, key="Gebiet", columns=["s1"]), "s1"), [6.38, np.nan]
    )
    titled = written(tmp_path, "Monitoring 2017;;\nGebiet;s1\n01;6,38\n02;7\n")
    assert values(read_published(titled, key="Gebiet", columns=["s1"]), "s1") == [6.38, 7.0]
    zipped = tmp_path / "a.csv.gz"
    zipped.write_bytes(gzip.compress(ROWS.format(",", ".").encode()))
    assert values(read_published(zipped, key="plr_id", columns=["S 1 (%)"])) == [6.38, 7.5, 12.0]


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("", State.NOT_DELIVERED),
        ("NaN", State.NOT_DELIVERED),
        ("-9999", State.NOT_DELIVERED),
        ("-9999.0", State.NOT_DELIVERED),
        ("–", State.NOT_DELIVERED),
        ("-", State.NOT_DELIVERED),
        (".", State.SUPPRESSED),
        ("*", State.SUPPRESSED),
        ("x", State.NOT_APPLICABLE),
    ],
)
def test_what_is_missing_is_never_zero(tmp_path, cell, state):
    file = written(tmp_path, f"id,s\na,{cell}\nb,0\n")
    frame = read_published(file, key="id", columns=["s"]).frame("s")
    assert (np.isnan(frame["value"].iloc[0]), frame["state"].iloc[0]) == (True, str(state))
    assert (frame["value"].iloc[1], frame["state"].iloc[1]) == (0.0, "value")


@pytest.mark.parametrize(
    ("cell", "number"), [("1.5e-05", 1.5e-05), ("-4E-2", -0.04), (".5", 0.5), ("\u22120,25", -0.25)]
)
def test_numbers_as_programs_write_them(tmp_path, cell, number):
    file = written(tmp_path, f"id;s;d\na;1;{cell}\nb;2;1\n")
    release = read_published(file, key="id", columns=["s"], changes=["d"])
    assert values(release, "d") == [number, 1.0]


def test_three_decimals_are_no_thousands_in_shares_but_are_in_ranks(tmp_path):
    file = written(tmp_path, 'id,s,r\na,6.383,"32,844"\nb,7.500,"1,002"\n')
    assert values(read_published(file, key="id", columns=["s"]), "s") == [6.383, 7.5]
    ranks = read_published(file, key="id", columns=["r"], kind="rank")
    assert values(ranks, "r") == [32844.0, 1002.0]
    assert ranks.indicator("r").polarity == -1


def test_a_validity_column_excludes(tmp_path):
    file = written(tmp_path, "id,s,valid\na,5,1\nb,0,0\n")
    frame = read_published(file, key="id", columns=["s"], where={"valid": "1"}).frame("s")
    assert frame["state"].tolist() == ["value", "excluded"]
    assert np.isnan(frame["value"].iloc[1])
    with pytest.raises(SourceError, match="valid=2"):
        read_published(file, key="id", columns=["s"], where={"valid": "2"})


def test_it_is_not_ours_and_says_so(tmp_path):
    source = Source("Senat", "Monitoring", licence="CC BY 4.0")
    file = written(tmp_path, ROWS.format(",", "."))
    release = read_published(file, key="plr_id", columns=["S 1 (%)"], source=source)
    assert (release.audit.ours, release.audit.passed) == (False, True)
    lines = " ".join(footer(release))
    assert "Fremde Veröffentlichung, nicht von uns geprüft" in lines
    assert "Senat: Monitoring, CC BY 4.0" in lines
    assert "Somebody else's publication" in " ".join(footer(release, "en"))


def test_residents_exclude_small_areas(tmp_path):
    people = "id;s;n\na;1;299\nb;5;1.000\nc;9;400\n"
    release = read_published(written(tmp_path, people), key="id", columns=["s"], residents="n")
    assert score(release).table["state"].tolist() == ["excluded", "value", "value"]


def test_groups_are_releases_of_their_own(tmp_path):
    file = written(tmp_path, "id,year,s\na,2019,1\nb,2019,2\na,2020,3\nb,2020,4\n")
    found = read_published_groups(file, by="year", key="id", columns=["s"], kind="score")
    assert {year: values(one, "s") for year, one in found.items()} == {
        "2019": [1.0, 2.0],
        "2020": [3.0, 4.0],
    }


class TestFaults:
    @pytest.mark.parametrize(
        ("content", "told"),
        [
            ("id,s\na,101.5\nb,7.25\n", "über 100 %.*|Zeile 2, Spalte s"),
            ("id,s\na,412\nb,7\n", "Anzahlen"),
            ("id,s\na,412.5\nb,207.25\nc,3.5\n", "Anzahlen"),
            ("id,s\na,-3\nb,7\n", "negative Anteile"),
            ("id,s\na,viele\nb,7\n", "weder Zahl noch"),
            ("id,s\na,1\na,7\n", "mehrfach"),
            ("id,s\n,1\nb,7\n", "Schlüssel fehlen"),
        ],
    )
    def test_of_shares(self, tmp_path, content, told):
        with pytest.raises(SourceError, match=told) as error:
            read_published(written(tmp_path, content), key="id", columns=["s"])
        assert error.value.ids

    def test_of_changes_and_ranks(self, tmp_path):
        file = written(tmp_path, "id,s,d\na,1,350\nb,0,7\n")
        with pytest.raises(SourceError, match="Prozentpunkte"):
            read_published(file, key="id", columns=["s"], changes=["d"])
        with pytest.raises(SourceError, match="kein Rang"):
            read_published(file, key="id", columns=["s"], kind="rank")

    def test_unknown_columns_come_with_the_closest(self, tmp_path):
        file = written(tmp_path, "plr_id,status1,status2\na,1,2\n")
        with pytest.raises(SourceError, match="Gemeint ist vielleicht „status1“") as error:
            read_published(file, key="plr_id", columns=["statuss1", "status2"])
        assert error.value.ids == ("statuss1",)
        with pytest.raises(SourceError, match="plr_id"):
            read_published(file, key="plr", columns=["status1"])

    def test_a_column_counts_once(self, tmp_path):
        with pytest.raises(SourceError, match="mehrfach genannt"):
            read_published(written(tmp_path, "id,s\na,1\n"), key="id", columns=["s", "s"])

    def test_ids_never_clash(self, tmp_path):
        file = written(tmp_path, "id,S 1,S-1,1,residents\na,1,2,3,4\n")
        columns = ["S 1", "S-1", "1", "residents"]
        found = read_published(file, key="id", columns=columns)
        assert [one.id for one in found.indicators] == ["S_1", "S_1_2", "c_1", "residents_2"]
        assert [one.label() for one in found.indicators] == columns


class TestShapes:
    def layer(self, keys):
        index = pd.Index(keys, name="key")
        boxes = [box(i * 1000, 0, i * 1000 + 900, 900) for i in range(len(keys))]
        return Layer(
            gpd.GeoDataFrame(index=index, geometry=boxes, crs=25832), "key", Source("A", "B")
        )

    @pytest.mark.parametrize("output", ["map", "web", "package", "report"])
    def test_without_them_maps_say_one_clear_sentence(self, tmp_path, output):
        file = written(tmp_path, ROWS.format(",", "."))
        index = score(read_published(file, key="plr_id", columns=["S 1 (%)"]))
        draw = {
            "map": lambda: sr.draw_map(index, "status"),
            "web": lambda: sr.draw_web_map(index),
            "package": lambda: sr.write_geopackage(tmp_path / "a.gpkg", index.release, index),
            "report": lambda: sr.write_report(tmp_path / "a.html", index),
        }[output]
        with pytest.raises(GeometryError, match="Formen der Gebiete"):
            draw()

    def test_with_them_it_can_be_mapped(self, tmp_path):
        file = written(tmp_path, ROWS.format(",", "."))
        shapes = self.layer(["0101", "0102", "0103"])
        index = score(read_published(file, key="plr_id", columns=["S 1 (%)"], areas=shapes))
        page = sr.write_web_map(tmp_path / "a.html", index)
        assert "nicht von uns geprüft" in page.read_text(encoding="utf-8")

    def test_keys_that_do_not_match_are_a_join_report(self, tmp_path):
        file = written(tmp_path, ROWS.format(",", "."))
        with pytest.raises(SourceError, match="1 von 3") as error:
            read_published(
                *(file,), key="plr_id", columns=["S 1 (%)"], areas=self.layer(["101", "0102"])
            )
        assert error.value.ids == ("0101", "0103")
