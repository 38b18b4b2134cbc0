"""What must remain possible for a hidden count, and where it does not.

The rule follows Hundepool et al. (2012), *Statistical Disclosure Control*, ch. 4: a count
below k may neither be shown to be below k nor be narrowed to fewer than k numbers, and
the same holds for the rest of its denominator. A sum of hidden counts that is known
exactly is as good as published and must pass like a published one.
"""

from dataclasses import dataclass

import numpy as np

from sozialraum.methods.derivation import Ranges, derive
from sozialraum.methods.tables import FAR, Cells, Hierarchy


@dataclass(frozen=True, slots=True)
class Minima:
    """Smallest number of residents and smallest denominator that may be published."""

    residents: int = 0
    base: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Need:
    """What must remain possible: the lower limit at most `low`, the upper at least `high`.

    `width` is the smallest difference of the two.
    """

    low: np.ndarray
    high: np.ndarray
    width: np.ndarray

    @property
    def vacuous(self) -> np.ndarray:
        """True where nothing must remain possible."""
        return (self.low >= FAR) & (self.high <= 0) & (self.width <= 0)

    def within(self, least: np.ndarray, most: np.ndarray) -> "Need":
        """Return the need as far as it is possible at all."""
        return Need(
            np.maximum(self.low, least),
            np.minimum(self.high, most),
            np.minimum(self.width, most - least),
        )

    def unmet(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Return True where a derived range is narrower than it must be."""
        return (low > self.low) | (high < self.high) | (high - low < self.width)


def needs(
    low: np.ndarray,
    high: np.ndarray,
    base: np.ndarray,
    k: np.ndarray,
    *,
    thin: np.ndarray,
    guarded: np.ndarray,
    zero: np.ndarray,
    width: np.ndarray | None = None,
) -> Need:
    """Return what must remain possible for hidden counts that truly lie in low … high.

    Parameters
    ----------
    low, high, base, k, thin, guarded, zero, width
        As in :class:`Cells`; `width` is one less than k when omitted.

    Returns
    -------
    Need
        For a count n of N with 1 ≤ n < k: the upper limit at least min(k, N) and a range
        at least min(k - 1, N) wide; the same for N - n; for a protected zero: an upper
        limit of at least 1; for a place too thin to be shown: no exact number. Where the
        true count is not known to us, whatever it may be.

    Examples
    --------
    >>> one = np.array([2])
    >>> no = np.array([False])
    >>> need = needs(one, one, np.array([80]), np.array([5]), thin=no, guarded=no, zero=no)
    >>> need.high, need.width, need.low == FAR
    (array([5]), array([4]), array([ True]))
    """
    some, inhabited = high >= 1, base > 0
    small = some & (np.maximum(low, 1) < k)
    large = (base < FAR) & (high >= np.maximum(1, base - k + 1))
    reach = np.minimum(k, base)
    wide = np.minimum(np.maximum(k - 1, 1) if width is None else width, base)
    width = np.where(small | large | (guarded & some), wide, 0)
    at_least = np.where(small, reach, 0)
    protected_zero = zero & (low == 0) & inhabited
    return Need(
        low=np.where(large, base - reach, FAR),
        high=np.where(protected_zero, np.maximum(at_least, 1), at_least),
        width=np.where(thin & inhabited, np.maximum(width, 1), width),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """What is not protected yet.

    Parameters
    ----------
    ranges
        What can be derived.
    place
        (tables, places) hidden counts that are narrowed too far.
    zone
        (tables, municipalities + 1) municipalities in which anything is; last, the
        county.
    """

    ranges: Ranges
    place: np.ndarray
    zone: np.ndarray


def place_needs(cells: Cells) -> Need:
    """Return what must remain possible for every hidden count on its own."""
    return needs(
        cells.low,
        cells.high,
        cells.base,
        cells.k,
        thin=cells.thin,
        guarded=cells.guarded,
        zero=cells.zero,
        width=cells.width,
    ).within(cells.least, cells.most)


def rest_needs(hierarchy: Hierarchy, cells: Cells, minima: Minima) -> Need:
    """Return needs of the hidden areas of a municipality, and of hidden municipalities.

    Returns
    -------
    Need
        (tables, municipalities + 1), the last for the municipalities together.
    """
    hidden = ~cells.published
    total_low, total_high = _less_shown(hierarchy, cells, cells.low, cells.high)
    k, width = (_largest(hierarchy, np.where(hidden, part, 1)) for part in (cells.k, cells.width))
    parts = (cells.base, cells.sure, cells.behind, cells.residents, cells.low, cells.high)
    parts = (*parts, cells.least, cells.most)
    base, sure, behind, residents, low, high, least, most = (
        _together(hierarchy, np.where(hidden, values, 0)) for values in parts
    )
    thin = residents < minima.residents
    return needs(
        np.maximum(low, total_low),
        np.minimum(high, total_high),
        np.minimum(base, FAR),
        k,
        thin=thin | ((base < FAR) & (sure < minima.base)),
        guarded=(behind < FAR) & (behind < k),
        zero=cells.zero,
        width=width,
    ).within(least, most)


def _largest(hierarchy: Hierarchy, values: np.ndarray) -> np.ndarray:
    """Return the largest value of every municipality's areas, and of all municipalities."""
    n, m = hierarchy.areas, hierarchy.units
    top = values[..., n : n + m].max(axis=-1, keepdims=True, initial=1)
    return np.concatenate([hierarchy.largest(values[..., :n]), top], axis=-1)


def rest_limits(
    hierarchy: Hierarchy, cells: Cells, ranges: Ranges
) -> tuple[np.ndarray, np.ndarray]:
    """Return what is known beforehand of hidden areas, and of hidden municipalities, together.

    These are the limits of the parts and, where a total is hidden, its own ones.
    """
    of_total = _less_shown(hierarchy, cells, cells.known_low, cells.known_high)
    total_shown = cells.published[..., hierarchy.areas :]
    return (
        np.where(total_shown, ranges.parts_low, np.maximum(ranges.parts_low, of_total[0])),
        np.where(total_shown, ranges.parts_high, np.minimum(ranges.parts_high, of_total[1])),
    )


def _less_shown(
    hierarchy: Hierarchy, cells: Cells, low: np.ndarray, high: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return limits of totals, less the residue and the published parts."""
    shown = _together(hierarchy, np.where(cells.published, cells.low, 0))
    taken = cells.residue[..., hierarchy.areas :] + shown
    return low[..., hierarchy.areas :] - taken, high[..., hierarchy.areas :] - taken


def exposed(hierarchy: Hierarchy, cells: Cells, minima: Minima) -> Exposure:
    """Return which hidden counts, and which sums of them, can be narrowed too far."""
    n, m = hierarchy.areas, hierarchy.units
    hidden = ~cells.published
    ranges = derive(hierarchy, cells, cells.published, cells.known_low, cells.known_high)
    narrowed = (ranges.low > cells.known_low) | (ranges.high < cells.known_high)
    place = place_needs(cells).unmet(ranges.free_low, ranges.free_high) | (cells.marked & narrowed)
    place &= hidden
    before = rest_limits(hierarchy, cells, ranges)
    derived = (ranges.rest_low > before[0]) | (ranges.rest_high < before[1])
    rest = derived & rest_needs(hierarchy, cells, minima).unmet(ranges.rest_low, ranges.rest_high)
    zone = rest | _gap_exposed(hierarchy, cells, ranges) | place[..., n:]
    zone[..., :m] |= hierarchy.sums(place[..., :n]) > 0
    return Exposure(ranges, place, zone)


def _gap_exposed(hierarchy: Hierarchy, cells: Cells, ranges: Ranges) -> np.ndarray:
    """Return where the people without address are a small number that can be derived."""
    totals = slice(hierarchy.areas, None)
    gap, no = cells.residue[..., totals], np.zeros(1, dtype=bool)
    far = np.full_like(gap, FAR)
    need = needs(gap, gap, far, cells.k[..., totals], thin=no, guarded=no, zero=no)
    return cells.published[..., totals] & (gap > 0) & need.unmet(ranges.gap_low, ranges.gap_high)


def _together(hierarchy: Hierarchy, values: np.ndarray) -> np.ndarray:
    """Return sums over the areas of municipalities; last, the sum over municipalities."""
    n, m = hierarchy.areas, hierarchy.units
    top = values[..., n : n + m].sum(-1, keepdims=True)
    return np.concatenate([hierarchy.sums(values[..., :n]), top], axis=-1)
