"""Keys of municipalities and areas: typed by length, never numbers.

Municipality key (AGS, 8 digits) = Land, Regierungsbezirk, Kreis, Gemeinde. Regional key
(ARS, 12 digits) has four digits of the association of municipalities in between.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.notes import note

AGS_LENGTH = 8
ARS_LENGTH = 12
COUNTY_LENGTH = 5
PART_LENGTHS = (2, 1, 2, 3)
"""Digits of Land, Regierungsbezirk, Kreis and Gemeinde."""
ID_WORDS = frozenset(
    (
        *("id", "key", "nr", "nummer", "schluessel", "schlüssel"),
        *("kennziffer", "kennung", "code", "ags", "ars"),
    )
)
SHORT = 10
"""Characters a shapefile keeps of a column name."""


def as_text(column: pd.Series) -> pd.Series:
    """Return a key column as stripped text; whole numbers lose ``.0``, blanks become "".

    Examples
    --------
    >>> as_text(pd.Series([5111000.0, 12.0])).tolist()
    ['5111000', '12']
    """
    texts = column.astype("str").str.strip().fillna("")
    return texts.str.replace(r"^(\d+)\.0$", r"\1", regex=True)


def municipality_keys(
    column: pd.Series, where: str, *, repair: bool = False
) -> tuple[pd.Series, list[str]]:
    """Return municipality keys of 8 digits, and notes.

    Parameters
    ----------
    column
        Keys of 8 (AGS) or 12 digits (ARS).
    where
        What to call the file in errors.
    repair
        Put back a leading zero that a spreadsheet swallowed (7 or 11 digits).

    Raises
    ------
    SourceError
        Keys lost their leading zero, or are no such keys; names them.

    Examples
    --------
    >>> municipality_keys(pd.Series(["053820060060"]), "a.gpkg")[0].tolist()
    ['05382060']
    """
    codes, distinct = pd.factorize(column, use_na_sentinel=False)
    keys = as_text(pd.Series(distinct))
    digits = keys.str.fullmatch(r"\d+")
    length = keys.str.len()
    lost = digits & length.isin([AGS_LENGTH - 1, ARS_LENGTH - 1])
    if lost.any() and not repair:
        ids = keys[lost].unique()
        raise SourceError("sources.leading_zero_lost", ids=ids, path=where)
    keys = keys.where(~lost, "0" + keys)
    length = keys.str.len()
    strange = ~(digits & length.isin([AGS_LENGTH, ARS_LENGTH]))
    if strange.any():
        ids = keys[strange].unique()
        raise SourceError("sources.not_municipality_keys", ids=ids, path=where)
    long = length == ARS_LENGTH
    keys = keys.where(~long, keys.str[:5] + keys.str[9:])
    notes = [note("zero_restored", ids=keys[lost].unique(), path=where)] if lost.any() else []
    return pd.Series(keys.to_numpy()[codes], index=column.index, dtype="str"), notes


def find_column(columns: Sequence[str], wanted: str, where: str) -> str:
    """Return the column called `wanted`: exactly, else whatever its case, else cut short.

    Raises
    ------
    SourceError
        There is none; lists the columns.
    """
    if wanted in columns:
        return wanted
    folded = [name for name in columns if name.casefold() == wanted.casefold()]
    cut = [n for n in columns if len(n) == SHORT and n.casefold() == wanted[:SHORT].casefold()]
    found = folded or cut
    if len(found) != 1:
        present = ", ".join(columns)
        raise SourceError("sources.columns_missing", ids=[wanted], path=where, present=present)
    return found[0]


def put_together(attributes: pd.DataFrame, parts: Sequence[str], where: str) -> pd.Series:
    """Return municipality keys of 8 digits from Land, Regierungsbezirk, Kreis and Gemeinde.

    Parts are filled up with zeros: 5, 3, 82 and 60 are 05382060.

    Raises
    ------
    SourceError
        There are not four parts, or one is no number or too long.

    Examples
    --------
    >>> columns = {"Land": [5], "RB": [3], "Kreis": [82], "Gem": [60]}
    >>> put_together(pd.DataFrame(columns), list(columns), "a.shp").tolist()
    ['05382060']
    """
    listed = ", ".join(parts)
    if len(parts) != len(PART_LENGTHS):
        raise SourceError("shapes.key_parts", ids=parts, path=where, columns=listed)
    texts = [as_text(attributes[part]) for part in parts]
    fits = [t.str.fullmatch(rf"\d{{1,{n}}}") for t, n in zip(texts, PART_LENGTHS, strict=True)]
    faulty = ~np.logical_and.reduce(fits)
    if faulty.any():
        rows = [f"#{i + 1}" for i in np.flatnonzero(faulty)]
        raise SourceError("shapes.key_parts", ids=rows, path=where, columns=listed)
    filled = [t.str.zfill(n) for t, n in zip(texts, PART_LENGTHS, strict=True)]
    return pd.Series(
        ["".join(row) for row in zip(*filled, strict=True)], texts[0].index, dtype="str"
    )
