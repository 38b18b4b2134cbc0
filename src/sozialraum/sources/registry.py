"""Official data that can be fetched: what there is, where, from whom, under which licence.

The addresses stand in ``registry.toml`` beside this module. They change now and then; then
`page` is where to look.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath

from sozialraum.errors import SourceError

ALL = ("alle", "all")
YEARS = re.compile(r"(19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Remote:
    """One file on a server.

    Parameters
    ----------
    topic
        What it holds.
    path
        Where it stands on the server.
    sha256
        Its known hash; blank where the provider renews the file.
    """

    topic: str
    path: str
    sha256: str = ""

    @property
    def name(self) -> str:
        """Name of the file."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True, slots=True)
class Official:
    """Data of an authority.

    Parameters
    ----------
    name, title
        What it is called here, and by its provider.
    provider, licence, attribution
        Who publishes it, under which licence, and what must be printed.
    server
        Address of the server.
    page
        Where to look when the address has changed.
    topics
        Path of every topic; ``{year}`` stands for the year.
    usual
        Topics that are fetched unless others are asked for.
    current
        What stands for the current year; blank where there is one edition only.
    hashes
        Known hashes by topic.
    """

    name: str
    title: str
    provider: str
    licence: str
    attribution: str
    server: str
    page: str
    topics: Mapping[str, str]
    usual: Sequence[str]
    current: str = ""
    hashes: Mapping[str, str] = field(default_factory=dict)

    def credit(self, year: int | None = None) -> str:
        """Return what must be printed, with the year of the edition."""
        return self.attribution.replace(" ({shown})", f" ({year})" if year else "")


@cache
def registry() -> dict[str, Official]:
    """Return all official data by name.

    Examples
    --------
    >>> list(registry())
    ['zensus2022', 'vg250', 'dvg-nrw', 'gebref-nrw', 'wahlkreise']
    """
    data = files(__package__).joinpath("registry.toml").read_text(encoding="utf-8")
    return {name: Official(name, **facts) for name, facts in tomllib.loads(data).items()}


def official(name: str) -> Official:
    """Return official data by name.

    Raises
    ------
    SourceError
        There are none of this name; lists the names.
    """
    if name not in registry():
        raise SourceError("fetch.unknown", ids=[name], known=", ".join(registry()))
    return registry()[name]


def remotes(
    data: Official, *, year: int | None = None, topics: Sequence[str] | None = None
) -> tuple[Remote, ...]:
    """Return the files of some topics.

    Parameters
    ----------
    data
        Official data.
    year
        Year of the edition; the current one when omitted.
    topics
        Names of topics, without case, or what tells one of them from the others;
        ``"alle"`` takes each. The usual ones when omitted.

    Raises
    ------
    SourceError
        A topic is unknown or means several (names them all), or there is one edition only.

    Examples
    --------
    >>> remotes(official("vg250"), year=2024)[0].path
    'produkte/vg/vg250_ebenen_0101/2024/vg250_01-01.utm32s.gpkg.ebenen.zip'
    """
    if year is not None and (not data.current or not YEARS.fullmatch(str(year))):
        message = "fetch.no_years" if not data.current else "fetch.no_year"
        raise SourceError(message, ids=[year], name=data.name)
    asked = [str(topic) for topic in topics] if topics else list(data.usual)
    if any(topic.casefold() in ALL for topic in asked):
        asked = list(data.topics)
    meant = {topic: _meant(topic, list(data.topics)) for topic in asked}
    wrong = [topic for topic, found in meant.items() if not found]
    if wrong:
        raise SourceError("fetch.unknown_topic", ids=wrong, name=data.name)
    several = {topic: found for topic, found in meant.items() if len(found) > 1}
    if several:
        known = ", ".join(name for found in several.values() for name in found)
        raise SourceError("fetch.several_topics", ids=several, name=data.name, known=known)
    chosen = dict.fromkeys(found[0] for found in meant.values())
    shown = str(year or data.current)
    return tuple(
        Remote(topic, data.topics[topic].replace("{year}", shown), data.hashes.get(topic, ""))
        for topic in chosen
    )


def _meant(asked: str, known: Sequence[str]) -> list[str]:
    """Return the topics that a name can mean: called so, else beginning so, else holding it."""
    plain = asked.removesuffix(".zip").casefold()
    exact = [name for name in known if name.casefold() == plain]
    begun = [name for name in known if name.casefold().startswith(plain)]
    return exact or begun or [name for name in known if plain in name.casefold()]
