"""Reference dates: as columns, file names and reporting months write them."""

import calendar
import re
from datetime import date

GERMAN_MONTHS = (
    *("jan", "feb", "mär", "apr", "mai", "jun"),
    *("jul", "aug", "sep", "okt", "nov", "dez"),
)
MONTHS = {name: i + 1 for i, name in enumerate(GERMAN_MONTHS)}
MONTHS |= {"mrz": 3, "mar": 3, "may": 5, "oct": 10, "dec": 12}
FULL = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")
GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.((?:19|20)\d\d)")
YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d)")
MONTH = re.compile(r"((?:19|20)\d\d)[-_.]?(\d\d)|(\d{1,2})[./]((?:19|20)\d\d)")
NAMED_MONTH = re.compile(r"([a-zäöü]{3,9})\.?\s*((?:19|20)\d\d)", re.IGNORECASE)


def iso_date(text: str) -> str | None:
    """Return an ISO date, or None where a text is no date.

    A month stands for its last day, a year for 31 December.

    Examples
    --------
    >>> [iso_date(t) for t in ("2025", "31.12.2025", "202512", "Dez 2025", "2025-12-31T00:00:00")]
    ['2025-12-31', '2025-12-31', '2025-12-31', '2025-12-31', '2025-12-31']
    """
    span = _span(text)
    return span[1] if span else None


def first_day(text: str) -> str | None:
    """Return the first day of what a text stands for, or None where it is no date.

    Examples
    --------
    >>> [first_day(t) for t in ("2025", "31.12.2025", "202512", "Dez 2025")]
    ['2025-01-01', '2025-12-31', '2025-12-01', '2025-12-01']
    """
    span = _span(text)
    return span[0] if span else None


def date_in_name(name: str) -> str | None:
    """Return the one date or year in a file name, or None if there is none or several.

    Examples
    --------
    >>> date_in_name("05999001_einwohner_2025.csv"), date_in_name("2016_bis_2025.csv")
    ('2025-12-31', None)
    """
    days = {_day(*map(int, match.groups())) for match in FULL.finditer(name)} - {None}
    if days:
        return days.pop() if len(days) == 1 else None
    years = set(YEAR.findall(name))
    return f"{years.pop()}-12-31" if len(years) == 1 else None


def _span(text: str) -> tuple[str, str] | None:
    """Return first and last day of a day, a month or a year."""
    text = text.strip().removesuffix(".0")
    text = re.sub(r"[T ]00:00:00(\.0+)?$", "", text)
    if match := FULL.fullmatch(text):
        day = _day(*map(int, match.groups()))
        return (day, day) if day else None
    if match := GERMAN.fullmatch(text):
        day = _day(*map(int, reversed(match.groups())))
        return (day, day) if day else None
    if match := YEAR.fullmatch(text):
        return f"{match[1]}-01-01", f"{match[1]}-12-31"
    if match := MONTH.fullmatch(text):
        return _month(int(match[1] or match[4]), int(match[2] or match[3]))
    if match := NAMED_MONTH.fullmatch(text):
        return _month(int(match[2]), MONTHS.get(match[1].casefold()[:3], 0))
    return None


def _day(year: int, month: int, day: int) -> str | None:
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None


def _month(year: int, month: int) -> tuple[str, str] | None:
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    return date(year, month, 1).isoformat(), date(year, month, last).isoformat()
