"""`sozialraum export`: files for the GIS."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "export",
        cls=Command,
        speech=speech,
        help=speech("export_help"),
        epilog=speech("export_example"),
    )
    @options.released()
    @options.target(speech, default="sozialraum.gpkg")
    @options.overwrite(speech)
    @options.language(speech)
    def export(released: Path, output: Path, *, overwrite: bool) -> None:
        import sozialraum as sr
        from sozialraum.cli.running import load_released, written
        from sozialraum.files import refuse_existing

        refuse_existing(output, overwrite=overwrite)
        nouns = load_released(released, speech.language, until="flags")
        made = [noun for noun in nouns if noun is not None]
        written(sr.write_geopackage(output, *made, language=speech.language, overwrite=overwrite))

    return export
