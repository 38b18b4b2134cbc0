"""The gate is a type: pyright rejects a map of raw measures, and so does the call."""

import json
import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from sozialraum.errors import DisclosureError
from sozialraum.export import write_geopackage, write_proposal
from sozialraum.maps import draw_map, draw_proposal, write_map
from sozialraum.model import Areas, Blocks, Layer, Measures, Source
from sozialraum.model.confidential import MEASURE_COLUMNS
from sozialraum.report import write_report
from sozialraum.themes import choices, theme
from sozialraum.webmaps import draw_web_map, write_web_map
from support import INDICATORS, make_areas

ROOT = Path(__file__).parents[2]
PLANTED = Path(__file__).with_name("planted.py")
IGNORE = "  # pyright: ignore[reportArgumentType]"


def complaints(path: Path) -> list[dict]:
    command = [Path(sys.executable).with_name("pyright"), "--outputjson", "--pythonpath"]
    done = subprocess.run(
        [*command, sys.executable, path], cwd=ROOT, capture_output=True, text=True, check=False
    )
    found = json.loads(done.stdout)["generalDiagnostics"]
    return [one for one in found if one["severity"] == "error"]


def test_every_planted_call_is_a_type_error_and_no_other_line(tmp_path):
    bare = tmp_path / "planted.py"
    source = PLANTED.read_text(encoding="utf-8")
    bare.write_text(source.replace(IGNORE, ""), encoding="utf-8")
    planted = [i for i, line in enumerate(source.splitlines()) if line.endswith(IGNORE)]
    found = complaints(bare)
    assert [one["range"]["start"]["line"] for one in found] == planted
    assert {one["rule"] for one in found} == {"reportArgumentType"}
    assert len(planted) == 14


def test_the_planted_file_itself_is_clean():
    assert complaints(PLANTED) == []


@pytest.fixture(scope="module")
def confidential() -> tuple[Layer, Blocks, Areas, Measures]:
    known = make_areas(20)
    small = known[known["geography"] == "sozialraum"]
    units = known[known["geography"] == "gemeinde"][["name", "geometry"]].rename_axis("ags")
    frame = gpd.GeoDataFrame(small[["municipality", "geometry"]]).rename_axis("block_id")
    counts = pd.DataFrame({"residents": 7.0}, index=frame.index)
    blocks = Blocks(frame, counts, units, csr_array((20, 20), dtype=float))
    named = small[["name", "municipality", "origin", "status", "geometry"]].assign(
        decided_by="", decided_on="", passes=True, fails=""
    )
    areas = Areas(named, pd.Series(small.index, index=frame.index))
    table = pd.DataFrame({c: pd.Series(dtype=object) for c in MEASURE_COLUMNS})
    numbers = ["numerator", "denominator"]
    table = table.astype(dict.fromkeys(numbers, np.float64))
    measures = Measures(table, areas, units, "Musterkreis", INDICATORS)
    layer = Layer(frame, "block_id", Source("Amt", "Register"))
    return layer, blocks, areas, measures


CALLS = {
    "draw_map": lambda noun, _: draw_map(noun),
    "write_map": lambda noun, path: write_map(path / "a.png", noun),
    "draw_proposal": lambda noun, _: draw_proposal(noun),
    "draw_web_map": lambda noun, _: draw_web_map(noun),
    "write_web_map": lambda noun, path: write_web_map(path / "a.html", noun),
    "write_report": lambda noun, path: write_report(path / "a.html", noun),
    "write_geopackage": lambda noun, path: write_geopackage(path / "a.gpkg", noun),
    "write_proposal": lambda noun, path: write_proposal(path / "a.gpkg", noun),
    "theme": lambda noun, _: theme(noun),
    "choices": lambda noun, _: choices(noun),
}


@pytest.mark.parametrize("call", CALLS)
def test_every_output_refuses_every_confidential_noun(call, confidential, tmp_path):
    for noun in confidential:
        with pytest.raises(DisclosureError):
            CALLS[call](noun, tmp_path)
    assert list(tmp_path.iterdir()) == []
