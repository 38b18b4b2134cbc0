"""Counts to areas: what the catalogue asks for, from blocks and deliveries.

No share is computed here. A sum that contains a missing or suppressed count is missing
too; what is known of it are its limits.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError
from sozialraum.indicators.delivered import ABSENT, REASONS
from sozialraum.indicators.overlay import across_borders, find_places, make_overlay
from sozialraum.indicators.pooled import at_least, check_pools, notes_of, summed, windows_of
from sozialraum.indicators.resolve import Resolver, references_of
from sozialraum.messages import default_language, text
from sozialraum.methods.totals import KNOWN, Counts, either, nothing
from sozialraum.model import Areas, Blocks, Delivery, Indicator, Measures
from sozialraum.model.confidential import MEASURE_COLUMNS
from sozialraum.schema import State

__all__ = ["measure"]

_STATES = np.array([str(state) for state in REASONS], dtype=object)
_NO_DENOMINATOR = REASONS.index(State.NOT_APPLICABLE)


def measure(  # noqa: PLR0913 - counts, places and deliveries are separate nouns
    blocks: Blocks,
    areas: Areas,
    indicators: Sequence[Indicator],
    deliveries: Sequence[Delivery] = (),
    *,
    others: Sequence[Areas] = (),
    earlier: pd.DataFrame | None = None,
    county: str = "",
    residents: str | None = None,
    dates: Sequence[str] | None = None,
) -> Measures:
    """Return the counts behind every indicator for areas, municipalities and county.

    Parameters
    ----------
    blocks, areas
        Blocks with counts, and the partition of them.
    indicators
        Catalogue. A count is a block variable or ``"<delivery>.<variable>"``; several
        names joined by ``|`` are alternatives, of which a place takes the first it has.
        With `pool` years added up, a date stands for the window that ends with it; windows
        go back from the latest date and never overlap.
    deliveries
        What offices delivered. Rows of level `cell` are summed through the membership,
        rows of level `area` are matched by key with the geography that the delivery
        names; a municipality's own row wins over the sum of its areas.
    others
        Further geographies over the same blocks, such as school districts or electoral
        districts; they may cross municipal borders. Their areas are summed from whole
        small areas and from cells, unless an office delivered them itself.
    earlier
        Areas published before, indexed by `block_id`, one column a geography such as
        ``"R1/areas"``, ``""`` where a block lay in none.
    county
        Name of the county.
    residents
        Name of the count that gives residents; ``"register.residents"`` or the block
        variable ``"residents"`` when omitted, unknown when neither exists.
    dates
        ISO dates wanted; all when omitted.

    Returns
    -------
    Measures
        One row a place × indicator × date of the numerator. With `others` or `earlier`
        also one for every piece that all geographies cut each other into
        (:data:`sozialraum.schema.OVERLAY_LEVEL`), as far as the source is finer than areas.

    Raises
    ------
    IndicatorError
        A name is unknown, a denominator is missing at the date of its numerator, a
        numerator exceeds its denominator or the whole it is part of, or a count that is
        no estimate has a fraction. Or geographies share names or ids of areas, or a
        delivery names none of them. Or years are to be added up that are none, or a count
        is shown both for single years and for several.
    """
    indicators = tuple(indicators)
    _check_catalogue(indicators)
    overlay = make_overlay(blocks, areas, others, earlier)
    places = find_places(blocks, areas, others, overlay)
    estimates = frozenset(name for i in indicators if i.estimate for name in _counts_of(i))
    resolver = Resolver(blocks, places, tuple(deliveries), estimates)
    residents = residents or _default_residents(resolver.names)
    wanted = [reference for i in indicators for reference in references_of(i)]
    resolver.check([*wanted, *([residents] if residents else [])])
    residents = resolver.trusted(residents)
    tables = _tables(resolver, indicators, dates)
    shown = len(places.keys) - len(places.atoms.keys)
    doubtful = _without_doubtful(tables, shown)
    _check_numerators(tables, places.keys)
    _check_parts(tables, places.keys)
    frames = [_frame(resolver, table, residents) for table in tables.values()]
    pools = notes_of([(table.indicator, table.dates) for table in tables.values()])
    noticed = (*resolver.notes(), *doubtful, *pools)
    return Measures(
        table=pd.concat(frames, ignore_index=True)[list(MEASURE_COLUMNS)],
        areas=replace(areas, crossing=across_borders(blocks, areas)),
        units=blocks.units,
        county=county,
        indicators=resolver.marked(indicators),
        barred=resolver.doubtful(indicators),
        sources=resolver.sources(),
        notes=(*blocks.notes, *areas.notes, *_notes_of(others), *noticed),
        others=tuple(replace(one, crossing=across_borders(blocks, one)) for one in others),
        overlay=overlay,
    )


def _notes_of(others: Sequence[Areas]) -> list[str]:
    return [note for one in others for note in one.notes]


class _Table:
    """Counts of one indicator: numerator, denominator and households, by date and place."""

    def __init__(
        self, resolver: Resolver, indicator: Indicator, windows: list[tuple[str, ...]]
    ) -> None:
        self.indicator, self.dates = indicator, tuple(window[-1] for window in windows)
        years = indicator.pool
        every = [date for window in windows for date in window]
        self.numerator = summed(resolver.at(indicator.numerator, every), years)
        places = self.numerator.low.shape[1]
        empty = nothing(len(windows), places, _NO_DENOMINATOR)
        self.denominator = empty
        if indicator.denominator is not None:
            declared = indicator.denominator_date
            at = every if declared == "same" else [declared] * len(every)
            self.denominator = summed(resolver.at(indicator.denominator, at), years)
        self.behind = nothing(len(windows), places, ABSENT)
        if resolver.trusted(indicator.behind) is not None:
            assert indicator.behind is not None
            self.behind = at_least(resolver.at(indicator.behind, every), years)


def _counts_of(indicator: Indicator) -> list[str]:
    return [name for reference in references_of(indicator) for name in reference.split("|")]


def _check_catalogue(indicators: tuple[Indicator, ...]) -> None:
    if not indicators:
        raise IndicatorError("measure.no_indicators")
    names = [indicator.id for indicator in indicators]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise IndicatorError("measure.indicator_twice", ids=twice)
    check_pools(indicators)


def _default_residents(names: list[str]) -> str | None:
    return next((name for name in ("register.residents", "residents") if name in names), None)


def _tables(
    resolver: Resolver, indicators: tuple[Indicator, ...], dates: Sequence[str] | None
) -> dict[str, _Table]:
    """Return the counts of every indicator; raise where a denominator has no such date."""
    chosen: dict[str, list[tuple[str, ...]]] = {}
    faults = []
    for indicator in indicators:
        counted, _ = resolver.find(indicator.numerator)
        windows = windows_of(indicator, counted, dates)
        own = [date for window in windows for date in window if date in counted]
        if indicator.denominator is not None:
            known, _ = resolver.find(indicator.denominator)
            declared = indicator.denominator_date
            needed = own if declared == "same" else (declared,)
            lacking = ", ".join(_shown(date) for date in needed if date not in known)
            present = ", ".join(map(_shown, known))
            if lacking:
                faults.append(f"{indicator.id} ({lacking}; {indicator.denominator}: {present})")
        if windows:
            chosen[indicator.id] = windows
    if faults:
        raise IndicatorError("measure.denominator_date", ids=faults)
    if not chosen:
        known = sorted({d for i in indicators for d in resolver.find(i.numerator)[0]})
        raise IndicatorError("measure.no_dates", ids=dates or (), known=", ".join(known))
    return {i.id: _Table(resolver, i, chosen[i.id]) for i in indicators if i.id in chosen}


def _shown(date: str) -> str:
    return date or text("measure.no_date", default_language())


def _without_doubtful(tables: dict[str, _Table], shown: int) -> tuple[str, ...]:
    """Take out counts of pieces that contradict each other; say for which indicators.

    Pieces are never published, and cells of two offices need not fit in each of them; but
    a contradiction must not be taken for a fact about them either.
    """
    affected = []
    for name, table in tables.items():
        over = table.numerator.value > np.where(
            table.denominator.missing == KNOWN, table.denominator.low, np.inf
        )
        over[:, :shown] = False
        if over.any():
            affected.append(name)
            gone = nothing(*over.shape, absent=ABSENT)
            table.numerator = either(over, gone, table.numerator)
            table.denominator = either(over, gone, table.denominator)
    for name, table in tables.items():
        whole = tables.get(table.indicator.part_of or "")
        over = np.zeros(table.numerator.low.shape, dtype=bool)
        for d, date in enumerate(table.dates if whole else ()):
            assert whole is not None
            if date in whole.dates:
                limit = whole.numerator.high[whole.dates.index(date)]
                over[d, shown:] = table.numerator.low[d, shown:] > limit[shown:]
        if over.any():
            affected.append(name)
            table.numerator = either(over, nothing(*over.shape, absent=ABSENT), table.numerator)
    if not affected:
        return ()
    named = ", ".join(sorted(set(affected)))
    return (text("measure.pieces_disagree", default_language(), names=named),)


def _check_numerators(tables: dict[str, _Table], keys: list[str]) -> None:
    """Raise where a numerator exceeds its denominator; names places, never counts."""
    faults = []
    for name, table in tables.items():
        over = table.numerator.value > np.where(
            table.denominator.missing == KNOWN, table.denominator.low, np.inf
        )
        faults += [f"{keys[p]} ({name}, {table.dates[d]})" for d, p in np.argwhere(over)]
    if faults:
        raise IndicatorError("measure.numerator_exceeds", ids=faults)


def _check_parts(tables: dict[str, _Table], keys: list[str]) -> None:
    """Raise where a count exceeds the count that the catalogue says contains it."""
    faults = []
    for name, table in tables.items():
        whole = tables.get(table.indicator.part_of or "")
        for d, date in enumerate(table.dates if whole else ()):
            assert whole is not None
            if date in whole.dates:
                limit = whole.numerator.high[whole.dates.index(date)]
                over = np.flatnonzero(table.numerator.low[d] > limit)
                faults += [f"{keys[p]} ({name}, {date})" for p in over]
    if faults:
        raise IndicatorError("measure.part_exceeds", ids=faults)


def _frame(resolver: Resolver, table: _Table, residents: str | None) -> pd.DataFrame:
    """Return the rows of one indicator in the order date, place."""
    places, dates = resolver.places, table.dates
    n = len(places.keys)
    numerator, denominator = table.numerator, table.denominator
    people = np.full((len(dates), n), np.nan)
    if residents is not None:
        people = resolver.latest(residents, dates)
    unknown = (numerator.missing == ABSENT) & (numerator.low == 0)
    at_most = np.fmin(
        numerator.high, np.where(denominator.missing == KNOWN, denominator.low, np.inf)
    )
    behind = table.behind
    minimum = np.max([numerator.minimum, denominator.minimum, behind.minimum], axis=0)
    columns = {
        "numerator": numerator.value,
        "numerator_low": np.where(unknown, np.nan, numerator.low),
        "numerator_high": np.where(unknown | np.isinf(at_most), np.nan, at_most),
        "numerator_state": _states(numerator),
        "denominator": denominator.value,
        "denominator_state": _states(denominator),
        "behind_low": np.where(behind.missing == ABSENT, np.nan, behind.low),
        "residents": people,
        "supplier_minimum": minimum,
    }
    keys = {
        schema.GEOGRAPHY: np.tile(np.array(places.geographies, dtype=object), len(dates)),
        schema.AREA_ID: np.tile(np.array(places.keys, dtype=object), len(dates)),
        schema.INDICATOR: table.indicator.id,
        schema.DATE: np.repeat(np.array(dates, dtype=object), n),
    }
    return pd.DataFrame(keys | {name: values.ravel() for name, values in columns.items()})


def _states(counts: Counts) -> np.ndarray:
    return _STATES[counts.missing]
