"""What a release, or an earlier publication, tells: areas and statements about them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sozialraum import schema
from sozialraum.disclosure.register import columns as columnar
from sozialraum.disclosure.register.columns import Column
from sozialraum.disclosure.register.places import Places, decode, encode, named, of_membership
from sozialraum.errors import DisclosureError
from sozialraum.files.journal import digest_of
from sozialraum.model import Indicator, Release
from sozialraum.model.policy import Protection
from sozialraum.model.statement import Statement
from sozialraum.schema import State

HIDDEN = (State.SUPPRESSED, State.NOT_RELEASED, State.EXCLUDED)
"""Marks that stand for a number somebody holds."""


@dataclass(frozen=True, slots=True)
class Told:
    """Statements and the areas they speak of.

    Parameters
    ----------
    places
        Areas by unique name.
    columns
        Statements about single areas.
    loose
        Statements about several areas at once.
    """

    places: Places
    columns: tuple[Column, ...]
    loose: tuple[Statement, ...] = ()

    @property
    def areas(self) -> dict[str, tuple[str, ...]]:
        """Block ids of every area, by its unique name."""
        return {name: place.units for name, place in self.places.items()}

    def as_content(self) -> dict[str, Any]:
        """Return it as JSON, short; equal statements give equal JSON in whatever order."""
        positions = {name: i for i, name in enumerate(self.places)}
        content: dict[str, Any] = {
            "places": encode(self.places),
            "tables": columnar.encode(self.columns, positions),
        }
        if self.loose:
            content["loose"] = sorted((one.as_json() for one in self.loose), key=digest_of)
        return content

    @classmethod
    def from_content(cls, content: Mapping[str, Any], places: Mapping[str, Any]) -> "Told":
        """Return what :meth:`as_content` made JSON of; `places` may stand elsewhere."""
        found = decode(places)
        columns = columnar.decode(content["tables"], list(found))
        loose = tuple(Statement.from_json(one) for one in content.get("loose", ()))
        return cls(found, tuple(columns), loose)


def told(places: Places, statements: Iterable[Statement]) -> Told:
    """Return statements and the areas that they speak of."""
    columns, loose = columnar.of_statements(statements)
    return _told(places, columns, loose)


def _told(places: Places, columns: Iterable[Column], loose: Iterable[Statement] = ()) -> Told:
    joined, rest = columnar.merged(columns), tuple(loose)
    spoken = {area for column in joined for area in column.areas}
    spoken |= {area for one in rest for area in one.places}
    return Told(named(places[name] for name in sorted(spoken)), tuple(joined), rest)


def statements_of(release: Release) -> Told:
    """Return what a release tells: counts, their denominators, and the marks of hidden cells.

    A count is called ``indicator@date``, a denominator ``variable@date``. Counts are
    exact, rounded or perturbed as the policy says; denominators are exact. Rates follow
    from both and are not repeated. "Not delivered" and "not applicable" tell nothing.

    Parameters
    ----------
    release
        With the membership of its areas.

    Returns
    -------
    Told
        Areas by unique name, and statements as columns.

    Raises
    ------
    DisclosureError
        It is not known which blocks an area holds, a value is shown without its counts,
        or one name stands for two counts.
    """
    places = _places_of(release)
    table = release.table
    without = (table["state"] == State.VALUE) & table["numerator"].isna()
    if without.any():
        ids = table.loc[without, schema.INDICATOR].unique()
        raise DisclosureError("ledger.without_counts", ids=ids)
    names = pd.Series({(p.geography, p.area_id): name for name, p in places.items()}, dtype="str")
    keys = pd.MultiIndex.from_frame(table[[schema.GEOGRAPHY, schema.AREA_ID]])
    where = names.reindex(keys).to_numpy()
    _check_blocks(table, pd.Series(where, index=table.index))
    columns = []
    _check_names(release.indicators)
    way = _way_of(release.policy.protection)
    for name, rows in table.assign(name=where).groupby(
        [schema.INDICATOR, schema.DATE], sort=True, observed=True
    ):
        indicator, date = (str(part) for part in name)
        known = rows[rows["name"].notna()]
        columns += _columns_of(release.indicator(indicator), date, known, way)
    return _told(places, columns)


def _places_of(release: Release) -> Places:
    if release.membership is None:
        raise DisclosureError("ledger.no_membership")
    told_of = set(release.table[schema.GEOGRAPHY].unique())
    missing = sorted(told_of - set(release.membership.columns))
    if missing:
        raise DisclosureError("ledger.no_membership_of", ids=missing)
    labels = {str(key): str(name) for key, name in release.areas[schema.NAME].items()}
    return named(of_membership(release.membership, labels))


def _check_blocks(table: pd.DataFrame, names: pd.Series) -> None:
    """Raise where something is told of an area without blocks, unless it is "nobody"."""
    nobody = (table["state"] == State.VALUE) & (table["numerator"] == 0)
    telling = table["state"].isin([State.VALUE, *HIDDEN]) & ~nobody
    lost = table.loc[telling & names.isna(), schema.AREA_ID]
    if len(lost):
        raise DisclosureError("ledger.no_blocks", ids=lost.unique())


def _check_names(indicators: Iterable[Indicator]) -> None:
    """Raise where one name stands for two counts: an indicator's and a denominator's."""
    listed = tuple(indicators)
    bases = {one.denominator for one in listed}
    twice = [one.id for one in listed if one.id in bases and one.numerator != one.id]
    if twice:
        raise DisclosureError("ledger.name_twice", ids=twice)


def _way_of(protection: Protection) -> dict[str, Any]:
    """Return what a shown number says of the count behind it."""
    if protection.method == "suppression":
        return {"kind": "count"}
    if protection.method == "cell-key":
        return {"kind": "perturbed", "max_dev": protection.max_deviation}
    # random and controlled rounding alike go to one of the two next multiples
    return {"kind": "rounded", "base": protection.base, "method": "random"}


def _columns_of(
    indicator: Indicator, date: str, rows: pd.DataFrame, way: dict[str, Any]
) -> list[Column]:
    """Return what one indicator at one date tells."""
    count = schema.dated(indicator.id, date)
    shown, hidden = rows[rows["state"] == State.VALUE], rows[rows["state"].isin(HIDDEN)]
    found = [_counts(count, shown, "numerator", way)]
    marked = tuple(hidden["name"])
    found.append(Column("suppressed", count, marked, ((None,),) * len(marked)))
    if indicator.denominator is not None:
        own = indicator.denominator_date
        counted = schema.pooled(indicator.denominator, indicator.pool)
        base = schema.dated(counted, date if own == "same" else own)
        known = shown[shown["denominator"].notna()]
        found.append(_counts(base, known, "denominator", {"kind": "count"}))
    return [column for column in found if len(column)]


def _counts(var: str, rows: pd.DataFrame, name: str, way: dict[str, Any]) -> Column:
    numbers = rows[name].astype("int64")
    if (numbers != rows[name]).any():
        raise DisclosureError("disclosure.not_whole")
    common = {key: value for key, value in way.items() if key != "kind"}
    cells = tuple((number,) for number in numbers.tolist())
    return Column(way["kind"], var, tuple(rows["name"]), cells, common)
