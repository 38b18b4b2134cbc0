"""Clusters: circles of areas in which cases gather, from published values only."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely

from sozialraum import schema
from sozialraum.errors import IndicatorError
from sozialraum.files.wording import day, number
from sozialraum.messages import default_language, text
from sozialraum.methods.scan import count_dispersion, scan
from sozialraum.methods.scan_replicas import Direction, ScanOptions
from sozialraum.model import Release
from sozialraum.model.publishable import require_publishable
from sozialraum.schema import State

CLUSTER_COLUMNS = (
    schema.INDICATOR,
    "areas",
    "centre",
    "name",
    "municipalities",
    "direction",
    "start",
    "end",
    "observed",
    "expected",
    "relative_risk",
    "persons",
    "radius",
    "statistic",
    "p",
)
ALL = "all"
"""Every date of an indicator."""
CHANCE = 0.05
"""From this p on, a sentence says that a cluster may be chance."""
MOST_NAMES = 3
NEAR_ONE = 0.1
"""Relative risks closer to 1 are told with two digits."""
RARE = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
"""Chances are told as 1 of so many."""
_FACTS = {
    (True, True): "clusters.one",
    (False, True): "clusters.several",
    (True, False): "clusters.one_lasting",
    (False, False): "clusters.several_lasting",
}
"""Sentence of a cluster: whether it is a single area, and of a single date."""


def find_clusters(
    release: Release,
    indicator: str,
    *,
    date: str | None = None,
    dates: Sequence[str] | str | None = None,
    direction: Direction | None = None,
    share: float = 0.5,
    replicas: int = 999,
    seed: int = 0,
) -> pd.DataFrame:
    """Return circles of areas whose common rate stands out from that of all other areas.

    Parameters
    ----------
    release
        Its published counts and shapes are looked at.
    indicator
        Id of a rate.
    date
        ISO date; the latest when omitted.
    dates
        Search in space and time: over these dates, or over ``"all"``; a cluster then
        lasts from one of them to another.
    direction
        ``"high"``, ``"low"`` or ``"both"``; where the burden lies when omitted, which is
        high unless the indicator is a strength.
    share
        Largest share of the population in a circle: 0.5 or, for many small clusters, 0.1.
    replicas, seed
        Of the Monte-Carlo test, see :func:`sozialraum.methods.scan.scan`.

    Returns
    -------
    DataFrame
        One row a cluster, the most likely first, with :data:`CLUSTER_COLUMNS`; clusters
        share no areas. `areas` are ids from the centre outwards, `centre` and `name` the
        area in the middle, `radius` is in metres, `persons` the denominators (over all
        dates together), `statistic` the log likelihood ratio. ``attrs["left_out"]`` names
        the areas without both counts published, which take no part.

    Raises
    ------
    IndicatorError
        The indicator is no rate, or has no published counts.
    StatisticsError
        The counts cannot be compared: not whole, more cases than people, none at all.

    Notes
    -----
    In space, cases are drawn from the people counted (Bernoulli model), or from expected
    numbers (Poisson model) where more cases than people or no whole denominators occur. In
    space and time every date is compared with the rate of its own date (Poisson model), so
    that a rise everywhere is no cluster.

    Persons of one household, and the same person at several dates, are not independent;
    areas differ a little for a thousand reasons. How much more the counts scatter than
    independent ones is measured on the inconspicuous areas (over all dates together, see
    :func:`sozialraum.methods.funnel.funnel`), and the counts are worth less accordingly:
    ``attrs["dispersion"]``. With fewer than ten areas it cannot be told, and is 1.
    """
    require_publishable(release, "find_clusters")
    definition = release.indicator(indicator)
    if not definition.is_rate:
        raise IndicatorError("clusters.not_a_rate", ids=[indicator])
    asked = _dates(release, indicator, date, dates)
    cases, people, areas = _published(release, indicator, asked)
    if areas.empty:
        raise IndicatorError("clusters.not_published", ids=[indicator])
    way = direction or ("low" if definition.polarity < 0 else "high")
    subset = bool((people == np.rint(people)).all() and (cases <= people).all())
    together = dates is not None
    options = ScanOptions(
        model="binomial" if subset and not together else "poisson",
        direction=way,
        share=share,
        by_date=together,
        dispersion=count_dispersion(cases.sum(axis=1), people.sum(axis=1)),
    )
    points = shapely.get_coordinates(shapely.centroid(areas.geometry.to_numpy()))
    found = scan(cases, people, points, options=options, replicas=replicas, seed=seed)
    rows = [_row(cluster, areas, asked) for cluster in found.clusters]
    table = pd.DataFrame(rows, columns=[name for name in CLUSTER_COLUMNS if name != "indicator"])
    table.insert(0, schema.INDICATOR, indicator)
    frame = release.frame(indicator, asked[-1])
    table.attrs["dispersion"] = options.dispersion
    table.attrs["left_out"] = tuple(sorted(frame.index.difference(areas.index)))
    return table


def cluster_sentences(
    release: Release, clusters: pd.DataFrame, language: str | None = None
) -> list[str]:
    """Return every cluster in words, from published values only.

    Parameters
    ----------
    release
        Where the clusters were found.
    clusters
        As :func:`find_clusters` returns them.
    language
        ``"de"`` or ``"en"``; the reader's language when omitted.
    """
    language = language or default_language()
    return [_sentence(release, row, language) for row in clusters.to_dict("records")]


def _dates(
    release: Release, indicator: str, date: str | None, dates: Sequence[str] | str | None
) -> tuple[str, ...]:
    """Return the dates to look at, ascending."""
    known = release.dates(indicator)
    if not known:
        raise IndicatorError("clusters.not_published", ids=[indicator])
    if dates is None:
        asked = (date or known[-1],)
    else:
        asked = known if dates == ALL else tuple(sorted(set(dates)))
    strange = [one for one in asked if one not in known]
    if strange or not asked or (date and dates is not None):
        raise IndicatorError("clusters.dates", ids=strange or list(asked), known=", ".join(known))
    return asked


def _published(
    release: Release, indicator: str, dates: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, Any]:
    """Return counts (areas, dates) and the areas with both published at every date, by id."""
    frames = [release.frame(indicator, date).sort_index() for date in dates]
    shown = np.all([_counted(frame) for frame in frames], axis=0)
    cases, people = (
        np.stack([frame.loc[shown, name].to_numpy(dtype=float) for frame in frames], axis=1)
        for name in ("numerator", "denominator")
    )
    return cases, people, frames[-1][shown]


def _counted(frame: pd.DataFrame) -> np.ndarray:
    """Return where both counts are published, not the rate alone."""
    known = frame[["numerator", "denominator"]].notna().all(axis=1)
    return (known & (frame["state"] == State.VALUE)).to_numpy()


def _row(cluster: Any, areas: Any, dates: tuple[str, ...]) -> tuple[Any, ...]:
    """Return one cluster as :data:`CLUSTER_COLUMNS` has it, without the indicator."""
    members = areas.iloc[cluster.areas]
    return (
        tuple(str(key) for key in members.index),
        str(members.index[0]),
        str(members[schema.NAME].iloc[0]),
        tuple(sorted({str(name) for name in members["municipality_name"]})),
        "high" if cluster.relative_risk > 1 else "low",
        dates[cluster.first],
        dates[cluster.last],
        cluster.observed,
        cluster.expected,
        cluster.relative_risk,
        cluster.population,
        cluster.radius,
        cluster.statistic,
        cluster.p,
    )


def _sentence(release: Release, row: dict[Any, Any], language: str) -> str:
    """Return one cluster in words."""
    words = {
        "label": release.indicator(row[schema.INDICATOR]).label(language),
        "areas": len(row["areas"]),
        "name": row["name"],
        "where": _where(list(row["municipalities"]), language),
        "observed": number(row["observed"], 0, language),
        "expected": number(row["expected"], 0, language),
        "persons": number(row["persons"], 0, language),
        "risk": _risk(row["relative_risk"], language),
        "start": day(row["start"], language),
        "end": day(row["end"], language),
        "percent": number(100 * row["p"], 0, language),
        "cases": number(rarity(row["p"]), 0, language),
    }
    single, then = len(row["areas"]) == 1, row["start"] == row["end"]
    chance = "clusters.firm" if row["p"] <= CHANCE else "clusters.chance"
    return text(_FACTS[single, then], language, **words) + " " + text(chance, language, **words)


def _where(places: list[str], language: str) -> str:
    named, more = ", ".join(places[:MOST_NAMES]), len(places) - MOST_NAMES
    if more <= 0:
        return named
    name = "clusters.one_more_place" if more == 1 else "clusters.more_places"
    return text(name, language, places=named, more=more)


def _risk(risk: float, language: str) -> str:
    if not np.isfinite(risk):
        return "∞"
    return number(risk, 2 if abs(risk - 1) < NEAR_ONE else 1, language)


def rarity(p: float) -> int:
    """Return of how many cases at most one is that rare: a round number.

    Examples
    --------
    >>> rarity(0.05), rarity(0.004), rarity(0.001)
    (20, 200, 1000)
    """
    return max(cases for cases in RARE if cases == RARE[0] or p * cases <= 1)
