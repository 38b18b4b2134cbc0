"""Which column holds the keys of a file with shapes, and which the names."""

import re
from collections.abc import Sequence

import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.keys import ID_WORDS, as_text

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
    "amtlicher_gemeindeschluessel",
    "gemeinde_schluessel",
    "gemeindeschl",
    "gem_schl",
    "gemschl",
    "gkz",
    "gemeindekennziffer",
    "gemeinde_ags",
    "ags_8",
    "ags8",
    "ags_12",
    "ars_12",
    "nationalcode",
)
"""Names under which VG250 (tables and views), VG25 and DVG NRW hold the key, best first."""
KEY_PARTS = (
    ("sn_l", "sn_r", "sn_k", "sn_g"),
    ("land", "rb", "kreis", "gem"),
    ("land", "rb", "kreis", "gemeinde"),
    ("land", "regierungsbezirk", "kreis", "gemeinde"),
    ("lan", "rbz", "krs", "gem"),
    ("land_nr", "rb_nr", "kreis_nr", "gem_nr"),
)
"""Columns that hold Land, Regierungsbezirk, Kreis and Gemeinde one by one."""
ID_ENDINGS = ("nr", "nummer", "schluessel", "schlüssel", "kennziffer", "kennung")
TECHNICAL = re.compile(
    r"(objectid|fid|ogc_fid|oid|gid|gml_?id|uuid|guid|global_?id|feature_?id|shape_?id|kml_?id"
    r"|se_sdo_rowid|lokal_?id|inspire_?id|objid|obj_id)(_\d+)?"
)
"""Ids of rows and objects: they change from one export to the next."""
RUNNING = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-.*|[\w:-]*[a-z][\w:-]*\.(fid-)?[\w-]+", re.IGNORECASE
)
"""What programs number features with: a UUID, or the name of the layer and a number."""
LEVELS = frozenset(
    (
        *(
            "stimmbezirk",
            "stimmbez",
            "wahlbezirk",
            "wahlbez",
            "wbz",
            "wb",
            "uwb",
            "stb",
            "wahlkreis",
        ),
        *("wkr", "kommunalwahlbezirk", "schulbezirk", "schulbez", "einschulungsbereich", "esb"),
        *("gsb", "stadtteil", "ortsteil", "stadtbezirk", "stadtviertel", "viertel", "quartier"),
        *("plr", "planungsraum", "bezirk", "bezirksregion", "ot", "stt", "stv", "statbez"),
        *("statgebiet", "statistischer_bezirk", "distrikt", "baublock", "block", "sozialraum"),
    )
)
"""Names of levels: a column called so is a key if it holds codes."""
CODE = re.compile(r"(?=.*\d)[\w./-]{1,14}")
NAME_COLUMNS = (
    *("name", "gen", "gn", "geografischername_gen", "langname", "lang_name"),
    *("bez", "bezeichnung", "bezeichnun", "gebietsname", "gebiet", "spatial_alias"),
)
NAME_ENDINGS = ("name", "_nam", "bezeichnung", "bezeichnun", "_bez", "_text", "_txt")


def find_key(attributes: pd.DataFrame, where: str) -> str:
    """Return the only column that is unique, complete and named like an id.

    Ids of rows (``OBJECTID``, ``gml_id``) never count: they change with every export. Where no
    column is named like an id, one named after its level (``Stimmbezirk``, ``wb``) counts if it
    holds codes.

    Raises
    ------
    SourceError
        There is none, or there are several; lists the candidates.

    Examples
    --------
    >>> find_key(pd.DataFrame({"OBJECTID": [7, 8], "Wahlbez_Nr": ["01", "02"]}), "a.shp")
    'Wahlbez_Nr'
    """
    usable = [str(c) for c in attributes.columns if not TECHNICAL.fullmatch(str(c).casefold())]
    keys = [name for name in usable if _is_key(attributes[name])]
    named = [name for name in keys if _is_named_id(name) and not _is_running(attributes, name)]
    levels = [n for n in keys if n.casefold() in LEVELS and _holds_codes(attributes[n])]
    candidates = named or levels
    if len(candidates) != 1:
        listed = candidates or keys or list(map(str, attributes.columns))
        raise SourceError("sources.which_key", ids=listed, path=where)
    return candidates[0]


def find_municipality_key(attributes: pd.DataFrame, where: str) -> str:
    """Return the column that holds municipality keys.

    By the names in official use, else the only column with nothing but keys of 8 or 12 digits.
    """
    by_name = {str(name).casefold(): str(name) for name in attributes.columns}
    for known in MUNICIPALITY_COLUMNS:
        if known in by_name:
            return by_name[known]
    official = [str(c) for c in attributes.columns if _holds_official(attributes[c])]
    if len(official) == 1:
        return official[0]
    raise SourceError("sources.which_key", ids=map(str, attributes.columns), path=where)


def find_parts(columns: Sequence[str]) -> tuple[str, ...]:
    """Return the columns that hold a municipality key in four parts, or nothing.

    Examples
    --------
    >>> find_parts(["Land", "RB", "Kreis", "Gem", "Name"])
    ('Land', 'RB', 'Kreis', 'Gem')
    """
    by_name = {name.casefold(): name for name in columns}
    found = (parts for parts in KEY_PARTS if all(part in by_name for part in parts))
    return tuple(by_name[part] for part in next(found, ()))


def find_name(attributes: pd.DataFrame, key: str) -> str | None:
    """Return the column that holds names, or None.

    Known names first, then the one that belongs to the key (``STB_NR`` → ``STB_NAME``),
    then the only one that ends like a name. A column without a letter holds no names.
    """
    texts = {str(c).casefold(): str(c) for c in attributes.columns if _holds_names(attributes[c])}
    texts.pop(key.casefold(), None)
    stem = "_".join(w for w in re.split(r"[_\W]+", key.casefold()) if w not in ID_WORDS)
    for known in (*NAME_COLUMNS, f"{stem}_name", f"{stem}name", stem):
        if known in texts:
            return texts[known]
    endings = ("name",), NAME_ENDINGS
    for ending in endings:
        found = [name for folded, name in texts.items() if folded.endswith(ending)]
        if len(found) == 1:
            return found[0]
    return None


def _words(name: str) -> set[str]:
    """Return the words of a column name: ``Bezirk_Nr``, ``plr-id``, ``gebietNr``."""
    spaced = re.sub(r"(?<=[a-zäöüß])(?=[A-Z])", "_", name)
    return {word.casefold() for word in re.split(r"[_\W]+", spaced) if word}


def _is_key(column: pd.Series) -> bool:
    if pd.api.types.is_float_dtype(column) and (column.isna() | (column % 1 != 0)).any():
        return False
    keys = as_text(column)
    return bool(keys.is_unique and (keys != "").all())


def _is_named_id(name: str) -> bool:
    return bool(_words(name) & ID_WORDS) or name.casefold().endswith(ID_ENDINGS)


def _is_running(attributes: pd.DataFrame, name: str) -> bool:
    """Return True for a bare ``id`` in which a program numbered the features."""
    if name.casefold() != "id":
        return False
    keys = as_text(attributes[name])
    if keys.str.fullmatch(RUNNING).all():
        return True
    others = [str(c) for c in attributes.columns if str(c) != name]
    ordinal = [str(i) for i in range(len(keys) + 1)]
    counted = keys.tolist() in (ordinal[:-1], ordinal[1:])
    # a number in the order of the rows is a key only where nothing better is there
    return counted and any(_is_named_id(o) and _is_key(attributes[o]) for o in others)


def _holds_codes(column: pd.Series) -> bool:
    return bool(as_text(column).str.fullmatch(CODE).all())


def _holds_official(column: pd.Series) -> bool:
    keys = as_text(column)
    return bool(len(keys) and keys.str.fullmatch(r"(0[1-9]|1[0-6])(\d{6}|\d{10})").all())


def _holds_names(column: pd.Series) -> bool:
    if not (pd.api.types.is_string_dtype(column) or pd.api.types.is_object_dtype(column)):
        return False
    return bool(as_text(column).str.contains(r"[^\W\d_]").any())
