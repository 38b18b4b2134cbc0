"""`sozialraum protect`: counts in, a protected and audited release out."""

import json
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
    @click.option("--dry-run", is_flag=True, help=speech("protect_dry_help"))
    @click.option("--json", "as_json", is_flag=True, help=speech("protect_json_help"))
    @options.overwrite(speech)
    @options.work(speech)
    @options.language(speech)
    def protect(
        project: Path,
        output: Path,
        work: Path | None,
        *,
        dry_run: bool,
        as_json: bool,
        overwrite: bool,
    ) -> None:
        from sozialraum.cli.running import run_project, written
        from sozialraum.cli.telling import release_line
        from sozialraum.disclosure.utility import explain_utility
        from sozialraum.disclosure.utility_text import utility_lines, utility_table
        from sozialraum.export import write_geopackage
        from sozialraum.files import refuse_existing

        if as_json and not dry_run:
            raise click.UsageError(speech("protect_json_alone"))
        if not dry_run:
            refuse_existing(output, overwrite=overwrite)
        language = speech.language
        made = run_project(project, language, until="release", work=work)
        assert made.measures is not None
        assert made.release is not None
        found = explain_utility(made.measures, made.release)
        labels = {one.geography: one.label(language) for one in made.measures.others}
        if as_json:
            click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=1))
        elif dry_run:
            click.echo(utility_table(found, language, labels))
        else:
            written(write_geopackage(output, made.release, language=language, overwrite=overwrite))
            click.echo(release_line(made.release, speech), err=True)
            click.echo("\n".join(utility_lines(found, language, labels)), err=True)

    return protect
