"""What a release hides, and the rule that hides it."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd

from sozialraum import schema
from sozialraum.disclosure.ledger import Ledger
from sozialraum.disclosure.protect import protect
from sozialraum.disclosure.reading import Reading, read_cells
from sozialraum.disclosure.sheet import Withheld
from sozialraum.disclosure.single import too_small, too_telling
from sozialraum.errors import DisclosureError
from sozialraum.messages import text
from sozialraum.model import Measures, Policy, Release
from sozialraum.model.policy import PUBLIC
from sozialraum.schema import State

NOT_AGREED = "not agreed"
SECONDARY = "secondary"


class Hidden(NamedTuple):
    """A release beside the counts it was made of.

    Parameters
    ----------
    reading
        Counts at the places of the release.
    published
        (tables, places) True where a value is published.
    reason
        (tables, places) why a delivered value is hidden: ``"not agreed"``, ``"supplier"``,
        ``"no denominator"``, a rule of :mod:`sozialraum.disclosure.single`, or
        ``"secondary"``; ``""`` elsewhere.
    shown
        (tables, places) the count that is shown; missing where there is none.
    """

    reading: Reading
    published: np.ndarray
    reason: np.ndarray
    shown: np.ndarray


def find_hidden(measures: Measures, release: Release) -> Hidden:
    """Return what a release hides of the measures it was made of, and why.

    Raises
    ------
    DisclosureError
        The release was not made of these measures.
    """
    policy, keys = release.policy, tuple(release.areas.index.astype(str))
    reading = read_cells(measures, policy, keys)
    state, shown = _as_arrays(release, reading, keys)
    empty = (state == State.NOT_APPLICABLE) & (reading.cells.base == 0)
    published = reading.delivered & ((state == State.VALUE) | empty)
    rules = {
        NOT_AGREED: state == State.NOT_RELEASED,
        "supplier": reading.state != State.VALUE,
        "no denominator": ~reading.known,
        **too_small(measures, policy, keys, reading.cells),
        **too_telling(reading.cells, changed=policy.protection.changes),
    }
    reason = np.full(state.shape, SECONDARY, dtype=object)
    for name in reversed(rules):  # the first rule that applies is the one that is told
        reason[rules[name]] = name
    reason[published | ~reading.delivered] = ""
    return Hidden(reading, published, reason, shown)


def _as_arrays(
    release: Release, reading: Reading, keys: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Return states and shown counts of a release as (tables, places)."""
    table = release.table
    names = pd.Index([f"{date}\n{indicator.id}" for indicator, date in reading.tables])
    pair = table[schema.DATE].astype(str) + "\n" + table[schema.INDICATOR].astype(str)
    row = names.get_indexer(pd.Index(pair))
    place = pd.Index(keys).get_indexer(pd.Index(table[schema.AREA_ID]))
    state = np.full((len(names), len(keys)), "", dtype=object)
    shown = np.full(state.shape, np.nan)
    inside = (row >= 0) & (place >= 0)
    at = (row[inside], place[inside])
    state[at] = table["state"].to_numpy(dtype=object)[inside]
    shown[at] = table["numerator"].to_numpy(dtype=float, na_value=np.nan)[inside]
    if not inside.all() or (state == "").any():
        raise DisclosureError("utility.other_measures")
    return state, shown


def explain_suppression(
    measures: Measures,
    policy: Policy,
    *,
    ledger: Ledger | None = None,
    audience: str = PUBLIC,
    withheld: Collection[Withheld] = (),
    key: bytes | None = None,
    language: str | None = None,
) -> pd.DataFrame:
    """Return why each hidden value is hidden; confidential: reasons tell of hidden counts.

    Everything is protected anew as for a release; of several reasons the most general
    one is told.

    Parameters
    ----------
    measures, policy, ledger, audience, withheld, key
        As for :func:`sozialraum.protect`.
    language
        ``"de"`` or ``"en"`` of the explanation; the reader's when omitted.

    Returns
    -------
    pandas.DataFrame
        One row a hidden value: `geography`, `area_id`, `name`, `indicator`, `date`,
        `reason` (``"not agreed"``, ``"supplier"``, ``"no denominator"``, ``"residents"``,
        ``"minimum"``, ``"denominator"``, ``"households"``, ``"zero"``, ``"count"``,
        ``"rest"`` or ``"secondary"``) and `explanation`, the same as a sentence. No counts.

    Raises
    ------
    DisclosureError
        As for :func:`sozialraum.protect`.

    Examples
    --------
    >>> from sozialraum.areas import delineate_areas
    >>> from sozialraum.datasets import load_town
    >>> from sozialraum.indicators import measure
    >>> from sozialraum.model import Indicator, Policy
    >>> house = Policy("house", residents=300, denominator=30, k=50)
    >>> town = load_town()
    >>> areas = delineate_areas(town, policy=house)
    >>> children = Indicator("u15", "u15", "residents", "Kinder", "children")
    >>> measures = measure(town, areas, [children])
    >>> explain_suppression(measures, house).groupby("reason").size().to_dict()
    {'count': 3}
    """
    release = protect(
        measures, policy, ledger=ledger, audience=audience, withheld=withheld, key=key
    )
    found = find_hidden(measures, release)
    row, place = np.nonzero(found.reason != "")
    areas = release.areas.iloc[place]
    tables = found.reading.tables
    reasons = found.reason[row, place]
    told = {
        name: text(f"utility.reason_{name.replace(' ', '_')}", language) for name in set(reasons)
    }
    return pd.DataFrame(
        {
            schema.GEOGRAPHY: areas[schema.GEOGRAPHY].to_numpy(),
            schema.AREA_ID: areas.index.to_numpy(),
            schema.NAME: areas[schema.NAME].to_numpy(),
            schema.INDICATOR: [tables[t][0].id for t in row],
            schema.DATE: [tables[t][1] for t in row],
            "reason": reasons,
            "explanation": [told[name] for name in reasons],
        },
        dtype="str",
    )
