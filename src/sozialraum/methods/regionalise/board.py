"""Blocks and the given regions they lie in, and the ways to repair those that fail."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import combinations

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.regionalise import ROUNDING, totals_by

MOST_MEMBERS = 10
"""Failing neighbours repaired at once: every choice of dissolved ones is looked at."""
TRIALS = 4
"""Ways tried to hand the blocks of dissolved regions out, per choice."""


def secure(totals: np.ndarray, variances: np.ndarray, minima: np.ndarray) -> np.ndarray:
    """Return which rows reach every minimum when the root of their variance is taken off.

    Examples
    --------
    >>> secure(np.array([[104.0], [106.0]]), np.array([[25.0], [25.0]]), np.array([100.0])).tolist()
    [False, True]
    """
    return (totals - np.sqrt(variances) >= minima * (1 - ROUNDING)).all(axis=-1)


@dataclass(slots=True)
class Way:
    """One way to hand out the blocks of dissolved regions."""

    owner: dict[int, int]
    squares: float


class Board:
    """The blocks in the order of their names, and the region of each."""

    def __init__(
        self,
        counts: np.ndarray,
        variances: np.ndarray,
        minima: np.ndarray,
        features: np.ndarray,
        near: csr_array,
        toll: csr_array,
        labels: np.ndarray,
    ) -> None:
        self.counts, self.variances, self.minima = counts, variances, minima
        self.features, self.near, self.toll = features, near, toll
        self.labels = labels.copy()

    def around(self, block: int) -> list[int]:
        """Return the neighbours of a block."""
        return self.near.indices[self.near.indptr[block] : self.near.indptr[block + 1]].tolist()

    def failing(self) -> np.ndarray:
        """Return the regions that miss a minimum."""
        totals = totals_by(self.labels, self.counts)
        spread = totals_by(self.labels, self.variances)
        return np.intersect1d(
            np.flatnonzero(~secure(totals, spread, self.minima)), np.unique(self.labels)
        )

    def passes(self, blocks: Iterable[int]) -> bool:
        """Return True if blocks together reach every minimum."""
        rows = np.fromiter(blocks, np.int64)
        totals, spread = self.counts[rows].sum(axis=0), self.variances[rows].sum(axis=0)
        return bool(secure(totals, spread, self.minima))

    def deficit(self, blocks: Iterable[int]) -> float:
        """Return by how much blocks miss the minima, relative to each, in sum."""
        rows = np.fromiter(blocks, np.int64)
        totals = self.counts[rows].sum(axis=0) - np.sqrt(self.variances[rows].sum(axis=0))
        return float(np.maximum(0, 1 - ROUNDING - totals / self.minima).sum())

    def members(self, region: int) -> set[int]:
        """Return the blocks of a region."""
        return set(np.flatnonzero(self.labels == region).tolist())

    def squares(self, blocks: Iterable[int]) -> float:
        """Return the sum of squared distances of blocks to their centre."""
        rows = self.features[np.fromiter(blocks, np.int64)]
        return float(((rows - rows.mean(axis=0)) ** 2).sum()) if len(rows) else 0.0

    def parts(self, blocks: set[int]) -> list[set[int]]:
        """Return the contiguous pieces of blocks, the one with the first block first."""
        left, found = set(blocks), []
        for first in sorted(blocks):
            if first not in left:
                continue
            left.discard(first)
            waiting = [first]
            for block in waiting:
                fresh = left.intersection(self.around(block))
                left -= fresh
                waiting += fresh
            found.append(set(waiting))
        return found

    def touching(self, regions: np.ndarray) -> list[tuple[int, int]]:
        """Return the pairs of these regions that are neighbours."""
        ends = self.near.tocoo().coords
        left, right = (self.labels[end] for end in ends)
        chosen = (left < right) & np.isin(left, regions) & np.isin(right, regions)
        return sorted(set(zip(left[chosen].tolist(), right[chosen].tolist(), strict=True)))

    def mend(self, rng: np.random.Generator) -> None:
        """Repair the regions that fail."""
        for one, other in self.touching(self.failing()):
            if {one, other} <= set(self.failing().tolist()):
                self.exchange(one, other)
        while True:
            before = self.labels.copy()
            for cluster in self._clusters(self.failing()):
                # what one cluster gave away may have saved a region of the next
                left = [region for region in cluster if region in self.failing()]
                if left:
                    self._mend_cluster(left, rng)
            if (before == self.labels).all():
                return

    def exchange(self, one: int, other: int) -> None:
        """Move blocks between two failing neighbours if both pass afterwards.

        Only worth it if fewer blocks move than by joining the two.
        """
        sides = [self.members(one), self.members(other)]
        whole = [len(self.parts(side)) for side in sides]
        most = min(map(len, sides)) - 1
        missing = sum(map(self.deficit, sides))
        for _ in range(most):
            best: tuple[float, int, int] | None = None
            for source in (0, 1):
                for block in sorted(sides[source]):
                    target = sides[1 - source]
                    if not target.intersection(self.around(block)):
                        continue
                    rest = sides[source] - {block}
                    left = self.deficit(rest) + self.deficit(target | {block})
                    better = left < (missing if best is None else best[0]) - 1e-12
                    if better and len(self.parts(rest)) <= whole[source]:
                        best = (left, source, block)
            if best is None:
                return
            missing, source, block = best
            sides[source].discard(block)
            sides[1 - source].add(block)
            if all(map(self.passes, sides)):
                for region, side in zip((one, other), sides, strict=True):
                    self.labels[list(side)] = region
                return

    def _clusters(self, failing: np.ndarray) -> list[list[int]]:
        """Return groups of connected failing regions, cut where they are too many."""
        near: dict[int, list[int]] = {int(region): [] for region in failing}
        for one, other in self.touching(failing):
            near[one].append(other)
            near[other].append(one)
        found, seen = [], set()
        for first in near:
            group = [] if first in seen else [first]
            seen.add(first)
            for region in group:
                fresh = [other for other in near[region] if other not in seen]
                group += fresh[: MOST_MEMBERS - len(group)]
                seen.update(group)
            found += [group] if group else []
        return found

    def _mend_cluster(self, cluster: list[int], rng: np.random.Generator) -> None:
        """Dissolve as few blocks as possible so that every region of the cluster passes."""
        blocks = {region: self.members(region) for region in cluster}
        way = None if self._is_hopeless(blocks) else self._smallest(blocks, rng)
        if way is not None:
            for block, region in way.owner.items():
                self.labels[block] = region

    def _is_hopeless(self, blocks: dict[int, set[int]]) -> bool:
        """Return True if failing regions together miss a minimum and have no other neighbour."""
        everything = set().union(*blocks.values())
        alone = all(everything.issuperset(self.around(block)) for block in everything)
        return alone and not self.passes(everything)

    def _smallest(self, blocks: dict[int, set[int]], rng: np.random.Generator) -> Way | None:
        """Return the way with the fewest blocks, then the lowest sum of squares."""
        best: Way | None = None
        held = {region: self.counts[list(own)].sum(axis=0) for region, own in blocks.items()}
        for chosen in _choices(blocks):
            size = sum(len(blocks[region]) for region in chosen)
            if best is not None and size > len(best.owner):
                break
            way = self._handed_out(blocks, chosen, rng) if self._could_do(held, chosen) else None
            if way is not None and (best is None or way.squares < best.squares - 1e-9):
                best = way
        return best

    def _could_do(self, held: dict[int, np.ndarray], chosen: tuple[int, ...]) -> bool:
        """Return False if dissolved regions hold less than the other ones lack."""
        need = self.minima * (1 - ROUNDING)
        lacking = [np.maximum(0, need - held[region]) for region in held if region not in chosen]
        supply = np.sum([held[region] for region in chosen], axis=0)
        return bool((supply - np.sum(lacking, axis=0) >= -1e-9).all())

    def _handed_out(
        self, blocks: dict[int, set[int]], chosen: tuple[int, ...], rng: np.random.Generator
    ) -> Way | None:
        """Return the best way found to hand out the blocks of some regions, or None."""
        best: Way | None = None
        survivors = [region for region in blocks if region not in chosen]
        for trial in range(TRIALS):
            turn = [survivors[i] for i in rng.permutation(len(survivors))] if trial else survivors
            way = self._one_way(blocks, chosen, turn)
            if way is not None and (best is None or way.squares < best.squares - 1e-9):
                best = way
            if len(survivors) < 2:
                break
        return best

    def _one_way(
        self, blocks: dict[int, set[int]], chosen: tuple[int, ...], turn: list[int]
    ) -> Way | None:
        """Hand out blocks: to failing neighbours in turn, then to whatever is next to them."""
        free = set().union(*(blocks[region] for region in chosen))
        grown = {region: set(blocks[region]) for region in turn}
        owner: dict[int, int] = {}
        for region in turn:
            for block in self._until_passing(grown[region], free):
                owner[block] = region
            if not self.passes(grown[region]):
                return None
        owner |= self._to_neighbours(free, grown, set(chosen))
        others = {region: self.members(region) for region in grown if region not in turn}
        spoilt = any(self.passes(others[r]) and not self.passes(grown[r]) for r in others)
        if free or spoilt:
            return None
        before = sum(map(self.squares, others.values()))
        return Way(owner, sum(map(self.squares, grown.values())) - before)

    def _until_passing(self, region: set[int], free: set[int]) -> Iterator[int]:
        """Move the nearest free neighbours into a region until it passes; yield them."""
        centre = self.features[list(region)].mean(axis=0)
        front = [self._entry(b, a, centre) for b in region for a in self.around(b) if a in free]
        heapify(front)
        while front and not self.passes(region):
            _, block = heappop(front)
            if block not in free:
                continue
            free.discard(block)
            region.add(block)
            yield block
            for other in self.around(block):
                if other in free:
                    heappush(front, self._entry(block, other, centre))

    def _entry(self, block: int, other: int, centre: np.ndarray) -> tuple[float, int]:
        """Return what it costs a region with this centre to take `other` next to `block`."""
        distance = ((self.features[other] - centre) ** 2).sum()
        return float(distance + self.toll[block, other]), other

    def _to_neighbours(
        self, free: set[int], grown: dict[int, set[int]], gone: set[int]
    ) -> dict[int, int]:
        """Let every free piece of a dissolved region join one region next to it as a whole.

        So few regions change, and borders stay where somebody drew them. A region that
        changes anyway goes before one that would stay as it is, then the nearest one.
        """
        owner = {block: region for region, own in grown.items() for block in own}
        joined: dict[int, int] = {}
        waiting = [
            piece
            for region in sorted(gone)
            for piece in self.parts({b for b in free if self.labels[b] == region})
        ]
        while waiting:
            hosts = [self._host(piece, owner, grown, gone) for piece in waiting]
            found = next((i for i, host in enumerate(hosts) if host is not None), None)
            if found is None:
                break
            piece, host = waiting.pop(found), hosts[found]
            assert host is not None
            grown.setdefault(host, self.members(host)).update(piece)
            owner |= dict.fromkeys(piece, host)
            joined |= dict.fromkeys(piece, host)
            free -= piece
        return joined

    def _host(
        self, piece: set[int], owner: dict[int, int], grown: dict[int, set[int]], gone: set[int]
    ) -> int | None:
        """Return the region that a piece joins; None where nothing settled is next to it."""
        tolls: dict[int, float] = {}
        for block in sorted(piece):
            for other in self.around(block):
                region = owner.get(other, int(self.labels[other]))
                if other not in piece and (other in owner or region not in gone):
                    toll = float(self.toll[block, other])
                    tolls[region] = min(toll, tolls.get(region, np.inf))

        def rank(region: int) -> tuple[bool, bool, float, int]:
            own = grown.get(region) or self.members(region)
            both = own | piece
            spoils = self.passes(own) and not self.passes(both)
            gain = self.squares(both) - self.squares(own) + tolls[region]
            return spoils, region not in grown, round(gain, 6), region

        return min(tolls, key=rank, default=None)


def _choices(blocks: dict[int, set[int]]) -> list[tuple[int, ...]]:
    """Return all non-empty choices of regions, those with the fewest blocks first."""
    regions = sorted(blocks)
    found = [
        chosen for size in range(1, len(regions) + 1) for chosen in combinations(regions, size)
    ]
    return sorted(found, key=lambda chosen: sum(len(blocks[region]) for region in chosen))
