"""Texts against the release: a number beside an area's name must be one published for it.

Where a file has no cells (prose, drawings), a text cannot be understood, only compared.
Two rules hold: a number in the line or table row of an area must be published for that
area (in a column of an indicator: for that indicator), its municipality or the county;
any other number must be published somewhere, or be one of the allow-listed kinds (years,
counts of areas, class breaks, limits of the policy, numbers in our own sentences). A small
count that stands alone, far from any name, says nothing about an area and passes.
"""

import re
from collections.abc import Iterable, Sequence

from sozialraum import schema
from sozialraum.files.scan.finding import Finding, found
from sozialraum.files.scan.known import YEARS, Known, phrases
from sozialraum.files.scan.words import DATE, DIGITS, numbers, readings, same, tidy

LICENCE = re.compile(
    r"\b(?:CC[ -]?BY[-A-Z ]*|CC0|ODbL|ODC-By|dl-de/[a-z]+|EPSG)[ :v-]*\d+(?:[.-]\d+)?",
    re.IGNORECASE,
)
SPACED = re.compile(r"(?<![\d.,])\d{1,3}(?: \d{3})+(?!\d)(?:,\d+)?")
SERIES = re.compile(r"(?<=[^\W\d_])\d+|\b1 ?: ?\d{1,3}(?:[ .\u202f]?\d{3})*\b")
"""Numbers inside words, as names of map series have them, and scales."""
SCALE = re.compile(r"^\d+(?:[.,]\d+)? k?m$")

type Line = tuple[str, str]
"""Where a text stands, and the text."""


def check_lines(lines: Iterable[Line], known: Known, *, drawn: bool = False) -> list[Finding]:
    """Return what texts say that the release does not.

    Parameters
    ----------
    lines
        Places and texts; each text is looked at by itself.
    known
        What may be said.
    drawn
        True for drawings: round numbers that stand alone are ticks of an axis.
    """
    beside, strange = [], []
    for where, line in lines:
        text = known.untold(tidy(line))
        if not any(letter.isdigit() for letter in text) or (drawn and _is_tick(text, known)):
            continue
        areas = _statement_about(text, known)
        rest = _without_own(text, known, areas)
        if areas and not _all_in(rest, _allowed_beside(areas, known)):
            beside.append(where)
        elif known.release is not None and not _all_in(SERIES.sub(" ", rest), known.spare):
            strange.append(where)
    return found("beside", beside) + found("numbers", strange)


def check_rows(
    rows: Iterable[tuple[str, Sequence[str]]], heads: Sequence[str], known: Known
) -> list[Finding]:
    """Return cells of a printed table that differ from the release.

    Parameters
    ----------
    rows
        Place and cells of every row; a cell that is exactly a name or key of an area
        makes the row one about that area.
    heads
        Headings of the columns; one that begins with an indicator's label allows the
        values of that indicator only.
    known
        What may be said.
    """
    wrong, loose = [], []
    named = [known.indicator(head) for head in heads]
    for where, cells in rows:
        areas = [area for cell in cells for area in _exactly(cell, known)]
        computed = {tidy(one) for area in areas or [""] for one in known.cells.get(area, ())}
        for i, cell in enumerate(cells):
            if tidy(cell) in computed:
                continue
            indicator = named[i] if i < len(named) else None
            if not areas and indicator is None:
                loose.append((where, cell))
                continue
            if _exactly(cell, known):
                continue
            allowed = known.of(areas or known.published, indicator)
            rest = _without_own(tidy(cell), known, areas)
            if not _all_in(rest, allowed):
                wrong.append(where)
    return found("beside", wrong) + check_lines(loose, known)


def _exactly(cell: str, known: Known) -> list[str]:
    """Return the areas whose key or whole name a cell is."""
    text = tidy(cell)
    if text in known.areas.index:
        return [text]
    return known.exact.get(text, [])


def _is_tick(text: str, known: Known) -> bool:
    """Return True for a scale bar, or a number as axes of published values carry it."""
    if SCALE.fullmatch(text):
        return True
    below = text.startswith(("-", "−"))
    alone = DIGITS.fullmatch(SPACED.sub(lambda m: m.group().replace(" ", ""), text[below:]))
    meant = readings(alone.group()) if alone is not None else set()
    return bool({-one if below else one for one in meant} & known.ticks)


def _statement_about(text: str, known: Known) -> list[str]:
    """Return the areas a line is about; the county and its title are everywhere."""
    if known.release is None:
        return known.called(text)
    title = known.release.title
    levels, names = known.areas[schema.GEOGRAPHY], known.areas[schema.NAME]
    return [
        area
        for area in known.called(text)
        if levels[area] != schema.COUNTY_LEVEL and names[area] != title
    ]


def _without_own(text: str, known: Known, areas: Sequence[str]) -> str:
    """Return a line without names of its areas, dates, licences and our own wordings."""
    rest = DATE.sub(" ", text)
    for own in known.own:
        rest = rest.replace(own, " ")
    names = {tidy(str(known.areas.loc[a, schema.NAME])) for a in areas if a in known.areas.index}
    for name in sorted(names, key=len, reverse=True):
        rest = rest.replace(name, " ")
    rest = LICENCE.sub(" ", rest)
    for phrase in phrases():
        rest = phrase.sub(" ", rest)
    return rest


def _allowed_beside(areas: Sequence[str], known: Known) -> set[float]:
    if known.release is None:
        return set()
    allowed = known.about(areas) | {float(date[:4]) for date in known.dates}
    if any(known.areas.loc[a, schema.GEOGRAPHY] == schema.MUNICIPALITY_LEVEL for a in areas):
        # titles of sources name municipalities and years
        allowed |= {float(year) for year in YEARS}
    return allowed


def _all_in(text: str, allowed: set[float]) -> bool:
    """Return True if every number of a text is allowed, thousands parted by blanks or not."""

    def joined(match: re.Match[str]) -> str:
        return " " if readings(match.group().replace(" ", "")) & allowed else match.group()

    rest = SPACED.sub(joined, text)
    return all(any(same(n) in allowed for n in meant) for meant in numbers(rest))
