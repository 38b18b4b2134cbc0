"""The register of deliveries: days by which they are due, states, faults of the description."""

from datetime import date
from types import SimpleNamespace

import pytest

from sozialraum.config import read_config
from sozialraum.errors import SourceError
from sozialraum.files.vault import Vault
from sozialraum.pipeline.base import take
from sozialraum.pipeline.inputs import Inputs
from sozialraum.pipeline.standing import origins, register
from sozialraum.sources import delivery_files
from sozialraum.sources.due import Standing, due_of, standing

PROJECT = """
[project]
title = "Probe"
county = "Probekreis"
[municipalities]
file = "gemeinden.gpkg"
[blocks]
[indicators]
file = "indicators.toml"
[deliveries]
file = "deliveries.toml"
"""
DELIVERY = """
[[delivery]]
name = "{name}"
kind = "table"
files = ["{name}_*.csv"]
{time}
[delivery.columns]
key = "Gebiet"
[delivery.variables]
n = "n"
[delivery.source]
provider = "Amt für Proben"
title = "Proben"
"""
YEARLY = """
owner = "Probenamt"
contact = "Planungsgruppe"
rhythm = "yearly"
due = ["03-31"]
received = 2026-02-01
expected_since = "2023-12-31"
"""


def timed(**settings):
    usual = {"rhythm": "yearly", "due": (), "received": "", "expected": (), "expected_since": ""}
    return SimpleNamespace(**{**usual, **settings})


@pytest.mark.parametrize(
    ("day", "due", "by"),
    [
        ("2025-12-31", ["03-31"], date(2026, 3, 31)),
        ("2025-12-31", ["09-30", "03-31"], date(2026, 3, 31)),
        ("2025-03-31", ["03-31"], date(2026, 3, 31)),
        ("2023-12-31", ["02-29"], date(2024, 2, 29)),
        ("2024-12-31", ["02-29"], date(2025, 2, 28)),
        ("2025-12-31", ["2027-01-15"], date(2027, 1, 15)),
        ("2027-12-31", ["2027-01-15"], None),
        ("2025-12-31", [], date(2025, 12, 31)),
    ],
)
def test_the_day_by_which_a_reference_date_is_due(day, due, by):
    assert due_of(day, due) == by


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-02-28", Standing("complete", "2026-03-31")),
        ("2026-03-01", Standing("due soon", "2026-03-31")),
        ("2026-03-31", Standing("due soon", "2026-03-31")),
        ("2026-04-01", Standing("late", "2026-03-31", ("2025-12-31",))),
        ("2027-04-01", Standing("late", "2026-03-31", ("2025-12-31", "2026-12-31"))),
    ],
)
def test_a_yearly_delivery_over_the_year(on, expected):
    yearly = timed(due=("03-31",), expected_since="2023-12-31")
    assert standing(yearly, ("2023-12-31", "2024-12-31"), date.fromisoformat(on)) == expected


def test_a_gap_in_the_middle_is_late():
    yearly = timed(due=("03-31",), expected_since="2022-12-31")
    found = standing(yearly, ("2022-12-31", "2024-12-31"), date(2025, 6, 1))
    assert found == Standing("late", "2024-03-31", ("2023-12-31",))


@pytest.mark.parametrize(
    ("rhythm", "since", "absent"),
    [
        ("monthly", "2026-01-31", ("2026-02-28", "2026-03-31", "2026-04-30")),
        ("quarterly", "2025-12-31", ("2026-03-31",)),
        ("two-yearly", "2021-12-31", ("2023-12-31", "2025-12-31")),
        ("five-yearly", "2020-06-15", ("2025-06-15",)),
    ],
)
def test_rhythms_keep_the_end_of_the_month(rhythm, since, absent):
    rule = timed(rhythm=rhythm, expected_since=since)
    assert standing(rule, (since,), date(2026, 5, 1)).absent == absent


def test_listed_dates_end_and_without_days_they_are_due_at_once():
    listed = timed(expected=("2024-12-31", "2025-12-31"))
    assert standing(listed, ("2024-12-31",), date(2025, 12, 1)) == Standing(
        "due soon", "2025-12-31"
    )
    assert standing(listed, ("2024-12-31",), date(2026, 1, 1)).absent == ("2025-12-31",)
    assert standing(listed, listed.expected, date(2030, 1, 1)) == Standing("complete")
    assert standing(timed(), (), date(2030, 1, 1)) == Standing("complete")


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("SOZIALRAUM_HOME", str(tmp_path / "home"))
    folder = tmp_path / "projekt"
    folder.mkdir()
    (folder / "sozialraum.toml").write_text(PROJECT, encoding="utf-8")
    describe(folder, a=YEARLY, b="")
    for year in (2023, 2024, 2025):
        write(folder, "a", year, 41)
    write(folder, "b", 2025, 43)
    return folder


def describe(folder, **times):
    blocks = [DELIVERY.format(name=name, time=time) for name, time in times.items()]
    (folder / "deliveries.toml").write_text("".join(blocks), encoding="utf-8")


def write(folder, name, year, count):
    path = folder / f"{name}_{year}.csv"
    path.write_text(f"Gebiet;n\nQ1;{count}\nQ2;77\n", encoding="utf-8")


def frozen(project):
    config, vault = read_config(project), Vault(project / ".sozialraum")
    return take(vault, Inputs(config).deliveries, origins(config, vault))


def states(project, on="2026-05-01"):
    lines = register(read_config(project), on=date.fromisoformat(on))
    return {line.name: line.state for line in lines}


def test_one_line_a_delivery(project):
    first, second = register(read_config(project), on=date(2026, 5, 1))
    assert (first.owner, first.contact, first.rhythm) == ("Probenamt", "Planungsgruppe", "yearly")
    assert (first.latest, first.received, first.due) == ("2025-12-31", "2026-02-01", "2027-03-31")
    assert (second.owner, second.due, second.state) == ("Amt für Proben", "", "complete")
    assert not (project / ".sozialraum").exists()


def test_every_state(project):
    assert states(project) == {"a": "complete", "b": "complete"}
    assert states(project, "2027-03-15")["a"] == "due soon"
    assert states(project, "2027-04-01")["a"] == "late"
    frozen(project)
    write(project, "a", 2024, 44)
    (project / "b_2025.csv").write_text("Gebiet;n\nQ1;viele\n", encoding="utf-8")
    assert states(project, "2027-04-01") == {"a": "changed", "b": "not read"}
    (project / "b_2025.csv").unlink()
    first, second = register(read_config(project), on=date(2027, 4, 1))
    assert (first.details, second.details) == (("2024-12-31",), ("b_*.csv",))
    assert (second.state, second.latest, second.is_faulty) == ("missing", "", True)


def test_a_fault_is_told_in_one_line_without_the_cell(project):
    (project / "b_2025.csv").write_text("Gebiet;n\nQ1;vierundachtzig\n", encoding="utf-8")
    (fault,) = register(read_config(project), on=date(2026, 5, 1))[1].details
    assert "b_2025.csv" in fault
    assert "\n" not in fault


def test_unchanged_files_are_not_read_again(project, monkeypatch):
    frozen(project)

    def reading(_resolved):
        raise AssertionError

    monkeypatch.setattr("sozialraum.pipeline.standing.read_delivery", reading)
    describe(project, a=YEARLY.replace("Probenamt", "Amt 99"), b="")
    first, _ = register(read_config(project), on=date(2026, 5, 1))
    assert (first.owner, first.latest) == ("Amt 99", "2025-12-31")
    write(project, "a", 2024, 44)
    with pytest.raises(AssertionError):
        states(project)


def test_a_new_year_is_no_change(project):
    frozen(project)
    write(project, "a", 2026, 45)
    assert states(project, "2027-04-01") == {"a": "complete", "b": "complete"}


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ('due = ["31.03."]\nexpected = ["2025-12-31"]', "due"),
        ('due = ["13-01"]\nexpected = ["2025-12-31"]', "due"),
        ('due = ["03-31"]', "expected"),
        ('received = "2026-02-30"', "received"),
        ('expected = ["2025"]', "expected"),
        ('expected_since = "2025-12-31"', "rhythm"),
        ('rhythm = "irregular"\nexpected_since = "2025-12-31"', "rhythm"),
        ('rhythm = "yearly"\nexpected = "2025-12-31"\nexpected_since = "2025-12-31"', "expected"),
        ('rhythm = "jährlich"', "rhythm"),
        ("owner = 5", "owner"),
    ],
)
def test_faults_name_their_place(project, settings, place):
    describe(project, a=settings)
    with pytest.raises(SourceError) as caught:
        delivery_files(project / "deliveries.toml")
    assert caught.value.message == "sources.faulty_settings"
    assert f"„a“.{place}" in caught.value.text("de")
    assert len(caught.value.ids) == 1


def test_days_may_be_written_as_dates_and_alone(project):
    describe(project, a="due = 2027-03-31\nexpected = 2026-12-31\nreceived = 2026-02-01")
    line = register(read_config(project), on=date(2026, 5, 1))[0]
    assert (line.due, line.received) == ("2027-03-31", "2026-02-01")
