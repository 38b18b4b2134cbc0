"""What a release allows a file to say: the values of every area, and texts of our own."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import pandas as pd

from sozialraum import schema
from sozialraum.files.provenance import footer, source_line
from sozialraum.files.records import to_record
from sozialraum.files.scan.derived import NOTHING, ROUNDED, Derived, written
from sozialraum.files.scan.words import DIGITS, numbers, readings, same, tidy
from sozialraum.files.wording import share
from sozialraum.messages import LANGUAGES, catalogue
from sozialraum.methods.classes import class_breaks
from sozialraum.methods.ticks import ticks as axis_ticks
from sozialraum.model import Release
from sozialraum.schema import State

PACKAGE = Path(__file__).parents[2]
ROOMS = tuple(sorted(path.stem for path in (PACKAGE / "messages").glob("*.toml")))
YEARS = range(1900, 2101)
COUNTED = frozenset({"rate", "tests", "areas", "share", "rows", "shown", "towns", "indicators"})
"""Placeholders of our sentences that stand for counts of areas, tests, or error rates."""
STEPS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
"""Steps of axes, times powers of ten."""
MOST_TICKS = 8
HALVES = frozenset(step / 2 for step in range(-20, 21))
"""What the axis of a standardised index may carry."""
DERIVED = ""
"""Stands for the id of an indicator where numbers were computed from the release."""
NUMBERS = ("numerator", "denominator", "value")


class Known:
    """A release, arranged for looking up.

    Parameters
    ----------
    release
        What may be shown; None for a file of areas without any value.
    names
        Names of areas where there is no release.
    derived
        What may be told besides, because it was computed from the release.
    """

    def __init__(
        self,
        release: Release | None,
        names: Iterable[str] = (),
        *,
        derived: Derived = NOTHING,
    ) -> None:
        self.release = release
        self.published: dict[str, dict[str, set[float]]] = {}
        self.areas = pd.DataFrame(columns=[schema.NAME]) if release is None else release.areas
        self.labels: dict[str, str] = {}
        self.own: list[str] = []
        self.spare: set[float] = set()
        self.ticks: set[float] = set()
        self.dates: list[str] = []
        if release is not None:
            self._read(release)
            self.dates = sorted({str(date) for date in release.table[schema.DATE]})
        self.ticks |= {same(tick) for axis in derived.axes for tick in axis_ticks(*axis)}
        self.cells = derived.cells
        self.told = sorted({tidy(one) for one in derived.texts}, key=len, reverse=True)
        for area, found in derived.numbers.items():
            told = {same(value) for value in written(found)}
            self.published.setdefault(area, {}).setdefault(DERIVED, set()).update(told)
            self.spare |= told
        pairs = [(name, name) for name in names]
        pairs += [(str(area), str(name)) for area, name in self.areas[schema.NAME].items()]
        self.exact: dict[str, list[str]] = {}
        for area, name in pairs:
            self.exact.setdefault(tidy(name), []).append(area)
        self.named = _by_first_word(self.exact)

    def _read(self, release: Release) -> None:
        shown = release.table[release.table["state"] == State.VALUE]
        columns = (shown[schema.AREA_ID], shown[schema.INDICATOR], *(shown[n] for n in NUMBERS))
        for area, indicator, *cells in zip(*columns, strict=True):
            own = self.published.setdefault(str(area), {}).setdefault(str(indicator), set())
            own |= {same(cell) for cell in cells if not pd.isna(cell)}
            if not release.audit.ours:
                # others publish in their own precision; ours is written as it is
                own |= {same(round(n, digits)) for n in list(own) for digits in (0, *ROUNDED)}
        for one in release.indicators:
            self.labels |= {one.label(language): one.id for language in LANGUAGES}
        self.own = sorted({tidy(t) for t in _own_texts(release)}, key=len, reverse=True)
        self.spare = _spare(release, self.own)
        parts = [schema.INDICATOR, schema.GEOGRAPHY, schema.DATE]
        for _, values in release.table.groupby(parts, sort=False)["value"]:
            if values.notna().any():
                self.ticks |= set(ticks(float(values.min()), float(values.max())))
        self.spare |= {n for by in self.published.values() for own in by.values() for n in own}

    def untold(self, text: str) -> str:
        """Return a text without the sentences that were computed from the release."""
        for sentence in self.told:
            if sentence in text:
                text = text.replace(sentence, " ")
        return text

    def of(self, areas: Iterable[str], indicator: str | None = None) -> set[float]:
        """Return every number published for some areas, of one indicator or of all."""
        found: set[float] = set()
        for area in areas:
            for name, own in self.published.get(area, {}).items():
                found |= own if indicator is None or name in (DERIVED, indicator) else set()
        return found

    def about(self, areas: Sequence[str]) -> set[float]:
        """Return the numbers of areas, of their municipalities and of the county."""
        towns = [str(self.areas.loc[area, schema.MUNICIPALITY]) for area in areas]
        levels = self.areas[schema.GEOGRAPHY] == schema.COUNTY_LEVEL
        return self.of([*areas, *towns, *self.areas.index[levels]])

    def called(self, line: str) -> list[str]:
        """Return the areas whose names stand in a line as whole words."""
        found = []
        for match in re.finditer(r"\w+", line):
            for name, areas in self.named.get(match.group(), ()):
                end = match.start() + len(name)
                ends_word = end >= len(line) or not (line[end].isalnum() and name[-1].isalnum())
                if line.startswith(name, match.start()) and ends_word:
                    found += areas
        return list(dict.fromkeys(found))

    def indicator(self, heading: str) -> str | None:
        """Return the indicator that a column heading names, None if it names none."""
        fitting = [label for label in self.labels if tidy(heading).startswith(label)]
        return self.labels[max(fitting, key=len)] if fitting else None


def ticks(low: float, high: float) -> Iterator[float]:
    """Yield the numbers that an axis over a range of values may carry.

    Examples
    --------
    >>> 22.5 in ticks(14.0, 23.1), 17.17 in ticks(14.0, 23.1)
    (True, False)
    """
    span = high - low or abs(high) or 1.0
    exponent = math.floor(math.log10(span))
    for step in (m * 10.0 ** (exponent + e) for m in STEPS for e in (-1, 0)):
        if span / step <= MOST_TICKS:
            first = math.floor(low / step) - 1
            yield from (same(step * k) for k in range(first, math.ceil(high / step) + 2))


def _by_first_word(areas: Mapping[str, list[str]]) -> dict[str, list[tuple[str, list[str]]]]:
    """Return names by their first word; names too short to be told from words are left out."""
    found: dict[str, list[tuple[str, list[str]]]] = {}
    for name, ids in areas.items():
        word = re.search(r"\w+", name)
        if word is not None and sum(letter.isalpha() for letter in name) >= 3:
            # a name may begin with a sign; it is known by what follows
            found.setdefault(word.group(), []).append((name[word.start() :], ids))
    return found


def _own_texts(release: Release) -> list[str]:
    """Return texts that come with the release and are no statements about areas."""
    texts = [release.title, release.policy.name, release.audit.model, release.audience]
    for language in LANGUAGES:
        texts += footer(release, language)
        texts += [source_line(one, language=language) for one in release.sources]
        for one in release.indicators:
            texts += [one.label(language), one.unit(language), one.note_de, one.note_en]
    for noun in (*release.indicators, *release.sources):
        texts += [v for v in to_record(noun).values() if isinstance(v, str)]
    return [t for t in texts if DIGITS.search(t) and sum(letter.isalpha() for letter in t) > 1]


def _spare(release: Release, own: Sequence[str]) -> set[float]:
    """Return numbers that may stand anywhere: counts of areas, years, class breaks, limits."""
    spare = {float(n) for n in range(len(release.areas) + 1)} | {float(y) for y in YEARS}
    spare |= HALVES
    spare |= {n for text in own for one in numbers(text) for n in one}
    spare |= {n for name in release.areas[schema.NAME] for one in numbers(str(name)) for n in one}
    # limits and counts of checks, whatever a policy and an audit come to hold
    for noun in (release.policy, release.audit):
        spare |= {n for one in numbers(str(to_record(noun))) for n in one}
    audit = release.audit
    spare |= {same(audit.primary + audit.secondary), same(sum(audit.checks.values()))}
    spare |= readings(DIGITS.search(share(audit.share_published, "en")).group())  # type: ignore[union-attr]
    keys = [schema.INDICATOR, schema.GEOGRAPHY]
    for _, values in release.table.groupby(keys, sort=False)["value"]:
        spare |= {
            same(n) for n in class_breaks(values.to_numpy(dtype=float, na_value=float("nan")))
        }
    spare |= {same(n) for one in release.indicators for n in (*one.breaks, one.per)}
    return spare


@cache
def phrases() -> tuple[re.Pattern[str], ...]:
    """Return our own wordings that hold numbers of no area, longest first."""
    found: set[str] = set()
    for room in ROOMS:
        for sentence in catalogue(room).values():
            for language in LANGUAGES:
                found |= set(_wordings(tidy(sentence[language])))
    return tuple(re.compile(one) for one in sorted(found, key=lambda one: (-len(one), one)))


def _wordings(sentence: str) -> list[str]:
    """Return the pieces of a sentence between placeholders, those that hold a number."""
    pieces = [""]
    for part in re.split(r"(\{\w+\})", sentence):
        if part.startswith("{") and part[1:-1] not in COUNTED:
            pieces.append("")
        elif part.startswith("{"):
            pieces[-1] += DIGITS.pattern
        else:
            pieces[-1] += re.escape(part).replace(r"\ ", " ")
    kept = [one.strip() for one in pieces if r"\d" in one or re.search(r"\d", one)]
    return [one for one in kept if sum(letter.isalpha() for letter in one) > 5]
