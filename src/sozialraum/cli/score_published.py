"""`sozialraum score --published`: the index of somebody else's published table."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from sozialraum.cli.speech import Speech

OPTIONS = ("key", "status", "dynamics", "domain", "score", "by", "residents", "where", "sheet")
SEVERAL = ("status", "dynamics", "domain", "where")
PAIRS = ("domain", "where")
METAVARS = {**dict.fromkeys(PAIRS, "NAME=COL"), "sheet": "NAME"}


def published_options(speech: Speech) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the options that say what the columns of a published table hold."""

    def pairs(_ctx: Any, _param: Any, given: tuple[str, ...]) -> dict[str, str]:
        split = [one.partition("=") for one in given]
        if not all(name.strip() and column.strip() for name, _, column in split):
            raise click.BadParameter(speech("score_pair"))
        if len({name.strip() for name, _, _ in split}) < len(split):
            raise click.BadParameter(speech("score_pair_twice"))
        return {name.strip(): column.strip() for name, _, column in split}

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for name in reversed(OPTIONS):
            command = click.option(
                f"--{name}",
                multiple=name in SEVERAL,
                callback=pairs if name in PAIRS else None,
                default=None if name in SEVERAL else "",
                metavar=METAVARS.get(name, "COL"),
                help=speech(f"score_{name}_help"),
            )(command)
        flag = click.option("--published", is_flag=True, help=speech("score_published_help"))
        return flag(command)

    return decorate


def score_table(
    table: Path,
    method: str,
    output: Path,
    given: Mapping[str, Any],
    speech: Speech,
    *,
    overwrite: bool,
) -> None:
    """Read, score and write a published table; say how many areas are in which class."""
    from sozialraum.cli.running import written
    from sozialraum.export.scores import write_scores
    from sozialraum.files import refuse_existing
    from sozialraum.files.provenance import protection_sentence
    from sozialraum.pipeline.published import Columns, score_published

    if not given["key"]:
        raise click.UsageError(speech("score_key_needed"))
    refuse_existing(output, overwrite=overwrite)
    frame, indices = score_published(table, Columns(**given), method=method)
    notes = dict.fromkeys(note for index in indices for note in index.notes)
    told = " ".join([protection_sentence(indices[0].release, speech.language), *notes])
    written(write_scores(output, frame, note=told, language=speech.language, overwrite=overwrite))
    for name in ("status_class", "dynamics_class", "decile", "class"):
        if name in frame:
            click.echo(
                speech(f"score_told_{name}", classes=_counted(frame[name], speech)), err=True
            )
    click.echo(told, err=True)


def _counted(classes: Any, speech: Speech) -> str:
    """Return how many areas are in each class, and how many in none."""
    known = classes[classes.notna() & (classes.astype(str) != "")].value_counts().sort_index()
    parts = [f"{name}: {number}" for name, number in known.items()]
    return ", ".join([*parts, speech("score_told_none", number=len(classes) - known.sum())])
