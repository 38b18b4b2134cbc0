"""What a report says of findings: how many are chance, what changes, what helped."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sozialraum import schema
from sozialraum.errors import IndicatorError, StatisticsError
from sozialraum.evaluation import evaluation_sentences
from sozialraum.evaluation.told import told_of
from sozialraum.files.scan.derived import NOTHING, Derived
from sozialraum.files.wording import number, percent_of
from sozialraum.flags import expected_false, warning_sentence
from sozialraum.index.coverage_words import coverage_sentences
from sozialraum.maps.charts import draw_chart_panel
from sozialraum.messages import LANGUAGES, text
from sozialraum.model import Evaluation, Flags
from sozialraum.model.judged import FALLING, RISING
from sozialraum.model.publishable import Publishable
from sozialraum.report.facts import Cell, Table
from sozialraum.report.pictures import embedded
from sozialraum.schema import FIRM


@dataclass(frozen=True, slots=True)
class Effect:
    """An intervention: its title, what is found, a picture and words for it."""

    title: str
    sentence: str
    picture: str
    alt: str


@dataclass(frozen=True, slots=True)
class Findings:
    """The chapter on areas that stand out.

    Parameters
    ----------
    sentences
        The family of tests, and whom the flagged areas reach.
    table
        Findings of every grade beside those that chance alone explains.
    warnings
        Heading, names and sentences of areas that change otherwise than the county.
    effects
        What interventions are found to have changed.
    """

    sentences: tuple[str, ...]
    table: Table
    warnings: tuple[tuple[str, list[tuple[str, str]]], ...]
    effects: tuple[Effect, ...]


def findings(flags: Flags, evaluations: Sequence[Evaluation], language: str) -> Findings:
    """Return the chapter on flags, early warnings and interventions."""
    warned = ((way, _warned(flags, way, language)) for way in (RISING, FALLING))
    return Findings(
        (_family(flags, language), *_reached(flags, language)),
        _expected(flags, language),
        tuple((text(f"report.{way}", language), found) for way, found in warned if found),
        tuple(one for evaluated in evaluations for one in _effects(evaluated, language)),
    )


def _family(flags: Flags, language: str) -> str:
    return text(
        "report.family",
        language,
        tests=number(flags.tests, 0, language),
        rate=percent_of(flags.rate, language),
        zonings=flags.zonings,
    )


def _reached(flags: Flags, language: str) -> list[str]:
    """Return which share of the people affected live in flagged areas, by indicator."""
    county = flags.release.areas[schema.GEOGRAPHY] == schema.COUNTY_LEVEL
    found = []
    for name in dict.fromkeys(flags.table[schema.INDICATOR].astype("str")):
        try:
            told = coverage_sentences(flags, name, language)
        except (IndicatorError, StatisticsError):
            continue  # nothing is published that shares could be of
        found += [told[area] for area in flags.release.areas.index[county] if area in told]
    return found


def _expected(flags: Flags, language: str) -> Table:
    rows = []
    for grade, row in expected_false(flags).iterrows():
        counts = (row["areas"], row["findings"], row["tests"])
        cells = [Cell(number(one, 0, language), number=True) for one in counts]
        cells.append(Cell(number(row["expected"], 1, language), number=True))
        rows.append((text(f"findings.grade_{grade}", language), cells))
    heads = ("grade", "areas_found", "findings", "tests", "by_chance")
    caption = text("report.expected_caption", language)
    return Table(caption, [text(f"report.head_{one}", language) for one in heads], rows)


def _warned(flags: Flags, way: str, language: str) -> list[tuple[str, str]]:
    """Return name and sentence of areas with a firm warning, strongest first.

    The sentence tells of the indicator that warns loudest and names the others.
    """
    table = flags.warnings
    rows = table[(table["direction"] == way) & table["grade"].isin(FIRM)]
    rows = rows.sort_values(["p", schema.AREA_ID, schema.INDICATOR], kind="stable")
    return [
        (_place(flags, str(area)), _warning(flags, own, language))
        for area, own in rows.groupby(schema.AREA_ID, sort=False)
    ]


def _place(flags: Flags, area: str) -> str:
    place = flags.release.areas.loc[area]
    return f"{place[schema.NAME]} ({place['municipality_name']})"


def _warning(flags: Flags, rows: pd.DataFrame, language: str) -> str:
    told = warning_sentence(flags.release, rows.iloc[0], language)
    others = [str(one) for one in rows[schema.INDICATOR].iloc[1:]]
    if not others:
        return told
    labels = "; ".join(flags.release.indicator(one).label(language) for one in others)
    return f"{told} {text('report.likewise', language, labels=labels)}"


def _effects(evaluated: Evaluation, language: str) -> list[Effect]:
    told = evaluation_sentences(evaluated, language)
    titles = {one.id: one.title for one in evaluated.interventions}
    return [_effect(evaluated, name, titles[name], told[name], language) for name in told]


def _effect(evaluated: Evaluation, name: str, title: str, told: str, language: str) -> Effect:
    paths = evaluated.paths[evaluated.paths["intervention"] == name]
    if pd.isna(paths["difference"]).all():
        return Effect(title, told, "", "")
    figure = draw_chart_panel(evaluated, "effect", intervention=name, language=language)
    alt = text("report.chart_alt", language, title=title)
    return Effect(title, told, embedded(figure), alt)


def told_of_findings(noun: Publishable, evaluations: Sequence[Evaluation]) -> Derived:
    """Return what the chapter tells besides published numbers, in both languages."""
    if not isinstance(noun, Flags):
        return NOTHING
    texts: set[str] = set()
    cells: set[str] = set()
    for language in LANGUAGES:
        texts |= {_family(noun, language), *_reached(noun, language)}
        for way in (RISING, FALLING):
            texts |= {sentence for _, sentence in _warned(noun, way, language)}
        cells |= {cell.text for _, row in _expected(noun, language).rows for cell in row}
    told = Derived(frozenset(texts), {"": frozenset(cells)})
    for evaluated in evaluations:
        told |= told_of(evaluated)
    return told
