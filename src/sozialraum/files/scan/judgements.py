"""Judgements (index, flags): not in the release, so that only their form can be checked."""

import re
from functools import cache

import pandas as pd

from sozialraum import schema
from sozialraum.files.scan import recomputed
from sozialraum.files.scan.cells import Column, number_in, plain, positions
from sozialraum.files.scan.known import Known
from sozialraum.files.scan.series import series_column
from sozialraum.files.scan.words import same
from sozialraum.messages import LANGUAGES, catalogue
from sozialraum.methods.hotspots import NO_PATTERN, PATTERNS
from sozialraum.methods.recount import RECOUNTS
from sozialraum.methods.zonings import ZONINGS
from sozialraum.model.judged import (
    FALLING,
    FLAG_AREA_COLUMNS,
    FLAG_COLUMNS,
    INDEX_COLUMNS,
    RISING,
    TOO_SHORT,
    WARNING_COLUMNS,
)
from sozialraum.schema import FLAGGED, Grade, State

SCORES = (
    *("status_sum", "status_index", "dynamics_index", "baseline_index"),
    *("z", "local_moran", "gi_star", "score", "change_z", "ewma"),
)
SHARES = (
    *("p_rate", "p_moran", "p_gi", "p", "q", "trend_p"),
    *("status_stability", "dynamics_stability"),
)
TRIES = {
    "stability": frozenset((RECOUNTS,)),
    # areas that some zonings leave alone are tried in fewer of them
    "kept": frozenset(range(1, ZONINGS + 1)),
}
"""Shares that only a finding has, and of how many tries each can be one."""
WHOLE = 1e-6
"""Tries by which a share may miss a whole number of them."""
CLASSES = ("status_class", "dynamics_class", "baseline_class", "group")
CODE = re.compile(r"\d{0,2}(?:\+/-|\+|-)?")
WIDEST = 100.0
"""A score beyond this is none: exponential ranks end here, standard scores long before."""
WORDS = frozenset(
    {"high", "low", "mixed", "rate", "local_moran", "gi_star"}
    | {f"{here}-{there}" for here in ("high", "low") for there in ("high", "low")}
    | {f"{pattern} {kind} spot" for pattern in PATTERNS for kind in ("hot", "cold")}
    | {RISING, FALLING, TOO_SHORT, NO_PATTERN}
    | {str(one) for one in (*State, *Grade)}
)
JUDGED = (*INDEX_COLUMNS, *FLAG_COLUMNS, *FLAG_AREA_COLUMNS, *WARNING_COLUMNS, "score")


def judged_column(name: str, known: Known) -> Column:
    """Return the check of a column of an index or of flags: its form."""
    if name in TRIES:
        return _firm_column(TRIES[name], known)
    if name in ("points", "slope"):
        return series_column(name, known)
    if name in recomputed.LOCAL:
        return recomputed.local_column(name, known, is_score)
    if name in (*SCORES, *SHARES):
        fits = is_score if name in SCORES else _is_share
        return lambda column, table: positions(
            not (pd.isna(cell) or plain(cell) == "")
            and not (area in known.published and fits(number_in(cell)))
            for cell, area in zip(
                column.tolist(), table[schema.AREA_ID].astype(str).tolist(), strict=True
            )
        )
    if name in CLASSES:
        return lambda column, table: positions(
            not is_class(plain(cell), published=area in known.published)
            for cell, area in zip(
                column.tolist(), table[schema.AREA_ID].astype(str).tolist(), strict=True
            )
        )
    return worded_column(known)


def _firm_column(tries: frozenset[int], known: Known) -> Column:
    """Return the check of how firm findings are: a share of tries, and only beside a finding."""

    def check(column: pd.Series, table: pd.DataFrame) -> list[int]:
        grades = table["grade"].astype(str) if "grade" in table else [""] * len(table)
        rows = zip(column, grades, table[schema.AREA_ID].astype(str), strict=True)
        return positions(
            plain(cell) != ""
            and not (
                grade in FLAGGED and area in known.published and _is_part(number_in(cell), tries)
            )
            for cell, grade, area in rows
        )

    return check


def is_class(code: str, *, published: bool) -> bool:
    """Return True for a class code; a number needs an area with published values."""
    if code in WORDS or code == "":
        return True
    return published and CODE.fullmatch(code) is not None


def is_score(number: float | None) -> bool:
    """Return True for what a standard score can be: small, and no whole number beyond 1."""
    if number is None or not abs(number) <= WIDEST:
        return False
    return abs(number) <= 1 or same(number) != round(number)


def _is_share(number: float | None) -> bool:
    return number is not None and 0 <= number <= 1


def _is_part(number: float | None, tries: frozenset[int]) -> bool:
    """Return True for a whole number of tries among one of the numbers of all."""
    if number is None or not _is_share(number):
        return False
    return any(abs(number * all_ - round(number * all_)) <= WHOLE for all_ in tries)


def worded_column(known: Known) -> Column:
    """Return the check of a column of words: ours, ids of indicators, dates; no other."""

    def check(column: pd.Series, _table: pd.DataFrame) -> list[int]:
        return positions(not _is_worded(plain(cell), known) for cell in column)

    return check


def _is_worded(cell: str, known: Known) -> bool:
    if cell in ours() or cell == "":
        return True
    ids = {one.id for one in known.release.indicators} if known.release else set()
    listed = {re.sub(r" \d$", " {code}", part.strip()) for part in cell.split(",")}
    return listed <= {*ids, *known.dates, *known.labels, *ours()}


@cache
def ours() -> frozenset[str]:
    """Return our own words for states, grades and classes, in both languages."""
    sentences = catalogue("themes").values()
    return WORDS | {sentence[language] for sentence in sentences for language in LANGUAGES}
