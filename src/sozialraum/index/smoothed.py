"""Rates of a release beside what remains of them when chance is taken into account."""

from collections.abc import Mapping
from typing import Literal, get_args

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError
from sozialraum.methods.contiguity import TOUCH, contiguity
from sozialraum.methods.smoothing import Smoothed, empirical_bayes
from sozialraum.model import Release
from sozialraum.model.publishable import require_publishable
from sozialraum.schema import State

Target = Literal["county", "municipality", "settlement", "neighbours"]

SMOOTHED_COLUMNS = ("raw", "shrunk", "low", "high", "above", "weight", "target", "state")


def smooth(
    release: Release,
    indicator: str,
    *,
    date: str | None = None,
    target: Target = "county",
    settlement: Mapping[str, str] | pd.Series | None = None,
    interval: float = 0.95,
) -> pd.DataFrame:
    """Return the rates of small areas, raw and drawn towards a target, side by side.

    Parameters
    ----------
    release
        Published values; nothing else is looked at.
    indicator
        Id of a rate.
    date
        ISO date; the latest one when omitted.
    target
        What small populations are drawn to: the published rate of the ``"county"`` or of
        their ``"municipality"`` (where it is not published, that of its published areas), or
        the rate of the published areas of their ``"settlement"`` type or around them
        (``"neighbours"``).
    settlement
        Settlement type of every area by `area_id`, for ``target="settlement"``.
    interval
        Probability that the interval is to have.

    Returns
    -------
    DataFrame
        Indexed by `area_id` (small areas, order of ``release.areas``): `raw` rate, `shrunk`
        rate, `low` and `high` limits for the underlying rate and `target`, in units of the
        indicator; `above`, the probability that the underlying rate lies above the target;
        `weight`, the share of the area's own rate (0 to 1); and the `state`. Areas without
        a published value have none of them and keep their state.

    Raises
    ------
    DisclosureError
        `release` is none.
    IndicatorError
        The indicator is no rate, has no published value at `date`, the target is unknown,
        or an area has no settlement type.

    Notes
    -----
    See :func:`sozialraum.methods.smoothing.empirical_bayes`. Use `shrunk` to order areas,
    and `above` to find those that stand out from their own kind; a small area that is not
    on top of either may still be burdened: look at `raw` and `high`.
    """
    require_publishable(release, "smooth")
    if target not in get_args(Target):
        known = ", ".join(get_args(Target))
        raise IndicatorError("smoothed.target", ids=[target], known=known)
    definition = release.indicator(indicator)
    if not definition.is_rate:
        raise IndicatorError("smoothed.no_rate", ids=[indicator])
    day = date or max(release.dates(indicator), default="")
    frame = release.frame(indicator, day)
    shown = (frame["state"] == State.VALUE).to_numpy()
    if not shown.any():
        raise IndicatorError("smoothed.not_published", ids=[indicator], date=day)
    cases, people = (
        frame[name].to_numpy(dtype=float, na_value=np.nan) for name in ("numerator", "denominator")
    )
    groups = None
    if target in ("municipality", "settlement"):
        groups = _kinds(frame, settlement if target == "settlement" else frame["municipality"])
    around = None
    if target == "neighbours":
        around = contiguity(frame.geometry.to_numpy(), tolerance=TOUCH)
    found = empirical_bayes(
        cases,
        people,
        groups=groups,
        neighbours=around,
        targets=_published(release, indicator, day, target),
        interval=interval,
    )
    return _table(frame, found, definition.per)


def _table(frame: pd.DataFrame, found: Smoothed, per: int) -> pd.DataFrame:
    """Return the columns of :func:`smooth`; rates per `per` people."""
    table = pd.DataFrame(index=pd.Index(frame.index, name=schema.AREA_ID))
    table["raw"] = (per * frame["numerator"] / frame["denominator"]).astype(float)
    for name, rate in (("shrunk", found.rate), ("low", found.low), ("high", found.high)):
        table[name] = per * rate
    table["above"], table["weight"] = found.above, found.weight
    table["target"] = per * found.target
    table.loc[np.isnan(found.rate), "raw"] = np.nan
    return table.assign(state=_states(frame["state"], found.rate))[list(SMOOTHED_COLUMNS)]


def _kinds(frame: pd.DataFrame, kinds: Mapping[str, str] | pd.Series | None) -> np.ndarray:
    """Return the kind of every area; name areas without one."""
    given = pd.Series(dict(kinds) if kinds is not None else {}, dtype=object)
    found = given.reindex(frame.index)
    if found.isna().any():
        raise IndicatorError("smoothed.no_kind", ids=frame.index[found.isna()])
    return found.to_numpy()


def _published(release: Release, indicator: str, date: str, target: Target) -> np.ndarray | None:
    """Return the published rate of the county or municipality of every area."""
    frame = release.frame(indicator, date)
    if target == "county":
        wholes = release.frame(indicator, date, schema.COUNTY_LEVEL)
        rate = (wholes["numerator"] / wholes["denominator"]).to_numpy(dtype=float, na_value=np.nan)
        return np.full(len(frame), rate[0] if len(rate) == 1 else np.nan)
    if target == "municipality":
        wholes = release.frame(indicator, date, schema.MUNICIPALITY_LEVEL)
        rates = (wholes["numerator"] / wholes["denominator"]).astype(float)
        return rates.reindex(frame["municipality"]).to_numpy()
    return None


def _states(states: pd.Series, rate: np.ndarray) -> np.ndarray:
    """Return the state of every area; a published base of 0 has no rate."""
    given = states.astype(str).to_numpy(dtype=object)
    undefined = (given == str(State.VALUE)) & np.isnan(rate)
    return np.where(undefined, str(State.NOT_APPLICABLE), given)
