"""Cells that can only be about a single person: recognised by their form and check digits."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date
from itertools import pairwise

E_MAIL = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)+")
PHONE = re.compile(r"(\+|00)\d{2}[\d\s()/.-]{6,}|\(?0\d{2,5}\)?\s?[/ ]\s?\d[\d\s-]{3,}")
"""With a country code, or an area code set apart by a slash or blank; keys have neither."""
IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
PENSION = re.compile(r"(\d{2})(\d{2})(\d{2})(\d{2})([A-Z])(\d{3})")
CASE = re.compile(r"\d{5} ?(BG|//) ?\d{7}|\d{3}[A-Z]\d{6}")
"""Numbers of benefit communities and customers, as the employment agency writes them."""
HEALTH = re.compile(r"[A-Z]\d{9}")
STREET_AND_NUMBER = re.compile(
    r".*(str(aße|asse|\.)|weg|platz|allee|gasse|ring|ufer|damm|hof|berg|pfad|markt|steig)"
    r"\s+\d{1,4}\s?[a-zA-Z]?(\s*[-/,]\s*\d.*)?",
    re.IGNORECASE,
)
WORD = r"[A-ZÀ-ÖØ-Þ][\w'’.-]+"
LAST_FIRST = re.compile(rf"{WORD}( {WORD})?, ({WORD})( {WORD})?")
FIRST_LAST = re.compile(rf"({WORD})( {WORD}){{1,3}}")
OFFICIAL = re.compile(
    r".*, ?(\w*stadt|\w*kreis|\w*gemeinde|stadt .*|kreisfreie.*|markt|flecken|st|städteregion|gkst"
    r"|region\w*|nord|süd|ost|west|mitte|\w+städte.*)",
    re.IGNORECASE,
)
"""Official names of places that look like "surname, first name": "Köln, Stadt"."""

FIRST_NAMES = frozenset(
    """
    peter michael thomas andreas wolfgang klaus jürgen günter stefan stephan christian uwe
    werner horst frank dieter manfred gerhard hans bernd thorsten torsten mathias matthias
    helmut walter heinz martin jörg rolf jens sven alexander jan rainer holger karl dirk
    joachim ralf carsten herbert oliver wilhelm kurt markus heinrich harald paul hermann
    wolf norbert daniel tobias sebastian david florian philipp felix lukas leon luca jonas
    finn noah elias ben max maximilian tim niklas moritz julian simon fabian marcel kevin
    dennis marco mario anton emil jakob johannes maria ursula monika petra elisabeth sabine
    renate helga karin brigitte ingrid erika andrea gisela claudia susanne gabriele christa
    christine hildegard anna birgit barbara gerda martina ute angelika heike silke ulrike
    anja stefanie stephanie katharina julia sandra nicole kerstin tanja melanie anne lena
    laura lisa sarah sara leonie hannah emma mia marie sophie sofia johanna lea clara klara
    charlotte emilia luisa amelie jana vanessa jessica jennifer nina eva ilse edith irmgard
    ruth mohammed muhammad mohamed ahmed ali mehmet mustafa hasan hüseyin ibrahim yusuf omar
    murat emre fatma ayşe ayse emine hatice zeynep elif fatima aisha olga irina natalia
    svetlana elena tatjana ivan dmitri sergej igor vladimir oksana piotr krzysztof andrzej
    katarzyna agnieszka ewa
    """.split()  # noqa: SIM905 - read as a text
)
"""First names that are common in Germany: enough to tell names of people from names of places."""


def is_street_and_number(cell: str) -> bool:
    """Return True for a street with a house number.

    Examples
    --------
    >>> is_street_and_number("Am Hofweg 12a"), is_street_and_number("Hofweg, gerade Nummern")
    (True, False)
    """
    # most cells have no blank, and the pattern is slow
    return " " in cell and bool(STREET_AND_NUMBER.fullmatch(cell))


def is_iban(cell: str) -> bool:
    """Return True for an IBAN with the right check digits (ISO 13616, modulo 97).

    Examples
    --------
    >>> is_iban("DE02 1203 0000 0000 2020 51"), is_iban("DE03 1203 0000 0000 2020 51")
    (True, False)
    """
    compact = cell.replace(" ", "").upper()
    if not IBAN.fullmatch(compact):
        return False
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1


def is_pension_number(cell: str) -> bool:
    """Return True for a German social-insurance number with the right check digit.

    Area, date of birth, initial of the birth name, serial number and check digit after
    section 4 VKVV: products with the weights 2 1 2 5 7 1 2 1 2 1 2 1, their cross sums
    added, modulo 10.

    Examples
    --------
    >>> is_pension_number("15 070649 C 103"), is_pension_number("15 070649 C 104")
    (True, False)
    """
    compact = cell.replace(" ", "").upper()
    found = PENSION.fullmatch(compact)
    if not found or int(found[2]) % 50 > 31 or not 1 <= int(found[3]) <= 12:
        return False
    digits = f"{compact[:8]}{ord(found[5]) - 64:02d}{compact[9:11]}"
    weights = (2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1)
    return _check_digit(digits, weights) == int(compact[-1])


def is_health_number(cell: str) -> bool:
    """Return True for a German health-insurance number (letter, 8 digits, check digit).

    Weights 1 and 2 in turn over the letter as two digits and the 8 digits, cross sums
    added, modulo 10 (section 290 SGB V and its guideline).

    Examples
    --------
    >>> is_health_number("A123456780"), is_health_number("A123456781")
    (True, False)
    """
    compact = cell.replace(" ", "").upper()
    if not HEALTH.fullmatch(compact):
        return False
    digits = f"{ord(compact[0]) - 64:02d}{compact[1:9]}"
    return _check_digit(digits, (1, 2) * 5) == int(compact[-1])


def _check_digit(digits: str, weights: Sequence[int]) -> int:
    products = (int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return sum(product // 10 + product % 10 for product in products) % 10


FORMS: dict[str, Callable[[str], bool]] = {
    "e_mail": lambda cell: bool(E_MAIL.fullmatch(cell)),
    "phone": lambda cell: bool(PHONE.fullmatch(cell)),
    "bank_account": is_iban,
    "case_number": lambda cell: bool(CASE.fullmatch(cell)),
    "insurance_number": lambda cell: is_pension_number(cell) or is_health_number(cell),
}
"""Kinds that a single cell shows."""


def day_of(cell: str) -> date | None:
    """Return the day a cell states in full, else None.

    Examples
    --------
    >>> day_of("3.9.1987"), day_of("19870903"), day_of("09/1987")
    (datetime.date(1987, 9, 3), datetime.date(1987, 9, 3), None)
    """
    found = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})([T ].*)?", cell)
    if found:
        year, month, day = (int(part) for part in found.groups()[:3])
    else:
        found = re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{2}|\d{4})", cell)
        if not found:
            return None
        day, month, year = (int(part) for part in found.groups())
        year += 1900 if year < 100 else 0
    try:
        return date(year, month, day) if 1900 <= year < 2100 else None
    except ValueError:
        return None


def are_birthdays(cells: Sequence[str]) -> bool:
    """Return True if cells look like dates of birth: many days, in no regular order.

    Reference dates repeat, time series have equal steps, and what an authority dates
    (openings, validity) mostly begins on the first of a month.

    Examples
    --------
    >>> are_birthdays(["3.9.1987", "14.2.1950", "30.7.2011", "8.12.1999", "21.5.1963"])
    True
    >>> are_birthdays(["1.1.2025", "2.1.2025", "3.1.2025", "4.1.2025", "5.1.2025"])
    False
    """
    days = [day for day in map(day_of, cells) if day is not None]
    if len(days) < 5 or len(days) < 0.8 * len(cells):
        return False
    several = sorted(set(days))
    if len(several) < min(0.5 * len(days), 30) or len(several) < 5:
        return False
    if sum(day.day == 1 for day in several) >= 0.5 * len(several):
        return False
    steps = Counter((b - a).days for a, b in pairwise(several))
    return max(steps.values()) < 0.5 * len(several)


def share_of_first_names(cells: Sequence[str]) -> float:
    """Return the share of cells that are a name of two to four words with a common first name.

    Examples
    --------
    >>> share_of_first_names(["Anna Beispiel", "Muster, Peter", "Bad Nauheim", "Köln, Stadt"])
    0.5
    """
    found = 0
    for cell in cells:
        last = LAST_FIRST.fullmatch(cell)
        first = FIRST_LAST.fullmatch(cell)
        word = last[2] if last else first[1] if first else ""
        found += word.split("-")[0].casefold() in FIRST_NAMES
    return found / max(len(cells), 1)


def are_last_and_first(cells: Sequence[str]) -> bool:
    """Return True if most cells read "surname, first name" and few are official place names.

    Examples
    --------
    >>> are_last_and_first(["Muster, Kim", "Beispiel, Toni", "Probe, Alex"])
    True
    >>> are_last_and_first(["Köln, Stadt", "Bonn, Stadt", "Aachen, Städteregion"])
    False
    """
    fitting = [cell for cell in cells if LAST_FIRST.fullmatch(cell)]
    official = [cell for cell in fitting if OFFICIAL.fullmatch(cell)]
    return len(fitting) >= 0.8 * len(cells) > 0 and len(official) < 0.2 * len(fitting)
