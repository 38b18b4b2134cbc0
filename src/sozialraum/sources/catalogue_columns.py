"""Columns of a catalogue as a workbook: what a cell says for each field, and back."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sozialraum.files.workbook import Cell
from sozialraum.messages import LANGUAGES, text
from sozialraum.model.definitions import KINDS, LEVELS, RHYTHMS, SENSITIVITIES
from sozialraum.sources.dates import FULL, GERMAN, iso_date

type Form = Literal[
    "text", "day", "year_day", "whole", "number", "names", "counts", "numbers", "word", "switch"
]
SEPARATOR = ";"
ALTERNATIVES = "|"
SAME = "same"
"""Date of a denominator that is taken from the date of the numerator; an empty cell."""


class NoWord(ValueError):  # noqa: N818 - says what is wrong with a cell
    """A cell holds a word that the column does not know."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the field it holds, in which form, how wide, and which codes it knows."""

    name: str
    form: Form = "text"
    width: float = 24
    codes: tuple[str | int, ...] = ()
    title: str = ""

    def heading(self, language: str) -> str:
        """Return what stands at the top of the column."""
        return text(f"catalogue.column_{self.title or self.name}", language)

    def about(self, language: str) -> str:
        """Return what the column means."""
        return text(f"catalogue.about_{self.title or self.name}", language)

    def words(self, language: str) -> list[str]:
        """Return what may be chosen, in the order of the codes."""
        if self.form == "switch":
            return [text("catalogue.word_yes", language), text("catalogue.word_no", language)]
        return [self.word(code, language) for code in self.codes if code != ""]

    def word(self, code: str | int, language: str) -> str:
        """Return the word for a code."""
        name = str(code).replace("two-", "two_").replace("five-", "five_").replace("-", "m")
        return text(f"catalogue.word_{self.name}_{name}", language)


COLUMNS = (
    Column("id", width=20),
    Column("label_de", width=36),
    Column("label_en", width=36),
    Column("themes", "names"),
    Column("numerator", "counts", 28),
    Column("numerator_de", width=36),
    Column("numerator_en", width=36),
    Column("numerator_source", width=36),
    Column("numerator_day", "year_day", 12),
    Column("denominator", "counts", 28),
    Column("denominator_de", width=36),
    Column("denominator_en", width=36),
    Column("denominator_source", width=36),
    Column("denominator_day", "year_day", 12),
    Column("denominator_date", "day", 14),
    Column("per", "whole", 10),
    Column("unit_de"),
    Column("unit_en"),
    Column("polarity", "word", 12, (1, 0, -1)),
    Column("kind", "word", 12, KINDS),
    Column("goal_de", width=36),
    Column("goal_en", width=36),
    Column("target", "number", 10),
    Column("target_on", "day", 12),
    Column("sensitivity", "word", 14, SENSITIVITIES),
    Column("zero_sensitive", "switch", 12),
    Column("part_of", width=18),
    Column("behind", "counts"),
    Column("estimate", "switch", 12),
    Column("smallest_level", "word", 14, LEVELS),
    Column("pool", "whole", 10),
    Column("standard", "word", 14, ("", "direct", "indirect")),
    Column("strata", "names"),
    Column("standard_population", width=18),
    Column("breaks", "numbers", 20),
    Column("rhythm", "word", 16, RHYTHMS),
    Column("next_due", "day", 12),
    Column("note_de", width=48),
    Column("note_en", width=48),
    Column("adopted_by", width=18),
    Column("adopted_on", "day", 12),
)
BREAK_COLUMNS = (
    Column("id", width=20),
    Column("date", "day", 12, title="break_date"),
    Column("effect", "word", 14, ("block", "mark"), title="break_effect"),
    Column("reason_de", width=60, title="break_reason_de"),
    Column("reason_en", width=60, title="break_reason_en"),
)
THEME_COLUMNS = (Column("id", width=20), Column("label_de", width=36), Column("label_en", width=36))


FIELDS = {column.name: column for column in (*BREAK_COLUMNS, *COLUMNS)}
_PLAIN = "|".join(name for name in FIELDS if "_" not in name)
_JOINED = "|".join(name for name in FIELDS if "_" in name)
NAMED = re.compile(
    rf"(?:(?<=\()|(?<=: )|(?<=mit )|(?<=with ))(?:{_PLAIN})(?=[ ),])|\b(?:{_JOINED})\b"
)
"""Fields in a sentence: at its start, in brackets or listed; not the words of everyday."""
CODED = re.compile(r'\b(\w+) = ("[\w-]+"(?: \w+ "[\w-]+")*)')


def in_headings(sentence: str, language: str) -> str:
    """Return a fault with the headings of columns in place of fields, with words for codes.

    Examples
    --------
    >>> in_headings('Eine Wirkung (kind = "outcome") braucht eine Richtung.', "de")
    'Eine Wirkung („Art“ = „Wirkung“) braucht eine Richtung.'
    >>> in_headings("a day of a target needs a value (target).", "en")
    'a day of a target needs a value ("Target").'
    """

    def quoted(word: str) -> str:
        return f"„{word}“" if language == "de" else f'"{word}"'

    def words(found: re.Match[str]) -> str:
        column = FIELDS.get(found[1])
        if column is None or not column.codes:
            return found[0]
        known = {f'"{code}"': quoted(column.word(code, language)) for code in column.codes if code}
        return f"{found[1]} = " + re.sub(
            r'"[\w-]+"', lambda code: known.get(code[0], code[0]), found[2]
        )

    sentence = CODED.sub(words, sentence)
    return NAMED.sub(lambda found: quoted(FIELDS[found[0]].heading(language)), sentence)


def cell_of(column: Column, value: Any, language: str) -> Cell:
    """Return what a cell shows for a value."""
    shown: Cell = value
    match column.form:
        case "switch":
            shown = text("catalogue.word_yes" if value else "catalogue.word_no", language)
        case "word":
            shown = "" if value == "" else column.word(value, language)
        case "names":
            shown = _listed(value)
        case "numbers":
            numbers = [repr(float(one)) for one in value]
            shown = _listed(n.replace(".", ",") if language == "de" else n for n in numbers)
        case "counts":
            shown = _listed((value or "").split(ALTERNATIVES))
        case "day" if value == SAME:
            shown = ""
    return shown


def value_of(column: Column, cell: object) -> Any:
    """Return the value that a cell means, or None where an empty cell means the default.

    What cannot be read stays as it is: the definition says what it should be.

    Raises
    ------
    NoWord
        The cell holds a word that the column does not know.
    """
    cell = cell.strip() if isinstance(cell, str) else cell
    shown: Any = _as_text(cell)
    match column.form:
        case "whole" | "number":
            shown = _number(cell, whole=column.form == "whole")
        case "numbers":
            shown = [_number(one, whole=False) for one in _entries(shown)]
        case "day" | "year_day":
            shown = _day(cell, year=column.form == "day")
        case "word" | "switch":
            shown = _code(column, shown)
        case "names":
            shown = _entries(shown)
        case "counts":
            shown = ALTERNATIVES.join(_entries(shown))
    return shown


def _listed(entries: Iterable[str]) -> str:
    escaped = (one.replace("\\", "\\\\").replace(SEPARATOR, f"\\{SEPARATOR}") for one in entries)
    return f"{SEPARATOR} ".join(escaped)


def _entries(shown: str) -> list[str]:
    """Return the entries of a list in one cell.

    Examples
    --------
    >>> _entries("a; b" + chr(92) + "; c;")
    ['a', 'b; c']
    """
    found = [re.sub(r"\\(.)", r"\1", one).strip() for one in _split(shown)]
    return [one for one in found if one]


def _split(shown: str) -> Iterator[str]:
    start = 0
    for match in re.finditer(r"\\.|;", shown, flags=re.DOTALL):
        if match[0] == SEPARATOR:
            yield shown[start : match.start()]
            start = match.end()
    yield shown[start:]


def _number(cell: object, *, whole: bool) -> Any:
    if cell == "":
        return None
    if isinstance(cell, str):
        try:
            return int(cell) if whole else float(cell.replace(",", "."))
        except ValueError:
            return cell
    if whole and isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return cell


def _as_text(cell: object) -> str:
    """Return a cell as text; a spreadsheet may have turned text into something else."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()[:10]
    return str(cell)


def _day(cell: object, *, year: bool) -> str:
    """Return an ISO date or a day of the year, also out of German dates and real ones."""
    shown = _as_text(cell)
    if isinstance(cell, datetime | date):
        return shown if year else shown[5:]
    if year and (FULL.fullmatch(shown) or GERMAN.fullmatch(shown)):
        return iso_date(shown) or shown
    german = None if year else re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.?", shown)
    return f"{int(german[2]):02}-{int(german[1]):02}" if german else shown


def _code(column: Column, shown: str) -> Any:
    """Return the code of a word of either language; a code stands for itself."""
    if shown == "":
        return "" if "" in column.codes else None
    asked = shown.casefold()
    if column.form == "switch":
        known: dict[str, Any] = {"true": True, "false": False}
        for language in LANGUAGES:
            yes, no = column.words(language)
            known |= {yes.casefold(): True, no.casefold(): False}
    else:
        known = {str(code): code for code in column.codes if code != ""}
        for language in LANGUAGES:
            known |= {
                column.word(code, language).casefold(): code for code in column.codes if code != ""
            }
    if asked not in known:
        raise NoWord(shown)
    return known[asked]
