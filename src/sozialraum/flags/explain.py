"""A table of areas with everything that is said of them, strongest findings first."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.flags.facts import AreaFacts, Value, area_facts
from sozialraum.flags.sentences import judged, status_text, told, value_text
from sozialraum.messages import default_language, text
from sozialraum.model import Flags
from sozialraum.model.judged import HIGH, LOW, MIXED
from sozialraum.schema import Grade

EXPLAINED_COLUMNS = (
    *(schema.AREA_ID, schema.NAME, schema.MUNICIPALITY),
    *("grade", "direction", "indicators", "values", "persons", "base", "value"),
    *("stability", "kept", "nearest", "status", "status_stability", "warning", "sentence"),
)


def explain_flags(
    flags: Flags, areas: Sequence[str] | None = None, language: str | None = None
) -> pd.DataFrame:
    """Return one row an area with its finding, how firm it is, and the sentence about it.

    Parameters
    ----------
    flags
        Result of :func:`flag`.
    areas
        Ids of small areas; all of them when omitted.
    language
        ``"de"`` or ``"en"``; the reader's language when omitted.

    Returns
    -------
    DataFrame
        Strongest findings first; equally strong ones burdens first, then by the number of
        persons, so that many affected people in usual surroundings are seen, too:

        * `area_id`, `name`, `municipality` (its name);
        * `grade`, `direction` in words; `indicators`, the labels behind the finding,
          strongest first, and `values`, what is published of them;
        * `persons`, `base`, `value`: both published counts and the rate of the strongest
          indicator behind the finding, of the first published one where there is none
          (missing where the rate alone is published);
        * `stability`, `kept`: shares, see ``Flags.areas``; `nearest`: whether the finding
          stays with the six nearest areas as neighbours, ``""`` where that does not matter;
        * `status`, `status_stability`: class of the index, and how often it holds;
        * `warning`: whether the burden is rising or falling;
        * `sentence`: :func:`sozialraum.flags.sentence`.

    Raises
    ------
    StatisticsError
        There is no such area.

    Examples
    --------
    ::

        explain_flags(flags, language="de").head(12)
    """
    language = language or default_language()
    found = sorted(area_facts(flags, areas), key=_order)
    rows = [_row(flags, facts, language) for facts in found]
    return pd.DataFrame(rows, columns=list(EXPLAINED_COLUMNS))


def _order(facts: AreaFacts) -> tuple[int, int, float, str]:
    shown = _shown(facts)
    persons = np.nan_to_num(shown[0].count) if shown else 0.0
    ways = (HIGH, MIXED, LOW, "")
    return list(Grade).index(facts.grade), ways.index(facts.direction), -persons, facts.area


def _row(flags: Flags, facts: AreaFacts, language: str) -> tuple[object, ...]:
    place = flags.release.areas.loc[facts.area]
    shown = _shown(facts)
    counts = (shown[0].count, shown[0].base, shown[0].rate) if shown else (np.nan,) * 3
    tested = facts.leading or facts.others or not facts.untested
    known = facts.grade.replace(" ", "_") if tested else "not_tested"
    grade = text(f"findings.grade_{known}", language)
    return (
        *(facts.area, str(place[schema.NAME]), str(place["municipality_name"])),
        *(grade, _way(facts, language)),
        "; ".join(value.indicator.label(language) for value in facts.leading),
        "; ".join(value_text(value, language) for value in facts.leading),
        *counts,
        *(facts.stability, facts.kept, _nearest(facts, language)),
        *(status_text(flags, facts, language), facts.status_stability),
        text(f"findings.moves_{facts.warning}", language) if facts.warning else "",
        told(flags, facts, language),
    )


def _shown(facts: AreaFacts) -> tuple[Value, ...]:
    return (*facts.leading, *facts.others, *facts.untested)


def _way(facts: AreaFacts, language: str) -> str:
    if not facts.direction:
        return ""
    plain = facts.direction != MIXED and not judged(facts)
    return text(f"findings.way_{facts.direction}{'_plain' if plain else ''}", language)


def _nearest(facts: AreaFacts, language: str) -> str:
    if facts.knn is None:
        return ""
    return text("findings.nearest_yes" if facts.knn else "findings.nearest_no", language)
