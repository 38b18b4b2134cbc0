"""Nouns that stay inside the house: blocks, areas, measures.

Their `repr` and notebook views show shape, column names and sources only, never a
value: notebooks store their outputs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.errors import DelineationError, IndicatorError
from sozialraum.model.definitions import Indicator, Source
from sozialraum.model.describe import html_table, names, one_line
from sozialraum.model.overlay import atoms_of

MEASURE_COLUMNS = (
    schema.GEOGRAPHY,
    schema.AREA_ID,
    schema.INDICATOR,
    schema.DATE,
    "numerator",
    "numerator_low",
    "numerator_high",
    "numerator_state",
    "denominator",
    "denominator_state",
    "behind_low",
    "residents",
    "supplier_minimum",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Blocks:
    """Indivisible pieces with counts, nested in municipalities.

    Parameters
    ----------
    frame
        GeoDataFrame indexed by `block_id`, with the columns `municipality` (key) and
        geometry: the tile of the block. Tiles do not overlap and fill their municipality.
    counts
        Additive counts, same index, one column a variable; non-negative.
    units
        Municipalities indexed by key, with `name` and geometry.
    adjacency
        Symmetric (n × n) matrix; an entry is the distance in metres between the centres
        of two blocks that are neighbours, so that gaps can be charged. No edge crosses
        a municipal border.
    design
        Variables that may shape areas.
    estimates
        Variables that are estimates.
    dates
        ISO reference date of every count, by variable.
    sources
        Where shapes and counts come from.
    notes
        What was found and done, as finished sentences.
    """

    frame: gpd.GeoDataFrame
    counts: pd.DataFrame
    units: gpd.GeoDataFrame
    adjacency: csr_array
    design: tuple[str, ...] = ()
    estimates: tuple[str, ...] = ()
    dates: Mapping[str, str] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        schema.check_keys(self.frame.index, "Blocks")
        schema.check_keys(self.units.index, "Blocks.units")
        schema.check_columns(self.frame.columns, [schema.MUNICIPALITY], "Blocks")
        schema.check_columns(self.units.columns, [schema.NAME], "Blocks.units")
        schema.check_columns(self.counts.columns, (*self.design, *self.estimates), "Blocks.counts")
        schema.check_projected(self.frame.crs, "Blocks")
        schema.check_same_index(self.frame.index, self.counts.index, "Blocks.counts")
        schema.check_counts(self.counts, "Blocks.counts")
        homeless = ~self.frame[schema.MUNICIPALITY].isin(self.units.index)
        if homeless.any():
            ids = self.frame.index[homeless]
            raise DelineationError("model.not_nested", ids=ids, what="Blocks")
        self._check_adjacency()

    def _check_adjacency(self) -> None:
        n = len(self.frame)
        matrix = self.adjacency
        if matrix.shape != (n, n) or (abs(matrix - matrix.T) > 1e-9).nnz:
            raise DelineationError("areas.adjacency", blocks=n)
        municipality = self.frame[schema.MUNICIPALITY].to_numpy()
        left = np.repeat(np.arange(n), np.diff(matrix.indptr))
        crossing = municipality[left] != municipality[matrix.indices]
        if crossing.any():
            ids = self.frame.index[np.unique(left[crossing])]
            raise DelineationError("model.not_nested", ids=ids, what="Blocks.adjacency")

    def __repr__(self) -> str:
        facts = [
            f"{len(self.frame)} in {len(self.units)} municipalities",
            f"counts {names(self.counts.columns)}",
        ]
        return one_line("Blocks", facts)

    def _repr_html_(self) -> str:
        rows = [
            ("blocks", str(len(self.frame))),
            ("municipalities", str(len(self.units))),
            ("counts", names(self.counts.columns)),
            ("may shape areas", names(self.design)),
            ("dates", names(sorted(set(self.dates.values())))),
            ("sources", "; ".join(source.line() for source in self.sources)),
        ]
        return html_table("Blocks", rows)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Areas:
    """A partition of the blocks: the areas of the monitoring.

    Parameters
    ----------
    frame
        GeoDataFrame indexed by `area_id` with `name`, `municipality`, `origin` (adopted
        or proposed), `status` (proposed, accepted, rejected), `decided_by`,
        `decided_on`, `passes` (bool), `fails` (names of the minima not met, joined by
        ", ", never a count) and geometry.
    membership
        `area_id` of every block, indexed by `block_id`.
    geography
        Name of this set of areas.
    minima
        Minima the areas were checked against, by block variable.
    report
        Facts about the partition that hold no count of any area: number of areas,
        upper bound, bridges, components.
    sources
        Where blocks and given areas come from.
    notes
        What was found and done, as finished sentences.
    crossing
        Areas that hold blocks of several municipalities. Small areas that do cannot be
        published: sums over areas would not be those of the municipalities. Those of a
        further geography can; `municipality` is ``""`` for them.
    partial
        True for a further geography that need not cover everything: blocks outside it
        have the area ``""``.
    label_de, label_en
        What a reader calls this set of areas; its name when empty.
    """

    frame: gpd.GeoDataFrame
    membership: pd.Series
    geography: str = schema.AREAS_LEVEL
    minima: Mapping[str, float] = field(default_factory=dict)
    report: Mapping[str, object] = field(default_factory=dict)
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    crossing: tuple[str, ...] = ()
    partial: bool = False
    label_de: str = ""
    label_en: str = ""

    COLUMNS = (
        schema.NAME,
        schema.MUNICIPALITY,
        "origin",
        "status",
        "decided_by",
        "decided_on",
        "passes",
        "fails",
    )

    def __post_init__(self) -> None:
        schema.check_keys(self.frame.index, "Areas")
        schema.check_columns(self.frame.columns, self.COLUMNS, "Areas")
        schema.check_projected(self.frame.crs, "Areas")
        stray = ~self.membership.isin(self.frame.index)
        if self.partial:
            stray &= self.membership != ""
        if stray.any():
            ids = self.membership.index[stray]
            raise DelineationError("model.not_partition", ids=ids, what="Areas")

    def label(self, language: str = "de") -> str:
        """Return what a reader calls this set of areas, in German or English."""
        return (self.label_en if language == "en" else self.label_de) or self.geography

    def __repr__(self) -> str:
        origins = self.frame["origin"].value_counts()
        below = int((~self.frame["passes"]).sum())
        facts = [
            f"{len(self.frame)} in {self.frame[schema.MUNICIPALITY].nunique()} municipalities",
            ", ".join(f"{count} {origin}" for origin, count in sorted(origins.items())),
            f"{below} below a minimum" if below else "all above every minimum",
        ]
        return one_line("Areas", facts)

    def _repr_html_(self) -> str:
        rows = [
            ("areas", str(len(self.frame))),
            ("municipalities", str(self.frame[schema.MUNICIPALITY].nunique())),
            ("below a minimum", str(int((~self.frame["passes"]).sum()))),
            ("minima", names(f"{name} ≥ {value:g}" for name, value in self.minima.items())),
            ("sources", "; ".join(source.line() for source in self.sources)),
        ]
        return html_table("Areas", rows)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Measures:
    """Counts per area, indicator and date. No share stands anywhere in it.

    Parameters
    ----------
    table
        Long table with :data:`MEASURE_COLUMNS`, one row a geography × area × indicator ×
        date. `numerator` and `denominator` are numbers only where their state is
        ``value``; `numerator_low` and `numerator_high` are what is known of the
        numerator (equal to it where it is known); `behind_low` is the known lower limit
        of the households behind it (missing: not asked for); `residents` is the number
        of residents of the area (missing: not known); `supplier_minimum` the largest
        minimum count of the suppliers involved.
    areas
        The small areas, with their blocks.
    units
        Municipalities indexed by key, with `name` and geometry.
    county
        Name of the county.
    indicators
        Definitions of the indicators in the table.
    sources
        Where the counts come from.
    notes
        What was found and done, as finished sentences.
    others
        Further geographies over the same blocks, which may cross municipal borders. No
        two geographies share a name, and no two areas an id.
    overlay
        Area of every block in every geography ever published, indexed by `block_id`:
        the columns are municipalities, small areas, `others`, and earlier geographies;
        ``""`` where a block lies in none. None where there is one hierarchy only. Its
        pieces (:attr:`atoms`) are rows of `table` with the geography
        :data:`sozialraum.schema.OVERLAY_LEVEL`, never published.
    barred
        Ids of indicators whose denominator is an estimate: it passes no threshold unless
        the residents do too.
    carried
        How counts known for other places came to these areas: what arrived, what lies
        outside, as finished sentences.
    """

    table: pd.DataFrame
    areas: Areas
    units: gpd.GeoDataFrame
    county: str
    indicators: tuple[Indicator, ...]
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()
    others: tuple[Areas, ...] = ()
    overlay: pd.DataFrame | None = None
    barred: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        schema.check_columns(self.table.columns, MEASURE_COLUMNS, "Measures")
        if self.others:
            held = () if self.overlay is None else self.overlay.columns
            schema.check_columns(held, [a.geography for a in self.others], "Measures.overlay")
        keyed = self.table.set_index(schema.AREA_ID)
        for name in ("numerator", "denominator"):
            schema.check_states(keyed[name], keyed[f"{name}_state"], f"Measures.{name}")
        unknown = set(self.table[schema.INDICATOR]) - {i.id for i in self.indicators}
        if unknown:
            known = ", ".join(i.id for i in self.indicators)
            raise IndicatorError("model.unknown_indicator", ids=sorted(unknown), known=known)

    @property
    def atoms(self) -> pd.DataFrame:
        """Pieces of the overlay, indexed by their id: the area of each in every geography.

        Blocks of equal membership everywhere form one piece; which one a block belongs to
        says :func:`sozialraum.model.overlay.atom_ids`.
        """
        return atoms_of(self.overlay)

    def __repr__(self) -> str:
        facts = [
            f"{len(self.areas.frame)} areas",
            *(f"{len(other.frame)} of {other.geography}" for other in self.others),
            f"{len(self.indicators)} indicators ({names(i.id for i in self.indicators)})",
            f"{self.table[schema.DATE].nunique()} dates",
        ]
        return one_line("Measures", facts)

    def _repr_html_(self) -> str:
        rows = [
            ("areas", str(len(self.areas.frame))),
            ("geographies", names(self.table[schema.GEOGRAPHY].unique())),
            ("indicators", names(i.id for i in self.indicators)),
            ("dates", names(sorted(self.table[schema.DATE].unique()))),
            ("sources", "; ".join(source.line() for source in self.sources)),
        ]
        return html_table("Measures", rows)
