"""Many statements of one kind about one variable, as one column of cells."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sozialraum.disclosure.register.places import as_spans, from_spans
from sozialraum.files.journal import canonical
from sozialraum.model.statement import FIELDS, Statement

CELLS = ("value", "lo", "hi", "known_range")
"""What may differ from area to area; everything else is said once a column."""
LOOSE = ("order", "linear")
"""Kinds that speak of several areas at once."""
type Cell = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """What was published of one variable, in one way.

    Parameters
    ----------
    kind, var
        As in :class:`~sozialraum.model.statement.Statement`.
    common
        Further keys, the same for all areas (rounding base, denominator, decimals …).
    areas
        Names of areas.
    cells
        One tuple an area, in the order of :attr:`keys`; numbers as JSON knows them, None
        where the key is left out.
    """

    kind: str
    var: str
    areas: tuple[str, ...]
    cells: tuple[Cell, ...]
    common: Mapping[str, Any] = field(default_factory=dict)

    @property
    def keys(self) -> tuple[str, ...]:
        """Keys that differ from area to area."""
        return keys_of(self.kind)

    def __len__(self) -> int:
        return len(self.areas)

    def statements(self) -> Iterator[Statement]:
        """Yield the statements, one an area.

        Examples
        --------
        >>> shown = Column("count", "sgb2@2025", ("A", "B"), ((12,), (0,)))
        >>> [one.as_json()["value"] for one in shown.statements()]
        [12, 0]
        """
        known = FIELDS[self.kind]
        common = {name: known[name].read(value) for name, value in self.common.items()}
        for area, cell in zip(self.areas, self.cells, strict=True):
            own = {
                key: known[key].read(value)
                for key, value in zip(self.keys, cell, strict=True)
                if value is not None
            }
            yield Statement(self.kind, area, self.var, **own, **common)

    def only(self, kept: Sequence[bool]) -> "Column":
        """Return the column with some of its areas."""
        chosen = [i for i, keep in enumerate(kept) if keep]
        areas = tuple(self.areas[i] for i in chosen)
        cells = tuple(self.cells[i] for i in chosen)
        return Column(self.kind, self.var, areas, cells, self.common)


def keys_of(kind: str) -> tuple[str, ...]:
    """Return which keys of a kind differ from area to area.

    Examples
    --------
    >>> keys_of("count"), keys_of("rate_class")
    (('value',), ('lo', 'hi'))
    """
    return tuple(key for key in CELLS if key in FIELDS[kind])


def of_statements(statements: Iterable[Statement]) -> tuple[list[Column], list[Statement]]:
    """Return statements as columns, and those that no column holds."""
    loose, parts = [], []
    for one in statements:
        if one.kind in LOOSE:
            loose.append(one)
            continue
        record = one.as_json()
        cell = tuple(record.get(key) for key in keys_of(one.kind))
        common = {k: v for k, v in record.items() if k not in {"kind", "area", "var", *CELLS}}
        parts.append(Column(one.kind, one.var, (one.area,), (cell,), common))
    return merged(parts), loose


def merged(columns: Iterable[Column]) -> list[Column]:
    """Return columns joined that differ in their areas only; nothing is said twice."""
    groups: dict[bytes, tuple[Column, dict[tuple[str, str], Cell]]] = {}
    for column in columns:
        key = canonical([column.kind, column.var, column.common])
        _, cells = groups.setdefault(key, (column, {}))
        for area, cell in zip(column.areas, column.cells, strict=True):
            cells[area, repr(cell)] = cell
    found = []
    for key in sorted(groups):
        first, cells = groups[key]
        order = sorted(cells)
        areas, values = tuple(area for area, _ in order), tuple(cells[one] for one in order)
        found.append(Column(first.kind, first.var, areas, values, first.common))
    return found


def encode(columns: Iterable[Column], positions: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return columns as JSON; areas by their position."""
    tables = []
    for column in columns:
        spans = as_spans(positions[area] for area in column.areas)
        table: dict[str, Any] = {"kind": column.kind, "var": column.var, "areas": spans}
        for key, values in zip(column.keys, zip(*column.cells, strict=True), strict=True):
            if any(value is not None for value in values):
                table[key] = list(values)
        tables.append({**column.common, **table})
    return tables


def decode(tables: Iterable[Mapping[str, Any]], names: Sequence[str]) -> list[Column]:
    """Return the columns that :func:`encode` wrote."""
    columns = []
    for table in tables:
        kind, areas = table["kind"], tuple(names[i] for i in from_spans(table["areas"]))
        keys = keys_of(kind)
        blank = [None] * len(areas)
        cells = tuple(zip(*(table.get(key, blank) for key in keys), strict=True))
        common = {k: v for k, v in table.items() if k not in {"kind", "var", "areas", *keys}}
        columns.append(Column(kind, table["var"], areas, cells, common))
    return columns
