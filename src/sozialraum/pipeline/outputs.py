"""What a run writes: every output file with the function that writes it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sozialraum.areas import propose
from sozialraum.config import Config
from sozialraum.errors import ConfigError
from sozialraum.export import write_geopackage, write_proposal
from sozialraum.maps import draw_map, write_sheet
from sozialraum.maps.charts import write_chart
from sozialraum.model import Areas, Blocks, Flags, Index, Layer, Release
from sozialraum.report import write_report
from sozialraum.webmaps import write_web_map

Language = Literal["de", "en"]
WORKERS = 2
"""Processes that write at most: each holds a copy of the release."""


@dataclass(frozen=True, slots=True)
class Job:
    """One or several output files that are made together.

    Parameters
    ----------
    names
        Names of the files.
    write
        Called with the path of every file that is wanted, by name.
    """

    names: tuple[str, ...]
    write: Callable[[Mapping[str, Path]], None]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A map, drawn once for all formats."""

    noun: Release | Index | Flags
    shown: str | None
    language: Language
    background: tuple[Layer, ...]

    def __call__(self, paths: Mapping[str, Path]) -> None:
        drawn = draw_map(self.noun, self.shown, language=self.language, background=self.background)
        for path in paths.values():
            write_sheet(path, drawn, self.noun)


@dataclass(frozen=True, slots=True)
class _Chart:
    """A chart of an index, drawn once for each format."""

    index: Index
    what: str
    indicator: str
    language: Language

    def __call__(self, paths: Mapping[str, Path]) -> None:
        for path in paths.values():
            write_chart(
                path, self.index, self.what, indicator=self.indicator, language=self.language
            )


@dataclass(frozen=True, slots=True)
class _File:
    """One file: a function that writes it, and what it takes."""

    function: Callable[..., object]
    nouns: tuple[object, ...]
    options: Mapping[str, object]

    def __call__(self, paths: Mapping[str, Path]) -> None:
        for path in paths.values():
            self.function(path, *self.nouns, **self.options)


def jobs(
    config: Config,
    *,
    blocks: Blocks,
    areas: Areas,
    release: Release,
    index: Index | None,
    flags: Flags,
    background: tuple[Layer, ...],
) -> Iterator[Job]:
    """Yield what is to be written, the longest work first."""
    language = config.project.language
    said = {"language": language}
    drawn = {**said, "background": background}
    nouns = tuple(noun for noun in (release, index, flags) if noun is not None)
    yield Job(("bericht.html",), _File(write_report, (flags,), drawn))
    for what in config.outputs.maps:
        noun, shown = shown_by(what, release, index, flags)
        names = tuple(f"karten/{what}.{suffix}" for suffix in config.outputs.formats)
        yield Job(names, _Sheet(noun, shown, language, background))
    for what in config.outputs.charts:
        if index is None:
            raise ConfigError("pipeline.no_index", ids=[what])
        chart, _, indicator = what.partition(":")
        stem = f"abbildungen/{chart}-{indicator}" if indicator else f"abbildungen/{chart}"
        names = tuple(f"{stem}.{suffix}" for suffix in config.outputs.formats)
        yield Job(names, _Chart(index, chart, indicator, language))
    yield Job(("sozialraum.gpkg",), _File(write_geopackage, nouns, said))
    yield Job(("webkarte.html",), _File(write_web_map, (flags,), drawn))
    proposal = propose(areas, blocks)
    yield Job(("gebiete.gpkg",), _File(write_proposal, (proposal,), {**said, "blocks": blocks}))


def carry_out(wanted: Sequence[tuple[Job, Mapping[str, Path]]]) -> Iterator[Mapping[str, Path]]:
    """Write files, two jobs at a time where the machine can; yield the files that are done.

    What is written does not depend on how many processes there are.
    """
    from joblib import Parallel, cpu_count, delayed

    workers = min(len(wanted), cpu_count(), WORKERS)
    done = Parallel(n_jobs=max(workers, 1), return_as="generator")(
        delayed(job.write)(paths) for job, paths in wanted
    )
    for (_, paths), _ in zip(wanted, done, strict=True):
        yield paths


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
