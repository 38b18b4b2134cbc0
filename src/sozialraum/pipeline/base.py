"""The frozen base: all deliveries as they stood when a release was computed.

A base lies in the private work folder like every other intermediate: signed, closed to
others, named by keyed hashes. The counts of a delivery are kept once, however many bases
they belong to, and only while a release that is needed rests on them or they are the last.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from sozialraum.errors import ConfigError, DisclosureError, SourceError
from sozialraum.files.vault import Vault
from sozialraum.files.wording import day
from sozialraum.messages import default_language, text
from sozialraum.model import Delivery, Release
from sozialraum.model.release import RELEASE_COLUMNS
from sozialraum.pipeline import frozen
from sozialraum.pipeline.frozen import Part
from sozialraum.pipeline.history import (
    STAGE,
    Base,
    History,
    Resting,
    keep_history,
    now,
    writing_history,
)
from sozialraum.sources.changes import Coarse, changes, coarse

FEW = 3
"""So many reference dates are named one by one."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Difference:
    """How the past of a delivery changed.

    Parameters
    ----------
    name
        The delivery.
    rows
        As :func:`sozialraum.sources.changes.changes` returns them; confidential.
    told
        What of it may be shown.
    """

    name: str
    rows: pd.DataFrame = field(repr=False)
    told: tuple[Coarse, ...] = ()

    def __repr__(self) -> str:
        return f"<Difference: {self.name}>"


def differences(
    vault: Vault, base: Base | None, deliveries: Sequence[Delivery]
) -> tuple[Difference, ...]:
    """Return how the past differs from a base, one entry a delivery with differences.

    A delivery that is new has no past; counts that are gone from the work folder cannot
    be compared with, and are treated as new.
    """
    known = {part.name: part for part in base.parts} if base else {}
    found = []
    for delivery in deliveries:
        part = known.get(delivery.name)
        if part is None or frozen.part_of(vault, delivery, "")[0].state == part.state:
            continue
        before = frozen.load(vault, part)
        rows = None if before is None else changes(before, delivery.table)
        if rows is not None and len(rows):
            told = coarse(rows, before, delivery.table)  # type: ignore[arg-type]
            found.append(Difference(delivery.name, rows, told))
    return tuple(found)


def take(
    vault: Vault, deliveries: Sequence[Delivery], origins: Mapping[str, str], *, unchecked: str = ""
) -> Base:
    """Freeze deliveries as the base of what is computed now, unless their past changed.

    Parameters
    ----------
    vault
        The work folder.
    deliveries
        What was read.
    origins
        Keyed hash of what each was read from (:func:`sozialraum.pipeline.frozen.read_from`).
    unchecked
        Kept where there is no earlier base: why that is a gap
        (:class:`~sozialraum.pipeline.history.Base`).

    Raises
    ------
    SourceError
        Counts of reference dates that were in the last base differ; the base stays.
    """
    with writing_history(vault) as history:
        found = differences(vault, history.last, deliveries)
        if found:
            raise past_changed(found)
        if history.last:
            gone = any(frozen.load(vault, part) is None for part in history.last.parts)
            unchecked = "lost" if gone else ""
        draft = Base("", "", (), unchecked=unchecked)
        return _frozen(vault, history, deliveries, origins, draft=draft, kept={})


def accept(
    vault: Vault,
    deliveries: Sequence[Delivery],
    origins: Mapping[str, str],
    names: Collection[str],
    *,
    by: str,
) -> Base | None:
    """Take deliveries with their changed past; those not named stay as they were.

    Parameters
    ----------
    vault, deliveries, origins
        As for :func:`take`.
    names
        Deliveries to accept.
    by
        Who accepts it, in words.

    Returns
    -------
    Base or None
        The new base; None where nothing of these differs.

    Raises
    ------
    ConfigError
        There are no such deliveries, or there is no base yet.
    """
    listed = [delivery.name for delivery in deliveries]
    if unknown := sorted(set(names) - set(listed)):
        raise ConfigError("privacy.no_delivery", ids=unknown, known=", ".join(listed))
    with writing_history(vault) as history:
        if history.last is None:
            raise ConfigError("deliveries.no_base")
        changed = {one.name for one in differences(vault, history.last, deliveries)}
        if not changed & set(names):
            return None
        waiting = changed - set(names)
        kept = {part.name: part for part in history.last.parts if part.name in waiting}
        draft = Base("", "", (), accepted=tuple(sorted(changed & set(names))), by=by)
        return _frozen(vault, history, deliveries, origins, draft=draft, kept=kept)


def rests(
    vault: Vault,
    release: Release,
    base: str,
    stage: str,
    *,
    published: Collection[str] = (),
    folder: str = "",
) -> None:
    """Record on which base the release of this run rests, and forget those nobody needs.

    A release is needed while it is that of the last run, lies in an output folder or was
    published. Counts that only others rest on are deleted.

    Parameters
    ----------
    vault, release
        The work folder and the release.
    base, stage
        Id of the base, key of the stage that made the release.
    published
        Publications in the register, as :func:`publication_key` names them.
    folder
        Output folder that the release is about to be written to. What it holds until then
        stays needed until :func:`settle` says that it is replaced.
    """
    with writing_history(vault) as history:
        known = [one for one in history.releases if (one.stage, one.base) == (stage, base)]
        made = known[0] if known else _resting(vault, release, base, stage)
        alike = [one for one in history.releases if _said_alike(one, made)]
        folders = {folder} - {""} | {name for one in alike for name in one.folders}
        made = replace(made, folders=tuple(sorted(folders)))
        kept = (o for o in history.releases if o not in alike and o.is_needed(published))
        _keep_releases(vault, history, (*kept, made))


def settle(vault: Vault, folder: str, published: Collection[str] = ()) -> None:
    """Say that an output folder now holds the last release written to it and no other."""
    with writing_history(vault) as history:
        kept: list[Resting] = []
        seen = False
        for one in reversed(history.releases):
            folders = tuple(name for name in one.folders if name != folder or not seen)
            seen = seen or folder in one.folders
            rest = replace(one, folders=folders)
            if not kept or rest.is_needed(published):
                kept.append(rest)
        _keep_releases(vault, history, tuple(reversed(kept)))


def publication_key(vault: Vault, digest: str) -> str:
    """Return the keyed hash of what the register of publications knows a release by."""
    return vault.key(["publication", digest])


def release_key(vault: Vault, release: Release) -> str:
    """Return the keyed hash of what a release says; the same when it is read from a file."""
    columns = list(RELEASE_COLUMNS)
    rows = release.table[columns].astype(object).where(release.table[columns].notna(), "")
    lines = ["\t".join(map(_said, row)) for row in rows.itertuples(index=False)]
    return vault.key(["release", *sorted(lines)])


def past_changed(found: Sequence[Difference]) -> SourceError:
    """Return the error that names changed deliveries; no count, no difference."""
    names = " ".join(one.name for one in found)
    return SourceError("deliveries.past_changed", lines="\n  ".join(told_lines(found)), names=names)


def told_lines(found: Sequence[Difference], language: str | None = None) -> list[str]:
    """Return what may be told of differences, one line a delivery and variable."""
    lines = []
    for one in found:
        for told in one.told:
            shift = text("deliveries.shift", language, total=told.total) if told.total else ""
            values = {"dates": _span(told.dates, language), "places": told.places, "shift": shift}
            name = f"{one.name}.{told.variable}"
            lines.append(text("deliveries.changed_line", language, name=name, **values))
    return lines


def _resting(vault: Vault, release: Release, base: str, stage: str) -> Resting:
    from sozialraum.disclosure.ledger import request_of

    try:
        publication = publication_key(vault, request_of(release).digest)
    except DisclosureError:  # a draft, for example: it cannot be published
        publication = ""
    return Resting(release_key(vault, release), stage, base, now(), publication)


def _said_alike(one: Resting, other: Resting) -> bool:
    """Return whether two runs made the same release from the same base."""
    mine, theirs = (
        (resting.release, resting.base, resting.publication) for resting in (one, other)
    )
    return mine == theirs


def _keep_releases(vault: Vault, history: History, releases: tuple[Resting, ...]) -> None:
    """Store releases unless they are known already."""
    if releases != history.releases:
        keep_history(vault, replace(history, releases=releases))


def _span(dates: Sequence[str], language: str | None) -> str:
    """Return reference dates in short: all of a few, else the first, the last and how many."""
    days = [day(one, language or default_language()) for one in dates]
    return ", ".join(days) if len(days) <= FEW else f"{days[0]} … {days[-1]} ({len(days)})"


def _said(value: object) -> str:
    """Return a cell as text; a count read back as an integer is the same count."""
    return repr(float(value)) if isinstance(value, int | float) else str(value)


def _frozen(
    vault: Vault,
    history: History,
    deliveries: Sequence[Delivery],
    origins: Mapping[str, str],
    *,
    draft: Base,
    kept: Mapping[str, Part],
) -> Base:
    """Add a base to the history, counts first: a run that is killed leaves the old one."""
    parts = []
    for delivery in deliveries:
        part, table = frozen.part_of(vault, delivery, origins[delivery.name])
        if delivery.name in kept:
            part = kept[delivery.name]
        else:
            frozen.store(vault, part, table)
        parts.append(part)
    name = vault.key([STAGE, *(part.state for part in sorted(parts, key=lambda p: p.name))])
    last = history.last
    if last is not None and last.id == name:
        made = replace(last, parts=tuple(parts))
    else:
        before = last.id if last else ""
        made = replace(draft, id=name, parts=tuple(parts), before=before, made=now())
    others = tuple(one for one in history.bases if one.id != name)
    keep_history(vault, replace(history, bases=(*others, made)))
    return made
