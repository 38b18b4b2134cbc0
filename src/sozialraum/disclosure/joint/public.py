"""What is public already, over today's pieces."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, lcm

import numpy as np
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.disclosure.joint.ground import Ground
from sozialraum.disclosure.joint.known import Public
from sozialraum.disclosure.publications.rows import SIMPLE, Row, limits_of, rows_of
from sozialraum.disclosure.register.parts import Parts
from sozialraum.disclosure.register.places import Place
from sozialraum.errors import DisclosureError
from sozialraum.methods.tables import FAR
from sozialraum.model import Indicator
from sozialraum.model.statement import Statement, Term


def public_rows(
    parts: Parts, ground: Ground, tables: Sequence[tuple[Indicator, str]]
) -> Public | None:
    """Return what earlier and other publications say of today's counts; None if nothing.

    Parameters
    ----------
    parts
        What the audience has seen.
    ground
        Today's places and pieces, cut along the areas of earlier publications.
    tables
        Indicator and date of every table. What was published of other indicators and
        dates says nothing of these.

    Raises
    ------
    DisclosureError
        The counts were measured without the areas of an earlier publication; something
        was published that cannot be taken into account; or a number was published that
        today's counts contradict and no correction explains.
    """
    numbers = _numbers(tables)
    told = [one for one in (*parts.statements, *parts.other_statements) if one.var in numbers]
    told += [one for one in parts.statements if one.kind == "linear"]
    told = [one for one in dict.fromkeys(told) if set(one.variables) & set(numbers)]
    corrected = [one for one in parts.corrected if set(one.variables) & set(numbers)]
    if not told and not corrected:
        return None
    spoken = sorted({area for one in (*told, *corrected) for area in one.places})
    map_ = _Map(ground, {name: parts.places[name] for name in spoken}, numbers, _bases(tables))
    rows = [(row, one) for one in told for row in map_.rows(one)]
    wrong = [map_.called(one, parts) for row, one in rows if not row.is_true]
    if wrong:
        raise DisclosureError("disclosure.published_differs", ids=dict.fromkeys(wrong))
    # a number that a correction calls wrong binds nobody, unless it is right after all
    rows += [(row, one) for one in corrected for row in map_.rows(one) if row.is_true]
    return map_.public([row for row, _ in rows])


def _numbers(tables: Sequence[tuple[Indicator, str]]) -> dict[str, int]:
    """Return the table of everything published of it, by its name.

    A count was published under its indicator's name, or under its own as the denominator
    of another indicator. A numerator with alternatives has no name of its own.
    """
    counted = {
        schema.dated(schema.pooled(one.numerator, one.pool), date): t
        for t, (one, date) in enumerate(tables)
        if "|" not in one.numerator
    }
    return counted | {schema.dated(one.id, date): t for t, (one, date) in enumerate(tables)}


def _bases(tables: Sequence[tuple[Indicator, str]]) -> dict[str, int]:
    """Return a table whose denominator a variable is, by its name."""
    found = {}
    for t, (one, date) in enumerate(tables):
        if one.denominator is not None:
            own = date if one.denominator_date == "same" else one.denominator_date
            found[schema.dated(schema.pooled(one.denominator, one.pool), own)] = t
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """Whole-number factors of columns, limits, and whether today's counts bear it out."""

    column: np.ndarray
    factor: np.ndarray
    low: int
    high: int
    gap: bool
    is_true: bool


class _Map:
    """Areas of publications over today's pieces."""

    def __init__(
        self,
        ground: Ground,
        areas: Mapping[str, Place],
        numbers: Mapping[str, int],
        bases: Mapping[str, int],
    ) -> None:
        self.ground, self.numbers, self.bases = ground, numbers, bases
        self.tables, self.count = ground.pieces.low.shape
        size = ground.blocks.value_counts().reindex(range(self.count), fill_value=0).to_numpy()
        today = {
            place: p for p, place in enumerate(zip(ground.geography, ground.keys, strict=True))
        }
        nobody = np.zeros(self.tables, dtype=np.int64)
        self.pieces: dict[str, np.ndarray] = {}
        self.gap: dict[str, np.ndarray] = {}
        cut = []
        for name, place in areas.items():
            inside = ground.blocks.reindex(list(place.units)).fillna(-1).to_numpy(dtype=np.int64)
            self.pieces[name] = np.unique(inside)
            if (inside < 0).any() or size[self.pieces[name]].sum() != len(inside):
                cut.append(name)
            now = today.get((place.geography, place.area_id))
            self.gap[name] = nobody if now is None else ground.residue[:, now]
        if cut:
            raise DisclosureError("disclosure.not_overlaid", ids=cut)

    def called(self, statement: Statement, parts: Parts) -> str:
        """Return what a reader calls what a statement is about."""
        places = ", ".join(parts.labels[name] for name in statement.places)
        return f"{statement.var or ', '.join(statement.variables)}: {places}"

    def rows(self, statement: Statement) -> Iterable[_Row]:
        """Yield the rows of a statement."""
        if statement.kind in SIMPLE:
            low, high = limits_of(statement)
            if low > 0 or high < FAR:
                term = Term(Fraction(1), statement.area, statement.var)
                limit = None if high >= FAR else Fraction(high)
                yield self._row(Row((term,), Fraction(low), limit), statement)
            return
        for row in rows_of(statement, self._total):
            yield self._row(row, statement)

    def _total(self, area: str, variable: str) -> int | None:
        """Return a denominator of an area, as far as we know it."""
        table = self.bases.get(variable)
        if table is None:
            return None
        base = self.ground.pieces.base[table, self.pieces[area]]
        return None if (base >= FAR).any() else int(base.sum())

    def _row(self, row: Row, statement: Statement) -> _Row:
        scale = lcm(*(term.factor.denominator for term in row.terms))
        columns, factors = [], []
        known, truth, sure, gap = Fraction(0), Fraction(0), True, False
        ground = self.ground
        for term in row.terms:
            table = self.numbers.get(term.var)
            if table is None:
                total = self._total(term.area, term.var)
                if total is None:
                    raise DisclosureError("disclosure.unmodelled", ids=[statement.var])
                known += term.factor * total
                continue
            piece = self.pieces[term.area]
            columns.append(piece + table * self.count)
            factors += [int(term.factor * scale)] * len(piece)
            sure &= bool(ground.known[table, piece].all())
            gap |= bool(self.gap[term.area][table])
            known += term.factor * int(self.gap[term.area][table])
            truth += term.factor * int(ground.pieces.low[table, piece].sum())
        low = -FAR if row.low is None else ceil((row.low - known) * scale)
        high = FAR if row.high is None else floor((row.high - known) * scale)
        column = np.concatenate([np.zeros(0, dtype=np.int64), *columns])
        held = not sure or low <= truth * scale <= high
        return _Row(column, np.array(factors, dtype=np.int64), low, high, gap, held)

    def public(self, rows: Sequence[_Row]) -> Public:
        """Return rows as a matrix."""
        lengths = [len(row.column) for row in rows]
        none = np.zeros(0, dtype=np.int64)
        entries = (
            np.concatenate([none, *(row.factor for row in rows)]),
            (
                np.repeat(np.arange(len(rows)), lengths),
                np.concatenate([none, *(row.column for row in rows)]),
            ),
        )
        shape = (len(rows), self.tables * self.count)
        low, high = (
            np.array([getattr(row, side) for row in rows], dtype=np.int64)
            for side in ("low", "high")
        )
        gap = np.array([row.gap for row in rows], dtype=bool)
        return Public(csr_array(entries, shape=shape), low, high, gap)
