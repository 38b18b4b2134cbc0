"""What interventions changed in an indicator, from published values only."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.evaluation.comparing import Found, Options, find
from sozialraum.evaluation.published import Series, series_of
from sozialraum.evaluation.spans import overlaps
from sozialraum.methods.pseudo_treated import LEVEL
from sozialraum.model import Evaluation, Indicator, Intervention, Release
from sozialraum.model.effects import EFFECT_COLUMNS, MATCH_COLUMNS, PATH_COLUMNS
from sozialraum.model.publishable import Publishable, release_of, require_publishable

PLAUSIBLE = 0.25
"""Interventions in areas hardly ever change a rate by more than this share of it."""
UNLIKE = 0.01
"""Courses before the start differ below this p. Areas chosen because they stand out have
unusual courses by chance, so 5 % would refuse too many that are comparable."""
TOLD = ("effect", "opposite", "none found")
"""Verdicts that come with an effect, its interval and its p."""


def evaluate(
    release: Publishable,
    interventions: Sequence[Intervention],
    indicator: str,
    *,
    controls: int = 20,
    years: int | None = None,
    plausible: float = PLAUSIBLE,
    settlement: pd.Series | None = None,
    seed: int = 0,
) -> Evaluation:
    """Return what interventions changed, against areas alike where nothing was done.

    Parameters
    ----------
    release
        A release, or what was computed from one.
    interventions
        All that is known of, also those not meant to change this indicator: their areas
        and the areas next to them are no controls.
    indicator
        Id of a rate with a direction.
    controls
        Controls an area.
    years
        Years before the start that are compared; all there are when omitted.
    plausible
        Share of the rate before: where only larger effects could be seen, no effect is
        told.
    settlement
        Kind of settlement by `area_id`; controls are then sought among the same kind
        first, see :func:`sozialraum.index.settlement.settlement_types`.
    seed
        Of the draws; every area has its own stream.

    Returns
    -------
    Evaluation
        One row an intervention that is meant to change this indicator, in the order given.

    Raises
    ------
    IndicatorError
        The indicator is unknown, no rate, or neither burden nor strength.
    StatisticsError
        Areas that the release does not have, an id twice, nothing to evaluate, options
        that make no sense.

    Notes
    -----
    Matched difference in differences: each area is compared with the areas whose level and
    course before were most like its own and that do not touch it; see
    :mod:`sozialraum.methods.did` for what chance does and the sources. A break of the series
    that blocks changes ends it. Areas without published values take no part.
    """
    require_publishable(release, "evaluate")
    source = release_of(release)
    definition = _checked(source, interventions, indicator)
    if controls < 1 or not 0 < plausible <= 1 or (years is not None and years < 1):
        raise StatisticsError("effects.options")
    meant = [one for one in interventions if not one.indicators or indicator in one.indicators]
    if not meant:
        raise StatisticsError("effects.none_meant", ids=[indicator])
    series = series_of(source, definition, settlement)
    options = Options(controls, years, seed)
    found = [(one, find(series, interventions, one, options)) for one in meant]
    effects = [_effect(series, one, result, plausible) for one, result in found]
    verdicts = {row["intervention"]: row["verdict"] for row in effects}
    paths = [row for one, f in found for row in _paths(series, one, f, verdicts[one.id])]
    matches = [row for one, result in found for row in _matches(series, one, result)]
    return Evaluation(
        release=source,
        indicator=indicator,
        interventions=tuple(interventions),
        effects=pd.DataFrame(effects, columns=list(EFFECT_COLUMNS)),
        paths=pd.DataFrame(paths, columns=list(PATH_COLUMNS)),
        matches=pd.DataFrame(matches, columns=list(MATCH_COLUMNS)),
        overlaps=overlaps(interventions),
    )


def _checked(release: Release, interventions: Sequence[Intervention], indicator: str) -> Indicator:
    definition = release.indicator(indicator)
    if not definition.is_rate or definition.polarity == 0:
        raise IndicatorError("effects.no_direction", ids=[indicator])
    ids = [one.id for one in interventions]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        raise StatisticsError("effects.twice", ids=twice)
    known = set(release.areas.index[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL])
    strange = sorted({area for one in interventions for area in one.areas} - known)
    if strange:
        raise StatisticsError("effects.unknown_areas", ids=strange)
    return definition


def _effect(series: Series, one: Intervention, found: Found, plausible: float) -> dict[str, Any]:
    """Return the row of one intervention."""
    controls = {int(c) for comparison in found.comparisons for c in comparison.controls}
    row: dict[str, Any] = dict.fromkeys(EFFECT_COLUMNS, np.nan) | {
        "intervention": one.id,
        "treated": len(found.areas),
        "controls": len(controls),
        "before": int(found.before.sum()),
        "after": int(found.after.sum()),
        "verdict": verdict(series, found, plausible),
    }
    if found.effect is None:
        return row
    row["smallest"], row["pretrend_p"] = found.effect.smallest, found.pretrend_p
    row["placebo"], row["placebo_p"] = found.placebo
    row["earlier"], row["earlier_p"] = found.earlier
    if row["verdict"] in TOLD:
        row |= {name: getattr(found.effect, name) for name in ("lower", "upper", "p")}
        row["effect"] = found.effect.value
    return row


def verdict(series: Series, found: Found, plausible: float) -> str:
    """Return what can be said; what could be seen is asked before anything else."""
    if found.effect is None or found.shares is None:
        return "no data"
    base = float(found.shares @ [one.base for one in found.comparisons])
    if found.effect.smallest > plausible * base:
        return "too small"
    if found.pretrend_p < UNLIKE:
        return "not comparable"
    if found.effect.p >= LEVEL:
        return "none found"
    better = found.effect.value * series.indicator.polarity < 0
    return "effect" if better else "opposite"


def _paths(series: Series, one: Intervention, found: Found, said: str) -> list[dict[str, Any]]:
    """Return rates of an intervention's areas and their controls, and how far they part."""
    if found.group is None or found.shares is None:
        return []
    rows = []
    level = [float(np.nanmean(c.expected[found.before])) for c in found.comparisons]
    moved = np.array([c.expected for c in found.comparisons]) - np.array(level)[:, None]
    weight = np.where(np.isnan(moved), 0.0, found.shares[:, None])
    expected = found.shares @ level + (weight * np.nan_to_num(moved)).sum(axis=0) / np.where(
        weight.any(axis=0), weight.sum(axis=0), np.nan
    )
    ahead = float(found.shares @ [c.base for c in found.comparisons]) - found.shares @ level
    low, high = np.quantile(found.group.draws, [LEVEL / 2, 1 - LEVEL / 2], axis=0)
    for at in np.flatnonzero((found.before | found.after) & ~np.isnan(expected)):
        parted = float(found.group.path[at])
        told = said not in ("too small", "no data")
        rows.append(
            {
                "intervention": one.id,
                schema.DATE: series.dates[at],
                "treated": expected[at] + ahead + parted,
                "controls": expected[at],
                "difference": parted if told else np.nan,
                "lower": parted - high[at] if told else np.nan,
                "upper": parted - low[at] if told else np.nan,
            }
        )
    return rows


def _matches(series: Series, one: Intervention, found: Found) -> list[tuple[Any, ...]]:
    return [
        (one.id, str(series.areas[area]), str(series.areas[control]), float(distance))
        for area, comparison in zip(found.areas, found.comparisons, strict=True)
        for control, distance in zip(comparison.controls, comparison.distance, strict=True)
    ]
