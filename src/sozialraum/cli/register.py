"""What the commands about the register of publications share."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sozialraum.cli import options
from sozialraum.cli.speech import Speech

if TYPE_CHECKING:
    from sozialraum.disclosure.ledger import Ledger


def files(speech: Speech) -> options.Decorator:
    """Return the options that name the register and the project that pins it."""
    ledger = click.option(
        "--ledger", type=options.A_PATH, default=None, help=speech("ledger_file_help")
    )
    project = click.option(
        "--project", type=options.A_PATH, default=Path(), help=speech("ledger_project_help")
    )

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        return ledger(project(command))

    return decorate


def signature(speech: Speech, *, required: bool = True) -> options.Decorator:
    """Return the options that say who answers for an entry, and why."""
    # an explicit default of None would count as given
    settings: dict[str, Any] = {"required": True} if required else {"default": ""}
    role = click.option("--signed-by", help=speech("ledger_signed_by_help"), **settings)
    why = click.option("--reason", help=speech("ledger_reason_help"), **settings)

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        return role(why(command))

    return decorate


def place(project: Path, ledger: Path | None) -> tuple[Path, Path]:
    """Return the file of the register and the file of its pin.

    The project file may name the register; a folder without one may hold it, too.
    """
    from sozialraum.config import FILE_NAME, read_config
    from sozialraum.disclosure.ledger import LEDGER
    from sozialraum.files.pin import pin_path

    pin = pin_path(project)
    if ledger is None and pin.with_name(FILE_NAME).is_file():
        config = read_config(project)
        ledger = config.path(config.disclosure.ledger) if config.disclosure.ledger else None
    return ledger or pin.with_name(LEDGER), pin


def opened(project: Path, ledger: Path | None) -> "Ledger":
    """Return the register of a project."""
    from sozialraum.disclosure.ledger import read_ledger

    return read_ledger(*place(project, ledger))


def told(ledger: "Ledger", speech: Speech) -> None:
    """Say on stderr how many entries there are and what is known of the time before."""
    click.echo(speech("ledger_stands", number=ledger.head.number, path=ledger.path), err=True)
    if ledger.earlier == "without":
        click.echo(speech("ledger_without"), err=True)
