"""Results of federal elections by polling district (Wahlbezirksstatistik).

Names of columns changed from election to election: abbreviations and tabs (2009, 2013), a
file each for first and second votes (2013, 2017), prefixes ``E_``/``Z_`` (2021), endings
``- Erststimmen`` (2025), one vote only (European elections). The municipality key stands in
parts without leading zeros. Source: Bundeswahlleiterin, *Wahlbezirksstatistik*.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.elections_rows import (
    CARDS,
    ELIGIBLE,
    FIRST,
    INVALID,
    VALID,
    VOTERS,
    VOTES,
    WITH_CARD,
    Districts,
    counts_of,
    is_zero,
    named_parties,
    padded,
    require,
)
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts

PARTS = (
    (("land",), 2),
    (("regierungsbezirk", "rb"), 1),
    (("kreis",), 2),
    (("gemeinde",), 3),
)
"""Columns of the parts of a municipality key, and how many digits each has."""
NUMBER = ("wahlbezirk", "wbz")
KIND = ("bezirksart", "ba")
JOINT = ("kennziffer briefwahlzugehörigkeit", "briefwahlzugehörigkeit", "bw-bez", "bwbez")
SMALL = ("kennziffer urnenwahlbezirke nach § 68 bwo",)
FIXED = {
    ELIGIBLE: ("wahlberechtigte (a)", "wahlberechtigte", "a"),
    CARDS: ("wahlberechtigte mit sperrvermerk (a2)", "a2"),
    VOTERS: ("wählende (b)", "wähler (b)", "wählende", "wähler", "b"),
    WITH_CARD: (
        *("wählende mit wahlschein (b1)", "wähler mit wahlschein (b1)"),
        *("dar. wählende mit wahlschein", "b1"),
    ),
}
OTHER = re.compile(
    r"wahlkreis|wkr|verbandsgemeinde|v[gb]|gemeinde ?name|ungekürzte .*|bezeichnung .*|a[13]"
    r"|wahlberechtigte .*|kennziffer .*",
    re.IGNORECASE,
)
"""Columns that are no votes."""
WRONG = re.compile(r"ungültige?|[ce]", re.IGNORECASE)
RIGHT = re.compile(r"gültige?|[df]", re.IGNORECASE)
POLL, POSTAL = ("0", "6", "8"), ("5",)
"""Kinds of districts: 0 polling, 6 special, 8 not stated; 5 postal."""
JOINTLY = re.compile(r"9\d\d")
"""Number in place of a municipality's for postal votes counted for several together."""


def read_federal(loaded: Loaded, vote: str, county: str = "") -> Districts:
    """Return the districts of a file.

    Parameters
    ----------
    loaded
        The table.
    vote
        ``"first"`` where the whole file holds first votes, else ``""``.
    county
        Beginning of the municipality keys to take, if only some are wanted.

    Raises
    ------
    SourceError
        Columns are missing, keys are no numbers, kinds of districts are unknown.
    """
    require(loaded, [*(names for names, _ in PARTS), NUMBER, KIND])
    loaded = _below(loaded)
    unit = _units(loaded)
    if county:
        kept = np.array([str(key).startswith(county) for key in unit], dtype=bool)
        if kept.any():
            loaded, unit = loaded.kept(kept), unit[kept]
    columns, labels = _columns(loaded, vote)
    counts = counts_of(loaded, columns)
    postal, notes = _are_postal(loaded, counts)
    counties = pd.Series(unit, dtype="str").str[:5]
    digits = _optional(loaded, JOINT).str.zfill(2)
    together = ~digits.isin(["", "00"]).to_numpy()
    joint = np.where(together, counties + "/" + digits, "")
    small = _optional(loaded, SMALL)
    if (moved := ~small.isin(["", "0", "00", "000"]).to_numpy()).any():
        count = int(moved.sum())
        notes.append(note("elections.note_section_68", path=loaded.where, count=count))
    number = loaded.texts(_found(loaded, NUMBER)).to_numpy(dtype=object)
    return Districts(
        unit,
        number,
        postal,
        _joint_rows(joint.astype(object), unit, postal),
        counts,
        labels,
        loaded.rows,
        loaded.where,
        notes=tuple(notes),
    )


def united(parts: Sequence[Districts]) -> Districts:
    """Return first and second votes of one election, from two files, as one.

    Raises
    ------
    SourceError
        The files do not list the same districts, or count the voters differently.
    """
    first, *others = parts
    order = pd.MultiIndex.from_arrays([first.unit, first.number, first.postal])
    counts, labels = dict(first.counts), dict(first.labels)
    notes = list(first.notes)
    for other in others:
        keys = pd.MultiIndex.from_arrays([other.unit, other.number, other.postal])
        strange = order.symmetric_difference(keys)
        if len(strange) or not keys.is_unique:
            ids = [f"{unit}-{number}" for unit, number, _ in strange]
            raise SourceError(
                "elections.files_differ", ids=ids, path=first.where, other=other.where
            )
        at = keys.get_indexer(order)
        taken = {name: c.taken(at) for name, c in other.counts.items()}
        for name in {ELIGIBLE, VOTERS} & counts.keys() & taken.keys():
            unequal = ~np.isclose(counts[name].value, taken[name].value, equal_nan=True)
            if unequal.any():
                ids = [first.shown[i] for i in np.flatnonzero(unequal)]
                raise SourceError(
                    "elections.files_differ", ids=ids, path=first.where, other=other.where
                )
        counts = taken | counts
        labels = dict(other.labels) | labels
        notes += [n for n in other.notes if n not in notes]
    return Districts(
        first.unit, first.number, first.postal, first.joint, counts, labels,
        first.rows, first.where, first.date, tuple(notes),
    )  # fmt: skip


def _found(loaded: Loaded, names: Sequence[str]) -> str:
    """Return the column that is called one of some names, whatever its case."""
    require(loaded, [names])
    by_name = {name.casefold(): name for name in loaded.names}
    return next(by_name[name] for name in names if name in by_name)


def _optional(loaded: Loaded, names: Sequence[str]) -> pd.Series:
    """Return a column as text, blank where there is none."""
    present = {name.casefold() for name in loaded.names}
    if present & set(names):
        return loaded.texts(_found(loaded, names))
    return pd.Series("", index=range(len(loaded.rows)), dtype="str")


def _below(loaded: Loaded) -> Loaded:
    """Return the rows that hold districts: a second header and footers are left out."""
    land = loaded.texts(_found(loaded, PARTS[0][0]))
    return loaded.kept(land.str.fullmatch(r"\d{1,2}").to_numpy(dtype=bool))


def _units(loaded: Loaded) -> np.ndarray:
    """Return municipality keys of eight digits, out of their parts."""
    parts = [padded(loaded, _found(loaded, names), width) for names, width in PARTS]
    keys = pd.Series(["".join(row) for row in zip(*parts, strict=True)], dtype="str")
    wrong = ~keys.str.fullmatch(r"\d{8}").to_numpy(dtype=bool)
    loaded.complain("elections.no_key", np.flatnonzero(wrong), _found(loaded, PARTS[-1][0]))
    return keys.to_numpy(dtype=object)


def _columns(loaded: Loaded, vote: str) -> tuple[dict[str, str], dict[str, str]]:
    """Return the columns by variable, and what parties are called."""
    by_name = {name.casefold(): name for name in loaded.names}
    columns = {
        variable: by_name[next(n for n in names if n in by_name)]
        for variable, names in FIXED.items()
        if any(n in by_name for n in names)
    }
    taken = {*columns.values(), *(_found(loaded, names) for names, _ in PARTS)}
    taken |= {_found(loaded, NUMBER), _found(loaded, KIND)}
    taken |= {by_name[n] for n in JOINT if n in by_name}
    rest = [n for n in loaded.names if n not in taken and not OTHER.fullmatch(n)]
    labels: dict[str, str] = {}
    for prefix, held in _by_vote(rest, vote).items():
        parties = {label: c for label, c in held.items() if not _is_sum(label)}
        for label, variable in named_parties(parties, f"{prefix}{VOTES}").items():
            columns[variable] = parties[label]
            labels[variable] = label
        for label, column in held.items():
            if _is_sum(label):
                name = INVALID if WRONG.fullmatch(label) else VALID
                columns.setdefault(f"{prefix}{name}", column)
    return columns, labels


def _is_sum(label: str) -> bool:
    return bool(WRONG.fullmatch(label) or RIGHT.fullmatch(label))


def _by_vote(names: Sequence[str], vote: str) -> dict[str, dict[str, str]]:
    """Return the columns of first and of second votes, by what they say besides."""
    found: dict[str, dict[str, str]] = {FIRST: {}, "": {}}
    marked = False
    for name in names:
        if m := re.fullmatch(r"(?:([EZ])_(.+)|(.+?)\s*[-–]\s*(Erst|Zweit)stimmen)", name):
            marked = True
            first = m[1] == "E" or m[4] == "Erst"
            found[FIRST if first else ""][m[2] or m[3]] = name
    if not marked:
        found[FIRST if vote == "first" else ""] = {name: name for name in names}
    return found


def _are_postal(loaded: Loaded, counts: Mapping[str, Counts]) -> tuple[np.ndarray, list[str]]:
    """Return which districts are postal, by their kind.

    A kind that is not on the list is postal where nobody is eligible and everybody voted
    with a polling card.
    """
    column = _found(loaded, KIND)
    kinds = loaded.texts(column).str.replace(r"^0(?=\d)", "", regex=True)
    postal = kinds.isin(POSTAL).to_numpy()
    other = ~kinds.isin([*POLL, *POSTAL]).to_numpy()
    if not other.any():
        return postal, []
    by_card = np.zeros(len(kinds), dtype=bool)
    if {ELIGIBLE, VOTERS, WITH_CARD} <= counts.keys():
        same = counts[VOTERS].value == counts[WITH_CARD].value
        by_card = is_zero(counts[ELIGIBLE]) & same
    loaded.complain("elections.unknown_kind", np.flatnonzero(other & ~by_card), column)
    ids = sorted(set(kinds[other]))
    told = note("elections.note_other_kinds", ids=ids, path=loaded.where, count=int(other.sum()))
    return postal | other, [told]


def _joint_rows(joint: np.ndarray, unit: np.ndarray, postal: np.ndarray) -> np.ndarray:
    """Return the groups of municipalities without their members' own postal districts.

    A municipality may belong to a group and yet have a postal district of its own: where
    the group has one under a number that is no municipality's, that one holds the joint votes.
    """
    polled = set(unit[~postal])
    nowhere = np.array([u not in polled for u in unit]) & postal
    led = set(joint[nowhere])
    own = postal & ~nowhere & np.isin(joint, list(led))
    return np.where(own, "", joint).astype(object)
