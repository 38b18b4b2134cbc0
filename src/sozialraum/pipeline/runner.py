"""The order of the stages, their keys and what of them is kept."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

from pydantic import BaseModel

import sozialraum
from sozialraum.areas import adopt_areas, adopt_assignment, delineate_areas
from sozialraum.blocks import build_blocks
from sozialraum.config import Config
from sozialraum.disclosure import protect
from sozialraum.files import check_output_folder, output_folder
from sozialraum.files.manifest import digest, is_ours
from sozialraum.files.vault import Vault
from sozialraum.flags import flag
from sozialraum.index import score
from sozialraum.indicators import measure
from sozialraum.model import Areas, Blocks, Flags, Index, Measures, Release
from sozialraum.pipeline.cluster import cluster
from sozialraum.pipeline.inputs import Inputs
from sozialraum.pipeline.outputs import writers
from sozialraum.sources import delivery_files

type Stage = Literal["blocks", "areas", "measures", "release", "index", "flags", "outputs"]
STAGES: tuple[Stage, ...] = ("blocks", "areas", "measures", "release", "index", "flags", "outputs")
SIDECARS = frozenset({".dbf", ".prj", ".cpg"})
"""Parts of a shapefile that decide what is read, besides the shapes."""
type Notify = Callable[[str, str, float], None]
"""Called with the stage, ``"started"``, ``"done"`` or ``"unchanged"``, and seconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """One stage of a run: whether it was computed, and how long it took."""

    stage: str
    status: str
    seconds: float


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Run:
    """What a run made. Stages after the one asked for are None.

    Parameters
    ----------
    blocks, areas, measures, release, index, flags
        The nouns.
    folder
        The output folder, if it was written.
    steps
        What was computed and what was unchanged.
    """

    blocks: Blocks
    areas: Areas | None = None
    measures: Measures | None = None
    release: Release | None = None
    index: Index | None = None
    flags: Flags | None = None
    folder: Path | None = None
    steps: tuple[Step, ...] = ()

    def __repr__(self) -> str:
        return f"<Run: {', '.join(f'{s.stage} {s.status}' for s in self.steps)}>"


def run(
    config: Config,
    *,
    until: Stage = "outputs",
    output: str | Path | None = None,
    work: str | Path | None = None,
    notify: Notify | None = None,
    cluster: str | None = None,
) -> Run:
    """Run a project from its files to its published folder.

    Parameters
    ----------
    config
        The project file.
    until
        Last stage to run.
    output, work
        Output and work folder; those of the project file when omitted. The output
        folder is replaced as a whole if it is ours and left alone otherwise.
    notify
        Told about every stage.
    cluster
        Dask cluster that computes the areas: the address of its scheduler, ``"local"``
        or None. Areas already stored need none; the result is the same.

    Returns
    -------
    Run

    Raises
    ------
    SozialraumError
        The first stage that cannot be done; nothing is written to the output folder.
    """
    return _Runner(config, output, work, notify, cluster).run(until)


class _Runner:
    """One run: keys, stored stages and the order."""

    def __init__(
        self,
        config: Config,
        output: str | Path | None,
        work: str | Path | None,
        notify: Notify | None,
        cluster: str | None,
    ) -> None:
        self.config = config
        self.inputs = Inputs(config)
        self.output = Path(output) if output else config.path(config.project.output)
        self.vault = Vault(Path(work) if work else config.path(config.project.work))
        self.notify = notify or (lambda _stage, _status, _seconds: None)
        self.cluster = cluster
        self.steps: list[Step] = []
        self.keys: dict[str, str] = {}

    def run(self, until: Stage) -> Run:
        if until == "outputs":
            check_output_folder(self.output)
        made: dict[str, Any] = {}
        for stage in STAGES[: STAGES.index(until) + 1]:
            if stage == "outputs":
                break
            if stage == "index" and self.config.index is None:
                made[stage] = None
                self.keys[stage] = ""
                continue
            made[stage] = self._stage(stage, made)
        if until == "outputs":
            self._write_outputs(made)
        folder = self.output if until == "outputs" else None
        return Run(**made, folder=folder, steps=tuple(self.steps))

    def _stage(self, stage: Stage, made: dict[str, Any]) -> Any:
        """Return a stage's noun, stored or computed."""
        key = self.keys[stage] = self._key(stage)
        noun = self.vault.load(stage, key)
        if noun is not None:
            self._tell(stage, "unchanged", 0.0)
            return noun
        with self._timed(stage), cluster(self.cluster if stage == "areas" else None):
            noun = getattr(self, f"_make_{stage}")(made)
            self.vault.store(stage, key, noun)
        return noun

    def _make_blocks(self, _made: dict[str, Any]) -> Blocks:
        part = self.config.blocks
        return build_blocks(
            self.inputs.layers,
            nest_in=self.inputs.municipalities,
            register=self.inputs.register,
            register_date=_dates(part.register_date),
            derived=part.derived,
            estimates=part.estimates,
            design=part.design,
            contiguity=part.contiguity,
            barriers=self.inputs.barriers,
            crossings=self.inputs.crossings,
        )

    def _make_areas(self, made: dict[str, Any]) -> Areas:
        part, blocks, policy = self.config.areas, made["blocks"], self.inputs.policy
        demands = {
            "policy": policy,
            "rates": part.rates,
            "dates": _dates(part.dates),
            "noise": part.noise or None,
            "certainty": part.certainty,
        }
        look = {"outline": part.outline, "follow": self.inputs.follow}
        if self.inputs.edited is not None:
            return adopt_assignment(blocks, self.inputs.edited, **demands, **look)
        wishes = {
            "seed": self.config.project.seed,
            "unreachable": part.unreachable,
            "exclaves": part.exclaves,
            "prefer": self.inputs.prefer,
            "alike": part.alike or None,
            "likeness": part.likeness,
            "effort": part.effort,
            "tolerance": part.tolerance,
        }
        given = self.inputs.given
        if given and part.change == "none":
            return adopt_areas(blocks, given, elsewhere=part.elsewhere, **demands, **wishes, **look)
        change = {"given": given, "change": part.change} if given else {}
        return delineate_areas(blocks, **change, **demands, **wishes, **look)

    def _make_measures(self, made: dict[str, Any]) -> Measures:
        return measure(
            made["blocks"],
            made["areas"],
            self.inputs.indicators,
            self.inputs.deliveries,
            county=self.config.project.county,
        )

    def _make_release(self, made: dict[str, Any]) -> Release:
        return protect(made["measures"], self.inputs.policy)

    def _make_index(self, made: dict[str, Any]) -> Index:
        part = cast("Any", self.config.index)
        return score(
            made["release"],
            preset=part.preset,
            indicators=part.indicators,
            date=part.date,
            years=part.years,
        )

    def _make_flags(self, made: dict[str, Any]) -> Flags:
        part = self.config.flags
        return flag(
            made["index"] or made["release"],
            indicators=part.indicators,
            rate=part.rate,
            permutations=part.permutations,
            seed=self.config.project.seed,
        )

    def _key(self, stage: Stage) -> str:
        """Return the content key of a stage: code, its settings, its files, what came before."""
        config, before = self.config, list(self.keys.values())
        project = config.project
        parts: dict[Stage, list[BaseModel | str | None]] = {
            "blocks": [config.municipalities, config.blocks],
            "areas": [config.areas, str(project.seed)],
            "measures": [project.county],
            "release": [str(self.inputs.policy.is_signed(_today()))],
            "index": [config.index],
            "flags": [config.flags, str(project.seed)],
            "outputs": [config.outputs, project.title, project.language],
        }
        settings = [
            part.model_dump_json() if isinstance(part, BaseModel) else str(part)
            for part in parts.get(stage, [])
        ]
        files = [self.vault.file_key(path) for path in self._files(stage)]
        return self.vault.key([sozialraum.__version__, _code(), stage, *settings, *files, *before])

    def _files(self, stage: Stage) -> list[Path]:
        """Return the files a stage reads, in a fixed order."""
        config, path = self.config, self.config.path
        deliveries = [path(config.deliveries.file)] if config.deliveries else []
        delivered = [name for toml in deliveries for name in (toml, *delivery_files(toml))]
        policy = config.policy.use
        policies = [path(policy)] if policy.endswith(".toml") else []
        of_blocks = config.blocks
        cells = [part.file for part in (*of_blocks.cells, *of_blocks.districts)]
        lines = [part.file for part in (*of_blocks.barriers, *of_blocks.crossings)]
        of_areas = [part.file for part in (*config.areas.given, *config.areas.follow)]
        of_areas += [config.areas.edited] if config.areas.edited else []
        of_areas += [config.areas.prefer.file] if config.areas.prefer else []
        named: dict[Stage, list[Path]] = {
            "blocks": [path(config.municipalities.file), *map(path, [*cells, *lines])]
            + (delivered if of_blocks.register_ else []),
            "areas": [*map(path, of_areas), *policies],
            "measures": [path(config.indicators.file), *delivered],
            "release": policies,
            "outputs": [path(config.background.file)] if config.background else [],
        }
        found = [name for name in named.get(stage, []) if name.is_file()]
        return [part for name in found for part in _parts(name)]

    def _write_outputs(self, made: dict[str, Any]) -> None:
        """Write every output that is missing, altered or out of date; keep the others."""
        key = self.keys["outputs"] = self._key("outputs")
        writing = dict(
            writers(
                self.config,
                **{name: made[name] for name in ("blocks", "areas", "release", "index", "flags")},
                background=lambda: self.inputs.background,
            )
        )
        known = self.vault.load("outputs", key) or {}
        kept = [name for name in writing if self._is_kept(name, known)]
        if len(kept) == len(writing) and is_ours(self.output):
            self._tell("outputs", "unchanged", 0.0)
            return
        with self._timed("outputs"), output_folder(self.output, overwrite=True) as folder:
            for name, write in writing.items():
                target = folder / name
                target.parent.mkdir(parents=True, exist_ok=True)
                if name in kept:
                    shutil.copy2(self.output / name, target)
                else:
                    self.notify("outputs", name, 0.0)
                    write(target)
            digests = {name: digest(folder / name) for name in writing}
        self.vault.store("outputs", key, digests)

    def _is_kept(self, name: str, known: dict[str, str]) -> bool:
        path = self.output / name
        return name in known and path.is_file() and digest(path) == known[name]

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        self.notify(stage, "started", 0.0)
        start = time.perf_counter()
        yield
        self._tell(stage, "done", time.perf_counter() - start)

    def _tell(self, stage: str, status: str, seconds: float) -> None:
        self.steps.append(Step(stage, status, seconds))
        self.notify(stage, status, seconds)


def _dates(days: tuple[str, ...]) -> Any:
    """Return reference dates as the stages take them: some, all or the usual one."""
    return "all" if "all" in days else days or None


def _parts(path: Path) -> list[Path]:
    """Return a file and, for a shapefile, those beside it: attributes, coordinate system."""
    if path.suffix.lower() != ".shp":
        return [path]
    beside = (other for other in path.parent.iterdir() if other.stem == path.stem)
    return [path, *sorted(other for other in beside if other.suffix.lower() in SIDECARS)]


def _today() -> date:
    return date.today()  # noqa: DTZ011 - the policy is valid until a local day


@cache
def _code() -> str:
    """Return a digest of this package's own files: new code, sentence or style computes anew."""
    package = Path(sozialraum.__file__).parent
    apart = {"_sample", "__pycache__"}
    names = sorted(p for p in package.rglob("*") if p.is_file() and not apart & set(p.parts))
    return json.dumps([digest(name) for name in names])
