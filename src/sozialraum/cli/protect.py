"""`sozialraum protect`: counts in, a protected and audited release out."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "protect",
        cls=Command,
        speech=speech,
        help=speech("protect_help"),
        epilog=speech("protect_example"),
    )
    @options.project()
    @options.target(speech, default="freigabe.gpkg")
    @options.overwrite(speech)
    @options.work(speech)
    @options.language(speech)
    def protect(project: Path, output: Path, work: Path | None, *, overwrite: bool) -> None:
        from sozialraum.cli.running import run_project, written
        from sozialraum.export import write_geopackage
        from sozialraum.files import refuse_existing

        refuse_existing(output, overwrite=overwrite)
        made = run_project(project, speech.language, until="release", work=work)
        assert made.release is not None
        language = speech.language
        written(write_geopackage(output, made.release, language=language, overwrite=overwrite))
        click.echo(repr(made.release), err=True)

    return protect
