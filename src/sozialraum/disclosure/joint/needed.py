"""What must remain possible of every sum of pieces that somebody could single out."""

from dataclasses import dataclass

import numpy as np

from sozialraum.disclosure.joint.ground import Ground
from sozialraum.methods.differences import Differences
from sozialraum.methods.suppression import Minima, Need, needs
from sozialraum.methods.tables import FAR


@dataclass(frozen=True, slots=True, eq=False)
class Needed:
    """What must remain possible of sums, and which of them are harmless all the same.

    Parameters
    ----------
    need
        What must remain possible, whatever a count may be that we do not know ourselves.
    unsure
        True where we do not know it.
    least, most
        A count at least so large, and at most so large, is not protected at all.
    """

    need: Need
    unsure: np.ndarray
    least: np.ndarray
    most: np.ndarray

    def among(self, chosen: np.ndarray) -> "Needed":
        """Return those of some sums."""
        need = self.need
        kept = Need(need.low[chosen], need.high[chosen], need.width[chosen])
        return Needed(kept, self.unsure[chosen], self.least[chosen], self.most[chosen])

    def harmless(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return where a sum that we do not know turns out to need no protection."""
        return self.unsure & (low >= self.least) & (high <= self.most)


def set_needs(
    ground: Ground,
    minima: Minima,
    table: int,
    sets: Differences,
    limits: tuple[np.ndarray, np.ndarray],
    *,
    places: int,
) -> Needed:
    """Return what must remain possible of sums of pieces in one table.

    Parameters
    ----------
    ground
        Places and pieces.
    minima
        Smallest places.
    table
        Position of the table.
    sets
        Sets of pieces.
    places
        So many of the sets, the first ones, are the places of the ground.
    limits
        (pieces,) smallest and largest true count of every piece; equal where known.

    Notes
    -----
    The households behind the persons of a set are those of its pieces, as far as known.
    What a municipality has not agreed to stays as uncertain as a small count, however
    large it is, in every part of it.
    """
    cells, pieces = ground.cells, ground.pieces
    before = len(ground.before_of)
    areas = (
        np.append(cells.low[table] - ground.residue[table], np.zeros(before, dtype=np.int64)),
        np.append(cells.high[table] - ground.residue[table], np.full(before, FAR)),
    )
    low, high = (np.minimum(part, FAR) for part in sets.limits(limits, areas))
    parts = (pieces.base, pieces.sure, pieces.behind)
    base, sure, behind = (_capped(sets, part[table]) for part in parts)
    residents = sets.sums(pieces.residents[table])
    if places:
        low[:places], high[:places] = cells.low[table], cells.high[table]
        base[:places], behind[:places] = cells.base[table], cells.behind[table]
        sure[:places] = cells.sure[table]
        residents[:places] = cells.residents[table]
    k = np.full(len(low), cells.k[table].max())
    width = np.full(len(low), cells.width[table].max())
    thin = (residents < minima.residents) | ((base < FAR) & (sure < minima.base))
    guarded = (behind < FAR) & (behind < k) & (high > 0)
    if ground.withheld[table].any():
        size = sets.sums(np.ones(ground.withheld.shape[1], dtype=np.int64))
        inside = (size > 0) & (sets.sums(ground.withheld[table].astype(np.int64)) == size)
        thin, guarded = thin | inside, guarded | (inside & (high > 0))
    if places:
        thin[:places] |= cells.thin[table]
        guarded[:places] |= cells.guarded[table]
    zero = np.full(len(low), cells.zero[table, 0])
    need = needs(low, high, base, k, thin=thin, guarded=guarded, zero=zero, width=width).within(
        np.zeros_like(low), base
    )
    if places:
        known = cells.known_low[table], cells.known_high[table]
        need = _marked(need, cells.marked[table], *known)
    # places too small, or with too few households, are protected whatever is counted there
    always = thin | guarded | zero
    most = np.where(base < FAR, base - k, FAR)
    return Needed(need, low < high, np.where(always, FAR, k), most)


def _capped(sets: Differences, values: np.ndarray) -> np.ndarray:
    """Return sums; no limit where one of the pieces has none."""
    far = values >= FAR
    sums = sets.sums(np.where(far, 0, values))
    return np.where(sets.sums(far.astype(np.int64)) > 0, FAR, np.minimum(sums, FAR))


def _marked(need: Need, marked: np.ndarray, low: np.ndarray, high: np.ndarray) -> Need:
    """Return the needs; of a supplier's mark nothing at all may be narrowed."""
    at = np.flatnonzero(marked)
    least, most = need.low.copy(), need.high.copy()
    least[at] = np.minimum(least[at], low[at])
    # a mark without an upper limit cannot be reached, and nothing is learnt below it
    most[at] = np.where(high[at] < FAR, np.maximum(most[at], high[at]), most[at])
    return Need(least, most, need.width)
