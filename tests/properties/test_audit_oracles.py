"""The auditor says what exhaustive enumeration and full programmes say."""

import json
import sys
from pathlib import Path

import pytest

import oracle

TOOLS = Path(__file__).parents[2] / "tools"
sys.path.insert(0, str(TOOLS))
try:
    from audit_bench import oracles
finally:
    sys.path.remove(str(TOOLS))


def told(what: str, lines: list[oracles.Compared]) -> None:
    """Print how much was compared, for a note to cite (pytest -s)."""
    figures = {
        name: sum(getattr(line, name) for line in lines)
        for name in ("targets", "leaks", "further", "mismatches", "unresolved")
    }
    sys.stdout.write(json.dumps({"what": what, "publications": len(lines)} | figures) + "\n")


def test_200_small_publications_against_enumeration():
    """Verdicts, leaked targets, intervals and reasons; every kind of statement."""
    compared = dict(oracles.smalls(200))
    told("small publications", list(compared.values()))
    wrong = {seed: line for seed, line in compared.items() if line.mismatches or line.unresolved}
    assert not wrong
    assert len(compared) == 200
    assert sum(line.leaks for line in compared.values()) > 400
    assert sum(line.leaks == 0 for line in compared.values()) > 40


@pytest.mark.parametrize("number", [1, 4])
def test_cities_against_full_programmes(number):
    compared = dict(oracles.cities([number]))
    told(f"city {number}", list(compared.values()))
    assert not {name: line for name, line in compared.items() if line.mismatches}
    assert not any(line.unresolved for line in compared.values())
    assert sum(line.targets for line in compared.values()) > 50
    assert any(line.leaks for line in compared.values())


def test_the_oracle_knows_the_cases(shared):
    """Origin: cases with verdicts established by exact bounds and by enumeration."""
    for file in sorted((shared / "disclosure").glob("[0-9]*.json")):
        case = json.loads(file.read_text(encoding="utf-8"))
        found = {leak[:2]: leak for leak in oracle.leaks(case, oracle.solved)}
        assert ("leak" if found else "safe") == case["expected"]["verdict"], file.name
        for leak in case["expected"]["leaks"]:
            expected = oracle.Leak(
                tuple(leak["units"]), leak["var"], leak["lo"], leak["hi"], leak["reason"]
            )
            assert found[expected[:2]] == expected, file.name


def test_limits_may_lie_beyond_a_universe_that_nobody_knows():
    """One of one poor person lives alone; the intruder knows only 1 or 2 of up to 5 people."""
    case = {
        "policy": {"k": 5, "min_width": 4, "require_upper_k": False, "complement": False}
        | {"all_sensitive": False, "sensitive": ["poor", "alone"]},
        "variables": {
            "people": {"known_per_unit": True},
            "poor": {"subset_of": "people"},
            "alone": {"subset_of": "poor"},
        },
        "units": [{"id": "a", "counts": {"people": 5, "poor": 1, "alone": 1}}],
        "areas": {"A": ["a"]},
        "published": [{"kind": "range", "area": "A", "var": "alone", "lo": 1, "hi": 2}],
    }
    found = oracles.compare(case, oracle.enumerated)
    assert (found.leaks, found.mismatches, found.unresolved) == (1, 0, 0)
    known = oracle.leaks(case, oracle.enumerated)
    assert known == [oracle.Leak(("a",), "alone", 1, 2, "proven_small")]
