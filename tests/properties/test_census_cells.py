"""Cells of the census grid: keys there and back, and nothing lost when cells are added up."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.errors import SourceError
from sozialraum.sources.census_cells import added_up, numbers
from sozialraum.sources.grid import Corners, are_cell_keys, corners_of, keys_of
from sozialraum.sources.symbols import Mark

PLACES = st.lists(
    st.tuples(st.integers(0, 40_000), st.integers(0, 50_000)), min_size=1, max_size=60, unique=True
)
SIZES = st.sampled_from([100, 1000, 10_000])


@settings(deadline=None)
@given(PLACES, SIZES, st.booleans())
def test_keys_lead_back_to_their_corners(places, size, short):
    north, east = np.array(places).T * size
    corners = Corners(north, east, size)
    keys = keys_of(corners)
    if short:
        unit = {100: "100m", 1000: "1km", 10_000: "10km"}[size]
        keys = pa.array(
            [f"{unit}N{n // size}E{e // size}" for n, e in zip(north, east, strict=True)]
        )
    found = corners_of(keys, "a.csv")
    assert found.size == size
    np.testing.assert_array_equal(found.north, north)
    np.testing.assert_array_equal(found.east, east)


@settings(deadline=None)
@given(st.lists(st.text("0123456789CRSENm ", max_size=30), min_size=1, max_size=1))
def test_other_texts_are_refused_whatever_their_width(texts):
    keys = pa.array(texts)
    if are_cell_keys(keys).all():
        assert len(corners_of(keys, "a.csv").north) == len(texts)
        return
    with pytest.raises(SourceError) as caught:
        corners_of(keys, "a.csv")
    assert caught.value.message == "sources.not_cell_keys"


@settings(deadline=None)
@given(PLACES, st.sampled_from([1000, 10_000]), st.data())
def test_nothing_is_lost_when_cells_are_added_up(places, size, data):
    value = np.array(
        data.draw(
            st.lists(
                st.one_of(st.integers(0, 500).map(float), st.just(np.nan)),
                min_size=len(places),
                max_size=len(places),
            )
        )
    )
    north, east = np.array(places).T * 100
    larger, summed = added_up(Corners(north, east, 100), {"n": numbers(value)}, size, None, "a.csv")
    counts = summed["n"]
    assert counts.low.sum() == pytest.approx(np.nansum(value))
    holds_missing = set(
        zip(north[np.isnan(value)] // size, east[np.isnan(value)] // size, strict=True)
    )
    for i, cell in enumerate(zip(larger.north // size, larger.east // size, strict=True)):
        assert (counts.mark[i] == Mark.VALUE) == (cell not in holds_missing)
        assert np.isnan(counts.value[i]) == (cell in holds_missing)
