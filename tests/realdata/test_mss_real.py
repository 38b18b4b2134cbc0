"""The Berlin monitoring, as published by the Senate (editions 2013, 2015 and 2017).

Shares, classes, scores and index of every planning area; the published scores carry five
decimals.
"""

import numpy as np
import pandas as pd
import pytest

from sozialraum.methods.composite import equal_weight_index
from sozialraum.methods.index_classes import dynamics_classes, status_classes


def edition(shared, year):
    table = pd.read_csv(shared / "berlin_mss" / f"mss_{year}.csv", dtype={"plr_id": str})
    return table[table["valid"] == 1].reset_index(drop=True)


def indices(table, letter):
    names = [f"{letter}{i}" for i in range(1, 5) if table[f"{letter}{i}"].notna().any()]
    return names, equal_weight_index(table[names].to_numpy(), np.ones(len(names)))


@pytest.mark.parametrize(("year", "areas"), [(2013, 434), (2015, 435), (2017, 436)])
def test_every_class_is_reproduced(shared, year, areas):
    table = edition(shared, year)
    _, status = indices(table, "s")
    _, dynamics = indices(table, "d")
    same_status = status_classes(status.index) == table["status_class"].astype(int).astype(str)
    same_dynamics = dynamics_classes(dynamics.index) == table["dynamic_class"]
    assert (len(table), same_status.sum(), same_dynamics.sum()) == (areas, areas, areas)


@pytest.mark.parametrize("year", [2013, 2015, 2017])
def test_scores_and_index_agree_to_the_published_decimals(shared, year):
    table = edition(shared, year)
    compared = 0
    for letter, column in (("s", "status_index"), ("d", "dynamic_index")):
        names, found = indices(table, letter)
        for position, name in enumerate(names):
            published = table[f"z{name}"]
            known = published.notna()
            compared += int(known.sum())
            np.testing.assert_allclose(
                found.scores[known, position], published[known], rtol=0, atol=1.1e-5
            )
        known = table[column].notna()
        compared += int(known.sum())
        np.testing.assert_allclose(
            found.index[known], table.loc[known, column], rtol=0, atol=1.1e-5
        )
    assert compared > 1000
