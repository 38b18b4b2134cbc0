"""A whole county: 19 municipalities of 526 areas, 30 indicators each, audited one by one.

Every finished audit is kept in build/bench/audit-county; a run that was ended goes on
where it stopped. What is kept belongs to one state of the code: `fresh` throws it away.
"""

import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from audit_bench.cities import City, city, indicator, merged, publication
from audit_bench.record import BENCH, timed

MUNICIPALITIES, AREAS, INDICATORS = 19, 526, 30
KEPT = BENCH / "audit-county"
K = 3
STEP = 19
"""Audits between two lines of progress."""
SEED = 500
"""Seeds of the municipalities begin here."""


class Task(NamedTuple):
    """One audit: which municipality (of so many areas), which indicator."""

    municipality: int
    number: int
    areas: int = AREAS

    def file(self) -> Path:
        """Return where the result is kept."""
        return KEPT / f"{self.areas}-{self.municipality:02}-{self.number:02}.json"


def tasks(
    municipalities: int = MUNICIPALITIES, indicators: int = INDICATORS, areas: int = AREAS
) -> list[Task]:
    """Return all audits of a county."""
    return [
        Task(town, number, areas) for town in range(municipalities) for number in range(indicators)
    ]


def county(asked: Iterable[Task], *, workers: int = 2, fresh: bool = False) -> dict[str, Any]:
    """Audit what is not kept yet; return figures of all of it."""
    asked = list(asked)
    KEPT.mkdir(parents=True, exist_ok=True)
    if fresh:
        for task in asked:
            task.file().unlink(missing_ok=True)
    left = [task for task in asked if not task.file().is_file()]
    figures: dict[str, Any] = {"audits": len(asked), "kept_from_before": len(asked) - len(left)}
    with timed(figures, "run"):
        for done, _ in enumerate(_done(left, workers), start=len(asked) - len(left) + 1):
            if done % STEP == 0 or done == len(asked):
                print(f"{done} of {len(asked)} audits", file=sys.stderr)
    results = [json.loads(task.file().read_text(encoding="utf-8")) for task in asked]
    reasons: Counter[str] = Counter()
    for result in results:
        reasons.update(result["reasons"])
    for name in ("unresolved", "leaks", "audit_cpu_s", "audit_wall_s"):
        figures[name] = round(sum(result[name] for result in results), 2)
    return figures | {"reasons": dict(sorted(reasons.items()))}


def one(task: Task) -> Task:
    """Make one publication, audit it and keep what is found."""
    from sozialraum.disclosure.publications.audit import audit
    from sozialraum.disclosure.publications.reading import parse_publication

    made = indicator(_municipality(task.municipality, task.areas), task.number, task.municipality)
    case = publication(made, k=K)
    figures: dict[str, Any] = {}
    with timed(figures, "audit"):
        report = audit(parse_publication(case))
    reasons = Counter(leak.reason for leak in report.leaks)
    figures |= {"leaks": len(report.leaks), "unresolved": len(report.unresolved)}
    fresh = task.file().with_suffix(".part")
    fresh.write_text(json.dumps(figures | {"reasons": reasons}), encoding="utf-8")
    fresh.replace(task.file())
    return task


def _done(left: list[Task], workers: int) -> Iterator[Task]:
    if not left:
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        for future in as_completed([pool.submit(one, task) for task in left]):
            yield future.result()


@lru_cache(maxsize=2)
def _municipality(number: int, areas: int) -> City:
    return merged(city(areas, SEED + number))
