"""`sozialraum score`: status and dynamics of a release."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "score",
        cls=Command,
        speech=speech,
        help=speech("score_help"),
        epilog=speech("score_example"),
    )
    @options.released()
    @click.option("--preset", type=click.Choice(["mss"]), default="mss", help=speech("preset_help"))
    @click.option("--indicator", multiple=True, help=speech("indicator_help"))
    @click.option("--date", default=None, help=speech("date_help"))
    @options.target(speech, default="index.gpkg")
    @options.overwrite(speech)
    @options.language(speech)
    def score(
        released: Path,
        preset: str,
        indicator: tuple[str, ...],
        date: str | None,
        output: Path,
        *,
        overwrite: bool,
    ) -> None:
        import sozialraum as sr
        from sozialraum.cli.running import load_released, written
        from sozialraum.files import refuse_existing

        refuse_existing(output, overwrite=overwrite)
        release, _, _ = load_released(released, speech.language, until="release")
        index = sr.score(release, preset=preset, indicators=indicator or None, date=date)
        written(
            sr.write_geopackage(
                output, release, index, language=speech.language, overwrite=overwrite
            )
        )
        click.echo(repr(index), err=True)

    return score
