"""`sozialraum deliveries`: what was delivered, what is late, what changed, and the base."""

from datetime import datetime
from pathlib import Path

import click

from sozialraum.cli import (
    deliveries_accept,
    deliveries_base,
    deliveries_diff,
    deliveries_reconcile,
    deliveries_template,
    options,
)
from sozialraum.cli.deliveries_table import FORMATS, Format, as_text
from sozialraum.cli.speech import Command, Speech, UsualGroup

USUAL = "status"


def command(speech: Speech) -> click.Command:
    """Return the group of commands."""
    group = UsualGroup(
        usual=USUAL,
        speech=speech,
        name="deliveries",
        help=speech("deliveries_help"),
        epilog=speech("deliveries_example"),
    )
    group.add_command(_status(speech))
    parts = (deliveries_diff, deliveries_accept, deliveries_base)
    for part in (*parts, deliveries_reconcile, deliveries_template):
        group.add_command(part.command(speech))
    return group


def _status(speech: Speech) -> click.Command:
    """Return the command that shows the register."""

    @click.command(
        USUAL,
        cls=Command,
        speech=speech,
        help=speech("deliveries_status_help"),
        epilog=speech("deliveries_status_example"),
    )
    @options.project()
    @click.option(
        "--on",
        type=click.DateTime(["%Y-%m-%d"]),
        default=None,
        metavar="DATE",
        help=speech("deliveries_on_help"),
    )
    @click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        help=speech("deliveries_format_help"),
    )
    @click.option("--strict", is_flag=True, help=speech("deliveries_strict_help"))
    @options.work(speech)
    @options.language(speech)
    def status(
        project: Path, on: datetime | None, form: Format, work: Path | None, *, strict: bool
    ) -> int:
        from sozialraum.config import read_config
        from sozialraum.pipeline.standing import register

        lines = register(read_config(project), on=on.date() if on else None, work=work)
        click.echo(as_text(lines, form, speech.language))
        faulty = sum(line.is_faulty for line in lines)
        click.echo(speech("deliveries_told", count=len(lines), faulty=faulty), err=True)
        return int(strict and faulty > 0)

    return status
