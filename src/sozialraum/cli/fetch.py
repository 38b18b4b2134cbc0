"""`sozialraum fetch`: official data from their official addresses."""

from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "fetch",
        cls=Command,
        speech=speech,
        help=speech("fetch_help"),
        epilog=speech("fetch_example"),
    )
    @click.argument("name", required=False, metavar="[NAME]")
    @click.option("--year", type=int, default=None, help=speech("fetch_year_help"))
    @click.option("--topic", multiple=True, help=speech("fetch_topic_help"))
    @click.option(
        "--target",
        type=options.A_PATH,
        default=Path("daten"),
        show_default=True,
        help=speech("fetch_target_help"),
    )
    @click.option("--mirror", type=options.A_PATH, default=None, help=speech("fetch_mirror_help"))
    @click.option("--base", default=None, metavar="ADDRESS", help=speech("fetch_base_help"))
    @click.option("--list", "listing", is_flag=True, help=speech("fetch_list_help"))
    @options.overwrite(speech)
    @options.language(speech)
    def get(
        name: str | None,
        year: int | None,
        topic: tuple[str, ...],
        target: Path,
        mirror: Path | None,
        base: str | None,
        *,
        listing: bool,
        overwrite: bool,
    ) -> None:
        from sozialraum.cli.running import incoming, written
        from sozialraum.sources.fetching import fetch
        from sozialraum.sources.registry import official, registry

        chosen = [official(name)] if name else list(registry().values())
        if listing:
            for data in chosen:
                click.echo(f"{data.name}\t{data.title}\t{data.licence}\t{data.page}")
                for one, path in data.topics.items():
                    click.echo(f"  {one}\t{data.server}/{path}")
            return
        if not name:
            raise click.UsageError(speech("fetch_which", names=", ".join(registry())))
        places = {"target": target, "mirror": mirror, "base": base}
        with incoming() as progress:
            made = fetch(
                name, year=year, topics=topic, overwrite=overwrite, progress=progress, **places
            )
        for path in made:
            written(path)
        facts = {"attribution": chosen[0].credit(year), "licence": chosen[0].licence}
        click.echo(speech("fetch_next", path=made[0], **facts), err=True)

    return get
