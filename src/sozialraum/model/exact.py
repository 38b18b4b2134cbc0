"""Values out of JSON, read exactly, every fault with its place.

Numbers are never read through binary floats: decimals stay decimals, and fractions may
be given as text such as ``"1/3"``.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from sozialraum.errors import SourceError
from sozialraum.messages import default_language, text

MOST_DIGITS = 18
"""Longest number that is read, in digits before and after the point."""
NUMERAL = re.compile(rf"[+-]?\d{{1,{MOST_DIGITS}}}(\.\d{{1,{MOST_DIGITS}}}|/0*[1-9]\d{{0,17}})?")


class Fault(NamedTuple):
    """What is wrong at one place of a file.

    Parameters
    ----------
    place
        Such as ``published[3].area``.
    message
        Id of the sentence.
    values
        What the sentence needs beside the place; never a true count.
    """

    place: str
    message: str
    values: Mapping[str, Any]


def raise_faults(faults: list[Fault], path: object) -> None:
    """Raise one :class:`SourceError` that names every fault with its place, if there is any."""
    if faults:
        language = default_language()
        lines = [
            text(fault.message, language, place=fault.place, **fault.values) for fault in faults
        ]
        raise SourceError("audit.faulty", path=path, count=len(lines), faults="\n  ".join(lines))


class Refused(Exception):  # noqa: N818 - never leaves this module
    """A value is not what its key needs; carries the id of the sentence."""


class Key(NamedTuple):
    """How a key of a statement is read, and whether it must be there."""

    read: Callable[[Any], Any]
    required: bool = True


def parse_keys(
    content: Mapping[str, Any], keys: Mapping[str, Key], where: str, faults: list[Fault]
) -> dict[str, Any]:
    """Return the keys of a JSON object that are there, read; faults are added."""
    values = {}
    for name, key in keys.items():
        given = content.get(name)
        if given is None:
            if key.required:
                faults.append(Fault(f"{where}.{name}", "audit.missing", {}))
            continue
        try:
            values[name] = key.read(given)
        except Refused as refused:
            faults.append(Fault(f"{where}.{name}", str(refused), {}))
    return values


def number(given: object) -> Fraction:
    """Return a number exactly.

    Examples
    --------
    >>> number("1/3"), number(0.1)
    (Fraction(1, 3), Fraction(1, 10))
    """
    if isinstance(given, bool):
        raise Refused("audit.not_number")
    if isinstance(given, int | Fraction):
        exact = Fraction(given)
    elif isinstance(given, str) and NUMERAL.fullmatch(given.strip()):
        exact = Fraction(given.strip())
    elif isinstance(given, float | Decimal):
        decimal = given if isinstance(given, Decimal) else Decimal(repr(given))
        if not decimal.is_finite() or abs(decimal.adjusted()) > MOST_DIGITS:
            raise Refused("audit.not_number")
        exact = Fraction(decimal)
    else:
        raise Refused("audit.not_number")
    most = 10**MOST_DIGITS
    if abs(exact) > most or exact.denominator > most:
        raise Refused("audit.not_number")
    return exact


def whole(given: object) -> int:
    """Return a whole number that is not negative."""
    exact = number(given)
    if exact.denominator != 1 or exact < 0:
        raise Refused("audit.not_whole")
    return int(exact)


def name_of(given: object) -> str:
    """Return a text that is not empty."""
    if not isinstance(given, str) or not given:
        raise Refused("audit.not_text")
    return given


def flag(given: object) -> bool:
    """Return true or false."""
    if not isinstance(given, bool):
        raise Refused("audit.not_flag")
    return given


def names_of(given: object) -> tuple[str, ...]:
    """Return a list of texts."""
    if not isinstance(given, list | tuple):
        raise Refused("audit.not_list")
    return tuple(name_of(name) for name in given)


def plain(value: Any) -> Any:
    """Return a value as JSON knows it, exactly."""
    if isinstance(value, Fraction):
        if value.denominator == 1:
            return int(value)
        short = float(value)
        return short if Fraction(repr(short)) == value else str(value)
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    return value
