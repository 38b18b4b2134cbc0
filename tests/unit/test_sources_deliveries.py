"""Deliveries described in TOML: registers, the agency's small areas, cells, tables."""

import zipfile

import numpy as np
import pytest

from sozialraum.errors import SourceError
from sozialraum.schema import State
from sozialraum.sources import delivery_files, read_deliveries

CELLS = [f"CRS3035RES100mN305100{i}00E4097000" for i in range(4)]

REGISTER = """
[[delivery]]
name = "register"
kind = "register"
files = ["melde/*.zip"]
absent_is_zero = true
[delivery.columns]
key = "Gitter_ID_100m"
municipality = "AGS"
[delivery.variables]
residents = "m_0_17 + m_18 + w_0_17 + w_18"
u18 = "m_0_17 + w_0_17"
[delivery.source]
provider = "Meldeämter"
title = "Melderegister"
confidential = true
delete_by = 2030-12-31
"""


def register(folder, ags, years, rows):
    folder.mkdir(exist_ok=True)
    head = "Gitter_ID_100m;AGS;m_0_17;m_18;w_0_17;w_18"
    with zipfile.ZipFile(folder / f"{ags}.zip", "w") as archive:
        for year in years:
            lines = [";".join(map(str, (cell, ags, *counts))) for cell, *counts in rows]
            archive.writestr(f"{ags}_{year}.csv", "\n".join([head, *lines]) + "\n")


def described(tmp_path, text):
    path = tmp_path / "deliveries.toml"
    path.write_text(text, encoding="utf-8")
    return path


def raised(message, path):
    with pytest.raises(SourceError) as caught:
        read_deliveries(path)
    assert caught.value.message == f"sources.{message}"
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


@pytest.fixture
def registers(tmp_path):
    register(
        tmp_path / "melde",
        "05999001",
        (2024, 2025),
        [(CELLS[0], 1, 2, 3, 4), (CELLS[1], 0, 5, 0, 5)],
    )
    register(
        tmp_path / "melde",
        "05999002",
        (2024, 2025),
        [(CELLS[1], 1, 1, 1, 1), (CELLS[2], 2, 2, 2, 2)],
    )
    return described(tmp_path, REGISTER)


def test_register(registers):
    (delivery,) = read_deliveries(registers)
    assert delivery.name == "register"
    assert delivery.variables == ("residents", "u18")
    assert delivery.dates == ("2024-12-31", "2025-12-31")
    assert delivery.covers == ("05999001", "05999002")
    assert delivery.absent_is_zero
    assert delivery.source.delete_by == "2030-12-31"
    table = delivery.table
    assert set(table["level"]) == {"cell"}
    residents = table[(table["variable"] == "residents") & (table["date"] == "2025-12-31")]
    # the second cell lies on the border: 10 people on one side, 4 on the other
    assert residents.set_index("key")["value"].to_dict() == dict(
        zip(CELLS, (10, 14, 8), strict=False)
    )
    assert any("Zellen auf Gemeindegrenzen" in note for note in delivery.notes)
    assert [path.name for path in delivery_files(registers)] == ["05999001.zip", "05999002.zip"]


def test_register_totals_survive(tmp_path):
    rng = np.random.default_rng(3)
    rows = [(f"100mN{30510 + i}E40970", *rng.integers(0, 30, 4)) for i in range(50)]
    register(tmp_path / "melde", "05999001", (2025,), rows)
    (delivery,) = read_deliveries(described(tmp_path, REGISTER))
    total = delivery.table.groupby("variable")["value"].sum()
    assert total["residents"] == sum(sum(row[1:]) for row in rows)
    assert delivery.table["key"].str.startswith("CRS3035RES100mN30510").any()


def test_a_negative_count_is_named_with_file_row_and_column(tmp_path):
    rows = [(CELLS[0], 1, 2, 3, 4), (CELLS[1], 0, -5, 0, 5)]
    register(tmp_path / "melde", "05999001", (2025,), rows)
    error = raised("negative", described(tmp_path, REGISTER))
    assert "melde/05999001.zip/05999001_2025.csv: Zeile 3, Spalte m_18" in error.text("de")
    assert "-5" not in " ".join(error.ids)


def test_missing_columns_name_file_and_what_is_there(tmp_path, registers):
    path = described(tmp_path, REGISTER.replace("w_0_17 + w_18", "x_1 + x_2"))
    error = raised("columns_missing", path)
    assert error.ids == ("x_1", "x_2")
    assert "05999001_2024.csv" in error.text("de")
    assert "m_0_17" in error.text("de")
    path = described(tmp_path, REGISTER.replace('"AGS"', '"Gemeinde"'))
    assert raised("columns_missing", path).ids == ("Gemeinde",)


def test_repeated_cells(tmp_path):
    rows = [(CELLS[0], 1, 2, 3, 4)] * 2
    register(tmp_path / "melde", "05999001", (2025,), rows)
    assert raised("cells_repeated", described(tmp_path, REGISTER)).ids == ("Zeile 3",)
    register(tmp_path / "melde", "05999001", (2025,), rows[:1])
    data = (tmp_path / "melde" / "05999001.zip").read_bytes()
    (tmp_path / "melde" / "kopie.zip").write_bytes(data)
    assert raised("cells_in_two_files", described(tmp_path, REGISTER)).ids == (CELLS[0],)


def test_rows_without_a_cell_are_named(tmp_path):
    register(tmp_path / "melde", "05999001", (2025,), [(CELLS[0], 1, 2, 3, 4), ("", 1, 1, 1, 1)])
    error = raised("not_cell_keys_at", described(tmp_path, REGISTER))
    assert error.ids == ("Zeile 3, Spalte Gitter_ID_100m",)


def test_lost_zeros_in_a_delivery(tmp_path):
    register(tmp_path / "melde", "5999001", (2025,), [(CELLS[0], 1, 2, 3, 4)])
    error = raised("leading_zero_lost", described(tmp_path, REGISTER))
    assert "repair_keys" in error.text("de")
    repaired = REGISTER.replace("absent_is_zero", "repair_keys = true\nabsent_is_zero")
    (delivery,) = read_deliveries(described(tmp_path, repaired))
    assert delivery.covers == ("05999001",)


def test_a_truncated_member_is_refused_whole(tmp_path):
    register(tmp_path / "melde", "05999001", (2025,), [(CELLS[0], 1, 2, 3, 4)])
    with zipfile.ZipFile(tmp_path / "melde" / "05999002.zip", "w") as archive:
        text = f"Gitter_ID_100m;AGS;m_0_17;m_18;w_0_17;w_18\n{CELLS[0]};05999002;1;2"
        archive.writestr("05999002_2025.csv", text)
    error = raised("rows_cut", described(tmp_path, REGISTER))
    assert error.ids == ("Zeile 2",)


AGENCY = """
[[delivery]]
name = "sgb2"
kind = "areas"
files = ["sgb2_2025.csv"]
geography = "sozialraum"
[delivery.variables]
persons = "PERS_SGB2"
both = "PERS_SGB2 + BG"
[delivery.source]
provider = "Agentur"
title = "AkG"
minimum = 10
"""
AKG = """Berichtsmonat;Gemeindeschlüssel;Gliederung;Name;PERS_SGB2;BG
202512;05999001;001010001;Aue;120;60
202512;05999001;001010002;Berg;*;*
202512;05999001;001010SUM;Insgesamt;125;63
202512;05999001;001SUMSUM;Insgesamt;125;63
202512;05999001;002010001;Tal;;0
202512;05999001;999999999;keine Angabe;4;2
202512;05999001;SUMSUMSUM;Auenfurt;151;70
"""


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_small_areas_of_the_agency(tmp_path, encoding):
    (tmp_path / "sgb2_2025.csv").write_bytes(AKG.encode(encoding))
    (delivery,) = read_deliveries(described(tmp_path, AGENCY))
    table = delivery.table[delivery.table["variable"] == "persons"].set_index("key")
    assert table["level"].to_dict() == {
        "05999001-001010001": "area",
        "05999001-001010002": "area",
        "05999001-002010001": "area",
        "05999001": "municipality",
    }
    assert table["value"]["05999001"] == 151
    assert table["state"]["05999001-001010002"] == State.SUPPLIER
    assert table.loc["05999001-001010002", ["low", "high"]].tolist() == [1, 9]
    assert table["state"]["05999001-002010001"] == State.NOT_DELIVERED
    both = delivery.table[delivery.table["variable"] == "both"].set_index("key")
    assert both.loc["05999001-001010002", ["low", "high"]].tolist() == [2, 18]
    assert set(delivery.table["date"]) == {"2025-12-31"}
    assert delivery.geography == "sozialraum"
    assert delivery.source.minimum == 10
    assert any("keine Angabe" in note for note in delivery.notes)
    assert any("2 Zwischensummen" in note for note in delivery.notes)


def test_agency_keys_by_pattern_and_faults(tmp_path):
    (tmp_path / "sgb2_2025.csv").write_text(AKG, encoding="utf-8")
    pattern = '[delivery.columns]\nkey_format = "{gliederung}/{municipality}"\n[delivery.variables]'
    (delivery,) = read_deliveries(
        described(tmp_path, AGENCY.replace("[delivery.variables]", pattern))
    )
    assert "001010001/05999001" in set(delivery.table["key"])
    (tmp_path / "sgb2_2025.csv").write_text(AKG + AKG.splitlines()[1] + "\n", encoding="utf-8")
    error = raised("keys_repeated", described(tmp_path, AGENCY))
    assert error.ids == ("05999001-001010001 (Zeile 9)",)
    (tmp_path / "sgb2_2025.csv").write_text(AKG.replace("001010001", ""), encoding="utf-8")
    assert raised("blank_at", described(tmp_path, AGENCY)).ids == ("Zeile 2, Spalte Gliederung",)


TABLES = """
[[delivery]]
name = "kita"
kind = "table"
files = "kita_*.csv"
header_contains = "Gebiet"
dash_is_zero = true
[delivery.columns]
key = "Nr"
municipality = "Gemeinde"
key_format = "{municipality}-{key}"
[delivery.variables]
places = "Plätze U3"
[delivery.source]
provider = "Jugendamt"
title = "Plätze"

[[delivery]]
name = "zellen"
kind = "cells"
files = ["zellen.csv"]
date_column = "Stand"
[delivery.variables]
persons = "n"
[delivery.source]
provider = "Statistikstelle"
title = "Zellen"
minimum = 3
"""


def test_tables_of_several_years_and_cells(tmp_path):
    for year, count in ((2024, 5), (2025, 7)):
        text = (
            f"Titel;;;\nNr;Gemeinde;Gebiet;Plätze U3\nQ01;05999001;Aue;{count}\nQ02;05999001;B;-\n"
        )
        (tmp_path / f"kita_{year}.csv").write_text(text, encoding="utf-8")
    text = f"GITTER_ID_100m,Stand,n\n{CELLS[0]},31.12.2025,4\n{CELLS[1]},31.12.2025,*\n"
    (tmp_path / "zellen.csv").write_text(text)
    kita, cells = read_deliveries(described(tmp_path, TABLES))
    assert kita.dates == ("2024-12-31", "2025-12-31")
    assert kita.table["value"].tolist() == [5, 0, 7, 0]
    assert set(kita.table["key"]) == {"05999001-Q01", "05999001-Q02"}
    assert cells.covers == ()
    assert not cells.absent_is_zero
    assert cells.table["high"].tolist() == [4, 2]


def test_every_fault_of_the_description_at_once(tmp_path):
    text = """
title = "x"
[[delivery]]
name = "register"
kind = "registern"
file = ["a.zip"]
[delivery.variables]
residents = 5
[delivery.source]
provider = ""

[[delivery]]
name = "2te"
kind = "table"
files = ["https://example.org/a.csv"]
date = "gestern"
covers = ["5999001"]
[delivery.columns]
key_format = "{ags}"
[delivery.variables]
"eins zwei" = "a"
drei = "__import__('os')"
[delivery.source]
provider = "x"
title = "x"

[[delivery]]
name = "drei"
kind = "cells"
files = []
[delivery.source]
provider = "x"
title = "x"
minimum = "zehn"
"""
    error = raised("faulty_settings", described(tmp_path, text))
    listed = "\n".join(error.ids)
    for expected in (
        "title: unbekannter Eintrag",
        "delivery[1] „register“.kind: erlaubt sind 'register', 'registers', 'areas',",
        "delivery[1] „register“.file: unbekannter Eintrag. Gemeint ist vielleicht „files“.",
        "delivery[1] „register“.files: Eintrag fehlt.",
        "delivery[1] „register“.variables.residents: muss Text",
        "delivery[1] „register“.source.provider: darf nicht leer sein",
        "delivery[1] „register“.source.title: Eintrag fehlt.",
        "delivery[2] „2te“.name: Der Name darf nur",
        "delivery[3] „drei“.files: darf nicht leer sein",
        "delivery[3] „drei“.source.minimum: muss eine Zahl sein",
    ):
        assert expected in listed
    fixed = text.replace('title = "x"\n[[', "[[", 1).replace('"2te"', '"zwei"')
    error = raised("faulty_settings", described(tmp_path, fixed))
    listed = "\n".join(error.ids)
    for expected in (
        "delivery[2] „zwei“.files: „https://example.org/a.csv“ ist keine Datei",
        "delivery[2] „zwei“.date: muss ein Datum",
        "delivery[2] „zwei“.covers: Gemeindeschlüssel",
        "delivery[2] „zwei“.columns.key_format: erlaubt sind {gliederung}, {key}, {municipality}",
        "delivery[2] „zwei“.variables.eins zwei: Der Name",
        "delivery[2] „zwei“.variables.drei: „__import__('os')“ ist keine erlaubte",
    ):
        assert expected in listed


def test_missing_files_are_listed_at_once(tmp_path):
    error = raised("no_file", described(tmp_path, TABLES))
    assert error.ids == ("kita_*.csv", "zellen.csv")


def test_repeated_names_and_empty_descriptions(tmp_path):
    error = raised("faulty_settings", described(tmp_path, AGENCY + AGENCY))
    assert "delivery[2] „sgb2“: Der Name kommt schon" in error.ids[0]
    assert "[[delivery]]" in raised("faulty_settings", described(tmp_path, "")).ids[0]
    assert "line 2" in raised("not_toml", described(tmp_path, "a = 1\nb\nc")).text("en")


def test_order_of_files_does_not_matter(registers, tmp_path):
    (first,) = read_deliveries(registers)
    folder = tmp_path / "melde"
    (folder / "05999001.zip").rename(folder / "z.zip")
    (second,) = read_deliveries(registers)
    assert first.table.equals(second.table)
    assert first.covers == second.covers


ELECTION = """
[[delivery]]
name = "wahl"
kind = "election"
files = "wahl_*.csv"
geography = "wahlbezirk"
postal = "share"
[delivery.columns]
key_format = "05999001-{key}"
[delivery.votes]
form = "table"
columns = { number = "Bezirk", eligible = "WB", voters = "ab" }
same_districts = true
[delivery.source]
provider = "Wahlamt"
title = "Kommunalwahl"
"""


@pytest.fixture
def votes(tmp_path):
    rows = "Bezirk;WB;ab\n101;1000;400\n102;500;150\n190;0;300\n"
    (tmp_path / "wahl_2020.csv").write_text(rows)
    (tmp_path / "wahl_2025.csv").write_text(rows.replace("300", "600"))
    return tmp_path


def test_elections_by_polling_district(votes):
    (found,) = read_deliveries(described(votes, ELECTION))
    table = found.table[found.table["variable"] == "voters"].set_index(["date", "key"])["value"]
    assert table.to_dict() == {
        ("2020-12-31", "05999001-101"): 600,
        ("2020-12-31", "05999001-102"): 250,
        ("2025-12-31", "05999001-101"): 800,
        ("2025-12-31", "05999001-102"): 350,
    }
    assert (found.name, found.geography, found.source.provider) == ("wahl", "wahlbezirk", "Wahlamt")
    assert "voters" in found.estimates


def test_elections_need_a_decision_about_postal_votes(votes):
    with pytest.raises(SourceError) as caught:
        read_deliveries(described(votes, ELECTION.replace('postal = "share"\n', "")))
    assert caught.value.message.startswith("elections.")
