"""Interventions (Maßnahmen) in areas, and what they are found to have changed."""

from dataclasses import dataclass

import pandas as pd

from sozialraum import schema
from sozialraum.errors import StatisticsError
from sozialraum.model.describe import fields_table, html_table, one_line
from sozialraum.model.release import Release

EFFECT_COLUMNS = (
    *("intervention", "treated", "controls", "before", "after"),
    *("effect", "lower", "upper", "p", "smallest"),
    *("pretrend_p", "placebo", "placebo_p", "earlier", "earlier_p", "verdict"),
)
PATH_COLUMNS = ("intervention", schema.DATE, "treated", "controls", "difference", "lower", "upper")
MATCH_COLUMNS = ("intervention", schema.AREA_ID, "control", "distance")
OVERLAP_COLUMNS = (schema.AREA_ID, "intervention", "other", "start", "end")
VERDICTS = ("effect", "opposite", "none found", "too small", "not comparable", "no data")
"""What can be said of an intervention. ``"effect"``: things got better than where nothing was
done; ``"opposite"``: they got worse; ``"none found"``: an effect of the size that can be seen
would have been seen; ``"too small"``: an effect of a plausible size could not be seen, so
nothing is said of one; ``"not comparable"``: the areas differed before; ``"no data"``: too
few published values."""


@dataclass(frozen=True, slots=True)
class Intervention:
    """Something done for people in some areas, from a day on.

    Parameters
    ----------
    id, title
        Short name, and what readers see.
    areas
        Ids of the areas it was done in.
    start, end
        First and last day (ISO 8601); without end it goes on.
    topic
        What it is about, in words.
    indicators
        Ids of the indicators it is meant to change; empty: any.
    """

    id: str
    title: str
    areas: tuple[str, ...]
    start: str
    end: str = ""
    topic: str = ""
    indicators: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.end and self.end < self.start:
            raise StatisticsError("effects.ends_before", ids=[self.id])

    def _repr_html_(self) -> str:
        return fields_table(self)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Evaluation:
    """What interventions are found to have changed in one indicator, from published values only.

    Parameters
    ----------
    release
        What it was computed from.
    indicator
        Id of the indicator.
    interventions
        Those looked at.
    effects
        One row an intervention with :data:`EFFECT_COLUMNS`: number of treated and control areas,
        number of dates before and after the start, the effect on the rate (in its unit, as
        it is published: below 0 it fell more than where nothing was done, whether that is
        good or bad) with its 95 % interval and two-sided p, the smallest effect that would
        be seen with 80 % power (`smallest`), the p of different courses before the start
        (`pretrend_p`), the effect found in areas like these where nothing was done
        (`placebo`, with its p), the effect found for a start some dates earlier (`earlier`,
        with its p; missing where there are too few dates) and one of :data:`VERDICTS`.
        Without an effect that can be told, `effect`, its interval and its p are missing.
    paths
        One row an intervention and date with :data:`PATH_COLUMNS`: rates of the treated areas and
        their controls, and the difference against the time before, with its interval.
    matches
        One row a treated area and control with :data:`MATCH_COLUMNS`.
    overlaps
        One row an area in which two interventions ran at the same time, with
        :data:`OVERLAP_COLUMNS`: a possible interaction.
    """

    release: Release
    indicator: str
    interventions: tuple[Intervention, ...]
    effects: pd.DataFrame
    paths: pd.DataFrame
    matches: pd.DataFrame
    overlaps: pd.DataFrame

    def __post_init__(self) -> None:
        for name, columns in (
            ("effects", EFFECT_COLUMNS),
            ("paths", PATH_COLUMNS),
            ("matches", MATCH_COLUMNS),
            ("overlaps", OVERLAP_COLUMNS),
        ):
            table = getattr(self, name)
            schema.check_columns(table.columns, columns, f"Evaluation.{name}")
            schema.check_only(table.columns, columns, f"Evaluation.{name}")

    def __repr__(self) -> str:
        facts = [self.indicator, f"{len(self.interventions)} interventions"]
        return one_line("Evaluation", facts)

    def _repr_html_(self) -> str:
        rows = [(str(row.intervention), str(row.verdict)) for row in self.effects.itertuples()]
        return html_table(f"Evaluation: {self.indicator}", rows)
