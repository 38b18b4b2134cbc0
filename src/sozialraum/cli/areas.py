"""`sozialraum areas`: propose, adopt and check areas; write them for QGIS without any count."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sozialraum.cli import areas_addresses, options
from sozialraum.cli.speech import Command, Group, Speech

if TYPE_CHECKING:
    from sozialraum.model import Areas, Blocks

PROPOSED: dict[str, object] = {"given": (), "edited": None}
"""Settings of a project that has no areas yet."""


def command(speech: Speech) -> click.Command:
    """Return the group of commands."""
    group = Group(
        speech=speech, name="areas", help=speech("areas_help"), epilog=speech("areas_example")
    )
    for name in ("propose", "adopt"):
        group.add_command(_writing(speech, name))
    group.add_command(_check(speech))
    group.add_command(_explain(speech))
    group.add_command(_proposal(speech))
    group.add_command(areas_addresses.command(speech))
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
    @options.cluster(speech)
    @options.language(speech)
    def write(
        project: Path, output: Path, work: Path | None, cluster: str | None, *, overwrite: bool
    ) -> None:
        from sozialraum.areas import propose
        from sozialraum.cli.running import written
        from sozialraum.export import write_proposal
        from sozialraum.files import refuse_existing

        refuse_existing(output, overwrite=overwrite)
        settings = PROPOSED if name == "propose" else {}
        blocks, areas = areas_of(project, speech, work, cluster=cluster, **settings)
        proposal = propose(areas, blocks)
        language = speech.language
        written(
            write_proposal(output, proposal, blocks=blocks, language=language, overwrite=overwrite)
        )
        for note in areas.notes:
            click.echo(f"- {note}", err=True)
        click.echo(speech("areas_written", **_tally(areas)), err=True)

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
        _, areas = areas_of(project, speech, work)
        failing = areas.frame[~areas.frame["passes"]]
        for row in failing.itertuples():
            click.echo(f"{row.Index}\t{row.name}\t{row.fails}")
        click.echo(speech("areas_checked", areas=len(areas.frame), failing=len(failing)), err=True)
        return 1 if len(failing) else 0

    return check


def _explain(speech: Speech) -> click.Command:
    """Return the command that writes the confidential table behind the areas."""

    @click.command(
        "explain",
        cls=Command,
        speech=speech,
        help=speech("areas_explain_help"),
        epilog=speech("areas_explain_example"),
    )
    @options.project()
    @options.target(speech, default="gebiete-vertraulich.csv")
    @click.option("--confidential", is_flag=True, help=speech("areas_confidential_help"))
    @options.overwrite(speech)
    @options.work(speech)
    @options.language(speech)
    def explain(
        project: Path, output: Path, work: Path | None, *, confidential: bool, overwrite: bool
    ) -> None:
        from sozialraum.areas import explain_areas
        from sozialraum.cli.running import refuse_published, written
        from sozialraum.errors import DisclosureError
        from sozialraum.files import refuse_existing, writing

        if not confidential:
            raise DisclosureError("areas.explain_confidential")
        refuse_published(project, output)
        refuse_existing(output, overwrite=overwrite)
        blocks, areas = areas_of(project, speech, work)
        with writing(output, overwrite=overwrite) as temporary:
            temporary.touch(mode=0o600)  # for nobody but who wrote it
            explain_areas(areas, blocks).to_csv(temporary, sep=";", encoding="utf-8-sig")
        written(output)
        click.echo(speech("areas_explained", file=output), err=True)

    return explain


def _proposal(speech: Speech) -> click.Command:
    """Return the command that checks a proposal edited in QGIS."""

    @click.command(
        "proposal",
        cls=Command,
        speech=speech,
        help=speech("areas_proposal_help"),
        epilog=speech("areas_proposal_example"),
    )
    @click.argument("project", type=options.A_PATH)
    @click.argument("file", type=options.A_PATH, metavar="FILE.gpkg")
    @click.option(
        "--output", "-o", type=options.A_PATH, default=None, help=speech("areas_clean_help")
    )
    @options.overwrite(speech)
    @options.work(speech)
    @options.language(speech)
    def check(
        project: Path, file: Path, output: Path | None, work: Path | None, *, overwrite: bool
    ) -> None:
        from sozialraum.areas import propose
        from sozialraum.cli.running import written
        from sozialraum.export import write_proposal
        from sozialraum.files import refuse_existing

        if output is not None:
            refuse_existing(output, overwrite=overwrite)
        blocks, areas = areas_of(project, speech, work, edited=str(file.resolve()))
        for note in areas.notes:
            click.echo(f"- {note}")
        failing = int((~areas.frame["passes"]).sum())
        numbers = {"areas": len(areas.frame), "blocks": len(areas.membership), "failing": failing}
        click.echo(speech("areas_usable", file=file, **numbers), err=True)
        if output is not None:
            language, proposal = speech.language, propose(areas, blocks)
            written(
                write_proposal(
                    output, proposal, blocks=blocks, language=language, overwrite=overwrite
                )
            )

    return check


def _tally(areas: "Areas") -> dict[str, int]:
    """Return how many areas there are of each kind; never a count of people."""
    origin = areas.frame["origin"]
    return {
        "areas": len(areas.frame),
        "adopted": int((origin == "adopted").sum()),
        "proposed": int((origin == "proposed").sum()),
        "failing": int((~areas.frame["passes"]).sum()),
    }


def areas_of(
    project: Path,
    speech: Speech,
    work: Path | None,
    *,
    cluster: str | None = None,
    **settings: object,
) -> tuple["Blocks", "Areas"]:
    """Return blocks and areas of a project, with other settings of its areas."""
    from sozialraum.cli.running import progress
    from sozialraum.config import read_config
    from sozialraum.pipeline import run

    config = read_config(project)
    changed = config.areas.model_copy(update=settings)
    config = config.model_copy(update={"areas": changed})
    with progress(speech.language) as notify:
        made = run(config, until="areas", work=work, notify=notify, cluster=cluster)
    assert made.areas is not None
    return made.blocks, made.areas
