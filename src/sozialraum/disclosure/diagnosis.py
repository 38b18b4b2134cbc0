"""What a release gives away together with what is public, for those without the truth."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from sozialraum import schema
from sozialraum.disclosure.publications.audit import audit
from sozialraum.disclosure.register.columns import Column
from sozialraum.disclosure.register.parts import Parts
from sozialraum.disclosure.register.told import Told
from sozialraum.errors import DisclosureError, SourceError
from sozialraum.model import Release
from sozialraum.model.audited import AuditReport
from sozialraum.model.policy import Threshold
from sozialraum.model.publication import Publication, Rule, Variable


def diagnose(release: Release, told: Told, parts: Parts) -> AuditReport | None:
    """Return what follows from a release and from what is public; None if nothing does.

    The truth is not in a release, so every count is judged as if it were what would make
    it leak. This names areas; it does not replace the audit at the gate, which also knows
    how many people and households stand behind the numbers.

    Parameters
    ----------
    release, told
        The release and what it tells.
    parts
        What its readers know already.

    Raises
    ------
    DisclosureError
        The release and what is public contradict each other.
    """
    known = {column.var for column in (*parts.columns, *parts.background)}
    shared = sorted({column.var for column in told.columns} & known)
    limits: dict[Threshold, list[str]] = {}
    for variable in shared:
        names = [one for one in release.indicators if one.id == schema.undated(variable)]
        for one in names:
            limit = release.policy.effective(one.sensitivity, zero=one.zero_sensitive)
            limits.setdefault(limit, []).append(variable)
    areas = {**told.areas, **parts.areas}
    reports = []
    for limit, variables in sorted(limits.items()):
        columns = [
            column
            for column in (*told.columns, *parts.columns, *parts.background)
            if column.var in variables
        ]
        try:
            reports.append(audit(_publication(areas, columns, variables, limit)))
        except SourceError as error:
            raise DisclosureError("ledger.differs", ids=variables) from error
    return _joined(reports)


def _publication(
    areas: Mapping[str, tuple[str, ...]],
    columns: Iterable[Column],
    variables: list[str],
    limit: Threshold,
) -> Publication:
    """Return some variables as a publication without truth."""
    statements = [one for column in columns for one in column.statements()]
    used = {one.area: areas[one.area] for one in statements}
    units = tuple(sorted({unit for inside in used.values() for unit in inside}))
    rule = Rule(
        limit.k,
        min_width=limit.width,
        zero_sensitive=limit.zero,
        complement=False,
        sensitive=tuple(variables),
    )
    return Publication(
        units=units,
        counts={name: np.full(len(units), -1, dtype=np.int64) for name in variables},
        areas=used,
        variables={name: Variable() for name in variables},
        published=tuple(dict.fromkeys(statements)),
        rule=rule,
    )


def _joined(reports: list[AuditReport]) -> AuditReport | None:
    """Return several reports as one."""
    if not reports:
        return None
    return replace(
        reports[0],
        leaks=tuple(leak for one in reports for leak in one.leaks),
        unresolved=tuple(name for one in reports for name in one.unresolved),
    )
