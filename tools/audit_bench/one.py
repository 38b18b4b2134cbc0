"""One measurement in a process of its own: ``python -m audit_bench.one '{"do": "audit", …}'``.

Compiled code is warmed on a small city first. Prints one JSON object.
"""

import hashlib
import json
import resource
import sys
from collections import Counter
from typing import Any

import numpy as np

from audit_bench.cities import POOR, WHOLE, city, publication, shuffled
from audit_bench.record import timed

WARM = 40
MEGABYTE = 1024
"""getrusage counts kilobytes on Linux."""
ROUNDS = 20
"""Repairs of what an audit after a repair still finds."""


def main() -> None:
    """Run what is asked for."""
    asked = json.loads(sys.argv[1])
    do = asked.pop("do")
    repair_first = asked.pop("repair", False)
    case = made(**asked)
    figures = {"audit": audited, "peer": peer, "repair": repaired, "complete": complete}
    figures["digest"] = digest
    warm = publication(city(WARM, 1), mode=asked.get("mode", "naive"))
    if do not in ("peer", "complete"):
        figures[do](warm)
    if repair_first:
        case, _ = _safe(case)
    found = figures[do](case)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MEGABYTE
    print(json.dumps({"what": do, "repaired": repair_first} | asked | found | {"rss_mb": peak}))


def made(
    areas: int, seed: int, *, mode: str = "naive", atoms: bool = True, shuffle: int | None = None
) -> dict[str, Any]:
    """Return the publication asked for."""
    case = publication(city(areas, seed), mode=mode, atoms=atoms)
    return case if shuffle is None else shuffled(case, shuffle)


def audited(case: dict[str, Any]) -> dict[str, Any]:
    """Measure an audit as a whole, then its stages one by one."""
    from sozialraum.disclosure.publications.asking import ask
    from sozialraum.disclosure.publications.audit import audit
    from sozialraum.disclosure.publications.compile import compile_publication
    from sozialraum.disclosure.publications.reach import find_reach
    from sozialraum.disclosure.publications.reading import parse_publication
    from sozialraum.methods.feasibility import search

    figures: dict[str, Any] = {}
    with timed(figures, "parse"):
        parsed = parse_publication(case)
    with timed(figures, "audit"):
        report = audit(parsed)
    with timed(figures, "compile"):
        compiled = compile_publication(parsed)
    with timed(figures, "targets"):
        reach = find_reach(parsed, compiled.frame, compiled.nothing)
        asked = ask(parsed, compiled.frame, reach)
    with timed(figures, "search"):
        verdicts = search(compiled.system, asked.targets)
    reasons = Counter(leak.reason for leak in report.leaks)
    return figures | {
        "verdict": report.verdict,
        "units": len(case["units"]),
        "rows": compiled.system.rows,
        "columns": compiled.system.columns,
        "protected": len(asked.targets),
        "checked": dict(report.checked),
        "leaks": len(report.leaks),
        "reasons": dict(sorted(reasons.items())),
        "unresolved": len(report.unresolved),
        "stages": {name: int(count) for name, count in verdicts.stages.items()},
    }


def peer(case: dict[str, Any]) -> dict[str, Any]:
    """Measure linear programmes over the whole city, two for every protected count."""
    from audit_bench import oracles
    from audit_bench.peer import leaks

    figures: dict[str, Any] = {}
    with timed(figures, "targets"):
        targets = oracles.oracle.families(case, without=[WHOLE])
    with timed(figures, "audit"):
        found = leaks(case, targets)
    protected = sum(oracles.oracle.can_leak(case, units, POOR) for units in targets)
    return figures | {"protected": protected, "leaks": len(found)}


def repaired(case: dict[str, Any]) -> dict[str, Any]:
    """Measure complementary suppression, and audit what is left as a new publication."""
    primary = _hidden(case)
    case, figures = _safe(case)
    hidden = _hidden(case)
    return figures | {
        "areas_hidden_first": len(primary),
        "areas_hidden_besides": len(hidden - primary),
        "published_share": _shares(case, hidden),
    }


def _safe(case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the publication repaired until an audit of it finds nothing, and figures."""
    from sozialraum.disclosure.publications.audit import audit
    from sozialraum.disclosure.publications.reading import parse_publication

    figures = {"repair_cpu_s": 0.0, "repair_wall_s": 0.0, "check_cpu_s": 0.0, "check_wall_s": 0.0}
    rounds, report = 0, None
    # further hidden areas make further pairs of hidden areas: audited and repaired again
    while rounds < ROUNDS and (report is None or report.verdict != "safe"):
        rounds += 1
        once: dict[str, Any] = {}
        with timed(once, "repair"):
            case = _suppressed(case)
        with timed(once, "check"):
            report = audit(parse_publication(case))
        figures = {name: round(figures[name] + once[name], 3) for name in figures}
    assert report is not None
    told = {"rounds": rounds, "verdict": report.verdict, "failed": report.verdict != "safe"}
    told |= {"leaks_left": len(report.leaks), "unresolved": len(report.unresolved)}
    return case, figures | told


def _suppressed(case: dict[str, Any]) -> dict[str, Any]:
    """Return the publication with statements hidden until nothing leaks."""
    from sozialraum.disclosure.publications.asking import ask
    from sozialraum.disclosure.publications.compile import compile_publication
    from sozialraum.disclosure.publications.reach import find_reach
    from sozialraum.disclosure.publications.reading import parse_publication
    from sozialraum.methods.feasibility import repair

    parsed = parse_publication(case)
    compiled = compile_publication(parsed)
    reach = find_reach(parsed, compiled.frame, compiled.nothing)
    asked = ask(parsed, compiled.frame, reach)
    size = _sizes(case)
    cost = [
        np.inf if statement["area"] == WHOLE else size[statement["area"]] + 1.0
        for statement in case["published"]
    ]
    found = repair(compiled.system, asked.targets, np.array(cost), groups=compiled.statement)
    return case | {
        "published": [
            {"kind": "suppressed", "area": statement["area"], "var": POOR} if gone else statement
            for statement, gone in zip(case["published"], found.hidden, strict=True)
        ]
    }


def _sizes(case: dict[str, Any]) -> dict[str, int]:
    """Return the children of every area."""
    of_unit = {unit["id"]: unit["counts"]["children"] for unit in case["units"]}
    return {area: sum(of_unit[unit] for unit in units) for area, units in case["areas"].items()}


def _hidden(case: dict[str, Any]) -> set[str]:
    return {one["area"] for one in case["published"] if one["kind"] == "suppressed"}


def _shares(case: dict[str, Any], hidden: set[str]) -> dict[str, float]:
    """Return which share of the children live in areas whose count is published."""
    everybody: Counter[str] = Counter()
    shown: Counter[str] = Counter()
    for area, size in _sizes(case).items():
        geography = area.partition("-")[0]
        everybody[geography] += size
        shown[geography] += 0 if area in hidden else size
    return {name: round(shown[name] / everybody[name], 4) for name in everybody}


def complete(case: dict[str, Any]) -> dict[str, Any]:
    """Measure the search for any small sum, and confirm what it finds by the truth."""
    from sozialraum.disclosure.publications.compile import compile_publication
    from sozialraum.disclosure.publications.reading import parse_publication
    from sozialraum.methods.feasibility.complete import complete_search

    compiled = compile_publication(parse_publication(case))
    k, figures = case["policy"]["k"], {}
    with timed(figures, "search"):
        answer = complete_search(compiled.system, k, seconds=300)
    truth = compiled.system.truth
    wrong = [
        small for small in answer.found if not small.low <= truth[small.columns].sum() <= small.high
    ]
    about = {"columns": compiled.system.columns, "rows": compiled.system.rows}
    about |= {"parts": answer.parts, "unfinished": answer.unfinished, "mismatches": len(wrong)}
    return figures | {"state": answer.state, "found": len(answer.found)} | about


def digest(case: dict[str, Any]) -> dict[str, Any]:
    """Return a digest of all verdicts, whatever the order of units and statements."""
    from sozialraum.disclosure.publications.audit import audit
    from sozialraum.disclosure.publications.reading import parse_publication

    report = audit(parse_publication(case))
    told = sorted(
        (leak.units, leak.variable, leak.lo, leak.hi, leak.reason) for leak in report.leaks
    )
    text = json.dumps([report.verdict, told, len(report.unresolved)])
    return {"digest": hashlib.blake2b(text.encode(), digest_size=8).hexdigest(), "leaks": len(told)}


if __name__ == "__main__":
    main()
