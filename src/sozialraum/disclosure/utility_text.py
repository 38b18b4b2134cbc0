"""What protection costs, as planners and officers read it."""

from collections.abc import Mapping

from sozialraum import schema
from sozialraum.files.wording import number, share
from sozialraum.messages import text
from sozialraum.model.utility import Kept, Utility

NAMED = (schema.AREAS_LEVEL, schema.MUNICIPALITY_LEVEL, schema.COUNTY_LEVEL)
COLUMNS = ("areas", "cells", "published", "universe", "hidden", "primary", "secondary")
COLUMNS += ("ratio", "withheld")
ERRORS = ("mean_error", "largest_error")


def utility_table(utility: Utility, language: str, labels: Mapping[str, str] | None = None) -> str:
    """Return the whole as a table of plain text, and what its columns mean.

    Parameters
    ----------
    utility
        What protection costs.
    language
        ``"de"`` or ``"en"``.
    labels
        What further geographies are called; their names when omitted.
    """
    columns = COLUMNS + (() if utility.method == "suppression" else ERRORS)
    rows = [["", *(text(f"utility.column_{name}", language) for name in columns)]]
    for one in (*utility.geographies, utility.overall):
        name = _label(one.geography, language, labels or {})
        rows.append([name, *(_cell(one, column, language) for column in columns)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            [
                row[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True)),
            ]
        )
        for row in rows
    ]
    notes = ["note_universe", "note_kinds"] + (["note_errors"] if columns != COLUMNS else [])
    return "\n".join([*lines, "", *(text(f"utility.{note}", language) for note in notes)])


def utility_lines(
    utility: Utility, language: str, labels: Mapping[str, str] | None = None
) -> tuple[str, str, str]:
    """Return the whole in three lines: published, hidden, by geography."""
    whole = utility.overall
    columns = ("cells", "published", "share", "universe", "hidden", "primary", "secondary")
    values = {name: _cell(whole, name, language) for name in (*columns, "withheld")}
    kind = "hidden_kinds" if whole.primary is not None and whole.hidden else "hidden"
    each = ", ".join(
        f"{_label(one.geography, language, labels or {})} {share(one.share, language)}"
        for one in utility.geographies
    )
    return (
        text("utility.published", language, **values),
        text(f"utility.{kind}", language, **values),
        text("utility.by_geography", language, shares=each),
    )


def _label(geography: str, language: str, labels: Mapping[str, str]) -> str:
    """Return what a reader calls a geography."""
    if not geography or geography in NAMED:
        return text(f"utility.geography_{geography or 'all'}", language)
    return labels.get(geography, geography)


def _cell(kept: Kept, name: str, language: str) -> str:
    """Return one number as people write it; a dash where there is none."""
    value = getattr(kept, name)
    if value is None:
        return "–"
    if name in ("universe", "share"):
        return share(value, language)
    return number(value, {"ratio": 2, "mean_error": 1}.get(name, 0), language)
