"""Columns as they are looked at for what speaks of single people."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from re import Pattern

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sozialraum.sources.person_words import plain
from sozialraum.sources.symbols import OFFICIAL

SAMPLE = 200
"""Rows looked at, spread evenly over the table: half of the cells of a column decide."""


@dataclass(frozen=True)
class Column:
    """A column as it is looked at: its plain name and the cells that are filled."""

    position: int
    name: str
    cells: Sequence[str] = field(repr=False)

    @cached_property
    def different(self) -> Counter[str]:
        """The different cells with how often each occurs."""
        return Counter(self.cells)

    @cached_property
    def numbers(self) -> np.ndarray | None:
        """The different cells as numbers (symbols as missing), or None for text."""
        cells = [cell.replace(",", ".") for cell in self.different]
        known = ["nan" if cell.casefold() in OFFICIAL else cell for cell in cells]
        try:
            return np.array(known, dtype=float) if known else None
        except ValueError:
            return None

    @property
    def is_text(self) -> bool:
        """True if the filled cells are not all numbers and symbols."""
        return bool(self.cells) and self.numbers is None

    @property
    def small_integers(self) -> bool:
        """True for what counts look like: nothing but integers below 1,000 and symbols."""
        if self.numbers is None:
            return False
        known = self.numbers[~np.isnan(self.numbers)]
        return bool(((known == np.floor(known)) & (known < 1000)).all())

    @property
    def varies(self) -> bool:
        """True for a count that is not 1 everywhere."""
        return self.numbers is not None and bool((self.numbers != 1).any())

    @cached_property
    def unlike(self) -> float:
        """Share of the filled cells that are different ones."""
        return len(self.different) / max(len(self.cells), 1)

    def named(self, pattern: Pattern[str], *, whole: bool = False) -> bool:
        """Return True if the name holds a pattern, or is it as a whole."""
        return bool(pattern.fullmatch(self.name) if whole else pattern.search(self.name))

    def share(self, form: Callable[[str], object]) -> float:
        """Return the share of the filled cells that have a form."""
        found = sum(times for cell, times in self.different.items() if form(cell))
        return found / max(len(self.cells), 1)


def columns_of(table: pa.Table) -> list[Column]:
    """Return the columns with the filled cells of rows spread evenly over the table."""
    if table.num_rows > SAMPLE:
        table = table.take(np.linspace(0, table.num_rows - 1, SAMPLE).astype(np.int64))
    columns = []
    for i, name in enumerate(table.column_names):
        cells = pc.call_function("utf8_trim_whitespace", [table[i]]).to_pylist()
        columns.append(Column(i, plain(name), [cell for cell in cells if cell]))
    return columns
