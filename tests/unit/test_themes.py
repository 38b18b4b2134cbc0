"""Themes: every area in one class, fixed breaks, missing areas in the legend."""

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from sozialraum import schema
from sozialraum.errors import DisclosureError, IndicatorError, OutputError
from sozialraum.index import score
from sozialraum.model import Layer, Proposal, Release, Source
from sozialraum.schema import State
from sozialraum.themes import Entry, choices, further, proposal_theme, theme
from sozialraum.themes.background import kind_of
from sozialraum.themes.values import breaks_of
from support import INDICATORS, make_flags, make_index, make_release


@pytest.fixture(scope="module")
def release() -> Release:
    return make_release()


@pytest.fixture(scope="module")
def flags(release):
    return make_flags(release, make_index(release))


def test_choices_put_judgements_first_and_counts_last(release, flags):
    assert choices(release) == ("sgb2", "children", "daycare", "residents")
    assert choices(flags)[:4] == ("grade", "status", "dynamics", "group")
    assert choices(make_flags(release))[:2] == ("grade", "sgb2")


def test_an_index_without_a_start_has_no_dynamics(release):
    index = dataclasses.replace(make_index(release), start="")
    assert choices(index)[:2] == ("status", "sgb2")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize(
    "what", ["grade", "status", "dynamics", "group", *(i.id for i in INDICATORS)]
)
def test_every_area_is_in_exactly_one_class_of_the_legend(flags, what, language):
    shown = theme(flags, what, language=language)
    codes = [entry.code for entry in shown.entries]
    assert len(codes) == len(set(codes))
    assert set(shown.frame["class"]) <= set(codes)
    assert sum(entry.areas for entry in shown.entries) == len(shown.frame) == 40
    assert not shown.frame[["value", "state", "name"]].isna().to_numpy().any()


def test_missing_areas_are_hatched_and_counted(release):
    shown = theme(release, "daycare")
    frame = release.frame("daycare")
    missing = {entry.code: entry for entry in shown.entries if entry.missing}
    assert set(missing) == {State.SUPPRESSED, State.NOT_DELIVERED}
    assert missing[State.NOT_DELIVERED].areas == (frame["state"] == State.NOT_DELIVERED).sum()
    assert len({entry.pattern for entry in missing.values()} - {"plain"}) == 2


def test_a_missing_value_is_shown_as_its_mark_and_a_true_zero_as_zero(release):
    shown = theme(release, "sgb2")
    frame = release.frame("sgb2")
    hidden = frame.index[frame["state"] == State.SUPPRESSED]
    assert set(shown.frame.loc[hidden, "value"]) == {"•"}
    assert shown.frame.loc[hidden, "number"].isna().all()
    zero = frame.index[frame["value"] == 0]
    assert len(zero) == 1
    assert set(shown.frame.loc[zero, "value"]) == {"0,0"}


def test_classes_are_the_same_for_all_dates(release):
    shown = [theme(release, "sgb2", date=date) for date in release.dates("sgb2")]
    assert len({one.breaks for one in shown}) == 1
    assert len({tuple(e.label for e in one.entries if not e.missing) for one in shown}) == 1
    assert len({tuple(one.frame["value"]) for one in shown}) == 3


def test_adopted_breaks_are_used_as_they_are(release):
    shown = theme(release, "children")
    assert shown.breaks == (12.0, 15.0, 18.0, 21.0)
    assert shown.entries[0].label == "unter 12"
    assert shown.entries[-2].label == "21 und mehr"


def test_breaks_do_not_depend_on_hidden_numbers(release):
    indicator = release.indicator("sgb2")
    shuffled = dataclasses.replace(release, table=release.table.sample(frac=1, random_state=3))
    assert breaks_of(release, indicator, "sozialraum") == breaks_of(
        shuffled, indicator, "sozialraum"
    )


def test_numbers_are_written_in_the_language(release):
    german, english = (theme(release, "residents", language=lang) for lang in ("de", "en"))
    area = german.frame.index[0]
    value = release.frame("residents")["value"].iloc[0]
    assert english.frame["value"][area] == f"{value:,.0f}"
    assert german.frame["value"][area] == f"{value:,.0f}".replace(",", "\u202f")


def test_small_denominators_are_written_without_decimals(release):
    frame = release.frame("daycare")
    texts = theme(release, "daycare").frame["value"]
    small = frame.index[frame["denominator"] < 200]
    large = frame.index[frame["denominator"] >= 200]
    assert len(small)
    assert not texts[small].str.contains(",").any()
    assert texts[large].str.contains(",").all()


def test_estimates_and_drafts_are_said(release):
    shown = theme(release, "daycare")
    assert shown.estimate
    assert "Schätzung" in shown.subtitle
    assert shown.draft
    assert shown.footer[0].startswith("ENTWURF")
    assert theme(make_release(draft=False)).footer[0].startswith("Quellen:")


def test_status_classes_keep_empty_ones_and_excluded_areas_have_their_own(flags):
    shown = theme(flags, "status")
    assert [e.mark for e in shown.entries[:4]] == ["1", "2", "3", "4"]
    assert shown.entry(State.EXCLUDED).areas == 2
    assert shown.entry(State.EXCLUDED).pattern == "horizontal"


def test_a_missing_dynamics_says_what_was_missing_at_the_start(release):
    table = release.table.copy()
    first = (table["date"] == "2023-12-31") & (table[schema.INDICATOR] == "sgb2")
    hidden = first & table[schema.AREA_ID].isin(["05999001-Q008", "05999001-Q009"])
    table.loc[hidden, ["numerator", "denominator", "value"]] = np.nan
    table.loc[hidden, "state"] = [str(State.SUPPRESSED), str(State.NOT_RELEASED)]
    index = score(dataclasses.replace(release, table=table), indicators=["sgb2"])
    status, dynamics = theme(index, "status").frame, theme(index, "dynamics").frame
    assert status["class"]["05999001-Q008"] in {"1", "2", "3", "4"}
    assert dynamics["class"]["05999001-Q008"] == State.SUPPRESSED
    assert dynamics["class"]["05999001-Q009"] == State.NOT_RELEASED


def test_more_status_classes_than_four_are_shown_by_number(release):
    index = make_index(release)
    table = index.table.assign(status_class=index.table["status_class"].replace({"4": "10"}))
    shown = theme(dataclasses.replace(index, table=table), "status")
    assert [entry.code for entry in shown.entries if not entry.missing] == [
        str(i) for i in range(1, 11)
    ]
    assert shown.entry("10").label == "Klasse 10"


def test_favourable_areas_are_not_shown_as_burdened(flags):
    shown = theme(flags, "grade")
    low = flags.areas.index[flags.areas["direction"] == "low"]
    assert set(shown.frame.loc[low, "class"]) == {"low"}
    assert shown.entry("low").areas == len(low) > 0
    mixed = flags.areas.index[flags.areas["direction"] == "mixed"]
    assert set(shown.frame.loc[mixed, "class"]) == {"mixed"}


def test_indicators_known_for_municipalities_only_are_shown_there(release):
    table = release.table[
        (release.table[schema.INDICATOR] != "daycare")
        | (release.table[schema.GEOGRAPHY] != schema.AREAS_LEVEL)
    ]
    shown = theme(dataclasses.replace(release, table=table), "daycare")
    assert shown.geography == schema.MUNICIPALITY_LEVEL
    assert len(shown.frame) == 3


def test_missing_municipality_shapes_are_joined_from_areas(release):
    kept = release.areas[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    table = release.table[release.table[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    shown = theme(dataclasses.replace(release, areas=kept, table=table), "sgb2")
    assert list(shown.municipalities.index) == ["05999001", "05999002", "05999003"]
    assert shown.municipalities.area.sum() == pytest.approx(kept.area.sum())


def test_a_published_state_without_a_number_is_not_a_class(release):
    table = release.table.copy()
    odd = (table[schema.INDICATOR] == "sgb2") & (table[schema.AREA_ID] == "05999001-Q000")
    table.loc[odd, "value"] = np.nan
    shown = theme(dataclasses.replace(release, table=table), "sgb2")
    assert shown.frame["class"]["05999001-Q000"] == State.NOT_APPLICABLE


def test_unknown_themes_and_dates_name_the_known_ones(release, flags):
    with pytest.raises(OutputError, match="sgb2, children, daycare, residents"):
        theme(release, "nonsense")
    with pytest.raises(OutputError, match="2023-12-31"):
        theme(release, "sgb2", date="1999-12-31")
    with pytest.raises(OutputError, match="2025-12-31"):
        theme(flags, "status", date="1999-12-31")
    with pytest.raises(OutputError, match="2025-12-31"):
        theme(flags, "grade", date="1999-12-31")
    with pytest.raises(IndicatorError):
        release.indicator("nonsense")


def test_raw_frames_are_refused():
    with pytest.raises(DisclosureError):
        theme(pd.DataFrame({"a": [1]}))  # type: ignore[arg-type]


def test_patterns_are_visible_on_light_and_dark():
    assert Entry("1", "1", "", "#fff7ec").pattern_colour == "#4d4d4d"
    assert Entry("4", "4", "", "#7f0000").pattern_colour == "#ffffff"


def test_a_proposal_shows_which_areas_fail_and_no_number(release):
    small = release.areas[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    units = release.areas[release.areas[schema.GEOGRAPHY] == schema.MUNICIPALITY_LEVEL]
    frame = small[["name", "municipality", "origin", "status", "geometry"]].assign(
        passes=[i % 7 != 0 for i in range(len(small))],
        fails=["residents" if i % 7 == 0 else "" for i in range(len(small))],
    )
    shown = proposal_theme(Proposal(frame, units, {"residents": 300.0}, (Source("A", "B"),)))
    assert shown.entry("fails").areas == 6
    assert "residents ≥ 300" in shown.notes[0]
    assert shown.frame["number"].isna().all()


def test_background_layers_are_told_apart_by_shape_and_title(release):
    def layer(title: str, shapes: gpd.GeoSeries) -> Layer:
        frame = gpd.GeoDataFrame(geometry=shapes).rename_axis("id")
        return Layer(frame, "id", Source("A", title))

    shapes = release.areas.geometry
    assert kind_of(layer("Gewässer und Flüsse", shapes.boundary)) == "water"
    assert kind_of(layer("roads", shapes.boundary)) == "traffic"
    assert kind_of(layer("Wald", shapes)) == "land"
    assert kind_of(layer("Flussorte", shapes.centroid)) == "place"


LOCAL = ("lisa:sgb2", "gi:sgb2")


def test_maps_of_local_statistics_are_drawn_when_asked_for_only(flags, release):
    assert not set(choices(flags)) & set(further(flags))
    assert further(flags) == ("warning", *LOCAL)
    assert further(release) == ()
    with pytest.raises(OutputError, match="lisa:sgb2"):
        theme(flags, "lisa:children")
    with pytest.raises(OutputError):
        theme(release, "lisa:sgb2")


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("what", [*LOCAL, "warning"])
def test_every_area_of_a_flag_map_is_in_one_class_that_tells_its_mark(flags, what, language):
    shown = theme(flags, what, language=language)
    codes = [entry.code for entry in shown.entries]
    assert len(codes) == len(set(codes))
    assert set(shown.frame["class"]) <= set(codes)
    assert sum(entry.areas for entry in shown.entries) == len(shown.frame) == 40
    marks = [entry.mark for entry in shown.entries]
    assert len(marks) == len(set(marks))
    assert not shown.frame[["value", "state", "name"]].isna().to_numpy().any()


def test_quadrants_are_clear_where_the_statistic_is_and_light_where_it_hints(flags):
    table = flags.table.assign(p_moran=flags.table["p_moran"] ** 2)
    shown = theme(dataclasses.replace(flags, table=table), "lisa:sgb2").frame["class"]
    rows = table.set_index(schema.AREA_ID)
    p = rows["p_moran"]
    hint = shown.index[shown.str.endswith("?")]
    clear = shown.index[shown.isin(["high-high", "low-low"])]
    assert len(clear) > 0
    assert len(hint) > 0
    assert p[clear].max() <= 0.005
    assert (p[hint] > 0.005).all()
    assert (p[hint] <= 0.05).all()
    assert (p[shown.index[shown == "none"]] > 0.05).all()
    assert (rows.loc[clear, "quadrant"] == shown[clear]).all()
    assert (rows.loc[hint, "quadrant"] + "?" == shown[hint]).all()


def test_confirmed_means_confirmed_among_all_tests_of_the_family(flags):
    many = flags.table.assign(p_moran=0.04, p_gi=0.9, p_rate=0.9, gi_star=1.0)
    one = many.index[many["z"].notna()][0]
    many.loc[one, "p_moran"] = 1e-9
    table = many.assign(**{n: many[n].where(many["z"].notna()) for n in ("p_moran", "p_gi")})
    shown = theme(dataclasses.replace(flags, table=table), "lisa:sgb2", language="en")
    tested = int(table["z"].notna().sum())
    assert f"Confirmed: 1, notable: 0, only a hint: {tested - 1} areas" in " ".join(shown.notes)


@pytest.mark.parametrize("what", LOCAL)
def test_what_flags_claim_of_hidden_areas_is_not_on_a_map(flags, what):
    hidden = flags.release.frame("sgb2")
    hidden = hidden.index[hidden["state"] != State.VALUE]
    claimed = flags.table[schema.AREA_ID].isin(hidden)
    table = flags.table.copy()
    table.loc[claimed, ["z", "gi_star", "p_moran", "p_gi"]] = 2.0, 2.0, 1e-9, 1e-9
    table.loc[claimed, "quadrant"] = "high-high"
    shown = theme(dataclasses.replace(flags, table=table), what)
    assert len(hidden) > 0
    assert set(shown.frame.loc[hidden, "class"]) == {State.SUPPRESSED}
    assert set(shown.frame.loc[hidden, "value"]) == {"•"}
    assert shown.entry(State.SUPPRESSED).pattern == "diagonal"


def test_areas_without_neighbours_are_not_testable(flags):
    table = flags.table.copy()
    table.loc[table.index[0], ["p_moran", "p_gi", "local_moran", "gi_star"]] = np.nan
    for what in LOCAL:
        shown = theme(dataclasses.replace(flags, table=table), what)
        assert shown.frame["class"].iloc[0] == "no neighbours"
        assert shown.entry("no neighbours").missing


def test_high_means_burden_and_says_what_that_is(flags):
    said = " ".join(theme(flags, "gi:sgb2").notes)
    assert "hohe Belastung" in said
    turned = tuple(
        dataclasses.replace(one, polarity=-one.polarity) for one in flags.release.indicators
    )
    release = dataclasses.replace(flags.release, indicators=turned)
    said = " ".join(theme(dataclasses.replace(flags, release=release), "gi:sgb2").notes)
    assert "ein niedriger Wert" in said


def test_doubtful_findings_and_early_warnings_are_marked(flags):
    flagged = flags.areas.index[flags.areas["grade"].isin(["confirmed", "notable"])]
    hint = flags.areas.index[flags.areas["grade"] == "hint"][0]
    areas = flags.areas.assign(stability=0.9, kept=0.9, warning="")
    areas.loc[flagged[0], "stability"] = 0.49
    areas.loc[flagged[1], "kept"] = 0.3
    areas.loc[flagged[2], "warning"] = "rising"
    areas.loc[hint, "stability"] = 0.1
    calm = areas.index[areas["grade"] == "none"][0]
    areas.loc[calm, "warning"] = "falling"
    blank = areas["grade"].isin(["confirmed", "notable", "hint"])
    areas[["stability", "kept"]] = areas[["stability", "kept"]].where(blank, np.nan)
    shown = theme(dataclasses.replace(flags, areas=areas), "grade")
    assert list(shown.frame.index[shown.frame["borderline"]]) == sorted(flagged[:2])
    assert "≈" not in shown.frame["value"][hint]
    assert shown.frame["value"][flagged[0]].endswith(" ≈")
    assert shown.frame["value"][flagged[2]].endswith("Jahren ▲")
    assert shown.frame["value"][calm] == "▼"
    assert sum("≈" in note and ": 2 Gebiete" in note for note in shown.notes) == 1
    assert sum("▲" in note and ": 1 Gebiet." in note for note in shown.notes) == 1


def test_the_strongest_warning_counts_and_a_rising_one_comes_first(flags):
    rows = flags.warnings.set_index(schema.AREA_ID)
    area = rows.index[rows["grade"] == "confirmed"][0]
    one = rows.loc[[area]].reset_index()
    both = pd.concat(
        [
            one.assign(indicator="sgb2", direction="falling", grade="notable"),
            one.assign(indicator="children", direction="rising", grade="notable"),
            one.assign(indicator="daycare", direction="rising", grade="hint"),
        ]
    )
    shown = theme(dataclasses.replace(flags, warnings=both), "warning")
    assert shown.frame["class"][area] == "rising notable"
    assert shown.frame["value"][area] == "Anteil der unter 18-Jährigen ▲"
    assert (shown.frame["class"].drop(area) == "not published").all()


def test_short_series_and_no_warnings_at_all_have_their_classes(flags):
    shown = theme(flags, "warning")
    short = flags.warnings.loc[flags.warnings["grade"] == "too short", schema.AREA_ID]
    assert set(shown.frame.loc[short, "class"]) == {"too short"}
    empty = theme(dataclasses.replace(flags, warnings=flags.warnings.head(0)), "warning")
    assert set(empty.frame["class"]) == {"not published"}
