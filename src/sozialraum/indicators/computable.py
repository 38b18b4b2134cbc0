"""Which indicators of a catalogue can be computed from what was delivered, and why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from sozialraum import schema
from sozialraum.messages import default_language, text
from sozialraum.model import Delivery, Indicator
from sozialraum.model.definitions import Level

COLUMNS = ("id", "theme", "computable", "level", "reason")
RANKS: dict[str, int] = {"cell": 0, "area": 0, "school": 0, "municipality": 1, "county": 2}
"""What can be summed to areas, to municipalities, to the county."""
NAMES: tuple[Level, ...] = ("area", "municipality", "county")


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a count: its dates and its rank; None where only its name is."""

    dates: frozenset[str] | None = None
    rank: int | None = None


def check_indicators(
    indicators: Sequence[Indicator],
    counts: Iterable[Delivery | str],
    *,
    blocks: Mapping[str, str] | None = None,
    language: str | None = None,
) -> pd.DataFrame:
    """Return which indicators can be computed, for which areas, and why the others cannot.

    Parameters
    ----------
    indicators
        The catalogue.
    counts
        Deliveries, or names of counts such as ``"sgb2.persons"`` and ``"households"``. Of a
        bare name neither dates nor levels are known, so these are not checked.
    blocks
        Counts that the blocks carry, with their ISO date; ``""`` where it is not known.
    language
        ``"de"`` or ``"en"``; the reader's language when omitted.

    Returns
    -------
    DataFrame
        One row an indicator: `id`, first `theme`, `computable` (as finely as the catalogue
        says), finest `level` that all its counts have (``"area"``, ``"municipality"``,
        ``"county"``; ``""`` where a count is missing or no level is known) and `reason`: why
        not, or what must be left out of the definition; empty where nothing is to be said.

    Examples
    --------
    >>> children = Indicator("u15", "register.u15", "register.residents", "Kinder", "children")
    >>> check_indicators([children], ["register.u15"], language="en")["reason"][0]
    'Delivery "register" has no variable "residents".'
    """
    language = language or default_language()
    known = _known(counts, blocks or {})
    rows = [_row(indicator, known, language) for indicator in indicators]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _known(counts: Iterable[Delivery | str], blocks: Mapping[str, str]) -> dict[str, _Known]:
    known = {name: _Known(frozenset([date]) if date else None, 0) for name, date in blocks.items()}
    for one in counts:
        if isinstance(one, str):
            known[one] = _Known()
            continue
        for variable, rows in one.table.groupby("variable", observed=True):
            rank = min(RANKS[level] for level in rows["level"].unique())
            known[f"{one.name}.{variable}"] = _Known(frozenset(rows[schema.DATE]), rank)
    return known


def _row(indicator: Indicator, known: Mapping[str, _Known], language: str) -> tuple[object, ...]:
    """Return the row of one indicator."""
    theme = indicator.themes[0] if indicator.themes else ""
    references = [one for one in (indicator.numerator, indicator.denominator) if one]
    missing = [_missing(one, known, language) for one in references if not _found(one, known)]
    if missing:
        return indicator.id, theme, False, "", " ".join(dict.fromkeys(missing))
    ranks = [rank for one in references if (rank := _rank(one, known)) is not None]
    level = NAMES[max(ranks)] if ranks else ""
    reasons = _too_coarse(indicator, level, language) + _no_date(indicator, known, language)
    reasons += _too_few_years(indicator, known, language)
    left_out = [
        name
        for one in (*references, indicator.behind or "")
        for name in one.split("|")
        if name and name not in known
    ]
    remarks = [_text("without", language, names=", ".join(dict.fromkeys(left_out)))]
    said = reasons or (remarks if left_out else [])
    return indicator.id, theme, not reasons, level, " ".join(said)


def _text(sentence: str, language: str, /, **values: object) -> str:
    return text(f"computable.{sentence}", language, **values)


def _found(reference: str, known: Mapping[str, _Known]) -> list[_Known]:
    return [known[name] for name in reference.split("|") if name in known]


def _missing(reference: str, known: Mapping[str, _Known], language: str) -> str:
    """Return which delivery or variable the first choice of a count lacks."""
    first = reference.split("|", maxsplit=1)[0]
    delivery, dot, variable = first.partition(".")
    if not dot:
        return _text("no_block", language, name=first)
    delivered = {name.partition(".")[0] for name in known if "." in name}
    if delivery not in delivered:
        return _text("no_delivery", language, name=delivery)
    return _text("no_variable", language, name=delivery, variable=variable)


def _rank(reference: str, known: Mapping[str, _Known]) -> int | None:
    ranks = [one.rank for one in _found(reference, known) if one.rank is not None]
    return min(ranks) if ranks else None


def _too_coarse(indicator: Indicator, level: str, language: str) -> list[str]:
    wanted = NAMES[RANKS[indicator.smallest_level]]
    if not level or RANKS[level] <= RANKS[wanted]:
        return []
    words = {name: _text(f"level_{name}", language) for name in NAMES}
    return [_text("too_coarse", language, found=words[level], wanted=words[wanted])]


def _dates(reference: str, known: Mapping[str, _Known]) -> frozenset[str] | None:
    """Return the dates of a count, None where they are not known of every alternative."""
    dates = [one.dates for one in _found(reference, known)]
    if any(one is None for one in dates):
        return None
    return frozenset(date for one in dates for date in one or ())


def _no_date(indicator: Indicator, known: Mapping[str, _Known], language: str) -> list[str]:
    """Return a reason where the denominator has not the dates that it is needed for."""
    if indicator.denominator is None:
        return []
    own, there = _dates(indicator.numerator, known), _dates(indicator.denominator, known)
    if there is None:
        return []
    declared = indicator.denominator_date
    needed = own or frozenset() if declared == "same" else {declared}
    lacking = sorted(needed - there)
    if not lacking:
        return []
    values = {"name": indicator.denominator, "dates": ", ".join(lacking)}
    return [_text("no_date", language, known=", ".join(sorted(there)), **values)]


def _too_few_years(indicator: Indicator, known: Mapping[str, _Known], language: str) -> list[str]:
    """Return a reason where fewer years are known than are to be added up."""
    dates = _dates(indicator.numerator, known)
    if dates is None or len(dates) >= indicator.pool:
        return []
    return [_text("too_few_years", language, pool=indicator.pool, count=len(dates))]


def check_days(indicators: Sequence[Indicator], *, language: str | None = None) -> list[str]:
    """Return a warning for every pair of different days that counts are divided across.

    A numerator is divided by the denominator of its own date unless `denominator_date`
    declares another, so counts of different usual days meet only once that is settled.

    Examples
    --------
    >>> school = Indicator("a", "s.a", "register.u15", "A", "A", numerator_day="10-15",
    ...                    denominator_day="12-31")
    >>> [warning[:22] for warning in check_days([school], language="en")]
    ['a: numerator on 15 Oct']
    """
    language = language or default_language()
    apart: dict[tuple[str, str], list[str]] = {}
    for one in indicators:
        days = (one.numerator_day, one.denominator_day)
        if one.denominator_date == "same" and all(days) and days[0] != days[1]:
            apart.setdefault(days, []).append(one.id)
    return [
        _text(
            "days_differ",
            language,
            ids=", ".join(ids),
            numerator=_day(days[0], language),
            denominator=_day(days[1], language),
        )
        for days, ids in apart.items()
    ]


def _day(day: str, language: str) -> str:
    month, number = day.split("-")
    months = _text("months", language).split()
    return _text("day", language, day=int(number), month=months[int(month) - 1])


def tally_themes(indicators: Sequence[Indicator]) -> pd.DataFrame:
    """Return how many burdens, strengths and facts of context each theme has.

    Returns
    -------
    DataFrame
        Indexed by theme, in the order in which they occur: `burdens`, `strengths`,
        `context`, and `untargeted`, the effects (`kind` outcome) without a target.

    Examples
    --------
    >>> shelter = Indicator("a", "a", "b", "A", "A", polarity=-1, themes=("pflege",))
    >>> tally_themes([shelter]).loc["pflege"].to_list()
    [0, 1, 0, 0]
    """
    rows = [
        (theme, one.polarity == 1, one.polarity == -1, one.polarity == 0, _untargeted(one))
        for one in indicators
        for theme in one.themes
    ]
    names = ["theme", "burdens", "strengths", "context", "untargeted"]
    table = pd.DataFrame(rows, columns=names)
    return table.groupby("theme", sort=False).sum().astype("int64")


def _untargeted(indicator: Indicator) -> bool:
    return indicator.kind == "outcome" and indicator.target is None
