"""`sozialraum report`: the report for council and associations."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "report",
        cls=Command,
        speech=speech,
        help=speech("report_help"),
        epilog=speech("report_example"),
    )
    @options.released()
    @click.option("--background", type=options.A_PATH, default=None, help=speech("background_help"))
    @options.target(speech, default="bericht.html")
    @options.overwrite(speech)
    @options.language(speech)
    def report(released: Path, background: Path | None, output: Path, *, overwrite: bool) -> None:
        import sozialraum as sr
        from sozialraum.cli.running import load_released, written
        from sozialraum.files import refuse_existing

        refuse_existing(output, overwrite=overwrite)
        layers = sr.read_background(background) if background else ()
        release, index, flags = load_released(released, speech.language, until="flags")
        noun = flags or index or release
        written(
            sr.write_report(
                output, noun, language=speech.language, background=layers, overwrite=overwrite
            )
        )

    return report
