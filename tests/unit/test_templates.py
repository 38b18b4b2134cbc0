"""Templates: what an office gets, what it makes of it, and what it is told."""

import zipfile
from datetime import date, time

import geopandas as gpd
import openpyxl
import pytest
from shapely import box

from sozialraum.errors import DisclosureError, OutputError, SourceError
from sozialraum.export.template import write_template
from sozialraum.schema import State
from sozialraum.sources import delivery_files, read_deliveries
from sozialraum.sources.delivery_file import described_entries
from sozialraum.sources.template_parts import HIDDEN, Row, template_of, vintage_of

DESCRIBED = """
[[delivery]]
name = "kita"
kind = "template"
files = "eingang/*.xlsx"
template = "vorlagen/*.xlsx"
date = "2025-12-31"
geography = "sozialraum"
owner = "Jugendamt"
[delivery.variables]
u3 = "Plätze für Kinder unter 3"
from_3 = "Plätze ab 3"
[delivery.source]
provider = "Jugendamt Musterkreis"
title = "Plätze in Kitas"
minimum = 5
"""
PLACES = [("Q01", "Am Markt"), ("Q02", "Südstadt"), ("Q03", "-Nord"), ("05999001-Q04", "=Aue")]


def areas(names=PLACES, size=10):
    shapes = [box(i * size, 0, (i + 1) * size, size) for i in range(len(names))]
    index = [key for key, _ in names]
    return gpd.GeoDataFrame({"name": dict(names)}, geometry=shapes, index=index, crs=25832)


def issued(folder, name="kita.xlsx", *, frame=None, described=DESCRIBED, day="", language="de"):
    frame = areas() if frame is None else frame
    path = folder / "deliveries.toml"
    path.write_text(described, encoding="utf-8")
    (one,) = described_entries(path)
    rows = [Row(str(key), name_, "Musterstadt") for key, name_ in frame["name"].items()]
    (folder / "vorlagen").mkdir(exist_ok=True)
    template = template_of(one.entry, rows, vintage_of(frame), date=day)
    return write_template(folder / "vorlagen" / name, template, language=language, overwrite=True)


@pytest.fixture
def project(tmp_path):
    issued(tmp_path)
    return tmp_path


def filled(project, change, name="kita.xlsx", blank="kita.xlsx"):
    """Let the office open the template, change it and send it back."""
    book = openpyxl.load_workbook(project / "vorlagen" / blank)
    change(book[book.sheetnames[0]], book)
    (project / "eingang").mkdir(exist_ok=True)
    path = project / "eingang" / name
    book.save(path)
    return path


def read(project):
    (delivery,) = read_deliveries(project / "deliveries.toml")
    return delivery


def refused(project):
    with pytest.raises(SourceError) as caught:
        read(project)
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


def write(**cells):
    def change(sheet, _book):
        for name, value in cells.items():
            sheet[name] = value

    return change


# What the office gets


def test_the_workbook_as_other_programs_see_it(project):
    book = openpyxl.load_workbook(project / "vorlagen" / "kita.xlsx")
    assert book.sheetnames == ["kita", "Erläuterungen", HIDDEN]
    sheet = book["kita"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=1, max_row=5)] == [
        ["Plätze in Kitas", *[None] * 5],
        ["Stichtag", "31.12.2025", *[None] * 4],
        [sheet["A3"].value, *[None] * 5],
        *[
            [
                "Schlüssel",
                "Name",
                "Gemeinde",
                "Plätze für Kinder unter 3",
                "Plätze ab 3",
                "Prüfspalte",
            ]
        ],
        ["Q01", "Am Markt", "Musterstadt", None, None, "Q01"],
    ]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    open_cells = {c.coordinate for row in sheet.iter_rows() for c in row if not c.protection.locked}
    assert open_cells == {f"{column}{row}" for column in "DE" for row in range(5, 9)}
    assert sheet["A5"].number_format == sheet["D5"].number_format == "@"
    assert sheet.freeze_panes == "C5"
    assert sheet.print_title_rows == "$4:$4"
    assert sheet.column_dimensions["F"].hidden
    assert book[HIDDEN].sheet_state == "veryHidden"
    assert book.security.lockStructure


def test_names_never_become_formulas(project):
    sheet = openpyxl.load_workbook(project / "vorlagen" / "kita.xlsx")["kita"]
    assert {cell.data_type for row in sheet["A5:C8"] for cell in row} == {"s"}
    assert sheet["B8"].value == "=Aue"


def test_fields_say_what_may_stand_in_them(project):
    sheet = openpyxl.load_workbook(project / "vorlagen" / "kita.xlsx")["kita"]
    (check,) = sheet.data_validations.dataValidation
    assert (str(check.sqref), check.type, check.errorStyle) == ("D5:E8", "custom", "stop")
    assert 'D5="-"' in check.formula1
    assert max(len(check.prompt), len(check.error)) <= 255
    assert len(check.formula1) <= 255


@pytest.mark.parametrize(
    ("minimum", "dash", "star", "stroke"),
    [
        ("minimum = 5", "", "1 bis 4", "nicht geliefert"),
        ("", "", "vereinbart", "nicht geliefert"),
        ("minimum = 10", "dash_is_zero = true\n", "1 bis 9", "Zählt als 0"),
    ],
)
def test_symbols_and_the_minimum_are_explained(minimum, dash, star, stroke, tmp_path):
    described = DESCRIBED.replace("minimum = 5", minimum)
    described = described.replace('kind = "template"\n', f'kind = "template"\n{dash}')
    sheet = openpyxl.load_workbook(issued(tmp_path, described=described))["Erläuterungen"]
    rows = {row[0]: row[2] for row in sheet.iter_rows(values_only=True) if row[2]}
    assert set(rows) == {"Zeichen", "-", ".", "…", "x", "/", "(12)", "*", "(leer)", "0"}
    assert star in rows["*"]
    assert stroke in rows["-"]
    assert sheet.protection.sheet


def test_the_same_template_has_the_same_bytes(tmp_path):
    first = issued(tmp_path).read_bytes()
    assert issued(tmp_path, frame=areas()).read_bytes() == first
    assert issued(tmp_path, frame=areas(size=11)).read_bytes() != first
    with pytest.raises(OutputError):
        write_template(tmp_path / "vorlagen" / "kita.xlsx", _template(tmp_path))


def _template(folder):
    (one,) = described_entries(folder / "deliveries.toml")
    return template_of(one.entry, [Row("Q01", "")], "0")


# What comes back


def test_numbers_symbols_and_blanks(project):
    signs = {"D5": 12, "E5": "1.234", "D6": "*", "E6": "-", "D7": "k. A.", "E7": "<5"}
    filled(project, write(**signs, D8=".", E8="(7)"))
    delivery = read(project)
    table = delivery.table.set_index(["key", "variable"])
    assert table.loc[("Q01", "u3"), "value"] == 12
    assert table.loc[("Q01", "from_3"), "value"] == 1234
    fewer = table.loc[("Q02", "u3")]
    assert (fewer["low"], fewer["high"], fewer["state"]) == (1, 4, State.SUPPLIER)
    assert table.loc[("Q02", "from_3"), "state"] == State.NOT_DELIVERED
    assert table.loc[("Q03", "u3"), "state"] == State.NOT_DELIVERED
    less = table.loc[("Q03", "from_3")]
    assert (less["low"], less["high"]) == (0, 4)
    assert table.loc[("05999001-Q04", "u3"), "state"] == State.SUPPLIER
    assert table.loc[("05999001-Q04", "from_3"), "value"] == 7
    assert delivery.dates == ("2025-12-31",)
    assert (delivery.geography, set(table["level"])) == ("sozialraum", {"area"})


def test_blank_is_not_delivered_and_never_zero(project):
    filled(project, write(D5=0))
    delivery = read(project)
    values = delivery.table.dropna(subset="value")
    assert values[["key", "variable", "value"]].to_numpy().tolist() == [["Q01", "u3", 0.0]]
    assert set(delivery.table["state"]) == {State.VALUE, State.NOT_DELIVERED}
    assert delivery.notes == ("kita.xlsx: 7 von 8 Feldern sind leer: nicht geliefert.",)


def test_every_fault_is_told_with_sheet_and_cell(project):
    wrong = {"D5": "ca. 12", "E5": date(2025, 3, 1), "D6": -3, "E6": "viele", "D7": "=1+1"}
    more = {"E7": "12.5", "D8": True, "E8": time(3, 5), "B2": "31.12.2024"}
    filled(project, write(**wrong, **more))
    error = refused(project)
    assert error.message == "templates.faulty"
    assert [one.split(":")[0].removeprefix("Blatt ‚kita‘, Zelle ") for one in error.ids] == [
        *("B2", "D5", "E5", "D6", "E6", "D7", "E7", "D8", "E8")
    ]
    said = error.text("de")
    assert "Blatt ‚kita‘, Zelle D5: eine Zahl mit Zusatz" in said
    assert "Zelle E5: ein Datum" in said
    assert "Zelle D7: eine Formel" in said
    assert "ca." not in "".join(error.ids).replace("(etwa „ca.“ oder eine Einheit)", "")
    assert "2024" not in said


def test_dates_that_are_text(project):
    filled(project, write(D5="01.03.2025", E5="3. Mai"))
    assert ["ein Datum" in one for one in refused(project).ids] == [True, True]


def test_error_values(project):
    def change(sheet, _book):
        sheet["D5"] = "#DIV/0!"
        sheet["D5"].data_type = "e"

    filled(project, change)
    assert "Fehlerwert" in refused(project).ids[0]


def test_a_deleted_row(project):
    filled(project, lambda sheet, _: sheet.delete_rows(6))
    (fault,) = refused(project).ids
    assert fault.startswith("Blatt ‚kita‘: fehlende Zeilen (1): Q02.")


def test_an_inserted_row(project):
    def change(sheet, _book):
        sheet.insert_rows(6)
        sheet["C6"] = "Neubau"
        sheet["D6"] = 4

    filled(project, change)
    (fault,) = refused(project).ids
    assert fault.startswith("Blatt ‚kita‘, Zelle C6: eingefügte Zeile")


def test_a_blank_inserted_row_does_no_harm(project):
    filled(project, lambda sheet, _: sheet.insert_rows(6))
    assert set(read(project).table["key"]) == {key for key, _ in PLACES}


def moved(sheet, columns):
    """Sort the rows of some columns the other way round."""
    rows = [[sheet[f"{c}{row}"].value for c in columns] for row in range(5, 9)]
    for row, values in zip(range(5, 9), reversed(rows), strict=True):
        for column, value in zip(columns, values, strict=True):
            sheet[f"{column}{row}"] = value
            if isinstance(value, str):
                sheet[f"{column}{row}"].data_type = "s"


def test_rows_that_were_sorted_as_a_whole_are_matched_by_key(project):
    def change(sheet, _book):
        for row, count in zip(range(5, 9), (1, 2, 3, 4), strict=True):
            sheet[f"D{row}"] = count
        moved(sheet, "ABCDEF")

    filled(project, change)
    delivery = read(project)
    counts = delivery.table[delivery.table["variable"] == "u3"].set_index("key")["value"]
    assert counts.to_dict() == {"Q01": 1, "Q02": 2, "Q03": 3, "05999001-Q04": 4}
    assert any("anderer Reihenfolge" in note for note in delivery.notes)


@pytest.mark.parametrize(
    ("columns", "first"),
    [("A", "Zelle B5"), ("B", "Zelle B5"), ("ABC", "Zelle A5: Die Zeile von 05999001-Q04")],
)
def test_columns_that_were_sorted_alone_are_refused(columns, first, project):
    filled(project, lambda sheet, _: moved(sheet, columns))
    error = refused(project)
    assert first in error.ids[0]
    assert len(error.ids) == 4


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ({"A6": "Q99"}, ["Zelle A6: Diesen Schlüssel", "fehlende Zeilen (1): Q02"]),
        ({"A6": "Q01", "B6": "Am Markt", "F6": "Q01"}, ["Zelle A6: Der Schlüssel Q01", "fehlende"]),
        ({"B6": "Südstadt-West"}, ["Zelle B6: gehört nicht zum Schlüssel Q02"]),
        ({"D4": "Plätze"}, ["Zelle D4: Hier stand die Überschrift „Plätze für Kinder unter 3“"]),
        ({"H6": 5}, ["Zelle H6: Angabe außerhalb"]),
        ({"A12": "Stand: vorläufig"}, ["Zelle A12: Diesen Schlüssel"]),
        ({"D12": 5}, ["Zelle D12: eingefügte Zeile"]),
    ],
)
def test_changed_keys_names_and_headings(cells, said, project):
    filled(project, write(**cells))
    found = refused(project).ids
    assert len(found) == len(said)
    assert all(one in fault for one, fault in zip(said, found, strict=True))


def test_an_inserted_column(project):
    filled(project, lambda sheet, _: sheet.insert_cols(5))
    (fault,) = refused(project).ids
    assert "Zelle E4: Hier stand die Überschrift „Plätze ab 3“" in fault


def test_merged_cells(project):
    filled(project, lambda sheet, _: sheet.merge_cells("D5:E5"))
    (fault,) = refused(project).ids
    assert fault.startswith("Blatt ‚kita‘, Zelle D5: Zellen sind verbunden (bis E5)")


def test_very_many_faults_are_counted(tmp_path):
    names = [(f"Q{i}", f"Ort {i}") for i in range(60)]
    issued(tmp_path, frame=areas(names))
    filled(tmp_path, write(**{f"D{row}": "viele" for row in range(5, 65)}))
    error = refused(tmp_path)
    assert len(error.ids) == 60
    assert "… und 20 weitere" in error.text("de")


# Whose template it is


def test_a_template_of_another_office(project):
    other = DESCRIBED.replace('name = "kita"', 'name = "ogs"')
    issued(project, described=other)
    filled(project, write())
    issued(project)
    assert refused(project).message == "templates.other_office"


def test_a_template_of_another_vintage_of_the_areas(project):
    issued(project, frame=areas(size=12))
    filled(project, write())
    issued(project)
    error = refused(project)
    assert error.message == "templates.other_vintage"
    assert vintage_of(areas(size=12)) in error.text()
    # older templates stay readable where they are named too
    issued(project, "frueher.xlsx", frame=areas(size=12))
    assert len(read(project).table) == 8


def test_a_template_for_another_date(project):
    issued(project, day="2024-12-31")
    filled(project, write())
    issued(project)
    assert refused(project).message == "templates.other_version"


def test_templates_of_two_dates(project):
    issued(project, "frueher.xlsx", day="2024-12-31")
    filled(project, write(D5=1), "a.xlsx")
    filled(project, write(D5=2), "b.xlsx", blank="frueher.xlsx")
    delivery = read(project)
    assert delivery.dates == ("2024-12-31", "2025-12-31")
    filled(project, write(D5=3), "c.xlsx")
    error = refused(project)
    assert (error.message, error.ids) == (
        "templates.same_date",
        ("eingang/a.xlsx", "eingang/c.xlsx"),
    )


def test_a_date_that_the_office_fills_in(tmp_path):
    described = DESCRIBED.replace('date = "2025-12-31"\n', "")
    blank = openpyxl.load_workbook(issued(tmp_path, described=described))["kita"]
    assert not blank["B2"].protection.locked
    filled(tmp_path, write(D5=1))
    assert "Zelle B2: Der Stichtag fehlt" in refused(tmp_path).ids[0]
    for value in ("30.06.2026", date(2026, 6, 30)):
        filled(tmp_path, write(D5=1, B2=value))
        assert read(tmp_path).dates == ("2026-06-30",)


def test_a_description_that_changed_since(project):
    filled(project, write())
    path = project / "deliveries.toml"
    path.write_text(DESCRIBED.replace("Plätze ab 3", "Plätze ab 4"), encoding="utf-8")
    error = refused(project)
    assert (error.message, error.ids) == ("templates.issued_columns", ("from_3",))
    path.write_text(DESCRIBED.replace("Jugendamt Musterkreis", "Schulamt"), encoding="utf-8")
    assert refused(project).message == "templates.issued_other"


@pytest.mark.parametrize("name", ["kita.xls", "kita.csv"])
def test_other_kinds_of_files(name, project):
    path = project / "eingang" / name
    path.parent.mkdir()
    path.write_text("a;b\n")
    described = project / "deliveries.toml"
    described.write_text(DESCRIBED.replace("*.xlsx", "*", 1), encoding="utf-8")
    assert refused(project).message == "templates.no_xlsx"


def test_workbooks_that_are_no_template(project):
    (project / "eingang").mkdir()
    book = openpyxl.Workbook()
    book.save(project / "eingang" / "kita.xlsx")
    assert refused(project).message == "templates.not_ours"
    filled(project, lambda sheet, _: setattr(sheet, "title", "Tabelle1"))
    assert refused(project).message == "templates.no_sheet"


def test_further_sheets_are_named_and_people_refused(project):
    def remarks(_sheet, book):
        book.create_sheet("Bemerkungen").append(["Neue Gruppe im Sommer"])

    filled(project, remarks)
    assert any("weitere Blätter" in note for note in read(project).notes)

    def people(_sheet, book):
        sheet = book.create_sheet("Liste")
        sheet.append(["Vorname", "Geburtsdatum"])
        sheet.append(["Kim", "01.02.2020"])

    filled(project, people)
    with pytest.raises(DisclosureError):
        read(project)


def test_templates_given_out_are_read_along_but_not_delivered(project):
    from sozialraum.sources import describe_deliveries

    filled(project, write())
    described = project / "deliveries.toml"
    names = [path.relative_to(project).as_posix() for path in delivery_files(described)]
    assert names == ["eingang/kita.xlsx", "vorlagen/kita.xlsx"]
    (one,) = describe_deliveries(described)
    assert [path.parent.name for path in one.files] == ["eingang"]
    assert one.variables == ("u3", "from_3")


def test_a_template_needs_the_file_that_was_given_out(tmp_path):
    path = tmp_path / "deliveries.toml"
    path.write_text(DESCRIBED.replace('template = "vorlagen/*.xlsx"\n', ""), encoding="utf-8")
    with pytest.raises(SourceError, match=r"template: Eintrag fehlt"):
        read_deliveries(path)


def test_a_damaged_workbook(project):
    path = filled(project, write())
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content[: len(content) // 2])
    assert refused(project).message.partition(".")[0] in ("sources", "templates")


def test_english(project):
    issued(project, language="en")
    book = openpyxl.load_workbook(project / "vorlagen" / "kita.xlsx")
    assert book.sheetnames[1] == "Explanations"
    filled(project, write(D5=4))
    assert read(project).table["value"].sum() == 4
