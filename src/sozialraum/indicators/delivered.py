"""Counts of a delivery, brought to areas, municipalities and county."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError
from sozialraum.indicators.places import NOBODY, Places
from sozialraum.messages import default_language, listing, text
from sozialraum.methods.totals import KNOWN, Counts, either, first_known, nothing
from sozialraum.model import Delivery
from sozialraum.schema import REASONS, State

ABSENT = REASONS.index(State.NOT_DELIVERED)
_CODES = {str(state): code for code, state in enumerate(REASONS)} | {
    str(State.SUPPRESSED): REASONS.index(State.SUPPLIER)
}


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """Counts of one variable at every level, before anything is summed upwards.

    Parameters
    ----------
    dates
        ISO dates, ascending.
    areas, units, county
        Counts by date of the areas, and of municipalities and county as far as the
        supplier gave them out itself.
    atoms
        Counts of the pieces of the overlay, where the source is finer than areas.
    others
        Counts of further geographies as far as the supplier gave them out itself.
    """

    dates: tuple[str, ...]
    areas: Counts
    units: Counts
    county: Counts
    atoms: Counts
    others: tuple[Counts, ...] = ()


class Delivered:
    """A delivery, prepared once so that every variable is a slice of it."""

    def __init__(self, delivery: Delivery, places: Places) -> None:
        self.delivery, self.places = delivery, places
        home = places.home(delivery.geography)
        if home is None and places.others and (delivery.table["level"] == "area").any():
            known = ", ".join([schema.AREAS_LEVEL, *(other.name for other in places.others)])
            named = [f"{delivery.name} ({delivery.geography})"]
            raise IndicatorError("measure.unknown_geography", ids=named, known=known)
        self.home = NOBODY if home is None else home

    @cached_property
    def _codes(self) -> dict[str, tuple[np.ndarray, pd.Index]]:
        names = ("level", "key", schema.DATE, "variable")
        return {name: _factorized(self.delivery.table[name]) for name in names}

    @cached_property
    def _slices(self) -> dict[str, np.ndarray]:
        codes, names = self._codes["variable"]
        order = np.argsort(codes, kind="stable")
        bounds = np.searchsorted(codes[order], np.arange(len(names) + 1))
        return {name: order[bounds[i] : bounds[i + 1]] for i, name in enumerate(names)}

    @cached_property
    def _limits(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        table = self.delivery.table
        low = table["low"].to_numpy(dtype=float, na_value=np.nan)
        high = table["high"].to_numpy(dtype=float, na_value=np.nan)
        value = table["value"].to_numpy(dtype=float, na_value=np.nan)
        known = ~np.isnan(value)
        codes, names = _factorized(table["state"])
        missing = np.array([_CODES[str(name)] for name in names], dtype=np.int8)[codes]
        low = np.where(known, value, np.where(np.isnan(low), 0.0, low))
        return low, np.where(known, value, np.where(np.isnan(high), np.inf, high)), missing

    @property
    def _areas(self) -> pd.Index:
        """Areas that rows of level `area` name: the small ones or those of a geography."""
        return self.places.areas if self.home == NOBODY else self.places.others[self.home].areas

    @cached_property
    def _positions(self) -> dict[str, np.ndarray]:
        """Position of every row's key among the places of its own level; -1 elsewhere."""
        places = self.places
        county = pd.Index([places.county])
        known = {
            "area": self._areas,
            "cell": places.blocks,
            "municipality": places.units,
            "county": county,
        }
        key_codes, keys = self._codes["key"]
        level_codes, levels = self._codes["level"]
        result = {}
        for level, index in known.items():
            at = np.flatnonzero(level_codes == levels.get_indexer(pd.Index([level]))[0])
            position = np.full(len(key_codes), -1)
            position[at] = index.get_indexer(keys)[key_codes[at]]
            if level == "area":
                position[at[self._former[at]]] = -1
            result[level] = position
        return result

    @cached_property
    def _former(self) -> np.ndarray:
        """Whether a row has the key of an area that is not what it was (of any level)."""
        key_codes, keys = self._codes["key"]
        return keys.isin(list(self.places.changed))[key_codes]

    @cached_property
    def _covered(self) -> np.ndarray:
        """(dates, municipalities): where an absent key may be read as nobody.

        A municipality counts for a date only if something of it was delivered then.
        """
        codes, names = self._codes[schema.DATE]
        covered = np.zeros((len(names), len(self.places.units)), dtype=bool)
        cell, area = self._positions["cell"], self._positions["area"]
        at = cell >= 0
        unit_of_block = self.places.unit_of_area[self.places.area_of_block]
        covered[codes[at], unit_of_block[cell[at]]] = True
        at = area >= 0
        np.logical_or.at(covered, codes[at], self._units_of_areas[area[at]])
        if self.delivery.covers:
            covered &= self.places.units.isin(list(self.delivery.covers))
        return covered

    @cached_property
    def _units_of_areas(self) -> np.ndarray:
        """(areas, municipalities): where the areas that rows name have blocks."""
        places = self.places
        if self.home != NOBODY:
            return places.others[self.home].units
        return places.unit_of_area[:, None] == np.arange(len(places.units))

    def check_keys(self) -> tuple[str, ...]:
        """Return a sentence a level about keys that match nothing.

        Raises
        ------
        IndicatorError
            No key of the whole delivery matches: almost always lost leading zeros.
        """
        key_codes, keys = self._codes["key"]
        level_codes, levels = self._codes["level"]
        area = level_codes == levels.get_indexer(pd.Index(["area"]))[0]
        former = area & self._former
        matched = (np.max([*self._positions.values()], axis=0) >= 0) | former
        if len(matched) and not matched.any():
            known = ", ".join([*map(str, self._areas[:2]), *map(str, self.places.units[:1])])
            raise IndicatorError(
                "measure.no_key_matches", ids=keys[:3], delivery=self.delivery.name, known=known
            )
        language = default_language()
        notes = []
        if former.any():
            moved = listing(tuple(sorted(set(keys[key_codes[former]]))), 5, language)
            named = {"delivery": self.delivery.name, "ids": moved}
            notes.append(text("measure.keys_of_changed", language, **named))
        for code, level in enumerate(levels):
            stray = sorted(set(keys[key_codes[(level_codes == code) & ~matched]]))
            if stray:
                name = text(f"measure.level_{level}", language)
                shown = listing(tuple(stray), 5, language)
                values = {"delivery": self.delivery.name, "level": name, "count": len(stray)}
                notes.append(text("measure.keys_unknown", language, ids=shown, **values))
        return tuple(notes)

    def parts(self, variable: str) -> Parts:
        """Return the counts of one variable at the dates it was delivered for."""
        rows = self._slices[variable]
        codes, names = self._codes[schema.DATE]
        used = np.unique(codes[rows])
        used = used[np.argsort(names[used].to_numpy())]
        date_of = np.full(len(names), -1)
        date_of[used] = np.arange(len(used))
        date = date_of[codes[rows]]
        places, atoms = self.places, self.places.atoms
        own = self._placed("area", rows, date, used)
        areas = self._cells(rows, date, used, places.area_of_block, places.unit_of_area)
        pieces = self._cells(rows, date, used, atoms.of_block, atoms.unit)
        others = [nothing(len(used), len(other.areas), ABSENT) for other in places.others]
        if self.home == NOBODY:
            areas = first_known(own, areas, ABSENT)
            # what was counted for a whole area says nothing of its pieces
            settled = (own.missing != ABSENT)[:, atoms.area] & (atoms.area >= 0)
            pieces = either(settled, nothing(len(used), len(atoms.keys), ABSENT), pieces)
        else:
            others[self.home] = own
        units, county = (self._placed(n, rows, date, used) for n in ("municipality", "county"))
        return Parts(tuple(names[used]), areas, units, county, pieces, tuple(others))

    def _minimum(self, missing: np.ndarray) -> np.ndarray:
        return np.where(missing == ABSENT, 0, self.delivery.source.minimum)

    def _placed(self, level: str, rows: np.ndarray, date: np.ndarray, used: np.ndarray) -> Counts:
        """Return counts delivered for places of one level themselves."""
        places = self.places
        sizes = {"area": len(self._areas), "municipality": len(places.units), "county": 1}
        found = nothing(len(used), sizes[level], ABSENT)
        position = self._positions[level][rows]
        at = position >= 0
        if not at.any():
            return found
        low, high, missing = (part[rows[at]] for part in self._limits)
        cell = (date[at], position[at])
        found.low[cell], found.high[cell], found.missing[cell] = low, high, missing
        if level == "area" and self.delivery.absent_is_zero:
            given = np.zeros(found.low.shape, dtype=bool)
            given[cell] = True
            outside = ~self._covered[used]
            nobody = ~(outside @ self._units_of_areas.T) & ~given
            nobody &= self._units_of_areas.any(axis=1)
            nobody &= ~self._areas.isin(list(places.changed))
            found.high[nobody], found.missing[nobody] = 0.0, KNOWN
        return Counts(found.low, found.high, found.missing, self._minimum(found.missing))

    def _cells(
        self,
        rows: np.ndarray,
        date: np.ndarray,
        used: np.ndarray,
        group: np.ndarray,
        unit: np.ndarray,
    ) -> Counts:
        """Return counts delivered for cells, summed over groups of blocks.

        `group` is the group of every block, `unit` the municipality of every group.
        """
        shape = (len(used), len(unit))
        position = self._positions["cell"][rows]
        at = position >= 0
        if not at.any() or not shape[1]:
            return nothing(*shape, ABSENT)
        low, high, missing = (part[rows[at]] for part in self._limits)
        cell = date[at] * shape[1] + group[position[at]]
        size = shape[0] * shape[1]
        sums = [np.bincount(cell, weights, size).reshape(shape) for weights in (low, high)]
        reason = np.zeros(size, dtype=np.int8)
        np.maximum.at(reason, cell, missing)
        if self.delivery.absent_is_zero:
            open_cells = ~self._covered[used][:, unit]
        else:
            expected = np.bincount(group, minlength=shape[1])
            open_cells = np.bincount(cell, minlength=size).reshape(shape) < expected
        open_cells |= unit < 0
        reason = np.where(open_cells, ABSENT, reason.reshape(shape)).astype(np.int8)
        sums[1] = np.where(open_cells, np.inf, sums[1])
        return Counts(sums[0], sums[1], reason, self._minimum(reason))


def _factorized(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    codes, names = pd.factorize(column, use_na_sentinel=False)
    return codes, pd.Index(names)
