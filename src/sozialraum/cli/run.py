"""`sozialraum run`: the whole way from files to the published folder."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "run", cls=Command, speech=speech, help=speech("run_help"), epilog=speech("run_example")
    )
    @options.project()
    @click.option("--output", "-o", type=options.A_PATH, default=None, help=speech("folder_help"))
    @options.work(speech)
    @options.cluster(speech)
    @options.language(speech)
    def run(project: Path, output: Path | None, work: Path | None, cluster: str | None) -> None:
        from sozialraum.cli.running import run_project

        made = run_project(
            project, speech.language, until="outputs", output=output, work=work, cluster=cluster
        )
        assert made.folder is not None
        assert made.areas is not None
        for path in sorted(p for p in made.folder.rglob("*") if p.is_file()):
            click.echo(str(path))
        click.echo(speech("run_areas", areas=repr(made.areas)), err=True)
        click.echo(speech("run_release", release=repr(made.release)), err=True)
        click.echo(speech("run_flags", flags=repr(made.flags)), err=True)
        click.echo(speech("run_done", folder=made.folder), err=True)

    return run
