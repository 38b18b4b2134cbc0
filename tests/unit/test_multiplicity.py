"""False discovery rate."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.methods.multiplicity import benjamini_hochberg

# Benjamini and Hochberg (1995), section 3.2: p-values of a thrombolysis trial
PAPER = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
    0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000,
]  # fmt: skip


def test_the_papers_example_rejects_four():
    assert (benjamini_hochberg(PAPER) <= 0.05).sum() == 4


def test_missing_values_are_no_tests():
    found = benjamini_hochberg([[0.01, np.nan], [0.04, 0.03]])
    np.testing.assert_allclose(found, [[0.03, np.nan], [0.04, 0.04]])


def test_nothing_to_test_gives_nothing():
    assert benjamini_hochberg([]).shape == (0,)
    assert np.isnan(benjamini_hochberg([np.nan])).all()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30), st.floats(0.001, 0.5))
def test_the_step_up_rule_and_the_adjusted_values_agree(p, rate):
    p = np.array(p)
    ranked = np.sort(p)
    passing = np.flatnonzero(ranked <= rate * np.arange(1, len(p) + 1) / len(p))
    limit = ranked[passing[-1]] if len(passing) else -1.0
    adjusted = benjamini_hochberg(p)
    clear = np.abs(adjusted - rate) > 1e-12
    np.testing.assert_array_equal((adjusted <= rate)[clear], (p <= limit)[clear])
