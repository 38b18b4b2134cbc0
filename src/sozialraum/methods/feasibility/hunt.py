"""One search: its stages, and what came out of it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.feasibility import arrays
from sozialraum.methods.feasibility.box import box
from sozialraum.methods.feasibility.corner import Corner
from sozialraum.methods.feasibility.explain import Explained, Explainer, Question
from sozialraum.methods.feasibility.parts import Parts, first_solution
from sozialraum.methods.feasibility.pushes import TRIES, Pushes
from sozialraum.methods.feasibility.reduce import Reduced, reduce, rounded, sorted_entries
from sozialraum.methods.feasibility.system import (
    ContradictionError,
    EmptyError,
    Proof,
    System,
    Targets,
    Verdicts,
)
from sozialraum.methods.tables import FAR

type Notify = Callable[[int, int], None]
"""Called with how many targets are done, and how many there are."""


class Hunt:
    """One search and all that it found.

    Parameters
    ----------
    system, targets, seed
        As in :func:`search`.

    Attributes
    ----------
    jobs
        Targets with a need.
    reduced
        The system over the unknowns that remain free.
    pushes
        Values shown and bounds proven, without the known part of the targets.
    """

    def __init__(self, system: System, targets: Targets, *, seed: int = 0) -> None:
        self.targets = targets = replace(targets, matrix=sorted_entries(targets.matrix))
        self._seed = seed
        self.whole, divisor = rounded(system)
        self.jobs = np.flatnonzero(~targets.need.vacuous)
        self.reduced, parts, base, self._box = _prepared(self.whole, targets)
        self.pushes = Pushes(self.reduced, base)
        self._explainer = Explainer(self.whole, divisor, targets, self.reduced)
        self._corner = Corner(self.reduced, parts, self.pushes)
        self._retried = 0

    def run(self, *, exact: bool, workers: int = 1, notify: Notify | None = None) -> None:
        """Settle all targets with a need."""
        self.pushes.run(self.jobs, exact=exact, workers=workers, notify=notify)
        again = self.jobs
        for attempt in range(1, TRIES + 1):
            again = self.pushes.retry(again[self._open(again, exact=exact)])
            if not len(again):
                break
            self._retried += len(again)
            chance = attempt + TRIES * self._seed
            self.pushes.run(again, exact=exact, workers=workers, attempt=chance)
        for target in self.jobs[self._open(self.jobs, exact=exact)].tolist():
            self._corner.settle(target, exact=exact)

    def unmet(self) -> np.ndarray:
        """Return which targets are proven to be narrowed too far."""
        need = self.targets.need
        return ~need.vacuous & need.unmet(*self._bounds())

    def met(self) -> np.ndarray:
        """Return for which targets examples show that enough remains possible."""
        need = self.targets.need
        value = self.pushes.found.value + self.reduced.targets.offset
        return need.vacuous | ~need.unmet(value[0], value[1])

    def verdicts(self) -> Verdicts:
        """Return what was found out about every target."""
        unmet, met = self.unmet(), self.met()
        proven = self._bounds()
        low = np.where(met, self._box[0], np.maximum(self._box[0], proven[0]))
        high = np.where(met, self._box[1], np.minimum(self._box[1], proven[1]))
        proofs = self._proofs(np.flatnonzero(unmet), (low, high))
        return Verdicts(low, high, unmet, ~unmet & ~met, proofs, self._stages())

    def culprits(self, chosen: np.ndarray) -> dict[int, list[frozenset[int]]]:
        """Return sets of rows of which each must lose one before a need can be met.

        Parameters
        ----------
        chosen
            Targets that are unmet or unresolved; for the latter all rows of their part.
        """
        need, (low, high), unmet = self.targets.need, self._bounds(), self.unmet()
        result = {target: [self._part(target)] for target in chosen[~unmet[chosen]].tolist()}
        for target, told in self._explained(chosen[unmet[chosen]]).items():
            sides = []
            if low[target] > need.low[target]:
                sides.append(told[0].rows)
            if high[target] < need.high[target]:
                sides.append(told[1].rows)
            result[target] = sides or [told[0].rows | told[1].rows]
        return result

    def shown(self, chosen: np.ndarray) -> tuple[np.ndarray, csr_array]:
        """Return the first solution, and the examples of targets as differences from it."""
        base = self.reduced.constant + self.reduced.back @ self.pushes.base
        return base, self.pushes.shown(chosen)

    def _bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the bounds proven by multipliers and branches, with the known part."""
        bound, offset = self.pushes.found.bound, self.reduced.targets.offset
        low = np.where(bound[0] <= -FAR, -FAR, bound[0] + offset)
        return low, np.where(bound[1] >= FAR, FAR, bound[1] + offset)

    def _open(self, jobs: np.ndarray, *, exact: bool) -> np.ndarray:
        """Return which of some targets are neither met nor unmet with both ends known."""
        found, offset = self.pushes.found, self.reduced.targets.offset
        unmet, met = self.unmet(), self.met()
        ends = np.stack([self._box[0] - offset, self._box[1] - offset])
        known = (found.value == found.bound) | (found.value == ends)
        known |= found.state == arrays.UNBOUNDED
        settled = known.all(axis=0) | np.bool_(not exact)
        return np.flatnonzero(~met[jobs] & ~(unmet & settled)[jobs])

    def _explained(self, chosen: np.ndarray) -> dict[int, tuple["_Told", "_Told"]]:
        """Return what proves the lower and the upper bound of targets."""
        found, pushes = self.pushes.found, self.pushes
        asked = [
            Question(target, side == 1, *pushes.proof(int(found.proof[side, target])))
            for target in chosen.tolist()
            for side in (0, 1)
        ]
        answers = iter(self._explainer.explained(asked))
        return {
            target: (self._told(target, 0, next(answers)), self._told(target, 1, next(answers)))
            for target in chosen.tolist()
        }

    def _part(self, target: int) -> frozenset[int]:
        columns = csr_array(self.targets.matrix[[target]]).indices
        return frozenset(_rows_with(self.whole, columns))

    def _told(self, target: int, side: int, answer: Explained) -> "_Told":
        reason = self._corner.reasons.get((target, side))
        proven = answer if answer.bound is not None else None
        if reason is not None:
            return _Told(proven, self._explainer.support(target, *reason))
        return _Told(proven, frozenset(answer.rows[0].tolist()))

    def _proofs(self, chosen: np.ndarray, ends: tuple[np.ndarray, np.ndarray]) -> dict[int, Proof]:
        offset = self.targets.offset
        result = {}
        for target, told in self._explained(chosen).items():
            linear = all(
                abs(end) >= FAR
                if side.answer is None or side.answer.bound is None
                else side.answer.bound + offset[target] == end
                for side, end in zip(told, (ends[0][target], ends[1][target]), strict=True)
            )
            lower, upper = (side.answer for side in told)
            result[target] = Proof(
                upper=() if upper is None else upper.row_multipliers(),
                lower=() if lower is None else lower.row_multipliers(),
                upper_columns=() if upper is None else upper.column_multipliers(),
                lower_columns=() if lower is None else lower.column_multipliers(),
                rows=tuple(sorted(told[0].rows | told[1].rows)),
                linear=linear,
            )
        return result

    def _stages(self) -> dict[str, int]:
        return {
            "unknowns": self.whole.columns,
            "free": self.reduced.system.columns,
            "targets": len(self.jobs),
            "steps": self.pushes.steps,
            "retried": self._retried,
            "branched": self._corner.targets,
            "nodes": self._corner.nodes,
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """A proof of one side, None where it has no bound, and all rows it rests on."""

    answer: Explained | None
    rows: frozenset[int]


def _prepared(
    whole: System, targets: Targets
) -> tuple[Reduced, Parts, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Return the reduced system, its parts, a solution, and simple bounds of the targets."""
    try:
        simple = box(whole, targets)
        reduced = reduce(whole, targets)
        parts = Parts(reduced.system)
        return reduced, parts, first_solution(reduced.system, parts, reduced.free), simple
    except EmptyError as fault:
        rows = _rows_with(whole, fault.columns)
        raise ContradictionError(rows, proven=fault.proven) from None


def _rows_with(whole: System, columns: np.ndarray) -> tuple[int, ...]:
    """Return the rows of the parts that some columns belong to."""
    parts = Parts(whole)
    rows, _ = parts.members(parts.labels[1][columns])
    return tuple(rows.tolist())
