"""Years of a cohort added up before anything else."""

import shutil
import tomllib
from dataclasses import replace

import numpy as np
import pytest

from counts import AGENCY, make_areas, make_blocks, make_delivery, policy
from sozialraum.datasets import sample_path
from sozialraum.disclosure import protect
from sozialraum.disclosure.ledger import statements_of
from sozialraum.errors import IndicatorError
from sozialraum.files.wording import period
from sozialraum.indicators import measure
from sozialraum.methods.pooling import windows
from sozialraum.model import Indicator
from sozialraum.schema import State
from sozialraum.sources import read_deliveries
from sozialraum.themes import theme

YEARS = [f"{year}-12-31" for year in range(2018, 2026)]


def cohort(pool: int = 3, **options) -> Indicator:
    return Indicator("x", "d.n", "d.base", "x", "x", pool=pool, **options)


def county(numbers, *, source=None, years=YEARS, extra=(), size=2):
    """Return blocks, areas and a delivery of one numerator and base a year and area."""
    blocks = make_blocks([size], {"residents": [1000] * size})
    areas = make_areas(blocks)
    rows = []
    for year, values in zip(years, numbers, strict=True):
        for area, value in zip(areas.frame.index, values, strict=True):
            rows += [("area", area, "n", value, year), ("area", area, "base", 100, year)]
    options = {} if source is None else {"source": source}
    return blocks, areas, [make_delivery("d", [*rows, *extra], **options)]


def measured(numbers, indicator, **options):
    blocks, areas, deliveries = county(numbers, **options)
    return measure(blocks, areas, [indicator], deliveries)


def at(measures, date):
    table = measures.table
    return table[table["date"] == date].set_index("area_id")


class TestWindows:
    def test_they_end_at_the_latest_date_and_leave_out_the_rest(self):
        found = windows(tuple(YEARS), 3)
        assert [window[-1] for window in found] == ["2022-12-31", "2025-12-31"]
        assert found[0] == ("2020-12-31", "2021-12-31", "2022-12-31")

    def test_too_few_years_make_no_window(self):
        assert windows(("2024-12-31", "2025-12-31"), 3) == []
        assert windows((), 3) == []


NUMBERS = tuple((year, 10 * year) for year in range(1, 9))


class TestMeasure:
    def test_numerators_and_denominators_are_added_up(self):
        measures = measured(NUMBERS, cohort())
        assert sorted(set(measures.table["date"])) == ["2022-12-31", "2025-12-31"]
        table = at(measures, "2025-12-31")
        assert table["numerator"].to_dict() == {
            "05999001-Q01": 21,
            "05999001-Q02": 210,
            "05999001": 231,
            "05999": 231,
        }
        assert table["denominator"].tolist() == [300, 300, 600, 600]

    def test_one_missing_year_makes_the_window_missing(self):
        numbers = [list(row) for row in NUMBERS]
        numbers[6][0] = None
        table = at(measured(numbers, cohort()), "2025-12-31")
        assert np.isnan(table.loc["05999001-Q01", "numerator"])
        assert table.loc["05999001-Q01", "numerator_state"] == State.NOT_DELIVERED
        assert table.loc["05999001-Q01", "numerator_low"] == 14
        assert table.loc["05999001-Q02", "numerator"] == 210

    def test_a_suppressed_year_leaves_limits(self):
        numbers = [list(row) for row in NUMBERS]
        numbers[7][1] = "*"
        row = at(measured(numbers, cohort(), source=AGENCY), "2025-12-31").loc["05999001-Q02"]
        assert row["numerator_state"] == State.SUPPLIER
        assert (row["numerator_low"], row["numerator_high"]) == (131, 139)
        assert row["supplier_minimum"] == 10

    def test_a_year_that_was_never_delivered_makes_the_window_missing(self):
        years = [year for year in YEARS if not year.startswith("2024")]
        numbers = [row for row, year in zip(NUMBERS, YEARS, strict=True) if year in years]
        measures = measured(numbers, cohort(), years=years)
        assert at(measures, "2025-12-31")["numerator"].isna().all()
        assert at(measures, "2022-12-31")["numerator"].notna().all()

    def test_dates_asked_for_are_labels_of_windows(self):
        blocks, areas, deliveries = county(NUMBERS)
        found = measure(blocks, areas, [cohort()], deliveries, dates=["2024-12-31"])
        assert at(found, "2024-12-31").loc["05999001-Q01", "numerator"] == 5 + 6 + 7

    def test_the_years_are_named(self):
        notes = " ".join(measured(NUMBERS, cohort()).notes)
        assert "2020–2022, 2023–2025" in notes

    def test_households_may_recur_so_the_largest_year_counts(self):
        extra = [
            ("area", "05999001-Q01", "homes", homes, year)
            for homes, year in zip([9, 9, 9, 9, 9, 2, 4, 3], YEARS, strict=True)
        ]
        table = at(measured(NUMBERS, cohort(behind="d.homes"), extra=extra), "2025-12-31")
        assert table.loc["05999001-Q01", "behind_low"] == 4

    def test_a_base_of_one_day_counts_once_a_year(self):
        fixed = cohort(denominator_date="2020-12-31")
        assert at(measured(NUMBERS, fixed), "2025-12-31")["denominator"].tolist()[0] == 300

    def test_two_dates_a_year_are_no_years(self):
        with pytest.raises(IndicatorError) as caught:
            measured(NUMBERS[:2], cohort(), years=["2025-06-30", "2025-12-31"])
        assert caught.value.message == "pooling.years"


class TestDisclosure:
    def test_a_count_is_not_shown_for_single_years_and_for_several(self):
        blocks, areas, deliveries = county(NUMBERS)
        single = replace(cohort(1), id="y")
        with pytest.raises(IndicatorError) as caught:
            measure(blocks, areas, [cohort(), single], deliveries)
        assert caught.value.message == "pooling.differs"

    def test_nor_as_a_part_of_the_other(self):
        blocks, areas, deliveries = county(NUMBERS)
        part = Indicator("y", "d.base", None, "y", "y", part_of="x")
        with pytest.raises(IndicatorError) as caught:
            measure(blocks, areas, [cohort(), part], deliveries)
        assert caught.value.ids == ("x (3) / y (1)",)

    def test_a_pooled_base_is_another_number_than_that_of_one_year(self):
        release = protect(measured([[12, 30]] * 8, cohort()), policy())
        told = {column.var for column in statements_of(release).columns}
        assert "d.base~3@2025-12-31" in told
        assert not any(name.startswith("d.base@") for name in told)

    def test_the_release_says_which_years_it_pools(self):
        measures = measured([[12, 30]] * 8, cohort())
        release = protect(measures, policy())
        row = release.frame("x", "2025-12-31").loc["05999001-Q01"]
        assert (row["numerator"], row["denominator"], row["value"]) == (36, 300, 12)
        shown = theme(release, "x", language="de")
        assert "Jahre 2023 bis 2025 zusammen" in shown.subtitle
        assert "Stichtag" not in shown.subtitle
        assert any("Je 3 Jahre" in note for note in shown.notes)


def test_a_date_in_words():
    assert period("2025-12-31", 1, "en") == "2025-12-31"
    assert period("2025-12-31", 5, "en") == "years 2021 to 2025 pooled"
    assert period("Herbst", 3, "de") == "Herbst"


SHEETS = {"seu_2023": "2023", "seu_2024": "2024", "seu_2025": "2025", "seu": "2023-2025"}


class TestSchoolEntryOfTheSample:
    """Yearly sheets with pool = 3 against the sheet that the health office pooled itself."""

    def deliveries(self, project, folder):
        own = tomllib.loads((project / "deliveries.toml").read_text(encoding="utf-8"))
        entry = next(one for one in own["delivery"] if one["name"] == "seu")
        shutil.copy(project / entry["files"][0], folder / "seu.xlsx")
        text = ""
        for name, sheet in SHEETS.items():
            text += f"""
            [[delivery]]
            name = "{name}"
            kind = "table"
            files = ["seu.xlsx"]
            sheet = "{sheet}"
            date = "{sheet[-4:]}-12-31"
            header_contains = "Gebietsschlüssel"
            columns = {{ key = "Gebietsschlüssel" }}
            variables = {{ n = "Sprache_auffällig", base = "Sprache_untersucht" }}
            source = {{ provider = "Gesundheitsamt", title = "SEU {sheet}", minimum = 5 }}
            """
        (folder / "deliveries.toml").write_text(text, encoding="utf-8")
        return read_deliveries(folder / "deliveries.toml")

    def test_single_years_add_up_to_the_pooled_sheet(self, tmp_path):
        deliveries = self.deliveries(sample_path(), tmp_path)
        pooled = next(one for one in deliveries if one.name == "seu").table
        keys = sorted(set(pooled["key"]))
        blocks = make_blocks([len(keys)], {"residents": [1000] * len(keys)})
        areas = make_areas(blocks)
        new = dict(zip(areas.frame.index, keys, strict=True))
        areas = replace(
            areas, frame=areas.frame.rename(index=new), membership=areas.membership.map(new)
        )
        yearly = [name for name in SHEETS if name != "seu"]
        counts = ["|".join(f"{name}.{part}" for name in yearly) for part in ("n", "base")]
        indicators = [
            Indicator("jahre", *counts, "x", "x", pool=3),
            Indicator("blatt", "seu.n", "seu.base", "x", "x"),
        ]
        table = measure(blocks, areas, indicators, deliveries).table
        own = table[table["area_id"].isin(keys)].set_index(["indicator", "area_id"])
        jahre, blatt = own.loc["jahre"], own.loc["blatt"]
        assert set(jahre["date"]) == {"2025-12-31"}
        for column, least in (("numerator", 40), ("denominator", 80)):
            known = jahre[column].notna() & blatt[column].notna()
            assert (jahre.loc[known, column] == blatt.loc[known, column]).all()
            assert jahre.loc[known, column].gt(0).sum() >= least
        apart = jahre["numerator"].isna() & blatt["numerator"].notna()
        assert apart.any()
        assert (jahre.loc[apart, "numerator_low"] <= blatt.loc[apart, "numerator"]).all()
        limit = jahre.loc[apart, "numerator_high"].fillna(np.inf)
        assert (limit >= blatt.loc[apart, "numerator"]).all()
