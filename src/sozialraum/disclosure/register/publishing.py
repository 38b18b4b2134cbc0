"""The last step: a release goes into the register, or is refused."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sozialraum.disclosure.diagnosis import small_differences
from sozialraum.disclosure.register.book import Ledger, Writing, writing_to
from sozialraum.disclosure.register.parts import Sees, labels_of
from sozialraum.disclosure.register.pools import check_pools_before
from sozialraum.disclosure.register.request import Check, Request, called, request_of
from sozialraum.disclosure.register.signed import add_telling
from sozialraum.disclosure.register.waiving import override_of
from sozialraum.errors import DisclosureError
from sozialraum.files.journal import Entry
from sozialraum.model import Release

TRIES = 5
"""How often a release is audited anew because somebody else published meanwhile."""


@dataclass(frozen=True, slots=True, repr=False)
class Published:
    """What publishing did.

    Parameters
    ----------
    ledger
        The register afterwards.
    entry
        The release in it.
    new
        False where the same was published before and nothing was added.
    """

    ledger: Ledger
    entry: Entry
    new: bool

    def __repr__(self) -> str:
        return f"<Published: entry {self.entry.number}, {'new' if self.new else 'known already'}>"


def publish(
    release: Release,
    ledger: Ledger,
    *,
    check: Check | None = None,
    signed_by: str = "",
    sees: Sees | None = None,
    outputs: Mapping[str, str] | None = None,
    on: dt.date | None = None,
) -> Published:
    """Add a release to the register of publications, once.

    Parameters
    ----------
    release
        A signed one, with the membership of its areas.
    ledger
        The register.
    check
        Audits the release together with what each audience concerned knows already, and
        again where somebody publishes meanwhile. Without it the release must have been
        protected against exactly what is known now (:attr:`Audit.ledger`).
    signed_by
        Role of who answers for it; the policy's body when empty.
    sees
        Which other audiences' publications each audience sees; as the policy says when
        omitted.
    outputs
        Digests of the files that carry the release, by name.
    on
        Day; today when omitted.

    Returns
    -------
    Published
        Publishing the same again adds nothing (but outputs that are new).

    Raises
    ------
    DisclosureError
        A draft, no membership, years that were published by themselves and are added up
        now (or the reverse), an audit that finds a leak or leaves something open
        without an override, or somebody published meanwhile. Nothing is written.

    Examples
    --------
    >>> publish(release, read_ledger(path), signed_by="Statistikstelle")  # doctest: +SKIP
    <Published: entry 1, new>
    """
    sees = release.policy.audiences if sees is None else sees
    request = request_of(release, outputs=outputs, signed_by=signed_by, on=on)
    check_pools_before(release.indicators, ledger)
    for _ in range(TRIES):
        waived = None
        if ledger.find(request.digest) is None:
            waived = _audited(ledger, request, check, sees)
        done = _added(ledger, request, waived)
        if isinstance(done, Published):
            return done
        if check is None:
            break
        ledger = done
    raise DisclosureError("ledger.meanwhile", path=ledger.path)


def _audited(
    ledger: Ledger, request: Request, check: Check | None, sees: Sees | None
) -> int | None:
    """Raise unless the release may be published with what is known; return an override."""
    release = request.release
    if check is None:
        if release.audit.ledger != ledger.state:
            _name_leaks(ledger, request, sees)
            raise DisclosureError("ledger.not_checked_against", path=ledger.path)
        return None
    waived = None
    for audience in ledger.concerned(release.audience, sees=sees):
        parts = ledger.parts(audience, sees=sees)
        report = check(parts)
        labels = labels_of(request.told.places | parts.places)
        if report.leaks:
            ids = [f"{one.variable}: {called(one.name, labels)}" for one in report.leaks]
            raise DisclosureError("ledger.refused", ids=ids, audience=audience)
        if report.unresolved:
            waived = override_of(ledger, request.digest, report.unresolved)
            if waived is None:
                ids = [called(name, labels) for name in report.unresolved]
                raise DisclosureError("ledger.unresolved", ids=ids, audience=audience)
    return waived


def _name_leaks(ledger: Ledger, request: Request, sees: Sees | None) -> None:
    """Raise with the areas that follow from a release and what its readers know."""
    release = request.release
    for audience in ledger.concerned(release.audience, sees=sees):
        parts = ledger.parts(audience, sees=sees)
        labels = labels_of(request.told.places | parts.places)
        ids = [
            f"{one.variable}: {labels[one.whole]} − {labels[one.part]}"
            for one in small_differences(release, request.told, parts)
        ]
        if ids:
            raise DisclosureError("ledger.refused", ids=ids, audience=audience)


def _added(ledger: Ledger, request: Request, waived: int | None) -> Published | Ledger:
    """Add a release, or return the register if something was published meanwhile."""
    with writing_to(ledger) as writing:
        known = writing.ledger.find(request.digest)
        if known is not None:
            _add_outputs(writing, known, request)
            return Published(writing.ledger, known, new=False)
        if writing.ledger.state != ledger.state:
            return writing.ledger
        content = request.content
        if waived is not None:
            content["override"] = waived
        signer, day = request.signed_by, request.on
        number = add_telling(writing, "release", content, signed_by=signer, on=day)
        return Published(writing.ledger, writing.ledger.entry(number), new=True)


def _add_outputs(writing: Writing, known: Entry, request: Request) -> None:
    """Note files of a known release that the register has not heard of."""
    heard = set(writing.ledger.outputs)
    new = {name: sha for name, sha in request.outputs.items() if sha not in heard}
    if new:
        content = {"of": known.number, "outputs": new}
        writing.add("note", content, signed_by=request.signed_by, on=request.on)
