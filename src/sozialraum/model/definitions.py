"""Definitions: where data come from and what is measured."""

from dataclasses import dataclass
from typing import Literal

from sozialraum.errors import IndicatorError
from sozialraum.model.describe import fields_table

Sensitivity = Literal["general", "social", "health", "care", "youth"]
SENSITIVITIES: tuple[Sensitivity, ...] = ("general", "social", "health", "care", "youth")
Level = Literal["cell", "area", "school", "municipality", "county"]
LEVELS: tuple[Level, ...] = ("cell", "area", "school", "municipality", "county")
"""What an indicator may be known for, finest first."""
Kind = Literal["", "input", "output", "outcome"]
KINDS: tuple[Kind, ...] = ("", "input", "output", "outcome")
Rhythm = Literal["", "monthly", "quarterly", "yearly", "two-yearly", "five-yearly", "irregular"]
RHYTHMS: tuple[Rhythm, ...] = (
    *("", "monthly", "quarterly", "yearly", "two-yearly", "five-yearly", "irregular"),
)


@dataclass(frozen=True, slots=True)
class SeriesBreak:
    """A day at which a series stops being comparable with what was before.

    Parameters
    ----------
    date
        First day (ISO 8601) of the new meaning.
    effect
        ``"block"``: no change is computed over it; ``"mark"``: it is, and marked.
    reason_de, reason_en
        What changed, for readers.
    """

    date: str
    effect: Literal["block", "mark"] = "block"
    reason_de: str = ""
    reason_en: str = ""

    def reason(self, language: str = "de") -> str:
        """Return what changed, in German or English."""
        return self.reason_en if language == "en" else self.reason_de


@dataclass(frozen=True, slots=True)
class Source:
    """Where data come from. Printed on every map, report and file.

    Parameters
    ----------
    provider, title
        Who publishes or delivers it, and under which title.
    licence, attribution, url
        Licence id such as ``"dl-de/by-2-0"``, the attribution string that the licence
        asks for, and the address of the data set.
    reference_date, territory_date
        Date the counts refer to, and date of the boundaries (ISO 8601).
    changes
        What was changed, in words, as dl-de/by-2-0 asks.
    confidential
        True for deliveries that must not leave the house.
    purpose, legal_basis, audiences, delete_by
        For confidential sources: why it may be used, by whom, until when.
    minimum
        The supplier's own minimum count; 0 where the supplier names none.
    """

    provider: str
    title: str
    licence: str = ""
    attribution: str = ""
    url: str = ""
    reference_date: str = ""
    territory_date: str = ""
    changes: str = ""
    confidential: bool = False
    purpose: str = ""
    legal_basis: str = ""
    audiences: tuple[str, ...] = ()
    delete_by: str = ""
    minimum: int = 0

    def _repr_html_(self) -> str:
        return fields_table(self)

    def line(self) -> str:
        """Return the attribution line to print: attribution, title, licence, date, changes."""
        head = self.attribution or self.provider
        parts = [head, self.title if self.title not in head else "", self.licence]
        parts += [self.reference_date, self.changes]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Indicator:
    """What is measured: two additive counts and what their ratio means.

    Parameters
    ----------
    id
        Short name, used as key and column.
    numerator, denominator
        Names of additive counts: block variables (``"residents"``) or variables of a
        delivery (``"sgb2.persons"``). Without a denominator the count itself is shown.
    label_de, label_en
        What a reader sees.
    per
        The ratio is shown per this number, usually 100.
    polarity
        +1 a high value is a burden, -1 a strength, 0 context only (never scored).
    sensitivity
        Class that chooses the policy's minimum count.
    zero_sensitive
        True where "nobody" is itself protected information.
    part_of
        Id of an indicator whose numerator contains this one's (children among persons);
        an intruder knows that, so the audit must.
    behind
        Count of households behind the persons of the numerator (rule R3).
    denominator_date
        ``"same"`` or the ISO date of a denominator deliberately taken from another date.
    themes
        Ids of the themes it belongs to.
    breaks
        Fixed inner class breaks shared by map, atlas and QGIS style; empty: chosen from
        the published county distribution and then kept.
    estimate
        True where a count is an estimate; said on every output.
    adopted_by, adopted_on
        Body and date of the decision that adopted it.
    numerator_de, numerator_en, denominator_de, denominator_en
        What the two counts are, in words.
    numerator_source, denominator_source
        Who counts them.
    numerator_day, denominator_day
        Usual reference day in the year, as ``"12-31"``; empty where there is none.
    smallest_level
        Finest level the numerator is known for.
    pool
        Number of years whose counts are added up before anything else (cohorts that are
        too small alone).
    standard, strata, standard_population
        Age standardisation, ``""``, ``"direct"`` or ``"indirect"``: ids of the indicators
        that hold one age group each, and the population that weighs them (``"county"`` or
        a name known to :mod:`sozialraum.methods.standardise`).
    kind
        Effort (``"input"``), service (``"output"``) or effect (``"outcome"``).
    goal_de, goal_en, target, target_on
        For effects: the goal served, the value aimed at (in units of the rate) and when.
    rhythm, next_due
        How often the numerator is delivered, and the next day it is due.
    series_breaks
        Days over which changes are blocked or marked.
    """

    id: str
    numerator: str
    denominator: str | None
    label_de: str
    label_en: str
    per: int = 100
    polarity: Literal[-1, 0, 1] = 1
    sensitivity: Sensitivity = "general"
    zero_sensitive: bool = False
    part_of: str | None = None
    behind: str | None = None
    denominator_date: str = "same"
    themes: tuple[str, ...] = ()
    breaks: tuple[float, ...] = ()
    unit_de: str = "%"
    unit_en: str = "%"
    note_de: str = ""
    note_en: str = ""
    estimate: bool = False
    adopted_by: str = ""
    adopted_on: str = ""
    numerator_de: str = ""
    numerator_en: str = ""
    denominator_de: str = ""
    denominator_en: str = ""
    numerator_source: str = ""
    denominator_source: str = ""
    numerator_day: str = ""
    denominator_day: str = ""
    smallest_level: Level = "area"
    pool: int = 1
    standard: Literal["", "direct", "indirect"] = ""
    strata: tuple[str, ...] = ()
    standard_population: str = ""
    kind: Kind = ""
    goal_de: str = ""
    goal_en: str = ""
    target: float | None = None
    target_on: str = ""
    rhythm: Rhythm = ""
    next_due: str = ""
    series_breaks: tuple[SeriesBreak, ...] = ()

    def __post_init__(self) -> None:
        if not self.id.isidentifier():
            raise IndicatorError("model.indicator_id", ids=[self.id])
        if self.per <= 0:
            raise IndicatorError("model.indicator_per", ids=[self.id])
        if self.sensitivity not in SENSITIVITIES:
            raise IndicatorError(
                "model.indicator_sensitivity", ids=[self.id], known=", ".join(SENSITIVITIES)
            )
        if list(self.breaks) != sorted(set(self.breaks)):
            raise IndicatorError("model.indicator_breaks", ids=[self.id])
        if self.pool < 1:
            raise IndicatorError("model.indicator_pool", ids=[self.id])
        if bool(self.standard) != bool(self.strata):
            raise IndicatorError("model.indicator_standard", ids=[self.id])

    def _repr_html_(self) -> str:
        return fields_table(self)

    def label(self, language: str = "de") -> str:
        """Return the label in German or English."""
        return self.label_en if language == "en" else self.label_de

    def unit(self, language: str = "de") -> str:
        """Return the unit in German or English."""
        return self.unit_en if language == "en" else self.unit_de

    def goal(self, language: str = "de") -> str:
        """Return the goal served in German or English."""
        return self.goal_en if language == "en" else self.goal_de

    @property
    def is_rate(self) -> bool:
        """True for a ratio of two counts, False for a plain count."""
        return self.denominator is not None
