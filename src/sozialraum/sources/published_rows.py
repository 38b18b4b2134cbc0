"""Rows of somebody's published table: areas, and what stands among them without being one."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.messages import default_language, text
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.published_cells import Kind, published_numbers, suspicious
from sozialraum.sources.published_load import is_footer

RESIDENTS = "residents"
TOTALS = re.compile(r"\b(?:insgesamt|summe|gesamt|total)\b", re.IGNORECASE)
"""What stands in place of a key or name in a row of totals."""
FEW = 10
"""Keys of one shape from which on another shape is told."""
SHOWN = 8
"""Values of a column that an error shows."""
LONGEST = 60
"""Characters of a passed-over row that a note shows."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Which column holds what; see :func:`read_published`."""

    key: str
    columns: Mapping[str, str]
    changes: Mapping[str, str] = field(default_factory=dict)
    kind: Kind = "share"
    name: str | None = None
    residents: str | None = None
    where: Mapping[str, str] = field(default_factory=dict)
    date: str = ""
    decimal: str | None = None

    @property
    def kinds(self) -> Mapping[str, Kind]:
        """What every column of numbers holds, by its name."""
        counts: list[tuple[str, Kind]] = [(self.residents, "count")] if self.residents else []
        changes: list[tuple[str, Kind]] = [(name, "change") for name in self.changes.values()]
        return dict([*((name, self.kind) for name in self.columns.values()), *changes, *counts])

    @property
    def roles(self) -> list[str]:
        """The columns that hold keys or numbers, once for every role."""
        counts = [self.residents] if self.residents else []
        return [self.key, *self.columns.values(), *self.changes.values(), *counts]

    @property
    def named(self) -> list[str]:
        """Every column that is asked for."""
        others = [self.key, *self.where, *([self.name] if self.name else [])]
        return [*others, *self.kinds]


def area_rows(loaded: Loaded, layout: Layout) -> tuple[Loaded, tuple[str, ...]]:
    """Return the rows that hold an area, and what a reader must know about the others.

    Blank rows are passed over, footers with a note; totals that a condition leaves out
    are left out.

    Raises
    ------
    SourceError
        Keys are missing, or rows of totals would count as areas.
    """
    keys = loaded.texts(layout.key)
    filled = np.column_stack([loaded.texts(name) != "" for name in layout.kinds] or [keys != ""])
    filled = filled.any(axis=1)
    blank, column = (keys == "").to_numpy(), layout.key
    lost = [loaded.place(int(i), column) for i in np.flatnonzero(blank & filled)]
    if lost:
        raise SourceError("published.keys_blank", ids=lost, path=loaded.where, column=column)
    footer = _footers(loaded, column, filled)
    totals = _totals(loaded, layout)
    wrong = totals & satisfying(loaded, layout) & ~footer
    if wrong.any():
        ids = [f"{loaded.place(int(i), column)} ({keys.iloc[i]})" for i in np.flatnonzero(wrong)]
        raise SourceError("published.totals", ids=ids, path=loaded.where)
    kept = ~blank & ~totals & ~footer
    notes = [
        text(
            "published.note_footer",
            default_language(),
            row=loaded.rows[i],
            words=keys.iloc[i][:LONGEST],
        )
        for i in np.flatnonzero(footer)
    ]
    return loaded.kept(kept), (*notes, *_odd_key(keys[kept]))


def chosen_rows(loaded: Loaded, layout: Layout) -> tuple[Loaded, np.ndarray]:
    """Return one row an area and which of them do not satisfy the conditions.

    Where keys are repeated, rows that do not satisfy them, of other years, are left out.

    Raises
    ------
    SourceError
        No row satisfies the conditions, or keys are repeated among those that do.
    """
    good, column = satisfying(loaded, layout), layout.key
    if len(good) and not good.any():
        conditions = [f"{name}={wanted}" for name, wanted in layout.where.items()]
        present = "; ".join(_present(loaded, name) for name in layout.where)
        raise SourceError(
            "published.where_none", ids=conditions, path=loaded.where, present=present
        )
    keys = loaded.texts(column)
    among = keys[good]
    if among.duplicated().any():
        twice = among[among.duplicated()].unique()
        raise SourceError("published.keys_repeated", ids=twice, path=loaded.where, column=column)
    if keys.duplicated().any():
        return loaded.kept(good), np.zeros(len(among), bool)
    return loaded, ~good


def satisfying(loaded: Loaded, layout: Layout) -> np.ndarray:
    """Return True for rows that satisfy the conditions."""
    good = np.ones(loaded.table.num_rows, bool)
    for column, wanted in layout.where.items():
        good &= (loaded.texts(column) == wanted.strip()).to_numpy()
    return good


def code_notes(loaded: Loaded, layout: Layout) -> tuple[str, ...]:
    """Return a sentence for every column of changes that seems to hold a code."""
    loaded, excluded = chosen_rows(loaded, layout)
    changes = [name for name, kind in layout.kinds.items() if kind == "change"]
    numbers = published_numbers(loaded, dict.fromkeys(changes, "change"), layout.decimal)
    codes = {name: suspicious(one.value[~excluded]) for name, one in numbers.items()}
    language = default_language()
    return tuple(
        text("published.note_code", language, column=name, value=f"{code:g}")
        for name, code in codes.items()
        if code is not None
    )


def _footers(loaded: Loaded, key: str, filled: np.ndarray) -> np.ndarray:
    """Return True for the rows below the areas that hold words and nothing else."""
    keys = loaded.texts(key)
    others = [name for name in loaded.names if name != key]
    alone = ~np.column_stack([loaded.texts(n) != "" for n in others] or [filled]).any(axis=1)
    below = np.arange(len(keys)) > np.flatnonzero(filled).max(initial=-1)
    spaced = keys.str.contains(r"[\s:]").to_numpy()
    words = np.array([is_footer(key) for key in keys], bool)
    # where no key of an area is made of several words, such a "key" is none
    words |= spaced & (not spaced[filled].any())
    return alone & below & words & (keys != "").to_numpy() & ~filled


def _totals(loaded: Loaded, layout: Layout) -> np.ndarray:
    """Return True for rows whose key or name says that they are totals."""
    found = np.zeros(loaded.table.num_rows, bool)
    for column in (layout.key, *([layout.name] if layout.name else [])):
        found |= loaded.texts(column).str.contains(TOTALS).to_numpy()
    return found


def _odd_key(keys: pd.Series) -> list[str]:
    """Return a sentence if a single key is written unlike all others."""
    unique = keys.drop_duplicates()
    shapes = unique.str.replace(r"\d", "9", regex=True).str.replace(r"[^\W\d_]", "a", regex=True)
    counted = Counter(shapes)
    if len(counted) != 2 or min(counted.values()) != 1 or len(unique) <= FEW:
        return []
    odd = unique[shapes == min(counted, key=lambda shape: counted[shape])].iloc[0]
    usual = unique[unique != odd].iloc[0]
    return [text("published.note_odd_key", default_language(), key=odd, usual=usual)]


def _present(loaded: Loaded, column: str) -> str:
    """Return a column with some of the values that stand in it."""
    values = list(dict.fromkeys(loaded.texts(column)))
    shown = ", ".join(f"„{value[:LONGEST]}“" for value in values[:SHOWN])
    return f"{column}: {shown}{' …' if len(values) > SHOWN else ''}"
