"""The address key: which area every address belongs to, as streets and number ranges.

Offices without a map sort their cases with it. Addresses are those of buildings; nobody who
lives there is known here.
"""

from collections.abc import Iterator, Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.areas.minima import check_type
from sozialraum.areas.shapes import sources_of
from sozialraum.errors import DelineationError
from sozialraum.messages import default_language, listing, text
from sozialraum.methods.apportion import NOWHERE, containing
from sozialraum.methods.house_numbers import HouseNumber, ranges, read_number
from sozialraum.methods.street_names import plain_street
from sozialraum.model import Areas, Layer
from sozialraum.model.addresses import ADDRESS_COLUMNS, RANGE_COLUMNS, STREET_COLUMNS, AddressKey

GIVEN = (*STREET_COLUMNS, "number")
MOST = 5
"""How many ids a note names."""
STREET, AREA = "__street", schema.AREA_ID


def address_key(addresses: Layer, areas: Areas, *, snap: float = 0.0) -> AddressKey:
    """Return which area every address belongs to, and the number ranges of every street.

    Parameters
    ----------
    addresses
        What :func:`sozialraum.read_addresses` read.
    areas
        Areas; an area within one municipality takes addresses of that one only.
    snap
        Distance in metres up to which an address that lies in no area of its municipality
        belongs to the nearest one: boundaries are drawn more coarsely than buildings are
        measured. 0: never.

    Returns
    -------
    AddressKey
        Every address has exactly one area, or none and the reason. No range holds an
        address of another area or of none. An address that stands in several areas
        (buildings of one number on both sides of a border) belongs to none of them.

    Raises
    ------
    DelineationError
        The layer holds no addresses, or none of them lies in any area.

    Examples
    --------
    >>> from sozialraum.areas import delineate_areas
    >>> from sozialraum.datasets import load_town
    >>> from sozialraum.model import Policy, Source
    >>> town = load_town()
    >>> areas = delineate_areas(town, policy=Policy("house", residents=300, denominator=30, k=3))
    >>> doors = town.frame.geometry.centroid.iloc[:4]
    >>> houses = gpd.GeoDataFrame(
    ...     {
    ...         "municipality": town.frame["municipality"].iloc[:4].to_numpy(),
    ...         "street": "Ringstraße",
    ...         "street_key": "",
    ...         "district": "",
    ...         "number": ["1", "2", "3", "4a"],
    ...     },
    ...     geometry=doors.to_numpy(),
    ...     crs=town.frame.crs,
    ...     index=pd.Index(["h1", "h2", "h3", "h4"], name="address"),
    ... )
    >>> address_key(Layer(houses, "address", Source("Amt", "Adressen")), areas)
    <AddressKey: 4 addresses in 1 municipalities, 3 ranges, 0 unassigned>
    """
    check_type("addresses", addresses, Layer)
    check_type("areas", areas, Areas)
    missing = [name for name in GIVEN if name not in addresses.frame.columns]
    if missing:
        raise DelineationError("addressing.no_addresses", ids=missing, title=addresses.source.title)
    frame = addresses.frame.sort_index()
    if frame.crs != areas.frame.crs:
        frame = frame.to_crs(str(areas.frame.crs))
    table = pd.DataFrame({name: frame[name].astype("str").fillna("") for name in GIVEN})
    table[AREA] = _located(frame, areas.frame.sort_index(), snap)
    table["reason"] = _reasons(table, frame, areas.frame)
    table[STREET] = _streets(table)
    table = _without_ambiguous(table)
    if (table[AREA] == "").all():
        raise DelineationError("addressing.nowhere", title=addresses.source.title)
    names = areas.frame[schema.NAME].astype("str")
    return AddressKey(
        addresses=table[list(ADDRESS_COLUMNS)],
        ranges=_ranges(table, names),
        geography=areas.geography,
        names=names.sort_index(),
        sources=(*sources_of(areas.sources, [addresses.source], ()),),
        notes=(*addresses.notes, *_notes(table)),
    )


def _located(frame: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, snap: float) -> np.ndarray:
    """Return the area that each address lies in, ``""`` where none."""
    points, shapes = np.asarray(frame.geometry), np.asarray(areas.geometry)
    ids, home = areas.index.to_numpy(dtype=object), areas[schema.MUNICIPALITY].to_numpy(dtype=str)
    town = frame[schema.MUNICIPALITY].to_numpy(dtype=str)
    placed, chosen = _have_place(frame), np.full(len(points), "", dtype=object)
    for one in sorted(set(town)):
        own = np.flatnonzero((town == one) & placed)
        open_to = np.flatnonzero((home == one) | (home == "") | (not one))
        if not own.size or not open_to.size:
            continue
        owner = containing(points[own], shapes[open_to])
        lost = np.flatnonzero(owner == NOWHERE)
        if snap > 0 and lost.size:
            owner[lost] = _nearest(points[own[lost]], shapes[open_to], snap)
        found = owner != NOWHERE
        chosen[own[found]] = ids[open_to[owner[found]]]
    return chosen


def _have_place(frame: gpd.GeoDataFrame) -> np.ndarray:
    """Return True for addresses that have a point."""
    return np.isfinite(shapely.get_x(np.asarray(frame.geometry)))


def _nearest(points: np.ndarray, shapes: np.ndarray, most: float) -> np.ndarray:
    """Return the nearest shape of each point up to a distance; at a tie the first one."""
    tree = shapely.STRtree(shapes)
    point, shape = tree.query_nearest(points, max_distance=most)
    chosen = np.full(len(points), len(shapes))
    np.minimum.at(chosen, point, shape)
    return np.where(chosen < len(shapes), chosen, NOWHERE)


def _reasons(table: pd.DataFrame, frame: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> np.ndarray:
    """Return why an address has no area, ``""`` for those that have one."""
    nameless = (table["street"] == "").to_numpy()
    pointless = ~_have_place(frame)
    known = set(areas[schema.MUNICIPALITY])
    at_home = table[schema.MUNICIPALITY].isin(known - {""}).to_numpy()
    placed = (table[AREA] != "").to_numpy()
    table.loc[nameless, AREA] = ""
    return np.select(
        [nameless, placed, pointless, at_home],
        ["no_street", "", "no_coordinates", "no_area"],
        "outside",
    )


def _streets(table: pd.DataFrame) -> np.ndarray:
    """Return a number for every street: municipality, name however spelt, key or district.

    A street that crosses districts is one street where its key says so.
    """
    plain = {name: plain_street(name) for name in table["street"].unique()}
    told = table["street_key"].where(table["street_key"] != "", table["district"])
    parts = pd.DataFrame(
        {"town": table[schema.MUNICIPALITY], "plain": table["street"].map(plain), "told": told}
    )
    return parts.groupby(["town", "plain", "told"], sort=True).ngroup().to_numpy()


def _without_ambiguous(table: pd.DataFrame) -> pd.DataFrame:
    """Return the addresses; those of one name in several areas belong to none."""
    placed = table[table[AREA] != ""]
    several = placed.groupby([STREET, "number"])[AREA].transform("nunique") > 1
    torn = several[several].index
    table = table.copy()
    table.loc[torn, AREA] = ""
    table.loc[torn, "reason"] = "ambiguous"
    return table


def _ranges(table: pd.DataFrame, names: pd.Series) -> pd.DataFrame:
    """Return the number ranges of all streets."""
    numbers = {shown: read_number(shown) for shown in table["number"].unique()}
    rows = []
    for _, street in table[table["street"] != ""].groupby(STREET, sort=True):
        told = _told(street)
        for one in ranges(_owners(street, numbers)):
            shown = (str(one.first), str(one.last), one.side, one.owner, names[one.owner])
            rows.append((*told, *shown))
    return pd.DataFrame(rows, columns=list(RANGE_COLUMNS), dtype="str")


def _told(street: pd.DataFrame) -> tuple[str, ...]:
    """Return what a street is called: its commonest spelling; its district if it has one only."""
    spelt = street["street"].value_counts()
    name = min(spelt.index[spelt == spelt.max()])
    districts = set(street["district"])
    district = districts.pop() if len(districts) == 1 else ""
    return street[schema.MUNICIPALITY].iloc[0], name, street["street_key"].iloc[0], district


def _owners(
    street: pd.DataFrame, numbers: Mapping[str, HouseNumber]
) -> Iterator[tuple[HouseNumber, str]]:
    """Yield every number of a street with its area: one that lies in an area, of several points."""
    owners: dict[str, str] = {}
    for shown, area in zip(street["number"], street[AREA], strict=True):
        owners[shown] = owners.get(shown) or area
    for shown, area in owners.items():
        yield numbers[shown], area


def _notes(table: pd.DataFrame) -> tuple[str, ...]:
    """Return sentences about the addresses without an area."""
    language = default_language()
    found = table[table["reason"] != ""].groupby("reason", sort=True)
    return tuple(
        text(
            f"addressing.note_{reason}",
            language,
            count=len(rows),
            ids=listing(tuple(map(str, rows.index)), MOST, language),
        )
        for reason, rows in found
    )
