"""How numbers and dates are written for German and English readers."""

import math

from sozialraum.messages import text
from sozialraum.methods.pooling import window_years

THIN = "\u202f"
"""Narrow no-break space between thousands (DIN 5008)."""
EXACT = 9
"""More decimals than any error rate has."""
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What a text begins with that a spreadsheet would compute."""


def number(value: float, digits: int, language: str) -> str:
    r"""Return a number with fixed decimals, grouped thousands and the language's mark.

    Examples
    --------
    >>> number(12345.67, 1, "de"), number(12345.67, 1, "en")
    ('12\u202f345,7', '12,345.7')
    """
    plain = f"{value:,.{digits}f}"
    if float(plain.replace(",", "")) == 0:
        plain = plain.removeprefix("-")
    if language == "en":
        return plain
    return plain.replace(",", THIN).replace(".", ",")


def percentage(value: float) -> float:
    """Return a share between 0 and 1 as percent as :func:`share` writes it.

    Examples
    --------
    >>> percentage(0.9996), percentage(0.12345)
    (99.9, 12.4)
    """
    return math.floor(value * 1000) / 10 if value > 0.5 else math.ceil(value * 1000) / 10


def share(value: float, language: str) -> str:
    r"""Return a share between 0 and 1 as percent, never rounded up to 100 or down to 0.

    Examples
    --------
    >>> share(0.9996, "de"), share(1.0, "en")
    ('99,9\u202f%', '100%')
    """
    percent = percentage(value)
    digits = 0 if percent in (0, 100) else 1
    return number(percent, digits, language) + ("%" if language == "en" else f"{THIN}%")


def percent_of(rate: float, language: str) -> str:
    """Return an error rate as percent without the sign, in all the digits it was given with.

    Examples
    --------
    >>> percent_of(0.05, "de"), percent_of(0.025, "de"), percent_of(0.004, "en")
    ('5', '2,5', '0.4')
    """
    percent = 100 * rate
    digits = next((n for n in range(EXACT) if math.isclose(round(percent, n), percent)), EXACT)
    return number(percent, digits, language)


def of_areas(name: str, areas: float, language: str) -> str:
    """Return a sentence with a number of areas; of one area the sentence with `_one` at its end.

    Examples
    --------
    >>> of_areas("pictures.effect_treated", 1, "de")
    '1 Gebiet mit Maßnahme'
    """
    own = f"{name}_one" if areas == 1 else name
    return text(own, language, areas=number(areas, 0, language))


def day(iso: str, language: str) -> str:
    """Return an ISO date as people write it; anything else as it is.

    Examples
    --------
    >>> day("2025-12-31", "de"), day("2025-12-31", "en"), day("2025", "de")
    ('31.12.2025', '2025-12-31', '2025')
    """
    parts = iso.split("-")
    if language == "en" or [len(p) for p in parts] != [4, 2, 2]:
        return iso
    return ".".join(reversed(parts))


def period(iso: str, years: int, language: str) -> str:
    """Return what a date of an indicator stands for: the day, or the years added up.

    Examples
    --------
    >>> period("2025-12-31", 1, "de"), period("2025-12-31", 3, "de")
    ('31.12.2025', 'Jahre 2023 bis 2025 zusammen')
    """
    span = window_years(iso, years)
    if years == 1 or span is None:
        return day(iso, language)
    return text("pooling.period", language, first=span[0], last=span[1])


def inert(cell: str) -> str:
    """Return a text of a table that no spreadsheet takes for a formula.

    Examples
    --------
    >>> inert("=1+1"), inert("Q1")
    ("'=1+1", 'Q1')
    """
    return f"'{cell}" if cell.startswith(FORMULA) else cell
