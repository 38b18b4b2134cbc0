"""`sozialraum publish`: put a release into the register of publications."""

from pathlib import Path

import click

from sozialraum.cli import options, register
from sozialraum.cli.speech import Command, Speech


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "publish",
        cls=Command,
        speech=speech,
        help=speech("publish_help"),
        epilog=speech("publish_example"),
    )
    @click.argument("released", type=options.A_PATH, metavar="RELEASE.gpkg")
    @click.argument("files", type=options.A_PATH, nargs=-1, metavar="[FILE]...")
    @register.files(speech)
    @click.option("--signed-by", default="", help=speech("ledger_signed_by_help"))
    @options.language(speech)
    def publish(
        released: Path, files: tuple[Path, ...], project: Path, ledger: Path | None, signed_by: str
    ) -> None:
        from sozialraum.disclosure.ledger import publish
        from sozialraum.errors import OutputError
        from sozialraum.files.manifest import digest
        from sozialraum.files.readback import read_release

        missing = [path for path in files if not path.is_file()]
        if missing:
            raise OutputError("ledger.no_such_file", ids=missing)
        release = read_release(released)
        outputs = {path.name: digest(path) for path in (released, *files)}
        found = register.opened(project, ledger)
        done = publish(release, found, signed_by=signed_by, outputs=outputs)
        message = "publish_done" if done.new else "publish_known"
        click.echo(speech(message, number=done.entry.number), err=True)
        register.told(done.ledger, speech)
        click.echo(str(done.ledger.path))

    return publish
