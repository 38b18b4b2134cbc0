"""Population registers: nineteen layouts of one truth, and what goes wrong with them."""

from itertools import pairwise

import openpyxl
import pytest

from sozialraum.errors import DisclosureError, SourceError
from sozialraum.schema import State
from sozialraum.sources import read_deliveries
from sozialraum.sources.reconcile import read_totals, reconcile
from sozialraum.sources.registers import read_registers

AREAS = ("Q01", "Q02", "Q03")
NOWHERE = "keine Angabe"
YEARS = range(96)
VARIABLES = """
[variables]
residents = "insgesamt"
u3 = "0 bis unter 3"
u18 = "0-17"
w_a65 = "w 65+"
"""
CUTS = (0, 3, 6, 18, 65, 96)


def people(area, sex, age):
    """Return how many of an age live in an area: any fixed numbers will do."""
    place = (*AREAS, NOWHERE).index(area)
    return (7 * place + 3 * "mw".index(sex) + age * (age + place) + 11) % 13


def of(area, sexes="mw", start=0, stop=96):
    return sum(people(area, sex, age) for sex in sexes for age in range(start, stop))


def expected():
    rows = {}
    asked = {"residents": ("mw", 0, 96), "u3": ("mw", 0, 3), "u18": ("mw", 0, 18)}
    for name, (sexes, start, stop) in {**asked, "w_a65": ("w", 65, 96)}.items():
        for area in AREAS:
            rows["area", area, name] = of(area, sexes, start, stop)
        whole = sum(of(area, sexes, start, stop) for area in (*AREAS, NOWHERE))
        rows["municipality", "05999001", name] = whole
    return rows


def groups():
    return list(pairwise(CUTS))


def spelled(start, stop, style):
    if stop == CUTS[-1]:
        return {"dash": f"{start}+", "under": f"{start} und älter"}[style]
    return {"dash": f"{start}-{stop - 1}", "under": f"{start} bis unter {stop}"}[style]


def long_rows(style="dash", sexes=("m", "w")):
    return [
        (area, sex, spelled(start, stop, style), of(area, sex[0], start, stop))
        for area in (*AREAS, NOWHERE)
        for sex in sexes
        for start, stop in groups()
    ]


def csv(rows, sep=";"):
    return "\n".join(sep.join(map(str, row)) for row in rows) + "\n"


def wide(names, *, totals=False):
    """Return a wide table: area, then every group of either sex."""
    columns = [(sex, start, stop) for sex in "mw" for start, stop in groups()]
    rows = [["Bezirk", *(names(*one) for one in columns)]]
    rows += [[a, *(of(a, *one) for one in columns)] for a in (*AREAS, NOWHERE)]
    if totals:
        whole = [sum(of(a, *one) for a in (*AREAS, NOWHERE)) for one in columns]
        rows.append(["Gesamtsumme", *whole])
    return rows


def single_years():
    return [
        (area, {"m": 1, "w": 2}[sex], age, people(area, sex, age))
        for area in (*AREAS, NOWHERE)
        for sex in "mw"
        for age in YEARS
        if people(area, sex, age)
    ]


def mapped(folder, tables, head=VARIABLES):
    path = folder / "melderegister.toml"
    path.write_text(head + tables, encoding="utf-8")
    return path


def read(delivery):
    found = delivery.table
    assert set(found["state"]) == {State.VALUE}
    names = ("level", "key", "variable")
    return {tuple(row[:3]): row[3] for row in found[[*names, "value"]].itertuples(index=False)}


LONG = 'layout = "long"\nkey = "Bezirk"\nsex = "Geschlecht"\nage = "Alter"\ncount = "Anzahl"\n'
HEAD = ("Bezirk", "Geschlecht", "Alter", "Anzahl")
WIDE = 'layout = "wide"\nkey = "Bezirk"\n'


def layout_long(folder):
    (folder / "a_2025.csv").write_text(csv([HEAD, *long_rows()]), encoding="utf-8")
    return LONG


def layout_other_spelling_and_encoding(folder):
    rows = [HEAD, *long_rows("under", ("männlich", "weiblich"))]
    (folder / "a_2025.csv").write_bytes(csv(rows, "\t").encode("cp850"))
    return LONG + 'encoding = "cp850"\n'


def layout_single_years_with_codes(folder):
    (folder / "a_2025.csv").write_text(csv([HEAD, *single_years()]))
    return LONG + 'sexes = {"1" = "m", "2" = "w"}\nabsent_is_zero = true\n'


def layout_totals_in_every_direction(folder):
    rows = [
        (area, sex or "zusammen", spelled(*group, "dash"), of(area, sex or "mw", *group))
        for area in (*AREAS, NOWHERE)
        for sex in ("m", "w", "")
        for group in groups()
    ]
    rows += [(a, s, "Insgesamt", of(a, s)) for a in (*AREAS, NOWHERE) for s in "mw"]
    rows += [(a, "zusammen", "Insgesamt", of(a)) for a in (*AREAS, NOWHERE)]
    whole = {}
    for _, sex, age, count in rows:
        whole[sex, age] = whole.get((sex, age), 0) + count
    rows += [("Summe", sex, age, count) for (sex, age), count in whole.items()]
    (folder / "a_2025.csv").write_text(csv([HEAD, *rows]))
    return LONG


def layout_wide(folder):
    rows = wide(lambda s, a, b: f"{s}_{a}_{b - 1}" if b < 96 else f"{s}_{a}_plus", totals=True)
    (folder / "a_2025.csv").write_text(csv(rows))
    return WIDE


def layout_wide_sheet_with_titles(folder):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Bestand"
    sheet.append(["Einwohner am 31.12.2025"])
    sheet.append([])
    words = {"m": "Männer", "w": "Frauen"}
    for row in wide(lambda s, a, b: f"{words[s]} {spelled(a, b, 'under')}"):
        sheet.append(row)
    sheet.append(["Quelle: Einwohnermeldeamt"])
    book.create_sheet("Hinweise")
    book.save(folder / "a.xlsx")
    return WIDE + 'sheet = "Bestand"\ndate = 2025-12-31\n'


def layout_wide_own_names(folder):
    rows = wide(lambda s, a, _: f"K{s}{a}", totals=True)
    rows[0][0] = "Bezirk"
    (folder / "a_2025.csv").write_text(csv(rows))
    meant = {f"K{s}{a}": f"{s} {spelled(a, b, 'dash')}" for s in "mw" for a, b in groups()}
    return WIDE + "groups = {" + ", ".join(f'{k} = "{v}"' for k, v in meant.items()) + "}\n"


def layout_broken_down_further(folder):
    rows = [("Bezirk", "Geschlecht", "Alter", "Staat", "Anzahl")]
    for area, sex, age, count in long_rows():
        rows += [
            (area, sex, age, "deutsch", count // 3),
            (area, sex, age, "andere", count - count // 3),
        ]
        rows += [(area, sex, age, "insgesamt", count)]
    (folder / "a_2025.csv").write_text(csv(rows))
    return LONG + 'added_over = "Staat"\n'


def layout_part_of_a_file(folder):
    rows = [("AGS", *HEAD), *(("05999001", *row) for row in long_rows())]
    rows += [("05999002", area, sex, age, count + 1) for area, sex, age, count in long_rows()]
    (folder / "alle_2025.csv").write_text(csv(rows))
    return LONG + 'where = {AGS = "05999001"}\n'


def layout_filled_down_with_a_date_column(folder):
    rows = [("Bezirk", "Stichtag", "Geschlecht", "Alter", "Anzahl")]
    last = None
    for area, sex, age, count in long_rows():
        rows.append(("" if area == last else area, "31.12.2025", sex, age, count))
        last = area
    (folder / "a.csv").write_text(csv(rows))
    return LONG + 'date_column = "Stichtag"\nfill_down = true\n'


def layout_numbers_with_prefix(folder):
    rows = [(a.removeprefix("Q0"), s, g, n) for a, s, g, n in long_rows()]
    (folder / "a_2025.csv").write_text(csv([HEAD, *rows]))
    return LONG + 'key_digits = 2\nkey_format = "Q{key}"\n'


LAYOUTS = [value for name, value in sorted(globals().items()) if name.startswith("layout_")]


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda one: one.__name__)
def test_every_layout_gives_the_same_counts(layout, tmp_path):
    settings = layout(tmp_path)
    table = f'[[register]]\nmunicipality = "05999001"\nfiles = ["*.csv", "*.xlsx"]\n{settings}'
    delivery = read_registers(mapped(tmp_path, table))
    assert read(delivery) == expected()
    assert delivery.dates == ("2025-12-31",)
    assert delivery.covers == ("05999001",)
    assert any("keine Angabe" in note for note in delivery.notes)


def sender(number, rows, settings, folder, year=2025):
    file = f"g{number}_{year}.csv"
    (folder / file).write_text(csv(rows), encoding="utf-8")
    return f'[[register]]\nmunicipality = "0599900{number}"\nfiles = "{file}"\n{settings}\n'


SMALL = [("Bezirk", "0-17", "18+"), ("1", 10, 90), ("2", 5, 40)]
OWN = WIDE + 'key_format = "{municipality}-{key}"'
ASKED = '[variables]\nn = "0+"\n'


def raised(path):
    with pytest.raises(SourceError) as caught:
        read_registers(path)
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


def test_several_senders_and_those_that_are_missing(tmp_path):
    tables = sender(1, SMALL, OWN, tmp_path) + sender(2, SMALL, OWN, tmp_path, 2024)
    tables += f'[[register]]\nmunicipality = "05999003"\nfiles = "c_*.csv"\n{OWN}\n'
    head = 'municipalities = ["05999001", "05999004"]\n' + ASKED
    found = read_registers(mapped(tmp_path, tables, head))
    assert found.covers == ("05999001", "05999002")
    assert sorted(set(found.table["key"])) == [
        *("05999001", "05999001-1", "05999001-2"),
        *("05999002", "05999002-1", "05999002-2"),
    ]
    notes = "\n".join(found.notes)
    assert "05999003, 05999004" in notes
    assert "Zum Stichtag 2025-12-31 fehlen: 05999002" in notes


def test_areas_that_two_municipalities_number_alike_are_refused(tmp_path):
    tables = sender(1, SMALL, WIDE, tmp_path) + sender(2, SMALL, WIDE, tmp_path)
    error = raised(mapped(tmp_path, tables, ASKED))
    assert error.message == "registers.keys_in_two"
    assert error.ids == ("1 (05999002)", "2 (05999002)")


def test_groups_a_sender_cannot_give_are_all_named(tmp_path):
    other = [("Bezirk", "0-5", "6-17", "18+"), ("1", 1, 2, 3)]
    tables = sender(1, SMALL, OWN, tmp_path) + sender(2, other, OWN, tmp_path)
    error = raised(mapped(tmp_path, tables, '[variables]\nu3 = "0-2"\nu6 = "unter 6"\n'))
    assert error.message == "registers.no_group"
    assert [one.split(";")[0] for one in error.ids] == [
        "05999001 (g1_2025.csv): u3 = 0-2",
        "05999001 (g1_2025.csv): u6 = 0-5",
        "05999002 (g2_2025.csv): u3 = 0-2",
    ]
    assert "0-17, 18+" in error.ids[0]


def test_what_is_absent_is_not_nobody_unless_the_sender_says_so(tmp_path):
    rows = [("Bezirk", "Alter", "Anzahl"), ("1", "0-17", 5), ("1", "18+", 9), ("2", "18+", 7)]
    settings = 'layout = "long"\nkey = "Bezirk"\nage = "Alter"\ncount = "Anzahl"\n'
    path = mapped(tmp_path, sender(1, rows, settings, tmp_path), ASKED)
    found = read_registers(path)
    states = found.table.set_index("key")["state"]
    assert states["1"] == State.VALUE
    assert states["2"] == states["05999001"] == State.NOT_DELIVERED
    assert any("absent_is_zero" in note for note in found.notes)
    zero = mapped(tmp_path, sender(1, rows, settings + "absent_is_zero = true", tmp_path), ASKED)
    values = read_registers(zero).table.set_index("key")["value"]
    assert values.to_dict() == {"1": 14, "2": 7, "05999001": 21}
    assert read_registers(zero).absent_is_zero


def test_a_blank_cell_of_a_wide_table(tmp_path):
    rows = [*SMALL, ("3", "", 4)]
    found = read_registers(mapped(tmp_path, sender(1, rows, WIDE, tmp_path), ASKED))
    assert found.table.set_index("key")["state"]["3"] == State.NOT_DELIVERED
    zero = sender(1, rows, WIDE + "absent_is_zero = true", tmp_path)
    found = read_registers(mapped(tmp_path, zero, ASKED))
    assert found.table.set_index("key")["value"]["3"] == 4


def test_totals_hold_what_their_parts_do_not(tmp_path):
    # two people of diverse sex and three of unknown age stand in the totals only
    rows = [
        ("Bezirk", "m 0-17", "m 18+", "w 0-17", "w 18+", "Insgesamt"),
        ("1", 5, 10, 5, 10, 35),
        ("Summe", 5, 10, 5, 10, 36),
    ]
    found = read_registers(mapped(tmp_path, sender(1, rows, WIDE, tmp_path), ASKED))
    assert found.table.set_index("key")["value"].to_dict() == {"1": 35, "05999001": 36}
    assert any("verschieden am Stichtag 2025-12-31" in note for note in found.notes)


def test_totals_under_another_name_are_found(tmp_path):
    rows = [
        ("Bezirk", "0-2", "3-5", "6-17", "18+"),
        *(("1", 5, 4, 9, 90), ("2", 1, 2, 6, 40), ("99", 6, 6, 15, 130)),
    ]
    error = raised(mapped(tmp_path, sender(1, rows, WIDE, tmp_path), ASKED))
    assert (error.message, error.ids) == ("registers.hidden_total", ("99",))
    named = sender(1, rows, WIDE + 'totals = "99"', tmp_path)
    found = read_registers(mapped(tmp_path, named, ASKED)).table
    assert found.set_index("key")["value"].to_dict() == {"1": 108, "2": 49, "05999001": 157}


@pytest.mark.parametrize("name", ["Gesamtergebnis", "Stadt gesamt", "05999001", "Summe"])
def test_names_of_totals(name, tmp_path):
    rows = [*SMALL, (name, 15, 130)]
    found = read_registers(mapped(tmp_path, sender(1, rows, WIDE, tmp_path), ASKED)).table
    assert set(found["key"]) == {"1", "2", "05999001"}


def test_ages_not_stated_count_in_all_ages_only(tmp_path):
    rows = [("Bezirk", "0-17", "18+", "keine Angabe"), ("1", 5, 10, 2)]
    head = '[variables]\nn = "0+"\nadults = "18+"\n'
    found = read_registers(mapped(tmp_path, sender(1, rows, WIDE, tmp_path), head))
    areas = found.table[found.table["level"] == "area"].set_index("variable")["value"]
    assert areas.to_dict() == {"n": 17, "adults": 10}


def test_a_sender_without_areas(tmp_path):
    rows = [("Alter", "Anzahl"), ("0-17", 500), ("18+", 900)]
    settings = 'layout = "long"\nlevel = "municipality"\nage = "Alter"\ncount = "Anzahl"'
    found = read_registers(mapped(tmp_path, sender(1, rows, settings, tmp_path), ASKED))
    assert found.table[["level", "key", "value"]].to_numpy().tolist() == [
        ["municipality", "05999001", 1400.0]
    ]


def municipal(delivery):
    table = delivery.table
    return table.loc[table["level"] == "municipality", "value"].tolist()


PARTS = (("B1", 100), ("B2", 50), ("Summe Nord", 150), ("B3", 60), ("Summe Süd", 60))


@pytest.mark.parametrize("totals", [[("Gesamtsumme", 210), ("05999001", 210)], []])
def test_totals_of_parts_are_not_added_to_the_total(tmp_path, totals):
    rows = [("Bezirk", "0+"), *PARTS, *totals]
    found = read_registers(mapped(tmp_path, sender(1, rows, WIDE, tmp_path), ASKED))
    assert municipal(found) == [210]
    assert found.table["key"].tolist() == ["B1", "B2", "B3", "05999001"]
    assert "Summe Nord" in " ".join(found.notes)


def test_parts_of_a_municipality_and_their_total_count_once(tmp_path):
    settings = WIDE + 'level = "municipality"'
    rows = [("Bezirk", "0+"), ("Nord", 100), ("Süd", 50)]
    total = [*rows, ("Insgesamt", 150)]
    for table in (rows, total):
        found = read_registers(mapped(tmp_path, sender(1, table, settings, tmp_path), ASKED))
        assert municipal(found) == [150]


def test_other_municipalities_are_not_counted_in_this_one(tmp_path):
    rows = [("Bezirk", "0+"), ("05999001", 100), ("05999002", 50)]
    tables = sender(1, rows, WIDE + 'level = "municipality"', tmp_path)
    error = raised(mapped(tmp_path, tables, ASKED))
    assert (error.message, error.ids) == ("registers.other_municipality", ("05999002",))


@pytest.mark.parametrize("heads", [("m 0+", "wbl 0+"), ("D", "A")])
def test_men_alone_are_not_everyone(tmp_path, heads):
    rows = [("Bezirk", *heads), ("B1", 40, 60)]
    error = raised(mapped(tmp_path, sender(1, rows, WIDE, tmp_path), ASKED))
    assert error.message == "registers.no_group"


def test_people_whom_only_a_row_of_totals_holds_are_not_lost(tmp_path):
    settings = AGE + 'added_over = "SA"\nabsent_is_zero = true'
    head = ("Bezirk", "Alter", "SA", "Anzahl")
    some = [head, ("B1", "0+", "deutsch", 90), ("B1", "0+", "insgesamt", 90)]
    rows = [*some, ("B2", "0+", "insgesamt", 70), ("B3", "0+", "insgesamt", 0)]
    tables = sender(1, rows, settings, tmp_path)
    error = raised(mapped(tmp_path, tables, ASKED))
    assert (error.message, error.ids) == ("registers.totals_only", ("Zeile 4, Spalte Anzahl",))
    tables = sender(1, [*some, rows[-1]], settings, tmp_path)
    assert municipal(read_registers(mapped(tmp_path, tables, ASKED))) == [90]


def test_a_table_of_which_every_row_is_left_out_is_an_error(tmp_path):
    tables = sender(1, [("Bezirk", "Alter", "Anzahl"), ("B1", "Krippe", 9)],
                    AGE + 'groups = {"Krippe" = ""}', tmp_path)  # fmt: skip
    assert raised(mapped(tmp_path, tables, ASKED)).message == "sources.empty_file"


def test_cells_on_borders_are_added_up(tmp_path):
    cells = [f"CRS3035RES100mN305100{i}00E4097000" for i in range(3)]
    settings = 'layout = "wide"\nlevel = "cell"\nkey = "Zelle"'
    tables = sender(1, [("Zelle", "0+"), (cells[0], 4), (cells[1], 5)], settings, tmp_path)
    tables += sender(2, [("Zelle", "0+"), (cells[1], 6), (cells[2], 7)], settings, tmp_path)
    found = read_registers(mapped(tmp_path, tables, ASKED)).table
    values = found[found["level"] == "cell"].set_index("key")["value"]
    assert values.to_dict() == dict(zip(cells, (4, 11, 7), strict=True))
    assert found[found["level"] == "municipality"]["value"].tolist() == [9, 13]


AGE = 'layout = "long"\nkey = "Bezirk"\nage = "Alter"\ncount = "Anzahl"\n'
SEX = AGE + 'sex = "Sex"\n'


@pytest.mark.parametrize(
    ("rows", "settings", "message", "ids"),
    [
        (
            [("Bezirk", "Alter", "Anzahl"), ("1", "03. Mai", 4), ("1", "0-2", 4)],
            *(AGE, "ages_are_dates_at", "Zeile 2, Spalte Alter"),
        ),
        ([("Bezirk", "0-2", "03. Mai"), ("1", 4, 4)], WIDE, "ages_are_dates", "03. Mai"),
        (
            [("Bezirk", "Alter", "Anzahl"), ("1", "0-64", 4), ("1", "Ü65", 4)],
            *(AGE, "not_ages", "Zeile 3, Spalte Alter"),
        ),
        ([("Bezirk", "0-3", "3-6", "6+"), ("1", 4, 4, 4)], WIDE, "crossing", "0-3 / 3-6"),
        (
            [("Bezirk", "Alter", "Sex", "Anzahl"), ("1", "0+", "1", 4), ("1", "0+", "2", 5)],
            *(SEX, "not_sexes", "Zeile 2, Spalte Sex"),
        ),
        (
            [("Bezirk", "Alter", "Anzahl"), ("1", "0+", 4), ("1", "0+", 5)],
            *(AGE, "rows_repeated", "Zeile 3"),
        ),
        ([("Bezirk", "0-2", "u3"), ("1", 4, 4)], WIDE, "same_group", "0-2"),
        ([("Bezirk", "Krippe"), ("1", 4)], WIDE, "no_groups", None),
        (
            [("Bezirk", "AGS", "0+"), ("1", "05999001", 4)],
            *(WIDE + 'where = {AGS = "5999001"}', "nowhere", "5999001"),
        ),
    ],
)
def test_faults_are_named_with_their_place(rows, settings, message, ids, tmp_path):
    error = raised(mapped(tmp_path, sender(1, rows, settings, tmp_path), ASKED))
    assert error.message == f"registers.{message}"
    if ids:
        assert error.ids[0] == ids


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("Bezirk", "0+"), ("1", "ca. 12")], "not_numbers"),
        ([("Bezirk", "0+"), ("1", -3)], "negative"),
        ([("Bezirk", "0+"), ("1", 3), ("", 4), ("2", 5)], "number_without_key"),
        ([("Bezirk", "0+"), ("1", "")], "empty_file"),
        ([("Gebiet", "0+"), ("1", 2)], "no_header"),
        ([], "empty_file"),
    ],
)
def test_faults_of_tables_of_any_kind(rows, message, tmp_path):
    error = raised(mapped(tmp_path, sender(1, rows, WIDE, tmp_path), ASKED))
    assert error.message == f"sources.{message}"


def test_records_of_people_are_refused(tmp_path):
    rows = [("Bezirk", "Geschlecht", "Alter", "Anzahl"), *[("1", "m", age, 1) for age in range(9)]]
    path = mapped(tmp_path, sender(1, rows, LONG, tmp_path), ASKED)
    with pytest.raises(DisclosureError):
        read_registers(path)


def test_faults_of_the_mapping_come_all_at_once(tmp_path):
    tables = """
[[register]]
municipality = "5999001"
files = "https://example.org/a.csv"
layout = "wide"
key = "Bezirk"
count = "Anzahl"
encoding = "klartext"
groups = {"A" = "alte"}
[[register]]
municipality = "05999002"
files = "b.csv"
layout = "long"
sexes = {"1" = "mann"}
key_format = "{name}"
"""
    error = raised(mapped(tmp_path, tables, '[variables]\nu3 = "über 3"\n'))
    assert error.message == "sources.faulty_settings"
    assert len(error.ids) == 10
    said = error.text("de")
    for word in ("municipality", "files", "count", "encoding", "groups.A", "sexes.1", "key_format"):
        assert word in said
    assert "variables.u3" in said


DELIVERY = """
[[delivery]]
name = "melde"
kind = "registers"
files = "melderegister.toml"
geography = "sozialraum"
[delivery.variables]
residents = "insgesamt"
u18 = "unter 18"
[delivery.source]
provider = "Meldeämter"
title = "Melderegister"
minimum = 5
"""


@pytest.fixture
def described(tmp_path):
    big = [("Bezirk", "0-17", "18+"), ("1", 100, 300), ("2", 50, "*"), ("keine Angabe", 1, 9)]
    tables = sender(1, big, OWN, tmp_path)
    tables += sender(2, [*SMALL, ("Summe", 15, 400)], OWN, tmp_path)
    mapped(tmp_path, tables, "")
    path = tmp_path / "deliveries.toml"
    path.write_text(DELIVERY, encoding="utf-8")
    return path


def test_registers_as_a_delivery(described):
    (found,) = read_deliveries(described)
    assert found.variables == ("residents", "u18")
    assert (found.geography, found.covers) == ("sozialraum", ("05999001", "05999002"))
    table = found.table.set_index(["key", "variable"])
    assert table.loc[("05999001-1", "residents"), "value"] == 400
    # fewer than the minimum of five: 1 to 4
    row = table.loc[("05999001-2", "residents")]
    assert (row["low"], row["high"], row["state"]) == (51, 54, State.SUPPLIER)


def test_registers_beside_official_figures(described):
    ours = read_totals(described, "melde", "residents")
    official = ours.assign(value=[500.0, 400.0])
    shown = reconcile(ours, official, residents=300)
    assert shown[["municipality", "difference"]].to_numpy().tolist() == [["05999002", 3.75]]


def test_files_of_senders_are_files_of_the_delivery(described):
    from sozialraum.sources import delivery_files, describe_deliveries
    from sozialraum.sources.delivery_file import absent_files, described_entries

    names = ["g1_2025.csv", "g2_2025.csv", "melderegister.toml"]
    assert [path.name for path in delivery_files(described)] == names
    # the mapping is ours: it is not deleted with what was delivered
    assert [path.name for path in describe_deliveries(described)[0].files] == names[:2]
    (described.parent / "g2_2025.csv").unlink()
    (one,) = described_entries(described)
    assert absent_files(one.entry, described) == ["g2_2025.csv"]
    assert read_deliveries(described)[0].covers == ("05999001",)
