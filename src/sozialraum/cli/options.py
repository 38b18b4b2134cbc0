"""Options shared by commands, so that each means one thing everywhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from sozialraum.cli.speech import Speech

type Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]
A_PATH = click.Path(path_type=Path)


def project() -> Decorator:
    """Return the argument that names a project folder or file (default: this folder)."""
    return click.argument("project", type=A_PATH, default=Path(), metavar="[PROJECT]")


def released() -> Decorator:
    """Return the argument that names our GeoPackage or a project."""
    return click.argument("released", type=A_PATH, default=Path(), metavar="[RELEASE.gpkg|PROJECT]")


def target(speech: Speech, default: str | None = None) -> Decorator:
    """Return the option that names the file to write; required without a default."""
    # an explicit default of None would count as given
    settings: dict[str, Any] = {"required": True}
    if default is not None:
        settings = {"default": Path(default)}
    return click.option(
        "--output",
        "-o",
        type=A_PATH,
        show_default=default is not None,
        help=speech("output_help"),
        **settings,
    )


def overwrite(speech: Speech) -> Decorator:
    """Return the switch that allows an existing file to be replaced."""
    return click.option("--overwrite", is_flag=True, help=speech("overwrite_help"))


def work(speech: Speech) -> Decorator:
    """Return the option that names the private work folder."""
    return click.option("--work", type=A_PATH, default=None, help=speech("work_help"))


def cluster(speech: Speech) -> Decorator:
    """Return the option that names a Dask cluster for the delineation."""
    return click.option(
        "--cluster", default=None, metavar="ADDRESS|local", help=speech("cluster_help")
    )


def language(speech: Speech) -> Decorator:
    """Return the option that sets the language; read early by the group, shown everywhere."""
    return click.option(
        "--lang",
        type=click.Choice(["de", "en"]),
        default=None,
        expose_value=False,
        help=speech("lang_help"),
    )
