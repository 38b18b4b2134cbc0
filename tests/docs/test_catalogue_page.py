"""The page about indicators lists the catalogue that is shipped."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOL = ROOT / "tools" / "catalogue_docs.py"


def test_the_tables_are_those_of_the_catalogue():
    spec = importlib.util.spec_from_file_location("catalogue_docs", TOOL)
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    shown = tool.PAGE.read_text(encoding="utf-8")
    assert shown.count(tool.BEGIN) == shown.count(tool.END) == 1
    assert tool.page(shown, tool.computable()) == shown, "run tools/catalogue_docs.py"
