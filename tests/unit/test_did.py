"""Matched difference in differences: exact without noise, honest with it."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from sozialraum.methods.did import Panel, compare
from sozialraum.methods.pseudo_treated import (
    alike,
    effect_of,
    joint_p,
    placebo_effect,
    together,
    widening,
)

N, BEFORE, AFTER = 120, 6, 4
DATES = np.arange(BEFORE + AFTER) < BEFORE


def panel(noise=0.3, seed=1, people=None, touching=None):
    random = np.random.Generator(np.random.Philox(seed))
    people = np.full(N, 1_500.0) if people is None else people
    level = random.uniform(5, 15, N)
    common = random.normal(0, 0.4, BEFORE + AFTER)
    spread = noise * np.sqrt(1_500 / people)[:, None]
    rates = level[:, None] + common + spread * random.normal(size=(N, BEFORE + AFTER))
    sampling = 100 * rates / people[:, None]
    touching = csr_array((N, N)) if touching is None else touching
    return Panel(rates, sampling, DATES, people, np.array([]), touching)


def stream(number):
    return np.random.Generator(np.random.Philox(number))


def found(given, areas, donors, draws=1_999):
    parts = compare(given, np.asarray(areas), np.asarray(donors), 10)
    shares = np.full(len(areas), 1 / len(areas))
    group = together(parts, shares, [stream(a) for a in areas], draws=draws)
    return parts, shares, group


def test_an_effect_is_recovered_exactly_without_noise():
    given = panel(noise=1e-9)
    given.rates[:3, BEFORE:] -= [1.0, 2.0, 3.0, 2.0]
    _, _, group = found(given, [0, 1, 2], np.arange(3, N))
    assert group.path[BEFORE:] == pytest.approx([-1, -2, -3, -2], abs=1e-6)
    assert group.path[:BEFORE] == pytest.approx(0, abs=1e-6)
    effect = effect_of(group.path, group.draws, ~DATES)
    assert effect.value == pytest.approx(-2)
    assert effect.p == pytest.approx(2 / 2_000)


def test_what_all_areas_share_is_no_effect():
    calm, moved = panel(), panel()
    moved.rates[:, BEFORE:] += [5.0, -3.0, 8.0, 1.0]
    paths = [found(given, [0, 1, 2], np.arange(3, N))[2].path for given in (calm, moved)]
    assert paths[0] == pytest.approx(paths[1], abs=1e-9)


def test_treated_areas_are_nobodys_controls():
    given = panel()
    before = found(given, [0, 1, 2], np.arange(3, N))[0]
    given.rates[:3, BEFORE:] -= 50
    after = found(given, [0, 1, 2], np.arange(3, N))[0]
    for one, other in zip(before, after, strict=True):
        assert other.expected == pytest.approx(one.expected)
        assert not set(other.controls.tolist()) & {0, 1, 2}
        assert other.weights.sum() == pytest.approx(0)


def test_neighbours_are_no_controls():
    touching = csr_array(np.eye(N, k=1) + np.eye(N, k=-1))
    given = panel(touching=touching)
    parts, _, _ = found(given, [10], np.delete(np.arange(N), 10))
    assert not set(parts[0].controls.tolist()) & {9, 11}


def test_the_scatter_of_small_areas_is_not_taken_for_that_of_large_ones():
    people = np.where(np.arange(N) < N // 2, 400.0, 8_000.0)
    parts, _, _ = found(panel(people=people), [0, N - 1], np.arange(1, N - 1))
    assert parts[0].spread > 2 * parts[1].spread
    after = parts[0].placebos[:, BEFORE:].mean(axis=1)
    small = people[parts[0].donors] == 400
    assert after[small].std() == pytest.approx(after[~small].std(), rel=0.6)


def test_the_interval_covers_and_p_is_uniform_where_nothing_happens():
    covered, values = [], []
    for seed in range(150):
        _, _, group = found(panel(seed=seed), [0, 1, 2], np.arange(3, N), draws=499)
        effect = effect_of(group.path, group.draws, ~DATES)
        covered.append(effect.lower <= 0 <= effect.upper)
        values.append(effect.p)
    assert 0.89 <= np.mean(covered) <= 0.99
    assert np.mean(np.array(values) < 0.5) == pytest.approx(0.5, abs=0.12)


def test_neighbours_that_move_together_widen_the_group():
    touching = csr_array(np.eye(N, k=1) + np.eye(N, k=-1))
    given = panel(touching=touching)
    shocks = stream(9).normal(size=N + 3)
    given.rates[:, BEFORE:] += (shocks[:-3] + shocks[1:-2] + shocks[2:-1] + shocks[3:])[:, None]
    parts, shares, _ = found(given, [50, 51, 52], np.r_[:49, 54:N])
    kin = alike(parts[0], ~DATES[None] / AFTER, touching)
    assert kin[0] > kin[1] > 0.2
    beside = widening(parts, shares, touching, kin)
    assert beside > 1.5 * widening(parts, shares, touching, (0.0, 0.0))


def test_shared_controls_widen_the_group():
    given = panel()
    given.rates[1] = given.rates[0]
    parts, shares, _ = found(given, [0, 1], np.arange(2, N))
    assert parts[0].controls.tolist() == parts[1].controls.tolist()
    none = (0.0, 0.0)
    apart = widening(parts[:1], np.array([1.0]), given.touching, none)
    assert widening(parts, shares, given.touching, none) > apart


def test_the_smallest_visible_effect_is_seen_in_four_of_five_cases():
    chance = stream(3).normal(size=(20_000, 1))
    effect = effect_of(np.array([0.0]), chance, np.array([True]))
    # 1.96 + 0.84 standard deviations (Bloom 1995)
    assert effect.smallest == pytest.approx(2.80, abs=0.05)
    seen = np.abs(stream(4).normal(effect.smallest, 1, 20_000)) > 1.96
    assert seen.mean() == pytest.approx(0.8, abs=0.02)


def test_a_lead_that_departs_is_seen():
    given = panel()
    calm = found(given, [0, 1, 2], np.arange(3, N))[2]
    given.rates[:3, 2] += 1.5
    moved = found(given, [0, 1, 2], np.arange(3, N))[2]
    assert joint_p(calm.path, calm.draws, DATES) > 0.05
    assert joint_p(moved.path, moved.draws, DATES) < 0.01
    assert np.isnan(joint_p(calm.path, calm.draws, np.arange(10) == 0))


def test_a_placebo_shows_what_happens_to_areas_alike():
    given = panel()
    parts, shares, _ = found(given, [0, 1, 2], np.arange(3, N))
    calm, p = placebo_effect(parts, shares, ~DATES)
    assert abs(calm) < 0.4
    assert p > 0.05
    # the donors most like the treated areas change by themselves, the others do not
    rows = parts[0].donors[parts[0].alike]
    given.rates[rows[::2], BEFORE:] += 3
    again, shares, _ = found(given, [0], np.arange(3, N))
    assert placebo_effect(again, shares, ~DATES)[0] != pytest.approx(calm, abs=0.05)


def test_streams_belong_to_areas_and_not_to_their_order():
    given = panel()
    parts = compare(given, np.array([0, 1]), np.arange(2, N), 10)
    shares = np.array([0.7, 0.3])
    one = together(parts, shares, [stream(1), stream(2)], draws=99)
    other = together(parts[::-1], shares[::-1], [stream(2), stream(1)], draws=99)
    assert one.draws == pytest.approx(other.draws)
    assert one.path == pytest.approx(other.path)
