"""What comes out of a file, confidential: shapes with their columns, and counts of offices.

Their `repr` and notebook views show shape, column names and sources only, never a
value: notebooks store their outputs.
"""

from dataclasses import dataclass

import geopandas as gpd
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError
from sozialraum.model.definitions import Source
from sozialraum.model.describe import html_table, names, one_line

DELIVERY_COLUMNS = ("level", "key", schema.DATE, "variable", "value", "low", "high", "state")
DELIVERY_LEVELS = ("cell", "area", "municipality", "county")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Layer:
    """A table of shapes read from a file, with its key and its source.

    Parameters
    ----------
    frame
        GeoDataFrame indexed by a unique string key; projected CRS in metres.
    key
        Name of the key, equal to ``frame.index.name``.
    source
        Where it comes from.
    additive
        Columns that are counts of disjoint things and may be summed.
    shares
        Columns that are shares, means or classes: shown, never summed.
    states
        State of each cell (:class:`sozialraum.schema.State`) for those value columns in
        which anything is missing; same index as `frame`.
    notes
        What the reader found and did, as finished sentences.
    estimates
        Additive columns that are estimates, such as counts carried over from other
        shapes: never used to pass a threshold.
    """

    frame: gpd.GeoDataFrame
    key: str
    source: Source
    additive: tuple[str, ...] = ()
    shares: tuple[str, ...] = ()
    states: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    estimates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        what = self.source.title
        schema.check_keys(self.frame.index, what)
        schema.check_projected(self.frame.crs, what)
        schema.check_columns(self.frame.columns, (*self.additive, *self.shares), what)
        schema.check_columns(self.additive, self.estimates, what)
        schema.check_counts(pd.DataFrame(self.frame[list(self.additive)]), what)
        if self.states is not None:
            schema.check_same_index(self.frame.index, self.states.index, what)

    def __repr__(self) -> str:
        columns = [c for c in self.frame.columns if c != self.frame.geometry.name]
        facts = [f"{len(self.frame)} × {names(columns)}", f"key {self.key}", self.source.title]
        return one_line("Layer", facts)

    def _repr_html_(self) -> str:
        columns = [c for c in self.frame.columns if c != self.frame.geometry.name]
        rows = [
            ("shape", f"{len(self.frame)} × {len(columns)}"),
            ("key", self.key),
            ("columns", names(columns)),
            ("crs", "" if self.frame.crs is None else self.frame.crs.name),
            ("source", self.source.line()),
        ]
        return html_table("Layer", rows)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Delivery:
    """Counts an office delivered, on cells, areas or municipalities, as it sent them.

    Parameters
    ----------
    name
        Short name; the catalogue refers to its variables as ``"name.variable"``.
    table
        Long table with :data:`DELIVERY_COLUMNS`: `level` (cell, area, municipality,
        county), `key` (string), `date` (ISO 8601), `variable`, `value` (float, missing
        unless the state is ``value``), `low` and `high` (what the mark of a suppressed
        value still says; equal to the value otherwise; missing where nothing is known)
        and `state` (:class:`sozialraum.schema.State`).
    source
        Supplier with its own minimum count.
    geography
        Name of the areas the keys of level ``area`` belong to.
    covers
        Municipality keys for which it is complete; empty: no statement.
    absent_is_zero
        True where a key without a row means "nobody" inside `covers` (registers list
        inhabited cells only); otherwise an absent key is "not delivered".
    notes
        What the reader found and did, as finished sentences.
    estimates
        Variables that are estimates, such as counts carried over from other areas: never
        used to pass a threshold.
    """

    name: str
    table: pd.DataFrame
    source: Source
    geography: str = ""
    covers: tuple[str, ...] = ()
    absent_is_zero: bool = False
    notes: tuple[str, ...] = ()
    estimates: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        what = self.source.title
        schema.check_columns(self.table.columns, DELIVERY_COLUMNS, what)
        schema.check_counts(self.table.set_index("key")[["value", "low", "high"]], what)
        keyed = self.table.set_index("key")
        schema.check_states(keyed["value"], keyed["state"], what)
        schema.check_columns(self.variables, self.estimates, what)
        identity = ["level", "key", schema.DATE, "variable"]
        twice = self.table.duplicated(identity)
        if twice.any():
            keys = self.table.loc[twice, "key"].unique()
            raise IndicatorError("measure.delivery_repeated", ids=keys, delivery=self.name)

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the delivered counts."""
        return tuple(sorted(self.table["variable"].unique()))

    @property
    def dates(self) -> tuple[str, ...]:
        """Reference dates, ascending."""
        return tuple(sorted(self.table[schema.DATE].unique()))

    def __repr__(self) -> str:
        facts = [self.name, names(self.variables), f"{len(self.dates)} dates", self.source.title]
        return one_line("Delivery", facts)

    def _repr_html_(self) -> str:
        rows = [
            ("name", self.name),
            ("rows", str(len(self.table))),
            ("variables", names(self.variables)),
            ("dates", names(self.dates)),
            ("source", self.source.line()),
        ]
        return html_table("Delivery", rows)
