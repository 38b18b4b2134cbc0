"""`sozialraum ledger` and `sozialraum publish`: what they say, and what they refuse."""

import json
import shutil

import pytest

from registers import make_release
from sozialraum.cli.app import run
from sozialraum.export import write_geopackage
from sozialraum.files.pin import read_pin

LEDGER, PIN = "veroeffentlichungen.jsonl", "sozialraum-ledger.pin"
WHY = ("--signed-by", "Statistikstelle", "--reason", "durchgesehen")


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "projekt"
    folder.mkdir()
    return folder


@pytest.fixture
def call(project, capsys):
    """Return the function that runs a command and returns what it says."""

    def go(*arguments, code=0, language="de"):
        given = [str(one) for one in arguments]
        where = ["--project", str(project)] if arguments[0] in ("publish", "ledger") else []
        assert run([*given, *where], language) == code
        found = capsys.readouterr()
        assert "Traceback" not in found.err
        assert "Unerwarteter" not in found.err
        return found

    return go


@pytest.fixture
def released(tmp_path):
    return write_geopackage(tmp_path / "freigabe.gpkg", make_release())


class TestPublish:
    def test_a_release_is_entered_once_and_pinned(self, call, project, released):
        found = call("publish", released, "--signed-by", "Statistikstelle")
        assert found.out.strip() == str(project / LEDGER)
        assert "Eingetragen als Nr. 1" in found.err
        assert "Ohne frühere Veröffentlichungen" in found.err
        whole = (project / LEDGER).read_bytes()
        assert "Schon veröffentlicht als Nr. 1" in call("publish", released).err
        assert (project / LEDGER).read_bytes() == whole
        assert read_pin(project / PIN).number == 1

    def test_further_files_are_known_by_their_digest(self, call, project, released, tmp_path):
        report = tmp_path / "bericht.html"
        report.write_text("x")
        call("publish", released, report)
        content = json.loads((project / LEDGER).read_text(encoding="utf-8"))["content"]
        assert set(content["outputs"]) == {"freigabe.gpkg", "bericht.html"}
        err = call("publish", released, tmp_path / "none.pdf", code=1).err
        assert "none.pdf" in err

    def test_another_place_for_the_register(self, call, project, released, tmp_path):
        call("publish", released, "--ledger", tmp_path / "laufwerk" / "r.jsonl")
        assert (tmp_path / "laufwerk" / "r.jsonl").is_file()
        assert (project / PIN).is_file()
        err = call("publish", released, code=3).err  # pinned, but not where it is looked for
        assert "fehlt" in err
        assert not (project / LEDGER).exists()

    def test_the_project_file_may_name_the_register(self, small_county, released, tmp_path, capsys):
        folder = tmp_path / "kreis"
        shutil.copytree(small_county, folder)
        with (folder / "sozialraum.toml").open("a", encoding="utf-8") as stream:
            stream.write('\n[disclosure]\nledger = "../amt/register.jsonl"\n')
        assert run(["publish", str(released), "--project", str(folder)], "de") == 0
        assert (tmp_path / "amt" / "register.jsonl").is_file()
        assert run(["ledger", "check", "--project", str(folder / "sozialraum.toml")], "de") == 0
        assert capsys.readouterr().out.splitlines()[-1].startswith("1\t")

    def test_drafts_and_releases_without_blocks_are_refused(self, call, project, tmp_path):
        draft = write_geopackage(tmp_path / "e.gpkg", make_release(draft=True))
        assert "Entwurf" in call("publish", draft, code=3).err
        without = write_geopackage(tmp_path / "o.gpkg", make_release(membership=None))
        assert "zuordnung" in call("publish", without, code=3).err
        assert list(project.iterdir()) == []

    def test_a_release_not_checked_against_the_register_is_refused(
        self, call, project, released, tmp_path
    ):
        call("publish", released)
        later = write_geopackage(tmp_path / "b.gpkg", make_release(date="2026-12-31"))
        before = (project / LEDGER).read_bytes()
        assert "sozialraum protect" in call("publish", later, code=3).err
        assert (project / LEDGER).read_bytes() == before

    def test_a_missing_release(self, call, tmp_path):
        assert "none.gpkg" in call("publish", tmp_path / "none.gpkg", code=1).err


class TestShowAndCheck:
    def test_entries_are_listed_and_shown(self, call, released):
        assert call("ledger", "show").out == ""
        call("publish", released, "--signed-by", "Amt")
        call("ledger", "withdraw", 1, *WHY)
        first, second = call("ledger", "show").out.splitlines()
        assert first.split("\t")[::2] == ["1", "Veröffentlichung", "Amt"]
        assert second.split("\t")[2:] == ["Rückzug", "zu Nr. 1", "Statistikstelle"]
        assert json.loads(call("ledger", "show", 2).out) == {"of": 1, "reason": "durchgesehen"}
        assert "es nicht" in call("ledger", "show", 7, code=1).err

    def test_check_names_the_last_entry(self, call, project, released):
        call("publish", released)
        number, sha = call("ledger", "check").out.split()
        assert (int(number), sha) == (read_pin(project / PIN).number, read_pin(project / PIN).hash)
        assert "intact, entries: 1" in call("ledger", "check", language="en").err

    def test_damage_is_exit_3_with_advice(self, call, project, released):
        call("publish", released)
        path = project / LEDGER
        path.write_bytes(path.read_bytes().replace(b"Musterkreis", b"Mustersreis"))
        for name in ("check", "show"):
            err = call("ledger", name, code=3).err
            assert "Zeile 1" in err
            assert "sozialraum ledger restore" in err
        assert "Zeile 1" in call("publish", released, code=3).err
        path.unlink()
        assert "Ein fehlendes Register ist kein leeres" in call("ledger", "check", code=3).err
        (project / PIN).write_text("?")
        assert PIN in call("ledger", "check", code=3).err


class TestSigned:
    def test_nothing_before(self, call):
        assert "Ohne frühere" not in call("ledger", "none", *WHY).err
        assert "nichts vorher" in call("ledger", "show").out

    def test_nobody_signs_for_nothing(self, call, project):
        assert "--signed-by" in call("ledger", "none", code=2).err
        assert "signed_by" in call("ledger", "none", *WHY[2:], "--signed-by", " ", code=1).err
        assert list(project.iterdir()) == []

    def test_a_correction_says_which_numbers(self, call, project, released):
        call("publish", released)
        call("ledger", "correct", 1, "--variable", "sgb2", "--area", "Q1", *WHY)
        last = json.loads((project / LEDGER).read_text(encoding="utf-8").splitlines()[-1])
        assert (last["content"]["variables"], last["content"]["areas"]) == (["sgb2"], ["Q1"])
        assert "Q9" in call("ledger", "correct", 1, "--area", "Q9", *WHY, code=1).err


class TestImport:
    def test_from_template_to_register(self, call, tmp_path):
        table = tmp_path / "frueher.csv"
        names = call("ledger", "import", "--template", table).out.split()
        assert [name.rsplit("/")[-1] for name in names] == ["frueher.csv", "frueher-zuordnung.csv"]
        call("ledger", "import", "--template", table, code=1)  # nothing is overwritten
        table.write_text(
            table.read_text(encoding="utf-8-sig") + "sozialraum;Q1;sgb2;2019-12-31;7\n"
        )
        members = tmp_path / "frueher-zuordnung.csv"
        members.write_text(members.read_text(encoding="utf-8-sig") + "sozialraum;Q1;b1\n")
        signed = ("--membership", members, "--signed-by", "Amt")
        found = call("ledger", "import", table, *signed, "--source", "Bericht 2019")
        assert "sgb2@2019-12-31" in found.err
        assert "Ohne frühere" not in found.err
        assert json.loads(call("ledger", "show", 1).out)["source"] == "Bericht 2019"

    def test_every_fault_at_once(self, call, project, tmp_path):
        table = tmp_path / "a.csv"
        table.write_text("geography,area,indicator,date,value\ng,A,x,2019,1\ng,B,x,2019-12-31,-\n")
        members = tmp_path / "m.csv"
        members.write_text("geography,area,block_id\ng,A,b1\n")
        err = call(
            "ledger", "import", table, "--membership", members, "--signed-by", "A", code=1
        ).err
        for place in ("Zeile 2, Spalte date", "Zeile 3, Spalte area", "Zeile 3, Spalte value"):
            assert place in err
        assert list(project.iterdir()) == []

    def test_what_it_needs(self, call, tmp_path):
        assert "--membership" in call("ledger", "import", tmp_path / "a.csv", code=2).err

    def test_areas_of_a_release_and_background(self, call, released, tmp_path):
        table = tmp_path / "ba.csv"
        table.write_text("geography,area,indicator,date,value\nsozialraum,Q1,sgb2,2025-12-31,12\n")
        options = ("--membership", released, "--signed-by", "Amt", "--background")
        assert "Ohne frühere" in call("ledger", "import", table, *options).err
        content = json.loads(call("ledger", "show", 1).out)
        assert content["background"] is True


class TestCopies:
    def test_back_up_and_restore(self, call, project, released, tmp_path):
        copy = tmp_path / "sicherung.jsonl"
        call("ledger", "backup", "-o", copy, code=1)  # nothing to copy yet
        call("publish", released)
        assert call("ledger", "backup", "-o", copy).out.strip() == str(copy)
        call("ledger", "backup", "-o", copy, code=1)
        call("ledger", "backup", "-o", copy, "--overwrite")
        whole = (project / LEDGER).read_bytes()
        (project / LEDGER).write_bytes(whole[:50])
        call("ledger", "check", code=3)
        call("ledger", "restore", copy)
        assert (project / LEDGER).read_bytes() == whole
        assert (project / f"{LEDGER}.alt-1").read_bytes() == whole[:50]

    def test_a_loss_has_to_be_signed(self, call, project, released, tmp_path):
        copy = tmp_path / "sicherung.jsonl"
        call("publish", released)
        call("ledger", "backup", "-o", copy)
        call("ledger", "none", *WHY)
        (project / LEDGER).unlink()
        assert "--accept-loss" in call("ledger", "restore", copy, code=3).err
        call("ledger", "restore", copy, "--accept-loss", code=1)
        call("ledger", "restore", copy, "--accept-loss", *WHY)
        assert "Vermerk" in call("ledger", "show").out
