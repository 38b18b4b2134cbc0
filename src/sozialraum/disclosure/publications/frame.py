"""Pieces of a publication: what its areas are made of, and which counts are unknown."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from sozialraum.disclosure.publications.parts import universes_of
from sozialraum.methods.tables import FAR
from sozialraum.model.publication import Publication


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Areas and variables over pieces: units that every statement treats alike.

    Parameters
    ----------
    areas
        Position of every area (named ones first) and of every unit used like one.
    named
        How many of them are named areas.
    members
        (areas, pieces) ones, int64.
    piece_of_unit
        Piece of every unit.
    variables
        Position of every variable.
    value
        (variables, pieces) true counts, -1 where not known to us.
    column
        (variables, pieces) number of the unknown; -1 where everybody knows the count.
    low, high
        Limits of every unknown that need no statement.
    """

    areas: dict[str, int]
    named: int
    members: csr_array
    piece_of_unit: np.ndarray
    variables: dict[str, int]
    value: np.ndarray
    column: np.ndarray
    low: np.ndarray
    high: np.ndarray

    @property
    def pieces(self) -> int:
        """Number of pieces."""
        return self.column.shape[1]

    @property
    def truth(self) -> np.ndarray:
        """True value of every unknown, -1 where not known to us."""
        return self.value[self.column >= 0]

    @property
    def known(self) -> np.ndarray:
        """(variables, pieces) counts everybody knows; 0 for the others."""
        return np.where(self.column < 0, self.value, 0)


def make_frame(publication: Publication) -> Frame:
    """Return the pieces of a publication.

    Units are joined where they lie in the same areas. That loses nothing: only sums over
    areas are published, and what a unit may hold (its universe, its largest count) adds
    up. Where a largest count per unit meets a universe that is not known, it might not,
    and every unit stays a piece.
    """
    areas = _used_areas(publication)
    variables = {name: position for position, name in enumerate(publication.variables)}
    counts = np.array([publication.counts[name] for name in variables], dtype=np.int64)
    counts = counts.reshape(len(variables), len(publication.units))
    of_units = _membership(publication, areas)
    known = _known(publication, counts)
    piece_of_unit = _pieces(of_units, known, apart=_must_stay_apart(publication))
    pieces = int(piece_of_unit.max(initial=-1)) + 1
    first = np.unique(piece_of_unit, return_index=True)[1]
    low, high = _unit_limits(publication, counts, known)
    value = np.where(
        _summed(counts < 0, piece_of_unit, pieces) > 0, -1, _summed(counts, piece_of_unit, pieces)
    )
    unknown = ~known[:, first]
    column = np.where(unknown, np.cumsum(unknown).reshape(unknown.shape) - 1, -1)
    return Frame(
        areas=areas,
        named=len(publication.areas),
        members=csr_array(of_units[:, first]),
        piece_of_unit=piece_of_unit,
        variables=variables,
        value=value,
        column=column,
        low=_summed(low, piece_of_unit, pieces)[unknown],
        high=np.minimum(_summed(high, piece_of_unit, pieces), FAR)[unknown],
    )


def _used_areas(publication: Publication) -> dict[str, int]:
    """Return named areas, and units that statements use like areas."""
    used = dict.fromkeys(publication.areas)
    used.update(dict.fromkeys(place for s in publication.stated for place in s.places))
    return {name: position for position, name in enumerate(used)}


def _membership(publication: Publication, areas: Iterable[str]) -> csr_array:
    """Return the (areas, units) matrix of ones."""
    place = {unit: position for position, unit in enumerate(publication.units)}
    inside = [publication.areas.get(area, (area,)) for area in areas]
    starts = np.cumsum([0, *(len(units) for units in inside)])
    units = np.fromiter((place[u] for part in inside for u in part), np.int64, int(starts[-1]))
    matrix = csr_array((np.ones_like(units), units, starts), shape=(len(inside), len(place)))
    matrix.sort_indices()
    return matrix


def _known(publication: Publication, counts: np.ndarray) -> np.ndarray:
    """Return (variables, units) True where everybody knows the count."""
    open_to_all = [variable.known_per_unit for variable in publication.variables.values()]
    return np.array(open_to_all, dtype=bool)[:, None] & (counts >= 0)


def _must_stay_apart(publication: Publication) -> bool:
    """Return whether a largest count per unit meets a universe that is not known."""
    variables = publication.variables
    return any(
        variable.max_per_unit is not None
        and not all(variables[above].known_per_unit for above in universes_of(name, variables))
        for name, variable in variables.items()
    )


def _pieces(of_units: csr_array, known: np.ndarray, *, apart: bool) -> np.ndarray:
    """Return the piece of every unit, numbered by first appearance."""
    units = known.shape[1]
    if apart:
        return np.arange(units)
    by_unit = of_units.tocsc()
    by_unit.sort_indices()
    marks = np.packbits(known, axis=0)
    starts, inside = by_unit.indptr, by_unit.indices
    keys: dict[tuple[bytes, bytes], int] = {}
    return np.fromiter(
        (
            keys.setdefault(
                (inside[starts[u] : starts[u + 1]].tobytes(), marks[:, u].tobytes()), len(keys)
            )
            for u in range(units)
        ),
        np.int64,
        units,
    )


def _unit_limits(
    publication: Publication, counts: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (variables, units) limits that follow from known universes and parts."""
    low, high = np.zeros_like(counts), np.full_like(counts, FAR)
    names = list(publication.variables)
    for row, (name, variable) in enumerate(publication.variables.items()):
        if variable.max_per_unit is not None:
            high[row] = np.minimum(high[row], variable.max_per_unit)
        for above in universes_of(name, publication.variables):
            over = names.index(above)
            most = publication.variables[above].max_per_unit
            high[row] = np.minimum(high[row], FAR if most is None else most)
            high[row] = np.minimum(high[row], np.where(known[over], counts[over], FAR))
            low[over] = np.maximum(low[over], np.where(known[row], counts[row], 0))
    return low, high


def _summed(values: np.ndarray, piece_of_unit: np.ndarray, pieces: int) -> np.ndarray:
    """Return sums over the units of every piece."""
    found = np.zeros((pieces, len(values)), dtype=np.int64)
    np.add.at(found, piece_of_unit, values.T.astype(np.int64))
    return found.T
