"""What is found in an area in words that a council can read, from published values only."""

import math
from collections.abc import Sequence

from sozialraum.files.wording import THIN, number, percent_of
from sozialraum.flags.facts import AreaFacts, Value, area_facts
from sozialraum.flags.warning_texts import warning_sentence
from sozialraum.messages import default_language, text
from sozialraum.methods.rounding import SMALL_BASE
from sozialraum.model import Flags, Indicator
from sozialraum.model.judged import DOUBTFUL, MIXED
from sozialraum.schema import FLAGGED, Grade

MOST = 2
"""Indicators named in a sentence; more are counted."""
TENTHS = 10
MOSTLY, RARELY = 0.95, 0.05
"""Shares from which on a thing holds almost always, or up to which it hardly ever does."""
OWN_NAMES = 4
"""With more classes of an index than these, they are told by number, not by name."""


def sentence(flags: Flags, area_id: str, language: str | None = None) -> str:
    """Return what is found in an area in words, from published values only.

    Parameters
    ----------
    flags
        Result of :func:`flag`.
    area_id
        A small area.
    language
        ``"de"`` or ``"en"``; the reader's language when omitted.

    Returns
    -------
    str
        About four short sentences: what was measured, how many persons and what share
        beside the county's; how sure the finding is; whether it would be made again when
        people were counted again, with other borders and other neighbours; the class of
        the index and how firm that is; what cannot be said; and the early warning, where
        there is one.

    Raises
    ------
    StatisticsError
        There is no such area.

    Examples
    --------
    ::

        print(sentence(flags, "05999004-Q03", "de"))
    """
    return sentences(flags, [area_id], language)[area_id]


def sentences(
    flags: Flags, areas: Sequence[str] | None = None, language: str | None = None
) -> dict[str, str]:
    """Return :func:`sentence` of several areas, of all when omitted; common parts are read once."""
    language = language or default_language()
    return {facts.area: told(flags, facts, language) for facts in area_facts(flags, areas)}


def told(flags: Flags, facts: AreaFacts, language: str) -> str:
    """Return the facts of an area in words."""
    parts = [_found(facts, language)]
    if facts.grade in FLAGGED:
        parts.append(_sure(flags, facts.grade, language) + _firm(facts, language))
    parts.append(_untested(facts.untested, language))
    parts += [_status(flags, facts, language), _hidden(facts, language)]
    if facts.moving is not None:
        parts.append(warning_sentence(flags.release, facts.moving, language))
    return " ".join(part for part in parts if part)


def value_text(value: Value, language: str) -> str:
    """Return an indicator with its published rate, its two counts, and the county's rate.

    Counts that are not published are left out.
    """
    unit = value.indicator.unit(language)
    words = {
        "label": value.indicator.label(language),
        "value": amount(value.rate, value.base, unit, language),
        "count": number(value.count, 0, language),
        "base": number(value.base, 0, language),
    }
    alone = math.isnan(value.count + value.base)
    if math.isnan(value.county):
        return text("findings.share" if alone else "findings.value", language, **words)
    name = "findings.share_county" if alone else "findings.value_county"
    county = amount(value.county, value.county_base, unit, language)
    return text(name, language, **words, county=county)


def amount(rate: float, base: float, unit: str, language: str) -> str:
    r"""Return a published rate with its unit, in the precision it is published with.

    Examples
    --------
    >>> amount(18.4, 1848, "%", "de"), amount(18.0, 90, "%", "en")
    ('18,4\u202f%', '18%')
    """
    shown = number(rate, 0 if base < SMALL_BASE else 1, language)
    if unit == "%":
        return shown + ("%" if language == "en" else f"{THIN}%")
    return f"{shown} {unit}" if unit else shown


def how_often(share: float) -> str:
    """Return in which words a share is told: how a message about it ends.

    Examples
    --------
    >>> how_often(0.97), how_often(0.5), how_often(0.01), how_often(float("nan"))
    ('mostly', 'some', 'rarely', 'unknown')
    """
    if math.isnan(share):
        return "unknown"
    return "mostly" if share >= MOSTLY else "rarely" if share < RARELY else "some"


def tenths(share: float) -> int:
    """Return a share as cases out of ten; a share in between is neither none nor all.

    Examples
    --------
    >>> tenths(0.94), tenths(0.06), tenths(0.85)
    (9, 1, 8)
    """
    return 0 if math.isnan(share) else min(TENTHS - 1, max(1, round(TENTHS * share)))


def _found(facts: AreaFacts, language: str) -> str:
    if facts.grade not in FLAGGED:
        if not facts.others:
            return "" if facts.untested else text("findings.not_published", language)
        name = "no_neighbours" if facts.grade == Grade.NO_NEIGHBOURS else "none"
        return text(f"findings.{name}", language, values=_values(facts.others, language))
    name = facts.direction
    if name != MIXED:
        # what is neither good nor bad is no burden
        name += "" if judged(facts) else "_plain"
        if facts.around:
            name += "_around" if facts.apart else "_nearby"
    return text(f"findings.found_{name}", language, values=_values(facts.leading, language))


def _untested(values: Sequence[Value], language: str) -> str:
    """Return what is published and cannot be tested, and why not."""
    shares = [one for one in values if math.isnan(one.count + one.base)]
    nobody = [one.indicator for one in values if one.base == 0]
    alike = [one for one in values if one not in shares and one.base != 0]
    parts = []
    if shares:
        parts.append(text("findings.shares_only", language, values=_values(shares, language)))
    if nobody:
        parts.append(text("findings.nobody", language, labels=_labels(nobody, language)))
    if alike:
        parts.append(text("findings.alike", language, values=_values(alike, language)))
    return " ".join(parts)


def judged(facts: AreaFacts) -> bool:
    """Return True if what is found is good or bad at all, not only high or low."""
    return any(value.indicator.polarity for value in facts.leading)


def _values(values: Sequence[Value], language: str) -> str:
    shown = "; ".join(value_text(value, language) for value in values[:MOST])
    return _with_more(shown, len(values) - MOST, language)


def _with_more(shown: str, more: int, language: str) -> str:
    if more <= 0:
        return shown
    name = "findings.one_more" if more == 1 else "findings.several_more"
    return text(name, language, shown=shown, more=more)


def _sure(flags: Flags, grade: Grade, language: str) -> str:
    rate = percent_of(flags.rate, language) + ("%" if language == "en" else f"{THIN}%")
    return text(f"findings.sure_{grade}", language, rate=rate)


def _firm(facts: AreaFacts, language: str) -> str:
    """Return how often the finding would be made again; never left out."""
    again, borders = (how_often(share) for share in (facts.stability, facts.kept))
    parts = [
        text(f"findings.again_{again}", language, cases=tenths(facts.stability)),
        text(f"findings.borders_{borders}", language, cases=tenths(facts.kept)),
    ]
    if facts.knn is not None:
        parts.append(text(f"findings.nearest_{'same' if facts.knn else 'other'}", language))
    if facts.grade != Grade.HINT and min(facts.stability, facts.kept) < DOUBTFUL:
        parts.append(text("findings.careful", language))
    return "".join(parts) + "."


def status_text(flags: Flags, facts: AreaFacts, language: str) -> str:
    """Return the class of the index in words; empty without one."""
    if flags.index is None or not facts.status:
        return ""
    classes = flags.index.method.classes
    if len(classes) > OWN_NAMES:
        return text("themes.status_other", language, code=facts.status)
    return text(f"themes.status_{facts.status}", language)


def _status(flags: Flags, facts: AreaFacts, language: str) -> str:
    status = status_text(flags, facts, language)
    if not status:
        return ""
    firm = facts.status_stability
    if math.isnan(firm):
        return text("findings.status", language, status=status)
    often = how_often(firm)
    return text(f"findings.status_{often}", language, status=status, cases=tenths(firm))


def _hidden(facts: AreaFacts, language: str) -> str:
    if not facts.hidden or not (facts.leading or facts.others or facts.untested):
        return ""
    return text("findings.hidden", language, labels=_labels(facts.hidden, language))


def _labels(indicators: Sequence[Indicator], language: str) -> str:
    shown = "; ".join(indicator.label(language) for indicator in indicators[:MOST])
    return _with_more(shown, len(indicators) - MOST, language)
