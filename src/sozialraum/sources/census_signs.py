"""A file's own warnings that numbers are uncertain: ``werterlaeuternde_Zeichen``."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

import numpy as np
import pyarrow as pa

from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts, Mark

UNSAFE = "KLAMMERN"
SUFFIX = re.compile(r"^werterl\w*?zeichen_?", re.IGNORECASE)


def marked(
    columns: Mapping[str, Counts],
    shares: Collection[str],
    signs: Mapping[str, pa.ChunkedArray],
    where: str,
) -> tuple[dict[str, Counts], frozenset[str], list[str]]:
    """Return the columns with the file's own warnings, those they apply to, and notes.

    The official files warn about shares and means; a file that has none warns about what it
    has.
    """
    concerned = [name for name in columns if name in shares] or list(columns)
    unsafe, unknown = {}, set()
    for name, column in signs.items():
        unsafe[name], others = _read(column)
        unknown |= others
    result = dict(columns)
    for name, sign in _pairs(concerned, list(unsafe)):
        counts = result[name]
        limited = counts.limited | (unsafe[sign] & (counts.mark == Mark.VALUE))
        result[name] = replace(counts, limited=limited)
    notes = [note("unknown_signs", ids=sorted(unknown), path=where)] if unknown else []
    return result, frozenset(concerned if unsafe else ()), notes


def _read(column: pa.ChunkedArray) -> tuple[np.ndarray, set[str]]:
    """Return True where a number is called unsafe, and the signs that are not known."""
    coded = column.combine_chunks().fill_null("").dictionary_encode()
    texts = [str(text).strip().strip('"').strip() for text in coded.dictionary.to_pylist()]
    unsafe = np.array([text.upper() == UNSAFE for text in texts], bool)
    others = {text for text in texts if text and text.upper() != UNSAFE}
    return unsafe[coded.indices.to_numpy(zero_copy_only=False)], others


def _pairs(names: list[str], signs: list[str]) -> list[tuple[str, str]]:
    """Return which warning speaks of which column.

    One for all; several by the ending they share (``…_Zeichen_EU``, ``Anteil_EU``), else in
    turn where there are as many; else each of all.

    Examples
    --------
    >>> signs = ["werterlaeuternde_Zeichen_EU", "werterlaeuternde_Zeichen_nichtEU"]
    >>> _pairs(["Anteil_EU", "Anteil_nichtEU"], signs)[1]
    ('Anteil_nichtEU', 'werterlaeuternde_Zeichen_nichtEU')
    """
    endings = {sign: SUFFIX.sub("", sign).casefold() for sign in signs}
    by_ending = [
        (name, sign)
        for name in names
        for sign, ending in endings.items()
        if ending and name.casefold().endswith(f"_{ending}")
    ]
    if len(signs) > 1 and len(by_ending) == len(names):
        return by_ending
    if len(signs) == len(names):
        return list(zip(names, signs, strict=True))
    return [(name, sign) for name in names for sign in signs]
