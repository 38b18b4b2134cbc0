"""Carry counts over: every part to the target it goes to, what is missing typed as missing."""

from collections.abc import Collection, Mapping
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import FIRST, GeometryError
from sozialraum.files.wording import number
from sozialraum.messages import default_language, listing, text
from sozialraum.methods.apportion import NOWHERE, cell_sizes
from sozialraum.methods.dasymetric import carried
from sozialraum.model import Delivery, Layer, Source, Transfer
from sozialraum.schema import REASONS, State

AREA = "area"
ROUNDING = 1e-6
"""Thousandths that sums of floats may lack."""


def transfer[Counts: (Layer, Delivery)](counts: Counts, over: Transfer) -> Counts:
    """Return counts carried from the sources of a transfer to its targets.

    Parameters
    ----------
    counts
        Layer with additive columns, or delivery whose rows of level ``area`` have the keys
        of the sources; its rows of other levels stay as they are.
    over
        From :func:`build_transfer`.

    Returns
    -------
    Layer or Delivery
        Like `counts`, on the targets. What was divided is an estimate, and so said. A
        target with a missing part is missing, with the interval of its parts; so is one
        that the sources do not cover. The notes hold the balance: which share of all counts
        arrived, what lies outside. Shares, means and classes are left out.

    Raises
    ------
    GeometryError
        No key of the counts is one of the sources.

    Examples
    --------
    >>> from shapely import box
    >>> from sozialraum.transfers import build_transfer
    >>> def layer(key, ids, shapes, **columns):
    ...     index = pd.Index(ids, name=key)
    ...     frame = gpd.GeoDataFrame(columns, geometry=shapes, crs="EPSG:25832", index=index)
    ...     return Layer(frame, key, Source("town", key), additive=tuple(columns))
    >>> wards = layer("ward", ["w1", "w2"], [box(0, 0, 2, 1), box(2, 0, 4, 1)], voters=[30, 50])
    >>> areas = layer("area", ["a", "b"], [box(0, 0, 3, 1), box(3, 0, 4, 1)])
    >>> found = transfer(wards, build_transfer(wards, areas))
    >>> found.frame["voters"].to_dict(), found.estimates
    ({'a': 55.0, 'b': 25.0}, ('voters',))
    """
    if isinstance(counts, Layer):
        return _layer(counts, over)
    return _delivery(counts, over)


def _layer(counts: Layer, over: Transfer) -> Layer:
    title, names = counts.source.title, list(counts.additive)
    _check_keys(counts.frame.index, over, title)
    carried_ = {name: _carried(over, *_column(counts, name, over.sources)) for name in names}
    index = over.targets.rename(over.geography)
    states = pd.DataFrame({name: c[3] for name, c in carried_.items()}, index=index, dtype="str")
    gone = states != State.VALUE
    given = pd.DataFrame(counts.frame[names]).astype(float)
    told = {
        "keys_unknown": counts.frame.index.difference(over.sources),
        "not_carried": list(counts.shares),
        "parts_missing": index[gone.any(axis=1)].difference(over.uncovered.index),
    }
    return Layer(
        gpd.GeoDataFrame(
            {name: c[0] for name, c in carried_.items()},
            geometry=over.shapes.set_axis(index),
            index=index,
        ),
        over.geography,
        _changed(counts.source, over),
        additive=counts.additive,
        states=states.loc[:, gone.any()] if gone.any(axis=None) else None,
        notes=(*counts.notes, *over.notes, *_notes(told, title), *_balance(given, over, title)),
        estimates=counts.additive if over.estimated else counts.estimates,
    )


def _column(counts: Layer, name: str, keys: pd.Index) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return limits and states of a column at keys; cells that are not listed hold nobody."""
    value = counts.frame[name].reindex(keys).to_numpy(dtype=float, na_value=np.nan)
    absent = ~keys.isin(counts.frame.index)
    if absent.any() and NOWHERE not in cell_sizes(keys):
        value = np.where(absent, 0.0, value)
    state = np.where(np.isnan(value), State.NOT_DELIVERED, State.VALUE).astype(object)
    if counts.states is not None and name in counts.states:
        typed = counts.states[name].reindex(keys).to_numpy(dtype=object)
        state = np.where(np.isnan(value) & ~pd.isna(typed), typed, state)
    return value, value, state


def _delivery(counts: Delivery, over: Transfer) -> Delivery:
    table = counts.table
    mine = (table["level"] == AREA).to_numpy()
    rows = table[mine]
    keys = pd.Index(sorted(rows["key"].unique()))
    _check_keys(keys, over, counts.name)
    parts = [
        _rows_at(group.set_index("key"), str(day), str(variable), counts, over)
        for (day, variable), group in rows.groupby([schema.DATE, "variable"], sort=True)
    ]
    carried_ = pd.concat(parts, ignore_index=True)
    gone = pd.Index(carried_.loc[carried_["state"] != State.VALUE, "key"].unique())
    told = {
        "keys_unknown": keys.difference(over.sources),
        "parts_missing": gone.difference(over.uncovered.index),
    }
    title = counts.source.title
    given = rows.pivot_table(index="key", columns=["variable", schema.DATE], values="value")
    found = pd.concat([carried_, table[~mine]], ignore_index=True)
    return Delivery(
        counts.name,
        found.sort_values([schema.DATE, "level", "key", "variable"], ignore_index=True),
        _changed(counts.source, over),
        geography=over.geography,
        covers=counts.covers,
        notes=(*counts.notes, *over.notes, *_notes(told, title), *_balance(given, over, title)),
        estimates=counts.variables if over.estimated else counts.estimates,
    )


def _rows_at(
    group: pd.DataFrame, day: str, variable: str, counts: Delivery, over: Transfer
) -> pd.DataFrame:
    """Return the rows of one variable at one date on the targets."""
    given = group.reindex(over.sources)
    absent = given["state"].isna().to_numpy()
    nobody = absent & (counts.absent_is_zero and not counts.covers)
    state = np.where(absent, State.NOT_DELIVERED, given["state"].to_numpy(dtype=object))
    state = np.where(nobody, State.VALUE, state)
    low, high = (given[n].to_numpy(dtype=float, na_value=np.nan) for n in ("low", "high"))
    low, high = np.where(nobody, 0.0, low), np.where(nobody, 0.0, high)
    value, low, high, found = _carried(over, low, high, state)
    return pd.DataFrame(
        {
            "level": AREA,
            "key": over.targets.to_numpy(dtype=object),
            schema.DATE: day,
            "variable": variable,
            "value": value,
            "low": low,
            "high": high,
            "state": found,
        }
    )


def _carried(
    over: Transfer, low: np.ndarray, high: np.ndarray, state: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return values, limits and states of the targets.

    The limits of what was divided say nothing: they would be estimates themselves.
    """
    named = np.where(state == State.SUPPRESSED, State.SUPPLIER, state).astype(str)
    codes = pd.Index([str(one) for one in REASONS]).get_indexer(pd.Index(named))
    # what nobody knows to read hides the others
    codes = np.where(codes < 0, len(REASONS) - 1, codes)
    owner = np.repeat(np.arange(len(over.sources)), np.diff(over.shares.indptr))
    strongest = np.full(len(over.targets), -1)
    np.maximum.at(strongest, over.shares.indices, codes[owner])
    open_ = over.targets.isin(over.uncovered.index)
    found = np.array([str(one) for one in REASONS], dtype=object)[np.maximum(strongest, 0)]
    found[open_] = str(State.NOT_DELIVERED)
    least = carried(over.shares, np.nan_to_num(low, nan=0.0))
    most = carried(over.shares, np.where(np.isnan(high), np.inf, high))
    known = found == State.VALUE
    told = known | (~open_ & (not over.estimated))
    value = np.where(known, least, np.nan)
    most = np.where(told & np.isfinite(most), most, np.nan)
    return value, np.where(told, least, np.nan), most, found


def _check_keys(keys: pd.Index, over: Transfer, name: str) -> None:
    if not len(keys.intersection(over.sources)):
        known = ", ".join(sorted(map(str, over.sources))[:2])
        raise GeometryError("transfers.no_key_matches", ids=keys, delivery=name, known=known)


def _changed(source: Source, over: Transfer) -> Source:
    """Return the source with what was done, as dl-de/by-2-0 asks."""
    done = text("transfers.change", default_language(), rule=rule_label(over.rule))
    return replace(source, changes="; ".join(part for part in (source.changes, done) if part))


def rule_label(rule: str) -> str:
    """Return what a reader calls a rule, or a weight that has a usual name."""
    known = ("area", "within", "touching", "centre", "most", "residents", "households", "dwellings")
    return text(f"transfers.rule_{rule}", default_language()) if rule in known else f"„{rule}“"


def _balance(given: pd.DataFrame, over: Transfer, title: str) -> list[str]:
    """Return what share of all counts arrived, and how many sources were divided.

    A share of the whole tells nobody's number.
    """
    reached = pd.Series(np.asarray(over.shares.sum(axis=1)).ravel(), index=over.sources)
    arrives = reached.reindex(given.index).fillna(0.0).to_numpy()
    total = given.sum().to_numpy()
    parts = (given.fillna(0.0).to_numpy() * arrives[:, None]).sum(axis=0)
    shares = parts[total > 0] / total[total > 0]
    if not len(shares):
        return []
    language = default_language()
    values = {"title": title, "rule": rule_label(over.rule), "split": len(over.split)}
    # rounded down: a loss never reads as nothing
    thousandths = np.floor(1000 * float(shares.min()) + ROUNDING)
    name = "balance" if thousandths < 1000 else "balance_all"
    share = number(thousandths / 10, 1, language)
    return [text(f"transfers.{name}", language, share=share, count=len(over.sources), **values)]


def _notes(told: Mapping[str, Collection[str]], title: str) -> list[str]:
    """Return a sentence for every kind of finding that there is one of."""
    language = default_language()
    shown = {n: listing(tuple(sorted(map(str, ids))), FIRST, language) for n, ids in told.items()}
    return [
        text(f"transfers.{name}", language, title=title, ids=shown[name], count=len(ids))
        for name, ids in told.items()
        if len(ids)
    ]
