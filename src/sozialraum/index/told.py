"""The numbers that texts about an index may tell: for the check of finished files.

All of them are computed from the release, so that a check which knows the release and the
index can compute them again and refuse any other.
"""

import math
from collections.abc import Iterable, Sequence

import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.files.wording import percentage
from sozialraum.index.contributions import contributions
from sozialraum.index.correlation import correlate
from sozialraum.index.coverage import SETTLEMENT, coverage
from sozialraum.index.sensitivity import sensitivity
from sozialraum.index.targets import targets
from sozialraum.model import Flags, Index
from sozialraum.model.judged import BORDERLINE
from sozialraum.model.publishable import Publishable, release_of

TOLD = (
    "value",
    "county_value",
    "points",
    "apart",
    "numerator",
    "to_lower",
    "persons_lower",
    "change",
)
"""What of the contributions stands in sentences and charts."""
type Numbers = dict[str, list[float]]
"""Numbers by area; those of no area under ``""``."""


def derived_numbers(noun: Publishable) -> Numbers:
    """Return every number that the report and the charts may tell besides published ones.

    Parameters
    ----------
    noun
        What is shown.

    Returns
    -------
    dict of str to list of float
        By area; numbers that belong to no area under ``""``.
    """
    found: Numbers = {"": _known(targets(release_of(noun)).select_dtypes("number"))}
    index = noun.index if isinstance(noun, Flags) else noun
    if not isinstance(index, Index):
        return found
    stable = index.table["status_stability"].dropna()
    found[""] += [float((stable < BORDERLINE).sum()), float(len(stable)), 100 * BORDERLINE]
    found[""] += _choices(index)
    for part in (told_numbers(index), reach_numbers(index, index.indicators)):
        for area, numbers in part.items():
            found.setdefault(area, []).extend(numbers)
    return found


def told_numbers(index: Index) -> Numbers:
    """Return by area the numbers that ``explain_area`` may tell about it.

    Parameters
    ----------
    index
        From :func:`sozialraum.index.score`.

    Returns
    -------
    dict of str to list of float
        For every area with an index: what its indicators contribute, how far the next
        class is, its index, class, rank and stability in percent, and the number of areas.
    """
    table = contributions(index)
    # sentences leave out what an indicator gives every area, bars do not
    usual = table.groupby(schema.INDICATOR)["points"].transform("mean")
    table["apart"] = table["points"] - usual
    status = index.table["status_index"].dropna()
    codes = index.table["status_class"].astype("str")
    stable = index.table["status_stability"].astype(float)
    ranks = status.rank(method="min", ascending=False)
    found = {}
    for area, own in table.groupby(schema.AREA_ID, sort=False):
        if area in status.index:
            code = str(codes[area])
            sure = math.nan if math.isnan(stable[area]) else math.floor(100 * stable[area])
            facts = [status[area], status.mean(), ranks[area], float(len(status)), min(99.0, sure)]
            facts.append(float(code) if code.isdecimal() else math.nan)
            found[str(area)] = [*_known(own[list(TOLD)]), *_finite(facts)]
    return found


def reach_numbers(index: Index, indicators: Sequence[str]) -> Numbers:
    """Return by place the shares and counts of areas that coverage tells."""
    found: Numbers = {}
    for indicator in indicators:
        try:
            table = coverage(index, indicator)
        except (IndicatorError, StatisticsError):
            continue  # shares only, or a method without areas of attention
        for row in table.to_dict("records"):
            place = "" if row["level"] == SETTLEMENT else str(row["place"])
            told = found.setdefault(place, [])
            told += [float(row["areas"]), float(row["areas_marked"])]
            if not pd.isna(row["share_persons"]):
                told.append(percentage(float(row["share_persons"])))
    return found


def _choices(index: Index) -> list[float]:
    """Return what other choices would change, and how indicators hang together."""
    choices = sensitivity(index).choices
    told = [percentage(float(same)) for same in choices["same"].dropna()]
    told += [float(changed) for changed in choices["changed"].dropna()]
    if len(index.indicators) > 1:
        told += _known(correlate(index).pearson.abs())
    return told


def _known(table: pd.DataFrame) -> list[float]:
    return _finite(table.to_numpy(dtype=float).ravel().tolist())


def _finite(values: Iterable[float]) -> list[float]:
    return [float(value) for value in values if math.isfinite(value)]
