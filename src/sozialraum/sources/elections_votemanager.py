"""Election results as the software of the municipalities gives them out.

Two layouts. The older one (votemanager, ``datum;wahl;ags;gebiet-nr;…;A1;A2;…``) holds one
level a file; what its codes mean stands in ``open_data.json`` beside it. The newer one
(OK.VOTE) mixes constituency, county, municipalities and districts in one file, told apart by
``Gebietsart``. Both use the letters of the official form (Bundeswahlordnung, Anlage 30): A
eligible voters, A2 with polling card, B voters, B1 with polling card, C and D invalid and valid
first votes, E and F second votes.
"""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.sources.dates import iso_date
from sozialraum.sources.elections_legend import Legend
from sozialraum.sources.elections_rows import (
    BALLOTS,
    CARDS,
    ELIGIBLE,
    FIRST,
    INVALID,
    SPECIAL,
    VALID,
    VOTERS,
    VOTES,
    WITH_CARD,
    Districts,
    counts_of,
    named_parties,
    nobody_eligible,
    require,
    withheld,
)
from sozialraum.sources.keys import municipality_keys
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.notes import note
from sozialraum.sources.symbols import Counts

OLD_HEADER, NEW_HEADER = "gebiet-nr", "Gebietsart"
DISTRICT = re.compile(r"(brief|sonder|urnen)?-?(wahl|stimm)+bezirk", re.IGNORECASE)
POSTAL = re.compile(r"brief", re.IGNORECASE)
LETTER = re.compile(r"\(([A-F]\d?)\)$")
SCHEMES = (r"_summe_liste_kandidaten", r"_4", "")
"""Endings of the columns that hold a list with its candidates, by age of the software."""


def read_old(loaded: Loaded, legend: Legend, *, repair: bool = False) -> Districts:
    """Return the districts of a file of the older layout."""
    require(loaded, [(OLD_HEADER,), ("ags",), ("A",), ("B",)])
    numbers = loaded.texts(OLD_HEADER)
    total = numbers.str.fullmatch("0+").to_numpy(dtype=bool)
    notes = []
    if total.any() and not total.all():
        notes.append(note("elections.note_totals", path=loaded.where, count=int(total.sum())))
        loaded = loaded.kept(~total)
    columns, labels = _columns(loaded.names, legend)
    counts = counts_of(loaded, columns)
    progress = loaded.counts([n for n in ("max-schnellmeldungen", "anz-schnellmeldungen")
                              if n in loaded.names])  # fmt: skip
    if len(progress) == 2:
        expected, received = (c.value for c in progress.values())
        counts, more = _reported(counts, ~(received >= expected), loaded)
        notes += more
    names = loaded.texts("gebiet-name") if "gebiet-name" in loaded.names else numbers
    postal, more = _are_postal(names, counts, loaded)
    unit, restored = municipality_keys(loaded.texts("ags"), loaded.where, repair=repair)
    number = loaded.texts(OLD_HEADER).to_numpy(dtype=object)
    day = _day(loaded, "datum")
    about = (counts, labels, day, [*notes, *more, *restored])
    return _districts(loaded, unit.to_numpy(dtype=object), number, postal, about)


def read_new(loaded: Loaded, legend: Legend, *, repair: bool = False) -> Districts:
    """Return the districts of a file of the newer layout; rows of other levels are left out."""
    require(loaded, [(NEW_HEADER,), ("Gemeinde",), ("Bezirksnummer",)])
    kinds = loaded.texts(NEW_HEADER)
    district = kinds.str.fullmatch(DISTRICT.pattern, flags=re.IGNORECASE).to_numpy(dtype=bool)
    if not district.any():
        raise SourceError("elections.no_districts", ids=sorted(set(kinds)), path=loaded.where)
    notes = []
    if not district.all():
        others = sorted(set(kinds[~district]))
        count = int((~district).sum())
        notes.append(note("elections.note_levels", ids=others, path=loaded.where, count=count))
    loaded = loaded.kept(district)
    columns, labels = _columns(loaded.names, legend)
    counts = counts_of(loaded, columns)
    if "Ausbleibend" in loaded.names:
        pending = (loaded.texts("Ausbleibend").str.upper() == "J").to_numpy(dtype=bool)
        counts, more = _reported(counts, pending, loaded)
        notes += more
    elsewhere = "Ausgezaehlt abweichend Gebiet"
    if elsewhere in loaded.names:
        moved = (loaded.texts(elsewhere) != "").to_numpy(dtype=bool)
        counts = withheld_votes(counts, moved)
        notes += counted_elsewhere(loaded, "Bezirksnummer", moved)
    postal = kinds[district].str.contains(POSTAL).to_numpy(dtype=bool)
    unit, restored = municipality_keys(loaded.texts("Gemeinde"), loaded.where, repair=repair)
    number = loaded.texts("Bezirksnummer").to_numpy(dtype=object)
    about = (counts, labels, "", [*notes, *restored])
    return _districts(loaded, unit.to_numpy(dtype=object), number, postal, about)


def _districts(
    loaded: Loaded,
    unit: np.ndarray,
    number: np.ndarray,
    postal: np.ndarray,
    about: tuple[Mapping[str, Counts], Mapping[str, str], str, list[str]],
) -> Districts:
    counts, labels, day, notes = about
    blank = np.flatnonzero(number == "")
    loaded.complain("sources.blank_at", blank, OLD_HEADER)
    joint = np.full(len(number), "", dtype=object)
    return Districts(
        unit, number, postal, joint, counts, labels, loaded.rows, loaded.where, day, tuple(notes)
    )


def _columns(names: list[str], legend: Legend) -> tuple[dict[str, str], dict[str, str]]:
    """Return the columns by variable, and what the variables of parties mean."""
    codes = {_code(name): name for name in names if _code(name)}
    fixed = {ELIGIBLE: "A", CARDS: "A2", VOTERS: "B", WITH_CARD: "B1"}
    two = {"E", "F"} <= set(codes)
    if two:
        fixed |= {INVALID: "E", VALID: "F", f"{FIRST}{INVALID}": "C", f"{FIRST}{VALID}": "D"}
        letters = {"F": VOTES, "D": f"{FIRST}{VOTES}"}
    else:
        fixed |= {INVALID: "C1" if "C1" in codes else "C", BALLOTS: "C2", VALID: "D"}
        letters = {"D": VOTES} if any(re.match(r"D\d", c) for c in codes) else {"E": VOTES}
    columns = {variable: codes[code] for variable, code in fixed.items() if code in codes}
    labels: dict[str, str] = {}
    for letter, prefix in letters.items():
        numbers = _lists(codes, letter)
        meant = {code: legend.meaning(code) for code in numbers}
        # two parties may be called alike; their codes never are
        unique = {code: f"{m}" if m else code for code, m in meant.items()}
        variables = named_parties([f"{unique[c]}" for c in numbers], prefix)
        if len(variables) < len(numbers):
            variables = named_parties([f"{unique[c]} {c}" for c in numbers], prefix)
            unique = {c: f"{unique[c]} {c}" for c in numbers}
        for code, column in numbers.items():
            variable = variables[unique[code]]
            columns[variable] = codes[column]
            labels[variable] = meant[code] or code
    return columns, labels


def _code(name: str) -> str:
    """Return the letter code of a column, or nothing."""
    if found := LETTER.search(name):
        return found[1]
    if name == "Waehler mit Wahlschein":
        return "B1"
    return name if re.fullmatch(r"[A-F]\d*(_\w+)?", name) else ""


def _lists(codes: Mapping[str, str], letter: str) -> dict[str, str]:
    """Return the column of every list or candidate by code: with candidates added up."""
    for ending in SCHEMES:
        found = {
            f"{letter}{m[1]}": code
            for code in codes
            if (m := re.fullmatch(rf"{letter}(\d+){ending}", code))
        }
        if found:
            return found
    return {}


def _reported(
    counts: Mapping[str, Counts], pending: np.ndarray, loaded: Loaded
) -> tuple[dict[str, Counts], list[str]]:
    """Return the counts without those of districts that have not reported, and a note."""
    if not pending.any():
        return dict(counts), []
    told = note("elections.note_pending", path=loaded.where, count=int(pending.sum()))
    return withheld(counts, pending), [told]


def withheld_votes(counts: Mapping[str, Counts], moved: np.ndarray) -> dict[str, Counts]:
    """Return the counts without votes where a district was counted in another one."""
    if not moved.any():
        return dict(counts)
    kept = {name: counts[name] for name in (ELIGIBLE, CARDS) if name in counts}
    return withheld(counts, moved) | kept


def counted_elsewhere(loaded: Loaded, column: str, moved: np.ndarray) -> list[str]:
    """Return a note that names districts too small to be counted by themselves."""
    ids = list(loaded.texts(column)[moved])
    return [note("elections.note_elsewhere", ids=ids, path=loaded.where)] if ids else []


def _are_postal(
    names: pd.Series, counts: Mapping[str, Counts], loaded: Loaded
) -> tuple[np.ndarray, list[str]]:
    """Return which districts are postal: by name, or because nobody there is eligible.

    Special districts (hospitals, homes) have no eligible voters of their own either.
    """
    called = names.str.contains(POSTAL).to_numpy(dtype=bool)
    special = names.str.fullmatch(SPECIAL.pattern, flags=re.IGNORECASE).to_numpy(dtype=bool)
    concluded = nobody_eligible(counts, len(names)) & ~called & ~special
    notes = []
    if concluded.any():
        ids = list(loaded.texts(OLD_HEADER)[concluded])
        notes.append(note("elections.note_concluded", ids=ids, path=loaded.where))
    return called | concluded, notes


def _day(loaded: Loaded, column: str) -> str:
    """Return the one day of a file; several elections in one file are an error."""
    if column not in loaded.names:
        return ""
    texts = loaded.texts(column)
    known = {text: iso_date(text) for text in texts.unique()}
    loaded.complain("sources.not_dates_at", np.flatnonzero(texts.map(known).isna()), column)
    days = {day for day in known.values() if day}
    if len(days) > 1:
        raise SourceError("elections.several_days", ids=sorted(days), path=loaded.where)
    return days.pop() if days else ""
