"""Flags find what was planted in the sample county, on a seed nobody designed it with."""

import sys
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.mark.slow
def test_planted_clusters_are_found_and_little_else(tmp_path):
    sys.path.insert(0, str(TOOLS))
    try:
        from cluster_recovery import run_seed
    finally:
        sys.path.pop(0)
    found = run_seed(21, tmp_path)
    assert found["planted"] > 50
    assert found["planted_flagged_share"] >= 0.70
    assert found["unplanted"] > 300
    assert found["unplanted_confirmed_share"] <= 0.05
