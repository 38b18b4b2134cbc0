"""`sozialraum deliveries reconcile`: register totals beside official population."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.deliveries_table import columns, csv_text
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "reconcile",
        cls=Command,
        speech=speech,
        help=speech("reconcile_help"),
        epilog=speech("reconcile_example"),
    )
    @options.project()
    @click.option(
        "--official", type=options.A_PATH, required=True, help=speech("reconcile_official_help")
    )
    @click.option("--key", required=True, metavar="COL", help=speech("reconcile_key_help"))
    @click.option("--value", required=True, metavar="COL", help=speech("reconcile_value_help"))
    @click.option("--date", default=None, metavar="DATE|COL", help=speech("reconcile_date_help"))
    @click.option("--delivery", default="register", help=speech("reconcile_delivery_help"))
    @click.option("--variable", default="residents", help=speech("reconcile_variable_help"))
    @click.option(
        "--format",
        "form",
        type=click.Choice(["table", "csv"]),
        default="table",
        help=speech("deliveries_format_help"),
    )
    @options.language(speech)
    def reconcile(project: Path, form: str, **named: str) -> None:
        from sozialraum.config import read_config
        from sozialraum.pipeline.reconcile import reconcile_project

        found = reconcile_project(read_config(project), **named)  # type: ignore[arg-type]
        rows = [list(row) for row in found.itertuples(index=False)]
        if form == "csv":
            click.echo(csv_text([list(found), *rows]))
        else:
            heads = speech("reconcile_columns").split("|")
            click.echo(columns([heads, *(_row(row, speech) for row in rows)]))
        flagged = int(found["flagged"].sum())
        click.echo(speech("reconcile_told", rows=len(rows), flagged=flagged), err=True)

    return reconcile


def _row(row: list, speech: Speech) -> list[str]:
    from sozialraum.files.wording import day, number

    unit, date, ours, theirs, difference, flagged = row
    language = speech.language
    counts = [number(count, 0, language).rjust(9) for count in (ours, theirs)]
    percent = f"{number(difference, 2, language)} %".rjust(9)
    return [unit, day(date, language), *counts, percent, "!" if flagged else ""]
