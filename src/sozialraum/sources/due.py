"""When deliveries are expected: reference dates, days by which they are due, and what is late."""

import calendar
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, takewhile
from typing import Literal, Protocol

from sozialraum.messages import text
from sozialraum.sources.dates import iso_date

MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12, "two-yearly": 24, "five-yearly": 60}
"""Months between two reference dates of a rhythm; the irregular has none."""
SOON = timedelta(days=30)
"""So long before its day a delivery is due soon."""
EVERY_YEAR = re.compile(r"\d\d-\d\d")
LEAP_YEAR = "2024-"
Punctuality = Literal["late", "due soon", "complete"]


class Timed(Protocol):
    """What a description says about the time of a delivery."""

    @property
    def rhythm(self) -> str: ...  # noqa: D102
    @property
    def due(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def received(self) -> str: ...  # noqa: D102
    @property
    def expected(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def expected_since(self) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Standing:
    """How a delivery stands on a day.

    Parameters
    ----------
    state
        ``"late"``: a reference date is not there though its day has passed;
        ``"due soon"``: its day comes within 30 days; else ``"complete"``.
    due
        ISO day by which the next reference date that is not there is due; ``""`` where
        nothing says so.
    absent
        Reference dates that are late, ascending.
    """

    state: Punctuality
    due: str = ""
    absent: tuple[str, ...] = ()


def standing(timed: Timed, dates: Collection[str], on: date) -> Standing:
    """Return how a delivery stands.

    Parameters
    ----------
    timed
        What its description says.
    dates
        Reference dates that are there (ISO).
    on
        The day to judge by.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> yearly = SimpleNamespace(
    ...     rhythm="yearly", due=("03-31",), expected=(), expected_since="2024-12-31"
    ... )
    >>> standing(yearly, ["2024-12-31"], date(2026, 4, 1))
    Standing(state='late', due='2026-03-31', absent=('2025-12-31',))
    >>> standing(yearly, ["2024-12-31", "2025-12-31"], date(2026, 4, 1))
    Standing(state='complete', due='2027-03-31', absent=())
    """
    awaited = [
        (by, day)
        for day in takewhile(lambda day: _passed(day, on), _expected(timed))
        if day not in dates and (by := due_of(day, timed.due)) is not None
    ]
    absent = tuple(sorted(day for by, day in awaited if by < on))
    later = [by for by, _ in awaited if by >= on]
    following = next((d for d in _expected(timed) if d not in dates and not _passed(d, on)), None)
    if following is not None and (by := due_of(following, timed.due)) is not None:
        later.append(by)
    first = min([by for by, _ in awaited] + later, default=None)
    due = first.isoformat() if first else ""
    if absent:
        return Standing("late", due, absent)
    soon = bool(later) and min(later) - on <= SOON
    return Standing("due soon" if soon else "complete", due)


def due_of(day: str, due: Sequence[str]) -> date | None:
    """Return the first day after a reference date by which it is due.

    Without any day a reference date is due at once; None where all days have passed before.

    Examples
    --------
    >>> due_of("2025-12-31", ["03-31", "09-30"]), due_of("2026-03-31", ["03-31"])
    (datetime.date(2026, 3, 31), datetime.date(2027, 3, 31))
    """
    start = date.fromisoformat(day)
    if not due:
        return start
    days = [
        _in_year(one, year)
        for one in due
        for year in ((start.year, start.year + 1) if EVERY_YEAR.fullmatch(one) else (0,))
    ]
    return min((one for one in days if one > start), default=None)


def rhythm_faults(timed: Timed, place: str) -> list[str]:
    """Return what is wrong with what a description says about the time of a delivery."""
    faults = [
        _fault("fault_due", f"{place}.due", one)
        for one in timed.due
        if iso_date(LEAP_YEAR + one if EVERY_YEAR.fullmatch(one) else one) is None
        or not re.fullmatch(r"(\d{4}-)?\d\d-\d\d", one)
    ]
    single = {"received": timed.received, "expected_since": timed.expected_since}
    days = [*single.items(), *(("expected", day) for day in timed.expected)]
    faults += [
        _fault("fault_day", f"{place}.{name}", day)
        for name, day in days
        if day and iso_date(day) != day
    ]
    if timed.expected_since and timed.rhythm not in MONTHS:
        faults.append(_fault("fault_rhythm", f"{place}.rhythm", ", ".join(MONTHS)))
    if timed.expected_since and timed.expected:
        faults.append(_fault("fault_both", f"{place}.expected"))
    if timed.due and not (timed.expected or timed.expected_since):
        faults.append(_fault("fault_expected", f"{place}.expected"))
    return faults


def _fault(kind: str, place: str, hint: str = "") -> str:
    return text(f"deliveries.{kind}", place=place, hint=hint)


def _expected(timed: Timed) -> Iterator[str]:
    """Yield the reference dates that should be there one day, ascending; maybe without end."""
    if not timed.expected_since:
        yield from sorted(timed.expected)
        return
    first = date.fromisoformat(timed.expected_since)
    for step in count():
        yield _moved(first, step * MONTHS[timed.rhythm]).isoformat()


def _passed(day: str, on: date) -> bool:
    return date.fromisoformat(day) <= on


def _moved(first: date, months: int) -> date:
    """Return a day some months later; the last day of a month stays the last day."""
    years, month = divmod(first.month - 1 + months, 12)
    year, month = first.year + years, month + 1
    last = calendar.monthrange(year, month)[1]
    ends = first.day == calendar.monthrange(first.year, first.month)[1]
    return date(year, month, last if ends else min(first.day, last))


def _in_year(one: str, year: int) -> date:
    """Return a day of a year; 29 February is the 28th where there is none."""
    if not year:
        return date.fromisoformat(one)
    month, day = map(int, one.split("-"))
    return date(year, month, min(day, calendar.monthrange(year, month)[1]))
