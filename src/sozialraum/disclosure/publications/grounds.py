"""From multipliers of rows to the statements that prove a leak."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from sozialraum.disclosure.publications.compile import STRUCTURE, Compiled, statement_of_sum
from sozialraum.disclosure.publications.reach import Reach
from sozialraum.methods.feasibility import Proof, System, Verdicts
from sozialraum.methods.tables import FAR
from sozialraum.model.audited import Grounds, Leak, Piece
from sozialraum.model.statement import Statement

NO_PROOF = Proof(linear=False)


@dataclass(frozen=True, slots=True, eq=False)
class Derived:
    """Limits of one row of a search, with their proof.

    Parameters
    ----------
    low, high
        Smallest and largest value; ``-FAR`` and ``FAR`` where there is no limit.
    proof
        Why.
    open
        True where the limits are proven but perhaps not the closest.
    """

    low: int
    high: int
    proof: Proof
    open: bool

    @classmethod
    def of(cls, verdicts: Verdicts, row: int) -> "Derived":
        """Return what a search found about one of its rows."""
        return cls(
            int(verdicts.low[row]),
            int(verdicts.high[row]),
            verdicts.proofs.get(row, NO_PROOF),
            bool(verdicts.unresolved[row]),
        )

    @property
    def limits(self) -> tuple[int | None, int | None]:
        """The limits, None where there is none."""
        low = None if self.low <= -FAR else self.low
        return low, None if self.high >= FAR else self.high


class Sources:
    """What stands behind the rows and the limits of a system.

    Parameters
    ----------
    compiled
        The publication.
    system
        Its system, or one with more rows.
    beyond
        What stands behind rows beyond those of the publication: what an insider knows.
    """

    def __init__(
        self, compiled: Compiled, system: System | None = None, beyond: tuple[str, ...] = ()
    ) -> None:
        self.compiled = compiled
        self.system = compiled.system if system is None else system
        self.beyond = beyond
        self.statements = compiled.publication.stated
        self.unknowns = np.flatnonzero(compiled.frame.column >= 0)
        self.pieces: dict[tuple[int, Fraction, bool], Piece] = {}

    def row(self, row: int, factor: Fraction, *, from_above: bool) -> Piece:
        """Return the piece of a row that counts with its upper or its lower limit."""
        key = (row, factor, from_above)
        if key not in self.pieces:
            self.pieces[key] = self._row(row, factor, from_above=from_above)
        return self.pieces[key]

    def _row(self, row: int, factor: Fraction, *, from_above: bool) -> Piece:
        system, compiled = self.system, self.compiled
        start, end = system.matrix.indptr[row : row + 2]
        step = int(np.gcd.reduce(system.matrix.data[start:end]))
        limit = int(system.row_high[row] if from_above else system.row_low[row])
        inner = limit // step if from_above else -(-limit // step)
        exact = bool(system.row_low[row] == system.row_high[row])
        if row >= len(compiled.statement):
            return Piece(factor, Fraction(inner * step), None, self.beyond, exact=True)
        scale = compiled.scale.get(row, Fraction(1))
        amount = Fraction(inner * step) / scale
        number = int(compiled.statement[row])
        if number == STRUCTURE:
            column = int(system.matrix.indices[start:end][system.matrix.data[start:end] < 0][0])
            return Piece(factor, amount, None, ("part", *self.about(column)))
        statement = self._statement(number)
        return Piece(factor * scale, amount, statement, exact=exact)

    def _statement(self, number: int) -> Statement:
        if number < len(self.statements):
            return self.statements[number]
        publication, areas = self.compiled.publication, list(self.compiled.frame.areas)
        return statement_of_sum(publication, areas, number - len(self.statements))

    def column(self, column: int, factor: Fraction, *, from_above: bool) -> Piece:
        """Return the piece of an unknown that counts with its own limit."""
        key = (-1 - column, factor, from_above)
        if key not in self.pieces:
            limit = self.system.high[column] if from_above else self.system.low[column]
            kind = "most" if from_above else "least"
            about = (kind, *self.about(column))
            self.pieces[key] = Piece(factor, Fraction(int(limit)), None, about)
        return self.pieces[key]

    def about(self, column: int) -> tuple[str, ...]:
        """Return variable, universe and units of an unknown."""
        frame, publication = self.compiled.frame, self.compiled.publication
        variable, piece = divmod(int(self.unknowns[column]), frame.pieces)
        name = list(publication.variables)[variable]
        units = np.flatnonzero(frame.piece_of_unit == piece)
        universe = publication.variables[name].subset_of
        return (name, universe, *(publication.units[unit] for unit in units))


def make_grounds(sources: Sources, derived: Derived, *, known: int = 0, rest: str = "") -> Grounds:
    """Return why a sum has the limits it has.

    Parameters
    ----------
    sources
        What stands behind the rows.
    derived
        Limits and multipliers.
    known
        Known part of the sum.
    rest
        Universe, where the sum is about its rest.
    """
    proof = derived.proof
    low, high = derived.limits
    if not proof.linear:
        listed = _listed(sources, proof)
        return Grounds(low, high, listed, whole=True, summed=False, rest=rest)
    upper = _side(sources, proof.upper, proof.upper_columns, above=True)
    lower = _side(sources, proof.lower, proof.lower_columns, above=False)
    whole = (high is not None and _total(upper, known) != high) or (
        low is not None and _total(lower, known) != low
    )
    return Grounds(low, high, upper, lower, known=known, whole=whole, rest=rest)


def _side(
    sources: Sources,
    rows: tuple[tuple[int, Fraction], ...],
    columns: tuple[tuple[int, Fraction], ...],
    *,
    above: bool,
) -> tuple[Piece, ...]:
    pieces = [sources.row(r, y, from_above=(y > 0) == above) for r, y in rows]
    limits = [sources.column(c, y, from_above=(y > 0) == above) for c, y in columns]
    pieces.sort(key=lambda piece: piece.factor < 0)
    return (*pieces, *limits)


def _total(pieces: tuple[Piece, ...], known: int) -> Fraction:
    return sum((piece.factor * piece.amount for piece in pieces), Fraction(known))


def _listed(sources: Sources, proof: Proof) -> tuple[Piece, ...]:
    """Return the statements a proof rests on that is no mere sum."""
    pieces = [sources.row(row, Fraction(1), from_above=True) for row in proof.rows]
    return tuple(piece for piece in pieces if piece.statement is not None)


def leak_of(
    compiled: Compiled, reach: Reach, target: int, reason: str, count: Derived, grounds: Grounds
) -> Leak:
    """Return the leak of a target."""
    low, high = count.limits
    return Leak(
        units=units_of(compiled, reach, target),
        variable=list(compiled.publication.variables)[int(reach.variable[target])],
        lo=low,
        hi=high,
        reason=reason,
        name=reach.names[reach.which[target]],
        grounds=grounds,
    )


def units_of(compiled: Compiled, reach: Reach, target: int) -> tuple[str, ...]:
    """Return the ids of the units of a target, sorted."""
    which = reach.which[target]
    pieces = reach.sets.indices[reach.sets.indptr[which] : reach.sets.indptr[which + 1]]
    units = np.flatnonzero(np.isin(compiled.frame.piece_of_unit, pieces))
    return tuple(sorted(compiled.publication.units[unit] for unit in units))
