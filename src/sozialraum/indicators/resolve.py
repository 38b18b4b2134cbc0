"""From the name of a count in the catalogue to its numbers at every place and date."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sozialraum.errors import IndicatorError
from sozialraum.indicators.delivered import ABSENT, Delivered, Parts, with_totals
from sozialraum.indicators.places import Places
from sozialraum.methods.totals import KNOWN, Counts, first_known, grouped, nothing, stacked
from sozialraum.model import Blocks, Delivery, Source

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
            joined = _joined(alternatives, dates)
            counts = stacked(*with_totals(joined, self.places))
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
        units, county = nothing(1, len(places.units), ABSENT), nothing(1, 1, ABSENT)
        return Parts((self.blocks.dates.get(name, ""),), areas, units, county)

    def _in_whole_numbers(self, name: str, parts: Parts) -> Parts:
        """Return whole counts; raise for fractions of a count that is no estimate."""
        levels = {
            "areas": (parts.areas, list(self.places.areas)),
            "units": (parts.units, list(self.places.units)),
            "county": (parts.county, [self.places.county]),
        }
        for counts, keys in levels.values():
            off = np.abs(counts.low - np.round(counts.low)) > HALF_NOISE
            off &= counts.missing == KNOWN
            if off.any() and name not in self.estimates:
                ids = [keys[i] for i in np.flatnonzero(off.any(axis=0))]
                raise IndicatorError("measure.not_whole", ids=ids, variable=name)
        whole = [counts.whole() for counts, _ in levels.values()]
        return Parts(parts.dates, *whole)


def _joined(alternatives: Sequence[Parts], dates: tuple[str, ...]) -> Parts:
    """Return, place by place and date by date, the first alternative that has it."""
    levels = []
    for level in ("areas", "units", "county"):
        found: Counts | None = None
        for parts in alternatives:
            rows = [parts.dates.index(d) if d in parts.dates else -1 for d in dates]
            counts: Counts = getattr(parts, level).take(np.array(rows, dtype=int), ABSENT)
            found = counts if found is None else first_known(found, counts, ABSENT)
        assert found is not None
        levels.append(found)
    return Parts(dates, *levels)
