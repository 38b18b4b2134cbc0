"""Addresses of buildings as points: official building references, and a town's own list."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.methods.house_numbers import read_number
from sozialraum.model import Layer, Source
from sozialraum.sources.address_layouts import KEY_PARTS, LON_LAT, fields_of, is_official
from sozialraum.sources.address_points import points_of
from sozialraum.sources.address_rows import AddressRows, address_rows
from sozialraum.sources.keys import AGS_LENGTH, ARS_LENGTH, municipality_keys
from sozialraum.sources.notes import note
from sozialraum.sources.projection import PROJECT_CRS

KEY = "address"
COLUMNS = (schema.MUNICIPALITY, "street", "street_key", "district", "number", "quality")
TO_DELETE = "L"
NRW = "05"


def read_addresses(
    path: str | Path,
    *,
    within: Sequence[str] = (),
    columns: Mapping[str, str] | None = None,
    sheet: str | None = None,
    crs: str | None = None,
    to_crs: str = PROJECT_CRS,
    repair: bool = False,
    source: Source | None = None,
) -> Layer:
    r"""Return the addresses of buildings as points.

    Takes the building references of the Länder (North Rhine-Westphalia's ``gebref.txt``,
    "Hauskoordinaten" HK-DE with or without a header, as text or in their ZIP archive) and
    lists of towns (CSV or workbook) whose columns are found by name. The file is read in
    pieces.

    Parameters
    ----------
    path
        Text file, archive or workbook.
    within
        Keys of municipalities, or beginnings of them such as that of a county: all other
        addresses are left out.
    columns
        Columns by field (``street``, ``number``, ``suffix``, ``east``, ``north``,
        ``municipality``, ``street_key``, ``district``, ``id``, ``zone``), where the names
        do not tell.
    sheet
        Sheet of a workbook, if there are several.
    crs
        CRS of the coordinates, where the file does not tell. UTM zones are known by a
        column or by the first two of eight digits.
    to_crs
        CRS of the result, in metres.
    repair
        Put back leading zeros of municipality keys.
    source
        Where the file comes from, if it is not official.

    Returns
    -------
    Layer
        By address: `municipality` (8 digits, or blank), `street`, `street_key`, `district`,
        `number` (``"12a"``, ``"12-14"``, blank without one) and `quality`. Addresses without
        plausible coordinates are kept and have no point.

    Raises
    ------
    SourceError
        Columns are missing, no address lies in Germany, keys are no keys, or nothing is
        left within the municipalities.
    DisclosureError
        The list says who lives there.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "adressen.csv"
    >>> _ = file.write_text(
    ...     "AGS;Straße;Hausnummer;Zusatz;Ostwert;Nordwert\n"
    ...     "05382060;Ringstr.;12;a;375000,5;5629000,2\n"
    ... )
    >>> addresses = read_addresses(file)
    >>> addresses.frame[["street", "number"]].to_dict("records")
    [{'street': 'Ringstr.', 'number': '12a'}]
    """
    rows = address_rows(path, sheet=sheet)
    fields = fields_of(rows.names, columns, rows.where)
    table, notes = _gathered(rows, fields, tuple(within))
    if not table.num_rows:
        raise SourceError("addresses.none_within", ids=within, path=rows.where)
    texts = {name: table[name].to_pandas().astype("str").str.strip() for name in table.column_names}
    frame = pd.DataFrame(texts)
    frame, deleted = _without_deleted(frame, rows.where)
    keys, more = _municipalities(frame, rows.where, repair=repair)
    degrees = fields["east"].casefold() in LON_LAT["east"]
    geometry, found = points_of(frame, rows.where, crs=crs, to_crs=to_crs, degrees=degrees)
    shown = _addresses(frame.assign(municipality=keys))
    layer = gpd.GeoDataFrame(shown, geometry=geometry, crs=to_crs)
    layer.index = _ids(frame, layer)
    stated = source or _source(rows, keys)
    return Layer(layer.sort_index(), KEY, stated, notes=(*notes, *deleted, *more, *found))


def _gathered(
    rows: AddressRows, fields: Mapping[str, str], within: tuple[str, ...]
) -> tuple[pa.Table, list[str]]:
    """Return the fields of the addresses within the municipalities, read batch by batch."""
    kept, total = [], 0
    stated = "municipality" in fields or all(name in fields for name, _ in KEY_PARTS)
    for batch in rows.batches():
        table = pa.table({field: batch[name] for field, name in fields.items()})
        total += table.num_rows
        if within and stated:
            table = table.filter(_begin_with(_keys(table), within))
        kept.append(table)
    if not total:
        raise SourceError("sources.empty_file", ids=[rows.where])
    table = pa.concat_tables(kept)
    left_out = total - table.num_rows
    named = {"path": rows.where, "count": left_out}
    return table, [note("addresses.note_elsewhere", within, **named)] if left_out else []


def _begin_with(keys: pa.ChunkedArray, starts: Sequence[str]) -> pa.ChunkedArray:
    """Return True for keys that begin with one of some texts, or would if no zero was lost.

    Rows without a key stay: where they belong, only their place can tell.
    """
    found = [re.escape(start) for start in starts]
    found += [
        rf"{start[1:]}\d{{{length - len(start)}}}$"
        for start in starts
        for length in (AGS_LENGTH, ARS_LENGTH)
        if re.fullmatch(r"0\d*", start) and len(start) <= length
    ]
    options = pc.MatchSubstringOptions(f"^(?:$|{'|'.join(found)})")
    return pc.call_function("match_substring_regex", [keys], options)


def _keys(table: pa.Table) -> pa.ChunkedArray:
    """Return the municipality key of every row: that of the file, or put together."""
    if "municipality" in table.column_names:
        return pc.call_function("utf8_trim_whitespace", [table["municipality"]])
    parts = []
    for name, width in KEY_PARTS:
        if name in table.column_names:
            trimmed = pc.call_function("utf8_trim_whitespace", [table[name]])
            parts.append(pc.call_function("utf8_lpad", [trimmed], pc.PadOptions(width, "0")))
    if len(parts) < len(KEY_PARTS):
        return pa.chunked_array([pa.array([""] * table.num_rows, pa.string())])
    return pc.call_function("binary_join_element_wise", [*parts, pa.scalar("")])


def _without_deleted(frame: pd.DataFrame, where: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the addresses that still exist: deliveries of changes mark those that do not."""
    if "flag" not in frame.columns:
        return frame, []
    gone = frame["flag"] == TO_DELETE
    if not gone.any():
        return frame, []
    kept = frame[~gone].reset_index(drop=True)
    return kept, [note("addresses.note_deleted", path=where, count=int(gone.sum()))]


def _municipalities(
    frame: pd.DataFrame, where: str, *, repair: bool
) -> tuple[pd.Series, list[str]]:
    """Return the municipality of every address; blank where the file does not say."""
    names = [*(n for n, _ in KEY_PARTS), "municipality"]
    table = pa.table({n: pa.array(frame[n], pa.string()) for n in names if n in frame.columns})
    if not table.num_columns:
        return pd.Series("", index=frame.index, dtype="str"), []
    keys = pd.Series(_keys(table).to_pylist(), index=frame.index, dtype="str")
    filled = keys != ""
    checked, notes = municipality_keys(keys[filled], where, repair=repair)
    return checked.reindex(frame.index, fill_value=""), notes


def _addresses(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the columns of the layer; numbers as they are compared."""
    written = _column(frame, "number")
    suffix = _column(frame, "suffix")
    whole = (written + " " + suffix).str.strip()
    numbers = {text: str(read_number(text)) for text in whole.unique()}
    keys = _column(frame, "street_key")
    return pd.DataFrame(
        {
            schema.MUNICIPALITY: frame["municipality"],
            "street": frame["street"].str.replace(r"\s+", " ", regex=True),
            "street_key": keys.where(keys.str.strip("0") != "", ""),
            "district": _district(frame),
            "number": whole.map(numbers).astype("str"),
            "quality": _column(frame, "quality"),
        }
    )


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name in frame.columns:
        return frame[name]
    return pd.Series("", index=frame.index, dtype="str")


def _district(frame: pd.DataFrame) -> pd.Series:
    """Return the district; keys of nothing but zeros stand for none."""
    district = _column(frame, "district")
    return district.where(district.str.strip("0") != "", "")


def _ids(frame: pd.DataFrame, addresses: gpd.GeoDataFrame) -> pd.Index:
    """Return the ids of the file, or the addresses themselves; repeated ones are numbered.

    They are numbered from west to east, so that the order of the rows does not matter.
    """
    ids = _column(frame, "id")
    if (ids != "").all() and ids.is_unique:
        return pd.Index(ids, name=KEY)
    named = addresses[schema.MUNICIPALITY] + " " + addresses["street"] + " " + addresses["number"]
    made = named.str.replace(r"\s+", " ", regex=True).str.strip()
    places = addresses.geometry.get_coordinates().reindex(addresses.index)
    rank = pd.DataFrame({"made": made, "x": places["x"], "y": places["y"], "id": ids})
    rank["district"] = addresses["district"] + addresses["street_key"]
    order = rank.sort_values(["made", "x", "y", "id", "district"], kind="stable")
    nth = order.groupby("made").cumcount().reindex(made.index) + 1
    return pd.Index(made.where(nth == 1, made + " (" + nth.astype("str") + ")"), name=KEY)


def _source(rows: AddressRows, keys: pd.Series) -> Source:
    """Return the source as far as the file tells it."""
    name = PurePosixPath(rows.where).name
    if is_official(rows.names) and (keys.str[:2] == NRW).all():
        return Source(
            provider="Land NRW / Geobasis NRW", title="Gebäudereferenzen", licence="dl-de/zero-2-0"
        )
    title = "Hauskoordinaten" if is_official(rows.names) else name.split(".")[0]
    return Source(provider=name, title=title)
