"""Status and dynamics of areas, computed from a release only."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.index.chain import Chain, Inputs, inputs_of, make_chain
from sozialraum.index.choice import Choice, Wish, choose
from sozialraum.index.methods import read_method
from sozialraum.index.stability import DRAWS, with_stability
from sozialraum.index.values import Published, residents_of
from sozialraum.messages import default_language, text
from sozialraum.model import Index, Method, Release
from sozialraum.model.judged import INDEX_COLUMNS
from sozialraum.model.publishable import require_publishable
from sozialraum.schema import State

FEWEST = 2
"""Areas with values that an index needs at least."""
ROUNDING = 1e-12
"""Relative difference below which values are the same."""


def score(  # noqa: PLR0913 - one keyword for each choice a reader may ask about
    release: Release,
    *,
    preset: str = "mss",
    method: Method | str | Path | None = None,
    indicators: Sequence[str] | None = None,
    changes: Sequence[str] = (),
    date: str | None = None,
    years: int | None = None,
    baseline: str | None = None,
    residents: pd.Series | None = None,
    draws: int = DRAWS,
    seed: int = 0,
) -> Index:
    """Return the index of every area: how burdened it is, and how that is changing.

    Parameters
    ----------
    release
        Published values; nothing else is looked at.
    preset
        Name of a method that comes with the library, see
        :func:`sozialraum.index.read_method`. ``"mss"`` is the method of the Berlin
        monitoring: status from the values at `date`, dynamics from the change since two
        years before.
    method
        A method of one's own, or its TOML file; instead of `preset`.
    indicators
        Ids; all burdens and strengths (polarity not 0) of the method that have values at
        `date` when omitted.
    changes
        Ids of indicators that are changes already, as published tables hold them; the
        dynamics are made of these alone.
    date
        ISO date of the status; the latest that most of the indicators share when omitted.
    years
        Span of the dynamics; that of the method when omitted, 0: none. Indicators without
        values at its start enter the status only, and so do those whose series has a
        blocking break in between.
    baseline
        ISO date whose means and spreads are kept for `baseline_index`, the change on a
        scale that does not move with the county; the start of the dynamics when omitted.
        The class is ``"+"`` or ``"-"`` from half a standard deviation of that date on.
    residents
        People of every area (mean of start and end of the dynamics), by `area_id`; taken
        from the release when omitted. Areas below the minimum of the method get no class.
    draws, seed
        Draws behind the stability of the classes, see
        :func:`sozialraum.index.stability.stability`, and where their random numbers
        begin; 0 draws: no stability.

    Returns
    -------
    Index
        Areas in which any indicator is missing have no class, and the state of the cause.

    Raises
    ------
    IndicatorError
        An indicator or a domain has no published value at the date needed.
    StatisticsError
        The preset is unknown, there is no indicator to score, too few areas are complete
        or large enough, or an indicator is the same everywhere.
    """
    require_publishable(release, "score")
    known = method if isinstance(method, Method) else read_method(method or preset)
    source = Published.of(release)
    choice = choose(source, known, Wish(indicators, changes, date, years, baseline))
    people = _people(source, choice, residents)
    out = _excluded(choice.method, people, len(source.areas))
    if out.all():
        minimum = known.minimum_residents
        raise StatisticsError("score.all_excluded", method=known.id, minimum=minimum)
    chain = make_chain(choice.method, release, choice.standing, choice.moving, size=people)
    inputs = inputs_of(chain, source, (choice.date, choice.start, choice.baseline), out)
    _check_arithmetic(release, chain, inputs)
    notes = [*choice.notes, *_notes(source, choice, people, inputs)]
    index = _index(source, choice, inputs, out, tuple(notes))
    return with_stability(index, draws=draws, seed=seed) if draws else index


def _people(source: Published, choice: Choice, residents: pd.Series | None) -> np.ndarray | None:
    """Return the people of every area, mean of start and end; None where nobody says."""
    if residents is not None:
        absent = source.areas.difference(residents.index)
        if len(absent):
            raise IndicatorError("score.residents_unknown_areas", ids=absent)
        return residents.reindex(source.areas).to_numpy(dtype=float)
    dates = [choice.date, *([choice.start] if choice.start else [])]
    found = [residents_of(source.release, d, source.areas) for d in dates]
    told = [one for one in found if one is not None]
    if not told:
        return None
    table = np.stack(told)
    known = ~np.isnan(table)
    return np.divide(
        np.nansum(table, axis=0),
        known.sum(axis=0),
        out=np.full(table.shape[1], np.nan),
        where=known.any(axis=0),
    )


def _excluded(method: Method, people: np.ndarray | None, number: int) -> np.ndarray:
    """Return True for areas with fewer people than the method asks for."""
    return np.zeros(number, bool) if people is None else people < method.minimum_residents


def _check_arithmetic(release: Release, chain: Chain, inputs: Inputs) -> None:
    """Raise where the arithmetic would fail, naming indicators (or columns of a table)."""
    ours = release.audit.ours
    names = [one.id if ours else one.label() for one in chain.indicators]
    standing = [names[k] for k in chain.standing]
    _check_columns(inputs.now[:, list(chain.standing)], standing, chain, "index.no_spread")
    moving = [names[k] for k in chain.moving]
    if moving:
        change = chain.change(inputs.now, inputs.before)
        _check_columns(change, moving, chain, "score.no_change")
    if chain.method.standardise == "weighted" and (
        chain.size is None or np.isnan(chain.size).any()
    ):
        raise StatisticsError("score.sizes_needed", method=chain.method.id)


def _check_columns(values: np.ndarray, names: list[str], chain: Chain, message: str) -> None:
    """Raise unless enough areas are complete and every column tells them apart."""
    known = ~np.isnan(values)
    if chain.method.missing == "exclude":
        known &= known.all(axis=1)[:, None]
    if not known.any():
        raise StatisticsError("score.no_area_complete", ids=names)
    if known.any(axis=1).sum() < FEWEST:
        raise StatisticsError("index.too_few", ids=names)
    columns = [values[known[:, k], k] for k in range(len(names))]
    flat = [name for name, column in zip(names, columns, strict=True) if _is_flat(column)]
    if flat and chain.method.standardise != "none":
        raise StatisticsError(message, ids=flat)


def _is_flat(column: np.ndarray) -> bool:
    """Return True if values differ by rounding at most."""
    return not len(column) or bool(np.ptp(column) <= ROUNDING * max(1.0, np.abs(column).max()))


def _notes(
    source: Published, choice: Choice, people: np.ndarray | None, inputs: Inputs
) -> list[str]:
    """Return what a reader must know besides breaks of series."""
    language = default_language()
    notes = []
    if choice.method.minimum_residents and people is None and source.release.audit.ours:
        notes.append(text("score.note_residents_unknown", language))
    if choice.method.rates == "shrunk":
        bare = np.isnan(inputs.numerators).all(axis=0)
        notes += [
            text("score.note_not_shrunk", language, label=one.label(language))
            for one, without in zip(inputs.chain.indicators, bare, strict=True)
            if without
        ]
    return notes


def _index(
    source: Published, choice: Choice, inputs: Inputs, out: np.ndarray, notes: tuple[str, ...]
) -> Index:
    """Return the index of checked inputs."""
    chain, areas = inputs.chain, source.areas
    status = chain.status(inputs.now)
    nothing = np.full(len(areas), np.nan)
    dynamics = baseline = nothing
    if choice.moving:
        dynamics = chain.dynamics(inputs.now, inputs.before).index
        moved = chain.baseline(inputs.now, inputs.before, inputs.frozen)
        baseline = np.where(np.isnan(dynamics), np.nan, moved)
    classes, moves = chain.classes(status.index), chain.moves(dynamics)
    table = pd.DataFrame(
        {
            "status_sum": status.total,
            "status_index": status.index,
            "status_class": classes,
            "dynamics_index": dynamics,
            "dynamics_class": moves,
            "baseline_index": baseline,
            "baseline_class": chain.drifts(baseline),
            "group": np.where((classes != "") & (moves != ""), classes + moves, ""),
            "state": _states(source.release, choice, areas, out & np.isnan(status.index)),
        },
        index=areas,
    )
    known = ~np.isnan(status.index)
    table["state"] = table["state"].mask(known, str(State.VALUE))
    table[["status_stability", "dynamics_stability"]] = np.nan
    names = list(choice.standing)
    return Index(
        release=source.release,
        method=choice.method,
        date=choice.date,
        start=choice.start,
        indicators=choice.standing,
        table=table[list(INDEX_COLUMNS)],
        scores=pd.DataFrame(status.scores, index=areas, columns=names),
        weights=dict(zip(names, map(float, status.weights), strict=True)),
        baseline=choice.baseline,
        notes=notes,
        moving=choice.moving,
    )


def _states(release: Release, choice: Choice, areas: pd.Index, out: np.ndarray) -> np.ndarray:
    """Return why an area has no index; what is protected first, too few people before all."""
    columns = [
        release.frame(name, choice.date)["state"].reindex(areas).astype(str)
        for name in choice.standing
    ]
    table = np.column_stack([column.to_numpy(dtype=object) for column in columns])
    # values that make no rate: nobody below the line
    result = np.full(len(areas), str(State.NOT_APPLICABLE), dtype=object)
    order = [state for state in schema.PUBLIC_STATES if state != State.VALUE]
    for state in reversed(order):
        result[(table == str(state)).any(axis=1)] = str(state)
    result[out] = str(State.EXCLUDED)
    return result
