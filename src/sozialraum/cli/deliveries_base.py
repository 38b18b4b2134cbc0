"""`sozialraum deliveries base`: which release rests on which base."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.deliveries_table import columns
from sozialraum.cli.speech import Command, Group, Speech

SHORT = 12
"""Signs of an id that are shown in lists."""


def command(speech: Speech) -> click.Command:
    """Return the group of commands."""
    group = Group(
        speech=speech,
        name="base",
        help=speech("deliveries_base_help"),
        epilog=speech("deliveries_base_example"),
    )
    group.add_command(_list(speech))
    group.add_command(_show(speech))
    return group


def _list(speech: Speech) -> click.Command:
    """Return the command that lists bases and the releases resting on them."""

    @click.command("list", cls=Command, speech=speech, help=speech("deliveries_base_list_help"))
    @options.project()
    @options.work(speech)
    @options.language(speech)
    def show(project: Path, work: Path | None) -> None:
        from sozialraum.config import read_config
        from sozialraum.pipeline.history import opened, read_history

        history = read_history(opened(read_config(project), work))
        rows = [speech("deliveries_base_columns").split("|")]
        for base in history.bases:
            made = [one.made for one in history.releases if one.base == base.id]
            about = speech("deliveries_base_by", names=", ".join(base.accepted), by=base.by)
            gap = speech("deliveries_base_gap") if base.unchecked else ""
            told = about if base.accepted else gap
            rows.append([base.id[:SHORT], base.made, str(len(made)), max(made, default=""), told])
        click.echo(columns(rows))

    return show


def _show(speech: Speech) -> click.Command:
    """Return the command that shows one base."""

    @click.command("show", cls=Command, speech=speech, help=speech("deliveries_base_show_help"))
    @click.argument("base", metavar="ID|RELEASE.gpkg")
    @click.option("--project", type=options.A_PATH, default=Path(), help=speech("project_help"))
    @options.work(speech)
    @options.language(speech)
    def show(base: str, project: Path, work: Path | None) -> None:
        from sozialraum.config import read_config
        from sozialraum.files.wording import day
        from sozialraum.pipeline.past import find_base

        found = find_base(read_config(project), base, work=work)
        click.echo(f"{found.id}  {found.made}")
        rows = [speech("deliveries_part_columns").split("|")]
        for part in found.parts:
            ends = (part.dates[0], part.dates[-1]) if part.dates else ()
            dates = " … ".join(day(one, speech.language) for one in ends)
            variables = ", ".join(part.variables)
            rows.append([part.name, part.state[:SHORT], str(len(part.dates)), dates, variables])
        click.echo(columns(rows))

    return show
