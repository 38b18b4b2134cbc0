"""Earlier publications out of tables: every fault at once, nothing guessed."""

import sqlite3
from contextlib import closing

import pandas as pd
import pytest

from registers import SIGNED, make_release, membership, opened
from sozialraum.disclosure.ledger import import_earlier, read_import, write_template
from sozialraum.disclosure.register.members import read_members
from sozialraum.errors import OutputError, SourceError, SozialraumError
from sozialraum.export import write_geopackage
from sozialraum.files.readback import read_release

HEAD = "geography;area;indicator;date;value"
MEMBERS = (
    "geography;area;block_id;label\n"
    "sozialraum;Q1;b1;Nordstadt\nsozialraum;Q1;b2;Nordstadt\nsozialraum;Q2;b3;\n"
    "gemeinde;05999001;b1;\ngemeinde;05999001;b2;\ngemeinde;05999001;b3;\n"
)


@pytest.fixture
def read(tmp_path):
    """Return the function that reads a table given as text."""
    (tmp_path / "members.csv").write_text(MEMBERS, encoding="utf-8")

    def call(*lines: str, encoding: str = "utf-8"):
        (tmp_path / "a.csv").write_text("\n".join([*lines, ""]), encoding=encoding)
        return read_import(tmp_path / "a.csv", tmp_path / "members.csv")

    return call


def rows(told) -> set[tuple[str, str, str, object]]:
    found = [s for column in told.columns for s in column.statements()]
    return {(s.kind, s.area.partition("#")[0], s.var, s.value) for s in found}


def faults(call, *lines: str) -> list[tuple[str, str]]:
    """Return place and sentence of every fault, in German."""
    with pytest.raises(SourceError) as caught:
        call(*lines)
    _, *found = caught.value.text("de").split("\n  ")
    return [(place, sentence) for place, _, sentence in (line.partition(": ") for line in found)]


class TestTables:
    def test_counts_marks_and_denominators(self, read):
        told = read(
            f"{HEAD};denominator;of",
            "sozialraum;Q1;sgb2;2019-12-31;12;60;u65",
            "sozialraum;Q2;sgb2;31.12.2019;*;;",
            "gemeinde;05999001;sgb2;2019-12-31;0;;",
        )
        assert rows(told) == {
            ("count", "sozialraum:Q1", "sgb2@2019-12-31", 12),
            ("count", "sozialraum:Q1", "u65@2019-12-31", 60),
            ("suppressed", "sozialraum:Q2", "sgb2@2019-12-31", None),
            ("count", "gemeinde:05999001", "sgb2@2019-12-31", 0),
        }
        assert sorted(told.areas.values()) == [("b1", "b2"), ("b1", "b2", "b3"), ("b3",)]
        assert {place.label for place in told.places.values()} == {"Nordstadt", ""}

    def test_rounded_perturbed_rates_classes_ranges_and_marks_with_a_meaning(self, read):
        told = read(
            "geography,area,indicator,date,value,kind,of,base,method,max_dev,decimals,per,lo,hi,source",
            "sozialraum,Q1,a,2019-12-31,10,rounded,,5,random,,,,,,Bericht S. 3",
            "sozialraum,Q1,b,2019-12-31,9,perturbed,,,,3,,,,,",
            'sozialraum,Q1,c,2019-12-31,"8,5",rate,u65,,,,,,,,',
            "sozialraum,Q1,d,2019-12-31,8,rate,u65,,,,2,1000,,,",
            "sozialraum,Q1,e,2019-12-31,,rate_class,u65,,,,,,5,10,",
            "sozialraum,Q1,f,2019-12-31,,range,,,,,,,3,,",
            "sozialraum,Q1,g,2019-12-31,*,,,,,,,,1,2,",
        )
        found = {s.var[0]: s.as_json() for c in told.columns for s in c.statements()}
        plain = {
            k: {n: v for n, v in one.items() if n not in ("area", "var")}
            for k, one in found.items()
        }
        assert plain == {
            "a": {
                "kind": "rounded",
                "value": 10,
                "base": 5,
                "method": "random",
                "label": "Bericht S. 3",
            },
            "b": {"kind": "perturbed", "value": 9, "max_dev": 3},
            "c": {"kind": "rate", "value": 8.5, "decimals": 1, "of": "u65@2019-12-31"},
            "d": {"kind": "rate", "value": 8, "decimals": 2, "of": "u65@2019-12-31", "per": 1000},
            "e": {"kind": "rate_class", "lo": 5, "hi": 10, "of": "u65@2019-12-31"},
            "f": {"kind": "range", "lo": 3},
            "g": {"kind": "suppressed", "known_range": [1, 2]},
        }

    def test_a_rounded_number_comes_with_a_rounded_denominator(self, read):
        told = read(
            f"{HEAD};denominator;of;kind;base",
            "sozialraum;Q1;a;2019-12-31;10;60;u65;rounded;5",
        )
        found = [s for c in told.columns for s in c.statements()]
        assert {(s.kind, s.base, s.value) for s in found} == {
            ("rounded", 5, 10),
            ("rounded", 5, 60),
        }

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
    def test_encodings_of_offices(self, read, encoding):
        told = read(f"{HEAD};source", "sozialraum;Q1;a;2019-12-31;1;Übersicht", encoding=encoding)
        assert next(told.columns[0].statements()).label == "Übersicht"

    def test_comments_and_empty_lines_are_passed_over(self, read):
        found = read("# so", "", HEAD, '# "quoted', "", "sozialraum;Q1;a;2019-12-31;1")
        assert rows(found) == {("count", "sozialraum:Q1", "a@2019-12-31", 1)}

    def test_it_goes_into_the_register(self, read, tmp_path):
        told = read(HEAD, "sozialraum;Q1;a;2019-12-31;1")
        ledger = import_earlier(opened(tmp_path), told, source="2019", **SIGNED)
        assert ledger.earlier == "imported"
        assert [s.value for s in ledger.parts().statements] == [1]
        assert list(ledger.parts().labels.values()) == ["Nordstadt (Q1)"]


class TestFaults:
    def test_every_fault_is_named_at_once_with_row_and_column(self, read):
        found = faults(
            read,
            f"{HEAD};denominator;of;kind;base",
            "sozialraum;Q9;a;2019-12-31;1;;;;",
            "sozialraum;Q1;a;2019;1;;;;",
            "sozialraum;Q1;a b;2019-12-31;1;;;;",
            ";Q1;a;2019-12-31;1;;;;",
            "sozialraum;Q1;a;2019-12-31;;;;;",
            "sozialraum;Q1;a;2019-12-31;-;;;;",
            "sozialraum;Q1;a;2019-12-31;1.234;;;;",
            "sozialraum;Q1;a;2019-12-31;-3;;;;",
            "sozialraum;Q1;a;2019-12-31;5;;;;5",
            "sozialraum;Q1;a;2019-12-31;5;;;rounded;",
            "sozialraum;Q1;a;2019-12-31;5;60;;;",
            "sozialraum;Q1;b;2019-12-31;5;about 60;u65;;",
            "sozialraum;Q1;c;2019-12-31;5;;;guess;",
            "sozialraum;Q1;d;2019-12-31;5;;;rate;",
            "sozialraum;Q1;e;2019-12-31;12;;;suppressed;",
            "sozialraum;Q1;e;2019-12-31;*;;;count;",
        )
        columns = [place.removeprefix("Zeile ") for place, _ in found]
        assert columns == [
            *("2, Spalte area", "3, Spalte date", "4, Spalte indicator", "5, Spalte geography"),
            *("6, Spalte value", "7, Spalte value", "8, Spalte value", "9, Spalte value"),
            *("10, Spalte base", "11, Spalte base", "12, Spalte of", "13, Spalte denominator"),
            *("14, Spalte kind", "15, Spalte of", "16, Spalte value", "17, Spalte value"),
        ]
        assert len({sentence for _, sentence in found}) > 8

    def test_repeated_and_contradicting_rows(self, read):
        found = faults(
            read,
            f"{HEAD};denominator;of",
            "sozialraum;Q1;a;2019-12-31;1;60;u65",
            "sozialraum;Q1;a;2019-12-31;1;60;u65",
            "sozialraum;Q1;b;2019-12-31;2;61;u65",
        )
        assert [place for place, _ in found] == [
            "Zeile 3, Spalte area",
            "Zeile 4, Spalte denominator",
        ]
        assert all("Zeile 2" in sentence for _, sentence in found)

    def test_columns(self, read):
        with pytest.raises(SourceError, match="value"):
            read("geography;area;indicator;date", "a;b;c;d")
        with pytest.raises(SozialraumError, match="denominater"):
            read(f"{HEAD};denominater", "a;b;c;d;e;f")
        with pytest.raises(SourceError) as caught:
            read("geography,area,indicator,date,value", "sozialraum,Q1,a,2019-12-31,8,5")
        assert (caught.value.message, caught.value.ids) == ("ledger.row_too_long", ("2",))
        with pytest.raises(SourceError):
            read("")

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(SourceError) as caught:
            read_import(tmp_path / "none.csv", {})
        assert caught.value.message == "ledger.no_table"


class TestMembers:
    def test_blank_cells_and_blocks_in_two_areas(self, tmp_path):
        path = tmp_path / "m.csv"
        path.write_text("geography,area,block_id\ng,A,b1\ng,B,b1\ng,,b2\nh,A,b1\n")
        with pytest.raises(SourceError) as caught:
            read_members(path)
        lines = caught.value.text("de").split("\n  ")[1:]
        assert [line.split(":")[0] for line in lines] == [
            "Zeile 3, Spalte block_id",
            "Zeile 4, Spalte area",
        ]

    def test_a_release_carries_them(self, tmp_path):
        release = make_release()
        path = write_geopackage(tmp_path / "a.gpkg", release)
        found = read_members(path)
        assert {p.area_id: p.units for p in found.values()}["Q1"] == ("Q1a", "Q1b")
        assert {p.label for p in found.values()} == {f"Gebiet Q{i}" for i in (1, 2, 3)}

    def test_no_geopackage(self, tmp_path):
        (tmp_path / "a.gpkg").write_text("x")
        with pytest.raises(SourceError):
            read_members(tmp_path / "a.gpkg")


class TestTemplate:
    @pytest.mark.parametrize("language", ["de", "en"])
    def test_it_is_an_empty_table_that_explains_itself(self, tmp_path, language):
        files = write_template(tmp_path / "früher.csv", language=language)
        assert [f.name for f in files] == ["früher.csv", "früher-zuordnung.csv"]
        assert read_import(*files).columns == ()
        lines = files[0].read_text(encoding="utf-8-sig").splitlines()
        for column in lines[-1].split(";"):
            assert any(line.startswith(f"# {column}: ") for line in lines), column

    def test_its_examples_can_be_read(self, tmp_path):
        for path in write_template(tmp_path / "a.csv"):
            lines = path.read_text(encoding="utf-8-sig").splitlines()
            count = len(lines[-1].split(";"))
            shown = [line.removeprefix("# ") for line in lines[:-1]]
            examples = [line for line in shown if line.startswith(("sozialraum;", "gemeinde;"))]
            rows = [line + ";" * (count - 1 - line.count(";")) for line in examples]
            extra = ["sozialraum;Q02;b9"] if "block_id" in lines[-1] else []
            path.write_text("\n".join([lines[-1], *rows, *extra]), encoding="utf-8")
        told = read_import(tmp_path / "a.csv", tmp_path / "a-zuordnung.csv")
        assert {c.kind for c in told.columns} == {"count", "suppressed", "rate"}

    def test_nothing_is_overwritten_unasked(self, tmp_path):
        (tmp_path / "a-zuordnung.csv").write_text("mine")
        with pytest.raises(OutputError):
            write_template(tmp_path / "a.csv")
        assert [p.name for p in tmp_path.iterdir()] == ["a-zuordnung.csv"]
        assert len(write_template(tmp_path / "a.csv", overwrite=True)) == 2


def test_a_geopackage_takes_the_membership_along(tmp_path):
    blocks = {"Q1": ["b1"], "Q2": ["b2", "b3"], "Q3": ["b4"]}
    wide = membership({"sozialraum": blocks})
    wide.loc["b9"] = ""  # in no area, and the order is not the alphabet's
    wide = wide.loc[["b9", "b3", "b1", "b4", "b2"]]
    release = make_release(membership=wide)
    path = write_geopackage(tmp_path / "a.gpkg", release)
    found = read_release(path)
    pd.testing.assert_frame_equal(found.membership, wide)
    again = write_geopackage(tmp_path / "b.gpkg", found)
    assert again.read_bytes() == path.read_bytes()
    with closing(sqlite3.connect(again)) as connection, connection:
        connection.execute("DELETE FROM zuordnung WHERE block_id = 'b3'")
    assert len(read_release(again).membership) == 4
    with closing(sqlite3.connect(again)) as connection, connection:
        connection.execute("UPDATE zuordnung SET block_id = 'b1' WHERE block_id = 'b2'")
    with pytest.raises(SourceError, match="zuordnung"):
        read_release(again)
    without = write_geopackage(tmp_path / "c.gpkg", make_release(membership=None))
    assert read_release(without).membership is None
