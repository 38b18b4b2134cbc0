"""A solver that lies can make nothing safe that is not, and prove nothing that is false."""

from fractions import Fraction

import numpy as np
import pytest
from scipy.sparse import csr_array

from sozialraum.methods.feasibility import ContradictionError, System, Targets, search
from sozialraum.methods.feasibility.branch import Brancher
from sozialraum.methods.feasibility.certificate import certify, certify_empty, weak_bound
from sozialraum.methods.feasibility.solver import Solver, Suggestion
from sozialraum.methods.suppression import Need
from sozialraum.methods.tables import FAR


def whole(values):
    return np.array(values, dtype=np.int64)


PAIRS = whole([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
ZERO, ONE = whole([0, 0, 0]), whole([1, 1, 1])
ODD = System(csr_array(PAIRS), ZERO, ONE, ZERO, ONE, ZERO)
LIMITS = (ODD.low, ODD.high)

LIES = {
    "too much": Suggestion("optimal", np.ones(3), np.zeros(3)),
    "fractions": Suggestion("optimal", np.full(3, 0.5), np.full(3, 1e-3)),
    "nothing there": Suggestion("infeasible", None, np.array([1.0, -2.0, 3.0])),
    "no limit": Suggestion("unbounded"),
    "not a number": Suggestion("optimal", np.full(3, np.nan), np.full(3, np.nan)),
    "endless": Suggestion("optimal", np.full(3, np.inf), np.full(3, np.inf)),
    "too short": Suggestion("optimal", np.ones(2), np.ones(1)),
    "silence": Suggestion("none"),
    "wrong side": Suggestion("optimal", np.zeros(3), np.full(3, -0.5)),
}


def lying(lie):
    def maximise(*_):
        return LIES[lie]

    return maximise


def proven(certificate):
    assert certificate is not None
    return certificate


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_solver_is_never_believed(monkeypatch, lie):
    monkeypatch.setattr(Solver, "maximise", lying(lie))
    need = Need(whole([FAR, FAR]), whole([4, 2]), whole([0, 0]))
    asked = Targets(csr_array(whole([[2, 2, 2], [2, 2, 2]])), whole([0, 0]), need)
    verdicts = search(ODD, asked)
    # truly 0 to 2: the first need is not met, the second is
    assert verdicts.unmet[0] or verdicts.unresolved[0]
    assert not verdicts.unmet[1]
    assert (verdicts.low <= 0).all()
    assert (verdicts.high >= 2).all()


@pytest.mark.parametrize("lie", LIES)
def test_a_lying_solver_finds_no_false_first_solution(monkeypatch, lie):
    monkeypatch.setattr(Solver, "maximise", lying(lie))
    two = whole([2, 2, 2])
    none = System(csr_array(PAIRS), ONE, ONE, ZERO, two, whole([-1, -1, -1]))
    need = Need(whole([FAR]), whole([1]), whole([0]))
    with pytest.raises(ContradictionError):
        search(none, Targets(csr_array(whole([[1, 0, 0]])), whole([0]), need))


def test_wrong_multipliers_give_a_weak_bound():
    cost = {0: 1, 1: 1, 2: 1}
    best = weak_bound(ODD, cost, dict.fromkeys(range(3), Fraction(1, 2)), LIMITS)
    assert proven(best).bound == Fraction(3, 2)
    for share in (Fraction(-1), Fraction(0), Fraction(1, 3), Fraction(7)):
        proof = weak_bound(ODD, cost, dict.fromkeys(range(3), share), LIMITS)
        assert proven(proof).bound >= Fraction(3, 2)


def test_multipliers_are_rationalised():
    third = System(csr_array(whole([[3, -1]])), whole([-FAR]), whole([0]), *_free(2))
    limits = (third.low, third.high)
    proof = proven(certify(third, {0: 3, 1: -1}, np.array([0.99999999]), limits, claimed=0))
    assert (proof.bound, proof.rows) == (0, {0: 1})


def test_multipliers_that_are_no_simple_fractions_are_solved_for():
    # 1234577 x <= 1000003 y and y <= 7, x without limits: only one multiplier proves it
    rows = csr_array(whole([[1234577, -1000003]]))
    known = System(
        rows, whole([-FAR]), whole([0]), whole([-FAR, 0]), whole([FAR, 7]), whole([0, 0])
    )
    duals = np.array([1 / 1234577 * (1 + 1e-8)])
    proof = proven(certify(known, {0: 1}, duals, (known.low, known.high), claimed=5.0))
    assert proof.bound == Fraction(7 * 1000003, 1234577)


def _free(columns):
    nothing = np.zeros(columns, dtype=np.int64)
    return nothing, np.full(columns, FAR), nothing


def test_a_contradiction_is_proven_with_either_sign():
    none = System(csr_array(whole([[1, 1]])), whole([9]), whole([9]), *_low_high(0, 4))
    for sign in (1.0, -1.0):
        proof = proven(certify_empty(none, np.array([sign]), (none.low, none.high)))
        assert proof.bound < 0
    wide = System(csr_array(whole([[1, 1]])), whole([8]), whole([8]), *_low_high(0, 4))
    for share in (1.0, -1.0, 0.0, np.nan):
        assert certify_empty(wide, np.array([share]), (wide.low, wide.high)) is None


def _low_high(low, high):
    return whole([low] * 2), whole([high] * 2), whole([-1, -1])


def test_branching_names_what_it_rests_on():
    outcome = Brancher(ODD).more_than(ONE, 1)
    assert outcome.proven
    assert outcome.point is None
    assert outcome.rows == {0, 1, 2}


def test_everything_is_read_before_the_model_changes():
    solver = Solver(ODD)
    first = solver.maximise(np.array([1.0, 0.0, 0.0]), *LIMITS)
    assert first.values is not None
    kept = first.values.copy()
    solver.maximise(np.array([0.0, 0.0, 1.0]), *LIMITS)
    assert (first.values == kept).all()
    assert first.values[0] == 1.0
