"""Definitions in TOML: read whole, every fault at once, each with its place."""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from sozialraum.errors import SourceError
from sozialraum.files.archives import content
from sozialraum.files.local import local_file
from sozialraum.messages import default_language, text

KINDS = {
    "string_type": "no_text",
    "int_type": "no_number",
    "float_type": "no_number",
    "bool_type": "no_bool",
    "tuple_type": "no_list",
    "string_too_short": "blank",
    "too_short": "blank",
    "string_pattern_mismatch": "no_name",
}
"""Our sentence for each kind of finding of pydantic."""


def read_toml(path: str | Path) -> dict[str, Any]:
    """Return the content of a TOML file.

    Raises
    ------
    SourceError
        No such file, or not TOML (with line and column).
    """
    path = local_file(path)
    try:
        return tomllib.loads(content(path).decode("utf-8-sig"))
    except (ValueError, RecursionError, IsADirectoryError) as error:
        # ValueError: not TOML, not UTF-8, or a number of thousands of digits
        raise SourceError("sources.not_toml", path=path, reason=error) from error


def tables_of(content: Mapping[str, Any], name: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the ``[[name]]`` tables of a file, and faults of the level above them."""
    faults = [fault("unknown_key", key, _meant(key, [name])) for key in content if key != name]
    listed = content.get(name, [])
    if not isinstance(listed, list) or not all(isinstance(table, dict) for table in listed):
        return [], [*faults, fault("no_tables", f"[[{name}]]")]
    if not listed:
        faults.append(fault("no_tables", f"[[{name}]]"))
    return listed, faults


def validated[Model: BaseModel](
    model: type[Model], table: Mapping[str, Any], place: str
) -> tuple[Model | None, list[str]]:
    """Return a table as its model, or None and its faults, in the reader's language."""
    try:
        return model.model_validate(table), []
    except ValidationError as error:
        return None, [_sentence(dict(found), place, model) for found in error.errors()]


def raise_faults(faults: Iterable[str], path: str | Path) -> None:
    """Raise one error with all faults of a file, if there are any."""
    listed = list(faults)
    if listed:
        shown = "\n  ".join(listed)
        raise SourceError(
            "sources.faulty_settings", ids=listed, path=path, count=len(listed), faults=shown
        )


def fault(kind: str, place: str, hint: str = "") -> str:
    """Return one fault as a sentence."""
    return text(f"sources.fault_{kind}", default_language(), place=place, hint=hint)


def _sentence(found: Mapping[str, Any], place: str, model: type[BaseModel]) -> str:
    """Return a finding of pydantic as a sentence; the value itself is not repeated."""
    steps = found["loc"]
    where = ".".join([place, *map(str, steps)])
    kind = found["type"]
    if kind == "extra_forbidden":
        return fault("unknown_key", where, _meant(str(steps[-1]), model.model_fields))
    if kind == "missing":
        return fault("missing_key", where)
    if kind == "literal_error":
        return fault("not_one_of", where, found["ctx"]["expected"].replace(" or ", ", "))
    if kind in KINDS:
        return fault(KINDS[kind], where)
    return fault("wrong_value", where, str(found["msg"]))


def _meant(key: str, known: Iterable[str]) -> str:
    """Return a hint at the key that was probably meant."""
    close = difflib.get_close_matches(key, list(known), n=1)
    return text("sources.fault_meant", default_language(), key=close[0]) if close else ""
