"""Deleting deliveries, drafts for the data-protection officer, refused personal records."""

import io
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sozialraum.cli.app import run
from sozialraum.files.vault import Vault
from sozialraum.report.dsgvo import DOCUMENTS

ROOT = Path(__file__).parents[2]
PERSON = "Hildegundis Probestein"
LIST = f"Gebietsschlüssel;Nachname;Geburtsdatum;Plätze_U3;Plätze_Ü3\nQ1;{PERSON};03.09.1987;1;0\n"


def call(*arguments, code=0):
    assert run([str(a) for a in arguments], "de") == code


@pytest.fixture
def project(short_county, tmp_path):
    folder = tmp_path / "kreis"
    shutil.copytree(short_county, folder, ignore=shutil.ignore_patterns(".sozialraum"))
    return folder


@pytest.fixture
def late(project):
    path = project / "deliveries.toml"
    text = path.read_text(encoding="utf-8")
    first, rest = text.split('name = "sgb2"')
    rest = rest.replace('delete_by = "2030-12-31"', 'delete_by = "2020-12-31"', 1)
    path.write_text(first + 'name = "sgb2"' + rest, encoding="utf-8")
    return project


def test_due_lists_what_is_past_its_date(late, project, capsys):
    call("purge", late, "--due")
    out, err = capsys.readouterr()
    assert [line.split("\t")[:2] for line in out.splitlines()] == [["sgb2", "2020-12-31"]]
    assert "1 Lieferungen" in err


def test_check_warns_of_what_is_past_its_date(late, capsys):
    call("check", late)
    err = capsys.readouterr().err
    assert "Löschfrist abgelaufen: Die Lieferung sgb2" in err
    assert "haushalte" not in err


def test_purge_asks_for_the_name_and_deletes_nothing_without_it(project, capsys, monkeypatch):
    before = sorted(project.rglob("*"))
    monkeypatch.setattr("sys.stdin", io.StringIO("ja\nseu\nsgb2\n"))
    call("purge", project, "--delivery", "sgb2", code=1)
    call("purge", project, "--delivery", "sgb2", code=1)
    assert sorted(project.rglob("*")) == before
    out, err = capsys.readouterr()
    assert "sgb2_2025.csv" in out
    assert "Namen der Lieferung eingeben (sgb2)" in err
    call("purge", project, "--delivery", "sgb2")
    assert not list((project / "lieferungen/sgb2").glob("*.csv"))


def test_purge_for_scripts_records_reason_and_role(project, capsys):
    call("purge", project, "--delivery", "sgb2", "--yes", "--reason", "Zweck", "--role", "Amt 50")
    assert not list((project / "lieferungen/sgb2").glob("*.csv"))
    (line,) = (project / "loeschprotokoll.jsonl").read_text(encoding="utf-8").splitlines()
    entry = json.loads(line)
    assert (entry["reason"], entry["role"], len(entry["files"])) == ("Zweck", "Amt 50", 10)
    capsys.readouterr()
    call("purge", project, "--delivery", "sgb2", "--yes")
    assert "nichts mehr da" in capsys.readouterr().err
    assert len((project / "loeschprotokoll.jsonl").read_text().splitlines()) == 1


def test_purge_removes_the_intermediates(project, tmp_path, capsys):
    work = tmp_path / "work"
    for stage in ("blocks", "measures", "release"):
        Vault(work).store(stage, "k1", 1)
    call("purge", project, "--delivery", "sgb2", "--yes", "--work", work)
    assert [p.name for p in work.iterdir()] == [".gitignore"]
    assert str(work / "measures-k1.entry") in capsys.readouterr().out


def test_purge_refuses_paths_outside(project, tmp_path, capsys):
    outside = tmp_path / "netz.csv"
    outside.write_text("Gebietsschlüssel;Plätze_U3;Plätze_Ü3\n")
    toml = project / "deliveries.toml"
    text = toml.read_text(encoding="utf-8")
    toml.write_text(
        text.replace('"lieferungen/betreuung/kitaplaetze_2025.csv"', f'"{outside}"'),
        encoding="utf-8",
    )
    call("purge", project, "--delivery", "kita", "--yes", code=3)
    assert "--yes-outside" in capsys.readouterr().err
    assert outside.exists()
    call("purge", project, "--delivery", "kita", "--yes", "--yes-outside")
    assert not outside.exists()


def test_wrong_usage_of_purge(project, capsys):
    call("purge", project, code=2)
    assert "--due" in capsys.readouterr().err
    call("purge", project, "--due", "--delivery", "sgb2", code=2)
    call("purge", project, "--delivery", "nichts", code=1)
    assert "sgb2" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["run", "check"])
def test_personal_records_end_with_3_before_anything_is_kept(command, project, tmp_path, capsys):
    (project / "lieferungen/betreuung/kitaplaetze_2025.csv").write_text(LIST, encoding="utf-8")
    work = tmp_path / "work"
    options = [] if command == "check" else ["--work", work]
    options += ["-o", tmp_path / "out"] if command != "check" else []
    call(command, project, *options, code=3)
    out, err = capsys.readouterr()
    assert "kitaplaetze_2025.csv" in err
    assert "„Nachname“" in err
    assert PERSON not in out + err
    assert "1987" not in out + err
    assert not (tmp_path / "out").exists()
    assert [p.name for p in tmp_path.glob("work/*") if p.name != ".gitignore"] == []


class Page(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.loaded, self.tags, self.words = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.loaded += [v for n, v in attrs if n in ("src", "href", "xlink:href")]

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def drafts(short_county, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dsgvo") / "entwürfe"
    call("dsgvo", "draft", short_county, "-o", folder)
    return folder


def test_every_document_is_a_page_and_markdown(drafts):
    names = {p.name for p in drafts.iterdir()}
    assert {f"{n}.{s}" for n in DOCUMENTS for s in ("html", "md")} <= names
    assert "datenfluss.svg" in names
    for name in DOCUMENTS:
        page = Page((drafts / f"{name}.html").read_text(encoding="utf-8"))
        assert set(page.loaded) == {f"{other}.html" for other in DOCUMENTS if other != name}
        assert "script" not in page.tags
        words = " ".join(page.words)
        assert "Entwurf" in words
        assert "Kein Rechtsrat" in words
        assert "bitte ergänzen" in words
        assert not re.search(r"\{\{|\{%|\*\*|None|True|False", words)
        assert "http" not in words


def test_documents_say_what_the_project_says(drafts):
    record = (drafts / "verzeichnis.md").read_text(encoding="utf-8")
    assert "Art. 30" in record
    assert "Verwaltungsvereinbarung vom 12.05.2024 (erfunden)" in record
    assert "Beschlossen von Kreistag am 20.03.2025" in record
    assert record.count("Gesundheitsdaten (Art. 9 DSGVO)") == 1
    check = (drafts / "schwellwertpruefung.md").read_text(encoding="utf-8")
    assert "sprechen 4 Merkmale" in check
    assert check.count("☐ ja ☐ nein") == 15
    deletion = (drafts / "loeschkonzept.md").read_text(encoding="utf-8")
    assert deletion.count("31.12.2030") == 5
    assert "sozialraum purge --due" in deletion
    assert "sozialraum audit output" in (drafts / "massnahmen.md").read_text(encoding="utf-8")


def test_drafts_need_no_delivery_and_hold_no_count(project, tmp_path, drafts):
    shutil.rmtree(project / "lieferungen")
    call("dsgvo", "draft", project, "-o", tmp_path / "d")
    again = (tmp_path / "d" / "loeschkonzept.md").read_text(encoding="utf-8")
    assert again.count("nicht (mehr) da") == 10
    before = (drafts / "massnahmen.html").read_bytes()
    assert (tmp_path / "d" / "massnahmen.html").read_bytes() == before


def test_names_of_a_project_stay_text(project, tmp_path):
    toml = project / "sozialraum.toml"
    evil = 'title = "A | B <img src=x onerror=alert(1)> {{ 7*7 }} **x**"'
    toml.write_text(re.sub(r"title = .*", evil, toml.read_text(encoding="utf-8"), count=1))
    described = project / "deliveries.toml"
    text = described.read_text(encoding="utf-8")
    described.write_text(text.replace('title = "Melderegister', 'title = "<b>|{{ 1 }}</b> Melde'))
    call("dsgvo", "draft", project, "-o", tmp_path / "d")
    for name in DOCUMENTS:
        page = Page((tmp_path / "d" / f"{name}.html").read_text(encoding="utf-8"))
        assert "img" not in page.tags
        assert "b" not in page.tags
        assert "49" not in "".join(page.words)
    figure = (tmp_path / "d" / "verzeichnis.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;|{{ 1 }}&lt;/b&gt; Melde nach Gitterzellen" in figure


def test_drafts_are_replaced_only_when_asked(drafts, short_county, capsys):
    call("dsgvo", "draft", short_county, "-o", drafts, code=1)
    assert "--overwrite" in capsys.readouterr().err
    call("dsgvo", "draft", short_county, "-o", drafts, "--overwrite")
    out, err = capsys.readouterr()
    assert [line.rsplit("/", 1)[1] for line in out.split()] == [f"{n}.html" for n in DOCUMENTS]
    assert "bitte ergänzen" in err


def test_the_example_of_the_page_counts_what_it_says(capsys):
    page = (ROOT / "docs" / "datenschutz.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)[1]
    exec(code, {})
    assert capsys.readouterr().out.split("\n") == ["0 6", "[(2, 4)]", ""]
    assert re.findall(r"# (.+)$", code, re.MULTILINE) == ["Gemeinde", "0 6", "[(2, 4)]"]


@pytest.mark.parametrize("page", ["datenschutz.md", "en-data-protection.md"])
def test_the_pages_name_all_rules_and_promise_no_more_than_the_model(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    assert [f"| R{i} |" in text for i in range(1, 17)] == [True] * 16
    for sentence in re.findall(
        r"[^.:]*(?:nachweislich anonym|provably anonymous)[^.:]*", text, re.IGNORECASE
    ):
        assert re.search(r"nie|never", sentence), sentence
