"""`sozialraum dsgvo`: drafts for the data-protection officer."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Group, Speech


def command(speech: Speech) -> click.Command:
    """Return the group of commands."""
    group = Group(
        speech=speech, name="dsgvo", help=speech("dsgvo_help"), epilog=speech("dsgvo_example")
    )
    group.add_command(_draft(speech))
    return group


def _draft(speech: Speech) -> click.Command:
    @click.command(
        "draft",
        cls=Command,
        speech=speech,
        help=speech("dsgvo_draft_help"),
        epilog=speech("dsgvo_draft_example"),
    )
    @options.project()
    @click.option(
        "--output",
        "-o",
        type=options.A_PATH,
        default=Path("datenschutz"),
        show_default=True,
        help=speech("dsgvo_folder_help"),
    )
    @options.overwrite(speech)
    @options.language(speech)
    def draft(project: Path, output: Path, *, overwrite: bool) -> None:
        from sozialraum.config import read_config
        from sozialraum.pipeline.dsgvo import draft_dsgvo
        from sozialraum.report.dsgvo.pages import DOCUMENTS, count_gaps

        folder = draft_dsgvo(read_config(project), output, overwrite=overwrite)
        for name in DOCUMENTS:
            click.echo(str(folder / f"{name}.html"))
        click.echo(speech("dsgvo_drafted", gaps=count_gaps(folder)), err=True)

    return draft
