"""A changed past is refused, looked at, accepted; then the run goes on. A new year just goes on."""

import re
import shutil

import pytest

from sozialraum.cli.app import run as cli
from sozialraum.config import read_config
from sozialraum.disclosure.ledger import LEDGER, publish, read_ledger, request_of
from sozialraum.errors import SourceError
from sozialraum.export import write_geopackage
from sozialraum.files.pin import pin_path
from sozialraum.files.readback import read_release
from sozialraum.files.vault import Vault
from sozialraum.pipeline import check_inputs, run
from sozialraum.pipeline.base import publication_key
from sozialraum.pipeline.history import read_history
from sozialraum.pipeline.past import find_base
from sozialraum.pipeline.purge import plan_purge, purge
from sozialraum.pipeline.runner import _Runner

PLANTED = 99_317
"""A count that stands nowhere else."""


@pytest.fixture(scope="module")
def finished(short_county, tmp_path_factory):
    """Return a copy of the county that was run up to its release, once."""
    folder = tmp_path_factory.mktemp("past") / "kreis"
    shutil.copytree(short_county, folder, ignore=shutil.ignore_patterns(".sozialraum"))
    made = run(read_config(folder), until="release")
    assert made.notes == ()
    return folder, made.release


@pytest.fixture
def project(finished, tmp_path):
    folder = tmp_path / "kreis"
    shutil.copytree(finished[0], folder)
    return folder


@pytest.fixture
def reading(monkeypatch):
    """Count how often the deliveries of a project are read."""
    import sozialraum.pipeline.inputs as module

    calls, read = [], module.read_deliveries
    monkeypatch.setattr(module, "read_deliveries", lambda path: calls.append(path) or read(path))
    return calls


def call(*arguments, code=0):
    assert cli([str(a) for a in arguments], "de") == code


def look(project):
    """Look at the deliveries as a run does before it computes; return what it says."""
    runner = _Runner(read_config(project), None, None, None, None)
    runner._look_at_deliveries()
    return runner.notes


def vault_of(project):
    return Vault(project / ".sozialraum")


def plant(project, year=2020, count=PLANTED):
    """Write a count into the first row of a year of the agency's delivery."""
    path = project / f"lieferungen/sgb2/sgb2_{year}.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    cells = lines[1].split(";")
    before, cells[4] = cells[4], str(count)
    lines[1] = ";".join(cells)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8-sig")
    return before


def test_an_unchanged_second_run_reads_nothing_and_keeps_the_base(project, reading):
    before = read_history(vault_of(project))
    again = run(read_config(project), until="release")
    assert {step.status for step in again.steps} == {"unchanged"}
    assert reading == []
    assert read_history(vault_of(project)) == before
    assert len(before.bases) == len(before.releases) == 1


def test_a_changed_past_is_refused_shown_accepted_and_then_runs(project, capsys):
    config = read_config(project)
    first = read_history(vault_of(project)).last
    before = plant(project)
    with pytest.raises(SourceError) as caught:
        run(config, until="measures")
    assert caught.value.message == "deliveries.past_changed"
    assert "sgb2.persons: 1–5 Orte, Stichtage 31.12.2020" in caught.value.text("de")
    assert read_history(vault_of(project)).last == first
    call("check", project, code=1)
    call("deliveries", project, "--on", "2026-06-15", "--strict", code=1)
    call("deliveries", "diff", project)
    out, err = capsys.readouterr()
    assert "1–5 Orte" in err
    assert "1–5 Orte" in out
    assert "geändert" in out
    assert str(PLANTED) not in out + err
    plant(project, count=int(before) + 1)
    call("deliveries", "accept", "sgb2", "--by", "Statistikstelle", "--project", project)
    made = run(config, until="measures")
    assert {step.stage: step.status for step in made.steps}["measures"] == "done"
    call("deliveries", "base", "list", project)
    assert "übernommen: sgb2 (durch Statistikstelle)" in capsys.readouterr().out


def test_going_back_to_earlier_files_is_a_change_too(project):
    before = plant(project)
    call("deliveries", "accept", "--all", "--by", "Statistikstelle", "--project", project)
    plant(project, count=before)
    with pytest.raises(SourceError):
        look(project)


def test_a_new_year_goes_on(project, reading):
    config, folder = read_config(project), project / "lieferungen/sgb2"
    text = (folder / "sgb2_2025.csv").read_text(encoding="utf-8-sig")
    (folder / "sgb2_2026.csv").write_text(
        re.sub("^202512;", "202612;", text, flags=re.MULTILINE), encoding="utf-8-sig"
    )
    assert check_inputs(config)[0] == []
    reading.clear()
    assert look(project) == look(project) == ()
    assert len(reading) == 1
    parts = {part.name: part for part in read_history(vault_of(project)).last.parts}
    assert parts["sgb2"].dates[-1] == "2026-12-31"


def test_an_edited_owner_is_no_change(project):
    path = project / "deliveries.toml"
    text = path.read_text(encoding="utf-8").replace('"Jugendamt"', '"Amt für Jugend"')
    path.write_text(text, encoding="utf-8")
    before = read_history(vault_of(project)).last.id
    assert look(project) == ()
    assert read_history(vault_of(project)).last.id == before


def test_after_a_purge_the_missing_base_is_said(project, capsys):
    config = read_config(project)
    plan = plan_purge(config, "pflege")
    assert plan.takes_base
    purge(plan)
    text = (project / "deliveries.toml").read_text(encoding="utf-8")
    block = next(b for b in text.split("[[delivery]]") if 'name = "pflege"' in b)
    (project / "deliveries.toml").write_text(
        text.replace("[[delivery]]" + block, ""), encoding="utf-8"
    )
    plant(project)
    (note,) = look(project)
    assert "keine frühere Datenbasis" in note
    assert "wurde nicht geprüft" in note
    assert look(project) == ()
    call("deliveries", "base", "list", project)
    assert "nicht oder nur zum Teil verglichen" in capsys.readouterr().out


def test_a_renamed_delivery_is_said(project):
    path = project / "deliveries.toml"
    text = path.read_text(encoding="utf-8").replace('name = "kita"', 'name = "krippe"')
    path.write_text(text, encoding="utf-8")
    (note,) = look(project)
    assert "nicht mehr beschrieben: kita" in note


def test_an_emptied_work_folder_is_said_where_something_was_published(finished, project):
    shutil.rmtree(project / ".sozialraum")
    assert look(project) == ()
    pin = pin_path(project)
    publish(finished[1], read_ledger(pin.with_name(LEDGER), pin), signed_by="Statistikstelle")
    assert look(project) == ()
    shutil.rmtree(project / ".sozialraum")
    (note,) = look(project)
    assert "obwohl schon veröffentlicht wurde" in note
    runner = _Runner(read_config(project), None, None, None, None)
    assert runner._published() == {read_history(vault_of(finished[0])).releases[-1].publication}


def test_a_release_leads_to_its_base(finished, project, tmp_path, capsys):
    target = write_geopackage(tmp_path / "freigabe.gpkg", finished[1])
    history = read_history(vault_of(project))
    assert find_base(read_config(project), str(target)) == history.last
    published = publication_key(vault_of(project), request_of(read_release(target)).digest)
    assert history.releases[-1].publication == published
    call("deliveries", "base", "show", target, "--project", project)
    out = capsys.readouterr().out
    assert history.last.id in out
    assert re.search(r"sgb2 .* 10 +31\.12\.2016 … 31\.12\.2025  children, households, persons", out)
    call("deliveries", "base", "show", history.last.id[:8], "--project", project)
    assert capsys.readouterr().out == out
    call("deliveries", "base", "show", "ffff", "--project", project, code=1)


def test_the_published_files_name_no_base(finished, project, tmp_path):
    target = write_geopackage(tmp_path / "freigabe.gpkg", finished[1])
    names = {read_history(vault_of(project)).last.id}
    names |= {part.state for part in read_history(vault_of(project)).last.parts}
    content = target.read_bytes()
    assert [name for name in names if name[:12].encode() in content] == []
