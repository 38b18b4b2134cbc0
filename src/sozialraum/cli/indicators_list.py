"""`sozialraum indicators list`: the catalogue, one line an indicator, or as a workbook."""

import json
from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.deliveries_table import FORMATS, Format, columns, csv_text
from sozialraum.cli.indicators import opened
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "list",
        cls=Command,
        speech=speech,
        help=speech("indicators_list_help"),
        epilog=speech("indicators_list_example"),
    )
    @click.argument("catalogue", type=options.A_PATH, required=False, metavar="[CATALOGUE|PROJECT]")
    @click.option("--theme", default=None, help=speech("indicators_theme_help"))
    @click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        default="table",
        help=speech("indicators_format_help"),
    )
    @click.option("--xlsx", type=options.A_PATH, default=None, help=speech("indicators_xlsx_help"))
    @options.overwrite(speech)
    @options.language(speech)
    def show(
        catalogue: Path | None,
        theme: str | None,
        form: Format,
        xlsx: Path | None,
        *,
        overwrite: bool,
    ) -> None:
        from sozialraum.cli.running import written
        from sozialraum.files.records import to_record
        from sozialraum.sources import write_indicators
        from sozialraum.sources.catalogue_text import listed, of_theme, with_wholes

        language = "en" if speech.language == "en" else "de"
        everything, themes, _ = opened(catalogue)
        chosen = of_theme(everything, theme, themes) if theme else everything
        if xlsx is not None:
            whole = with_wholes(chosen, everything)
            file = write_indicators(
                xlsx, whole, language=language, themes=themes, overwrite=overwrite
            )
            written(file)
            more = [one.id for one in whole if one not in chosen]
            message = "indicators_written_more" if more else "indicators_written"
            tally = {"count": len(whole), "chosen": len(chosen), "names": ", ".join(more)}
            click.echo(speech(message, **tally), err=True)
            return
        if form == "json":
            records = [to_record(one) for one in chosen]
            click.echo(json.dumps(records, ensure_ascii=False, indent=1))
            return
        rows = listed(chosen, themes, language)
        click.echo(columns(rows) if form == "table" else csv_text(rows))
        click.echo(speech("indicators_listed", count=len(chosen)), err=True)

    return show
