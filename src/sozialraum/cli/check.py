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
        from sozialraum.cli.running import exit_code
        from sozialraum.cli.telling_parts import part_lines
        from sozialraum.config import read_config
        from sozialraum.errors import SourceError
        from sozialraum.messages import text
        from sozialraum.pipeline import check_inputs
        from sozialraum.pipeline.purge import overdue

        config = read_config(project)
        faults, parts = check_inputs(config)
        for part, nouns in parts:
            for line in part_lines(part, nouns, speech):
                click.echo(line)
        for fault in faults:
            click.echo(f"{speech('error')}: {fault.text(speech.language)}", err=True)
        click.echo(
            speech("check_faults", count=len(faults)) if faults else speech("check_fine"), err=True
        )
        if not any(isinstance(fault, SourceError) for fault in faults):
            for late in overdue(config):
                values = {"provider": late.source.provider, "day": late.source.delete_by}
                click.echo(
                    text("privacy.overdue", speech.language, name=late.name, **values), err=True
                )
        return exit_code(faults)

    return check
