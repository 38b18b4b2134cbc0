"""What a run writes: every output file with the function that writes it."""

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from sozialraum.areas import propose
from sozialraum.config import Config
from sozialraum.errors import ConfigError
from sozialraum.export import write_geopackage, write_proposal
from sozialraum.maps import draw_map, write_sheet
from sozialraum.model import Areas, Blocks, Flags, Index, Layer, Release
from sozialraum.report import write_report
from sozialraum.webmaps import write_web_map


def writers(
    config: Config,
    *,
    blocks: Blocks,
    areas: Areas,
    release: Release,
    index: Index | None,
    flags: Flags,
    background: Callable[[], tuple[Layer, ...]],
) -> Iterator[tuple[str, Callable[[Path], object]]]:
    """Yield the name of every output file and the function that writes it."""
    language = config.project.language
    nouns = [noun for noun in (release, index, flags) if noun is not None]
    for what in config.outputs.maps:
        noun, shown = shown_by(what, release, index, flags)
        drawn = cache(
            lambda noun=noun, shown=shown: draw_map(
                noun, shown, language=language, background=background()
            )
        )
        for suffix in config.outputs.formats:
            yield (
                f"karten/{what}.{suffix}",
                lambda path, noun=noun, drawn=drawn: write_sheet(path, drawn(), noun),
            )
    yield (
        "webkarte.html",
        lambda path: write_web_map(path, flags, language=language, background=background()),
    )
    yield "sozialraum.gpkg", lambda path: write_geopackage(path, *nouns, language=language)
    yield (
        "gebiete.gpkg",
        lambda path: write_proposal(path, propose(areas, blocks), blocks=blocks, language=language),
    )
    yield (
        "bericht.html",
        lambda path: write_report(path, flags, language=language, background=background()),
    )


def shown_by(
    what: str, release: Release, index: Index | None, flags: Flags | None
) -> tuple[Release | Index | Flags, str | None]:
    """Return the noun that holds what a map is asked to show, and what to ask it for.

    Parameters
    ----------
    what
        ``"status"``, ``"dynamics"``, ``"group"``, ``"flags"`` or the id of an indicator.
    release, index, flags
        What there is.

    Raises
    ------
    ConfigError
        There is no index or no flags to show.
    """
    if what in ("status", "dynamics", "group"):
        if index is None:
            raise ConfigError("pipeline.no_index", ids=[what])
        return index, what
    if what == "flags":
        if flags is None:
            raise ConfigError("pipeline.no_flags")
        return flags, None
    return release, release.indicator(what).id
