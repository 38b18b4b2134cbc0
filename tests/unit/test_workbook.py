"""Workbooks: long texts are refused, drop-downs reach far enough, the file stands."""

import openpyxl
import pytest

from sozialraum.errors import OutputError
from sozialraum.files.workbook import LONGEST, Sheet, write_workbook


def test_long_texts_are_refused_with_their_cell(tmp_path):
    path = tmp_path / "a.xlsx"
    with pytest.raises(OutputError) as caught:
        write_workbook(path, [Sheet("Blatt", [["x"], ["y" * (LONGEST + 1)]])])
    assert caught.value.ids == ("Blatt!A2",)
    assert not path.exists()


def test_sheets_as_other_programs_read_them(tmp_path):
    path = tmp_path / "a.xlsx"
    sheets = [
        Sheet("A & B", [["Kopf", "Zahl"], ["<x>", 1], [None, 2.5]], [10, 5], {0: ["a", "b"]}, [1]),
        Sheet("leer", [["Kopf"]]),
    ]
    write_workbook(path, sheets)
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["A & B", "leer"]
    first = book.worksheets[0]
    assert [[c.value for c in row] for row in first.iter_rows()] == [
        ["Kopf", "Zahl"],
        ["<x>", 1],
        [None, 2.5],
    ]
    assert first["A1"].font.bold
    assert not first["A2"].font.bold
    assert first["B2"].number_format == "General"
    assert str(first.data_validations.dataValidation[0].sqref) == "A2:A2000"
    assert first.freeze_panes == "A2"
