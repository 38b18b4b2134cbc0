"""`sozialraum indicators show`: everything the catalogue says about one indicator."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.deliveries_table import columns
from sozialraum.cli.indicators import opened
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "show",
        cls=Command,
        speech=speech,
        help=speech("indicators_show_help"),
        epilog=speech("indicators_show_example"),
    )
    @click.argument("indicator", metavar="ID")
    @click.argument("catalogue", type=options.A_PATH, required=False, metavar="[CATALOGUE|PROJECT]")
    @options.language(speech)
    def show(indicator: str, catalogue: Path | None) -> None:
        from sozialraum.sources.catalogue_text import described, find

        indicators, themes, _ = opened(catalogue)
        click.echo(columns(described(find(indicators, indicator), themes, speech.language)))

    return show
