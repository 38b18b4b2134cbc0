"""The audit over all geographies, dates and earlier publications at once, and its repair.

Within one hierarchy sums form a tree, and closed forms decide. As soon as geographies
overlap, or something is public already, differences of areas tell more; then everything
becomes one system of unknown counts, and proofs decide.
"""

from dataclasses import dataclass, replace

import numpy as np

from sozialraum.disclosure.joint.asked import Aim, aims_together, first_aims, gap_aims, joined
from sozialraum.disclosure.joint.ground import Ground
from sozialraum.disclosure.joint.known import MARKS, OWN, Public, Rows, joint_rows
from sozialraum.disclosure.links import Links
from sozialraum.methods.feasibility import Targets, repair, search
from sozialraum.methods.suppression import Minima, Need


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """Result of the joint audit.

    Parameters
    ----------
    published
        (tables, places) what may be published.
    targets
        Number of counts and differences that had to be proven safe.
    public_already
        Number of sums that earlier publications alone narrow too far.
    stuck
        Tables of which something protected follows whatever is hidden now.
    """

    published: np.ndarray
    targets: int
    public_already: int
    stuck: tuple[int, ...]


def protect_jointly(
    ground: Ground,
    links: Links,
    minima: Minima,
    shown: tuple[np.ndarray, np.ndarray],
    *,
    public: Public | None = None,
    insider: np.ndarray | None = None,
) -> Joint:
    """Hide further numbers until nothing hidden follows from all that is public.

    Parameters
    ----------
    ground
        Places and pieces, with what single rules allow to publish.
    links
        How the tables are connected.
    minima
        Smallest places.
    shown
        (tables, places) smallest and largest true count a published number stands for.
    public
        What is public already.
    insider
        (pieces,) True where the reader knows every count from a register of his own.

    Raises
    ------
    sozialraum.methods.feasibility.ContradictionError
        The counts contradict each other.
    """
    rows = joint_rows(ground, links, shown, public, insider)
    mending = _Mending(ground, rows)
    mending.mend(first_aims(ground, minima, insider))
    while not mending.stuck:
        # what was hidden together with others makes new sums that nobody must know
        hidden = ground.delivered & ~mending.published
        together = aims_together(ground, minima, insider, hidden)
        more = mending.mend(joined([together, mending.spared]))
        # whoever is nowhere at home is in the total of a municipality, and nowhere else
        few = gap_aims(ground, mending.published, shown, insider)
        if len(few.targets):
            now = replace(ground, cells=replace(ground.cells, published=mending.published))
            unaware = _Mending(now, joint_rows(now, links, shown, public, insider, gaps=False))
            more |= unaware.mend(few)
            mending.follow(unaware)
        if not more:
            break
    return Joint(
        mending.published, mending.targets, mending.public_already, tuple(sorted(mending.stuck))
    )


class _Mending:
    """What is hidden so far; what was proven safe stays so when more is hidden."""

    def __init__(self, ground: Ground, rows: Rows) -> None:
        self._rows = rows
        self._system = rows.system
        self._cost = ground.cells.loss[tuple(rows.cell.T)] + 1.0
        self.published = ground.cells.published.copy()
        self.targets = self.public_already = 0
        self.stuck: set[int] = set()
        self.spared: Aim

    def mend(self, aim: Aim) -> bool:
        """Hide what some sums need; return whether anything was hidden."""
        found = search(self._system, aim.targets, exact=bool(aim.needed.unsure.any()))
        self.targets += len(aim.targets)
        unmet = found.unmet | found.unresolved
        harmless = aim.needed.harmless(found.low, found.high)
        # they may be known more widely, and no longer be harmless, once more is hidden
        self.spared = aim.among(np.flatnonzero(unmet & harmless))
        aim = aim.among(np.flatnonzero(unmet & ~harmless))
        # what follows from suppliers' marks alone is theirs to answer for; what follows from
        # earlier publications cannot be taken back: neither may be narrowed any further
        origin = self._rows.origin
        targets, _ = _within(self._rows, aim.targets, origin == MARKS)
        targets, before = _within(self._rows, targets, origin != OWN)
        self.public_already += len(before)
        own = len(self._rows.cell)
        groups = np.full(len(origin), -1)
        groups[:own] = np.arange(own)
        repaired = repair(self._system, targets, self._cost, groups=groups)
        self._hide(repaired.hidden)
        self.stuck |= {int(aim.table[target]) for target in repaired.stuck}
        return bool(repaired.hidden.any())

    def follow(self, other: "_Mending") -> None:
        """Hide what another has hidden."""
        own = tuple(self._rows.cell.T)
        self._hide(self.published[own] & ~other.published[own])
        self.targets += other.targets
        self.public_already += other.public_already
        self.stuck |= other.stuck

    def _hide(self, hidden: np.ndarray) -> None:
        gone = np.zeros(len(self._rows.origin), dtype=bool)
        gone[: len(hidden)] = hidden
        self._system = self._system.without(gone)
        self.published[tuple(self._rows.cell[hidden].T)] = False


def _within(rows: Rows, targets: Targets, kept: np.ndarray) -> tuple[Targets, np.ndarray]:
    """Return the targets with needs no wider than some rows leave them, and which those are."""
    if not kept.any() or not len(targets):
        return targets, np.zeros(0, dtype=np.int64)
    found = search(rows.system.without(~kept), targets, exact=True)
    closed = np.flatnonzero(found.unmet | found.unresolved)
    need = targets.need
    low, high, width = need.low.copy(), need.high.copy(), need.width.copy()
    low[closed] = np.maximum(low[closed], found.low[closed])
    high[closed] = np.minimum(high[closed], found.high[closed])
    width[closed] = np.minimum(width[closed], found.high[closed] - found.low[closed])
    return replace(targets, need=Need(low, high, width)), closed
