"""A release on its way into the register, and what an audit says of it."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sozialraum.disclosure.register.parts import Parts
from sozialraum.disclosure.register.told import Told, statements_of
from sozialraum.errors import DisclosureError
from sozialraum.files.journal import digest_of
from sozialraum.files.records import to_record
from sozialraum.model import Release

DEFINED = (
    "numerator",
    "denominator",
    "denominator_date",
    "pool",
    "part_of",
    "behind",
    "sensitivity",
    "zero_sensitive",
)
"""What of an indicator a later audit must know."""


class Finding(Protocol):
    """A proven leak, as an audit reports it."""

    @property
    def variable(self) -> str:
        """What is counted."""
        ...

    @property
    def name(self) -> tuple[str, ...]:
        """How the target is made up, and of which areas."""
        ...


class Report(Protocol):
    """What an audit says, such as :class:`sozialraum.model.AuditReport`."""

    @property
    def leaks(self) -> Sequence[Finding]:
        """Proven leaks."""
        ...

    @property
    def unresolved(self) -> Sequence[tuple[str, ...]]:
        """Names of what could not be decided."""
        ...


type Check = Callable[[Parts], Report]
"""Audits a release together with what is known already."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be published.

    Parameters
    ----------
    release, told
        The release, and what it tells.
    digest
        What it is known by: of its audience and everything it tells.
    outputs
        Digests of files, by name.
    signed_by, on
        Who answers for it, and the day.
    """

    release: Release
    told: Told
    digest: str
    outputs: Mapping[str, str]
    signed_by: str
    on: dt.date | None

    @property
    def content(self) -> dict[str, Any]:
        """The entry."""
        release = self.release
        defined = {
            one.id: {name: getattr(one, name) for name in DEFINED} for one in release.indicators
        }
        return {
            "audience": release.audience,
            "title": release.title,
            "policy": release.policy.name,
            "audit": to_record(release.audit),
            "indicators": defined,
            "outputs": dict(self.outputs),
            "digest": self.digest,
            **self.told.as_content(),
        }


def request_of(
    release: Release,
    *,
    outputs: Mapping[str, str] | None = None,
    signed_by: str = "",
    on: dt.date | None = None,
) -> Request:
    """Return a release as a request.

    Raises
    ------
    DisclosureError
        It may not be published at all: a draft, somebody else's, or without membership.
    """
    if release.draft:
        raise DisclosureError("ledger.draft", policy=release.policy.name)
    if not (release.audit.passed and release.audit.ours):
        raise DisclosureError("ledger.not_audited")
    told = statements_of(release)
    digest = digest_of({"audience": release.audience, **told.as_content()})
    signer = signed_by.strip() or release.policy.decided_by
    return Request(release, told, digest, dict(outputs or {}), signer, on)


def called(name: tuple[str, ...], labels: Mapping[str, str]) -> str:
    """Return what a reader calls a target: its areas.

    Examples
    --------
    >>> called(("minus", "g:1#a", "g:2#b"), {"g:1#a": "North (1)", "g:2#b": "South (2)"})
    'North (1) / South (2)'
    """
    return " / ".join(labels[part] for part in name if part in labels) or " ".join(name)
