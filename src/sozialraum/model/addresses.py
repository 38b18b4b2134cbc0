"""Addresses by area: the key that offices sort their cases with, and lists compared with it.

Addresses of buildings, without anybody who lives there.
"""

from dataclasses import dataclass

import pandas as pd

from sozialraum import schema
from sozialraum.model.definitions import Source
from sozialraum.model.describe import html_table, one_line

STREET_COLUMNS = (schema.MUNICIPALITY, "street", "street_key", "district")
"""What tells streets apart: two of one name have different keys or lie in different districts."""
ADDRESS_COLUMNS = (*STREET_COLUMNS, "number", schema.AREA_ID, "reason")
RANGE_COLUMNS = (*STREET_COLUMNS, "first", "last", "side", schema.AREA_ID, schema.NAME)
LISTED_COLUMNS = (*STREET_COLUMNS, "first", "last", "side", "area", "row")
REASONS = ("outside", "no_area", "no_coordinates", "no_street", "ambiguous")
"""Why an address has no area: its municipality has none, its point lies in none, it has no
plausible point, it names no street, or the same address stands in several areas."""
SIDES = ("all", "odd", "even", "one")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class AddressKey:
    """Which area every address belongs to, and the streets and number ranges of each area.

    Parameters
    ----------
    addresses
        By address: :data:`ADDRESS_COLUMNS`; either `area_id` or `reason` is filled.
    ranges
        :data:`RANGE_COLUMNS`, in the order of municipality, street and number. `side` is one
        of :data:`SIDES`; ``"one"`` means this one address and no other.
    geography
        Name of the set of areas.
    names
        Name of every area by its id.
    sources
        Where addresses and areas come from.
    notes
        What was found, as finished sentences.
    """

    addresses: pd.DataFrame
    ranges: pd.DataFrame
    geography: str
    names: pd.Series
    sources: tuple[Source, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        schema.check_keys(self.addresses.index, "AddressKey")
        schema.check_columns(self.addresses.columns, ADDRESS_COLUMNS, "AddressKey")
        schema.check_columns(self.ranges.columns, RANGE_COLUMNS, "AddressKey")

    @property
    def unassigned(self) -> pd.DataFrame:
        """The addresses without an area, with the reason."""
        return self.addresses[self.addresses[schema.AREA_ID] == ""]

    def __repr__(self) -> str:
        towns = self.addresses[schema.MUNICIPALITY].nunique()
        facts = [
            f"{len(self.addresses)} addresses in {towns} municipalities",
            f"{len(self.ranges)} ranges",
            f"{len(self.unassigned)} unassigned",
        ]
        return one_line("AddressKey", facts)

    def _repr_html_(self) -> str:
        rows = [
            ("addresses", str(len(self.addresses))),
            ("ranges", str(len(self.ranges))),
            ("unassigned", str(len(self.unassigned))),
            ("geography", self.geography),
            ("sources", "; ".join(source.line() for source in self.sources)),
        ]
        return html_table("AddressKey", rows)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StreetList:
    """A municipality's own list of streets and number ranges by area.

    Parameters
    ----------
    rows
        :data:`LISTED_COLUMNS`; `row` is the number of the row in the file. A blank `first` or
        `last` reaches to the end of the street.
    title
        What to call the file.
    """

    rows: pd.DataFrame
    title: str

    def __post_init__(self) -> None:
        schema.check_columns(self.rows.columns, LISTED_COLUMNS, self.title)

    def __repr__(self) -> str:
        return one_line("StreetList", [f"{len(self.rows)} rows", self.title])


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class StreetComparison:
    """How a list of streets and the addresses on the map differ.

    Parameters
    ----------
    different
        Addresses that the list puts into another area: address, `area_id` on the map,
        `area_listed` and the `row` of the list.
    unlisted
        Addresses on streets of the list that no row of it holds.
    missing_streets
        Streets with addresses that the list does not name.
    unknown_streets
        Rows of the list whose street has no address.
    unknown_areas
        Rows of the list whose area is neither id nor name of an area.
    overlaps
        Pairs of rows of the list that hold the same numbers for different areas.
    agreed
        Number of addresses that both put into the same area.
    title
        What to call the list.
    """

    different: pd.DataFrame
    unlisted: pd.DataFrame
    missing_streets: pd.DataFrame
    unknown_streets: pd.DataFrame
    unknown_areas: pd.DataFrame
    overlaps: pd.DataFrame
    agreed: int
    title: str

    PARTS = (
        "different",
        "unlisted",
        "missing_streets",
        "unknown_streets",
        "unknown_areas",
        "overlaps",
    )

    @property
    def agrees(self) -> bool:
        """True if nothing differs."""
        return not any(len(getattr(self, part)) for part in self.PARTS)

    def __repr__(self) -> str:
        facts = [f"{self.agreed} agree"]
        facts += [f"{len(getattr(self, part))} {part}" for part in self.PARTS]
        return one_line("StreetComparison", [*facts, self.title])
