"""What protection costs: shares of cells and people published, by geography."""

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.disclosure.hidden import NOT_AGREED, SECONDARY, Hidden, find_hidden
from sozialraum.methods.tables import FAR
from sozialraum.model import Measures, Release
from sozialraum.model.policy import Protection
from sozialraum.model.utility import Kept, Utility

LEAST = 10
"""So many values of either kind, or of single ones it would be known why they are hidden."""
KINDS = ["primary", "secondary"]
LEAST_FOR_MEAN = 30
"""So many changed counts, or their mean error would tell of single ones."""


def explain_utility(measures: Measures, release: Release) -> Utility:
    """Return what protection costs: what is published of every geography, and how exactly.

    Parameters
    ----------
    measures
        What the release was made of.
    release
        What may be published.

    Returns
    -------
    Utility
        Holds shares and numbers of values, no count of people and nothing of single
        areas: it may be shown.

    Raises
    ------
    DisclosureError
        The release was not made of these measures.

    Examples
    --------
    >>> from sozialraum.areas import delineate_areas
    >>> from sozialraum.datasets import load_town
    >>> from sozialraum.disclosure import protect
    >>> from sozialraum.indicators import measure
    >>> from sozialraum.model import Indicator, Policy
    >>> house = Policy("house", residents=300, denominator=30, k=50)
    >>> town = load_town()
    >>> areas = delineate_areas(town, policy=house)
    >>> children = Indicator("u15", "u15", "residents", "Kinder", "children")
    >>> measures = measure(town, areas, [children])
    >>> explain_utility(measures, protect(measures, house))
    <Utility: sozialraum 57.1% published, gemeinde 100.0% published, kreis 100.0% published>
    """
    of_places = _by_place(find_hidden(measures, release))
    of_places[schema.GEOGRAPHY] = release.areas[schema.GEOGRAPHY].to_numpy(dtype=object)
    sums = of_places.groupby(schema.GEOGRAPHY, sort=False).sum()
    protection, apart = release.policy.protection, _told_apart(sums)
    parts = [_kept(str(g), row, protection, apart=g in apart) for g, row in sums.iterrows()]
    together = sums.sum()
    every = not together[KINDS].any() or bool(together[KINDS].min() >= LEAST)
    return Utility(tuple(parts), _kept("", together, protection, apart=every), protection.method)


def _by_place(found: Hidden) -> pd.DataFrame:
    """Return sums over all indicators and dates, by place."""
    reading, published, reason = found.reading, found.published, found.reason
    cells = reading.cells
    people = np.where(reading.delivered, np.where(cells.base < FAR, cells.base, cells.residents), 0)
    withheld, secondary = reason == NOT_AGREED, reason == SECONDARY
    told = published & np.isfinite(found.shown)
    columns = {
        "cells": reading.delivered,
        "published": published,
        "withheld": withheld,
        "secondary": secondary,
        "primary": (reason != "") & ~withheld & ~secondary,
        "people": people,
        "reached": np.where(published, people, 0),
        "told": told,
        "error": np.where(told, np.abs(np.nan_to_num(found.shown) - cells.low), 0).astype(np.int64),
    }
    sums = {name: values.sum(axis=0, dtype=np.int64) for name, values in columns.items()}
    return pd.DataFrame(sums | {"areas": 1})


def _told_apart(sums: pd.DataFrame) -> set[object]:
    """Return the geographies of which it may be told why values are hidden.

    There must be enough of either kind, also in all those together of which it is not
    told: they follow from the whole by subtraction.
    """
    least = sums[KINDS].min(axis=1)
    clear = sums.index[~sums[KINDS].any(axis=1)]
    order = sorted(sums.index.difference(clear), key=lambda g: (least[g], str(g)))
    for size in range(len(order) + 1):
        rest, told = order[:size], order[size:]
        enough = not rest or sums.loc[rest, KINDS].sum().min() >= LEAST
        if enough and (least[told] >= LEAST).all():
            return {*clear, *told}
    return set(clear)


def _kept(geography: str, sums: pd.Series, protection: Protection, *, apart: bool) -> Kept:
    """Return the sums of one geography as they may be shown."""
    changed = protection.changes
    mean = changed and sums["told"] >= LEAST_FOR_MEAN
    return Kept(
        geography,
        areas=int(sums["areas"]),
        cells=int(sums["cells"]),
        published=int(sums["published"]),
        withheld=int(sums["withheld"]),
        primary=int(sums["primary"]) if apart else None,
        secondary=int(sums["secondary"]) if apart else None,
        universe=round(float(sums["reached"] / sums["people"]), 3) if sums["people"] else 0.0,
        mean_error=round(float(sums["error"] / sums["told"]), 1) if mean else None,
        largest_error=protection.largest if changed else None,
    )
