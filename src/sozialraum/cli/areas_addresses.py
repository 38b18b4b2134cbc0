"""`sozialraum areas addresses`: streets and number ranges by area, for offices without a map."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "addresses",
        cls=Command,
        speech=speech,
        help=speech("areas_addresses_help"),
        epilog=speech("areas_addresses_example"),
    )
    @options.project()
    @click.option(
        "--addresses", type=options.A_PATH, required=True, help=speech("areas_addresses_file_help")
    )
    @click.option(
        "--output",
        "-o",
        type=options.A_PATH,
        default=Path("adressschluessel"),
        show_default=True,
        help=speech("areas_addresses_output_help"),
    )
    @click.option("--snap", type=float, default=0.0, help=speech("areas_snap_help"))
    @click.option("--compare", type=options.A_PATH, default=None, help=speech("areas_compare_help"))
    @click.option("--municipality", default=None, help=speech("areas_municipality_help"))
    @options.overwrite(speech)
    @options.work(speech)
    @options.language(speech)
    def write(
        project: Path,
        addresses: Path,
        output: Path,
        snap: float,
        compare: Path | None,
        municipality: str | None,
        work: Path | None,
        *,
        overwrite: bool,
    ) -> None:
        from sozialraum.areas.addresses import address_key
        from sozialraum.cli.areas import areas_of
        from sozialraum.cli.running import written
        from sozialraum.export.addresses import write_address_key
        from sozialraum.files import refuse_existing
        from sozialraum.files.local import local_file
        from sozialraum.sources.addresses import read_addresses
        from sozialraum.sources.street_compare import compare_streets
        from sozialraum.sources.street_lists import read_street_list

        refuse_existing(output, overwrite=overwrite)
        local_file(addresses)
        listed = None if compare is None else read_street_list(compare)
        _, areas = areas_of(project, speech, work)
        counties = sorted({town[:5] for town in areas.frame["municipality"] if town})
        layer = read_addresses(addresses, within=counties)
        key = address_key(layer, areas, snap=snap)
        told = None
        if listed is not None:
            told = compare_streets(key, listed, municipality=municipality)
        language = speech.language
        made = write_address_key(output, key, compared=told, language=language, overwrite=overwrite)
        for path in made:
            written(path)
        for note in key.notes:
            click.echo(f"- {note}", err=True)
        numbers = {"addresses": len(key.addresses), "unassigned": len(key.unassigned)}
        click.echo(speech("areas_addressed", ranges=len(key.ranges), **numbers), err=True)

    return write
