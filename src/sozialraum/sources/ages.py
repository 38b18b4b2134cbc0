"""Groups of ages and sexes, as nineteen offices spell them.

``0-2``, ``0 bis unter 3``, ``unter 3``, ``a0bis2``, ``m_0_2``: all one group. A spelling that
people read in two ways (``über 65``) is none; whoever maps a file says what it means.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from sozialraum.sources.dates import GERMAN_MONTHS

OPEN = 1000
"""End of a group that has none."""
TOP = 90
"""Single years from here on may be the last of a file: then nobody is older."""


class Ages(NamedTuple):
    """Ages from `start` up to but without `stop`, in completed years.

    Examples
    --------
    >>> [str(ages) for ages in (Ages(0, 3), Ages(5, 6), Ages(80, OPEN), Ages(0, OPEN))]
    ['0-2', '5', '80+', '0+']
    """

    start: int
    stop: int

    def __str__(self) -> str:
        if self.stop == OPEN:
            return f"{self.start}+"
        last = self.stop - 1
        return str(self.start) if last == self.start else f"{self.start}-{last}"


class Group(NamedTuple):
    """Ages of one sex; sex ``""`` stands for all of them together."""

    sex: str
    ages: Ages

    def __str__(self) -> str:
        return f"{self.sex} {self.ages}".strip()


EVERYONE = Ages(0, OPEN)
UNKNOWN = Ages(-1, 0)
"""People whose age is not stated: part of everyone, and of no group."""
NOT_STATED = "?"
NOTHING_STATED = frozenset(
    ("unbekannt", "keine angabe", "ohne angabe", "k. a", "k.a", "o. a", "o.a", "unknown")
)
SEXES = {
    **dict.fromkeys(("m", "männlich", "maennlich", "männl", "männer", "maenner"), "m"),
    **dict.fromkeys(("male", "jungen"), "m"),
    **dict.fromkeys(("w", "f", "weiblich", "weibl", "frauen", "female"), "w"),
    **dict.fromkeys(("mädchen", "maedchen"), "w"),
    **dict.fromkeys(("d", "divers", "diverse"), "d"),
    **dict.fromkeys(NOTHING_STATED, NOT_STATED),
}
BOTH = {"m", "w"}
"""Sexes without which a sum over the sexes leaves people out."""
TOTALS = frozenset(
    (
        *("insgesamt", "gesamt", "summe", "zusammen", "total", "alle", "all", "ges"),
        *("insg", "gesamtsumme", "alle altersgruppen"),
    )
)
FILLERS = re.compile(
    r"-?\b(?:jahr(?:en?|gang)?|j(?:ä|ae)hrige?[nr]?|j|years?|old)\b\.?"
    r"|\b(?:im alter|altersgruppe|altersklasse|altersjahr|alter|age|alt|einwohner|personen|bev"
    r"|bevölkerung|anzahl|ew|davon|von|einschl(?:ießlich)?|inkl(?:usive)?|incl)\b\.?"
)
NUMBER = r"(\d{1,3})"
OLDER = r"(?:älter|aelter|mehr|darüber|darueber|höher|over|older|above|ä|ae|m)"
BETWEEN: tuple[tuple[re.Pattern[str], int], ...] = (
    # pattern, and what is added to the last year named to come to the stop
    (re.compile(NUMBER), 1),
    (re.compile(rf"{NUMBER} ?(?:-|bis|to) ?{NUMBER}"), 1),
    (re.compile(rf"{NUMBER} ?(?:-|bis|to)? ?(?:unter|u\.?|under|<) ?{NUMBER}"), 0),
)
UNDER = re.compile(rf"(?:bis )?(?:unter|u\.?|under|<|jünger als|juenger als) ?{NUMBER}")
UP_TO = re.compile(rf"(?:bis(?: zu)?|<=|≤|up to) ?{NUMBER}")
FROM = re.compile(rf"(?:ab|>=|≥|from) ?{NUMBER}(?: (?:aufwärts|an))?")
ABOVE = re.compile(rf"> ?{NUMBER}")
AND_OLDER = re.compile(rf"{NUMBER} ?(?:\+|plus|ff\.?|(?:und|u\.?|oder|o\.?|and|or) ?{OLDER}\.?)")
MONTH = "|".join((*GERMAN_MONTHS, "mrz", "mar", "may", "oct", "dec"))
SPREADSHEET_DATE = re.compile(
    rf"\d{{1,2}}\.? ?-?(?:{MONTH})[a-zä]*\.?(?: ?-?\d{{2,4}})?|(?:{MONTH})[a-zä]*\.? ?-?\d{{2,4}}"
    r"|\d{4}-\d\d-\d\d|\d{1,2}\.\d{1,2}\.(?:\d{2}|\d{4})?"
)


def ages_of(text: str) -> Ages | None:
    """Return the ages that a text names, or None where it names none for certain.

    Examples
    --------
    >>> spelled = ["0-2", "0 bis unter 3", "unter 3", "80 u. älter", "80+", "5", "ab 65 Jahre"]
    >>> [str(ages_of(text)) for text in spelled]
    ['0-2', '0-2', '0-2', '80+', '80+', '5', '65+']
    >>> ages_of("über 65"), str(ages_of("Insgesamt"))
    (None, '0+')
    """
    plain = _plain(text)
    if plain in TOTALS:
        return EVERYONE
    if plain in NOTHING_STATED:
        return UNKNOWN
    return _range(_unfilled(plain))


def group_of(text: str) -> Group | None:
    """Return sex and ages that the name of a column, or what somebody asks for, names.

    Examples
    --------
    >>> [str(group_of(name)) for name in ("m_0_2", "w 80 plus", "Frauen unter 18", "65+")]
    ['m 0-2', 'w 80+', 'w 0-17', '65+']
    >>> str(group_of("männlich insgesamt")), group_of("Gebietsname")
    ('m 0+', None)
    """
    ages = ages_of(text)
    if ages is not None:
        return Group("", ages)
    plain = _unfilled(_plain(text))
    for word in sorted(SEXES, key=lambda known: (-len(known), known)):
        rest = _without(word, plain)
        if rest is None:
            continue
        ages = EVERYONE if not rest else ages_of(rest)
        if ages is not None:
            return Group(SEXES[word], ages)
    return None


def sex_of(text: str) -> str | None:
    """Return ``"m"``, ``"w"``, ``"d"``, ``"?"`` (not stated), ``""`` (all), or None.

    Figures such as 1 and 2 are None: offices number the sexes differently.

    Examples
    --------
    >>> [sex_of(text) for text in ("männlich", "W", "Insgesamt", "keine Angabe", "1")]
    ['m', 'w', '', '?', None]
    """
    plain = _plain(text)
    return "" if plain in TOTALS else SEXES.get(plain)


def is_spreadsheet_date(text: str) -> bool:
    """Return True for what a spreadsheet makes of ``3-5``: a date.

    Examples
    --------
    >>> [is_spreadsheet_date(text) for text in ("03. Mai", "2025-05-03", "Okt 12", "3-5")]
    [True, True, True, False]
    """
    return SPREADSHEET_DATE.fullmatch(" ".join(text.casefold().split())) is not None


def route(wanted: Ages, groups: Iterable[Ages]) -> tuple[Ages, ...] | None:
    """Return the fewest groups that together are exactly the ages wanted, or None.

    Examples
    --------
    >>> groups = [Ages(0, 3), Ages(3, 6), Ages(0, 6), Ages(6, OPEN)]
    >>> [str(ages) for ages in route(Ages(0, OPEN), groups)]
    ['0-5', '6+']
    >>> route(Ages(0, 5), groups) is None
    True
    """
    usable = sorted(g for g in set(groups) if wanted.start <= g.start and g.stop <= wanted.stop)
    best: dict[int, tuple[Ages, ...]] = {wanted.start: ()}
    for group in usable:
        # sorted by start: whatever ends where this one starts was seen before
        if group.start in best:
            longer = (*best[group.start], group)
            if group.stop not in best or len(longer) < len(best[group.stop]):
                best[group.stop] = longer
    return best.get(wanted.stop)


def parts_of(wanted: Group, groups: Iterable[Group]) -> list[Group] | None:
    """Return the groups that add up to one that is wanted, or None.

    A total stands for its parts wherever there is one: then nothing is counted twice, and
    nothing is missing that only the total holds. Men alone, or women alone, are not everyone.

    Examples
    --------
    >>> groups = [group_of(name) for name in ("m 0-2", "w 0-2", "m 3+", "w 3+", "insgesamt")]
    >>> [str(group) for group in parts_of(group_of("unter 3"), groups)]
    ['m 0-2', 'w 0-2']
    >>> [str(group) for group in parts_of(group_of("0+"), groups)]
    ['0+']
    """
    known = set(groups)
    found = _of_sex(wanted.sex, wanted.ages, known)
    if found is not None or wanted.sex:
        return found
    sexes = {group.sex for group in known} - {""}
    parts = [_of_sex(sex, wanted.ages, known) for sex in sorted(sexes)]
    if not sexes >= BOTH or any(part is None for part in parts):
        return None
    return [group for part in parts for group in part or ()]


def _of_sex(sex: str, ages: Ages, known: set[Group]) -> list[Group] | None:
    way = route(ages, [group.ages for group in known if group.sex == sex])
    if way is None:
        return None
    unknown = Group(sex, UNKNOWN)
    further = [unknown] if ages == EVERYONE and way != (EVERYONE,) and unknown in known else []
    return [*(Group(sex, one) for one in way), *further]


def crossing(groups: Iterable[Ages]) -> list[tuple[Ages, Ages]]:
    """Return groups that overlap without one lying in the other: ``0-3`` beside ``3-6``."""
    known = sorted(set(groups))
    return [
        (one, other)
        for i, one in enumerate(known)
        for other in known[i + 1 :]
        if one.start < other.start < one.stop < other.stop
    ]


def _plain(text: str) -> str:
    """Return a text in small letters with one kind of dash and blank."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"[‐-―−]", "-", plain)
    plain = re.sub(r"(?<=\d)_(?=\d)", "-", plain).replace("_", " ")
    return " ".join(plain.strip(" .:;()[]").split())


def _unfilled(plain: str) -> str:
    return " ".join(FILLERS.sub(" ", plain).split())


def _range(plain: str) -> Ages | None:
    """Return the ages of a text without fillers: ``3 bis unter 6``, ``a18bis29``."""
    plain = re.sub(r"^a(?=\d)", "", plain)
    for pattern, further in BETWEEN:
        if match := pattern.fullmatch(plain):
            years = [int(year) for year in match.groups()]
            return _checked(years[0], years[-1] + further)
    if match := UNDER.fullmatch(plain):
        return _checked(0, int(match[1]))
    if match := UP_TO.fullmatch(plain):
        return _checked(0, int(match[1]) + 1)
    if match := FROM.fullmatch(plain) or AND_OLDER.fullmatch(plain):
        return Ages(int(match[1]), OPEN)
    if match := ABOVE.fullmatch(plain):
        return Ages(int(match[1]) + 1, OPEN)
    return None


def _checked(start: int, stop: int) -> Ages | None:
    return Ages(start, stop) if start < stop else None


def _without(word: str, plain: str) -> str | None:
    """Return a text without a word at its beginning or end, or None where it is not there."""
    found = re.fullmatch(rf"{re.escape(word)}(?![a-zäöüß])[ .:,/(-]*(.*)", plain) or re.fullmatch(
        rf"(.*?)[ .:,/()-]*(?<![a-zäöüß]){re.escape(word)}", plain
    )
    return found[1].strip() if found else None
