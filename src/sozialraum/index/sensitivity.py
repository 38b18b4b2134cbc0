"""Which classes would be others if the index were computed in another way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import StatisticsError
from sozialraum.index.chain import Chain, Inputs, chain_of
from sozialraum.messages import default_language, text
from sozialraum.methods.composite import robust_scores, weighted_scores
from sozialraum.model import Index
from sozialraum.model.describe import html_table, one_line
from sozialraum.model.publishable import require_publishable

CHOICE_COLUMNS = ("areas", "changed", "same", "rank_correlation")
WITHOUT = "without:"
"""Begins the name of a choice that leaves one indicator out."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Sensitivity:
    """Status classes under other choices of the method.

    Parameters
    ----------
    index
        The one that was varied.
    choices
        Indexed by `choice`: ``"pca"`` (weights of the first principal component),
        ``"weighted"`` (areas count by residents) and ``"robust"`` (median and median
        absolute deviation), both for the indicators and for their sum, ``"raw"`` or
        ``"shrunk"`` (rates, the other way round), ``"without:<indicator>"``. Columns:
        number of `areas` classed, number of areas whose class `changed`, share with the
        `same` class, Spearman's `rank_correlation` of the indices.
    classes
        Class of every area (rows) under every choice (columns); ``""`` where it has none.
    areas
        Indexed by `area_id`: `status_class`, `classes_seen` over method and choices
        (``"3 4"``) and `share_same`, the share of choices with the class of the index.
    skipped
        Choices that could not be computed (no residents published, no spread).
    """

    index: Index
    choices: pd.DataFrame
    classes: pd.DataFrame
    areas: pd.DataFrame
    skipped: tuple[str, ...] = ()

    def __repr__(self) -> str:
        facts = [f"{name} {row['same']:.1%}" for name, row in self.choices.iterrows()]
        return one_line("Sensitivity", facts)

    def _repr_html_(self) -> str:
        rows = [(str(name), f"{row['same']:.1%}") for name, row in self.choices.iterrows()]
        return html_table("Sensitivity: areas in the same class", rows)

    def changes(self) -> pd.DataFrame:
        """Return which areas change class under which choice.

        Returns
        -------
        DataFrame
            `choice`, `area_id`, `status_class` (of the index) and `becomes`.
        """
        own = self.areas["status_class"].to_numpy(dtype=object)
        rows = [
            (choice, area, mine, becomes)
            for choice in self.classes
            for area, mine, becomes in zip(self.areas.index, own, self.classes[choice], strict=True)
            if mine and becomes and becomes != mine
        ]
        columns = ["choice", schema.AREA_ID, "status_class", "becomes"]
        return pd.DataFrame(rows, columns=columns)

    def label(self, choice: str, language: str | None = None) -> str:
        """Return a choice in words, German or English."""
        language = language or default_language()
        if choice.startswith(WITHOUT):
            indicator = self.index.release.indicator(choice.removeprefix(WITHOUT))
            return text("explain.choice_without", language, label=indicator.label(language))
        return text(f"explain.choice_{choice}", language)


def sensitivity(index: Index) -> Sensitivity:
    """Return the status classes of every area under other choices of the method.

    Parameters
    ----------
    index
        From :func:`sozialraum.index.score`; only published values are looked at.

    Returns
    -------
    Sensitivity
        One choice is changed at a time, everything else stays.

    Examples
    --------
    ::

        found = sensitivity(index)
        found.choices["same"]  # share of areas in the same class, by choice
        found.areas.query("share_same < 0.8")  # classes that depend on the method
    """
    require_publishable(index, "sensitivity")
    inputs = chain_of(index)
    base = _status(inputs.chain, inputs.now)
    areas = index.table.index
    rows, classes, skipped = {}, {}, []
    for name, chain, rates in _choices(inputs):
        try:
            found = (_alike if name in ("weighted", "robust") else _status)(chain, rates)
        except StatisticsError:
            skipped.append(name)
            continue
        both = (base[1] != "") & (found[1] != "")
        same = base[1][both] == found[1][both]
        rank = _rank_correlation(base[0], found[0])
        rows[name] = (len(same), int((~same).sum()), same.mean() if len(same) else np.nan, rank)
        classes[name] = found[1]
    if "weighted" not in classes and index.method.standardise != "weighted":
        skipped = sorted({*skipped, "weighted"})
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(CHOICE_COLUMNS))
    table.index.name = "choice"
    held = pd.DataFrame(classes, index=areas, dtype=object)
    own = pd.Series(base[1], index=areas, dtype=object)
    return Sensitivity(index, table, held, _by_area(own, held), tuple(skipped))


def _status(chain: Chain, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return index and classes of a choice."""
    found = chain.status(rates)
    return found.index, chain.classes(found.index)


def _alike(chain: Chain, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return index and classes when the sum is standardised as the indicators are."""
    method, found = chain.method, chain.status(rates)
    if not method.restandardise:
        return found.index, chain.classes(found.index)
    known = ~np.isnan(found.total)
    index = np.full(len(known), np.nan)
    if method.standardise == "robust":
        index[known] = robust_scores(found.total[known])
    else:
        assert chain.size is not None, "sizes are needed"
        index[known] = weighted_scores(found.total[known], chain.size[known])
    return index, chain.classes(index)


def _choices(inputs: Inputs) -> Iterator[tuple[str, Chain, np.ndarray]]:
    """Yield name, chain and rates of every other choice."""
    chain, method, now = inputs.chain, inputs.chain.method, inputs.now
    if not method.pca:
        yield "pca", replace(chain, method=replace(method, pca=True)), now
    known = ~np.isnan(chain.status(now).index)
    sized = chain.size is not None and not np.isnan(chain.size[known]).any()
    if method.standardise != "weighted" and sized:
        yield "weighted", replace(chain, method=replace(method, standardise="weighted")), now
    if method.standardise != "robust":
        yield "robust", replace(chain, method=replace(method, standardise="robust")), now
    if not np.isnan(inputs.numerators).all():
        other = "raw" if method.rates == "shrunk" else "shrunk"
        turned = replace(chain, method=replace(method, rates=other))
        rates = turned.rates(inputs.numerators, inputs.denominators)
        yield other, turned, np.where(np.isnan(rates), now, rates)
    if len(chain.standing) > 1:
        for k in chain.standing:
            name = chain.indicators[k].id
            yield f"{WITHOUT}{name}", chain.without(name), now


def _rank_correlation(left: np.ndarray, right: np.ndarray) -> float:
    from scipy.stats import rankdata

    both = ~np.isnan(left) & ~np.isnan(right)
    if both.sum() < 2:
        return np.nan
    return float(np.corrcoef(rankdata(left[both]), rankdata(right[both]))[0, 1])


def _by_area(own: pd.Series, held: pd.DataFrame) -> pd.DataFrame:
    """Return classes seen and the share of choices with the own class, by area."""
    found, mine = held.to_numpy(dtype=object), own.to_numpy(dtype=object)[:, None]
    classed = (found != "") & (mine != "")
    number = classed.sum(axis=1)
    share = np.where(number > 0, ((found == mine) & classed).sum(axis=1), np.nan)
    share = share / np.maximum(number, 1)
    seen = [
        " ".join(sorted({one, *row} - {""})) if one else ""
        for one, row in zip(own, found, strict=True)
    ]
    data = {"status_class": own, "classes_seen": seen, "share_same": share}
    return pd.DataFrame(data, index=own.index)
