"""Programs that some tests need: skipped with the reason, or failed where they must be there."""

import os
from pathlib import Path

import pytest

MUST = "SOZIALRAUM_REQUIRE_PROGRAMS"


def require(found: bool, reason: str) -> None:  # noqa: FBT001 - reads as a sentence
    """Skip the test unless a program was found; fail where programs are required."""
    if found:
        return
    if os.environ.get(MUST) == "1":
        pytest.fail(f"{reason}, and {MUST}=1 asks for it")
    pytest.skip(reason)


def is_there(program: str) -> bool:
    """Return True if a program exists and may be run."""
    return os.access(Path(program), os.X_OK)
