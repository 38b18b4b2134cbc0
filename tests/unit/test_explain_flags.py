"""The table of areas with their findings: order, columns, both languages, whom we reach."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from counts import indicator
from plain import LAST, plain_release, small
from sozialraum.errors import StatisticsError
from sozialraum.flags import sentence
from sozialraum.flags.explain import EXPLAINED_COLUMNS, explain_flags
from sozialraum.index.coverage import coverage
from sozialraum.index.coverage_words import coverage_sentences
from sozialraum.schema import Grade
from support import NASTY, make_flags, make_index, make_release


@pytest.fixture(scope="module")
def flags():
    release = make_release(25)
    return make_flags(release, make_index(release))


@pytest.fixture(scope="module")
def table(flags):
    return explain_flags(flags, language="de")


class TestTable:
    def test_one_row_an_area(self, flags, table):
        assert tuple(table.columns) == EXPLAINED_COLUMNS
        assert sorted(table["area_id"]) == sorted(flags.areas.index)

    def test_strongest_first_then_burdens_then_persons(self, flags, table):
        known = flags.areas.loc[table["area_id"]]
        ranks = [list(Grade).index(grade) for grade in known["grade"]]
        assert ranks == sorted(ranks)
        for _, part in table.assign(way=known["direction"].to_numpy()).groupby("grade"):
            ways = part["way"].map({"high": 0, "mixed": 1, "low": 2, "": 3})
            assert ways.is_monotonic_increasing
            for _, alike in part.groupby("way"):
                assert alike["persons"].dropna().is_monotonic_decreasing

    def test_persons_and_rate_are_the_published_ones(self, flags, table):
        frame = flags.release.frame("sgb2").loc[table["area_id"]]
        for name, published in (
            ("persons", "numerator"),
            ("base", "denominator"),
            ("value", "value"),
        ):
            np.testing.assert_array_equal(table[name], frame[published])
        assert table["persons"].isna().sum() == frame["value"].isna().sum() > 0

    def test_what_was_not_tested_is_graded_so(self, flags):
        """And is not called unpublished; missing persons come last among equals."""
        area = str(flags.areas.index[flags.areas["grade"] == Grade.NONE][0])
        published = flags.release.table.copy()
        rows = (published["area_id"] == area) & (published["indicator"] == "sgb2")
        published.loc[rows, ["numerator", "denominator"]] = np.nan
        table, areas = flags.table.copy(), flags.areas.copy()
        table.loc[table["area_id"] == area, ["p", "p_rate", "p_moran", "p_gi"]] = np.nan
        table.loc[table["area_id"] == area, "grade"] = str(Grade.NOT_PUBLISHED)
        areas.loc[area, "grade"] = str(Grade.NOT_PUBLISHED)
        release = replace(flags.release, table=published)
        bare = replace(flags, release=release, table=table, areas=areas)
        found = explain_flags(bare, language="de").set_index("area_id")
        assert found.loc[area, "grade"] == "nicht prüfbar"
        assert np.isnan(found.loc[area, "persons"])
        assert found.loc[area, "value"] == flags.release.frame("sgb2").loc[area, "value"]
        assert (found["grade"] == "nicht veröffentlicht").any()

    def test_names_and_labels(self, flags, table):
        rows = table.set_index("area_id")
        assert set(NASTY) <= set(rows["name"])
        places = flags.release.areas.loc[rows.index]
        assert (rows["municipality"] == places["municipality_name"]).all()
        flagged = flags.areas.loc[rows.index, "indicators"] != ""
        label = flags.release.indicator("sgb2").label_de
        assert set(rows.loc[flagged, "indicators"]) == {label}
        assert set(rows.loc[~flagged, "indicators"]) == {""}
        assert rows.loc[flagged, "values"].str.contains("im Kreis 12,3").all()

    def test_what_stands_in_words(self, table):
        assert set(table["grade"]) == {
            *("gesichert", "bemerkenswert", "Hinweis", "kein Befund"),
            *("ohne Nachbargebiete mit veröffentlichten Werten", "nicht veröffentlicht"),
        }
        assert set(table["direction"]) == {
            *("höhere Belastung", "geringere Belastung", "anders als die Nachbargebiete", ""),
        }
        assert set(table["warning"]) == {"", "steigend", "fallend"}
        assert "sehr niedrig (hohe Belastung)" in set(table["status"])

    def test_firmness_and_status_come_with_it(self, flags, table):
        rows = table.set_index("area_id")
        for name in ("stability", "kept"):
            np.testing.assert_array_equal(rows[name], flags.areas.loc[rows.index, name])
        index = flags.index.table.loc[rows.index]
        without = rows["status"] == ""
        assert (without == index["status_class"].isna()).all()
        np.testing.assert_array_equal(
            rows["status_stability"], index["status_stability"].where(~without)
        )

    def test_other_neighbours(self, flags):
        around = flags.table.assign(evidence="gi_star")
        around["knn_grade"] = np.where(np.arange(len(around)) % 2, "none", around["grade"])
        found = explain_flags(replace(flags, table=around), language="de").set_index("area_id")
        flagged = flags.areas["indicators"] != ""
        expected = around.set_index("area_id")["knn_grade"].map(
            lambda g: "nein" if g == "none" else "ja"
        )
        pd.testing.assert_series_equal(
            found["nearest"].reindex(flags.areas.index)[flagged],
            expected[flagged],
            check_names=False,
        )
        assert set(found["nearest"].reindex(flags.areas.index)[~flagged]) == {""}

    def test_the_sentence_is_the_one_about_the_area(self, flags, table):
        for area, told in zip(table["area_id"], table["sentence"], strict=True):
            assert told == sentence(flags, area, "de")

    def test_in_english(self, flags, table):
        english = explain_flags(flags, language="en")
        assert english["area_id"].tolist() == table["area_id"].tolist()
        assert {"confirmed", "no finding", "not published"} <= set(english["grade"])
        assert {"higher burden", "unlike the neighbouring areas"} <= set(english["direction"])
        german = re.compile("[äöüß]|Gebiet|Belastung")
        words = english[["grade", "direction", "values", "status", "warning", "sentence"]]
        assert not words.map(lambda cell: bool(german.search(cell))).any(axis=None)

    def test_some_areas_only(self, flags, table):
        chosen = table["area_id"].tolist()[::5]
        found = explain_flags(flags, chosen[::-1], "de")
        assert found["area_id"].tolist() == chosen

    def test_context_is_no_burden(self, flags):
        plain = tuple(replace(one, polarity=0) for one in flags.release.indicators)
        context = replace(flags, release=replace(flags.release, indicators=plain))
        found = set(explain_flags(context, language="de")["direction"])
        assert found == {"höhere Werte", "niedrigere Werte", "anders als die Nachbargebiete", ""}

    def test_unknown_areas(self, flags):
        with pytest.raises(StatisticsError, match="nirgendwo"):
            explain_flags(flags, ["nirgendwo"])

    def test_the_order_of_rows_does_not_matter(self, flags, table):
        shuffled = replace(
            flags,
            areas=flags.areas.iloc[::-1],
            table=flags.table.iloc[np.random.default_rng(1).permutation(len(flags.table))],
        )
        pd.testing.assert_frame_equal(explain_flags(shuffled, language="de"), table)


POOR = [40, 10, 5, 5, 30, 60, 8, 2]
PEOPLE = [100, 100, 100, 100, 1000, 2000, 100, 100]


def poor(hidden=()):
    return plain_release(
        {"poor": {LAST: POOR}},
        {"poor": PEOPLE},
        indicators=[indicator("poor", "residents")],
        sizes=[4, 4],
        hidden=hidden,
    )


class TestWhomWeReach:
    def test_county_and_municipalities(self):
        release = poor()
        areas, label = small(release), release.indicator("poor").label_de
        told = coverage_sentences([areas[0], areas[1]], "poor", "de", release=release)
        assert told == {
            "05999": (
                "In den 2 hervorgehobenen Gebieten (25,0\u202f% der Gebiete) leben 31,3\u202f% der "
                f"Betroffenen: {label}, 50 von 160. "
                "Die 2 Gebiete mit den meisten Betroffenen erreichten 62,5\u202f%."
            ),
            "05999001": (
                "In den 2 hervorgehobenen Gebieten (50,0\u202f% der Gebiete) leben 83,3\u202f% der "
                f"Betroffenen: {label}, 50 von 60."
            ),
            "05999002": (
                "Hervorgehoben ist hier kein Gebiet. Betroffen sind trotzdem Menschen: "
                f"{label}, 100; das sind 62,5\u202f% aller Betroffenen im Kreis."
            ),
        }

    def test_one_area(self):
        release = poor()
        german = coverage_sentences([small(release)[0]], "poor", "de", release=release)["05999"]
        assert german.startswith("In dem einen hervorgehobenen Gebiet (12,5\u202f% der Gebiete)")
        assert "Das Gebiet mit den meisten Betroffenen erreichte 37,5\u202f%." in german
        english = coverage_sentences([small(release)[0]], "poor", "en", release=release)["05999"]
        assert "in the one area that stands out" in english
        assert "The area with most people affected would reach 37.5%." in english

    def test_hidden_areas_make_least_shares(self):
        release = poor(hidden=[("poor", 7)])
        told = coverage_sentences([small(release)[5]], "poor", "de", release=release)
        assert "leben mindestens 60,0\u202f% der Betroffenen" in told["05999002"]
        assert told["05999002"].endswith("Ein Gebiet zeigt seine Zahl nicht.")
        assert "mindestens" not in told["05999001"]
        two = poor(hidden=[("poor", 7), ("poor", 6)])
        told = coverage_sentences([small(two)[5]], "poor", "en", release=two)
        assert told["05999002"].startswith("At least 60.0%")
        assert told["05999002"].endswith("2 areas do not show their number.")

    def test_nobody_and_nothing_known(self):
        nobody = plain_release(
            {"poor": {LAST: [0] * 4 + POOR[4:]}},
            {"poor": PEOPLE},
            indicators=[indicator("poor", "residents")],
            sizes=[4, 4],
        )
        told = coverage_sentences([small(nobody)[5]], "poor", "de", release=nobody)
        assert told["05999001"].startswith("Nach den veröffentlichten Zahlen ist hier niemand")
        told = coverage_sentences([small(nobody)[0]], "poor", "de", release=nobody)
        assert "leben" not in told["05999001"]

    def test_flags_say_the_same_as_the_table(self, flags):
        told = coverage_sentences(flags, "sgb2", "en")
        rows = coverage(flags, "sgb2", by=["kreis", "gemeinde"]).set_index("place")
        assert list(told) == list(rows.index)
        county = rows.iloc[0]
        assert f"{county['persons_marked']:,.0f} of {county['persons']:,.0f}" in told["05999"]
