"""Years of a cohort that are added up before anything else (`Indicator.pool`)."""

from collections.abc import Collection, Sequence
from itertools import combinations

from sozialraum.errors import IndicatorError
from sozialraum.messages import default_language, text
from sozialraum.methods import pooling
from sozialraum.methods.totals import Counts
from sozialraum.model import Indicator


def check_pools(indicators: Sequence[Indicator]) -> None:
    """Raise where readers could subtract single years from pooled ones.

    A count shown for single years and for several together gives away a hidden year; so
    does one that is part of the other. Denominators alone protect nobody.
    """
    named = {one.id: one for one in indicators}
    faults = []
    for one, other in combinations(indicators, 2):
        related = named.get(one.part_of or "") is other or named.get(other.part_of or "") is one
        if one.pool != other.pool and (related or _shares(one, other) or _shares(other, one)):
            faults.append(f"{one.id} ({one.pool}) / {other.id} ({other.pool})")
    if faults:
        raise IndicatorError("pooling.differs", ids=faults)


def _shares(one: Indicator, other: Indicator) -> bool:
    """Return whether a count that `one` shows is any of the counts of `other`."""
    shown = set(one.numerator.split("|"))
    used = (other.numerator, other.denominator or "", other.behind or "")
    return bool(shown & {name for reference in used for name in reference.split("|") if name})


def windows_of(
    indicator: Indicator, dates: tuple[str, ...], wanted: Collection[str] | None
) -> list[tuple[str, ...]]:
    """Return the windows of an indicator over the dates of its numerator, oldest first.

    Each is labelled by its last date; only labels in `wanted` are kept (all for None).
    """
    if indicator.pool == 1:
        return [(date,) for date in dates if wanted is None or date in wanted]
    if not pooling.one_a_year(dates):
        raise IndicatorError("pooling.years", ids=[indicator.id], known=", ".join(dates))
    if wanted is not None:
        dates = tuple(date for date in dates if date <= max(wanted, default=""))
    spans = pooling.windows(dates, indicator.pool)
    return [span for span in spans if wanted is None or span[-1] in wanted]


def summed(counts: Counts, years: int) -> Counts:
    """Return counts added up over the years of every window."""
    return counts if years == 1 else pooling.added(counts, years)


def at_least(counts: Counts, years: int) -> Counts:
    """Return what is behind every window at least: households recur, so their largest year."""
    return counts if years == 1 else pooling.largest(counts, years)


def notes_of(tables: Sequence[tuple[Indicator, tuple[str, ...]]]) -> tuple[str, ...]:
    """Return a sentence for every pooled indicator: which years each of its dates holds."""
    language = default_language()
    notes = []
    for indicator, labels in tables:
        if indicator.pool > 1:
            spans = [pooling.window_years(date, indicator.pool) for date in labels]
            years = ", ".join(f"{span[0]}–{span[1]}" for span in spans if span)
            named = {"name": indicator.id, "pool": indicator.pool, "years": years}
            notes.append(text("pooling.note", language, **named))
    return tuple(notes)
