"""What a chart is asked to show: checked, and in words for its heading and its foot."""

from collections.abc import Sequence
from dataclasses import dataclass

from sozialraum import schema
from sozialraum.errors import OutputError
from sozialraum.files.wording import day
from sozialraum.messages import text
from sozialraum.model import Evaluation, Flags, Index, Intervention, Release
from sozialraum.model.publishable import Publishable, release_of, require_publishable

OF_INDEX = ("spread", "moves", "reach", "portrait")
"""Charts that show an index."""
OF_FLAGS = ("moran", "funnel", "trends")
"""Charts that show flags."""
EFFECT = "effect"
"""The chart that shows an evaluation."""
OF_AREA = ("portrait", "line")
"""Charts about one area."""
OF_INDICATOR = ("reach", "line", *OF_FLAGS, EFFECT)
"""Charts about one indicator."""
CHARTS = (*OF_INDEX, "line", *OF_FLAGS, EFFECT)

type Drawable = Publishable | Evaluation
"""What charts show: what came through the gate, or what was computed from it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a chart is asked to show.

    Parameters
    ----------
    what
        Name of the chart.
    area, indicator, intervention
        Ids; empty where the chart is not about one.
    language
        ``"de"`` or ``"en"``.
    """

    what: str
    area: str = ""
    indicator: str = ""
    intervention: str = ""
    language: str = "de"


def gated(noun: Drawable, what: str) -> Publishable:
    """Return the noun beyond the gate that a chart is made of; raise if there is none."""
    source = noun.release if isinstance(noun, Evaluation) else noun
    require_publishable(source, what)
    return source


def completed(noun: Drawable, asked: Asked) -> Asked:
    """Return what is asked with the first indicator and intervention where none is named.

    Raises
    ------
    OutputError
        The noun has no such chart, area or intervention, or nothing of this indicator.
    """
    what, area, language = asked.what, asked.area, asked.language
    if what not in _charts_of(noun):
        raise OutputError("charts.unknown", ids=[what], known=", ".join(_charts_of(noun)))
    if isinstance(noun, Evaluation):
        one = _one_of([one.id for one in noun.interventions], asked.intervention)
        return Asked(what, area, noun.indicator, one, language)
    if what in OF_AREA:
        known = noun.table.index if isinstance(noun, Index) else release_of(noun).areas.index
        if area not in known:
            raise OutputError("charts.unknown_area", ids=[area])
    indicator = asked.indicator
    if isinstance(noun, Flags) and what in OF_FLAGS:
        rows = noun.warnings if what == "trends" and len(noun.warnings) else noun.table
        tested = set(rows[schema.INDICATOR])
        known = [one.id for one in noun.release.indicators if one.id in tested]
        indicator = _one_of(known, indicator)
    elif what in OF_INDICATOR:
        indicator = release_of(noun).indicator(indicator).id
    return Asked(what, area, indicator, "", language)


def _charts_of(noun: Drawable) -> tuple[str, ...]:
    match noun:
        case Evaluation():
            return (EFFECT,)
        case Index():
            return (*OF_INDEX, "line")
        case Flags():
            return (*OF_FLAGS, "line")
        case _:
            return ("line",)


def _one_of(known: Sequence[str], wanted: str) -> str:
    """Return what is wanted if it is known, the first known if nothing is."""
    if (wanted and wanted not in known) or not known:
        raise OutputError("pictures.not_shown", ids=[wanted or "–"], known=", ".join(known) or "–")
    return wanted or known[0]


def heading(noun: Drawable, asked: Asked, release: Release) -> str:
    """Return the heading of a chart: the question it answers."""
    language, words = asked.language, {"area": asked.area, "label": ""}
    if asked.what in OF_AREA:
        words["area"] = str(release.areas.loc[asked.area, schema.NAME])
    if asked.what in OF_INDICATOR:
        words["label"] = release.indicator(asked.indicator).label(language)
    if isinstance(noun, Evaluation):
        words["title"] = intervention_of(noun, asked.intervention).title
        return text("pictures.effect", language, **words)
    if asked.what in OF_FLAGS:
        return text(f"pictures.chart_{asked.what}", language, **words)
    return text(f"charts.{asked.what}", language, **words)


def about(noun: Drawable, asked: Asked, release: Release) -> str:
    """Return the line under the heading: county, method, date."""
    parts, language = [release.title], asked.language
    if asked.what in OF_INDEX and isinstance(noun, Index):
        parts += [noun.method.label(language), day(noun.date, language)]
        if noun.start:
            parts.append(text("themes.since", language, date=day(noun.start, language)))
    if isinstance(noun, Flags) and asked.what in ("moran", "funnel"):
        date = text("themes.date", language, date=day(date_of(noun, asked.indicator), language))
        parts.append(date)
    if isinstance(noun, Evaluation):
        parts.append(release.indicator(asked.indicator).label(language))
    return " · ".join(part for part in parts if part)


def notes(noun: Drawable, asked: Asked) -> tuple[str, ...]:
    """Return sentences at the foot that every reader must see."""
    if isinstance(noun, Flags) and asked.what in OF_FLAGS:
        return (text("themes.grade_meaning", asked.language),)
    if asked.what not in OF_INDEX or not isinstance(noun, Index):
        return ()
    labels = "; ".join(noun.release.indicator(i).label(asked.language) for i in noun.indicators)
    return (text("charts.made_of", asked.language, indicators=labels), *noun.notes)


def date_of(flags: Flags, indicator: str) -> str:
    """Return the date at which flags tested an indicator."""
    rows = flags.table[flags.table[schema.INDICATOR] == indicator]
    return str(rows[schema.DATE].iloc[0])


def intervention_of(evaluation: Evaluation, name: str) -> Intervention:
    """Return one of the interventions that were looked at."""
    return next(one for one in evaluation.interventions if one.id == name)
