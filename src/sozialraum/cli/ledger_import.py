"""`sozialraum ledger import`: what was published before, by hand, or by others."""

from pathlib import Path

import click

from sozialraum.cli import options, register
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "import",
        cls=Command,
        speech=speech,
        help=speech("ledger_import_help"),
        epilog=speech("ledger_import_example"),
    )
    @click.argument("file", type=options.A_PATH, required=False, metavar="FILE.csv")
    @click.option("--membership", type=options.A_PATH, help=speech("ledger_membership_help"))
    @click.option(
        "--geography", default="sozialraum", show_default=True, help=speech("ledger_geography_help")
    )
    @click.option("--background", is_flag=True, help=speech("ledger_background_help"))
    @click.option(
        "--audience", default="public", show_default=True, help=speech("ledger_audience_help")
    )
    @click.option("--source", default=None, help=speech("ledger_source_help"))
    @click.option("--signed-by", default=None, help=speech("ledger_signed_by_help"))
    @click.option("--template", type=options.A_PATH, help=speech("ledger_template_help"))
    @register.files(speech)
    @options.overwrite(speech)
    @options.language(speech)
    def read(  # noqa: PLR0913 - one parameter an option
        *,
        file: Path | None,
        membership: Path | None,
        geography: str,
        audience: str,
        source: str | None,
        signed_by: str | None,
        template: Path | None,
        project: Path,
        ledger: Path | None,
        background: bool,
        overwrite: bool,
    ) -> None:
        from sozialraum.cli.running import written
        from sozialraum.disclosure.ledger import import_earlier, read_import, write_template

        if template is not None:
            for path in write_template(template, language=speech.language, overwrite=overwrite):
                written(path)
            return
        if file is None or membership is None or signed_by is None:
            raise click.UsageError(speech("ledger_import_needs"), click.get_current_context())
        found = register.opened(project, ledger)
        told = read_import(file, membership, geography=geography)
        names = sorted({column.var for column in told.columns})
        click.echo(speech("ledger_imported", variables=", ".join(names)), err=True)
        made = import_earlier(
            found,
            told,
            source=source or file.name,
            signed_by=signed_by,
            background=background,
            audience=audience,
        )
        register.told(made, speech)

    return read
