"""Reading a publication to be audited: the whole file is checked, every fault is named."""

import json
from collections import Counter
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from sozialraum.disclosure.publications.parts import (
    list_of,
    object_of,
    read_amounts,
    read_rule,
    read_units,
    read_variables,
    required,
)
from sozialraum.disclosure.publications.rows import contradicted
from sozialraum.errors import SourceError
from sozialraum.model.exact import Fault, raise_faults
from sozialraum.model.publication import Publication
from sozialraum.model.statement import Statement, parse_statement


def read_publication(path: str | Path) -> Publication:
    """Return a publication out of a JSON file.

    Parameters
    ----------
    path
        JSON object with `units` (`id` and true `counts`), `areas` (name: unit ids),
        `variables`, `published`, `policy`, and perhaps `background` (statements of
        others), `geographies` (area: name of its geography) and `magnitudes` (sums of
        money). A count of null is not known to us. Further keys describe only.

    Returns
    -------
    Publication
        Whole: numbers are read exactly, and every statement holds for the true counts.

    Raises
    ------
    SourceError
        The file is missing, is no JSON, or is faulty; every fault is named with its
        place, such as ``published[3].area``. A true count is never named.
    """
    path = Path(path)
    try:
        content = json.loads(
            path.read_text(encoding="utf-8-sig"),
            parse_float=Decimal,
            object_pairs_hook=_unrepeated,
        )
    except OSError as error:
        raise SourceError("audit.no_file", path=path) from error
    except _RepeatedError as error:
        raise SourceError("audit.repeated", path=path, ids=[error]) from error
    except (ValueError, RecursionError) as error:
        raise SourceError("audit.not_json", path=path) from error
    return parse_publication(content, path)


def parse_publication(content: object, path: object = "JSON") -> Publication:
    """Return a publication out of parsed JSON.

    Parameters
    ----------
    content
        As :func:`read_publication` describes it.
    path
        What to call it in errors.

    Raises
    ------
    SourceError
        As :func:`read_publication`.

    Examples
    --------
    >>> parse_publication({
    ...     "units": [{"id": "a", "counts": {"sgb2": 2}}],
    ...     "areas": {"A": ["a"]},
    ...     "variables": {"sgb2": {}},
    ...     "published": [{"kind": "suppressed", "area": "A", "var": "sgb2"}],
    ...     "policy": {"k": 3},
    ... })
    <Publication: 1 areas of 1 units, variables sgb2, 1 statements>
    """
    faults: list[Fault] = []
    if not isinstance(content, Mapping):
        raise SourceError("audit.not_json", path=path)
    variables = read_variables(content, faults)
    units, counts = read_units(content, variables, faults)
    areas = _areas(content, set(units), faults)
    known = {*areas, *units}
    publication = Publication(
        units=units,
        counts=counts,
        areas=areas,
        variables=variables,
        published=_statements(content, "published", known, variables, faults),
        background=_statements(content, "background", known, variables, faults),
        rule=read_rule(content, variables, faults),
        geographies=_geographies(content, areas, faults),
        amounts=read_amounts(content, faults),
        title=str(content.get("title") or content.get("id") or ""),
    )
    raise_faults(faults, path)
    raise_faults([Fault(p, "audit.contradicts", {}) for p in contradicted(publication)], path)
    return publication


class _RepeatedError(ValueError):
    """A key stands twice in a JSON object: which one counts is not said."""


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RepeatedError(Counter(key for key, _ in pairs).most_common(1)[0][0])
    return found


def _areas(
    content: Mapping[str, Any], units: Collection[str], faults: list[Fault]
) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for name, given in object_of(content, "areas", faults).items():
        place = f"areas.{name}"
        if not isinstance(given, list):
            faults.append(Fault(place, "audit.not_array", {}))
            continue
        seen: set[object] = set()
        for position, unit in enumerate(given):
            if not isinstance(unit, str) or unit not in units:
                faults.append(Fault(f"{place}[{position}]", "audit.unknown_unit", {}))
            elif unit in seen:
                faults.append(Fault(f"{place}[{position}]", "audit.twice", {}))
            seen.add(unit if isinstance(unit, str) else position)
        found[name] = tuple(unit for unit in given if isinstance(unit, str))
    return found


def _statements(
    content: Mapping[str, Any],
    name: str,
    places: Collection[str],
    variables: Collection[str],
    faults: list[Fault],
) -> tuple[Statement, ...]:
    """Return the statements of a part of the file; all names in them must be known."""
    if name == "published":
        required(content, name, faults)
    found = []
    for position, given in enumerate(list_of(content, name, faults)):
        where = f"{name}[{position}]"
        statement = parse_statement(given, where, faults)
        if statement is None:
            continue
        found.append(statement)
        for key, value in _names(statement):
            known = variables if key.rpartition(".")[2] in ("var", "of") else places
            if value not in known:
                message = "audit.unknown_variable" if known is variables else "audit.unknown_area"
                faults.append(Fault(f"{where}.{key}", message, {}))
    return tuple(found)


def _names(statement: Statement) -> list[tuple[str, str]]:
    """Return the areas and variables a statement names, by their keys."""
    own = [(key, getattr(statement, key)) for key in ("area", "var", "of")]
    own = [(key, value) for key, value in own if value]
    own += [(f"areas[{i}]", area) for i, area in enumerate(statement.areas)]
    for i, term in enumerate(statement.terms):
        own += [(f"terms[{i}].area", term.area), (f"terms[{i}].var", term.var)]
    return own


def _geographies(
    content: Mapping[str, Any], areas: Collection[str], faults: list[Fault]
) -> dict[str, str]:
    found = {}
    for area, geography in object_of(content, "geographies", faults).items():
        if area not in areas:
            faults.append(Fault(f"geographies.{area}", "audit.unknown_area", {}))
        elif not isinstance(geography, str):
            faults.append(Fault(f"geographies.{area}", "audit.not_text", {}))
        else:
            found[area] = geography
    return found
