"""The gate: measures in, a protected release out."""

import datetime as dt
from collections.abc import Collection

import numpy as np

from sozialraum.disclosure.joint.gate import Gate, Notify
from sozialraum.disclosure.joint.ground import make_ground
from sozialraum.disclosure.joint.shown import shown_numbers
from sozialraum.disclosure.ledger import Ledger
from sozialraum.disclosure.links import find_links
from sozialraum.disclosure.register.pools import check_pools_before
from sozialraum.disclosure.sheet import Withheld, make_sheet
from sozialraum.disclosure.table import area_table, block_table, value_table
from sozialraum.disclosure.tree import protect_in_tree
from sozialraum.disclosure.tree.check import Finding
from sozialraum.disclosure.tree.telling import with_possible
from sozialraum.errors import DisclosureError
from sozialraum.messages import text
from sozialraum.methods.suppression import Minima
from sozialraum.model import Audit, Measures, Policy, Release
from sozialraum.model.policy import PUBLIC

MODEL_LANGUAGE = "de"
"""The audit's sentence is stored, so it must not depend on who runs the program."""


def protect(  # noqa: PLR0913 - who sees it, what was seen, what is withheld are separate things
    measures: Measures,
    policy: Policy,
    *,
    ledger: Ledger | None = None,
    audience: str = PUBLIC,
    withheld: Collection[Withheld] = (),
    key: bytes | None = None,
    on: dt.date | None = None,
    workers: int = 1,
    notify: Notify | None = None,
) -> Release:
    """Return what may be published of `measures` under `policy`.

    Single counts first: an area is shown only with enough residents and a large enough
    denominator, a count only if it is 0 or at least k and leaves at least k, persons only
    with at least k households behind them; a count that its supplier suppressed stays
    hidden. Then further counts are hidden until nothing hidden can be derived from what
    is published, and that is checked. One uniform mark covers everything protected.

    Parameters
    ----------
    measures
        Counts of areas, municipalities and county, and of further geographies.
    policy
        Thresholds. The smallest count is the largest of the policy's, the sensitivity
        class's and the suppliers' own.
    ledger
        Register of what was published before; None: nothing before is looked at.
    audience
        Who may see the release.
    withheld
        What a municipality has not agreed to publish, or not yet.
    key
        Secret behind rounding and cell key, at least 16 bytes; the same in every release.
    on
        Day for which the policy must be signed and valid; today when omitted.
    workers, notify
        Processes to use, and who is told how far the proofs are (done, of how many).

    Returns
    -------
    Release
        A draft unless the policy is signed and valid.

    Raises
    ------
    DisclosureError
        The counts contradict each other, hiding everything would not protect them, an
        area holds blocks of several municipalities, or years that were published by
        themselves are added up now (or the reverse).

    Notes
    -----
    The reader modelled knows everything published, here and earlier as far as the ledger
    holds it, totals of other publishers that stand in it, all denominators, that counts
    are whole numbers, how indicators contain each other, and what a supplier's mark means.
    Guesses by probability and several people putting together what they know are not in it.
    """
    if measures.areas.crossing:
        # sums over areas are no sums of municipalities there: the audit would not see leaks
        raise DisclosureError("disclosure.crossing", ids=measures.areas.crossing)
    if ledger is not None:
        check_pools_before(measures.indicators, ledger)
    sheet = make_sheet(measures, policy, withheld)
    minima = Minima(policy.residents, policy.denominator)
    primary = sheet.cells.published
    links = find_links(sheet)
    changed = policy.protection.changes
    if changed:
        published, finding = primary, Finding(0, 0, ())
    else:
        published, finding = protect_in_tree(with_possible(sheet, links), links, minima)
    ground = make_ground(measures, policy, sheet, links, published)
    single = np.hstack([primary, ground.cells.published[:, primary.shape[1] :]])
    shown = shown_numbers(ground, sheet.tables, policy.protection, key)
    gate = Gate(
        sheet,
        ground,
        links,
        minima,
        shown,
        always=changed or policy.insiders,
        workers=workers,
        notify=notify,
    )
    gate.pass_for_all(policy, ledger, audience)
    published = gate.ground.cells.published
    secondary = ground.delivered & single & ~published
    audit = Audit(
        model=_model(ledger),
        checks={"closed form": finding.closed, "linear programme": finding.programmed}
        | ({"proof": gate.proven} if gate.proven else {})
        | ({"public already": gate.public_already} if gate.public_already else {}),
        cells=int(ground.delivered.sum()),
        published=int(published.sum()),
        primary=int((ground.delivered & ~single).sum()),
        secondary=int(secondary.sum()),
        passed=True,
        ledger="" if ledger is None else ledger.state,
    )
    today = on or dt.date.today()  # noqa: DTZ011 - a policy is valid until a local day
    return Release(
        table=value_table(sheet, ground, published, shown.value, policy.coarse_below),
        areas=area_table(measures, sheet),
        indicators=measures.indicators,
        policy=policy,
        audit=audit,
        title=measures.county,
        audience=audience,
        draft=not policy.is_signed(today),
        sources=measures.sources,
        membership=block_table(measures, sheet),
    )


def _model(ledger: Ledger | None) -> str:
    """Return against whom a release was checked, as a sentence."""
    known = "without" if ledger is None else ledger.earlier
    before = text(f"disclosure.before_{known}", MODEL_LANGUAGE)
    return f"{text('disclosure.model', MODEL_LANGUAGE)} {before}"
