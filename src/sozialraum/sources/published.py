"""Tables that somebody else published: shares, ranks or scores, as a release "not ours"."""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.messages import default_language, text
from sozialraum.model import Layer, Release, Source
from sozialraum.sources.dates import date_in_name
from sozialraum.sources.loaded import Loaded
from sozialraum.sources.published_cells import Kind
from sozialraum.sources.published_load import load_published
from sozialraum.sources.published_release import published_release
from sozialraum.sources.published_rows import RESIDENTS, Layout, area_rows, code_notes
from sozialraum.sources.text import squeezed


def read_published(  # noqa: PLR0913 - one keyword for each way in which tables differ
    path: str | Path,
    *,
    key: str,
    columns: Mapping[str, str] | Sequence[str],
    changes: Mapping[str, str] | Sequence[str] = (),
    kind: Kind = "share",
    name: str | None = None,
    residents: str | None = None,
    where: Mapping[str, str] | None = None,
    date: str | None = None,
    decimal: str | None = None,
    sheet: str | None = None,
    areas: Layer | None = None,
    source: Source | None = None,
) -> Release:
    r"""Return somebody's published table as a release that is marked "not ours".

    Every output of it says that this library has neither protected nor checked it.

    Parameters
    ----------
    path
        CSV (``;`` or ``,``, decimal comma or point, UTF-8 or Latin-1, also ``.csv.gz``) or
        XLSX.
    key
        Column with the keys of the areas; they stay text, with leading zeros.
    columns
        Columns by the id of their indicator, or just columns.
    changes
        Columns that are changes in percentage points already; indicators without a
        direction, for ``score(…, changes=…)``.
    kind
        ``"share"`` (percent), ``"rank"`` (1 = most deprived) or ``"score"`` (high = more
        deprived).
    name
        Column with names of the areas.
    residents
        Column with the number of residents.
    where
        Column and the text it must hold; other areas count as excluded.
    date
        ISO date; that of the file's name when omitted.
    decimal
        Decimal sign; seen from the numbers of each column when omitted.
    sheet
        Sheet of a workbook; the only one with the column of keys when omitted.
    areas
        Shapes, keyed as the table; without them nothing can be drawn.
    source
        Who published it.

    Returns
    -------
    Release
        Blank cells, symbols, ``NaN`` and ``-9999`` are missing, each with its state.

    Raises
    ------
    SourceError
        Unknown columns, columns with two roles or without any number, blank or repeated
        keys, rows of totals, keys without a shape, cells that are no number, decimal signs
        that cannot be told, shares above 100 %, counts in place of shares.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "monitoring_2017.csv"
    >>> _ = file.write_text("plr;s1;d1\n01;6,4;-0,8\n02;;\n")
    >>> release = read_published(file, key="plr", columns=["s1"], changes=["d1"])
    >>> release.frame("s1")["value"].to_list(), release.audit.ours
    ([6.4, nan], False)
    """
    layout = published_layout(
        key=key,
        columns=columns,
        changes=changes,
        kind=kind,
        residents=residents,
        where=where,
        date=date if date is not None else date_in_name(Path(path).name) or "",
    )
    layout = replace(layout, name=name, decimal=decimal)
    loaded = load_published(path, key, sheet=sheet, columns=layout.named)
    layout = _found(loaded, layout)
    return published_release(area_rows(loaded, layout)[0], layout, areas, source)


def read_published_groups(
    path: str | Path,
    *,
    by: str,
    key: str,
    columns: Sequence[str],
    kind: Kind = "share",
    where: Mapping[str, str] | None = None,
) -> dict[str, Release]:
    """Return one release for every value of a column, such as a year; in order of the file.

    Raises
    ------
    SourceError
        As :func:`read_published`, or rows belong to no group.
    """
    layout = Layout(key, _by_id(columns), kind=kind, where=dict(where or {}))
    return dict(published_parts(path, layout, by=by).releases)


@dataclass(frozen=True, slots=True)
class Parts:
    """A published table, one release for every group.

    Parameters
    ----------
    releases
        By group, in the order of the file; ``""`` where there are no groups.
    keys
        Keys and groups row by row, under the names that were asked for.
    notes
        What a reader must know.
    """

    releases: Mapping[str, Release]
    keys: pd.DataFrame
    notes: tuple[str, ...]


def published_layout(
    *,
    key: str,
    columns: Mapping[str, str] | Sequence[str],
    changes: Mapping[str, str] | Sequence[str] = (),
    kind: Kind = "share",
    residents: str | None = None,
    where: Mapping[str, str] | None = None,
    date: str = "",
) -> Layout:
    """Return which column holds what, each under the id its indicator will have."""
    own = _by_id(columns)
    moved = _by_id(changes, own)
    return Layout(
        key, own, moved, kind=kind, residents=residents, where=dict(where or {}), date=date
    )


def published_parts(
    path: str | Path, layout: Layout, *, by: str = "", sheet: str | None = None
) -> Parts:
    """Return the releases of a published table with its keys and notes.

    Raises
    ------
    SourceError
        As :func:`read_published`, or rows belong to no group.
    """
    asked = layout.key
    grouping = (by,) if by else ()
    loaded = load_published(path, asked, sheet=sheet, columns=[*layout.named, *grouping])
    layout = _found(loaded, layout, *grouping)
    loaded, notes = area_rows(loaded, layout)
    if not by:
        release = published_release(loaded, layout)
        keys = pd.DataFrame({asked: release.areas.index})
        return Parts({"": release}, keys, (*notes, *code_notes(loaded, layout)))
    column = _spelled(loaded, by) or by
    group = loaded.texts(column)
    loaded.complain("published.group_blank", np.flatnonzero(group == ""), column)
    parts = {
        str(value): replace(
            loaded.kept((group == value).to_numpy()), where=f"{loaded.where}, {column}={value}"
        )
        for value in dict.fromkeys(group)
    }
    releases = {value: published_release(part, layout) for value, part in parts.items()}
    keys = pd.DataFrame({asked: loaded.texts(layout.key), by: group})
    return Parts(releases, keys, notes)


def _by_id(
    columns: Mapping[str, str] | Sequence[str], taken: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return columns by the id of their indicator: the column's name as a plain word."""
    if isinstance(columns, Mapping):
        return dict(columns)
    twice = sorted({c for c in columns if list(columns).count(c) > 1})
    if twice:
        raise SourceError("published.column_twice", ids=twice)
    found: dict[str, str] = {}
    for column in columns:
        word = re.sub(r"\W+", "_", column).strip("_")
        word = word if word.isidentifier() else f"c_{word}"
        others = {*found, *(taken or ()), RESIDENTS}
        tries = (word if i == 1 else f"{word}_{i}" for i in range(1, len(others) + 2))
        found[next(one for one in tries if one not in others)] = column
    return found


def _spelled(loaded: Loaded, name: str) -> str | None:
    """Return a column as the file spells it, whatever its case and blanks."""
    if name in loaded.names:
        return name
    wanted = squeezed(name)
    return next((one for one in loaded.names if squeezed(one) == wanted), None)


def _found(loaded: Loaded, layout: Layout, *more: str) -> Layout:
    """Return a layout with the columns as the file spells them; name all that it lacks."""
    asked = list(dict.fromkeys((*layout.named, *more)))
    spelled = {name: _spelled(loaded, name) for name in asked}
    absent = [name for name in asked if spelled[name] is None]
    if absent:
        left = {" ".join(n.split()): n for n in loaded.names if n not in spelled.values()}
        close = [difflib.get_close_matches(name, left, n=1, cutoff=0.5) for name in absent]
        meant = list(dict.fromkeys(one[0] for one in close if one))
        hint = text("sources.fault_meant", default_language(), key="“, „".join(meant))
        raise SourceError(
            "published.unknown_columns",
            ids=absent,
            path=loaded.where,
            present=", ".join(" ".join(name.split()) for name in loaded.names),
            hint=hint if meant else "",
        )
    own = {name: str(column) for name, column in spelled.items()}
    found = replace(
        layout,
        key=own[layout.key],
        columns={i: own[c] for i, c in layout.columns.items()},
        changes={i: own[c] for i, c in layout.changes.items()},
        name=own[layout.name] if layout.name else None,
        residents=own[layout.residents] if layout.residents else None,
        where={own[c]: wanted for c, wanted in layout.where.items()},
    )
    roles = [*found.roles, *(own[name] for name in more)]
    several = sorted({column for column in roles if roles.count(column) > 1})
    if several:
        raise SourceError("published.two_roles", ids=several, path=loaded.where)
    return found
