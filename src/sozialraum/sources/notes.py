"""Sentences a reader leaves behind, in the language of whoever runs it."""

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any

from sozialraum.errors import FIRST
from sozialraum.messages import default_language, listing, text


def note(name: str, ids: Iterable[object] = (), **values: Any) -> str:
    """Return the sentence ``sources.note_<name>``; ``{ids}`` names the first five ids.

    A name with a room, such as ``"points.note_numbered"``, is the sentence of that room.

    Notes travel with the data, so a path loses the folders of the machine it was read on.
    """
    language = default_language()
    if "path" in values:
        values["path"] = _without_folders(str(values["path"]))
    named = listing(tuple(str(i) for i in ids), FIRST, language)
    message = name if "." in name else f"sources.note_{name}"
    return text(message, language, ids=named, **values)


def _without_folders(path: str) -> str:
    """Return the file of a path, and what follows it: a member of an archive, a sheet.

    Examples
    --------
    >>> _without_folders("/home/kreis/daten/zensus.zip/Bevoelkerung.csv")
    'zensus.zip/Bevoelkerung.csv'
    """
    parts = PurePath(path).parts
    start = next((i for i, p in enumerate(parts) if re.search(r"\.[A-Za-z]\w{1,7}$", p)), 0)
    return "/".join(parts[start:])
