"""The order of the stages, their keys and what of them is kept."""

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sozialraum.config import Config
from sozialraum.files import check_output_folder, output_folder
from sozialraum.files.manifest import digest, is_ours
from sozialraum.files.vault import Vault
from sozialraum.model import Areas, Blocks, Evaluation, Flags, Index, Measures, Release
from sozialraum.pipeline import base
from sozialraum.pipeline.cluster import cluster
from sozialraum.pipeline.history import read_history
from sozialraum.pipeline.inputs import Inputs
from sozialraum.pipeline.keys import STAGES, Stage, files_of, settings_of
from sozialraum.pipeline.making import Making
from sozialraum.pipeline.outputs import carry_out, jobs
from sozialraum.pipeline.stamp import code_stamp
from sozialraum.pipeline.standing import base_notes, origins, why_unchecked
from sozialraum.pipeline.step import Notify, Step
from sozialraum.pipeline.warming import warming


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Run:
    """What a run made. Stages after the one asked for are None.

    Parameters
    ----------
    blocks, areas, measures, release, index, flags
        The nouns.
    evaluation
        What interventions changed, one evaluation an indicator.
    folder
        The output folder, if it was written.
    steps
        What was computed and what was unchanged.
    notes
        What a reader should know of the base of deliveries, as finished sentences. What came
        from other areas is told by the measures (``carried``).
    """

    blocks: Blocks
    areas: Areas | None = None
    measures: Measures | None = None
    release: Release | None = None
    index: Index | None = None
    flags: Flags | None = None
    evaluation: tuple[Evaluation, ...] = ()
    folder: Path | None = None
    steps: tuple[Step, ...] = ()
    notes: tuple[str, ...] = ()

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
        folder = Path(work) if work else config.path(config.project.work)
        self.vault = Vault(folder, published=self.output)
        self.notify = notify or (lambda _stage, _status, _seconds: None)
        self.cluster = cluster
        self.steps: list[Step] = []
        self.keys: dict[str, str] = {}
        self.base = ""
        self.notes: tuple[str, ...] = ()
        self.making = Making(config, self.inputs, self.vault, self.notify)

    def run(self, until: Stage) -> Run:
        writes, target = until == "outputs", str(self.output.resolve())
        if writes:
            check_output_folder(self.output)
        if until not in ("blocks", "areas"):
            self._look_at_deliveries()
        stages: list[Stage] = [one for one in STAGES[: STAGES.index(until) + 1] if one != "outputs"]
        part = self.config.index
        with warming(wanted="index" in stages and part is not None and part.draws > 0):
            made = self._make(stages, folder=target if writes else "")
        if writes:
            self._write_outputs(made)
            if self.base:
                base.settle(self.vault, target, self._published())
        folder = self.output if writes else None
        return Run(**made, folder=folder, steps=tuple(self.steps), notes=self.notes)

    def _make(self, stages: Sequence[Stage], *, folder: str) -> dict[str, Any]:
        """Return the noun of every stage, stored or computed; they go to an output folder."""
        made: dict[str, Any] = {}
        for stage in stages:
            if stage == "index" and self.config.index is None:
                made[stage] = None
                self.keys[stage] = ""
                continue
            made[stage] = self._stage(stage, made)
            if stage == "release" and self.base:
                base.rests(
                    self.vault,
                    made[stage],
                    self.base,
                    self.keys[stage],
                    published=self._published(),
                    folder=folder,
                )
        return made

    def _published(self) -> frozenset[str]:
        """Return keyed names of the releases in the register of publications."""
        entries = (one for one in self.making.ledger.entries if one.kind == "release")
        digests = (one.content["digest"] for one in entries)
        return frozenset(base.publication_key(self.vault, digest) for digest in digests)

    def _look_at_deliveries(self) -> None:
        """Read deliveries before anything is computed or kept, unless these passed before.

        Records of single people, any other fault of a delivery, and a past that differs from
        the last accepted base end the run here.
        """
        if self.config.deliveries is None:
            return
        files = [self.vault.file_key(path) for path in files_of("measures", self.config)]
        key = self.vault.key([code_stamp(), "deliveries", *files])
        last = read_history(self.vault).last
        self.base = last.id if last else ""
        if self.base and self.vault.load("deliveries", key) == self.base:
            return
        found, ledger = self.inputs.deliveries, self.making.ledger
        reason = why_unchecked(self.config, ledger)
        made = base.take(self.vault, found, origins(self.config, self.vault), unchecked=reason)
        self.base, self.notes = made.id, base_notes(made, last)
        self.vault.store("deliveries", key, made.id)

    def _stage(self, stage: Stage, made: dict[str, Any]) -> Any:
        """Return a stage's noun, stored or computed."""
        key = self.keys[stage] = self._key(stage)
        noun = self.vault.load(stage, key)
        if noun is not None:
            self._tell(stage, "unchanged", 0.0)
            return noun
        with self._timed(stage), cluster(self.cluster if stage == "areas" else None):
            noun = getattr(self.making, stage)(made)
            self.vault.store(stage, key, noun)
        return noun

    def _key(self, stage: Stage) -> str:
        """Return the content key of a stage: code, its settings, its files, what came before."""
        settings = settings_of(stage, self.config, self.making)
        files = [self.vault.file_key(path) for path in files_of(stage, self.config)]
        return self.vault.key([code_stamp(), stage, *settings, *files, *self.keys.values()])

    def _write_outputs(self, made: dict[str, Any]) -> None:
        """Write every output that is missing, altered or out of date; keep the others."""
        key = self.keys["outputs"] = self._key("outputs")
        wanted = ("blocks", "areas", "release", "index", "flags", "evaluation")
        nouns = {name: made[name] for name in wanted}
        todo = list(jobs(self.config, **nouns, background=self.inputs.background))
        names = [name for job in todo for name in job.names]
        known = self.vault.load("outputs", key) or {}
        kept = {name for name in names if self._is_kept(name, known)}
        if len(kept) == len(names) and is_ours(self.output):
            self._tell("outputs", "unchanged", 0.0)
            return
        with self._timed("outputs"), output_folder(self.output, overwrite=True) as folder:
            for name in names:
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                if name in kept:
                    shutil.copy2(self.output / name, folder / name)
            missing = [{n: folder / n for n in job.names if n not in kept} for job in todo]
            work = [(job, paths) for job, paths in zip(todo, missing, strict=True) if paths]
            for paths in carry_out(work):
                for name in paths:
                    self.notify("outputs", name, 0.0)
            digests = {name: digest(folder / name) for name in names}
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
