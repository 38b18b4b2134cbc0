"""What interventions changed as CSV, for analysts."""

from pathlib import Path
from typing import Any

import pandas as pd

from sozialraum.errors import OutputError
from sozialraum.evaluation import evaluation_sentences
from sozialraum.files import writing
from sozialraum.files.wording import inert
from sozialraum.messages import text
from sozialraum.model import Evaluation
from sozialraum.model.effects import EFFECT_COLUMNS

COUNTS = ("treated", "controls", "before", "after")
DIGITS = 4
"""Decimals of differences and p-values."""
MARKS = {"de": (";", ","), "en": (",", ".")}
"""What parts columns and decimals, as spreadsheets of the language read it."""


def write_effects(
    path: str | Path, evaluation: Evaluation, *, language: str = "de", overwrite: bool = False
) -> Path:
    """Write what is found of every intervention, one row each, its sentence last.

    The file opens in a spreadsheet of the language: in German with semicolons and decimal
    commas, in English with commas and decimal points. Texts are never formulas.

    Parameters
    ----------
    path
        ``.csv``.
    evaluation
        Result of :func:`sozialraum.evaluation.evaluate`.
    language
        ``"de"`` or ``"en"``.
    overwrite
        Replace an existing file.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    OutputError
        Another ending, or the file exists.
    """
    path = Path(path)
    if path.suffix.lower() != ".csv":
        raise OutputError("evaluate.ending", ids=[path.name])
    separator, decimal = MARKS[language]
    with writing(path, overwrite=overwrite) as target:
        effect_table(evaluation, language).to_csv(
            target, sep=separator, decimal=decimal, index=False, encoding="utf-8-sig"
        )
    return path


def effect_table(evaluation: Evaluation, language: str) -> pd.DataFrame:
    """Return the effects with titles, days and sentences, under headings for readers."""
    definition = evaluation.release.indicator(evaluation.indicator)
    known = {one.id: one for one in evaluation.interventions}
    told = evaluation_sentences(evaluation, language)
    rows = []
    for row in evaluation.effects.to_dict("records"):
        one = known[str(row["intervention"])]
        numbers = {name: row[name] for name in EFFECT_COLUMNS if name not in COUNTS}
        texts = {
            "intervention": one.id,
            "title": one.title,
            "indicator": definition.label(language),
            "unit": definition.unit(language),
            "start": one.start,
            "end": one.end,
            **{name: int(row[name]) for name in COUNTS},
            **numbers,
            "verdict": _verdict(str(row["verdict"]), language),
            "sentence": told[one.id],
        }
        rows.append({name: _cell(value) for name, value in texts.items()})
    table = pd.DataFrame(rows)
    return table.rename(columns=lambda name: text(f"evaluate.column_{name}", language))


def _verdict(verdict: str, language: str) -> str:
    return text(f"evaluate.verdict_{verdict.replace(' ', '_')}", language)


def _cell(value: Any) -> Any:
    """Return a text that is no formula, or a number as it is written."""
    if isinstance(value, str):
        return inert(value)
    return round(value, DIGITS) if isinstance(value, float) else value
