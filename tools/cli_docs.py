"""Write docs/cli.md from the help of every command, so that the page is always true."""

from pathlib import Path

import click

from sozialraum.cli import build

PAGE = Path(__file__).parents[1] / "docs" / "cli.md"
HEAD = """# Befehle

Jeder Befehl liest, ruft eine öffentliche Funktion auf und schreibt. Pfade und Daten gehen auf die
Standardausgabe, Meldungen und Fortschritt auf die Fehlerausgabe. `--lang en` schaltet auf Englisch.

| Ende mit | heißt |
|---|---|
| 0 | erledigt |
| 1 | geht nicht (die Meldung sagt, was zu tun ist) |
| 2 | falscher Aufruf |
| 3 | aus Datenschutzgründen verweigert |

Nichts wird ungefragt überschrieben (`--overwrite`). Ein Ergebnisordner wird nur ersetzt, wenn er
von diesem Programm stammt.
"""


def page() -> str:
    """Return the page: every command with its help in German."""
    group = build("de")
    parts = [HEAD]
    context = click.Context(group, info_name="sozialraum")
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        parts += _sections(command, click.Context(command, info_name=name, parent=context))
    return "\n".join(parts)


def _sections(command: click.Command, context: click.Context) -> list[str]:
    text = command.get_help(context).rstrip()
    found = [f"## {context.command_path}\n\n```text\n{text}\n```\n"]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            found += _sections(inner, click.Context(inner, info_name=name, parent=context))
    return found


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
