"""The whole arithmetic of an index as one pure object: rates in, index and classes out.

What :func:`sozialraum.index.score` computes once, stability, sensitivity and
contributions compute thousands of times; all of them call a :class:`Chain`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from sozialraum.index.values import Published, residents_of
from sozialraum.methods.composite import Composite, Recipe
from sozialraum.methods.domains import compose_domains, scale_of
from sozialraum.methods.index_classes import Classes, classify
from sozialraum.model import Index, Indicator, Method, Release
from sozialraum.schema import State

BASELINE_BREAK = 0.5
"""A change against the frozen baseline counts from half a standard deviation on."""
BASELINE = Classes(("+", "+/-", "-"), (-BASELINE_BREAK, BASELINE_BREAK))
"""Classes of the change against the frozen baseline: less burden, about the same, more."""


@dataclass(frozen=True, slots=True, eq=False)
class Chain:
    """From rates to index and classes, without any table.

    Parameters
    ----------
    method
        How the index is computed.
    indicators
        What goes in, in the order of the columns of all arrays.
    standing
        Positions of the indicators that enter the status.
    moving
        Positions of the indicators that enter the dynamics. Those that are not among
        `standing` are published changes; they are 0 at the start of the dynamics.
    size
        (areas,) how much an area counts; needed by ``standardise="weighted"``.
    """

    method: Method
    indicators: tuple[Indicator, ...]
    standing: tuple[int, ...]
    moving: tuple[int, ...] = ()
    size: np.ndarray | None = None

    @property
    def orientation(self) -> np.ndarray:
        """(indicators,) +1 where a high value is a burden, -1 where it is a strength."""
        return np.array([indicator.polarity or 1 for indicator in self.indicators], dtype=float)

    @property
    def per(self) -> np.ndarray:
        """(indicators,) rates are per this number; 1 for counts without denominator."""
        return np.array([i.per if i.is_rate else 1 for i in self.indicators], dtype=float)

    @property
    def changes_given(self) -> bool:
        """True where changes were published instead of earlier values."""
        return not set(self.moving) <= set(self.standing)

    def rates(self, numerators: npt.ArrayLike, denominators: npt.ArrayLike) -> np.ndarray:
        """Return the rates that enter the index: as counted, or shrunk as the method says.

        Parameters
        ----------
        numerators, denominators
            (areas, indicators) counts, NaN where they are not known; a column of
            denominators that is all NaN belongs to an indicator that is a count itself.

        Returns
        -------
        ndarray
            (areas, indicators) rates per ``Indicator.per``.
        """
        above = np.asarray(numerators, dtype=float)
        below = np.asarray(denominators, dtype=float)
        columns = [self._rate(above[:, k], below[:, k], k) for k in range(above.shape[1])]
        return np.column_stack(columns)

    def _rate(self, above: np.ndarray, below: np.ndarray, k: int) -> np.ndarray:
        if not self.indicators[k].is_rate:
            return above
        known = ~np.isnan(above) & (below > 0)
        found = np.full(len(above), np.nan)
        if self.method.rates == "shrunk" and known.any():
            from sozialraum.methods.smoothing import empirical_bayes

            found[known] = empirical_bayes(above[known], below[known]).rate
        else:
            found[known] = above[known] / below[known]
        return found * self.per[k]

    def status(self, rates: npt.ArrayLike) -> Composite:
        """Return scores and index of (areas, indicators) rates at one date."""
        columns = list(self.standing)
        return self._composed(np.asarray(rates, dtype=float)[:, columns], self.standing)

    def dynamics(self, now: npt.ArrayLike, before: npt.ArrayLike) -> Composite:
        """Return scores and index of the change between two dates.

        Parameters
        ----------
        now, before
            (areas, indicators) rates; only the columns `moving` are looked at.

        Returns
        -------
        Composite
            Scores and weights have one column for each of `moving`.
        """
        return self.moved(self.change(now, before))

    def change(self, now: npt.ArrayLike, before: npt.ArrayLike) -> np.ndarray:
        """Return the changes that enter the dynamics, one column for each of `moving`."""
        columns = list(self.moving)
        now, before = np.asarray(now, dtype=float), np.asarray(before, dtype=float)
        change = now[:, columns] - before[:, columns]
        if not self.changes_given and self.method.missing == "exclude":
            # without a status there are no dynamics, whichever indicator is missing
            lacking = np.isnan(now[:, list(self.standing)]).any(axis=1)
            change = np.where(lacking[:, None], np.nan, change)
        return change

    def moved(self, change: npt.ArrayLike) -> Composite:
        """Return scores and index of changes, one column for each of `moving`."""
        return self._composed(np.asarray(change, dtype=float), self.moving)

    def baseline(
        self, now: npt.ArrayLike, before: npt.ArrayLike, frozen: npt.ArrayLike | None = None
    ) -> np.ndarray:
        """Return how far the index moved on a scale that stays that of an earlier date.

        Parameters
        ----------
        now, before, frozen
            (areas, indicators) rates at the date of the status, at the start of the
            dynamics, and at the date whose means and spreads are kept (default: the
            start). Only the columns `moving` are looked at.

        Returns
        -------
        ndarray
            (areas,) status now minus status before, both on the frozen scale: in standard
            deviations of the frozen date where the method standardises its sum. Above 0
            means more burden than before, whatever happened elsewhere. All NaN where a
            method knows ranks only.
        """
        columns = list(self.moving)
        now, before = (np.asarray(x, dtype=float)[:, columns] for x in (now, before))
        base = before if frozen is None else np.asarray(frozen, dtype=float)[:, columns]
        if self.changes_given or self.method.standardise == "exponential":
            return np.full(len(now), np.nan)
        at = self._composed(base, self.moving)
        known = ~np.isnan(at.scores).any(axis=1)
        spread, _ = scale_of((base * self.orientation[columns])[known], at.scores[known])
        total = at.total[~np.isnan(at.total)].std() if self.method.restandardise else 1.0
        change = (now - before) * self.orientation[columns] / spread
        if self.method.missing == "centre":
            change = np.where(np.isnan(change).all(axis=1)[:, None], change, np.nan_to_num(change))
        return change @ at.weights / total

    def classes(self, index: npt.ArrayLike) -> np.ndarray:
        """Return the class of every status; ``""`` where it is missing or has none."""
        index = np.asarray(index, dtype=float)
        if not self.method.classes:
            return np.full(index.shape, "", dtype=object)
        return classify(index, self.method.status)

    def moves(self, index: npt.ArrayLike) -> np.ndarray:
        """Return the class of the dynamics of every area."""
        return classify(index, self.method.dynamics)

    def drifts(self, index: npt.ArrayLike) -> np.ndarray:
        """Return ``"+"`` (less burden), ``"+/-"`` or ``"-"`` against the frozen baseline."""
        return classify(index, BASELINE)

    def without(self, indicator: str) -> "Chain":
        """Return the chain without one indicator; arrays keep all their columns."""
        out = [i.id for i in self.indicators].index(indicator)
        standing = tuple(k for k in self.standing if k != out)
        return replace(self, standing=standing, moving=tuple(k for k in self.moving if k != out))

    def _composed(self, values: np.ndarray, columns: tuple[int, ...]) -> Composite:
        """Return the index of some of the indicators, by the domains they belong to."""
        place, weights = self.domains(columns)
        method = self.method
        recipe = Recipe(method.standardise, weights, method.pca, method.restandardise)
        return compose_domains(
            values,
            self.orientation[list(columns)],
            recipe,
            domains=place,
            size=self.size,
            centre=method.missing == "centre",
        )

    def domains(self, columns: tuple[int, ...]) -> tuple[list[int], tuple[float, ...]]:
        """Return position of the domain of every indicator, and the weights of the domains."""
        if not self.method.domains:
            return [], ()
        of = {member: d.id for d in self.method.domains for member in d.indicators or (d.id,)}
        weight = {domain.id: domain.weight for domain in self.method.domains}
        ids = [self.indicators[k].id for k in columns]
        homes = [of.get(name, name) for name in ids]
        order = list(dict.fromkeys(homes))
        # published changes belong to no domain; each counts once
        return [order.index(home) for home in homes], tuple(weight.get(d, 1.0) for d in order)


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What an index was computed from, as arrays in the order of ``index.table``.

    Areas that were excluded are NaN throughout.

    Parameters
    ----------
    chain
        The arithmetic.
    now, before, frozen
        (areas, indicators) rates at the date of the status, the start of the dynamics
        and the baseline; NaN without such a date.
    numerators, denominators
        (areas, indicators) counts at the date of the status; NaN where a release holds
        none (published shares, protected cells).
    numerators_before, denominators_before
        The same at the start of the dynamics.
    """

    chain: Chain
    now: np.ndarray
    before: np.ndarray
    frozen: np.ndarray
    numerators: np.ndarray
    denominators: np.ndarray
    numerators_before: np.ndarray
    denominators_before: np.ndarray


def chain_of(index: Index) -> Inputs:
    """Return what an index was computed from, out of its release.

    Parameters
    ----------
    index
        From :func:`sozialraum.index.score`. Where its method weighs areas by size, the
        residents of the release are the sizes.
    """
    areas = index.table.index
    size = residents_of(index.release, index.date, areas)
    chain = make_chain(index.method, index.release, index.indicators, index.moving, size=size)
    source = Published.of(index.release, areas)
    out = (index.table["state"] == State.EXCLUDED).to_numpy()
    return inputs_of(chain, source, (index.date, index.start, index.baseline), out)


def make_chain(
    method: Method,
    release: Release,
    standing: Sequence[str],
    moving: Sequence[str],
    *,
    size: np.ndarray | None = None,
) -> Chain:
    """Return the chain of a method over indicators of a release, named by their ids."""
    ids = list(dict.fromkeys([*standing, *moving]))
    return Chain(
        method,
        tuple(release.indicator(name) for name in ids),
        tuple(ids.index(name) for name in standing),
        tuple(ids.index(name) for name in moving),
        size=size,
    )


def inputs_of(
    chain: Chain, source: Published, dates: tuple[str, str, str], out: np.ndarray
) -> Inputs:
    """Return rates and counts at date, start and baseline; rows of `out` are NaN."""
    ids = [indicator.id for indicator in chain.indicators]
    rates, counts = [], []
    for date in dates:
        tables = source.at(date, ids)
        above, below, values = (np.where(out[:, None], np.nan, table) for table in tables)
        computed = chain.rates(above, below)
        # published shares come without counts
        rates.append(np.where(np.isnan(computed), values, computed))
        counts += [above, below]
    now, before, frozen = rates
    changes = [k for k in chain.moving if k not in chain.standing]
    before[:, changes] = np.where(np.isnan(now[:, changes]), np.nan, 0.0)
    return Inputs(chain, now, before, frozen, *counts[:4])
