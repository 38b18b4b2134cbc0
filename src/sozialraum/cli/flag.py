"""`sozialraum flag`: areas that need a closer look, with the evidence."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "flag", cls=Command, speech=speech, help=speech("flag_help"), epilog=speech("flag_example")
    )
    @options.released()
    @click.option("--indicator", multiple=True, help=speech("indicator_help"))
    @click.option("--rate", type=float, default=0.05, show_default=True, help=speech("rate_help"))
    @click.option("--seed", type=int, default=0, show_default=True, help=speech("seed_help"))
    @options.target(speech, default="hinweise.gpkg")
    @options.overwrite(speech)
    @options.language(speech)
    def flag(
        released: Path,
        indicator: tuple[str, ...],
        rate: float,
        seed: int,
        output: Path,
        *,
        overwrite: bool,
    ) -> None:
        import sozialraum as sr
        from sozialraum.cli.running import load_released, written
        from sozialraum.cli.telling import flags_line
        from sozialraum.files import refuse_existing

        refuse_existing(output, overwrite=overwrite)
        release, index, _ = load_released(released, speech.language, until="index")
        flags = sr.flag(index or release, indicators=indicator or None, rate=rate, seed=seed)
        nouns = [noun for noun in (release, index, flags) if noun is not None]
        written(sr.write_geopackage(output, *nouns, language=speech.language, overwrite=overwrite))
        click.echo(flags_line(flags, speech), err=True)

    return flag
