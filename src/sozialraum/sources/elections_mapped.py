"""Election results in a table of a city's own, read with a mapping of its columns."""

import re
from collections.abc import Mapping

import numpy as np

from sozialraum.errors import SourceError
from sozialraum.sources.elections_rows import (
    SPECIAL,
    VOTES,
    Districts,
    counts_of,
    nobody_eligible,
)
from sozialraum.sources.keys import as_text, find_column, municipality_keys
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.mapped import body
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts

NUMBER, MUNICIPALITY, KIND = "number", "municipality", "kind"
NO_COUNTS = (NUMBER, MUNICIPALITY, KIND)
POSTAL = re.compile(r".*brief.*|b|bw|bwb|bwbz|5", re.IGNORECASE)
"""What a column of kinds says of postal districts."""
CALLED = ".*brief.*"
"""What the number of a postal district may say, where no column says the kind."""


def read_mapped_election(
    loaded: Loaded, columns: Mapping[str, str], *, repair: bool = False
) -> Districts:
    """Return the districts of a table.

    Parameters
    ----------
    loaded
        The table.
    columns
        Columns by what they hold: ``number``, ``municipality``, ``kind`` (of district),
        and every count by the name of its variable: ``eligible``, ``cards``, ``voters``,
        ``valid``, ``invalid``, ``votes_…``.
    repair
        Put back lost leading zeros of municipality keys.

    Raises
    ------
    SourceError
        Columns are missing (all are named), numbers are blank, cells are no counts.
    """
    if NUMBER not in columns:
        raise SourceError("elections.number_needed", path=loaded.where)
    wrong = [n for n in columns if not n.isidentifier()]
    if wrong:
        raise SourceError("elections.not_a_variable", ids=wrong, path=loaded.where)
    _check_columns(loaded, columns)
    at = {name: find_column(loaded.names, column, loaded.where) for name, column in columns.items()}
    held = {name: column for name, column in at.items() if name not in NO_COUNTS}
    if not held:
        raise SourceError("sources.nothing_counted", path=loaded.where)
    loaded, notes = body(loaded, at[NUMBER], list(held.values()))
    counts = counts_of(loaded, held)
    number = as_text(loaded.texts(at[NUMBER])).to_numpy(dtype=object)
    unit = np.full(len(number), "", dtype=object)
    if MUNICIPALITY in at:
        texts = loaded.texts(at[MUNICIPALITY])
        keys, restored = municipality_keys(texts, loaded.where, repair=repair)
        unit, notes = keys.to_numpy(dtype=object), [*notes, *restored]
    postal, more = _are_postal(loaded, at, counts, number)
    labels = {name: column for name, column in held.items() if VOTES in name}
    joint = np.full(len(number), "", dtype=object)
    return Districts(
        unit, number, postal, joint, counts, labels, loaded.rows, loaded.where, "",
        (*notes, *more),
    )  # fmt: skip


def _are_postal(
    loaded: Loaded, at: Mapping[str, str], counts: Mapping[str, Counts], number: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Return which districts are postal: by kind or number, or because nobody is eligible."""
    kinds = loaded.texts(at[KIND] if KIND in at else at[NUMBER])
    called = kinds.str.fullmatch(POSTAL.pattern if KIND in at else CALLED, flags=re.IGNORECASE)
    special = kinds.str.fullmatch(SPECIAL.pattern, flags=re.IGNORECASE) & (KIND in at)
    called, special = called.to_numpy(dtype=bool), special.to_numpy(dtype=bool)
    concluded = nobody_eligible(counts, len(number)) & ~called & ~special
    notes = []
    if concluded.any():
        ids = list(number[concluded])
        notes.append(note("elections.note_concluded", ids=ids, path=loaded.where))
    return called | concluded, notes


def _check_columns(loaded: Loaded, columns: Mapping[str, str]) -> None:
    present = {name.casefold() for name in loaded.names}
    missing = [column for column in columns.values() if column.casefold() not in present]
    if missing:
        known = ", ".join(loaded.names)
        raise SourceError("sources.columns_missing", ids=missing, path=loaded.where, present=known)
