"""How lists of addresses are laid out: official ones with or without a header, and others.

Building references of the Länder follow the description of the "Hauskoordinaten
Deutschland" (HK-DE) by the surveying authorities: 14 to 18 fields without a header up to
version 4.2, 20 to 26 named fields since version 5; North Rhine-Westphalia delivers the
fields of both (``gebref.txt``) without a header.
"""

import re
from collections.abc import Mapping, Sequence

from sozialraum.errors import SourceError
from sozialraum.sources.keys import find_column

OLD = (
    *("nba", "oi", "qua", "lan", "rbz", "krs", "gmd", "ott", "sss", "hnr", "adz"),
    *("ostwert", "nordwert", "stn"),
)
POSTAL = ("plz", "onm", "zon", "pot")
NEW = (
    *("nba", "oid", "qua", "landschl", "land", "regbezschl", "regbez", "kreisschl", "kreis"),
    *("gmdschl", "gmd", "ottschl", "ott", "strschl", "str", "hnr", "adz", "zone"),
    *("ostwert", "nordwert"),
)
NEW_POSTAL = ("postplz", "postonm", "postonmzus", "postott")
UPDATED = "aktualisiert"
"""What the day of the last change is called here; the states call it AUD, AND or DATUM."""
HEADLESS = {
    len(names): names
    for names in (
        OLD,
        (*OLD, UPDATED),
        (*OLD, *POSTAL),
        NEW,
        (*NEW, UPDATED),
        (*NEW, *NEW_POSTAL),
    )
}
"""Names of the fields of files without a header, by their number."""
OFFICIAL_ID = re.compile(r"DE[A-Z]{2}[A-Za-z0-9]{12}")
OFFICIAL_NAMES = ({"nba", "oid", "qua"}, {"nba", "oi", "qua"})

FIELDS: dict[str, tuple[str, ...]] = {
    "id": ("oid", "oi", "datensatznummer", "adressid", "addressid"),
    "flag": ("nba",),
    "quality": ("qua",),
    "land": ("landschl", "lan"),
    "region": ("regbezschl", "rbz"),
    "county": ("kreisschl", "kreissch", "krs"),
    "town": ("gmdschl", "gmd"),
    "municipality": (
        "ags",
        "gemeindeschlüssel",
        "gemeindeschluessel",
        "gkz",
        "ars",
        "municipality",
    ),
    "district": ("ott", "ortsteil", "ortsteilname", "stadtteil", "district"),
    "street_key": ("strschl", "sss", "straßenschlüssel", "strassenschluessel", "streetkey"),
    "street": ("str", "stn", "straße", "strasse", "straßenname", "strassenname", "street"),
    "number": ("hnr", "hausnummer", "hausnr", "hsnr", "hausnum", "housenumber", "number"),
    "suffix": ("adz", "zusatz", "hausnummernzusatz", "adressierungszusatz", "hsnrzusatz", "suffix"),
    "zone": ("zone",),
    "east": ("ostwert", "east", "easting", "rechtswert", "xcoord", "eeeeeeeeeee", "utmost", "x"),
    "north": ("nordwert", "north", "northing", "hochwert", "ycoord", "nnnnnnnnnn", "utmnord", "y"),
}
"""What a column may be called, best name first; compared without case, blanks and signs."""
LON_LAT = {"east": ("lon", "longitude", "laenge", "länge"), "north": ("lat", "latitude", "breite")}
NEEDED = ("street", "number", "east", "north")
KEY_PARTS = (("land", 2), ("region", 1), ("county", 2), ("town", 3))
"""Parts of the municipality key with the digits of each."""


def without_header(cells: Sequence[str]) -> tuple[str, ...] | None:
    """Return the names of the fields of a file whose first line is an address already.

    Examples
    --------
    >>> line = "N;DENW000002207504;A;05;1;58;028;0000;12741;6;;32349925,060;5685090,386;Ring"
    >>> without_header(line.split(";"))[-2:]
    ('nordwert', 'stn')
    """
    flagged = len(cells) > 3 and len(cells[0]) <= 1 and cells[3].isdigit()
    if flagged and (OFFICIAL_ID.fullmatch(cells[1]) or not cells[1]):
        return HEADLESS.get(len(cells))
    return None


def is_official(names: Sequence[str]) -> bool:
    """Return True for the fields of the building references of the Länder."""
    folded = {name.casefold() for name in names}
    return any(wanted <= folded for wanted in OFFICIAL_NAMES)


def fields_of(
    names: Sequence[str], columns: Mapping[str, str] | None, where: str
) -> dict[str, str]:
    """Return the column of every field of an address that the file holds.

    Parameters
    ----------
    names
        Columns of the file.
    columns
        Columns by field (:data:`FIELDS`), where the names do not tell.
    where
        What to call the file in errors.

    Raises
    ------
    SourceError
        A field that is needed has no column; names them all. A column that was named does
        not exist, or a field is unknown.
    """
    unknown = sorted(set(columns or ()) - set(FIELDS))
    if unknown:
        raise SourceError("addresses.unknown_field", ids=unknown, known=", ".join(FIELDS))
    by_name = {_plain(name): name for name in reversed(names)}
    known = {f: (*FIELDS[f], *LON_LAT.get(f, ())) for f in FIELDS}
    found = {
        field: next(by_name[plain] for n in options if (plain := _plain(n)) in by_name)
        for field, options in known.items()
        if any(_plain(n) in by_name for n in options)
    }
    found |= {f: find_column(names, name, where) for f, name in (columns or {}).items()}
    if "ott" in by_name and "ottschl" not in by_name and found.get("district") == by_name["ott"]:
        # the older layout has the key of the district under this name
        found["district"] = by_name.get("pot", by_name["ott"])
    missing = [FIELDS[f][2 if f in ("street", "number") else 0] for f in NEEDED if f not in found]
    if missing:
        present = ", ".join(names)
        raise SourceError("addresses.columns_missing", ids=missing, path=where, present=present)
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())
