"""The table of interventions: what it says is read, what is wrong with it is told at once."""

from datetime import date
from zipfile import ZipFile

import openpyxl
import pytest

from sozialraum.errors import SourceError
from sozialraum.model import Intervention
from sozialraum.sources import read_interventions
from sozialraum.sources.dates import first_day, iso_date

GERMAN = "Kennung;Maßnahme;Gebiete;von;bis;Thema;Indikatoren"
FACTS = ("M1", "Familienzentrum", ("0101", "0102"), "2022-01-01", "2023-12-31")
ONE = Intervention(*FACTS, "Familie", ("sgb2", "kinderarmut"))
ROW = "M1;Familienzentrum;0101, 0102;01.01.2022;31.12.2023;Familie;sgb2, kinderarmut"


def table(tmp_path, *lines, header=GERMAN, encoding="utf-8"):
    path = tmp_path / "massnahmen.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding=encoding)
    return path


def workbook(tmp_path, *rows):
    path, book = tmp_path / "massnahmen.xlsx", openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def started(tmp_path, start, end=""):
    found = read_interventions(table(tmp_path, f"M1;Zentrum;0101;{start};{end};;"))
    return found[0].start, found[0].end


def refused(message, path, **options):
    with pytest.raises(SourceError) as caught:
        read_interventions(path, **options)
    assert caught.value.message == f"interventions.{message}"
    assert caught.value.text("de") != caught.value.text("en")
    assert path.name in caught.value.text("de")
    return caught.value


def test_the_sample_holds_two_interventions_with_their_areas(small_county):
    found = read_interventions(small_county / "daten" / "massnahmen.csv")
    assert [(one.id, len(one.areas), one.start, one.end) for one in found] == [
        ("M1", 3, "2022-01-01", ""),
        ("M2", 5, "2022-01-01", ""),
    ]
    assert all(one.title and one.topic and not one.indicators for one in found)
    assert len({area for one in found for area in one.areas}) == 8


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_every_usual_encoding_is_read(tmp_path, encoding):
    row = ROW.replace("Familienzentrum", "Café für Väter")
    found = read_interventions(table(tmp_path, row, encoding=encoding))
    assert found[0].title == "Café für Väter"
    assert found[0].areas == ONE.areas


def test_commas_part_columns_too(tmp_path):
    row = 'M1,Familienzentrum,"0101, 0102",2022-01-01,2023-12-31,Familie,"sgb2,kinderarmut"'
    assert read_interventions(table(tmp_path, row, header=GERMAN.replace(";", ","))) == (ONE,)


@pytest.mark.parametrize(
    "header",
    [
        "KENNUNG;MASSNAHME;GEBIETE;VON;BIS;THEMA;INDIKATOREN",
        "kürzel;Massnahme;Gebietsschlüssel;Beginn;Ende;Handlungsfeld;Indikator",
        "ID;Title;Areas;Start;End;Topic;Indicators",
        " id ;Intervention;area_id;FROM;to;topic;indicator",
    ],
)
def test_headings_are_german_or_english_in_any_case(tmp_path, header):
    assert read_interventions(table(tmp_path, ROW, header=header)) == (ONE,)


def test_columns_in_any_order_and_others_besides(tmp_path):
    header = "Träger;von;Gebiete;Maßnahme;Kennung;Kosten"
    path = table(tmp_path, "Stadt;2022-01-01;0101;Zentrum;M1;100000", header=header)
    assert read_interventions(path) == (Intervention("M1", "Zentrum", ("0101",), "2022-01-01"),)


def test_a_workbook_with_real_days_is_read(tmp_path):
    head = GERMAN.split(";")
    days = (date(2022, 1, 1), date(2023, 12, 31))
    row = ["M1", "Familienzentrum", "0101\n0102", *days, "Familie", "sgb2;kinderarmut"]
    assert read_interventions(workbook(tmp_path, head, row)) == (ONE,)


def test_a_year_in_a_cell_of_numbers_is_a_year(tmp_path):
    head = ["Kennung", "Maßnahme", "Gebiete", "von", "bis"]
    found = read_interventions(workbook(tmp_path, head, [7, "Zentrum", 101, 2022, 2023]))[0]
    assert (found.id, found.areas) == ("7", ("101",))
    assert (found.start, found.end) == ("2022-01-01", "2023-12-31")


def test_areas_in_rows_and_in_cells_are_put_together_once(tmp_path):
    rows = [
        "M1;Zentrum;0102, 0101;2022-01-01;;;",
        "M2;Büro;0101;2023-01-01;;;",
        "M1;Zentrum;0103;01.01.2022;;;",
        "M1;Zentrum;0101,0104;2022;;;",
    ]
    one, two = read_interventions(table(tmp_path, *rows))
    assert (one.id, one.areas) == ("M1", ("0102", "0101", "0103", "0104"))
    assert (two.id, two.areas) == ("M2", ("0101",))


def test_keys_with_blanks_are_parted_by_commas(tmp_path):
    rows = ["M1;Zentrum;Nord 1, Nord 2,;2022;;;", "M2;Büro;Q01 Q02  Q03;2022;;;"]
    one, two = read_interventions(table(tmp_path, *rows))
    assert one.areas == ("Nord 1", "Nord 2")
    assert two.areas == ("Q01", "Q02", "Q03")


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("01.01.2022", "2022-01-01", "2022-01-01"),
        ("15.3.2022", "2022-03-15", "2022-03-15"),
        ("2022-03-15", "2022-03-15", "2022-03-15"),
        ("20220315", "2022-03-15", "2022-03-15"),
        ("2022-03-15 00:00:00", "2022-03-15", "2022-03-15"),
        ("2022", "2022-01-01", "2022-12-31"),
        ("02.2024", "2024-02-01", "2024-02-29"),
        ("2022-03", "2022-03-01", "2022-03-31"),
        ("März 2022", "2022-03-01", "2022-03-31"),
    ],
)
def test_a_start_is_the_first_day_of_a_span_and_an_end_the_last(tmp_path, cell, first, last):
    assert started(tmp_path, cell, cell) == (first, last)
    assert (first_day(cell), iso_date(cell)) == (first, last)


@pytest.mark.parametrize(
    "cell", ["31.02.2022", "13.2022", "2022-13-01", "bald", "01.01.22", "0", "=1"]
)
def test_what_is_no_day_is_told_with_its_place(tmp_path, cell):
    assert first_day(cell) is None
    error = refused("faulty", table(tmp_path, f"M1;Zentrum;0101;{cell};;;"))
    assert [one.split(":")[0] for one in error.ids] == ["Zeile 2, Spalte von"]
    assert "kein Tag" in error.ids[0]


def test_blank_rows_are_passed_over_and_counted(tmp_path):
    path = table(tmp_path, ";;;;;;", ROW, "  ; ;;;;;", ";;0109;2022;;;")
    error = refused("faulty", path)
    assert [one.split(":")[0] for one in error.ids] == [
        "Zeile 5, Spalte Kennung",
        "Zeile 5, Spalte Maßnahme",
    ]
    assert read_interventions(table(tmp_path, ";;;;;;", ROW, ";;;;;;")) == (ONE,)


def test_every_fault_is_told_at_once(tmp_path):
    rows = [
        ROW,
        ";Büro;0101;2022;;;",
        "M3;;0101;2022;;;",
        "M4;Büro; , ;2022;;;",
        "M5;Büro;0101;;;;",
        "M6;Büro;0101;2023;2022;;",
        "M7;Büro;0101;irgendwann;31.11.2022;;",
        "M1;Etwas anderes;0109;01.01.2022;31.12.2023;Familie;sgb2, kinderarmut",
    ]
    error = refused("faulty", table(tmp_path, *rows))
    found = [one.split(": ") for one in error.ids]
    assert found == [
        ["Zeile 3, Spalte Kennung", "die Zelle ist leer"],
        ["Zeile 4, Spalte Maßnahme", "die Zelle ist leer"],
        ["Zeile 5, Spalte Gebiete", "die Zelle ist leer"],
        ["Zeile 6, Spalte von", "die Zelle ist leer"],
        ["Zeile 7, Spalte bis", "das Ende liegt vor dem Beginn"],
        ["Zeile 8, Spalte von", "das ist kein Tag; bitte wie 01.01.2022 schreiben"],
        ["Zeile 8, Spalte bis", "das ist kein Tag; bitte wie 01.01.2022 schreiben"],
        ["Zeile 9, Spalte Kennung", found[-1][1]],
    ]
    assert "weiter oben" in found[-1][1]
    assert error.text("de").count("\n  Zeile") == len(found)


def test_one_wrong_cell_is_one_fault(tmp_path):
    rows = ["M1;Zentrum;0101;Anfang 2022;;;", *(f"M1;Zentrum;010{i};2022;;;" for i in (2, 3))]
    assert len(refused("faulty", table(tmp_path, *rows)).ids) == 1


@pytest.mark.parametrize(
    "other",
    [
        *("M1;B;02;2022;2023;T;sgb2", "M1;A;02;2021;2023;T;sgb2", "M1;A;02;2022;2024;T;sgb2"),
        *("M1;A;02;2022;2023;U;sgb2", "M1;A;02;2022;2023;T;bg", "M1;A;02;2022;;T;sgb2"),
    ],
)
def test_rows_of_one_intervention_say_the_same(tmp_path, other):
    error = refused("faulty", table(tmp_path, "M1;A;01;2022;2023;T;sgb2", other))
    assert [one.split(":")[0] for one in error.ids] == ["Zeile 3, Spalte Kennung"]


def test_missing_columns_are_named_together_and_those_present(tmp_path):
    error = refused("no_column", table(tmp_path, "M1;0101", header="Kennung;Gebiet"))
    assert error.ids == ("Maßnahme", "Von")
    assert "Kennung, Gebiet" in error.text("de")


@pytest.mark.parametrize("lines", [(), (";;;;;;", " ;;;;;;")])
def test_a_table_without_rows_says_so(tmp_path, lines):
    error = refused("no_rows", table(tmp_path, *lines))
    assert "unter den Überschriften nichts" in error.text("de")


def test_of_several_tables_none_is_guessed(tmp_path):
    path = tmp_path / "alles.zip"
    with ZipFile(path, "w") as archive:
        archive.writestr("a.csv", f"{GERMAN}\n{ROW}\n")
        archive.writestr("b.csv", f"{GERMAN}\n{ROW}\n")
    assert refused("several", path).ids == ("a.csv", "b.csv")
    with ZipFile(path, "w") as archive:
        archive.writestr("a.csv", f"{GERMAN}\n{ROW}\n")
    assert read_interventions(path) == (ONE,)


@pytest.mark.parametrize(
    "name", ["=1+1", "@SUM(A1)", "<b>Süd</b>", "{ids}", "${x}", "NaN", "null", "-", "%s"]
)
def test_hostile_names_stay_texts(tmp_path, name):
    found = read_interventions(table(tmp_path, f"{name};{name};{name};2022;;{name};{name}"))[0]
    assert (found.id, found.title, found.areas) == (name, name, (name,))
    assert (found.topic, found.indicators) == (name, (name,))


def test_hostile_names_do_not_break_a_message(tmp_path):
    header = "Kennung;{path}"
    assert "{path}" in refused("no_column", table(tmp_path, "1;2", header=header)).text("de")
