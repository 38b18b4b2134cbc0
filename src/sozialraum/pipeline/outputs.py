"""What a run writes: every output file with the function that writes it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from sozialraum.areas import propose
from sozialraum.config import Config
from sozialraum.errors import ConfigError
from sozialraum.export import write_geopackage, write_proposal
from sozialraum.maps import draw_map, write_sheet
from sozialraum.maps.charts import write_chart
from sozialraum.maps.charts.asked import EFFECT, OF_INDEX, Drawable
from sozialraum.model import Areas, Blocks, Evaluation, Flags, Index, Layer, Release
from sozialraum.report import write_report
from sozialraum.webmaps import write_web_map

Language = Literal["de", "en"]
OF_FLAGS = ("flags", "warning", "lisa", "gi")
"""Maps of flags; the last two of one indicator each."""
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
    """A chart, drawn once for each format."""

    noun: Drawable
    what: str
    asked: Mapping[str, Any]

    def __call__(self, paths: Mapping[str, Path]) -> None:
        for path in paths.values():
            write_chart(path, self.noun, self.what, **self.asked)


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
    evaluation: tuple[Evaluation, ...],
    background: tuple[Layer, ...],
) -> Iterator[Job]:
    """Yield what is to be written, the longest work first."""
    language = config.project.language
    said = {"language": language}
    drawn = {**said, "background": background}
    nouns = tuple(noun for noun in (release, index, flags) if noun is not None)
    told = {**drawn, "evaluations": evaluation}
    yield Job(("bericht.html",), _File(write_report, (flags,), told))
    for what in config.outputs.maps:
        noun, shown = shown_by(what, release, index, flags)
        stem = what.replace(":", "-")
        names = tuple(f"karten/{stem}.{suffix}" for suffix in config.outputs.formats)
        yield Job(names, _Sheet(noun, shown, language, background))
    for stem, chart in _charts(config.outputs.charts, index, flags, evaluation, language):
        names = tuple(f"abbildungen/{stem}.{suffix}" for suffix in config.outputs.formats)
        yield Job(names, chart)
    yield Job(("sozialraum.gpkg",), _File(write_geopackage, nouns, said))
    yield Job(("webkarte.html",), _File(write_web_map, (flags,), drawn))
    proposal = propose(areas, blocks)
    yield Job(("gebiete.gpkg",), _File(write_proposal, (proposal,), {**said, "blocks": blocks}))


def _charts(
    wanted: Sequence[str],
    index: Index | None,
    flags: Flags,
    evaluation: Sequence[Evaluation],
    language: Language,
) -> Iterator[tuple[str, _Chart]]:
    """Yield name and chart of everything asked for as ``"chart"`` or ``"chart:indicator"``."""
    for one in wanted:
        what, _, indicator = one.partition(":")
        said = {"indicator": indicator, "language": language}
        stem = one.replace(":", "-")
        if what == EFFECT:
            found = [e for e in evaluation if indicator in ("", e.indicator)]
            if not found:
                raise ConfigError("pipeline.no_evaluation", ids=[one])
            for evaluated in found:
                for i, measure in enumerate(evaluated.effects["intervention"]):
                    name = f"{what}-{evaluated.indicator}-{i + 1}"
                    yield name, _Chart(evaluated, what, {**said, "intervention": measure})
        elif what in OF_INDEX:
            if index is None:
                raise ConfigError("pipeline.no_index", ids=[one])
            yield stem, _Chart(index, what, said)
        else:
            yield stem, _Chart(flags, what, said)


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
        ``"status"``, ``"dynamics"``, ``"group"``, ``"flags"``, ``"warning"``,
        ``"lisa:<indicator>"``, ``"gi:<indicator>"`` or the id of an indicator.
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
    if what.partition(":")[0] in OF_FLAGS:
        if flags is None:
            raise ConfigError("pipeline.no_flags")
        return flags, None if what == "flags" else what
    return release, release.indicator(what).id
