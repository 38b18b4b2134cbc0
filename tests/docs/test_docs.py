"""Examples in docstrings and in the README run; pages exist and link to what exists."""

import doctest
import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import sozialraum

ROOT = Path(__file__).parents[2]
MODULES = sorted(
    module.name for module in pkgutil.walk_packages(sozialraum.__path__, "sozialraum.")
)
PAGES = sorted((ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_docstrings_have_examples():
    examples = 0
    finder = doctest.DocTestFinder(exclude_empty=True)
    for name in MODULES:
        examples += sum(len(test.examples) for test in finder.find(importlib.import_module(name)))
    assert examples > 150


@pytest.mark.parametrize("page", ["README.md", "docs/erste-karte.md"])
def test_the_notebook_session_of_the_page_runs(page):
    code = re.search(r"```python\n(import sozialraum.*?)```", (ROOT / page).read_text(), re.DOTALL)[
        1
    ]
    assert len(code.strip().splitlines()) <= 26
    names: dict = {}
    exec(code, names)
    flags = names.get("flags") or names["hinweise"]
    assert flags.tests > 1000


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md"], ids=lambda p: p.name)
def test_links_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)#\s]+)", text)
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []


def test_every_page_is_in_the_navigation():
    listed = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    missing = [
        page.relative_to(ROOT / "docs").as_posix()
        for page in PAGES
        if page.parent.name != "decisions"
        and page.relative_to(ROOT / "docs").as_posix() not in listed
    ]
    assert missing == []


def test_commands_of_the_readme_exist():
    from sozialraum.cli.app import COMMANDS

    named = set(re.findall(r"sozialraum ([a-z]+)", (ROOT / "README.md").read_text()))
    assert named & set(COMMANDS) == {
        "init",
        "check",
        "run",
        "areas",
        "protect",
        "score",
        "indicators",
        "deliveries",
        "inspect",
        "fetch",
        "flag",
        "evaluate",
        "map",
        "report",
        "publish",
        "audit",
        "ledger",
        "purge",
        "dsgvo",
    }
    makefile = (ROOT / "Makefile").read_text()
    for target in ("help", "setup", "demo", "test", "check", "docs", "bench"):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
