"""Results of federal elections by constituency: ``kerg2.csv`` (one number a row) and ``kerg.csv``.

Both mix country, Länder and constituencies. ``kerg.csv`` has three rows of headers: party,
first or second vote, this or the last election. Constituencies change between elections, so
only this election's numbers are taken. Source: Bundeswahlleiterin, *Ergebnisse nach
Wahlkreisen*.
"""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.sources.dates import iso_date
from sozialraum.sources.elections_rows import (
    ELIGIBLE,
    FIRST,
    INVALID,
    VALID,
    VOTERS,
    VOTES,
    Districts,
    counts_of,
    named_parties,
    positions,
    require,
)
from sozialraum.sources.loaded import Loaded, row_names
from sozialraum.sources.long import spread
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts, Mark
from sozialraum.sources.text import row_name

GENERAL = {
    "wahlberechtigte": ELIGIBLE,
    "wählende": VOTERS,
    "wähler": VOTERS,
    "ungültige": INVALID,
    "ungültige stimmen": INVALID,
    "gültige": VALID,
    "gültige stimmen": VALID,
}
ONCE = (ELIGIBLE, VOTERS)
"""What is the same for both votes."""
CONSTITUENCY = "Wahlkreis"
COUNTRY = ("99", "999")
KERG2_COLUMNS = ("Gebietsart", "Gebietsnummer", "Gruppenname", "Stimme", "Anzahl")
KERG2_HEADER, KERG_HEADER = "Gruppenart", "gehört zu"
LAST = "vorperiode"


def read_kerg2(loaded: Loaded) -> Districts:
    """Return the constituencies of a ``kerg2.csv``."""
    require(loaded, [(name,) for name in KERG2_COLUMNS])
    kinds = loaded.texts("Gebietsart")
    wanted = (kinds.str.casefold() == CONSTITUENCY.casefold()).to_numpy(dtype=bool)
    if not wanted.any():
        raise SourceError("elections.no_districts", ids=sorted(set(kinds)), path=loaded.where)
    others = sorted(set(kinds[~wanted]))
    notes = [
        note("elections.note_levels", ids=others, path=loaded.where, count=int((~wanted).sum()))
    ]
    day = _day(loaded)
    loaded = loaded.kept(wanted)
    labels, variable = _variables(loaded.texts("Gruppenname"), loaded.texts("Stimme"))
    anzahl = counts_of(loaded, {"n": "Anzahl"})["n"]
    key = loaded.texts("Gebietsnummer").str.zfill(3)
    twice = pd.DataFrame({"key": key, "variable": variable}).duplicated().to_numpy()
    if twice.any():
        ids = row_names(loaded.rows[twice])
        raise SourceError("sources.rows_repeated", ids=ids, path=loaded.where)
    number = np.array(sorted(set(key)), dtype=object)
    at = pd.Index(number).get_indexer(pd.Index(key))
    counts = {
        name: spread(_not_running(anzahl.taken(rows)), at[rows], len(number), Mark.NOT_APPLICABLE)
        for name, rows in positions(variable).items()
    }
    rows = pd.Series(loaded.rows).groupby(at).first().to_numpy()
    return _constituencies(number, counts, (labels, rows, loaded.where, day, notes))


def read_kerg(rows: Sequence[Sequence[str]], where: str) -> Districts:
    """Return the constituencies of a ``kerg.csv``, given as rows of cells."""
    at = next(i for i, row in enumerate(rows) if KERG_HEADER in [c.strip() for c in row])
    head = [[cell.strip() for cell in row] for row in rows[at : at + 3]]
    if len(head) < 3 or "Zweitstimmen" not in head[1]:
        raise SourceError("elections.kerg_header", ids=[row_name(at + 2)], path=where)
    start = head[0].index(KERG_HEADER) + 1
    width = max(len(row) for row in head)
    group, vote, period = (_filled(row, width, start) for row in head)
    kept = [
        i for i in range(start, width)
        if group[i] and vote[i] and period[i].casefold() != LAST and group[i] != "Gewählt"
    ]  # fmt: skip
    labels, variables = _variables(
        pd.Series([group[i] for i in kept]), pd.Series([vote[i][:1] for i in kept]).map(VOTE)
    )
    body = [(n, row) for n, row in enumerate(rows[at + 3 :], at + 4) if _is_constituency(row)]
    table = pa.table({
        variable: pa.array([row[i].strip() if i < len(row) else "" for _, row in body], pa.string())
        for variable, i in dict(zip(variables, kept, strict=True)).items()
    })  # fmt: skip
    numbers = np.array([n for n, _ in body])
    if not len(numbers):
        raise SourceError("elections.no_districts", ids=[CONSTITUENCY], path=where)
    loaded = Loaded(table, numbers, where)
    counts = counts_of(loaded, {name: name for name in table.column_names})
    counts = {n: _not_running(c) if VOTES in n else c for n, c in counts.items()}
    key = np.array([row[0].strip().zfill(3) for _, row in body], dtype=object)
    left = sum(1 for row in rows[at + 3 :] if any(row[:1])) - len(body)
    notes = [note("elections.note_levels", ids=["Land", "Bund"], path=where, count=left)]
    return _constituencies(key, counts, (labels, numbers, where, "", notes))


VOTE = {"E": "1", "Z": "2"}


def _constituencies(
    number: np.ndarray,
    counts: dict[str, Counts],
    about: tuple[dict[str, str], np.ndarray, str, str, list[str]],
) -> Districts:
    labels, rows, where, day, notes = about
    nothing = np.full(len(number), "", dtype=object)
    held = {n: c for n, c in counts.items() if (c.mark == Mark.VALUE).any()}
    named = {n: label for n, label in labels.items() if n in held}
    postal = np.zeros(len(number), dtype=bool)
    return Districts(nothing, number, postal, nothing, held, named, rows, where, day, tuple(notes))


def _variables(groups: pd.Series, votes: pd.Series) -> tuple[dict[str, str], np.ndarray]:
    """Return what variables mean, and the variable of every row or column."""
    second = _parties(groups, VOTES)
    names: list[str] = []
    labels: dict[str, str] = {}
    for group, vote in zip(groups, votes, strict=True):
        general = GENERAL.get(group.casefold())
        name = general or second[group]
        if vote == "1" and general not in ONCE:
            name = f"{FIRST}{name}"
        if general is None:
            labels[name] = group
        names.append(name)
    return labels, np.array(names, dtype=object)


def _parties(groups: pd.Series, prefix: str) -> dict[str, str]:
    labels = [g for g in dict.fromkeys(groups) if g.casefold() not in GENERAL]
    return named_parties(labels, prefix)


def _filled(row: Sequence[str], width: int, start: int) -> list[str]:
    """Return a row of a header in which a name stands for the blank cells after it."""
    cells = [*row, *[""] * (width - len(row))]
    for i in range(start + 1, width):
        cells[i] = cells[i] or cells[i - 1]
    return cells


def _is_constituency(row: Sequence[str]) -> bool:
    """Return True for a row that belongs to a Land; Länder belong to the country."""
    if len(row) < 4 or not re.fullmatch(r"\d{1,3}", row[0].strip()):
        return False
    return bool(row[2].strip()) and row[2].strip() not in COUNTRY


def _not_running(counts: Counts) -> Counts:
    """Return counts in which a blank cell says that a party does not run there."""
    return counts.marked(counts.mark == Mark.NOT_DELIVERED, Mark.NOT_APPLICABLE)


def _day(loaded: Loaded) -> str:
    """Return the day of the election; years are also written with two digits."""
    if "Wahltag" not in loaded.names:
        return ""
    texts = loaded.texts("Wahltag")
    plain = texts.str.replace(r"^(\d\d)\.(\d\d)\.(\d\d)$", r"\1.\2.20\3", regex=True)
    plain = plain.str.replace(r"^(\d\d)(\d\d)(\d{4})$", r"\1.\2.\3", regex=True)
    known = {text: iso_date(text) for text in plain.unique()}
    loaded.complain("sources.not_dates_at", np.flatnonzero(plain.map(known).isna()), "Wahltag")
    days = sorted({day for day in known.values() if day})
    if len(days) > 1:
        raise SourceError("elections.several_days", ids=days, path=loaded.where)
    return days[0] if days else ""
