"""Indices of domains: sums of sums, whose parts add up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.errors import StatisticsError
from sozialraum.methods.composite import Recipe, compose, exponential_ranks, zscores
from sozialraum.methods.domains import compose_domains

VALUES = np.random.default_rng(4).gamma(2, 3, (30, 5))
SIGNS = np.array([1, -1, 1, 1, 1])
DOMAINS = [0, 0, 1, 2, 1]


def test_without_domains_it_is_the_plain_index():
    found, plain = compose_domains(VALUES, SIGNS), compose(VALUES, SIGNS)
    np.testing.assert_array_equal(found.index, plain.index)
    weights = (3.0, 1.0, 2.0, 1.0, 0.5)
    own = Recipe(weights=weights)
    turned = compose_domains(VALUES, SIGNS, own, domains=[4, 3, 2, 1, 0])
    plain = compose(VALUES, SIGNS, Recipe(weights=weights[::-1]))
    np.testing.assert_array_equal(turned.index, plain.index)


def test_a_domain_is_the_standardised_sum_of_its_indicators():
    found = compose_domains(VALUES, SIGNS, Recipe(weights=(2.0, 1.0, 1.0)), domains=DOMAINS)
    z = zscores(VALUES * SIGNS)
    parts = [zscores(z[:, [0, 1]].sum(axis=1)), zscores(z[:, [2, 4]].sum(axis=1)), z[:, 3]]
    total = 2 * parts[0] + parts[1] + parts[2]
    np.testing.assert_allclose(found.total, total)
    np.testing.assert_allclose(found.index, zscores(total))


def test_ranks_of_domains():
    recipe = Recipe("exponential", (2.0, 1.0, 1.0), restandardise=False)
    found = compose_domains(VALUES, SIGNS, recipe, domains=DOMAINS)
    z = zscores(VALUES * SIGNS)
    sums = np.column_stack([z[:, [0, 1]].sum(axis=1), z[:, [2, 4]].sum(axis=1), z[:, 3]])
    np.testing.assert_allclose(found.index, exponential_ranks(sums) @ [2.0, 1.0, 1.0])


@pytest.mark.parametrize("how", ["z", "robust", "weighted", "exponential", "none"])
@pytest.mark.parametrize("centre", [False, True])
def test_scores_times_weights_are_the_sum(how, centre):
    values = np.where(np.random.default_rng(1).random(VALUES.shape) < 0.05, np.nan, VALUES)
    found = compose_domains(
        *(values, SIGNS, Recipe(how)), domains=DOMAINS, size=np.arange(1, 31), centre=centre
    )
    known = ~np.isnan(found.total)
    assert known.sum() == (30 if centre else (~np.isnan(values).any(axis=1)).sum())
    np.testing.assert_allclose((found.scores @ found.weights)[known], found.total[known])


def test_what_is_missing_counts_as_average_where_asked():
    values = VALUES.copy()
    values[3, 2] = np.nan
    values[7] = np.nan
    found = compose_domains(values, SIGNS, centre=True)
    assert found.scores[3, 2] == 0
    assert np.isnan(found.index[7])
    rest = np.delete(values, [7], axis=0)
    expected = np.column_stack([(c - np.nanmean(c)) / np.nanstd(c) for c in (rest * SIGNS).T])
    total = np.nan_to_num(expected).sum(axis=1)
    np.testing.assert_allclose(np.delete(found.total, 7), total, atol=1e-12)
    excluded = compose_domains(values, SIGNS)
    assert np.isnan(excluded.index[[3, 7]]).all()


def test_without_any_area_there_is_no_index():
    with pytest.raises(StatisticsError):
        compose_domains(np.full((3, 2), np.nan), [1, 1], domains=[0, 0])


@settings(deadline=None, max_examples=30)
@given(st.permutations(range(30)), st.floats(0.1, 50), st.floats(-100, 100))
def test_neither_order_nor_unit_matters(order, factor, shift):
    found = compose_domains(VALUES, SIGNS, domains=DOMAINS)
    other = VALUES.copy()
    other[:, 2] = factor * other[:, 2] + shift
    turned = compose_domains(other[order], SIGNS, domains=DOMAINS)
    np.testing.assert_allclose(turned.index, found.index[order], atol=1e-9)
