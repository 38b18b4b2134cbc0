"""Counts of some places out of the measures, as whole numbers."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.disclosure.single import too_small
from sozialraum.errors import DisclosureError
from sozialraum.methods.tables import FAR, Cells
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
class Reading:
    """Counts of some places as they were measured, sums and marks not considered yet.

    Parameters
    ----------
    tables
        Indicator and date of every table, sorted by date and id.
    cells
        Counts and the rules for single ones; nothing is published yet.
    state
        (tables, places) state of the numerator.
    known
        (tables, places) True where count and denominator are known to us.
    label
        (tables, places) state that shows where a count is not published.
    """

    tables: tuple[tuple[Indicator, str], ...]
    cells: Cells
    state: np.ndarray
    known: np.ndarray
    label: np.ndarray

    @property
    def delivered(self) -> np.ndarray:
        """True where a count was delivered, suppressed ones included."""
        return np.isin(self.state, DELIVERED)


def read_cells(measures: Measures, policy: Policy, keys: tuple[str, ...]) -> Reading:
    """Return the counts of some places, with too small places marked.

    Parameters
    ----------
    measures, policy
        As for the gate.
    keys
        Ids of the places: areas of any geography, or pieces of the overlay.

    Raises
    ------
    DisclosureError
        A count is not a whole number, or exceeds its denominator.
    """
    tables, columns = _columns(measures, keys)
    rate = np.array([[indicator.is_rate] for indicator, _ in tables])
    numerator, denominator = columns["numerator_state"], columns["denominator_state"]
    known = numerator == State.VALUE
    base_known = (denominator == State.VALUE) | ~rate
    base = np.where(rate & base_known, _whole(columns["denominator"], FAR), FAR)
    cells = _cells(columns, tables, policy, base)
    if (known & (cells.low > base)).any():
        raise DisclosureError("disclosure.exceeds", ids=_ids(tables, known & (cells.low > base)))
    estimated = np.array([[indicator.id in measures.barred] for indicator, _ in tables])
    # an estimate may be anything: whoever it is made of must be there
    cells = replace(cells, sure=np.where(estimated, np.minimum(base, cells.residents), base))
    small = too_small(measures, policy, keys, cells)
    cells = replace(cells, thin=np.logical_or.reduce(list(small.values())))
    delivered = np.isin(numerator, DELIVERED)
    state = np.where(delivered & ~base_known, denominator, numerator)
    label = np.where(np.isin(state, DELIVERED), str(State.SUPPRESSED), state)
    return Reading(tables, cells, numerator, known & base_known, label)


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
    thresholds = [policy.effective(i.sensitivity, zero=i.zero_sensitive) for i in indicators]
    k = np.maximum(np.array([[one.k] for one in thresholds]), minimum)
    fixed = 0 if policy.min_width is None else policy.min_width
    width = np.full_like(k, fixed) if fixed else np.maximum(k - 1, 1)
    asked = np.array([[indicator.behind is not None] for indicator in indicators])
    behind = np.where(asked, _whole(columns["behind_low"], 0), FAR)
    residents = _whole(columns["residents"], 0)
    full, nothing = np.minimum(base, FAR), np.zeros_like(base)
    return Cells(
        low=low,
        high=high,
        base=base,
        sure=base,
        least=nothing,
        most=full,
        known_low=nothing,
        known_high=full,
        free_low=nothing,
        free_high=full,
        marked=np.zeros(base.shape, dtype=bool),
        k=k,
        width=width,
        thin=np.zeros(base.shape, dtype=bool),
        guarded=(behind < k) & (high > 0),
        zero=np.array(
            [[policy.effective(i.sensitivity, zero=i.zero_sensitive).zero] for i in indicators]
        ),
        residents=residents,
        behind=behind,
        residue=nothing,
        loss=np.where(base < FAR, base, np.where(residents > 0, residents, low)),
        published=np.zeros(base.shape, dtype=bool),
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
