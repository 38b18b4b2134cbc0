"""`sozialraum ledger`: the register of everything that was ever published."""

import json
from pathlib import Path

import click

from sozialraum.cli import ledger_copies, ledger_entries, ledger_import, options, register
from sozialraum.cli.speech import Command, Group, Speech


def command(speech: Speech) -> click.Command:
    """Return the group of commands."""
    group = Group(
        speech=speech, name="ledger", help=speech("ledger_help"), epilog=speech("ledger_example")
    )
    made = [_show(speech), ledger_import.command(speech), ledger_entries.none(speech)]
    made += [ledger_entries.withdraw(speech), ledger_entries.correct(speech)]
    made += [ledger_copies.backup(speech), ledger_copies.restore(speech), _check(speech)]
    for one in made:
        group.add_command(one)
    return group


def _show(speech: Speech) -> click.Command:
    """Return the command that lists entries, or shows one."""

    @click.command(
        "show",
        cls=Command,
        speech=speech,
        help=speech("ledger_show_help"),
        epilog=speech("ledger_show_example"),
    )
    @click.argument("number", type=int, required=False, metavar="[NUMBER]")
    @register.files(speech)
    @options.language(speech)
    def show(number: int | None, project: Path, ledger: Path | None) -> None:
        found = register.opened(project, ledger)
        if number is not None:
            content = dict(found.entry(number).content)
            click.echo(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True))
            return
        for entry in found.entries:
            about = entry.content.get("audience", "")
            if "of" in entry.content:
                about = speech("ledger_about", number=entry.content["of"])
            kind = speech(f"ledger_kind_{entry.kind}")
            cells = (str(entry.number), entry.day, kind, about, entry.signed_by)
            click.echo("\t".join(cells))
        register.told(found, speech)

    return show


def _check(speech: Speech) -> click.Command:
    """Return the command that reads every entry and compares it with the pin."""

    @click.command(
        "check",
        cls=Command,
        speech=speech,
        help=speech("ledger_check_help"),
        epilog=speech("ledger_check_example"),
    )
    @register.files(speech)
    @options.language(speech)
    def check(project: Path, ledger: Path | None) -> None:
        found = register.opened(project, ledger)
        click.echo(f"{found.head.number}\t{found.head.hash}")
        register.told(found, speech)

    return check
