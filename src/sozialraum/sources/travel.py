"""Travel times and distances that somebody computed: tables of pairs, long or wide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet
from scipy.sparse import csr_array

from sozialraum.errors import SourceError
from sozialraum.model import Source, TravelTimes
from sozialraum.sources.archives import local_file
from sozialraum.sources.keys import as_text, find_column
from sozialraum.sources.loaded import Loaded, load, places_in
from sozialraum.sources.notes import note
from sozialraum.sources.person_columns import SAMPLE
from sozialraum.sources.persons import refuse_persons
from sozialraum.sources.points_columns import numbers_of
from sozialraum.sources.symbols import DASHES, OFFICIAL

type Unit = Literal["minutes", "seconds", "hours", "metres", "kilometres"]
UNITS: Mapping[str, tuple[str, float]] = {
    "minutes": ("minutes", 1.0),
    "seconds": ("minutes", 1 / 60),
    "hours": ("minutes", 60.0),
    "metres": ("metres", 1.0),
    "kilometres": ("metres", 1000.0),
}
"""Units of files, as minutes or metres."""
PARQUET = b"PAR1"
UNREACHED = frozenset((*OFFICIAL, *DASHES, "na", "nan", "n/a", "null", "none", "inf", "infinity"))
"""What stands where no way was found."""


def read_travel_times(  # noqa: PLR0913 - one option for each thing a file may leave open
    path: str | Path,
    *,
    origin: str,
    destination: str | None = None,
    cost: str | None = None,
    unit: Unit,
    sheet: str | None = None,
    longest: float | None = None,
    unreached: Sequence[str] = (),
    source: Source | None = None,
) -> TravelTimes:
    r"""Return costs of the way between places, as a routing program wrote them.

    Parameters
    ----------
    path
        CSV (also in a ZIP), Excel, OpenDocument or Parquet.
    origin
        Column with the keys of where people live, usually ids of blocks.
    destination, cost
        Long tables, one row a pair: columns with the key of the destination and with the cost.
        Wide tables, one row an origin and one column a destination: leave both out.
    unit
        Unit of the file; seconds and hours become minutes, kilometres metres.
    sheet
        Sheet of a workbook, if there are several.
    longest
        Pairs with a higher cost (in minutes or metres) are not kept.
    unreached
        Further texts that stand for "no way found", such as ``"-1"``.
    source
        Who computed them, for which means of transport and hour.

    Returns
    -------
    TravelTimes
        Sorted by key. A pair with a blank cell, an official symbol or ``NA`` is not kept, but
        its origin is listed: nothing was reached from there.

    Raises
    ------
    SourceError
        Not such a file, columns missing, keys blank, a pair twice, a cost negative or no
        number, an unknown unit.
    DisclosureError
        It looks like records of single people.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "wege.csv"
    >>> _ = file.write_text("zelle;P1;P2\nA;5,5;\nB;12;7\n")
    >>> wege = read_travel_times(file, origin="zelle", unit="minutes")
    >>> wege
    <TravelTimes: 2 → 2, minutes, wege>
    >>> wege.pairs.toarray().tolist()
    [[5.5, 0.0], [12.0, 7.0]]
    """
    if unit not in get_args(Unit.__value__):
        known = ", ".join(get_args(Unit.__value__))
        raise SourceError("travel.no_such_unit", ids=[repr(unit)], known=known)
    if (destination is None) != (cost is None):
        raise SourceError("travel.one_of_two", path=path)
    table = _table(local_file(path), sheet, origin)
    if destination is not None and cost is not None:
        pairs = _long(table, origin, destination, cost, unreached)
    else:
        pairs = _wide(table, origin, unreached)
    _check(pairs, table)
    name, factor = UNITS[unit]
    costs = pairs.cost * factor
    kept = np.isfinite(costs) & (costs <= (np.inf if longest is None else longest))
    notes = _notes(pairs, kept, table.where, unit, name)
    shape = (len(pairs.origins), len(pairs.destinations))
    matrix = csr_array((costs[kept], (pairs.start[kept], pairs.end[kept])), shape=shape)
    matrix.sort_indices()
    known = source or Source(provider=Path(path).name, title=Path(path).stem)
    return TravelTimes(pairs.origins, pairs.destinations, matrix, name, known, notes)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of a table by position: keys of both ends, and costs (NaN: not reached)."""

    origins: pd.Index
    destinations: pd.Index
    start: np.ndarray
    end: np.ndarray
    cost: np.ndarray


def _table(path: Path, sheet: str | None, origin: str) -> Loaded:
    with path.open("rb") as stream:
        is_parquet = stream.read(4) == PARQUET
    if is_parquet:
        return _parquet(path)
    places = places_in(path, sheet=sheet)
    if len(places) > 1:
        raise SourceError("travel.several_tables", ids=[p.member for p in places], path=path)
    return load(places[0], header=origin)


def _parquet(path: Path) -> Loaded:
    try:
        table = parquet.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        # the message of pyarrow may quote the data
        raise SourceError("travel.not_parquet", path=path) from error
    head = table.slice(0, SAMPLE).to_pandas()
    texts = {str(c): pa.array(as_text(head[c]), pa.string()) for c in head.columns}
    refuse_persons(pa.table(texts), str(path))
    return Loaded(table, np.arange(table.num_rows) + 1, str(path))


def _keys(table: Loaded, column: str) -> pd.Series:
    """Return a column of keys as text.

    Raises
    ------
    SourceError
        Keys are blank; names the rows.
    """
    name = find_column(table.names, column, table.where)
    keys = as_text(table.table[name].to_pandas())
    table.complain("sources.blank_at", np.flatnonzero(keys == ""), name)
    return keys.reset_index(drop=True)


def _numbers(table: Loaded, column: str, unreached: Iterable[str]) -> np.ndarray:
    """Return costs; NaN where no way was found, infinite where a cell is no number."""
    cells = table.table[column]
    if pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type):
        numbers = cells.to_pandas().to_numpy(dtype=float, na_value=np.nan)
        signs = numbers_of(pd.Series(list(unreached), dtype="str"))
        # programs write "infinite" where no way was found
        return np.where(np.isin(numbers, signs) | np.isinf(numbers), np.nan, numbers)
    signs = UNREACHED | {text.casefold() for text in unreached}
    codes, different = pd.factorize(as_text(cells.to_pandas()))
    different = pd.Series(different, dtype="str")
    gone = different.str.casefold().isin(list(signs)).to_numpy()
    return np.where(gone, np.nan, numbers_of(different))[codes]


def _long(
    table: Loaded, origin: str, destination: str, cost: str, unreached: Sequence[str]
) -> Pairs:
    name = find_column(table.names, cost, table.where)
    costs = _numbers(table, name, unreached)
    _complain(table, costs, name)
    start, origins = _coded(_keys(table, origin))
    end, destinations = _coded(_keys(table, destination))
    return Pairs(origins, destinations, start, end, costs)


def _wide(table: Loaded, origin: str, unreached: Sequence[str]) -> Pairs:
    keys = _keys(table, origin)
    first = find_column(table.names, origin, table.where)
    columns = [name for name in table.names if name != first]
    if not columns:
        raise SourceError("travel.no_destinations", path=table.where)
    costs = []
    for name in columns:
        costs.append(_numbers(table, name, unreached))
        _complain(table, costs[-1], name)
    start, origins = _coded(keys)
    end, destinations = _coded(pd.Series(columns, dtype="str"))
    return Pairs(
        origins,
        destinations,
        np.tile(start, len(columns)),
        np.repeat(end, len(keys)),
        np.concatenate(costs),
    )


def _complain(table: Loaded, costs: np.ndarray, column: str) -> None:
    """Raise for costs that are no numbers, or negative."""
    table.complain("travel.not_numbers", np.flatnonzero(np.isinf(costs)), column)
    table.complain("travel.negative", np.flatnonzero(costs < 0), column)


def _check(pairs: Pairs, table: Loaded) -> None:
    """Raise where there is no pair, or one stands twice."""
    if not len(pairs.cost):
        raise SourceError("sources.empty_file", ids=[table.where])
    place = pairs.start.astype(np.int64) * len(pairs.destinations) + pairs.end
    different, first = np.unique(place, return_index=True)
    if len(different) < len(place):
        twice = np.setdiff1d(np.arange(len(place)), first)[:SAMPLE]
        ends = zip(
            pairs.origins[pairs.start[twice]], pairs.destinations[pairs.end[twice]], strict=True
        )
        ids = [f"{start} → {end}" for start, end in ends]
        raise SourceError("travel.repeated", ids=ids, path=table.where)


def _coded(keys: pd.Series) -> tuple[np.ndarray, pd.Index]:
    codes, index = pd.factorize(keys, sort=True)
    return codes, pd.Index(index, dtype="str")


def _notes(pairs: Pairs, kept: np.ndarray, where: str, unit: str, name: str) -> tuple[str, ...]:
    notes = []
    if unit != name:
        unit_note = "travel.note_metres" if name == "metres" else "travel.note_minutes"
        notes.append(note(unit_note, path=where))
    missing = int(np.isnan(pairs.cost).sum())
    if missing:
        notes.append(note("travel.note_missing", path=where, count=missing))
    longer = int((~kept).sum()) - missing
    if longer:
        notes.append(note("travel.note_longer", path=where, count=longer))
    return tuple(notes)
