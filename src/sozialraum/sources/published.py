"""Tables that somebody else published: shares, ranks or scores, as a release "not ours"."""

import difflib
import gzip
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.messages import default_language, text
from sozialraum.model import Layer, Release, Source
from sozialraum.sources.archives import local_file
from sozialraum.sources.dates import date_in_name
from sozialraum.sources.loaded import Loaded, load, places_in
from sozialraum.sources.persons import refuse_persons
from sozialraum.sources.published_cells import Kind
from sozialraum.sources.published_release import RESIDENTS, Layout, published_release
from sozialraum.sources.text import dialect_of, string_table

ZIPPED = ".gz"


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
        Decimal sign; seen from the numbers when omitted.
    sheet
        Sheet of a workbook, if there are several.
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
        Unknown columns, blank or repeated keys, keys without a shape, cells that are no
        number, shares above 100 %, counts in place of shares.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "monitoring_2017.csv"
    >>> _ = file.write_text("plr;s1;d1\n01;6,4;-0,8\n02;;\n")
    >>> release = read_published(file, key="plr", columns=["s1"], changes=["d1"])
    >>> release.frame("s1")["value"].to_list(), release.audit.ours
    ([6.4, nan], False)
    """
    layout = Layout(
        key=key,
        columns=_by_id(columns),
        changes=_by_id(changes, _by_id(columns)),
        kind=kind,
        name=name,
        residents=residents,
        where=dict(where or {}),
        date=date if date is not None else date_in_name(Path(path).name) or "",
        decimal=decimal,
    )
    loaded = load_published(path, key, sheet=sheet)
    return published_release(loaded, _found(loaded, layout), areas, source)


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
        As :func:`read_published`.
    """
    loaded = load_published(path, key)
    layout = _found(loaded, Layout(key, _by_id(columns), kind=kind, where=dict(where or {})), by)
    group = loaded.texts(by)
    return {
        str(value): published_release(loaded.kept((group == value).to_numpy()), layout)
        for value in dict.fromkeys(group)
    }


def published_keys(path: str | Path, key: str, by: str) -> pd.DataFrame:
    """Return the keys and groups of a table, row by row, under the names asked for."""
    loaded = load_published(path, key)
    layout = _found(loaded, Layout(key, {}), by)
    keys = loaded.texts(layout.key)
    return pd.DataFrame({key: keys, by: loaded.texts(by)})[keys != ""]


def load_published(path: str | Path, key: str, *, sheet: str | None = None) -> Loaded:
    """Return a published table as text; titles above the row with `key` are passed over."""
    path = local_file(path)
    if path.suffix.lower() == ZIPPED:
        with gzip.open(path) as stream:
            data = stream.read()
        table = string_table(data, str(path))
        refuse_persons(table, str(path))
        return Loaded(table, np.arange(table.num_rows) + 2, str(path))
    place = places_in(path, sheet=sheet)[0]
    if place.sheet is None and place.member is None:
        with path.open("rb") as stream:
            header = dialect_of(stream.read(), place.where).header
        if key.casefold() in {name.strip().casefold() for name in header}:
            return load(place)
    return load(place, header=key)


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


def _found(loaded: Loaded, layout: Layout, *more: str) -> Layout:
    """Return a layout with the columns as the file spells them; name all that it lacks."""
    spelled = {name.casefold(): name for name in reversed(loaded.names)}
    spelled |= {name: name for name in loaded.names}

    def own(name: str) -> str | None:
        return spelled.get(name, spelled.get(name.casefold()))

    absent = [name for name in dict.fromkeys((*layout.named, *more)) if own(name) is None]
    if absent:
        close = [difflib.get_close_matches(name, loaded.names, n=1, cutoff=0.5) for name in absent]
        meant = [one[0] for one in close if one]
        hint = text("sources.fault_meant", default_language(), key="“, „".join(meant))
        raise SourceError(
            "published.unknown_columns",
            ids=absent,
            path=loaded.where,
            present=", ".join(loaded.names),
            hint=hint if meant else "",
        )
    return Layout(
        key=str(own(layout.key)),
        columns={i: str(own(c)) for i, c in layout.columns.items()},
        changes={i: str(own(c)) for i, c in layout.changes.items()},
        kind=layout.kind,
        name=own(layout.name) if layout.name else None,
        residents=own(layout.residents) if layout.residents else None,
        where={str(own(c)): wanted for c, wanted in layout.where.items()},
        date=layout.date,
        decimal=layout.decimal,
    )
