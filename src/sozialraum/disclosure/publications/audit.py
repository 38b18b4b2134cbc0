"""The audit of a publication: what anybody can derive who reads all of it."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from sozialraum.disclosure.publications.amounts import dominated
from sozialraum.disclosure.publications.asking import NO_ROW, Asked, ask, free_pieces, limits_asked
from sozialraum.disclosure.publications.compile import Compiled, compile_publication
from sozialraum.disclosure.publications.earlier import with_earlier
from sozialraum.disclosure.publications.grounds import Derived, Sources, leak_of, make_grounds
from sozialraum.disclosure.publications.insider import insider_leaks
from sozialraum.disclosure.publications.judge import reason
from sozialraum.disclosure.publications.reach import Name, Reach, find_reach
from sozialraum.errors import SourceError
from sozialraum.methods.feasibility import ContradictionError, Verdicts, search
from sozialraum.model.audited import AuditReport, Grounds, Leak
from sozialraum.model.publication import Publication
from sozialraum.model.statement import Statement

type Notify = Callable[[int, int], None]
type Parts = tuple[Mapping[str, tuple[str, ...]], Sequence[Statement]]


def audit(
    publication: Publication,
    *,
    ledger_parts: Parts | None = None,
    workers: int = 1,
    notify: Notify | None = None,
) -> AuditReport:
    """Return what a publication gives away.

    Parameters
    ----------
    publication
        Statements, what else is known, and the truth.
    ledger_parts
        Areas and statements published before, for the same readers; None: not taken into
        account, which the report says.
    workers
        Threads of the search; the result does not depend on them.
    notify
        Called with what is done and how much there is.

    Returns
    -------
    AuditReport
        Verdict, leaks with their grounds, and what was checked.

    Raises
    ------
    SourceError
        Statements contradict the truth, or each other.
    DisclosureError
        What was published before contradicts it.

    Examples
    --------
    >>> from sozialraum.disclosure.publications.reading import parse_publication
    >>> audit(parse_publication({
    ...     "units": [{"id": "a", "counts": {"x": 9}}, {"id": "b", "counts": {"x": 2}}],
    ...     "areas": {"A": ["a"], "AB": ["a", "b"]},
    ...     "variables": {"x": {}},
    ...     "published": [
    ...         {"kind": "count", "area": "A", "var": "x", "value": 9},
    ...         {"kind": "count", "area": "AB", "var": "x", "value": 11},
    ...     ],
    ...     "policy": {"k": 3},
    ... })).leaks
    (<Leak: x, exact, units b>,)
    """
    whole = publication if ledger_parts is None else with_earlier(publication, ledger_parts)
    compiled = compile_publication(whole)
    try:
        reach = _reach(compiled, workers)
        asked = ask(whole, compiled.frame, reach)
        verdicts = search(compiled.system, asked.targets, workers=workers, notify=notify)
    except ContradictionError as error:  # only where the truth is not known to us
        raise SourceError("audit.inconsistent") from error
    leaks, unresolved = _judged(compiled, reach, asked, verdicts, workers)
    if whole.rule.insider:
        more, unsure = insider_leaks(compiled, reach, leaks, workers=workers)
        leaks |= more
        unresolved |= unsure
    unresolved |= {*reach.cut, *(("statement", place) for place in compiled.coarse)}
    return AuditReport(
        leaks=(*sorted(leaks.values(), key=_order), *dominated(whole.amounts)),
        unresolved=tuple(sorted(unresolved)),
        checked={
            "areas": len(whole.areas),
            "units": len(whole.units),
            "variables": len(whole.rule.sensitive),
            "statements": whole.statements,
            "targets": reach.looked_at,
            "amounts": len(whole.amounts),
        },
        earlier=ledger_parts is not None,
        rule=whole.rule,
    )


def _reach(compiled: Compiled, workers: int) -> Reach:
    """Return the targets; where there are too many, without those that cannot leak."""
    publication, frame = compiled.publication, compiled.frame
    reach = find_reach(publication, frame, compiled.nothing)
    if not reach.cut:
        return reach
    free = free_pieces(compiled, workers=workers)
    return find_reach(publication, frame, compiled.nothing, free)


def _order(leak: Leak) -> tuple[str, bool, int, tuple[str, ...]]:
    """Return where a leak stands in a report: areas first, then by size and units."""
    return leak.variable, leak.name[0] != "area", len(leak.units), leak.units


def _judged(
    compiled: Compiled, reach: Reach, asked: Asked, verdicts: Verdicts, workers: int
) -> tuple[dict[int, Leak], set[Name]]:
    """Return the leaks by target, and the names of targets that could not be decided."""
    targets = np.arange(len(reach))
    rest = np.where(asked.rest == NO_ROW, targets, asked.rest)
    doubtful = np.flatnonzero(
        verdicts.unmet[targets]
        | verdicts.unmet[rest]
        | verdicts.unresolved[targets]
        | verdicts.unresolved[rest]
    )
    derived = _derived(compiled, asked, verdicts, np.unique([doubtful, rest[doubtful]]), workers)
    sources = Sources(compiled)
    leaks: dict[int, Leak] = {}
    unresolved: set[Name] = set()
    for target in doubtful.tolist():
        count = derived[target]
        other = derived[int(rest[target])]
        limits = _rest_limits(asked, target, count, other)
        truth = int(reach.facts.count[target]), int(reach.facts.base[target])
        found = reason(compiled.publication.rule, truth, (count.low, count.high), limits)
        if found is not None:
            grounds = _grounds(sources, asked, target, found, (count, other))
            leaks[target] = leak_of(compiled, reach, target, found, count, grounds)
        elif count.open or other.open:
            unresolved.add(reach.names[reach.which[target]])
    return leaks, unresolved


def _derived(
    compiled: Compiled, asked: Asked, verdicts: Verdicts, rows: np.ndarray, workers: int
) -> dict[int, Derived]:
    """Return the exact limits of some rows; a second search finds those the first left out."""
    unmet = verdicts.unmet[rows]
    found = {int(row): Derived.of(verdicts, int(row)) for row in rows[unmet]}
    wanting = rows[~unmet]
    if len(wanting):
        exact = search(compiled.system, limits_asked(asked.targets, wanting), workers=workers)
        found |= {int(row): Derived.of(exact, place) for place, row in enumerate(wanting)}
    return found


def _rest_limits(
    asked: Asked, target: int, count: Derived, other: Derived
) -> tuple[int, int] | None:
    """Return the exact limits of the rest of the universe; None without a universe."""
    if asked.rest[target] != NO_ROW:
        return other.low, other.high
    if not asked.fixed[target]:
        return None
    base = int(asked.base[target])
    return base - count.high, base - count.low


def _grounds(
    sources: Sources, asked: Asked, target: int, found: str, derived: tuple[Derived, Derived]
) -> Grounds:
    """Return why a target leaks: by its cases, or by the rest of a universe."""
    count, other = derived
    row = int(asked.rest[target])
    if row == NO_ROW or found not in ("all", "complement"):
        return make_grounds(sources, count, known=int(asked.targets.offset[target]))
    return make_grounds(
        sources, other, known=int(asked.targets.offset[row]), rest=asked.universe[target]
    )
