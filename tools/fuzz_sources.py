"""Damaged files against every public reader: a noun or one clear error, and nothing else.

Small valid files of every kind are damaged in thousands of seeded ways and read in processes of
their own. A fault is: any exception that is not ours, a warning, anything written to stderr, a
process that dies, more than 10 seconds, and rows lost without a word (the file is counted
independently where that can be done). Prints one JSON object; ends with 1 if there are faults.

    python tools/fuzz_sources.py --inputs 2000 --seed 7 [--kinds census book] [--keep FOLDER]
"""

import argparse
import contextlib
import io
import json
import os
import random
import resource
import select
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fuzz_inputs import DAMAGED, KINDS, Kind, rows_of, valid
from fuzz_mutations import mutated

TIME = 10.0
"""Seconds one input may take with all its readers."""
START = 60.0
"""Seconds for a process to be ready."""
MEMORY = 1024
"""MiB that a process may hold at most."""
TOLD = ("nicht übernommen", "weggelassen", "zusammengefasst", "ausgelassen", "ohne")
"""How notes say that rows were left out."""
INTERNAL = "Unerwarteter"
"""How the command line begins what it did not expect."""


def made(index: int, seed: int, kinds: Sequence[Kind]) -> tuple[Kind, bytes]:
    """Return the kind and the damaged bytes of one input; the first of each kind is valid."""
    kind = kinds[index % len(kinds)]
    dice = random.Random(f"{seed}-{index}")
    data = valid(kind.name)
    return kind, data if index < len(kinds) else mutated(data, kind.structure, dice)


def judged(kind: Kind, data: bytes, folder: Path, *, command: bool = True) -> dict[str, Any]:
    """Return how every reader took a file: outcomes by reader, and faults."""
    from sozialraum.errors import SozialraumError
    from sozialraum.sources import inspect_file

    path = folder / f"{kind.name}{kind.suffix}"
    path.write_bytes(data)
    asked = path
    for name, text in kind.beside.items():
        asked = folder / name
        asked.write_text(text.format(file=path.name), encoding="utf-8")
    outcomes: dict[str, str] = {}
    faults: list[str] = []
    readers = [*kind.functions(), ("inspect_file", inspect_file)]
    for name, read in readers:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                noun = read(path if name == "inspect_file" else asked)
            outcomes[name] = "read"
            faults += [f"{name}: {lost}" for lost in _lost(kind, data, noun)]
        except SozialraumError as error:
            outcomes[name] = error.message
            if not error.text("de") or not error.text("en"):
                faults.append(f"{name}: an error without a sentence")
        except BaseException as error:  # noqa: BLE001 - that is what is looked for
            at = traceback.extract_tb(error.__traceback__)[-1]
            outcomes[name] = type(error).__name__
            place = f"{Path(at.filename).name}:{at.lineno}"
            faults.append(f"{name}: {type(error).__name__} at {place}: {str(error)[:120]}")
    if command:
        faults += _commanded(path)
    return {"outcomes": outcomes, "faults": faults}


def _lost(kind: Kind, data: bytes, noun: Any) -> Iterator[str]:
    """Yield what is wrong with the rows of something that was read."""
    rows = rows_of(noun)
    if rows is None:
        return
    expected = kind.truth(data)
    told = any(sign in note for note in getattr(noun, "notes", ()) for sign in TOLD)
    if expected == DAMAGED:
        yield f"{rows} rows of a file that is damaged"
    elif expected is not None and rows != expected and not told:
        yield f"{rows} rows, the file holds {expected}"


def _commanded(path: Path) -> Iterator[str]:
    """Yield what is wrong with what the command line says of a file."""
    from sozialraum.cli.app import run

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run(["inspect", str(path)], "de")
    said = out.getvalue() + err.getvalue()
    if code not in (0, 1, 3) or "Traceback" in said or INTERNAL in said:
        yield f"command: ended with {code}: {said.strip()[-200:]}"


def work(seed: int, kinds: Sequence[Kind]) -> None:
    """Judge the inputs whose numbers come in, one line each (in a process of its own)."""
    # a runaway allocation must not take the machine with it
    resource.setrlimit(resource.RLIMIT_AS, (8 * 1024**3, 8 * 1024**3))
    talk = os.fdopen(os.dup(1), "w")
    with (
        tempfile.TemporaryFile() as noise,
        tempfile.TemporaryDirectory(prefix="fuzz-") as folder,
    ):
        os.dup2(noise.fileno(), 2)
        os.dup2(noise.fileno(), 1)
        # what is imported late is imported before the clock starts
        judged(kinds[0], valid(kinds[0].name), Path(folder))
        print("ready", file=talk, flush=True)
        for line in sys.stdin:
            kind, data = made(int(line), seed, kinds)
            before = noise.seek(0, os.SEEK_END)
            result = judged(kind, data, Path(folder))
            noise.seek(before)
            if said := noise.read().decode(errors="replace").strip():
                result["faults"].append(f"on stderr: {said[:200]}")
            memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(json.dumps({**result, "memory": memory}), file=talk, flush=True)


class Worker:
    """A process that judges inputs; started again where it died."""

    def __init__(self, seed: int, kinds: Sequence[Kind]) -> None:
        names = [kind.name for kind in kinds]
        arguments = ["--worker", "--seed", str(seed), "--kinds", *names]
        self.command = [sys.executable, __file__, *arguments]
        self.process: subprocess.Popen[str] | None = None

    def judge(self, index: int) -> dict[str, Any]:
        """Return the result of one input; dying and dawdling are results too."""
        process = self.process or self._started()
        assert process.stdin is not None
        process.stdin.write(f"{index}\n")
        process.stdin.flush()
        answer = self._line(TIME)
        if answer:
            return json.loads(answer)
        code = process.poll()
        self.stop()
        fault = f"took more than {TIME:g} s" if code is None else f"the process died ({code})"
        return {"outcomes": {}, "faults": [fault], "memory": 0}

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def _started(self) -> "subprocess.Popen[str]":
        environment = {**os.environ, "SOZIALRAUM_LANG": "de", "PYTHONWARNINGS": "ignore"}
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            self.command, stdin=pipe, stdout=pipe, text=True, env=environment
        )
        if self._line(START) != "ready\n":
            raise RuntimeError("the process did not start")
        return self.process

    def _line(self, seconds: float) -> str:
        assert self.process is not None
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], seconds)
        return self.process.stdout.readline() if ready else ""


def fuzz(inputs: int, seed: int, kinds: Sequence[Kind], keep: Path | None) -> dict[str, Any]:
    """Return the summary over many inputs; files with faults are kept in a folder."""
    outcomes: dict[str, Counter[str]] = {kind.name: Counter() for kind in kinds}
    faults: list[dict[str, Any]] = []
    memory, started = 0, time.monotonic()
    worker = Worker(seed, kinds)
    try:
        for index in range(inputs):
            kind = kinds[index % len(kinds)]
            result = worker.judge(index)
            memory = max(memory, result["memory"])
            outcomes[kind.name].update(
                "read" if outcome == "read" else "refused"
                for name, outcome in result["outcomes"].items()
                if name != "inspect_file"
            )
            place = {"input": index, "kind": kind.name}
            faults += [{**place, "fault": fault} for fault in result["faults"]]
            if keep and result["faults"]:
                keep.mkdir(parents=True, exist_ok=True)
                data = made(index, seed, kinds)[1]
                (keep / f"{index}-{kind.name}{kind.suffix}").write_bytes(data)
    finally:
        worker.stop()
    if memory > MEMORY:
        faults.append({"fault": f"{memory} MiB of memory"})
    return {
        "inputs": inputs,
        "seed": seed,
        "seconds": round(time.monotonic() - started, 1),
        "memory_mib": memory,
        "readers": {kind.name: [name for name, _ in kind.functions()] for kind in kinds},
        "outcomes": {name: dict(counted) for name, counted in outcomes.items()},
        "faults": faults,
    }


def main() -> int:
    """Run, print one JSON object, return 1 if there are faults."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--inputs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--kinds", nargs="*", default=[kind.name for kind in KINDS])
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--worker", action="store_true")
    given = parser.parse_args()
    kinds = [kind for kind in KINDS if kind.name in given.kinds]
    if given.worker:
        work(given.seed, kinds)
        return 0
    summary = fuzz(given.inputs, given.seed, kinds, given.keep)
    print(json.dumps(summary, indent=1, ensure_ascii=False))
    return 1 if summary["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
