"""One table of a register, long or wide, as counts of groups by area and date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.ages import (
    EVERYONE,
    OPEN,
    TOP,
    TOTALS,
    UNKNOWN,
    Ages,
    Group,
    crossing,
    group_of,
    is_spreadsheet_date,
    sex_of,
)
from sozialraum.sources.cells import summed
from sozialraum.sources.keys import find_column
from sozialraum.sources.loaded import Loaded, Place, row_names
from sozialraum.sources.mapped import dates_of
from sozialraum.sources.notes import note
from sozialraum.sources.registers_file import Sender
from sozialraum.sources.registers_rows import WHOLE, body, kinds_and_keys, load_rows
from sozialraum.sources.registers_totals import Cube, check_hidden_totals, one_total
from sozialraum.sources.symbols import Counts, Mark

FIELDS = ("value", "low", "high", "mark", "limited")
"""Arrays of :class:`sozialraum.sources.symbols.Counts`."""


@dataclass(frozen=True, slots=True)
class How:
    """How a table is to be read.

    Parameters
    ----------
    sender
        The mapping.
    minimum
        The supplier's minimum count.
    absent_is_zero
        What is absent means nobody.
    """

    sender: Sender
    minimum: int
    absent_is_zero: bool


def read_cube(place: Place, how: How) -> tuple[Cube, list[str]]:
    """Return the counts of a table, and notes.

    Raises
    ------
    SourceError
        Columns, groups, keys or dates that cannot be read, rows that occur twice, groups
        that overlap: with file, row and column.
    """
    sender = how.sender
    loaded = load_rows(place, sender)
    named = _columns(loaded, sender)
    loaded = body(loaded, sender, list(named) if sender.layout == "wide" else [sender.count])
    kind, key, raw, notes = kinds_and_keys(loaded, sender)
    date = dates_of(loaded, sender.date or None, sender.date_column or None, place)
    # rows of totals stay apart until it is known which one is the whole
    key = np.where(kind == WHOLE, raw.to_numpy(dtype=object), key)
    frame = pd.DataFrame({"kind": kind, "key": key, "date": date})
    frame["row"] = frame.groupby(["kind", "key", "date"], sort=True).ngroup()
    if sender.layout == "wide":
        _check_repeated(frame.assign(raw=raw)[["raw", "kind", "date"]], loaded)
        counts = _wide(loaded, named, frame["row"].to_numpy(), how)
    else:
        counts, more = _long(loaded, frame.assign(raw=raw.to_numpy()), how)
        notes += more
    places = frame.drop_duplicates("row").sort_values("row")
    _check_crossing({group.ages for group in counts}, loaded.where)
    kinds, keys, days = (places[name].to_numpy() for name in ("kind", "key", "date"))
    cube = Cube(kinds, keys, days, _with_open_end(counts), loaded.where)
    check_hidden_totals(cube)
    cube, more = one_total(cube)
    return cube, notes + more


def _columns(loaded: Loaded, sender: Sender) -> dict[str, Group]:
    """Return the columns of a wide table that hold groups."""
    if sender.layout == "long":
        for name in filter(None, (sender.key, sender.age, sender.sex, sender.count)):
            find_column(loaded.names, name, loaded.where)
        return {}
    if sender.key:
        find_column(loaded.names, sender.key, loaded.where)
    taken = {sender.key, sender.date_column, *sender.where}
    found: dict[str, Group] = {}
    dates = []
    for name in loaded.names:
        meant = sender.groups.get(name, name)
        group = group_of(meant) if meant and name not in taken else None
        if group is not None:
            found[name] = group
        elif name not in taken and meant and is_spreadsheet_date(meant):
            dates.append(name)
    if dates:
        raise SourceError("registers.ages_are_dates", ids=dates, path=loaded.where)
    if not found:
        raise SourceError("registers.no_groups", path=loaded.where, present=", ".join(loaded.names))
    twice = pd.Series(found)
    if twice.duplicated(keep=False).any():
        ids = twice.index[twice.duplicated(keep=False)]
        raise SourceError("registers.same_group", ids=ids, path=loaded.where)
    return found


def _wide(loaded: Loaded, named: Mapping[str, Group], row: np.ndarray, how: How) -> dict:
    counted = _counted(loaded, list(named), how)
    return {group: summed([counted[name]], row) for name, group in named.items()}


def _counted(loaded: Loaded, names: Sequence[str], how: How) -> dict[str, Counts]:
    """Return columns as counts; blank cells are nobody where the sender says so."""
    zero = how.sender.dash_is_zero
    counts = loaded.counts(names, minimum=how.minimum, dash_is_zero=zero)
    if not how.absent_is_zero:
        return counts
    return {
        name: _nobody_at(one, (loaded.texts(name) == "").to_numpy()) for name, one in counts.items()
    }


def _nobody_at(counts: Counts, at: np.ndarray) -> Counts:
    value, low, high = (np.where(at, 0.0, c) for c in (counts.value, counts.low, counts.high))
    mark = np.where(at, np.int8(Mark.VALUE), counts.mark)
    return Counts(value, low, high, mark, counts.limited)


def _long(loaded: Loaded, frame: pd.DataFrame, how: How) -> tuple[dict[Group, Counts], list[str]]:
    """Return the counts of a long table: one column a group that occurs."""
    sender = how.sender
    code, groups = _groups(loaded, sender)
    kept = code >= 0
    further = {f"{name}_": loaded.texts(name) for name in sender.added_over}
    for texts in further.values():
        kept &= ~texts.str.casefold().isin(TOTALS).to_numpy()
    rows = int(frame["row"].max()) + 1
    _check_totals_only(loaded, code * rows + frame["row"].to_numpy(), (kept, code >= 0), how)
    loaded, frame, code = loaded.kept(kept), frame[kept], code[kept]
    again = {name: texts.to_numpy()[kept] for name, texts in further.items()}
    _check_repeated(frame[["raw", "kind", "date"]].assign(code=code, **again), loaded)
    counts = _counted(loaded, [sender.count], how)[sender.count]
    row = frame["row"].to_numpy()
    shape = (rows, len(groups))
    cell, inverse = np.unique(code * shape[0] + row, return_inverse=True)
    sums = summed([counts], inverse)
    whole = _filled(shape[0] * shape[1], nobody=how.absent_is_zero)
    for field in FIELDS:
        getattr(whole, field)[cell] = getattr(sums, field)
    found = {group: _part(whole, i * shape[0], shape[0]) for i, group in enumerate(groups)}
    if how.absent_is_zero:
        return _completed(found, shape[0]), []
    notes = []
    if len(cell) < shape[0] * shape[1]:
        notes.append(note("registers.note_absent", path=loaded.where))
    return found, notes


def _check_totals_only(
    loaded: Loaded, cell: np.ndarray, about: tuple[np.ndarray, np.ndarray], how: How
) -> None:
    """Raise for people that only a row of totals holds, or where no row is left.

    `cell` is area, date and group of every row; `about` which rows are kept, and which count
    a group at all.
    """
    kept, counted = about
    alone = np.flatnonzero(counted & ~kept & ~np.isin(cell, cell[kept]))
    some = loaded.kept(np.isin(np.arange(len(cell)), alone))
    count = how.sender.count
    lost = _counted(some, [count], how)[count].value != 0
    loaded.complain("registers.totals_only", alone[lost], count)
    if not kept.any():
        raise SourceError("sources.empty_file", ids=[loaded.where])


def _part(whole: Counts, start: int, rows: int) -> Counts:
    return Counts(*(getattr(whole, field)[start : start + rows] for field in FIELDS))


def _filled(rows: int, *, nobody: bool) -> Counts:
    """Return counts of nobody, or counts that were not delivered."""
    value, low, high = (np.full(rows, 0.0 if nobody else np.nan) for _ in range(3))
    mark = Mark.VALUE if nobody else Mark.NOT_DELIVERED
    return Counts(value, low, high, np.full(rows, mark, np.int8), np.zeros(rows, bool))


def _completed(found: dict[Group, Counts], rows: int) -> dict[Group, Counts]:
    """Return groups with those that nobody is in: no man of 101, no diverse child."""
    ages = {group.ages for group in found} - {EVERYONE, UNKNOWN}
    if len(ages) > 1 and all(one.stop in (one.start + 1, OPEN) for one in ages):
        ages |= {Ages(year, year + 1) for year in range(max(ages).start)}
    sexes = {group.sex for group in found if group.sex and group.ages in ages}
    absent = {Group(sex, one) for sex in sexes or {""} for one in ages} - set(found)
    return found | {group: _filled(rows, nobody=True) for group in sorted(absent)}


def _groups(loaded: Loaded, sender: Sender) -> tuple[np.ndarray, list[Group]]:
    """Return which group each row counts (-1: left out), and the groups."""
    sexes, of_sex = _sexes(loaded, sender)
    ages, of_age = _ages(loaded, sender)
    pairs, inverse = np.unique(ages * len(of_sex) + sexes, return_inverse=True)
    met = []
    for pair in pairs:
        group, sex = of_age[pair // len(of_sex)], of_sex[pair % len(of_sex)]
        met.append(None if group is None else Group(group.sex or sex, group.ages))
    groups = sorted({group for group in met if group is not None})
    position = {group: i for i, group in enumerate(groups)}
    codes = np.array([-1 if group is None else position[group] for group in met])
    return codes[inverse], groups


def _sexes(loaded: Loaded, sender: Sender) -> tuple[np.ndarray, list[str]]:
    if not sender.sex:
        return np.zeros(len(loaded.rows), dtype=int), [""]
    codes, texts = pd.factorize(loaded.texts(sender.sex))
    meant = [sender.sexes.get(text, sex_of(text)) for text in texts]
    strange = [i for i, sex in enumerate(meant) if sex is None]
    loaded.complain("registers.not_sexes", _first(codes, strange), sender.sex)
    return codes, [sex or "" for sex in meant]


def _ages(loaded: Loaded, sender: Sender) -> tuple[np.ndarray, list[Group | None]]:
    if not sender.age:
        return np.zeros(len(loaded.rows), dtype=int), [Group("", EVERYONE)]
    codes, texts = pd.factorize(loaded.texts(sender.age))
    meant = [str(sender.groups.get(text, text)) for text in texts]
    groups = [group_of(text) if text else None for text in meant]
    # a blank cell is left out only where the mapping says so
    strange = [
        i for i, group in enumerate(groups) if group is None and sender.groups.get(texts[i]) != ""
    ]
    dates = [i for i in strange if is_spreadsheet_date(meant[i])]
    loaded.complain("registers.ages_are_dates_at", _first(codes, dates), sender.age)
    loaded.complain("registers.not_ages", _first(codes, strange), sender.age)
    return codes, groups


def _first(codes: np.ndarray, wanted: Sequence[int]) -> list[int]:
    """Return the first row of each of some distinct texts."""
    return sorted(int(np.argmax(codes == one)) for one in wanted)


def _with_open_end(counts: Mapping[Group, Counts]) -> dict[Group, Counts]:
    """Return groups of which the last has no end, where single years reach old age."""
    ages = {group.ages for group in counts} - {EVERYONE, UNKNOWN}
    last = max(ages, default=UNKNOWN)
    if last.start < TOP or last.stop != last.start + 1 or any(a.stop == OPEN for a in ages):
        return dict(counts)
    ended = Ages(last.start, OPEN)
    return {
        Group(group.sex, ended) if group.ages == last else group: one
        for group, one in counts.items()
    }


def _check_crossing(ages: set[Ages], where: str) -> None:
    crossed = [f"{one} / {other}" for one, other in crossing(ages)]
    if crossed:
        raise SourceError("registers.crossing", ids=crossed, path=where)


def _check_repeated(identity: pd.DataFrame, loaded: Loaded) -> None:
    twice = identity.duplicated().to_numpy()
    if twice.any():
        ids = row_names(loaded.rows[twice])
        raise SourceError("registers.rows_repeated", ids=ids, path=loaded.where)
