"""A publication as a system of unknown whole numbers and rows about their sums.

Statements are rational; rows are whole numbers. A row is multiplied until all its factors
are whole, and its limits are rounded inwards, which loses nothing because the sum is whole
too.
"""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.sparse import coo_array, csr_array

from sozialraum.disclosure.publications.frame import Frame, make_frame
from sozialraum.disclosure.publications.rows import SIMPLE, limits_of, rows_of, totals
from sozialraum.disclosure.publications.whole import Whole, whole_rows
from sozialraum.errors import SourceError
from sozialraum.methods.feasibility import System
from sozialraum.methods.tables import FAR
from sozialraum.model.publication import Publication
from sozialraum.model.statement import Statement

STRUCTURE = -1
"""Stands for a row that no statement makes: a part never exceeds its universe."""


@dataclass(frozen=True, slots=True, eq=False)
class Compiled:
    """A publication as a system, and where its rows come from.

    Parameters
    ----------
    publication
        What was compiled.
    frame
        Pieces and unknowns.
    system
        Unknowns, rows, truth.
    statement
        (rows,) number of the statement behind a row, :data:`STRUCTURE` for none. The
        published ones come first, then the background, then the sums given as columns.
    scale
        (rows,) what a row of a statement was multiplied by, as fractions; 1 where missing.
    coarse
        Places of statements too fine to be checked exactly.
    """

    publication: Publication
    frame: Frame
    system: System
    statement: np.ndarray
    scale: dict[int, Fraction]
    coarse: tuple[str, ...]

    @property
    def nothing(self) -> np.ndarray:
        """(variables, pieces) True where one row says that a count is 0."""
        matrix, column = self.system.matrix, self.frame.column
        smallest = np.zeros(self.system.rows, dtype=np.int64)
        row = np.repeat(np.arange(self.system.rows), np.diff(matrix.indptr))
        np.minimum.at(smallest, row, matrix.data)
        empty = (self.system.row_high == 0) & (smallest >= 0)
        zero = np.zeros(self.system.columns + 1, dtype=bool)
        zero[matrix.indices[empty[row]]] = True
        zero[:-1] |= self.system.high == 0
        return np.where(column >= 0, zero[column], self.frame.value == 0)


class _Builder:
    """Rows, gathered block by block."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.parts: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self.low: list[np.ndarray] = []
        self.high: list[np.ndarray] = []
        self.statement: list[np.ndarray] = []
        self.rows = 0

    def add(
        self,
        entries: tuple[np.ndarray, np.ndarray, np.ndarray],
        low: np.ndarray,
        high: np.ndarray,
        statement: np.ndarray,
    ) -> None:
        """Add rows with entries (row from 0, column, factor)."""
        row, column, factor = entries
        self.parts.append((row + self.rows, column, factor))
        self.low.append(low)
        self.high.append(high)
        self.statement.append(statement)
        self.rows += len(low)

    def system(self) -> System:
        """Return the system of all rows."""
        frame = self.frame
        row, column, factor = (
            np.concatenate(arrays).astype(np.int64) for arrays in zip(*self.parts, strict=True)
        )
        matrix = csr_array(
            coo_array((factor, (row, column)), shape=(self.rows, len(frame.low))), dtype=np.int64
        )
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        return System(
            matrix,
            np.concatenate(self.low),
            np.concatenate(self.high),
            frame.low,
            frame.high,
            frame.truth,
        )


def compile_publication(publication: Publication) -> Compiled:
    """Return the system of a publication.

    Parameters
    ----------
    publication
        With its truth. Statements of simple kinds and `sums` become rows all at once:
        100,000 of them take well under a second as columns.

    Raises
    ------
    SourceError
        A statement given as columns contradicts the truth.
    """
    frame = make_frame(publication)
    builder = _Builder(frame)
    _structure(publication, builder)
    statements = publication.stated
    _simple(statements, builder)
    _columns(publication, len(statements), builder)
    scale, coarse = _others(publication, statements, builder)
    behind = np.concatenate(builder.statement)
    own = len(publication.published)
    places = (f"published[{n}]" if n < own else f"background[{n - own}]" for n in coarse)
    return Compiled(publication, frame, builder.system(), behind, scale, tuple(places))


def statement_of_sum(publication: Publication, areas: list[str], position: int) -> Statement:
    """Return a statement that was given as columns."""
    sums = publication.sums
    assert sums is not None
    area, variable = areas[sums.area[position]], list(publication.variables)[sums.var[position]]
    low, high = int(sums.low[position]), int(sums.high[position])
    if low == high:
        return Statement("count", area, variable, value=Fraction(low))
    top = None if high >= FAR else Fraction(high)
    return Statement("range", area, variable, lo=Fraction(low), hi=top)


def _structure(publication: Publication, builder: _Builder) -> None:
    """Add the rows that say that parts do not exceed universes that are not known."""
    frame = builder.frame
    for name, variable in publication.variables.items():
        if not variable.subset_of:
            continue
        part = frame.column[frame.variables[name]]
        universe = frame.column[frame.variables[variable.subset_of]]
        both = np.flatnonzero((part >= 0) & (universe >= 0))
        row = np.arange(len(both))
        entries = (
            np.concatenate([row, row]),
            np.concatenate([universe[both], part[both]]),
            np.repeat(np.array([1, -1]), len(both)),
        )
        low, high = np.zeros(len(both), np.int64), np.full(len(both), FAR)
        builder.add(entries, low, high, np.full(len(both), STRUCTURE))
    nothing = np.zeros(0, dtype=np.int64)
    builder.add((nothing, nothing, nothing), nothing, nothing, nothing)


def _simple(statements: tuple[Statement, ...], builder: _Builder) -> None:
    """Add the statements that limit one sum by whole numbers."""
    frame = builder.frame
    rows = [
        (number, frame.areas[s.area], frame.variables[s.var], *limits_of(s))
        for number, s in enumerate(statements)
        if s.kind in SIMPLE
    ]
    number, area, var, low, high = np.array(rows, dtype=np.int64).reshape(-1, 5).T
    _sums(builder, number, (area, var), low, high)


def _columns(publication: Publication, first: int, builder: _Builder) -> None:
    """Add the statements that are given as columns."""
    given, frame = publication.sums, builder.frame
    if given is None:
        return
    row, piece = _inside(frame, given.area)
    value = frame.value[given.var[row], piece]
    truth, hole = np.zeros((2, len(given)), dtype=np.int64)
    np.add.at(truth, row, value)
    np.add.at(hole, row, value < 0)
    wrong = (hole == 0) & ((truth < given.low) | (truth > given.high))
    if wrong.any():
        places = [f"sums[{position}]" for position in np.flatnonzero(wrong)]
        raise SourceError("audit.contradicting", ids=places)
    number = first + np.arange(len(given))
    _sums(builder, number, (given.area, given.var), given.low, given.high)


def _sums(
    builder: _Builder,
    number: np.ndarray,
    what: tuple[np.ndarray, np.ndarray],
    low: np.ndarray,
    high: np.ndarray,
) -> None:
    """Add limits of (areas, variables), less what everybody knows."""
    frame = builder.frame
    area, var = what
    says = (low > 0) | (high < FAR)
    number, area, var, low, high = (part[says] for part in (number, area, var, low, high))
    row, piece = _inside(frame, area)
    column = frame.column[var[row], piece]
    known = np.zeros(len(area), dtype=np.int64)
    np.add.at(known, row, frame.known[var[row], piece])
    free = column >= 0
    some = np.bincount(row[free], minlength=len(area)) > 0
    renumbered = np.cumsum(some) - 1
    entries = (renumbered[row[free]], column[free], np.ones(int(free.sum()), np.int64))
    high = np.where(high < FAR, high - known, FAR)
    builder.add(entries, (low - known)[some], high[some], number[some])


def _inside(frame: Frame, area: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pieces of areas, one after the other, and whose they are."""
    starts = frame.members.indptr
    length = starts[area + 1] - starts[area]
    row = np.repeat(np.arange(len(area)), length)
    step = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length)
    return row, frame.members.indices[starts[area][row] + step]


def _others(
    publication: Publication, statements: tuple[Statement, ...], builder: _Builder
) -> tuple[dict[int, Fraction], dict[int, None]]:
    """Add all other statements; return what their rows were multiplied by, and the coarse ones."""
    total = totals(publication)
    found: list[tuple[int, Whole]] = []
    coarse: dict[int, None] = {}
    for number, statement in enumerate(statements):
        if statement.kind in SIMPLE:
            continue
        if statement.kind == "order" and None in (total(a, statement.of) for a in statement.areas):
            coarse[number] = None  # a rank of which we do not know what it says
        for row in rows_of(statement, total):
            whole, exact = whole_rows(builder.frame, row)
            found += [(number, part) for part in whole]
            if not exact:
                coarse[number] = None
    first = builder.rows
    scale = {first + position: whole.scale for position, (_, whole) in enumerate(found)}
    _add_whole(builder, found)
    return scale, coarse


def _add_whole(builder: _Builder, found: list[tuple[int, Whole]]) -> None:
    if not found:
        return
    length = [len(whole.column) for _, whole in found]
    entries = (
        np.repeat(np.arange(len(found)), length),
        np.concatenate([whole.column for _, whole in found]),
        np.concatenate([whole.factor for _, whole in found]),
    )
    low = np.array([whole.low for _, whole in found], dtype=np.int64)
    high = np.array([whole.high for _, whole in found], dtype=np.int64)
    builder.add(entries, low, high, np.array([number for number, _ in found], dtype=np.int64))
