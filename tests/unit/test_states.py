"""Where there are numbers, and why there are none."""

from dataclasses import replace

import pytest

from counts import indicator, make_measures, policy
from registers import SGB2, make_release
from sozialraum.disclosure import protect
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.index.states import STATE_COLUMNS, explain_missing, states
from sozialraum.model import Release
from sozialraum.schema import State
from support import make_release as sample

ALL = {
    "V": (12, 60),
    "S": State.SUPPRESSED,
    "D": State.NOT_DELIVERED,
    "R": State.NOT_RELEASED,
    "A": State.NOT_APPLICABLE,
    "E": State.EXCLUDED,
}


def test_every_state_is_counted():
    found = states(make_release(ALL))
    assert found["areas"].tolist() == [6]
    assert found[list(STATE_COLUMNS)].to_numpy().tolist() == [[1] * 6]


def test_areas_without_a_row_count_as_not_delivered():
    release = make_release(ALL)
    lacking = replace(release, table=release.table.iloc[:2])
    row = states(lacking).iloc[0]
    assert (row["value"], row["hidden"], row["not_delivered"]) == (1, 1, 4)


def test_sums_are_the_areas_of_every_geography():
    release = sample()
    found = states(release)
    assert (found[list(STATE_COLUMNS)].sum(axis=1) == found["areas"]).all()
    small = found[found["geography"] == "sozialraum"]
    own = release.table[release.table["geography"] == "sozialraum"]
    assert small["value"].sum() == (own["state"] == State.VALUE).sum()
    assert small["hidden"].sum() > 0
    assert list(found["date"].unique()) == list(release.dates("sgb2"))


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_state_has_a_reason(language):
    release = make_release(ALL)
    found = [explain_missing(release, area, "sgb2", language=language) for area in ALL]
    assert len(set(found)) == len(ALL)
    label = "SGB II" if language == "de" else "Benefits"
    assert all(sentence.startswith(f"{label}, Gebiet ") for sentence in found)


def test_what_would_have_to_happen():
    assert "größere Gebiete" in explain_missing(make_release(ALL), "S", "sgb2")
    assert "Freigabe" in explain_missing(make_release(ALL), "R", "sgb2")
    due = replace(SGB2, numerator_source="Jobcenter", next_due="2026-03-01")
    sentence = explain_missing(make_release(ALL, indicators=(due,)), "D", "sgb2")
    assert "Jobcenter" in sentence
    assert "01.03.2026" in sentence
    coarse = replace(SGB2, smallest_level="municipality")
    assert "ganze Gemeinden" in explain_missing(
        make_release(ALL, indicators=(coarse,)), "D", "sgb2"
    )
    county = replace(SGB2, smallest_level="county")
    assert "ganzen Kreis" in explain_missing(make_release(ALL, indicators=(county,)), "D", "sgb2")


def test_pooled_years_are_named():
    three = make_release(ALL, indicators=(replace(SGB2, pool=3),))
    assert "Jahre 2023 bis 2025 zusammen" in explain_missing(three, "V", "sgb2")


def hidden(counts) -> Release:
    one = indicator("a", sensitivity="social")
    bases = {"a": [200] * 4}
    numbers = {"a": {"2025-12-31": counts}}
    return protect(make_measures(numbers, [one], [4], denominators=bases), policy(5))


def test_the_reason_does_not_tell_what_is_hidden():
    """Hidden for its own smallness or for another's sake: the same words."""
    release = hidden([2, 50, 60, 70])
    frame = release.frame("a")
    masked = frame.index[frame["state"] == State.SUPPRESSED]
    assert len(masked) >= 2
    words = {
        explain_missing(release, area, "a").replace(frame.loc[area, "name"], "") for area in masked
    }
    assert len(words) == 1
    assert not any(character.isdigit() for character in words.pop().replace("31.12.2025", ""))


def test_unknown_names_are_told():
    with pytest.raises(StatisticsError):
        explain_missing(make_release(ALL), "X", "sgb2")
    with pytest.raises(IndicatorError) as caught:
        explain_missing(make_release(ALL), "V", "sgb2", "1999-12-31")
    assert caught.value.values["known"] == "2025-12-31"
