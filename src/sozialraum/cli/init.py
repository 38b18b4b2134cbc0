"""`sozialraum init`: a working project on the sample county."""

import shutil
import tempfile
from pathlib import Path

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Command, Speech

NOT_COPIED = ("truth.json", "SOURCES.toml")


def command(speech: Speech) -> click.Command:
    """Return the command."""

    @click.command(
        "init", cls=Command, speech=speech, help=speech("init_help"), epilog=speech("init_example")
    )
    @click.argument("folder", type=options.A_PATH, metavar="FOLDER")
    @options.language(speech)
    def init(folder: Path) -> None:
        from sozialraum.datasets import sample_path
        from sozialraum.errors import OutputError

        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError("files.exists", path=folder)
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".sozialraum-", dir=folder.parent))
        try:
            ignore = shutil.ignore_patterns(*NOT_COPIED, "__pycache__", ".sozialraum")
            shutil.copytree(sample_path(), temporary / "project", ignore=ignore)
            if folder.exists():
                folder.rmdir()
            (temporary / "project").replace(folder)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        click.echo(str(folder))
        click.echo(speech("init_done", folder=folder), err=True)

    return init
