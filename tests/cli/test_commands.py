"""Every command is documented, has an example, speaks both languages and tells the truth."""

from pathlib import Path

import click
import pytest

from sozialraum.cli import build
from sozialraum.cli.app import COMMANDS, run

ROOT = Path(__file__).parents[2]


def commands(language):
    group = build(language)
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield name, command
        if isinstance(command, click.Group):
            for inner in command.list_commands(context):
                yield f"{name} {inner}", command.get_command(context, inner)


@pytest.mark.parametrize("language", ["de", "en"])
def test_every_command_has_help_and_an_example(language):
    listed = dict(commands(language))
    assert set(COMMANDS) <= set(listed)
    for name, command in listed.items():
        assert command.help, name
        assert command.epilog.startswith(f"sozialraum {name}"), name
        for option in command.params:
            if isinstance(option, click.Option):
                assert option.help, f"{name} {option.name}"


def test_the_docs_page_says_what_help_says(monkeypatch):
    """Renew it with ``python tools/cli_docs.py``."""
    monkeypatch.syspath_prepend(ROOT / "tools")
    from cli_docs import PAGE, page

    assert PAGE.read_text(encoding="utf-8") == page()
    missing = [name for name, _ in commands("de") if f"## sozialraum {name}\n" not in page()]
    assert missing == []


@pytest.mark.parametrize("name", [name for name, _ in commands("de")])
def test_help_shows_the_example_in_the_language_asked_for(name, capsys):
    assert run([*name.split(), "--help"], "de") == 0
    german = capsys.readouterr().out
    assert german.startswith("Aufruf: ")
    assert "Beispiel:" in german
    assert run([*name.split(), "--help"], "en") == 0
    english = capsys.readouterr().out
    assert english.startswith("Usage: ")
    assert "Example:" in english


def test_wrong_usage_is_exit_2_and_one_sentence(capsys):
    assert run(["run", "--nonsense"], "de") == 2
    err = capsys.readouterr().err
    assert "Fehler: Die Option --nonsense gibt es nicht." in err
    assert run(["map"], "en") == 2
    assert "--output" in capsys.readouterr().err
    assert run(["flag", "--rate", "much"], "de") == 2
    assert "--rate" in capsys.readouterr().err


def test_a_missing_project_is_exit_1(capsys, tmp_path):
    assert run(["run", str(tmp_path)], "de") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Fehler: Keine Projektdatei gefunden")
    assert "Traceback" not in err


def test_version_goes_to_stdout(capsys):
    assert run(["--version"], "de") == 0
    assert capsys.readouterr().out.startswith("sozialraum ")
