"""The scan statistic beside what SaTScan and FleXScan printed for leukaemia in New York.

Origin: outputs of SaTScan 9.3.1 and 9.6 (Poisson) and FleXScan 3.1.2 (binomial) that the R package
smerc by Joshua French keeps among its tests (github.com/jfrench/smerc, ``scan_test_ny_*.txt`` and
``scan_binomial.out``): 281 tracts, 552 cases, 1,057,673 people. Cases and people come with Debian's
``r-cran-spdata``; the centres used there do not, so that only clusters are compared that do not
hang on them.
"""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from programs import require
from sozialraum.methods.scan import scan
from sozialraum.methods.scan_ratio import log_ratio

CASES, PEOPLE = 552, 1_057_673
SATSCAN = [
    (119_050, 106, 62.13, 14.780276),
    (111_674, 100, 58.28, 14.083511),
    (95_249, 85, 49.71, 11.577255),
    (34_083, 38, 17.79, 9.019716),
    (40_696, 42, 21.24, 8.287056),
    (45_667, 44, 23.83, 7.199672),
    (78_280, 64, 40.85, 6.114140),
    (24_571, 25, 12.82, 4.651839),
    (29_782, 28, 15.54, 4.169203),
    (6_985, 10, 3.65, 3.773422),
    (9_840, 12, 5.14, 3.363518),
    (8_839, 11, 4.61, 3.209485),
]
"""People, cases, expected cases and log likelihood ratio of clusters."""
FLEXSCAN = [
    (38_999, 41, 8.47836),
    (40_696, 42, 8.29257),
    (47_412, 44, 6.43049),
    (26_499, 28, 5.77247),
    (24_571, 25, 4.65493),
    (8_063, 11, 3.82302),
    (6_985, 10, 3.77633),
    (8_839, 11, 3.21181),
    (2_801, 5, 2.62418),
    (10_282, 11, 2.29244),
]
"""People, cases and log likelihood ratio, binomial model."""
TRACTS = Path("/usr/lib/R/site-library/spData/shapes/NY8_utm18.shp")


@pytest.mark.parametrize(("people", "cases", "expected", "ratio"), SATSCAN)
def test_ratios_as_satscan_prints_them(people, cases, expected, ratio):
    assert people * CASES / PEOPLE == pytest.approx(expected, abs=0.005)
    assert log_ratio(cases, people, CASES, PEOPLE) == pytest.approx(ratio, abs=1e-6)


@pytest.mark.parametrize(("people", "cases", "ratio"), FLEXSCAN)
def test_binomial_ratios_as_flexscan_prints_them(people, cases, ratio):
    found = log_ratio(cases, people, CASES, PEOPLE, binomial=True)
    assert found == pytest.approx(ratio, abs=1e-5)


def test_clusters_of_leukaemia_in_new_york():
    require(TRACTS.is_file(), "needs the tracts in Debian's package r-cran-spdata")
    tracts = gpd.read_file(TRACTS)
    # cases of unknown tract are spread as fractions there; SaTScan was given whole ones
    cases = np.floor(tracts["Cases"].to_numpy() + 1e-9)
    people = tracts["POP8"].to_numpy()
    assert (cases.sum(), people.sum()) == (CASES, PEOPLE)
    centres = np.column_stack([tracts.centroid.x, tracts.centroid.y])
    found = scan(cases, people, centres)
    known = {
        (85, 86, 87, 88, 89, 90, 91, 92, 93): (42, 21.24, 2.06, 8.287056, 0.033),
        (111, 112, 113, 114, 115, 116, 117, 118, 119, 122, 123, 124, 125, 126, 219, 220): (
            44,
            23.83,
            1.92,
            7.199672,
            0.105,
        ),
        (62, 64, 65, 67): (25, 12.82, 1.99, 4.651839, 0.653),
        (159, 166, 167): (11, 4.61, 2.41, 3.209485, 0.982),
    }
    ours = {tuple(np.sort(cluster.areas + 1).tolist()): cluster for cluster in found.clusters}
    for areas, (observed, expected, risk, ratio, p) in known.items():
        cluster = ours[areas]
        assert cluster.observed == observed
        assert cluster.expected == pytest.approx(expected, abs=0.005)
        assert cluster.relative_risk == pytest.approx(risk, abs=0.005)
        assert cluster.statistic == pytest.approx(ratio, abs=1e-6)
        assert abs(cluster.p - p) < 4 * np.sqrt(2 * p * (1 - p) / 999)
    # the most likely one lies around Binghamton, as there, and is as sure as can be
    assert set(range(35, 41)) & set((found.clusters[0].areas + 1).tolist())
    assert found.clusters[0].p == 0.001
