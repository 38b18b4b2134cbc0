"""A real election of a city: results by district, their shapes, votes by post.

Golden numbers are computed here with pandas from the file itself.
"""

import pandas as pd
import pytest

from sozialraum.errors import SourceError
from sozialraum.sources import read_districts
from sozialraum.sources.elections import read_election

COLUMNS = {
    "number": "Nr",
    "eligible": "Wahlberechtigte",
    "voters": "abgegeben",
    "valid": "gültig2",
    "invalid": "ungültig2",
    "votes_cdu": "Z_CDU",
    "votes_spd": "Z_SPD",
    "votes_gruene": "Z_GRÜNE",
}
NEAR = r"(\d{3})"
"""The first three digits are the city's part, of polling and of postal districts alike."""


@pytest.fixture(scope="module")
def file(shared):
    return shared / "electoral/koeln_btw2013_result_stimmbezirk.csv"


@pytest.fixture(scope="module")
def rows(file):
    return pd.read_csv(file, dtype={"Nr": str})


@pytest.fixture(scope="module")
def shapes(shared):
    path = shared / "electoral/koeln_stimmbezirke_2013/Stimmbezirk.shp"
    return read_districts(path, repair=True)


def wide(delivery):
    return delivery.table.pivot_table(index="key", columns="variable", values="value")


def test_a_decision_about_224_postal_districts_is_needed(file, rows):
    with pytest.raises(SourceError) as caught:
        read_election(file, columns=COLUMNS)
    assert caught.value.message == "elections.postal_needed"
    assert len(caught.value.ids) == 224 == (rows["Wahlberechtigte"] == 0).sum()


@pytest.mark.parametrize("groups", [None, NEAR])
def test_shared_votes_keep_every_total_and_every_shape(file, rows, shapes, groups):
    wahl = read_election(file, columns=COLUMNS, postal="share", postal_groups=groups)
    table = wide(wahl)
    assert len(rows) == 1_024
    assert wahl.dates == ("2013-09-22",)
    # without a column of municipalities, the keys are the numbers, as the shapes have them
    assert set(table.index) == set(shapes.frame.index)
    assert len(table) == 800
    for name, column in COLUMNS.items():
        if name != "number":
            assert table[name].sum() == pytest.approx(rows[column].sum()), name
    assert set(wahl.estimates) == set(COLUMNS) - {"number", "eligible"}
    turnout = table["voters"].sum() / table["eligible"].sum()
    assert turnout == pytest.approx(0.725, abs=0.0005)
    assert (table["voters"] > table["voters_at_poll"]).all()


def test_votes_stay_in_their_part_of_the_city(file, rows):
    wahl = wide(read_election(file, columns=COLUMNS, postal="share", postal_groups=NEAR))
    part = rows["Nr"].str[:3]
    expected = rows.groupby(part)["abgegeben"].sum()
    found = wahl["voters"].groupby(wahl.index.str[:3]).sum()
    pd.testing.assert_series_equal(found, expected.astype(float), check_names=False)


def test_the_poll_alone_is_a_third_less(file, rows):
    polls = rows["Wahlberechtigte"] > 0
    dropped = read_election(file, columns=COLUMNS, postal="drop")
    assert "voters" not in dropped.variables
    table = wide(dropped)
    assert len(table) == 800
    assert table["voters_at_poll"].sum() == rows.loc[polls, "abgegeben"].sum()
    apart = wide(read_election(file, columns=COLUMNS, postal="separate"))
    assert len(apart) == 1_024
    assert apart["voters_by_post"].sum() == rows.loc[~polls, "abgegeben"].sum()
    assert apart["voters_by_post"].count() == 224
    assert apart["eligible"].count() == 800
