import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from sozialraum.methods.feasibility import ContradictionError, System, Targets, search
from sozialraum.methods.feasibility.box import box
from sozialraum.methods.feasibility.branch import fulfils
from sozialraum.methods.feasibility.propagate import propagate
from sozialraum.methods.feasibility.reduce import reduce, rounded
from sozialraum.methods.suppression import Need
from sozialraum.methods.tables import FAR


def whole(values):
    return np.array(values, dtype=np.int64)


def system(rows, ends, high, truth, low=None):
    columns = len(high)
    low = [0] * columns if low is None else low
    ends = whole(ends).reshape(-1, 2)
    table = csr_array(whole(rows).reshape(-1, columns))
    return System(table, ends[:, 0], ends[:, 1], whole(low), whole(high), whole(truth))


def targets(rows, needs, offset=None, **wide):
    low, high, width = whole(needs).reshape(-1, 3).T
    table = csr_array(whole(rows))
    offset = whole([0] * len(low) if offset is None else offset)
    return Targets(table, offset, Need(low, high, width), **wide)


NOTHING = (FAR, 0, 0)
ODD = system([[1, 1, 0], [0, 1, 1], [1, 0, 1]], [(0, 1)] * 3, [1, 1, 1], [1, 0, 0])
"""Pairs of which at most one is there: fractions reach 3/2, whole numbers 1."""


def test_a_difference_of_sums_is_found_and_explained():
    known = system([[1, 1, 1], [1, 1, 0]], [(9, 9), (7, 7)], [FAR] * 3, [3, 4, 2])
    verdicts = search(known, targets([[0, 0, 1]], [(FAR, 3, 2)]))
    assert (verdicts.low, verdicts.high, verdicts.unmet) == ([2], [2], [True])
    proof = verdicts.proofs[0]
    assert [(row, int(share)) for row, share in proof.upper] == [(0, 1), (1, -1)]
    assert proof.lower == proof.upper
    assert proof.linear
    assert proof.rows == (0, 1)


def test_a_need_that_is_met_has_no_proof():
    known = system([[1, 1]], [(9, 9)], [9, 9], [2, 7])
    verdicts = search(known, targets([[1, 0]], [(FAR, 3, 2)]))
    assert not verdicts.unmet[0]
    assert not verdicts.unresolved[0]
    assert not verdicts.proofs


def test_targets_without_need_cost_nothing():
    known = system([[1, 1]], [(9, 9)], [4, 9], [2, 7])
    verdicts = search(known, targets([[1, 0], [0, 1]], [NOTHING, NOTHING]))
    assert verdicts.stages["targets"] == verdicts.stages["steps"] == 0
    assert verdicts.low.tolist() == [0, 5]
    assert verdicts.high.tolist() == [4, 9]


def test_what_only_whole_numbers_reveal():
    verdicts = search(ODD, targets([[1, 1, 1]], [(FAR, 2, 0)]))
    assert verdicts.unmet[0]
    assert (verdicts.low[0], verdicts.high[0]) == (0, 1)
    assert verdicts.proofs[0].rows == (0, 1, 2)


def test_branches_settle_what_multipliers_alone_do_not():
    # 6 x + 10 y + 15 z = 31 has no common divisor, and one solution: 1, 1, 1
    known = system([[6, 10, 15]], [(31, 31)], [9, 9, 9], [-1, -1, -1])
    verdicts = search(known, targets([[1, 0, 0], [0, 0, 1]], [(FAR, 1, 1), (0, 0, 1)]))
    assert verdicts.unmet.tolist() == [True, True]
    assert not verdicts.unresolved.any()
    assert verdicts.low.tolist() == verdicts.high.tolist() == [1, 1]
    assert not verdicts.proofs[0].linear
    assert verdicts.proofs[0].rows == (0,)


def test_too_many_branches_leave_a_target_unresolved(monkeypatch):
    from sozialraum.methods.feasibility import branch

    monkeypatch.setattr(branch, "NODES", 0)
    verdicts = search(ODD, targets([[2, 2, 2]], [(FAR, 3, 0)]))
    assert verdicts.unresolved.tolist() == [True]
    assert not verdicts.unmet[0]


def test_rates_are_rounded_to_whole_numbers():
    rate = system([[100, 100]], [(920, 1000)], [FAR, FAR], [4, 6])
    same, divisor = rounded(rate)
    assert divisor.tolist() == [100]
    assert (same.row_low[0], same.row_high[0]) == (10, 10)
    verdicts = search(rate, targets([[1, 1]], [(FAR, 0, 1)]))
    assert (verdicts.low[0], verdicts.high[0]) == (10, 10)
    assert verdicts.proofs[0].upper[0][1] * 100 == 1


def test_no_upper_limit_is_said_to_be_none():
    known = system([[1, -1]], [(0, FAR)], [FAR, FAR], [5, 2])
    verdicts = search(known, targets([[1, 0], [0, 1]], [(FAR, 900, 0), (FAR, 9, 0)]))
    assert not verdicts.unmet.any()
    assert verdicts.high.tolist() == [FAR, FAR]
    narrow = search(known, targets([[1, 0]], [(-1, 0, 0)]))
    assert narrow.unmet[0]
    assert (narrow.low[0], narrow.high[0]) == (0, FAR)


def test_the_rest_of_a_universe_is_a_target_too():
    known = system([[1, 1]], [(7, 7)], [5, 5], [5, 2])
    rest = targets([[-1, 0]], [(FAR, 4, 0)], offset=[5])
    verdicts = search(known, rest)
    assert (verdicts.low[0], verdicts.high[0], verdicts.unmet[0]) == (0, 3, True)


@pytest.mark.parametrize("solved", [0, 1])
def test_a_relaxed_target_leaves_the_marks_of_its_own_columns_aside(solved):
    # column 0 is marked as 1 or 2; whether it is solved for or stays free
    known = system([[1, 1]], [(9, 9)], [2, 9], [2, 7], low=[1, 0])
    order = [1, 0] if solved else [0, 1]
    known = System(
        csr_array(known.matrix[:, order]),
        known.row_low,
        known.row_high,
        known.low[order],
        known.high[order],
        known.truth[order],
    )
    own = whole([[1, 0], [1, 0]])[:, order]
    marks = csr_array(whole([[1, 0], [0, 0]])[:, order])
    wide = {"free_low": whole([0, 0]), "free_high": whole([9, 9])}
    verdicts = search(known, targets(own, [(0, 9, 9)] * 2, relaxed=marks, **wide))
    assert verdicts.unmet.tolist() == [False, True]
    assert (verdicts.low[1], verdicts.high[1]) == (1, 2)


@pytest.mark.parametrize("most", [2, 3])
def test_a_proof_names_what_narrows_a_column(most):
    # the mark says at most 2, a row at most 2 or 3: without the mark it is the row that counts
    known = system([[1, 0]], [(-FAR, most)], [2, 4], [1, 3])
    wide = {"free_low": whole([0, 0]), "free_high": whole([9, 4])}
    marks = csr_array(whole([[1, 0], [0, 0]]))
    verdicts = search(known, targets([[1, 0]] * 2, [(FAR, 5, 0)] * 2, relaxed=marks, **wide))
    assert verdicts.unmet.all()
    assert verdicts.high.tolist() == [most, 2]
    assert [verdicts.proofs[target].rows for target in (0, 1)] == [(0,), ()]
    assert all(proof.linear for proof in verdicts.proofs.values())


def test_without_truth_a_first_solution_is_found():
    known = system([[1, 1], [0, 1]], [(9, 9), (4, 6)], [9, 9], [-1, -1])
    verdicts = search(known, targets([[1, 0]], [(FAR, 6, 0)]))
    assert (verdicts.low[0], verdicts.high[0], verdicts.unmet[0]) == (3, 5, True)


def test_a_wrong_truth_narrows_nothing():
    known = system([[1, 1]], [(9, 9)], [9, 9], [1, 1])
    assert not search(known, targets([[1, 0]], [(0, 9, 9)])).unmet[0]


@pytest.mark.parametrize(
    ("rows", "ends", "rest"),
    [
        ([[1, 1, 0], [1, 1, 0], [0, 0, 1]], [(9, 9), (8, 8), (2, 2)], (0, 1)),
        ([[1, 0, 0], [0, 0, 1]], [(99, 99), (2, 2)], (0,)),
        ([[1, 1, 0], [1, -1, 0], [0, 0, 1]], [(3, 3), (0, 0), (2, 2)], (0, 1)),
    ],
)
def test_contradictory_statements_are_named(rows, ends, rest):
    known = system(rows, ends, [9, 9, 9], [-1, -1, -1])
    with pytest.raises(ContradictionError) as caught:
        search(known, targets([[1, 0, 0]], [(FAR, 3, 0)]))
    assert caught.value.rows == rest
    assert caught.value.proven


def test_sums_that_could_overflow_are_never_trusted():
    huge = 2**39
    known = system([[huge, huge]], [(-FAR, FAR - 1)], [2**38, 2**38], [0, 0])
    assert not fulfils(known, whole([2**38, 2**38]))
    low, high, broken = propagate(known)
    assert broken < 0
    assert (low.tolist(), high.tolist()) == ([0, 0], [1, 1])
    verdicts = search(known, targets([[1, 0]], [(FAR, 2**37, 0)]))
    assert verdicts.unmet[0] or verdicts.unresolved[0]
    far = system([[2**61, 2**61]], [(0, FAR - 1)], [FAR - 1, FAR - 1], [2**39, 2**39])
    with pytest.raises(ContradictionError):
        search(System(far.matrix, far.row_low + 1, *_rest(far)), targets([[1, 0]], [(FAR, 1, 0)]))


def _rest(known):
    return known.row_high, known.low, known.high, known.truth


def test_propagation_passes_limits_on():
    chain = system([[1, -1, 0], [0, 1, -1]], [(0, 0), (0, 0)], [9, 9, 4], [0, 0, 0])
    assert propagate(chain)[1].tolist() == [4, 4, 4]
    assert box(chain, targets([[1, 1, -1]], [NOTHING]))[1].tolist() == [8]


def test_the_reduced_system_has_the_same_solutions():
    known = system([[1, 1, 1, 0], [0, 1, 0, 1]], [(9, 9), (5, 5)], [9] * 4, [3, 2, 4, 3])
    smaller = reduce(known, targets([[1, 0, 0, 0]], [NOTHING]))
    assert smaller.system.columns == 2
    back = smaller.constant + smaller.back @ smaller.system.truth
    assert back.tolist() == [3, 2, 4, 3]
    assert (known.matrix[smaller.solved] @ smaller.back).toarray().any() == np.False_


def test_input_is_checked():
    one = whole([1])
    with pytest.raises(ValueError, match="row limits"):
        System(csr_array(whole([[1]])), whole([1, 2]), one, one, one, one)
    with pytest.raises(TypeError, match="int64"):
        System(csr_array([[1.0]]), one, one, one, one, one)
    with pytest.raises(ValueError, match="free_low"):
        targets([[1]], [NOTHING], relaxed=csr_array(whole([[1]])))


def test_input_is_not_modified():
    table = csr_array((whole([1, 1, 1]), whole([2, 0, 1]), whole([0, 3])), shape=(1, 3))
    known = System(table, whole([9]), whole([9]), whole([0] * 3), whole([9] * 3), whole([2, 3, 4]))
    asked = targets([[1, 0, 0]], [(FAR, 3, 0)])
    search(known, asked)
    assert table.indices.tolist() == [2, 0, 1]


def test_progress_is_told():
    told = []
    known = system([[1, 1]], [(9, 9)], [9, 9], [2, 7])
    search(
        known,
        targets([[1, 0]], [(FAR, 3, 2)]),
        notify=lambda done, total: told.append((done, total)),
    )
    assert told[-1] == (1, 1)


def town(seed=3, places=40):
    """Return overlapping sums over many unknowns, some left out."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 6, places)
    place = np.arange(places)
    lines = [place // size == part for size in (3, 4, 7) for part in range(places // size)]
    lines = whole(lines)[rng.permutation(len(lines))[:24]]
    sums = lines @ truth
    known = system(lines, np.stack([sums, sums], axis=1), [12] * places, truth)
    needs = np.stack([np.full(places, FAR), truth + 2, np.full(places, 3)], axis=1)
    return known, targets(np.eye(places), needs)


def test_order_workers_and_seed_do_not_matter():
    known, asked = town()
    first = search(known, asked)
    assert 0 < first.unmet.sum() < len(asked)
    rng = np.random.default_rng(1)
    rows, columns, order = (rng.permutation(n) for n in (known.rows, known.columns, len(asked)))
    mixed = System(
        csr_array(known.matrix[rows][:, columns]),
        known.row_low[rows],
        known.row_high[rows],
        known.low[columns],
        known.high[columns],
        known.truth[columns],
    )
    need = Need(asked.need.low[order], asked.need.high[order], asked.need.width[order])
    again = Targets(csr_array(asked.matrix[order][:, columns]), asked.offset[order], need)
    others = [(search(mixed, again), order), (search(known, asked, seed=5, workers=2), slice(None))]
    for other, taken in others:
        for name in ("low", "high", "unmet", "unresolved"):
            assert (getattr(other, name) == getattr(first, name)[taken]).all()


def test_many_targets_share_out_among_threads():
    known, asked = town()
    many = np.tile(np.arange(40), 8)
    need = Need(asked.need.low[many], asked.need.high[many], asked.need.width[many])
    plenty = Targets(csr_array(asked.matrix[many]), asked.offset[many], need)
    alone, shared = search(known, plenty), search(known, plenty, workers=3)
    assert (alone.low == shared.low).all()
    assert (alone.high == shared.high).all()
    assert alone.proofs.keys() == shared.proofs.keys()


PROGRAM = """
import sys; sys.path.insert(0, {folder!r})
from test_feasibility import town
from sozialraum.methods.feasibility import search
known, asked = town()
verdicts = search(known, asked)
print(verdicts.low.tolist(), verdicts.high.tolist(), verdicts.unmet.tolist(), verdicts.proofs)
"""


def test_hash_seeds_do_not_matter():
    program = PROGRAM.format(folder=str(Path(__file__).parent))
    answers = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
    assert "True" in answers.pop()
