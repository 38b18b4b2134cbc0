"""Rounding and the cell key: bounds, no bias, sums that fit, the same change every time."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.sparse import csr_array

from sozialraum.errors import DisclosureError
from sozialraum.methods.noise import greatest_entropy, transitions
from sozialraum.methods.perturbation import (
    cell_key,
    controlled_rounding,
    random_rounding,
    record_keys,
)

KEY = b"a secret of some bytes"
quick = settings(max_examples=60, deadline=None)
counts = st.lists(st.integers(0, 60), min_size=1, max_size=25)


def names(n: int) -> list[str]:
    return [f"area{i}|sgb2|2025-12-31" for i in range(n)]


def mean_error_limit(deviation: float, n: int) -> float:
    """Return what a mean of n draws exceeds once in some ten million tries."""
    return 5.4 * deviation / np.sqrt(n)


@quick
@given(counts, st.integers(2, 12))
def test_random_rounding_gives_a_neighbouring_multiple(values, base):
    found = random_rounding(np.array(values), base, names(len(values)), KEY)
    assert (found.values % base == 0).all()
    assert (np.abs(found.values - values) < base).all()
    assert (found.values >= 0).all()
    whole = np.array(values) % base == 0
    assert (found.values == values)[whole].all()
    assert found.statement == {"kind": "rounded", "base": base, "method": "random"}


@pytest.mark.parametrize(("count", "base"), [(1, 3), (2, 3), (1, 5), (7, 5), (13, 10)])
def test_random_rounding_has_no_bias(count, base):
    n = 20_000
    found = random_rounding(np.full(n, count), base, names(n), KEY)
    rest = count % base / base
    spread = base * np.sqrt(rest * (1 - rest))
    assert abs(found.values.mean() - count) < mean_error_limit(spread, n)
    assert found.values.std() == pytest.approx(spread, rel=0.05)


@quick
@given(counts, st.randoms(use_true_random=False))
def test_a_cell_is_rounded_the_same_in_every_order(values, chance):
    cells = names(len(values))
    order = list(range(len(values)))
    chance.shuffle(order)
    straight = random_rounding(np.array(values), 5, cells, KEY).values
    shuffled = random_rounding(np.array(values)[order], 5, [cells[i] for i in order], KEY).values
    assert (straight[order] == shuffled).all()


def test_the_key_and_the_cell_decide():
    values, cells = np.full(200, 7), names(200)
    one = random_rounding(values, 5, cells, KEY).values
    assert (one != random_rounding(values, 5, cells, KEY + b"2").values).any()
    assert (one != random_rounding(values, 5, [c + "x" for c in cells], KEY).values).any()


def test_hashes_do_not_hang_on_the_process():
    statement = (
        "from sozialraum.methods.perturbation import record_keys;"
        f"print(record_keys(['a', 'b'], {KEY!r}).tolist())"
    )
    done = [
        subprocess.run(
            [sys.executable, "-c", statement],
            env={"PYTHONHASHSEED": seed, "PATH": ""},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert done[0] == done[1] == f"{record_keys(['a', 'b'], KEY).tolist()}\n"


def test_keys_that_can_be_tried_out_and_bases_that_do_nothing_are_refused():
    with pytest.raises(DisclosureError, match="16"):
        random_rounding(np.array([1]), 5, ["a"], b"short")
    with pytest.raises(DisclosureError, match="base"):
        random_rounding(np.array([1]), 1, ["a"], KEY)
    long = record_keys(["a"], b"x" * 200)
    assert long[0] != record_keys(["a"], b"y" * 200)[0]


@st.composite
def two_ways(draw):
    rows, columns = draw(st.integers(1, 5)), draw(st.integers(1, 5))
    cells = draw(st.lists(st.integers(0, 30), min_size=rows * columns, max_size=rows * columns))
    grid = np.arange(rows * columns).reshape(rows, columns)
    sums = [*grid, *grid.T, grid.ravel()]
    matrix = np.zeros((len(sums), grid.size), dtype=int)
    for i, parts in enumerate(sums):
        matrix[i, parts] = 1
    return np.array(cells), csr_array(matrix)


@quick
@given(two_ways(), st.integers(2, 10))
def test_controlled_rounding_adds_up_in_a_two_way_table(table, base):
    values, sums = table
    found = controlled_rounding(values, sums, base, names(len(values)), KEY)
    assert found.statement == {"kind": "rounded", "base": base, "method": "random"}
    for shown, true in ((found.values, values), (sums @ found.values, sums @ values)):
        assert (shown % base == 0).all()
        assert (np.abs(shown - true) < base).all()
        assert (shown == true)[true % base == 0].all()


@quick
@given(two_ways(), st.randoms(use_true_random=False))
def test_controlled_rounding_does_not_hang_on_the_order(table, chance):
    values, sums = table
    cells, order = names(len(values)), list(range(len(values)))
    rows = list(range(sums.shape[0]))
    chance.shuffle(order)
    chance.shuffle(rows)
    straight = controlled_rounding(values, sums, 5, cells, KEY).values
    mixed = csr_array(sums.toarray()[np.ix_(rows, order)])
    shuffled = controlled_rounding(values[order], mixed, 5, [cells[i] for i in order], KEY).values
    assert (straight[order] == shuffled).all()


def test_controlled_rounding_is_nearly_without_bias():
    sums = csr_array(np.array([[1, 1, 0, 0], [0, 0, 1, 1], [1, 0, 1, 0], [0, 1, 0, 1]]))
    values = np.array([1, 7, 12, 3])
    tried = 1_500
    found = np.array(
        [
            controlled_rounding(values, sums, 5, [f"{c}{t}" for c in "abcd"], KEY).values
            for t in range(tried)
        ]
    )
    assert np.abs(found.mean(axis=0) - values).max() < 0.75


def test_controlled_rounding_without_a_solution_says_how_far_it_is_off():
    # three pairs of three parts of 1, base 2: no two may be equal, which three cannot be
    sums = csr_array(np.array([[1, 1, 0], [0, 1, 1], [1, 0, 1]]))
    values = np.ones(3, dtype=int)
    found = controlled_rounding(values, sums, 2, ["a", "b", "c"], KEY)
    assert found.statement == {"kind": "perturbed", "max_dev": 3}
    off = np.abs(sums @ found.values - 2)
    assert (np.abs(found.values - values) == 1).all()
    assert off.max() == 2


def test_controlled_rounding_of_parts_alone_is_random_rounding():
    values, cells = np.arange(40), names(40)
    none = csr_array((0, 40), dtype=np.int64)
    assert (
        controlled_rounding(values, none, 5, cells, KEY).values
        == random_rounding(values, 5, cells, KEY).values
    ).all()


PARAMETERS = [(1, 0.5, 0), (2, 1.0, 0), (3, 2.0, 0), (3, 2.0, 2), (2, 1.5, 2), (5, 3.0, 1)]


@pytest.mark.parametrize(("limit", "variance", "js"), PARAMETERS)
def test_noise_has_no_bias_and_stays_in_its_bounds(limit, variance, js):
    steps = np.arange(-limit, limit + 1)
    rows = transitions(limit, variance, js)
    assert len(rows) == limit + js + 2
    for count, row in enumerate(rows):
        assert row.min() >= 0
        assert row.sum() == pytest.approx(1, abs=1e-12)
        assert row @ steps == pytest.approx(0, abs=1e-9)
        target = count + steps
        assert (row[(target < 0) | ((target > 0) & (target <= js))] == 0).all()
    assert rows[0][limit] == 1
    assert rows[-1] @ steps**2 == pytest.approx(variance, abs=1e-9)
    assert rows[-1][::-1] == pytest.approx(rows[-1], abs=1e-9)


@pytest.mark.parametrize(
    ("steps", "variance"),
    [([-2, -1, 0, 1, 2], 1.0), ([-1, 0, 1, 2, 3], 2.0), ([-3, 1, 2], 3.5), ([-1, 2, 3], 2.2)],
)
def test_noise_is_that_of_greatest_entropy(steps, variance):
    d = np.array(steps)
    found = greatest_entropy(d, variance)

    def information(p):
        return float(np.sum(p * np.log(np.maximum(p, 1e-300))))

    needed = [
        {"type": "eq", "fun": lambda p: p.sum() - 1},
        {"type": "eq", "fun": lambda p: p @ d},
        {"type": "eq", "fun": lambda p: p @ d**2 - variance},
    ]
    other = minimize(
        information,
        np.full(len(d), 1 / len(d)),
        bounds=[(1e-9, 1)] * len(d),
        constraints=needed,
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 500},
    )
    assert other.success
    assert found == pytest.approx(other.x, abs=1e-4)
    assert information(found) <= information(other.x) + 1e-8


def test_a_variance_out_of_reach_becomes_the_nearest():
    d = np.array([-1, 2, 3])
    assert greatest_entropy(d, 0.5) @ d**2 == pytest.approx(2)
    assert greatest_entropy(d, 9.0) @ d**2 == pytest.approx(3)
    assert greatest_entropy(np.array([-1, 0, 1]), 0.0).tolist() == [0, 1, 0]


def membership(sets: list[list[int]], units: int) -> csr_array:
    matrix = np.zeros((len(sets), units), dtype=int)
    for i, members in enumerate(sets):
        matrix[i, members] = 1
    return csr_array(matrix)


@quick
@given(st.lists(st.integers(0, 40), min_size=30, max_size=30), st.sampled_from(PARAMETERS))
def test_the_cell_key_keeps_zeros_and_bounds(values, parameters):
    limit, variance, js = parameters
    keys = record_keys(names(30), KEY)
    true = np.array(values)
    options = {"max_deviation": limit, "variance": variance, "js": js}
    found = cell_key(true, csr_array(np.eye(30, dtype=int)), keys, **options)
    assert (np.abs(found.values - true) <= limit).all()
    assert (found.values[true == 0] == 0).all()
    assert (found.values >= 0).all()
    assert not ((found.values > 0) & (found.values <= js)).any()
    assert found.statement == {"kind": "perturbed", "max_dev": limit}


@pytest.mark.parametrize("count", [1, 2, 3, 40])
def test_the_cell_key_has_no_bias(count):
    n = 20_000
    keys = record_keys(names(n), KEY)
    one = csr_array((np.ones(n), (np.arange(n), np.arange(n))), shape=(n, n), dtype=int)
    found = cell_key(np.full(n, count), one, keys, max_deviation=3, variance=2.0, js=2)
    assert abs(found.values.mean() - count) < mean_error_limit(found.values.std(), n)
    share = np.bincount(found.values - count + 3, minlength=7) / n
    row = transitions(3, 2.0, 2)[min(count, 6)]
    assert np.abs(share - row).max() < 0.02


@quick
@given(st.lists(st.integers(0, 19), min_size=1, max_size=8, unique=True), st.integers(1, 99))
def test_the_same_set_of_units_gets_the_same_noise_everywhere(members, count):
    units = names(20)
    keys = record_keys(units, KEY)
    options = {"max_deviation": 4, "variance": 3.0}
    alone = cell_key(np.array([count]), membership([members], 20), keys, **options).values[0]
    among = membership([[0, 1], members, [2]], 20)
    table = cell_key(np.array([9, count, 5]), among, keys, **options).values
    assert table[1] == alone
    back = membership([[19 - m for m in members]], 20)
    reverse = cell_key(np.array([count]), back, record_keys(units[::-1], KEY), **options)
    assert reverse.values[0] == alone


def test_another_set_of_units_gets_other_noise():
    keys = record_keys(names(300), KEY)
    rows = membership([[i, i + 1] for i in range(299)], 300)
    found = cell_key(np.full(299, 50), rows, keys, max_deviation=3, variance=2.0)
    assert set(np.unique(found.values)) == set(range(47, 54))


@pytest.mark.parametrize(
    "wrong",
    [
        {"max_deviation": 0, "variance": 1.0},
        {"max_deviation": 2, "variance": 4.0},
        {"max_deviation": 2, "variance": 1.0, "js": 3},
    ],
)
def test_settings_that_make_no_noise_are_refused(wrong):
    with pytest.raises(DisclosureError, match="max_deviation"):
        cell_key(np.array([1]), membership([[0]], 1), record_keys(["a"], KEY), **wrong)
