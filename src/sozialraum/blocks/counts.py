"""Counts of the blocks, out of layers, the register and expressions over both."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import DelineationError
from sozialraum.messages import text
from sozialraum.model import Delivery, Layer

POPULATION_SIDE = ("residents", "households", "dwellings")
"""Counts that may shape areas unless the caller says otherwise, the most telling first."""
HUNDRED = 100


class Counts(NamedTuple):
    """Counts (ids × variables) and the reference date of every variable."""

    table: pd.DataFrame
    dates: dict[str, str]


class Registered(NamedTuple):
    """Counts of the register (missing where not known), where a row was delivered, and dates."""

    table: pd.DataFrame
    delivered: pd.DataFrame
    dates: dict[str, str]


def layer_counts(layers: Sequence[Layer], *, on_grid: bool) -> Counts:
    """Join the additive columns of layers over all their ids.

    On the grid an id absent from a layer has 0 of its counts: the census lists inhabited
    cells only. Districts stand side by side and may share columns.
    """
    if not on_grid:
        tables = [pd.DataFrame(layer.frame[list(layer.additive)]).astype(float) for layer in layers]
        twice = _repeated(id_ for table in tables for id_ in table.index)
        if twice:
            raise DelineationError("blocks.ids_repeated", ids=twice)
        table = pd.concat(tables) if tables else pd.DataFrame(index=pd.Index([], dtype="str"))
        return Counts(table.sort_index(), _layer_dates(layers))
    clashing = _repeated(name for layer in layers for name in layer.additive)
    if clashing:
        raise DelineationError("blocks.names_clash", ids=clashing)
    ids = sorted(set().union(*(layer.frame.index for layer in layers)))
    index = pd.Index(ids, dtype="str", name=schema.BLOCK_ID)
    columns = {
        name: layer.frame[name].astype(float).reindex(index, fill_value=0.0)
        for layer in layers
        for name in layer.additive
    }
    return Counts(pd.DataFrame(columns, index=index), _layer_dates(layers))


def _layer_dates(layers: Sequence[Layer]) -> dict[str, str]:
    """Return the reference date of every additive column; "" where layers disagree."""
    dates: dict[str, set[str]] = {}
    for layer in layers:
        for name in layer.additive:
            dates.setdefault(name, set()).add(layer.source.reference_date)
    return {name: found.pop() if len(found) == 1 else "" for name, found in dates.items()}


def _repeated(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, sorted."""
    counted = pd.Series(list(names), dtype="str").value_counts()
    return sorted(counted.index[counted > 1])


def register_counts(register: Delivery, date: str | Sequence[str] | None, level: str) -> Registered:
    """Return the rows of one level of the register as a table of ids × variables.

    Parameters
    ----------
    register
        Delivery with one date or several.
    date
        ISO date, several, ``"all"``, or None for the last one. Counts of the latest of
        them keep their plain name, those of an earlier one are called
        ``"residents@2022-12-31"``.
    level
        Level of the rows.
    """
    rows = register.table[register.table["level"] == level]
    known = sorted(rows[schema.DATE].unique())
    named = [date] if isinstance(date, str) else list(date or known[-1:])
    chosen = known if date == "all" else sorted(set(named))
    missing = [name for name in chosen if name not in known]
    if missing or not chosen:
        raise DelineationError(
            "blocks.register_date",
            ids=missing or [register.name],
            level=text(f"blocks.level_{level}"),
            known=", ".join(known) or "–",
        )
    parts = {when: _at_date(rows, when) for when in reversed(chosen)}
    index = pd.Index(sorted(set().union(*(p.table.index for p in parts.values()))), dtype="str")
    values, delivered, dates = [], [], {}
    for when, part in parts.items():
        latest = when == chosen[-1]
        names = {str(v): str(v) if latest else schema.dated(str(v), when) for v in part.table}
        values.append(part.table.rename(columns=names).reindex(index))
        delivered.append(part.delivered.rename(columns=names).reindex(index, fill_value=False))
        dates |= dict.fromkeys(names.values(), when)
    return Registered(pd.concat(values, axis=1), pd.concat(delivered, axis=1), dates)


def _at_date(rows: pd.DataFrame, date: str) -> Registered:
    """Return the rows of one date as a table of ids × variables."""
    rows = rows[rows[schema.DATE] == date]
    values = rows.pivot_table(
        index="key", columns="variable", values="value", aggfunc="first", dropna=False
    )
    delivered = rows.assign(delivered=True).pivot_table(
        index="key", columns="variable", values="delivered", aggfunc="first", fill_value=False
    )
    delivered = delivered.reindex(index=values.index, columns=values.columns, fill_value=False)
    return Registered(values.astype(float), delivered.astype(bool), {})


def join_register(
    counts: Counts, registered: Registered, register: Delivery, municipality: pd.Series
) -> Counts:
    """Add the register's counts to those of the layers, block by block.

    A block without a row has 0 where the register says so for its municipality, and is
    missing otherwise.
    """
    values = registered.table.reindex(municipality.index)
    clashing = sorted(set(values.columns) & set(counts.table.columns))
    if clashing:
        raise DelineationError("blocks.names_clash", ids=clashing)
    if register.absent_is_zero:
        delivered = registered.delivered.reindex(municipality.index, fill_value=False)
        covered = municipality.isin(register.covers) | (not register.covers)
        values = values.mask(~delivered & covered.to_numpy()[:, None], 0.0)
    return Counts(counts.table.join(values), {**counts.dates, **registered.dates})


def add_derived(counts: Counts, derived: Mapping[str, str]) -> Counts:
    """Add counts that are expressions over the others, in the order given.

    At an earlier date a count is added where all that it needs is known at that date.
    """
    from sozialraum.methods.expression import evaluate, names_in

    table, dates = counts.table.copy(), dict(counts.dates)
    clashing = sorted(set(derived) & set(table.columns))
    if clashing:
        raise DelineationError("blocks.names_clash", ids=clashing)
    for name, expression in derived.items():
        columns = {str(column): table[column] for column in table.columns}
        used = names_in(expression, columns)
        table[name] = np.asarray(evaluate(expression, columns), dtype=float)
        found = {dates.get(variable, "") for variable in used}
        dates[name] = found.pop() if len(found) == 1 else ""
        for date in _dates_of(used, table):
            earlier = {variable: table[schema.dated(variable, date)] for variable in used}
            old = schema.dated(name, date)
            table[old] = np.asarray(evaluate(expression, earlier), dtype=float)
            dates[old] = date
    return Counts(table, dates)


def _dates_of(names: Iterable[str], table: pd.DataFrame) -> list[str]:
    """Return the earlier dates at which a table holds all of these counts."""
    found = [
        {str(c).partition("@")[2] for c in table.columns if str(c).startswith(f"{name}@")}
        for name in names
    ]
    return sorted(set.intersection(*found)) if found else []


def delivered_estimates(
    layers: Sequence[Layer],
    register: Delivery | None,
    table: pd.DataFrame,
    derived: Mapping[str, str],
) -> tuple[str, ...]:
    """Return the counts that came in as estimates, and those computed from such.

    A count carried over from other shapes passes no threshold, whatever becomes of it.
    """
    from sozialraum.methods.expression import names_in

    found = {name for layer in layers for name in layer.estimates}
    found |= set(register.estimates) if register is not None else set()
    for name, expression in derived.items():
        used = names_in(expression, [str(column) for column in table.columns])
        if not found.isdisjoint(schema.undated(variable) for variable in used):
            found.add(name)
    return tuple(str(column) for column in table.columns if schema.undated(str(column)) in found)


def choose_design(
    table: pd.DataFrame, design: Sequence[str] | None, barred: Collection[str] = ()
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the counts that may shape areas, and notes; never one of those barred.

    Raises
    ------
    DelineationError
        A count that the caller named is unknown, incomplete or barred.
    """
    incomplete = [name for name in table.columns if table[name].isna().any()]
    if design is None:
        usual = [name for name in POPULATION_SIDE if name in table.columns]
        left_out = {
            "note_incomplete": [name for name in usual if name in incomplete],
            "note_estimated": [name for name in usual if name in barred],
        }
        notes = [text(f"blocks.{n}", names=", ".join(o)) for n, o in left_out.items() if o]
        gone = {name for names in left_out.values() for name in names}
        return tuple(name for name in usual if name not in gone), tuple(notes)
    schema.check_columns(table.columns, design, "Blocks.design")
    estimated = [name for name in design if name in barred]
    if estimated:
        raise DelineationError("blocks.design_estimated", ids=estimated)
    for name in design:
        if name in incomplete:
            ids = table.index[table[name].isna()]
            raise DelineationError("blocks.design_incomplete", ids=ids, variable=name)
    return tuple(design), ()


def people(table: pd.DataFrame) -> str:
    """Return how many people a table holds in all, in words that never tell a small number.

    Examples
    --------
    >>> people(pd.DataFrame({"residents": [3.0, 1.0]})) == text("blocks.few")
    True
    """
    name = next((n for n in POPULATION_SIDE if n in table.columns), None)
    if name is None:
        return text("blocks.unknown_number")
    number = float(table[name].sum())
    if number == 0:
        return f"0 {name}"
    if number < HUNDRED:
        return text("blocks.few")
    return text("blocks.about", number=f"{round(number / HUNDRED) * HUNDRED:.0f}", name=name)
