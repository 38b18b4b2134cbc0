"""`sozialraum areas`: propose, adopt and check areas; write them for QGIS without any count."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Group, Speech

if TYPE_CHECKING:
    from sozialraum.model import Areas, Blocks


def command(speech: Speech) -> click.Command:
    """Return the group of commands."""
    group = Group(
        speech=speech, name="areas", help=speech("areas_help"), epilog=speech("areas_example")
    )
    for name in ("propose", "adopt"):
        group.add_command(_writing(speech, name))
    group.add_command(_check(speech))
    return group


def _writing(speech: Speech, name: str) -> click.Command:
    """Return the command that writes areas as a GeoPackage without counts."""

    @click.command(
        name,
        cls=Command,
        speech=speech,
        help=speech(f"areas_{name}_help"),
        epilog=speech(f"areas_{name}_example"),
    )
    @options.project()
    @options.target(speech, default="gebiete.gpkg")
    @options.overwrite(speech)
    @options.work(speech)
    @options.language(speech)
    def write(project: Path, output: Path, work: Path | None, *, overwrite: bool) -> None:
        from sozialraum.areas import propose
        from sozialraum.cli.running import written
        from sozialraum.export import write_proposal
        from sozialraum.files import refuse_existing

        refuse_existing(output, overwrite=overwrite)
        blocks, areas = _areas(project, speech, work, given=name == "adopt")
        proposal = propose(areas, blocks)
        language = speech.language
        written(
            write_proposal(output, proposal, blocks=blocks, language=language, overwrite=overwrite)
        )
        click.echo(repr(areas), err=True)

    return write


def _check(speech: Speech) -> click.Command:
    """Return the command that says which areas fail which minima."""

    @click.command(
        "check",
        cls=Command,
        speech=speech,
        help=speech("areas_check_help"),
        epilog=speech("areas_check_example"),
    )
    @options.project()
    @options.work(speech)
    @options.language(speech)
    def check(project: Path, work: Path | None) -> int:
        _, areas = _areas(project, speech, work, given=True)
        failing = areas.frame[~areas.frame["passes"]]
        for row in failing.itertuples():
            click.echo(f"{row.Index}\t{row.name}\t{row.fails}")
        click.echo(speech("areas_checked", areas=len(areas.frame), failing=len(failing)), err=True)
        return 1 if len(failing) else 0

    return check


def _areas(
    project: Path, speech: Speech, work: Path | None, *, given: bool
) -> tuple["Blocks", "Areas"]:
    """Return blocks and areas of a project: its given areas, or proposals everywhere."""
    from sozialraum.cli.running import progress
    from sozialraum.config import read_config
    from sozialraum.pipeline import run

    config = read_config(project)
    if not given:
        areas = config.areas.model_copy(update={"given": ()})
        config = config.model_copy(update={"areas": areas})
    with progress(speech.language) as notify:
        made = run(config, until="areas", work=work, notify=notify)
    assert made.areas is not None
    return made.blocks, made.areas
