"""Slivers between overlapping partitions: pieces too small to be told apart are joined.

Where the borders of two partitions run side by side without meeting, subtracting one
published count from another leaves a piece with a handful of people. Such a piece is
joined to a neighbouring one, so that the borders meet, or grown by blocks next to it,
whichever moves fewer blocks. Only counts of the population enter, never what is to be
protected: borders drawn from the sensitive counts would tell them.
"""

import heapq
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.regionalise import meets

type Key = tuple[int, ...]


class Joined(NamedTuple):
    """Partitions without slivers.

    Parameters
    ----------
    labels
        (n, g) part of every block in every partition.
    failing
        (n,) True for blocks of pieces that miss a minimum still.
    """

    labels: np.ndarray
    failing: np.ndarray


def join_slivers(
    adjacency: csr_array,
    counts: np.ndarray,
    minima: np.ndarray,
    labels: np.ndarray,
    *,
    fixed: np.ndarray,
) -> Joined:
    """Move blocks until every piece of the overlay reaches every minimum or holds nobody.

    A piece is a set of blocks that lie in the same parts of all partitions. No move tears
    a part that hung together, and none leads into or out of the outside of a partition.

    Parameters
    ----------
    adjacency
        Symmetric (n × n) neighbourhood of the blocks; their order decides ties.
    counts, minima
        (n, k) population and (k,) minima; a total of 0 is no sliver.
    labels
        (n, g) part of every block in every partition, -1 outside.
    fixed
        (g,) True for partitions that may not be changed.

    Returns
    -------
    Joined

    Examples
    --------
    >>> chain = csr_array(np.diag(np.ones(5), 1) + np.diag(np.ones(5), -1))
    >>> wards, schools = [0, 0, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1]
    >>> found = join_slivers(
    ...     chain,
    ...     np.full((6, 1), 10.0),
    ...     np.array([20.0]),
    ...     np.column_stack([wards, schools]),
    ...     fixed=np.array([True, False]),
    ... )
    >>> found.labels[:, 1].tolist(), found.failing.any().item()
    ([0, 0, 0, 1, 1, 1], False)
    """
    table = _Overlay(adjacency, counts, minima, labels, fixed)
    # what could not be joined before may be joined once its neighbours have changed
    while table.mend_all():
        continue
    failing = np.zeros(len(labels), dtype=bool)
    for key, blocks in table.pieces.items():
        failing[sorted(blocks)] = table.is_sliver(key)
    return Joined(table.labels, failing)


class _Overlay:
    """The pieces of some partitions while blocks move between them."""

    def __init__(
        self,
        adjacency: csr_array,
        counts: np.ndarray,
        minima: np.ndarray,
        labels: np.ndarray,
        fixed: np.ndarray,
    ) -> None:
        self.counts, self.minima, self.fixed = counts, minima, fixed
        self.labels = np.array(labels, dtype=np.int64)
        starts, ends = adjacency.indptr, adjacency.indices
        self.near = [[int(j) for j in ends[a:b]] for a, b in pairwise(starts)]
        self.keys: list[Key] = [tuple(row) for row in self.labels.tolist()]
        self.pieces: dict[Key, set[int]] = {}
        self.parts: list[dict[int, set[int]]] = [{} for _ in fixed]
        for block, key in enumerate(self.keys):
            self.pieces.setdefault(key, set()).add(block)
            for g, part in enumerate(key):
                self.parts[g].setdefault(part, set()).add(block)

    def total(self, blocks: Iterable[int]) -> np.ndarray:
        return self.counts[sorted(blocks)].sum(axis=0)

    def fits(self, total: np.ndarray) -> bool:
        return bool((meets(total, self.minima) | (total == 0)).all())

    def is_sliver(self, key: Key) -> bool:
        return not self.fits(self.total(self.pieces[key]))

    def order_of(self, key: Key) -> tuple[int, float, int, Key]:
        """Return the rank of a piece: few blocks first, then few people, then the first block."""
        blocks = self.pieces[key]
        return len(blocks), float(self.total(blocks).sum()), min(blocks), key

    def mend_all(self) -> bool:
        """Mend every sliver, those of few blocks first; return whether anything moved."""
        waiting = [self.order_of(key) for key in self.pieces if self.is_sliver(key)]
        heapq.heapify(waiting)
        moved = False
        while waiting:
            *rank, key = heapq.heappop(waiting)
            if key not in self.pieces or self.order_of(key) != (*rank, key):
                continue  # changed since: it waits under its new rank, or is no sliver now
            if self.is_sliver(key):
                changed = self.mend(key)
                moved |= bool(changed)
                left = [k for k in changed if k in self.pieces and self.is_sliver(k)]
                for other in left:
                    heapq.heappush(waiting, self.order_of(other))
        return moved

    def mend(self, key: Key) -> list[Key]:
        """Grow a sliver or join it to its neighbours; return the pieces that changed."""
        piece = self.pieces[key]
        grown = self._growth(key)
        if grown:
            changed = {key}
            for block in grown:
                changed.add(self.keys[block])
                self._move({block}, key)
            return sorted(changed)
        changed = set()
        for component in sorted(self._components(piece), key=lambda c: (len(c), min(c))):
            target = self._target(key, component)
            if target is not None:
                self._move(component, target)
                changed |= {key, target}
        return sorted(changed)

    def _open(self, key: Key, other: Key) -> bool:
        """Return whether blocks may change from one piece to another."""
        pairs = zip(key, other, self.fixed, strict=True)
        return all(a == b or not (stays or a < 0 or b < 0) for a, b, stays in pairs)

    def _target(self, key: Key, component: set[int]) -> Key | None:
        """Return the piece a component is best joined to, if it may be joined to any."""
        links: dict[Key, int] = {}
        for block in component:
            for other in self.near[block]:
                links[self.keys[other]] = links.get(self.keys[other], 0) + 1
        links.pop(key, None)
        own, found = self.total(component), []
        for target, shared in links.items():
            if not self._open(key, target):
                continue
            changes = sum(a != b for a, b in zip(key, target, strict=True))
            held = self.total(self.pieces[target])
            good, helped = self.fits(own + held), not self.fits(held)
            rank = (not good, not (good and helped), changes, -shared, min(self.pieces[target]))
            found.append((rank, target))
        for _, target in sorted(found):
            if self._may_leave(component, key, target):
                return target
        return None

    def _growth(self, key: Key) -> list[int]:
        """Return fewer blocks than a sliver has that would make it large enough, if any."""
        piece = set(self.pieces[key])
        most, taken = len(piece) - 1, []
        left = {other: set(self.pieces[other]) for b in piece for other in self._around(b)}
        while len(taken) < most:
            edge = {b for own in sorted(piece) for b in self.near[own]} - piece
            found = [
                (-float(self.counts[b].sum()), b)
                for b in edge
                if self.keys[b] in left and self._open(self.keys[b], key)
            ]
            chosen = next((b for _, b in sorted(found) if self._may_spare(b, left)), None)
            if chosen is None:
                return []
            left[self.keys[chosen]].discard(chosen)
            taken.append(chosen)
            piece.add(chosen)
            if self.fits(self.total(piece)):
                return taken if self._all_may_leave(taken, key) else []
        return []

    def _around(self, block: int) -> list[Key]:
        return [self.keys[other] for other in self.near[block]]

    def _may_spare(self, block: int, left: dict[Key, set[int]]) -> bool:
        """Return whether the rest of a block's piece stays large enough and in one piece."""
        blocks = left[self.keys[block]]
        rest = blocks - {block}
        if not rest or not self.fits(self.total(rest)):
            return False
        return len(self._components(rest)) <= len(self._components(blocks))

    def _all_may_leave(self, blocks: list[int], target: Key) -> bool:
        """Return whether blocks may leave their parts one after the other."""
        gone: dict[tuple[int, int], set[int]] = {}
        for block in blocks:
            for g, (a, b) in enumerate(zip(self.keys[block], target, strict=True)):
                if a != b:
                    gone.setdefault((g, a), set()).add(block)
        return all(self._stays_whole(g, part, out) for (g, part), out in gone.items())

    def _may_leave(self, blocks: set[int], key: Key, target: Key) -> bool:
        """Return whether no part that hung together is torn when blocks leave it."""
        pairs = enumerate(zip(key, target, strict=True))
        return all(a == b or self._stays_whole(g, a, blocks) for g, (a, b) in pairs)

    def _stays_whole(self, g: int, part: int, out: set[int]) -> bool:
        whole = self.parts[g][part]
        return len(self._components(whole - out)) <= len(self._components(whole))

    def _components(self, blocks: set[int]) -> list[set[int]]:
        """Return the blocks that hang together."""
        left, found = set(blocks), []
        while left:
            seen = {left.pop()}
            front = list(seen)
            while front:
                reached = [b for b in self.near[front.pop()] if b in left]
                left.difference_update(reached)
                seen.update(reached)
                front += reached
            found.append(seen)
        return found

    def _move(self, blocks: set[int], target: Key) -> None:
        for block in blocks:
            key = self.keys[block]
            self.pieces[key].discard(block)
            if not self.pieces[key]:
                del self.pieces[key]
            for g, (a, b) in enumerate(zip(key, target, strict=True)):
                self.parts[g][a].discard(block)
                self.parts[g][b].add(block)
            self.keys[block] = target
            self.labels[block] = target
        self.pieces.setdefault(target, set()).update(blocks)
