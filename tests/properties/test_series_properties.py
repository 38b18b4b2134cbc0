"""Totals, windows and shares over time, whatever the numbers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.methods.crosswalk import NONE, backcast, common_coarsening, crosswalk
from sozialraum.methods.pooling import added, windows, year_of
from sozialraum.methods.totals import KNOWN, Counts

quick = settings(max_examples=60, deadline=None)


@st.composite
def reforms(draw, *, everywhere: bool = True):
    """Draw populations of blocks, their areas before and after, and a count an old area."""
    blocks = draw(st.integers(1, 25))
    low = 0 if everywhere else NONE
    people = draw(st.lists(st.integers(0, 40), min_size=blocks, max_size=blocks))
    old = draw(st.lists(st.integers(low, 5), min_size=blocks, max_size=blocks))
    new = draw(st.lists(st.integers(low, 5), min_size=blocks, max_size=blocks))
    old, new = np.array(old), np.array(new)
    values = np.array(draw(st.lists(st.integers(0, 900), min_size=6, max_size=6)), float)
    return np.array(people, float), old, new, values


@quick
@given(reforms(), st.booleans())
def test_totals_are_conserved(case, whole):
    people, old, new, values = case
    lived = np.isin(np.arange(6), old)
    counts, estimated = backcast(values, crosswalk(people, old, new, (6, 6)), whole=whole)
    assert np.nansum(counts) == pytest.approx(values[lived].sum())
    if whole:
        known = counts[~np.isnan(counts)]
        assert (known == np.round(known)).all()
    shown = estimated[~np.isnan(estimated)]
    assert ((shown >= 0) & (shown <= 1 + 1e-12)).all()


@quick
@given(reforms())
def test_whole_areas_are_carried_over_exactly(case):
    people, old, new, values = case
    walk = crosswalk(people, old, new, (6, 6))
    counts, estimated = backcast(values, walk)
    for area in np.flatnonzero(estimated == 0):
        parts = sorted(set(walk.old[walk.new == area]))
        assert not walk.split[parts].any()
        assert counts[area] == values[parts].sum()


@quick
@given(reforms(), st.integers(0, 5))
def test_a_missing_area_is_missing_wherever_it_went(case, gone):
    people, old, new, values = case
    values[gone] = np.nan
    walk = crosswalk(people, old, new, (6, 6))
    counts, _ = backcast(values, walk, whole=True)
    touched = walk.new[walk.old == gone]
    assert np.isnan(counts[touched]).all()
    rest = np.setdiff1d(walk.new, touched)
    assert not np.isnan(counts[rest]).any()


@quick
@given(reforms(everywhere=False))
def test_common_areas_are_unions_in_both_and_the_finest(case):
    _, old, new, _ = case
    group = common_coarsening(old, new)
    for part in (old, new):
        for area in set(part) - {NONE}:
            assert len(set(group[part == area])) == 1
    for number in set(group) - {NONE}:
        inside = np.flatnonzero(group == number)
        assert (old[inside] != NONE).all()
        assert (new[inside] != NONE).all()
        reached = {inside[0]}
        while True:
            olds, news = {old[b] for b in reached}, {new[b] for b in reached}
            wider = {b for b in inside if old[b] in olds or new[b] in news}
            if wider == reached:
                break
            reached = wider
        assert reached == set(inside)


@quick
@given(st.sets(st.integers(1990, 2030)), st.integers(1, 6))
def test_windows_end_at_the_latest_date_and_never_overlap(years, size):
    dates = tuple(f"{year}-12-31" for year in sorted(years))
    found = windows(dates, size)
    named = [year_of(date) for window in found for date in window]
    assert len(set(named)) == len(named)
    assert all(len(window) == size for window in found)
    if found:
        assert found[-1][-1] == dates[-1]
        assert named == list(range(named[0] or 0, (named[-1] or 0) + 1))
        assert min(years) <= (named[0] or 0)
        assert (named[0] or 0) - min(years) < size
    else:
        assert not years or max(years) - min(years) + 1 < size


@quick
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_pooled_counts_keep_totals_and_what_is_missing(size, spans, places, seed):
    random = np.random.default_rng(seed)
    low = random.integers(0, 50, (size * spans, places)).astype(float)
    missing = (random.random(low.shape) < 0.2).astype(np.int8)
    high = np.where(missing == KNOWN, low, low + 9)
    pooled = added(Counts(low, high, missing, np.zeros(low.shape, dtype=int)), size)
    for window in range(spans):
        rows = slice(window * size, (window + 1) * size)
        gone = (missing[rows] != KNOWN).any(axis=0)
        assert np.array_equal(np.isnan(pooled.value[window]), gone)
        assert np.array_equal(pooled.low[window], low[rows].sum(axis=0))
        assert np.array_equal(pooled.high[window], high[rows].sum(axis=0))
