"""Jupyter notebooks: code and words only.

A notebook that leaves the house holds no output at all: an output may show a confidential
noun, and nobody can tell from the file which noun it shows. Whoever gets the notebook runs
it again. Words and code are checked for numbers beside names of areas.
"""

import json
from collections.abc import Iterator
from typing import Any

from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.lines import check_lines
from sozialraum.files.scan.words import listed

KEYS = listed("cells metadata nbformat nbformat_minor")
CELL = listed("cell_type execution_count id metadata outputs source attachments")
ABOUT = listed("kernelspec language_info jupytext")
ABOUT_CELL = listed("tags name editable deletable lines_to_next_cell")


def scan_notebook(text: str, known: Known) -> Iterator[Finding]:
    """Yield what a notebook holds besides code and words."""
    content = json.loads(text)
    cells = content["cells"]
    yield from found("keys", [key for key in content if key not in KEYS])
    yield from found("keys", [f"metadata.{k}" for k in content["metadata"] if k not in ABOUT])
    places = [(f"cell {i}", cell) for i, cell in enumerate(cells, start=1)]
    yield from found("keys", [f"{at}.{k}" for at, cell in places for k in cell if k not in CELL])
    yield from found("outputs", [at for at, cell in places if cell.get("outputs")])
    yield from found("attachments", [at for at, cell in places if cell.get("attachments")])
    ran = [at for at, cell in places if cell.get("execution_count") is not None]
    yield from found("ran", ran)
    about = [f"{at}.{k}" for at, cell in places for k in cell["metadata"] if k not in ABOUT_CELL]
    yield from found("keys", about)
    lines = [(at, line) for at, cell in places for line in _lines(cell["source"])]
    # numbers in code are settings; only those beside a name are statements
    beside = [one for one in check_lines(lines, known) if one.fault == "beside"]
    yield from beside


def _lines(source: Any) -> list[str]:
    return (source if isinstance(source, str) else "".join(source)).splitlines()
