"""Any catalogue that can be read comes back from TOML and from a workbook as it was."""

import string
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from sozialraum.files.workbook import Sheet, write_workbook
from sozialraum.model import Indicator
from sozialraum.model.definitions import KINDS, LEVELS, RHYTHMS, SENSITIVITIES, SeriesBreak
from sozialraum.model.themes import THEMES
from sozialraum.sources import read_catalogue, write_indicators

SIGNS = "=+-@;\\\"'<>&|_x0041_ äöüß€ \n#%'{}[],.\u00a0\u2028😀" + string.ascii_letters
TEXTS = st.text(SIGNS, max_size=30).map(str.strip)
FILLED = TEXTS.filter(bool)
NAMES = st.text(string.ascii_letters + string.digits + "äß", min_size=1, max_size=8).map(
    lambda name: f"n{name}"
)
COUNT = st.text(string.ascii_letters + ".;\\=-@+ä\"'", min_size=1, max_size=12)
COUNTS = st.lists(COUNT, min_size=1, max_size=3).map("|".join)
DATES = st.dates(date(1900, 1, 1), date(2099, 12, 31)).map(lambda day: day.isoformat())
DAYS = st.dates().map(lambda day: day.isoformat()[5:])
FINITE = st.floats(allow_nan=False, allow_infinity=False)
BREAKS = st.lists(
    st.builds(SeriesBreak, DATES, st.sampled_from(["block", "mark"]), TEXTS, TEXTS),
    max_size=3,
    unique_by=lambda one: one.date,
).map(tuple)


@st.composite
def indicators(draw, name, names, themes):
    """Return one valid indicator that may refer to others."""
    rate = draw(st.booleans())
    outcome = draw(st.booleans())
    aimed = outcome and draw(st.booleans())
    standard = draw(st.sampled_from(["", "direct", "indirect"]))
    strata = [other for other in names if other != name]
    if not strata:
        standard = ""
    some = st.lists(st.sampled_from(strata or [""]), min_size=1, max_size=3, unique=True)
    unit = "je 100" if not rate else draw(TEXTS)
    return Indicator(
        name,
        draw(COUNTS),
        draw(COUNTS) if rate else None,
        draw(FILLED),
        draw(FILLED),
        per=draw(st.integers(1, 10**20)),
        polarity=draw(st.sampled_from([-1, 1] if outcome else [-1, 0, 1])),
        sensitivity=draw(st.sampled_from(SENSITIVITIES)),
        zero_sensitive=draw(st.booleans()),
        behind=draw(st.none() | COUNTS),
        denominator_date=draw(st.just("same") | DATES) if rate else "same",
        themes=tuple(draw(st.lists(st.sampled_from(themes), max_size=3, unique=True))),
        breaks=tuple(sorted(draw(st.sets(FINITE, max_size=4)))),
        unit_de=unit,
        unit_en=unit,
        note_de=draw(TEXTS),
        note_en=draw(TEXTS),
        estimate=draw(st.booleans()),
        adopted_by=draw(TEXTS),
        adopted_on=draw(st.just("") | DATES),
        numerator_de=draw(TEXTS),
        denominator_en=draw(TEXTS),
        numerator_source=draw(TEXTS),
        numerator_day=draw(st.just("") | DAYS),
        denominator_day=draw(st.just("") | DAYS),
        smallest_level=draw(st.sampled_from(LEVELS)),
        pool=draw(st.integers(1, 9)),
        standard=standard,
        strata=tuple(draw(some)) if standard else (),
        standard_population=draw(TEXTS) if standard else "",
        kind="outcome" if outcome else draw(st.sampled_from(KINDS[:3])),
        goal_de=draw(FILLED if aimed else TEXTS),
        goal_en=draw(FILLED if aimed else TEXTS),
        target=draw(FINITE) if aimed else None,
        target_on=draw(DATES) if aimed else "",
        rhythm=draw(st.sampled_from(RHYTHMS)),
        next_due=draw(st.just("") | DATES),
        series_breaks=draw(BREAKS),
    )


@st.composite
def catalogues(draw):
    """Return a valid catalogue and the themes it adds."""
    names = draw(st.lists(NAMES, min_size=1, max_size=4, unique=True))
    own = draw(st.dictionaries(NAMES, st.tuples(FILLED, FILLED), max_size=2))
    themes = [*THEMES, *own]
    made = [draw(indicators(name, names, themes)) for name in names]
    # a part lies in one that stands before it, so that nothing goes round in circles
    parts = [draw(st.none() | st.sampled_from(names[:i])) if i else None for i in range(len(names))]
    return tuple(replace(one, part_of=p) for one, p in zip(made, parts, strict=True)), own


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(catalogues(), st.sampled_from(["de", "en"]))
@pytest.mark.parametrize("ending", ["xlsx", "toml"])
def test_a_catalogue_comes_back_as_it_was(tmp_path_factory, ending, catalogue, language):
    indicators, themes = catalogue
    path = tmp_path_factory.mktemp("catalogue") / f"catalogue.{ending}"
    write_indicators(path, indicators, language=language, themes=themes)
    assert read_catalogue(path) == (indicators, themes)


CELLS = st.none() | st.text(SIGNS, max_size=40) | st.integers() | FINITE


@settings(deadline=None, max_examples=40)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=5))
def test_cells_come_back_as_they_were(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("cells") / "cells.xlsx"
    write_workbook(path, [Sheet("A", [["one", "two"], *rows])])
    found = CalamineWorkbook.from_path(path).get_sheet_by_name("A").to_python(skip_empty_area=False)
    expected = [[_read(cell) for cell in row] for row in rows]
    while expected and expected[-1] == ["", ""]:
        expected.pop()
    assert [row + [""] * (2 - len(row)) for row in found[1:]] == expected


def _read(cell):
    if cell is None:
        return ""
    if isinstance(cell, str):
        return cell
    return str(cell) if abs(cell) > 2**53 else float(cell)
