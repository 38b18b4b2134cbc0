"""Standard populations by age, and their shares in a county's own age groups."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from sozialraum.errors import StatisticsError

OPEN = float("inf")
_BETWEEN = re.compile(r"(\d{1,3})\s*[-–]\s*(\d{1,3})")
_BELOW = re.compile(r"(?:<|unter\s*|under\s*)(\d{1,3})")
_ABOVE = re.compile(r"(\d{1,3})\s*(?:\+|und älter|and over)")
_YEAR = re.compile(r"\d{1,3}")


@dataclass(frozen=True, slots=True)
class StandardPopulation:
    """People of every age in a population that rates are converted to.

    Parameters
    ----------
    title
        Name to be printed.
    source
        Where its numbers were published.
    starts
        First year of age of every class, ascending from 0; the last class is open.
    people
        People in every class, in any unit.
    """

    title: str
    source: str
    starts: tuple[int, ...]
    people: tuple[float, ...]


_FIVES = tuple(range(5, 90, 5))
STANDARD_POPULATIONS: Mapping[str, StandardPopulation] = MappingProxyType(
    {
        "esp2013": StandardPopulation(
            "European Standard Population 2013",
            "Eurostat (2013), Revision of the European Standard Population, KS-RA-13-028",
            (0, 1, *_FIVES, 90),
            (
                *(1000, 4000, 5500, 5500, 5500, 6000, 6000, 6500, 7000, 7000),
                *(7000, 7000, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000),
            ),
        ),
        "esp1976": StandardPopulation(
            "European Standard Population 1976",
            "Waterhouse et al. (1976), Cancer Incidence in Five Continents III, IARC",
            (0, 1, *_FIVES),
            (
                *(1600, 6400, 7000, 7000, 7000, 7000, 7000, 7000, 7000, 7000),
                *(7000, 7000, 6000, 5000, 4000, 3000, 2000, 1000, 1000),
            ),
        ),
        "who2000": StandardPopulation(
            "WHO World Standard Population 2000-2025",
            "Ahmad et al. (2001), Age standardization of rates, GPE Discussion Paper 31, WHO",
            (0, *_FIVES),
            (
                *(8.86, 8.69, 8.60, 8.47, 8.22, 7.93, 7.61, 7.15, 6.59, 6.04),
                *(5.37, 4.55, 3.72, 2.96, 2.21, 1.52, 0.91, 0.63),
            ),
        ),
    }
)
"""Populations known by name."""


def age_range(text: str) -> tuple[int, float]:
    """Return the first year of age of a group and the first one after it.

    Parameters
    ----------
    text
        Such as ``"0-2"``, ``"80+"``, ``"<3"``, ``"unter 3"``, ``"80 und älter"``, ``"6"``.

    Raises
    ------
    StatisticsError
        The text is no age group.

    Examples
    --------
    >>> age_range("65-79"), age_range("80+"), age_range("unter 3"), age_range("6")
    ((65, 80), (80, inf), (0, 3), (6, 7))
    """
    given = text.strip().lower()
    start, end = -1, OPEN
    if found := _BETWEEN.fullmatch(given):
        start, end = int(found[1]), int(found[2]) + 1
    elif found := _BELOW.fullmatch(given):
        start, end = 0, int(found[1])
    elif found := _ABOVE.fullmatch(given):
        start = int(found[1])
    elif _YEAR.fullmatch(given):
        start, end = int(given), int(given) + 1
    if start < 0 or end <= start:
        raise StatisticsError("standardise.age", ids=[text])
    return start, end


def standard_weights(name: str, ages: Sequence[str], *, split: bool = False) -> np.ndarray:
    """Return the share of every age group in a standard population.

    Parameters
    ----------
    name
        Name of a standard population (:data:`STANDARD_POPULATIONS`).
    ages
        Age groups as text, in any order and without overlap. They need not cover all ages:
        of a standard for the older, only the older count.
    split
        True: a class that a group cuts through is divided evenly over its years of age. An
        open class is never divided.

    Returns
    -------
    numpy.ndarray
        (groups,) shares that add up to 1.

    Raises
    ------
    StatisticsError
        The population is unknown, a group is no age group, groups overlap, or a group cuts
        through a class without `split`.

    Examples
    --------
    >>> standard_weights("esp2013", ["0-4", "5-9"]).round(4)
    array([0.4762, 0.5238])
    >>> standard_weights("esp2013", ["0-2", "3-4"], split=True).round(2)
    array([0.6, 0.4])
    """
    if name not in STANDARD_POPULATIONS:
        known = ", ".join(STANDARD_POPULATIONS)
        raise StatisticsError("standardise.population", ids=[name], known=known)
    if not ages:
        raise StatisticsError("standardise.shapes")
    ranges = [age_range(text) for text in ages]
    _check_apart(ranges, ages)
    standard = STANDARD_POPULATIONS[name]
    shares = _shares(ranges, (*standard.starts, OPEN))
    cut = ((shares > 0) & (shares < 1)).any(axis=1)
    allowed = np.array([split]) & ((shares[:, -1] == 0) | (shares[:, -1] == 1))
    if (cut & ~allowed).any():
        wrong = [text for text, bad in zip(ages, cut & ~allowed, strict=True) if bad]
        raise StatisticsError("standardise.cut", ids=wrong, population=standard.title)
    people = shares @ np.array(standard.people)
    return people / people.sum()


def _shares(ranges: list[tuple[int, float]], limits: tuple[float, ...]) -> np.ndarray:
    """Return the share of every class (columns) in every age group (rows)."""
    shares = np.zeros((len(ranges), len(limits) - 1))
    for row, (start, end) in enumerate(ranges):
        for column, (low, high) in enumerate(pairwise(limits)):
            if start <= low and high <= end:
                shares[row, column] = 1.0
            elif start < high and low < end:
                # of an open class the years are unknown: any share but 0 and 1 says so
                width = high - low
                inside = min(end, high) - max(start, low)
                shares[row, column] = inside / width if np.isfinite(width) else 0.5
    return shares


def _check_apart(ranges: list[tuple[int, float]], ages: Sequence[str]) -> None:
    order = sorted(range(len(ranges)), key=lambda i: ranges[i])
    wrong = [f"{ages[i]} / {ages[j]}" for i, j in pairwise(order) if ranges[j][0] < ranges[i][1]]
    if wrong:
        raise StatisticsError("standardise.overlap", ids=wrong)
