"""What goes into an index: dates, indicators, domains; what stays outside, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date as day

from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.index.series import breaks_between
from sozialraum.index.values import Published
from sozialraum.messages import default_language, text
from sozialraum.model import Indicator, Method
from sozialraum.model.method import Domain


@dataclass(frozen=True, slots=True)
class Choice:
    """What an index is made of.

    Parameters
    ----------
    method
        With the indicators of every domain.
    date, start, baseline
        Dates; `start` and `baseline` are empty where there are no dynamics.
    standing, moving
        Ids of the indicators of status and dynamics.
    notes
        Sentences about breaks that were met, and indicators without values.
    """

    method: Method
    date: str
    start: str
    baseline: str
    standing: tuple[str, ...]
    moving: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; None where the data decide."""

    indicators: Sequence[str] | None = None
    changes: Sequence[str] = ()
    date: str | None = None
    years: int | None = None
    baseline: str | None = None


def choose(source: Published, method: Method, wish: Wish) -> Choice:
    """Return what an index of a release is made of.

    Raises
    ------
    IndicatorError
        An indicator asked for, or a domain of the method, has no values at the date.
    StatisticsError
        Nothing can be scored, or the baseline lies behind a break.
    """
    date, chosen = _standing(source, method, wish)
    method = _with_members(method, chosen)
    standing = tuple(one.id for one in chosen)
    if wish.changes:
        changes = [source.release.indicator(name) for name in wish.changes]
        absent = [one.id for one in changes if not source.has(date, one.id)]
        if absent:
            raise IndicatorError("index.not_published", ids=absent, when=_when(date))
        return Choice(method, date, "", "", standing, tuple(one.id for one in changes))
    years = method.years if wish.years is None else wish.years
    start = years_before(date, years) if years else ""
    present = [one for one in chosen if start and source.has(start, one.id)]
    moving = [one for one in present if not _broken(one, "block", start, date)]
    notes = _left_out(source, method, wish, date)
    notes += _without_start(chosen, present)
    notes += [_note("blocked", one) for one in present if one not in moving]
    notes += [_note("marked", one) for one in moving if _broken(one, "mark", start, date)]
    if not moving:
        return Choice(method, date, "", "", standing, (), tuple(notes))
    baseline = wish.baseline or start
    _check_baseline(source, moving, baseline, date)
    return Choice(
        method, date, start, baseline, standing, tuple(one.id for one in moving), tuple(notes)
    )


def years_before(date: str, years: int) -> str:
    """Return the same day some years earlier (28 February for 29 February).

    Examples
    --------
    >>> years_before("2024-12-31", 2), years_before("2024-02-29", 2)
    ('2022-12-31', '2022-02-28')
    """
    try:
        then = day.fromisoformat(date)
    except ValueError:
        return ""
    try:
        return then.replace(year=then.year - years).isoformat()
    except ValueError:
        return then.replace(year=then.year - years, day=28).isoformat()


def _standing(source: Published, method: Method, wish: Wish) -> tuple[str, list[Indicator]]:
    """Return the date of the status and the indicators that go in."""
    release = source.release
    asked = None if not wish.indicators else [release.indicator(n) for n in wish.indicators]
    wanted = asked or _of_method(method, release.indicators)
    shared = {d: sum(source.has(d, one.id) for one in wanted) for d in source.dates}
    date = wish.date or max(shared, key=lambda d: (shared[d], d), default="")
    present = [one for one in wanted if source.has(date, one.id)]
    absent = [one.id for one in wanted if one not in present]
    if asked and absent:
        raise IndicatorError("index.not_published", ids=absent, when=_when(date))
    lacking = [d.id for d in method.domains if not d.theme and not _members(d, present)]
    if lacking:
        known = ", ".join(one.id for one in release.indicators if source.has(date, one.id))
        raise IndicatorError(
            "score.domain_missing", ids=lacking, method=method.id, when=_when(date), known=known
        )
    if not present:
        raise StatisticsError("index.nothing_to_score", date=date)
    return date, present


def _of_method(method: Method, indicators: Sequence[Indicator]) -> list[Indicator]:
    """Return the indicators a method scores unless told: all that have a direction."""
    directed = [one for one in indicators if one.polarity != 0]
    if not method.domains:
        return directed
    return [one for one in directed if any(_members(d, [one]) for d in method.domains)]


def _members(domain: Domain, indicators: Sequence[Indicator]) -> list[str]:
    """Return the ids of the indicators that belong to a domain."""
    if domain.theme:
        return [one.id for one in indicators if domain.theme in one.themes]
    names = domain.indicators or (domain.id,)
    return [one.id for one in indicators if one.id in names]


def _with_members(method: Method, chosen: Sequence[Indicator]) -> Method:
    """Return a method that names the indicators of every domain, each in the first it fits."""
    if not method.domains:
        return method
    left, domains = list(chosen), []
    for domain in method.domains:
        members = _members(domain, left)
        left = [one for one in left if one.id not in members]
        if members:
            domains.append(replace(domain, indicators=tuple(members)))
    if left:
        ids = [one.id for one in left]
        raise IndicatorError("score.outside_domains", ids=ids, method=method.id)
    return replace(method, domains=tuple(domains))


def _broken(indicator: Indicator, effect: str, start: str, date: str) -> bool:
    """Return True if a break of a series lies after `start` and not after `date`."""
    return any(one.effect == effect for one in breaks_between(indicator, start, date))


def _check_baseline(
    source: Published, moving: Sequence[Indicator], baseline: str, date: str
) -> None:
    absent = [one.id for one in moving if not source.has(baseline, one.id)]
    if absent:
        raise IndicatorError("score.baseline_missing", ids=absent, date=baseline)
    broken = [one.id for one in moving if _broken(one, "block", baseline, date)]
    if broken:
        raise StatisticsError("score.baseline_over_break", ids=broken, date=baseline)


def _note(kind: str, indicator: Indicator) -> str:
    language = default_language()
    return text(f"score.note_{kind}", language, label=indicator.label(language))


def _left_out(source: Published, method: Method, wish: Wish, date: str) -> list[str]:
    """Return a note on the indicators that would go in if they had values at the date."""
    if wish.indicators:
        return []
    wanted = _of_method(method, source.release.indicators)
    return _labelled("index.note_no_value", [o for o in wanted if not source.has(date, o.id)])


def _without_start(chosen: Sequence[Indicator], present: Sequence[Indicator]) -> list[str]:
    """Return a note on the indicators that the dynamics lack, if there are dynamics."""
    if not present:
        return []
    return _labelled("index.note_no_start", [one for one in chosen if one not in present])


def _labelled(message: str, indicators: Sequence[Indicator]) -> list[str]:
    """Return a sentence with the labels of indicators, none without indicators."""
    language = default_language()
    labels = "; ".join(one.label(language) for one in indicators)
    return [text(message, language, labels=labels)] if labels else []


def _when(date: str) -> str:
    """Return a date as part of a sentence; nothing for tables that tell none."""
    return text("index.at_date", default_language(), date=date) if date else ""
