"""Explanation of areas for people inside: totals, slack, what binds, and how surely."""

import numpy as np
import pandas as pd
from scipy.special import ndtr

from sozialraum import schema
from sozialraum.areas.certificate import facts_of
from sozialraum.areas.minima import CERTAINTY, Demands
from sozialraum.methods.graph import component_labels
from sozialraum.methods.regionalise import totals_by
from sozialraum.model import Areas, Blocks


def explain_areas(areas: Areas, blocks: Blocks) -> pd.DataFrame:
    """Return what stands behind each area; confidential, for it holds counts of areas.

    Parameters
    ----------
    areas, blocks
        A partition, and the blocks it was made of.

    Returns
    -------
    pandas.DataFrame
        Indexed by `area_id`: `name`, `municipality`, `passes`, number of `blocks`; for
        every minimum ``"<name>.total"``, ``"<name>.minimum"``, ``"<name>.slack"`` and,
        for noisy counts, ``"<name>.certainty"``, the probability that the true total
        reaches the minimum; `binding`, the tightest minimum, and its `binding_date`;
        `proven`, whether the area is known not to split; `components`, the numbers of
        the connected parts of municipalities it lies in; `bridges`, the bridges inside it.

    Examples
    --------
    >>> from sozialraum.areas import delineate_areas
    >>> from sozialraum.datasets import load_town
    >>> from sozialraum.model import Policy
    >>> town = load_town()
    >>> areas = delineate_areas(town, policy=Policy("house", residents=300, denominator=30, k=3))
    >>> list(explain_areas(areas, town).columns)[4:7]
    ['residents.total', 'residents.minimum', 'residents.slack']
    """
    frame, member = areas.frame, areas.membership.loc[blocks.frame.index]
    place = frame.index.get_indexer(pd.Index(member))
    demands = _demands(areas)
    n, k = len(frame), len(demands.names)
    totals, spread, noisy = np.zeros((n, k)), np.zeros((n, k)), np.zeros((n, k))
    found = totals_by(place, demands.counts(blocks))
    totals[: len(found)] = found
    spread[: len(found)] = totals_by(place, demands.variances(blocks))
    noisy[: len(found)] = totals_by(place, (demands.counts(blocks) > 0).astype(float))
    slack = (totals - np.sqrt(spread)) / demands.limits - 1
    tightest = [demands.names[i] for i in slack.argmin(axis=1)]
    table: dict[str, object] = {
        schema.NAME: frame[schema.NAME],
        schema.MUNICIPALITY: frame[schema.MUNICIPALITY],
        "passes": frame["passes"],
        "blocks": np.bincount(place, minlength=n),
    }
    for i, name in enumerate(demands.names):
        table[f"{name}.total"] = totals[:, i]
        table[f"{name}.minimum"] = demands.limits[i]
        table[f"{name}.slack"] = totals[:, i] - demands.limits[i]
        if name in demands.deviation:
            sd = demands.deviation[name] * np.sqrt(noisy[:, i])
            table[f"{name}.certainty"] = _probability(table[f"{name}.slack"], sd)
    dates = [name.partition("@")[2] or blocks.dates.get(name, "") for name in tightest]
    table |= {"binding": tightest, "binding_date": dates}
    unproven = facts_of(areas.report, "unproven")
    proposed = frame["origin"] == "proposed"
    table["proven"] = (proposed & ~frame.index.isin(unproven) & frame["passes"]).to_numpy()
    table |= _connections(areas, blocks, place)
    return pd.DataFrame(table, index=frame.index)


def _demands(areas: Areas) -> Demands:
    """Return what the areas were held to."""
    noise, certainty = areas.report.get("noise", {}), areas.report.get("certainty", CERTAINTY)
    assert isinstance(noise, dict)
    assert isinstance(certainty, float)
    return Demands(areas.minima, noise, certainty)


def _probability(slack: object, deviation: np.ndarray) -> np.ndarray:
    """Return the probability that a noisy total's true value is no further down than `slack`."""
    above = np.asarray(slack, dtype=float)
    exact = np.where(above >= 0, 1.0, 0.0)
    ratio = np.divide(above, deviation, out=np.zeros_like(above), where=deviation > 0)
    return np.where(deviation > 0, ndtr(ratio), exact)


def _connections(areas: Areas, blocks: Blocks, place: np.ndarray) -> dict[str, list[str]]:
    """Return the parts each area lies in, and the bridges inside it."""
    components = component_labels(blocks.adjacency) + 1
    parts = pd.Series(components).groupby(place).unique()
    bridges: dict[str, list[str]] = {}
    for left, right, metres in facts_of(areas.report, "bridges"):
        bridges.setdefault(areas.membership[left], []).append(f"{left}–{right} ({metres} m)")
    return {
        "components": [
            ", ".join(map(str, sorted(parts[i]))) if i in parts.index else ""
            for i in range(len(areas.frame))
        ],
        "bridges": ["; ".join(bridges.get(key, [])) for key in areas.frame.index],
    }
