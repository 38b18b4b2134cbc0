"""How nouns describe themselves: one line for `repr`, a small table for notebooks."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from html import escape
from typing import Any


def one_line(kind: str, facts: Iterable[str]) -> str:
    """Return ``<Kind: fact, fact>``."""
    return f"<{kind}: {', '.join(fact for fact in facts if fact)}>"


def html_table(title: str, rows: Iterable[tuple[str, str]]) -> str:
    """Return a small HTML table with every text escaped (names are data)."""
    body = "".join(
        f"<tr><th scope='row' style='text-align:left'>{escape(name)}</th>"
        f"<td style='text-align:left'>{escape(value)}</td></tr>"
        for name, value in rows
        if value
    )
    caption = f"<caption><strong>{escape(title)}</strong></caption>"
    return f"<table>{caption}<tbody>{body}</tbody></table>"


def fields_table(noun: Any) -> str:
    """Return the fields of a definition that are set, as a small HTML table."""
    rows = []
    for part in fields(noun):
        value = getattr(noun, part.name)
        if isinstance(value, Mapping):
            value = ", ".join(f"{key}: {item}" for key, item in value.items())
        elif isinstance(value, tuple):
            value = names(value)
        rows.append((part.name, "" if value is None else str(value)))
    return html_table(type(noun).__name__, rows)


def names(values: Iterable[object], most: int = 12) -> str:
    """Return names joined by commas, at most `most` of them."""
    listed = [str(value) for value in values]
    more = f" … (+{len(listed) - most})" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more
