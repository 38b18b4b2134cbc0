"""Indices of several domains: indicators become domains, domains become one number."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from sozialraum.errors import StatisticsError
from sozialraum.methods.composite import Composite, Recipe, Standardise, compose

BERLIN = Recipe()
"""Standardised sum of standardised indicators that weigh the same."""


def compose_domains(
    values: npt.ArrayLike,
    orientation: npt.ArrayLike,
    recipe: Recipe = BERLIN,
    *,
    domains: Sequence[int] = (),
    size: npt.ArrayLike | None = None,
    centre: bool = False,
) -> Composite:
    """Return the index of indicators that are first added up to domains.

    The indicators of a domain are standardised and added up, all with the same weight; the
    recipe is then applied to the domains. A domain of one indicator is that indicator.

    Parameters
    ----------
    values
        (areas, indicators).
    orientation
        (indicators,) +1 where a high value is a burden, -1 where it is a strength.
    recipe
        The arithmetic; its weights are those of the domains, in their order.
    domains
        (indicators,) position of the domain of every indicator, from 0; empty: each
        indicator is a domain of its own.
    size
        (areas,) how much an area counts; needed by ``standardise="weighted"``.
    centre
        An area in which some indicators are missing takes part, and counts as average
        there; otherwise it takes no part.

    Returns
    -------
    Composite
        Scores and weights by indicator, so that ``total`` is ``scores @ weights``: the
        weight of an indicator is that of its domain over the spread of the domain. With
        ranks (``"exponential"``) no such share exists; the indicators of a domain then
        carry its score and equal parts of its weight.

    Raises
    ------
    StatisticsError
        An indicator, a domain or the sum has no spread, or no area can take part.

    Examples
    --------
    >>> values = [[1, 10, 5], [2, 20, 9], [3, 60, 1]]
    >>> found = compose_domains(values, [1, 1, 1], domains=[0, 0, 1])
    >>> found.index.round(3)
    array([-1.279,  1.162,  0.118])
    >>> bool(np.allclose(found.scores @ found.weights, found.total))
    True
    """
    values = np.asarray(values, dtype=float)
    place = np.asarray(domains if len(domains) else range(values.shape[1]), dtype=int)
    single = len(set(place.tolist())) == len(place)
    if single and not (centre and np.isnan(values).any()):
        weights = tuple(recipe.weights[i] for i in place) if recipe.weights else ()
        own = Recipe(recipe.standardise, weights, recipe.pca, recipe.restandardise)
        return compose(values, orientation, own, size=size)
    known = ~np.isnan(values)
    kept = known.any(axis=1) if centre else known.all(axis=1)
    if not kept.any():
        raise StatisticsError("index.no_spread", ids=range(values.shape[1]))
    counts = None if size is None else np.asarray(size, dtype=float)[kept]
    oriented = values[kept] * np.asarray(orientation, dtype=float)
    found = _nested(oriented, place, recipe, counts)
    return Composite(
        _spread_out(found.scores, kept),
        _spread_out(found.total, kept),
        _spread_out(found.index, kept),
        found.weights,
    )


def _nested(
    values: np.ndarray, place: np.ndarray, recipe: Recipe, size: np.ndarray | None
) -> Composite:
    """Return the index of oriented values of the areas that take part."""
    member = (place[:, None] == np.arange(place.max() + 1)).astype(float)
    several = member.sum(axis=0).max() > 1
    ranked = recipe.standardise == "exponential"
    inner: Standardise = "z" if ranked and several else recipe.standardise
    scores = np.column_stack([_column(column, inner, size) for column in values.T])
    # standardised columns are not standardised again where no domain adds any up
    how = recipe.standardise if several else "none"
    outer = Recipe(how, recipe.weights, recipe.pca, recipe.restandardise)
    sums = scores @ member
    top = compose(sums, np.ones(member.shape[1]), outer, size=size)
    number = member.sum(axis=0)
    if how == "exponential":
        return Composite(
            top.scores @ member.T, top.total, top.index, member @ (top.weights / number)
        )
    spread, shift = scale_of(sums, top.scores)
    own = scores - member @ (shift / number)
    return Composite(own, top.total, top.index, member @ (top.weights / spread))


def scale_of(sums: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return spread and shift of which `scores` are ``(sums - shift) / spread``."""
    spread = np.ptp(sums, axis=0) / np.ptp(scores, axis=0)
    return spread, (sums - scores * spread).mean(axis=0)


def _column(column: np.ndarray, how: Standardise, size: np.ndarray | None) -> np.ndarray:
    """Return the scores of one indicator; areas without it are in the middle."""
    recipe = Recipe(how, restandardise=False)
    scores = compose(column[:, None], [1], recipe, size=size).scores[:, 0]
    known = scores[~np.isnan(scores)]
    middle = {"exponential": np.median, "none": np.mean}.get(how)
    return np.where(np.isnan(scores), middle(known) if middle else 0.0, scores)


def _spread_out(found: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Return rows of all areas, NaN for those that take no part."""
    result = np.full((len(kept), *found.shape[1:]), np.nan)
    result[kept] = found
    return result
