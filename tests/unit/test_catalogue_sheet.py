"""The catalogue as a workbook: what a planner sees, edits, and gets told."""

import warnings
from dataclasses import replace
from datetime import date

import openpyxl
import pytest

from sozialraum.errors import SourceError
from sozialraum.model import Indicator
from sozialraum.model.definitions import SeriesBreak
from sozialraum.sources import read_catalogue, read_indicators, write_indicators

FULL = Indicator(
    "kinder",
    "a.n|b.n",
    "register.u15",
    "=SUMME(A1:A9)",
    "+1; -1 @home\nsecond line",
    per=1000,
    polarity=-1,
    sensitivity="social",
    behind="a.h",
    denominator_date="2022-05-15",
    themes=("pflege", "weinbau"),
    breaks=(5.0, 10.5),
    unit_de="je 1.000",
    unit_en="per 1,000",
    numerator_day="12-31",
    smallest_level="municipality",
    pool=3,
    kind="outcome",
    goal_de="Ziel",
    goal_en="goal",
    target=12.5,
    target_on="2030-12-31",
    rhythm="two-yearly",
    series_breaks=(SeriesBreak("2020-01-01", "mark", "Grund; mit Semikolon", "@reason"),),
)
PLAIN = Indicator("alle", "register.residents", None, "Alle", "All", unit_de="", unit_en="")
THEMES = {"weinbau": ("Weinbau", "Wine")}


@pytest.fixture
def written(tmp_path):
    return write_indicators(tmp_path / "k.xlsx", [FULL, PLAIN], themes=THEMES)


def opened(path):
    book = openpyxl.load_workbook(path)
    return book, book["Indikatoren"], {c.value: c.column for c in book["Indikatoren"][1]}


def edit(path, changes, sheet="Indikatoren"):
    """Change cells by row and heading, as a planner would."""
    book = openpyxl.load_workbook(path)
    columns = {c.value: c.column for c in book[sheet][1]}
    for (row, heading), value in changes.items():
        book[sheet].cell(row, columns[heading]).value = value
    book.save(path)
    return path


def faults_of(path) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read_indicators(path)
    return list(caught.value.ids)


@pytest.mark.parametrize("language", ["de", "en"])
def test_nothing_is_lost(tmp_path, language):
    path = tmp_path / "k.xlsx"
    write_indicators(path, [FULL, PLAIN], language=language, themes=THEMES)
    assert read_catalogue(path) == ((FULL, PLAIN), THEMES)


def test_the_same_catalogue_gives_the_same_bytes(tmp_path, written):
    again = write_indicators(tmp_path / "again.xlsx", [FULL, PLAIN], themes=THEMES)
    assert again.read_bytes() == written.read_bytes()


def test_a_planner_can_work_in_it(written):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        book, sheet, columns = opened(written)
    assert book.sheetnames == ["Indikatoren", "Brüche", "Eigene Themen", "Erklärung"]
    assert sheet.freeze_panes == "C2"
    assert sheet.column_dimensions["B"].width == 36
    chosen = {
        str(rule.sqref).split("2:")[0]: rule.formula1
        for rule in sheet.data_validations.dataValidation
    }
    letters = {name: openpyxl.utils.get_column_letter(i) for name, i in columns.items()}
    assert chosen[letters["Richtung"]] == '"Belastung,Kontext,Stärke"'
    assert chosen[letters["Kleinste Ebene"]] == '"Gitterzelle,Gebiet,Schule,Gemeinde,Kreis"'
    assert chosen[letters["Schätzung"]] == '"ja,nein"'
    assert sheet.cell(2, columns["Richtung"]).value == "Stärke"
    assert sheet.cell(2, columns["Klassengrenzen"]).value == "5,0; 10,5"
    assert sheet.cell(2, columns["Zieldatum"]).value == "2030-12-31"
    assert sheet.cell(2, columns["Zielwert"]).value == 12.5
    explained = {row[0].value: row[2].value for row in book["Erklärung"].iter_rows(min_row=2)}
    assert set(columns) <= set(explained)
    assert all(explained.values())


def test_texts_never_become_formulas(written):
    _, sheet, columns = opened(written)
    for heading in ("Bezeichnung (deutsch)", "Bezeichnung (englisch)"):
        cell = sheet.cell(2, columns[heading])
        assert cell.data_type in ("s", "inlineStr")
        assert cell.number_format == "@"  # stays text when it is edited
    kinds = {cell.data_type for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds


def test_what_planners_type_is_understood(written):
    edit(
        written,
        {
            (2, "Je"): "100",
            (2, "Zielwert"): "7,5",
            (2, "Zieldatum"): "31.12.2031",
            (2, "Nächste Lieferung"): date(2027, 3, 1),
            (2, "Stichtag des Zählers"): "1.3.",
            (2, "Richtung"): "BURDEN",
            (2, "Art"): "outcome",
            (2, "Klassengrenzen"): "5; 7,5;",
            (2, "Zähler"): "c.n ;a.n",
            (2, "Null schutzwürdig"): True,
            (2, "Rhythmus"): None,
            (4, "Kennung"): "   ",
        },
    )
    expected = replace(
        FULL,
        per=100,
        target=7.5,
        target_on="2031-12-31",
        next_due="2027-03-01",
        numerator_day="03-01",
        polarity=1,
        breaks=(5.0, 7.5),
        numerator="c.n|a.n",
        zero_sensitive=True,
        rhythm="",
    )
    assert read_indicators(written) == (expected, PLAIN)


def test_every_fault_names_sheet_row_and_column(written):
    edit(
        written,
        {
            (2, "Richtung"): "seitwärts",
            (2, "Je"): "viele",
            (2, "Themen"): "pfleg",
            (2, "Zieldatum"): "bald",
            (3, "Teil von"): "nirgends",
            (3, "Bezeichnung (deutsch)"): None,
        },
    )
    edit(written, {(2, "Ab"): "gestern", (3, "Kennung"): "wer", (3, "Ab"): "2020-01-01"}, "Brüche")
    listed = "\n".join(faults_of(written))
    for expected in (
        "Indikatoren, Zeile 2, Spalte S „Richtung“: erlaubt sind Belastung, Kontext, Stärke.",
        "Indikatoren, Zeile 2 „kinder“, Spalte P „Je“: muss eine Zahl sein.",
        "Indikatoren, Zeile 2 „kinder“, Spalte D „Themen“: Das Thema „pfleg“ gibt es nicht.",
        "Indikatoren, Zeile 3 „alle“, Spalte AA „Teil von“: Den Indikator „nirgends“",
        "Indikatoren, Zeile 3 „alle“, Spalte B „Bezeichnung (deutsch)“: ",
        "Brüche, Zeile 3, Spalte A „Kennung“: Den Indikator „wer“ gibt es",
    ):
        assert expected in listed
    # dates are looked at once the rest is sound
    edit(written, {(2, "Richtung"): "Stärke", (2, "Je"): 100, (2, "Themen"): "pflege"})
    listed = "\n".join(faults_of(written))
    assert "Indikatoren, Zeile 2 „kinder“, Spalte X „Zieldatum“: muss ein Datum" in listed
    assert "Brüche, Zeile 2, Spalte B „Ab“: muss ein Datum" in listed


def test_faults_speak_of_columns_and_words_not_of_fields(written):
    edit(
        written,
        {
            (2, "Je"): 0,
            (2, "Art"): "Leistung",
            (3, "Altersgruppen"): "kinder",
            (3, "Themen"): "wein",
        },
    )
    listed = "\n".join(faults_of(written))
    for expected in (
        "Spalte P „Je“: Indikator „kinder“: „Je“ muss größer als 0 sein.",
        "Spalte W „Zielwert“: Ein Zielwert gehört zu einer Wirkung („Art“ = „Wirkung“).",
        "(„Altersstandardisierung“) und die Altersgruppen („Altersgruppen“)",
    ):
        assert expected in listed
    edit(
        written, {(2, "Je"): 100, (3, "Altersgruppen"): None, (3, "Festes Datum des Nenners"): "x"}
    )
    edit(written, {(2, "Kennung"): "wein;bau"}, "Eigene Themen")
    listed = "\n".join(faults_of(written))
    assert "„Festes Datum des Nenners“: Ein Stichtag des Nenners braucht einen Nenner." in listed
    assert "unter Eigene Themen mit „Kennung“, „Bezeichnung (deutsch)“ und" in listed
    for field in ("kind =", "per ", "label_de", "[[theme]]", "denominator_date"):
        assert field not in listed


def test_a_fault_of_a_column_that_is_not_there(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Indikatoren"
    book.active.append(["Kennung", "Zähler", "Bezeichnung (deutsch)", "Bezeichnung (englisch)"])
    book.active.append(["a", "x.n", "A", "A"])
    book.save(tmp_path / "own.xlsx")
    (found,) = faults_of(tmp_path / "own.xlsx")
    assert "Zeile 2 „a“, Spalte „Nenner“ (fehlt): Ein Anteil ist keine Eingabe" in found


def test_columns_that_are_missing_unknown_or_double(written):
    edit(written, {(1, "Zähler"): "Zahler", (1, "Je"): "Richtung"})
    listed = "\n".join(faults_of(written))
    assert "Zeile 1: Die Spalte „Zahler“ gehört nicht in dieses Blatt. Gemeint ist" in listed
    assert "Die Spalte „Zähler“ fehlt." in listed
    assert "Die Spalte „Richtung“ kommt zweimal vor." in listed


def test_only_the_needed_columns_are_enough(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "Indicators"
    book.active.append(["id", "Numerator", "Denominator", "label_de", "Label (English)"])
    book.active.append(["a", "x.n", "x.d", 2025, "A"])
    book.save(tmp_path / "own.xlsx")
    assert read_indicators(tmp_path / "own.xlsx") == (Indicator("a", "x.n", "x.d", "2025", "A"),)


def test_faults_of_own_themes(written):
    edit(written, {(2, "Bezeichnung (deutsch)"): None}, "Eigene Themen")
    listed = "\n".join(faults_of(written))
    assert "Eigene Themen, Zeile 2 „weinbau“, Spalte B „Bezeichnung (deutsch)“" in listed


def test_files_that_are_no_catalogue(tmp_path):
    path = tmp_path / "k.xlsx"
    path.write_bytes(b"no workbook")
    with pytest.raises(SourceError, match=r"k\.xlsx"):
        read_indicators(path)
    openpyxl.Workbook().save(path)
    with pytest.raises(SourceError) as caught:
        read_indicators(path)
    assert "Das Blatt „Indikatoren“ fehlt. Vorhanden sind: Sheet" in caught.value.text("de")
    with pytest.raises(SourceError):
        read_indicators(tmp_path / "nirgends.xlsx")
