"""The joint audit for every reader: audiences with what each knows, and insiders."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product

import numpy as np
from joblib import Parallel, delayed

from sozialraum.disclosure.joint import Joint, protect_jointly
from sozialraum.disclosure.joint.ground import Ground
from sozialraum.disclosure.joint.known import Public
from sozialraum.disclosure.joint.public import public_rows
from sozialraum.disclosure.joint.shown import Shown
from sozialraum.disclosure.ledger import Ledger, Parts
from sozialraum.disclosure.links import Links
from sozialraum.disclosure.sheet import Sheet
from sozialraum.disclosure.tree.telling import follow
from sozialraum.errors import DisclosureError
from sozialraum.methods.feasibility import ContradictionError
from sozialraum.methods.suppression import Minima
from sozialraum.model import Policy

type Notify = Callable[[int, int], None]
type Family = tuple[np.ndarray, Public | None]
"""Linked tables, and what is public of them."""


class Gate:
    """The joint audit, once for everybody who will see a release.

    Attributes
    ----------
    ground
        Places, with what may still be published.
    proven, public_already
        Sums that were proven safe; sums that earlier publications alone narrow too far.
    """

    def __init__(
        self,
        sheet: Sheet,
        ground: Ground,
        links: Links,
        minima: Minima,
        shown: Shown,
        *,
        always: bool,
        workers: int,
        notify: Notify | None,
    ) -> None:
        self.sheet, self.ground, self.links, self.minima = sheet, ground, links, minima
        self.shown = shown
        self.workers, self.notify = workers, notify
        self.always = ground.overlaps or always
        self.proven = self.public_already = 0
        self._proven: dict[tuple[int, int], np.ndarray] = {}

    def pass_for_all(self, policy: Policy, ledger: Ledger | None, audience: str) -> None:
        """Hide what follows from overlaps and from what each audience knows."""
        sees = policy.audiences
        readers = (audience,) if ledger is None else ledger.concerned(audience, sees=sees)
        own = [None, *self._insiders(policy)]
        known = [None if ledger is None else ledger.parts(reader, sees=sees) for reader in readers]
        concerned = [self._concerned(parts) for parts in known]
        again = True
        while again:
            # what is hidden from one reader makes new sums that none of the others must know
            again = False
            for reader, (families, insider) in enumerate(product(concerned, own)):
                again |= self._pass(reader, families, insider)

    def _insiders(self, policy: Policy) -> Iterator[np.ndarray]:
        """Yield the pieces that a municipality knows from its own register."""
        h = self.sheet.hierarchy
        units = range(h.areas, h.areas + h.units) if policy.insiders else ()
        for unit in units:
            inside = np.zeros(self.ground.pieces.low.shape[1], dtype=bool)
            inside[self.ground.inside[[unit]].indices] = True
            if inside.any() and not inside.all():
                yield inside

    def _pass(self, reader: int, concerned: Sequence[Family], insider: np.ndarray | None) -> bool:
        """Hide what one reader could derive, linked tables together; return if there was any."""
        families = [one for one in concerned if not self._settled(reader, one[0])]
        jobs = [
            delayed(_protected)(
                self.ground.among(tables),
                self.links.among(tables),
                self.minima,
                self.shown.among(tables),
                known=known,
                insider=insider,
            )
            for tables, known in families
        ]
        done = Parallel(n_jobs=self.workers, return_as="generator")(jobs)
        published = self.ground.cells.published.copy()
        for number, ((tables, _), found) in enumerate(zip(families, done, strict=True), start=1):
            if found is None:
                raise DisclosureError("disclosure.contradiction", ids=map(self.sheet.name, tables))
            if found.stuck:
                ids = [self.sheet.name(int(tables[t])) for t in found.stuck]
                raise DisclosureError("disclosure.not_protectable", ids=ids)
            published[tables] = found.published
            self._proven[reader, int(tables[0])] = found.published
            self.proven += found.targets
            self.public_already += found.public_already
            if self.notify is not None:
                self.notify(number, len(families))
        # where a count is hidden now, its shadow in linked tables must be, too
        published = follow(self.links, self.ground.cells, published)
        self.ground = replace(self.ground, cells=replace(self.ground.cells, published=published))
        return len(families) > 0

    def _settled(self, reader: int, tables: np.ndarray) -> bool:
        """Return True where nothing was hidden since a reader's proofs."""
        then = self._proven.get((reader, int(tables[0])))
        return then is not None and bool((then == self.ground.cells.published[tables]).all())

    def _concerned(self, parts: Parts | None) -> list[Family]:
        """Return linked tables that must be audited, with what is public of them."""
        found = []
        for family in np.unique(self.links.families):
            tables = np.flatnonzero(self.links.families == family)
            named = [self.sheet.tables[t] for t in tables]
            known = None
            if parts is not None:
                known = public_rows(parts, self.ground.among(tables), named)
            if known is not None or self.always:
                found.append((tables, known))
        return found


def _protected(
    ground: Ground,
    links: Links,
    minima: Minima,
    shown: Shown,
    *,
    known: Public | None,
    insider: np.ndarray | None,
) -> Joint | None:
    """Return what may be published of linked tables; None where they contradict each other."""
    limits = shown.low, shown.high
    try:
        return protect_jointly(ground, links, minima, limits, public=known, insider=insider)
    except ContradictionError:
        return None
