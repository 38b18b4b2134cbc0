"""Somebody's published table: every way to write it, nothing missing becomes a number."""

import gzip
import zipfile

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


class TestDecimalSigns:
    def read(self, tmp_path, content, **options):
        return read_published(written(tmp_path, content), key="id", **options)

    def test_each_column_has_its_own(self, tmp_path):
        content = "id;s;d\na;6,38;-0.075\nb;7,5;1.250\nc;8;2.500\n"
        release = self.read(tmp_path, content, columns=["s"], changes=["d"])
        assert values(release, "s") == [6.38, 7.5, 8.0]
        assert values(release, "d") == [-0.075, 1.25, 2.5]

    @pytest.mark.parametrize("cells", [("-0.075", "1,5"), ("1.250", "0,125", "0.5")])
    def test_both_in_one_column_are_refused(self, tmp_path, cells):
        content = "id;s\n" + "".join(f"{i};{cell}\n" for i, cell in enumerate(cells))
        with pytest.raises(SourceError, match="durcheinander") as error:
            self.read(tmp_path, content, columns=["s"], kind="score")
        assert error.value.ids == ("s",)

    def test_a_sign_that_is_given_is_kept(self, tmp_path):
        content = "id;s\na;6.38\nb;7.5\n"
        with pytest.raises(SourceError, match="durcheinander"):
            self.read(tmp_path, content, columns=["s"], decimal=",")
        assert values(self.read(tmp_path, content, columns=["s"], decimal="."), "s") == [6.38, 7.5]

    @pytest.mark.parametrize(
        ("cells", "people"),
        [
            (("3.114", "192.000"), [3114.0, 192000.0]),
            (("299", "1.000"), [299.0, 1000.0]),
            (("192.000", "3000.5"), [192.0, 3000.5]),
            (("1.234.567", "800.000"), [1234567.0, 800000.0]),
            (("1,234.5", "800.000"), [1234.5, 800.0]),
        ],
    )
    def test_other_cells_decide_on_thousands(self, tmp_path, cells, people):
        content = f"id;s;n\na;1;{cells[0]}\nb;2;{cells[1]}\n"
        release = self.read(tmp_path, content, columns=["s"], residents="n")
        assert values(release, "residents") == people

    @pytest.mark.parametrize("cells", [("192.000", "800.000"), ("1200", "1.000")])
    def test_what_could_be_both_is_refused(self, tmp_path, cells):
        content = f"id;s;n\na;1;{cells[0]}\nb;2;{cells[1]}\n"
        with pytest.raises(SourceError, match="Tausender oder Nachkommastellen") as error:
            self.read(tmp_path, content, columns=["s"], residents="n")
        assert error.value.ids == ("n",)


class TestRows:
    def test_footers_are_passed_over_but_areas_without_values_stay(self, tmp_path):
        rows = "id;s;d\n01;1;2\n02;3;1\n03;;\n"
        for last in ("Quelle: Amt; für Statistik", "Stand 2017;;", "\nHinweis: vorläufig\n"):
            file = written(tmp_path, rows + last)
            found = read_published(file, key="id", columns=["s"], changes=["d"])
            assert found.areas.index.tolist() == ["01", "02", "03"]

    def test_lines_that_are_cut_off_are_still_refused(self, tmp_path):
        with pytest.raises(SourceError, match="zu wenigen"):
            read_published(written(tmp_path, "id;s\n01;1\n02\n"), key="id", columns=["s"])

    @pytest.mark.parametrize("key", ["Insgesamt", "SUMME", "Stadt gesamt", "Total:"])
    def test_totals_are_refused_or_left_out_by_a_condition(self, tmp_path, key):
        file = written(tmp_path, f"id;s;art\n01;1;Gebiet\n02;3;Gebiet\n{key};2;Summe\n")
        with pytest.raises(SourceError, match="--where") as error:
            read_published(file, key="id", columns=["s"])
        assert "Zeile 4" in error.value.ids[0]
        found = read_published(file, key="id", columns=["s"], where={"art": "Gebiet"})
        assert found.areas.index.tolist() == ["01", "02"]

    def test_totals_are_seen_by_their_name(self, tmp_path):
        file = written(tmp_path, "id;n;s\n01;Nord;1\n02;Gesamtschulviertel;3\n99;Gesamt;2\n")
        with pytest.raises(SourceError, match="Summenzeilen") as error:
            read_published(file, key="id", columns=["s"], name="n")
        assert len(error.value.ids) == 1

    def test_other_years_are_left_out_where_keys_repeat(self, tmp_path):
        file = written(tmp_path, "id;year;s\na;2019;1\nb;2019;2\na;2020;3\nb;2020;4\nc;2020;5\n")
        found = read_published(file, key="id", columns=["s"], where={"year": "2019"})
        assert values(found, "s") == [1.0, 2.0]
        with pytest.raises(SourceError, match="mehrfach"):
            read_published(file, key="id", columns=["s"])

    def test_conditions_nobody_satisfies_show_what_is_there(self, tmp_path):
        file = written(tmp_path, "id;valid;s\na;1.0;1\nb;0.0;2\n")
        with pytest.raises(SourceError, match=r"„1\.0“, „0\.0“"):
            read_published(file, key="id", columns=["s"], where={"valid": "1"})


class TestColumns:
    def test_without_any_number_are_refused(self, tmp_path):
        file = written(tmp_path, "id;s1;s2;s3\na;1;;\nb;2;;.\n")
        with pytest.raises(SourceError, match="keine einzige Zahl") as error:
            read_published(file, key="id", columns=["s1", "s2", "s3"])
        assert error.value.ids == ("s2", "s3")
        assert values(read_published(file, key="id", columns=["s1"]), "s1") == [1.0, 2.0]

    @pytest.mark.parametrize(
        "options",
        [
            {"columns": ["id", "s"]},
            {"columns": ["s"], "changes": ["s"]},
            {"columns": ["s", "S"]},
            {"columns": ["s"], "residents": "s"},
        ],
    )
    def test_with_two_roles_are_refused(self, tmp_path, options):
        with pytest.raises(SourceError, match="mehrere Angaben"):
            read_published(written(tmp_path, "id;s;d\n1;2;3\n2;3;4\n"), key="id", **options)

    @pytest.mark.parametrize("asked", ["s 1\nin %", "S 1 in %", "s 1  in %"])
    def test_names_may_go_over_lines(self, tmp_path, asked):
        file = written(tmp_path, 'id;"s 1\nin %";d\n01;6,4;1\n02;7;2\n')
        assert values(read_published(file, key="id", columns={"s": asked}), "s") == [6.4, 7.0]
        with pytest.raises(SourceError, match="s 1 in %, d"):
            read_published(file, key="id", columns=["nein"])

    def test_suggestions_leave_out_what_is_used_already(self, tmp_path):
        file = written(tmp_path, "id,status1,gruppe\na,1,2\n")
        with pytest.raises(SourceError, match="status2") as error:
            read_published(file, key="id", columns=["status1", "status2"])
        assert "Gemeint" not in str(error.value)

    @pytest.mark.parametrize("cell", ["0.25", "12.34", "0.5", "3.75"])
    def test_shares_are_no_ranks(self, tmp_path, cell):
        file = written(tmp_path, f"id;r\na;1.5\nb;1.5\nc;{cell}\n")
        with pytest.raises(SourceError, match="kein Rang") as error:
            read_published(file, key="id", columns=["r"], kind="rank")
        assert error.value.ids == ("Zeile 4, Spalte r",)

    def test_a_blank_group_names_its_row(self, tmp_path):
        file = written(tmp_path, "id;year;s\na;2019;1\nb;;2\n")
        with pytest.raises(SourceError, match="Gruppe fehlt") as error:
            read_published_groups(file, by="year", key="id", columns=["s"], kind="score")
        assert error.value.ids == ("Zeile 3, Spalte year",)


class TestWorkbooks:
    rows = (["id", "s"], ["01", 6.5], ["02", 7.25])

    def test_the_sheet_with_the_key_is_taken(self, tmp_path):
        book = tmp_path / "a.xlsx"
        write_workbook(book, [Sheet("Notiz", [["Text"]]), Sheet("Werte", self.rows)])
        assert values(read_published(book, key="id", columns=["s"]), "s") == [6.5, 7.25]
        with pytest.raises(SourceError, match="Kein Tabellenblatt") as error:
            read_published(book, key="schlüssel", columns=["s"])
        assert error.value.ids == ("Notiz", "Werte")

    def test_several_sheets_must_be_told_apart(self, tmp_path):
        book = tmp_path / "a.xlsx"
        other = [["id", "s"], ["01", 1.5], ["02", 2.5]]
        write_workbook(book, [Sheet("Alt", other), Sheet("Neu", self.rows)])
        with pytest.raises(SourceError, match="--sheet") as error:
            read_published(book, key="id", columns=["s"])
        assert error.value.ids == ("Alt", "Neu")
        found = read_published(book, key="id", columns=["s"], sheet="Neu")
        assert values(found, "s") == [6.5, 7.25]

    def workbook(self, tmp_path, cell):
        """Return a workbook one cell of which, B3, is written otherwise."""
        plain, book = tmp_path / "plain.xlsx", tmp_path / "a.xlsx"
        write_workbook(plain, [Sheet("Werte", [*self.rows, ["03", 8.5]])])
        with zipfile.ZipFile(plain) as old, zipfile.ZipFile(book, "w") as new:
            for name in old.namelist():
                text = old.read(name).decode()
                if "sheet1" in name and "<sheetData" in text:
                    start = text.index('<c r="B3"')
                    text = text[:start] + cell + text[text.index("</c>", start) + 4 :]
                new.writestr(name, text)
        return book

    @pytest.mark.parametrize(
        "cell",
        [
            '<c r="B3" t="e"><v>#DIV/0!</v></c>',
            '<c r="B3"><f>1+1</f><v/></c>',
            '<c r="B3"><f>1+1</f></c>',
        ],
    )
    def test_errors_and_formulas_without_a_result_are_refused(self, tmp_path, cell):
        with pytest.raises(SourceError, match="Werte: Zeile 3, Spalte s") as error:
            read_published(self.workbook(tmp_path, cell), key="id", columns=["s"])
        assert error.value.ids == ("Zeile 3, Spalte s",)

    @pytest.mark.parametrize(
        ("cell", "number"),
        [
            ('<c r="B3"><f>1+1</f><v>2</v></c>', 2.0),
            ('<c r="B3" t="str"><f>A1</f><v></v></c>', np.nan),
            ('<c r="B3" t="e"><v>#N/A</v></c>', np.nan),
        ],
    )
    def test_what_a_program_stored_is_read(self, tmp_path, cell, number):
        release = read_published(self.workbook(tmp_path, cell), key="id", columns=["s"])
        np.testing.assert_equal(values(release, "s"), [6.5, number, 8.5])


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
