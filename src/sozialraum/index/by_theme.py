"""An index for every theme, and an index among areas of the same settlement type."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.index.chain import chain_of
from sozialraum.index.methods import read_method
from sozialraum.index.scoring import score
from sozialraum.index.settlement import settlement_types
from sozialraum.index.values import Published, small_areas
from sozialraum.model import Index, Indicator, Method, Release
from sozialraum.model.publishable import require_publishable
from sozialraum.schema import State

THEME = "theme"
THEME_COLUMNS = (schema.AREA_ID, THEME, "index", "status_class", "indicators", "state")
FEWEST = 3
"""Areas a settlement type has at least, or its own scale means nothing."""


def theme_indices(
    release: Release,
    *,
    themes: Sequence[str] | None = None,
    method: Method | str = "mss",
    date: str | None = None,
) -> pd.DataFrame:
    """Return an index of every theme, made of the indicators that belong to it.

    Parameters
    ----------
    release
        Published values; nothing else is looked at.
    themes
        Ids; all themes of the release's indicators when omitted.
    method
        How each index is computed; parts (domains) of a method are not used.
    date
        ISO date; the latest that most of the indicators share when omitted.

    Returns
    -------
    DataFrame
        One row an area × theme: `index` (high = burden), `status_class`, number of
        `indicators` behind it, `state`. A theme of which no index can be made (no
        indicator with a direction and values at the date, or no spread) has 0 indicators
        and the state ``"not applicable"`` everywhere, so that nobody overlooks the gap.

    Raises
    ------
    IndicatorError
        A theme asked for belongs to no indicator.
    StatisticsError
        The release has no themes.

    Examples
    --------
    ::

        table = theme_indices(release)
        table.loc[table["indicators"] == 0, "theme"].unique()  # themes without any
    """
    require_publishable(release, "theme_indices")
    known = dict.fromkeys(theme for one in release.indicators for theme in one.themes)
    wanted = list(known) if themes is None else list(themes)
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        raise IndicatorError("explain.unknown_theme", ids=unknown, known=", ".join(known))
    if not wanted:
        raise StatisticsError("explain.no_themes")
    plain = replace(method if isinstance(method, Method) else read_method(method), domains=())
    source = Published.of(release)
    date = date or _latest(source, release)
    tables = [_one(source, theme, plain, date) for theme in wanted]
    return pd.concat(tables, ignore_index=True)[list(THEME_COLUMNS)]


def stratified(noun: Index | Release, settlement: pd.Series | None = None) -> pd.DataFrame:
    """Return the index among areas of the same settlement type.

    Small rural areas are then measured against other rural ones, not against the city.

    Parameters
    ----------
    noun
        An index, or a release, whose index is then computed by the default method.
    settlement
        Settlement types by `area_id`; from
        :func:`sozialraum.index.settlement.settlement_types` when omitted.

    Returns
    -------
    DataFrame
        Indexed by `area_id`: `settlement`, `areas` (of that type with an index),
        `status_index` and `status_class` over all areas, `index` and `class_within` of
        the same method over the type alone; missing for types of fewer than three areas
        and where the type is not known.
    """
    require_publishable(noun, "stratified")
    index = noun if isinstance(noun, Index) else score(noun)
    inputs = chain_of(index)
    types = settlement_types(index.release, given=settlement).reindex(index.table.index)
    kinds = types.fillna("").to_numpy(dtype=object)
    found = np.full(len(kinds), np.nan)
    number = np.zeros(len(kinds), dtype=int)
    for kind in sorted(set(kinds) - {""}):
        member = kinds == kind
        number[member] = int(index.table.loc[member, "status_index"].notna().sum())
        if number[member][0] < FEWEST:
            continue
        try:
            own = inputs.chain.status(np.where(member[:, None], inputs.now, np.nan)).index
        except StatisticsError:
            continue
        found[member] = own[member]
    classes = np.full(len(kinds), "", dtype=object)
    for kind in set(kinds):
        member = kinds == kind
        classes[member] = inputs.chain.classes(found[member])
    return pd.DataFrame(
        {
            "settlement": kinds,
            "areas": number,
            "status_index": index.table["status_index"],
            "status_class": index.table["status_class"],
            "index": found,
            "class_within": classes,
        },
        index=index.table.index,
    )


def _latest(source: Published, release: Release) -> str:
    """Return the latest date that most of the indicators with a direction share."""
    scored = [one.id for one in release.indicators if one.polarity]
    dates = source.dates
    if not dates:
        raise StatisticsError("explain.no_themes")
    return max(dates, key=lambda date: (sum(source.has(date, name) for name in scored), date))


def _one(source: Published, theme: str, method: Method, date: str) -> pd.DataFrame:
    """Return the rows of one theme."""
    chosen: list[Indicator] = [
        one
        for one in source.release.indicators
        if theme in one.themes and one.polarity and source.has(date, one.id)
    ]
    areas = small_areas(source.release)
    nothing = pd.DataFrame(
        {"index": np.nan, "status_class": "", "state": str(State.NOT_APPLICABLE)}, index=areas
    )
    table, number = nothing, 0
    if chosen:
        names = [one.id for one in chosen]
        try:
            found = score(
                source.release, method=method, indicators=names, date=date, years=0, draws=0
            )
        except StatisticsError:
            found = None
        if found is not None:
            columns = {"status_index": "index"}
            table = found.table[["status_index", "status_class", "state"]].rename(columns=columns)
            number = len(found.indicators)
    table = table.rename_axis(schema.AREA_ID).reset_index()
    return table.assign(theme=theme, indicators=number)
