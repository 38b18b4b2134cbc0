"""Shrinkage, Fay-Herriot and age standardisation against implementations in R.

``smoothing.json`` was printed by ``smoothing.R`` (origin, versions and date are inside): Marshall's
estimators by spdep, the likelihood by adaptive quadrature, the Fay-Herriot model by metafor, the
gamma interval and indirect standardisation by epitools.
"""

import json
from pathlib import Path

import numpy as np
import pytest

from sozialraum.methods.fay_herriot import fay_herriot
from sozialraum.methods.smoothing import empirical_bayes
from sozialraum.methods.standardise import direct, exact_limits, indirect

SEEN = json.loads((Path(__file__).parent / "smoothing.json").read_text("utf-8"))
MILK_MSE = [0.013460256460, 0.005372879733, 0.005701994717, 0.008541752019, 0.009579609714]
"""First five mean squared errors of Prasad and Rao of the milk data: samplics 0.6.1 (REML)."""


@pytest.fixture
def counts():
    return np.array(SEEN["cases"], float), np.array(SEEN["people"], float)


def test_overall_moments_as_in_spdep(counts):
    for law in ("poisson", "binomial"):
        found = empirical_bayes(*counts, law=law, method="moments")
        np.testing.assert_allclose(found.rate, SEEN[law], rtol=1e-12)


def test_moments_by_group_as_in_spdep(counts):
    groups = [f"g{i % 4}" for i in range(24)]
    found = empirical_bayes(*counts, groups=groups, law="poisson", method="moments")
    np.testing.assert_allclose(found.rate, SEEN["by_group"], rtol=1e-12)


def test_local_moments_as_in_geoda(counts):
    ring = [[(i - 1) % 24, (i + 1) % 24] for i in range(24)]
    found = empirical_bayes(*counts, neighbours=ring, law="poisson", method="moments")
    np.testing.assert_allclose(found.rate, SEEN["local"], rtol=1e-12)


def test_no_scatter_leaves_the_overall_rate():
    found = empirical_bayes(
        SEEN["even_cases"], SEEN["even_people"], law="poisson", method="moments"
    )
    np.testing.assert_allclose(found.rate, SEEN["even"], rtol=1e-12)
    assert (found.weight == 0).all()
    assert (found.low < found.rate).all()
    assert (found.rate < found.high).all()


@pytest.mark.parametrize("which", ["", "even_"])
def test_weights_of_the_likelihood_as_by_quadrature(which):
    found = empirical_bayes(SEEN[f"{which}cases"], SEEN[f"{which}people"])
    np.testing.assert_allclose(found.weight, SEEN[f"{which}weight"], rtol=2e-4)


@pytest.mark.parametrize("method", ["reml", "ml"])
def test_fay_herriot_on_milk_as_in_metafor(method):
    milk, seen = SEEN["milk"], SEEN["milk"][method]
    major = np.array(milk["major"])
    features = np.column_stack([major == k for k in (2, 3, 4)])
    found = fay_herriot(milk["direct"], np.square(milk["error"]), features, method=method)
    assert found.between == pytest.approx(seen["between"], rel=1e-8)
    np.testing.assert_allclose(found.coefficients, seen["coefficients"], rtol=1e-9)
    np.testing.assert_allclose(found.errors, seen["errors"], rtol=1e-9)
    np.testing.assert_allclose(found.estimate, seen["estimate"], rtol=1e-9)
    assert (found.mse > seen["g1_g2"]).all()
    if method == "reml":
        np.testing.assert_allclose(found.mse[:5], MILK_MSE, rtol=1e-8)


def test_milk_as_in_samplics():
    """A third implementation, samplics 0.6.1: the variance between the areas by REML."""
    milk = SEEN["milk"]
    features = np.column_stack([np.array(milk["major"]) == k for k in (2, 3, 4)])
    found = fay_herriot(milk["direct"], np.square(milk["error"]), features)
    assert found.between == pytest.approx(0.018550334762767, rel=1e-12)


def test_down_syndrome_as_by_fay_and_feuer():
    """Per 100,000: 75.5 (67.7 to 188.3), as the vignette of R package dsrTest prints it too."""
    down = SEEN["down"]
    found = direct([down["cases"]], [down["people"]], down["standard"])
    _, rate, low, high = down["gamma"]
    assert found.rate[0] == pytest.approx(rate, rel=1e-12)
    assert (found.low[0], found.high[0]) == pytest.approx((low, high), rel=1e-10)
    assert 1e5 * found.rate[0] == pytest.approx(75.52901, abs=5e-6)
    assert 1e5 * found.low[0] == pytest.approx(67.70212, abs=5e-6)
    assert 1e5 * found.high[0] == pytest.approx(188.30017, abs=5e-6)
    dobson = direct([down["cases"]], [down["people"]], down["standard"], method="dobson")
    assert (dobson.low[0], dobson.high[0]) == pytest.approx(tuple(down["dobson"]), rel=1e-8)


def test_deaths_of_1940_at_the_ages_of_1960():
    """Selvin's example in the manual of epitools: 139.25 (138.21 to 140.29), ratio 0.83."""
    seen = SEEN["selvin"]
    found = direct([seen["dth40"]], [seen["pop40"]], seen["pop60"])
    np.testing.assert_allclose(
        [found.rate[0], found.low[0], found.high[0]], seen["direct"][1:], rtol=1e-9
    )
    assert [round(1e5 * x[0], 2) for x in (found.rate, found.low, found.high)] == [
        *(139.25, 138.21, 140.29),
    ]
    ratio = indirect([sum(seen["dth40"])], [seen["pop40"]], seen["dth60"], seen["pop60"])
    assert ratio.expected[0] == pytest.approx(seen["sir"][1], rel=1e-12)
    assert ratio.ratio[0] == pytest.approx(seen["sir"][2], rel=1e-12)
    assert ratio.rate[0] == pytest.approx(seen["rate"][1], rel=1e-12)


def test_exact_limits_as_in_r():
    low, high = exact_limits(SEEN["exact"]["cases"])
    np.testing.assert_allclose(low, SEEN["exact"]["low"], rtol=1e-6)
    np.testing.assert_allclose(high, SEEN["exact"]["high"], rtol=1e-6)
