"""Election results by district: turnout and votes, with a decision about postal votes."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from sozialraum.errors import SourceError
from sozialraum.methods.expression import names_in
from sozialraum.model import Delivery, Source
from sozialraum.sources.dates import iso_date
from sozialraum.sources.elections_files import election_kind, read_files
from sozialraum.sources.elections_postal import AT_POLL, Groups, Settled, settled
from sozialraum.sources.elections_rows import VOTERS, Districts
from sozialraum.sources.elections_totals import without_totals
from sozialraum.sources.loaded import row_names
from sozialraum.sources.long import Part, long_table, repeated
from sozialraum.sources.mapped import formatted
from sozialraum.sources.notes import note
from sozialraum.sources.shapes import stem
from sozialraum.sources.symbols import Counts, Mark, combine

__all__ = ["election_kind", "read_election"]

FEDERAL = "Die Bundeswahlleiterin, Statistisches Bundesamt, Wiesbaden"
LICENCE = "dl-de/by-2-0"
OWN_KEY = "{municipality}-{key}"


def read_election(  # noqa: PLR0913 - one keyword for each way in which elections are told
    path: str | Path,
    *,
    kind: str | None = None,
    postal: str | None = None,
    key_format: str = "",
    name: str = "wahl",
    geography: str = "",
    date: str | None = None,
    columns: Mapping[str, str] | None = None,
    variables: Mapping[str, str] | None = None,
    source: Source | None = None,
    county: str = "",
    postal_groups: Groups | None = None,
    sheet: str | None = None,
    repair: bool = False,
) -> Delivery:
    r"""Return the results of an election by polling district or constituency.

    Parameters
    ----------
    path
        ``kerg2.csv``, ``kerg.csv``, a Wahlbezirksstatistik (CSV, TXT or ZIP), open data of
        votemanager or OK.VOTE, or a table of a city's own.
    kind
        ``"kerg2"``, ``"kerg"``, ``"wbz"``, ``"votemanager"`` or ``"table"``; recognised
        from the content when omitted.
    postal
        What to do with postal districts: ``"separate"`` keeps them as districts of their
        own, ``"drop"`` leaves them out, ``"share"`` gives their votes to the polling
        districts they stand for, by eligible voters with a polling card, else by eligible
        voters. With the first two there is no variable ``voters``: those who came to the
        poll are called ``voters_at_poll``, so that no turnout is computed that leaves out
        half of the voters. Needed where a file holds postal districts.
    key_format
        Pattern of the keys with ``{municipality}`` and ``{key}`` (number of the district);
        ``"{municipality}-{key}"`` when omitted, or the number alone where the file names no
        municipality.
    name
        Name of the delivery.
    geography
        Name of the areas of the keys; ``"wahlbezirk"`` when omitted, ``"wahlkreis"`` for
        constituencies.
    date
        Day of the election (ISO 8601), if the file does not say it.
    columns
        For a city's table: columns by what they hold (``number``, ``municipality``,
        ``kind``, ``eligible``, ``cards``, ``voters``, ``valid``, ``invalid``, ``votes_…``).
        For votemanager: what the codes mean (``{"D1": "CDU"}``), if there is no
        ``open_data.json`` beside the file.
    variables
        Counts by name, each an expression over the variables of the election; all of them
        when omitted.
    source
        Supplier.
    county
        Beginning of the municipality keys to take, such as ``"05382"``.
    postal_groups
        Which polling districts a postal district stands for: a regular expression over
        the numbers whose brackets catch the name of the group (``r"(\d{3})"``), or a
        mapping of numbers to groups. All polling districts of the municipality, or of the
        municipalities that count postal votes together, when omitted.
    sheet
        Sheet of a workbook, if there are several.
    repair
        Put back lost leading zeros of municipality keys, and say so in the notes.

    Returns
    -------
    Delivery
        Level ``"area"``. Variables ``eligible``, ``cards`` (with polling card), ``voters``,
        ``invalid``, ``valid``, ``votes_<party>``; first votes begin with ``first_``, second
        votes have no such beginning. With ``postal="share"`` all that was shared is an
        estimate. Which party a name means stands in the notes.

    Raises
    ------
    SourceError
        Postal districts and no decision, an unknown file, missing columns, keys that are
        missing or repeated, cells that are no counts: with file, row and column.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "wahl_2025.csv"
    >>> _ = file.write_text("Bezirk;WB;ab\n101;1000;400\n102;500;150\n190;0;300\n")
    >>> held = {"number": "Bezirk", "eligible": "WB", "voters": "ab"}
    >>> wahl = read_election(file, columns=held, date="2025-09-14", postal="share")
    >>> voters = wahl.table[wahl.table["variable"] == "voters"]
    >>> dict(zip(voters["key"], voters["value"])), "voters" in wahl.estimates
    ({'101': 600.0, '102': 250.0}, True)
    """
    held, about = columns or {}, {"sheet": sheet, "county": county, "repair": repair}
    districts, found = read_files(path, kind, held, **about)
    districts = _within(without_totals(districts), county)
    result = settled(districts, postal, postal_groups)
    day = _day(districts, date)
    part, estimates = _part(result, variables, key_format, day)
    stated = source or _source(found, path, day)
    notes = [*result.districts.notes, *_legend(result.districts), *_marked(part)]
    constituencies = found in ("kerg", "kerg2")
    return Delivery(
        name,
        long_table([part]),
        replace(
            stated,
            reference_date=stated.reference_date or day,
            territory_date=stated.territory_date or day,
        ),
        geography=geography or ("wahlkreis" if constituencies else "wahlbezirk"),
        notes=tuple(notes),
        estimates=estimates,
    )


def _within(districts: Districts, county: str) -> Districts:
    """Return the districts of a county; jointly counted postal votes stay with it."""
    if not county:
        return districts
    kept = np.array([str(unit).startswith(county) for unit in districts.unit], dtype=bool)
    if not kept.any():
        known = sorted({str(unit)[:5] for unit in districts.unit})
        raise SourceError(
            "elections.county_not_there", ids=known, path=districts.where, county=county
        )
    return districts.taken(kept)


def _day(districts: Districts, given: str | None) -> str:
    """Return the day of the election; what is given must not contradict the file."""
    day = iso_date(given) if given else None
    if given and day is None:
        raise SourceError("sources.not_dates", ids=[given], path=districts.where, column="date")
    if not (day or districts.date):
        raise SourceError("sources.no_date", path=districts.where)
    return day or districts.date


def _part(
    result: Settled, variables: Mapping[str, str] | None, key_format: str, day: str
) -> tuple[Part, tuple[str, ...]]:
    """Return the counts by key, and which of them are estimates."""
    districts = result.districts
    keys = _keys(districts, key_format)
    counts = dict(districts.counts)
    estimates = result.estimates
    if variables is not None:
        _check_turnout(variables, counts, districts)
        chosen = {name: combine(e, counts) for name, e in variables.items()}
        _check_negative(chosen, districts)
        estimates = tuple(
            name for name, e in variables.items() if set(names_in(e, counts)) & set(estimates)
        )
        counts = chosen
    part = Part(repeated("area", len(keys)), keys, repeated(day, len(keys)), counts)
    return part, tuple(sorted(estimates))


def _keys(districts: Districts, key_format: str) -> np.ndarray:
    """Return the keys of the districts.

    Raises
    ------
    SourceError
        Keys occur twice, with their rows.
    """
    pattern = key_format or (OWN_KEY if (districts.unit != "").all() else "{key}")
    numbers = pd.Series(districts.number, dtype="str")
    keys = formatted(pattern, numbers, pd.Series(districts.unit, dtype="str"))
    twice = keys.duplicated().to_numpy()
    if twice.any():
        rows = row_names(districts.rows[twice])
        ids = [f"{key} ({row})" for key, row in zip(keys[twice], rows, strict=True)]
        raise SourceError("elections.keys_repeated", ids=ids, path=districts.where)
    return keys.to_numpy(dtype=object)


def _check_turnout(
    variables: Mapping[str, str], counts: Mapping[str, Counts], districts: Districts
) -> None:
    """Raise for sums over all voters where only those at the poll are known."""
    wanted = [n for n, e in variables.items() if VOTERS in names_in(e, {VOTERS, *counts})]
    if wanted and VOTERS not in counts and AT_POLL in counts:
        raise SourceError(
            "elections.no_turnout", ids=wanted, path=districts.where, variable=AT_POLL
        )


def _check_negative(chosen: Mapping[str, Counts], districts: Districts) -> None:
    """Raise for differences that fall below zero, with the rows."""
    rows = [
        f"{row} ({name})"
        for name, counts in chosen.items()
        for row in row_names(districts.rows[counts.negative])
    ]
    if rows:
        raise SourceError("sources.negative", ids=rows, path=districts.where)


def _source(kind: str, path: str | Path, day: str) -> Source:
    """Return the source of a file, as its kind tells it."""
    if kind in ("kerg", "kerg2", "wbz"):
        attribution = f"© {FEDERAL} {day[:4]}"
        return Source(FEDERAL, stem(path), licence=LICENCE, attribution=attribution)
    return Source(provider=Path(path).name, title=stem(path))


def _legend(districts: Districts) -> list[str]:
    """Return a note that says which party the name of a variable means."""
    named = [f"{name} = {label}" for name, label in districts.labels.items()
             if name in districts.counts]  # fmt: skip
    return [note("elections.note_names", names="; ".join(named))] if named else []


def _marked(part: Part) -> list[str]:
    """Return a note on missing numbers."""
    told = (Mark.VALUE, Mark.NOT_APPLICABLE)
    missing = sum(int((~np.isin(c.mark, told)).sum()) for c in part.counts.values())
    return [note("elections.note_missing", count=missing)] if missing else []
