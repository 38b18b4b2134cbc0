"""Keys of two sides put together: what met, what did not, and what may be the reason."""

import re
from collections.abc import Iterable, Mapping

import pandas as pd

from sozialraum import schema
from sozialraum.errors import SourceError
from sozialraum.messages import default_language
from sozialraum.model import Areas, Blocks, Delivery, Layer
from sozialraum.model.joined import JoinReport, JoinSide
from sozialraum.sources.grid import LONG, SHORT
from sozialraum.sources.key_columns import MUNICIPALITY_COLUMNS

type Keyed = Layer | Delivery | Areas | Blocks

LAND = "(0[1-9]|1[0-6])"
"""The sixteen Länder, with which every official key begins."""
PATTERNS = {"ags": rf"{LAND}\d{{6}}", "ars": rf"{LAND}\d{{10}}", "county": rf"{LAND}\d{{3}}"}
CELL = f"{LONG}|{SHORT}"
LEVEL_TYPES = {"municipality": ("ags", "ars"), "county": ("county",), "area": (), "cell": ()}
"""Which official keys rows of a delivery may have, by level."""


def join_report(left: Keyed, right: Keyed, *, must_match: bool = False) -> JoinReport:
    """Say which keys of two sides meet; compute nothing else.

    Parameters
    ----------
    left, right
        Layers, deliveries, areas or blocks. Of a delivery with several levels the one that
        fits the other side best is compared; of blocks the blocks or their municipalities.
    must_match
        Raise where the sides have different official keys or not one key in common.

    Returns
    -------
    JoinReport
        Matched, unmatched and repeated keys, kinds of keys, dates of the boundaries.

    Raises
    ------
    SourceError
        `must_match`, and nothing can be joined; says why.

    Examples
    --------
    >>> from sozialraum.datasets import sample_path
    >>> from sozialraum.sources.districts import read_districts
    >>> layer = read_districts(sample_path() / "daten" / "quartiere.gpkg")
    >>> join_report(layer, layer).complete
    True
    """
    pairs = [
        _report(mine, others)
        for mine in _choices(left, _title(left))
        for others in _choices(right, _title(right))
    ]
    # the most keys in common; of several with none, one whose keys are of one kind
    best = max(pairs, key=lambda report: (report.matched, report.comparable))
    if must_match and not best.matched:
        why = " ".join(best.sentences(default_language())[1:])
        titles = {"left": best.left.title, "right": best.right.title}
        raise SourceError("joins.nothing", why=why, **titles)
    return best


def key_type(keys: Iterable[str], official: Iterable[str] = PATTERNS) -> str:
    """Return the kind of some keys: ``ags``, ``ars``, ``county``, ``cell`` or ``other``.

    Parameters
    ----------
    keys
        Keys of one column.
    official
        Which official kinds are possible; planning areas and polling districts have keys of
        5 and 8 digits too.

    Examples
    --------
    >>> key_type(["05382060", "05382020"]), key_type(["05382060"], ["county"])
    ('ags', 'other')
    """
    texts = pd.Series(list(keys), dtype="str")
    if texts.empty:
        return "other"
    if texts.str.fullmatch(CELL).all():
        return "cell"
    return next((n for n in official if texts.str.fullmatch(PATTERNS[n]).all()), "other")


def _title(noun: Keyed) -> str:
    if isinstance(noun, Delivery):
        return noun.name
    if isinstance(noun, Areas):
        return noun.label(default_language())
    return noun.source.title if isinstance(noun, Layer) else type(noun).__name__


def _choices(noun: Keyed, title: str) -> list[tuple[str, pd.Index, str, str]]:
    """Return title, keys, their kind and the date of the boundaries, once a level."""
    date = _date(noun)
    if isinstance(noun, Delivery):
        levels: Mapping[str, pd.Index] = {
            str(level): pd.Index(rows["key"].unique())
            for level, rows in noun.table.groupby("level")
        }
        return [(title, k, key_type(k, LEVEL_TYPES[n]), date) for n, k in levels.items()]
    if isinstance(noun, Blocks):
        found = [(title, noun.frame.index, key_type(noun.frame.index, ()), date)]
        return [*found, (title, noun.units.index, key_type(noun.units.index), date)]
    if isinstance(noun, Areas):
        named = noun.geography in (schema.MUNICIPALITY_LEVEL, schema.COUNTY_LEVEL)
    else:
        named = noun.key.casefold() in MUNICIPALITY_COLUMNS
    keys = noun.frame.index
    return [(title, keys, key_type(keys, PATTERNS if named else ("ars",)), date)]


def _date(noun: Keyed) -> str:
    """Return the date of the boundaries, where all sources name one and the same."""
    sources = noun.sources if isinstance(noun, Areas | Blocks) else (noun.source,)
    dates = {source.territory_date for source in sources}
    return dates.pop() if len(dates) == 1 else ""


def _report(
    left: tuple[str, pd.Index, str, str], right: tuple[str, pd.Index, str, str]
) -> JoinReport:
    mine, others = set(left[1]), set(right[1])
    official = {left[2], right[2]} - {"other"}
    met = set() if len(official) == 2 else mine & others
    sides = [_side(left, mine - met), _side(right, others - met)]
    respelled = [] if len(official) == 2 else _respelled(mine - met, others - met)
    return JoinReport(*sides, matched=len(met), respelled=tuple(respelled))


def _side(given: tuple[str, pd.Index, str, str], alone: set[str]) -> JoinSide:
    title, keys, kind, date = given
    plain = pd.Series([_plain(key) for key in keys], index=keys, dtype="str")
    twice = sorted(set(keys[plain.duplicated(keep=False).to_numpy()]))
    return JoinSide(title, kind, len(set(keys)), tuple(sorted(alone)), tuple(twice), date)


def _respelled(mine: set[str], others: set[str]) -> list[str]:
    """Return pairs of keys that are one key but for zeros in front, blanks and case."""
    by_plain: dict[str, list[str]] = {}
    for key in sorted(others):
        by_plain.setdefault(_plain(key), []).append(key)
    return [f"{key} / {other}" for key in sorted(mine) for other in by_plain.get(_plain(key), [])]


def _plain(key: str) -> str:
    """Return a key without what spreadsheets and habits change.

    Examples
    --------
    >>> _plain(" 007"), _plain("Wb 01.0"), _plain("05382060-03")
    ('7', 'wb1', '5382060-3')
    """
    squeezed = re.sub(r"\s+", "", key).casefold()
    squeezed = re.sub(r"(?<=\d)\.0$", "", squeezed)
    return re.sub(r"(?<!\d)0+(?=\d)", "", squeezed)
