"""Flags of maps without structure are rare, and planted clusters are found."""

import sys
from pathlib import Path

import numpy as np
import pytest

TOOLS = Path(__file__).parents[2] / "tools"


@pytest.fixture(scope="module")
def maps():
    sys.path.insert(0, str(TOOLS))
    try:
        import null_maps
    finally:
        sys.path.pop(0)
    return null_maps


def test_few_structureless_maps_have_a_flag(maps):
    """At most the rate of 5 % and 2 points; 300 maps allow 2.5 standard errors more."""
    lines = list(maps.structureless(75, 3, (60, 120)))
    assert {(line["values"], line["areas"]) for line in lines} == {
        ("continuous", 60),
        ("counts", 60),
        ("continuous", 120),
        ("counts", 120),
    }
    shares = [line["maps_flagged"] for line in lines]
    assert np.mean(shares) <= 0.05 + 0.02 + 2.5 * np.sqrt(0.05 * 0.95 / 300)


def test_one_risk_everywhere_gives_less_than_one_false_flag_a_map(maps):
    for line in maps.constant_risk(15, 1, ("funnel", "eb")):
        assert line["false_flags_a_map"]["confirmed"] <= 1
        assert line["false_flags_a_map"]["hint"] > 10  # three tests of 470 areas at 5 %


def test_strong_clusters_are_found_and_little_else(maps):
    found = maps.planted(6, np.random.default_rng(4), 9, 2.0, "funnel")
    assert found["found"] > 0.75
    assert found["at_least_hint"] > 0.9
    assert found["unplanted_confirmed"] < 0.01
    assert found["found_by_population_fifth"][4] >= found["found_by_population_fifth"][0]


def test_clusters_grow_step_by_step(maps):
    from scipy.sparse import csr_array

    chain = csr_array(np.eye(6, k=1) + np.eye(6, k=-1))
    assert maps.grown(chain, 2, 3) == [2, 1, 3]
    assert sorted(maps.grown(chain, 0, 9)) == list(range(6))
