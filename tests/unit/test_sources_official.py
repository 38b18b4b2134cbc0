"""Official tables: saved from web pages, the register of municipalities, joined headers."""

import re
import zipfile

import openpyxl
import pytest

from sozialraum.errors import SourceError
from sozialraum.model import Source
from sozialraum.schema import State
from sozialraum.sources import read_table

SEX = """\
GENESIS-Tabelle: 12411-01-01-4
Bevölkerungsstand: Bevölkerung nach Geschlecht;;;;
- Stichtag 31.12. -;;;;
Fortschreibung des Bevölkerungsstandes;;;;
Bevölkerungsstand (Anzahl);;;;
;;31.12.2023;31.12.2023;31.12.2024;31.12.2024
;;Insgesamt;männlich;Insgesamt;männlich
DG;Deutschland;900;400;910;405
05;  Nordrhein-Westfalen;500;240;510;245
05382;      Rhein-Sieg-Kreis;60;29;61;30
05354;      Aachen, Kreis (bis 20.10.2009);-;-;-;-
05382060;        Siegburg, Stadt;12;6;.;x
__________
Die Ergebnisse beruhen auf dem Zensus.
"© Statistische Ämter des Bundes und der Länder, 2025"
Stand: 03.01.2025 / 22:01:12
"""
YEARS = """\
GENESIS-Tabelle: 12411-0015
Bevölkerung: Kreise, Stichtag;;;
Fortschreibung des Bevölkerungsstandes;;;
Bevölkerungsstand (Anzahl);;;
;;Stichtag;Stichtag
;;31.12.2017;31.12.2018
05382;Rhein-Sieg-Kreis;599056;599780
05314;Bonn, kreisfreie Stadt;325490;327258
__________
"""
AGES = """\
Tabelle: 12411-02-03-5
Bevölkerung nach Geschlecht und Altersgruppen;;;;;
Bevölkerungsstand (Anzahl);;;;;
;;;;Insgesamt;weiblich
31.12.2023;05382060;Siegburg;unter 3 Jahre;10;4
31.12.2023;05382060;Siegburg;3 bis unter 6 Jahre;11;5
31.12.2024;05382060;Siegburg;unter 3 Jahre;12;6
31.12.2024;05382060;Siegburg;3 bis unter 6 Jahre;13;7
__________
"""


def raised(message, *args, **options):
    with pytest.raises(SourceError) as caught:
        read_table(*args, **options)
    assert caught.value.message == message, caught.value.text("de")
    return caught.value


def saved(path, text, encoding="utf-8"):
    path.write_text(text, encoding=encoding)
    return path


def sheet(path, rows, title="Tabelle", more=()):
    book = openpyxl.Workbook()
    for name, content in [*more, (title, rows)]:
        one = book.create_sheet(name)
        for row in content:
            one.append(row)
    del book["Sheet"]
    book.save(path)
    return path


def value(delivery, key, date, variable):
    table = delivery.table
    row = table[(table["key"] == key) & (table["date"] == date) & (table["variable"] == variable)]
    assert len(row) == 1
    return row["value"].iloc[0]


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig"])
def test_dates_and_features_in_the_header(tmp_path, encoding):
    bev = read_table(saved(tmp_path / "12411-01-01-4.csv", SEX, encoding))
    assert bev.variables == ("insgesamt", "maennlich")
    assert bev.dates == ("2023-12-31", "2024-12-31")
    assert value(bev, "05382", "2023-12-31", "insgesamt") == 60
    assert value(bev, "05382060", "2023-12-31", "maennlich") == 6
    missing = bev.table[bev.table["value"].isna()].set_index(["key", "date", "variable"])["state"]
    assert missing[("05354", "2023-12-31", "insgesamt")] == State.NOT_DELIVERED
    assert missing[("05382060", "2024-12-31", "insgesamt")] == State.SUPPLIER
    assert missing[("05382060", "2024-12-31", "maennlich")] == State.NOT_APPLICABLE
    assert set(bev.table["level"]) == {"county", "municipality"}
    assert any("2 Zeilen anderer Ebenen" in note for note in bev.notes)
    sums = read_table(tmp_path / "12411-01-01-4.csv", variables={"women": "insgesamt - maennlich"})
    assert value(sums, "05382", "2024-12-31", "women") == 31


def test_only_dates_in_the_header(tmp_path):
    bev = read_table(saved(tmp_path / "a.csv", YEARS))
    assert bev.variables == ("bevoelkerungsstand",)
    assert value(bev, "05314", "2018-12-31", "bevoelkerungsstand") == 327258


def test_dates_and_features_in_columns(tmp_path):
    bev = read_table(saved(tmp_path / "a.csv", AGES))
    assert bev.variables == (
        "3_bis_unter_6_jahre_insgesamt",
        "3_bis_unter_6_jahre_weiblich",
        "unter_3_jahre_insgesamt",
        "unter_3_jahre_weiblich",
    )
    assert value(bev, "05382060", "2024-12-31", "unter_3_jahre_insgesamt") == 12
    assert value(bev, "05382060", "2023-12-31", "3_bis_unter_6_jahre_weiblich") == 5


def test_signs_of_quality_in_columns_of_their_own(tmp_path):
    text = YEARS.replace("31.12.2017;31.12.2018", "31.12.2017;;31.12.2018;")
    text = text.replace("599056;599780", "599056;e;599780;p").replace(
        "5490;327258", "5490;;327258;p"
    )
    bev = read_table(saved(tmp_path / "a.csv", text))
    assert len(bev.table) == 4
    assert value(bev, "05382", "2018-12-31", "bevoelkerungsstand") == 599780


def test_shares_of_web_tables_are_not_taken(tmp_path):
    text = YEARS.replace("Bevölkerungsstand (Anzahl)", "Arbeitslosenquote (Prozent)")
    raised("sources.nothing_counted", saved(tmp_path / "a.csv", text))
    mixed = SEX.replace(
        "Insgesamt;männlich;Insgesamt;männlich", "Insgesamt;Anteil;Insgesamt;Anteil"
    )
    bev = read_table(saved(tmp_path / "b.csv", mixed))
    assert bev.variables == ("insgesamt",)
    assert any("Anteil" in note for note in bev.notes)


def test_faults_of_web_tables_name_row_and_column(tmp_path):
    text = SEX.replace(";12;6;", ";12;-6;").replace("-Kreis;60;29;", "-Kreis;60;-29;")
    error = raised("sources.negative", saved(tmp_path / "a.csv", text))
    assert error.ids == ("Zeile 10, Spalte D", "Zeile 12, Spalte D")
    lands = "\n".join(line for line in SEX.splitlines() if not line.startswith("05")) + "\n"
    raised("sources.no_regions", saved(tmp_path / "b.csv", lands))
    undated = SEX.replace(";;31.12.2023;31.12.2023;31.12.2024;31.12.2024\n", "")
    undated = undated.replace("Insgesamt;männlich;Insgesamt;männlich", "a;b;c;d")
    raised("sources.no_date", saved(tmp_path / "c.csv", undated))
    assert read_table(tmp_path / "c.csv", date="2024-12-31").variables == ("a", "b", "c", "d")
    twice = SEX.replace("31.12.2024", "31.12.2023")
    error = raised("sources.columns_repeated", saved(tmp_path / "d.csv", twice))
    assert error.ids == ("insgesamt", "maennlich")


def test_web_tables_saved_as_excel(tmp_path):
    rows = [line.split(";") for line in YEARS.splitlines()]
    path = sheet(tmp_path / "12411-0015.xlsx", rows, more=[("Hinweise", [["Stand", "2025"]])])
    assert value(read_table(path), "05382", "2017-12-31", "bevoelkerungsstand") == 599056


REGISTER = [
    ["Gemeinden in Deutschland mit Bevölkerung am 31.12.2022"],
    ["Gebietsstand: 30.06.2024 (2. Quartal)"],
    ["Satz-art", "Text-kenn-zeichen", "Amtlicher Regionalschlüssel (ARS)", "", "", "", "",
     "Gemeindename", "Fläche km²", "Bevölkerung am 31.12.2022", "", "", ""],
    ["", "", "", "", "", "", "", "", "", "insgesamt", "männlich", "weiblich", "je km²"],
    ["", "", "Land", "RB", "Kreis", "VB", "Gem", "", "", "", "", "", ""],
    ["", "", "", "", "", "", "", "", "", 1, 2, 3, 4],
    ["10", "", "05", "", "", "", "", "Nordrhein-Westfalen", "", "", "", "", ""],
    ["40", "43", "05", "3", "82", "", "", "Rhein-Sieg-Kreis", "", "", "", "", ""],
    ["50", "50", "05", "3", "82", "0060", "", "Siegburg", "", "", "", "", ""],
    ["60", "63", "05", "3", "82", "0060", "060", "Siegburg", "23,52", 41000, 20000, 21000, "9"],
    ["60", "64", "05", "3", "82", "0004", "004", "Alfter", 34.78, "23500", 11500, 12000, "8"],
    ["Quelle: Statistische Ämter"],
]  # fmt: skip


def test_register_of_municipalities(tmp_path):
    path = sheet(tmp_path / "AuszugGV2QAktuell.xlsx", REGISTER, "Gemeinden", [("Titel", [["GV"]])])
    register = read_table(path)
    assert register.variables == ("area_km2", "female", "male", "residents")
    assert register.dates == ("2022-12-31",)
    assert value(register, "05382060", "2022-12-31", "area_km2") == 23.52
    assert value(register, "05382004", "2022-12-31", "residents") == 23500
    assert any("2024-06-30" in note for note in register.notes)
    assert any("3 Zeilen anderer Ebenen" in note for note in register.notes)
    faulty = [list(row) for row in REGISTER]
    faulty[9][6] = "0x"
    path = sheet(tmp_path / "b.xlsx", faulty, "Gemeinden")
    assert raised("tables.no_key", path).ids == ("Zeile 10, Spalte gem",)
    chosen = read_table(tmp_path / "AuszugGV2QAktuell.xlsx", variables={"people": "male + female"})
    assert value(chosen, "05382060", "2022-12-31", "people") == 41000


MERGED = [
    ["Bedarfsgemeinschaften, Dezember 2025"],
    ["Schlüssel", "Region", "Leistungsberechtigte", "", "Kinder"],
    ["", "", "insgesamt", "unter 25", "unter 15"],
    ["05", "NRW", 900, 300, 200],
    ["05382", "Rhein-Sieg-Kreis", 90, "*", 20],
    ["05382060", "Siegburg", 30, 10, "*"],
    ["* Werte kleiner 3 sind anonymisiert"],
]


def test_headers_of_several_rows(tmp_path):
    path = sheet(tmp_path / "sgb2_2025-12.xlsx", MERGED)
    source = Source("Statistik der Bundesagentur für Arbeit", "SGB II", minimum=3)
    options = {"key": "Schlüssel", "date": "2025-12-31", "source": source, "header_rows": 2}
    towns = read_table(path, level="municipality", **options)
    assert towns.variables == (
        "Kinder unter 15",
        "Leistungsberechtigte insgesamt",
        "Leistungsberechtigte unter 25",
    )
    row = towns.table.set_index("variable").loc["Kinder unter 15"]
    # fewer than three, and not nobody
    assert (row["low"], row["high"], row["state"]) == (1, 2, State.SUPPLIER)
    counties = read_table(path, level="county", **options)
    assert value(counties, "05382", "2025-12-31", "Leistungsberechtigte insgesamt") == 90
    raised("tables.header_rows_few", path, **{**options, "header_rows": 9})
    raised("sources.no_header", path, **{**options, "key": "AGS"})


def test_regional_tables_mix_country_to_municipality(tmp_path):
    text = "RS;Name;Regionalebene;EW\n0;Deutschland;Bund;900\nDG;Deutschland;Bund;900\n"
    text += "05;NRW;Land;500\n053;Köln;RB;300\n05382;Rhein-Sieg;Kreis;60\n053825301;VB;VG;9\n"
    text += "053820060060;Siegburg;Gemeinde;/\n053820004004;Alfter;Gemeinde;23\n"
    path = saved(tmp_path / "regionaltabelle_2022.csv", text)
    towns = read_table(path, key="RS", level="municipality", variables={"n": "EW"})
    assert towns.table["key"].tolist() == ["05382004", "05382060"]
    assert towns.table["state"].tolist() == [State.VALUE, State.NOT_DELIVERED]
    counties = read_table(path, key="RS", level="county", variables={"n": "EW"})
    assert counties.table["value"].tolist() == [60]


def computed(path, formula, result):
    """Write a workbook whose third row holds a formula, with or without its result."""
    sheet(path, [["Nr", "n", "Quote"], ["Q1", 5, 1], ["Q2", "=B2*2", "=B2/0"], ["Q3", 7, 1]])
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    name = next(n for n in parts if n.startswith("xl/worksheets/"))
    cell = re.compile(rb'<c r="B3"[^>]*><f>.*?</f>.*?</c>')
    parts[name] = cell.sub(f'<c r="B3"><f>{formula}</f>{result}</c>'.encode(), parts[name])
    with zipfile.ZipFile(path, "w") as book:
        for part, content in parts.items():
            book.writestr(part, content)
    return path


def test_formulas_without_a_result_are_not_blank_cells(tmp_path):
    path = computed(tmp_path / "a_2025.xlsx", "B2*2", "<v>10</v>")
    good = read_table(path, key="Nr", variables={"n": "n"})
    assert good.table["value"].tolist() == [5, 10, 7]
    # the column beside it holds an error, and only matters if it is used
    error = raised("tables.formulas", path, key="Nr")
    assert error.ids == ("Zeile 3, Spalte Quote",)
    never = computed(tmp_path / "b_2025.xlsx", "B2*2", "<v></v>")
    error = raised("tables.formulas", never, key="Nr")
    assert error.ids == ("Zeile 3, Spalte n", "Zeile 3, Spalte Quote")


WEB = "Tabelle: 12411-01-01-5\nBevölkerung: Kreise\n;;;Anzahl\n"


@pytest.mark.parametrize(
    ("row", "place"),
    [
        (";05382060;Sankt Augustin;55", "Zeile 5"),
        (";;weiblich;55", "Zeile 5"),
        ("31.12.2023;5382060;Sankt Augustin;55", "Zeile 5"),
    ],
)
def test_no_row_of_a_web_table_is_lost(tmp_path, row, place):
    path = tmp_path / "tabelle.csv"
    path.write_text(f"{WEB}31.12.2023;05382;Kreis;600\n{row}\nQuelle: Amt;;;\n")
    assert raised("tables.rows_without_region", path).ids == (place,)
