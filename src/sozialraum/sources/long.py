"""Counts by key and date, put into the long table of a delivery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from sozialraum.model.delivered import DELIVERY_COLUMNS
from sozialraum.sources.symbols import Counts, Mark, states_of


@dataclass(frozen=True, slots=True)
class Part:
    """Counts read from one table: one entry a row of it.

    Parameters
    ----------
    level, key, date
        Level, key and ISO date of every row.
    counts
        Numbers and marks by variable.
    """

    level: np.ndarray
    key: np.ndarray
    date: np.ndarray
    counts: Mapping[str, Counts]


def repeated(value: str, times: int) -> np.ndarray:
    """Return a text as often as there are rows."""
    return np.full(times, value, dtype=object)


def stacked(counts: Sequence[Counts]) -> Counts:
    """Return columns put one below the other."""
    names = ("value", "low", "high", "mark", "limited")
    return Counts(*(np.concatenate([getattr(c, name) for c in counts]) for name in names))


def spread(counts: Counts, at: np.ndarray, size: int, mark: Mark = Mark.NOT_DELIVERED) -> Counts:
    """Return counts put at positions of a column; `mark` says what the rest is."""
    value, low, high = (np.full(size, np.nan) for _ in range(3))
    marks = np.full(size, mark, np.int8)
    limited = np.zeros(size, bool)
    value[at], low[at], high[at] = counts.value, counts.low, counts.high
    marks[at], limited[at] = counts.mark, counts.limited
    return Counts(value, low, high, marks, limited)


def long_table(parts: Sequence[Part]) -> pd.DataFrame:
    """Return the long table of a delivery, sorted, so that the order of files never matters."""
    names = sorted({name for part in parts for name in part.counts})
    sorted_places: dict[tuple[int, ...], tuple[pa.Table, np.ndarray]] = {}
    tables = []
    for name in names:
        # variables mostly come from the same parts, whose rows are then sorted once
        holders = tuple(i for i, part in enumerate(parts) if name in part.counts)
        if holders not in sorted_places:
            sorted_places[holders] = _places([parts[i] for i in holders])
        places, order = sorted_places[holders]
        tables.append(_numbers(places, order, name, [parts[i].counts[name] for i in holders]))
    return pa.concat_tables(tables).select(list(DELIVERY_COLUMNS)).to_pandas()


def _places(parts: Sequence[Part]) -> tuple[pa.Table, np.ndarray]:
    """Return level, key and date of all rows in sorted order, and that order."""
    names = ("level", "key", "date")
    columns = {
        name: pa.array(np.concatenate([getattr(part, name) for part in parts]), pa.string())
        for name in names
    }
    table = pa.table(columns)
    table = table.append_column("row", pa.array(np.arange(table.num_rows)))
    table = table.sort_by([(name, "ascending") for name in ("date", "level", "key")])
    return table.select(names), table["row"].to_numpy()


def _numbers(places: pa.Table, order: np.ndarray, name: str, counts: Sequence[Counts]) -> pa.Table:
    """Return the long rows of one variable."""
    mark = np.concatenate([c.mark for c in counts])[order]
    columns = {
        "variable": pa.repeat(name, len(order)),
        "value": np.concatenate([c.value for c in counts])[order],
        "low": np.concatenate([c.low for c in counts])[order],
        "high": np.concatenate([c.high for c in counts])[order],
        "state": pa.array(states_of(mark), pa.string()),
    }
    for column, values in columns.items():
        places = places.append_column(column, pa.array(values))
    return places
