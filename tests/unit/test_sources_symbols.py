"""Numbers, official symbols, dates and texts."""

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.errors import SourceError
from sozialraum.schema import State
from sozialraum.sources.dates import date_in_name, iso_date
from sozialraum.sources.symbols import (
    CENSUS_2022,
    OFFICIAL,
    Mark,
    combine,
    decimal_sign,
    parse,
    states_of,
)
from sozialraum.sources.text import encoding_of, string_table


@pytest.mark.parametrize(
    ("cell", "state"),
    [
        ("-", State.NOT_DELIVERED),
        ("–", State.NOT_DELIVERED),
        (".", State.SUPPLIER),
        ("*", State.SUPPLIER),
        ("•", State.SUPPLIER),
        ("…", State.NOT_DELIVERED),
        ("...", State.NOT_DELIVERED),
        ("/", State.NOT_DELIVERED),
        ("", State.NOT_DELIVERED),
        ("  ", State.NOT_DELIVERED),
        ("k.A.", State.NOT_DELIVERED),
        ("()", State.NOT_DELIVERED),
        ("x", State.NOT_APPLICABLE),
        ("X", State.NOT_APPLICABLE),
        ("0", State.VALUE),
        ("12", State.VALUE),
        ("(12)", State.VALUE),
    ],
)
def test_every_symbol_keeps_its_meaning(cell, state):
    counts = parse(pa.array([cell]))
    assert states_of(counts.mark)[0] == state
    assert np.isnan(counts.value[0]) == (state != State.VALUE)


def test_a_dash_is_zero_only_on_request():
    assert np.isnan(parse(pa.array(["-"])).value[0])
    assert parse(pa.array(["–"]), dash_is_zero=True).value[0] == 0


def test_a_mark_below_the_minimum_is_an_interval():
    counts = parse(pa.array(["*", "<5", ".", "7"]), minimum=10)
    np.testing.assert_array_equal(counts.low, [1, 0, np.nan, 7])
    np.testing.assert_array_equal(counts.high, [9, 4, np.nan, 7])
    assert np.isnan(parse(pa.array(["*"])).high[0])


def test_dashes_of_the_census_are_secret_in_any_encoding():
    cells = pa.array(["–".encode(), "–".encode("cp1252"), "\ufffd".encode(), b"5"], pa.binary())
    counts = parse(cells, symbols=CENSUS_2022)
    assert counts.mark.tolist() == [Mark.SECRET] * 3 + [Mark.VALUE]


@pytest.mark.parametrize(
    ("cell", "decimal", "expected"),
    [
        ("1.234", ",", 1234),
        ("1.234.567,5", ",", 1234567.5),
        ("1.234", ".", 1.234),
        ("12,5", ",", 12.5),
        ("1 234", ",", None),
        ("12.345.6", ",", None),
        ("1,2", ".", None),
        ("zwölf", ",", None),
        ("1e5", ",", None),
        ("nan", ",", None),
        ("inf", ",", None),
        ("=1+1", ",", None),
        ("-3", ",", -3),
        ("\xa05", ",", 5),
    ],
)
def test_numbers(cell, decimal, expected):
    counts = parse(pa.array([cell]), decimal=decimal)
    if expected is None:
        assert counts.wrong.tolist() == [0]
    else:
        assert counts.value[0] == expected


@pytest.mark.parametrize(
    ("cells", "sign"),
    [(["1.234"], ","), (["12.5", "1.234"], "."), (["12.5", "3,4"], ","), (["7"], ","), ([], ",")],
)
def test_decimal_sign_of_a_file(cells, sign):
    assert decimal_sign([pd.Series(cells, dtype="str")]) == sign


def test_sums_keep_limits_and_take_the_strongest_mark():
    columns = {
        "a": parse(pa.array(["3", "*", "-", "x"]), minimum=10),
        "b": parse(pa.array(["1", "2", "*", "4"]), minimum=10),
    }
    total = combine("a + b", columns)
    np.testing.assert_array_equal(total.low, [4, 3, np.nan, np.nan])
    np.testing.assert_array_equal(total.high, [4, 11, np.nan, np.nan])
    assert states_of(total.mark).tolist() == [
        State.VALUE,
        State.SUPPLIER,
        State.SUPPLIER,
        State.NOT_APPLICABLE,
    ]
    difference = combine("b - a", columns)
    assert np.isnan(difference.low[1])
    assert difference.high[0] == -2


@settings(max_examples=30, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=8), st.integers(0, 10**6).map(str)), max_size=20))
def test_value_and_mark_always_agree(cells):
    counts = parse(pa.array(cells, pa.string()))
    for value, low, mark, cell in zip(counts.value, counts.low, counts.mark, cells, strict=True):
        assert math.isnan(value) == (mark != Mark.VALUE)
        assert low == value or math.isnan(value)
        assert cell.strip().casefold() not in OFFICIAL or math.isnan(value)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-12-31", "2025-12-31"),
        ("31.12.2025", "2025-12-31"),
        ("1.3.2024", "2024-03-01"),
        ("20240229", "2024-02-29"),
        ("2025", "2025-12-31"),
        ("2025.0", "2025-12-31"),
        ("202402", "2024-02-29"),
        ("2024-02", "2024-02-29"),
        ("02/2024", "2024-02-29"),
        ("Februar 2024", "2024-02-29"),
        ("Mär. 2024", "2024-03-31"),
        ("Dez 2025", "2025-12-31"),
        ("2025-12-31 00:00:00", "2025-12-31"),
        ("31.02.2025", None),
        ("2025-13-01", None),
        ("13/2025", None),
        ("gestern", None),
        ("", None),
        ("99", None),
    ],
)
def test_dates(text, day):
    assert iso_date(text) == day


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("05999001_2025.csv", "2025-12-31"),
        ("stand-2025-06-30.csv", "2025-06-30"),
        ("a_20240229_b.csv", "2024-02-29"),
        ("einwohner.2025.csv", "2025-12-31"),
        ("2016_2025.csv", None),
        ("05999001.csv", None),
        ("12025.csv", None),
    ],
)
def test_date_in_a_file_name(name, day):
    assert date_in_name(name) == day


def test_encoding():
    assert encoding_of("Köln".encode(), "a") == "utf-8"
    assert encoding_of("\ufeffKöln".encode(), "a") == "utf-8"
    assert encoding_of("Köln".encode("cp1252"), "a") == "cp1252"
    with pytest.raises(SourceError, match="UTF-8"):
        encoding_of("Köln".encode("utf-16"), "a.csv")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_text_tables_keep_every_cell_as_text(encoding, separator):
    lines = [["AGS", "Größe", ""], ["05999001", "01", ""], ["05999002", "", ""]]
    data = "\r\n".join(separator.join(line) for line in lines).encode(encoding)
    table = string_table(data, "a.csv")
    assert table.to_pydict() == {"AGS": ["05999001", "05999002"], "Größe": ["01", ""]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "sources.empty_file"),
        ("\n", "sources.empty_file"),
        ("a;a\n1;2\n", "sources.columns_repeated"),
        ("a;b\n1;2\n3\n", "sources.rows_cut"),
        ("a;b\n1;2;3\n", "sources.rows_cut"),
    ],
)
def test_faulty_text_tables(text, message):
    with pytest.raises(SourceError) as caught:
        string_table(text.encode(), "a.csv")
    assert caught.value.message == message


def test_cut_rows_are_named():
    with pytest.raises(SourceError) as caught:
        string_table(b"a;b\n1;2\n3\n4;5\n6\n", "a.csv")
    assert caught.value.ids == ("Zeile 3", "Zeile 5")


def test_a_number_below_one_has_no_thousands():
    counts = parse(pa.array(["-0.075", "0.125", "1.250", "12.345,5"]), decimal=",")
    assert counts.value.tolist() == [-0.075, 0.125, 1250.0, 12345.5]
