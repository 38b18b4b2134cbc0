"""The saved mappings of population registers: how each sender lays out its table."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from sozialraum.messages import default_language, text
from sozialraum.sources.ages import SEXES, Group, group_of
from sozialraum.sources.archives import REMOTE
from sozialraum.sources.catalogue import Day
from sozialraum.sources.delivery_parts import Origin, Strict, Texts, listed
from sozialraum.sources.patterns import named_files, unmatched
from sozialraum.sources.settings import fault, raise_faults, read_toml, tables_of, validated

FIELDS = {"key", "municipality"}
"""What a ``key_format`` may name in braces."""
Listed = Annotated[Texts, BeforeValidator(listed)]


class Sender(Strict):
    """One ``[[register]]`` table: the layout of one sender.

    Parameters
    ----------
    municipality
        Key of 8 digits; several tables may name the same one (a layout changes with a
        program).
    files
        Names of files, relative to the mapping; ``*`` is allowed.
    layout
        ``"long"``: one row an area, sex and age, with a column `count`; ``"wide"``: one
        row an area, one column a group.
    key, age, sex, count, date_column
        Names of columns.
    level
        What the keys denote; ``"municipality"``: the table has no areas.
    groups
        What the sender's own spellings of ages (long) or names of columns (wide) mean:
        ``{"Krippe" = "0-2", "m1" = "m 0-2"}``; ``""`` leaves them out.
    sexes
        What the sender's own codes mean: ``{"1" = "m", "2" = "w"}``.
    where
        Rows that are meant: column and text, or several texts.
    added_over
        Columns that the table is broken down by further; their rows are added up.
    totals, no_address
        Further keys of rows of totals, and of people without an area.
    key_format, key_digits
        ``"{municipality}-{key}"``; digits to which numeric keys are filled up with zeros.
    fill_down
        A blank key, date or sex is that of the row above.
    absent_is_zero
        A group or row that is absent, or a blank cell, means nobody.
    """

    municipality: str
    files: Annotated[Listed, Field(min_length=1)]
    layout: Literal["long", "wide"]
    level: Literal["area", "cell", "municipality"] = "area"
    key: str = ""
    age: str = ""
    sex: str = ""
    count: str = ""
    date: Day = ""
    date_column: str = ""
    sheet: str = ""
    header: str = ""
    encoding: str = ""
    key_format: str = ""
    key_digits: int = Field(default=0, ge=0)
    groups: dict[str, str] = Field(default_factory=dict)
    sexes: dict[str, str] = Field(default_factory=dict)
    where: dict[str, Listed] = Field(default_factory=dict)
    added_over: Listed = ()
    totals: Listed = ()
    no_address: Listed = ()
    fill_down: bool = False
    absent_is_zero: bool | None = None
    dash_is_zero: bool = False


class Registers(Strict):
    """A file of mappings.

    `municipalities` are those that should send; `variables` what is asked for, as ages and
    sex (``"0-2"``, ``"w 80+"``); `absent_is_zero` holds where a sender does not say.
    """

    name: str = Field(default="register", pattern=r"^[^\W\d]\w*$")
    geography: str = ""
    municipalities: Listed = ()
    variables: dict[str, str] = Field(default_factory=dict)
    absent_is_zero: bool = False
    source: Origin | None = None
    register_: tuple[Sender, ...] = Field(default=(), alias="register")

    def is_zero(self, sender: Sender) -> bool:
        """Return whether what is absent in a sender's files means nobody."""
        return self.absent_is_zero if sender.absent_is_zero is None else sender.absent_is_zero

    def files(self, sender: Sender, path: Path) -> tuple[tuple[Path, str], ...]:
        """Return the files of a sender that are there; `path` is the mapping."""
        return named_files(sender.files, path.parent)


def read_mapping(path: str | Path) -> Registers:
    """Return the mappings of a file.

    Raises
    ------
    SourceError
        Faults of the file, all at once, each with its place.
    """
    content = read_toml(path)
    tables, faults = tables_of({"register": content.pop("register", [])}, "register")
    senders: list[Sender] = []
    for i, table in enumerate(tables):
        place = f"register[{i + 1}] „{table.get('municipality', '?')}“"
        sender, found = validated(Sender, table, place)
        faults += found
        if sender is not None:
            faults += _faults_of(sender, place)
            senders.append(sender)
    whole, found = validated(Registers, content, Path(path).name)
    faults += found
    if whole is not None:
        faults += _faults_of_whole(whole)
    raise_faults(faults, path)
    assert whole is not None
    return whole.model_copy(update={"register_": tuple(senders)})


def files_of(path: Path) -> tuple[tuple[Path, str], ...]:
    """Return all files that a mapping names and that are there, each once.

    Raises
    ------
    SourceError
        The mapping is faulty.
    """
    mapping = read_mapping(path)
    return named_files([name for one in mapping.register_ for name in one.files], path.parent)


def absent_of(path: Path) -> list[str]:
    """Return which names of files in a mapping mean no file."""
    return unmatched(
        [name for one in read_mapping(path).register_ for name in one.files], path.parent
    )


def requests(variables: dict[str, str]) -> dict[str, Group]:
    """Return what is asked for, understood; the description was checked before."""
    found = {name: group_of(asked) for name, asked in variables.items()}
    return {name: group for name, group in found.items() if group is not None}


def request_faults(variables: dict[str, str], place: str) -> list[str]:
    """Return which variables do not ask for ages."""
    faults = [
        _fault("no_ages", f"{place}.variables.{name}")
        for name, asked in variables.items()
        if group_of(asked) is None or group_of(asked).ages.start < 0  # type: ignore[union-attr]
    ]
    named = [n for n in variables if not n.isidentifier()]
    return faults + [fault("no_name", f"{place}.variables.{name}") for name in named]


def _faults_of_whole(whole: Registers) -> list[str]:
    faults = request_faults(whole.variables, whole.name)
    if any(not re.fullmatch(r"\d{8}", unit) for unit in whole.municipalities):
        faults.append(fault("no_municipality", "municipalities"))
    return faults


def _faults_of(sender: Sender, place: str) -> Iterator[str]:
    """Yield what is wrong with a mapping beyond the kinds of its values."""
    if not re.fullmatch(r"\d{8}", sender.municipality):
        yield fault("no_municipality", f"{place}.municipality")
    for name in sender.files:
        if REMOTE.match(name):
            yield fault("remote", f"{place}.files", name)
    if sender.layout == "long" and not sender.count:
        yield fault("missing_key", f"{place}.count")
    if sender.layout == "wide":
        for name in ("age", "sex", "count"):
            if getattr(sender, name):
                yield _fault("only_long", f"{place}.{name}")
    if not sender.key and sender.level != "municipality":
        yield fault("missing_key", f"{place}.key")
    yield from _faulty_words(sender, place)


def _faulty_words(sender: Sender, place: str) -> Iterator[str]:
    for spelled, meant in sender.groups.items():
        if meant and group_of(meant) is None:
            yield _fault("no_ages", f"{place}.groups.{spelled}")
    known = sorted({*SEXES.values(), ""})
    for code, sex in sender.sexes.items():
        if sex not in known:
            listed_sexes = ", ".join(f'"{one}"' for one in known)
            yield fault("not_one_of", f"{place}.sexes.{code}", listed_sexes)
    if set(re.findall(r"\{(.*?)\}", sender.key_format)) - FIELDS:
        yield fault("not_one_of", f"{place}.key_format", "{key}, {municipality}")
    if sender.encoding and not _is_encoding(sender.encoding):
        yield _fault("no_encoding", f"{place}.encoding")


def _fault(kind: str, place: str) -> str:
    return text(f"registers.fault_{kind}", default_language(), place=place)


def _is_encoding(name: str) -> bool:
    try:
        "".encode(name)
    except LookupError:
        # not known, or no encoding of texts
        return False
    return True
