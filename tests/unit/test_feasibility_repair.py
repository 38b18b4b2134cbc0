import numpy as np
import pytest
from scipy.sparse import csr_array

from sozialraum.methods.feasibility import System, Targets, repair, search
from sozialraum.methods.suppression import Need
from sozialraum.methods.tables import FAR


def whole(values):
    return np.array(values, dtype=np.int64)


def table(rows, columns):
    """Return a table of which all sums and all cells but (0, 0) are shown."""
    cells = rows * columns
    truth = whole([2, *range(7, 6 + cells)])
    place = np.arange(cells).reshape(rows, columns)
    sums = [np.isin(place, line).ravel() for line in (*place, *place.T)]
    shown = [np.arange(cells) == cell for cell in range(1, cells)]
    matrix = np.array([*sums, *shown]).astype(np.int64)
    value = matrix @ truth
    system = System(csr_array(matrix), value, value, whole([0] * cells), whole([99] * cells), truth)
    need = Need(whole([FAR]), whole([3]), whole([2]))
    first = Targets(csr_array(whole([[1] + [0] * (cells - 1)])), whole([0]), need)
    return system, first, rows + columns


def test_the_cheapest_rectangle_is_hidden():
    system, first, sums = table(3, 3)
    cost = np.concatenate([np.full(sums, np.inf), system.truth[1:].astype(float)])
    result = repair(system, first, cost)
    assert not result.stuck
    assert not result.verdicts.unmet.any()
    hidden = np.flatnonzero(result.hidden) - sums + 1
    assert hidden.tolist() == [1, 3, 4]


def test_groups_are_hidden_together():
    system, first, sums = table(2, 2)
    groups = whole([-1] * sums + [0, 0, 0])
    result = repair(system, first, np.array([1.0]), groups=groups)
    assert result.hidden.tolist() == [True]
    assert not result.stuck


def test_what_cannot_be_helped_is_said():
    system, first, sums = table(2, 2)
    cost = np.full(system.rows, np.inf)
    cost[sums] = 1.0
    result = repair(system, first, cost)
    assert result.stuck == (0,)
    assert not result.hidden.any()
    assert result.verdicts.unmet[0]


def test_nothing_is_hidden_where_all_needs_are_met():
    known = System(
        csr_array(whole([[1, 1]])),
        whole([9]),
        whole([9]),
        whole([0, 0]),
        whole([9, 9]),
        whole([2, 7]),
    )
    need = Need(whole([FAR]), whole([3]), whole([2]))
    asked = Targets(csr_array(whole([[1, 0]])), whole([0]), need)
    assert not repair(known, asked, np.array([1.0])).hidden.any()


def test_what_was_hidden_without_need_is_shown_again():
    # proofs of the two targets share no row at first; hiding the dear one helps both
    system, _, sums = table(3, 3)
    both = Targets(
        csr_array(whole([[1, 0, 0, 0, 0, 0, 0, 0, 0], [1, 1, 0, 0, 0, 0, 0, 0, 0]])),
        whole([0, 0]),
        Need(whole([FAR, FAR]), whole([3, 11]), whole([2, 2])),
    )
    cost = np.concatenate([np.full(sums, np.inf), np.ones(system.rows - sums)])
    result = repair(system, both, cost)
    assert not result.stuck
    for group in np.flatnonzero(result.hidden):
        fewer = result.hidden.copy()
        fewer[group] = False
        assert search(system.without(fewer), both).unmet.any()


def test_ties_go_to_the_smaller_number_and_order_of_targets_is_irrelevant():
    system, first, sums = table(3, 3)
    cost = np.concatenate([np.full(sums, np.inf), np.ones(system.rows - sums)])
    once, again = repair(system, first, cost), repair(system, first, cost, seed=4)
    assert (once.hidden == again.hidden).all()


@pytest.mark.parametrize("cost", [[0.0], [-1.0], [np.nan]])
def test_hiding_must_cost_something(cost):
    system, first, _ = table(2, 2)
    with pytest.raises(ValueError, match="cost"):
        repair(system, first, np.array(cost * system.rows))


def test_costs_and_groups_must_fit():
    system, first, _ = table(2, 2)
    with pytest.raises(ValueError, match="do not fit"):
        repair(system, first, np.ones(1))
