"""Of `sozialraum evaluate`: the table that is read, and the file that is written."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sozialraum.cli.speech import Speech

if TYPE_CHECKING:
    from sozialraum.model import Evaluation, Intervention

TABLE = ".csv"
PICTURES = (".png", ".svg", ".pdf")


def check_output(output: Path, speech: Speech, *, overwrite: bool) -> None:
    """Refuse a file that cannot be written, before anything is computed."""
    from sozialraum.files import refuse_existing

    if output.suffix.lower() not in (TABLE, *PICTURES):
        known = ", ".join((TABLE, *PICTURES))
        raise click.UsageError(speech("evaluate_ending", name=output.name, known=known))
    refuse_existing(output, overwrite=overwrite)


def known(released: Path, table: Path | None, speech: Speech) -> "tuple[Intervention, ...]":
    """Return the interventions of a table; without one, those of the project."""
    import sozialraum as sr
    from sozialraum.config import read_config
    from sozialraum.pipeline import Inputs

    if table:
        return sr.read_interventions(table)
    packed = released.suffix.lower() == ".gpkg"
    found = () if packed else Inputs(read_config(released)).interventions
    if not found:
        raise click.UsageError(speech("evaluate_no_table"))
    return found


def only(
    found: "Evaluation", intervention: str | None, output: Path | None, speech: Speech
) -> "Evaluation":
    """Return what is found of the intervention asked for; a picture shows one alone."""
    names = found.effects["intervention"].astype("str")
    picture = output is not None and output.suffix.lower() in PICTURES
    strange = intervention is not None and intervention not in set(names)
    if strange or (picture and intervention is None and len(names) > 1):
        raise click.UsageError(speech("evaluate_which", ids=", ".join(names)))
    if intervention is None:
        return found
    return replace(found, effects=found.effects[names == intervention])


def write(output: Path, found: "Evaluation", language: str, *, overwrite: bool) -> Path:
    """Write the table of effects, or the chart of the one that is left."""
    import sozialraum as sr
    from sozialraum.export.effects import write_effects

    if output.suffix.lower() == TABLE:
        return write_effects(output, found, language=language, overwrite=overwrite)
    one = str(found.effects["intervention"].iloc[0])
    return sr.write_chart(
        output, found, "effect", intervention=one, language=language, overwrite=overwrite
    )
