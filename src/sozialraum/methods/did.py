"""Difference in differences with few treated areas: what changed more than in areas alike.

With three or five treated areas, standard errors over areas say nothing. What chance does is
learnt from the areas in which nothing was done: each is treated as if something had been,
and the differences that then appear show how far areas part by themselves.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from sozialraum.methods.matching import courses, likeness, matched

PSEUDO = 30
"""Pseudo-treated areas: the donors most like a treated area."""


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """One treated area beside its controls, and all donors as if they had been treated.

    Parameters
    ----------
    path
        (t,) difference at every date against the mean of the dates before; NaN at dates
        that are not looked at.
    base, expected
        Rate of the area before, and (t,) the rates that its controls let expect.
    weights
        (n,) what enters the difference: 1 for the area, together -1 for its controls.
    scale
        (n,) standard deviation of the change of every area; 0 where it plays no part.
    donors
        (d,) positions of the donors.
    placebos
        (d, t) the same differences for the donors, each in its own standard deviation.
    distance
        (k,) how unlike the controls are, and `controls` (k,) which ones they are.
    alike
        Rows of `placebos` whose donors were most like the area before.
    gap, doubt
        (f,) how the controls still differ from the area, and (f, f) variance of what is
        taken out for that.
    """

    path: np.ndarray
    base: float
    expected: np.ndarray
    weights: np.ndarray
    scale: np.ndarray
    donors: np.ndarray
    placebos: np.ndarray
    controls: np.ndarray
    distance: np.ndarray
    alike: np.ndarray
    gap: np.ndarray
    doubt: np.ndarray

    def at_dates(
        self, path: np.ndarray, expected: np.ndarray, placebos: np.ndarray
    ) -> "Comparison":
        """Return the same comparison with its dates laid on a longer row of dates."""
        return replace(self, path=path, expected=expected, placebos=placebos)

    @property
    def spread(self) -> float:
        """Standard deviation of the difference of the area, after minus before."""
        return float(np.sqrt(((self.weights * self.scale) ** 2).sum()))


class Panel(NamedTuple):
    """Rates without gaps: what is compared.

    Parameters
    ----------
    rates, sampling
        (n, t) rates and their sampling variances, at the dates at which the treated area
        has a rate; rows that are neither the area nor a donor may be missing.
    before
        (t,) which dates are before the start.
    people
        (n,) people behind the rates.
    kinds
        (n,) kind of settlement, or empty.
    touching
        (n, n) which areas touch; nobody is a control of an area it touches.
    """

    rates: np.ndarray
    sampling: np.ndarray
    before: np.ndarray
    people: np.ndarray
    kinds: np.ndarray
    touching: csr_array

    def varying(self) -> np.ndarray:
        """Return the sampling variance of the change of every area, dates taken as separate."""
        sides = (self.sampling[:, own] for own in (self.before, ~self.before))
        early, late = (side.sum(axis=1) / side.shape[1] ** 2 for side in sides)
        return early + late


def compare(panel: Panel, areas: np.ndarray, donors: np.ndarray, k: int) -> list[Comparison]:
    """Return treated areas beside matched controls, and every donor beside its own.

    Parameters
    ----------
    panel
        What is compared.
    areas
        (a,) positions of the treated areas.
    donors
        (d,) positions of areas in which nothing was done.
    k
        Controls an area.

    Notes
    -----
    What is left between an area and its controls (level, course, size) is taken out by a
    regression over the donors, so that a high rate that falls by itself is no effect [1]_ [2]_.
    The change of an area varies by a share of its level and by a multiple of its sampling
    variance, both estimated from the donors, so that small areas lend their scatter to
    large ones in the right measure [3]_.

    References
    ----------
    .. [1] Abadie, Imbens (2011), Bias-corrected matching estimators for average treatment
       effects, Journal of Business & Economic Statistics 29, 1-11.
    .. [2] Daw, Hatfield (2018), Matching and regression to the mean in
       difference-in-differences analysis, Health Services Research 53, 4138-4156.
    .. [3] Ferman, Pinto (2019), Inference in differences-in-differences with few treated
       groups and heteroskedasticity, Review of Economics and Statistics 101, 452-467.
    """
    rows, many = np.concatenate([donors, areas]), len(donors)
    near = likeness(panel.rates[:, panel.before], panel.people, donors, panel.kinds)
    chosen, distance = matched(near, rows, donors, panel.touching, k)
    load = _loads(panel.people, donors, chosen)
    paths, expected, gaps, doubt = _differences(panel, rows, many, (chosen, load))
    level = panel.rates[:, panel.before].mean(axis=1)
    parts = np.column_stack([level**2, panel.varying()])
    beside = parts[donors] + (load[:many, :, None] ** 2 * parts[chosen[:many]]).sum(axis=1)
    change = paths[:many, ~panel.before].mean(axis=1)
    spare = max(many - gaps.shape[1] - 1, 1)
    law = _law((change - change.mean()) ** 2 * many / spare, beside)
    scale = np.zeros(len(panel.rates))
    scale[rows] = np.sqrt(parts[rows] @ law)
    placebos = paths[:many] / np.sqrt(beside @ law)[:, None]
    return [
        Comparison(
            path=paths[row],
            base=float(level[rows[row]]),
            expected=expected[row],
            weights=_weights(len(scale), rows[row], chosen[row], load[row]),
            scale=scale,
            donors=donors,
            placebos=placebos,
            controls=chosen[row],
            distance=distance[row],
            alike=_alike(near, rows[row], donors, panel.touching),
            gap=gaps[row],
            doubt=doubt,
        )
        for row in range(many, len(rows))
    ]


def _weights(n: int, area: int, controls: np.ndarray, load: np.ndarray) -> np.ndarray:
    found = np.zeros(n)
    found[area] = 1.0
    found[controls] -= load
    return found


def _loads(people: np.ndarray, donors: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return the weight of every control: larger areas weigh more, none prevails."""
    doubt = 1 / np.maximum(people, 1.0)
    load = 1 / (doubt[chosen] + np.median(doubt[donors]))
    return load / load.sum(axis=1, keepdims=True)


def _differences(
    panel: Panel,
    rows: np.ndarray,
    many: int,
    controls: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return differences against the dates before, and what controls let expect; (rows, t).

    The first `many` rows are the donors. To this come the gap of every row to its controls,
    and how little is known of what such a gap means for the change.
    """
    chosen, load = controls
    before = panel.rates[:, panel.before]
    level = before.mean(axis=1, keepdims=True)
    moved = panel.rates - level
    donors = rows[:many]
    features = np.column_stack([courses(before), np.log(np.maximum(panel.people, 1.0))])
    features = features - features[donors].mean(axis=0)
    design = np.column_stack([np.ones(len(donors)), features[donors]])
    weight = np.sqrt(panel.people[donors] / panel.people[donors].mean())[:, None]
    found = np.linalg.lstsq(design * weight, moved[donors] * weight, rcond=None)[0]
    slopes = found[1:]
    rest = ((moved[donors] - design @ found) * weight)[:, ~panel.before].mean(axis=1)
    inverse = np.linalg.pinv(design * weight)[1:]
    doubt = (inverse * rest**2) @ inverse.T
    gap = features[rows] - (load[:, :, None] * features[chosen]).sum(axis=1)
    usual = (load[:, :, None] * moved[chosen]).sum(axis=1) + gap @ slopes
    expected = (load * level[chosen, 0]).sum(axis=1, keepdims=True) + usual
    return moved[rows] - usual, expected, gap, doubt


def _alike(near: np.ndarray, area: int, donors: np.ndarray, touching: csr_array) -> np.ndarray:
    """Return the rows of the donors most like an area."""
    found, far = matched(near, [area], donors, touching, min(PSEUDO, len(donors)))
    return np.flatnonzero(np.isin(donors, found[0, np.isfinite(far[0])]))


def _law(square: np.ndarray, parts: np.ndarray) -> np.ndarray:
    """Return how squares hang on two parts: least squares, relative, no part below 0."""
    weight = 1 / np.maximum(parts[:, 1], 1e-12)
    found = np.zeros(2)
    for _ in range(3):
        scaled = parts * weight[:, None]
        found = np.linalg.lstsq(scaled, square * weight, rcond=None)[0]
        if (found < 0).any():
            kept = int(found.argmax())
            found = np.zeros(2)
            found[kept] = (square * weight).sum() / scaled[:, kept].sum()
        weight = 1 / np.maximum(parts @ found, 1e-12)
    # the spread as a whole is kept exactly
    return found * (square * weight).mean()
