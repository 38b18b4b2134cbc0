"""Tables about single people are refused before anything of them is kept (rule R16).

The look is a net against mistakes, not against intent: it recognises names of columns, forms
of cells, and tables that hold one row a person. What is found is told by column and kind;
no cell is ever repeated.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sozialraum.errors import DisclosureError
from sozialraum.messages import default_language, text
from sozialraum.sources import person_values as values
from sozialraum.sources import person_words as words
from sozialraum.sources.person_columns import Column, columns_of

FEWEST, FEWER = 5, 3
"""Rows below which nothing is concluded from how cells repeat; with features of people."""
MOST = 0.5
"""Share of the filled cells of a column that must have a form."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What speaks of single people: the kind, and the positions of the columns."""

    kind: str
    columns: tuple[int, ...]


def refuse_persons(table: pa.Table, where: str) -> None:
    """Raise if a table looks like records of single people.

    Parameters
    ----------
    table
        Columns of text, as read from the file.
    where
        What to call it: file, member, sheet.

    Raises
    ------
    DisclosureError
        Names file, columns and kinds of finding, and what to do; never a cell. A column is
        called by its name only where that name is one of the words looked for: in a file
        without a header the first line is a person.

    Examples
    --------
    >>> refuse_persons(pa.table({"Gebiet": ["Q1", "Q2"], "Kinder": ["12", "30"]}), "a.csv")
    >>> refuse_persons(pa.table({"Vorname": ["Kim"]}), "b.csv")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    sozialraum.errors.DisclosureError: b.csv sieht nach Angaben über einzelne Menschen aus: ...
    """
    columns = columns_of(table)
    found = list(findings(columns))
    if found:
        lines = [_line(one, columns, table.column_names) for one in found]
        raise DisclosureError("privacy.persons", ids=lines, path=where, found="; ".join(lines))


def findings(columns: Sequence[Column]) -> Iterator[Finding]:
    """Yield what speaks of single people in the columns of a table."""
    institutions = _about_institutions(columns)
    direct = {c.position: kind for c in columns if (kind := _direct(c)) is not None}
    for column in columns:
        kind = direct.get(column.position) or _shown(column, institutions=institutions)
        if kind:
            direct[column.position] = kind
            yield Finding(kind, (column.position,))
    others = [c for c in columns if c.position not in direct]
    if not institutions:
        yield from _addresses(columns, others, named="name" in direct.values())
        if not direct:
            yield from _one_row_a_person(others)


def _line(found: Finding, columns: Sequence[Column], names: Sequence[str]) -> str:
    language = default_language()
    shown = [
        text("privacy.column_named", language, number=i + 1, name=names[i])
        if _is_known_word(columns[i])
        else text("privacy.column", language, number=i + 1)
        for i in found.columns
    ]
    return f"{', '.join(shown)}: {text(f'privacy.kind_{found.kind}', language)}"


def _is_known_word(column: Column) -> bool:
    """Return True if a name is one of the words looked for, and so surely a header."""
    patterns = (words.PHONE, words.STREET, words.HOUSE_NUMBER, words.PERSON, words.PEOPLE)
    return bool(
        words.direct_kind(column.name)
        or any(pattern.search(column.name) for pattern in (*patterns, words.COUNT))
        or any(p.fullmatch(column.name) for p in (words.CORE, words.FURTHER, words.NAME))
    )


def _direct(column: Column) -> str | None:
    """Return the kind that a column's name states, unless its cells are counts of such things."""
    kind = words.direct_kind(column.name)
    if kind is None or not column.cells:
        return None
    if kind == "name":
        return kind if column.share(lambda cell: any(map(str.isalpha, cell))) >= MOST else None
    if kind == "birth_date":
        return None if column.small_integers else kind
    # numbers of cases may be small; a count of them repeats itself
    return None if column.small_integers and column.unlike < MOST else kind


def _shown(column: Column, *, institutions: bool) -> str | None:
    """Return the kind that the cells of a column show by their form."""
    if not column.cells or column.small_integers:
        return None
    if column.named(words.PHONE):
        digits = column.share(lambda cell: sum(map(str.isdigit, cell)) >= 6)
        return "phone" if digits >= MOST and not institutions else None
    if column.is_text:
        kinds = [kind for kind, form in values.FORMS.items() if column.share(form) >= MOST]
        public = ("e_mail", "phone") if institutions else ()
        kinds = [kind for kind in kinds if kind not in public]
        if kinds:
            return kinds[0]
    if institutions or column.named(words.EVENT) or column.named(words.STREET):
        return None
    if values.are_birthdays(column.cells):
        return "birth_date"
    return "name" if column.is_text and _holds_names(column) else None


def _holds_names(column: Column) -> bool:
    if len(column.cells) < 3:
        return False
    of_people = column.named(words.NAME, whole=True) or column.named(words.PERSON)
    known = values.share_of_first_names(column.cells) >= 0.3
    formed = known or (of_people and values.are_last_and_first(column.cells))
    return formed and column.share(words.INSIDE_NAMES.search) < 0.2


def _about_institutions(columns: Sequence[Column]) -> bool:
    """Return True for a list of institutions: each row another one, or with its capacity."""
    if any(c.named(words.CAPACITY) and c.numbers is not None for c in columns):
        return True
    for column in columns:
        named = column.named(words.INSTITUTION)
        called = column.named(words.NAME) and column.share(words.INSIDE_NAMES.search) >= 0.2
        if column.is_text and (named or called) and column.unlike >= 0.9:
            return True
    return False


def _addresses(
    columns: Sequence[Column], others: Sequence[Column], *, named: bool
) -> Iterator[Finding]:
    """Yield full addresses beside anything about people; alone they are a street list."""
    streets = [c for c in columns if c.named(words.STREET) and c.is_text and not _is_range(c)]
    beside = {c.position + 1 for c in streets}
    numbers = [c for c in columns if c.cells and _is_house_number(c, beside) and not _is_range(c)]
    whole = [c for c in columns if c.is_text and c.share(values.is_street_and_number) >= MOST]
    if any(c.named(words.HOUSE_NUMBER) and _is_range(c) for c in columns):
        return
    places = whole or ([*streets, *numbers] if streets and numbers else [])
    about = [c for c in others if c.cells and (_is_feature(c) or _counts_people(c))]
    about += [c for c in others if _tells_apart(c) and c not in places]
    if places and (about or named):
        yield Finding("address", tuple(c.position for c in [*places, *about]))


def _is_house_number(column: Column, beside: set[int]) -> bool:
    short = column.position in beside and column.named(words.SHORT_NUMBER, whole=True)
    return short or column.named(words.HOUSE_NUMBER)


def _counts_people(column: Column) -> bool:
    counts = column.named(words.PEOPLE) or column.named(words.COUNT)
    return counts and column.numbers is not None and not column.named(words.OF_BUILDINGS)


def _is_range(column: Column) -> bool:
    return column.named(words.RANGE)


def _is_feature(column: Column) -> bool:
    """Return True for a column with a feature of people: sex, year of birth, nationality."""
    if column.named(words.CORE, whole=True):
        numbers = column.numbers
        return numbers is None or bool((np.floor(numbers) == numbers)[~np.isnan(numbers)].all())
    return column.named(words.FURTHER, whole=True)


def _tells_apart(column: Column) -> bool:
    """Return True for a text column that names people: nearly every row another one."""
    of_people = column.named(words.PERSON) or column.named(words.NAME, whole=True)
    unlike = len(column.cells) >= 2 and column.unlike >= 0.9
    return of_people and column.is_text and unlike and not column.named(words.PLACE)


def _one_row_a_person(columns: Sequence[Column]) -> Iterator[Finding]:
    """Yield tables that hold one row a person, told by features, texts and counts."""
    rows = max((len(c.cells) for c in columns), default=0)
    if rows < FEWER:
        return
    features = [c for c in columns if c.cells and _is_feature(c)]
    core = any(c.named(words.CORE, whole=True) for c in features)
    people = [c for c in columns if c.named(words.PERSON) and _tells_apart(c)]
    free = [c for c in columns if c.numbers is not None and c not in features and not _is_key(c)]
    counts = [c for c in free if c.named(words.COUNT) or c.named(words.PEOPLE)]
    if any(c.varies for c in counts):
        return
    told = [*people, *features]
    if people or (core and (len(features) > 1 or counts) and _are_persons(columns, features, free)):
        yield Finding("row_a_person", tuple(c.position for c in [*told, *counts]))
    elif (
        rows >= FEWEST
        and counts
        and len(counts) == len(free)
        and (texts := _unplaced(columns, features))
    ):
        yield Finding("all_ones", tuple(c.position for c in [*texts, *counts]))


def _is_key(column: Column) -> bool:
    return column.named(words.NUMBERING, whole=True) or column.named(words.PLACE)


def _are_persons(
    columns: Sequence[Column], features: Sequence[Column], free: Sequence[Column]
) -> bool:
    """Return True if rows with features stand for people and not for groups of them.

    Groups are told apart by what they are broken down by, and carry a count. People repeat
    each other's features, or are numbered, or carry nothing else.
    """
    others = [c for c in free if not (c.named(words.COUNT) or c.named(words.PEOPLE))]
    if not others:
        return True
    if any(c.named(words.NUMBERING, whole=True) and c.unlike == 1 for c in columns):
        return True
    broken_down = [c for c in columns if c.is_text or c in features]
    if len({len(c.cells) for c in broken_down}) > 1:
        return False
    rows = list(zip(*(c.cells for c in broken_down), strict=True))
    return len(set(rows)) < 0.9 * len(rows)


def _unplaced(columns: Sequence[Column], features: Sequence[Column]) -> list[Column]:
    """Return the texts that tell rows apart, unless they name places or institutions."""
    if any(c.named(words.PLACE) or c.named(words.STREET) for c in columns):
        return []
    texts = [c for c in columns if c.is_text and c.unlike >= 0.9 and c not in features]
    return [c for c in texts if c.share(words.INSIDE_NAMES.search) < 0.2]
