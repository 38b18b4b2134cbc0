"""What a member of an audience has ever seen, ready for an audit."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sozialraum.disclosure.register.columns import Column, merged
from sozialraum.disclosure.register.places import Place, Places, named
from sozialraum.disclosure.register.told import Told
from sozialraum.errors import DisclosureError
from sozialraum.files.journal import Entry
from sozialraum.messages import default_language, text
from sozialraum.model.policy import PUBLIC
from sozialraum.model.publication import Sums
from sozialraum.model.statement import Statement
from sozialraum.schema import undated

type Sees = Mapping[str, tuple[str, ...]]
"""Which other audiences' publications the members of an audience see."""

type Correction = Mapping[str, Any]
"""Content of an entry that calls statements wrong."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Parts:
    """Everything published to an audience and to every wider one.

    Parameters
    ----------
    audience
        Whose members are meant.
    places
        Areas by unique name, as they were when something was published of them.
    columns, loose
        Statements about single areas, as columns, and about several areas at once.
    background
        Statements of other publishers, as columns.
    corrected
        Statements that a later entry calls wrong. They bound nothing unless they are true
        after all: an audit that knows the truth must count those that hold as known.
    state
        State of the register, for :attr:`sozialraum.model.Audit.ledger`.
    earlier
        ``"without"`` while nobody has said what was published before the register began.
    """

    audience: str
    places: Places
    columns: tuple[Column, ...]
    loose: tuple[Statement, ...]
    background: tuple[Column, ...]
    corrected: tuple[Statement, ...]
    state: str
    earlier: str

    @property
    def areas(self) -> dict[str, tuple[str, ...]]:
        """Block ids of every area, by its unique name."""
        return {name: place.units for name, place in self.places.items()}

    @property
    def statements(self) -> tuple[Statement, ...]:
        """Statements of our own publications, made anew at every call."""
        return (*(one for column in self.columns for one in column.statements()), *self.loose)

    def as_sums(
        self, areas: Sequence[str], variables: Sequence[str]
    ) -> tuple[Sums, tuple[Statement, ...]]:
        """Return exact counts and plain marks as arrays, and all other statements.

        Parameters
        ----------
        areas, variables
            Names in the order of the publication that is audited; all of ours are in it.
        """
        at = {name: i for i, name in enumerate(areas)}
        var = {name: i for i, name in enumerate(variables)}
        bulk = [column for column in self.columns if _is_plain(column)]
        rest = tuple(s for c in self.columns if not _is_plain(c) for s in c.statements())
        low = [cell[0] or 0 for column in bulk for cell in column.cells]
        hidden = np.repeat([c.kind == "suppressed" for c in bulk], [len(c) for c in bulk])
        sums = Sums(
            area=np.array([at[area] for c in bulk for area in c.areas], dtype=np.int64),
            var=np.repeat(np.array([var[c.var] for c in bulk], np.int64), [len(c) for c in bulk]),
            low=np.array(low, dtype=np.int64),
            high=np.where(hidden, -1, np.array(low, dtype=np.int64)),
            hidden=hidden.astype(bool),
        )
        return sums, (*rest, *self.loose)

    @property
    def other_statements(self) -> tuple[Statement, ...]:
        """Statements of other publishers, made anew at every call."""
        return tuple(one for column in self.background for one in column.statements())

    @property
    def labels(self) -> dict[str, str]:
        """What a reader calls every area, by its unique name."""
        return labels_of(self.places)

    def __repr__(self) -> str:
        told = sum(map(len, self.columns)) + len(self.loose)
        return f"<Parts: {self.audience}, {len(self.places)} areas, {told} statements>"


def _is_plain(column: Column) -> bool:
    """Return True for exact counts and marks that mean nothing further."""
    if column.kind == "suppressed":
        return not any(cell[0] for cell in column.cells)
    return column.kind == "count"


def labels_of(places: Mapping[str, Place]) -> dict[str, str]:
    """Return what a reader calls areas; those that were redrawn are told apart.

    Examples
    --------
    >>> north, south = Place("g", "Q1", "North", ("b1",)), Place("g", "Q2", "South", ("b2",))
    >>> list(labels_of({p.name: p for p in (north, south)}).values())
    ['North (Q1)', 'South (Q2)']
    """
    language = default_language()
    often: dict[tuple[str, str], int] = {}
    for place in places.values():
        key = (place.geography, place.area_id)
        often[key] = often.get(key, 0) + 1
    found = {}
    for name, place in places.items():
        label = f"{place.label} ({place.area_id})" if place.label else place.area_id
        if often[place.geography, place.area_id] > 1:
            blocks = len(place.units)
            label = text("ledger.redrawn", language, label=label, blocks=blocks)
        found[name] = label
    return found


def seen_by(audience: str, sees: Sees | None) -> frozenset[str]:
    """Return every audience whose publications a member of `audience` sees.

    Parameters
    ----------
    audience
        Whose members are meant.
    sees
        What each audience sees besides its own and what is public; followed further.

    Raises
    ------
    DisclosureError
        The order does not name the audience.

    Examples
    --------
    >>> order = {"council": ("public",), "steering": ("council",)}
    >>> sorted(seen_by("steering", order))
    ['council', 'public', 'steering']
    """
    order = {PUBLIC: (), **(sees or {})}
    if sees is not None and audience not in order:
        raise DisclosureError("ledger.unknown_audience", ids=[audience], known=", ".join(order))
    seen: set[str] = set()
    todo = [audience, PUBLIC]
    while todo:
        one = todo.pop()
        if one not in seen:
            seen.add(one)
            todo += order.get(one, ())
    return frozenset(seen)


def parts_of(
    known: Iterable[tuple[Entry, Told]],
    corrections: Iterable[Entry],
    seen: frozenset[str],
    **facts: str,
) -> Parts:
    """Return what the members of an audience know.

    Parameters
    ----------
    known
        Entries with their statements.
    corrections
        Entries that call statements wrong.
    seen
        Audiences whose publications the members see.
    **facts
        Audience, state and what is said of earlier publications.
    """
    wrong = list(corrections)
    places: Places = {}
    columns: list[Column] = []
    background: list[Column] = []
    loose: list[Statement] = []
    corrected: list[Statement] = []
    for entry, one in known:
        others = bool(entry.content.get("background"))
        if not others and entry.content["audience"] not in seen:
            continue
        places |= one.places
        mine = [c.content for c in wrong if c.content["of"] == entry.number]
        kept, dropped = _divided(one, mine) if mine else (one, [])
        (background if others else columns).extend(kept.columns)
        loose += kept.loose
        corrected += dropped
    return Parts(
        places=named(places.values()),
        columns=tuple(merged(columns)),
        loose=tuple(dict.fromkeys(loose)),
        background=tuple(merged(background)),
        corrected=tuple(corrected),
        **facts,
    )


def _divided(told: Told, mine: Sequence[Correction]) -> tuple[Told, list[Statement]]:
    """Return what stands, and the statements that corrections call wrong."""
    dropped: list[Statement] = []
    columns = []
    for column in told.columns:
        held = [not _is_wrong(mine, (column.var,), (a,), told.places) for a in column.areas]
        columns.append(column.only(held))
        dropped += column.only([not good for good in held]).statements()
    wrong = [one for one in told.loose if _is_wrong(mine, one.variables, one.places, told.places)]
    loose = tuple(one for one in told.loose if one not in wrong)
    return Told(told.places, tuple(columns), loose), dropped + wrong


def _is_wrong(
    corrections: Sequence[Correction],
    variables: tuple[str, ...],
    names: tuple[str, ...],
    places: Places,
) -> bool:
    """Return True if a correction speaks of one of the variables in one of the areas."""
    for one in corrections:
        meant, areas = set(one["variables"]), set(one["areas"])
        by_variable = not meant or any(v in meant or undated(v) in meant for v in variables)
        if by_variable and (not areas or any(places[n].area_id in areas for n in names)):
            return True
    return False
