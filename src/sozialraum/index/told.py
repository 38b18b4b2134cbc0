"""What texts about an index tell: for the check of finished files.

All of it is computed from the release, so that whoever knows the release and the index can
write the same again, and a check can refuse anything else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.files.scan.derived import Derived
from sozialraum.files.wording import number, percentage, share
from sozialraum.index.contributions import contributions
from sozialraum.index.correlation import correlate
from sozialraum.index.coverage import SETTLEMENT, attention_areas, coverage
from sozialraum.index.sensitivity import sensitivity
from sozialraum.index.targets import target_sentences
from sozialraum.index.why import explain_areas
from sozialraum.messages import LANGUAGES, text
from sozialraum.model import Flags, Index, Release
from sozialraum.model.publishable import Publishable, release_of

SHOWN = ("value", "county_value", "points", "to_lower", "change")
"""What of the contributions stands in charts by itself."""


def derived_from(noun: Publishable) -> Derived:
    """Return what the report and the charts of a noun tell besides published numbers.

    Parameters
    ----------
    noun
        What is shown.

    Returns
    -------
    Derived
        Sentences in both languages, cells of tables, and fractions.
    """
    found = Derived(_aims(release_of(noun)))
    index = noun.index if isinstance(noun, Flags) else noun
    if not isinstance(index, Index):
        return found
    marked = sorted(attention_areas(index)) if index.method.attention else []
    return found | told_of(index, marked) | reach_of(index, index.indicators) | _choices(index)


def told_of(index: Index, areas: Sequence[str]) -> Derived:
    """Return what is told of single areas: why they have their class, and their points."""
    sentences: set[str] = set()
    for language in LANGUAGES:
        sentences |= set(explain_areas(index, areas, language).values())
    table = contributions(index)
    own = table[table[schema.AREA_ID].isin(list(areas))]
    points = {
        str(area): tuple(part[list(SHOWN)].to_numpy(dtype=float).ravel().tolist())
        for area, part in own.groupby(schema.AREA_ID, sort=True)
    }
    return Derived(frozenset(sentences), {}, points)


def reach_of(index: Index, indicators: Sequence[str]) -> Derived:
    """Return what is told of coverage: cells of its table, and rows of its chart."""
    cells: dict[str, set[str]] = {}
    texts: set[str] = set()
    shares: list[float] = []
    for indicator in indicators:
        try:
            table = coverage(index, indicator)
        except (IndicatorError, StatisticsError):
            continue  # shares only, or a method without areas of attention
        for row in table.to_dict("records"):
            place = "" if row["level"] == SETTLEMENT else str(row["place"])
            own = cells.setdefault(place, set())
            own.add(f"{row['areas_marked']:.0f} / {row['areas']:.0f}")
            if not pd.isna(row["share_persons"]):
                shares.append(percentage(float(row["share_persons"])))
                own |= {share(float(row["share_persons"]), language) for language in LANGUAGES}
                texts |= {reach_row(row, language) for language in LANGUAGES}
    kept = {place: frozenset(own) for place, own in cells.items()}
    return Derived(frozenset(texts), kept, {"": tuple(shares)})


def reach_row(row: "Mapping[Any, Any] | pd.Series", language: str) -> str:
    """Return what a chart writes behind the bar of a place."""
    return text(
        "charts.reach_row",
        language,
        share=share(float(row["share_persons"]), language),
        marked=number(float(row["areas_marked"]), 0, language),
        areas=number(float(row["areas"]), 0, language),
    )


def _aims(release: Release) -> frozenset[str]:
    return frozenset(
        one for language in LANGUAGES for one in target_sentences(release, language=language)
    )


def _choices(index: Index) -> Derived:
    """Return what other choices would change, and how indicators hang together."""
    told = [percentage(float(same)) for same in sensitivity(index).choices["same"].dropna()]
    texts: set[str] = set()
    if len(index.indicators) > 1:
        found = correlate(index)
        texts = {one for language in LANGUAGES for one in found.warnings(language)}
    return Derived(frozenset(texts), {}, {"": tuple(told)})
