"""`sozialraum check`: every fault of a project at once, nothing computed."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "check",
        cls=Command,
        speech=speech,
        help=speech("check_help"),
        epilog=speech("check_example"),
    )
    @options.project()
    @options.language(speech)
    def check(project: Path) -> int:
        from sozialraum.config import read_config
        from sozialraum.pipeline import check_inputs

        faults, facts = check_inputs(read_config(project))
        for fact in facts:
            click.echo(fact)
        for fault in faults:
            click.echo(f"{speech('error')}: {fault.text(speech.language)}", err=True)
        click.echo(
            speech("check_faults", count=len(faults)) if faults else speech("check_fine"), err=True
        )
        return 1 if faults else 0

    return check
