"""Made-up files about single people are refused at the door; lists of places and counts pass."""

import csv
import zipfile

import pytest
from openpyxl import Workbook

from sozialraum.cli.app import run as command
from sozialraum.errors import DisclosureError
from sozialraum.sources import inspect_file, read_deliveries, read_table
from sozialraum.sources.loaded import load, places_in
from sozialraum.sources.person_words import plain

SECRETS = (
    "Hildegundis",
    "Probestein",
    "Musterzwirn",
    "hildegundis.probestein@beispiel.example",
    "DE02120300000000202051",
    "15070649C103",
    "A123456780",
    "0228/7654321",
    "Lindenpfuhlweg 17b",
    "03.09.1987",
    "50.12-4711/26",
)
"""Cells that no message may repeat."""
DAYS = ("03.09.1987", "14.02.1950", "30.07.2011", "08.12.1999", "21.05.1963", "17.10.2004")
SEXES = ("w", "m", "m", "w", "d", "w")
FIRST = ("Hildegundis", "Kim", "Toni", "Alex", "Sascha", "Robin")
LAST = ("Probestein", "Musterzwirn", "Beispielhof", "Testmann", "Vorlage", "Erfunden")
STREETS = ("Lindenpfuhlweg", "Eschenring", "Am Born", "Talstraße", "Uferallee", "Hofgasse")
NUMBERS = ("17b", "3", "12", "48", "5", "9a")
AREAS = ("Q01", "Q01", "Q02", "Q03", "Q03", "Q04")


def columns(**named):
    """Return a table out of columns; underscores at the end part names that Python repeats."""
    names = list(named)
    return [names, *zip(*named.values(), strict=True)]


REFUSED = {
    "vornamen": columns(Vorname=FIRST, Gebiet=AREAS),
    "nachname_abgekuerzt": columns(**{"Nachname ": LAST, "Kinder": (1, 2, 0, 1, 3, 2)}),
    "name_des_kindes": columns(**{"Name des Kindes": FIRST, "Kita": AREAS}),
    "nachname_vorname": columns(
        Name=[f"{a}, {b}" for a, b in zip(LAST, FIRST, strict=True)], Gebiet=AREAS
    ),
    "geburtsdatum": columns(Gebiet=AREAS, Geburtsdatum=DAYS),
    "geb": columns(**{"Nr": range(1, 7), "geb.": DAYS}),
    "gebdat_iso": columns(GEBDAT=[f"19{70 + i}-0{1 + i}-1{i}" for i in range(6)], Gebiet=AREAS),
    "tage_ohne_namen": columns(Gebiet=AREAS, Merkmal=DAYS),
    "date_of_birth": columns(Area=AREAS, **{"Date of birth": DAYS}),
    "aktenzeichen": columns(Aktenzeichen=["50.12-4711/26", *"bcdef"], Gebiet=AREAS),
    "fallnummer": columns(**{"Fall-Nr.": range(101, 107), "Gebiet": AREAS}),
    "kundennummer": columns(Kundennummer=[f"391D{i:06d}" for i in range(6)], Gebiet=AREAS),
    "versichertennummer": columns(VersichertenNr=["A123456780", *"bcdef"], Gebiet=AREAS),
    "rentenversicherung_im_inhalt": columns(Kennung=["15070649C103"] * 6, Gebiet=AREAS),
    "krankenversicherung_im_inhalt": columns(Kennung=["A123456780"] * 6, Gebiet=AREAS),
    "iban_im_inhalt": columns(Konto=["DE02120300000000202051"] * 6, Betrag=range(6)),
    "e_mail_im_inhalt": columns(
        Kontakt=["hildegundis.probestein@beispiel.example"] * 6, Gebiet=AREAS
    ),
    "telefon": columns(Telefon=[f"0228/765432{i}" for i in range(6)], Gebiet=AREAS),
    "telefon_im_inhalt": columns(Erreichbar=["0228/7654321"] * 6, Gebiet=AREAS),
    "anschrift_und_geschlecht": columns(
        **{"Straße": STREETS, "Haus-Nr.": NUMBERS, "PLZ": ["53999"] * 6, "Geschlecht": SEXES}
    ),
    "anschrift_in_einer_spalte": columns(
        Adresse=[f"{a} {b}" for a, b in zip(STREETS, NUMBERS, strict=True)],
        Personen=(1, 4, 2, 3, 1, 5),
    ),
    "wohnanschrift": columns(Wohnanschrift=STREETS, Gebiet=AREAS),
    "zeile_je_person": columns(Gebiet=AREAS, Geschlecht=SEXES, Geburtsjahr=range(1980, 1986)),
    "zeile_je_person_mit_einsen": columns(
        Gebiet=AREAS, Geschlecht=SEXES, Alter=(3, 40, 17, 66, 80, 2), Anzahl=[1] * 6
    ),
    "befragung": columns(
        **{"lfd. Nr.": range(1, 7), "Sex": SEXES, "Age": (3, 40, 17, 66, 80, 2), "Income": range(6)}
    ),
    "schulkinder": columns(
        **{"Schüler:in": FIRST, "Schule": ["Grundschule Born"] * 6, "Klasse": ["1a"] * 6}
    ),
    "nur_einsen": columns(Kürzel=[f"p{i}x" for i in range(6)], Personen=[1] * 6),
    "drei_zeilen": columns(Gebiet=AREAS[:3], Geschlecht=SEXES[:3], Geburtsjahr=(1980, 1999, 2011)),
    "jobcenter_im_inhalt": columns(Kennung=[f"37202//000471{i}" for i in range(6)], Gebiet=AREAS),
    "nummer_neben_der_strasse": columns(
        **{"Name": LAST, "Str.": STREETS, "Nr.": NUMBERS, "PLZ": ["53999"] * 6}
    ),
    "auszaehlung_je_anschrift": columns(
        Straße=STREETS, Hausnummer=NUMBERS, Anzahl=(1, 4, 2, 3, 1, 5)
    ),
    "ohne_kopfzeile": [
        [FIRST[i], LAST[i], DAYS[i], "hildegundis.probestein@beispiel.example"] for i in range(6)
    ],
    "haeufige_vornamen": columns(
        Empfänger=["Anna Erfunden", "Peter Beispielhof", "Maria Testmann"], Betrag=(410, 520, 380)
    ),
}

PASSING = {
    "auszaehlung": columns(Gebiet=("Q01", "Q02", "Q03"), Kinder=(12, 0, "*"), Fälle=(4, 0, "*")),
    "kitas": columns(
        Name=("Kita Sonnenblume", "Waldkindergarten", "Die Wilden Zwerge"),
        Straße=("Talstraße 4", "Am Born 12", "Uferallee 9"),
        Plätze=(40, 22, 60),
    ),
    "kitas_mit_kontakt": columns(
        Einrichtung=("Kita Sonnenblume", "Waldkindergarten", "Zwerge"),
        Straße=("Talstraße", "Am Born", "Uferallee"),
        Hausnummer=("4", "12", "9"),
        Telefon=("0228/1234567", "0228/7654321", "0228/1212121"),
        **{"E-Mail": ("a@kita.example", "b@kita.example", "c@kita.example")},
    ),
    "kitas_mit_gruendung": columns(
        Einrichtung=[f"Kita {i}" for i in range(6)], Eröffnet=DAYS, Plätze=range(20, 26)
    ),
    "schulen": columns(
        Schulnummer=("101010", "101022", "101034"),
        Name=("GGS Anna Frank", "Gymnasium Born", "Peter-Petersen-Schule"),
        Straße=("Talstraße 4", "Am Born 12", "Uferallee 9"),
        Schülerzahl=(210, 840, 400),
    ),
    "nur_schulnamen": columns(
        Name=("Maria Montessori Schule", "Anne Frank Schule", "Paul Klee Schule")
    ),
    "strassenliste": columns(
        **{
            "Straße": STREETS,
            "Hausnummer von": (1, 2, 1, 10, 1, 1),
            "Hausnummer bis": (99, 98, 33, 50, 7, 21),
            "Gebietsschlüssel": AREAS,
        }
    ),
    "strassennamen": columns(
        Strassenname=("Anna-Seghers-Weg", "Peter Müller Straße", "Am Born"), Gebiet=AREAS[:3]
    ),
    "hausnummern": columns(Straße=STREETS, Hausnummer=NUMBERS, PLZ=["53999"] * 6, Gebiet=AREAS),
    "wohnungen_je_anschrift": columns(
        **{"Straße": STREETS, "Hausnummer": NUMBERS, "Anzahl Wohnungen": (1, 4, 2, 3, 1, 5)}
    ),
    "gemeinden": columns(
        AGS=("05382060", "05382064"), Name=("Wachtberg", "Windeck"), Einwohner=(20000, 19000)
    ),
    "amtliche_namen": columns(
        Schlüssel=("05315000", "05314000", "05334002"),
        Name=("Köln, Stadt", "Bonn, Stadt", "Aachen, Stadt"),
    ),
    "gebiete_mit_zwei_woertern": columns(
        Schlüssel=AREAS[1:],
        Name=("Auenfurt Nord", "Auenfurt Süd", "Bad Talheim", "Alt Lindau", "Neu Lindau"),
    ),
    "gruppen": columns(
        Gebiet=("Q1", "Q1", "Q2", "Q2"),
        Geschlecht=("m", "w", "m", "w"),
        Altersgruppe=("0-17", "0-17", "0-17", "18+"),
        Anzahl=(12, 1, 1, 40),
    ),
    "geburtsjahrgaenge": columns(
        Gebiet=AREAS, Geburtsjahr=range(2015, 2021), Kinder=(4, 6, 1, 1, 9, 2)
    ),
    "mittelwerte": columns(
        Gebiet=AREAS, Durchschnittsalter=(41.5, 40, 38.2, 44, 42, 39), Einkommen=range(6)
    ),
    "eine_je_gebiet": columns(
        Quartier=[f"Q{i}" for i in range(6)], Bibliotheken=[1] * 6, Anzahl=[1] * 6
    ),
    "fehlende_angaben": columns(
        Gebiet=AREAS, Geburtsdatum=(0, 3, 1, 0, 2, 0), Vorname=(0, 0, 1, 0, 0, 2)
    ),
    "beratung_nach_weg": columns(
        Gebiet=AREAS, Telefon=(12, 4, 9, 0, 3, 7), **{"E-Mail": (1, 0, 2, 5, 3, 4)}
    ),
    "fallzahlen": columns(Gebiet=AREAS, Fallzahl=(12, 4, 9, 0, 3, 7), Fälle=(1, 4, 9, 0, 3, 7)),
    "pflegegrade": columns(
        Gebiet=AREAS, **{f"Pflegegrad {i}": range(i, i + 6) for i in range(1, 6)}
    ),
    "tagesreihe": columns(Datum=[f"{i:02d}.03.2026" for i in range(1, 20)], Anmeldungen=range(19)),
    "stichtage": columns(
        Gebiet=AREAS, Stichtag=["31.12.2024"] * 3 + ["31.12.2025"] * 3, Kinder=range(6)
    ),
    "wahllokale": columns(
        Wahllokal=("Grundschule Born", "Rathaus", "Feuerwache"),
        Straße=("Talstraße", "Am Born", "Uferallee"),
        Hausnummer=("4", "12", "9"),
        Wahlberechtigte=(900, 1100, 870),
    ),
    "zellen": columns(
        Gitter_ID_100m=[f"CRS3035RES100mN305{i}000E4097000" for i in range(6)],
        AGS=["05999001"] * 6,
        m_0_17=[1] * 6,
        w_0_17=[1] * 6,
    ),
    "schluessel_wie_telefonnummern": columns(
        Schlüssel=("01100101", "01100102", "01100203"), Personen=(9, 8, 7)
    ),
    "kleine_flaechen": columns(
        Berichtsmonat=["202512"] * 6,
        Gemeindeschlüssel=["05999001"] * 6,
        Gliederung=range(6),
        Name=("Anna Hof", "Petersberg", "Johannistal", "Süd", "Nord", "keine Angabe"),
        BG=(40, 12, "*", 33, 27, 19),
    ),
    "vorlage_ohne_zeilen": [["Vorname", "Nachname", "Geburtsdatum"]],
}


def write(path, table, *, style="semicolon"):
    if path.suffix == ".xlsx":
        book = Workbook()
        for row in table:
            book.active.append([str(cell) if isinstance(cell, str) else cell for cell in row])
        book.save(path)
        return path
    separator, encoding = {"semicolon": (";", "cp1252"), "tab": ("\t", "utf-8-sig")}[style]
    with path.open("w", encoding=encoding, newline="") as stream:
        csv.writer(stream, delimiter=separator).writerows(table)
    return path


def tables(path):
    return [load(place) for place in places_in(path)]


@pytest.mark.parametrize("form", ["semicolon", "tab", "xlsx"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_about_single_people_is_refused(name, form, tmp_path):
    ending = "xlsx" if form == "xlsx" else "csv"
    path = write(tmp_path / f"{name}.{ending}", REFUSED[name], style=form)
    with pytest.raises(DisclosureError) as caught:
        tables(path)
    for language in ("de", "en"):
        sentence = caught.value.text(language)
        assert path.name in sentence
        assert "Spalte " in sentence
        cells = {str(cell) for row in REFUSED[name][1:] for cell in row}
        assert not [cell for cell in cells if len(cell) > 6 and cell in sentence]
        assert not [secret for secret in SECRETS if secret in sentence]


@pytest.mark.parametrize("form", ["semicolon", "tab", "xlsx"])
@pytest.mark.parametrize("name", PASSING)
def test_places_institutions_and_counts_pass(name, form, tmp_path):
    ending = "xlsx" if form == "xlsx" else "csv"
    path = write(tmp_path / f"{name}.{ending}", PASSING[name], style=form)
    (table,) = tables(path)
    assert table.names == [str(cell).strip() for cell in PASSING[name][0]]


def book_of(path, **sheets):
    book = Workbook()
    book.remove(book.active)
    for title, table in sheets.items():
        sheet = book.create_sheet(title)
        for row in table:
            sheet.append(list(row))
    book.save(path)
    return path


def test_a_sheet_that_is_not_read_is_looked_at_too(tmp_path):
    counts = columns(Gebiet=["Q01", "Q02"], Kinder=[12, 30])
    cases = [["Auswertung Juli"], [], *columns(Aktenzeichen=list("abcdef"), Geburtsdatum=DAYS)]
    path = book_of(tmp_path / "lieferung.xlsx", Auswertung=counts, Fälle=cases)
    with pytest.raises(DisclosureError) as caught:
        read_table(path, sheet="Auswertung", key="Gebiet", date="2025-12-31")
    sentence = caught.value.text("de")
    assert "lieferung.xlsx/Fälle" in sentence
    assert "Spalte 1 „Aktenzeichen“" in sentence
    assert "Spalte 2 „Geburtsdatum“" in sentence
    facts, faults = inspect_file(path)
    assert [type(fault) for fault in faults] == [DisclosureError]
    assert "Auswertung" not in str(facts)


def test_a_sheet_with_whom_to_ask_passes(tmp_path):
    counts = columns(Gebiet=["Q01", "Q02"], Kinder=[12, 30])
    contact = [
        ["Ansprechstelle"],
        ["Amt", "Statistikstelle"],
        ["Frau", "Hildegundis Probestein"],
        ["Telefon", "0228/7654321"],
        ["E-Mail", "hildegundis.probestein@beispiel.example"],
        ["Stand", "31.12.2025"],
    ]
    path = book_of(tmp_path / "lieferung.xlsx", Impressum=contact, Auswertung=counts)
    delivery = read_table(path, sheet="Auswertung", key="Gebiet", date="2025-12-31")
    assert delivery.table["value"].tolist() == [12, 30]


def test_every_member_of_an_archive_is_looked_at(tmp_path):
    path = tmp_path / "lieferung.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a_2024.csv", "Gebiet;Kinder\nQ01;12\n")
        archive.writestr("b_2025.csv", "Gebiet;Nachname\nQ01;Probestein\n")
    with pytest.raises(DisclosureError) as caught:
        read_table(path, key="Gebiet")
    assert "lieferung.zip/b_2025.csv" in caught.value.text("de")


def test_a_column_without_a_known_name_is_called_by_its_number(tmp_path):
    path = write(tmp_path / "x.csv", REFUSED["ohne_kopfzeile"])
    with pytest.raises(DisclosureError) as caught:
        tables(path)
    sentence = caught.value.text("de")
    assert "Spalte 3: Geburtsdaten" in sentence
    assert "Spalte 4: E-Mail-Adressen" in sentence
    assert "Hildegundis" not in sentence


@pytest.mark.parametrize("kind", ["register", "cells", "areas", "table"])
def test_every_kind_of_delivery_is_looked_at(kind, tmp_path):
    write(tmp_path / "liste.csv", REFUSED["geburtsdatum"])
    described = f"""
    [[delivery]]
    name = "liste"
    kind = "{kind}"
    files = ["liste.csv"]
    [delivery.columns]
    key = "Gebiet"
    municipality = "Gebiet"
    [delivery.variables]
    n = "Geburtsdatum"
    [delivery.source]
    provider = "Amt"
    title = "Liste"
    """
    (tmp_path / "deliveries.toml").write_text(described)
    with pytest.raises(DisclosureError) as caught:
        read_deliveries(tmp_path / "deliveries.toml")
    assert caught.value.message == "privacy.persons"


def test_the_message_says_what_to_do_in_both_languages(tmp_path):
    path = write(tmp_path / "x.csv", REFUSED["vornamen"])
    with pytest.raises(DisclosureError) as caught:
        tables(path)
    assert "absendende Stelle" in caught.value.text("de")
    assert "ask the sender" in caught.value.text("en")


def test_rows_at_the_end_of_a_long_table_count(tmp_path):
    mixed = [["Gebiet", "Vermerk"]] + [["Q1", "ohne"]] * 400 + [["Q2", "15070649C103"]] * 600
    with pytest.raises(DisclosureError):
        tables(write(tmp_path / "x.csv", mixed))


def test_inspect_and_check_end_with_3_and_name_no_cell(tmp_path, capsys):
    path = write(tmp_path / "personen.csv", REFUSED["vornamen"])
    assert command(["inspect", str(path)], "de") == 3
    out, err = capsys.readouterr()
    assert "Namen von Personen" in err
    assert not [name for name in FIRST if name in out + err]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("GebDat", "geb dat"),
        ("STRAẞE", "strasse"),
        ("Kund*innen-Nr.", "kund nr"),
        ("Name\u0308", plain("Namë")),
    ],
)
def test_names_are_compared_without_case_umlauts_and_punctuation(name, expected):
    assert plain(name) == expected
