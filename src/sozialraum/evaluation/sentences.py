"""What is found of interventions in words that a council can read."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.files.wording import THIN, day, number
from sozialraum.messages import default_language, text
from sozialraum.methods.pseudo_treated import LEVEL
from sozialraum.model import Evaluation, Indicator, Intervention

FINE = 0.5
"""Below this, changes are told with two decimals."""
TOLD = ("effect", "opposite", "none found")


@dataclass(frozen=True, slots=True)
class _Row:
    """An intervention with what was found of it."""

    evaluation: Evaluation
    one: Intervention
    found: dict[Any, Any]
    language: str

    @property
    def indicator(self) -> Indicator:
        """What was measured."""
        return self.evaluation.release.indicator(self.evaluation.indicator)

    def say(self, name: str, **values: Any) -> str:
        """Return a sentence."""
        return text(f"effects.{name}", self.language, **values)

    def size(self, value: float) -> str:
        """Return a change with its unit, without its sign."""
        return f"{self.plain(value)}{self.unit}"

    def plain(self, value: float) -> str:
        """Return a change without sign and unit."""
        digits = 1 if self.found["smallest"] >= FINE else 2
        return number(abs(value), digits, self.language)

    @property
    def unit(self) -> str:
        """Unit of a change of the rate, with the blank before it."""
        unit = self.indicator.unit(self.language)
        return f"{THIN if unit != '%' else ' '}{self.say('points') if unit == '%' else unit}"


def evaluation_sentences(evaluation: Evaluation, language: str | None = None) -> dict[str, str]:
    """Return what is found of every intervention, in a few sentences by its id, without its title.

    Parameters
    ----------
    evaluation
        Result of :func:`sozialraum.evaluation.evaluate`.
    language
        ``"de"`` or ``"en"``; the reader's language when omitted.

    Returns
    -------
    dict
        The difference with the range it lies in; or what would have been seen, where none
        is; or why nothing can be said. No sentence says that an intervention was the cause.

    Examples
    --------
    ::

        print(evaluation_sentences(evaluation, "de")["M1"])
    """
    language = language or default_language()
    known = {one.id: one for one in evaluation.interventions}
    told = {}
    for found in evaluation.effects.to_dict("records"):
        one = known[str(found["intervention"])]
        told[one.id] = _told(_Row(evaluation, one, found, language))
    return told


def _told(row: _Row) -> str:
    verdict = str(row.found["verdict"])
    parts = [_head(row)]
    if verdict in ("effect", "opposite"):
        parts += [_difference(row), row.say(f"verdict_{verdict}")]
    elif verdict in ("none found", "too small"):
        parts.append(row.say(f"verdict_{_slug(verdict)}", smallest=row.size(row.found["smallest"])))
    else:
        parts.append(row.say(f"verdict_{_slug(verdict)}"))
    return " ".join(part for part in [*parts, *_cautions(row, verdict)] if part)


def _slug(verdict: str) -> str:
    return verdict.replace(" ", "_")


def _head(row: _Row) -> str:
    number_of = len(row.one.areas)
    places = row.say("one_area" if number_of == 1 else "areas", count=number_of)
    return row.say(
        "head",
        start=day(row.one.start, row.language),
        places=places,
        label=row.indicator.label(row.language),
    )


def _difference(row: _Row) -> str:
    """Return how far the areas lie from what areas alike let expect."""
    found, way = row.found, "lower" if row.found["effect"] < 0 else "higher"
    low, high = sorted(abs(found[name]) for name in ("lower", "upper"))
    paths = row.evaluation.paths
    own = paths[(paths["intervention"] == row.one.id) & (paths[schema.DATE] >= row.one.start)]
    years = [str(one)[:4] for one in own[schema.DATE]]
    span = row.say("one_year" if years[0] == years[-1] else "years", first=years[0], last=years[-1])
    return row.say(
        f"difference_{way}",
        span=span,
        size=row.size(found["effect"]),
        low=row.plain(low),
        high=row.plain(high),
    )


def _cautions(row: _Row, verdict: str) -> list[str]:
    """Return what a reader must know besides."""
    if verdict == "no data":
        return [_overlapping(row)]
    missing = len(row.one.areas) - int(row.found["treated"])
    found = [row.say("missing", count=missing, all=len(row.one.areas))] if missing else []
    if verdict in TOLD:
        if row.found["placebo_p"] < LEVEL:
            found.append(row.say("placebo_seen"))
        if row.found["earlier_p"] < LEVEL:
            found.append(row.say("earlier_seen"))
        found.append(_marked(row))
    return [*found, _overlapping(row)]


def _marked(row: _Row) -> str:
    """Return on which days the counting changed in between."""
    paths = row.evaluation.paths
    dates = paths.loc[paths["intervention"] == row.one.id, schema.DATE].astype("str")
    days = [
        day(one.date, row.language)
        for one in row.indicator.series_breaks
        if len(dates) and dates.min() < one.date <= dates.max()
    ]
    return row.say("marked", days=", ".join(days)) if days else ""


def _overlapping(row: _Row) -> str:
    """Return which interventions ran in the same areas at the same time."""
    table = row.evaluation.overlaps
    titles = {one.id: one.title for one in row.evaluation.interventions}
    sides = table[["intervention", "other"]].to_numpy(dtype=object)
    own = np.array([row.one.id in pair for pair in sides], dtype=bool)
    if not own.any():
        return ""
    others = {other for pair in sides[own] for other in pair if other != row.one.id}
    named = [f"„{titles[o]}“" if row.language == "de" else f'"{titles[o]}"' for o in sorted(others)]
    count = int(pd.Index(table.loc[own, schema.AREA_ID]).nunique())
    places = row.say("one_area" if count == 1 else "areas", count=count)
    return row.say("overlap", places=places, others=", ".join(named))
