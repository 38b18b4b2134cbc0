"""Sentences about how access was measured, for the notes of a delivery."""

from collections.abc import Iterable
from typing import Any

from sozialraum.messages import default_language, listing, text

MOST = 12
"""How many areas or facilities a note names."""


def told(message: str, delivery: str, ids: Iterable[object] = (), **values: Any) -> str:
    """Return a sentence about a delivery; ``{ids}`` names the first dozen."""
    language = default_language()
    shown = listing(tuple(str(i) for i in ids), MOST, language)
    return text(message, language, delivery=delivery, ids=shown, **values)
