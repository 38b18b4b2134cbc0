"""Tables: flat files of official statistics, CSV and Excel of offices."""

import zipfile
from datetime import date

import numpy as np
import openpyxl
import pytest

from sozialraum.errors import SourceError
from sozialraum.model import Source
from sozialraum.schema import State
from sozialraum.sources import read_table

NEW = (
    "statistics_code;statistics_label;time_code;time_label;time;1_variable_code;1_variable_label;"
    "1_variable_attribute_code;1_variable_attribute_label;2_variable_code;2_variable_label;"
    "2_variable_attribute_code;2_variable_attribute_label;value;value_unit;value_variable_code;"
    "value_variable_label"
)


def new_row(region, key, value, *, time="2024-12-31", attribute="", code="BEVSTD", unit="Anzahl"):
    label = "Bevölkerung" if unit == "Anzahl" else "Anteil"
    return (
        f"12411;Fortschreibung;STAG;Stichtag;{time};{region};Gebiet;{key};Ort;GES;Geschlecht;"
        f"{attribute};x;{value};{unit};{code};{label}"
    )


def flat(path, rows, header=NEW, encoding="utf-8-sig"):
    path.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return path


def raised(message, *args, **options):
    with pytest.raises(SourceError) as caught:
        read_table(*args, **options)
    assert caught.value.message == f"sources.{message}"
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


def by_key(delivery, variable):
    table = delivery.table[delivery.table["variable"] == variable]
    return table.set_index("key")


def test_flat_file_needs_no_mapping(tmp_path):
    rows = [
        new_row("DINSG", "DG", "1000"),
        new_row("DLAND", "05", "500"),
        new_row("KREISE", "05382", "7", attribute="GESM"),
        new_row("KREISE", "05382", "8", attribute="GESW"),
        new_row("KREISE", "05382", "15"),
        new_row("KREISE", "05334002", "-"),
        new_row("GEOGM4", "053820060060", "."),
        new_row("GEMEIN", "05382008", "x"),
    ]
    delivery = read_table(flat(tmp_path / "12411-01-01-4_de_flat.csv", rows), name="bev")
    assert delivery.variables == ("BEVSTD", "BEVSTD_GESM", "BEVSTD_GESW")
    assert delivery.dates == ("2024-12-31",)
    table = by_key(delivery, "BEVSTD")
    assert table["level"].to_dict() == {
        "05382": "county",
        "05334002": "municipality",
        "05382060": "municipality",
        "05382008": "municipality",
    }
    assert table["value"]["05382"] == 15
    assert table["state"].drop("05382").to_dict() == {
        "05334002": State.NOT_DELIVERED,
        "05382060": State.SUPPLIER,
        "05382008": State.NOT_APPLICABLE,
    }
    assert table["high"].drop("05382").isna().all()
    assert any("2 Zeilen anderer Ebenen" in note for note in delivery.notes)


def test_flat_dash_is_zero_only_on_request(tmp_path):
    path = flat(tmp_path / "a.csv", [new_row("KREISE", "05382", "-")])
    assert read_table(path).table["value"].isna().all()
    assert read_table(path, dash_is_zero=True).table["value"].tolist() == [0]


def test_flat_shares_are_not_taken(tmp_path):
    share = new_row("GEMEIN", "05382060", "-0,3", code="AI0112", unit="Prozent")
    count = new_row("GEMEIN", "05382060", "12")
    delivery = read_table(flat(tmp_path / "a.csv", [share, count]))
    assert delivery.variables == ("BEVSTD",)
    assert any("AI0112" in note for note in delivery.notes)
    raised("nothing_counted", flat(tmp_path / "b.csv", [share]))


def test_flat_years_expressions_and_archives(tmp_path):
    rows = [
        new_row("KREISE", "05382", value, attribute=attribute, time=time)
        for time, value, attribute in (("2023", "7", "GESM"), ("2023", "8", "GESW"))
    ]
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a_flat.csv", "\n".join([NEW, *rows]).encode("utf-8-sig"))
    delivery = read_table(path, variables={"all": "BEVSTD_GESM + BEVSTD_GESW"})
    assert delivery.table[["key", "date", "value"]].to_numpy().tolist() == [
        ["05382", "2023-12-31", 15.0]
    ]


def test_old_flat_layout(tmp_path):
    header = (
        "Statistik_Code;Statistik_Label;Zeit_Code;Zeit_Label;Zeit;1_Merkmal_Code;1_Merkmal_Label;"
        "1_Auspraegung_Code;1_Auspraegung_Label;BEV001__Bevoelkerung__Anzahl;BEV001__Bevoelkerung__q;"
        "BEV002__Anteil__Prozent;BEV002__Anteil__q;BEV003__Haushalte__Anzahl"
    )
    rows = [
        "12411;B;JAHR;Jahr;2020;KREISE;Kreise;05382;Rhein-Sieg;600;e;1,5;e;.",
        "12411;B;JAHR;Jahr;2021;KREISE;Kreise;05382;Rhein-Sieg;601;p;1,6;e;300",
    ]
    delivery = read_table(flat(tmp_path / "a.csv", rows, header))
    assert delivery.variables == ("BEV001", "BEV003")
    assert delivery.dates == ("2020-12-31", "2021-12-31")
    households = delivery.table[delivery.table["variable"] == "BEV003"]
    assert households["state"].tolist() == [State.SUPPLIER, State.VALUE]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([new_row("DINSG", "DG", "5")], "no_regions"),
        ([new_row("KREISE", "05382", "5")] * 2, "rows_repeated"),
        ([new_row("KREISE", "05382", "viel")], "not_numbers"),
        ([new_row("KREISE", "05382", "-5")], "negative"),
        ([new_row("KREISE", "05382", "5", time="Herbst")], "not_dates"),
    ],
)
def test_faulty_flat_files(tmp_path, rows, message):
    raised(message, flat(tmp_path / "a.csv", rows))


OFFICE = """Plätze am 31.12.2025, Angaben des Jugendamts;;;
;;;
Nr;Gebiet;Plätze_U3;"Plätze, ab 3"
Q01;Aue;12;1.030
Q02;Berg;*;8

Q03;Tal;;-
Q04;Höhe;x;(5)
;Insgesamt;99;99
;;;
* Werte unter 5;;;
Quelle: Jugendamt;;;
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_office_csv_with_titles_and_footers(tmp_path, encoding):
    path = tmp_path / "kita_2025.csv"
    path.write_bytes(OFFICE.encode(encoding))
    source = Source("Jugendamt", "Kita", minimum=5)
    delivery = read_table(path, name="kita", key="Nr", source=source, geography="sozialraum")
    assert delivery.variables == ("Plätze, ab 3", "Plätze_U3")
    assert delivery.dates == ("2025-12-31",)
    small = by_key(delivery, "Plätze_U3")
    assert small.index.tolist() == ["Q01", "Q02", "Q03", "Q04"]
    assert small["state"].tolist() == [
        State.VALUE,
        State.SUPPLIER,
        State.NOT_DELIVERED,
        State.NOT_APPLICABLE,
    ]
    assert small[["low", "high"]].loc["Q02"].tolist() == [1, 4]
    large = by_key(delivery, "Plätze, ab 3")
    assert large["value"].tolist()[:2] == [1030, 8]
    assert large["value"]["Q04"] == 5
    assert delivery.geography == "sozialraum"
    assert any("Zeile 9" in note for note in delivery.notes)


def test_expressions_over_odd_names_and_key_patterns(tmp_path):
    path = tmp_path / "kita_2025.csv"
    path.write_text(OFFICE, encoding="utf-8")
    variables = {"all": 'Plätze_U3 + "Plätze, ab 3"', "old": "Plätze, ab 3"}
    delivery = read_table(
        path, key="Nr", variables=variables, key_format="05999001-{key}", dash_is_zero=True
    )
    assert by_key(delivery, "all")["value"]["05999001-Q01"] == 1042
    assert by_key(delivery, "old")["value"]["05999001-Q03"] == 0


def book(path, sheets):
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


SHEET = [
    ["Schuleingangsuntersuchung"],
    [],
    ["Schlüssel", "Gebiet", "Untersuchte", "Auffällig", "Stand"],
    ["05382060", "Siegburg", 120, ".", date(2025, 3, 1)],
    ["053820008008", "Bad Honnef", 80.0, 12.5, date(2025, 3, 1)],
    [],
    ["Zeichenerklärung: . = geheim"],
]


def test_excel(tmp_path):
    path = book(tmp_path / "seu.xlsx", {"2025": SHEET})
    delivery = read_table(
        path,
        key="Schlüssel",
        level="municipality",
        date_column="Stand",
        variables={"n": "Untersuchte", "k": "Auffällig"},
    )
    assert by_key(delivery, "n")["value"].to_dict() == {"05382008": 80, "05382060": 120}
    assert by_key(delivery, "k")["value"]["05382008"] == 12.5
    assert by_key(delivery, "k")["state"]["05382060"] == State.SUPPLIER
    assert delivery.dates == ("2025-03-01",)


def test_excel_errors_name_sheet_row_and_column(tmp_path):
    sheet = [row.copy() for row in SHEET]
    sheet[3][2] = -4
    path = book(tmp_path / "seu.xlsx", {"alt": SHEET, "neu": sheet})
    assert raised("which_sheet", path, key="Schlüssel").ids == ("alt", "neu")
    error = raised(
        "negative", path, key="Schlüssel", sheet="neu", date="2025", variables={"n": "Untersuchte"}
    )
    assert "seu.xlsx/neu: Zeile 4, Spalte Untersuchte" in error.text("de")
    assert "-4" not in " ".join(error.ids)


def test_excel_numbers_in_place_of_keys(tmp_path):
    rows = [["AGS", "n"], [5382060, 3]]
    path = book(tmp_path / "a_2025.xlsx", {"x": rows})
    assert raised("leading_zero_lost", path, key="AGS", level="municipality").ids == ("5382060",)
    delivery = read_table(path, key="AGS", level="municipality", repair=True)
    assert delivery.table["key"].tolist() == ["05382060"]
    assert any("führende Null" in note for note in delivery.notes)


def test_cells_and_counties(tmp_path):
    path = tmp_path / "a_2025.csv"
    path.write_text("zelle;n\n100mN26891E43370;5\n")
    cells = read_table(path, key="zelle", level="cell")
    assert cells.table["key"].tolist() == ["CRS3035RES100mN2689100E4337000"]
    path.write_text("kreis;n\n05382;5\n")
    assert read_table(path, key="kreis", level="county").table["key"].tolist() == ["05382"]
    path.write_text("kreis;n\n5382;5\n")
    assert raised("not_county_keys", path, key="kreis", level="county").ids == ("5382",)
    path.write_text("zelle;n\n;5\nQ03;5\n")
    error = raised("number_without_key", path, key="zelle", level="cell")
    assert error.ids == ("Zeile 2",)
    path.write_text("zelle;n\nQ03;5\n")
    error = raised("not_cell_keys_at", path, key="zelle", level="cell")
    assert error.ids == ("Zeile 2, Spalte zelle",)


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("nr;n\n1;5\n", {}, "key_needed"),
        ("nr;n\n1;5\n", {"key": "id"}, "no_header"),
        ("nr;n\n1;5\n", {"key": "nr", "variables": {"x": "m"}}, "columns_missing"),
        ("nr;n\n1;5\n", {"key": "nr"}, "no_date"),
        ("nr;n\n1;5\n1;6\n", {"key": "nr", "date": "2025"}, "keys_repeated"),
        ("nr;n\n1;5\n", {"key": "nr", "date_column": "n"}, "nothing_counted"),
        ("nr;d;n\n1;irgendwann;5\n", {"key": "nr", "date_column": "d"}, "not_dates_at"),
        ("nr;n\n1;fünf\n", {"key": "nr", "date": "2025", "variables": {"x": "n"}}, "not_numbers"),
        ("nr;n\n", {"key": "nr", "date": "2025", "variables": {"x": "n"}}, "empty_file"),
    ],
)
def test_faulty_tables(tmp_path, text, options, message):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    error = raised(message, path, **options)
    assert "a.csv" in error.text("de")


def test_titles_may_hold_the_text_of_the_header(tmp_path):
    path = tmp_path / "a_2025.csv"
    path.write_text("Plätze, nach Nr. und Gebiet\n\nNr,Gebiet,n\nQ01,Aue,5\n", encoding="utf-8")
    assert read_table(path, key="Nr").table["value"].tolist() == [5]
    assert read_table(path, key="Nr", header_contains="Gebiet").table["key"].tolist() == ["Q01"]


def test_rows_of_other_levels_are_left_out(tmp_path):
    path = tmp_path / "a_2025.csv"
    path.write_text("AGS;n\n05;900\n05382;50\n053825301;9\n05382060;20\n053820008008;30\n")
    towns = read_table(path, key="AGS", level="municipality")
    assert by_key(towns, "n")["value"].to_dict() == {"05382008": 30, "05382060": 20}
    assert any("3 Zeilen anderer Ebenen" in note for note in towns.notes)
    counties = read_table(path, key="AGS", level="county")
    assert by_key(counties, "n")["value"].to_dict() == {"05382": 50}


def test_a_difference_must_not_fall_below_zero(tmp_path):
    path = tmp_path / "a_2025.csv"
    path.write_text("nr;n;m\n1;5;3\n2;3;5\n")
    error = raised("negative", path, key="nr", variables={"rest": "n - m"})
    assert error.ids == ("Zeile 3, Spalte rest",)


def test_workbooks_in_archives_and_broken_ones(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "nr;n\n1;2\n")
        archive.writestr("b.xlsx", "x")
    assert raised("sheets_in_zip", path, key="nr").ids == ("b.xlsx",)
    broken = tmp_path / "b.xlsx"
    broken.write_bytes(b"no workbook")
    raised("not_a_workbook", broken, key="nr")


def test_order_of_rows_does_not_matter(tmp_path):
    rows = ["Q01;1;2", "Q02;3;4", "Q03;5;6"]
    tables = []
    for name, order in (("a", rows), ("b", rows[::-1])):
        path = tmp_path / f"{name}_2025.csv"
        path.write_text("\n".join(["nr;n;m", *order]))
        tables.append(read_table(path, key="nr").table)
    assert tables[0].equals(tables[1])
    assert np.isfinite(tables[0]["value"]).all()


def test_a_date_that_is_none_is_not_passed_over(tmp_path):
    path = tmp_path / "kita_2024.csv"
    path.write_text("Gebiet;n\nA;12\n")
    raised("not_dates", path, key="Gebiet", date="Ende 2025")
    found = read_table(path, key="Gebiet", date="31.12.2025")
    assert set(found.table["date"]) == {"2025-12-31"}
