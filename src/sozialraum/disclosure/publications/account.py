"""An audit report as a text for people."""

from collections.abc import Iterator

from sozialraum.disclosure.publications.proof import place, sentence
from sozialraum.messages import text
from sozialraum.model.audited import AuditReport

MOST = 40
"""How many leaks are told; the rest is counted."""


def account(report: AuditReport, language: str, *, numbers: bool = False) -> str:
    """Return a report in words: the verdict, the leaks by variable, what was checked.

    Parameters
    ----------
    report
        The report.
    language
        ``"de"`` or ``"en"``.
    numbers
        Whether to tell what can be derived, not only from what.
    """
    return "\n".join(_lines(report, language, numbers=numbers))


def _lines(report: AuditReport, language: str, *, numbers: bool) -> Iterator[str]:
    yield text(
        f"audit.verdict_{report.verdict}",
        language,
        leaks=len(report.leaks),
        unresolved=len(report.unresolved),
    )
    yield ""
    shown = report.leaks[:MOST]
    for variable in dict.fromkeys(leak.variable for leak in shown):
        yield f"{variable}:"
        for leak in shown:
            if leak.variable == variable:
                yield f"  - {sentence(leak, language, numbers=numbers)}"
    if len(report.leaks) > MOST:
        yield text("audit.more_leaks", language, more=len(report.leaks) - MOST)
    if report.unresolved:
        yield text("audit.undecided", language)
        yield from (f"  - {place(name, language)}" for name in report.unresolved[:MOST])
    if report.leaks or report.unresolved:
        yield ""
    yield text("audit.checked", language, **report.checked)
    yield text("audit.model", language)
    yield text("audit.earlier_with" if report.earlier else "audit.earlier_without", language)
