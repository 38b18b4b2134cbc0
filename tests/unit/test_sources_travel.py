"""Travel times: long and wide tables in every format, and what is wrong with them."""

import numpy as np
import pandas as pd
import pytest
from openpyxl import Workbook

from sozialraum.errors import DisclosureError, SourceError
from sozialraum.sources.travel import read_travel_times

LONG = [("A", "P1", "5,5"), ("A", "P2", ""), ("B", "P1", "12"), ("B", "P2", "0"), ("C", "P1", "NA")]
OPTIONS = {"origin": "von", "destination": "nach", "cost": "minuten"}


def text(tmp_path, lines, name="wege.csv"):
    path = tmp_path / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def long(tmp_path, rows):
    return text(tmp_path, ["von;nach;minuten", *(";".join(row) for row in rows)])


def raised(message, path, **options):
    with pytest.raises(SourceError) as caught:
        read_travel_times(path, **{"unit": "minutes", **OPTIONS, **options})
    assert caught.value.message == message
    assert caught.value.text("de") != caught.value.text("en")
    return caught.value


def pairs(times):
    start = np.repeat(np.arange(len(times.origins)), np.diff(times.pairs.indptr))
    ends = zip(times.origins[start], times.destinations[times.pairs.indices], strict=True)
    return dict(zip(ends, times.pairs.data.tolist(), strict=True))


def test_long(tmp_path):
    times = read_travel_times(long(tmp_path, LONG), **OPTIONS, unit="minutes")
    # a way of 0 minutes is a way; a blank is none, but its origin is listed
    assert pairs(times) == {("A", "P1"): 5.5, ("B", "P1"): 12, ("B", "P2"): 0}
    assert times.origins.tolist() == ["A", "B", "C"]
    assert "2 Paare" in times.notes[0]


def test_the_order_of_rows_does_not_matter(tmp_path):
    first = read_travel_times(long(tmp_path, LONG), **OPTIONS, unit="minutes")
    second = read_travel_times(long(tmp_path, LONG[::-1]), **OPTIONS, unit="minutes")
    assert pairs(first) == pairs(second)
    assert (first.pairs.indices == second.pairs.indices).all()


def test_wide_is_the_same(tmp_path):
    path = text(tmp_path, ["von;P1;P2", "A;5,5;", "B;12;0", "C;-;/"])
    times = read_travel_times(path, origin="von", unit="minutes")
    assert pairs(times) == {("A", "P1"): 5.5, ("B", "P1"): 12, ("B", "P2"): 0}
    assert times.origins.tolist() == ["A", "B", "C"]


def test_workbook_and_parquet(tmp_path):
    book = Workbook()
    for row in [("von", "nach", "minuten"), ("0A", "P1", 5.5), ("B", "P1", 12), ("B", "P2", 0)]:
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    times = read_travel_times(tmp_path / "a.xlsx", **OPTIONS, unit="minutes")
    assert pairs(times) == {("0A", "P1"): 5.5, ("B", "P1"): 12, ("B", "P2"): 0}
    frame = pd.DataFrame({"von": ["A", "B"], "nach": [7, 7], "minuten": [3.5, np.nan]})
    frame.to_parquet(tmp_path / "a.parquet")
    times = read_travel_times(tmp_path / "a.parquet", **OPTIONS, unit="minutes")
    assert pairs(times) == {("A", "7"): 3.5}
    (tmp_path / "b.parquet").write_bytes(b"PAR1 und weiter nichts")
    raised("travel.not_parquet", tmp_path / "b.parquet")


@pytest.mark.parametrize(
    ("unit", "expected", "name"),
    [
        ("seconds", 0.5, "minutes"),
        ("hours", 1800, "minutes"),
        ("kilometres", 30_000, "metres"),
        ("metres", 30, "metres"),
    ],
)
def test_units(tmp_path, unit, expected, name):
    times = read_travel_times(long(tmp_path, [("A", "P", "30")]), **OPTIONS, unit=unit)
    assert pairs(times) == {("A", "P"): pytest.approx(expected)}
    assert times.unit == name
    assert bool(times.notes) == (unit not in ("minutes", "metres"))


def test_long_ways_and_signs_of_no_way(tmp_path):
    rows = [("A", "P", "30"), ("B", "P", "-1"), ("C", "P", "10")]
    assert raised("travel.negative", long(tmp_path, rows)).ids == ("Zeile 3, Spalte minuten",)
    times = read_travel_times(
        long(tmp_path, rows), **OPTIONS, unit="minutes", unreached=["-1"], longest=20
    )
    assert pairs(times) == {("C", "P"): 10}
    assert times.origins.tolist() == ["A", "B", "C"]
    assert len(times.notes) == 2


def test_faults(tmp_path):
    good = long(tmp_path, LONG)
    raised("travel.no_such_unit", good, unit="miles")
    raised("travel.one_of_two", good, cost=None)
    raised("sources.columns_missing", good, cost="zeit")
    raised("travel.not_numbers", long(tmp_path, [("A", "P", "weit")]))
    raised("sources.blank_at", long(tmp_path, [("", "P", "3")]))
    assert raised("travel.repeated", long(tmp_path, [("A", "P", "3"), ("A", "P", "4")])).ids == (
        "A → P",
    )
    raised("sources.empty_file", long(tmp_path, []))
    raised("travel.no_destinations", text(tmp_path, ["von", "A"]), destination=None, cost=None)
    raised("sources.no_file", tmp_path / "nirgends.csv")


def test_records_of_people_are_refused(tmp_path):
    path = text(tmp_path, ["Vorname;Nachname;von;nach;minuten", "Anna;Muster;A;P;3"])
    with pytest.raises(DisclosureError):
        read_travel_times(path, **OPTIONS, unit="minutes")
    frame = pd.DataFrame({"Vorname": ["Anna"], "von": ["A"], "nach": ["P"], "minuten": [3]})
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DisclosureError):
        read_travel_times(tmp_path / "a.parquet", **OPTIONS, unit="minutes")
