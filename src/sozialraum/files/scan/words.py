"""Numbers in texts as people write them, German and English."""

import re
from collections.abc import Iterator

DIGITS = re.compile(r"\d+(?:[.,'’\u2009\u202f\u00a0]\d+)*")
DATE = re.compile(r"\b\d{1,2}\.\d{1,2}\.(?:19|20)\d\d\b|\b(?:19|20)\d\d-\d\d-\d\d(?!\d)")
SPACES = re.compile(r"[ \t\r\n\f\v]+")
"""Blanks that part words; those inside numbers are kept."""
GROUPED = re.compile(r"\d{1,3}(?:[.,'’\u2009\u202f\u00a0]\d{3})+")
EXACT = 9
"""Decimals two numbers must share to be the same: far more than anything is published with."""


def listed(names: str) -> frozenset[str]:
    """Return names that stand in one text, parted by blanks.

    Examples
    --------
    >>> sorted(listed("b a"))
    ['a', 'b']
    """
    return frozenset(names.split())


def tidy(text: str) -> str:
    """Return a text with single blanks, as it is compared."""
    return SPACES.sub(" ", text).strip()


def same(number: float) -> float:
    """Return a number as it is looked up among the published ones."""
    return round(float(number), EXACT) + 0.0


def readings(token: str) -> set[float]:
    """Return what digits with marks between them may mean.

    Examples
    --------
    >>> sorted(readings("1.234")), sorted(readings("1.234,5")), sorted(readings("0,25"))
    ([1.234, 1234.0], [1234.5], [0.25])
    """
    plain = re.sub(r"['’\u2009\u202f\u00a0]", "", token)
    meant = set()
    if GROUPED.fullmatch(token):
        meant.add(re.sub(r"[.,]", "", plain))
    marks = re.findall(r"[.,]", plain)
    if len(set(marks)) == 2:
        head, _, tail = plain.rpartition(marks[-1])
        meant.add(re.sub(r"[.,]", "", head) + "." + tail)
    elif len(marks) <= 1:
        meant.add(plain.replace(",", "."))
    return {same(float(one)) for one in meant}


def numbers(text: str) -> Iterator[set[float]]:
    """Yield what every number of a text may mean; dates are left out.

    Examples
    --------
    >>> [sorted(one) for one in numbers("12,5 % am 31.12.2025 (20 von 160)")]
    [[12.5], [20.0], [160.0]]
    """
    for match in DIGITS.finditer(DATE.sub(" ", text)):
        yield readings(match.group())


def number_of(text: str) -> float | None:
    """Return the number a cell holds, None where it holds a text.

    Examples
    --------
    >>> number_of("7,5"), number_of("-0.25"), number_of("Nord 2"), number_of("1e3")
    (7.5, -0.25, None, 1000.0)
    """
    plain = re.sub(r"[\s'’]", "", text).replace("−", "-")
    if re.fullmatch(r"[-+]?\d{1,3}(\.\d{3})+(,\d+)?", plain) and "," in plain:
        plain = plain.replace(".", "")
    try:
        return float(plain.replace(",", "."))
    except ValueError:
        return None
