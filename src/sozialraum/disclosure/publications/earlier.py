"""What was published before, as further knowledge of the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from sozialraum.disclosure.publications.rows import contradicted
from sozialraum.errors import DisclosureError
from sozialraum.model.publication import Publication, Variable
from sozialraum.model.statement import Statement

UNKNOWN = -1


def with_earlier(
    publication: Publication,
    parts: tuple[Mapping[str, tuple[str, ...]], Sequence[Statement]],
) -> Publication:
    """Return a publication whose reader knows earlier statements too.

    Parameters
    ----------
    publication
        The new publication.
    parts
        Areas (names unique over all publications) and statements published before. Units
        and variables that the new publication does not know are unknown to us as well.

    Raises
    ------
    DisclosureError
        An area was made of other units under the same name, or a statement contradicts
        the truth: nothing can be shown to be safe then.
    """
    areas, statements = parts
    changed = [
        name
        for name in areas
        if name in publication.areas and set(areas[name]) != set(publication.areas[name])
    ]
    if changed:
        raise DisclosureError("audit.area_changed", ids=changed)
    new = dict.fromkeys(unit for members in areas.values() for unit in members)
    units = tuple(dict.fromkeys((*publication.units, *new)))
    variables = dict(publication.variables)
    variables |= {
        name: Variable()
        for statement in statements
        for name in statement.variables
        if name not in variables
    }
    hole = np.full(len(units) - len(publication.units), UNKNOWN, dtype=np.int64)
    nowhere = np.full(len(publication.units), UNKNOWN, dtype=np.int64)
    joined = replace(
        publication,
        units=units,
        counts={
            name: np.concatenate([publication.counts.get(name, nowhere), hole])
            for name in variables
        },
        areas={**publication.areas, **areas},
        variables=variables,
        background=(*publication.background, *statements),
    )
    first = len(publication.background)
    wrong = [place for place in contradicted(joined) if _position(place) >= first]
    if wrong:
        raise DisclosureError("audit.earlier_contradicts", count=len(wrong))
    return joined


def _position(place: str) -> int:
    """Return the number of a background statement, -1 for others."""
    name, _, rest = place.partition("[")
    return int(rest.rstrip("]")) if name == "background" else -1
