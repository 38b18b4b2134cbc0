"""What areas must reach: minima, at which dates, and how surely where counts are noisy.

The cells of the Zensus 2022 carry noise (cell-key method): a zero stays zero, every other
count may be off by a small number. How small is not published (zensus2022.de,
"Geheimhaltung beim Zensus"), so the standard deviation is the planner's assumption. The
noise of different blocks counts as independent and their sum as normal: an area of m
noisy blocks passes if its total less z·√m·deviation reaches the minimum.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Literal

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import DelineationError
from sozialraum.methods.regionalise import ROUNDING
from sozialraum.model import Blocks, Policy

RESIDENTS = "residents"
CERTAINTY = 0.95
"""How surely an area must reach a minimum whose count is noisy, unless the caller says."""

_UNKNOWN = {"minimum": "areas.unknown_minimum", "alike": "areas.alike_unknown"}
_INCOMPLETE = {"minimum": "areas.minimum_incomplete", "alike": "areas.alike_incomplete"}

type Dates = Literal["all"] | Sequence[str] | None
type Noise = float | Mapping[str, float] | None


@dataclass(frozen=True, slots=True, eq=False)
class Demands:
    """What every area must reach.

    Parameters
    ----------
    minima
        Minimum of every block variable; ``"residents@2022-12-31"`` at an earlier date.
    deviation
        Standard deviation of the noise of a block's count, for the noisy variables.
    certainty
        How surely an area must reach the minimum of a noisy variable.
    """

    minima: Mapping[str, float]
    deviation: Mapping[str, float] = field(default_factory=dict)
    certainty: float = CERTAINTY

    @property
    def names(self) -> list[str]:
        """Block variables with a minimum."""
        return list(self.minima)

    @property
    def limits(self) -> np.ndarray:
        """(k,) minima."""
        return np.array(list(self.minima.values()), dtype=float)

    def counts(self, blocks: Blocks) -> np.ndarray:
        """Return (n, k) counts of the blocks."""
        return blocks.counts[self.names].to_numpy(dtype=float)

    def variances(self, blocks: Blocks) -> np.ndarray:
        """Return (n, k) squared margins: an area's is the root of the sum of its blocks'."""
        quantile = NormalDist().inv_cdf(self.certainty)
        margin = np.array([quantile * self.deviation.get(name, 0.0) for name in self.names])
        return np.where(self.counts(blocks) > 0, margin**2, 0.0)

    def missed(self, blocks: Blocks, groups: pd.Series | np.ndarray) -> pd.Series:
        """Return the names of the minima that each group of blocks misses; never a count.

        Parameters
        ----------
        blocks
            Blocks with their counts.
        groups
            (n,) group of every block.

        Returns
        -------
        pandas.Series
            Names joined by ", ", by group.
        """
        by = np.asarray(groups)
        totals = pd.DataFrame(self.counts(blocks)).groupby(by).sum()
        spread = pd.DataFrame(self.variances(blocks)).groupby(by).sum()
        return self.named(totals.to_numpy() - np.sqrt(spread.to_numpy()), totals.index)

    def named(self, secured: np.ndarray, index: pd.Index) -> pd.Series:
        """Return the names of the minima that rows of (m, k) secured totals miss."""
        names = np.array(self.names, dtype=object)
        reached = secured >= self.limits * (1 - ROUNDING)
        return pd.Series([", ".join(names[~row]) for row in reached], index=index, dtype="str")

    def facts(self) -> dict[str, object]:
        """Return what a report says of the demands beyond the minima."""
        dates = sorted({name.partition("@")[2] for name in self.minima} - {""})
        found: dict[str, object] = {"earlier_dates": tuple(dates)} if dates else {}
        if self.deviation:
            found |= {"noise": dict(self.deviation), "certainty": self.certainty}
        return found


def demands_of(
    blocks: Blocks,
    policy: Policy,
    rates: Iterable[str] = (),
    *,
    dates: Dates = None,
    noise: Noise = None,
    certainty: float = CERTAINTY,
) -> Demands:
    """Return what areas must reach under a policy.

    Parameters
    ----------
    blocks
        Blocks with their counts.
    policy
        `residents` is a minimum where the blocks count residents; `minima` always are.
    rates
        Block variables that are denominators of rates to be published; each must reach
        `policy.denominator`.
    dates
        Earlier dates at which the minima must hold as well: ``"all"`` that the blocks
        have of each variable, or ISO dates that they must have of all.
    noise
        Standard deviation of the noise of one block's count: one for every variable, or
        by variable.
    certainty
        How surely a noisy count must reach its minimum; between 0.5 and 1.

    Raises
    ------
    DelineationError
        Blocks or policy are something else, there are no blocks, there is no minimum at
        all, or a minimum names a variable that the blocks lack, that may not shape areas
        (rule R9), is an estimate or incomplete; a date or a noisy variable is unknown; the noise
        or the certainty make no sense.
    """
    check_type("blocks", blocks, Blocks)
    check_type("policy", policy, Policy)
    if blocks.frame.empty:
        raise DelineationError("areas.no_blocks")
    rates = (rates,) if isinstance(rates, str) else rates
    named = [*policy.minima.items(), *((name, policy.denominator) for name in rates)]
    if RESIDENTS in blocks.counts.columns:
        named.insert(0, (RESIDENTS, policy.residents))
    minima: dict[str, float] = {}
    for name, value in named:
        if value > 0:
            minima[name] = max(float(value), minima.get(name, 0.0))
    if not minima:
        raise DelineationError("areas.no_minimum", policy=policy.name)
    check_complete(blocks, minima)
    check_design(blocks, policy, minima)
    minima |= _earlier(blocks, minima, dates)
    check_complete(blocks, minima)
    return Demands(minima, _deviations(minima, noise, certainty), certainty)


def check_type(option: str, given: object, *wanted: type) -> None:
    """Raise unless what was given for an option is of one of these types."""
    if not isinstance(given, wanted):
        names = ", ".join(kind.__name__ for kind in wanted)
        found = type(given).__name__
        raise DelineationError("areas.wrong_type", option=option, wanted=names, given=found)


def check_complete(blocks: Blocks, names: Iterable[str], what: str = "minimum") -> None:
    """Raise unless the blocks hold these counts, and completely; say what they are for."""
    unknown = [name for name in names if name not in blocks.counts.columns]
    if unknown:
        known = ", ".join(map(str, blocks.counts.columns))
        raise DelineationError(_UNKNOWN[what], ids=unknown, known=known)
    incomplete = [name for name in names if blocks.counts[name].isna().any()]
    if incomplete:
        raise DelineationError(_INCOMPLETE[what], ids=incomplete)


def check_design(blocks: Blocks, policy: Policy, names: Iterable[str]) -> None:
    """Raise unless all of these counts may shape areas (rule R9).

    An estimate does only where the blocks themselves say so: a policy cannot allow it.
    """
    own = {*blocks.design, *map(schema.undated, blocks.design)}
    estimated = {schema.undated(name) for name in blocks.estimates} - own
    barred = [name for name in names if schema.undated(name) in estimated]
    if barred:
        raise DelineationError("areas.estimated", ids=barred)
    allowed = {*blocks.design, *policy.design}
    forbidden = [name for name in names if not {name, schema.undated(name)} & allowed]
    if forbidden:
        raise DelineationError("areas.not_design", ids=forbidden)


def _earlier(blocks: Blocks, minima: Mapping[str, float], dates: Dates) -> dict[str, float]:
    """Return the minima at earlier dates."""
    if dates is None:
        return {}
    if dates == "all":
        held = {str(c): schema.undated(str(c)) for c in blocks.counts.columns if "@" in str(c)}
        return {name: minima[held[name]] for name in sorted(held) if held[name] in minima}
    days = [dates] if isinstance(dates, str) else dates
    wanted = {
        schema.dated(name, date): value
        for date in sorted(set(days))
        for name, value in minima.items()
        if blocks.dates.get(name) != date
    }
    unknown = [name for name in wanted if name not in blocks.counts.columns]
    if unknown:
        known = sorted({date for date in blocks.dates.values() if date})
        raise DelineationError("areas.unknown_date", ids=unknown, known=", ".join(known))
    return wanted


def _deviations(minima: Mapping[str, float], noise: Noise, certainty: float) -> dict[str, float]:
    """Return the standard deviation of the noise by variable; a date shares its variable's."""
    if not 0.5 <= certainty < 1:
        raise DelineationError("areas.certainty", certainty=certainty)
    if noise is None:
        return {}
    given = noise if isinstance(noise, Mapping) else dict.fromkeys(minima, noise)
    bases = {schema.undated(name) for name in minima}
    unknown = [name for name in given if name not in minima and name not in bases]
    if unknown:
        raise DelineationError("areas.noise_unknown", ids=unknown, known=", ".join(minima))
    found = {name: float(given.get(name, given.get(schema.undated(name), 0.0))) for name in minima}
    if any(not 0 <= value < np.inf for value in found.values()):
        raise DelineationError("areas.noise_negative", ids=found)
    return {name: value for name, value in found.items() if value > 0}
