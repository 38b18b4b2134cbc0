"""House numbers: read, put in order, and drawn together into ranges that swallow nobody.

In the order of a street a number comes before what is added to it: 12, 12 1/2, 12a, 12b, 13.
A range reaches from one number to another, on one side of the street or on both, and holds
what stands between them in this order; "to 12" does not hold 12a.
"""

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

type Side = Literal["all", "odd", "even", "one"]
type Place = tuple[int, tuple[tuple[int, int, str], ...]]
LEADING = re.compile(r"0*(\d{1,6})(.*)")
SPAN = re.compile(r"(.*?)[-/](\d.*)")
LETTERS = re.compile(r"([a-z])[-/]([a-z])")
TOKEN = re.compile(r"\d+/\d+|\d+|[^\W\d_]+")
HALVES = str.maketrans({"–": "-", "—": "-", "½": " 1/2", "¼": " 1/4", "¾": " 3/4"})
SIMPLE = re.compile(r"[^\W\d_]*")
"""What may be added to the numbers of a span."""
FRACTIONS = re.compile(r"[1-9]/[1-9]")


class HouseNumber(NamedTuple):
    """A house number.

    Parameters
    ----------
    number
        Its number; 0 where there is none.
    suffix
        What is added, in small letters without blanks: ``"a"``, ``"1/2"``.
    until
        The last number of a building with several, as number and suffix.
    """

    number: int
    suffix: str = ""
    until: tuple[int, str] | None = None

    def __str__(self) -> str:
        """Return how it is written: ``"12a"``, ``"12 1/2"``, ``"12-14"``."""
        shown = _written(self.number, self.suffix) if self.number else self.suffix
        return f"{shown}-{_written(*self.until)}" if self.until else shown

    @property
    def low(self) -> Place:
        """Place of its first number in the order of the street."""
        return _place(self.number, self.suffix)

    @property
    def high(self) -> Place:
        """Place of its last number."""
        return _place(*self.until) if self.until else self.low

    @property
    def first(self) -> "HouseNumber":
        """Its first number alone."""
        return HouseNumber(self.number, self.suffix)

    @property
    def last(self) -> "HouseNumber":
        """Its last number alone."""
        return HouseNumber(*self.until) if self.until else self

    @property
    def side(self) -> Side:
        """The side of the street it stands on."""
        return "odd" if self.number % 2 else "even"


class Range(NamedTuple):
    """Numbers of a street that belong to one owner.

    Parameters
    ----------
    first, last
        First and last number, both included.
    side
        Numbers of both sides, odd ones, even ones, or this one number only.
    owner
        Who they belong to.
    """

    first: HouseNumber
    last: HouseNumber
    side: Side
    owner: str

    def holds(self, number: HouseNumber) -> bool:
        """Return True if the range holds a number.

        Examples
        --------
        >>> found = Range(HouseNumber(2), HouseNumber(12), "even", "Q1")
        >>> [found.holds(read_number(n)) for n in ("4", "4a", "5", "12", "12a")]
        [True, True, False, True, False]
        """
        if self.side == "one":
            return number == self.first
        if not number.number or self.side not in ("all", number.side):
            return False
        return self.first.low <= number.low and number.high <= self.last.high


def read_number(text: str) -> HouseNumber:
    """Return the house number that a text holds; number 0 where it holds none.

    Examples
    --------
    >>> [str(read_number(t)) for t in ("12 A", "012", "12 1/2", "12½", "12 - 14", "12a-c", "7/9")]
    ['12a', '12', '12 1/2', '12 1/2', '12-14', '12a-12c', '7-9']
    >>> [str(read_number(t)) for t in ("12/2", "0", "ohne")]
    ['12/2', '', 'ohne']
    """
    plain = " ".join(text.translate(HALVES).replace(".", " ").casefold().split())
    plain = re.sub(r"\s*([-/])\s*", r"\1", plain)
    found = LEADING.fullmatch(plain)
    if not found or not int(found[1]):
        return HouseNumber(0, plain if plain.strip("0") else "")
    number, rest = int(found[1]), found[2].strip()
    if FRACTIONS.fullmatch(rest):
        return HouseNumber(number, rest)
    letters, span = LETTERS.fullmatch(rest), SPAN.fullmatch(rest)
    if letters:
        return _with_end(number, letters[1], number, letters[2])
    last = LEADING.fullmatch(span[2]) if span else None
    if span and last and int(last[1]) >= number and SIMPLE.fullmatch(_tail(span[1] + last[2])):
        return _with_end(number, _tail(span[1]), int(last[1]), _tail(last[2]))
    return HouseNumber(number, _tail(rest))


def _with_end(number: int, suffix: str, until: int, end: str) -> HouseNumber:
    found = HouseNumber(number, suffix, (until, end))
    return found if found.low < found.high else HouseNumber(number, suffix)


def _tail(text: str) -> str:
    return text.replace(" ", "")


def _written(number: int, suffix: str) -> str:
    return f"{number} {suffix}" if suffix[:1].isdigit() else f"{number}{suffix}"


def _place(number: int, suffix: str) -> Place:
    """Return where a number stands: nothing added comes first, then fractions, then letters."""
    tokens = []
    for token in TOKEN.findall(suffix):
        above, _, below = token.partition("/")
        if below:
            tokens.append((0, int(above) * 1000 // max(int(below), 1), token))
        elif token.isdecimal():
            tokens.append((2, int(token), token))
        else:
            tokens.append((1, 0, token))
    # signs between the tokens tell apart what has the same ones
    return number, (*tokens, (9, 0, suffix)) if suffix else ()


def ranges(numbers: Iterable[tuple[HouseNumber, str]]) -> list[Range]:
    """Return the fewest ranges that give every number to its owner and to nobody else.

    Parameters
    ----------
    numbers
        Different numbers of a street with their owners. Numbers of nobody (``""``) are in
        no range, and no range holds them.

    Returns
    -------
    list of Range
        In the order of the street; numbers of both sides together unless the sides apart
        need fewer ranges. A building with several numbers, one of which is somebody else's,
        stands alone.

    Examples
    --------
    >>> street = [("1", "A"), ("2", "B"), ("3", "A"), ("4", "B"), ("5", "A"), ("5a", "B")]
    >>> for r in ranges((read_number(n), owner) for n, owner in street):
    ...     print(r.owner, r.side, r.first, r.last)
    A odd 1 5
    B even 2 4
    B one 5a 5a
    """
    given = sorted(numbers, key=_order)
    without = [Range(n, n, "one", owner) for n, owner in given if not n.number and owner]
    street = [pair for pair in given if pair[0].number]
    whole = _runs(street, "all")
    odd, even = (_runs([p for p in street if p[0].side == side], side) for side in ("odd", "even"))
    found = whole if len(whole) <= len(odd) + len(even) else [*odd, *even]
    return [*without, *sorted(found, key=lambda one: (one.first.low, one.last.high))]


def _order(pair: tuple[HouseNumber, str]) -> tuple[Place, Place, str]:
    number, owner = pair
    return number.low, number.high, owner


def _runs(street: Sequence[tuple[HouseNumber, str]], side: Side) -> list[Range]:
    """Return the ranges of ordered numbers whose neighbours have the same owner."""
    alone = _contested(street)
    found = []
    for (owner, single), group in groupby(
        enumerate(street), key=lambda item: (item[1][1], item[0] if item[0] in alone else -1)
    ):
        members = [number for _, (number, _) in group]
        if not owner:
            continue
        first = members[0] if single >= 0 else members[0].first
        last = members[0] if single >= 0 else max(members, key=lambda n: n.high).last
        found.append(Range(first, last, "one" if first == last else side, owner))
    return found


def _contested(street: Sequence[tuple[HouseNumber, str]]) -> set[int]:
    """Return the buildings with several numbers of which one is somebody else's."""
    found = set()
    for i, (number, owner) in enumerate(street):
        if number.until is None:
            continue
        others = [k for k, (n, o) in enumerate(street) if o != owner and _meets(number, n)]
        if others:
            found |= {i, *(k for k in others if street[k][0].until)}
    return found


def _meets(one: HouseNumber, other: HouseNumber) -> bool:
    return other.low <= one.high and one.low <= other.high
