"""What is said of areas: true, complete, readable, and nothing about hidden numbers."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sozialraum.errors import StatisticsError
from sozialraum.flags import sentence
from sozialraum.flags.sentences import how_often, sentences, tenths
from sozialraum.flags.told import told_by
from sozialraum.flags.warning_texts import warning_sentence
from sozialraum.messages import LANGUAGES, catalogue
from sozialraum.schema import Grade, State
from support import NASTY, make_flags, make_index, make_release

JARGON = re.compile(
    r"signifi|p-wert|p-value|hot ?spot|cold ?spot|brennpunkt|problem|statisti|benjamini|moran"
    r"|stigma|ghetto|asozial|unterschicht|abgehängt|underclass|deprived",
    re.IGNORECASE,
)
LONGEST = 650
FLAGGED = (Grade.CONFIRMED, Grade.NOTABLE, Grade.HINT)


@pytest.fixture(scope="module")
def release():
    return make_release(25)


@pytest.fixture(scope="module")
def flags(release):
    return make_flags(release, make_index(release))


def first(flags, grade, direction=None):
    """Return the first area of a grade (and direction)."""
    areas = flags.areas[flags.areas["grade"] == grade]
    areas = areas if direction is None else areas[areas["direction"] == direction]
    return str(areas.index[0])


def changed(flags, area, **columns):
    """Return flags with other columns for an area, in its row and those of its indicators."""
    areas, table = flags.areas.copy(), flags.table.copy()
    for name, value in columns.items():
        if name in areas:
            areas.loc[area, name] = value
        if name in table:
            table.loc[table["area_id"] == area, name] = value
    return replace(flags, areas=areas, table=table)


def with_index(flags, area, **columns):
    """Return flags whose index says something else of an area."""
    table = flags.index.table.copy()
    for name, value in columns.items():
        table.loc[area, name] = value
    return replace(flags, index=replace(flags.index, table=table))


def counted(flags, area, **columns):
    """Return flags whose release has other published counts of the first indicator."""
    table = flags.release.table.copy()
    rows = (table["area_id"] == area) & (table["indicator"] == "sgb2")
    table.loc[rows, list(columns)] = list(columns.values())
    return replace(flags, release=replace(flags.release, table=table))


def numbers(text):
    """Return the numbers of a German or English sentence as floats."""
    found = re.findall(r"\d+(?:[.,\u202f]\d+)*", text)
    german = [n.replace("\u202f", "") for n in found]
    return {float(n.replace(",", ".") if n.count(",") == 1 else n) for n in german}


class TestFindings:
    def test_every_part_of_a_finding(self, flags, release):
        area = first(flags, Grade.CONFIRMED, "high")
        row = release.frame("sgb2").loc[area]
        flags = changed(flags, area, stability=0.91, kept=0.62, warning="")
        assert sentence(flags, area, "de") == (
            "Höhere Belastung als im Kreis üblich: Leistungsbezug nach SGB II unter 65 Jahren "
            f"{row['value']:.1f}\u202f% (".replace(".", ",")
            + f"{row['numerator']:.0f} von 3\u202f{row['denominator'] % 1000:.0f}; "
            "im Kreis 12,3\u202f%). "
            "Gesichert (von solchen Funden sind im Mittel höchstens 5\u202f% Zufall): Bei einer "
            "neuen Zählung stünde das Gebiet in etwa 9 von 10 Fällen wieder hier, mit anders "
            "gezogenen Grenzen in etwa 6 von 10 Fällen. Status im Index: sehr niedrig (hohe "
            "Belastung); diese Einstufung hielte in etwa 9 von 10 Fällen."
        )

    def test_the_same_in_english(self, flags):
        area = first(flags, Grade.CONFIRMED, "high")
        english = sentence(flags, area, "en")
        assert english.startswith("Higher burden than usual in the county: Recipients of basic")
        assert "county 12.3%)" in english
        assert "at most 5% are chance)" in english
        assert "of 10 cases" in english

    @pytest.mark.parametrize(
        ("grade", "words"),
        [
            (Grade.CONFIRMED, "Gesichert ("),
            (Grade.NOTABLE, "Bemerkenswert ("),
            (Grade.HINT, "Nur ein Hinweis ("),
        ],
    )
    def test_how_sure_it_is(self, flags, grade, words):
        assert words in sentence(flags, first(flags, grade), "de")

    @pytest.mark.parametrize(("rate", "words"), [(0.05, "5\u202f%"), (0.025, "2,5\u202f%")])
    def test_the_rate_of_chance_findings(self, flags, rate, words):
        area = first(flags, Grade.CONFIRMED)
        told = sentence(replace(flags, rate=rate), area, "de")
        assert f"höchstens {words} Zufall)" in told

    def test_the_neighbourhood_is_named_where_it_speaks(self, flags):
        area = first(flags, Grade.CONFIRMED, "high")
        around = changed(flags, area, evidence="gi_star")
        words = "hier und in den Nachbargebieten"
        assert words in sentence(around, area, "de")
        assert words not in sentence(flags, area, "de")

    @pytest.mark.parametrize("polarity", [1, 0])
    @pytest.mark.parametrize("direction", ["high", "low"])
    def test_an_own_value_that_is_usual_is_not_called_high_or_low(self, flags, direction, polarity):
        area = first(flags, Grade.CONFIRMED, direction)
        release = flags.release
        kinds = tuple(replace(one, polarity=polarity) for one in release.indicators)
        usual = changed(flags, area, evidence="gi_star", p_rate=0.3)
        told = sentence(replace(usual, release=replace(release, indicators=kinds)), area, "de")
        assert told.startswith("In der Umgebung ")
        assert "; der eigene Wert fällt für sich allein nicht auf: " in told
        assert "hier und in den" not in told
        assert ("Belastung" in told.split(";")[0]) == bool(polarity)

    def test_other_neighbours_matter_only_to_neighbourhoods(self, flags):
        area = first(flags, Grade.CONFIRMED, "high")
        same = changed(flags, area, evidence="gi_star", knn_grade="hint")
        other = changed(flags, area, evidence="gi_star", knn_grade="none")
        unknown = changed(flags, area, evidence="gi_star", knn_grade="")
        assert "mit den sechs nächsten Gebieten als Nachbarn fällt es auf" in sentence(
            same, area, "de"
        )
        assert "fällt es nicht auf" in sentence(other, area, "de")
        for quiet in (flags, unknown):
            assert "sechs nächsten" not in sentence(quiet, area, "de")

    def test_strengths_differences_and_context(self, flags, release):
        low, mixed = first(flags, Grade.CONFIRMED, "low"), first(flags, Grade.CONFIRMED, "mixed")
        assert sentence(flags, low, "de").startswith("Geringere Belastung")
        assert sentence(flags, mixed, "de").startswith("Deutlicher Unterschied zu den Nach")
        plain = tuple(replace(one, polarity=0) for one in release.indicators)
        context = replace(flags, release=replace(release, indicators=plain))
        assert sentence(context, low, "de").startswith("Niedrigere Werte")
        assert sentence(context, first(flags, Grade.CONFIRMED, "high"), "en").startswith(
            "Higher values"
        )

    def test_the_county_is_left_out_where_it_is_not_published(self, flags, release):
        table = release.table.copy()
        county = table["geography"] == "kreis"
        table.loc[county, ["numerator", "denominator", "value"]] = np.nan
        table.loc[county, "state"] = str(State.SUPPRESSED)
        hidden = replace(flags, release=replace(release, table=table))
        told = sentence(hidden, first(flags, Grade.HINT), "de")
        assert "im Kreis üblich" in told
        assert "; im Kreis" not in told


class TestFirmness:
    @pytest.mark.parametrize("grade", FLAGGED)
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_no_finding_goes_without(self, flags, grade, language):
        """Other borders cannot be tried everywhere; then this is said."""
        area = first(flags, grade)
        counted, borders, not_tried = {
            "de": ("neuen Zählung", "anders gezogenen Grenzen", "ließen sich hier nicht erproben"),
            "en": ("counted again", "with other borders", "could not be tried here"),
        }[language]
        told = sentence(flags, area, language)
        assert counted in told
        assert borders in told
        alone = sentence(changed(flags, area, kept=np.nan), area, language)
        assert counted in alone
        assert not_tried in alone

    @pytest.mark.parametrize(
        ("share", "words"),
        [
            (1.0, "stünde das Gebiet fast immer wieder hier"),
            (0.95, "stünde das Gebiet fast immer wieder hier"),
            (0.949, "in etwa 9 von 10 Fällen wieder hier"),
            (0.5, "in etwa 5 von 10 Fällen wieder hier"),
            (0.05, "in etwa 1 von 10 Fällen wieder hier"),
            (0.04, "stünde das Gebiet fast nie wieder hier"),
            (0.0, "stünde das Gebiet fast nie wieder hier"),
        ],
    )
    def test_shares_in_words(self, flags, share, words):
        area = first(flags, Grade.CONFIRMED)
        assert words in sentence(changed(flags, area, stability=share), area, "de")

    def test_clear_but_shaky_findings_ask_for_care(self, flags):
        area = first(flags, Grade.CONFIRMED)
        shaky = changed(flags, area, stability=0.3)
        assert "mit Vorsicht zu lesen." in sentence(shaky, area, "de")
        assert "mit Vorsicht" in sentence(changed(flags, area, kept=0.1), area, "de")
        assert "mit Vorsicht" not in sentence(flags, area, "de")
        hint = first(flags, Grade.HINT)
        assert "mit Vorsicht" not in sentence(changed(flags, hint, stability=0.3), hint, "de")

    def test_words_and_tenths_agree(self):
        shares = np.linspace(0, 1, 201)
        some = [s for s in shares if how_often(s) == "some"]
        assert {tenths(s) for s in some} == set(range(1, 10))
        assert all(abs(tenths(s) - 10 * s) <= 0.5 + 1e-9 for s in some)


class TestStatus:
    def test_no_index_no_status(self, flags):
        area = first(flags, Grade.CONFIRMED)
        assert "Index" not in sentence(replace(flags, index=None), area, "de")

    def test_without_a_class_nothing_is_said(self, flags):
        area = first(flags, Grade.CONFIRMED)
        without = with_index(flags, area, status_class=None, status_stability=np.nan)
        assert "Status" not in sentence(without, area, "de")

    def test_a_class_whose_firmness_is_not_known(self, flags):
        area = first(flags, Grade.CONFIRMED, "high")
        found = with_index(changed(flags, area, warning=""), area, status_stability=np.nan)
        assert sentence(found, area, "de").endswith(
            "Status im Index: sehr niedrig (hohe Belastung)."
        )

    def test_many_classes_are_told_by_number(self, flags):
        area = first(flags, Grade.CONFIRMED, "high")
        limits = tuple(float(k) for k in range(6))
        method = replace(flags.index.method, classes=tuple("1234567"), breaks=limits)
        found = with_index(flags, area, status_class="7")
        found = replace(found, index=replace(found.index, method=method))
        assert "Status im Index: Klasse 7;" in sentence(found, area, "de")


class TestWarnings:
    def test_the_strongest_of_its_direction_is_told(self, flags):
        rising = str(flags.areas.index[flags.areas["warning"] == "rising"][0])
        rows = flags.warnings[flags.warnings["area_id"] == rising]
        weaker = rows.assign(grade="hint", p=0.04, indicator="children")
        other = rows.assign(direction="falling", p=1e-9, indicator="daycare")
        more = replace(flags, warnings=_together(weaker, flags.warnings, other))
        expected = warning_sentence(flags.release, rows.iloc[0], "de")
        assert sentence(more, rising, "de").endswith(expected)
        assert expected in sentence(flags, rising, "de")

    def test_nothing_without_a_warning(self, flags):
        rising = str(flags.areas.index[flags.areas["warning"] == "rising"][0])
        assert "Seit " in sentence(flags, rising, "de")
        assert "Seit " not in sentence(changed(flags, rising, warning=""), rising, "de")


class TestNothingToSay:
    def test_no_finding_is_no_judgement(self, flags, release):
        area = first(flags, Grade.NONE)
        count = release.frame("sgb2").loc[area, "numerator"]
        told = sentence(flags, area, "de")
        assert told.startswith("Nichts, was über den Zufall hinausgeht: Leistungsbezug")
        assert f"({count:.0f} von " in told
        assert "heißt nicht, dass hier niemand Unterstützung braucht" in told
        assert "Zählung" not in told

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_areas_without_values_carry_no_number(self, flags, language):
        hidden = flags.areas.index[flags.areas["grade"] == Grade.NOT_PUBLISHED]
        told = {sentence(flags, area, language) for area in hidden}
        assert len(told) == 1
        assert not re.search(r"\d", told.pop())

    def test_areas_without_neighbours_say_so(self, flags):
        told = sentence(flags, first(flags, Grade.NO_NEIGHBOURS), "de")
        assert "Ob sich hier etwas häuft, lässt sich nicht sagen" in told

    def test_shares_without_counts_are_published_and_not_tested(self, flags):
        """Alone, and beside an indicator that was tested."""
        area = first(flags, Grade.NONE)
        bare = counted(flags, area, numerator=np.nan, denominator=np.nan)
        alone = changed(bare, area, grade=str(Grade.NOT_PUBLISHED), p=np.nan)
        told = sentence(alone, area, "de")
        assert told.startswith("Veröffentlicht ist nur der Anteil, nicht die Zahlen dahinter: ")
        assert "\u202f% (im Kreis 12,3\u202f%). Ob er auffällt, lässt sich nicht prüfen." in told
        assert "nan" not in told
        assert "keine Werte veröffentlicht" not in told
        assert "can" not in told
        assert "cannot be tested" in sentence(alone, area, "en")
        daycare = flags.release.frame("daycare")["value"]
        both = daycare.index[daycare.notna() & (flags.areas["grade"] == Grade.NONE)][0]
        other = flags.table.assign(indicator="daycare", grade="none", evidence="", p=0.6)
        mixed = counted(flags, both, numerator=np.nan)
        rows = changed(mixed, both, p=np.nan).table
        said = sentence(replace(mixed, table=_together(rows, other)), both, "de")
        assert said.startswith("Nichts, was über den Zufall hinausgeht: Kinder in Tages")
        assert "nur der Anteil, nicht die Zahlen dahinter: Leistungsbezug" in said

    @pytest.mark.parametrize("grade", [Grade.NONE, Grade.NO_NEIGHBOURS])
    def test_what_was_not_tested_is_not_called_chance(self, flags, grade):
        area = first(flags, grade)
        told = sentence(changed(flags, area, p=np.nan, warning=""), area, "de")
        assert told.startswith("Ob das auffällt, lässt sich nicht prüfen: Leistungsbezug")
        assert "Zufall" not in told

    def test_indicators_without_a_value_here_are_named(self, flags):
        hidden = flags.table.assign(indicator="daycare", grade="none", evidence="")
        both = replace(flags, table=_together(flags.table, hidden))
        frame = flags.release.frame("daycare")
        known = flags.areas["grade"] != Grade.NOT_PUBLISHED
        absent = frame.index[(frame["state"] != State.VALUE) & known.reindex(frame.index)]
        present = frame.index[(frame["state"] == State.VALUE) & known.reindex(frame.index)]
        words = "Nicht veröffentlicht ist hier: Kinder in Tagesbetreuung."
        assert len(absent) > 0
        assert all(sentence(both, area, "de").endswith(words) for area in absent)
        assert all(words not in sentence(both, area, "de") for area in present)


def _together(*tables):
    return pd.concat(tables, ignore_index=True)


class TestManyIndicators:
    def leading(self, flags, area, names):
        rows = flags.table[flags.table["area_id"] == area]
        more = [rows.assign(indicator=name, p=0.1 * k) for k, name in enumerate(names)]
        table = _together(flags.table[flags.table["area_id"] != area], *more)
        areas = flags.areas.copy()
        areas.loc[area, "indicators"] = ", ".join(sorted(names))
        return replace(flags, table=table, areas=areas)

    def test_two_are_named_the_strongest_first(self, flags):
        area = str(flags.release.frame("daycare")["value"].last_valid_index())
        found = changed(flags, area, grade="confirmed", direction="high", stability=0.9)
        told = sentence(self.leading(found, area, ["sgb2", "children"]), area, "de")
        assert 0 < told.index("Leistungsbezug") < told.index("unter 18-Jährigen")
        assert "weitere" not in told

    def test_more_are_counted(self, flags):
        area = str(flags.release.frame("daycare")["value"].last_valid_index())
        found = changed(flags, area, grade="confirmed", direction="high", stability=0.9)
        three = self.leading(found, area, ["children", "daycare", "sgb2"])
        assert "; dazu ein weiterer Indikator." in sentence(three, area, "de")
        assert "; and one more indicator." in sentence(three, area, "en")
        twins = [
            replace(flags.release.indicator("sgb2"), id=f"twin{k}", label_de=f"Z {k}")
            for k in (1, 2)
        ]
        release = flags.release
        rows = [
            release.table[release.table["indicator"] == "sgb2"].assign(indicator=one.id)
            for one in twins
        ]
        more = replace(
            release,
            indicators=(*release.indicators, *twins),
            table=_together(release.table, *rows),
        )
        four = self.leading(found, area, ["sgb2", "children", "twin1", "twin2"])
        told = sentence(replace(four, release=more), area, "de")
        assert "; dazu 2 weitere Indikatoren." in told
        assert "2 more indicators" in sentence(replace(four, release=more), area, "en")


@pytest.mark.parametrize("language", LANGUAGES)
class TestEverySentence:
    def test_plain_words_and_few(self, flags, language):
        for told in sentences(flags, None, language).values():
            assert not JARGON.search(told)
            assert len(told) <= LONGEST
            assert told.endswith(".")
            assert not re.search(r"\{|\}|  |\.\.|nan|None| \.|, \.", told)

    def test_only_published_numbers(self, flags, release, language):
        """Every number is a published one of the area or the county, or one of our wordings."""
        table = release.table[release.table["indicator"] == "sgb2"]
        table = table.set_index("area_id")[["numerator", "denominator", "value"]]
        county = set(table.loc["05999", "value"])
        words = {*range(11), 20, 65, 200, *(int(date[:4]) for date in release.dates("sgb2"))}
        for area, told in sentences(flags, None, language).items():
            own = table.loc[area].to_numpy().ravel()
            text = told if language == "de" else re.sub(r"(\d),(\d{3})", r"\1\2", told)
            assert numbers(text) <= words | county | set(own[~np.isnan(own)]), told

    def test_names_are_not_read_as_anything(self, flags, language):
        for area, name in zip(flags.areas.index[: len(NASTY)], NASTY, strict=True):
            assert flags.release.areas.loc[area, "name"] == name
            assert name not in sentence(flags, str(area), language)

    def test_hostile_labels_are_written_as_they_are(self, flags, release, language):
        label = "{values} {0} %s {{x}} =1+1"
        hostile = tuple(replace(one, label_de=label, label_en=label) for one in release.indicators)
        found = replace(flags, release=replace(release, indicators=hostile))
        assert f"{label} " in sentence(found, first(flags, Grade.HINT), language)

    def test_one_by_one_or_together(self, flags, language):
        together = sentences(flags, None, language)
        assert list(together) == list(flags.areas.index)
        area = first(flags, Grade.NOTABLE)
        assert sentence(flags, area, language) == together[area]

    def test_the_check_of_files_knows_them(self, flags, language):
        told = told_by(flags)
        assert told_by(flags.release).texts == frozenset()
        flagged = flags.areas.index[flags.areas["grade"].isin(FLAGGED)]
        assert {sentence(flags, str(area), language) for area in flagged} <= told.texts


@pytest.mark.parametrize("room", ["findings", "reached"])
def test_no_jargon_in_any_of_the_texts(room):
    told = [words[language] for words in catalogue(room).values() for language in LANGUAGES]
    assert len(told) > 20
    assert not [words for words in told if JARGON.search(words)]


def test_the_readers_language_is_the_default(flags, monkeypatch):
    area = first(flags, Grade.NONE)
    monkeypatch.setenv("SOZIALRAUM_LANG", "en")
    assert sentence(flags, area) == sentence(flags, area, "en")
    assert sentence(flags, area) != sentence(flags, area, "de")


def test_unknown_areas_are_named(flags):
    with pytest.raises(StatisticsError, match="nirgendwo"):
        sentences(flags, ["nirgendwo", first(flags, Grade.NONE)])


def test_nothing_is_changed(flags):
    areas, table = flags.areas.copy(), flags.table.copy()
    sentences(flags, None, "de")
    assert flags.areas.equals(areas)
    assert flags.table.equals(table)
