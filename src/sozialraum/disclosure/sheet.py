"""Measures as whole numbers: one table an indicator and date, one column a place."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import DisclosureError
from sozialraum.methods.derivation import derive, true_limits
from sozialraum.methods.tables import FAR, Cells, Hierarchy
from sozialraum.model import Indicator, Measures, Policy
from sozialraum.schema import State

type Columns = dict[str, np.ndarray]
NUMBERS = (
    "numerator",
    "numerator_low",
    "numerator_high",
    "denominator",
    "behind_low",
    "residents",
    "supplier_minimum",
)
STATES = ("numerator_state", "denominator_state")
DELIVERED = (State.VALUE, State.SUPPLIER, State.SUPPRESSED)


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
    """

    hierarchy: Hierarchy
    keys: tuple[str, ...]
    tables: tuple[tuple[Indicator, str], ...]
    cells: Cells
    delivered: np.ndarray
    label: np.ndarray

    def name(self, table: int) -> str:
        """Return how a message calls a table."""
        indicator, date = self.tables[table]
        return f"{indicator.id} ({date})" if date else indicator.id


def make_sheet(measures: Measures, policy: Policy) -> Sheet:
    """Return measures as arrays, with the rules for single counts applied.

    Raises
    ------
    DisclosureError
        A count is not a whole number, or exceeds its denominator.
    """
    hierarchy, keys = _places(measures)
    tables, columns = _columns(measures, keys)
    rate = np.array([[indicator.is_rate] for indicator, _ in tables])
    numerator, denominator = columns["numerator_state"], columns["denominator_state"]
    known = numerator == State.VALUE
    base_known = (denominator == State.VALUE) | ~rate
    base = np.where(rate & base_known, _whole(columns["denominator"], FAR), FAR)
    cells = _cells(columns, tables, policy, base)
    if (known & (cells.low > base)).any():
        raise DisclosureError("disclosure.exceeds", ids=_ids(tables, known & (cells.low > base)))
    cells = replace(cells, thin=_thin(measures, policy, keys, columns["residents"], base))
    cells = true_limits(hierarchy, _with_marks(hierarchy, cells, numerator))
    cells = _without_own_conclusions(hierarchy, cells)
    delivered = np.isin(numerator, DELIVERED)
    state = np.where(delivered & ~base_known, denominator, numerator)
    return Sheet(
        hierarchy,
        keys,
        tables,
        replace(cells, published=allowed(cells) & known & base_known),
        delivered,
        np.where(np.isin(state, DELIVERED), str(State.SUPPRESSED), state),
    )


def allowed(cells: Cells) -> np.ndarray:
    """Return where the rules for single counts allow a known count to be published.

    A count n of N people: n = 0, or n ≥ k and N - n ≥ k; a protected zero is not shown,
    nor is a place that is too thin or has too few households behind the persons.
    """
    n = cells.low
    none = (n == 0) & ~cells.zero
    enough = (n >= cells.k) & ((cells.base >= FAR) | (cells.base - n >= cells.k))
    return (none | enough) & ~cells.thin & ~cells.guarded


def _places(measures: Measures) -> tuple[Hierarchy, tuple[str, ...]]:
    frame, units = measures.areas.frame, sorted(measures.units.index)
    unit = pd.Index(units).get_indexer(pd.Index(frame[schema.MUNICIPALITY]))
    order = np.lexsort((frame.index.to_numpy(dtype=object).astype(str), unit))
    starts = np.concatenate([[0], np.cumsum(np.bincount(unit, minlength=len(units)))])
    level = measures.table[schema.GEOGRAPHY]
    county = sorted(set(measures.table.loc[level == schema.COUNTY_LEVEL, schema.AREA_ID]))
    keys = (*frame.index[order], *units, *(county[:1] or [schema.COUNTY_LEVEL]))
    return Hierarchy(starts.astype(np.int64)), tuple(str(key) for key in keys)


def _columns(
    measures: Measures, keys: tuple[str, ...]
) -> tuple[tuple[tuple[Indicator, str], ...], Columns]:
    """Return the tables in order, and every column as (tables, places)."""
    table = measures.table
    by_id = {indicator.id: indicator for indicator in measures.indicators}
    pair = table[schema.DATE].astype(str) + "\n" + table[schema.INDICATOR].astype(str)
    codes, names = pd.factorize(pair, sort=True)
    place = pd.Index(keys).get_indexer(pd.Index(table[schema.AREA_ID]))
    inside = place >= 0
    at = (codes[inside], place[inside])
    shape = (len(names), len(keys))
    columns: Columns = {}
    for name in NUMBERS:
        columns[name] = np.full(shape, np.nan)
        columns[name][at] = table[name].to_numpy(dtype=float, na_value=np.nan)[inside]
    for name in STATES:
        columns[name] = np.full(shape, str(State.NOT_DELIVERED), dtype=object)
        columns[name][at] = table[name].to_numpy(dtype=object)[inside]
    split = [str(name).split("\n") for name in names]
    return tuple((by_id[name], date) for date, name in split), columns


def _cells(
    columns: Columns,
    tables: tuple[tuple[Indicator, str], ...],
    policy: Policy,
    base: np.ndarray,
) -> Cells:
    """Return the counts and rules, before marks and sums are considered."""
    indicators = [indicator for indicator, _ in tables]
    value = columns["numerator"]
    missing = np.isnan(value)
    high = _whole(np.where(missing, columns["numerator_high"], value), FAR)
    high = np.where(missing, np.minimum(high, base), high)
    low = _whole(np.where(missing, columns["numerator_low"], value), 0)
    low = np.minimum(low, high)
    minimum = _whole(columns["supplier_minimum"], 0)
    own = np.array([[policy.k_for(indicator.sensitivity)] for indicator in indicators])
    k = np.maximum(own, minimum)
    asked = np.array([[indicator.behind is not None] for indicator in indicators])
    behind = np.where(asked, _whole(columns["behind_low"], 0), FAR)
    residents = _whole(columns["residents"], 0)
    full, nothing = np.minimum(base, FAR), np.zeros_like(base)
    return Cells(
        low=low,
        high=high,
        base=base,
        least=nothing,
        most=full,
        known_low=nothing,
        known_high=full,
        free_low=nothing,
        free_high=full,
        marked=np.zeros(base.shape, dtype=bool),
        k=k,
        thin=np.zeros(base.shape, dtype=bool),
        guarded=(behind < k) & (high > 0),
        zero=np.array([[indicator.zero_sensitive] for indicator in indicators]),
        residents=residents,
        behind=behind,
        residue=nothing,
        loss=np.where(base < FAR, base, np.where(residents > 0, residents, low)),
        published=np.zeros(base.shape, dtype=bool),
    )


def _thin(
    measures: Measures,
    policy: Policy,
    keys: tuple[str, ...],
    residents: np.ndarray,
    base: np.ndarray,
) -> np.ndarray:
    """Return where a place has too few people, or nobody knows how many."""
    frame = measures.areas.frame
    failing = pd.Index(keys).isin(frame.index[~frame["passes"].to_numpy(dtype=bool)])
    few = ~(residents >= policy.residents) if policy.residents > 0 else np.zeros_like(base, bool)
    return few | ((base < FAR) & (base < policy.denominator)) | failing


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


def _whole(values: np.ndarray, missing: int) -> np.ndarray:
    """Return whole numbers; raise for fractions, which no count of people has."""
    filled = np.where(np.isfinite(values), values, missing)
    whole = np.round(filled)
    if (np.abs(filled - whole) > 1e-6).any():
        raise DisclosureError("disclosure.not_whole")
    return whole.astype(np.int64)


def _ids(tables: tuple[tuple[Indicator, str], ...], where: np.ndarray) -> list[str]:
    return [f"{tables[t][0].id} ({tables[t][1]})" for t in np.flatnonzero(where.any(axis=1))]
