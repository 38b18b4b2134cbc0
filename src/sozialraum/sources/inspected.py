"""What is noted while a file is looked at."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sozialraum.errors import SozialraumError
from sozialraum.messages import default_language, text
from sozialraum.sources.shapes import stem
from sozialraum.sources.table_kinds import is_number

type Facts = list[tuple[str, str]]
MANY = 30
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


@dataclass(slots=True)
class Report:
    """Facts and faults of one file, in the order in which they were found."""

    name: str
    facts: Facts = field(default_factory=list)
    faults: list[SozialraumError] = field(default_factory=list)

    def told(self) -> Facts:
        """Return the facts; where a fault came first, at least the file is named."""
        return [(_label("file"), self.name), *self.facts] if self.faults else self.facts

    def kind(self, name: str) -> None:
        """Note what kind of file it is, and what that means."""
        self.add("kind", text(f"inspection.kind_{name}", default_language()))

    def add(self, label: str, value: object) -> None:
        """Note one fact."""
        self.facts.append((_label(label), str(value)))

    def how(self, call: str) -> None:
        """Note the line of Python that loads the file."""
        self.add("how", call)

    def paste(self, title: str, **entries: object) -> None:
        """Note the lines of TOML that make the file part of a project."""
        lines = [title, *(f"{name} = {_written(value)}" for name, value in entries.items())]
        self.add("paste", "\n  " + "\n  ".join(lines))


def _label(name: str) -> str:
    return text(f"inspection.{name}", default_language())


def _written(value: object) -> str:
    r"""Return a value as TOML writes it.

    Examples
    --------
    >>> _written({"u3": '"unter 3"'}), _written("a.csv")
    ('{ u3 = \'"unter 3"\' }', '"a.csv"')
    """
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{name} = {_written(v)}" for name, v in value.items()) + " }"
    if isinstance(value, bool | int):
        return str(value).lower()
    plain = str(value)
    return f"'{plain}'" if '"' in plain or "\\" in plain else f'"{plain}"'


def listed(names: Iterable[str]) -> str:
    """Return names in a row; numbers are values of a file without a header and not shown.

    Examples
    --------
    >>> listed(["Gebiet", "12", "Name"])
    'Gebiet, …, Name'
    """
    shown = ["…" if name.strip() and is_number(name) else name for name in names]
    more = f" … (+{len(shown) - MANY})" if len(shown) > MANY else ""
    return ", ".join(shown[:MANY]) + more


def placeholder(name: str) -> str:
    """Return a text that stands for what only the reader knows."""
    return text(f"inspection.fill_{name}", default_language())


def plain_name(name: str, otherwise: str) -> str:
    """Return a name in the letters that TOML takes without quotes.

    Examples
    --------
    >>> plain_name("Plätze U3", "n"), plain_name("2025", "n")
    ('plaetze_u3', 'n_2025')
    """
    plain = re.sub(r"[^a-z0-9]+", "_", name.casefold().translate(UMLAUTS)).strip("_")
    return plain if plain[:1].isalpha() else f"{otherwise}_{plain}".strip("_")


def name_of(path: Path) -> str:
    """Return what a file may be called in a project."""
    return plain_name(stem(path), "lieferung")
