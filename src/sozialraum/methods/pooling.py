"""Years added up, so that cohorts too small alone can be shown: windows without overlap."""

from collections.abc import Sequence

from sozialraum.methods.totals import Counts

YEAR = 4
"""Digits of the year that an ISO date begins with."""


def year_of(date: str) -> int | None:
    """Return the year of an ISO date; None where it names none.

    Examples
    --------
    >>> year_of("2025-12-31"), year_of("2025"), year_of("")
    (2025, 2025, None)
    """
    head, rest = date[:YEAR], date[YEAR:]
    named = len(head) == YEAR and head.isascii() and head.isdigit() and rest[:1] in ("", "-")
    return int(head) if named else None


def one_a_year(dates: tuple[str, ...]) -> bool:
    """Return whether every date has a year, and no year two of them.

    Examples
    --------
    >>> one_a_year(("2024-12-31", "2025-12-31")), one_a_year(("2025-06-30", "2025-12-31"))
    (True, False)
    """
    years = [year_of(date) for date in dates]
    return None not in years and len(set(years)) == len(years)


def windows(dates: tuple[str, ...], size: int) -> list[tuple[str, ...]]:
    """Return windows of consecutive years: the last ends at the latest date, none overlap.

    Parameters
    ----------
    dates
        ISO dates, one a year.
    size
        Years a window.

    Returns
    -------
    list of tuple
        Windows in order of time, dates in order of time; a year without a date has the
        day of the latest one. Years at the beginning that fill no window are left out.

    Examples
    --------
    >>> windows(("2021-12-31", "2022-12-31", "2023-12-31", "2025-12-31"), 2)
    [('2022-12-31', '2023-12-31'), ('2024-12-31', '2025-12-31')]
    """
    by_year = {year_of(date) or 0: date for date in dates}
    if not by_year:
        return []
    first, last = min(by_year), max(by_year)
    day = by_year[last][YEAR:]
    ends = range(last, first + size - 2, -size)
    spans = [range(end - size + 1, end + 1) for end in reversed(ends)]
    return [tuple(by_year.get(y, f"{y:0{YEAR}d}{day}") for y in span) for span in spans]


def window_years(date: str, size: int) -> tuple[int, int] | None:
    """Return the first and last year of the window that a date labels; None without a year.

    Examples
    --------
    >>> window_years("2025-12-31", 3), window_years("2025-12-31", 1)
    ((2023, 2025), (2025, 2025))
    """
    last = year_of(date)
    return None if last is None else (last - size + 1, last)


def apart(dates: Sequence[str], size: int) -> tuple[str, ...]:
    """Return the dates whose windows share no year, counted back from the last.

    Parameters
    ----------
    dates
        ISO dates, ascending; each labels the window of years that ends with it.
    size
        Years a window; with one, every date stands for itself.

    Examples
    --------
    >>> apart(("2021-12-31", "2022-12-31", "2023-12-31", "2024-12-31", "2025-12-31"), 3)
    ('2022-12-31', '2025-12-31')
    """
    kept: list[str] = []
    for date in reversed(dates):
        window = window_years(date, size)
        after = window_years(kept[-1], size) if kept else None
        if size == 1 or not window or not after or window[1] < after[0]:
            kept.append(date)
    return tuple(reversed(kept))


def added(counts: Counts, size: int) -> Counts:
    """Return the sums of every `size` rows; missing as soon as one of them is.

    Parameters
    ----------
    counts
        (windows × size, places) counts, the rows of a window one after another.
    size
        Rows a window.

    Returns
    -------
    Counts
        (windows, places); the limits are sums of limits, the reason is the strongest of a
        window, the supplier's minimum the largest.

    Examples
    --------
    >>> import numpy as np
    >>> parts = Counts(*(np.array([[2.0], [3.0]]), np.array([[2.0], [9.0]])),
    ...                np.array([[0], [1]]), np.array([[0], [10]]))
    >>> total = added(parts, 2)
    >>> total.value, total.low, total.high, total.minimum
    (array([[nan]]), array([[5.]]), array([[11.]]), array([[10]]))
    """
    split = (-1, size, counts.low.shape[1])
    return Counts(
        counts.low.reshape(split).sum(axis=1),
        counts.high.reshape(split).sum(axis=1),
        counts.missing.reshape(split).max(axis=1),
        counts.minimum.reshape(split).max(axis=1),
    )


def largest(counts: Counts, size: int) -> Counts:
    """Return the largest of every `size` rows; missing as soon as one of them is.

    For what may recur year after year, such as households with several children: the sum
    over years would count them more than once, the largest year is a safe lower limit.

    Examples
    --------
    >>> import numpy as np
    >>> parts = Counts(*(np.array([[2.0], [3.0]]),) * 2, *(np.zeros((2, 1), dtype=int),) * 2)
    >>> largest(parts, 2).value
    array([[3.]])
    """
    split = (-1, size, counts.low.shape[1])
    return Counts(
        counts.low.reshape(split).max(axis=1),
        counts.high.reshape(split).max(axis=1),
        counts.missing.reshape(split).max(axis=1),
        counts.minimum.reshape(split).max(axis=1),
    )
