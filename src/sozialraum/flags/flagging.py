"""Areas whose burdens or strengths stand out, tested in one family."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from sozialraum import schema
from sozialraum.errors import StatisticsError
from sozialraum.flags.evidence import Engine, evidence, global_moran
from sozialraum.flags.firmness import kept, nearest_grades, stability
from sozialraum.flags.grades import strongest
from sozialraum.flags.samples import chosen, sample, surroundings
from sozialraum.flags.warnings import early_warning
from sozialraum.flags.zoning import ZONINGS
from sozialraum.model import Flags, Index, Release
from sozialraum.model.judged import WARNING_COLUMNS
from sozialraum.model.publishable import require_publishable


def flag(
    noun: Release | Index,
    *,
    indicators: Sequence[str] | None = None,
    rate: float = 0.05,
    permutations: int | None = None,
    seed: int = 0,
    warnings: bool = True,
    ring: Release | None = None,
) -> Flags:
    """Return areas where burdens or strengths gather more than chance explains.

    Parameters
    ----------
    noun
        A release, or an index, whose release, date and indicators are then taken.
    indicators
        Ids of rates; the index's, or all rates with a direction, when omitted.
    rate
        False discovery rate over the family of tests (areas × indicators × statistics).
    permutations
        Draws of a permutation test; when omitted, p-values are exact and nothing is drawn.
    seed
        Of the draws, and of the recounts and other zonings that findings are tried on.
    warnings
        Whether to look for early warnings, too
        (:func:`sozialraum.flags.warnings.early_warning`), up to the date of the index.
    ring
        Release of the same indicators whose areas lie around: those that touch an area
        count as neighbours and in what is usual among neighbours, so that areas at the
        border are not judged by half of their surroundings. They are never tested, and
        the usual rate stays that of the areas themselves.

    Returns
    -------
    Flags
        Rates are standardised for small populations and turned so that high is a burden.
        Areas whose value is not published take no part: neighbours are published ones.
        Every finding comes with its stability: how probably it is made again when people
        are counted again.

    Notes
    -----
    Three statistics bear witness: the rate itself in a funnel that allows for ordinary
    scatter (:func:`sozialraum.methods.funnel.funnel`), local Moran's I and Gi* on the
    standardised rates, bounded where the funnel ends so that one extreme area does not
    widen what chance allows all others. The standardisation is that of Assunção and Reis
    (:func:`sozialraum.methods.standardised_rates.eb_standardise`) with mean and variance
    measured on inconspicuous areas and chance as wide as it is: where people come alone
    both find about the same, where they come in households the funnel finds more.

    All three make one family, to which Benjamini and Hochberg's procedure is applied;
    :func:`sozialraum.flags.expected_false` says how many findings of each grade chance
    alone explains.

    Raises
    ------
    IndicatorError
        An indicator asked for is unknown, no rate, or has no published value.
    StatisticsError
        There is nothing to test, or `rate` or `permutations` make no sense.
    """
    require_publishable(noun, "flag")
    if ring is not None:
        require_publishable(ring, "flag")
    if not 0 < rate < 1 or (permutations is not None and permutations < 1):
        raise StatisticsError("flags.options", rate=rate)
    release = noun.release if isinstance(noun, Index) else noun
    index = noun if isinstance(noun, Index) else None
    picked = chosen(release, index, indicators or None)
    order = release.areas.index[release.areas[schema.GEOGRAPHY] == schema.AREAS_LEVEL]
    areas = release.areas.loc[order].sort_index()
    graph, outside = surroundings(areas, ring)
    samples = [sample(release, *one, areas.index, graph, ring=outside) for one in picked]
    engine = Engine(seed=seed) if permutations is None else Engine("pool", permutations, seed)
    table = evidence(samples, areas.index, rate, engine)
    own = csr_array(graph[: len(areas), : len(areas)])
    table = table.assign(
        knn_grade=nearest_grades(samples, areas, outside, rate=rate, engine=engine),
        stability=stability(samples, table, areas.index, rate=rate, seed=seed),
        kept=kept(samples, table, areas, own, seed=seed),
    )
    warned = pd.DataFrame(columns=list(WARNING_COLUMNS))
    if warnings:
        names, until = [name for name, _ in picked], index.date if index else None
        warned = early_warning(release, indicators=names, until=until, rate=rate, seed=seed)
    return Flags(
        release=release,
        index=index,
        rate=rate,
        tests=sum(int(one.rated.sum() + 2 * one.tested.sum()) for one in samples),
        table=table,
        areas=strongest(table, warned, areas.index).reindex(order),
        global_moran={one.indicator: global_moran(one) for one in samples},
        islands=tuple(str(key) for key in areas.index[np.diff(graph.indptr)[: len(areas)] == 0]),
        warnings=warned,
        zonings=ZONINGS,
    )
