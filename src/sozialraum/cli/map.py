"""`sozialraum map`: a printed map (PNG, SVG, PDF) or the interactive page (HTML)."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "map", cls=Command, speech=speech, help=speech("map_help"), epilog=speech("map_example")
    )
    @options.released()
    @click.option("--show", "-s", default="flags", show_default=True, help=speech("show_help"))
    @click.option("--date", default=None, help=speech("date_help"))
    @click.option("--title", default=None, help=speech("title_help"))
    @click.option("--background", type=options.A_PATH, default=None, help=speech("background_help"))
    @options.target(speech)
    @options.overwrite(speech)
    @options.language(speech)
    def map_(
        released: Path,
        show: str,
        date: str | None,
        title: str | None,
        background: Path | None,
        output: Path,
        *,
        overwrite: bool,
    ) -> None:
        import sozialraum as sr
        from sozialraum.cli.running import load_released, written
        from sozialraum.files import refuse_existing
        from sozialraum.pipeline import shown_by

        refuse_existing(output, overwrite=overwrite)
        layers = sr.read_background(background) if background else ()
        noun, what = shown_by(show, *load_released(released, speech.language, until="flags"))
        language = speech.language
        if output.suffix.lower() in {".html", ".htm"}:
            written(
                sr.write_web_map(
                    output, noun, language=language, background=layers, overwrite=overwrite
                )
            )
            return
        written(
            sr.write_map(
                output,
                noun,
                what,
                date=date,
                title=title,
                language=language,
                background=layers,
                overwrite=overwrite,
            )
        )

    return map_
