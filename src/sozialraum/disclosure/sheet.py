"""Measures as whole numbers: one table an indicator and date, one column a place."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.disclosure.reading import Reading, read_cells
from sozialraum.disclosure.single import allowed
from sozialraum.errors import DisclosureError
from sozialraum.methods.derivation import derive, true_limits
from sozialraum.methods.tables import FAR, Cells, Hierarchy
from sozialraum.model import Indicator, Measures, Policy
from sozialraum.schema import State


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Everything the gate needs, as arrays.

    Parameters
    ----------
    hierarchy
        Places: areas sorted by municipality and key, municipalities, county.
    keys
        Key of every place.
    tables
        Indicator and date of every table, sorted by date and id.
    cells
        Counts; `published` says what the rules for single counts allow.
    delivered
        (tables, places) True where a count was delivered, suppressed ones included.
    label
        (tables, places) state that shows where a count is not published.
    withheld
        (tables, municipalities) True where one has not agreed, delivered or not.
    """

    hierarchy: Hierarchy
    keys: tuple[str, ...]
    tables: tuple[tuple[Indicator, str], ...]
    cells: Cells
    delivered: np.ndarray
    label: np.ndarray
    withheld: np.ndarray

    def name(self, table: int) -> str:
        """Return how a message calls a table."""
        indicator, date = self.tables[table]
        return f"{indicator.id} ({date})" if date else indicator.id


class Withheld(NamedTuple):
    """What a municipality has not agreed to publish: of an indicator, or of all (``""``)."""

    municipality: str
    indicator: str = ""


def make_sheet(measures: Measures, policy: Policy, withheld: Collection[Withheld] = ()) -> Sheet:
    """Return measures as arrays, with the rules for single counts applied.

    Parameters
    ----------
    measures, policy
        As for the gate.
    withheld
        What is hidden whatever it is, areas and municipality.

    Raises
    ------
    DisclosureError
        A count is not a whole number, or exceeds its denominator.
    """
    hierarchy, keys = _places(measures)
    reading = read_cells(measures, policy, keys)
    not_agreed = _not_agreed(reading, hierarchy, keys, withheld)
    reading = _without(reading, hierarchy, not_agreed)
    cells = true_limits(hierarchy, _with_marks(hierarchy, reading.cells, reading.state))
    cells = _without_own_conclusions(hierarchy, cells)
    single = allowed(cells, changed=policy.protection.changes)
    return Sheet(
        hierarchy,
        keys,
        reading.tables,
        replace(cells, published=single & reading.known),
        reading.delivered,
        reading.label,
        not_agreed,
    )


def _not_agreed(
    reading: Reading, h: Hierarchy, keys: tuple[str, ...], withheld: Collection[Withheld]
) -> np.ndarray:
    """Return (tables, municipalities) where a municipality has not agreed."""
    units = keys[h.areas : h.areas + h.units]
    strange = sorted({one.municipality for one in withheld} - set(units))
    if strange:
        raise DisclosureError("disclosure.withheld_unknown", ids=strange)
    found = np.zeros((len(reading.tables), h.units), dtype=bool)
    for one in withheld:
        rows = [one.indicator in ("", indicator.id) for indicator, _ in reading.tables]
        found[rows, units.index(one.municipality)] = True
    return found


def _without(reading: Reading, h: Hierarchy, not_agreed: np.ndarray) -> Reading:
    """Return the reading with what was not agreed to marked like what is too small.

    It must stay as uncertain as a small count, or it could be got by subtraction.
    """
    county = np.zeros((len(not_agreed), 1), dtype=bool)
    hidden = np.hstack([not_agreed[:, h.unit_of_area], not_agreed, county])
    cells = reading.cells
    return replace(
        reading,
        cells=replace(
            cells, thin=cells.thin | hidden, guarded=cells.guarded | (hidden & (cells.high > 0))
        ),
        label=np.where(hidden & reading.delivered, str(State.NOT_RELEASED), reading.label),
    )


def _places(measures: Measures) -> tuple[Hierarchy, tuple[str, ...]]:
    frame, units = measures.areas.frame, sorted(measures.units.index)
    unit = pd.Index(units).get_indexer(pd.Index(frame[schema.MUNICIPALITY]))
    order = np.lexsort((frame.index.to_numpy(dtype=object).astype(str), unit))
    starts = np.concatenate([[0], np.cumsum(np.bincount(unit, minlength=len(units)))])
    level = measures.table[schema.GEOGRAPHY]
    county = sorted(set(measures.table.loc[level == schema.COUNTY_LEVEL, schema.AREA_ID]))
    keys = (*frame.index[order], *units, *(county[:1] or [schema.COUNTY_LEVEL]))
    return Hierarchy(starts.astype(np.int64)), tuple(str(key) for key in keys)


def _with_marks(hierarchy: Hierarchy, cells: Cells, state: np.ndarray) -> Cells:
    """Return the cells with what a supplier's mark tells about a hidden count.

    The total of a municipality is marked only if its limits say more than those of its
    areas do: otherwise they are nothing but the sum of these.
    """
    n, m = hierarchy.areas, hierarchy.units
    unit = slice(n, n + m)
    marked = np.isin(state, [State.SUPPLIER, State.SUPPRESSED])
    least, most = np.zeros_like(cells.low), np.full_like(cells.high, FAR)
    least[:, unit], most[:, unit] = (
        hierarchy.sums(cells.low[:, :n]),
        hierarchy.sums(cells.high[:, :n]),
    )
    least[:, -1], most[:, -1] = cells.low[:, unit].sum(axis=1), cells.high[:, unit].sum(axis=1)
    small = np.arange(cells.low.shape[1]) < n
    # limits of a total that contradict those of its parts tell nothing
    marked &= small | ((cells.low <= most) & (cells.high >= least))
    tells_low = marked & (cells.low > least)
    tells_high = marked & (cells.high < FAR) & (small | (cells.high < most))
    return replace(
        cells,
        marked=tells_low | tells_high,
        known_low=np.where(tells_low, cells.low, cells.known_low),
        known_high=np.where(tells_high, cells.high, cells.known_high),
    )


def _without_own_conclusions(hierarchy: Hierarchy, cells: Cells) -> Cells:
    """Return the cells with marks narrowed by what the supplier's other marks say already.

    What follows from the marks alone was given away by the supplier, not by a release.
    """
    alone = derive(hierarchy, cells, np.zeros_like(cells.marked), cells.known_low, cells.known_high)
    narrower = cells.marked & (alone.low <= alone.high)
    return replace(
        cells,
        known_low=np.where(narrower, alone.low, cells.known_low),
        known_high=np.where(narrower, alone.high, cells.known_high),
    )
