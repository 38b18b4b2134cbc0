"""Hostile and hopeless files: each is one clear error, and nothing is unpacked or read."""

import os
import stat
import struct
import warnings
import zipfile

import pytest

from sozialraum.errors import SourceError
from sozialraum.files import archives as limits
from sozialraum.files.workbook import Sheet, write_workbook
from sozialraum.sources import (
    inspect_file,
    read_census_grid,
    read_districts,
    read_indicators,
    read_table,
)
from sozialraum.sources.archives import content, extract, is_zip, local_file, members
from sozialraum.sources.book_limits import check_book
from sozialraum.sources.text import MAX_CELL, MAX_COLUMNS, MAX_LINE, rows_of, string_table

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TABLE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"


def raised(message, read, *args, **options):
    with pytest.raises(SourceError) as caught:
        read(*args, **options)
    assert caught.value.message == message
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


def archive(path, members, method=zipfile.ZIP_DEFLATED):
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", method) as made:
        warnings.simplefilter("ignore")
        for name, data in members:
            made.writestr(name, data)
    return path


@pytest.fixture
def two(tmp_path):
    return archive(tmp_path / "a.zip", [("a.csv", "a;b\n1;2\n"), ("b.csv", "a;b\n1;2\n" * 99)])


def test_what_is_no_file_says_what_it_is(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    cases = {
        tmp_path: "limits.is_folder",
        tmp_path / "pipe.csv": "limits.is_device",
        "/dev/zero": "limits.is_device",
        tmp_path / "loop.csv": "sources.no_file",
        tmp_path / "gone.csv": "sources.no_file",
        "a\x00b.csv": "sources.no_file",
        "x" * 5000: "sources.no_file",
    }
    for path, message in cases.items():
        for read in (local_file, read_census_grid, read_districts, read_indicators):
            raised(message, read, path)
        _, faults = inspect_file(path)
        assert [fault.message for fault in faults] == [message]
    (tmp_path / "a.csv").write_text("a;b\n")
    (tmp_path / "link.csv").symlink_to(tmp_path / "a.csv")
    assert local_file(tmp_path / "link.csv").name == "link.csv"


def test_files_have_a_largest_size(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("a;b\n1;2\n")
    monkeypatch.setattr("sozialraum.files.local.MAX_FILE", 4)
    assert "GiB" in raised("limits.too_large", local_file, path).text("de")
    monkeypatch.undo()
    monkeypatch.setattr(limits, "MAX_WHOLE", 4)
    raised("limits.too_large", content, path)


def test_links_in_archives_are_refused(tmp_path):
    link = zipfile.ZipInfo("daten.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    path = archive(tmp_path / "a.zip", [("a.csv", "a;b\n"), (link, "/etc/passwd")])
    assert raised("limits.zip_link", members, path).ids == ("daten.csv",)


def test_repeated_names_are_refused(tmp_path):
    path = archive(tmp_path / "a.zip", [("a.csv", "1"), ("a.csv", "2")])
    assert raised("limits.zip_repeated", members, path).ids == ("a.csv", "a.csv")
    path = archive(tmp_path / "b.zip", [("x/a.shp", "1"), ("y/a.shp", "2")])
    raised("limits.zip_repeated", extract, path, members(path), tmp_path)


def test_unc_and_zero_bytes_in_names(two):
    data = two.read_bytes()
    for name in (rb"\\a\b", b"a\x00csv", b"//a/b"):
        two.write_bytes(data.replace(b"a.csv", name[:5].ljust(5, b"x")))
        raised("sources.zip_unsafe", members, two)


def test_passwords_and_rare_methods_say_so(two, tmp_path):
    data = bytearray(two.read_bytes())
    for start, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.find(start) + flags] |= 1
    (tmp_path / "locked.zip").write_bytes(data)
    raised("limits.zip_password", members, tmp_path / "locked.zip")
    raised("limits.zip_password", read_table, tmp_path / "locked.zip", key="a")
    rare = archive(tmp_path / "rare.zip", [("a.csv", "a;b\n" * 50)], zipfile.ZIP_LZMA)
    assert raised("limits.zip_method", members, rare).ids == ("a.csv",)


def test_thousands_of_members_and_small_bombs(tmp_path, two, monkeypatch):
    monkeypatch.setattr(limits, "MAX_MEMBERS", 1)
    raised("limits.zip_many", members, two)
    monkeypatch.undo()
    monkeypatch.setattr(limits, "RATIO_FROM", 10_000)
    many = archive(tmp_path / "many.zip", [(f"{i}.csv", b"0" * 9_000) for i in range(40)])
    raised("limits.zip_total", members, many)


def test_members_that_share_their_bytes_are_refused(two):
    """The second entry of the directory points at the first member."""
    data = bytearray(two.read_bytes())
    second = data.rfind(b"PK\x01\x02")
    struct.pack_into("<L", data, second + 42, 0)
    two.write_bytes(data)
    assert raised("limits.zip_overlap", members, two).ids == ("a.csv",)


def test_an_archive_in_an_archive_is_not_opened(tmp_path, two):
    path = archive(tmp_path / "outer.zip", [("inner.zip", two.read_bytes())])
    raised("sources.sheets_in_zip", read_table, path, key="a")
    _, faults = inspect_file(path)
    assert [fault.message for fault in faults] == ["inspection.unpack_first"]


def test_a_header_may_begin_with_pk(tmp_path):
    path = tmp_path / "PK.csv"
    path.write_text("PK_NR;Zahl\nQ1;3\nQ2;4\n")
    assert not is_zip(path)
    assert len(read_table(path, key="PK_NR", date="2025").table) == 2


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("a;b\n1;2\n".encode("utf-16"), "limits.utf16"),
        ("Gebiet;Zahl\nQ1;2\n".encode("utf-16-le"), "limits.utf16"),
        ("Gebiet;Zahl\nQ1;2\n".encode("utf-16-be"), "limits.utf16"),
        (b"a;b\n1;2\n3;\x004\n", "limits.zero_byte"),
        (b"a;b\n" + b"1;2\n" * 5000 + b"\x00", "limits.zero_byte"),
        (b"\x7fELF\x02\x01\x01\x00\x00\x00", "sources.not_text"),
        (b"a;b\n1;2\n" + b"x" * (MAX_LINE + 1) + b";1\n", "limits.line_long"),
        (b"a;b\n1;" + b"x" * (MAX_CELL + 1) + b"\n", "limits.cell_long"),
        (b";".join(b"c%d" % i for i in range(MAX_COLUMNS + 1)) + b"\n", "limits.columns_many"),
        (b'a;b\n1;2\n3;"4\n5;6\n7;8\n', "limits.quote_open"),
    ],
)
def test_texts_that_are_none(data, message):
    raised(message, string_table, data, "a.csv")
    # the same file below a line of titles
    if message != "sources.not_text":
        raised(message, rows_of, data, "a.csv", "a")


def test_a_zero_byte_is_named_by_its_row():
    assert raised("limits.zero_byte", string_table, b"a;b\n1;2\n3;\x004\n", "a.csv").ids == (
        "Zeile 3",
    )


def test_old_line_ends_and_giant_cells_are_no_crash():
    raised("sources.not_a_table", rows_of, b"a;b\n" + b"x" * 200_000 + b"\n", "a.csv", "a")


def test_a_line_that_breaks_off_is_not_read_as_a_shorter_row():
    rows = b"Titel\nGebiet;Name;Zahl\nQ1;Aue;3\nQ2;Berg"
    assert raised("sources.rows_cut", rows_of, rows, "a.csv", "Gebiet").ids == ("Zeile 4",)
    assert len(rows_of(rows + b";4", "a.csv", "Gebiet")) == 4
    # a source below the table is not a row of it
    assert len(rows_of(rows + b";4\n\nQuelle: Amt", "a.csv", "Gebiet")) == 6


def workbook(path, sheet, **parts):
    """Write a workbook whose sheet holds exactly this XML."""
    write_workbook(path, [Sheet("A", [["Gebiet", "Zahl"], ["Q1", 3]])])
    with zipfile.ZipFile(path) as book:
        written = {name: book.read(name) for name in book.namelist()}
    head = f'<worksheet xmlns="{MAIN}"><sheetData>'
    written["xl/worksheets/sheet1.xml"] = f"{head}{sheet}</sheetData></worksheet>".encode()
    written |= {name.replace("__", "/") + ".xml": data for name, data in parts.items()}
    return archive(path, written.items())


def cell(at, value=1, kind=""):
    return f'<c r="{at}"{kind}><v>{value}</v></c>'


def test_a_value_far_away_takes_no_memory(tmp_path):
    far = f'<row r="1">{cell("A1")}</row><row r="1048576">{cell("XFD1048576")}</row>'
    error = raised("limits.book_wide", read_table, workbook(tmp_path / "a.xlsx", far), key="Gebiet")
    assert (error.values["rows"], error.values["columns"]) == (1_048_576, 16_384)
    places = (
        f'<row r="99999999999">{cell("ZZZZZZ99999999999")}</row>',
        f'<row r="1"><c><v>1</v></c></row><row r="1048577">{"<c><v>1</v></c>" * 9}</row>',
        "<row r='900000'><c r='ZZ900000'><v>1</v></c></row>",
    )
    for sheet in places:
        raised("limits.book_wide", check_book, workbook(tmp_path / "b.xlsx", sheet))


def test_blank_cells_far_away_are_fine(tmp_path):
    """Office programs keep the format of cells to the end of a sheet."""
    rows = '<row r="1"><c r="A1" t="inlineStr"><is><t>Gebiet</t></is></c>'
    rows += '<c r="B1" t="inlineStr"><is><t>Zahl</t></is></c></row>'
    rows += f'<row r="2"><c r="A2" t="inlineStr"><is><t>Q1</t></is></c>{cell("B2", 7)}</row>'
    rows += '<row r="1048576"><c r="XFD1048576" s="1"/></row>'
    path = workbook(tmp_path / "a.xlsx", rows)
    assert read_table(path, key="Gebiet", date="2025").table["value"].tolist() == [7]


def test_one_long_text_used_often_takes_no_memory(tmp_path):
    shared = f"<sst><si><t>{'x' * 30_000}</t></si></sst>".encode()
    kind = ' t="s"'
    rows = "".join(f'<row r="{i}">{cell(f"A{i}", 0, kind)}</row>' for i in range(1, 10_001))
    path = workbook(tmp_path / "a.xlsx", rows, xl__sharedStrings=shared)
    raised("limits.book_strings", check_book, path)


@pytest.mark.parametrize("declared", ["<!DOCTYPE a>", '<!DOCTYPE a [<!ENTITY b "c">]>'])
def test_entities_in_workbooks_are_refused(tmp_path, declared):
    path = workbook(tmp_path / "a.xlsx", f'<row r="1">{cell("A1")}</row>')
    with zipfile.ZipFile(path) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    parts["xl/worksheets/sheet1.xml"] = declared.encode() + parts["xl/worksheets/sheet1.xml"]
    error = raised("limits.book_entities", read_table, archive(path, parts.items()), key="Gebiet")
    assert error.ids == ("xl/worksheets/sheet1.xml",)


def ods(path, rows):
    content = f'<office:document-content xmlns:table="{TABLE}"><table:table>{rows}</table:table>'
    return archive(path, [("mimetype", "x"), ("content.xml", f"{content}</office>")])


def test_repeated_rows_of_opendocument(tmp_path):
    value = '<table:table-cell office:value="1" table:number-columns-repeated="{}"/>'
    row = '<table:table-row table:number-rows-repeated="{}">{}</table:table-row>'
    blank = '<table:table-cell table:number-columns-repeated="16384"/>'
    fine = row.format(1, value.format(3)) + row.format(1_048_575, blank)
    check_book(ods(tmp_path / "fine.ods", fine))
    bombs = (
        row.format(1_000_000, value.format(1000)),
        fine + row.format(1, '<table:table-cell table:number-columns-repeated="900"/>' + value),
        row.format(999_999_999_999, value.format(1)),
    )
    for rows in bombs:
        raised("limits.book_wide", check_book, ods(tmp_path / "bomb.ods", rows))


def test_binary_workbooks_and_books_under_other_names(tmp_path):
    path = archive(tmp_path / "a.xlsb", [("xl/workbook.bin", b"\x00")])
    raised("limits.book_binary", read_table, path, key="Gebiet")
    rows = [["Gebiet", "Zahl"], ["Q1", 3]]
    write_workbook(tmp_path / "a.xls", [Sheet("A", rows)])
    assert len(read_table(tmp_path / "a.xls", key="Gebiet", date="2025").table) == 1


def test_deep_definitions_are_one_error(tmp_path):
    path = tmp_path / "indicators.toml"
    path.write_text("a = " + "[" * 100_000)
    raised("sources.not_toml", read_indicators, path)


def test_a_header_over_two_lines_never_turns_keys_into_numbers():
    with pytest.raises(SourceError) as caught:
        string_table(b'"Schl\xc3\xbcssel\nneu";Kinder\n01;2\n03;4\n', "a.csv")
    assert caught.value.message == "sources.not_a_table"
