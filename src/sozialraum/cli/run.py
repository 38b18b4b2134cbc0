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
        from sozialraum.cli.telling import areas_line, flags_line, index_line, release_line

        made = run_project(
            project, speech.language, until="outputs", output=output, work=work, cluster=cluster
        )
        assert made.folder is not None
        assert made.areas is not None
        for path in sorted(p for p in made.folder.rglob("*") if p.is_file()):
            click.echo(str(path))
        assert made.measures is not None
        assert made.release is not None
        assert made.flags is not None
        for note in made.measures.carried:
            click.echo(note, err=True)
        lines = [areas_line(made.areas, speech), release_line(made.release, speech)]
        lines += [index_line(made.index, speech)] if made.index is not None else []
        for line in (*lines, flags_line(made.flags, speech)):
            click.echo(line, err=True)
        click.echo(speech("run_done", folder=made.folder), err=True)

    return run
