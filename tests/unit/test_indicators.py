"""Counts to areas, municipalities and county."""

import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from counts import AGENCY, DATE, make_areas, make_blocks, make_delivery
from sozialraum.errors import IndicatorError
from sozialraum.indicators import measure
from sozialraum.model import Delivery, Indicator, Source
from sozialraum.model.confidential import MEASURE_COLUMNS
from sozialraum.model.delivered import DELIVERY_COLUMNS
from sozialraum.schema import State


def share(numerator: str, denominator: str | None = "residents", **options) -> Indicator:
    return Indicator("x", numerator, denominator, "x", "x", **options)


def rows(measures, name: str = "x", date: str = DATE) -> pd.DataFrame:
    table = measures.table
    return table[(table["indicator"] == name) & (table["date"] == date)].set_index("area_id")


@pytest.fixture
def blocks():
    counts = {"residents": [100, 200, 300, 400, 500], "u15": [10, 20, 30, 40, 50]}
    return make_blocks([2, 3], counts)


@pytest.fixture
def areas(blocks):
    return make_areas(blocks)


def test_block_variables_are_summed_to_every_level(blocks):
    measures = measure(blocks, make_areas(blocks, per_area=2), [share("u15")], county="K")
    table = rows(measures)
    assert list(measures.table.columns) == list(MEASURE_COLUMNS)
    assert table["numerator"].to_dict() == {
        "05999001-Q01": 30,
        "05999002-Q01": 70,
        "05999002-Q02": 50,
        "05999001": 30,
        "05999002": 120,
        "05999": 150,
    }
    assert table.loc["05999", "denominator"] == 1500
    assert table.loc["05999002-Q01", "residents"] == 700
    assert list(table["geography"].unique()) == ["sozialraum", "gemeinde", "kreis"]
    assert measures.county == "K"


def test_a_missing_block_count_makes_the_sum_missing_not_zero():
    blocks = make_blocks([2], {"residents": [100, 200], "u15": [10, np.nan]})
    table = rows(measure(blocks, make_areas(blocks, per_area=2), [share("u15")]))
    assert table["numerator"].isna().all()
    assert set(table["numerator_state"]) == {State.NOT_DELIVERED}
    assert table.loc["05999001-Q01", "numerator_low"] == 10


def test_area_rows_carry_the_suppliers_limits(blocks, areas):
    keys = list(areas.frame.index)
    given = [30, "*", 25, 12, "*"]
    delivered = [("area", key, "persons", v) for key, v in zip(keys, given, strict=True)]
    delivered += [("municipality", "05999001", "persons", 36)]
    table = rows(
        measure(
            blocks,
            areas,
            [share("sgb2.persons")],
            [make_delivery("sgb2", delivered, AGENCY)],
        )
    )
    hidden = table.loc[keys[1]]
    assert np.isnan(hidden["numerator"])
    assert hidden["numerator_state"] == State.SUPPLIER
    assert (hidden["numerator_low"], hidden["numerator_high"]) == (1, 9)
    assert table.loc["05999001", "numerator"] == 36
    summed = table.loc["05999002"]
    assert summed["numerator_state"] == State.SUPPLIER
    assert (summed["numerator_low"], summed["numerator_high"]) == (38, 46)
    assert np.isnan(table.loc["05999", "numerator"])
    assert (table["supplier_minimum"] == 10).all()


def test_an_absent_area_is_not_delivered(blocks, areas):
    keys = list(areas.frame.index)
    delivery = make_delivery("sgb2", [("area", keys[0], "persons", 30)], AGENCY)
    table = rows(measure(blocks, areas, [share("sgb2.persons")], [delivery]))
    assert table.loc[keys[1], "numerator_state"] == State.NOT_DELIVERED
    assert np.isnan(table.loc[keys[1], "numerator_high"])
    assert table.loc["05999001", "numerator_state"] == State.NOT_DELIVERED


def test_numbers_for_former_borders_do_not_count_for_a_changed_area(blocks, areas):
    kept, one, other = list(areas.frame.index)[2:]
    delivered = [("area", key, "persons", 30) for key in (kept, one, other)]
    cells = [("cell", block, "persons", 7) for block in blocks.frame.index[2:]]
    moved = replace(areas, report={"changed": (one,)})
    for zero in (False, True):
        agency = make_delivery("sgb2", delivered, AGENCY, absent_is_zero=zero)
        measures = measure(blocks, moved, [share("sgb2.persons")], [agency])
        table = rows(measures)
        assert table.loc[[kept, other], "numerator"].tolist() == [30, 30]
        for place in (one, "05999002"):
            assert table.loc[place, "numerator_state"] == State.NOT_DELIVERED
            assert np.isnan(table.loc[place, "numerator"])
        (note,) = [n for n in measures.notes if "früheren Grenzen" in n]
        assert one in note
        assert kept not in note
    office = make_delivery("office", cells, AGENCY)
    either = [share("sgb2.persons|office.persons")]
    table = rows(measure(blocks, moved, either, [agency, office]))
    assert table.loc[one, "numerator"] == 7  # by cell: the blocks it has now
    table = rows(measure(blocks, areas, either, [agency, office]))
    assert table.loc[one, "numerator"] == 30


def test_cells_are_zero_only_where_the_register_covers_the_municipality(blocks, areas):
    cells = [("cell", "b1-01", "u6", 3), ("cell", "b2-02", "u6", 5)]
    register = make_delivery("register", cells, absent_is_zero=True)
    table = rows(measure(blocks, areas, [share("register.u6")], [register]))
    assert table["numerator"].dropna().to_dict() == {
        "05999001-Q01": 3,
        "05999001-Q02": 0,
        "05999002-Q01": 0,
        "05999002-Q02": 5,
        "05999002-Q03": 0,
        "05999001": 3,
        "05999002": 5,
        "05999": 8,
    }
    partly = make_delivery("register", cells, absent_is_zero=True, covers=("05999002",))
    table = rows(measure(blocks, areas, [share("register.u6")], [partly]))
    assert table.loc["05999001-Q01", "numerator_state"] == State.NOT_DELIVERED
    assert table.loc["05999001", "numerator_state"] == State.NOT_DELIVERED
    assert table.loc["05999002", "numerator"] == 5
    without = make_delivery("register", cells)
    table = rows(measure(blocks, areas, [share("register.u6")], [without]))
    assert table.loc["05999001-Q01", "numerator"] == 3
    assert table.loc["05999001-Q02", "numerator_state"] == State.NOT_DELIVERED


def test_a_municipality_absent_at_one_date_is_not_delivered_then(blocks, areas):
    cells = [
        ("cell", "b1-01", "u6", 3, "2024-12-31"),
        ("cell", "b1-01", "u6", 4),
        ("cell", "b2-01", "u6", 6),
    ]
    register = make_delivery("register", cells, absent_is_zero=True)
    count = share("register.u6", None)
    measures = measure(blocks, areas, [count], [register])
    assert rows(measures).loc["05999002", "numerator"] == 6
    early = rows(measures, date="2024-12-31")
    assert early.loc["05999002", "numerator_state"] == State.NOT_DELIVERED
    assert early.loc["05999001-Q02", "numerator"] == 0


def test_a_suppressed_cell_makes_the_sum_an_interval(blocks):
    cells = [("cell", "b1-01", "u6", "*"), ("cell", "b1-02", "u6", 20)]
    delivery = make_delivery("register", cells, AGENCY, absent_is_zero=True)
    table = rows(
        measure(blocks, make_areas(blocks, per_area=2), [share("register.u6")], [delivery])
    )
    area = table.loc["05999001-Q01"]
    assert area["numerator_state"] == State.SUPPLIER
    assert (area["numerator_low"], area["numerator_high"]) == (21, 29)


def test_the_first_delivery_that_has_a_place_is_taken(blocks, areas):
    keys = list(areas.frame.index)
    agency = make_delivery("sgb2", [("area", keys[0], "persons", "*")], AGENCY)
    own = make_delivery("stadt", [("area", key, "persons", 7) for key in keys[:3]])
    table = rows(measure(blocks, areas, [share("sgb2.persons|stadt.persons")], [agency, own]))
    assert table.loc[keys[0], "numerator_state"] == State.SUPPLIER
    assert table.loc[keys[1], "numerator"] == 7
    assert list(table.loc[keys[:3], "supplier_minimum"]) == [10, 0, 0]


def test_residents_are_the_last_known_up_to_the_date(blocks, areas):
    register = make_delivery(
        "register",
        [
            ("cell", "b1-01", "residents", 90, "2020-12-31"),
            ("cell", "b1-01", "residents", 95, "2024-12-31"),
            ("cell", "b1-01", "residents", 99, "2026-12-31"),
        ],
        absent_is_zero=True,
    )
    table = rows(measure(blocks, areas, [share("u15", "residents")], [register]))
    assert table.loc["05999001-Q01", "residents"] == 95
    early = make_delivery(
        "register", [("cell", "b1-01", "residents", 99, "2026-12-31")], absent_is_zero=True
    )
    table = rows(measure(blocks, areas, [share("u15", "residents")], [early]))
    assert table.loc["05999001-Q01", "residents"] == 99
    assert np.isnan(table.loc["05999002-Q01", "residents"])
    assert table.loc["05999", "residents"] == 99  # at least: one municipality is unknown


def test_residents_are_unknown_without_a_count_of_them():
    blocks = make_blocks([2], {"dwellings": [10, 20]})
    table = rows(measure(blocks, make_areas(blocks), [share("dwellings", None)]))
    assert table["residents"].isna().all()
    assert set(table["denominator_state"]) == {State.NOT_APPLICABLE}


def test_households_behind_persons_are_a_lower_limit(blocks, areas):
    keys = list(areas.frame.index)
    delivered = [("area", key, "persons", 30) for key in keys]
    delivered += [("area", keys[0], "homes", 12), ("area", keys[1], "homes", "*")]
    indicator = share("sgb2.persons", behind="sgb2.homes")
    table = rows(measure(blocks, areas, [indicator], [make_delivery("sgb2", delivered, AGENCY)]))
    assert list(table.loc[keys[:2], "behind_low"]) == [12, 1]
    assert table.loc[keys[2:], "behind_low"].isna().all()


def test_a_denominator_of_another_date_must_be_declared(blocks, areas):
    keys = list(areas.frame.index)
    old = make_delivery("sgb2", [("area", k, "persons", 9, "2023-12-31") for k in keys])
    with pytest.raises(IndicatorError) as error:
        measure(blocks, areas, [share("sgb2.persons")], [old])
    assert error.value.message == "measure.denominator_date"
    assert "2023-12-31" in str(error.value)
    assert DATE in str(error.value)
    declared = share("sgb2.persons", denominator_date=DATE)
    table = rows(measure(blocks, areas, [declared], [old]), date="2023-12-31")
    assert table.loc[keys[0], "denominator"] == 100


def test_a_numerator_above_its_denominator_is_refused_without_numbers(blocks, areas):
    keys = list(areas.frame.index)
    delivery = make_delivery("sgb2", [("area", keys[0], "persons", 8_765)])
    with pytest.raises(IndicatorError) as error:
        measure(blocks, areas, [share("sgb2.persons")], [delivery])
    assert error.value.message == "measure.numerator_exceeds"
    assert keys[0] in str(error.value)
    assert "8765" not in str(error.value).replace(".", "")


def test_a_part_above_its_whole_is_refused(blocks, areas):
    keys = list(areas.frame.index)
    rows_ = [("area", keys[0], "persons", 10), ("area", keys[0], "children", 11)]
    whole = Indicator("whole", "sgb2.persons", "residents", "w", "w")
    part = Indicator("part", "sgb2.children", "residents", "p", "p", part_of="whole")
    with pytest.raises(IndicatorError) as error:
        measure(blocks, areas, [whole, part], [make_delivery("sgb2", rows_)])
    assert error.value.message == "measure.part_exceeds"


def test_unknown_names_say_what_exists(blocks, areas):
    with pytest.raises(IndicatorError) as error:
        measure(blocks, areas, [share("sgb2.persons")])
    assert error.value.message == "measure.unknown_variable"
    assert "residents, u15" in str(error.value)


def test_fractions_are_refused_unless_declared_an_estimate():
    blocks = make_blocks([2], {"residents": [100, 200], "u15": [10.4, 20.6]})
    areas = make_areas(blocks)
    with pytest.raises(IndicatorError, match="keine ganze Zahl"):
        measure(blocks, areas, [share("u15")])
    table = rows(measure(blocks, areas, [share("u15", estimate=True)]))
    assert list(table["numerator"]) == [10, 21, 31, 31]


def test_keys_that_lost_their_zeros_are_found(blocks, areas):
    delivery = make_delivery("sgb2", [("municipality", "5999001", "persons", 12)])
    with pytest.raises(IndicatorError, match="führende Nullen"):
        measure(blocks, areas, [share("sgb2.persons")], [delivery])


def test_strange_keys_are_noted(blocks, areas):
    delivery = make_delivery(
        "sgb2", [("municipality", "05999001", "persons", 12), ("area", "x", "persons", 1)]
    )
    notes = measure(blocks, areas, [share("sgb2.persons")], [delivery]).notes
    assert len(notes) == 1
    assert "1 Schlüssel der Ebene Gebiet" in notes[0]
    assert "(x)" in notes[0]


def test_faulty_catalogues_are_named(blocks, areas):
    with pytest.raises(IndicatorError, match="keinen Indikator"):
        measure(blocks, areas, [])
    with pytest.raises(IndicatorError, match="doppelt: x"):
        measure(blocks, areas, [share("u15"), share("u15")])
    with pytest.raises(IndicatorError, match="liegt nichts vor"):
        measure(blocks, areas, [share("u15")], dates=["1999-12-31"])


def test_row_order_of_a_delivery_does_not_matter(blocks, areas):
    cells = [("cell", b, "u6", i) for i, b in enumerate(blocks.frame.index)]
    one = make_delivery("register", cells, absent_is_zero=True)
    two = make_delivery("register", cells[::-1], absent_is_zero=True)
    left, right = (measure(blocks, areas, [share("register.u6")], [d]).table for d in (one, two))
    pd.testing.assert_frame_equal(left, right)


def test_inputs_are_left_alone(blocks, areas):
    before = blocks.counts.copy()
    register = make_delivery("register", [("cell", "b1-01", "u6", 3)], absent_is_zero=True)
    table = register.table.copy()
    measure(blocks, areas, [share("register.u6")], [register])
    pd.testing.assert_frame_equal(blocks.counts, before)
    pd.testing.assert_frame_equal(register.table, table)


def test_two_million_rows_take_seconds():
    sizes = [1000] * 20
    blocks = make_blocks(sizes, {"residents": np.full(20_000, 50.0)})
    areas = make_areas(blocks, per_area=33)
    dates = [f"{year}-12-31" for year in range(2016, 2026)]
    variables = [f"v{i}" for i in range(10)]
    n = len(blocks.frame)
    values = np.arange(n * 100) % 7
    table = pd.DataFrame(
        {
            "level": "cell",
            "key": np.tile(blocks.frame.index.to_numpy(), 100),
            "date": np.repeat(np.tile(dates, 10), n),
            "variable": np.repeat(np.repeat(variables, 10), n),
            "value": values.astype(float),
            "low": values.astype(float),
            "high": values.astype(float),
            "state": str(State.VALUE),
        },
        columns=list(DELIVERY_COLUMNS),
    )
    delivery = Delivery("register", table, Source("a", "b"), absent_is_zero=True)
    indicators = [Indicator(v, f"register.{v}", None, v, v) for v in variables]
    start = time.process_time()
    measures = measure(blocks, areas, indicators, [delivery])
    assert time.process_time() - start < 12
    county = measures.table[measures.table["geography"] == "kreis"]
    assert county["numerator"].sum() == values.sum()
