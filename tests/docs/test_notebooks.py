"""Notebooks run from start to end, are stored without outputs, and show nothing confidential."""

import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbconvert.preprocessors import ExecutePreprocessor

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem)
def test_stored_without_outputs_and_paired(path):
    notebook = nbformat.read(path, as_version=4)
    assert [cell for cell in notebook.cells if cell.get("outputs")] == []
    paired = jupytext.read(path.with_suffix(".py"))
    assert [c.source for c in notebook.cells] == [c.source for c in paired.cells]


@pytest.fixture(scope="module")
def executed():
    notebook = nbformat.read(NOTEBOOKS[0], as_version=4)
    notebook.cells.append(nbformat.v4.new_code_cell(SECRETS))
    runner = ExecutePreprocessor(timeout=300, kernel_name="python3")
    runner.preprocess(notebook, {"metadata": {"path": str(NOTEBOOKS[0].parent)}})
    return notebook


SECRETS = """
from itertools import chain
_counts = [zahlen.table[c] for c in ("numerator", "denominator", "residents")]
_counts += [bloecke.counts[c].groupby(gebiete.membership).sum() for c in bloecke.counts]
print(sorted({int(n) for n in chain(*_counts) if n == n and n >= 1000}))
"""


def shown(notebook):
    """Return all text of the outputs, pictures left out."""
    parts = []
    for cell in notebook.cells[:-1]:
        for output in cell.get("outputs", []):
            parts.append(output.get("text", ""))
            data = output.get("data", {})
            parts += [str(v) for kind, v in data.items() if kind.startswith("text/")]
    return "\n".join(parts)


def test_the_notebook_shows_nouns_and_the_refusal(executed):
    text = shown(executed)
    assert "<Layer:" in text
    assert "<Release: Musterkreis" in text
    assert "protect(measures, policy)" in text
    pictures = [
        output
        for cell in executed.cells
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) == 1


def test_no_count_of_any_area_stands_in_the_outputs(executed):
    secret = set(map(int, re.findall(r"\d+", executed.cells[-1].outputs[0].text)))
    assert len(secret) > 500
    blocks = int(re.search(r"<Layer: (\d+)", shown(executed))[1])
    numbers = {int(n) for n in re.findall(r"\d+", shown(executed))} - {blocks}
    years = set(range(2000, 2031))
    assert numbers & secret - years == set()


STORIES = {
    "02-index": (5, ("von 100 denkbaren Fällen", "Den Index heben", "Der Wert ist geschützt")),
    "03-hinweise": (5, ("2021 0 Gebiete", "2025 5 Gebiete", "Das ist günstiger", "zu erwarten")),
    "04-quellen": (0, ("haben 399 Schlüssel gemeinsam", "Alle Zahlen von", "aufgeteilt wurden")),
}


@pytest.mark.parametrize("name", STORIES)
def test_the_notebooks_on_index_and_flags_tell_their_story(name):
    path = ROOT / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    runner = ExecutePreprocessor(timeout=300, kernel_name="python3")
    runner.preprocess(notebook, {"metadata": {"path": str(path.parent)}})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    pictures, phrases = STORIES[name]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == pictures
    told = " ".join(output.get("text", "") for output in outputs)
    for words in phrases:
        assert words in told
    assert [output for output in outputs if output.get("name") == "stderr"] == []
