"""`sozialraum audit output`: what is told of finished files, and the exit code."""

import json
import shutil

import click
import pytest

from sozialraum.cli.audit_output import command
from sozialraum.cli.speech import Speech
from sozialraum.errors import SourceError
from sozialraum.export import write_geopackage
from sozialraum.files.scan import scan_file
from sozialraum.report import write_report
from support import make_release


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return a folder with a release, a table of it and a page."""
    folder = tmp_path_factory.mktemp("results")
    release = make_release(25, nasty=False)
    write_geopackage(folder / "sozialraum.gpkg", release)
    write_report(folder / "bericht.html", release)
    release.table.to_csv(folder / "werte.csv", index=False)
    return folder


def call(*arguments, language="de"):
    made = command(Speech(language))
    return made.main([str(a) for a in arguments], prog_name="output", standalone_mode=False)


def test_a_clean_folder_is_told_file_by_file(results, capsys):
    assert call(results, "--release", results / "sozialraum.gpkg") == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert [line.partition(": ")[0] for line in lines] == [
        str(results / name) for name in ("bericht.html", "sozialraum.gpkg", "werte.csv")
    ]
    assert all(": sauber (" in line for line in lines)
    assert "Tabelle: Spalten und jede Zelle" in lines[2]
    assert "Geprüfte Dateien: 3, nicht herauszugeben: 0" in err


def test_a_planted_number_ends_with_3_and_is_not_repeated(results, tmp_path, capsys):
    folder = shutil.copytree(results, tmp_path / "copy")
    (folder / "notiz.txt").write_text("Auental 01: 1717")
    with (folder / "werte.csv").open("a", encoding="utf-8") as stream:
        stream.write("sozialraum,05999001-Q000,sgb2,2025-12-31,1717,9999,17.2,value\n")
    assert call(folder, "--release", folder / "sozialraum.gpkg", language="en") == 3
    out, err = capsys.readouterr()
    assert "DO NOT HAND OUT" in out
    assert "werte.csv.numerator" in out
    assert "cannot read files of this kind (.txt)" in out
    assert "not to be handed out: 2" in err
    assert "1717" not in out + err


def test_json_for_other_programs(results, tmp_path, capsys):
    empty = tmp_path / "leer.pdf"
    empty.write_bytes(b"")
    release = results / "sozialraum.gpkg"
    assert call(results / "werte.csv", empty, "--release", release, "--json") == 3
    first, second = json.loads(capsys.readouterr().out)["files"]
    assert (first["verdict"], first["findings"]) == ("clean", [])
    assert len(first["sha256"]) == 64
    assert second["verdict"] == "refused"
    assert [one["fault"] for one in second["findings"]] == ["empty"]


def test_an_unreadable_release_is_an_error_of_input(results, tmp_path):
    with pytest.raises(SourceError):
        call(results, "--release", tmp_path / "fehlt.gpkg")
    with pytest.raises(SourceError):
        call(results, "--release", results / "bericht.html")


def test_an_empty_folder_proves_nothing(results, tmp_path):
    assert call(tmp_path, "--release", results / "sozialraum.gpkg") == 3


def test_a_folder_and_a_release_must_be_named(results):
    with pytest.raises(click.UsageError):
        call(results)
    with pytest.raises(click.UsageError):
        call("--release", results / "sozialraum.gpkg")


def test_findings_are_the_same_in_every_order(results):
    release = make_release(25, nasty=False)
    turned = type(release)(
        **{
            name: getattr(release, name)
            for name in release.__dataclass_fields__
            if not name.startswith("_") and name != "table"
        },
        table=release.table.iloc[::-1].reset_index(drop=True),
    )
    assert scan_file(results / "bericht.html", turned) == ()
