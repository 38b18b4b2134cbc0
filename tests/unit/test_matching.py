"""Matching: controls are the areas whose level and course were most alike, never neighbours."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from sozialraum.methods.matching import courses, likeness, matched

N = 30


@pytest.fixture
def panel():
    random = np.random.Generator(np.random.Philox(4))
    level = random.uniform(4, 20, N)
    return level[:, None] + random.normal(0, 0.5, (N, 6)), random.integers(300, 5_000, N)


def chain():
    """Return areas in a row, each touching the next."""
    return csr_array(np.eye(N, k=1) + np.eye(N, k=-1))


def test_controls_are_nearest_by_brute_force(panel):
    rates, people = panel
    near = likeness(rates, people, np.arange(N))
    found, far = matched(near, [7], np.arange(N), chain(), 5)
    away = np.linalg.norm(near - near[7], axis=1)
    away[[6, 7, 8]] = np.inf
    assert found[0].tolist() == np.argsort(away)[:5].tolist()
    assert far[0] == pytest.approx(np.sort(away)[:5])


def test_rates_further_apart_are_further_away(panel):
    rates, people = panel
    rates = np.vstack([rates[:1], rates[:1] + 1, rates[:1] + 3, rates])
    people = np.concatenate([np.full(3, 1_000), people])
    near = likeness(rates, people, np.arange(3, N + 3))
    one, three = (np.linalg.norm(near[row] - near[0]) for row in (1, 2))
    assert three == pytest.approx(3 * one)


def test_a_course_counts_and_not_only_the_level():
    flat, rising = np.full(6, 9.0), np.linspace(6, 12, 6)
    others = np.linspace(5, 13, 20)[:, None] + 0.3 * np.sin(np.arange(6))
    rates = np.vstack([flat, rising, flat + 0.5, others])
    near = likeness(rates, np.full(23, 900), np.arange(3, 23))
    assert np.linalg.norm(near[1] - near[0]) > 2 * np.linalg.norm(near[2] - near[0])


def test_another_kind_of_settlement_comes_later(panel):
    rates, people = panel
    kinds = np.array(["rural", "town"] * (N // 2))
    plain = likeness(rates, people, np.arange(N))
    near = likeness(rates, people, np.arange(N), kinds)
    same, other = (
        np.sum((near[0] - near[row]) ** 2) - np.sum((plain[0] - plain[row]) ** 2) for row in (2, 1)
    )
    assert same == pytest.approx(0)
    assert other == pytest.approx(4.0)


def test_too_few_donors_are_told_by_an_infinite_distance(panel):
    rates, people = panel
    near = likeness(rates, people, np.arange(N))
    _, far = matched(near, [0], [1, 5, 6], chain(), 3)
    assert np.isfinite(far[0]).tolist() == [True, True, False]


def test_a_course_is_level_slope_and_latest_deviation():
    assert courses([[2.0, 4.0, 9.0]])[0].tolist() == pytest.approx([5.0, 3.5, 4.0])
