"""Tables as the web pages of GENESIS and Regionalstatistik save them (CSV, Excel).

Title lines, headers of several rows, regions of all levels, a footer after a line of
underscores; dates stand in a row of the header or in the first column. Further features
(age, sex) stand in the header or in columns of their own. Each number becomes a count by
region, date and variable; the name of a variable is made of the labels that lead to it.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.sources.dates import iso_date
from sozialraum.sources.flat import LEVELS, NOT_COUNTED
from sozialraum.sources.keys import ARS_LENGTH
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.long import Part, spread, stacked
from sozialraum.sources.naming import variable_name
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import OFFICIAL, Counts, Mark, combine
from sozialraum.sources.text import row_name

TITLE = re.compile(r"(GENESIS-)?Tabelle:\s*(\d{5}|[0-9A-Z]{3,6}-|temporär)", re.IGNORECASE)
FOOTER = re.compile(r"_{4,}")
KEY = re.compile(r"DG|DINSG|\d{1,3}|\d{5}|\d{8,9}|\d{12}")
NUMBER = re.compile(r"\(?\s*[+-]?\d[\d.]*(,\d+)?\s*\)?[a-z]?")
TIME = re.compile(r"stichtag|jahr|jahre|zeit|berichtsjahr|schuljahr", re.IGNORECASE)
UNIT = re.compile(
    r"anzahl|prozent|%|(tsd\.|mill?\.)?\s*eur|euro|ha|qkm|km²|qm|personen|jahre", re.IGNORECASE
)
QUALITY = frozenset(("p", "r", "s", "e", "b", "f"))
"""Signs that stand in columns of their own beside the numbers: provisional, revised, …"""
FIRST = 30
"""Rows in which the first row of data must stand."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Where the parts of a table stand.

    Parameters
    ----------
    titles, head, data
        Rows of titles, of headers, and of data with their numbers in the file.
    key, first
        Column of the keys, and the first column of numbers.
    """

    titles: tuple[str, ...]
    head: tuple[tuple[str, ...], ...]
    data: tuple[tuple[int, tuple[str, ...]], ...]
    key: int
    first: int

    @property
    def dated(self) -> bool:
        """True if dates stand in the column before the keys."""
        return self.key == 1


def is_web_table(first: Sequence[str]) -> bool:
    """Return True if the first row of a table is the title of a web page's table."""
    return bool(first) and TITLE.match(first[0].strip(' "\ufeff')) is not None


def read_web_table(
    rows: Sequence[Sequence[str]],
    where: str,
    variables: Mapping[str, str] | None,
    *,
    dash_is_zero: bool,
    date: str | None,
) -> tuple[list[Part], list[str]]:
    """Return the counts of a table for counties and municipalities, and notes.

    Raises
    ------
    SourceError
        No rows with regions, no dates, cells that are neither numbers nor symbols,
        negative counts, labels that are the same twice.
    """
    frame = _frame(rows, where)
    time, labels, share = _columns(frame, where, date)
    loaded = _loaded(frame, where)
    counted = [i for i, no in enumerate(share) if not no and not _is_signs(frame, i)]
    if not counted:
        raise SourceError("sources.nothing_counted", path=where)
    columns = [loaded.names[i] for i in counted]
    parsed = loaded.counts(columns, dash_is_zero=dash_is_zero)
    keys = np.array([row[frame.key].strip() for _, row in frame.data], dtype=object)
    texts = pd.Series(keys, dtype="str")
    kept = (texts.str.len().isin(list(LEVELS)) & texts.str.fullmatch(r"\d+")).to_numpy(dtype=bool)
    if not kept.any():
        raise SourceError("sources.no_regions", path=where)
    entries = _entries(frame, where, (time, labels, counted), parsed, kept)
    part = _wide(entries)
    notes = _notes(frame, where, kept, [labels[i] for i, no in enumerate(share) if no])
    if variables is not None:
        chosen = {name: combine(expression, part.counts) for name, expression in variables.items()}
        part = Part(part.level, part.key, part.date, chosen)
    return [part], [*notes, *_missing(part, where)]


def _frame(rows: Sequence[Sequence[str]], where: str) -> Frame:
    """Return where the parts of a table stand."""
    end = next((i for i, row in enumerate(rows) if row and FOOTER.match(row[0])), len(rows))
    body = [tuple(cell.strip() for cell in row) for row in rows[:end]]
    for key in (0, 1):
        start = next((i for i, row in enumerate(body) if _is_data(row, key)), None)
        if start is not None and start <= FIRST:
            break
    else:
        raise SourceError("sources.no_regions", path=where)
    data = tuple((i + 1, row) for i, row in enumerate(body) if i >= start and _is_data(row, key))
    width = max(len(row) for _, row in data)
    data = tuple((i, row + ("",) * (width - len(row))) for i, row in data)
    above = [row + ("",) * (width - len(row)) for row in body[:start]]
    head = tuple(row[:width] for row in above if any(row[key + 2 :]))
    titles = tuple(row[0] for row in above if row[0] and not any(row[1:]))
    first = _first_number(data, key + 2, width)
    if first is None or not head:
        raise SourceError("sources.no_regions", path=where)
    read = {i for i, _ in data}
    _check_rows([(i, row[first:]) for i, row in enumerate(body, 1) if i > start and i not in read],
                where)  # fmt: skip
    return Frame(titles, head, data, key, first)


def _is_data(row: Sequence[str], key: int) -> bool:
    """Return True for a row with a key, and with a date before it where one belongs there."""
    if len(row) < key + 3 or not KEY.fullmatch(row[key]):
        return False
    if key == 1 and iso_date(row[0]) is None:
        return False
    # a row of years above the data begins with blanks; a name is no number
    return bool(row[key + 1]) and not NUMBER.fullmatch(row[key + 1])


def _check_rows(rows: Iterable[tuple[int, Sequence[str]]], where: str) -> None:
    """Raise for rows with numbers that no key and date belong to.

    A spreadsheet shows labels of several rows once only, and keys lose their zeros in it.
    """
    lost = [row_name(i) for i, cells in rows if any(NUMBER.fullmatch(cell) for cell in cells)]
    if lost:
        raise SourceError("tables.rows_without_region", ids=lost, path=where)


def _first_number(
    data: Sequence[tuple[int, tuple[str, ...]]], start: int, width: int
) -> int | None:
    """Return the first column from which on all cells are numbers or symbols."""
    first = None
    for i in reversed(range(start, width)):
        cells = {row[i].casefold() for _, row in data}
        if not all(c in OFFICIAL or c in QUALITY or NUMBER.fullmatch(c) for c in cells):
            break
        first = i
    return first


def _is_signs(frame: Frame, position: int) -> bool:
    """Return True for a column that holds signs of quality, or nothing at all."""
    cells = {row[frame.first + position].casefold() for _, row in frame.data}
    return cells <= {*QUALITY, ""}


def _columns(frame: Frame, where: str, date: str | None) -> tuple[list[str], list[str], list[bool]]:
    """Return date, name and whether it is a share, of every column of numbers."""
    width = len(frame.data[0][1])
    signs = {i for i in range(width - frame.first) if _is_signs(frame, i)}
    head = [_filled(row[frame.first :], signs, last=row is frame.head[-1]) for row in frame.head]
    times = [i for i, row in enumerate(head) if all(iso_date(cell) for cell in row)]
    units = [i for i, row in enumerate(head) if all(UNIT.fullmatch(cell) for cell in row)]
    plain = [i for i, row in enumerate(head) if all(TIME.fullmatch(cell) for cell in row)]
    named = [row for i, row in enumerate(head) if i not in {*times, *units, *plain}]
    content = frame.titles[-1] if frame.titles else ""
    labels, share = [], []
    for i in range(width - frame.first):
        words = [row[i] for row in named if row[i]]
        unit = " ".join(head[u][i] for u in units)
        labels.append(" ".join(words) or re.sub(r"\s*\([^)]*\)$", "", content))
        about = f"{labels[-1]} {unit or content}"
        share.append(NOT_COUNTED.search(about) is not None)
    if date:
        time = [iso_date(date) or ""] * len(labels)
    elif times:
        time = [iso_date(cell) or "" for cell in head[times[0]]]
    else:
        time = [_title_date(frame.titles)] * len(labels)
    if not frame.dated and not all(time):
        raise SourceError("sources.no_date", path=where)
    return time, labels, share


def _filled(cells: Sequence[str], signs: set[int], *, last: bool) -> list[str]:
    """Return a row of a header; a label stands for the blank cells after it.

    In the last row it does so for columns of signs only: other blanks mean nothing.
    """
    filled = list(cells)
    for i in range(1, len(filled)):
        if not filled[i] and (i in signs or not last):
            filled[i] = filled[i - 1]
    return filled


def _title_date(titles: Iterable[str]) -> str:
    """Return the one day the titles name, or nothing."""
    days = {
        d for t in titles for m in re.findall(r"\d{1,2}\.\d{1,2}\.\d{4}", t) if (d := iso_date(m))
    }
    return days.pop() if len(days) == 1 else ""


def _loaded(frame: Frame, where: str) -> Loaded:
    """Return the columns of numbers as a table whose faults name row and column."""
    width = len(frame.data[0][1])
    names = {i: _column_name(i) for i in range(frame.first, width)}
    table = pa.table({
        name: pa.array([re.sub(r"(?<=\d)[a-z]$", "", row[i]) for _, row in frame.data], pa.string())
        for i, name in names.items()
    })  # fmt: skip
    return Loaded(table, np.array([number for number, _ in frame.data]), where)


def _column_name(position: int) -> str:
    """Return the letters under which a spreadsheet shows a column."""
    letters = ""
    position += 1
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _entries(
    frame: Frame,
    where: str,
    columns: tuple[list[str], list[str], list[int]],
    parsed: Mapping[str, Counts],
    kept: np.ndarray,
) -> tuple[pd.DataFrame, Counts]:
    """Return one entry a number, with level, key, date and variable."""
    time, labels, counted = columns
    rows = [row for _, row in frame.data]
    features = [" ".join(filter(None, row[frame.key + 2 : frame.first])) for row in rows]
    keys = pd.Series([row[frame.key] for row in rows], dtype="str")[kept]
    length = keys.str.len()
    level = length.map(LEVELS)
    short = np.where(length == ARS_LENGTH, keys.str[:5] + keys.str[9:], keys)
    frames, counts = [], []
    for position, column in zip(counted, parsed, strict=True):
        names = [variable_name(f"{feature} {labels[position]}") for feature in features]
        day = [iso_date(row[0]) for row in rows] if frame.dated else [time[position]] * len(rows)
        one = {"row": np.array([n for n, _ in frame.data])[kept], "level": level.to_numpy(object),
               "key": short, "date": np.array(day, dtype=object)[kept],
               "variable": np.array(names, dtype=object)[kept]}  # fmt: skip
        frames.append(pd.DataFrame(one))
        counts.append(parsed[column].taken(kept))
    entries = pd.concat(frames, ignore_index=True)
    twice = entries.duplicated(["level", "key", "date", "variable"])
    if twice.any():
        ids = sorted(entries.loc[twice, "variable"].unique())
        raise SourceError("sources.columns_repeated", ids=ids, path=where)
    return entries, stacked(counts)


def _wide(entries: tuple[pd.DataFrame, Counts]) -> Part:
    """Return one entry a region and date, with a column a variable."""
    frame, counts = entries
    place = ["level", "key", "date"]
    codes = frame.groupby(place, sort=False).ngroup().to_numpy()
    unique = frame.drop_duplicates(place)
    columns = {
        str(name): spread(counts.taken(np.asarray(at)), codes[at], len(unique))
        for name, at in frame.groupby("variable").indices.items()
    }
    level, key, date = (unique[name].to_numpy(dtype=object) for name in place)
    return Part(level, key, date, columns)


def _notes(frame: Frame, where: str, kept: np.ndarray, shares: Sequence[str]) -> list[str]:
    notes = [note("tables.note_title", path=where, title=" ".join(frame.titles[:3]))]
    if not kept.all():
        notes.append(note("other_levels", path=where, count=int((~kept).sum())))
    if shares:
        notes.append(note("not_counted", ids=sorted(set(shares)), path=where))
    return notes


def _missing(part: Part, where: str) -> list[str]:
    count = sum(int((c.mark != Mark.VALUE).sum()) for c in part.counts.values())
    return [note("missing_values", path=where, count=count)] if count else []
