"""Measurements as a Markdown table.

Called as ``python -m areas_bench.table LINES.jsonl …``; prints the table of all lines.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

HEAD = (
    "cells", "municipalities", "seed", "minima", "program", "areas", "bound", "ratio",
    "WSS/TSS", "distance² to centre", "CPU s", "wall s", "memory MB",
)  # fmt: skip


def table(lines: Iterable[Mapping[str, Any]]) -> str:
    """Return one row for each measurement."""
    rows = [HEAD, ("---:",) * 3 + ("---",) * 2 + ("---:",) * 8]
    rows += [_row(line) for line in lines]
    return "".join(f"| {' | '.join(map(str, row))} |\n" for row in rows)


def _row(line: Mapping[str, Any]) -> tuple[str, ...]:
    if line["what"].startswith("germany"):
        return _germany(line)
    minima = ", ".join(f"{name} ≥ {least:,}" for name, least in line["minima"].items())
    place = line["what"] if line["what"] != "county" else str(line["seed"])
    start = f"{line['cells']:,}", f"{line['municipalities']:,}", place, minima, _program(line)
    if "did_not_finish" in line:
        limit = line.get("limit_cpu_s")
        return (*start, "did not finish", *[""] * 4, f"> {limit}" if limit else "", "", "")
    areas = f"{line['areas']:,}" + ("" if line["valid"] else f" ({line['failing']} fail)")
    likeness = f"{line['wss_tss']:.3f}", f"{line['msd']:.1f}"
    cost = f"{line['cpu_s']:.1f}", f"{line['wall_s']:.1f}", f"{line['rss_mb']:,}"
    return (*start, areas, *_bounds(line), *likeness, *cost)


def _bounds(line: Mapping[str, Any]) -> tuple[str, str]:
    """Return the bound and what share of it is reached; those of the joint bound second."""
    bounds = [line[name] for name in ("bound", "joint_bound") if name in line]
    passing = line["areas"] - line["failing"]
    ratios = [f"{passing / bound:.3f}" for bound in bounds]
    return " / ".join(f"{bound:,}" for bound in bounds), " / ".join(ratios)


def _program(line: Mapping[str, Any]) -> str:
    if line["solver"] != "sozialraum":
        return " ".join([line["solver"].replace("_", " "), line.get("version", "")]).strip()
    return f"**{line['effort']}**" + (", alike" if line["alike"] else "")


def _germany(line: Mapping[str, Any]) -> tuple[str, ...]:
    if "did_not_finish" in line:
        return ("", "", line["what"], "", "**fast**", "did not finish", *[""] * 7)
    return (
        f"{line['cells']:,}", f"{line['municipalities']:,}", line["what"], line["weight"],
        "**fast**", f"{line['areas']:,}", f"{line['bound']:,}", f"{line['ratio']:.3f}", "",
        f"{line['msd']:.1f}", f"{line['areas_cpu_s']:.1f}", f"{line['seconds']['areas']:.1f}",
        f"{line['rss_mb']:,}",
    )  # fmt: skip


if __name__ == "__main__":
    held = [line for name in sys.argv[1:] for line in Path(name).read_text("utf-8").splitlines()]
    print(table(map(json.loads, held)), end="")
