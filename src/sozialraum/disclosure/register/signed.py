"""Entries that people sign: nothing before, withdrawn, corrected, imported."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sozialraum.disclosure.register.book import TELLING, Ledger, Writing, writing_to
from sozialraum.disclosure.register.told import Told
from sozialraum.errors import ConfigError
from sozialraum.files.journal import digest_of
from sozialraum.model.policy import PUBLIC


def signed(signed_by: str, reason: str) -> dict[str, str]:
    """Return a reason as content.

    Raises
    ------
    ConfigError
        The role or the reason is missing.
    """
    missing = [n for n, v in (("signed_by", signed_by), ("reason", reason)) if not v.strip()]
    if missing:
        raise ConfigError("ledger.unsigned", ids=missing)
    return {"reason": reason.strip()}


def declare_none(
    ledger: Ledger, *, signed_by: str, reason: str, on: dt.date | None = None
) -> Ledger:
    """Record a signed statement that nothing was published before this register.

    Parameters
    ----------
    ledger
        The register.
    signed_by, reason
        Role of who answers for it, and how it was found out.
    on
        Day; today when omitted.

    Returns
    -------
    Ledger
        With the entry; as it was where that is signed already.

    Raises
    ------
    ConfigError
        The role or the reason is missing, or an import says otherwise.
    """
    content = signed(signed_by, reason)
    with writing_to(ledger) as writing:
        if writing.ledger.earlier == "imported":
            raise ConfigError("ledger.not_none")
        if writing.ledger.earlier == "without":
            writing.add("none", content, signed_by=signed_by, on=on)
        return writing.ledger


def withdraw(
    ledger: Ledger, number: int, *, signed_by: str, reason: str, on: dt.date | None = None
) -> Ledger:
    """Record that a publication was withdrawn. What was public once stays known.

    Parameters
    ----------
    ledger
        The register.
    number
        Entry of the release or import.
    signed_by, reason, on
        As for :func:`declare_none`.

    Raises
    ------
    ConfigError
        The role or the reason is missing, or the entry is no publication.
    """
    content = signed(signed_by, reason)
    with writing_to(ledger) as writing:
        _check_telling(writing.ledger, number)
        if number not in writing.ledger.withdrawn:
            writing.add("withdrawal", {**content, "of": number}, signed_by=signed_by, on=on)
        return writing.ledger


def correct(
    ledger: Ledger,
    number: int,
    *,
    variables: Sequence[str] = (),
    areas: Sequence[str] = (),
    signed_by: str,
    reason: str,
    on: dt.date | None = None,
) -> Ledger:
    """Record that numbers of a publication are wrong; the right ones are published anew.

    From then on those numbers no longer bound the truth, so that an audit does not stop
    at the contradiction. They stay in the register, and an audit that knows the truth
    counts those that are right after all.

    Parameters
    ----------
    ledger
        The register.
    number
        Entry of the release or import.
    variables, areas
        Which numbers: names of counts (``sgb2`` or ``sgb2@2025-12-31``) and ids of areas;
        all of them when empty.
    signed_by, reason, on
        As for :func:`declare_none`.

    Raises
    ------
    ConfigError
        The role or the reason is missing, the entry is no publication, or it says
        nothing of a variable or area.
    """
    content: dict[str, Any] = signed(signed_by, reason)
    content |= {"of": number, "variables": sorted(variables), "areas": sorted(areas)}
    with writing_to(ledger) as writing:
        _check_telling(writing.ledger, number)
        _check_named(writing.ledger.told(number), content)
        done = [e.content for e in writing.ledger.entries if e.kind == "correction"]
        if content not in done:
            writing.add("correction", content, signed_by=signed_by, on=on)
        return writing.ledger


def import_earlier(
    ledger: Ledger,
    told: Told,
    *,
    source: str,
    signed_by: str,
    background: bool = False,
    audience: str = PUBLIC,
    on: dt.date | None = None,
) -> Ledger:
    """Record what was published before this register began, or what others publish.

    Parameters
    ----------
    ledger
        The register.
    told
        What was published, of :func:`read_import`.
    source
        Where it stands (title, year, page).
    signed_by, on
        As for :func:`declare_none`.
    background
        True for totals of other publishers: everybody knows them, and they do not answer
        the question of earlier publications of our own.
    audience
        Who has seen it.

    Returns
    -------
    Ledger
        With the entry; as it was where the same was imported already.

    Raises
    ------
    ConfigError
        The role or the source is missing.
    """
    signed(signed_by, source)
    whole = told.as_content()
    kept = {"audience": PUBLIC if background else audience, "background": background, **whole}
    content = {**kept, "digest": digest_of(kept), "source": source.strip()}
    with writing_to(ledger) as writing:
        if writing.ledger.find(content["digest"]) is None:
            add_telling(writing, "import", content, signed_by=signed_by, on=on)
        return writing.ledger


def add_telling(
    writing: Writing, kind: str, content: Mapping[str, Any], *, signed_by: str, on: dt.date | None
) -> int:
    """Add an entry with statements and return its number; equal areas are kept once."""
    entries = (e for e in writing.ledger.entries if e.kind in TELLING)
    same = next((e.number for e in entries if e.content["places"] == content["places"]), None)
    places = content["places"] if same is None else {"same_as": same}
    return writing.add(kind, {**content, "places": places}, signed_by=signed_by, on=on).number


def _check_telling(ledger: Ledger, number: int) -> None:
    if ledger.entry(number).kind not in TELLING:
        raise ConfigError("ledger.no_publication", ids=[number], kind=ledger.entry(number).kind)


def _check_named(told: Told, content: Mapping[str, Any]) -> None:
    """Raise where a correction names what the publication does not speak of."""
    spoken = {column.var for column in told.columns}
    spoken |= {var for one in told.loose for var in one.variables}
    spoken |= {name.partition("@")[0] for name in spoken}
    spoken |= {place.area_id for place in told.places.values()}
    unknown = [n for n in (*content["variables"], *content["areas"]) if n not in spoken]
    if unknown:
        raise ConfigError("ledger.not_told", ids=unknown, number=content["of"])
