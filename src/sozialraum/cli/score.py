"""`sozialraum score`: status and dynamics of a release, or of a published table."""

from pathlib import Path
from typing import Any

import click

from sozialraum.cli import options
from sozialraum.cli.score_published import published_options, score_table
from sozialraum.cli.speech import Command, Speech

PRESETS = "mss|imd|simd|gisd-class|county"


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "score",
        cls=Command,
        speech=speech,
        help=speech("score_help"),
        epilog=speech("score_example"),
    )
    @click.argument(
        "released", type=options.A_PATH, default=Path(), metavar="[RELEASE.gpkg|PROJECT|TABLE]"
    )
    @click.option("--preset", default="mss", metavar=PRESETS, help=speech("preset_help"))
    @click.option("--method", type=options.A_PATH, default=None, help=speech("score_method_help"))
    @click.option("--indicator", multiple=True, help=speech("indicator_help"))
    @click.option("--date", default=None, help=speech("date_help"))
    @click.option("--years", type=click.IntRange(0), default=None, help=speech("score_years_help"))
    @click.option("--baseline", default=None, help=speech("score_baseline_help"))
    @published_options(speech)
    @options.target(speech, default="index.gpkg")
    @options.overwrite(speech)
    @options.language(speech)
    def score(  # noqa: PLR0913 - one parameter for every option
        released: Path,
        preset: str,
        method: Path | None,
        indicator: tuple[str, ...],
        output: Path,
        *,
        published: bool,
        overwrite: bool,
        date: str | None,
        years: int | None,
        baseline: str | None,
        **given: Any,
    ) -> None:
        if published:
            chosen = preset if method is None else str(method)
            score_table(released, chosen, output, given, speech, overwrite=overwrite)
            return
        if any(given.values()):
            raise click.UsageError(speech("score_published_only"))
        import sozialraum as sr
        from sozialraum.cli.running import load_released, written
        from sozialraum.files import refuse_existing

        refuse_existing(output, overwrite=overwrite)
        release, _, _ = load_released(released, speech.language, until="release")
        asked = {"date": date, "years": years, "baseline": baseline}
        index = sr.score(
            release, preset=preset, method=method, indicators=indicator or None, **asked
        )
        written(
            sr.write_geopackage(
                output, release, index, language=speech.language, overwrite=overwrite
            )
        )
        click.echo(repr(index), err=True)
        for note in index.notes:
            click.echo(note, err=True)

    return score
