"""From the name of a count in the catalogue to its numbers at every place and date."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sozialraum.errors import IndicatorError
from sozialraum.indicators.delivered import ABSENT, Delivered, Parts
from sozialraum.indicators.places import Places
from sozialraum.methods.totals import (
    KNOWN,
    Counts,
    either,
    first_known,
    grouped,
    nothing,
    stacked,
)
from sozialraum.model import Blocks, Delivery, Indicator, Source
from sozialraum.schema import undated

HALF_NOISE = 1e-6
"""A count this close to a whole number is one (sums of floats)."""


class Resolver:
    """Finds counts by name: block variables and variables of deliveries.

    Parameters
    ----------
    blocks
        Blocks with their counts.
    places
        Where counts are brought to.
    deliveries
        Deliveries with different names.
    estimates
        Names of counts that are estimates and may be rounded to whole numbers.
    """

    def __init__(
        self,
        blocks: Blocks,
        places: Places,
        deliveries: Sequence[Delivery],
        estimates: frozenset[str] = frozenset(),
    ) -> None:
        names = [delivery.name for delivery in deliveries]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise IndicatorError("measure.delivery_names", ids=twice)
        self.blocks, self.places = blocks, places
        self.deliveries = {d.name: Delivered(d, places) for d in deliveries}
        self.estimates = estimates | set(blocks.estimates)
        carried = {f"{d.name}.{v}" for d in deliveries for v in d.estimates}
        self.estimates |= carried
        # a whole count stays one, though an indicator may set it beside an estimate
        self.told = carried | set(blocks.estimates)
        self.shaping = set(map(undated, blocks.design))
        self.barred = carried | {n for n in blocks.estimates if undated(n) not in self.shaping}
        self._found: dict[str, tuple[tuple[str, ...], Counts]] = {}
        self._used: set[str] = set()

    @property
    def names(self) -> list[str]:
        """Every name that can be used in a catalogue."""
        delivered = [
            f"{name}.{variable}"
            for name, table in self.deliveries.items()
            for variable in table.delivery.variables
        ]
        return [*map(str, self.blocks.counts.columns), *delivered]

    def check(self, references: Sequence[str]) -> None:
        """Raise :class:`IndicatorError` for names that are not there, and say which are."""
        known = self.names
        wanted = {name for reference in references for name in reference.split("|")}
        unknown = sorted(wanted - set(known))
        if unknown:
            raise IndicatorError("measure.unknown_variable", ids=unknown, known=", ".join(known))

    def trusted(self, reference: str | None) -> str | None:
        """Return a count that may pass thresholds; None for one that is an estimate.

        Blocks may allow an estimate of their own (``design``), such as dwellings by a formula.
        """
        barred = not reference or not self.barred.isdisjoint(reference.split("|"))
        return None if barred else reference

    def doubtful(self, indicators: Sequence[Indicator]) -> tuple[str, ...]:
        """Return the ids of indicators whose denominator may be an estimate.

        Where the catalogue calls an indicator an estimate it does not say which of its counts
        is: the denominator may be, unless it is one that shapes areas.
        """
        return tuple(
            i.id
            for i in indicators
            if i.denominator
            and (
                self.trusted(i.denominator) is None
                or (i.estimate and not self.shaping.issuperset(i.denominator.split("|")))
            )
        )

    def marked(self, indicators: Sequence[Indicator]) -> tuple[Indicator, ...]:
        """Return indicators that rest on an estimate as such."""
        return tuple(
            replace(i, estimate=True)
            if any(not self.told.isdisjoint(r.split("|")) for r in references_of(i))
            else i
            for i in indicators
        )

    def notes(self) -> tuple[str, ...]:
        """Return what was noticed about the keys of the deliveries in use."""
        used = [name for name in self.deliveries if name in self._used]
        return tuple(note for name in used for note in self.deliveries[name].check_keys())

    def sources(self) -> tuple[Source, ...]:
        """Return the sources of the blocks and of the deliveries in use."""
        used = [t.delivery.source for name, t in self.deliveries.items() if name in self._used]
        return tuple(dict.fromkeys([*self.blocks.sources, *used]))

    def find(self, reference: str) -> tuple[tuple[str, ...], Counts]:
        """Return the dates (ascending) and counts of a name at all places.

        Several names joined by ``|`` are alternatives: a place takes the first that has it.
        """
        if reference not in self._found:
            alternatives = [self._parts(name) for name in reference.split("|")]
            dates = tuple(sorted({date for parts in alternatives for date in parts.dates}))
            joined = _joined(alternatives, dates, self.places.atoms.area)
            levels = _with_totals(joined, self.places)
            counts = stacked(*levels[:3], *self._further(reference, levels[3:]))
            self._found[reference] = dates, counts
        return self._found[reference]

    def at(self, reference: str, dates: Sequence[str]) -> Counts:
        """Return the counts of a name at given dates; missing where it has none."""
        known, counts = self.find(reference)
        rows = np.array([known.index(date) if date in known else -1 for date in dates], dtype=int)
        return counts.take(rows, ABSENT)

    def latest(self, reference: str, dates: Sequence[str]) -> np.ndarray:
        """Return numbers at each date: the last known one up to it, else the earliest.

        Returns
        -------
        ndarray
            (dates, places) numbers; where only parts are known, what these add up to at
            least; NaN where nothing is.
        """
        known_dates, counts = self.find(reference)
        known = (counts.missing == KNOWN) | (counts.low > 0)
        value = np.where(known, counts.low, np.nan)
        row = np.arange(len(known_dates))[:, None]
        last = np.maximum.accumulate(np.where(known, row, -1), axis=0)
        first = np.argmax(known, axis=0)
        upto = np.searchsorted(np.array(known_dates), np.array(dates), side="right") - 1
        chosen = np.where((upto < 0)[:, None], -1, last[upto])
        chosen = np.where(chosen < 0, first, chosen)
        return value[chosen, np.arange(value.shape[1])]

    def _parts(self, name: str) -> Parts:
        if name in self.blocks.counts.columns:
            parts = self._block_parts(name)
        else:
            delivery, _, variable = name.partition(".")
            self._used.add(delivery)
            parts = self.deliveries[delivery].parts(variable)
        return self._in_whole_numbers(name, parts)

    def _block_parts(self, name: str) -> Parts:
        counts = pd.to_numeric(self.blocks.counts[name]).to_numpy(dtype=float, na_value=np.nan)
        gone = np.isnan(counts)
        minimum = max((source.minimum for source in self.blocks.sources), default=0)
        blocks = Counts(
            np.where(gone, 0.0, counts)[None],
            np.where(gone, np.inf, counts)[None],
            np.where(gone, ABSENT, KNOWN)[None].astype(np.int8),
            np.where(gone, 0, minimum)[None],
        )
        places = self.places
        areas = grouped(blocks, places.area_of_block, len(places.areas), ABSENT)
        atoms = grouped(blocks, places.atoms.of_block, len(places.atoms.keys), ABSENT)
        units, county = nothing(1, len(places.units), ABSENT), nothing(1, 1, ABSENT)
        others = tuple(nothing(1, len(other.areas), ABSENT) for other in places.others)
        return Parts((self.blocks.dates.get(name, ""),), areas, units, county, atoms, others)

    def _in_whole_numbers(self, name: str, parts: Parts) -> Parts:
        """Return whole counts; raise for fractions of a count that is no estimate.

        Pieces are left as they are: an estimate is rounded once it is summed up.
        """
        places = self.places
        areas = self._whole(name, parts.areas, places.areas)
        units = self._whole(name, parts.units, places.units)
        county = self._whole(name, parts.county, pd.Index([places.county]))
        return Parts(parts.dates, areas, units, county, parts.atoms, parts.others)

    def _further(self, reference: str, levels: Sequence[Counts]) -> list[Counts]:
        """Return whole counts of further geographies, and pieces without fractions."""
        *others, atoms = levels
        named = zip(others, self.places.others, strict=True)
        whole = [self._whole(reference, counts, other.areas) for counts, other in named]
        gone = nothing(len(atoms.low), len(self.places.atoms.keys), ABSENT)
        return [*whole, either(_fractions(atoms), gone, atoms).whole()]

    def _whole(self, reference: str, counts: Counts, keys: pd.Index) -> Counts:
        off = _fractions(counts)
        if off.any() and self.estimates.isdisjoint(reference.split("|")):
            ids = keys[off.any(axis=0)]
            raise IndicatorError("measure.not_whole", ids=ids, variable=reference)
        return counts.whole()


def references_of(indicator: Indicator) -> list[str]:
    """Return the counts that a definition names."""
    named = (indicator.numerator, indicator.denominator, indicator.behind)
    return [name for name in named if name]


def _fractions(counts: Counts) -> np.ndarray:
    """Return where a known count is no whole number."""
    off = np.abs(counts.low - np.round(counts.low)) > HALF_NOISE
    return off & (counts.missing == KNOWN)


def _joined(alternatives: Sequence[Parts], dates: tuple[str, ...], around: np.ndarray) -> Parts:
    """Return, place by place and date by date, the first alternative that has it.

    A piece takes the alternative that its small area takes, so that the pieces of an area
    add up to it; `around` is the small area of every piece, -1 where it has none.
    """
    found: Parts | None = None
    for parts in alternatives:
        given = _at_dates(parts, dates)
        if found is None:
            found = given
            continue
        settled = (found.areas.missing != ABSENT)[:, around] & (around >= 0)
        follows = (given.areas.missing != ABSENT)[:, around] & (around >= 0)
        atoms = either(follows, given.atoms, first_known(found.atoms, given.atoms, ABSENT))
        others = zip(found.others, given.others, strict=True)
        found = Parts(
            dates,
            first_known(found.areas, given.areas, ABSENT),
            first_known(found.units, given.units, ABSENT),
            first_known(found.county, given.county, ABSENT),
            either(settled, found.atoms, atoms),
            tuple(first_known(one, other, ABSENT) for one, other in others),
        )
    assert found is not None
    return found


def _at_dates(parts: Parts, dates: tuple[str, ...]) -> Parts:
    """Return counts at given dates; missing where there are none."""
    rows = np.array([parts.dates.index(d) if d in parts.dates else -1 for d in dates], dtype=int)
    levels = (parts.areas, parts.units, parts.county, parts.atoms)
    areas, units, county, atoms = (counts.take(rows, ABSENT) for counts in levels)
    others = tuple(counts.take(rows, ABSENT) for counts in parts.others)
    return Parts(dates, areas, units, county, atoms, others)


def _with_totals(parts: Parts, places: Places) -> tuple[Counts, ...]:
    """Return counts of areas, municipalities, county, further geographies, and pieces.

    A municipality's own row wins over the sum of its areas; the county is the sum of its
    municipalities, and its own row counts where that sum is not known. So does the row of
    an area of a further geography over the small areas and pieces that it is made of. A
    piece that is a whole small area has its count, and in a small area without anybody no
    piece has anybody.
    """
    summed = grouped(parts.areas, places.unit_of_area, len(places.units), ABSENT)
    units = first_known(parts.units, summed, ABSENT)
    everything = np.zeros(len(places.units), dtype=int)
    whole = grouped(units, everything, 1, ABSENT)
    own = first_known(parts.county, whole, ABSENT)
    known = whole.missing == KNOWN
    county = Counts(
        np.where(known, whole.low, own.low),
        np.where(known, whole.high, own.high),
        np.where(known, whole.missing, own.missing),
        np.maximum(whole.minimum, own.minimum),
    )
    areas, atoms = parts.areas, parts.atoms
    around = areas.places(places.atoms.area)
    nobody = (around.missing == KNOWN) & (around.high == 0) & (places.atoms.area >= 0)
    atoms = either(nobody | places.atoms.whole, around, atoms)
    pieces = stacked(areas, atoms)
    others = []
    for own, other in zip(parts.others, places.others, strict=True):
        summed = grouped(pieces.places(other.part), other.owner, len(other.areas), ABSENT)
        others.append(first_known(own, summed, ABSENT))
    return areas, units, county, *others, atoms
