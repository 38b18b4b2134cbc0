"""What a municipality's own list of streets says, against where its addresses lie."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import pandas as pd

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.methods.house_numbers import HouseNumber, Range, read_number
from sozialraum.methods.street_names import plain_street
from sozialraum.model.addresses import AddressKey, StreetComparison, StreetList

HIGHEST = HouseNumber(10**9)
DIFFERENT = ("address", "street", "number", "area_id", "area_listed", "row")
UNLISTED = ("address", "street", "number", "area_id")
STREETS = ("street", "street_key", "district")
LISTED = ("row", "street", "area")
OVERLAPS = ("street", "row", "first", "last", "side", "area", "other_row", "other_area")


@dataclass(frozen=True, slots=True)
class _Row:
    """One row of the list: its street, the numbers it holds and the area they belong to."""

    row: int
    street: str
    key: str
    district: str
    held: Range
    whole: bool
    written: tuple[str, str]

    def holds(self, number: HouseNumber) -> bool:
        return self.whole or self.held.holds(number)

    def holds_loosely(self, number: HouseNumber) -> bool:
        """Return True if "to 12" is taken to hold 12a as well."""
        held = self.held
        if held.side not in ("all", number.side) or held.last.suffix or not number.number:
            return False
        return held.first.low <= number.low and number.number <= held.last.number

    def on(self, key: str, district: str) -> bool:
        """Return True unless key or district tell the streets apart."""
        apart = self.key and key and self.key != key
        elsewhere = not self.key and self.district and district and self.district != district
        return not (apart or elsewhere)


def compare_streets(
    key: AddressKey, listed: StreetList, *, municipality: str | None = None
) -> StreetComparison:
    """Return how a municipality's own list of streets and the map differ.

    Parameters
    ----------
    key
        What :func:`sozialraum.address_key` returned.
    listed
        What :func:`sozialraum.read_street_list` read.
    municipality
        Key of the municipality whose list it is; the only one of `key` when omitted.

    Returns
    -------
    StreetComparison
        Streets are compared however they are spelt; areas by id, else by name. "To 12"
        holds 12a unless another row names 12a. Addresses without an area on the map are
        compared with nothing.

    Raises
    ------
    SourceError
        It is not clear whose list it is, or there is no such municipality.

    Examples
    --------
    >>> from sozialraum.model.addresses import ADDRESS_COLUMNS, LISTED_COLUMNS, RANGE_COLUMNS
    >>> houses = [("05382060", "Ringstraße", "", "", n, "Q1", "") for n in ("1", "2", "3")]
    >>> key = AddressKey(
    ...     pd.DataFrame(houses, columns=list(ADDRESS_COLUMNS), index=["h1", "h2", "h3"]),
    ...     pd.DataFrame(columns=list(RANGE_COLUMNS)),
    ...     "sozialraum",
    ...     pd.Series({"Q1": "Nord", "Q2": "Süd"}),
    ... )
    >>> own = [("", "Ringstr.", "", "", "1", "9", "odd", "Nord", 2)]
    >>> own += [("", "Ringstr.", "", "", "2", "8", "even", "Q2", 3)]
    >>> rows = pd.DataFrame(own, columns=list(LISTED_COLUMNS))
    >>> compared = compare_streets(key, StreetList(rows, "strassen.csv"))
    >>> compared.agreed, compared.different[["number", "area_listed"]].to_numpy().tolist()
    (2, [['2', 'Q2']])
    """
    town = _town(key, listed, municipality)
    own = key.addresses[key.addresses[schema.MUNICIPALITY] == town]
    rows, unknown = _rows(listed, _areas(key, own), town)
    by_street: dict[str, list[_Row]] = {}
    for row in rows:
        by_street.setdefault(plain_street(row.street), []).append(row)
    spelt = {str(name): plain_street(str(name)) for name in own["street"].unique()}
    named = set(by_street) | {plain_street(street) for *_, street, _ in unknown}
    here = own["street"].isin([name for name, plain in spelt.items() if plain in named])
    different, unlisted, agreed = _judged(own[here], spelt, by_street)
    known = set(spelt.values())
    gone = [row for street, group in by_street.items() if street not in known for row in group]
    return StreetComparison(
        different=pd.DataFrame(different, columns=list(DIFFERENT)),
        unlisted=pd.DataFrame(unlisted, columns=list(UNLISTED)),
        missing_streets=_missing(own[~here]),
        unknown_streets=_named((r.row, r.street, r.held.owner) for r in gone),
        unknown_areas=_named(unknown),
        overlaps=_overlaps(by_street),
        agreed=agreed,
        title=listed.title,
    )


def _named(rows: Iterator[tuple[int, str, str]] | list[tuple[int, str, str]]) -> pd.DataFrame:
    return pd.DataFrame(sorted(rows), columns=list(LISTED))


def _missing(addresses: pd.DataFrame) -> pd.DataFrame:
    streets = addresses.loc[addresses["street"] != "", list(STREETS)].drop_duplicates()
    return streets.sort_values(list(STREETS)).reset_index(drop=True)


def _town(key: AddressKey, listed: StreetList, municipality: str | None) -> str:
    """Return the municipality whose list it is."""
    known = sorted(set(key.addresses[schema.MUNICIPALITY]))
    stated = set(listed.rows[schema.MUNICIPALITY]) - {""}
    asked = municipality if municipality is not None else next(iter(stated), None)
    if municipality is None and len(known) == 1:
        asked = known[0]
    if asked is None or asked not in known or (municipality is None and len(stated) > 1):
        raise SourceError("streets.which_municipality", ids=known, path=listed.title)
    return asked


def _areas(key: AddressKey, own: pd.DataFrame) -> dict[str, str]:
    """Return the area that each id and each name means; names that mean several are left out."""
    names = key.names.loc[sorted(set(own[schema.AREA_ID]) - {""})]
    clear = names[~names.str.casefold().duplicated(keep=False)]
    by_name = {str(name).casefold(): str(area) for area, name in clear.items()}
    return by_name | {str(area).casefold(): str(area) for area in key.names.index}


def _rows(
    listed: StreetList, areas: Mapping[str, str], town: str
) -> tuple[list[_Row], list[tuple[int, str, str]]]:
    """Return the rows of this municipality, and those whose area is none."""
    rows, unknown = [], []
    for one in listed.rows.to_dict("records"):
        if one[schema.MUNICIPALITY] not in ("", town):
            continue
        area = areas.get(str(one["area"]).casefold())
        if area is None:
            unknown.append((int(one["row"]), one["street"], one["area"]))
            continue
        last = read_number(one["last"]) if one["last"] or one["side"] == "one" else HIGHEST
        held = Range(read_number(one["first"]), last, one["side"], area)
        whole = not (one["first"] or one["last"]) and one["side"] == "all"
        written = (one["first"], one["last"])
        told = (one["street"], one["street_key"], one["district"].casefold())
        rows.append(_Row(int(one["row"]), *told, held, whole, written))
    return rows, unknown


def _judged(
    addresses: pd.DataFrame, spelt: Mapping[str, str], by_street: Mapping[str, list[_Row]]
) -> tuple[list[tuple], list[tuple], int]:
    """Return the addresses that the list puts elsewhere, those it does not hold, and the rest."""
    different, unlisted, agreed = [], [], 0
    for one in addresses.itertuples():
        open_to = by_street.get(spelt[str(one.street)], [])
        held = _holding(one, open_to)
        if not held:
            unlisted.append((one.Index, one.street, one.number, one.area_id))
        elif not one.area_id:
            continue
        elif any(row.held.owner == one.area_id for row in held):
            agreed += 1
        else:
            row = held[0]
            told = (one.street, one.number, one.area_id, row.held.owner, row.row)
            different.append((one.Index, *told))
    return different, unlisted, agreed


def _holding(address, rows: list[_Row]) -> list[_Row]:  # noqa: ANN001 - a named tuple of pandas
    """Return the rows that hold an address: those that name it before those around it."""
    number = read_number(address.number)
    rows = [row for row in rows if row.on(address.street_key, address.district.casefold())]
    named = [row for row in rows if row.held.side == "one" and row.holds(number)]
    strict = named or [row for row in rows if row.holds(number)]
    return strict or [row for row in rows if row.holds_loosely(number)]


def _overlaps(by_street: Mapping[str, list[_Row]]) -> pd.DataFrame:
    """Return pairs of rows that hold the same numbers for different areas."""
    found = []
    for rows in by_street.values():
        for a, b in combinations(sorted(rows, key=lambda row: row.row), 2):
            if a.held.owner != b.held.owner and a.on(b.key, b.district) and _share(a, b):
                told = (*a.written, a.held.side, a.held.owner)
                found.append((a.street, a.row, *told, b.row, b.held.owner))
    return pd.DataFrame(sorted(found), columns=list(OVERLAPS))


def _share(a: _Row, b: _Row) -> bool:
    """Return True if two rows can hold the same number."""
    for one, other in ((a, b), (b, a)):
        if one.held.side == "one":
            return other.holds(one.held.first)
    if "all" not in (a.held.side, b.held.side) and a.held.side != b.held.side:
        return False
    low = max(a.held.first.low, b.held.first.low)
    high = min(a.held.last.high, b.held.last.high)
    side = a.held.side if b.held.side == "all" else b.held.side
    fits = side == "all" or low[0] % 2 == (side == "odd")
    return low <= high and (fits or low[0] < high[0])
