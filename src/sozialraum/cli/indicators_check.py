"""`sozialraum indicators check`: every fault of a catalogue, and what a county can compute."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.deliveries_table import FORMATS, Format
from sozialraum.cli.indicators import opened
from sozialraum.cli.indicators_table import as_text
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "check",
        cls=Command,
        speech=speech,
        help=speech("indicators_check_help"),
        epilog=speech("indicators_check_example"),
    )
    @click.argument("catalogue", type=options.A_PATH, required=False, metavar="[CATALOGUE|PROJECT]")
    @click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        help=speech("indicators_format_help"),
    )
    @options.language(speech)
    def check(catalogue: Path | None, form: Format) -> int:
        from sozialraum.indicators.computable import check_days, tally_themes
        from sozialraum.pipeline.computable import check_county

        indicators, themes, config = opened(catalogue)
        tables = {"themes": tally_themes(indicators).reset_index()}
        faulty = 0
        if config is not None:
            tables["computable"] = check_county(config, indicators, language=speech.language)
            table = tables["computable"]
            faulty = int((table["own"] & ~table["computable"]).sum())
            can = int((~table["own"] & table["computable"]).sum())
            shipped = int((~table["own"]).sum())
            click.echo(speech("indicators_can", can=can, shipped=shipped), err=True)
        click.echo(as_text(tables, themes, form, speech))
        for warning in check_days(indicators, language=speech.language):
            click.echo(f"- {warning}", err=True)
        click.echo(speech("indicators_checked", count=len(indicators), faulty=faulty), err=True)
        return int(faulty > 0)

    return check
