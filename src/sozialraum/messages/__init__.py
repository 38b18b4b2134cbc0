"""Every sentence a person reads, in German and English, by id.

The sentences stand in TOML files beside this module, one file per room of the
library, both languages of a sentence next to each other. An id is
``"<file>.<name>"``. A test fails when a language, a placeholder or an id is missing.
"""

import locale
import os
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

LANGUAGES = ("de", "en")


@cache
def catalogue(room: str) -> dict[str, dict[str, str]]:
    """Return the sentences of one room: ``{name: {"de": …, "en": …}}``."""
    path = files(__package__).joinpath(f"{room}.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


def default_language() -> str:
    """Return the reader's language: ``SOZIALRAUM_LANG``, else the locale's, else German.

    The locale is read from the environment: Python reports the C locale as English.
    """
    names = ("SOZIALRAUM_LANG", "LC_ALL", "LC_MESSAGES", "LANG")
    found = next((os.environ[name] for name in names if os.environ.get(name)), None)
    if found is None and os.name == "nt":
        found = locale.getlocale()[0]
    return "en" if (found or "de").lower().startswith("en") else "de"


def text(message: str, language: str | None = None, /, **values: Any) -> str:
    """Return one sentence with its values filled in.

    Parameters
    ----------
    message
        Id such as ``"common.north"``.
    language
        ``"de"`` or ``"en"``; the reader's language when omitted.
    **values
        Values of the placeholders.

    Examples
    --------
    >>> text("common.north", "de")
    'N'
    """
    room, _, name = message.partition(".")
    return catalogue(room)[name][language or default_language()].format(**values)


def listing(ids: tuple[str, ...], first: int, language: str) -> str:
    """Return ``"a, b, c and 4 more"`` in the language asked for."""
    shown = ", ".join(ids[:first])
    if len(ids) <= first:
        return shown
    return text("common.and_more", language, shown=shown, more=len(ids) - first)
