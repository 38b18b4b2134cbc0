"""Definitions as plain JSON and back, field by field."""

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

from sozialraum.errors import SourceError


def to_record(noun: Any) -> dict[str, Any]:
    """Return the fields of a definition as values that JSON knows.

    Examples
    --------
    >>> from sozialraum.model import Source
    >>> to_record(Source("Amt", "Register"))["title"]
    'Register'
    """
    return {field.name: _plain(getattr(noun, field.name)) for field in fields(noun)}


def from_record[Noun](kind: type[Noun], record: Mapping[str, Any]) -> Noun:
    """Return the definition that a record was made from.

    Raises
    ------
    SourceError
        Fields are missing or unknown.
    """
    known: tuple[Field[Any], ...] = fields(kind)  # type: ignore[arg-type]
    names = {field.name for field in known}
    needed = {f.name for f in known if f.default is MISSING and f.default_factory is MISSING}
    wrong = (set(record) - names) | (needed - set(record))
    if wrong:
        raise SourceError("readback.fields", ids=sorted(wrong), what=kind.__name__)
    kinds = get_type_hints(kind)
    return kind(**{name: _rich(value, kinds[name]) for name, value in record.items()})


def dump(content: object) -> str:
    """Return JSON with sorted keys, so that equal content gives equal text."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return to_record(value) if is_dataclass(value) else value


def _rich(value: Any, kind: Any = None) -> Any:
    """Return lists as tuples and parts of a definition as what they are."""
    if isinstance(value, list):
        inside = get_args(kind)[0] if get_origin(kind) is tuple else None
        return tuple(_rich(item, inside) for item in value)
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, Mapping):
        return from_record(kind, value)
    return value
