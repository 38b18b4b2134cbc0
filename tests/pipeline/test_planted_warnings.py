"""Early warning names what was planted in the sample county, in time and not before."""

import sys
from pathlib import Path

import pytest

from sozialraum.datasets import sample_path

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.mark.slow
def test_what_emerges_is_warned_of_and_what_improves_is_named(tmp_path):
    sys.path.insert(0, str(TOOLS))
    try:
        from warning_recovery import recovery, released
    finally:
        sys.path.pop(0)
    found = recovery(*released(sample_path(), tmp_path))
    assert found.loc[2024, "E1 confirmed"] >= 4
    assert (found.loc[:2021, ["E1 confirmed", "E1 notable"]] == 0).all(axis=None)
    assert found.loc[2025, "I1 confirmed"] >= 2
    assert (found["E1 other way"] + found["I1 other way"] == 0).all()
    assert (found["others confirmed"] <= 3).all()
