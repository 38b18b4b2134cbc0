"""Two roles take it upon them to publish what could not be decided."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sozialraum.disclosure.register.book import Ledger, writing_to
from sozialraum.disclosure.register.request import Report, request_of
from sozialraum.disclosure.register.signed import signed
from sozialraum.errors import DisclosureError
from sozialraum.model import Release


def override(
    ledger: Ledger,
    release: Release,
    report: Report,
    *,
    roles: tuple[str, str],
    reason: str,
    on: dt.date | None = None,
) -> Ledger:
    """Record that two roles publish a release although something could not be decided.

    It holds for this release, for what is known now and for what the audit left open;
    :func:`publish` looks for it.

    Parameters
    ----------
    ledger
        The register.
    release, report
        What is to be published, and what the audit said of it.
    roles
        Two different roles that the policy allows to do so.
    reason, on
        Why, and the day; today when omitted.

    Raises
    ------
    DisclosureError
        The audit proved a leak: nobody can take that upon themselves. Nothing is left
        open, or the roles are not two of those that the policy names.
    ConfigError
        The reason is missing.
    """
    names = [role.strip() for role in roles]
    if len(names) != 2 or names[0].casefold() == names[1].casefold():
        raise DisclosureError("ledger.two_roles")
    strange = sorted(set(names) - set(release.policy.override))
    if strange:
        known = ", ".join(release.policy.override) or "–"
        raise DisclosureError("ledger.not_their_role", ids=strange, known=known)
    if report.leaks:
        ids = sorted({one.variable for one in report.leaks})
        raise DisclosureError("ledger.no_override", ids=ids)
    if not report.unresolved:
        raise DisclosureError("ledger.nothing_to_override")
    content: dict[str, Any] = dict(signed(" + ".join(names), reason))
    content |= {"release": request_of(release).digest, "roles": names}
    content |= {"open": sorted(" ".join(name) for name in report.unresolved)}
    with writing_to(ledger) as writing:
        content["state"] = writing.ledger.state
        writing.add("override", content, signed_by=" + ".join(names), on=on)
        return writing.ledger


def override_of(ledger: Ledger, digest: str, left_open: Sequence[tuple[str, ...]]) -> int | None:
    """Return the override of a release that covers what is open, for what is known now."""
    names = {" ".join(name) for name in left_open}
    for entry in reversed(ledger.entries):
        content = entry.content
        if entry.kind == "override" and content["release"] == digest:
            holds = content["state"] == ledger.state and names <= set(content["open"])
            return entry.number if holds else None
    return None
