"""`sozialraum deliveries accept`: taking a changed past."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command that takes a changed past into the base."""

    @click.command(
        "accept",
        cls=Command,
        speech=speech,
        help=speech("deliveries_accept_help"),
        epilog=speech("deliveries_accept_example"),
    )
    @click.argument("names", nargs=-1, metavar="[NAME]...")
    @click.option("--all", "everything", is_flag=True, help=speech("deliveries_all_help"))
    @click.option("--by", required=True, help=speech("deliveries_by_help"))
    @click.option("--project", type=options.A_PATH, default=Path(), help=speech("project_help"))
    @options.work(speech)
    @options.language(speech)
    def take(
        names: tuple[str, ...], by: str, project: Path, work: Path | None, *, everything: bool
    ) -> None:
        from sozialraum.config import read_config
        from sozialraum.pipeline.past import accept_changes

        if everything == bool(names):
            raise click.UsageError(speech("deliveries_which"), click.get_current_context())
        made = accept_changes(read_config(project), None if everything else names, by=by, work=work)
        if made is None:
            click.echo(speech("deliveries_nothing"), err=True)
            return
        click.echo(made.id)
        click.echo(speech("deliveries_accepted", names=", ".join(made.accepted)), err=True)

    return take
