"""What must be printed on every output: sources, licence, dates, changes, method."""

from collections.abc import Iterable

from sozialraum.files.wording import day, share
from sozialraum.messages import text
from sozialraum.model import Release, Source
from sozialraum.model.publishable import Publishable, release_of


def source_line(*sources: Source, language: str = "de") -> str:
    """Return the line that sources ask for which differ in their title only.

    Examples
    --------
    >>> source_line(Source("Amt", "Register", "dl-de/by-2-0", reference_date="2025-12-31"))
    'Amt: Register, dl-de/by-2-0, Stand 31.12.2025'
    """
    source = sources[0]
    titles = dict.fromkeys(one.title for one in sources if one.title not in _head(one))
    head = f"{_head(source)}: {' · '.join(titles)}" if titles else _head(source)
    parts = [head, source.licence]
    if source.reference_date:
        parts.append(text("provenance.as_of", language, date=day(source.reference_date, language)))
    if source.territory_date:
        when = day(source.territory_date, language)
        parts.append(text("provenance.territory", language, date=when))
    parts.append(source.changes)
    return ", ".join(part for part in parts if part)


def _head(source: Source) -> str:
    return source.attribution or source.provider


def sources_sentence(sources: Iterable[Source], language: str = "de") -> str:
    """Return all sources in one sentence, those that differ in their title only together."""
    alike: dict[tuple[str, ...], list[Source]] = {}
    for one in sources:
        shown = (_head(one), one.licence, one.reference_date, one.territory_date, one.changes)
        alike.setdefault(shown, []).append(one)
    lines = dict.fromkeys(source_line(*group, language=language) for group in alike.values())
    if not lines:
        return text("provenance.no_sources", language)
    name = "provenance.sources" if len(lines) > 1 else "provenance.source"
    return text(name, language, sources="; ".join(lines))


def protection_sentence(release: Release, language: str = "de") -> str:
    """Return under which policy the values are published, and what the mark means."""
    if not release.audit.ours:
        return text("provenance.not_ours", language)
    return text(
        "provenance.protection",
        language,
        policy=release.policy.name,
        share=share(release.audit.share_published, language),
    )


def standing_sentences(release: Release, language: str = "de") -> tuple[str, ...]:
    """Return what limits the use of an output: draft, closed audience."""
    sentences = []
    if release.draft:
        sentences.append(text("provenance.draft", language))
    if release.audience != "public":
        sentences.append(text("provenance.audience", language, audience=release.audience))
    return tuple(sentences)


def footer(
    noun: Publishable, language: str = "de", *, background: Iterable[Source] = ()
) -> tuple[str, ...]:
    """Return the lines at the foot of every map, page and report.

    Parameters
    ----------
    noun
        What is shown.
    language
        ``"de"`` or ``"en"``.
    background
        Sources of layers drawn behind the areas.

    Returns
    -------
    tuple of str
        Limits of use first, then sources, then protection and reference system.
    """
    release = release_of(noun)
    crs = release.areas.crs
    system = "" if crs is None else f"{crs.name} ({crs.to_string()})"
    return (
        *standing_sentences(release, language),
        sources_sentence([*release.sources, *background], language),
        protection_sentence(release, language),
        text("provenance.own_work", language, crs=system),
    )
