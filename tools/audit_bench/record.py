"""Measurements as JSON lines: on stdout, and kept in build/bench/audit.jsonl."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

BENCH = Path(__file__).parents[2] / "build" / "bench"
LOG = BENCH / "audit.jsonl"


@contextmanager
def timed(figures: dict[str, Any], name: str) -> Iterator[None]:
    """Add processor and wall seconds of a block, its ended child processes included."""
    wall, processor = time.perf_counter(), _processor()
    yield
    figures[f"{name}_cpu_s"] = round(_processor() - processor, 3)
    figures[f"{name}_wall_s"] = round(time.perf_counter() - wall, 3)


def emit(line: Mapping[str, Any]) -> dict[str, Any]:
    """Print one measurement and keep it."""
    about = {"load": round(os.getloadavg()[0], 1), "cpus": os.cpu_count()}
    told = dict(line) | about
    print(json.dumps(told, ensure_ascii=False), flush=True)
    LOG.parent.mkdir(parents=True, exist_ok=True)
    stamp = {"at": datetime.now(UTC).isoformat(timespec="seconds")}
    with LOG.open("a", encoding="utf-8") as log:
        log.write(json.dumps(stamp | told, ensure_ascii=False) + "\n")
    return told


def _processor() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
