"""`sozialraum deliveries template`: a workbook that an office fills in."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command that writes the template of a delivery."""

    @click.command(
        "template",
        cls=Command,
        speech=speech,
        help=speech("template_help"),
        epilog=speech("template_example"),
    )
    @click.argument("name")
    @options.project()
    @options.target(speech)
    @click.option("--areas", type=options.A_PATH, default=None, help=speech("template_areas_help"))
    @click.option("--date", default=None, metavar="DATE", help=speech("template_date_help"))
    @options.overwrite(speech)
    @options.language(speech)
    def template(
        name: str,
        project: Path,
        output: Path,
        areas: Path | None,
        date: str | None,
        *,
        overwrite: bool,
    ) -> None:
        from sozialraum.cli.running import written
        from sozialraum.config import read_config
        from sozialraum.export.template import write_template
        from sozialraum.files import refuse_existing
        from sozialraum.pipeline.template import delivery_template

        if output.suffix.lower() != ".xlsx":
            raise click.UsageError(speech("template_ending"), click.get_current_context())
        refuse_existing(output, overwrite=overwrite)
        blank = delivery_template(read_config(project), name, areas=areas, date=date)
        language = speech.language
        written(write_template(output, blank, language=language, overwrite=overwrite))
        facts = {"rows": len(blank.rows), "columns": ", ".join(blank.columns.values())}
        click.echo(speech("template_told", vintage=blank.vintage, **facts), err=True)

    return template
