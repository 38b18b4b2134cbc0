"""Names of columns and states, and the checks that nouns make once.

Every check collects all faults of its kind and raises once, naming the first five
ids. Checks return nothing; a noun calls them in its constructor and is trusted after.
"""

from collections.abc import Collection, Iterable
from enum import StrEnum

import numpy as np
import pandas as pd

from sozialraum.errors import GeometryError, SourceError, SozialraumError

BLOCK_ID = "block_id"
AREA_ID = "area_id"
MUNICIPALITY = "municipality"
GEOGRAPHY = "geography"
INDICATOR = "indicator"
DATE = "date"
NAME = "name"

AREAS_LEVEL = "sozialraum"
"""Geography of the small areas."""
MUNICIPALITY_LEVEL = "gemeinde"
"""Geography of the municipalities."""
COUNTY_LEVEL = "kreis"
"""Geography of the county as a whole."""
OVERLAY_LEVEL = "overlay"
"""Geography of the pieces that all geographies cut each other into; never published."""
LEVELS = (AREAS_LEVEL, MUNICIPALITY_LEVEL, COUNTY_LEVEL, OVERLAY_LEVEL)
"""Names of geographies that no further geography may take."""


def dated(variable: str, date: str) -> str:
    """Return the name of a count at an earlier reference date.

    Examples
    --------
    >>> dated("residents", "2022-12-31")
    'residents@2022-12-31'
    """
    return f"{variable}@{date}"


def pooled(variable: str, years: int) -> str:
    """Return the name of a count that is added up over years.

    Examples
    --------
    >>> pooled("births", 3), pooled("births", 1)
    ('births~3', 'births')
    """
    return variable if years == 1 else f"{variable}~{years}"


def undated(name: str) -> str:
    """Return the variable of a count, whatever its reference date.

    Examples
    --------
    >>> undated("residents@2022-12-31"), undated("residents")
    ('residents', 'residents')
    """
    return name.partition("@")[0]


class State(StrEnum):
    """What a cell of a table holds. Only :attr:`VALUE` comes with a number.

    A zero with the state ``VALUE`` is a true zero; every other state comes with a
    missing number, so that nothing missing can be summed as 0.
    """

    VALUE = "value"
    SUPPRESSED = "suppressed"
    SUPPLIER = "suppressed by the supplier"
    NOT_DELIVERED = "not delivered"
    NOT_RELEASED = "not released"
    NOT_APPLICABLE = "not applicable"
    EXCLUDED = "excluded"


REASONS = (
    State.VALUE,
    State.SUPPLIER,
    State.NOT_APPLICABLE,
    State.EXCLUDED,
    State.NOT_RELEASED,
    State.NOT_DELIVERED,
)
"""States of confidential counts in the order in which one part of a sum hides the others."""

PUBLIC_STATES = (
    State.VALUE,
    State.SUPPRESSED,
    State.NOT_DELIVERED,
    State.NOT_RELEASED,
    State.NOT_APPLICABLE,
    State.EXCLUDED,
)
"""States a release may show: one mark for everything protected, whoever protected it."""


class Grade(StrEnum):
    """Strength of the evidence behind a flag, strongest first."""

    CONFIRMED = "confirmed"
    NOTABLE = "notable"
    HINT = "hint"
    NONE = "none"
    NO_NEIGHBOURS = "no neighbours"
    NOT_PUBLISHED = "not published"


FLAGGED = (Grade.CONFIRMED, Grade.NOTABLE, Grade.HINT)
"""Grades of a finding, strongest first."""
FIRM = (Grade.CONFIRMED, Grade.NOTABLE)
"""Grades of a finding to rely on; a hint says by its name that it is none."""


def check_keys(index: pd.Index, what: str) -> None:
    """Raise unless keys are unique, non-empty strings.

    Examples
    --------
    >>> check_keys(pd.Index(["05382060"]), "municipalities")
    """
    wrong = [
        i for i, key in enumerate(index.tolist()) if not isinstance(key, str) or not key.strip()
    ]
    if wrong:
        raise SourceError("schema.keys_not_text", ids=[f"#{i + 1}" for i in wrong], what=what)
    if not index.is_unique:
        twice = index[index.duplicated()].unique()
        raise SourceError("schema.keys_repeated", ids=twice, what=what)


def check_columns(columns: Iterable[str], needed: Iterable[str], what: str) -> None:
    """Raise when a needed column is missing; names all that are."""
    present = set(columns)
    missing = [name for name in needed if name not in present]
    if missing:
        raise SourceError(
            "schema.columns_missing", ids=missing, what=what, present=", ".join(sorted(present))
        )


def check_only(columns: Iterable[str], allowed: Collection[str], what: str) -> None:
    """Raise when a column is not on the allow-list of a publishable table."""
    extra = [name for name in columns if name not in allowed]
    if extra:
        raise SozialraumError("schema.columns_not_allowed", ids=extra, what=what)


def check_projected(crs: object, what: str) -> None:
    """Raise unless the CRS is projected in metres and keeps areas (no Web Mercator)."""
    from pyproj import CRS

    if crs is None:
        raise GeometryError("schema.crs_missing", what=what)
    known = CRS.from_user_input(crs)
    if not known.is_projected or known.to_epsg() == 3857:
        raise GeometryError("schema.crs_not_projected", what=what, crs=known.name)


def check_counts(counts: pd.DataFrame, what: str) -> None:
    """Raise unless every column holds finite, non-negative numbers (missing is allowed)."""
    values = counts.to_numpy(dtype=float, na_value=np.nan)
    wrong = ((values < 0) | np.isinf(values)).any(axis=1)
    if wrong.any():
        columns = counts.columns[((values < 0) | np.isinf(values)).any(axis=0)]
        raise SourceError(
            "schema.counts_negative",
            ids=counts.index[wrong],
            what=what,
            columns=", ".join(map(str, columns)),
        )


def check_same_index(left: pd.Index, right: pd.Index, what: str) -> None:
    """Raise unless two indexes hold the same ids in the same order."""
    if not left.equals(right):
        differing = left.symmetric_difference(right)
        raise SozialraumError("schema.index_differs", ids=differing, what=what)


def check_states(values: pd.Series, states: pd.Series, what: str) -> None:
    """Raise unless a number stands exactly where the state says there is one."""
    wrong = values.notna() != (states == State.VALUE)
    if wrong.any():
        raise SozialraumError("schema.states_differ", ids=values.index[wrong], what=what)
    unknown = set(states.unique()) - set(State)
    if unknown:
        raise SozialraumError("schema.states_unknown", ids=sorted(unknown), what=what)
