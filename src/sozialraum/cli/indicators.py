"""`sozialraum indicators`: what can be measured, what is, and what the county could."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from sozialraum.cli.speech import Group, Speech

if TYPE_CHECKING:
    from sozialraum.config import Config
    from sozialraum.model import Indicator

type Catalogue = tuple["tuple[Indicator, ...]", dict[str, tuple[str, str]], "Config | None"]


def command(speech: Speech) -> click.Command:
    """Return the group of commands."""
    from sozialraum.cli import indicators_check, indicators_list, indicators_show

    group = Group(
        speech=speech,
        name="indicators",
        help=speech("indicators_help"),
        epilog=speech("indicators_example"),
    )
    for module in (indicators_list, indicators_show, indicators_check):
        group.add_command(module.command(speech))
    return group


def opened(path: Path | None) -> Catalogue:
    """Return indicators, own themes and project of a catalogue, a project or neither.

    Without a path this is the catalogue of the project in this folder, else the shipped one.
    """
    from sozialraum.config import FILE_NAME, read_config
    from sozialraum.sources import read_catalogue, shipped_indicators

    if path is None and not Path(FILE_NAME).is_file():
        return shipped_indicators(), {}, None
    path = path or Path()
    if path.is_dir() or path.name == FILE_NAME:
        config = read_config(path)
        return *read_catalogue(config.path(config.indicators.file)), config
    return *read_catalogue(path), None
