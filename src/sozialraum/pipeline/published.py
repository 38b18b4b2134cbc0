"""From somebody's published table to an index: read and scored in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from sozialraum.errors import IndicatorError, SourceError, StatisticsError
from sozialraum.index import read_method, score
from sozialraum.model import Index, Method, Release
from sozialraum.sources.dates import date_in_name
from sozialraum.sources.published import published_layout, published_parts
from sozialraum.sources.published_cells import Kind

STATUS = ("status_sum", "status_index", "status_class")
DYNAMICS = ("dynamics_index", "dynamics_class")
DECILES = 10


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column of a published table holds what.

    Parameters
    ----------
    key
        Keys of the areas.
    status
        Shares in percent at the date.
    dynamics
        Changes of shares in percentage points.
    domain
        Ranks by the domain of the method they belong to, 1 = most deprived.
    score
        A score to be put into classes, high = more deprived.
    by
        Groups, such as years, within which classes are formed.
    residents
        Number of residents; areas below the minimum of the method get no class.
    where
        Column and the text it must hold; other areas get no class.
    sheet
        Sheet of a workbook; the only one with the column of keys when blank.
    """

    key: str
    status: Sequence[str] = ()
    dynamics: Sequence[str] = ()
    domain: Mapping[str, str] = field(default_factory=dict)
    score: str = ""
    by: str = ""
    residents: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    sheet: str = ""


def score_published(
    path: str | Path, columns: Columns, *, method: Method | str | Path = "mss"
) -> tuple[pd.DataFrame, tuple[Index, ...]]:
    """Return the index of somebody's published table, as a table keyed as theirs.

    Parameters
    ----------
    path
        See :func:`sozialraum.sources.read_published`.
    columns
        Which column holds what.
    method
        A method, the name of a preset or a TOML file.

    Returns
    -------
    DataFrame
        The key's column, then ``status_sum, status_index, status_class,
        dynamics_index, dynamics_class``; for methods that rank ``score, rank, decile``
        (``class`` if there are not ten); for a given score the group and ``score, class``.
    tuple of Index
        What it was made of, one for every group; their notes tell what looks odd.

    Raises
    ------
    IndicatorError
        The method needs columns that are not named, or cannot use named ones.
    SourceError
        The table is faulty, see :func:`sozialraum.sources.read_published`.
    StatisticsError
        Too few areas have values, or a column is the same everywhere.
    """
    known = method if isinstance(method, Method) else read_method(method)
    _check_columns(columns, known)
    if known.by == "quantile":
        return _classed(path, columns, known)
    kind: Kind = "rank" if columns.domain else "share"
    layout = published_layout(
        key=columns.key,
        columns=columns.domain or columns.status,
        changes=columns.dynamics,
        kind=kind,
        residents=columns.residents or None,
        where=columns.where,
        date=_date(path),
    )
    parts = published_parts(path, layout, sheet=columns.sheet or None)
    release = parts.releases[""]
    if columns.domain:
        _check_ranks(release, path)
    found = score(
        release, method=known, indicators=list(layout.columns), changes=list(layout.changes)
    )
    index = replace(found, notes=(*parts.notes, *found.notes))
    if columns.domain:
        return _ranked(index, columns.key), (index,)
    frame = index.table[[*STATUS, *DYNAMICS]].rename_axis(columns.key).reset_index()
    return frame.assign(status_class=_whole(frame["status_class"])), (index,)


def _date(path: str | Path) -> str:
    """Return the date in a file's name, if it tells one."""
    return date_in_name(Path(path).name) or ""


def _check_ranks(release: Release, path: str | Path) -> None:
    """Raise if ranks are higher than areas are many."""
    number = len(release.areas)
    high = [
        one.label()
        for one in release.indicators
        if release.frame(one.id)["value"].max(skipna=True) > number
    ]
    if high:
        raise SourceError("published.ranks_too_high", ids=high, path=path, count=number)


def _check_columns(columns: Columns, method: Method) -> None:
    """Raise unless the columns named are those that a method works with."""
    if any(domain.theme for domain in method.domains):
        raise IndicatorError("published.needs_project", ids=[method.id])
    expected = [d.id for d in method.domains if not d.theme and not d.indicators]
    if method.by == "quantile":
        need, used = [] if columns.score else ["--score"], {"score", "by"}
    elif expected:
        absent = [name for name in expected if name not in columns.domain]
        need, used = [f"--domain {name}=" for name in absent], {"domain"}
    else:
        need, used = [] if columns.status else ["--status"], {"status", "dynamics", "residents"}
    if need:
        raise IndicatorError("published.columns_needed", ids=need, method=method.id)
    options = ("status", "dynamics", "score", "by", "residents")
    unused = [f"--{name}" for name in options if getattr(columns, name) and name not in used]
    unused += [f"--domain {name}=" for name in columns.domain if name not in expected]
    if unused:
        raise IndicatorError("published.columns_unused", ids=unused, method=method.id)


def _ranked(index: Index, key: str) -> pd.DataFrame:
    """Return score, rank (1 = most deprived, ties share the average) and class."""
    scores = index.table["status_index"].to_numpy(dtype=float)
    known = ~np.isnan(scores)
    ranks = np.full(len(scores), np.nan)
    ranks[known] = rankdata(-scores[known])
    name = "decile" if len(index.method.classes) == DECILES else "class"
    areas = index.table.index
    columns = {"score": pd.Series(scores, areas), "rank": _whole(pd.Series(ranks, areas))}
    frame = pd.DataFrame({**columns, name: _whole(index.table["status_class"])})
    return frame.rename_axis(key).reset_index()


def _classed(
    path: str | Path, columns: Columns, method: Method
) -> tuple[pd.DataFrame, tuple[Index, ...]]:
    """Return a given score and its class, within groups, in the order of the file."""
    layout = published_layout(
        key=columns.key,
        columns=[columns.score],
        kind="score",
        where=columns.where,
        date="" if columns.by else _date(path),
    )
    parts = published_parts(path, layout, by=columns.by, sheet=columns.sheet or None)
    _check_spread(parts.releases, columns, path)
    made = {
        group: score(release, method=method, indicators=list(layout.columns))
        for group, release in parts.releases.items()
    }
    indices = tuple(replace(index, notes=(*parts.notes, *index.notes)) for index in made.values())
    if not columns.by:
        return _scored(indices[0], columns.key), indices
    tables = [
        _scored(index, columns.key).assign(**{columns.by: group}) for group, index in made.items()
    ]
    together = [columns.by, columns.key]
    frame = parts.keys.merge(pd.concat(tables), on=together, how="left", validate="one_to_one")
    return frame[[columns.key, columns.by, "score", "class"]], indices


def _check_spread(releases: Mapping[str, Release], columns: Columns, path: str | Path) -> None:
    """Raise if a score is the same in all areas of a group: no class would mean anything."""
    flat = []
    for group, release in releases.items():
        known = release.table["value"].dropna()
        if len(known) > 1 and known.min() == known.max():
            flat.append(f"{columns.score} ({columns.by}={group})" if columns.by else columns.score)
    if flat:
        raise StatisticsError("published.constant_score", ids=flat, path=path)


def _scored(index: Index, key: str) -> pd.DataFrame:
    columns = {"score": index.table["status_index"], "class": _whole(index.table["status_class"])}
    return pd.DataFrame(columns).rename_axis(key).reset_index()


def _whole(column: pd.Series) -> pd.Series:
    """Return whole numbers as such, missing ones kept; anything else as it is."""
    numbers = pd.to_numeric(column.replace("", np.nan), errors="coerce")
    known = column.notna() & (column != "")
    if (numbers.isna() & known).any() or (numbers[known] % 1 != 0).any():
        return column
    return numbers.astype("Int64")
