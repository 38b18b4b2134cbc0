"""Replicas of the scan statistic: cases spread by chance alone, and their largest ratios."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np

from sozialraum.errors import StatisticsError
from sozialraum.methods.circles import Circles
from sozialraum.methods.scan_ratio import Null, needed_cases

Model = Literal["poisson", "binomial"]
Direction = Literal["high", "low", "both"]

LANES = 32
"""Replicas searched at once."""
STEPS = 4_096
"""Steps of the table that says how many cases a zone of a given measure needs."""
LEVEL, LEAST_LEVEL = 6.0, 0.5
"""Ratio the first replicas are searched above, and below which everything is searched."""
CAREFUL = 0.9
"""Share of the weakest of the first replicas that all others are searched above."""
MOST_CASES = 2**31 - 1


@dataclass(frozen=True, slots=True)
class ScanOptions:
    """What counts as a cluster.

    Parameters
    ----------
    model
        ``"poisson"``: cases are few among the population; ``"binomial"``: cases are some
        of the people counted, whole numbers both (Bernoulli model).
    direction
        Look for more cases than expected, for fewer, or for both.
    share
        Largest share of the population in a circle.
    longest
        Largest number of consecutive dates of a cluster; any when omitted.
    by_date
        Compare with the risk of the same date, so that what grows everywhere is no
        cluster (Poisson model).
    dispersion
        How much more the counts of areas scatter than independent cases would, from 1 on:
        persons come in households. Ratios are divided by it, and replicas spread as many
        independent cases as the counts are worth.

    Raises
    ------
    StatisticsError
        An option makes no sense.
    """

    model: Model = "poisson"
    direction: Direction = "high"
    share: float = 0.5
    longest: int | None = None
    by_date: bool = False
    dispersion: float = 1.0

    def __post_init__(self) -> None:
        known = self.model in get_args(Model) and self.direction in get_args(Direction)
        lengths = self.longest is None or self.longest >= 1
        if not known or not lengths or not 0 < self.share <= 1 or not self.dispersion >= 1:
            raise StatisticsError("clusters.options")
        if self.by_date and self.binomial:
            raise StatisticsError("clusters.by_date")

    @property
    def binomial(self) -> bool:
        """Whether cases are some of the people counted."""
        return self.model == "binomial"

    @property
    def ways(self) -> tuple[bool, bool]:
        """Whether high and low clusters are looked for."""
        return self.direction != "low", self.direction != "high"


class Problem(NamedTuple):
    """What a search needs; population and measures are (n, dates), not summed up.

    `totals` are the cases of every date.
    """

    totals: np.ndarray
    population: np.ndarray
    measures: np.ndarray
    zones: Circles
    longest: int
    null: Null
    options: ScanOptions


def replicated(problem: Problem, replicas: int, seed: int) -> np.ndarray:
    """Return the largest ratio of every replica.

    Zones that cannot reach a level are passed over. The first replicas say which level
    nearly all others reach; those few that do not are searched again below it.
    """
    search, draws = _searcher(problem), _draws(problem, seed)
    best = np.empty(-(-replicas // LANES) * LANES)
    best[:LANES] = _largest(search, _lanes(next(draws)), LEVEL)
    level = CAREFUL * float(best[:LANES].min())
    weak, places = [], []
    for begin in range(LANES, len(best), LANES):
        lanes = _lanes(next(draws))
        best[begin : begin + LANES] = search(lanes, level)
        below = np.flatnonzero(best[begin : begin + LANES] < level)
        weak.append(lanes[:, :, below])
        places.extend(begin + below)
    if places:
        best[places] = _largest(search, np.concatenate(weak, axis=2), level / 2)
    return best[:replicas]


def _largest(
    search: Callable[[np.ndarray, float], np.ndarray], lanes: np.ndarray, level: float
) -> np.ndarray:
    """Return the largest ratio of every lane; those below a level are searched again."""
    best = search(lanes, level)
    below = np.flatnonzero(best < level)
    if below.size:
        deeper = level / 2 if level > LEAST_LEVEL else 0.0
        best[below] = _largest(search, lanes[:, :, below], deeper)
    return best


def _draws(problem: Problem, seed: int) -> Iterator[np.ndarray]:
    """Yield (lanes, n, dates) cases spread by population alone, without end."""
    random = np.random.Generator(np.random.Philox(seed))
    shape = (LANES, *problem.population.shape)
    people, total = problem.population, problem.null.cases
    while True:
        if problem.null.binomial:
            colours = people.ravel().astype(np.int64)
            found = random.multivariate_hypergeometric(colours, total, LANES, method="marginals")
            yield found.reshape(shape)
        elif problem.options.by_date:
            found = np.zeros(shape, dtype=np.int64)
            for date in np.flatnonzero(problem.totals):
                then = people[:, date] / people[:, date].sum()
                found[..., date] = random.multinomial(problem.totals[date], then, LANES)
            yield found
        else:
            yield random.multinomial(total, people.ravel() / people.sum(), LANES).reshape(shape)


def _lanes(draws: np.ndarray) -> np.ndarray:
    """Return (n, dates, lanes) int32 cases up to every date."""
    return np.moveaxis(np.cumsum(draws, axis=2, dtype=np.int32), 0, 2)


def _searcher(problem: Problem) -> Callable[[np.ndarray, float], np.ndarray]:
    """Return a function that searches replicas for their largest ratio above a level."""
    from sozialraum.methods.scan_kernel import best_in_batch

    zones, starts = problem.zones, problem.zones.starts
    measures = np.cumsum(problem.measures, axis=1)
    sums = np.append(np.cumsum(measures[zones.order, -1]), 0.0)
    largest = float((sums[starts[1:] - 1] - sums[starts[:-1] - 1]).max())
    scale = STEPS**2 / max(largest * (1 + 1e-6), problem.null.whole * 1e-9)
    grid = np.arange(STEPS + 2) ** 2 / scale
    high, low = problem.options.ways

    def search(lanes: np.ndarray, level: float) -> np.ndarray:
        needed = needed_cases(level, grid, problem.null)
        needed[0] = needed[0] if high else MOST_CASES
        needed[1] = needed[1] if low else -1
        counts = np.ascontiguousarray(lanes).reshape(len(lanes), -1)
        return best_in_batch(zones, counts, measures, needed, scale, problem.longest, problem.null)

    return search
