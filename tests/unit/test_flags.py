"""Flags from a release: who is tested, graded and described."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.affinity import translate

from counts import DATE, indicator, make_measures, policy
from sozialraum.disclosure import protect
from sozialraum.errors import DisclosureError, IndicatorError, StatisticsError
from sozialraum.flags import flag, sentence
from sozialraum.flags.samples import bounded
from sozialraum.index import score
from sozialraum.methods.multiplicity import benjamini_hochberg
from sozialraum.model import Release
from sozialraum.schema import Grade, State

SIDE = 12
N = SIDE * SIDE
BASE = 400


def hot_corner(seed=0, risk=0.08, hot=0.22):
    """Return counts of a square county with a hot corner of 4 × 4 areas."""
    random = np.random.default_rng(seed)
    row, column = np.divmod(np.arange(N), SIDE)
    return random.binomial(BASE, np.where((row < 4) & (column < 4), hot, risk))


def release(numbers, indicators=None, k=3) -> Release:
    indicators = indicators or [indicator(name, sensitivity="social") for name in numbers]
    dated = {name: {DATE: [int(v) for v in values]} for name, values in numbers.items()}
    bases = {name: [BASE] * N for name in numbers}
    measures = make_measures(dated, indicators, [SIDE] * SIDE, denominators=bases)
    return protect(measures, policy(k))


@pytest.fixture(scope="module")
def hot():
    return release({"a": hot_corner()})


@pytest.fixture(scope="module")
def flags(hot):
    return flag(hot)


def corner(flags):
    keys = [
        f"05999{row + 1:03d}-Q{column + 1:02d}" for row in range(1, 3) for column in range(1, 3)
    ]
    return flags.areas.loc[keys]


def test_a_hot_corner_is_confirmed(flags):
    assert (corner(flags)["grade"] == Grade.CONFIRMED).all()
    assert (corner(flags)["direction"] == "high").all()
    assert (corner(flags)["indicators"] == "a").all()
    assert flags.global_moran["a"] > 0.3


def test_the_family_and_its_draws_are_declared(flags):
    """Three statistics an area; a single one could be confirmed."""
    assert flags.tests == 3 * N
    p = flags.table[["p_rate", "p_moran", "p_gi"]].to_numpy()
    np.testing.assert_array_equal(flags.table["p"], p.min(axis=1))
    adjusted = benjamini_hochberg(p.ravel()).reshape(p.shape)
    np.testing.assert_array_equal(flags.table["q"], adjusted.min(axis=1))
    loudest = np.array(["rate", "local_moran", "gi_star"])[p.argmin(axis=1)]
    assert (flags.table["evidence"] == loudest).all()
    assert min(flags.table["p_moran"].min(), flags.table["p_gi"].min()) < 0.05 / (3 * N)


def test_grades_follow_p_and_q(flags):
    table = flags.table
    expected = np.select(
        [table["q"] <= 0.05, table["p"] <= 0.005, table["p"] <= 0.05],
        ["confirmed", "notable", "hint"],
        "none",
    )
    np.testing.assert_array_equal(table["grade"], expected)


def test_structureless_counts_confirm_nothing():
    found = flag(release({"a": np.random.default_rng(1).binomial(BASE, 0.1, N)}))
    assert (found.table["grade"] != Grade.CONFIRMED).all()
    assert abs(found.global_moran["a"]) < 0.15


def test_a_low_strength_is_a_high_burden():
    strength = release({"a": BASE - hot_corner()}, [indicator("a", polarity=-1)])
    found = flag(strength)
    assert (corner(found)["direction"] == "high").all()
    assert (found.table.set_index("area_id").loc[corner(found).index, "z"] > 0).all()


def test_hidden_areas_take_no_part():
    counts = hot_corner()
    counts[[0, 1]] = [1, 2]
    hidden = release({"a": counts})
    found = flag(hidden)
    gone = found.areas["grade"] == Grade.NOT_PUBLISHED
    states = hidden.frame("a")["state"]
    assert gone.sum() == 2
    assert (states[gone.index[gone]] == State.SUPPRESSED).all()
    assert found.tests == 3 * (N - 2)
    rows = found.table[found.table["grade"] == Grade.NOT_PUBLISHED]
    assert rows[["z", "local_moran", "gi_star", "p", "q"]].isna().all(axis=None)
    assert (rows["quadrant"] == "").all()


def moved(found: Release, key: str, by: float) -> Release:
    shapes = found.areas.geometry.copy()
    shapes.loc[key] = translate(shapes.loc[key], by, by)
    return replace(found, areas=gpd.GeoDataFrame(found.areas.assign(geometry=shapes)))


def test_islands_are_named_and_not_tested(hot):
    key = "05999006-Q06"
    found = flag(moved(hot, key, 1e6))
    assert found.islands == (key,)
    assert found.areas.loc[key, "grade"] == Grade.NO_NEIGHBOURS
    row = found.table.set_index("area_id").loc[key]
    assert np.isnan([row["p_moran"], row["p_gi"]]).all()
    assert row["p"] == row["p_rate"]


def test_an_island_is_flagged_by_its_own_rate(hot):
    key = "05999002-Q02"
    found = flag(moved(hot, key, 1e6))
    assert found.table.set_index("area_id").loc[key, "evidence"] == "rate"
    assert found.areas.loc[key, "grade"] == Grade.CONFIRMED
    assert found.areas.loc[key, "direction"] == "high"
    assert "Nachbargebiete" not in sentence(found, key, "de")


def test_gaps_below_a_metre_do_not_part_neighbours(hot, flags):
    key = "05999001-Q01"
    near, far = flag(moved(hot, key, -0.6)), flag(moved(hot, key, -1.6))
    assert near.islands == ()
    assert far.islands == (key,)
    pd.testing.assert_frame_equal(near.table, flags.table)


def test_seed_and_row_order(hot, flags):
    random = np.random.default_rng(3)
    shuffled = replace(
        hot,
        areas=hot.areas.iloc[random.permutation(len(hot.areas))],
        table=hot.table.iloc[random.permutation(len(hot.table))],
    )
    again = flag(shuffled)
    pd.testing.assert_frame_equal(again.table, flags.table)
    pd.testing.assert_frame_equal(again.areas.sort_index(), flags.areas.sort_index())


def test_p_values_are_exact_unless_draws_are_asked_for(hot, flags):
    tests = ["local_moran", "gi_star", "p_rate", "p_moran", "p_gi", "p", "q", "grade"]
    again = flag(hot, seed=1)
    pd.testing.assert_frame_equal(again.table[tests], flags.table[tests])
    drawn, other = flag(hot, permutations=999), flag(hot, permutations=999, seed=1)
    assert (drawn.table["p_gi"] >= 2 / 1000).all()
    assert (drawn.table["p_gi"] != other.table["p_gi"]).any()
    near = np.abs(drawn.table["p_gi"] - flags.table["p_gi"])
    assert near.max() < 5 * np.sqrt(0.5 * 0.5 / 1000) * 2


def test_an_index_brings_its_indicators_and_date():
    numbers = {"a": hot_corner(), "b": hot_corner(seed=5), "c": hot_corner(seed=7)}
    found = release(numbers, [indicator("a"), indicator("b"), indicator("c", polarity=0)])
    index = score(found)
    flagged = flag(index)
    assert flagged.index is index
    assert set(flagged.table["indicator"]) == {"a", "b"}
    assert flagged.tests == 3 * 2 * N
    assert set(corner(flagged)["indicators"]) == {"a, b"}
    assert set(flag(found, indicators=["c"]).table["indicator"]) == {"c"}


def test_a_usual_area_amid_hot_ones_is_mixed():
    counts = hot_corner(hot=0.4)
    row, column = np.divmod(np.arange(N), SIDE)
    counts[(row == 1) & (column == 1)] = 28
    found = flag(release({"a": counts}))
    here = found.areas.loc["05999002-Q02"]
    assert here["grade"] != Grade.NONE
    assert here["direction"] == "mixed"


def test_ordinary_scatter_beyond_chance_is_no_finding():
    """Households of three: a binomial funnel would flag many, ours allows for it."""
    households = np.random.default_rng(4).binomial(BASE // 3, 0.1, N)
    found = flag(release({"a": 3 * households}))
    assert (found.table["grade"] == Grade.CONFIRMED).sum() == 0
    plain = (3 * households - 0.1 * BASE) / np.sqrt(BASE * 0.09)
    assert (np.abs(plain) > 2.8).sum() > 5


class TestSentences:
    def test_a_finding_in_words(self, hot, flags):
        area = corner(flags).index[0]
        row = hot.frame("a").loc[area]
        german = sentence(flags, area, "de")
        assert german.startswith("Höhere Belastung als im Kreis üblich")
        assert f"({row['numerator']:.0f} von 400" in german
        assert f"{row['value']:.1f}".replace(".", ",") in german
        assert "Gesichert" in german
        assert "höchstens 5" in german
        assert "Confirmed" in sentence(flags, area, "en")

    def test_the_readers_language_is_the_default(self, flags):
        quiet = flags.areas.index[flags.areas["grade"] == Grade.NONE][0]
        assert sentence(flags, quiet) == sentence(flags, quiet, "de")

    def test_hidden_values_are_not_described(self):
        counts = hot_corner()
        counts[[0, 1]] = [1, 2]
        found = flag(release({"a": counts}))
        hidden = found.areas.index[found.areas["grade"] == Grade.NOT_PUBLISHED]
        assert all(sentence(found, key, "en").startswith("No values are") for key in hidden)

    def test_context_indicators_speak_of_values_not_burdens(self):
        found = flag(release({"a": hot_corner()}, [indicator("a", polarity=0)]), indicators=["a"])
        assert sentence(found, corner(found).index[0], "de").startswith("Höhere Werte")

    def test_unknown_areas_are_named(self, flags):
        with pytest.raises(StatisticsError, match="nirgendwo"):
            sentence(flags, "nirgendwo")


class TestRefusals:
    def test_only_released_data(self):
        with pytest.raises(DisclosureError):
            flag(make_measures({"a": {DATE: hot_corner()}}, [indicator("a")], [SIDE] * SIDE))

    def test_counts_have_no_flags(self):
        found = release({"a": hot_corner()}, [indicator("a", None)])
        with pytest.raises(IndicatorError, match="nicht für Anzahlen"):
            flag(found, indicators=["a"])
        with pytest.raises(StatisticsError, match="keinen Anteil"):
            flag(found)

    @pytest.mark.parametrize("options", [{"rate": 0}, {"rate": 1}, {"permutations": 0}])
    def test_senseless_options(self, hot, options):
        with pytest.raises(StatisticsError, match="Fehlerrate"):
            flag(hot, **options)

    def test_indicators_without_values(self):
        found = release({"a": [1] * N})
        with pytest.raises(IndicatorError, match="fehlen veröffentlichte Werte von: a"):
            flag(found, indicators=["a"])


def test_a_rate_of_nobody_is_published_but_not_tested():
    found = flag(release({"a": [0] * N, "b": hot_corner()}))
    rows = found.table[found.table["indicator"] == "a"]
    assert (rows["grade"] == Grade.NONE).all()
    assert rows["p"].isna().all()
    assert found.tests == 3 * N


def test_the_global_statistic_is_that_of_esda(hot, flags):
    """With an island, which takes no part, too; to 1e-12."""
    from esda import Moran
    from libpysal.graph import Graph

    for one in (hot, moved(hot, "05999006-Q06", 1e6)):
        found = flag(one, warnings=False)
        near = found.table[~found.table["area_id"].isin(found.islands)]
        z = np.clip(near["z"], -2.5, 2.5).to_numpy()
        ids = near["area_id"]
        shapes = one.areas.loc[ids].geometry
        graph = Graph.build_fuzzy_contiguity(shapes, buffer=0.5)
        expected = Moran(z, graph, permutations=0).I
        assert found.global_moran["a"] == pytest.approx(expected, abs=1e-12)
    assert found.islands == ("05999006-Q06",)


def edited(found: Release, column, value, areas, name="a") -> Release:
    """Return a release with another number in a column of some areas, rates left as they are."""
    table = found.table.copy()
    rows = (table["indicator"] == name) & table["area_id"].isin(areas)
    assert (table.loc[rows, "state"] == State.VALUE).all()
    table.loc[rows, column] = value
    return replace(found, table=table)


def only(found: Release, areas) -> Release:
    """Return a release that has no other small areas."""
    small = found.areas["geography"] == "sozialraum"
    kept = gpd.GeoDataFrame(found.areas[~small | found.areas.index.isin(areas)])
    table = found.table[found.table["area_id"].isin(kept.index)].reset_index(drop=True)
    return replace(found, areas=kept, table=table, membership=None)


def test_an_indicator_asked_for_twice_is_tested_once(hot, flags):
    twice = flag(hot, indicators=["a", "a"])
    assert twice.tests == flags.tests
    pd.testing.assert_frame_equal(twice.table, flags.table)


@pytest.mark.parametrize("cases", [BASE, 1.02 * BASE, 1.5 * BASE])
def test_more_cases_than_people_are_tested_as_everybody(hot, cases):
    key = "05999006-Q06"
    found = flag(edited(hot, "numerator", np.rint(cases), [key]))
    row = found.table.set_index("area_id").loc[key]
    assert row["p_rate"] < 1e-6
    assert (found.areas.loc[key, ["grade", "direction"]] == [Grade.CONFIRMED, "high"]).all()
    assert 0.5 < row["stability"] <= 1


def test_areas_without_anybody_to_count_take_no_part(hot):
    key = "05999006-Q06"
    found = flag(edited(edited(hot, "numerator", 0, [key]), "denominator", 0, [key]))
    assert found.tests == 3 * (N - 1)
    rows = found.table.set_index("area_id")
    assert np.isnan(rows.loc[key, "p"])
    assert rows.drop(index=key)["p"].notna().all()
    told = sentence(found, key, "de")
    assert told.startswith("Hier gibt es niemanden, auf den sich der Anteil beziehen könnte: ")
    assert "veröffentlicht" not in told


@pytest.mark.parametrize("places", [2, 3])
def test_a_few_areas_have_no_global_statistic(hot, places):
    """And raise no warning, which would be an error here."""
    ids = [f"05999001-Q{column + 1:02d}" for column in range(places)]
    found = flag(only(hot, ids), warnings=False)
    assert np.isnan(found.global_moran["a"])


def test_the_global_statistic_of_a_pair_and_its_islands_is_none(hot):
    """With the islands left in it would be beyond 1, or below -1."""
    ids = ["05999001-Q01", "05999001-Q02", "05999001-Q05", "05999005-Q01", "05999009-Q09"]
    found = flag(only(hot, ids), warnings=False)
    assert len(found.islands) == 3
    assert np.isnan(found.global_moran["a"])


def test_equal_rates_differ_by_rounding_only_and_are_not_tested():
    """400 in 4000 and 300 in 3000 are one rate, up to the last digit."""
    assert (bounded(np.array([1e-16, -3e-15, 0.0, np.nan])) == 0).all()
    assert bounded(np.array([1e-6, 9.0])).tolist() == [1e-6, 2.5]
