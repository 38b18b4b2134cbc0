"""`sozialraum inspect`: what a file is, what is wrong with it, how it is loaded."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "inspect",
        cls=Command,
        speech=speech,
        help=speech("inspect_help"),
        epilog=speech("inspect_example"),
    )
    @click.argument("file", type=options.A_PATH, metavar="FILE")
    @options.language(speech)
    def inspect(file: Path) -> int:
        from sozialraum.cli.running import exit_code
        from sozialraum.sources import inspect_file

        facts, faults = inspect_file(file)
        for name, value in facts:
            click.echo(f"{name}: {value}")
        for fault in faults:
            click.echo(f"{speech('error')}: {fault.text(speech.language)}", err=True)
        return exit_code(faults)

    return inspect
