"""Areas that need a closer look, with the evidence; from published values only."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.files.wording import number
from sozialraum.messages import default_language, text
from sozialraum.methods.funnel import TRIM, funnel
from sozialraum.methods.local import LocalResult, local_moran
from sozialraum.methods.multiplicity import benjamini_hochberg
from sozialraum.methods.rounding import SMALL_BASE
from sozialraum.model import Flags, Index, Release
from sozialraum.model.judged import FLAG_COLUMNS
from sozialraum.model.publishable import require_publishable
from sozialraum.schema import Grade, State

if TYPE_CHECKING:
    from libpysal.graph import Graph

TOUCH = 1.0
"""Areas this close to each other, in metres, are neighbours: borders of different sources."""
NOTABLE, HINT = 0.005, 0.05
LEAST_PERMUTATIONS = 9_999
HIGH, LOW, MIXED = "high", "low", "mixed"
P_VALUES = {"p_rate": "rate", "p_moran": "local_moran", "p_gi": "gi_star"}
"""Columns of p-values and the statistic each belongs to."""
FLAGGED = (Grade.CONFIRMED, Grade.NOTABLE, Grade.HINT)
_GRADES = {
    Grade.CONFIRMED: "flags.confirmed",
    Grade.NOTABLE: "flags.notable",
    Grade.HINT: "flags.hint",
    Grade.NONE: "flags.none",
    Grade.NO_NEIGHBOURS: "flags.no_neighbours",
    Grade.NOT_PUBLISHED: "flags.not_published",
}
_BURDENS = {HIGH: "flags.high", LOW: "flags.low", MIXED: "flags.mixed"}
_BURDENS_HERE = _BURDENS | {HIGH: "flags.high_here", LOW: "flags.low_here"}
_CONTEXT = _BURDENS | {HIGH: "flags.high_plain", LOW: "flags.low_plain"}
_CONTEXT_HERE = _BURDENS | {HIGH: "flags.high_here_plain", LOW: "flags.low_here_plain"}


def flag(
    noun: Release | Index,
    *,
    indicators: Sequence[str] | None = None,
    rate: float = 0.05,
    permutations: int | None = None,
    seed: int = 0,
) -> Flags:
    """Return areas where burdens or strengths gather more than chance explains.

    Parameters
    ----------
    noun
        A release, or an index, whose release, date and indicators are then taken.
    indicators
        Ids of rates; the index's, or all rates with a direction, when omitted.
    rate
        False discovery rate over the family of tests (areas × indicators × statistics).
    permutations
        Draws of the permutation test; when omitted, at least 9,999 and enough for the
        family to confirm a single area.
    seed
        Of the draws.

    Returns
    -------
    Flags
        Rates are standardised for small populations and turned so that high is a burden.
        Areas whose value is not published take no part: neighbours are published ones.

    Notes
    -----
    Three statistics bear witness: the rate itself in a funnel that allows for ordinary
    scatter (:func:`sozialraum.methods.funnel.funnel`), local Moran's I and Gi* on the
    standardised rates, bounded where the funnel ends so that one extreme area does not
    widen what chance allows all others. All three make one family.

    Raises
    ------
    IndicatorError
        An indicator asked for is unknown, no rate, or has no published value.
    StatisticsError
        There is nothing to test, or `rate` or `permutations` make no sense.
    """
    require_publishable(noun, "flag")
    if not 0 < rate < 1 or (permutations is not None and permutations < 1):
        raise StatisticsError("flags.options", rate=rate)
    release = noun.release if isinstance(noun, Index) else noun
    index = noun if isinstance(noun, Index) else None
    chosen = _chosen(release, index, indicators or None)
    order = release.areas.index[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    areas = release.areas.loc[order].sort_index()
    graph = _contiguity(areas)
    touching = csr_array(graph.sparse, dtype=np.int64)
    touching.eliminate_zeros()
    samples = [_sample(release, name, date, areas.index, touching) for name, date in chosen]
    tests = sum(int(sample.rated.sum() + 2 * sample.tested.sum()) for sample in samples)
    draws = permutations or max(LEAST_PERMUTATIONS, math.ceil(2 * tests / rate))
    results = [
        local_moran(sample.bounded, sample.adjacency, permutations=draws, seed=seed)
        for sample in samples
    ]
    table = _table(samples, results, areas.index, rate)
    return Flags(
        release=release,
        index=index,
        rate=rate,
        tests=tests,
        table=table,
        areas=_strongest(table, areas.index).reindex(order),
        global_moran={sample.indicator: _global_moran(sample, graph) for sample in samples},
        islands=tuple(str(key) for key in graph.isolates),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """Published values of one indicator: their areas, oriented distances, and neighbours."""

    indicator: str
    date: str
    areas: pd.Index
    z: np.ndarray
    p_rate: np.ndarray
    adjacency: csr_array

    @property
    def bounded(self) -> np.ndarray:
        """Distances for autocorrelation: bounded, and 0 where rates cannot be compared."""
        return np.clip(np.nan_to_num(self.z), -TRIM, TRIM)

    @property
    def rated(self) -> np.ndarray:
        """Where the rate itself can be tested."""
        return ~np.isnan(self.p_rate)

    @property
    def neighbours(self) -> np.ndarray:
        return np.diff(self.adjacency.indptr)

    @property
    def tested(self) -> np.ndarray:
        """Where a test can be made: the area has neighbours, and rates differ at all."""
        return (self.neighbours > 0) & (np.ptp(self.bounded) > 0 if len(self.z) else False)


def _chosen(
    release: Release, index: Index | None, names: Sequence[str] | None
) -> list[tuple[str, str]]:
    """Return ids and dates of the rates to test."""
    if names is not None:
        wanted = [release.indicator(name) for name in names]
    elif index is not None:
        wanted = [release.indicator(name) for name in index.indicators]
    else:
        wanted = [indicator for indicator in release.indicators if indicator.polarity != 0]
    counts = [indicator.id for indicator in wanted if not indicator.is_rate]
    if names is not None and counts:
        raise IndicatorError("flags.not_a_rate", ids=counts)
    table = release.table
    small = table[(table[schema.GEOGRAPHY] == schema.AREAS_LEVEL) & (table["state"] == State.VALUE)]
    latest = small.groupby(schema.INDICATOR)[schema.DATE].max()
    found = [
        (indicator.id, index.date if index else str(latest[indicator.id]))
        for indicator in wanted
        if indicator.is_rate and indicator.id in latest.index
    ]
    missing = sorted({i.id for i in wanted} - {name for name, _ in found} - set(counts))
    if names is not None and missing:
        raise IndicatorError("flags.no_values", ids=missing)
    if not found:
        raise StatisticsError("flags.nothing")
    return found


def _contiguity(areas: Any) -> "Graph":
    """Return who touches whom, at a border or a corner, up to gaps of :data:`TOUCH`."""
    from libpysal.graph import Graph

    return Graph.build_fuzzy_contiguity(areas, buffer=TOUCH / 2)


def _sample(
    release: Release, indicator: str, date: str, areas: pd.Index, touching: csr_array
) -> _Sample:
    frame = release.frame(indicator, date).reindex(areas)
    at = np.flatnonzero((frame["state"] == State.VALUE).to_numpy())
    shown = frame.iloc[at]
    found = funnel(shown["numerator"].to_numpy(), shown["denominator"].to_numpy())
    oriented = found.z * (release.indicator(indicator).polarity or 1)
    adjacency = csr_array(touching[at][:, at])
    return _Sample(indicator, date, shown.index, oriented, found.p, adjacency)


def _global_moran(sample: _Sample, graph: "Graph") -> float:
    """Return Moran's I of one indicator; missing where nothing can be tested."""
    if not sample.tested.any():
        return float("nan")
    from esda import Moran

    return float(Moran(sample.bounded, graph.subgraph(list(sample.areas)), permutations=0).I)


def _table(
    samples: list[_Sample], results: list[LocalResult], areas: pd.Index, rate: float
) -> pd.DataFrame:
    """Return the evidence of every area and indicator, published or not."""
    frames = []
    for sample, result in zip(samples, results, strict=True):
        known = pd.DataFrame(
            {
                "z": sample.z,
                "local_moran": result.statistic,
                "gi_star": result.gi_star,
                "p_rate": sample.p_rate,
                "p_moran": result.p_moran,
                "p_gi": result.p_gi,
                "quadrant": result.quadrant,
                "neighbours": sample.neighbours,
            },
            index=sample.areas,
        ).reindex(areas)
        known[schema.INDICATOR], known[schema.DATE] = sample.indicator, sample.date
        frames.append(known.rename_axis(schema.AREA_ID).reset_index())
    table = pd.concat(frames, ignore_index=True)
    p = table[list(P_VALUES)].to_numpy(dtype=float)
    q = benjamini_hochberg(p.ravel()).reshape(p.shape)
    loudest = np.where(np.isnan(p), np.inf, p).argmin(axis=1)
    at = np.arange(len(table)), loudest
    table["p"], table["q"] = p[at], q[at]
    table["evidence"] = np.where(np.isnan(p[at]), "", np.array(list(P_VALUES.values()))[loudest])
    table["quadrant"] = table["quadrant"].fillna("")
    table["grade"] = _grades(table, rate)
    return table[list(FLAG_COLUMNS)]


def _grades(table: pd.DataFrame, rate: float) -> np.ndarray:
    """Return the grade of every row; without neighbours the rate alone may still speak."""
    p, q, neighbours = (table[name].to_numpy(dtype=float) for name in ("p", "q", "neighbours"))
    cases = [np.isnan(neighbours), q <= rate, p <= NOTABLE, p <= HINT, neighbours == 0]
    grades = (Grade.NOT_PUBLISHED, *FLAGGED, Grade.NO_NEIGHBOURS)
    return np.select(cases, [str(g) for g in grades], str(Grade.NONE)).astype(object)


def _ways(table: pd.DataFrame) -> np.ndarray:
    """Return the direction of every row: that of the statistic that speaks loudest.

    A neighbourhood that stands out makes an area high or low only if its own rate lies on
    the same side of the usual one.
    """
    own = np.where(table["z"] > 0, HIGH, LOW)
    around = np.where(table["gi_star"] > 0, HIGH, LOW)
    alike = table["quadrant"].map({"high-high": HIGH, "low-low": LOW}).fillna(MIXED)
    cases = [table["evidence"] == "rate", table["evidence"] == "gi_star"]
    together = np.where(own == around, own, MIXED)
    return np.select(cases, [own, together], alike).astype(object)


def _strongest(table: pd.DataFrame, areas: pd.Index) -> pd.DataFrame:
    """Return the strongest grade of every area, its direction, and the indicators behind it.

    Burdens come first where the same grade stands for several directions: nobody should
    overlook one because something else is good.
    """
    rank = {str(grade): i for i, grade in enumerate(Grade)}
    work = table.assign(rank=table["grade"].map(rank), way=_ways(table))
    rows = {}
    for area, evidence in work.groupby(schema.AREA_ID, sort=False):
        best = evidence[evidence["rank"] == evidence["rank"].min()]
        grade, direction, behind = best["grade"].iloc[0], "", ""
        if grade in FLAGGED:
            direction = next(way for way in (HIGH, LOW, MIXED) if (best["way"] == way).any())
            behind = ", ".join(best.loc[best["way"] == direction, schema.INDICATOR])
        rows[area] = {"grade": grade, "direction": direction, "indicators": behind}
    return pd.DataFrame.from_dict(rows, orient="index").reindex(areas).rename_axis(schema.AREA_ID)


def sentence(flags: Flags, area_id: str, language: str | None = None) -> str:
    """Return the evidence for one area in words, from published values only.

    Parameters
    ----------
    flags
        Result of :func:`flag`.
    area_id
        A small area.
    language
        ``"de"`` or ``"en"``; the reader's language when omitted.

    Raises
    ------
    StatisticsError
        There is no such area.
    """
    language = language or default_language()
    if area_id not in flags.areas.index:
        raise StatisticsError("flags.unknown_area", ids=[area_id])
    grade, direction, behind = flags.areas.loc[area_id, ["grade", "direction", "indicators"]]
    if grade not in FLAGGED:
        return text(_GRADES[Grade(grade)], language)
    names = str(behind).split(", ")
    values = [_value(flags, area_id, name, language) for name in names]
    judged = any(flags.release.indicator(name).polarity for name in names)
    percent = 100 * flags.rate
    rate = number(percent, 0 if round(percent, 6).is_integer() else 1, language)
    meaning = text(_GRADES[Grade(grade)], language, rate=rate)
    alone = _rests_on_rates(flags, area_id, names)
    known = (_BURDENS_HERE, _BURDENS) if judged else (_CONTEXT_HERE, _CONTEXT)
    finding = known[0 if alone else 1][str(direction)]
    return text(finding, language, values="; ".join(values), grade=meaning)


def _rests_on_rates(flags: Flags, area_id: str, names: list[str]) -> bool:
    """Return True if the area's own rates speak loudest, not its neighbourhood."""
    mine = flags.table[flags.table[schema.AREA_ID] == area_id]
    return bool((mine.loc[mine[schema.INDICATOR].isin(names), "evidence"] == "rate").all())


def _value(flags: Flags, area_id: str, name: str, language: str) -> str:
    """Return an indicator's published value, its two counts, and the county's value."""
    indicator = flags.release.indicator(name)
    own = flags.table[schema.INDICATOR] == name
    date = str(flags.table.loc[own, schema.DATE].iloc[0])
    here = flags.release.frame(name, date).loc[[area_id]]
    county = flags.release.frame(name, date, schema.COUNTY_LEVEL)
    county = county[county["state"] == State.VALUE]
    words = {
        "label": indicator.label(language),
        "value": _rate(here, language),
        "unit": indicator.unit(language),
        "count": number(here["numerator"].iloc[0], 0, language),
        "base": number(here["denominator"].iloc[0], 0, language),
    }
    if county.empty:
        return text("flags.value", language, **words)
    return text("flags.value_county", language, **words, county=_rate(county, language))


def _rate(rows: pd.DataFrame, language: str) -> str:
    digits = 0 if rows["denominator"].iloc[0] < SMALL_BASE else 1
    return number(rows["value"].iloc[0], digits, language)
