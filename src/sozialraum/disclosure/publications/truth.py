"""What is true of sets of pieces, and whether the truth makes them protected."""

from collections.abc import Callable

import numpy as np

from sozialraum.disclosure.publications.frame import Frame
from sozialraum.disclosure.publications.halo import Kind
from sozialraum.disclosure.publications.judge import NO_UNIVERSE, Facts, protected
from sozialraum.methods.tables import FAR
from sozialraum.model.publication import Publication


class Truth:
    """True sums of the protected variables over sets of pieces, and what is protected."""

    def __init__(self, publication: Publication, frame: Frame) -> None:
        self.rule = publication.rule
        self.variables = [frame.variables[name] for name in self.rule.sensitive]
        above = [publication.variables[name].subset_of for name in self.rule.sensitive]
        self.universes = np.array(
            [frame.variables.get(name, NO_UNIVERSE) for name in above], dtype=np.int64
        )
        self.values = np.maximum(frame.value, 0)
        self.unknown = (frame.value < 0).astype(np.int64)

    def sums(self, apply: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Return (4, variables, sets): cases, universe, and how much of each is unknown."""
        rows = []
        for variable, universe in zip(self.variables, self.universes, strict=True):
            count, hole = apply(self.values[variable]), apply(self.unknown[variable])
            none = np.zeros_like(count)
            base = none + NO_UNIVERSE if universe < 0 else apply(self.values[universe])
            lost = none if universe < 0 else apply(self.unknown[universe])
            rows.append(np.stack([count, base, hole, lost]))
        if not rows:
            sets = len(apply(np.zeros(self.values.shape[1], dtype=np.int64)))
            return np.zeros((4, 0, sets), dtype=np.int64)
        return np.stack(rows, axis=1)

    def facts(self, sums: np.ndarray) -> Facts:
        """Return the facts behind such sums."""
        count, base, hole, lost = sums
        return Facts(np.where(hole > 0, -1, count), np.where(lost > 0, FAR, base))

    def kinds(
        self, nothing: np.ndarray | None = None, free: np.ndarray | None = None
    ) -> list[Kind]:
        """Return what must be small for a set to be protected, whatever else it holds.

        Parameters
        ----------
        nothing
            (variables, pieces) True where everybody knows that a count is 0.
        free
            (variables, pieces) True where a count may be so large that no leak is left.
        """
        rule, found = self.rule, []
        for variable, universe in zip(self.variables, self.universes, strict=True):
            count = self.values[variable]
            never = np.zeros(len(count), dtype=bool)
            dull = never if nothing is None else nothing[variable]
            sure = not self.unknown[variable].any()
            least = 1 if sure and not rule.zero_sensitive else 0
            wide = None if free is None else free[variable]
            found.append(Kind(count, least, rule.k - 1, dull, wide))
            if universe < 0:
                continue
            base = self.values[universe]
            if rule.complement or rule.all_sensitive:
                found.append(Kind(np.maximum(base - count, 0), 0, rule.k - 1, never))
            if rule.min_population:
                found.append(Kind(base, 1, rule.min_population - 1, never))
        return found

    def protected(self, sums: np.ndarray) -> np.ndarray:
        """Return (variables, sets) True where a set is protected."""
        return protected(self.rule, self.facts(sums))
