"""Berlin under other choices, and what its indicators have in common."""

import numpy as np
import pytest

from sozialraum.index import score
from sozialraum.index.contributions import contributions
from sozialraum.index.correlation import correlate
from sozialraum.index.sensitivity import sensitivity
from sozialraum.sources.published import read_published


@pytest.fixture(params=[2013, 2015, 2017])
def berlin(shared, request):
    release = read_published(
        shared / "berlin_mss" / f"mss_{request.param}.csv",
        key="plr_id",
        columns=["s1", "s2", "s3", "s4"],
        residents="inhabitants",
        where={"valid": "1"},
        date=f"{request.param}-12-31",
    )
    return score(release, preset="mss", years=0, draws=0)


def test_choices_change_as_many_classes_as_is_plausible(berlin):
    """The edition of 2019: PCA 100 %, weighted 91 %, MAD 81 %, without one 93-96 %."""
    same = sensitivity(berlin).choices["same"]
    assert same["pca"] > 0.99
    assert 0.88 < same["weighted"] < 0.96
    assert 0.78 < same["robust"] < 0.90
    assert same.filter(like="without:").between(0.92, 0.99).all()


def test_the_shares_of_benefit_recipients_measure_one_thing(berlin):
    found = correlate(berlin)
    assert found.pearson.loc["s1", "s4"] > 0.9
    assert found.warnings("de")
    assert found.vif.max() > 10


def test_contributions_add_up(berlin):
    table = contributions(berlin)
    points = table.groupby("area_id", sort=False)["points"].sum(min_count=1)
    known = berlin.table["status_index"]
    np.testing.assert_allclose(points.reindex(known.index), known, rtol=0, atol=1e-9)
    assert table["numerator"].isna().all()
