"""Keys of municipalities and areas: found, typed by length, never numbers.

Municipality key (AGS, 8 digits) = Land, Regierungsbezirk, Kreis, Gemeinde. Regional key
(ARS, 12 digits) has four digits of the association of municipalities in between.
"""

import re
from collections.abc import Sequence

import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.notes import note

AGS_LENGTH = 8
ARS_LENGTH = 12
COUNTY_LENGTH = 5
MUNICIPALITY_COLUMNS = (
    "ags",
    "kn",
    "gemeindeschlüssel_ags",
    "amtlicher_gemeindeschlüssel_ags",
    "gemeindeschlüssel",
    "gemeindeschluessel",
    "ags_0",
    "ars",
    "regionalschlüssel_ars",
    "rs",
    "ars_0",
)
"""Names under which VG250 (tables and views), VG25 and DVG NRW hold the key, best first."""
ID_WORDS = frozenset(
    (
        *("id", "key", "nr", "nummer", "schluessel", "schlüssel"),
        *("kennziffer", "kennung", "code", "ags", "ars"),
    )
)
NAME_COLUMNS = (
    *("name", "gen", "gn", "geografischername_gen"),
    *("bez", "bezeichnung", "gebietsname", "gebiet"),
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


def find_key(attributes: pd.DataFrame, where: str) -> str:
    """Return the only column that is unique, complete and named like an id.

    Raises
    ------
    SourceError
        There is none, or there are several; lists the candidates.
    """
    named = [str(c) for c in attributes.columns if _words(str(c)) & ID_WORDS]
    candidates = [name for name in named if _is_key(attributes[name])]
    if len(candidates) != 1:
        others = [str(c) for c in attributes.columns if _is_key(attributes[c])]
        listed = candidates or others or list(map(str, attributes.columns))
        raise SourceError("sources.which_key", ids=listed, path=where)
    return candidates[0]


def find_municipality_key(attributes: pd.DataFrame, where: str) -> str:
    """Return the column that holds municipality keys, by the names in official use."""
    by_name = {str(name).casefold(): str(name) for name in attributes.columns}
    for known in MUNICIPALITY_COLUMNS:
        if known in by_name:
            return by_name[known]
    raise SourceError("sources.which_key", ids=map(str, attributes.columns), path=where)


def find_name(attributes: pd.DataFrame, key: str) -> str | None:
    """Return the column that holds names, or None.

    Known names first, then the one that belongs to the key (``STB_NR`` → ``STB_NAME``),
    then the only one that ends in "name".
    """
    texts = {str(c).casefold(): str(c) for c in attributes.columns if _is_text(attributes[c])}
    texts.pop(key.casefold(), None)
    stem = "_".join(w for w in re.split(r"[_\W]+", key.casefold()) if w not in ID_WORDS)
    for known in (*NAME_COLUMNS, f"{stem}_name", f"{stem}name", stem):
        if known in texts:
            return texts[known]
    ending = [name for folded, name in texts.items() if folded.endswith("name")]
    return ending[0] if len(ending) == 1 else None


def _words(name: str) -> set[str]:
    """Return the words of a column name: ``Bezirk_Nr``, ``plr-id``, ``gebietNr``."""
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-Z])", "_", name)
    return {word.casefold() for word in re.split(r"[_\W]+", spaced) if word}


def _is_key(column: pd.Series) -> bool:
    if pd.api.types.is_float_dtype(column) and (column.isna() | (column % 1 != 0)).any():
        return False
    keys = as_text(column)
    return bool(keys.is_unique and (keys != "").all())


def _is_text(column: pd.Series) -> bool:
    return pd.api.types.is_string_dtype(column) or pd.api.types.is_object_dtype(column)
