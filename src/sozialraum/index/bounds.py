"""How the index could look if no value were hidden: proven limits and what fillings reach."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import pandas as pd

from sozialraum.errors import StatisticsError
from sozialraum.index.chain import Chain, chain_of
from sozialraum.index.limits import Limits, limits_of
from sozialraum.methods.bounds import class_bounds, index_bounds
from sozialraum.methods.fillings import share_out
from sozialraum.model import Index
from sozialraum.model.describe import html_table, one_line
from sozialraum.model.publishable import require_publishable

DRAWS = 4
"""Random numbers a hidden cell needs: three for its count, one for its denominator."""
BOUND_COLUMNS = (
    *("index", "status_class", "lowest", "highest", "classes_possible"),
    *("reached_low", "reached_high", "classes_reached", "share_same"),
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class IndexBounds:
    """What the index would be if the hidden values were known.

    Parameters
    ----------
    index
        The published one.
    table
        Indexed by `area_id` with :data:`BOUND_COLUMNS`: index and class as published;
        proven limits (`lowest`, `highest`) of the index over all areas, hidden values
        included, and the classes they allow (``"1 2"``); what the fillings reached, and
        the share of fillings in which the class is the published one. Missing for areas
        of which something was not delivered.
    classes
        Number of areas by class: `published`, and the fewest and most over the fillings
        (`fewest`, `most`; there the hidden areas have a class, too).
    fillings
        Number of fillings tried, two extreme ones among them.
    hidden
        Number of areas without a published index because a value is hidden.
    """

    index: Index
    table: pd.DataFrame
    classes: pd.DataFrame
    fillings: int
    hidden: int

    @property
    def could_differ(self) -> int:
        """Number of classed areas for which no proof fixes the class."""
        several = self.table["classes_possible"].str.contains(" ", regex=False)
        return int((several & (self.table["status_class"] != "")).sum())

    @property
    def differ(self) -> int:
        """Number of classed areas that get another class in some filling."""
        return int((self.table["share_same"] < 1).sum())

    def __repr__(self) -> str:
        return one_line("IndexBounds", [f"{name}: {value}" for name, value in self._facts()])

    def _repr_html_(self) -> str:
        return html_table("IndexBounds", [(n, str(value)) for n, value in self._facts()])

    def _facts(self) -> list[tuple[str, int]]:
        classed = int((self.table["status_class"] != "").sum())
        return [
            ("areas classed", classed),
            ("areas hidden", self.hidden),
            ("another class in a filling", self.differ),
            ("class not proven", self.could_differ),
        ]


def bound_index(index: Index, *, fillings: int = 200, seed: int = 0) -> IndexBounds:
    """Return what hidden values could change in an index.

    Parameters
    ----------
    index
        From :func:`sozialraum.index.score`; only its release is looked at.
    fillings
        Number of ways in which hidden counts are filled at random, within their limits
        and the municipalities' published totals; nobody at all in the hidden areas, and
        as many as fit into the first of them, are tried as well.
    seed
        Of the fillings; every area has a stream of its own.

    Returns
    -------
    IndexBounds
        Everything in it follows from published values: a reader could compute it.

    Notes
    -----
    The limits hold for every value of the hidden counts between the limits that the
    release itself gives (:func:`sozialraum.index.limits.limits_of`). They are computed
    from raw rates, also where a method smooths them; index and class of the table then
    are those of raw rates, too. A filling is possible, not probable: shares of fillings
    are no probabilities.

    Raises
    ------
    StatisticsError
        The method weighs by a principal component, a hidden count has no upper limit, or
        `fillings` is below 1.
    """
    require_publishable(index, "bound_index")
    if fillings < 1:
        raise StatisticsError("explain.fillings")
    chain, limits = _raw(index)
    indicators = tuple(chain.indicators[k] for k in chain.standing)
    low, high = limits.box(indicators)
    endless = np.isinf(high).any(axis=0)
    if endless.any():
        ids = [one.id for one, out in zip(indicators, endless, strict=True) if out]
        raise StatisticsError("explain.no_limit", ids=ids)
    least, most = _outer(chain, low, high)
    worlds = [
        _status(chain, rates) for rates in _filled(limits, chain, (low, high), fillings, seed)
    ]
    published = _published(index, chain, limits)
    table = _table(chain, (least, most), worlds, published, limits.areas)
    hidden = int(limits.hidden.any(axis=1).sum())
    classes = _classes(chain, worlds, table["status_class"])
    return IndexBounds(index, table.reindex(index.table.index), classes, len(worlds), hidden)


def _raw(index: Index) -> tuple[Chain, Limits]:
    """Return chain and limits of an index of raw rates, of areas that can be completed."""
    inputs = chain_of(index)
    method = replace(inputs.chain.method, rates="raw")
    chain = replace(inputs.chain, method=method)
    exact = chain.rates(inputs.numerators, inputs.denominators)
    inputs = replace(inputs, chain=chain, now=np.where(np.isnan(exact), inputs.now, exact))
    limits = limits_of(index, inputs)
    if chain.size is not None:
        chain = replace(chain, size=chain.size[index.table.index.get_indexer(limits.areas)])
    return chain, limits


def _outer(chain: Chain, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    method = chain.method
    domains, weights = chain.domains(chain.standing)
    orientation = chain.orientation[list(chain.standing)]
    size = chain.size if method.standardise == "weighted" else None
    return index_bounds(low, high, orientation, method.recipe(weights), domains=domains, size=size)


def _filled(
    limits: Limits, chain: Chain, box: tuple[np.ndarray, np.ndarray], number: int, seed: int
) -> Iterator[np.ndarray]:
    """Yield rates with all hidden ones filled: the two extremes, then at random."""
    hidden = limits.hidden
    per = chain.per[list(chain.standing)]
    rated = np.array([chain.indicators[k].is_rate for k in chain.standing])
    draws = np.zeros((number, *hidden.shape, DRAWS))
    for row in np.flatnonzero(hidden.any(axis=1)):
        key = blake2b(f"{seed}:{limits.areas[int(row)]}".encode(), digest_size=16).digest()
        stream = np.random.default_rng(int.from_bytes(key))
        draws[:, row] = stream.random((number, hidden.shape[1], DRAWS))
    yield np.where(hidden, 0.0, limits.rates)
    full = draws[0].copy()
    full[..., 0], full[..., 3] = 1.0, 0.5
    for draw in (full, *draws):
        rates = _one(limits, draw, rated) * per
        # where neither total nor denominator is known, the rate itself is drawn
        free = hidden & ~(np.isfinite(limits.most) & np.isfinite(limits.base_high) | ~rated)
        rates = np.where(free, box[1] * draw[..., 0], rates)
        yield np.where(hidden, rates, limits.rates)


def _one(limits: Limits, draw: np.ndarray, rated: np.ndarray) -> np.ndarray:
    """Return shares (or counts) of hidden cells in one filling; 0 elsewhere."""
    row, column = np.nonzero(limits.hidden & np.isfinite(limits.most))
    group = limits.group[row] * len(rated) + column
    caps = np.floor(limits.most[row, column]).astype(np.int64)
    total = np.where(np.isfinite(limits.left), limits.left, 2.0**40).astype(np.int64).ravel()
    taken = share_out(total, caps, group, draw[row, column, :3])
    first = np.maximum(limits.base_low[row, column], taken)
    last = np.maximum(limits.base_high[row, column], first)
    rest = np.where(np.isfinite(limits.base_left), limits.base_left, 0.0).ravel()
    rest = np.maximum(rest - np.bincount(group, first, minlength=len(rest)), 0.0)
    # people who are not counted are shared out in parts that are all equally likely
    part = np.where(first < last, -np.log1p(-draw[row, column, 3]), 0.0)
    whole = np.bincount(group, part, minlength=len(rest))[group]
    base = np.floor(first + rest[group] * part / np.where(whole > 0, whole, 1.0))
    base = np.minimum(base, last)
    found = np.zeros(limits.hidden.shape)
    found[row, column] = np.where(rated[column], taken / np.maximum(base, 1), taken)
    return found


def _status(chain: Chain, rates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return index and classes of complete rates (areas, indicators of the status)."""
    wide = np.full((len(rates), len(chain.indicators)), np.nan)
    wide[:, list(chain.standing)] = rates
    index = chain.status(wide).index
    return index, chain.classes(index)


def _published(index: Index, chain: Chain, limits: Limits) -> tuple[np.ndarray, np.ndarray]:
    """Return index and classes of the areas without hidden values, of raw rates."""
    if index.method.rates == "raw":
        table = index.table.loc[limits.areas]
        return table["status_index"].to_numpy(), table["status_class"].to_numpy(dtype=object)
    return _status(chain, limits.rates)


def _table(
    chain: Chain,
    outer: tuple[np.ndarray, np.ndarray],
    worlds: list[tuple[np.ndarray, np.ndarray]],
    published: tuple[np.ndarray, np.ndarray],
    areas: pd.Index,
) -> pd.DataFrame:
    reached = np.stack([index for index, _ in worlds])
    classes = np.stack([found for _, found in worlds])
    labels = chain.method.classes
    possible = class_bounds(*outer, chain.method.status)
    seen = np.stack([(classes == label).any(axis=0) for label in labels], axis=1)
    index, own = published
    same = (classes == own).mean(axis=0)
    columns = [
        *(index, own, *outer, _words(possible, labels)),
        *(reached.min(axis=0), reached.max(axis=0), _words(seen, labels)),
        np.where(own == "", np.nan, same),
    ]
    return pd.DataFrame(dict(zip(BOUND_COLUMNS, columns, strict=True)), index=areas)


def _words(held: np.ndarray, labels: tuple[str, ...]) -> list[str]:
    return [" ".join(np.array(labels, dtype=object)[row]) for row in held]


def _classes(
    chain: Chain, worlds: list[tuple[np.ndarray, np.ndarray]], own: pd.Series
) -> pd.DataFrame:
    """Return how many areas have each class, as published and over the fillings."""
    labels = list(chain.method.classes)
    counts = np.array([[(found == label).sum() for label in labels] for _, found in worlds])
    data = {
        "published": [int((own == label).sum()) for label in labels],
        "fewest": counts.min(axis=0, initial=len(own)),
        "most": counts.max(axis=0, initial=0),
    }
    return pd.DataFrame(data, index=pd.Index(labels, name="status_class", dtype=object))
