"""Stability of classes: how probable it is that a class is that of the underlying rates."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from sozialraum.index.chain import Inputs, chain_of
from sozialraum.messages import text
from sozialraum.methods.stability import Noise, agreement, posterior_rates
from sozialraum.model import Index, Indicator

DRAWS = 1000
"""Draws of the underlying rates."""
COLUMNS = ("status_stability", "dynamics_stability")
FEWEST = 10
"""Areas with counts below which nothing can be said about how rates are spread."""


def stability(index: Index, *, draws: int = DRAWS, seed: int = 0) -> pd.DataFrame:
    """Return how probable it is that every class is that of the underlying rates.

    The rates that may stand behind the published counts of all areas are drawn together
    (:func:`sozialraum.methods.stability.posterior_rates`) and pass through the whole index;
    the stability of a class is the share of draws in which its area gets it again. Only
    published counts are used.

    Numbers of people among people are binomial. Where a numerator exceeds its denominator
    somewhere, and for plain counts, events are counted: they are Poisson. An indicator of
    the kind ``"input"`` (places, staff, money) is no random event and stays as it is.

    Parameters
    ----------
    index
        From :func:`sozialraum.index.score`.
    draws, seed
        Number of draws and where the random numbers begin.

    Returns
    -------
    DataFrame
        Indexed as ``index.table``: `status_stability` and `dynamics_stability` between 0
        and 1, missing where there is no class or a count behind it is not published.

    Examples
    --------
    ::

        found = stability(index)
        borderline = found["status_stability"] < BORDERLINE
    """
    inputs = chain_of(index)
    counts = _counts(inputs)
    chain, table = inputs.chain, index.table
    found = pd.DataFrame(np.nan, index=table.index, columns=list(COLUMNS), dtype=float)
    if not _enough(counts):
        return found
    rates = _draws(counts, list(table.index), draws, seed)
    width = len(chain.indicators)
    sure = ~np.isnan(counts.above)

    def status(draw: np.ndarray) -> np.ndarray:
        return chain.classes(chain.status(counts.filled(draw)[:, :width]).index)

    def moves(draw: np.ndarray) -> np.ndarray:
        full = counts.filled(draw)
        return chain.moves(chain.dynamics(full[:, :width], full[:, width:]).index)

    standing, both = counts.columns[0], counts.columns[0] + counts.columns[1]
    told = _told(table["status_class"], sure[:, standing])
    found["status_stability"] = agreement(rates, told, status)
    if counts.columns[1]:
        told = _told(table["dynamics_class"], sure[:, both])
        found["dynamics_stability"] = agreement(rates, told, moves)
    return found


def with_stability(index: Index, *, draws: int = DRAWS, seed: int = 0) -> Index:
    """Return an index whose table says how sure its classes are, see :func:`stability`."""
    found = stability(index, draws=draws, seed=seed)
    table = index.table.assign(**{name: found[name] for name in COLUMNS})
    return replace(index, table=table)


def left_out(language: str | None = None) -> str:
    """Return the sentence that says what stability leaves out; it goes on every output.

    Examples
    --------
    >>> left_out("en").split(".")[0]
    'Stability says how sure a class is although counts are small and partly chance'
    """
    return text("stability.left_out", language)


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Counts behind an index; columns are the indicators now, then the same before.

    Parameters
    ----------
    above, below, rates
        (areas, columns) numerators, denominators (NaN where not published or not needed)
        and the rates that entered the index.
    per
        (columns,) rates are per this number.
    noise
        (columns,) what kind of chance is in the counts.
    columns
        Columns that the status needs, and those that the dynamics need besides.
    """

    above: np.ndarray
    below: np.ndarray
    rates: np.ndarray
    per: np.ndarray
    noise: tuple[Noise, ...]
    columns: tuple[list[int], list[int]]

    def filled(self, draw: np.ndarray) -> np.ndarray:
        """Return drawn rates, and the published ones where counts are not known."""
        return np.where(np.isnan(draw), self.rates, draw * self.per)


def _enough(counts: _Counts) -> bool:
    """Return True if areas with all counts are enough to learn how rates are spread."""
    return bool((~np.isnan(counts.above[:, counts.columns[0]])).all(axis=1).sum() >= FEWEST)


def _counts(inputs: Inputs) -> _Counts:
    chain = inputs.chain
    width = len(chain.indicators)
    moving = [] if chain.changes_given else [width + k for k in chain.moving]
    standing = list(chain.standing)
    above = np.hstack([inputs.numerators, inputs.numerators_before])
    below = np.hstack([inputs.denominators, inputs.denominators_before])
    plain = np.tile([not indicator.is_rate for indicator in chain.indicators], 2)
    below = np.where(plain & ~np.isnan(above), 1.0, below)
    unused = np.ones(2 * width, bool)
    unused[standing + moving] = False
    gap = np.isnan(above) | ~(below > 0) | unused
    above, below = np.where(gap, np.nan, above), np.where(gap, np.nan, below)
    kinds: list[Noise] = [
        _noise(one, above[:, k::width], below[:, k::width])
        for k, one in enumerate(chain.indicators)
    ]
    return _Counts(
        above,
        below,
        np.hstack([inputs.now, inputs.before]),
        np.tile(chain.per, 2),
        tuple(kinds * 2),
        (standing, moving),
    )


def _noise(indicator: Indicator, above: np.ndarray, below: np.ndarray) -> Noise:
    """Return what kind of chance is in the counts of an indicator, see :func:`stability`."""
    if indicator.kind == "input":
        return "none"
    if not indicator.is_rate or (above > below).any():
        return "poisson"
    return "binomial"


def _draws(counts: _Counts, keys: list[str], draws: int, seed: int) -> np.ndarray:
    width = counts.above.shape[1] // 2
    return posterior_rates(
        counts.above,
        counts.below,
        keys=keys,
        draws=draws,
        seed=seed,
        pairs=[(column - width, column) for column in counts.columns[1]],
        noise=counts.noise,
    )


def _told(classes: pd.Series, known: np.ndarray) -> np.ndarray:
    """Return the published classes of areas all of whose counts are known."""
    return np.where(known.all(axis=1), classes.to_numpy(dtype=object), "")
