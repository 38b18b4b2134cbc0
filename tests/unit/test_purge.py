"""Deleting a delivery: what goes, what stays, what is recorded."""

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from sozialraum.config import read_config
from sozialraum.errors import ConfigError, DisclosureError, OutputError
from sozialraum.files.vault import Keys, Vault
from sozialraum.pipeline.purge import RECORD, overdue, plan_purge, purge

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
files = {files}
[delivery.columns]
key = "Gebiet"
[delivery.source]
provider = "Amt für Proben"
title = "Proben"
confidential = true
purpose = "Sozialplanung"
legal_basis = "§ 67c SGB X"
audiences = ["intern"]
delete_by = "{day}"
"""


def delivery(name, files, day="2026-06-30"):
    return DELIVERY.format(name=name, files=json.dumps(files), day=day)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("SOZIALRAUM_HOME", str(tmp_path / "home"))
    folder = tmp_path / "projekt"
    (folder / "daten").mkdir(parents=True)
    for name in ("a_2024.csv", "a_2025.csv", "b.csv"):
        (folder / "daten" / name).write_text(f"Gebiet;n\n{name};7\n")
    (folder / "sozialraum.toml").write_text(PROJECT)
    described = delivery("a", ["daten/a_*.csv"]) + delivery("b", ["daten/b.csv"], "2030-12-31")
    (folder / "deliveries.toml").write_text(described)
    vault = Vault(folder / ".sozialraum")
    vault.store("blocks", "k1", 1)
    vault.store("measures", "k2", 2)
    (vault.folder / "release-k3.4711").write_bytes(b"half-written")
    return folder


def present(folder):
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def records(folder):
    return [json.loads(line) for line in (folder / RECORD).read_text().splitlines()]


def test_a_plan_names_files_and_intermediates_and_touches_nothing(project):
    before = present(project)
    plan = plan_purge(read_config(project), "a")
    assert [p.name for p in plan.files] == ["a_2024.csv", "a_2025.csv"]
    assert [p.name for p in plan.entries] == [
        "blocks-k1.entry",
        "measures-k2.entry",
        "release-k3.4711",
    ]
    assert plan.outside == ()
    assert present(project) == before


def test_files_and_intermediates_go_and_the_rest_stays(project):
    before = present(project)
    keys = [Keys().file_key(project / "daten" / f"a_{year}.csv") for year in (2024, 2025)]
    plan = plan_purge(read_config(project), "a")
    record = purge(plan, reason="Zweck erfüllt", role="Sozialplanung")
    gone = {p.relative_to(project).as_posix() for p in (*plan.files, *plan.entries)}
    assert present(project) == before - gone | {RECORD}
    assert record == project / RECORD
    (entry,) = records(project)
    assert entry["files"] == keys
    assert entry["delivery"] == Keys().key(["delivery", "a"])
    assert (entry["reason"], entry["role"]) == ("Zweck erfüllt", "Sozialplanung")
    assert (entry["complete"], entry["intermediates"]) == (True, 3)
    assert entry["time"].endswith("+00:00")


def test_the_record_holds_no_content_and_no_plain_hash(project):
    contents = [p.read_bytes() for p in (project / "daten").glob("a_*")]
    purge(plan_purge(read_config(project), "a"))
    text = (project / RECORD).read_text()
    for content in contents:
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s"):
            assert hashlib.new(name, content).hexdigest()[:16] not in text.lower()
    assert "a_2024" not in text
    assert "Gebiet" not in text


def test_records_are_appended(project):
    config = read_config(project)
    purge(plan_purge(config, "a"))
    purge(plan_purge(config, "b"))
    first, second = records(project)
    assert first["delivery"] != second["delivery"]
    assert first["reason"] == "Löschfrist abgelaufen"
    assert second["reason"] == second["role"] == "nicht angegeben"
    assert plan_purge(config, "a").files == ()


def test_an_unknown_delivery_is_named(project):
    with pytest.raises(ConfigError) as caught:
        plan_purge(read_config(project), "c")
    assert "a, b" in caught.value.text("de")


def test_files_that_another_delivery_needs_stay(project):
    described = delivery("a", ["daten/a_*.csv"]) + delivery("c", ["daten/a_2025.csv"])
    (project / "deliveries.toml").write_text(described)
    with pytest.raises(ConfigError) as caught:
        plan_purge(read_config(project), "a")
    assert caught.value.ids == ("a_2025.csv",)
    assert "c" in caught.value.values["others"]


@pytest.mark.parametrize("way", ["absolute", "upwards", "link"])
def test_paths_outside_are_deleted_only_when_said_so(project, way):
    outside = project.parent / "netz" / "fremd.csv"
    outside.parent.mkdir()
    outside.write_text("Gebiet;n\nx;7\n")
    link = project / "daten" / "fremd.csv"
    link.symlink_to(outside)
    named = {"absolute": str(outside), "upwards": "../netz/fremd.csv", "link": "daten/fremd.csv"}
    (project / "deliveries.toml").write_text(delivery("a", [named[way], "daten/a_2024.csv"]))
    plan = plan_purge(read_config(project), "a")
    assert len(plan.outside) == 1
    with pytest.raises(DisclosureError) as caught:
        purge(plan)
    assert "--yes-outside" in caught.value.text("de")
    assert outside.exists()
    assert (project / "daten" / "a_2024.csv").exists()
    assert not (project / RECORD).exists()
    purge(plan, outside=True)
    assert not outside.exists()
    assert link.is_symlink() == (way != "link")


def test_what_was_deleted_before_a_fault_is_recorded(project, monkeypatch):
    plan = plan_purge(read_config(project), "a")
    unlink = Path.unlink

    def locked(self, **settings):
        if self.name == "a_2025.csv":
            raise PermissionError(13, "Permission denied")
        unlink(self, **settings)

    monkeypatch.setattr(Path, "unlink", locked)
    with pytest.raises(OutputError) as caught:
        purge(plan)
    assert "a_2025.csv" in caught.value.text("de")
    (entry,) = records(project)
    assert (len(entry["files"]), entry["complete"]) == (1, False)


def test_only_work_folders_are_emptied(project):
    foreign = project.parent / "foreign"
    foreign.mkdir()
    (foreign / "blocks-k1.entry").write_text("mine")
    assert plan_purge(read_config(project), "a", work=foreign).entries == ()


def test_overdue_counts_what_is_still_there(project):
    config = read_config(project)
    assert overdue(config, date(2026, 6, 30)) == ()
    (late,) = overdue(config, date(2026, 7, 1))
    assert (late.name, late.source.purpose) == ("a", "Sozialplanung")
    assert late.source.legal_basis == "§ 67c SGB X"
    assert late.source.audiences == ("intern",)
    purge(plan_purge(config, "a"))
    assert overdue(config, date(2026, 7, 1)) == ()
    assert [one.name for one in overdue(config, date(2031, 1, 1))] == ["b"]
