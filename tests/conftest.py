"""Shared set-up of all tests."""

import os
from pathlib import Path

import pytest

os.environ.setdefault("MPLBACKEND", "Agg")
os.environ["SOZIALRAUM_LANG"] = "de"

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real data beside the project, or skip with the reason."""
    if not SHARED.is_dir():
        pytest.skip("real data beside the project (../shared/data) are absent on this machine")
    return SHARED
