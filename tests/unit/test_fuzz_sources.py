"""Damaged files in small: every reader gives a noun or one clear error (tools/fuzz_sources.py)."""

import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
INPUTS = 110
"""Five of every kind; the first of each is valid."""


@pytest.fixture(scope="module")
def fuzz():
    sys.path.insert(0, str(TOOLS))
    try:
        import fuzz_sources
    finally:
        sys.path.pop(0)
    return fuzz_sources


def test_a_hundred_damaged_files(fuzz, tmp_path):
    kinds = fuzz.KINDS
    outcomes = []
    for index in range(INPUTS):
        kind, data = fuzz.made(index, 11, kinds)
        result = fuzz.judged(kind, data, tmp_path, command=index < 2 * len(kinds))
        assert result["faults"] == [], f"input {index}: {kind.name}"
        outcomes.append((kind.name, index < len(kinds), result["outcomes"]))
    refused = [one for _, valid, readers in outcomes if not valid for one in readers.values()]
    assert sum(one != "read" for one in refused) > 0.3 * len(refused)
    assert sum(one == "read" for one in refused) > 0.1 * len(refused)
    for name, valid, readers in outcomes:
        if valid and name != "deliveries":  # what it names lies elsewhere
            assert set(readers.values()) == {"read"}, name


def test_the_harness_sees_faults(fuzz, tmp_path, monkeypatch):
    """A reader that loses rows, one that warns, one that crashes."""
    import warnings

    import pandas as pd

    from sozialraum.sources import tables

    kind = next(kind for kind in fuzz.KINDS if kind.name == "office")
    data = fuzz.valid("office")
    whole = tables.read_table

    class Short:
        table = pd.DataFrame({"key": ["Q01"], "date": ["2025-12-31"]})
        notes = ()

    def warn(path, **options):
        warnings.warn("half of it", stacklevel=1)
        return whole(path, **options)

    readers = {
        "1 rows, the file holds 25": Mock(return_value=Short()),
        "UserWarning": warn,
        "ZeroDivisionError": Mock(side_effect=ZeroDivisionError),
    }
    for expected, reader in readers.items():
        monkeypatch.setattr(tables, "read_table", reader)
        faults = fuzz.judged(kind, data, tmp_path, command=False)["faults"]
        assert len(faults) == 1
        assert expected in faults[0]


def test_damage_is_the_same_for_the_same_seed(fuzz):
    first = [fuzz.made(i, 3, fuzz.KINDS)[1] for i in range(40)]
    assert first == [fuzz.made(i, 3, fuzz.KINDS)[1] for i in range(40)]
    assert first != [fuzz.made(i, 4, fuzz.KINDS)[1] for i in range(40)]
