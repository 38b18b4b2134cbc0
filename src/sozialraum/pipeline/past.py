"""The changed past of a project: found, written for people inside the house, accepted."""

from collections.abc import Collection, Sequence
from pathlib import Path

import pandas as pd

from sozialraum.config import Config
from sozialraum.errors import ConfigError
from sozialraum.files import writing
from sozialraum.files.readback import read_release
from sozialraum.files.vault import Vault
from sozialraum.files.wording import inert
from sozialraum.pipeline.base import Difference, accept, differences, release_key
from sozialraum.pipeline.history import Base, History, opened, read_history
from sozialraum.pipeline.inputs import Inputs
from sozialraum.pipeline.standing import origins
from sozialraum.sources.changes import COLUMNS


def find_changes(config: Config, *, work: str | Path | None = None) -> tuple[Difference, ...]:
    """Return how the past of the deliveries differs from the last base.

    Raises
    ------
    ConfigError
        There is no base yet.
    SourceError
        A delivery cannot be read.
    """
    vault, history = _kept(config, work)
    return differences(vault, history.last, Inputs(config).deliveries)


def accept_changes(
    config: Config, names: Collection[str] | None, *, by: str, work: str | Path | None = None
) -> Base | None:
    """Take the changed past of deliveries, all of them when `names` is None.

    Raises
    ------
    ConfigError
        There is no base yet, or no such delivery, or nobody is named.
    SourceError
        A delivery cannot be read.
    """
    if not by.strip():
        raise ConfigError("deliveries.by_whom")
    vault, _ = _kept(config, work)
    found = Inputs(config).deliveries
    chosen = {one.name for one in found} if names is None else names
    return accept(vault, found, origins(config, vault), chosen, by=by.strip())


def write_changes(
    path: str | Path, found: Sequence[Difference], *, overwrite: bool = False
) -> Path:
    """Write differences with their counts: confidential, readable by one user only.

    Returns
    -------
    pathlib.Path
        The file: CSV, one row a place × date × variable, with the delivery in front.
    """
    named = [one.rows.assign(delivery=one.name) for one in found]
    empty = pd.DataFrame(columns=["delivery", *COLUMNS])
    table = pd.concat(named, ignore_index=True)[list(empty)] if named else empty
    table = table.assign(key=table["key"].map(inert))
    target = Path(path)
    with writing(target, overwrite=overwrite) as temporary:
        temporary.touch(mode=0o600)
        table.to_csv(temporary, sep=";", index=False, encoding="utf-8-sig")
    return target


def find_base(config: Config, named: str, *, work: str | Path | None = None) -> Base:
    """Return a base by the beginning of its id, or by a release (GeoPackage) resting on it.

    Raises
    ------
    ConfigError
        None fits, or several do.
    """
    vault, history = _kept(config, work)
    bases = {base.id: base for base in history.bases}
    if Path(named).suffix.lower() == ".gpkg":
        key = release_key(vault, read_release(Path(named)))
        fitting = [one.base for one in history.releases if one.release == key][-1:]
    else:
        fitting = [name for name in bases if named and name.startswith(named)]
    if len(fitting) != 1:
        raise ConfigError("deliveries.no_such_base", ids=[named])
    return bases[fitting[0]]


def _kept(config: Config, work: str | Path | None) -> tuple[Vault, History]:
    vault = opened(config, work)
    history = read_history(vault)
    if vault is None or history.last is None:
        raise ConfigError("deliveries.no_base")
    return vault, history
