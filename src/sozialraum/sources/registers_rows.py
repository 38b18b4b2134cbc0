"""Rows of a register's table: which are areas, which totals, which people without an area."""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa

from sozialraum.errors import SourceError
from sozialraum.sources.archives import content
from sozialraum.sources.keys import as_text, find_column
from sozialraum.sources.loaded import Loaded, Place, load, row_names
from sozialraum.sources.mapped import TOTAL, cell_keys, formatted
from sozialraum.sources.notes import note
from sozialraum.sources.registers_file import Sender
from sozialraum.sources.text import dialect_of, first_line, squeezed

PLACE, WHOLE, NOWHERE = 0, 1, 2
"""Rows of areas, of the municipality as a whole, and of people without an area."""
NO_ADDRESS = re.compile(
    r"(keine|ohne|k\.|o\.)\s*(angabe|a\.|adresse|anschrift|zuordnung|gebiet)|unbekannt"
    r"|nicht\s+(zuzuordnen|zuordenbar|zugeordnet|verortbar|geocodiert|lokalisierbar)"
    r"|ohne festen wohnsitz|ofw",
    re.IGNORECASE,
)


def load_rows(place: Place, sender: Sender) -> Loaded:
    """Return the table of a sender: the rows that are meant, blanks filled down on request.

    Raises
    ------
    SourceError
        Not readable as a table, columns missing, or a text of `where` that is nowhere.
    DisclosureError
        Records of single people.
    """
    loaded = load(place, header=_header(place, sender))
    if sender.fill_down:
        for name in filter(None, (sender.key, sender.date_column, sender.sex)):
            loaded = _filled_down(loaded, find_column(loaded.names, name, loaded.where))
    for name, texts in sender.where.items():
        loaded = _where(loaded, name, texts)
    return loaded


def body(loaded: Loaded, sender: Sender, counted: Iterable[str]) -> Loaded:
    """Return the rows with numbers, without blank rows and footers.

    Raises
    ------
    SourceError
        Nothing is counted, or numbers stand beside a blank key.
    """
    filled = np.any([loaded.texts(name) != "" for name in counted], axis=0)
    if not len(loaded.rows) or not filled.any():
        raise SourceError("sources.empty_file", ids=[loaded.where])
    inside = np.arange(len(filled)) <= int(np.flatnonzero(filled)[-1])
    if not sender.key:
        return loaded.kept(inside & filled)
    keys = loaded.texts(sender.key)
    blank = (keys == "").to_numpy()
    blank = blank & ~(_named(loaded, TOTAL, blank) | _named(loaded, NO_ADDRESS, blank))
    if (inside & filled & blank).any():
        ids = row_names(loaded.rows[inside & filled & blank])
        raise SourceError(
            "sources.number_without_key", ids=ids, path=loaded.where, column=sender.key
        )
    return loaded.kept(inside & ~blank)


def kinds_and_keys(
    loaded: Loaded, sender: Sender
) -> tuple[np.ndarray, np.ndarray, pd.Series, list[str]]:
    """Return kind and key of every row, what its key was in the file, and notes.

    Only rows of areas have a key.
    """
    if not sender.key:
        rows = len(loaded.rows)
        blank = np.full(rows, "", dtype=object)
        return np.full(rows, WHOLE), blank, pd.Series(blank, dtype="str"), []
    raw = as_text(loaded.texts(sender.key)).reset_index(drop=True)
    blank = (raw == "").to_numpy()
    # the key of the municipality itself is no area of it
    own = (*sender.totals, sender.municipality)
    whole = _is(raw, TOTAL, own) | _named(loaded, TOTAL, blank)
    nowhere = _is(raw, NO_ADDRESS, sender.no_address) | _named(loaded, NO_ADDRESS, blank)
    kind = np.where(nowhere, NOWHERE, np.where(whole, WHOLE, PLACE))
    keys = np.full(len(raw), "", dtype=object)
    at = kind == PLACE
    if sender.level == "municipality":
        _check_others(raw[at], sender, loaded.where)
        # parts of the municipality count in it, and have no key
        return np.where(at, NOWHERE, kind), keys, raw, []
    keys[at], notes = _place_keys(loaded.kept(at), sender)
    return kind, keys, raw, notes


def _check_others(keys: pd.Series, sender: Sender, where: str) -> None:
    """Raise for keys of other municipalities: their people would be counted in this one."""
    others = keys[keys.str.fullmatch(r"\d{8}|\d{12}")].unique()
    if len(others):
        named = {"column": sender.key, "unit": sender.municipality}
        raise SourceError("registers.other_municipality", ids=others, path=where, **named)


def _place_keys(loaded: Loaded, sender: Sender) -> tuple[np.ndarray, list[str]]:
    if not len(loaded.rows):
        return np.empty(0, dtype=object), []
    if sender.level == "cell":
        return cell_keys(loaded, sender.key), []
    keys, notes = as_text(loaded.texts(sender.key)), []
    if sender.key_digits:
        short = keys.str.fullmatch(r"\d+") & (keys.str.len() < sender.key_digits)
        if short.any():
            named = {"ids": keys[short].unique(), "path": loaded.where}
            notes.append(note("registers.note_zeros", digits=sender.key_digits, **named))
        keys = keys.where(~short, keys.str.zfill(sender.key_digits))
    if sender.key_format:
        unit = pd.Series(sender.municipality, index=keys.index, dtype="str")
        keys = formatted(sender.key_format, keys, unit)
    return keys.to_numpy(dtype=object), notes


def _header(place: Place, sender: Sender) -> str | None:
    """Return a text of the header row, or None where it is the first line of a text file."""
    wanted = sender.header or sender.key or sender.count or None
    if place.sheet or sender.header or wanted is None:
        return wanted
    data = content(place.path, place.member)
    if not data.strip():
        raise SourceError("sources.empty_file", ids=[place.where])
    top = first_line(data)
    encoding = place.encoding or None
    names = dialect_of(top, place.where, encoding).header if top.strip() else ()
    return None if squeezed(wanted) in {squeezed(name) for name in names} else wanted


def _filled_down(loaded: Loaded, name: str) -> Loaded:
    texts = loaded.texts(name)
    filled = texts.mask(texts == "").ffill().fillna("")
    at = loaded.names.index(name)
    table = loaded.table.set_column(at, name, pa.array(filled, pa.string()))
    return Loaded(table, loaded.rows, loaded.where)


def _where(loaded: Loaded, name: str, wanted: Iterable[str]) -> Loaded:
    texts = loaded.texts(name)
    asked = {squeezed(one) for one in wanted}
    known = {one: squeezed(one) for one in texts.unique()}
    absent = sorted(asked - set(known.values()))
    if absent:
        raise SourceError("registers.nowhere", ids=absent, path=loaded.where, column=name)
    return loaded.kept(texts.map(known).isin(asked).to_numpy())


def _is(texts: pd.Series, pattern: re.Pattern[str], further: Iterable[str]) -> np.ndarray:
    """Return where a text is what a pattern means, or one of the sender's own."""
    own = {squeezed(one) for one in further}
    # texts repeat in long tables
    codes, known = pd.factorize(texts)
    meant = [bool(pattern.fullmatch(one)) or squeezed(one) in own for one in map(str, known)]
    return np.array(meant, dtype=bool)[codes]


def _named(loaded: Loaded, pattern: re.Pattern[str], blank: np.ndarray) -> np.ndarray:
    """Return rows with a blank key in which some cell says so: names stand beside it."""
    found = np.zeros(len(blank), dtype=bool)
    if blank.any():
        some = loaded.kept(blank)
        found[blank] = np.any([_is(some.texts(name), pattern, ()) for name in some.names], axis=0)
    return found
