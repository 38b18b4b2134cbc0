"""Source lines: what licences ask for, in the reader's language."""

import dataclasses

import pytest

from sozialraum.files.provenance import footer, source_line, sources_sentence
from sozialraum.files.wording import day, number, share
from sozialraum.model import Source
from support import make_release


def test_a_line_holds_attribution_licence_dates_and_changes():
    source = Source(
        "BKG",
        "VG250",
        licence="dl-de/by-2-0",
        attribution="© GeoBasis-DE / BKG 2024",
        reference_date="2024-12-31",
        territory_date="2024-01-01",
        changes="Geometrien vereinfacht",
    )
    assert source_line(source, language="de") == (
        "© GeoBasis-DE / BKG 2024: VG250, dl-de/by-2-0, Stand 31.12.2024, "
        "Gebietsstand 01.01.2024, Geometrien vereinfacht"
    )
    assert "boundaries of 2024-01-01" in source_line(source, language="en")


def test_a_source_used_twice_is_named_once_and_none_is_said():
    source = Source("Amt", "Register")
    assert sources_sentence([source, source]) == "Quelle: Amt: Register."
    assert sources_sentence([]) == "Quelle: nicht angegeben."


def test_a_closed_audience_and_a_foreign_table_are_said():
    release = make_release(draft=False)
    closed = dataclasses.replace(release, audience="Lenkungsgruppe")
    assert "Lenkungsgruppe" in footer(closed)[0]
    foreign = dataclasses.replace(release, audit=dataclasses.replace(release.audit, ours=False))
    assert any("nicht von uns geprüft" in line for line in footer(foreign))
    assert not any("geprüft gegen" in line for line in footer(foreign))


def test_purpose_and_deletion_date_of_a_delivery_are_not_printed():
    release = dataclasses.replace(
        make_release(),
        sources=(Source("Amt", "Register", confidential=True, purpose="intern", delete_by="2030"),),
    )
    printed = " ".join(footer(release))
    assert "intern" not in printed
    assert "2030" not in printed


@pytest.mark.parametrize(
    ("value", "digits", "german", "english"),
    [
        (1234567.0, 0, "1\u202f234\u202f567", "1,234,567"),
        (-0.04, 1, "0,0", "0.0"),
        (12.5, 1, "12,5", "12.5"),
    ],
)
def test_numbers(value, digits, german, english):
    assert number(value, digits, "de") == german
    assert number(value, digits, "en") == english


def test_a_share_below_all_is_never_written_as_all():
    assert share(0.99999, "en") == "99.9%"
    assert share(0.00001, "en") == "0.1%"
    assert share(1.0, "en") == "100%"
    assert share(0.0, "en") == "0%"


def test_only_full_dates_are_turned():
    assert day("2025-12-31", "de") == "31.12.2025"
    assert day("Schuljahr 2024/25", "de") == "Schuljahr 2024/25"
    assert day("", "de") == ""


def test_sources_that_differ_in_their_title_only_stand_together():
    sources = [Source("Amt", title, "CC0-1.0") for title in ("Register", "Häuser", "Register")]
    assert sources_sentence(sources, "de") == "Quelle: Amt: Register · Häuser, CC0-1.0."
