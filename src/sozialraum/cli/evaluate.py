"""`sozialraum evaluate`: what interventions changed, in words, as a table or a chart."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "evaluate",
        cls=Command,
        speech=speech,
        help=speech("evaluate_help"),
        epilog=speech("evaluate_example"),
    )
    @options.released()
    @click.option("--interventions", type=options.A_PATH, help=speech("evaluate_table_help"))
    @click.option("--indicator", required=True, help=speech("evaluate_indicator_help"))
    @click.option("--intervention", metavar="ID", help=speech("evaluate_one_help"))
    @click.option("--seed", type=int, default=0, show_default=True, help=speech("seed_help"))
    @click.option("--output", "-o", type=options.A_PATH, help=speech("evaluate_output_help"))
    @options.overwrite(speech)
    @options.language(speech)
    def evaluate(
        released: Path,
        interventions: Path | None,
        indicator: str,
        intervention: str | None,
        seed: int,
        output: Path | None,
        *,
        overwrite: bool,
    ) -> None:
        import sozialraum as sr
        from sozialraum.cli.evaluate_files import check_output, known, only, write
        from sozialraum.cli.running import load_released, written
        from sozialraum.files.provenance import standing_sentences

        language = speech.language
        if output:
            check_output(output, speech, overwrite=overwrite)
        measures = known(released, interventions, speech)
        release, _, _ = load_released(released, language, until="release")
        found = sr.evaluate(release, measures, indicator, seed=seed)
        found = only(found, intervention, output, speech)
        titles = {one.id: one.title for one in measures}
        for name, sentence in sr.evaluation_sentences(found, language).items():
            click.echo(f"{titles[name]}: {sentence}")
        for sentence in standing_sentences(release, language):
            click.echo(sentence, err=True)
        if output:
            written(write(output, found, language, overwrite=overwrite))

    return evaluate
