"""Linear programmes whose answers are checked in whole numbers."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from sozialraum.methods import witnesses
from sozialraum.methods.suppression import Need
from sozialraum.methods.tables import FAR
from sozialraum.methods.witnesses import Rules, Targets, components, witness_ranges


def rules(matrix, low, high, most, *, marked=None, truth=None):
    matrix = csr_array(np.array(matrix, dtype=np.int64))
    most = np.array(most, dtype=np.int64)
    least = np.zeros_like(most)
    known = (least, most) if marked is None else (np.array(marked[0]), np.array(marked[1]))
    return Rules(
        matrix,
        np.array(low, dtype=np.int64),
        np.array(high, dtype=np.int64),
        *known,
        least,
        most,
        truth=np.full(len(most), -1) if truth is None else np.array(truth),
    )


def targets(matrix, need, *, relaxed=None, offset=0):
    matrix = csr_array(np.array(matrix, dtype=np.int64))
    none = csr_array(matrix.shape, dtype=np.int64)
    count = matrix.shape[0]
    sides = [np.full(count, side) for side in need]
    loose = none if relaxed is None else csr_array(np.array(relaxed, dtype=np.int64))
    return Targets(matrix, np.full(count, offset), Need(*sides), loose)


EVERYTHING = (0, FAR - 1, 0)  # lower limit 0, an upper limit that is never reached


def test_ranges_are_those_of_the_rules():
    found = witness_ranges(
        rules([[1, 1, 0], [0, 1, 1]], [9, 4], [9, 4], [5, 7, 9]),
        targets(np.eye(3), EVERYTHING),
    )
    assert found.low.tolist() == [5, 4, 0]
    assert found.high.tolist() == [5, 4, 0]


def test_the_search_ends_when_the_need_is_met():
    system = rules([[1, 1]], [9], [9], [9, 9], truth=[4, 5])
    assert witness_ranges(system, targets(np.eye(2), (5, 4, 0))).solved == 0
    assert witness_ranges(system, targets(np.eye(2), (0, 9, 9))).solved > 0


def test_independent_parts_share_a_programme():
    many = rules(np.kron(np.eye(30), [[1, 1]]), [9] * 30, [9] * 30, [9] * 60)
    found = witness_ranges(many, targets(np.eye(60), (0, 9, 9)))
    assert (found.low == 0).all()
    assert (found.high == 9).all()
    assert found.solved <= 4


def test_a_fraction_is_no_witness():
    # x + y and x - y are both odd sums of a half: 2x = 5 has no whole solution
    found = witness_ranges(
        rules([[1, 1], [1, -1]], [5, 0], [5, 0], [9, 9]), targets(np.eye(2), (0, 1, 0))
    )
    assert (found.low > found.high).all()


def test_contradictions_spoil_only_their_own_part():
    matrix = [[1, 1, 0, 0], [0, 0, 1, 1]]
    found = witness_ranges(
        rules(matrix, [99, 9], [99, 9], [9, 9, 9, 9]), targets(np.eye(4), (0, 9, 9))
    )
    assert (found.low[:2] > found.high[:2]).all()
    assert (found.low[2:] == 0).all()
    assert (found.high[2:] == 9).all()


def test_a_mark_is_left_aside_only_for_its_own_target():
    system = rules([[1, 1]], [15], [15], [50, 50], marked=([1, 0], [9, 50]))
    need = (0, 15, 15)
    with_mark = witness_ranges(system, targets(np.eye(2), need))
    assert with_mark.low.tolist() == [1, 6]
    assert with_mark.high.tolist() == [9, 14]
    without = witness_ranges(system, targets(np.eye(2), need, relaxed=[[1, 0], [0, 0]]))
    assert without.low.tolist() == [0, 6]
    assert without.high.tolist() == [15, 14]


def test_a_wrong_answer_of_the_solver_shows_nothing(monkeypatch):
    class Liar:
        def __init__(self, *_args, **_options):
            pass

        def maximise(self, cost, *_rest):
            return np.full(len(cost), 7.0)

    monkeypatch.setattr(witnesses, "Programme", Liar)
    found = witness_ranges(rules([[1, 1]], [9], [9], [9, 9]), targets(np.eye(2), (0, 9, 9)))
    assert (found.low > found.high).all()


def test_targets_join_the_parts_they_sum_over():
    system = rules([[1, 1, 0, 0], [0, 0, 1, 1]], [9, 9], [9, 9], [9] * 4)
    column, row, target = components(system, targets([[1, 0, 1, 0]], EVERYTHING))
    assert len({*column, *row, *target}) == 1


@pytest.mark.parametrize("offset", [0, 3])
def test_offsets_are_added(offset):
    system = rules([[1, 1]], [4], [4], [9, 9])
    found = witness_ranges(system, targets([[1, 0]], EVERYTHING, offset=offset))
    assert (found.low[0], found.high[0]) == (offset, 4 + offset)
