"""The common course of areas, and how they stray from it."""

import numpy as np
import pytest

from sozialraum.errors import StatisticsError
from sozialraum.methods.course import prediction_errors, trimmed_spread, usual_course


def stayers(random, people, expected, stay):
    """Return Poisson counts of whose cases a share stays from year to year."""
    cases = [random.poisson(expected[:, 0])]
    for year in range(1, expected.shape[1]):
        kept = random.binomial(cases[-1], stay)
        cases.append(kept + random.poisson(expected[:, year] - stay * expected[:, year - 1]))
    return np.minimum(np.array(cases).T, people).astype(float)


@pytest.fixture(scope="module")
def county():
    random = np.random.default_rng(1)
    people = np.repeat(random.integers(200, 3_000, 500)[:, None], 10, axis=1).astype(float)
    wave = np.array([1, 1.02, 1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.35, 1.4])
    level = 0.06 * np.exp(random.normal(0, 0.25, 500))
    expected = people * level[:, None] * wave
    return stayers(random, people, expected, 0.7), people, wave


def test_course_scatter_and_memory_are_found(county):
    counts, people, wave = county
    found = usual_course(counts, people, np.arange(10))
    np.testing.assert_allclose(found.course / found.course[0], wave, rtol=0.02)
    assert 1.0 <= found.scatter.factor < 1.15
    assert 0.64 <= found.scatter.memory <= 0.76
    assert found.scatter.drift < 2e-4


def test_errors_are_standard_normal_and_independent(county):
    counts, people, _ = county
    found = usual_course(counts, people, np.arange(10))
    errors = prediction_errors(found.deviations, found.covariance)
    assert np.isnan(errors[:, 0]).all()
    rest = errors[:, 1:]
    assert abs(rest.mean()) < 0.03
    assert 0.93 < rest.std() < 1.05
    assert abs(np.corrcoef(rest.T)[np.triu_indices(9, 1)].mean()) < 0.03
    assert (np.abs(rest) > 2.576).mean() < 0.013


def test_what_all_areas_do_is_no_change_of_any(county):
    counts, people, _ = county
    found = usual_course(counts, people, np.arange(10))
    assert np.abs(np.median(prediction_errors(found.deviations, found.covariance)[:, 1:])) < 0.05


def test_the_order_of_areas_does_not_matter(county):
    counts, people, _ = county
    order = np.random.default_rng(2).permutation(500)
    one = usual_course(counts, people, np.arange(10))
    other = usual_course(counts[order], people[order], np.arange(10))
    np.testing.assert_allclose(other.deviations, one.deviations[order], atol=1e-9)


def test_gaps_stay_gaps(county):
    counts, people, _ = county
    holes = counts[:40].copy()
    holes[0, 3], holes[1] = np.nan, np.nan
    found = usual_course(holes, people[:40], np.arange(10))
    errors = prediction_errors(found.deviations, found.covariance)
    assert np.isnan(errors[0, [0, 3]]).all()
    assert not np.isnan(errors[0, 4:]).any()
    assert np.isnan(errors[1]).all()


def test_events_may_outnumber_people():
    random = np.random.default_rng(5)
    people = np.full((60, 6), 50.0)
    found = usual_course(random.poisson(120, (60, 6)), people, np.arange(6))
    assert found.scatter.factor < 1.3
    assert found.scatter.memory < 0.3


def test_extremes_do_not_widen_the_spread():
    values = np.append(np.random.default_rng(3).normal(size=2_000), [40.0] * 30)
    assert trimmed_spread(values) == pytest.approx(1.0, abs=0.05)
    assert trimmed_spread(np.array([np.nan])) == 1.0


def test_counts_must_be_counts():
    with pytest.raises(StatisticsError, match="Gebieten in den Zeilen"):
        usual_course([[-1.0, 2.0]], [[5.0, 5.0]], [0, 1])
    with pytest.raises(StatisticsError, match="aufsteigen"):
        usual_course([[1.0, 2.0]], [[5.0, 5.0]], [1, 0])
