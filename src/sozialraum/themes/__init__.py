"""What a map, a legend, a style and a report show of a publishable noun.

One place decides on classes, breaks, colours, marks and texts, so that the static map,
the web map, the QGIS style and the report never differ.

Examples
--------
>>> from sozialraum.themes import choices, theme
"""

from typing import assert_never

from sozialraum.errors import OutputError
from sozialraum.model import Flags, Index, Release
from sozialraum.model.publishable import Publishable, release_of, require_publishable
from sozialraum.themes.flagged import FLAG_THEME, flag_theme
from sozialraum.themes.judged import INDEX_THEMES, index_theme, proposal_theme
from sozialraum.themes.local import local_theme, local_themes
from sozialraum.themes.model import Entry, Pattern, Theme
from sozialraum.themes.values import indicator_theme
from sozialraum.themes.warned import WARNING_THEME, warning_theme

__all__ = ["Entry", "Pattern", "Theme", "choices", "further", "proposal_theme", "theme"]


def theme(
    noun: Publishable, what: str | None = None, *, date: str | None = None, language: str = "de"
) -> Theme:
    """Return what a picture of a noun shows.

    Parameters
    ----------
    noun
        What came through the gate.
    what
        ``"grade"`` for flags; ``"status"``, ``"dynamics"`` or ``"group"`` for an index
        or flags with one; the id of an indicator for all three. Default: the first of
        :func:`choices`. For flags also one of :func:`further`.
    date
        ISO date of an indicator; the latest when omitted.
    language
        ``"de"`` or ``"en"``.

    Raises
    ------
    DisclosureError
        `noun` did not come through the gate.
    OutputError
        The noun has no such theme or date.
    """
    require_publishable(noun, "theme")
    what = what or choices(noun)[0]
    if isinstance(noun, Flags) and what == FLAG_THEME:
        return flag_theme(noun, date, language)
    if isinstance(noun, Flags) and what == WARNING_THEME:
        return warning_theme(noun, date, language)
    if isinstance(noun, Flags) and what in local_themes(noun):
        return local_theme(noun, what, date, language)
    index = _index_of(noun)
    if what in INDEX_THEMES and index is not None:
        return index_theme(index, what, date, language)
    release = release_of(noun)
    if what not in {indicator.id for indicator in release.indicators}:
        known = ", ".join((*choices(noun), *further(noun)))
        raise OutputError("themes.unknown_theme", ids=[what], known=known)
    return indicator_theme(release, what, date, language)


def choices(noun: Publishable) -> tuple[str, ...]:
    """Return the themes a noun has: judgements first, then rates, then counts."""
    require_publishable(noun, "choices")
    release = release_of(noun)
    dated = [i for i in release.indicators if release.dates(i.id)]
    rates = [i.id for i in dated if i.is_rate]
    counts = [i.id for i in dated if not i.is_rate]
    judged = [FLAG_THEME] if isinstance(noun, Flags) else []
    index = _index_of(noun)
    if index is not None:
        judged += INDEX_THEMES if index.start else INDEX_THEMES[:1]
    return (*judged, *rates, *counts)


def further(noun: Publishable) -> tuple[str, ...]:
    """Return the themes that are drawn when asked for, and never written to files unasked.

    Of flags: ``"warning"`` (early warning), ``"lisa:<indicator>"`` (local Moran's I) and
    ``"gi:<indicator>"`` (Gi*).
    """
    require_publishable(noun, "further")
    return (WARNING_THEME, *local_themes(noun)) if isinstance(noun, Flags) else ()


def _index_of(noun: Publishable) -> Index | None:
    match noun:
        case Release():
            return None
        case Index():
            return noun
        case Flags():
            return noun.index
    assert_never(noun)
