"""`sozialraum deliveries diff`: what changed in the past."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command that shows how the past differs from the last base."""

    @click.command(
        "diff",
        cls=Command,
        speech=speech,
        help=speech("deliveries_diff_help"),
        epilog=speech("deliveries_diff_example"),
    )
    @options.project()
    @click.option(
        "--output", "-o", type=options.A_PATH, default=None, help=speech("deliveries_out_help")
    )
    @click.option("--confidential", is_flag=True, help=speech("deliveries_confidential_help"))
    @options.overwrite(speech)
    @options.work(speech)
    @options.language(speech)
    def show(
        project: Path,
        output: Path | None,
        work: Path | None,
        *,
        confidential: bool,
        overwrite: bool,
    ) -> None:
        from sozialraum.cli.running import refuse_published, written
        from sozialraum.config import read_config
        from sozialraum.errors import DisclosureError
        from sozialraum.files import refuse_existing
        from sozialraum.pipeline.base import told_lines
        from sozialraum.pipeline.past import find_changes, write_changes

        if output is not None:
            if not confidential:
                raise DisclosureError("deliveries.diff_confidential")
            refuse_published(project, output)
            refuse_existing(output, overwrite=overwrite)
        found = find_changes(read_config(project), work=work)
        for line in told_lines(found, speech.language):
            click.echo(line)
        click.echo(speech("deliveries_differ", count=len(found)), err=True)
        if output is not None:
            written(write_changes(output, found, overwrite=overwrite))

    return show
