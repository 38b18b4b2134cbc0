"""Groups of ages and sexes in the spellings of many offices."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sozialraum.sources.ages import (
    EVERYONE,
    OPEN,
    UNKNOWN,
    Ages,
    ages_of,
    crossing,
    group_of,
    is_spreadsheet_date,
    route,
    sex_of,
)

SPELLED = {
    "0-2": "0-2 0–2 0—2 00-02 0_2 u3 U3 <3 Unter18:0-17",
    "3-5": "3-5 3_5",
    "80+": "80+ 80plus 80_plus >=80 ≥80 >79",
    "65+": "a65undaelter ab65",
    "18-29": "a18bis29",
}
PHRASES = {
    "0 - 2 Jahre": "0-2",
    "0 bis unter 3": "0-2",
    "bis unter 3": "0-2",
    "unter 3 Jahren": "0-2",
    "unter 1 Jahr": "0",
    "bis 2": "0-2",
    "von 3 bis unter 6 Jahren": "3-5",
    "3 bis einschl. 5": "3-5",
    "6 - u. 10": "6-9",
    "0 bis < 3": "0-2",
    "80 u. älter": "80+",
    "80 und älter": "80+",
    "80 Jahre und mehr": "80+",
    "65 u. ä.": "65+",
    "65 u.m.": "65+",
    "100 und mehr": "100+",
    "65 J. u. älter": "65+",
    "5": "5",
    "5-jährige": "5",
    "ALT_05_09": "5-9",
    "Einwohner 0-2": "0-2",
    "Insgesamt": "0+",
}


@pytest.mark.parametrize(("said", "meant"), PHRASES.items())
def test_phrases(said, meant):
    assert str(ages_of(said)) == meant


@pytest.mark.parametrize(("meant", "spelled"), SPELLED.items())
def test_short_spellings(meant, spelled):
    for word in spelled.split():
        said, _, other = word.partition(":")
        assert str(ages_of(said)) == (other or meant), said


@pytest.mark.parametrize(
    "said", ["über 65", "Ü65", "80-", "3-2", "Gebietsname", "2025", "", "x", "5.5"]
)
def test_what_people_read_in_two_ways_is_no_group(said):
    assert ages_of(said) is None
    assert group_of(said) is None


def test_not_stated_is_part_of_everyone_and_of_no_group():
    assert ages_of("k. A.") == ages_of("unbekannt") == UNKNOWN
    assert route(EVERYONE, [UNKNOWN, Ages(0, 18), Ages(18, OPEN)]) == (Ages(0, 18), Ages(18, OPEN))


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("m_0_2", "m 0-2"),
        ("w0-2", "w 0-2"),
        ("0-2 (w)", "w 0-2"),
        ("65 und älter weiblich", "w 65+"),
        ("maennlich_insgesamt", "m 0+"),
        ("D_18_24", "d 18-24"),
        ("davon weiblich", "w 0+"),
        ("80 u. m.", "80+"),
    ],
)
def test_names_of_columns(name, meant):
    assert str(group_of(name)) == meant


def test_sexes_are_words_not_figures():
    assert [sex_of(word) for word in ("weiblich", "M", "zusammen", "k. A.")] == ["w", "m", "", "?"]
    assert sex_of("1") is None


def test_what_spreadsheets_make_of_ages():
    for text in ("03. Mai", "3. Mai", "Mai 03", "2025-05-03", "Okt 12", "06.09.2025"):
        assert is_spreadsheet_date(text), text
    assert not any(map(is_spreadsheet_date, ("3-5", "80+", "unter 3", "Insgesamt", "Mairie")))


@given(st.lists(st.integers(1, 99), unique=True, max_size=8), st.data())
def test_a_route_covers_every_year_once(cuts, data):
    edges = [0, *sorted(cuts), OPEN]
    groups = [Ages(a, b) for a, b in pairwise(edges)]
    start, stop = sorted(data.draw(st.permutations(edges))[:2])
    found = route(Ages(start, stop), [*groups, EVERYONE])
    assert found is not None
    assert (found[0].start, found[-1].stop) == (start, stop)
    assert all(a.stop == b.start for a, b in pairwise(found))
    if start > 0:
        assert route(Ages(start - 1, stop), groups) is None or start - 1 in edges


def test_groups_that_cross():
    assert crossing([Ages(0, 4), Ages(3, 7), Ages(0, 18)]) == [(Ages(0, 4), Ages(3, 7))]
    assert crossing([Ages(0, 3), Ages(3, 6), Ages(0, 6), EVERYONE]) == []
